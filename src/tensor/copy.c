/* Copies of elements: long ones by all threads, strided ones run by run. */
#include "tensor/tensor.h"

#include "base/pool.h"
#include "kernel/kernel.h"

#include <string.h>

/* A long copy, cut for the pool: one thread alone does not use all of the memory's width. */
typedef struct move {
    char *to;
    const char *from;
    size_t bytes;
} move;
enum { MOVE_BLOCK = 1 << 18 };

static void move_block(void *arg, int64_t block)
{
    const move *m = arg;
    size_t at = (size_t)block * MOVE_BLOCK, left = m->bytes - at;
    memcpy(m->to + at, m->from + at, left < MOVE_BLOCK ? left : MOVE_BLOCK);
}

void lin__move_bytes(lin_ctx *ctx, void *to, const void *from, size_t bytes)
{
    bool apart = (uintptr_t)to + bytes <= (uintptr_t)from || (uintptr_t)from + bytes <= (uintptr_t)to;
    if (bytes < 4 * MOVE_BLOCK || !apart) {
        if (bytes) memmove(to, from, bytes);
        return;
    }
    lin__pool_run(ctx, (int64_t)((bytes + MOVE_BLOCK - 1) / MOVE_BLOCK), move_block, &(move){to, from, bytes});
}

void lin__copy_elements(lin_tensor *dst, const lin_tensor *src)
{
    size_t size = lin__size_of(src->dtype);
    if (dst->contiguous && src->contiguous) {
        lin__move_bytes(src->ctx, dst->data, src->data, (size_t)src->numel * size);
        return;
    }
    lin__walk w;
    void *data[] = {dst->data, src->data};
    size_t sizes[] = {size, size};
    int64_t stride[2][LIN_MAX_DIMS];
    memcpy(stride[0], dst->stride, sizeof stride[0]);
    memcpy(stride[1], src->stride, sizeof stride[1]);
    lin__walk_init(&w, src->dim, src->ndim, 2, data, sizes, (const int64_t(*)[LIN_MAX_DIMS])stride);
    int64_t n = lin__walk_n(&w), s0 = lin__walk_stride(&w, 0), s1 = lin__walk_stride(&w, 1);
    for (int64_t r = 0; r < w.runs; r++) {
        void *p[2];
        lin__walk_run(&w, r, p);
        if (s0 == 1 && s1 == 1)
            memmove(p[0], p[1], (size_t)n * size);
        else
            lin__convert(src->dtype, src->dtype, n, p[1], s1, p[0], s0);
    }
}
