/* report/ticks.h: where an axis is marked, and what stands there. */
#ifndef LINNET_REPORT_TICKS_H
#define LINNET_REPORT_TICKS_H

#include "report/view.h"

enum { LIN__MAX_TICKS = 100, LIN__TICK_TEXT = 32 };

typedef struct lin__tick {
    double at;
    char text[LIN__TICK_TEXT];
} lin__tick;

typedef struct lin__ticks {
    int count;
    lin__tick tick[LIN__MAX_TICKS];
    char factor[LIN__TICK_TEXT]; /* what every number is to be multiplied by: "×10⁻⁵"; "" for none */
} lin__ticks;

/* How numbers are spelt: for a page (−0.5, 10⁻³, ×10⁴) or in plain characters (-0.5, 1e-3, x1e4). */
typedef enum lin__spelling { LIN__TYPESET, LIN__PLAIN } lin__spelling;

/* Round numbers inside the range, at most `at_most` (2 or more) of them where that can be: steps of 1, 2 or 5 times a
 * power of ten, on a log scale whole decades. */
void lin__ticks_make(const lin__range *range, int at_most, lin__spelling spelling, lin__ticks *ticks);
/* Ticks of an axis with names: at every name, or at every step-th. */
void lin__ticks_name(int names, int step, lin__ticks *ticks);
/* The step to try when this one is too fine: 1, 2, 5, 10, … */
int lin__coarser(int step);
/* The label of an axis with the factor of its ticks, "loss (×10⁻⁵)", in `out`. NULL if there is nothing to say. */
const char *lin__axis_label(const char *label, const lin__ticks *ticks, char *out, size_t size);

#endif
