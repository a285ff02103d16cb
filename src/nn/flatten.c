/* flatten: (n, …) → (n, product). */
#include "nn/module.h"

static lin_tensor *forward(lin_module *m, lin_tensor *X, const lin__path *path)
{
    char shape[LIN__SHAPE_TEXT];
    if (X->ndim >= 2) return lin_flatten_dims(X, 1, -1);
    return lin__module_refuse(m, path, "input is %s, expected (n, ...) with two dimensions or more",
                              lin__shape_text(shape, X->dim, X->ndim));
}

static const lin__module_type type = {LIN_FLATTEN_LAYER, "flatten", forward};

lin_module *lin_flatten(lin_ctx *ctx)
{
    lin_module *m = lin__module_new(ctx, &type);
    return m ? lin__module_finish(m) : NULL;
}
