/* The canvas of a page: every call becomes an item. Long lists are copied, as the caller's points are scratch. */
#include "report/page.h"

#include "report/palette.h"
#include "report/text.h"

#include <math.h>
#include <string.h>

static lin__page_canvas *page_canvas(lin__canvas *c)
{
    return (lin__page_canvas *)c;
}

static int grow(lin__page_canvas *c)
{
    int64_t room = c->room ? 2 * c->room : 256;
    lin__item *items = lin__alloc_array(c->base.ctx, c->depth, (size_t)room, sizeof *items);
    if (!items) return LIN_ENOMEM;
    if (c->count) memcpy(items, c->items, (size_t)c->count * sizeof *items);
    c->items = items;
    c->room = room;
    return 0;
}

/* A new item with its points; NULL without memory, now and later. */
static lin__item *add(lin__page_canvas *c, lin__item_kind kind, uint32_t color, double alpha, const lin__point *p,
                      int64_t n)
{
    if (c->base.failed || (c->count == c->room && grow(c))) {
        c->base.failed = true;
        return NULL;
    }
    lin__point *points = lin__alloc_array(c->base.ctx, c->depth, (size_t)n, sizeof *points);
    if (!points) {
        c->base.failed = true;
        return NULL;
    }
    if (n) memcpy(points, p, (size_t)n * sizeof *points);
    lin__item *item = &c->items[c->count++];
    *item = (lin__item){.kind = kind, .color = color, .alpha = alpha, .points = points, .count = n};
    return item;
}

/* ---- Lines and shapes ------------------------------------------------------------------------------------- */

/* Dashes grow with the line. */
static void set_dash(lin__item *item, lin__dash dash)
{
    static const double patterns[][4] = {
        [LIN__DASHED] = {3.6, 1.8}, [LIN__DASHDOT] = {5, 1.7, 1.1, 1.7}, [LIN__DOTTED] = {1.1, 1.6}};
    if (dash != LIN__DASHED && dash != LIN__DASHDOT && dash != LIN__DOTTED) return;
    for (int i = 0; i < 4; i++)
        item->dash[i] = patterns[dash][i] * item->width;
}

static void stroke(lin__canvas *base, const lin__point *p, int64_t n, const lin__look *look)
{
    lin__page_canvas *c = page_canvas(base);
    lin__item *item = add(c, LIN__STROKE, lin__ink_rgb(c->theme, look->ink), look->alpha, p, n);
    if (!item) return;
    item->width = look->width;
    set_dash(item, look->dash);
}

static void fill(lin__canvas *base, const lin__point *p, int64_t n, lin__ink ink, double alpha)
{
    lin__page_canvas *c = page_canvas(base);
    add(c, LIN__FILL, lin__ink_rgb(c->theme, ink), alpha, p, n);
}

static void bar(lin__canvas *base, lin__rect b, lin__end end, lin__ink ink, double alpha)
{
    (void)end;
    const lin__point p[] = {{b.x, b.y}, {b.x + b.w, b.y}, {b.x + b.w, b.y + b.h}, {b.x, b.y + b.h}};
    fill(base, p, 4, ink, alpha);
}

/* Crosses are strokes, squares and triangles small polygons, each about as large as the disc. */
static void mark(lin__page_canvas *c, lin__point p, const lin__look *look)
{
    double r = look->size / 2;
    const lin__point square[] = {{p.x - r, p.y - r}, {p.x + r, p.y - r}, {p.x + r, p.y + r}, {p.x - r, p.y + r}};
    const lin__point triangle[] = {
        {p.x, p.y - 1.1 * r}, {p.x + 1.1 * r, p.y + 0.9 * r}, {p.x - 1.1 * r, p.y + 0.9 * r}};
    const lin__point plus[] = {{p.x - r, p.y}, {p.x + r, p.y}, {p.x, p.y - r}, {p.x, p.y + r}};
    lin__look thin = *look;
    thin.dash = LIN__SOLID;
    thin.width = look->size / 4;
    switch (look->marker) {
    case LIN__SQUARE:
        fill(&c->base, square, 4, look->ink, look->alpha);
        break;
    case LIN__TRIANGLE:
        fill(&c->base, triangle, 3, look->ink, look->alpha);
        break;
    case LIN__CROSS:
        stroke(&c->base, (const lin__point[]){square[0], square[2]}, 2, &thin);
        stroke(&c->base, (const lin__point[]){square[1], square[3]}, 2, &thin);
        break;
    default:
        stroke(&c->base, plus, 2, &thin);
        stroke(&c->base, plus + 2, 2, &thin);
        break;
    }
}

static void marks(lin__canvas *base, const lin__point *p, int64_t n, const lin__look *look)
{
    lin__page_canvas *c = page_canvas(base);
    for (int64_t i = 0; i < n && look->marker != LIN__DOT; i++)
        mark(c, p[i], look);
    if (look->marker != LIN__DOT) return;
    lin__item *item = add(c, LIN__DISCS, lin__ink_rgb(c->theme, look->ink), look->alpha, p, n);
    if (item) item->radius = look->size / 2;
}

static void arrow(lin__canvas *base, lin__point from, lin__point to, double short_of, const lin__look *look)
{
    double dx = to.x - from.x, dy = to.y - from.y, length = sqrt(dx * dx + dy * dy);
    if (!(length > 2 * short_of)) return;
    dx /= length;
    dy /= length;
    const double head = 5, half = 1.9;
    lin__point tip = {to.x - short_of * dx, to.y - short_of * dy}, neck = {tip.x - head * dx, tip.y - head * dy};
    const lin__point line[] = {{from.x + short_of * dx, from.y + short_of * dy}, neck};
    const lin__point point[] = {
        tip, {neck.x - half * dy, neck.y + half * dx}, {neck.x + half * dy, neck.y - half * dx}};
    stroke(base, line, 2, look);
    fill(base, point, 3, look->ink, look->alpha);
}

