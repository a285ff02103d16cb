/* What every op does with its arguments, and the backward of broadcasting. */
#include "op/reduce.h"

#include <stdio.h>

/* in[at] is NULL: the cause is recorded, unless there is one, in the context of another argument. */
static bool refuse_null(const char *name, lin_tensor *const *in, int count, int at)
{
    lin_ctx *ctx = NULL;
    for (int i = 0; i < count && !ctx; i++)
        if (in[i]) ctx = in[i]->ctx;
    char what[80];
    snprintf(what, sizeof what, "%s: argument %d", name, at + 1);
    lin__fail_null(ctx, what);
    return false;
}

bool lin__args_judged(const char *name, lin_tensor *const *in, int count)
{
    for (int i = 0; i < count; i++) {
        if (!in[i]) return refuse_null(name, in, count, i);
        if (!lin__alive(in[i], name)) return false;
        if (in[i]->ctx != in[0]->ctx) {
            lin__fail(in[0]->ctx, LIN_EINVAL, "%s: arguments 1 and %d are of different contexts", name, i + 1);
            return false;
        }
    }
    return true;
}

/* Their types do not mix, or are no floating ones. Always false. */
bool lin__args_refused(const char *name, lin_tensor *const *in, int count)
{
    for (int i = 1; i < count; i++)
        if (in[i]->dtype != in[0]->dtype) {
            lin__fail(in[0]->ctx, LIN_EINVAL, "%s: %s and %s do not mix; convert one with lin_to", name,
                      lin_dtype_name((lin_dtype)in[0]->dtype), lin_dtype_name((lin_dtype)in[i]->dtype));
            return false;
        }
    lin__fail(in[0]->ctx, LIN_EINVAL, "%s: the tensor is %s; it must be f32 or f64, see lin_to", name,
              lin_dtype_name((lin_dtype)in[0]->dtype));
    return false;
}

static __attribute__((noinline)) bool refuse_shapes(const char *name, const lin_tensor *y_hat, const lin_tensor *y)
{
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    lin__fail(y_hat->ctx, LIN_EINVAL, "%s: y_hat is %s and y is %s: reshape one of them", name,
              lin__shape_text(a, y_hat->dim, y_hat->ndim), lin__shape_text(b, y->dim, y->ndim));
    return false;
}

LIN__HOT bool lin__args_alike(const char *name, lin_tensor *y_hat, lin_tensor *y)
{
    if (!lin__args_typed(name, (lin_tensor *[]){y_hat, y}, 2, true)) return false;
    return lin__same_shape(y_hat, y) || refuse_shapes(name, y_hat, y);
}

/* The dimensions of g along which t was repeated. */
static uint32_t repeated(const lin_tensor *g, const lin_tensor *t)
{
    int lead = g->ndim - t->ndim;
    uint32_t mask = 0;
    for (int i = 0; i < g->ndim; i++)
        if ((i < lead || t->dim[i - lead] == 1) && g->dim[i] != 1) mask |= 1u << i;
    return mask;
}

lin_tensor *lin__sum_to(lin_tensor *g, const lin_tensor *t)
{
    if (!g || lin__same_shape(g, t)) return g;
    uint32_t mask = repeated(g, t);
    if (!mask) return lin_reshape(g, lin_size(t));
    lin_tensor *y = lin__tensor_like(t, (lin_dtype)g->dtype);
    return y && lin__sum_into(g, mask, y) ? y : NULL;
}

LIN__HOT static __attribute__((noinline)) int pass_sum(lin__node *node, int i, lin_tensor *g,
                                                       const lin_tensor *upstream)
{
    const lin_tensor *t = node->in[i].tensor;
    uint32_t mask = repeated(g, t);
    if (!mask) return lin__pass(node, i, lin_reshape(g, lin_size(t)));
    lin_tensor *y = lin__room(node, i, upstream);
    return lin__pass(node, i, y && lin__sum_into(g, mask, y) ? y : NULL);
}

LIN__HOT int lin__pass_summed(lin__node *node, int i, lin_tensor *g, const lin_tensor *upstream)
{
    bool summed = g && !lin__same_shape(g, node->in[i].tensor);
    return summed ? pass_sum(node, i, g, upstream) : lin__pass(node, i, g);
}
