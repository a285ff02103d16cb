/* How good is it: accuracy, top-k, margins, errors of regression, running sums. */
#include "support/support.h"

#include <math.h>

static lin_tensor *scores(lin_ctx *ctx)
{
    return lin_from_f32(ctx, (float[]){.1f, .3f, .6f, .3f, .2f, .5f, .9f, .0f, .1f, .2f, .5f, .3f}, LIN_SHAPE(4, 3));
}

/* ---- Accuracy ---------------------------------------------------------------------------------------------------- */

static void the_share_of_right_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 2, 0, 1}, LIN_SHAPE(4)), *few = lin_to(y, LIN_U8);
    assert_true(lin_accuracy(scores(ctx), y) == 0.75);
    assert_true(lin_accuracy(scores(ctx), few) == 0.75);
    assert_true(lin_accuracy(lin_to(scores(ctx), LIN_F64), lin_full_dtype(ctx, 2, LIN_SHAPE(4), LIN_I64)) == 0.5);
    /* Strided arguments; a tie goes to the first column. */
    lin_tensor *turned = lin_transpose(lin_contiguous(lin_transpose(scores(ctx), 0, 1)), 0, 1);
    assert_true(lin_accuracy(turned, y) == 0.75);
    assert_true(lin_accuracy(lin_ones(ctx, LIN_SHAPE(4, 3)), y) == 0.5);
    check_ok(ctx);
}

static void no_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y_hat = lin_ones(ctx, LIN_SHAPE(0, 3)), *y = lin_full_dtype(ctx, 0, LIN_SHAPE(0), LIN_I64);
    assert_true(isnan(lin_accuracy(y_hat, y)));
    assert_true(isnan(lin_top_k_accuracy(y_hat, y, 2)));
    assert_int_equal(lin_numel(lin_margin(y_hat, y)), 0);
    lin_tensor *values, *indices;
    assert_int_equal(lin_top_k(y_hat, 2, &values, &indices), 0);
    assert_int_equal(lin_dim(values, 1), 2);
    assert_int_equal(lin_dim(indices, 0), 0);
    lin_tensor *none = lin_ones(ctx, LIN_SHAPE(0));
    assert_true(isnan(lin_mse_of(none, none)) && isnan(lin_mae_of(none, none)) && isnan(lin_r2_of(none, none)));
    check_ok(ctx);
}

static void a_metric_leaves_nothing_behind(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y_hat = lin_requires_grad_(lin_normal(ctx, 0, 1, LIN_SHAPE(100, 10)), true);
    lin_tensor *y = lin_full_dtype(ctx, 3, LIN_SHAPE(100), LIN_I64), *values = lin_select(lin_detach(y_hat), 1, 0);
    size_t after_one = 0;
    for (int i = 0; i < 200; i++) {
        lin_accuracy(y_hat, y);
        lin_top_k_accuracy(y_hat, y, 3);
        lin_r2_of(values, values);
        lin_mae_of(values, values);
        if (i == 0) after_one = lin_memory(ctx);
    }
    assert_int_equal(lin_memory(ctx), after_one);
}