static void cells(lin__canvas *base, lin__rect box, const lin__cells *cells)
{
    lin__page_canvas *c = page_canvas(base);
    size_t count = (size_t)(cells->rows * cells->columns);
    lin__item *item = add(c, LIN__IMAGE, 0, 1, NULL, 0);
    uint8_t *rgb = item ? lin__alloc_array(base->ctx, c->depth, count, 3) : NULL;
    if (!rgb) {
        c->base.failed = true;
        return;
    }
    item->box = box;
    item->rows = cells->rows;
    item->columns = cells->columns;
    item->rgb = rgb;
    for (int64_t row = 0; row < cells->rows; row++)
        for (int64_t column = 0; column < cells->columns; column++) {
            uint32_t color = lin__cell_rgb(c->theme, cells, row, column);
            *rgb++ = (uint8_t)(color >> 16);
            *rgb++ = (uint8_t)(color >> 8);
            *rgb++ = (uint8_t)color;
        }
}

/* ---- Text --------------------------------------------------------------------------------------------------- */

lin__rect lin__label_box(double width, double size, lin__point at, int anchor, bool upwards)
{
    double before = anchor < 0 ? width : anchor == 0 ? width / 2 : 0;
    double ascent = LIN__ASCENT * size, height = (LIN__ASCENT + LIN__DESCENT) * size;
    if (upwards) return (lin__rect){at.x - ascent, at.y + before - width, height, width};
    return (lin__rect){at.x - before, at.y - ascent, width, height};
}

static void label(lin__page_canvas *c, const char *line, size_t bytes, lin__point at, const lin__words *t,
                  uint32_t color)
{
    lin__item *item = add(c, LIN__LABEL, color, 1, NULL, 0);
    char *text = item ? lin__alloc(c->base.ctx, c->depth, bytes + 1) : NULL;
    if (!text) {
        c->base.failed = true;
        return;
    }
    memcpy(text, line, bytes);
    text[bytes] = '\0';
    item->text = text;
    item->size = t->size;
    item->bold = t->bold;
    item->upwards = t->upwards;
    item->anchor = t->anchor.x;
    item->at = at;
    item->box = lin__label_box(lin__text_width(line, bytes, t->size, t->bold), t->size, at, t->anchor.x, t->upwards);
}

static void text(lin__canvas *base, const lin__words *t, const lin__note *note)
{
    lin__page_canvas *c = page_canvas(base);
    uint32_t color = lin__note_rgb(c->theme, t->ink, note);
    double leading = LIN__LINE_HEIGHT * t->size, rest = (lin__text_lines(t->text) - 1) * leading;
    double down = t->anchor.y < 0    ? -LIN__DESCENT * t->size - rest
                  : t->anchor.y == 0 ? LIN__CAP_HEIGHT / 2 * t->size - rest / 2
                                     : LIN__ASCENT * t->size;
    for (const char *line = t->text;;) {
        size_t length = strcspn(line, "\n");
        lin__point at = t->upwards ? (lin__point){t->at.x + down, t->at.y} : (lin__point){t->at.x, t->at.y + down};
        if (length) label(c, line, length, at, t, color);
        if (!line[length]) return;
        line += length + 1;
        down += leading;
    }
}

/* A letter with its index, lower and smaller, in the middle of a disc and not wider than it. */
static void letter(lin__page_canvas *c, lin__point at, const lin__note *note)
{
    const char *index = note->below ? note->below : "";
    double size = 0.8 * note->size, gap = 0.3, part = 0.68;
    double width = lin__text_width(note->text, strlen(note->text), size, false);
    double behind = *index ? gap + lin__text_width(index, strlen(index), part * size, false) : 0;
    double fit = fmin(1, 1.5 * note->size / (width + behind));
    lin__point base = {at.x - fit * (width + behind) / 2, at.y + fit * (*index ? 0.21 : 0.27) * size};
    lin__words w = {.anchor = {1, 0}, .size = fit * size};
    uint32_t color = lin__ink_rgb(c->theme, LIN__INK_TEXT);
    label(c, note->text, strlen(note->text), base, &w, color);
    w.size *= part;
    base.x += fit * (width + gap);
    base.y += fit * 0.25 * size;
    if (*index) label(c, index, strlen(index), base, &w, color);
}

static void node(lin__canvas *base, lin__point at, const lin__note *note)
{
    lin__page_canvas *c = page_canvas(base);
    lin__item *rim = add(c, LIN__DISCS, lin__ink_rgb(c->theme, 0), 1, &at, 1);
    if (rim) rim->radius = note->size;
    lin__item *face = add(c, LIN__DISCS, lin__ink_rgb(c->theme, LIN__INK_NODE), 1, &at, 1);
    if (face) face->radius = note->size - 1;
    letter(c, at, note);
}

void lin__page_canvas_init(lin__page_canvas *c, lin_ctx *ctx, lin_theme theme)
{
    *c = (lin__page_canvas){.base = {.stroke = stroke,
                                     .fill = fill,
                                     .bar = bar,
                                     .marks = marks,
                                     .cells = cells,
                                     .text = text,
                                     .node = node,
                                     .arrow = arrow,
                                     .ctx = ctx,
                                     .detail = 0.25,
                                     .away = {5, 4}},
                            .theme = theme,
                            .depth = lin__here(ctx)};
}
