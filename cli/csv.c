/* Fields of CSV. */
#include "csv.h"

#include <linnet.h>
#include <string.h>
#include <unistd.h>

void csv_words(FILE *out, const char *prefix, const char *text)
{
    char safe[1024];
    if (isatty(fileno(out))) text = lin_printable(safe, sizeof safe, text);
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
