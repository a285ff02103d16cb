/* Fields of CSV. */
#include "csv.h"

#include "words.h"

#include <linnet.h>
#include <string.h>

/* A character at a time, as a name may be of any length. */
static void put_printable(FILE *out, const char *text)
{
    char one[CHARACTER], safe[4 * CHARACTER];
    while (*text) {
        text = next_character(text, one);
        if (*one == '"') fputc('"', out);
        fputs(lin_printable(safe, sizeof safe, one), out);
    }
}

void csv_words(FILE *out, const char *prefix, const char *text)
{
    bool quoted = strpbrk(text, ",\"") || *text == ' '; /* the ends of lines are escaped */
    fprintf(out, "%s%s", quoted ? "\"" : "", prefix);
    put_printable(out, text);
    if (quoted) fputc('"', out);
}
