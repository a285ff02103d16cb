/* lambda: any function of X, without parameters. */
#include "nn/module.h"

static lin_tensor *forward(lin_module *m, lin_tensor *X, const lin__path *path)
{
    lin_tensor *y = m->lambda(m->user, X);
    return y ? y : lin__module_refuse(m, path, "its function returned NULL");
}

static const lin__module_type type = {LIN_LAMBDA, "lambda", forward};

lin_module *lin_lambda(lin_ctx *ctx, lin_lambda_fn *f, void *user)
{
    if (!f) {
        lin__fail_null(ctx, "lambda: the function");
        return NULL;
    }
    lin_module *m = lin__module_new(ctx, &type);
    if (!m) return NULL;
    m->lambda = f;
    m->user = user;
    return lin__module_finish(m);
}
