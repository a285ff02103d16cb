/* Artists onto a canvas: clipped to the panel, and thinned to what can be seen. */
#include "report/view.h"

#include <math.h>

/* ---- Curves -------------------------------------------------------------------------------------------- */

static lin__point *mapped(const lin__view *view, const lin__series *s, const double *y, lin__canvas *c)
{
    lin__point *p = lin__alloc_array(c->ctx, lin__here(c->ctx), (size_t)s->n, sizeof *p);
    if (!p) c->failed = true;
    for (int64_t i = 0; p && i < s->n; i++)
        p[i] = lin__view_point(view, s->x[i], y[i]);
    return p;
}

static bool drawable(lin__point p)
{
    return isfinite(p.x) && isfinite(p.y);
}

/* Of the points that follow each other in one column: the first, the lowest, the highest and the last, which is all
 * that is seen of them. In place; how many are left. */
static int64_t thin(lin__point *p, int64_t n, double detail)
{
    int64_t kept = 0;
    for (int64_t from = 0, to; from < n; from = to) {
        double column = floor(p[from].x / detail);
        int64_t low = from, high = from;
        for (to = from + 1; to < n && floor(p[to].x / detail) == column; to++) {
            if (p[to].y < p[low].y) low = to;
            if (p[to].y > p[high].y) high = to;
        }
        int64_t chosen[] = {from, low < high ? low : high, low < high ? high : low, to - 1};
        for (int k = 0; k < 4; k++)
            if (k == 0 || chosen[k] != chosen[k - 1]) p[kept++] = p[chosen[k]];
    }
    return kept;
}

/* A run of drawable points: the parts of it inside the box. Every part ends where the line leaves. */
static void stroke_run(lin__canvas *c, const lin__rect *box, const lin__point *p, int64_t n, const lin__look *look)
{
    lin__point *part = lin__alloc_array(c->ctx, lin__here(c->ctx), (size_t)n + 1, sizeof *part);
    int64_t count = 0;
    if (!part) c->failed = true;
    for (int64_t i = 1; part && i < n; i++) {
        lin__point a = p[i - 1], b = p[i];
        if (!lin__clip_segment(box, &a, &b)) continue;
        if (count == 0 || a.x != part[count - 1].x || a.y != part[count - 1].y) {
            if (count > 1) c->stroke(c, part, count, look);
            count = 0;
            part[count++] = a;
        }
        part[count++] = b;
    }
    if (count > 1) c->stroke(c, part, count, look);
}

/* A point without neighbours has no line: it is marked. */
static void mark_alone(lin__canvas *c, const lin__rect *box, const lin__point *p, const lin__look *look)
{
    lin__look dot = *look;
    dot.dash = LIN__NO_LINE;
    dot.marker = LIN__DOT;
    if (lin__inside(box, *p)) c->marks(c, p, 1, &dot);
}

static void stroke_all(lin__canvas *c, const lin__rect *box, lin__point *p, int64_t n, const lin__look *look)
{
    for (int64_t from = 0, to; from < n; from = to) {
        to = from + 1;
        if (!drawable(p[from])) continue;
        while (to < n && drawable(p[to]))
            to++;
        int64_t left = thin(p + from, to - from, c->detail);
        if (left == 1 && look->marker == LIN__NO_MARKER)
            mark_alone(c, box, p + from, look);
        else
            stroke_run(c, box, p + from, left, look);
    }
}

static void mark_all(lin__canvas *c, const lin__rect *box, lin__point *p, int64_t n, const lin__look *look)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (drawable(p[i]) && lin__inside(box, p[i])) p[count++] = p[i];
    if (count) c->marks(c, p, count, look);
}

static void draw_curve(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    lin__point *p = mapped(view, &a->u.series, a->u.series.y, c);
    if (p && a->look.dash != LIN__NO_LINE) stroke_all(c, &view->box, p, a->u.series.n, &a->look);
    if (a->look.marker == LIN__NO_MARKER) return;
    p = mapped(view, &a->u.series, a->u.series.y, c); /* thinning moved them */
    if (p) mark_all(c, &view->box, p, a->u.series.n, &a->look);
}

/* ---- Areas, bars, rules ---------------------------------------------------------------------------------- */

static void draw_area(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    const lin__series *s = &a->u.series;
    size_t room = 12 * (size_t)s->n + 8;
    lin__point *p = lin__alloc_array(c->ctx, lin__here(c->ctx), 2 * (size_t)s->n, sizeof *p);
    lin__point *out = lin__alloc_array(c->ctx, lin__here(c->ctx), room, sizeof *out);
    lin__point *spare = lin__alloc_array(c->ctx, lin__here(c->ctx), room, sizeof *spare);
    if (!p || !out || !spare) c->failed = true;
    if (c->failed) return;
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++) {
        lin__point at = lin__view_point(view, s->x[i], s->y[i]);
        if (drawable(at)) p[n++] = at;
    }
    for (int64_t i = s->n; i-- > 0;) {
        lin__point at = lin__view_point(view, s->x[i], s->z[i]);
        if (drawable(at)) p[n++] = at;
    }
    n = lin__clip_polygon(&view->box, p, n, out, spare);
    if (n > 2) c->fill(c, out, n, a->look.ink, a->look.alpha);
}

