/* The book's squared loss: ½(ŷ − y)², whose gradient is ŷ − y. */
#include "loss/loss.h"

lin_tensor *lin_squared(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin("squared", y_hat, y, options, 0, &o)) return NULL;
    return lin__loss_reduce(lin_mul_scalar(lin_square(lin_sub(y_hat, y)), 0.5), o.reduction);
}
