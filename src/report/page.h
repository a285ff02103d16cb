/* report/page.h: a canvas that makes a page: the list of shapes and text that the pictures part draws. */
#ifndef LINNET_REPORT_PAGE_H
#define LINNET_REPORT_PAGE_H

#include "report/canvas.h"

/* Heights of DejaVu Sans in sizes: of capitals and digits, below the base line, from line to line. */
#define LIN__CAP_HEIGHT  0.73
#define LIN__ASCENT      0.77
#define LIN__DESCENT     0.24
#define LIN__LINE_HEIGHT 1.22

typedef struct lin__page_canvas {
    lin__canvas base;
    lin_theme theme;
    uint32_t depth; /* the region of the page */
    lin__item *items;
    int64_t count, room;
} lin__page_canvas;

/* A canvas over an empty page in the innermost region. */
void lin__page_canvas_init(lin__page_canvas *c, lin_ctx *ctx, lin_theme theme);

/* The box of a line of text that stands at a point: what it covers, whatever it says. */
lin__rect lin__label_box(double width, double size, lin__point at, int anchor, bool upwards);
/* Lay the figure out as a page, in the innermost region. 0 or a code. */
int lin__page_of(lin_figure *figure, lin_theme theme, lin__page *page);
/* The page as text, an item a line, coordinates to a hundredth of a point: what tests compare. In the innermost
 * region. */
const char *lin__page_text(lin_ctx *ctx, const lin__page *page);

#endif
