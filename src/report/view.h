/* report/view.h: from data to a rectangle of a canvas: what a panel shows, and what of it lies inside. */
#ifndef LINNET_REPORT_VIEW_H
#define LINNET_REPORT_VIEW_H

#include "report/canvas.h"

/* What an axis shows. */
typedef struct lin__range {
    double low, high;
    lin_scale scale;
    bool whole;       /* all data on it are integers: no ticks between them */
    double marked_to; /* no ticks beyond; 0: as far as it goes */
} lin__range;

typedef struct lin__view {
    lin__range x, y;
    lin__rect box;
    bool y_down;
} lin__view;

/* The ranges that a panel's options and artists ask for. */
void lin__view_ranges(const lin_axes *axes, lin__view *view);
/* Where a value lies on an axis: 0 at low, 1 at high; NaN for what a log scale has not. */
double lin__range_at(const lin__range *r, double value);
lin__point lin__view_point(const lin__view *view, double x, double y);
/* Is the point in the box (or on its edge)? */
bool lin__inside(const lin__rect *box, lin__point p);

/* ---- clip.c ------------------------------------------------------------------------------------------- */
/* The part of a segment inside the box; false if there is none. */
bool lin__clip_segment(const lin__rect *box, lin__point *a, lin__point *b);
/* The part of a polygon inside the box: into out, which has room for 6n + 8 points, as
 * has `spare` (a side can make half as many points again). Their number. */
int64_t lin__clip_polygon(const lin__rect *box, const lin__point *p, int64_t n, lin__point *out, lin__point *spare);

/* ---- draw.c ------------------------------------------------------------------------------------------- */
/* Everything that stands in the panel. */
void lin__draw_artists(const lin_axes *axes, const lin__view *view, lin__canvas *c);

#endif
