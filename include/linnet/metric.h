/* linnet/metric.h: how good is it. Numbers come as double; NaN and a cause on failure. */
#ifndef LINNET_METRIC_H
#define LINNET_METRIC_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fraction of rows whose largest column is the label: y_hat (n, C), y i64 (n). NaN for n = 0. */
LIN_API double lin_accuracy(lin_tensor *y_hat, lin_tensor *y);
/* Fraction of rows whose label is among the k largest columns (ties: the lower index first). */
LIN_API double lin_top_k_accuracy(lin_tensor *y_hat, lin_tensor *y, int64_t k);
/* The k largest of every row, in falling order: values (n, k) and indices i64 (n, k); either may be NULL. 0 or a code. */
LIN_API int lin_top_k(lin_tensor *y_hat, int64_t k, lin_tensor **values, lin_tensor **indices);
/* o_y minus the next best, per row: (n); positive where the prediction is right. */
LIN_API lin_tensor *lin_margin(lin_tensor *y_hat, lin_tensor *y);
/* Of equal shapes: mean squared and mean absolute error; 1 − Σ(y − ŷ)²/Σ(y − ȳ)². In double whatever the type. */
LIN_API double lin_mse_of(lin_tensor *y_hat, lin_tensor *y);
LIN_API double lin_mae_of(lin_tensor *y_hat, lin_tensor *y);
LIN_API double lin_r2_of(lin_tensor *y_hat, lin_tensor *y);

/* n running sums in double. By value; at most LIN_ACCUMULATOR_MAX. */
#define LIN_ACCUMULATOR_MAX 16
typedef struct lin_accumulator {
    int n;
    double sum[LIN_ACCUMULATOR_MAX];
} lin_accumulator;
LIN_API lin_accumulator lin_accumulator_of(int n);
LIN_API void lin_accumulator_add(lin_accumulator *a, const double *values); /* n values */
LIN_API void lin_accumulator_reset(lin_accumulator *a);

#ifdef __cplusplus
}
#endif

#endif
