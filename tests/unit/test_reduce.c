/* Reductions: values, order, NaN, errors, gradients at ties, the same bits for any number of threads. */
#include "support/support.h"

#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>

static lin_tensor *counting(lin_ctx *ctx, lin_shape shape, lin_dtype type)
{
    int64_t n = 1;
    for (int i = 0; i < shape.ndim; i++)
        n *= shape.dim[i];
    return lin_reshape(lin_arange(ctx, 0, (double)n, 1, type), shape);
}

static void check_shape(lin_tensor *t, lin_shape shape)
{
    assert_non_null(t);
    assert_int_equal(lin_ndim(t), shape.ndim);
    for (int i = 0; i < shape.ndim; i++)
        assert_int_equal(lin_dim(t, i), shape.dim[i]);
}

static void sums(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3, 4), LIN_F32);
    assert_true(lin_item(lin_sum(t)) == 276);
    CHECK_VALUES(lin_sum_dim(t, 0, false), 0, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34);
    CHECK_VALUES(lin_sum_dim(t, -1, false), 0, 6, 22, 38, 54, 70, 86);
    CHECK_VALUES(lin_sum_dim(t, 1, false), 0, 12, 15, 18, 21, 48, 51, 54, 57);
    CHECK_VALUES(lin_sum_dims(t, LIN_DIMS(0, 2), false), 0, 60, 92, 124);
    check_shape(lin_sum_dims(t, LIN_DIMS(0, 2), true), LIN_SHAPE(1, 3, 1));
    check_shape(lin_sum_dims(t, (lin_shape){0}, true), LIN_SHAPE(1, 1, 1));
    CHECK_VALUES(lin_sum_dim(lin_transpose(t, 0, 2), 2, false), 0, 12, 20, 28, 14, 22, 30, 16, 24, 32, 18, 26, 34);
    assert_true(lin_item(lin_sum_dim(lin_ones(ctx, LIN_SCALAR), 0, false)) == 1);
    /* Zero sizes: sums are 0. */
    CHECK_VALUES(lin_sum_dim(lin_ones(ctx, LIN_SHAPE(0, 2)), 0, false), 0, 0, 0);
    check_shape(lin_sum_dim(lin_ones(ctx, LIN_SHAPE(0, 2)), 1, false), LIN_SHAPE(0));
    check_ok(ctx);
    assert_null(lin_sum_dim(t, 3, false));
    check_error(ctx, LIN_EINVAL, "sum: dimension 3 of a tensor of shape (2, 3, 4); dimensions go from -3 to 2");
    assert_null(lin_sum_dims(t, LIN_DIMS(1, -2), false));
    check_error(ctx, LIN_EINVAL, "sum: dimension 1 is named twice");
}

static void integer_sums(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *bytes = lin_full_dtype(ctx, 200, LIN_SHAPE(3, 2), LIN_U8), *all = lin_sum(bytes);
    assert_int_equal(lin_type(all), LIN_I64);
    assert_int_equal(lin_item_i64(all), 1200);
    CHECK_VALUES(lin_sum_dim(bytes, 0, false), 0, 600, 600);
    CHECK_VALUES(lin_sum_dim(lin_transpose(bytes, 0, 1), 0, false), 0, 400, 400, 400);
    lin_tensor *big = lin_from_i64(ctx, (const int64_t[]){INT64_MAX, 1}, LIN_SHAPE(2));
    assert_int_equal(lin_item_i64(lin_sum(big)), INT64_MIN); /* wraps */
    CHECK_VALUES(lin_sum_dim(counting(ctx, LIN_SHAPE(2, 3, 2), LIN_I64), 1, true), 0, 6, 9, 24, 27);
    CHECK_VALUES(lin_sum_dim(lin_full_dtype(ctx, 1, LIN_SHAPE(0, 2), LIN_I64), 0, false), 0, 0, 0);
    check_ok(ctx);
}

static void means(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3), LIN_F64);
    assert_true(lin_item(lin_mean(t)) == 2.5);
    CHECK_VALUES(lin_mean_dim(t, 0, false), 0, 1.5, 2.5, 3.5);
    CHECK_VALUES(lin_mean_dims(t, LIN_DIMS(1), true), 0, 1, 4);
    assert_true(isnan(lin_item(lin_mean(lin_ones(ctx, LIN_SHAPE(0))))));
    check_ok(ctx);
    assert_null(lin_mean(lin_to(t, LIN_I64)));
    check_error(ctx, LIN_EINVAL, "mean: the tensor is i64; it must be f32 or f64, see lin_to");
}

