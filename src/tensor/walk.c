/* Loops over strided elements: dimensions that can be walked as one are merged, so that runs are long. */
#include "tensor/tensor.h"

/* Can dimensions `outer` and the one being built be walked as one, for every operand? */
static bool mergeable(const lin__walk *w, int operands, const int64_t *outer, int at)
{
    for (int k = 0; k < operands; k++)
        if (outer[k] != w->stride[k][at] * w->dim[at]) return false;
    return true;
}

void lin__walk_init(lin__walk *w, const int64_t *dim, int ndim, int operands, void *const *data, const size_t *size,
                    const int64_t (*stride)[LIN_MAX_DIMS])
{
    /* Built from the innermost dimension outwards, at the end of the arrays, then moved to their start. */
    int at = LIN_MAX_DIMS;
    w->operands = operands;
    for (int k = 0; k < operands; k++) {
        w->base[k] = data[k];
        w->size[k] = size[k];
    }
    for (int i = ndim - 1; i >= 0; i--) {
        if (dim[i] == 1) continue;
        int64_t outer[4];
        for (int k = 0; k < operands; k++)
            outer[k] = stride[k][i];
        if (at < LIN_MAX_DIMS && mergeable(w, operands, outer, at)) {
            w->dim[at] *= dim[i];
            continue;
        }
        w->dim[--at] = dim[i];
        for (int k = 0; k < operands; k++)
            w->stride[k][at] = outer[k];
    }
    if (at == LIN_MAX_DIMS) { /* one element */
        w->dim[--at] = 1;
        for (int k = 0; k < operands; k++)
            w->stride[k][at] = 0;
    }
    w->ndim = LIN_MAX_DIMS - at;
    w->runs = 1;
    for (int i = 0; i < w->ndim; i++) {
        w->dim[i] = w->dim[at + i];
        for (int k = 0; k < operands; k++)
            w->stride[k][i] = w->stride[k][at + i];
        if (i < w->ndim - 1) w->runs *= w->dim[i];
    }
    if (w->dim[w->ndim - 1] == 0) w->runs = 0;
}

void lin__walk_run(const lin__walk *w, int64_t r, void **pointers)
{
    int64_t offset[4] = {0};
    for (int i = w->ndim - 2; i >= 0; i--) {
        int64_t index = r % w->dim[i];
        r /= w->dim[i];
        for (int k = 0; k < w->operands; k++)
            offset[k] += index * w->stride[k][i];
    }
    for (int k = 0; k < w->operands; k++)
        pointers[k] = w->base[k] + offset[k] * (int64_t)w->size[k];
}
