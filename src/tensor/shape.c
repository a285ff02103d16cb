/* Shapes: strides, broadcasting, dimensions counted from the end, and their text. */
#include "tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>

LIN__HOT lin_shape lin_shape_of(int ndim, const int64_t *dims)
{
    lin_shape shape = {.ndim = ndim};
    for (int i = 0; i < ndim && i < LIN_MAX_DIMS; i++)
        shape.dim[i] = dims[i];
    return shape;
}

char *lin__shape_text(char out[LIN__SHAPE_TEXT], const int64_t *dim, int ndim)
{
    int used = snprintf(out, LIN__SHAPE_TEXT, "(");
    for (int i = 0; i < ndim && i < LIN_MAX_DIMS; i++)
        used += snprintf(out + used, (size_t)(LIN__SHAPE_TEXT - used), i ? ", %" PRId64 : "%" PRId64, dim[i]);
    snprintf(out + used, (size_t)(LIN__SHAPE_TEXT - used), ")");
    return out;
}

LIN__HOT int64_t lin__row_major(const int64_t *dim, int ndim, int64_t *stride)
{
    if (ndim < 0 || ndim > LIN_MAX_DIMS) return -1;
    int64_t step = 1, numel = 1;
    for (int i = ndim - 1; i >= 0; i--) {
        if (dim[i] < 0) return -1;
        stride[i] = step;
        /* A zero size does not make the other sizes harmless: strides must not overflow either. */
        if (__builtin_mul_overflow(step, dim[i] ? dim[i] : 1, &step)) return -1;
        numel *= dim[i] ? 1 : 0;
    }
    return numel ? step : 0;
}

LIN__HOT int lin__broadcast(const lin_tensor *a, const lin_tensor *b, int64_t dim[LIN_MAX_DIMS])
{
    int ndim = a->ndim > b->ndim ? a->ndim : b->ndim;
    for (int i = 1; i <= ndim; i++) {
        int64_t m = i <= a->ndim ? a->dim[a->ndim - i] : 1, n = i <= b->ndim ? b->dim[b->ndim - i] : 1;
        if (m != n && m != 1 && n != 1) return -1;
        dim[ndim - i] = m == 1 ? n : m;
    }
    return ndim;
}

void lin__broadcast_strides(const lin_tensor *t, const int64_t *dim, int ndim, int64_t stride[LIN_MAX_DIMS])
{
    int lead = ndim - t->ndim;
    for (int i = 0; i < ndim; i++)
        stride[i] = i < lead || (t->dim[i - lead] == 1 && dim[i] != 1) ? 0 : t->stride[i - lead];
}

LIN__HOT int lin__dim_index(const lin_tensor *t, int dim, const char *name)
{
    int ndim = t->ndim ? t->ndim : 1; /* a scalar has dimensions 0 and -1, as in PyTorch */
    int at = dim < 0 ? dim + ndim : dim;
    if (at >= 0 && at < ndim) return at;
    char shape[LIN__SHAPE_TEXT];
    lin__fail(t->ctx, LIN_EINVAL, "%s: dimension %d of a tensor of shape %s; dimensions go from %d to %d", name, dim,
              lin__shape_text(shape, t->dim, t->ndim), -ndim, ndim - 1);
    return -1;
}

bool lin__dim_mask(const lin_tensor *t, lin_shape dims, const char *name, uint32_t *mask)
{
    *mask = 0;
    if (dims.ndim < 0 || dims.ndim > LIN_MAX_DIMS) {
        lin__fail(t->ctx, LIN_EINVAL, "%s: a list of %d dimensions; at most %d", name, dims.ndim, LIN_MAX_DIMS);
        return false;
    }
    if (dims.ndim == 0) *mask = (1u << t->ndim) - 1;
    for (int i = 0; i < dims.ndim; i++) {
        int dim = dims.dim[i] < INT32_MIN || dims.dim[i] > INT32_MAX ? INT32_MAX : (int)dims.dim[i];
        int at = lin__dim_index(t, dim, name);
        if (at < 0) return false;
        if (*mask & 1u << at) {
            lin__fail(t->ctx, LIN_EINVAL, "%s: dimension %d is named twice", name, at);
            return false;
        }
        if (t->ndim) *mask |= 1u << at;
    }
    return true;
}