static void arguments_of_accuracy(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_full_dtype(ctx, 0, LIN_SHAPE(4), LIN_I64);
    assert_true(isnan(lin_accuracy(scores(ctx), lin_slice(y, 0, 0, 3))));
    check_error(ctx, LIN_EINVAL, "accuracy: y_hat is (4, 3) and y is i64 (3): expected (n, C) and i64 (n)");
    assert_true(isnan(lin_accuracy(scores(ctx), lin_ones(ctx, LIN_SHAPE(4)))));
    check_error(ctx, LIN_EINVAL, "accuracy: y_hat is (4, 3) and y is f32 (4): expected (n, C) and i64 (n)");
    assert_true(isnan(lin_accuracy(lin_ones(ctx, LIN_SHAPE(4)), y)));
    check_error(ctx, LIN_EINVAL, "accuracy: y_hat is (4) and y is i64 (4): expected (n, C) and i64 (n)");
    assert_true(isnan(lin_accuracy(y, y)));
    check_error(ctx, LIN_EINVAL, "accuracy: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_true(isnan(lin_accuracy(scores(ctx), NULL)));
    check_error(ctx, LIN_EINVAL, "accuracy: argument 2 is NULL");
    assert_true(isnan(lin_accuracy(NULL, NULL)));
    check_ok(ctx);
    assert_true(isnan(lin_accuracy(lin_ones(ctx, LIN_SHAPE(4, 0)), y)));
    assert_int_equal(lin_error_code_of(ctx), LIN_EINVAL);
}

/* ---- Top k ------------------------------------------------------------------------------------------------------- */

static void the_largest_of_every_row(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *values, *indices;
    assert_int_equal(lin_top_k(scores(ctx), 2, &values, &indices), 0);
    assert_int_equal(lin_type(indices), LIN_I64);
    assert_int_equal(lin_type(values), LIN_F32);
    CHECK_VALUES(indices, 0, 2, 1, 2, 0, 0, 2, 1, 2);
    CHECK_VALUES(values, 1e-7, .6, .3, .5, .3, .9, .1, .5, .3);
    /* All columns: sorted. */
    assert_int_equal(lin_top_k(lin_to(scores(ctx), LIN_F64), 3, NULL, &indices), 0);
    CHECK_VALUES(indices, 0, 2, 1, 0, 2, 0, 1, 0, 2, 1, 1, 2, 0);
    assert_int_equal(lin_top_k(scores(ctx), 1, &values, NULL), 0);
    CHECK_VALUES(values, 1e-7, .6, .5, .9, .5);
    assert_int_equal(lin_top_k(scores(ctx), 1, NULL, NULL), 0);
    check_ok(ctx);
}

static void ties_nan_and_infinity(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_from_f64(ctx, (double[]){1, 2, 2, 1, NAN, INFINITY, NAN, -INFINITY}, LIN_SHAPE(2, 4));
    lin_tensor *indices;
    assert_int_equal(lin_top_k(t, 4, NULL, &indices), 0);
    CHECK_VALUES(indices, 0, 1, 2, 0, 3, 0, 2, 1, 3); /* equals in order; NaN above infinity */
}

/* The values carry a graph, as torch.topk's do. */
static void gradients_of_the_largest(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(scores(ctx), true), *values;
    lin_top_k(x, 2, &values, NULL);
    lin_backward(lin_sum(lin_slice(values, 0, 0, 2)));
    CHECK_VALUES(lin_grad(x), 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0);
}

static void the_share_of_rows_with_the_label_among_the_largest(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 1, 2, 2}, LIN_SHAPE(4));
    assert_true(lin_top_k_accuracy(scores(ctx), y, 1) == 0);
    assert_true(lin_top_k_accuracy(scores(ctx), y, 2) == 0.5);
    assert_true(lin_top_k_accuracy(scores(ctx), lin_to(y, LIN_U8), 3) == 1);
    check_ok(ctx);
}

static void arguments_of_top_k(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_full_dtype(ctx, 0, LIN_SHAPE(4), LIN_I64), *values = y, *indices = y;
    assert_int_equal(lin_top_k(scores(ctx), 0, &values, &indices), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "top_k: k is 0; it must be from 1 to 3, the number of columns");
    assert_null(values);
    assert_null(indices);
    assert_true(isnan(lin_top_k_accuracy(scores(ctx), y, 4)));
    check_error(ctx, LIN_EINVAL, "top_k: k is 4; it must be from 1 to 3, the number of columns");
    assert_int_equal(lin_top_k(lin_ones(ctx, LIN_SHAPE(3)), 1, &values, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "top_k: y_hat is (3), expected (n, C)");
    assert_int_equal(lin_top_k(y, 1, &values, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "top_k: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_int_equal(lin_top_k(NULL, 1, &values, NULL), LIN_EINVAL);
    check_ok(ctx);
    assert_true(isnan(lin_top_k_accuracy(scores(ctx), lin_ones(ctx, LIN_SHAPE(4)), 1)));
    check_error_has(ctx, LIN_EINVAL, "top_k_accuracy: y_hat is (4, 3) and y is f32 (4)");
}

/* ---- Margin ------------------------------------------------------------------------------------------------------ */

static void the_label_over_the_next_best(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_to(scores(ctx), LIN_F64), true);
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){2, 1, 0, 1}, LIN_SHAPE(4)), *margin = lin_margin(x, y);
    CHECK_VALUES(margin, 1e-7, .3, -.3, .8, .2);
    assert_int_equal(lin_ndim(margin), 1);
    lin_backward(lin_sum(margin));
    CHECK_VALUES(lin_grad(x), 0, 0, -1, 1, 0, 1, -1, 1, 0, -1, 0, 1, -1);
    CHECK_VALUES(lin_margin(lin_detach(x), lin_to(y, LIN_U8)), 1e-7, .3, -.3, .8, .2);
    check_ok(ctx);
}

