/* Legends: what they list, and where on a page they hide nothing. */
#include "report/layout.h"

#include "report/dots.h"
#include "report/text.h"

#include <math.h>

/* Points: the sample of a line and of anything else, the space after it, a row, the space between legend and panel
 * edge, between columns. */
#define SAMPLE 19.0
#define PATCH  9.0
#define SPACE  4.5
#define ROW    11.5
#define EDGE   5.0
#define COLUMN 14.0
#define INSET  3.0

int lin__legend_entries(const lin_axes *axes, lin__entry *entries)
{
    int count = 0, curve = 0;
    if (axes->keyless) return 0;
    for (const lin__artist *a = axes->first; a && count < LIN_LEGEND_MAX; a = a->next) {
        bool named = a->kind == LIN__CURVE || a->kind == LIN__BARS || a->kind == LIN__LYING_BARS;
        const char *label = a->label;
        if (named && !label && curve < LIN_LEGEND_MAX) label = axes->legend[curve];
        curve += named;
        if (label && *label) entries[count++] = (lin__entry){label, a};
    }
    return count;
}

/* A line needs more than a marker. */
static double sample_width(const lin__artist *a)
{
    return a->kind == LIN__CURVE && a->look.dash != LIN__NO_LINE ? SAMPLE : PATCH;
}

static double entry_width(const lin__entry *e)
{
    return sample_width(e->artist) + SPACE + lin__text_widest(e->label, LIN__SIZE_TICK, false);
}

/* The widest sample of a column: its texts begin at one place. */
static double widest_sample(const lin__legend *legend)
{
    double widest = 0;
    for (int i = 0; i < legend->count; i++)
        widest = fmax(widest, sample_width(legend->entry[i].artist));
    return widest;
}

/* ---- Room ------------------------------------------------------------------------------------------------- */

/* What the artists cover, in squares of GRAIN points. */
#define GRAIN 2.0
typedef struct shadow {
    lin__canvas base;
    lin__rect box;
    int64_t columns, rows;
    uint8_t *taken;
} shadow;

static void take(void *user, int64_t x, int64_t y)
{
    shadow *s = user;
    if (x >= 0 && y >= 0 && x < s->columns && y < s->rows) s->taken[y * s->columns + x] = 1;
}

static lin__point to_grain(const shadow *s, lin__point p)
{
    return (lin__point){(p.x - s->box.x) / GRAIN, (p.y - s->box.y) / GRAIN};
}

static void shade(shadow *s, const lin__point *p, int64_t n, bool filled)
{
    lin__point *q = lin__alloc_array(s->base.ctx, lin__here(s->base.ctx), (size_t)n, sizeof *q);
    for (int64_t i = 0; q && i < n; i++)
        q[i] = to_grain(s, p[i]);
    if (!q) s->base.failed = true;
    if (q && filled) lin__dots_polygon(q, n, take, s);
    if (q) lin__dots_line(q, n, LIN__SOLID, take, s);
}

static void shade_stroke(lin__canvas *c, const lin__point *p, int64_t n, const lin__look *look)
{
    (void)look;
    shade((shadow *)c, p, n, false);
}

static void shade_fill(lin__canvas *c, const lin__point *p, int64_t n, lin__ink ink, double alpha)
{
    (void)ink;
    (void)alpha;
    shade((shadow *)c, p, n, true);
}

static void shade_box(shadow *s, lin__rect b)
{
    shade(s, (const lin__point[]){{b.x, b.y}, {b.x + b.w, b.y}, {b.x + b.w, b.y + b.h}, {b.x, b.y + b.h}}, 4, true);
}

static void shade_bar(lin__canvas *c, lin__rect box, lin__end end, lin__ink ink, double alpha)
{
    (void)end;
    (void)ink;
    (void)alpha;
    shade_box((shadow *)c, box);
}

static void shade_marks(lin__canvas *c, const lin__point *p, int64_t n, const lin__look *look)
{
    (void)look;
    shadow *s = (shadow *)c;
    for (int64_t i = 0; i < n; i++) {
        lin__point q = to_grain(s, p[i]);
        take(s, (int64_t)q.x, (int64_t)q.y);
    }
}

