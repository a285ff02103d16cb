/* Words: how near they are to each other, choices written as "a|b|c", and lines of a given width. */
#include "words.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 32 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Letters to insert, leave out, change or exchange with their neighbour (optimal string alignment). */
static int distance(const char *a, int n, const char *b, int m)
{
    int d[LONGEST + 1][LONGEST + 1];
    for (int i = 0; i <= n; i++)
        d[i][0] = i;
    for (int j = 0; j <= m; j++)
        d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (exchanged) d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

void offer(guess *g, const char *typed, const char *word, int length)
{
    int n = (int)strnlen(typed, LONGEST + 1), m = length < 0 ? (int)strlen(word) : length;
    if (n < 2 || n > LONGEST || m > LONGEST) return;
    char small[LONGEST + 1] = {0};
    for (int i = 0; i < n; i++)
        small[i] = (char)tolower((unsigned char)typed[i]);
    int d = strncmp(small, word, (size_t)n) == 0 ? 1 : distance(small, n, word, m); /* or the beginning of it */
    if (d > 1 + m / 4 || d >= n || (g->word && d >= g->distance)) return;
    *g = (guess){word, m, d};
}

const char *did_you_mean(const guess *g, const char *before)
{
    static char text[2 * LONGEST + 32];
    text[0] = '\0';
    if (g->word) snprintf(text, sizeof text, "; did you mean %s%.*s?", before, g->length, g->word);
    return text;
}

const char *next_choice(const char **words, int *length)
{
    const char *word = *words;
    if (!word || !*word) return NULL;
    *length = (int)strcspn(word, "|");
    *words = word + *length + (word[*length] == '|');
    return word;
}

bool is_choice(const char *word, const char *choices)
{
    int length;
    for (const char *c; (c = next_choice(&choices, &length));)
        if ((int)strlen(word) == length && strncmp(word, c, (size_t)length) == 0) return true;
    return false;
}

/* In UTF-8 a character goes on with bytes 10xxxxxx, three at most. */
const char *next_character(const char *text, char one[CHARACTER])
{
    int length = 0;
    do
        one[length++] = *text++;
    while (length < CHARACTER - 1 && ((unsigned char)*text & 0xc0) == 0x80);
    one[length] = '\0';
    return text;
}

void wrap(FILE *out, const char *text, int column, int indent, int width)
{
    bool first = true; /* word of its line */
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (!first && column + 1 + length > width) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        column += fprintf(out, "%s%.*s", first ? "" : " ", length, text);
        first = false;
        text += length + (text[length] == ' ');
    }
    fputc('\n', out);
}
