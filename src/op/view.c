/* Views, copies and conversions: other shapes over the same storage, and their way back. */
#include "op/op.h"

#include <stdio.h>
#include <string.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

static lin_tensor *refuse_shape(const char *name, const lin_tensor *t, const lin_shape *shape, const char *why)
{
    char from[LIN__SHAPE_TEXT], to[LIN__SHAPE_TEXT];
    lin__fail(t->ctx, LIN_EINVAL, "%s: %s to %s: %s", name, lin__shape_text(from, t->dim, t->ndim),
              lin__shape_text(to, shape->dim, shape->ndim), why);
    return NULL;
}

/* Record a view of t. */
LIN__HOT static lin_tensor *viewed(const lin__op *op, lin_tensor *t, const int64_t *dim, const int64_t *stride,
                                   int ndim, int64_t offset, lin__node **node)
{
    return lin__record(lin__tensor_view(t, dim, stride, ndim, offset), op, &t, 1, LIN__SAVE_NONE, node);
}

/* ---- reshape ---------------------------------------------------------------------------------------- */

/* Where the one -1 is, or -1 where there is none. -2 with a cause for what is no shape of a tensor, whatever the -1 stands for. */
static int open_dim(const char *name, const lin_tensor *t, const lin_shape *shape)
{
    int open = -1;
    lin_shape known = *shape;
    bool good = shape->ndim >= 0 && shape->ndim <= LIN_MAX_DIMS;
    for (int i = 0; good && i < shape->ndim; i++) {
        if (shape->dim[i] == -1 && open < 0)
            open = i;
        else
            good = shape->dim[i] >= 0;
    }
    if (open >= 0) known.dim[open] = 1;
    int64_t stride[LIN_MAX_DIMS];
    if (good && lin__row_major(known.dim, known.ndim, stride) >= 0) return open;
    refuse_shape(name, t, shape, good ? "it is too large" : "at most 8 sizes, none negative but one -1");
    return -2;
}

/* Replace the one -1. False with a cause if the sizes do not fit t. */
static bool complete_shape(const char *name, const lin_tensor *t, lin_shape *shape)
{
    int open = open_dim(name, t, shape);
    if (open < -1) return false;
    int64_t known = 1;
    for (int i = 0; i < shape->ndim; i++)
        known *= i == open ? 1 : shape->dim[i];
    lin_shape asked = *shape;
    if (open >= 0) shape->dim[open] = known ? t->numel / known : 0;
    if (open >= 0 ? known && known * shape->dim[open] == t->numel : known == t->numel) return true;
    char why[80];
    snprintf(why, sizeof why, "the tensor has %lld elements%s", (long long)t->numel,
             open >= 0 && !known && !t->numel ? ", so -1 could be any size" : "");
    refuse_shape(name, t, &asked, why);
    return false;
}

/* Strides with which `shape` is a view of t: runs of t's dimensions that are contiguous among themselves may be cut anew. */
static bool view_strides(const lin_tensor *t, const lin_shape *shape, int64_t stride[LIN_MAX_DIMS])
{
    if (t->contiguous || t->numel == 0) return lin__row_major(shape->dim, shape->ndim, stride) >= 0;
    int to = shape->ndim - 1, from = t->ndim - 1;
    while (from >= 0 || to >= 0) {
        int64_t have = 1, want = 1, step = from >= 0 ? t->stride[from] : 1, end = 0;
        bool begun = false;
        while (from >= 0 && (!begun || t->dim[from] == 1 || t->stride[from] == end)) {
            if (t->dim[from] != 1) {
                if (!begun) step = t->stride[from];
                begun = true;
                have *= t->dim[from];
                end = t->stride[from] * t->dim[from];
            }
            from--;
        }
        int64_t at = step;
        while (to >= 0 && (want < have || shape->dim[to] == 1)) {
            want *= shape->dim[to];
            stride[to] = at;
            at *= shape->dim[to];
            to--;
        }
        if (want != have) return false;
    }
    return true;
}

static __attribute__((noinline)) lin_tensor *reshape_any(const char *name, lin_tensor *t, lin_shape shape)
{
    if (!complete_shape(name, t, &shape)) return NULL;
    int64_t stride[LIN_MAX_DIMS];
    if (!view_strides(t, &shape, stride)) {
        t = lin_clone(t);
        if (!t || lin__row_major(shape.dim, shape.ndim, stride) < 0) return NULL;
    }
    return viewed(OP(reshape), t, shape.dim, stride, shape.ndim, 0, NULL);
}

