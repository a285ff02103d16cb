/* op/reduce.h: what reduce.c, extreme.c and softmax.c share. */
#ifndef LINNET_OP_REDUCE_H
#define LINNET_OP_REDUCE_H

#include "op/op.h"

/* The reduced dimensions of an op as bits: all of them, one (false with a cause), or a list (lin__dim_mask). */
static inline uint32_t lin__all_dims(const lin_tensor *t)
{
    return (1u << t->ndim) - 1;
}
bool lin__one_dim(const lin_tensor *t, int dim, const char *name, uint32_t *mask);

/* A new tensor for the result: t's shape without the dimensions of mask, or with size 1 there. */
lin_tensor *lin__reduced(const lin_tensor *t, uint32_t mask, bool keepdim, lin_dtype type, const char *name);
/* Elements that go into one result. */
int64_t lin__reduced_count(const lin_tensor *t, uint32_t mask);

/* t with the dimensions of `mask` moved to the end, contiguous (a copy only if it must be): result r of `outer` belongs to
 * the elements r·inner … r·inner + inner − 1. t is NULL with a cause. Without a graph. */
typedef struct lin__arranged {
    lin_tensor *t;
    int64_t outer, inner;
} lin__arranged;
lin__arranged lin__arrange(lin_tensor *t, uint32_t mask);

/* g, of the reduced shape (with keepdim or without), seen in the shape of t: a view that repeats along the reduced dimensions,
 * without a graph. NULL passes through. */
lin_tensor *lin__spread(lin_tensor *g, const lin_tensor *t, uint32_t mask);

/* y (contiguous, of t's type) = Σ of a floating t over the dimensions of mask. False with a cause. */
bool lin__sum_into(lin_tensor *t, uint32_t mask, lin_tensor *y);

/* y (one element) = Σ t² of a contiguous floating t: the bits of the sum of lin_square. False with a cause. */
bool lin__sum_squares(lin_tensor *t, lin_tensor *y);
/* y /= divisor, every element: a step that is never recorded. */
void lin__divide(lin_tensor *y, double divisor);

/* Record a reduction of t: i[0] is the mask, i[1] whether it was asked for over all dimensions. */
lin_tensor *lin__record_reduction(lin_tensor *y, const lin__op *op, lin_tensor *t, uint32_t mask, bool all,
                                  uint32_t saved);

/* Run f(arg, first, last) over results 0 … outer − 1, in parallel where `cost` (elements) each makes it worth it. */
typedef void lin__range_fn(void *arg, int64_t first, int64_t last);
void lin__each_range(lin_ctx *ctx, int64_t outer, int64_t cost, lin__range_fn *f, void *arg);

/* The three spellings of a reduction `id(t, mask, keepdim, all)`: over all, one, or a list of dimensions. */
#define LIN__SPELL_ALL(id)                                                          \
    lin_tensor *lin_##id(lin_tensor *t)                                             \
    {                                                                               \
        return lin__args(#id, &t, 1) ? id(t, lin__all_dims(t), false, true) : NULL; \
    }
#define LIN__SPELL_DIM(id)                                                                                     \
    lin_tensor *lin_##id##_dim(lin_tensor *t, int dim, bool keepdim)                                           \
    {                                                                                                          \
        uint32_t mask;                                                                                         \
        return lin__args(#id, &t, 1) && lin__one_dim(t, dim, #id, &mask) ? id(t, mask, keepdim, false) : NULL; \
    }
#define LIN__SPELL_DIMS(id)                                                                                      \
    lin_tensor *lin_##id##_dims(lin_tensor *t, lin_shape dims, bool keepdim)                                     \
    {                                                                                                            \
        uint32_t mask;                                                                                           \
        return lin__args(#id, &t, 1) && lin__dim_mask(t, dims, #id, &mask) ? id(t, mask, keepdim, false) : NULL; \
    }

#endif
