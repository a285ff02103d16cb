/* report/palette.h: what colours look like: by theme, and in a terminal of 256 colours. */
#ifndef LINNET_REPORT_PALETTE_H
#define LINNET_REPORT_PALETTE_H

#include "report/figure.h"

/* 0xRRGGBB */
uint32_t lin__ink_rgb(lin_theme theme, lin__ink ink);
/* The colour of a place on a map, 0 to 1. */
uint32_t lin__cmap_rgb(lin_theme theme, lin_cmap cmap, double place);
/* The same of xterm's 256 colours: not the nearest, which for dim colours are greys, but a map of their own. */
uint32_t lin__cmap_rgb_256(lin_theme theme, lin_cmap cmap, double place);
#define LIN__NAN_RGB 0x808080
/* The colour of a cell; grey for NaN. */
uint32_t lin__cell_rgb(lin_theme theme, const lin__cells *cells, int64_t row, int64_t column);
/* Where a value lies on the map of the cells, 0 to 1, clipped. */
double lin__cell_place(const lin__cells *cells, double value);
/* The ink of a note: LIN__INK_ON_CELL becomes black or white. */
uint32_t lin__note_rgb(lin_theme theme, lin__ink ink, const lin__note *note);
/* Relative luminance, 0 to 1, and contrast, 1 to 21, as WCAG 2.1 defines them. */
double lin__luminance(uint32_t rgb);
double lin__contrast(uint32_t a, uint32_t b);
/* The nearest of xterm's colours 16 to 255. */
int lin__xterm_color(uint32_t rgb);

#endif
