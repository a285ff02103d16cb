/* linear: X·weightᵀ + bias. */
#include "nn/module.h"

#include <math.h>

LIN__HOT static lin_tensor *forward(lin_module *m, lin_tensor *X, const lin__path *path)
{
    lin_tensor *weight = m->own[0], *bias = m->own[1];
    char shape[LIN__SHAPE_TEXT];
    if (X->ndim == 0 || X->dim[X->ndim - 1] != m->in)
        return lin__module_refuse(m, path, "input is %s, expected (*, %lld)", lin__shape_text(shape, X->dim, X->ndim),
                                  (long long)m->in);
    if (X->dtype != weight->dtype)
        return lin__module_refuse(m, path, "input is %s, the weight %s; convert the input with lin_to",
                                  lin_dtype_name((lin_dtype)X->dtype), lin_dtype_name((lin_dtype)weight->dtype));
    return lin_affine(X, weight, bias);
}

static const lin__module_type type = {LIN_LINEAR, "linear", forward};

/* A parameter of m from U(−bound, bound), made where it lives: lin_parameter would leave the original behind. */
static lin_tensor *uniform_parameter(const lin_module *m, const int64_t *dim, int ndim, double bound)
{
    lin_tensor *t = lin__tensor_new(m->ctx, m->depth, lin_default_dtype(m->ctx), dim, ndim, "linear");
    if (!t) return NULL;
    lin__fill_uniform(t, -bound, bound);
    return lin_requires_grad_(t, true);
}

/* Started as nn.Linear: weight and bias both U(−1/√in, 1/√in). */
lin_module *lin_linear(lin_ctx *ctx, int64_t in, int64_t out)
{
    if (!ctx) return NULL;
    if (in < 1 || out < 1) {
        lin__fail(ctx, LIN_EINVAL, "linear: %lld inputs, %lld outputs; there must be 1 or more of each", (long long)in,
                  (long long)out);
        return NULL;
    }
    lin_module *m = lin__module_new(ctx, &type);
    if (!m) return NULL;
    m->in = in;
    m->out = out;
    m->text = lin__format(ctx, m->depth, "linear(%lld -> %lld)", (long long)in, (long long)out);
    if (!m->text) return NULL;
    double bound = 1 / sqrt((double)in);
    m->own_count = 2;
    m->own_name[0] = "weight";
    m->own_name[1] = "bias";
    m->own[0] = uniform_parameter(m, (const int64_t[]){out, in}, 2, bound);
    m->own[1] = m->own[0] ? uniform_parameter(m, &out, 1, bound) : NULL;
    return m->own[1] ? lin__module_finish(m) : NULL;
}
