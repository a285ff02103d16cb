/* How far predictions are from the truth: mean squared and mean absolute error, R². In double whatever the types. */
#include "metric/metric.h"

#include <math.h>

typedef double measure(lin_tensor *y_hat, lin_tensor *y);

/* m of both in double, in a region that goes with the result. */
static double in_double(const char *name, measure *m, lin_tensor *y_hat, lin_tensor *y)
{
    if (!lin__args(name, (lin_tensor *[]){y_hat, y}, 2)) return NAN;
    lin_region scratch = lin_mark(y_hat->ctx);
    y_hat = lin_to(lin_detach(y_hat), LIN_F64);
    y = lin_to(lin_detach(y), LIN_F64);
    double result = y_hat && y && lin__args_alike(name, y_hat, y) ? m(y_hat, y) : NAN;
    lin_release(scratch);
    return result;
}

static double mse(lin_tensor *y_hat, lin_tensor *y)
{
    return lin_item(lin_mean(lin_square(lin_sub(y_hat, y))));
}

static double mae(lin_tensor *y_hat, lin_tensor *y)
{
    return lin_item(lin_mean(lin_abs(lin_sub(y_hat, y))));
}

/* 1 − Σ(y − ŷ)²/Σ(y − ȳ)²: 1 is perfect, 0 no better than the mean of y. */
static double r2(lin_tensor *y_hat, lin_tensor *y)
{
    double left = lin_item(lin_sum(lin_square(lin_sub(y, y_hat))));
    double all = lin_item(lin_sum(lin_square(lin_sub(y, lin_mean(y)))));
    return 1 - left / all;
}

double lin_mse_of(lin_tensor *y_hat, lin_tensor *y)
{
    return in_double("mse_of", mse, y_hat, y);
}

double lin_mae_of(lin_tensor *y_hat, lin_tensor *y)
{
    return in_double("mae_of", mae, y_hat, y);
}

double lin_r2_of(lin_tensor *y_hat, lin_tensor *y)
{
    return in_double("r2_of", r2, y_hat, y);
}