static void variances(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_from_f64(ctx, (const double[]){1e9 + 1, 1e9 + 2, 1e9 + 3, 0, 0, 3}, LIN_SHAPE(2, 3));
    CHECK_VALUES(lin_var_dims(t, LIN_DIMS(1), 1, false), 0, 1, 3);
    CHECK_VALUES(lin_var_dims(t, LIN_DIMS(-1), 0, true), 1e-15, 2.0 / 3, 2);
    assert_true(isnan(lin_item(lin_var(lin_ones(ctx, LIN_SHAPE(1)), 1))));
    assert_true(isnan(lin_item(lin_var(lin_ones(ctx, LIN_SHAPE(0)), 0))));
    assert_true(lin_item(lin_var(lin_ones(ctx, LIN_SCALAR), 0)) == 0);
    check_ok(ctx);
    assert_null(lin_var(lin_to(t, LIN_U8), 1));
    check_error(ctx, LIN_EINVAL, "var: the tensor is u8; it must be f32 or f64, see lin_to");
}

static void extremes(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_from_f32(ctx, (const float[]){3, 7, 7, -1, NAN, 2}, LIN_SHAPE(2, 3));
    assert_true(isnan(lin_item(lin_max(t))) && isnan(lin_item(lin_min(t))));
    CHECK_VALUES(lin_max_dim(t, 1, false), 0, 7, NAN);
    CHECK_VALUES(lin_min_dim(t, 0, true), 0, -1, NAN, 2);
    CHECK_VALUES(lin_max_dims(t, LIN_DIMS(0), false), 0, 3, NAN, 7);
    CHECK_VALUES(lin_argmax_dim(t, 1, false), 0, 1, 1);
    CHECK_VALUES(lin_argmin_dim(t, 0, false), 0, 1, 1, 1);
    assert_int_equal(lin_item_i64(lin_argmax(t)), 4);
    assert_int_equal(lin_item_i64(lin_argmin(lin_slice(t, 0, 0, 1))), 0);
    check_shape(lin_argmax_dim(t, 0, true), LIN_SHAPE(1, 3));
    for (int type = LIN_F32; type <= LIN_U8; type++) {
        lin_tensor *v = lin_to(lin_from_f32(ctx, (const float[]){5, 9, 0, 9, 0}, LIN_SHAPE(5)), (lin_dtype)type);
        assert_true(lin_item(lin_max(v)) == 9 && lin_item(lin_min(v)) == 0);
        assert_int_equal(lin_type(lin_max(v)), type);
        assert_int_equal(lin_item_i64(lin_argmax(v)), 1);
        assert_int_equal(lin_item_i64(lin_argmin(v)), 2);
    }
    /* A flattened index, whatever the strides. */
    assert_int_equal(lin_item_i64(lin_argmax(lin_transpose(counting(ctx, LIN_SHAPE(2, 3), LIN_F32), 0, 1))), 5);
    assert_int_equal(lin_item_i64(lin_argmax(lin_ones(ctx, LIN_SCALAR))), 0);
    check_ok(ctx);
}

static void nothing_to_choose_from(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_ones(ctx, LIN_SHAPE(3, 0));
    check_shape(lin_max_dim(t, 0, false), LIN_SHAPE(0));
    check_shape(lin_argmax_dim(t, 0, true), LIN_SHAPE(1, 0));
    check_ok(ctx);
    assert_null(lin_max_dim(t, 1, false));
    check_error(ctx, LIN_EINVAL, "max: no elements along dimension 1 of a tensor of shape (3, 0)");
    assert_null(lin_min(t));
    check_error(ctx, LIN_EINVAL, "min: no elements along dimension 1 of a tensor of shape (3, 0)");
    assert_null(lin_argmax(t));
    check_error(ctx, LIN_EINVAL, "argmax: no elements along dimension 1 of a tensor of shape (3, 0)");
    assert_null(lin_argmin_dim(t, -1, true));
    check_error(ctx, LIN_EINVAL, "argmin: no elements along dimension 1 of a tensor of shape (3, 0)");
}

/* The leaf's gradient of Σ f(leaf). */
#define GRADIENT(leaf, f) (lin_zero_grad_of(leaf), lin_backward(lin_sum(f)), lin_grad(leaf))

static void gradients_at_ties(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(lin_from_f64(ctx, (const double[]){1, 5, 5, 5, 5, 0}, LIN_SHAPE(2, 3)), true);
    CHECK_VALUES(GRADIENT(w, lin_max(w)), 0, 0, 0.25, 0.25, 0.25, 0.25, 0);
    CHECK_VALUES(GRADIENT(w, lin_max_dims(w, LIN_DIMS(1), false)), 0, 0, 0.5, 0.5, 0.5, 0.5, 0);
    CHECK_VALUES(GRADIENT(w, lin_max_dim(w, 1, false)), 0, 0, 1, 0, 1, 0, 0);
    CHECK_VALUES(GRADIENT(w, lin_max_dim(w, 0, true)), 0, 0, 1, 1, 1, 0, 0);
    CHECK_VALUES(GRADIENT(w, lin_min_dim(lin_transpose(w, 0, 1), 0, false)), 0, 1, 0, 0, 0, 0, 1);
    CHECK_VALUES(GRADIENT(w, lin_min(w)), 0, 0, 0, 0, 0, 0, 1);
    lin_tensor *n = lin_requires_grad_(lin_from_f64(ctx, (const double[]){1, NAN, 5, NAN}, LIN_SHAPE(4)), true);
    CHECK_VALUES(GRADIENT(n, lin_max(n)), 0, 0, 0.5, 0, 0.5);
    assert_null(lin_grad_fn(lin_argmax(w)));
    assert_string_equal(lin_grad_fn(lin_max_dim(w, 0, false)), "max_dim");
    check_ok(ctx);
}

