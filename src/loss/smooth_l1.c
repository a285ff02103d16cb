/* Smooth L1: ½d²/β where |d| < β, |d| − ½β beyond, d = ŷ − y: Huber's loss over its threshold. */
#include "loss/loss.h"

lin_tensor *lin_smooth_l1(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin("smooth_l1", y_hat, y, options, LIN__BETA, &o)) return NULL;
    return lin__loss_reduce(lin_div_scalar(lin__huber_losses(y_hat, y, o.beta), o.beta), o.reduction);
}
