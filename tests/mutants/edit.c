/* tests/mutants/edit.c: one small fault in a C file. `edit FILE` says what there is to choose from, a line each: LINE: "old" -> "new":
 * the line; of faults that are alike in a file, each has its number: LINE: "old" -> "new" #2: the line. `edit FILE K OUT` writes the
 * file with the K-th one (from 0) to OUT and says what it is.
 *
 * A fault is a comparison that includes or leaves out equality, or is turned round; "and" for "or"; a number one larger; "+" for "-";
 * or a check that is dropped: `if (…)` never holds. Comments, strings, directives and declarations of constants are left alone. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1 << 18, MOST = 1 << 12 };

static char text[TEXT];
static size_t length;

typedef struct fault {
    size_t at, size; /* what is replaced … */
    char with[40];   /* … by this */
    size_t close;    /* of a dropped check: where its condition ends */
} fault;
static fault faults[MOST];
static int count;

static const struct {
    const char *old, *new;
} swaps[] = {{"==", "!="},    {"!=", "=="}, {"<=", "<"},  {">=", ">"},    {" < ", " <= "},
             {" > ", " >= "}, {"&&", "||"}, {"||", "&&"}, {" + ", " - "}, {" - ", " + "}};

/* Behind a comment, string, character or directive that begins here; `at` if none does. */
static size_t skip(size_t at)
{
    char c = text[at];
    bool starts_line = at == 0 || text[at - 1] == '\n';
    if (starts_line && (c == '#' || !strncmp(text + at, "_Static_assert", 14))) {
        while (at < length && !(text[at] == '\n' && text[at - 1] != '\\'))
            at++;
        return at;
    }
    if (c == '/' && text[at + 1] == '*') return (size_t)(strstr(text + at, "*/") + 2 - text);
    if (c != '"' && c != '\'') return at;
    for (at++; at < length && text[at] != c; at++)
        at += text[at] == '\\';
    return at + 1;
}

static size_t closing(size_t at)
{
    for (int depth = 0; at < length;) {
        size_t next = skip(at);
        if (next > at) {
            at = next;
            continue;
        }
        depth += (text[at] == '(') - (text[at] == ')');
        if (depth == 0) return at;
        at++;
    }
    return at;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static bool swapped(size_t at, fault *f)
{
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++)
        if (!strncmp(text + at, swaps[i].old, strlen(swaps[i].old))) {
            *f = (fault){.at = at, .size = strlen(swaps[i].old)};
            snprintf(f->with, sizeof f->with, "%s", swaps[i].new);
            return true;
        }
    return false;
}

static bool larger(size_t at, fault *f)
{
    if (!isdigit((unsigned char)text[at]) || (at && is_word(text[at - 1]))) return false;
    char *end;
    unsigned long long value = strtoull(text + at, &end, 0);
    if (is_word(*end)) return false;
    *f = (fault){.at = at, .size = (size_t)(end - text) - at};
    snprintf(f->with, sizeof f->with, "%llu", value + 1);
    return true;
}

static bool dropped(size_t at, fault *f)
{
    if (strncmp(text + at, "if (", 4) != 0 || (at && is_word(text[at - 1]))) return false;
    *f = (fault){.at = at, .size = 4, .with = "if (0 && (", .close = closing(at + 3)};
    return true;
}

static void find_all(void)
{
    for (size_t at = 0; at < length && count < MOST;) {
        size_t next = skip(at);
        if (next > at) {
            at = next;
            continue;
        }
        fault *f = &faults[count];
        if (dropped(at, f) || swapped(at, f) || larger(at, f)) count++;
        at++;
    }
}

/* Where its line begins, behind the blanks. */
static const char *line_of(const fault *f)
{
    size_t from = f->at;
    while (from && text[from - 1] != '\n')
        from--;
    return text + from + strspn(text + from, " ");
}

static bool same(const fault *f, const fault *g)
{
    const char *a = line_of(f), *b = line_of(g);
    size_t n = strcspn(a, "\n");
    return f->size == g->size && !strncmp(text + f->at, text + g->at, f->size) && !strcmp(f->with, g->with) &&
           n == strcspn(b, "\n") && !strncmp(a, b, n);
}

static void say(const fault *f)
{
    int line = 1, before = 0, behind = 0;
    for (size_t i = 0; i < f->at; i++)
        line += text[i] == '\n';
    for (const fault *g = faults; g < faults + count; g++) {
        before += g < f && same(f, g);
        behind += g > f && same(f, g);
    }
    const char *words = line_of(f);
    printf("%d: \"%.*s\" -> \"%s\"", line, (int)f->size, text + f->at, f->with);
    if (before + behind) printf(" #%d", before + 1);
    printf(": %.*s\n", (int)strcspn(words, "\n"), words);
}

int main(int argc, char **argv)
{
    FILE *in = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!in) {
        fprintf(stderr, "usage: edit FILE [K OUT]\n");
        return 2;
    }
    length = fread(text, 1, TEXT - 1, in);
    fclose(in);
    find_all();
    if (argc <= 3) {
        for (int k = 0; k < count; k++)
            say(&faults[k]);
        return 0;
    }
    int k = atoi(argv[2]);
    FILE *out = k >= 0 && k < count ? fopen(argv[3], "wb") : NULL;
    if (!out) return 1;
    const fault *f = &faults[k];
    fwrite(text, 1, f->at, out);
    fputs(f->with, out);
    size_t at = f->at + f->size;
    if (f->close) {
        fwrite(text + at, 1, f->close - at, out);
        fputc(')', out);
        at = f->close;
    }
    fwrite(text + at, 1, length - at, out);
    say(f);
    return fclose(out) != 0;
}
