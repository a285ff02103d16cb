/* A grid of characters, and its bytes: runs of one colour share an escape sequence, and every line ends without
 * colour. */
#include "report/screen.h"

#include "report/palette.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

int lin__screen_init(lin__screen *s, lin_ctx *ctx, const lin_terminal *terminal)
{
    lin_terminal t = *terminal;
    if (t.columns == 0) t.columns = 80;
    if (t.rows == 0) t.rows = 24;
    if (t.columns < 0 || t.rows < 0 || t.columns > LIN_TERMINAL_MAX || t.rows > LIN_TERMINAL_MAX)
        return lin__fail(ctx, LIN_EINVAL, "frame: a terminal of %d x %d; there can be 1 to %d columns and rows",
                         t.columns, t.rows, LIN_TERMINAL_MAX);
    *s = (lin__screen){.ctx = ctx, .terminal = t, .columns = t.columns, .rows = t.rows};
    size_t count = (size_t)t.columns * (size_t)t.rows;
    s->at = lin__alloc_zeroed(ctx, lin__here(ctx), count * sizeof *s->at);
    for (size_t i = 0; s->at && i < count; i++)
        s->at[i].front = s->at[i].back = LIN__NO_COLOR;
    return s->at ? 0 : LIN_ENOMEM;
}

lin__glyph *lin__screen_at(const lin__screen *s, int column, int row)
{
    bool there = column >= 0 && row >= 0 && column < s->columns && row < s->rows;
    return there ? &s->at[row * s->columns + column] : NULL;
}

int32_t lin__screen_ink(const lin__screen *s, lin__ink ink)
{
    if (s->terminal.colors == LIN_NO_COLORS || ink == LIN__INK_TEXT || ink == LIN__INK_NONE) return LIN__NO_COLOR;
    return (int32_t)lin__ink_rgb(s->terminal.theme, ink);
}

/* ASCII for what labels are written with; '?' for the rest. */
static uint32_t to_ascii(uint32_t code)
{
    static const struct {
        uint32_t code;
        char ascii;
    } near[] = {{0x2212, '-'},  {0x2013, '-'}, {0x2014, '-'}, {0x2026, '.'}, {0xd7, 'x'},   {0xb7, '.'},
                {0x2717, 'x'},  {0x2713, 'v'}, {0xb2, '2'},   {0xb3, '3'},   {0xb9, '1'},   {0xa0, ' '},
                {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x2500, '-'}, {0x2502, '|'}, {0x2514, '+'},
                {0x252c, '+'},  {0x2524, '+'}, {0x253c, '+'}, {0x2588, '#'}};
    if (code < 0x80) return code;
    if (code >= 0x2080 && code <= 0x2089) return '0' + code - 0x2080;
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (near[i].code == code) return (unsigned char)near[i].ascii;
    return '?';
}

/* Half of a wide character cannot stay. */
static void unpair(lin__screen *s, int column, int row)
{
    lin__glyph *right = lin__screen_at(s, column + 1, row), *here = lin__screen_at(s, column, row);
    if (here->code == LIN__CONTINUED && column > 0) lin__screen_at(s, column - 1, row)->code = ' ';
    if (right && right->code == LIN__CONTINUED) right->code = ' ';
}

void lin__screen_put(lin__screen *s, int column, int row, uint32_t code, int32_t front)
{
    lin__glyph *g = lin__screen_at(s, column, row);
    if (!g) return;
    unpair(s, column, row);
    g->code = s->terminal.ascii ? to_ascii(code) : code;
    g->dots = 0;
    g->front = front;
    g->bold = false;
}

int lin__screen_say(lin__screen *s, int column, int row, int most, const char *text, int32_t front, bool bold)
{
    int used = 0;
    while (*text && *text != '\n') {
        uint32_t code = lin__utf8_next(&text);
        int width = lin__char_columns(code);
        if (used + width > most) break;
        if (width == 0 || !lin__screen_at(s, column + used + width - 1, row)) continue;
        lin__screen_put(s, column + used, row, code, front);
        lin__screen_at(s, column + used, row)->bold = bold;
        if (width == 2) lin__screen_put(s, column + used + 1, row, s->terminal.ascii ? '?' : LIN__CONTINUED, front);
        used += width;
    }
    return used;
}

/* ---- Bytes --------------------------------------------------------------------------------------------------- */

typedef struct pen {
    const lin__screen *screen;
    char *out;
    size_t used;
    int32_t front, back;
    bool bold;
} pen;

/* The longest a character can be with its colours: "\033[0;1;38;2;255;255;255;48;2;255;255;255m" and four bytes. */
enum { MOST_BYTES = 48 };

static void set_color(pen *p, int ground, int32_t rgb)
{
    if (rgb == LIN__NO_COLOR) return;
    if (p->screen->terminal.colors == LIN_TRUE_COLORS)
        p->used += (size_t)sprintf(p->out + p->used, ";%d;2;%d;%d;%d", ground, (int)(rgb >> 16), (int)(rgb >> 8 & 0xff),
                                   (int)(rgb & 0xff));
    else
        p->used += (size_t)sprintf(p->out + p->used, ";%d;5;%d", ground, lin__xterm_color((uint32_t)rgb));
}

static void set_look(pen *p, int32_t front, int32_t back, bool bold)
{
    if (p->front == front && p->back == back && p->bold == bold) return;
    p->front = front;
    p->back = back;
    p->bold = bold;
    p->used += (size_t)sprintf(p->out + p->used, bold ? "\033[0;1" : "\033[0");
    set_color(p, 38, front);
    set_color(p, 48, back);
    p->out[p->used++] = 'm';
}

static uint32_t code_of(const lin__glyph *g)
{
    if (g->code) return g->code;
    return g->dots ? 0x2800u + g->dots : ' ';
}

/* The colour of a blank is not seen. */
static void write_glyph(pen *p, const lin__glyph *g)
{
    if (g->code == LIN__CONTINUED) return;
    uint32_t code = code_of(g);
    bool plain = p->screen->terminal.colors == LIN_NO_COLORS;
    int32_t front = code == ' ' ? LIN__NO_COLOR : g->front;
    if (!plain) set_look(p, front, g->back, g->bold && code != ' ');
    p->used += (size_t)lin__utf8_put(p->out + p->used, code);
}

static bool is_blank(const lin__glyph *g)
{
    return code_of(g) == ' ' && g->back == LIN__NO_COLOR;
}

static int length_of(const lin__screen *s, int row)
{
    int length = s->columns;
    while (length > 0 && is_blank(&s->at[row * s->columns + length - 1]))
        length--;
    return length;
}

const char *lin__screen_text(const lin__screen *s)
{
    int rows = s->rows;
    while (rows > 0 && length_of(s, rows - 1) == 0)
        rows--;
    size_t most = (size_t)rows * ((size_t)s->columns * MOST_BYTES + 8) + 1;
    pen p = {
        .screen = s, .out = lin__alloc(s->ctx, lin__here(s->ctx), most), .front = LIN__NO_COLOR, .back = LIN__NO_COLOR};
    if (!p.out) return NULL;
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < length_of(s, row); column++)
            write_glyph(&p, &s->at[row * s->columns + column]);
        if (p.front != LIN__NO_COLOR || p.back != LIN__NO_COLOR || p.bold)
            p.used += (size_t)sprintf(p.out + p.used, "\033[0m");
        p.front = p.back = LIN__NO_COLOR;
        p.bold = false;
        p.out[p.used++] = '\n';
    }
    p.out[p.used] = '\0';
    return p.out;
}
