/* tests/support/batches.h: datasets whose rows say which they are, and checks of what a loader makes of them. */
#ifndef LINNET_TESTS_BATCHES_H
#define LINNET_TESTS_BATCHES_H

#include "data/dataset.h"
#include "support/support.h"

/* Row r of X is (2r, 2r + 1), f32; its label is r, i64. */
static inline lin_dataset *numbered(lin_ctx *ctx, int64_t rows)
{
    lin_tensor *X = lin_reshape(lin_arange(ctx, 0, 2 * (double)rows, 1, LIN_F32), LIN_SHAPE(rows, 2));
    return lin_tensor_dataset(LIN_TENSORS(X, lin_arange(ctx, 0, (double)rows, 1, LIN_I64)));
}

/* n images (2, 3) of bytes 0, 1, 2, … */
static inline lin_tensor *small_images(lin_ctx *ctx, int64_t n)
{
    return lin_reshape(lin_arange(ctx, 0, 6 * (double)n, 1, LIN_U8), LIN_SHAPE(n, 2, 3));
}

/* `rows` images (5, 4) of random bytes, with their numbers as labels. */
static inline lin_dataset *images(lin_ctx *ctx, int64_t rows)
{
    lin_tensor *X = lin_to(lin_uniform(ctx, 0, 256, LIN_SHAPE(rows, 5, 4)), LIN_U8);
    return lin_tensor_dataset(LIN_TENSORS(X, lin_arange(ctx, 0, (double)rows, 1, LIN_I64)));
}

/* A batch of numbered rows: X and y belong together. */
static inline void check_batch(const lin_batch *m)
{
    assert_int_equal(lin_dim(m->X, 0), m->rows);
    assert_int_equal(lin_dim(m->y, 0), m->rows);
    assert_int_equal(m->arrays.count, 2);
    assert_ptr_equal(m->arrays.at[0], m->X);
    assert_ptr_equal(m->arrays.at[1], m->y);
    const float *X = lin_f32(m->X);
    const int64_t *y = lin_i64(m->y);
    for (int64_t r = 0; r < m->rows; r++)
        assert_true(X[2 * r] == (float)(2 * y[r]) && X[2 * r + 1] == (float)(2 * y[r] + 1));
}

/* The labels of a whole pass over numbered rows, in the order in which they come; how many. */
static inline int64_t pass(lin_loader *loader, int64_t *labels)
{
    int64_t count = 0, steps = 0, rows;
    lin_batch m = {0};
    while ((rows = lin_loader_next(loader, &m)) > 0) {
        assert_int_equal(m.rows, rows);
        assert_int_equal(m.step, steps++);
        check_batch(&m);
        lin_copy_out(m.y, labels + count);
        count += rows;
    }
    assert_int_equal(rows, 0);
    assert_int_equal(steps, lin_loader_batches(loader));
    lin_batch zero = {0};
    assert_memory_equal(&m, &zero, sizeof m); /* as it was: the next call would begin anew */
    return count;
}

/* A pass over one is a pass over the other. */
static inline void check_pass(lin_dataset *a, lin_dataset *b, lin_loader_options o)
{
    lin_ctx *ctx = a->ctx;
    lin_loader *x = lin_loader_new(a, &o), *y = lin_loader_new(b, &o);
    check_ok(ctx);
    lin__loader_set_number(y, lin__loader_number(x));
    lin_batch m = {0}, n = {0};
    int64_t batches = 0;
    for (; lin_loader_next(x, &m) > 0; batches++) {
        assert_int_equal(lin_loader_next(y, &n), m.rows);
        for (int k = 0; k < m.arrays.count; k++)
            assert_memory_equal(m.arrays.at[k]->data, n.arrays.at[k]->data,
                                (size_t)n.arrays.at[k]->numel * lin__size_of((lin_dtype)n.arrays.at[k]->dtype));
    }
    check_ok(ctx);
    assert_int_equal(lin_loader_next(y, &n), 0);
    assert_int_equal(batches, lin_loader_batches(x));
    assert_true(batches > 0);
}

/* The same rows in arrays of their own. */
static inline lin_dataset *copy_of(lin_dataset *d)
{
    lin_tensor *arrays[LIN__MAX_ARRAYS];
    for (int k = 0; k < lin_arrays(d); k++)
        arrays[k] = lin_array(d, k);
    return lin_tensor_dataset((lin_tensors){.count = lin_arrays(d), .at = arrays});
}

#endif
