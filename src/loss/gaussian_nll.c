/* Negative log-likelihood of Gaussian noise: ½(log σ² + (ŷ − y)²/σ²) [+ ½ log 2π], σ² = max(var, eps). */
#include "loss/loss.h"

#include <math.h>

static const double half_log_two_pi = 0.91893853320467274178;

static bool check_var(lin_tensor *y_hat, lin_tensor *var)
{
    if (!lin__args_typed("gaussian_nll", (lin_tensor *[]){y_hat, var}, 2, true)) return false;
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    int64_t dim[LIN_MAX_DIMS];
    bool fits = lin__broadcast(y_hat, var, dim) == y_hat->ndim;
    for (int i = 0; fits && i < y_hat->ndim; i++)
        fits = dim[i] == y_hat->dim[i];
    if (!fits) {
        lin__fail(y_hat->ctx, LIN_EINVAL, "gaussian_nll: y_hat is %s and var is %s, which does not broadcast to it",
                  lin__shape_text(a, y_hat->dim, y_hat->ndim), lin__shape_text(b, var->dim, var->ndim));
        return false;
    }
    lin_tensor *negative = lin_sum(lin_lt_scalar(var, 0));
    if (!negative) return false;
    if (lin_item_i64(negative) == 0) return true;
    lin__fail(y_hat->ctx, LIN_EINVAL, "gaussian_nll: %lld of the variances are negative",
              (long long)lin_item_i64(negative));
    return false;
}

/* max(var, eps) whose gradient passes as if it were var, as in PyTorch: the values are written past the graph. */
static lin_tensor *bounded(lin_tensor *var, double eps)
{
    lin_tensor *v = lin_clone(var);
    return lin_clamp_(lin_data(v), eps, INFINITY) ? v : NULL;
}

lin_tensor *lin_gaussian_nll(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin("gaussian_nll", y_hat, y, options, LIN__VAR | LIN__EPS | LIN__FULL, &o)) return NULL;
    if (!o.var) {
        lin__fail_null(y_hat->ctx, "gaussian_nll: the option var, the variances,");
        return NULL;
    }
    if (!check_var(y_hat, o.var)) return NULL;
    lin_tensor *var = bounded(o.var, o.eps);
    lin_tensor *scaled = lin_div(lin_square(lin_sub(y_hat, y)), var);
    lin_tensor *losses = lin_mul_scalar(lin_add(scaled, lin_log(var)), 0.5);
    return lin__loss_reduce(o.full ? lin_add_scalar(losses, half_log_two_pi) : losses, o.reduction);
}
