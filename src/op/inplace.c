/* Changes in place. lin__inplace_begin refuses what autograd must refuse; the backward is that of the op that each is the form of.
 * What that backward reads of the old value is copied into node->extra first. */
#include "op/map.h"

#include <math.h>
#include <string.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

/* Does b broadcast to a's own shape? */
LIN__HOT static bool fits(const char *name, const lin_tensor *a, const lin_tensor *b)
{
    if (lin__same_shape(a, b)) return true;
    int64_t dim[LIN_MAX_DIMS];
    int ndim = lin__broadcast(a, b, dim);
    bool good = ndim == a->ndim;
    for (int i = 0; good && i < ndim; i++)
        good = dim[i] == a->dim[i];
    if (good) return true;
    char left[LIN__SHAPE_TEXT], right[LIN__SHAPE_TEXT];
    lin__fail(a->ctx, LIN_EINVAL, "%s: %s does not broadcast to %s, the shape of what is changed", name,
              lin__shape_text(right, b->dim, b->ndim), lin__shape_text(left, a->dim, a->ndim));
    return false;
}

/* b, or a copy of it if it shares memory with a other than element by element: the kernels' maps rely on that (kernel/kernel.h). */
static lin_tensor *apart(const lin_tensor *a, lin_tensor *b)
{
    if (a->storage->data != b->storage->data) return b;
    bool same = a->data == b->data && lin__same_shape(a, b);
    for (int i = 0; same && i < a->ndim; i++)
        same = a->stride[i] == b->stride[i] || a->dim[i] == 1;
    return same ? b : lin__tensor_copy(b, lin__here(b->ctx));
}

/* ---- Two tensors ----------------------------------------------------------------------------------------------- */

LIN__HOT static lin_tensor *binary(lin__op_id id, const char *name, lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[] = {a, b}, *before, *old = NULL;
    if (!lin__args_typed(name, in, 2, !lin__map_has_integers(id)) || !fits(name, a, b)) return NULL;
    if (!lin__inplace_begin(a, &b, 1, name, &before)) return NULL;
    bool product = id == LIN__OP_mul || id == LIN__OP_div;
    if (before && product && b->requires_grad && !(old = lin__tensor_copy(a, lin__here(a->ctx)))) return NULL;
    if (!(in[1] = apart(a, b))) return NULL;
    lin__map_binary(id, in, a);
    bool reads_b = id == LIN__OP_div || (id == LIN__OP_mul && before && before->requires_grad);
    lin__node *node;
    a = lin__inplace_end(a, before, &lin__ops[id], &b, 1, reads_b ? LIN__SAVE_B : LIN__SAVE_NONE, &node);
    if (node) node->extra = old;
    return a;
}

#define BINARY(id)                                                 \
    LIN__HOT lin_tensor *lin_##id##_(lin_tensor *a, lin_tensor *b) \
    {                                                              \
        return binary(LIN__OP_##id, #id "_", a, b);                \
    }
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)

/* ---- A tensor and scalars ---------------------------------------------------------------------------------------- */

static lin_tensor *scalar(lin__op_id id, const char *name, lin_tensor *a, double s)
{
    lin_tensor *before;
    if (!lin__map_takes_scalar(id, a, s, name) || !lin__inplace_begin(a, NULL, 0, name, &before)) return NULL;
    lin__map_scalar(id, a, s, a);
    lin__node *node;
    a = lin__inplace_end(a, before, &lin__ops[id], NULL, 0, LIN__SAVE_NONE, &node);
    if (node) node->f[0] = s;
    return a;
}

lin_tensor *lin_add_scalar_(lin_tensor *a, double s)
{
    return scalar(LIN__OP_add_scalar, "add_scalar_", a, s);
}

lin_tensor *lin_sub_scalar_(lin_tensor *a, double s)
{
    return scalar(LIN__OP_add_scalar, "sub_scalar_", a, -s);
}

lin_tensor *lin_mul_scalar_(lin_tensor *a, double s)
{
    return scalar(LIN__OP_mul_scalar, "mul_scalar_", a, s);
}

lin_tensor *lin_div_scalar_(lin_tensor *a, double s)
{
    return scalar(LIN__OP_div_scalar, "div_scalar_", a, s);
}

/* ---- One tensor ---------------------------------------------------------------------------------------------------- */

/* m on a; `reads`: what op's backward reads, the old value (LIN__SAVE_A) or the result. */
static lin_tensor *unary(const lin__op *op, const lin__map *m, const char *name, lin_tensor *a, uint32_t reads,
                         lin__node **node)
{
    lin_tensor *before, *old = NULL;
    *node = NULL;
    if (!lin__inplace_begin(a, NULL, 0, name, &before)) return NULL;
    if (before && (reads & LIN__SAVE_A) && !(old = lin__tensor_copy(a, lin__here(a->ctx)))) return NULL;
    lin__map_run(m, &a, 1, a);
    a = lin__inplace_end(a, before, op, NULL, 0, reads & LIN__SAVE_OUT, node);
    if (*node) (*node)->extra = old;
    return a;
}

