/* What a panel shows: the ranges of its axes, and where a value lies on them. */
#include "report/view.h"

#include "kernel/kernel.h"

#include <math.h>

/* ---- What artists need --------------------------------------------------------------------------------- */

/* One axis while its artists are looked at. An end is tight where a bar stands or cells end: without a margin beyond
 * it. */
typedef struct need {
    double low, high;
    bool log, whole, low_tight, high_tight;
} need;

static void include(need *n, double value, bool tight)
{
    if (!isfinite(value) || (n->log && value <= 0)) return;
    if (value <= n->low) n->low_tight = tight || (value == n->low && n->low_tight);
    if (value >= n->high) n->high_tight = tight || (value == n->high && n->high_tight);
    if (value < n->low) n->low = value;
    if (value > n->high) n->high = value;
}

static void include_all(need *n, const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(values[i]) && values[i] != floor(values[i])) n->whole = false;
        include(n, values[i], false);
    }
}

/* Bars: with half a unit on both sides along one axis, from 0 along the other. */
static void include_bars(need *along, need *up, const double *at, const double *height, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (at[i] != floor(at[i])) along->whole = false;
        include(along, at[i] - 0.5, true);
        include(along, at[i] + 0.5, true);
    }
    include_all(up, height, count);
    include(up, 0, true);
}

static void include_cells(need *n, int64_t count)
{
    include(n, -0.5, true);
    include(n, (double)count - 0.5, true);
}

static void include_artist(const lin__artist *a, need *x, need *y)
{
    const lin__series *s = &a->u.series;
    switch (a->kind) {
    case LIN__AREA:
        include_all(y, s->z, s->n); /* fall through */
    case LIN__CURVE:
    case LIN__ARROW:
        include_all(x, s->x, s->n);
        include_all(y, s->y, s->n);
        break;
    case LIN__BARS:
        include_bars(x, y, s->x, s->y, s->n);
        break;
    case LIN__LYING_BARS:
        include_bars(y, x, s->x, s->y, s->n);
        break;
    case LIN__ACROSS:
        include_all(y, s->y, s->n);
        break;
    case LIN__UP:
        include_all(x, s->x, s->n);
        break;
    case LIN__CELLS:
        include_cells(x, a->u.cells.columns);
        include_cells(y, a->u.cells.rows);
        break;
    case LIN__NODE:
    case LIN__NOTE:
        include(x, a->u.note.x, false);
        include(y, a->u.note.y, false);
        break;
    }
}

/* ---- Ranges -------------------------------------------------------------------------------------------- */

/* The range of the data with 4 % beyond it on both sides; a tight end stays. */
static lin__range range_of(const lin__axis *axis, const need *n)
{
    lin__range r = {n->low, n->high, axis->scale, n->whole, axis->marked_to};
    if (axis->lim[0] != 0 || axis->lim[1] != 0) {
        r.low = axis->lim[0];
        r.high = axis->lim[1];
        return r;
    }
    if (!(r.low <= r.high)) { /* no data */
        r.low = n->log ? 1 : 0;
        r.high = n->log ? 10 : 1;
        return r;
    }
    if (n->log) {
        double margin = r.high > r.low ? lin__pow(r.high / r.low, 0.04) : 2;
        r.low /= margin;
        r.high *= margin;
        return r;
    }
    double margin = 0.04 * (r.high - r.low);
    if (!(margin > 0)) margin = r.low != 0 ? 0.05 * fabs(r.low) : 0.5;
    bool flat = !(r.high > r.low);
    if (!n->low_tight || flat) r.low -= margin;
    if (!n->high_tight || flat) r.high += margin;
    return r;
}

void lin__view_ranges(const lin_axes *axes, lin__view *view)
{
    need x = {INFINITY, -INFINITY, axes->x.scale == LIN_SCALE_LOG, true, false, false};
    need y = {INFINITY, -INFINITY, axes->y.scale == LIN_SCALE_LOG, true, false, false};
    for (const lin__artist *a = axes->first; a; a = a->next)
        include_artist(a, &x, &y);
    view->x = range_of(&axes->x, &x);
    view->y = range_of(&axes->y, &y);
    view->y_down = axes->y_down;
}

double lin__range_at(const lin__range *r, double value)
{
    if (r->scale == LIN_SCALE_LINEAR) return (value - r->low) / (r->high - r->low);
    if (!(value > 0)) return NAN;
    double low = lin__log(r->low);
    return (lin__log(value) - low) / (lin__log(r->high) - low);
}

lin__point lin__view_point(const lin__view *view, double x, double y)
{
    double up = lin__range_at(&view->y, y);
    return (lin__point){view->box.x + lin__range_at(&view->x, x) * view->box.w,
                        view->box.y + (view->y_down ? up : 1 - up) * view->box.h};
}

bool lin__inside(const lin__rect *box, lin__point p)
{
    return p.x >= box->x && p.x <= box->x + box->w && p.y >= box->y && p.y <= box->y + box->h;
}