static void shade_text(lin__canvas *c, const lin__words *t, const lin__note *note)
{
    (void)note;
    double width = lin__text_widest(t->text, t->size, t->bold),
           height = lin__text_lines(t->text) * t->size * LIN__LINE_HEIGHT;
    shade_box((shadow *)c, (lin__rect){t->at.x + (t->anchor.x - 1) * width / 2,
                                       t->at.y + (t->anchor.y - 1) * height / 2, width, height});
}

static void shade_cells(lin__canvas *c, lin__rect box, const lin__cells *cells)
{
    (void)cells;
    shade_box((shadow *)c, box);
}

static void shade_node(lin__canvas *c, lin__point at, const lin__note *note)
{
    (void)note;
    shade_box((shadow *)c, (lin__rect){at.x, at.y, GRAIN, GRAIN});
}

static void shade_arrow(lin__canvas *c, lin__point from, lin__point to, double short_of, const lin__look *look)
{
    (void)short_of;
    shade_stroke(c, (const lin__point[]){from, to}, 2, look);
}

static bool shadow_init(shadow *s, const lin__view *view, lin_ctx *ctx)
{
    *s = (shadow){.base = {shade_stroke, shade_fill, shade_bar, shade_marks, shade_cells, shade_text, shade_node,
                           shade_arrow, .ctx = ctx, .detail = 1, .away = {4, 4}},
                  .box = view->box,
                  .columns = (int64_t)(view->box.w / GRAIN) + 1,
                  .rows = (int64_t)(view->box.h / GRAIN) + 1};
    s->taken = lin__alloc_zeroed(ctx, lin__here(ctx), (size_t)(s->columns * s->rows));
    return s->taken;
}

/* Squares taken in a box with a rim around it. */
static int64_t taken_in(const shadow *s, lin__rect b)
{
    const double rim = 3;
    int64_t count = 0;
    for (int64_t y = 0; y < s->rows; y++)
        for (int64_t x = 0; x < s->columns; x++) {
            lin__point p = {s->box.x + ((double)x + 0.5) * GRAIN, s->box.y + ((double)y + 0.5) * GRAIN};
            lin__rect wide = {b.x - rim, b.y - rim, b.w + 2 * rim, b.h + 2 * rim};
            if (s->taken[y * s->columns + x] && lin__inside(&wide, p)) count++;
        }
    return count;
}

/* The first of nine places where nothing is hidden. */
static bool place_inside(const lin__rect *plot, lin__legend *legend, const shadow *s)
{
    static const double places[][2] = {{1, 0},   {0, 0},   {1, 1},   {0, 1},    {1, 0.5},
                                       {0, 0.5}, {0.5, 0}, {0.5, 1}, {0.5, 0.5}};
    double width = 0;
    for (int i = 0; i < legend->count; i++)
        width = fmax(width, lin__text_widest(legend->entry[i].label, LIN__SIZE_TICK, false));
    lin__rect box = {0, 0, widest_sample(legend) + SPACE + width + 2 * INSET, legend->count * ROW + 2 * INSET};
    double free_x = plot->w - box.w - 2 * EDGE, free_y = plot->h - box.h - 2 * EDGE;
    if (free_x < 0 || free_y < 0) return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        box.x = plot->x + EDGE + places[i][0] * free_x;
        box.y = plot->y + EDGE + places[i][1] * free_y;
        if (taken_in(s, box)) continue;
        legend->box = box;
        return true;
    }
    return false;
}

/* Rows that the entries need from left to right, with at most so many in each. */
static int rows_of(const lin__legend *legend, double width, int most)
{
    int rows = 1, in_row = 0;
    double at = 0;
    for (int i = 0; i < legend->count; i++) {
        double next = entry_width(&legend->entry[i]);
        if (in_row == most || (in_row && at + next > width)) {
            rows++;
            at = in_row = 0;
        }
        at += next + COLUMN;
        in_row++;
    }
    return rows;
}

/* In as few rows as can be, about as many entries in each. */
static void set_rows(lin__legend *legend, double width)
{
    legend->rows = rows_of(legend, width, legend->count);
    legend->across = (legend->count + legend->rows - 1) / (legend->rows ? legend->rows : 1);
    while (rows_of(legend, width, legend->across) > legend->rows)
        legend->across++;
}

