/* Synthetic data: a line through normal features, with noise; the same bits as the ops that one would write. */
#include "tensor/tensor.h"

#include "support/support.h"

#include <math.h>

static void labels_are_a_line_and_noise(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2)), *X, *y;
    assert_int_equal(lin_synthetic_data(ctx, w, 4.2, 1000, 0.01, &X, &y), 0);
    assert_int_equal(lin_dim(X, 0), 1000);
    assert_int_equal(lin_dim(X, 1), 2);
    assert_int_equal(lin_ndim(y), 2);
    assert_int_equal(lin_dim(y, 1), 1);
    assert_int_equal(lin_type(y), LIN_F32);
    double sum = 0, squares = 0, x = 0, xx = 0;
    for (int64_t r = 0; r < 1000; r++) {
        const float *row = lin_f32(X) + 2 * r;
        double noise = lin_f32(y)[r] - (2.0 * row[0] - (double)3.4f * row[1] + (double)4.2f);
        sum += noise;
        squares += noise * noise;
        x += row[0] + row[1];
        xx += row[0] * row[0] + row[1] * row[1];
    }
    assert_true(fabs(sum / 1000) < 4 * 0.01 / sqrt(1000)); /* four standard errors, of seed 42 alone */
    assert_true(fabs(sqrt(squares / 1000) / 0.01 - 1) < 4 / sqrt(2000));
    assert_true(fabs(x / 2000) < 4 / sqrt(2000));
    assert_true(fabs(sqrt(xx / 2000) - 1) < 4 / sqrt(4000));
    check_ok(ctx);
}

static void check_same(lin_tensor *a, lin_tensor *b)
{
    assert_int_equal(lin_numel(a), lin_numel(b));
    assert_memory_equal(a->data, b->data, (size_t)lin_numel(a) * lin_dtype_size(lin_type(a)));
}

/* X and the noise are the context's next two creations, whatever the number of threads. */
static void the_bits_are_those_of_the_ops(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++)
        for (int f64 = 0; f64 < 2; f64++) {
            lin_dtype type = f64 ? LIN_F64 : LIN_F32;
            lin_ctx *a = lin_ctx_new(&(lin_ctx_options){.seed = 5, .dtype = type, .threads = threads}),
                    *b = lin_ctx_new(&(lin_ctx_options){.seed = 5, .dtype = type, .threads = 1});
            lin_tensor *w = lin_uniform(a, -1, 1, LIN_SHAPE(37)), *X, *y;
            assert_int_equal(lin_synthetic_data(a, w, 0.3, 700, 0.5, &X, &y), 0);
            lin_tensor *w_b = lin_uniform(b, -1, 1, LIN_SHAPE(37, 1)), *X_b = lin_normal(b, 0, 1, LIN_SHAPE(700, 37)),
                       *noise = lin_normal(b, 0, 0.5, LIN_SHAPE(700, 1));
            check_same(X, X_b);
            check_same(y, lin_add(lin_add(lin_matmul(X_b, w_b), lin_full(b, 0.3, LIN_SHAPE(1))), noise));
            check_same(lin_normal(a, 0, 1, LIN_SHAPE(4)),
                       lin_normal(b, 0, 1, LIN_SHAPE(4))); /* so many draws, no more */
            check_ok(a);
            lin_ctx_free(a);
            lin_ctx_free(b);
        }
}

static void w_may_be_a_column_or_strided_or_a_parameter(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *both = lin_parameter(lin_from_f64(ctx, (double[]){1, 9, -2, 9, 3, 9}, LIN_SHAPE(3, 2))), *X, *y;
    lin_tensor *forms[] = {lin_select(both, 1, 0), lin_slice(both, 1, 0, 1),
                           lin_from_f64(ctx, (double[]){1, -2, 3}, LIN_SHAPE(3))};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lin_synthetic_data(ctx, forms[i], -1, 2, 0, &X, &y), 0);
        assert_int_equal(lin_type(X), LIN_F64); /* as w, though the context's default is f32 */
        assert_false(lin_requires_grad(y));
        const double *x = lin_f64(X);
        CHECK_VALUES(y, 1e-12, x[0] - 2 * x[1] + 3 * x[2] - 1, x[3] - 2 * x[4] + 3 * x[5] - 1);
    }
    check_ok(ctx);
}

