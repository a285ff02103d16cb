/* Text is measured by tables, so that a layout does not depend on a font library, a locale or a terminal. */
#include "report/text.h"

#include <string.h>

#include "report/widths.inc"

uint32_t lin__utf8_next(const char **s)
{
    const unsigned char *c = (const unsigned char *)*s;
    int length = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    uint32_t code = length == 1 ? c[0] : c[0] & (0xffu >> (length + 1));
    int i = 1;
    for (; i < length && (c[i] & 0xc0) == 0x80; i++)
        code = code << 6 | (c[i] & 0x3fu);
    *s += i;
    return code;
}

int lin__utf8_put(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = length - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(0xf0 << (4 - length) | code);
    return length;
}

static bool in_ranges(const uint32_t (*ranges)[2], size_t count, uint32_t code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > ranges[middle][1])
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && code >= ranges[low][0];
}

int lin__char_columns(uint32_t code)
{
    if (code < 0xa0) return 1;
    if (in_ranges(zero, sizeof zero / sizeof *zero, code)) return 0;
    return in_ranges(wide, sizeof wide / sizeof *wide, code) ? 2 : 1;
}

int lin__text_columns(const char *line, size_t bytes)
{
    int columns = 0;
    for (const char *end = line + bytes; line < end;)
        columns += lin__char_columns(lin__utf8_next(&line));
    return columns;
}

/* What the font has not is drawn in another one: wide characters fill an em, others are taken for as wide as a
 * digit. */
static int advance_of(uint32_t code, bool bold)
{
    size_t at = 0;
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        if (code >= measured[i][0] && code <= measured[i][1]) {
            int advance = advances[bold][at + code - measured[i][0]];
            if (advance) return advance;
        }
        at += measured[i][1] - measured[i][0] + 1;
    }
    int columns = lin__char_columns(code);
    return columns == 2 ? EM : columns == 1 ? EM * 2 / 3 : 0;
}

double lin__text_width(const char *line, size_t bytes, double size, bool bold)
{
    int64_t units = 0;
    for (const char *end = line + bytes; line < end;)
        units += advance_of(lin__utf8_next(&line), bold);
    return (double)units * size / EM;
}

int lin__text_lines(const char *text)
{
    int lines = 1;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

double lin__text_widest(const char *text, double size, bool bold)
{
    double widest = 0;
    for (;;) {
        size_t length = strcspn(text, "\n");
        double width = lin__text_width(text, length, size, bold);
        if (width > widest) widest = width;
        if (!text[length]) return widest;
        text += length + 1;
    }
}

/* As many words as fit, at least one. Bytes of the line at s. */
static size_t line_that_fits(const char *s, double width, lin__measure *measure, const void *user)
{
    size_t fits = strcspn(s, " \n");
    for (size_t end = fits; s[end] == ' ';) {
        end += 1 + strcspn(s + end + 1, " \n");
        if (measure(user, s, end) > width) break;
        fits = end;
    }
    return fits;
}

char *lin__text_wrap(lin_ctx *ctx, const char *text, double width, lin__measure *measure, const void *user)
{
    char *out = lin__strdup(ctx, lin__here(ctx), text);
    for (char *s = out; s && *s;) {
        s += line_that_fits(s, width, measure, user);
        if (*s) *s++ = '\n'; /* in place of the space, or of itself */
    }
    return out;
}