static void arguments_of_margin(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){2, 1, 3, 1}, LIN_SHAPE(4));
    assert_null(lin_margin(scores(ctx), y));
    check_error(ctx, LIN_EINVAL, "margin: label 3 at row 2 is outside [0, 3)");
    lin_i64(y)[0] = -1;
    assert_null(lin_margin(scores(ctx), y));
    check_error(ctx, LIN_EINVAL, "margin: label -1 at row 0 is outside [0, 3)");
    assert_null(lin_margin(lin_ones(ctx, LIN_SHAPE(4, 1)), y));
    check_error(ctx, LIN_EINVAL, "margin: y_hat has 1 columns; there must be two or more");
    assert_null(lin_margin(NULL, y));
    check_error(ctx, LIN_EINVAL, "margin: argument 1 is NULL");
}

/* ---- Regression -------------------------------------------------------------------------------------------------- */

static void errors_of_regression(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_from_f32(ctx, (float[]){1, 2, 3, 6}, LIN_SHAPE(4, 1));
    lin_tensor *y_hat = lin_from_f32(ctx, (float[]){1, 3, 3, 3}, LIN_SHAPE(4, 1));
    assert_true(lin_mse_of(y_hat, y) == 2.5);
    assert_true(lin_mae_of(y_hat, y) == 1);
    assert_true(fabs(lin_r2_of(y_hat, y) - (1 - 10.0 / 14)) < 1e-15);
    assert_true(lin_r2_of(y, y) == 1);
    assert_true(lin_r2_of(lin_full(ctx, 3, LIN_SHAPE(4, 1)), y) == 0); /* the mean of y */
    /* A truth without variance has no R². */
    lin_tensor *flat = lin_ones(ctx, LIN_SHAPE(3));
    assert_true(isnan(lin_r2_of(flat, flat)));
    assert_true(lin_r2_of(lin_zeros(ctx, LIN_SHAPE(3)), flat) == -INFINITY);
    /* Types may mix. */
    assert_true(lin_mse_of(lin_to(y_hat, LIN_F64), lin_to(y, LIN_I64)) == 2.5);
    check_ok(ctx);
}

static void double_whatever_the_type(void **state)
{
    lin_ctx *ctx = *state;
    /* (2^24 + 2)² has no float. */
    lin_tensor *a = lin_full(ctx, 16777218, LIN_SHAPE(1)), *b = lin_zeros(ctx, LIN_SHAPE(1));
    assert_true(lin_mse_of(a, b) == 16777218.0 * 16777218.0);
}

static void arguments_of_regression(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *column = lin_ones(ctx, LIN_SHAPE(10, 1)), *line = lin_ones(ctx, LIN_SHAPE(10));
    assert_true(isnan(lin_mse_of(column, line)));
    check_error(ctx, LIN_EINVAL, "mse_of: y_hat is (10, 1) and y is (10): reshape one of them");
    assert_true(isnan(lin_mae_of(column, line)));
    check_error(ctx, LIN_EINVAL, "mae_of: y_hat is (10, 1) and y is (10): reshape one of them");
    assert_true(isnan(lin_r2_of(line, NULL)));
    check_error(ctx, LIN_EINVAL, "r2_of: argument 2 is NULL");
    assert_true(isnan(lin_r2_of(NULL, NULL)));
    check_ok(ctx);
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

static void running_sums(void **state)
{
    (void)state;
    lin_accumulator a = lin_accumulator_of(3);
    lin_accumulator_add(&a, (double[]){1, 2, 3});
    lin_accumulator_add(&a, (double[]){0.5, 0, -3});
    assert_int_equal(a.n, 3);
    assert_true(a.sum[0] == 1.5 && a.sum[1] == 2 && a.sum[2] == 0);
    lin_accumulator_reset(&a);
    assert_int_equal(a.n, 3);
    assert_true(a.sum[0] == 0 && a.sum[1] == 0);
    assert_int_equal(lin_accumulator_of(-1).n, 0);
    assert_int_equal(lin_accumulator_of(100).n, LIN_ACCUMULATOR_MAX);
    lin_accumulator_add(&a, NULL);
    lin_accumulator_add(NULL, (double[]){1});
    lin_accumulator_reset(NULL);
    assert_true(a.sum[0] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_share_of_right_rows),
        TEST(no_rows),
        TEST(a_metric_leaves_nothing_behind),
        TEST(arguments_of_accuracy),
        TEST(the_largest_of_every_row),
        TEST(ties_nan_and_infinity),
        TEST(gradients_of_the_largest),
        TEST(the_share_of_rows_with_the_label_among_the_largest),
        TEST(arguments_of_top_k),
        TEST(the_label_over_the_next_best),
        TEST(arguments_of_margin),
        TEST(errors_of_regression),
        TEST(double_whatever_the_type),
        TEST(arguments_of_regression),
        TEST(running_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
