/* report/dots.h: lines and polygons as dots of a grid: for a terminal, and for where a legend has room. */
#ifndef LINNET_REPORT_DOTS_H
#define LINNET_REPORT_DOTS_H

#include "report/canvas.h"

/* A dot at (x, y). */
typedef void lin__dot_fn(void *user, int64_t x, int64_t y);

/* The line through n points in units of dots, on and off as the dash says. */
void lin__dots_line(const lin__point *p, int64_t n, lin__dash dash, lin__dot_fn *dot, void *user);
/* Every dot whose middle is in the polygon. */
void lin__dots_polygon(const lin__point *p, int64_t n, lin__dot_fn *dot, void *user);

#endif
