/* Curves on a screen: braille dots in the colour of what was drawn last; where there is only ASCII, a character for
 * each curve. */
#include "report/screen.h"

#include "report/dots.h"
#include "report/palette.h"
#include "report/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ACROSS = 2, DOWN = 4, FEW = 60 };

/* A character holds so many dots. */
static const uint8_t dot_bits[DOWN][ACROSS] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

static lin__paint *paint_of(lin__canvas *c)
{
    return (lin__paint *)c;
}

lin__rect lin__paint_box(const lin__area *a)
{
    return (lin__rect){a->column * ACROSS, a->row * DOWN, a->columns * ACROSS, a->rows * DOWN};
}

char lin__curve_char(lin__ink ink)
{
    static const char chars[] = "*+ox#@%&";
    return ink < LIN__INK_CYCLE ? chars[ink] : '.';
}

/* ---- Dots ---------------------------------------------------------------------------------------------------- */

/* A brush with its colour. */
typedef struct brush {
    lin__paint *paint;
    int32_t front;
    char ascii;
    bool sparse; /* every fourth dot, in diagonals: an area through which curves are seen */
} brush;

static int64_t within(int64_t at, int64_t first, int64_t count)
{
    return at < first ? first : at >= first + count ? first + count - 1 : at;
}

/* What lies on the far edge belongs to the last dot. Text is not drawn over. */
static void touch(void *user, int64_t x, int64_t y)
{
    const brush *b = user;
    const lin__area *a = &b->paint->area;
    x = within(x, a->column * ACROSS, a->columns * ACROSS);
    y = within(y, a->row * DOWN, a->rows * DOWN);
    if (b->sparse && (x + 2 * y) % 4 != 0) return;
    lin__screen *s = b->paint->screen;
    lin__glyph *g = lin__screen_at(s, (int)(x / ACROSS), (int)(y / DOWN));
    if (!g || (g->code && !g->dots)) return;
    if (s->terminal.ascii) g->code = (unsigned char)b->ascii;
    g->dots |= dot_bits[y % DOWN][x % ACROSS];
    g->front = b->front;
}

static brush brush_of(lin__paint *p, lin__ink ink)
{
    return (brush){.paint = p, .front = lin__screen_ink(p->screen, ink), .ascii = lin__curve_char(ink)};
}

static void stroke(lin__canvas *c, const lin__point *p, int64_t n, const lin__look *look)
{
    brush b = brush_of(paint_of(c), look->ink);
    lin__dots_line(p, n, look->dash, touch, &b);
}

static void fill(lin__canvas *c, const lin__point *p, int64_t n, lin__ink ink, double alpha)
{
    brush b = brush_of(paint_of(c), ink);
    b.sparse = alpha < 0.5;
    b.ascii = ':';
    lin__dots_polygon(p, n, touch, &b);
}

/* A few points are large ones. */
static void marks(lin__canvas *c, const lin__point *p, int64_t n, const lin__look *look)
{
    brush b = brush_of(paint_of(c), look->ink);
    int64_t size = n <= FEW && look->dash == LIN__NO_LINE ? 2 : 1;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < size * size; k++)
            touch(&b, (int64_t)floor(p[i].x) + k % size, (int64_t)floor(p[i].y) + k / size);
}

/* The line between two nodes, a row away from both. */
static void arrow(lin__canvas *c, lin__point from, lin__point to, double short_of, const lin__look *look)
{
    (void)short_of;
    const double gap = DOWN;
    double dy = to.y - from.y, part = fabs(dy) > 2 * gap ? gap / fabs(dy) : 0;
    lin__point line[] = {{from.x + part * (to.x - from.x), from.y + part * dy},
                         {to.x - part * (to.x - from.x), to.y - part * dy}};
    stroke(c, line, 2, look);
}

/* ---- Text ------------------------------------------------------------------------------------------------------ */

/* Kept inside of the area. */
static void say_at(lin__paint *p, const char *text, lin__point at, int anchor, int32_t front, bool bold)
{
    const lin__area *a = &p->area;
    int width = lin__text_columns(text, strcspn(text, "\n"));
    int column = anchor > 0   ? (int)floor(at.x / ACROSS)
                 : anchor < 0 ? (int)floor(at.x / ACROSS) - width + 1
                              : (int)floor(at.x / ACROSS - width / 2.0 + 0.5);
    column = (int)within(column, a->column, a->columns - width + 1 > 0 ? a->columns - width + 1 : 1);
    int row = (int)within((int64_t)floor(at.y / DOWN), a->row, a->rows);
    lin__screen_say(p->screen, column, row, a->column + a->columns - column, text, front, bold);
}

static void text(lin__canvas *c, const lin__words *t, const lin__note *note)
{
    lin__paint *p = paint_of(c);
    const lin__screen *s = p->screen;
    if (t->ink == LIN__INK_ON_CELL && !p->told) return;
    bool plain = s->terminal.colors == LIN_NO_COLORS || t->ink == LIN__INK_TEXT;
    int32_t front = plain ? LIN__NO_COLOR : (int32_t)lin__note_rgb(s->terminal.theme, t->ink, note);
    lin__point at = t->at;
    for (const char *line = t->text; *line;) {
        say_at(p, line, at, t->anchor.x, front, t->bold);
        line += strcspn(line, "\n");
        line += *line == '\n';
        at.y += DOWN;
    }
}

/* "(x₁)" */
static void node(lin__canvas *c, lin__point at, const lin__note *note)
{
    char label[64];
    size_t used = (size_t)snprintf(label, sizeof label - 8, "(%s", note->text);
    for (const char *d = note->below ? note->below : ""; *d && used < sizeof label - 8; d++)
        used += (size_t)(*d >= '0' && *d <= '9' ? lin__utf8_put(label + used, 0x2080u + (uint32_t)(*d - '0'))
                                                : lin__utf8_put(label + used, (unsigned char)*d));
    snprintf(label + used, sizeof label - used, ")");
    say_at(paint_of(c), label, at, 0, lin__screen_ink(paint_of(c)->screen, 0), true);
}

void lin__paint_init(lin__paint *p, lin__screen *s, lin__area area)
{
    *p = (lin__paint){.base = {.stroke = stroke,
                               .fill = fill,
                               .bar = lin__paint_bar,
                               .marks = marks,
                               .cells = lin__paint_cells,
                               .text = text,
                               .node = node,
                               .arrow = arrow,
                               .ctx = s->ctx,
                               .detail = 1,
                               .away = {2 * ACROSS, DOWN}},
                      .screen = s,
                      .area = area};
}
