/* tests/support/gradients_shape.h: gradient cases of view.c, reduce.c, softmax.c and index.c. */
#ifndef LINNET_TESTS_GRADIENTS_SHAPE_H
#define LINNET_TESTS_GRADIENTS_SHAPE_H

#include "support/gradients_arith.h"

/* ---- Views ---- */
static lin_tensor *reshape(void *user, lin_tensors in)
{
    lin_tensor *a = in.at[0];
    switch (number(user) % 5) {
    case 0:
        return lin_reshape(a, LIN_SHAPE(1, -1));
    case 1:
        return lin_squeeze(a);
    case 2:
        return lin_unsqueeze(a, -1 - lin_ndim(a) / 2);
    case 3:
        return lin_flatten_dims(a, 0, -1);
    default:
        return lin_reshape(lin_ndim(a) > 1 ? lin_transpose(a, 0, -1) : a, LIN_SHAPE(-1));
    }
}

static lin_tensor *permute(void *user, lin_tensors in)
{
    lin_tensor *a = in.at[0];
    int ndim = lin_ndim(a), turn = number(user);
    lin_shape dims = {.ndim = ndim};
    for (int i = 0; i < ndim; i++)
        dims.dim[i] = turn % 2 ? (i + turn) % ndim : ndim - 1 - i;
    return lin_permute(a, dims);
}

static lin_tensor *expand(void *user, lin_tensors in)
{
    lin_shape shape = lin_size(in.at[0]);
    for (int i = 0; i < shape.ndim; i++)
        shape.dim[i] = shape.dim[i] == 1 ? 3 : -1;
    if (shape.ndim < LIN_MAX_DIMS && number(user) % 2) {
        memmove(shape.dim + 1, shape.dim, 7 * sizeof *shape.dim);
        shape.dim[0] = 2;
        shape.ndim++;
    }
    return lin_expand(in.at[0], shape);
}

static lin_tensor *slice(void *user, lin_tensors in)
{
    int k = number(user), dim = k % lin_ndim(in.at[0]);
    return k % 3 ? lin_slice_step(in.at[0], dim, k % 2, 100, 1 + k % 3) : lin_slice(in.at[0], dim, -2, 2);
}

static lin_tensor *select_(void *user, lin_tensors in)
{
    int k = number(user), dim = k % lin_ndim(in.at[0]);
    return lin_select(in.at[0], dim, k % 2 ? -1 : lin_dim(in.at[0], dim) / 2);
}

CASE_1(clone, k % 2 || lin_ndim(a) < 2 ? lin_clone(a) : lin_contiguous(lin_transpose(a, 0, 1)))
CASE_1(to, lin_to(lin_to(a, LIN_F32), LIN_F64))

/* ---- Reductions: over all, one dimension, or a list ---- */

/* Every other dimension, counted from k. */
static lin_shape some_dims(const lin_tensor *t, int k)
{
    lin_shape dims = {0};
    for (int i = k % 2; i < lin_ndim(t); i += 2)
        dims.dim[dims.ndim++] = k % 3 ? i : i - lin_ndim(t);
    return dims;
}

#define REDUCTION(name, id)                                                               \
    static lin_tensor *name(void *user, lin_tensors in)                                   \
    {                                                                                     \
        int k = number(user), ndim = lin_ndim(in.at[0]);                                  \
        if (k % 4 == 0) return lin_##id(in.at[0]);                                        \
        if (k % 4 == 1) return lin_##id##_dim(in.at[0], ndim ? k % ndim : 0, k % 3 == 0); \
        return lin_##id##_dims(in.at[0], some_dims(in.at[0], k), k % 3 == 1);             \
    }
#define EXTREME(name, id)                                                         \
    static lin_tensor *name(void *user, lin_tensors in)                           \
    {                                                                             \
        int k = number(user);                                                     \
        if (k % 2 == 0) return lin_##id(in.at[0]);                                \
        return lin_##id##_dims(in.at[0], some_dims(in.at[0], k / 2), k % 3 == 1); \
    }                                                                             \
    static lin_tensor *name##_dim(void *user, lin_tensors in)                     \
    {                                                                             \
        int k = number(user), ndim = lin_ndim(in.at[0]);                          \
        return lin_##id##_dim(in.at[0], ndim ? k % ndim : 0, k % 3 == 0);         \
    }
REDUCTION(sum, sum)
REDUCTION(mean, mean)
EXTREME(max, max)
EXTREME(min, min)

