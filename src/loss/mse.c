/* Mean squared error: (ŷ − y)². */
#include "loss/loss.h"

LIN__HOT lin_tensor *lin_mse(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin("mse", y_hat, y, options, 0, &o)) return NULL;
    if (o.reduction == LIN_MEAN) return lin_mse_loss(y_hat, y);
    return lin__loss_reduce(lin_square(lin_sub(y_hat, y)), o.reduction);
}