/* The order of a long sum is the kernels': blocks of 2,048 floats and their tree. */
static void order_of_a_long_sum(void **state)
{
    lin_ctx *ctx = *state;
    int64_t n = 200003;
    lin_tensor *x = lin_normal(ctx, 0, 1, LIN_SHAPE(n));
    float sum = lin__kernels_get()->f32.sum(n, lin_f32(x)), got = (float)lin_item(lin_sum(x));
    assert_memory_equal(&got, &sum, sizeof sum);
    float rows = (float)lin_item(lin_sum(lin_reshape(x, LIN_SHAPE(1, -1))));
    assert_memory_equal(&rows, &sum, sizeof sum);
}

/* Rows are added in order within blocks of 128, and blocks by the tree. */
static void order_of_rows(void **state)
{
    lin_ctx *ctx = *state;
    int64_t n = 128 * 5 + 7, c = 3;
    lin_tensor *x = lin_normal(ctx, 0, 1, LIN_SHAPE(n, c)), *y = lin_sum_dim(x, 0, false);
    for (int64_t j = 0; j < c; j++) {
        float b[6] = {0};
        for (int64_t r = 0; r < n; r++)
            b[r / 128] += lin_f32(x)[r * c + j];
        float expected = ((b[0] + b[1]) + (b[2] + b[3])) + (b[4] + b[5]);
        assert_memory_equal(&lin_f32(y)[j], &expected, sizeof expected);
    }
}

/* All the reductions that run in parallel, of one context; the bits of all as one buffer. */
static size_t every_bit(int threads, unsigned char *out)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 7, .threads = threads});
    size_t used = 0;
    for (int type = LIN_F32; type <= LIN_F64; type++) {
        lin_set_default_dtype(ctx, (lin_dtype)type);
        lin_tensor *x = lin_normal(ctx, 0, 1, LIN_SHAPE(1000, 300)), *v = lin_normal(ctx, 1, 2, LIN_SHAPE(300001));
        lin_tensor *flat = lin_slice(lin_normal(ctx, 0, 1, LIN_SHAPE(3, 70000)), 1, 1, 70000);
        lin_tensor *results[] = {lin_sum(x),
                                 lin_sum(v),
                                 lin_sum_dim(x, 0, false),
                                 lin_sum_dim(x, 1, false),
                                 lin_sum_dim(flat, 1, false),
                                 lin_sum_dim(flat, 0, false),
                                 lin_sum(lin_transpose(x, 0, 1)),
                                 lin_mean(v),
                                 lin_var(v, 1),
                                 lin_var_dims(x, LIN_DIMS(0), 1, false),
                                 lin_var_dims(x, LIN_DIMS(1), 0, false),
                                 lin_max_dim(x, 0, false),
                                 lin_argmin_dim(x, 1, false),
                                 lin_min(v),
                                 lin_logsumexp(x, 0, false),
                                 lin_softmax(x, 1),
                                 lin_log_softmax(x, 0)};
        for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
            assert_non_null(results[i]);
            size_t bytes = (size_t)lin_numel(results[i]) * lin_dtype_size(lin_type(results[i]));
            if (out) lin_copy_out(results[i], out + used);
            used += bytes;
        }
    }
    lin_ctx_free(ctx);
    return used;
}

static void the_same_bits_for_any_threads(void **state)
{
    (void)state;
    size_t bytes = every_bit(1, NULL);
    unsigned char *one = malloc(bytes), *more = malloc(bytes);
    assert_true(one && more);
    every_bit(1, one);
    static const int threads[] = {2, 3, 8};
    for (int i = 0; i < 3; i += valgrind_step(3)) {
        assert_int_equal(every_bit(threads[i], more), bytes);
        assert_memory_equal(one, more, bytes);
    }
    free(one);
    free(more);
}

static void null_passes_through(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_sum(NULL));
    assert_null(lin_mean_dim(NULL, 0, false));
    assert_null(lin_max_dims(NULL, LIN_DIMS(0), false));
    assert_null(lin_min_dim(NULL, 0, false));
    assert_null(lin_argmax(NULL));
    assert_null(lin_argmin_dim(NULL, 0, false));
    assert_null(lin_var(NULL, 1));
    assert_null(lin_var_dims(NULL, LIN_DIMS(0), 1, false));
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sums),
        TEST(integer_sums),
        TEST(means),
        TEST(variances),
        TEST(extremes),
        TEST(nothing_to_choose_from),
        TEST(gradients_at_ties),
        TEST(order_of_a_long_sum),
        TEST(order_of_rows),
        TEST(the_same_bits_for_any_threads),
        TEST(null_passes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
