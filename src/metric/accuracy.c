/* Accuracy: how many rows have their largest score at the label. */
#include "metric/metric.h"

#include <math.h>

double lin_accuracy(lin_tensor *y_hat, lin_tensor *y)
{
    if (!lin__check_scores("accuracy", y_hat, y)) return NAN;
    lin_region scratch = lin_mark(y_hat->ctx);
    double share = lin__share(lin_eq(lin_argmax_dim(y_hat, 1, false), y), y->numel);
    lin_release(scratch);
    return share;
}