/* The box between two corners, inside of the panel; false if nothing is. */
static bool box_between(const lin__rect *box, lin__point a, lin__point b, lin__rect *out)
{
    if (!drawable(a) || !drawable(b)) return false;
    double left = fmax(fmin(a.x, b.x), box->x), right = fmin(fmax(a.x, b.x), box->x + box->w);
    double top = fmax(fmin(a.y, b.y), box->y), bottom = fmin(fmax(a.y, b.y), box->y + box->h);
    *out = (lin__rect){left, top, right - left, bottom - top};
    return right > left && bottom > top;
}

/* The line on which bars stand that go both ways. */
static void draw_foot(const lin__view *view, bool lying, lin__canvas *c)
{
    const lin__rect *box = &view->box;
    const lin__look look = {.ink = LIN__INK_MUTED, .dash = LIN__SOLID, .width = 0.8, .alpha = 1};
    lin__point at = lying ? lin__view_point(view, 0, view->y.low) : lin__view_point(view, view->x.low, 0);
    const lin__point across[] = {{box->x, at.y}, {box->x + box->w, at.y}},
                     up[] = {{at.x, box->y}, {at.x, box->y + box->h}};
    c->stroke(c, lying ? up : across, 2, &look);
}

static void draw_bars(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    const lin__series *s = &a->u.series;
    bool lying = a->kind == LIN__LYING_BARS;
    const lin__range *up = lying ? &view->x : &view->y;
    double foot = up->scale == LIN_SCALE_LOG ? up->low : 0;
    if (up->low < foot && foot < up->high) draw_foot(view, lying, c);
    for (int64_t i = 0; i < s->n; i++) {
        double low = s->x[i] - 0.4, high = s->x[i] + 0.4;
        lin__point p = lying ? lin__view_point(view, foot, low) : lin__view_point(view, low, foot);
        lin__point q = lying ? lin__view_point(view, s->y[i], high) : lin__view_point(view, high, s->y[i]);
        lin__end end =
            lying ? (s->y[i] < 0 ? LIN__END_LEFT : LIN__END_RIGHT) : (s->y[i] < 0 ? LIN__END_BOTTOM : LIN__END_TOP);
        lin__rect bar;
        if (box_between(&view->box, p, q, &bar)) c->bar(c, bar, end, a->look.ink, a->look.alpha);
    }
}

static void draw_rules(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    const lin__rect *box = &view->box;
    for (int64_t i = 0; i < a->u.series.n; i++) {
        lin__point at = lin__view_point(view, a->kind == LIN__UP ? a->u.series.x[i] : view->x.low,
                                        a->kind == LIN__ACROSS ? a->u.series.y[i] : view->y.low);
        if (!drawable(at) || !lin__inside(box, at)) continue;
        lin__point across[] = {{box->x, at.y}, {box->x + box->w, at.y}},
                   up[] = {{at.x, box->y}, {at.x, box->y + box->h}};
        c->stroke(c, a->kind == LIN__ACROSS ? across : up, 2, &a->look);
    }
}

/* ---- Cells, notes, nodes --------------------------------------------------------------------------------- */

static void draw_cells(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    lin__point p = lin__view_point(view, -0.5, -0.5);
    lin__point q = lin__view_point(view, (double)a->u.cells.columns - 0.5, (double)a->u.cells.rows - 0.5);
    c->cells(c, (lin__rect){fmin(p.x, q.x), fmin(p.y, q.y), fabs(q.x - p.x), fabs(q.y - p.y)}, &a->u.cells);
}

static void draw_note(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    static const lin__anchor anchors[] = {
        [LIN_CENTER] = {0, 0}, [LIN_LEFT] = {-1, 0}, [LIN_RIGHT] = {1, 0}, [LIN_ABOVE] = {0, -1}, [LIN_BELOW] = {0, 1}};
    const lin__note *note = &a->u.note;
    lin__point at = lin__view_point(view, note->x, note->y);
    lin__anchor anchor = anchors[note->place];
    if (!drawable(at) || !lin__inside(&view->box, at)) return;
    at.x += anchor.x * c->away.x;
    at.y += anchor.y * c->away.y;
    c->text(
        c,
        &(lin__words){
            .text = note->text, .at = at, .anchor = anchor, .size = note->size, .bold = note->bold, .ink = a->look.ink},
        note);
}

static void draw_arrow(const lin__artist *a, const lin__view *view, lin__canvas *c)
{
    const lin__series *s = &a->u.series;
    for (int64_t i = 0; i + 1 < s->n; i += 2)
        c->arrow(c, lin__view_point(view, s->x[i], s->y[i]), lin__view_point(view, s->x[i + 1], s->y[i + 1]),
                 a->look.size, &a->look);
}

void lin__draw_artists(const lin_axes *axes, const lin__view *view, lin__canvas *c)
{
    for (const lin__artist *a = axes->first; a; a = a->next) {
        lin_region scratch = lin_mark(c->ctx);
        if (!scratch.ctx) c->failed = true;
        if (c->failed) return;
        switch (a->kind) {
        case LIN__CURVE:
            draw_curve(a, view, c);
            break;
        case LIN__AREA:
            draw_area(a, view, c);
            break;
        case LIN__BARS:
        case LIN__LYING_BARS:
            draw_bars(a, view, c);
            break;
        case LIN__ACROSS:
        case LIN__UP:
            draw_rules(a, view, c);
            break;
        case LIN__ARROW:
            draw_arrow(a, view, c);
            break;
        case LIN__CELLS:
            draw_cells(a, view, c);
            break;
        case LIN__NOTE:
            draw_note(a, view, c);
            break;
        case LIN__NODE:
            c->node(c, lin__view_point(view, a->u.note.x, a->u.note.y), &a->u.note);
            break;
        }
        lin_release(scratch);
    }
}
