/* report/canvas.h: what every renderer can draw, in its own units (points of a page, dots of a terminal), y
 * downwards. A canvas that runs out of memory records it and draws no more. */
#ifndef LINNET_REPORT_CANVAS_H
#define LINNET_REPORT_CANVAS_H

#include "pictures/pictures.h"
#include "report/figure.h"

/* Where text stands about its point: x −1 ends there, 0 is centred, 1 begins there; y −1 is above, 0 centred, 1
 * below. */
typedef struct lin__anchor {
    int x, y;
} lin__anchor;

typedef struct lin__words {
    const char *text; /* lines apart by \n */
    lin__point at;
    lin__anchor anchor;
    double size; /* points */
    bool bold, upwards;
    lin__ink ink;
} lin__words;

/* Which end of a bar is free: where a terminal shows parts of a character. */
typedef enum lin__end { LIN__END_TOP, LIN__END_BOTTOM, LIN__END_LEFT, LIN__END_RIGHT } lin__end;

typedef struct lin__canvas lin__canvas;
struct lin__canvas {
    void (*stroke)(lin__canvas *c, const lin__point *p, int64_t n, const lin__look *look);
    void (*fill)(lin__canvas *c, const lin__point *p, int64_t n, lin__ink ink, double alpha); /* a polygon */
    void (*bar)(lin__canvas *c, lin__rect box, lin__end end, lin__ink ink, double alpha);
    void (*marks)(lin__canvas *c, const lin__point *p, int64_t n, const lin__look *look);
    void (*cells)(lin__canvas *c, lin__rect box, const lin__cells *cells);
    void (*text)(lin__canvas *c, const lin__words *text,
                 const lin__note *note); /* note: whose ink may depend on the cell */
    void (*node)(lin__canvas *c, lin__point at, const lin__note *note);
    void (*arrow)(lin__canvas *c, lin__point from, lin__point to, double short_of, const lin__look *look);
    lin_ctx *ctx;
    bool failed;     /* there was no memory for something */
    double detail;   /* what is closer than this is one place */
    lin__point away; /* how far from its point a note stands */
};

#endif
