/* report/terminal.h: figures in a terminal. */
#ifndef LINNET_REPORT_TERMINAL_H
#define LINNET_REPORT_TERMINAL_H

#include "report/screen.h"
#include "report/ticks.h"

/* Draw the figure over the whole screen. */
void lin__terminal_draw(lin__screen *s, const lin_figure *f);
/* The legend of a panel from left to right in rows at the top of a part; drawn, or only measured. Its rows. */
int lin__terminal_legend(lin__screen *s, const lin_axes *axes, const lin__area *part, bool draw);
/* Rows of its title and what is under it. */
int lin__title_rows(const lin_axes *axes);
/* One panel into a part of it: what there is no room for is left out. */
void lin__terminal_panel(lin__screen *s, const lin_axes *axes, lin__area part);

#endif
