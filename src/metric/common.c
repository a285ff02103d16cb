/* What the metrics share: the check of scores and labels, and a share of rows. */
#include "metric/metric.h"

#include <math.h>

bool lin__check_scores(const char *name, lin_tensor *y_hat, lin_tensor *y)
{
    lin_tensor *in[] = {y_hat, y};
    if (!lin__args(name, in, 2) || !lin__args_typed(name, in, 1, true)) return false;
    if (y_hat->ndim == 2 && y->ndim == 1 && y->dim[0] == y_hat->dim[0] && !lin__is_floating((lin_dtype)y->dtype))
        return true;
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    lin__fail(y_hat->ctx, LIN_EINVAL, "%s: y_hat is %s and y is %s %s: expected (n, C) and i64 (n)", name,
              lin__shape_text(a, y_hat->dim, y_hat->ndim), lin_dtype_name((lin_dtype)y->dtype),
              lin__shape_text(b, y->dim, y->ndim));
    return false;
}

double lin__share(lin_tensor *right, int64_t rows)
{
    lin_tensor *count = lin_sum(right);
    return count ? (double)lin_item_i64(count) / (double)rows : NAN;
}
