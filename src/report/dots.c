/* Lines and polygons as dots. Coordinates are clipped to the panel before they come here, so loops are short. */
#include "report/dots.h"

#include <math.h>

/* Dots on, off, on, off. */
static const int patterns[][4] = {
    [LIN__NO_LINE] = {0, 1, 0, 1}, [LIN__SOLID] = {1, 0, 1, 0},  [LIN__DASHED] = {5, 3, 5, 3},
    [LIN__DASHDOT] = {6, 2, 1, 2}, [LIN__DOTTED] = {1, 2, 1, 2},
};

static bool is_on(lin__dash dash, int64_t at)
{
    const int *pattern = patterns[dash];
    int64_t place = at % (pattern[0] + pattern[1] + pattern[2] + pattern[3]);
    for (int i = 0; i < 4; i++) {
        if (place < pattern[i]) return i % 2 == 0;
        place -= pattern[i];
    }
    return true;
}

void lin__dots_line(const lin__point *p, int64_t n, lin__dash dash, lin__dot_fn *dot, void *user)
{
    int64_t at = 0; /* dots from the start of the line */
    for (int64_t k = 1; k < n; k++) {
        double dx = p[k].x - p[k - 1].x, dy = p[k].y - p[k - 1].y;
        int64_t steps = (int64_t)ceil(fmax(fabs(dx), fabs(dy)));
        for (int64_t i = k > 1; i <= steps; i++) {
            double t = steps ? (double)i / (double)steps : 0;
            if (is_on(dash, at++)) dot(user, (int64_t)floor(p[k - 1].x + t * dx), (int64_t)floor(p[k - 1].y + t * dy));
        }
    }
}

/* Is (x, y) inside, by the number of edges to its right? */
static bool inside(const lin__point *p, int64_t n, double x, double y)
{
    bool in = false;
    for (int64_t i = 0, j = n - 1; i < n; j = i++)
        if ((p[i].y > y) != (p[j].y > y) && x < p[i].x + (p[j].x - p[i].x) * (y - p[i].y) / (p[j].y - p[i].y)) in = !in;
    return in;
}

void lin__dots_polygon(const lin__point *p, int64_t n, lin__dot_fn *dot, void *user)
{
    double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        left = fmin(left, p[i].x);
        right = fmax(right, p[i].x);
        top = fmin(top, p[i].y);
        bottom = fmax(bottom, p[i].y);
    }
    for (int64_t y = (int64_t)floor(top); y < bottom; y++)
        for (int64_t x = (int64_t)floor(left); x < right; x++)
            if (inside(p, n, (double)x + 0.5, (double)y + 0.5)) dot(user, x, y);
}