#define UNARY(id, READS)                                                                         \
    lin_tensor *lin_##id##_(lin_tensor *a)                                                       \
    {                                                                                            \
        lin__map m;                                                                              \
        lin__node *node;                                                                         \
        if (!lin__args_typed(#id "_", &a, 1, !lin__map_has_integers(LIN__OP_##id))) return NULL; \
        lin__map_set(&m, LIN__OP_##id, (lin_dtype)a->dtype);                                     \
        return unary(OP(id), &m, #id "_", a, READS, &node);                                      \
    }
UNARY(neg, LIN__SAVE_NONE)
UNARY(abs, LIN__SAVE_A)
UNARY(square, LIN__SAVE_A)
UNARY(sqrt, LIN__SAVE_OUT)
UNARY(exp, LIN__SAVE_OUT)
UNARY(log, LIN__SAVE_A)
UNARY(relu, LIN__SAVE_OUT)

lin_tensor *lin_clamp_(lin_tensor *a, double low, double high)
{
    lin__map m;
    lin__node *node;
    if (!lin__args("clamp_", &a, 1)) return NULL;
    lin__map_set_clamp(&m, (lin_dtype)a->dtype, low, high);
    a = unary(OP(clamp), &m, "clamp_", a, LIN__SAVE_A, &node);
    if (node) {
        node->f[0] = low;
        node->f[1] = high;
    }
    return a;
}

/* ---- New values: the gradient of the old ones is zero ---------------------------------------------------------------- */

static lin_tensor *zeros_like(const lin_tensor *t)
{
    return lin_full_dtype(t->ctx, 0, lin_size(t), (lin_dtype)t->dtype);
}

lin_tensor *lin_copy_(lin_tensor *a, lin_tensor *from)
{
    lin_tensor *in[] = {a, from}, *before;
    if (!lin__args("copy_", in, 2) || !fits("copy_", a, from)) return NULL;
    lin_tensor *x = apart(a, from);
    if (x && x->dtype != a->dtype) x = lin_to(lin_detach(x), (lin_dtype)a->dtype);
    lin_tensor spread = *a;                                     /* x seen in the shape of a */
    int others = lin__is_floating((lin_dtype)a->dtype) ? 1 : 0; /* integers have no graph */
    if (!x || !lin__inplace_begin(a, &from, others, "copy_", &before)) return NULL;
    spread.data = x->data;
    spread.contiguous = x->contiguous && lin__same_shape(x, a);
    lin__broadcast_strides(x, a->dim, a->ndim, spread.stride);
    lin__copy_elements(a, &spread);
    return lin__inplace_end(a, before, OP(copy), &from, others, LIN__SAVE_NONE, NULL);
}

int lin__backward_copy(lin__node *node, lin_tensor *g)
{
    const lin_tensor *from = node->in[1].tensor;
    int code = lin__needs(node, 0) ? lin__pass(node, 0, zeros_like(g)) : 0;
    if (code || !lin__needs(node, 1)) return code;
    return lin__pass(node, 1, lin_to(lin__sum_to(g, from), (lin_dtype)from->dtype));
}

static void fill_run(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    lin__convert(m->type, m->type, n, &m->scalar, 0, p[0], s[0]);
}

LIN__HOT static lin_tensor *fill(const char *name, lin_tensor *a, double value)
{
    lin_tensor *before;
    if (!lin__args(name, &a, 1) || !lin__inplace_begin(a, NULL, 0, name, &before)) return NULL;
    if (value == 0 && !signbit(value) && a->contiguous) {
        memset(a->data, 0, (size_t)a->numel * lin__size_of((lin_dtype)a->dtype));
    } else {
        lin__map m = {.run = fill_run, .type = (lin_dtype)a->dtype};
        lin__convert(m.type, LIN_F64, 1, &value, 1, &m.scalar, 1);
        lin__map_run(&m, NULL, 0, a);
    }
    return lin__inplace_end(a, before, OP(fill), NULL, 0, LIN__SAVE_NONE, NULL);
}

lin_tensor *lin_fill_(lin_tensor *a, double value)
{
    return fill("fill_", a, value);
}

LIN__HOT lin_tensor *lin_zero_(lin_tensor *a)
{
    return fill("zero_", a, 0);
}

int lin__backward_fill(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, zeros_like(g));
}

/* Draw into a, whatever its strides. */
static lin_tensor *draw(const char *name, lin_tensor *a, void (*f)(lin_tensor *t, double x, double y), double x,
                        double y)
{
    lin_tensor *before, *dense = a;
    if (!lin__inplace_begin(a, NULL, 0, name, &before)) return NULL;
    if (!a->contiguous && !(dense = lin__tensor_like(a, (lin_dtype)a->dtype))) return NULL;
    f(dense, x, y);
    if (dense != a) lin__copy_elements(a, dense);
    return lin__inplace_end(a, before, OP(fill), NULL, 0, LIN__SAVE_NONE, NULL);
}

lin_tensor *lin_normal_(lin_tensor *a, double mean, double std)
{
    if (!lin__args_typed("normal_", &a, 1, true)) return NULL;
    if (std >= 0) return draw("normal_", a, lin__fill_normal, mean, std);
    lin__fail(a->ctx, LIN_EINVAL, "normal_: a standard deviation of %g; it must be 0 or more", std);
    return NULL;
}

lin_tensor *lin_uniform_(lin_tensor *a, double low, double high)
{
    if (!lin__args_typed("uniform_", &a, 1, true)) return NULL;
    if (low <= high) return draw("uniform_", a, lin__fill_uniform, low, high);
    lin__fail(a->ctx, LIN_EINVAL, "uniform_: from %g to %g; low must not be above high", low, high);
    return NULL;
}