bool lin__legend_place(const lin_axes *axes, const lin__view *view, lin__legend *legend, lin_ctx *ctx)
{
    legend->count = axes->figure->shares ? 0 : lin__legend_entries(axes, legend->entry);
    legend->rows = 0;
    if (!legend->count) return true;
    lin_region scratch = lin_mark(ctx);
    shadow s;
    bool good = scratch.ctx && shadow_init(&s, view, ctx), placed = false;
    if (good) {
        lin__draw_artists(axes, view, &s.base);
        placed = place_inside(&view->box, legend, &s);
        good = !s.base.failed;
    }
    if (!placed) set_rows(legend, view->box.w);
    lin_release(scratch);
    return good;
}

double lin__legend_height(const lin__legend *legend)
{
    return legend->rows ? legend->rows * ROW + 2 : 0;
}

/* ---- Drawing ------------------------------------------------------------------------------------------------ */

static void draw_sample(const lin__artist *a, lin__point at, double width, lin__canvas *c)
{
    const lin__point line[] = {{at.x, at.y}, {at.x + width, at.y}}, middle = {at.x + width / 2, at.y};
    const lin__rect box = {middle.x - PATCH / 2, at.y - 3.5, PATCH, 7};
    if (a->kind == LIN__AREA || a->kind == LIN__BARS || a->kind == LIN__LYING_BARS) {
        c->bar(c, box, LIN__END_TOP, a->look.ink, a->look.alpha);
        return;
    }
    lin__look look = a->look;
    look.alpha = 1;
    look.size = fmax(look.size, 4);
    if (look.dash != LIN__NO_LINE) c->stroke(c, line, 2, &look);
    if (look.marker != LIN__NO_MARKER) c->marks(c, &middle, 1, &look);
}

static void draw_entry(const lin__entry *e, lin__point at, double sample, lin__canvas *c)
{
    draw_sample(e->artist, at, sample, c);
    at.x += sample + SPACE;
    c->text(c,
            &(lin__words){.text = e->label, .at = at, .anchor = {1, 0}, .size = LIN__SIZE_TICK, .ink = LIN__INK_TEXT},
            NULL);
}

/* From left to right, as far as `width` allows, then the next row. */
static void draw_rows(const lin__legend *legend, lin__point at, double width, lin__canvas *c)
{
    double left = at.x;
    for (int i = 0, in_row = 0; i < legend->count; i++, in_row++) {
        double wide = entry_width(&legend->entry[i]);
        if (in_row == legend->across || (in_row && at.x + wide > left + width)) {
            at.x = left;
            at.y += ROW;
            in_row = 0;
        }
        draw_entry(&legend->entry[i], at, sample_width(legend->entry[i].artist), c);
        at.x += wide + COLUMN;
    }
}

void lin__legend_draw(const lin__legend *legend, const lin__view *view, lin__page_canvas *c)
{
    if (!legend->count) return;
    if (legend->rows) {
        lin__point at = {view->box.x, view->box.y - lin__legend_height(legend) + ROW / 2 - 1};
        draw_rows(legend, at, view->box.w, &c->base);
        return;
    }
    const lin__rect *b = &legend->box;
    c->base.bar(&c->base, *b, LIN__END_TOP, LIN__INK_PAPER, 0.85); /* the grid stays off the text */
    for (int i = 0; i < legend->count; i++)
        draw_entry(&legend->entry[i], (lin__point){b->x + INSET, b->y + INSET + (i + 0.5) * ROW}, widest_sample(legend),
                   &c->base);
}

/* ---- Shared ------------------------------------------------------------------------------------------------- */

static lin__legend shared(const lin_figure *f)
{
    lin__legend legend = {.rows = 1};
    legend.count = lin__legend_entries(f->panels, legend.entry);
    set_rows(&legend, f->width - 2 * EDGE);
    return legend;
}

double lin__legend_across_height(const lin_figure *f)
{
    lin__legend legend = shared(f);
    return lin__legend_height(&legend) + EDGE;
}

void lin__legend_across(const lin_figure *f, double top, lin__page_canvas *c)
{
    lin__legend legend = shared(f);
    double width = -COLUMN;
    for (int i = 0; i < legend.count; i++)
        width += entry_width(&legend.entry[i]) + COLUMN;
    double left = legend.rows > 1 ? EDGE : (f->width - width) / 2;
    draw_rows(&legend, (lin__point){left, top + ROW / 2 + 1}, f->width - left - EDGE, &c->base);
}