static lin_tensor *var(void *user, lin_tensors in)
{
    lin_tensor *t = in.at[0];
    int k = number(user), correction = k % 2 && lin_numel(t) > 1;
    if (k % 4 < 2 || correction) return lin_var(t, correction);
    return lin_var_dims(t, some_dims(t, k), 0, k % 3 == 1);
}
static lin_tensor *var_of_rows(void *user, lin_tensors in)
{
    return lin_var_dims(in.at[0], LIN_DIMS(number(user) % 2), 1, false);
}
static const char *const two_by_two[] = {"2x2", "3x2", "2x5", "4x3x2", "3x3", NULL};

static lin_tensor *logsumexp(void *user, lin_tensors in)
{
    lin_tensor *t = in.at[0];
    int k = number(user), ndim = lin_ndim(t);
    if (k % 2) return lin_logsumexp(t, ndim ? k % ndim : 0, k % 3 == 0);
    return lin_logsumexp_dims(t, some_dims(t, k / 2), k % 3 == 1);
}

CASE_1(softmax, lin_softmax(a, lin_ndim(a) ? k % lin_ndim(a) : 0))
CASE_1(log_softmax, lin_log_softmax(a, lin_ndim(a) ? k % lin_ndim(a) : -1))

/* ---- Indexing ---- */

/* `count` reproducible indices below `size`, some counted from the end, in a shape. */
static lin_tensor *some_indices(lin_tensor *t, lin_shape shape, int64_t size, int k)
{
    lin_tensor *index = lin_full_dtype(lin_context(t), 0, shape, LIN_I64);
    for (int64_t i = 0; index && i < lin_numel(index); i++) {
        int64_t at = (int64_t)(noise(k, 99, i) * (double)size);
        lin_i64(index)[i] = k % 2 && i % 3 == 0 ? at - size : at;
    }
    return index;
}

static lin_tensor *softmax_nll(void *user, lin_tensors in)
{
    lin_tensor *t = in.at[0], *labels = lin_full_dtype(lin_context(t), 0, LIN_SHAPE(lin_dim(t, 0)), LIN_I64);
    for (int64_t i = 0; i < lin_dim(t, 0); i++)
        lin_i64(labels)[i] = (i * 5 + number(user)) % lin_dim(t, 1);
    return lin_softmax_nll(t, labels);
}
static const char *const logits[] = {"1x1",  "1x2", "2x1", "2x2", "2x3",  "3x2", "4x4", "5x3", "3x5", "1x10", "10x1",
                                     "2x10", "6x2", "7x3", "3x7", "2x17", "9x4", "4x9", "8x8", "0x3", "1x33", NULL};

CASE_2(mse_loss, lin_mse_loss(a, b))
static const char *const alike[] = {"- -",     "1 1",         "2 2",       "3 3",     "5 5",         "17 17",
                                    "1x1 1x1", "2x3 2x3",     "3x2 3x2",   "1x4 1x4", "4x1 4x1",     "5x5 5x5",
                                    "9x2 9x2", "2x1x3 2x1x3", "2x0 2x0",   "0 0",     "2x3x4 2x3x4", "33 33",
                                    "64 64",   "2x2x2 2x2x2", "10x1 10x1", NULL};

static lin_tensor *index_(void *user, lin_tensors in)
{
    static const int64_t sizes[][2] = {{2, 3}, {1, 4}, {3, 1}, {0, 2}};
    int k = number(user);
    lin_shape shape = lin_shape_of(lin_ndim(in.at[0]) == LIN_MAX_DIMS ? 1 : k % 3, sizes[k % 4]);
    return lin_index(in.at[0], some_indices(in.at[0], shape, lin_dim(in.at[0], 0), k));
}

static lin_tensor *index_select(void *user, lin_tensors in)
{
    int k = number(user), dim = k % lin_ndim(in.at[0]);
    return lin_index_select(in.at[0], dim, some_indices(in.at[0], LIN_SHAPE(k % 5), lin_dim(in.at[0], dim), k));
}

static lin_tensor *index_at(void *user, lin_tensors in)
{
    lin_tensor *t = in.at[0], *list[2];
    int k = number(user), count = lin_ndim(t) > 1 ? 2 : 1;
    for (int i = 0; i < count; i++)
        list[i] = some_indices(t, i ? LIN_SHAPE(3) : k % 4 ? LIN_SHAPE(3) : LIN_SHAPE(1), lin_dim(t, i), k + i);
    return lin_index_at(t, (lin_tensors){count, list});
}

