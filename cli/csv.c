/* Fields of CSV. */
#include "csv.h"

#include <string.h>

void csv_words(FILE *out, const char *prefix, const char *text)
{
    if (!strpbrk(text, ",\"\r\n") && *text != ' ') {
        fprintf(out, "%s%s", prefix, text);
        return;
    }
    fprintf(out, "\"%s", prefix);
    for (; *text; text++) {
        if (*text == '"') fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}
