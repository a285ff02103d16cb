/* relu: max(0, X), element by element. */
#include "nn/module.h"

static lin_tensor *forward(lin_module *m, lin_tensor *X, const lin__path *path)
{
    (void)m;
    (void)path;
    return lin_relu(X);
}

static const lin__module_type type = {LIN_RELU, "relu", forward};

lin_module *lin_relu_layer(lin_ctx *ctx)
{
    lin_module *m = lin__module_new(ctx, &type);
    return m ? lin__module_finish(m) : NULL;
}
