/* Cross-entropy of two distributions along the last dimension: H(p, q) = −Σ p·log q. */
#include "loss/loss.h"

#define NAME "distribution_cross_entropy"

/* 0·log 0 = 0: q counts as 1 where both are 0, which makes its gradient 0 there as well. */
static lin_tensor *without_zeros(lin_tensor *q, lin_tensor *p)
{
    lin_tensor *one = lin_full_dtype(q->ctx, 1, LIN_SCALAR, (lin_dtype)q->dtype);
    return lin_where(lin_mul(lin_eq_scalar(p, 0), lin_le_scalar(q, 0)), one, q);
}

lin_tensor *lin_distribution_cross_entropy(lin_tensor *q, lin_tensor *p, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin(NAME, q, p, options, 0, &o)) return NULL;
    if (q->ndim == 0) {
        lin__fail(q->ctx, LIN_EINVAL, NAME ": y_hat is a scalar; expected probabilities along its last dimension");
        return NULL;
    }
    lin_tensor *terms = lin_mul(p, lin_log(without_zeros(q, p)));
    return lin__loss_reduce(lin_neg(lin_sum_dim(terms, -1, false)), o.reduction);
}