/* Most often all sizes are given, they fit, and t has no gaps. */
LIN__HOT static lin_tensor *reshape(const char *name, lin_tensor *t, const lin_shape *shape)
{
    if (!lin__args(name, &t, 1)) return NULL;
    int64_t stride[LIN_MAX_DIMS];
    bool plain = t->contiguous && lin__row_major(shape->dim, shape->ndim, stride) == t->numel;
    return plain ? viewed(OP(reshape), t, shape->dim, stride, shape->ndim, 0, NULL) : reshape_any(name, t, *shape);
}

LIN__HOT lin_tensor *lin_reshape(lin_tensor *t, lin_shape shape)
{
    return reshape("reshape", t, &shape);
}

int lin__backward_reshape(lin__node *node, lin_tensor *g)
{
    const lin_tensor *t = node->in[0].tensor;
    if (!g->contiguous || !t->contiguous) return lin__pass(node, 0, lin_reshape(g, lin_size(t)));
    return lin__pass(node, 0, lin__tensor_view(g, t->dim, t->stride, t->ndim, 0));
}

lin_tensor *lin_squeeze(lin_tensor *t)
{
    if (!lin__args("squeeze", &t, 1)) return NULL;
    lin_shape shape = {0}, stride = {0};
    for (int i = 0; i < t->ndim; i++)
        if (t->dim[i] != 1) {
            stride.dim[shape.ndim] = t->stride[i];
            shape.dim[shape.ndim++] = t->dim[i];
        }
    return viewed(OP(reshape), t, shape.dim, stride.dim, shape.ndim, 0, NULL);
}

lin_tensor *lin_squeeze_dim(lin_tensor *t, int dim)
{
    if (!lin__args("squeeze_dim", &t, 1)) return NULL;
    int at = lin__dim_index(t, dim, "squeeze_dim");
    if (at < 0) return NULL;
    if (t->ndim == 0 || t->dim[at] != 1) return viewed(OP(reshape), t, t->dim, t->stride, t->ndim, 0, NULL);
    lin_tensor shape = *t;
    memmove(shape.dim + at, shape.dim + at + 1, (size_t)(t->ndim - at - 1) * sizeof *shape.dim);
    memmove(shape.stride + at, shape.stride + at + 1, (size_t)(t->ndim - at - 1) * sizeof *shape.stride);
    return viewed(OP(reshape), t, shape.dim, shape.stride, t->ndim - 1, 0, NULL);
}

lin_tensor *lin_unsqueeze(lin_tensor *t, int dim)
{
    if (!lin__args("unsqueeze", &t, 1)) return NULL;
    int at = dim < 0 ? dim + t->ndim + 1 : dim;
    if (at < 0 || at > t->ndim || t->ndim == LIN_MAX_DIMS) {
        char shape[LIN__SHAPE_TEXT];
        lin__fail(
            t->ctx, LIN_EINVAL,
            "unsqueeze: no place %d in a tensor of shape %s; places go from %d to %d, and %d dimensions are the most",
            dim, lin__shape_text(shape, t->dim, t->ndim), -t->ndim - 1, t->ndim, LIN_MAX_DIMS);
        return NULL;
    }
    int64_t dims[LIN_MAX_DIMS], stride[LIN_MAX_DIMS];
    for (int i = 0; i <= t->ndim; i++) {
        dims[i] = i == at ? 1 : t->dim[i - (i > at)];
        stride[i] = i == at ? (at < t->ndim ? t->stride[at] * t->dim[at] : 1) : t->stride[i - (i > at)];
    }
    return viewed(OP(reshape), t, dims, stride, t->ndim + 1, 0, NULL);
}

lin_tensor *lin_flatten_dims(lin_tensor *t, int start_dim, int end_dim)
{
    if (!lin__args("flatten", &t, 1)) return NULL;
    int first = lin__dim_index(t, start_dim, "flatten"), last = first < 0 ? -1 : lin__dim_index(t, end_dim, "flatten");
    if (last < 0) return NULL;
    if (t->ndim == 0) return lin_reshape(t, LIN_SHAPE(1));
    if (first > last) {
        lin__fail(t->ctx, LIN_EINVAL, "flatten: dimension %d comes after %d", start_dim, end_dim);
        return NULL;
    }
    if (first == last) return t; /* as PyTorch */
    lin_shape shape = {0};
    for (int i = 0; i < t->ndim; i++) {
        if (i > first && i <= last)
            shape.dim[shape.ndim - 1] *= t->dim[i];
        else
            shape.dim[shape.ndim++] = t->dim[i];
    }
    return reshape("flatten", t, &shape);
}

