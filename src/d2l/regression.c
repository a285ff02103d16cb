/* The book's linear regression: model, loss and optimizer. */
#include "base/error.h"
#include <linnet/d2l.h>

#include <inttypes.h>

lin_tensor *d2l_linreg(lin_tensor *X, lin_tensor *w, lin_tensor *b)
{
    return lin_add(lin_matmul(X, w), b);
}

lin_tensor *d2l_squared_loss(lin_tensor *y_hat, lin_tensor *y)
{
    if (!y_hat) return NULL;
    return lin_div_scalar(lin_square(lin_sub(y_hat, lin_reshape(y, lin_size(y_hat)))), 2);
}

static int update(lin_ctx *ctx, lin_tensor *param, int i, double lr, int64_t batch_size)
{
    if (!param) return lin__fail_null(ctx, "d2l_sgd: a parameter");
    lin_tensor *grad = lin_grad(param);
    if (!grad) return lin__fail(ctx, LIN_EINVAL, "d2l_sgd: parameter %d has no gradient; lin_backward comes first", i);
    lin_tensor *step = lin_div_scalar(lin_mul_scalar(grad, lr), (double)batch_size);
    return lin_sub_(param, step) && lin_zero_(grad) ? 0 : lin_error_code_of(ctx);
}

/* The context of the first that is there; NULL if none is. */
static lin_ctx *context_of(lin_tensors list)
{
    for (int i = 0; i < list.count; i++)
        if (list.at[i]) return lin_context(list.at[i]);
    return NULL;
}

int d2l_sgd(lin_tensors params, double lr, int64_t batch_size)
{
    lin_ctx *ctx = context_of(params);
    if (!ctx) return params.count ? LIN_EINVAL : 0;
    if (batch_size <= 0)
        return lin__fail(ctx, LIN_EINVAL, "d2l_sgd: a batch size of %" PRId64 "; the gradient is divided by it",
                         batch_size);
    lin_region mark = lin_mark(ctx);
    if (!mark.ctx) return LIN_ENOMEM;
    lin_no_grad(ctx);
    int code = 0;
    for (int i = 0; i < params.count && !code; i++)
        code = update(ctx, params.at[i], i, lr, batch_size);
    lin_release(mark);
    return code;
}
