/* tests/support/screen.h: a small terminal: what a person would see after some bytes. It knows what linnet writes:
 * text, carriage return, newline, cursor up, erasing to the end of a line and of the screen, colours. Anything else is a
 * failure. */
#ifndef LINNET_TESTS_SCREEN_H
#define LINNET_TESTS_SCREEN_H

#include "report/text.h"
#include "support/support.h"

#include <stdlib.h>

enum { SCREEN_COLUMNS = 200, SCREEN_ROWS = 60 };

typedef struct screen {
    int columns, rows, column, row;
    bool colored; /* now */
    bool wraps;   /* the next character begins a new line */
    uint32_t at[SCREEN_ROWS][SCREEN_COLUMNS];
} screen;

static inline void screen_init(screen *s, int columns, int rows)
{
    memset(s, 0, sizeof *s);
    s->columns = columns;
    s->rows = rows;
}

static inline void screen_newline(screen *s)
{
    if (++s->row < s->rows) return;
    s->row = s->rows - 1;
    memmove(s->at[0], s->at[1], (size_t)(s->rows - 1) * sizeof s->at[0]);
    memset(s->at[s->rows - 1], 0, sizeof s->at[0]);
}

static inline void screen_put(screen *s, uint32_t code)
{
    int width = lin__char_columns(code);
    if (s->wraps || s->column + width > s->columns) {
        s->column = 0;
        screen_newline(s);
    }
    s->at[s->row][s->column] = code;
    if (width == 2) s->at[s->row][s->column + 1] = 0;
    s->column += width;
    s->wraps = s->column >= s->columns;
    if (s->wraps) s->column = s->columns - 1;
}

/* After "\033[": the parameters and the final byte. */
static inline const char *screen_escape(screen *s, const char *c)
{
    int n = atoi(c);
    bool reset = *c == 'm' || (*c == '0' && c[1] == 'm');
    c += strspn(c, "0123456789;");
    switch (*c) {
    case 'A':
        assert_true(n > 0 && n <= s->row);
        s->row -= n;
        s->wraps = false;
        break;
    case 'K':
        memset(&s->at[s->row][s->column], 0, (size_t)(s->columns - s->column) * sizeof s->at[0][0]);
        break;
    case 'J':
        memset(&s->at[s->row][s->column], 0, (size_t)(s->columns - s->column) * sizeof s->at[0][0]);
        for (int row = s->row + 1; row < s->rows; row++)
            memset(s->at[row], 0, sizeof s->at[0]);
        break;
    case 'm':
        s->colored = !reset;
        break;
    default:
        fail_msg("an escape sequence that is not known: %c", *c);
    }
    return c + 1;
}

/* Bytes as a program writes them: a newline begins a line. */
static inline void screen_write(screen *s, const char *bytes)
{
    for (const char *c = bytes; *c;) {
        if (*c == '\033') {
            assert_int_equal(c[1], '[');
            c = screen_escape(s, c + 2);
            continue;
        }
        uint32_t code = lin__utf8_next(&c);
        if (code == '\r' || code == '\n') {
            s->column = 0;
            s->wraps = false;
            if (code == '\n') screen_newline(s);
            continue;
        }
        assert_true(code >= ' ' && code != 0x7f);
        screen_put(s, code);
    }
}

/* A row as text, without the blanks at its end. */
static inline const char *screen_line(const screen *s, int row, char out[4 * SCREEN_COLUMNS + 1])
{
    size_t used = 0, end = 0;
    for (int column = 0; column < s->columns; column++) {
        uint32_t code = s->at[row][column];
        if (!code && column > 0 && lin__char_columns(s->at[row][column - 1]) == 2 && s->at[row][column - 1]) continue;
        used += (size_t)lin__utf8_put(out + used, code ? code : ' ');
        if (code && code != ' ') end = used;
    }
    out[end] = '\0';
    return out;
}

#endif
