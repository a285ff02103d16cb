/* Clipping to a box: Liang and Barsky (1984) for segments, Sutherland and Hodgman (1974) for polygons. */
#include "report/view.h"

/* Keep what of a + t·d, from ≤ t ≤ to, satisfies p·t ≤ q. */
static bool cut(double p, double q, double *from, double *to)
{
    if (p == 0) return q >= 0;
    double t = q / p;
    if (p < 0 && t > *from) *from = t;
    if (p > 0 && t < *to) *to = t;
    return *from <= *to;
}

bool lin__clip_segment(const lin__rect *box, lin__point *a, lin__point *b)
{
    double dx = b->x - a->x, dy = b->y - a->y, from = 0, to = 1;
    if (!cut(-dx, a->x - box->x, &from, &to) || !cut(dx, box->x + box->w - a->x, &from, &to) ||
        !cut(-dy, a->y - box->y, &from, &to) || !cut(dy, box->y + box->h - a->y, &from, &to))
        return false;
    lin__point start = *a;
    if (to < 1) *b = (lin__point){start.x + to * dx, start.y + to * dy};
    if (from > 0) *a = (lin__point){start.x + from * dx, start.y + from * dy};
    return true;
}

/* Distance of p inside of side k: left, right, top, bottom. */
static double depth_of(const lin__rect *box, int k, lin__point p)
{
    switch (k) {
    case 0:
        return p.x - box->x;
    case 1:
        return box->x + box->w - p.x;
    case 2:
        return p.y - box->y;
    default:
        return box->y + box->h - p.y;
    }
}

static int64_t clip_side(const lin__rect *box, int k, const lin__point *p, int64_t n, lin__point *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        lin__point a = p[i], b = p[i + 1 < n ? i + 1 : 0];
        double da = depth_of(box, k, a), db = depth_of(box, k, b);
        if (da >= 0) out[count++] = a;
        if ((da >= 0) == (db >= 0)) continue;
        double t = da / (da - db);
        out[count++] = (lin__point){a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)};
    }
    return count;
}

int64_t lin__clip_polygon(const lin__rect *box, const lin__point *p, int64_t n, lin__point *out, lin__point *spare)
{
    n = clip_side(box, 0, p, n, spare);
    n = clip_side(box, 1, spare, n, out);
    n = clip_side(box, 2, out, n, spare);
    return clip_side(box, 3, spare, n, out);
}
