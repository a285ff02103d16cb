/* Init: new values for a tensor in place. They are written through a value without graph that shares the storage and its version,
 * so a leaf that requires grad may be filled, and a graph that saved the old values sees the change. */
#include "nn/module.h"

#include <math.h>

static lin_tensor *filled(lin_tensor *t, const lin_tensor *values)
{
    return values ? t : NULL;
}

lin_tensor *lin_init_normal(lin_tensor *t, double mean, double std)
{
    return filled(t, lin_normal_(lin_detach(t), mean, std));
}

lin_tensor *lin_init_uniform(lin_tensor *t, double low, double high)
{
    return filled(t, lin_uniform_(lin_detach(t), low, high));
}

lin_tensor *lin_init_zeros(lin_tensor *t)
{
    return filled(t, lin_zero_(lin_detach(t)));
}

lin_tensor *lin_init_constant(lin_tensor *t, double value)
{
    return filled(t, lin_fill_(lin_detach(t), value));
}

lin_tensor *lin_init_kaiming_uniform(lin_tensor *t, double a)
{
    if (!lin__alive(t, "init_kaiming_uniform")) return NULL;
    char shape[LIN__SHAPE_TEXT];
    if (t->ndim < 2 || !isfinite(a)) {
        lin__fail(t->ctx, LIN_EINVAL,
                  "init_kaiming_uniform: a tensor of shape %s, a = %g; expected (out, in), a finite a",
                  lin__shape_text(shape, t->dim, t->ndim), a);
        return NULL;
    }
    if (t->numel == 0) return t;
    int64_t fan_in = t->numel / t->dim[0]; /* as PyTorch: all but the first dimension */
    double bound = sqrt(6 / ((1 + a * a) * (double)fan_in));
    return lin_init_uniform(t, -bound, bound);
}
