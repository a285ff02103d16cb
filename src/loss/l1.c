/* Mean absolute error: |ŷ − y|, with gradient 0 at 0. */
#include "loss/loss.h"

lin_tensor *lin_l1(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    if (!lin__loss_begin("l1", y_hat, y, options, 0, &o)) return NULL;
    return lin__loss_reduce(lin_abs(lin_sub(y_hat, y)), o.reduction);
}
