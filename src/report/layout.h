/* report/layout.h: a panel on a page: its ticks, the room that what stands around it needs, its legend. */
#ifndef LINNET_REPORT_LAYOUT_H
#define LINNET_REPORT_LAYOUT_H

#include "report/page.h"
#include "report/ticks.h"

/* Sizes of text, in points. */
#define LIN__SIZE_TICK    8.0
#define LIN__SIZE_LABEL   9.0
#define LIN__SIZE_TITLE   9.5
#define LIN__SIZE_FIGURE  11.0
#define LIN__SIZE_CAPTION 8.0

/* ---- legend.c: shared by both renderers ------------------------------------------------------------------ */
typedef struct lin__entry {
    const char *label;
    const lin__artist *artist;
} lin__entry;
/* What the legend lists, at most LIN_LEGEND_MAX. Their number. */
int lin__legend_entries(const lin_axes *axes, lin__entry *entries);

typedef struct lin__legend {
    int count, rows, across; /* rows above the panel with so many entries each; 0: inside, at `box` */
    lin__entry entry[LIN_LEGEND_MAX];
    lin__rect box;
} lin__legend;
/* Where the legend goes: a corner or a side of the panel where it hides nothing, otherwise above. False without
 * memory. */
bool lin__legend_place(const lin_axes *axes, const lin__view *view, lin__legend *legend, lin_ctx *ctx);
double lin__legend_height(const lin__legend *legend);
void lin__legend_draw(const lin__legend *legend, const lin__view *view, lin__page_canvas *c);

/* The legend that all panels share, in the middle under the title: its height, and drawing it from there. */
double lin__legend_across_height(const lin_figure *f);
void lin__legend_across(const lin_figure *f, double top, lin__page_canvas *c);

/* ---- axes.c ------------------------------------------------------------------------------------------------ */
typedef struct lin__panel {
    const lin_axes *axes;
    lin__view view; /* view.box is the plot itself */
    lin__ticks x, y;
    bool names_upwards;              /* the names under the panel do not fit side by side */
    double left, right, top, bottom; /* what stands around the plot needs */
    double width, title_size;        /* what the title has, and its size */
    lin__legend legend;
} lin__panel;
/* Choose ticks and legend for a plot of that size, whose ranges are known, and say what room it needs around it.
 * False without memory. */
bool lin__panel_measure(lin__panel *panel, double width, double height, lin_ctx *ctx);
void lin__panel_draw(const lin__panel *panel, lin__page_canvas *c);
/* The size at which the panel's title fits. */
double lin__title_size(const lin__panel *panel);
/* A size at which the text is no wider than `width`: the wanted one, or less, but not less than 5. */
double lin__size_that_fits(const char *text, double size, double width);

#endif
