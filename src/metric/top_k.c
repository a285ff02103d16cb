/* The k largest scores of every row, and how many rows have their label among them. */
#include "metric/metric.h"

#include <math.h>
#include <string.h>

static double score(const lin_tensor *t, int64_t row, int64_t column)
{
    int64_t at = row * t->stride[0] + column * t->stride[1];
    return t->dtype == LIN_F32 ? ((const float *)t->data)[at] : ((const double *)t->data)[at];
}

/* NaN is above all, as in PyTorch. */
static bool above(double a, double b)
{
    return a > b || (isnan(a) && !isnan(b));
}

/* The columns of the k largest scores of a row, in falling order: each score is put before all that it is above, so the lower
 * index stays first among equals. Most scores of a long row are below the k-th and cost one comparison. */
static void best_of(const lin_tensor *t, int64_t row, int64_t k, int64_t *best)
{
    int64_t count = 0;
    for (int64_t column = 0; column < t->dim[1]; column++) {
        double x = score(t, row, column);
        int64_t at = count;
        while (at > 0 && above(x, score(t, row, best[at - 1])))
            at--;
        if (at == k) continue;
        if (count < k) count++;
        memmove(best + at + 1, best + at, (size_t)(count - 1 - at) * sizeof *best);
        best[at] = column;
    }
}

static bool check_k(lin_tensor *y_hat, int64_t k)
{
    char shape[LIN__SHAPE_TEXT];
    if (!lin__args_typed("top_k", &y_hat, 1, true)) return false;
    if (y_hat->ndim != 2)
        lin__fail(y_hat->ctx, LIN_EINVAL, "top_k: y_hat is %s, expected (n, C)",
                  lin__shape_text(shape, y_hat->dim, y_hat->ndim));
    else if (k < 1 || k > y_hat->dim[1])
        lin__fail(y_hat->ctx, LIN_EINVAL, "top_k: k is %lld; it must be from 1 to %lld, the number of columns",
                  (long long)k, (long long)y_hat->dim[1]);
    else
        return true;
    return false;
}

int lin_top_k(lin_tensor *y_hat, int64_t k, lin_tensor **values, lin_tensor **indices)
{
    if (values) *values = NULL;
    if (indices) *indices = NULL;
    if (!check_k(y_hat, k)) return LIN_EINVAL;
    lin_ctx *ctx = y_hat->ctx;
    lin_tensor *best = lin__tensor_new(ctx, lin__here(ctx), LIN_I64, (const int64_t[]){y_hat->dim[0], k}, 2, "top_k");
    if (!best) return lin_error_code_of(ctx);
    for (int64_t row = 0; row < y_hat->dim[0]; row++)
        best_of(y_hat, row, k, (int64_t *)best->data + row * k);
    if (values && !(*values = lin_gather(y_hat, 1, best))) return lin_error_code_of(ctx);
    if (indices) *indices = best;
    return 0;
}

double lin_top_k_accuracy(lin_tensor *y_hat, lin_tensor *y, int64_t k)
{
    if (!lin__check_scores("top_k_accuracy", y_hat, y)) return NAN;
    lin_region scratch = lin_mark(y_hat->ctx);
    lin_tensor *best;
    int code = lin_top_k(y_hat, k, NULL, &best);
    double share = code ? NAN : lin__share(lin_eq(best, lin_unsqueeze(y, 1)), y->numel);
    lin_release(scratch);
    return share;
}