static lin_tensor *gather(void *user, lin_tensors in)
{
    int k = number(user), dim = k % lin_ndim(in.at[0]);
    lin_shape shape = lin_size(in.at[0]);
    shape.dim[dim] = k % 4;
    if (k % 5 == 0) shape.dim[(dim + 1) % shape.ndim] = 1;
    return lin_gather(in.at[0], dim, some_indices(in.at[0], shape, lin_dim(in.at[0], dim), k));
}

static lin_tensor *cat(void *user, lin_tensors in)
{
    (void)user;
    int dim = 0;
    for (int i = 0; i < lin_ndim(in.at[0]); i++) /* the one in which they differ */
        for (int j = 1; j < in.count; j++)
            if (lin_dim(in.at[0], i) != lin_dim(in.at[j], i)) dim = i;
    return lin_cat(in, dim);
}
static const char *const lists[] = {
    "1",           "3",         "1 1",         "2 3",         "3 2 1",       "2x3 2x3",         "2x3 1x3",
    "2x3 2x1",     "2x3 2x4",   "1x2 3x2 2x2", "2x1x3 2x2x3", "2x2x1 2x2x3", "1x1 1x1 1x1 1x1", "0 2",
    "2x0 2x3",     "5 5 5 5 5", "2x3x4 1x3x4", "4x1 4x2 4x3", "0x3 0x3",     "1x2x1x2 1x2x3x2", "7 1 7",
    "2x2x2 2x2x2", NULL};

static lin_tensor *stack(void *user, lin_tensors in)
{
    int places = lin_ndim(in.at[0]) + 1, k = number(user);
    return lin_stack(in, k % 2 ? k % places : k % places - places);
}
static const char *const same_lists[] = {"-",
                                         "- -",
                                         "1",
                                         "3 3",
                                         "2x3",
                                         "2x3 2x3",
                                         "2x3 2x3 2x3",
                                         "1x1 1x1",
                                         "2x1x3 2x1x3",
                                         "2x1x3 2x1x3",
                                         "2x1x3 2x1x3",
                                         "2x1x3 2x1x3",
                                         "0 0",
                                         "2x0 2x0",
                                         "4 4 4 4",
                                         "5x2 5x2",
                                         "5x2 5x2",
                                         "- - - - -",
                                         "2x2x2x2 2x2x2x2",
                                         "3x3 3x3 3x3 3x3",
                                         "7 7",
                                         NULL};

static const gradient_case shape_cases[] = {
    {LIN__OP_reshape, reshape, NORMAL, any_shape},
    {LIN__OP_permute, permute, NORMAL, any_shape},
    {LIN__OP_expand, expand, NORMAL, any_shape},
    {LIN__OP_slice, slice, NORMAL, with_dimensions},
    {LIN__OP_select, select_, NORMAL, with_dimensions},
    {LIN__OP_clone, clone, NORMAL, any_shape},
    {LIN__OP_to, to, DYADIC, any_shape},
    {LIN__OP_sum, sum, NORMAL, any_shape},
    {LIN__OP_mean, mean, NORMAL, not_empty},
    {LIN__OP_max, max, DISTINCT, not_empty},
    {LIN__OP_min, min, DISTINCT, not_empty},
    {LIN__OP_max_dim, max_dim, DISTINCT, not_empty},
    {LIN__OP_min_dim, min_dim, DISTINCT, not_empty},
    {LIN__OP_var, var, NORMAL, not_empty},
    {LIN__OP_var, var_of_rows, NORMAL, two_by_two},
    {LIN__OP_logsumexp, logsumexp, NORMAL, not_empty},
    {LIN__OP_softmax, softmax, NORMAL, any_shape},
    {LIN__OP_log_softmax, log_softmax, NORMAL, any_shape},
    {LIN__OP_softmax_nll, softmax_nll, NORMAL, logits},
    {LIN__OP_mse_loss, mse_loss, NORMAL, alike},
    {LIN__OP_index, index_, NORMAL, with_dimensions},
    {LIN__OP_index_select, index_select, NORMAL, with_dimensions},
    {LIN__OP_index_at, index_at, NORMAL, with_dimensions},
    {LIN__OP_gather, gather, NORMAL, with_dimensions},
    {LIN__OP_cat, cat, NORMAL, lists},
    {LIN__OP_stack, stack, NORMAL, same_lists},
};

#endif