static void none_of_it(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X, *y;
    assert_int_equal(lin_synthetic_data(ctx, lin_ones(ctx, LIN_SHAPE(2)), 1, 0, 1, &X, &y), 0);
    assert_int_equal(lin_dim(X, 0), 0);
    assert_int_equal(lin_dim(y, 0), 0);
    assert_int_equal(lin_synthetic_data(ctx, lin_ones(ctx, LIN_SHAPE(0)), 1.5, 2, 0, &X, &y), 0);
    assert_int_equal(lin_dim(X, 1), 0);
    CHECK_VALUES(y, 0, 1.5, 1.5);
    check_ok(ctx);
}

static void what_is_refused_is_named(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_ones(ctx, LIN_SHAPE(2)), *X = w, *y = w;
    assert_int_equal(lin_synthetic_data(ctx, lin_ones(ctx, LIN_SHAPE(2, 3)), 1, 5, 0, &X, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: w is f32 (2, 3); it must be f32 or f64 (d) or (d, 1)");
    assert_null(X);
    assert_null(y);
    assert_int_equal(lin_synthetic_data(ctx, lin_ones(ctx, LIN_SCALAR), 1, 5, 0, &X, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: w is f32 (); it must be f32 or f64 (d) or (d, 1)");
    assert_int_equal(lin_synthetic_data(ctx, lin_to(w, LIN_I64), 1, 5, 0, &X, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: w is i64 (2); it must be f32 or f64 (d) or (d, 1)");
    assert_int_equal(lin_synthetic_data(ctx, w, 1, -5, 0, &X, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: -5 rows; there can be 0 or more");
    const double bad[] = {-1, NAN, INFINITY};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lin_synthetic_data(ctx, w, 1, 5, bad[i], &X, &y), LIN_EINVAL);
        check_error_has(ctx, LIN_EINVAL, "; it must be 0 or more, and finite");
    }
    lin_ctx *other = lin_ctx_new(NULL);
    assert_int_equal(lin_synthetic_data(other, w, 1, 5, 0, &X, &y), LIN_EINVAL);
    check_error(other, LIN_EINVAL, "synthetic_data: w belongs to another context");
    lin_ctx_free(other);
    assert_int_equal(ctx->creations, 0); /* nothing was drawn */
}

static void null_passes_through(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_ones(ctx, LIN_SHAPE(2)), *X = w, *y = w;
    assert_int_equal(lin_synthetic_data(NULL, w, 1, 5, 0, &X, &y), LIN_EINVAL);
    assert_null(X);
    check_ok(ctx);
    assert_int_equal(lin_synthetic_data(ctx, NULL, 1, 5, 0, &X, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: w is NULL");
    assert_int_equal(lin_synthetic_data(ctx, w, 1, 5, 0, NULL, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: features is NULL");
    assert_int_equal(lin_synthetic_data(ctx, w, 1, 5, 0, &X, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "synthetic_data: labels is NULL");
    lin_fail(ctx, LIN_EDATA, "an older cause");
    assert_int_equal(lin_synthetic_data(ctx, NULL, 1, 5, 0, &X, &y), LIN_EDATA);
    check_error(ctx, LIN_EDATA, "an older cause");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(labels_are_a_line_and_noise),
        cmocka_unit_test(the_bits_are_those_of_the_ops),
        TEST(w_may_be_a_column_or_strided_or_a_parameter),
        TEST(none_of_it),
        TEST(what_is_refused_is_named),
        TEST(null_passes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