/* ---- permute ---------------------------------------------------------------------------------------------- */

static lin_tensor *permute(lin_tensor *t, const int *order)
{
    int64_t dim[LIN_MAX_DIMS], stride[LIN_MAX_DIMS], packed = 0;
    for (int i = 0; i < t->ndim; i++) {
        dim[i] = t->dim[order[i]];
        stride[i] = t->stride[order[i]];
        packed |= (int64_t)order[i] << 4 * i;
    }
    lin__node *node;
    lin_tensor *y = viewed(OP(permute), t, dim, stride, t->ndim, 0, &node);
    if (node) node->i[0] = packed;
    return y;
}

lin_tensor *lin_permute(lin_tensor *t, lin_shape dims)
{
    if (!lin__args("permute", &t, 1)) return NULL;
    uint32_t mask = 0;
    if (dims.ndim != t->ndim) return refuse_shape("permute", t, &dims, "every dimension must be named once");
    if (t->ndim && !lin__dim_mask(t, dims, "permute", &mask)) return NULL;
    int order[LIN_MAX_DIMS];
    for (int i = 0; i < t->ndim; i++)
        order[i] = (int)(dims.dim[i] < 0 ? dims.dim[i] + t->ndim : dims.dim[i]);
    return permute(t, order);
}

int lin__backward_permute(lin__node *node, lin_tensor *g)
{
    int back[LIN_MAX_DIMS];
    for (int i = 0; i < g->ndim; i++)
        back[node->i[0] >> 4 * i & 15] = i;
    return lin__pass(node, 0, permute(g, back));
}

lin_tensor *lin_transpose(lin_tensor *t, int dim0, int dim1)
{
    if (!lin__args("transpose", &t, 1)) return NULL;
    int a = lin__dim_index(t, dim0, "transpose"), b = lin__dim_index(t, dim1, "transpose");
    if (a < 0 || b < 0) return NULL;
    int order[LIN_MAX_DIMS];
    for (int i = 0; i < t->ndim; i++)
        order[i] = i == a ? b : i == b ? a : i;
    return permute(t, order);
}

/* ---- expand ------------------------------------------------------------------------------------------------ */

lin_tensor *lin_expand(lin_tensor *t, lin_shape shape)
{
    if (!lin__args("expand", &t, 1)) return NULL;
    int lead = shape.ndim - t->ndim;
    if (lead < 0 || shape.ndim > LIN_MAX_DIMS)
        return refuse_shape("expand", t, &shape, "the new shape has too few or too many dimensions");
    int64_t stride[LIN_MAX_DIMS];
    lin_shape asked = shape;
    for (int i = 0; i < shape.ndim; i++) {
        int64_t own = i < lead ? 1 : t->dim[i - lead];
        if (shape.dim[i] == -1 && i >= lead) shape.dim[i] = own;
        if (shape.dim[i] < 0 || (own != 1 && shape.dim[i] != own))
            return refuse_shape("expand", t, &asked, "only sizes of 1 grow, and -1 keeps a size");
        stride[i] = i < lead || (own == 1 && shape.dim[i] != 1) ? 0 : t->stride[i - lead];
    }
    int64_t checked[LIN_MAX_DIMS];
    if (lin__row_major(shape.dim, shape.ndim, checked) < 0) return refuse_shape("expand", t, &asked, "it is too large");
    return viewed(OP(expand), t, shape.dim, stride, shape.ndim, 0, NULL);
}

int lin__backward_expand(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin__sum_to(g, node->in[0].tensor));
}

/* ---- slice, select --------------------------------------------------------------------------------------------- */

static int64_t clipped(int64_t at, int64_t size)
{
    if (at < 0) at += size;
    return at < 0 ? 0 : at > size ? size : at;
}

/* The part of t that slice or select named: `count` elements along dim from `start`. */
LIN__HOT static lin_tensor *part(lin_tensor *t, int dim, int64_t start, int64_t count, int64_t step, bool keep,
                                 const lin__op *op, lin__node **node)
{
    int64_t dims[LIN_MAX_DIMS], stride[LIN_MAX_DIMS];
    int ndim = 0;
    for (int i = 0; i < t->ndim; i++) {
        if (i == dim && !keep) continue;
        dims[ndim] = i == dim ? count : t->dim[i];
        stride[ndim++] = i == dim ? t->stride[i] * step : t->stride[i];
    }
    return viewed(op, t, dims, stride, ndim, count ? start * t->stride[dim] : 0, node);
}

