/* Leaves: parameters, their gradients, values without graph; gradients on and off. */
#include "autograd/tape.h"

lin_tensor *lin_parameter(lin_tensor *t)
{
    if (!lin__alive(t, "parameter")) return NULL;
    if (!lin__is_floating(t->dtype)) {
        lin__fail(t->ctx, LIN_EINVAL, "parameter: the tensor is %s; only f32 and f64 have gradients",
                  lin_dtype_name(t->dtype));
        return NULL;
    }
    lin_tensor *p = lin__tensor_copy(t, lin__scope(t->ctx));
    if (!p || !lin__expose(p) || lin__grad_buffer(p)) return NULL;
    p->requires_grad = true;
    return p;
}

lin_tensor *lin_requires_grad_(lin_tensor *t, bool on)
{
    if (!lin__alive(t, "requires_grad_")) return NULL;
    if (t->node) {
        lin__fail(t->ctx, LIN_EINVAL, "requires_grad_: the tensor is the result of %s, not a leaf; see lin_detach",
                  t->node->op->name);
        return NULL;
    }
    if (on && !lin__is_floating(t->dtype)) {
        lin__fail(t->ctx, LIN_EINVAL, "requires_grad_: the tensor is %s; only f32 and f64 have gradients",
                  lin_dtype_name(t->dtype));
        return NULL;
    }
    if (on && !lin__expose(t)) return NULL; /* an optimizer may write it */
    t->requires_grad = on;
    t->graph_version = t->storage->graph_version;
    return t;
}

bool lin_requires_grad(const lin_tensor *t)
{
    return lin__alive(t, "requires_grad") && t->requires_grad;
}

bool lin_is_leaf(const lin_tensor *t)
{
    return lin__alive(t, "is_leaf") && !t->node;
}

const char *lin_grad_fn(const lin_tensor *t)
{
    return lin__alive(t, "grad_fn") && t->node ? t->node->op->name : NULL;
}

LIN__HOT lin_tensor *lin_grad(const lin_tensor *t)
{
    return lin__alive(t, "grad") && t->has_grad ? t->grad : NULL;
}

LIN__HOT void lin_zero_grad_of(lin_tensor *t)
{
    if (lin__alive(t, "zero_grad_of")) t->has_grad = false;
}

lin_tensor *lin_detach(lin_tensor *t)
{
    return lin__alive(t, "detach") ? lin__tensor_alias(t, lin__here(t->ctx)) : NULL;
}

lin_tensor *lin_data(lin_tensor *t)
{
    lin_tensor *v = lin__alive(t, "data") ? lin_detach(t) : NULL;
    if (!v || !lin__expose(t)) return NULL;
    v->storage = lin__alloc(t->ctx, v->depth, sizeof *v->storage); /* a version of its own: autograd does not look */
    if (!v->storage) return NULL;
    *v->storage = *t->storage;
    return v;
}

LIN__HOT void lin_no_grad(lin_ctx *ctx)
{
    if (ctx) ctx->regions[ctx->depth].grad = false;
}

void lin_enable_grad(lin_ctx *ctx)
{
    if (ctx) ctx->regions[ctx->depth].grad = true;
}

bool lin_grad_enabled(const lin_ctx *ctx)
{
    return ctx && lin__recording(ctx);
}
