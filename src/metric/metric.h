/* metric/metric.h: what the metrics share. Those that give a number work in a region of their own, which goes with the result. */
#ifndef LINNET_METRIC_METRIC_H
#define LINNET_METRIC_METRIC_H

#include "op/op.h"
#include <linnet/metric.h>

/* Floating scores (n, C) and the labels of their rows, i64 or u8 (n)? False with a cause. */
bool lin__check_scores(const char *name, lin_tensor *y_hat, lin_tensor *y);
/* What of `rows` rows is right: the ones of `right` (u8) over them. NaN for no rows, or NULL. */
double lin__share(lin_tensor *right, int64_t rows);

#endif