LIN__HOT lin_tensor *lin_slice_step(lin_tensor *t, int dim, int64_t start, int64_t end, int64_t step)
{
    if (!lin__args("slice", &t, 1)) return NULL;
    int at = lin__dim_index(t, dim, "slice");
    if (at < 0) return NULL;
    if (t->ndim == 0 || step < 1) {
        lin__fail(t->ctx, LIN_EINVAL,
                  t->ndim ? "slice: the step must be 1 or more" : "slice: a scalar cannot be sliced");
        return NULL;
    }
    start = clipped(start, t->dim[at]);
    end = clipped(end, t->dim[at]);
    int64_t length = end > start ? end - start : 0;
    int64_t count = step == 1 ? length : length / step + (length % step != 0);
    lin__node *node;
    lin_tensor *y = part(t, at, start, count, step, true, OP(slice), &node);
    if (node) memcpy(node->i, (int64_t[]){at, start, count, step}, sizeof node->i);
    return y;
}

LIN__HOT lin_tensor *lin_slice(lin_tensor *t, int dim, int64_t start, int64_t end)
{
    return lin_slice_step(t, dim, start, end, 1);
}

lin_tensor *lin_select(lin_tensor *t, int dim, int64_t index)
{
    if (!lin__args("select", &t, 1)) return NULL;
    int at = lin__dim_index(t, dim, "select");
    if (at < 0) return NULL;
    int64_t size = t->ndim ? t->dim[at] : 0, place = index < 0 ? index + size : index;
    if (place < 0 || place >= size) {
        lin__fail(t->ctx, LIN_EINVAL, "select: index %lld along dimension %d, which has size %lld", (long long)index,
                  at, (long long)size);
        return NULL;
    }
    lin__node *node;
    lin_tensor *y = part(t, at, place, 1, 1, false, OP(select), &node);
    if (node) memcpy(node->i, (int64_t[]){at, place, 1, 1}, sizeof node->i);
    return y;
}

/* Zeros but for the part, which is g. */
static int backward_part(lin__node *node, lin_tensor *g, bool keep)
{
    lin_tensor *t = node->in[0].tensor;
    lin_tensor *whole = lin_full_dtype(g->ctx, 0, lin_size(t), (lin_dtype)g->dtype);
    if (!whole) return lin__pass(node, 0, NULL);
    lin_tensor *hole = part(whole, (int)node->i[0], node->i[1], node->i[2], node->i[3], keep, OP(slice), NULL);
    if (!hole) return lin__pass(node, 0, NULL);
    lin__copy_elements(hole, g);
    return lin__pass(node, 0, whole);
}

int lin__backward_slice(lin__node *node, lin_tensor *g)
{
    return backward_part(node, g, true);
}

int lin__backward_select(lin__node *node, lin_tensor *g)
{
    return backward_part(node, g, false);
}

/* ---- clone, contiguous, to ------------------------------------------------------------------------------------------ */

lin_tensor *lin_clone(lin_tensor *t)
{
    if (!lin__args("clone", &t, 1)) return NULL;
    return lin__record(lin__tensor_copy(t, lin__here(t->ctx)), OP(clone), &t, 1, LIN__SAVE_NONE, NULL);
}

int lin__backward_clone(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, g);
}

lin_tensor *lin_contiguous(lin_tensor *t)
{
    if (!lin__args("contiguous", &t, 1)) return NULL;
    return t->contiguous ? t : lin_clone(t);
}

lin_tensor *lin_to(lin_tensor *t, lin_dtype dtype)
{
    if (!lin__args("to", &t, 1)) return NULL;
    if (t->dtype == dtype) return t;
    if ((unsigned)dtype > LIN_U8) {
        lin__fail(t->ctx, LIN_EINVAL, "to: there is no type %d", (int)dtype);
        return NULL;
    }
    const lin_tensor *dense = t->contiguous ? t : lin__tensor_copy(t, lin__here(t->ctx));
    lin_tensor *y = dense ? lin__tensor_like(t, dtype) : NULL;
    if (!y) return NULL;
    lin__convert(dtype, (lin_dtype)t->dtype, t->numel, dense->data, 1, y->data, 1);
    return lin__is_floating(dtype) ? lin__record(y, OP(to), &t, 1, LIN__SAVE_NONE, NULL) : y;
}

int lin__backward_to(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_to(g, (lin_dtype)node->in[0].tensor->dtype));
}
