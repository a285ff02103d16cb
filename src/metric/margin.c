/* The margin of a prediction: the label's score minus the best of the others. */
#include "metric/metric.h"

#include <math.h>

lin_tensor *lin_margin(lin_tensor *y_hat, lin_tensor *y)
{
    if (!lin__check_scores("margin", y_hat, y)) return NULL;
    lin_ctx *ctx = y_hat->ctx;
    int64_t classes = y_hat->dim[1];
    if (classes < 2) {
        lin__fail(ctx, LIN_EINVAL, "margin: y_hat has %lld columns; there must be two or more", (long long)classes);
        return NULL;
    }
    lin_tensor *labels = lin_contiguous(lin_to(y, LIN_I64));
    if (!labels || !lin__check_labels("margin", labels, classes)) return NULL;
    lin_tensor *column = lin_unsqueeze(labels, 1), *own = lin_gather(y_hat, 1, column);
    lin_tensor *is_own = lin_eq(column, lin_arange(ctx, 0, (double)classes, 1, LIN_I64));
    lin_tensor *least = lin_full_dtype(ctx, -INFINITY, LIN_SCALAR, (lin_dtype)y_hat->dtype);
    lin_tensor *next = lin_max_dim(lin_where(is_own, least, y_hat), 1, true);
    return lin_squeeze_dim(lin_sub(own, next), 1);
}
