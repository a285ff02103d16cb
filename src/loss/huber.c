/* Huber's loss (Huber 1964): ½d² where |d| ≤ δ, δ(|d| − ½δ) beyond, d = ŷ − y. */
#include "loss/loss.h"

#include <math.h>

/* With q = min(|d|, δ) both parts are q·(|d| − ½q): no branch whose infinite gradient would have to be masked. */
lin_tensor *lin__huber_losses(lin_tensor *y_hat, lin_tensor *y, double delta)
{
    lin_tensor *d = lin_abs(lin_sub(y_hat, y)), *q = lin_clamp(d, -INFINITY, delta);
    return lin_mul(q, lin_sub(d, lin_mul_scalar(q, 0.5)));
}

lin_tensor *lin_huber(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin("huber", y_hat, y, options, LIN__DELTA, &o)) return NULL;
    return lin__loss_reduce(lin__huber_losses(y_hat, y, o.delta), o.reduction);
}
