/* report/charts.h: what the ready-made figures share. */
#ifndef LINNET_REPORT_CHARTS_H
#define LINNET_REPORT_CHARTS_H

#include "report/figure.h"

/* The name of class i, or its number, in `out`. */
const char *lin__class_name(lin_names names, int64_t i, char out[24]);
/* t as (rows, columns) of doubles in the innermost region; NULL with a cause. `what` is "confusion: the counts". */
double *lin__matrix(lin_tensor *t, const char *what, int64_t *rows, int64_t *columns);
/* t as `n` labels in the innermost region; NULL with a cause if it has another type or number of elements. */
const int64_t *lin__labels(lin_tensor *t, int64_t n, const char *what);
/* Image i of (n, H, W), (n, 1, H, W) or u8 (n, H, W, 3) into a panel. 0 or a code. */
int lin__image_into(lin_axes *axes, lin_tensor *images, int64_t i, const lin_imshow_options *options);
/* How many images there are; −1 with a cause for another shape. */
int64_t lin__image_count(lin_tensor *images, const char *what);

#endif
