/* softmax, log_softmax, logsumexp and the fused softmax_nll. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

static const double logits[] = {1, 2, 3, 1000, 1000, 998};

static void rows_of_probabilities(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_from_f64(ctx, logits, LIN_SHAPE(2, 3));
    double e1 = exp(-1), e2 = exp(-2), s = 1 + e1 + e2, z = 2 + e2;
    CHECK_VALUES(lin_softmax(x, 1), 1e-15, e2 / s, e1 / s, 1 / s, 1 / z, 1 / z, e2 / z);
    CHECK_VALUES(lin_log_softmax(x, -1), 1e-14, -2 - log(s), -1 - log(s), -log(s), -log(z), -log(z), -2 - log(z));
    CHECK_VALUES(lin_logsumexp(x, 1, false), 1e-12, 3 + log(s), 1000 + log(z));
    /* Along the first dimension: the same as the last of the transpose. */
    lin_tensor *turned = lin_transpose(lin_contiguous(lin_transpose(x, 0, 1)), 0, 1);
    lin_tensor *a = lin_softmax(x, 0), *b = lin_transpose(lin_softmax(lin_transpose(turned, 0, 1), 1), 0, 1);
    assert_true(lin_is_contiguous(a));
    for (int i = 0; i < 6; i++)
        assert_true(lin_at(a, LIN_SHAPE(i / 3, i % 3)) == lin_at(b, LIN_SHAPE(i / 3, i % 3)));
    CHECK_VALUES(lin_logsumexp_dims(lin_zeros(ctx, LIN_SHAPE(2, 2, 2)), LIN_DIMS(0, 2), false), 1e-6, log(4), log(4));
    assert_true(lin_item(lin_softmax(lin_ones(ctx, LIN_SCALAR), 0)) == 1);
    assert_true(lin_item(lin_logsumexp(lin_ones(ctx, LIN_SCALAR), -1, true)) == 1);
    check_ok(ctx);
}

static void values_that_are_not_finite(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_from_f32(ctx, (const float[]){-INFINITY, 0, -INFINITY, -INFINITY, NAN, 1}, LIN_SHAPE(3, 2));
    CHECK_VALUES(lin_softmax(x, 1), 0, 0, 1, NAN, NAN, NAN, NAN);
    CHECK_VALUES(lin_log_softmax(x, 1), 0, -INFINITY, 0, NAN, NAN, NAN, NAN);
    CHECK_VALUES(lin_logsumexp(x, 1, false), 0, 0, -INFINITY, NAN);
    lin_tensor *none = lin_logsumexp(lin_ones(ctx, LIN_SHAPE(2, 0)), 1, false);
    CHECK_VALUES(none, 0, -INFINITY, -INFINITY);
    assert_int_equal(lin_numel(lin_softmax(lin_ones(ctx, LIN_SHAPE(0, 3)), 1)), 0);
    check_ok(ctx);
}

static void arguments(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_from_f64(ctx, logits, LIN_SHAPE(2, 3)), *whole = lin_to(x, LIN_I64);
    assert_null(lin_softmax(x, 2));
    check_error(ctx, LIN_EINVAL, "softmax: dimension 2 of a tensor of shape (2, 3); dimensions go from -2 to 1");
    assert_null(lin_log_softmax(whole, 0));
    check_error(ctx, LIN_EINVAL, "log_softmax: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_logsumexp(whole, 0, false));
    check_error(ctx, LIN_EINVAL, "logsumexp: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_softmax(NULL, 0));
    assert_null(lin_log_softmax(NULL, 0));
    assert_null(lin_logsumexp(NULL, 0, false));
    assert_null(lin_logsumexp_dims(NULL, LIN_DIMS(0), false));
    assert_null(lin_softmax_nll(NULL, NULL));
    check_ok(ctx);
    assert_null(lin_softmax_nll(x, NULL));
    check_error(ctx, LIN_EINVAL, "softmax_nll: argument 2 is NULL");
}

static void fused_loss(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_from_f64(ctx, logits, LIN_SHAPE(2, 3)), true);
    lin_tensor *y = lin_from_i64(ctx, (const int64_t[]){0, 2}, LIN_SHAPE(2)), *loss = lin_softmax_nll(x, y);
    double s = log(1 + exp(-1) + exp(-2)), z = log(2 + exp(-2));
    CHECK_VALUES(loss, 1e-12, 2 + s, 2 + z);
    /* The gradient: g·(softmax − one_hot), the upstream gradient row by row. */
    lin_backward_with(loss, lin_from_f64(ctx, (const double[]){1, 10}, LIN_SHAPE(2)));
    lin_tensor *p = lin_softmax(lin_detach(x), 1);
    CHECK_VALUES(lin_grad(x), 1e-14, lin_at(p, LIN_SHAPE(0, 0)) - 1, lin_at(p, LIN_SHAPE(0, 1)),
                 lin_at(p, LIN_SHAPE(0, 2)), 10 * lin_at(p, LIN_SHAPE(1, 0)), 10 * lin_at(p, LIN_SHAPE(1, 1)),
                 10 * (lin_at(p, LIN_SHAPE(1, 2)) - 1));
    /* The same bits with and without a graph, and through the mean, whose gradient has stride 0. */
    double first = lin_at(loss, LIN_SHAPE(0));
    assert_true(lin_at(lin_softmax_nll(lin_detach(x), y), LIN_SHAPE(0)) == first);
    lin_zero_grad_of(x);
    lin_backward(lin_mean(lin_softmax_nll(x, y)));
    assert_true(lin_at(lin_grad(x), LIN_SHAPE(0, 1)) == 0.5 * lin_at(p, LIN_SHAPE(0, 1)));
    check_ok(ctx);
}

static void fused_loss_of_views(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_normal(ctx, 0, 3, LIN_SHAPE(4, 7)), true);
    lin_tensor *all = lin_arange(ctx, 0, 14, 1, LIN_I64), *labels = lin_slice_step(all, 0, 0, 7, 2); /* 0, 2, 4, 6 */
    lin_tensor *turned = lin_transpose(x, 0, 1), *wide = lin_slice(turned, 0, 0, 4);
    lin_tensor *loss = lin_softmax_nll(wide, lin_slice(labels, 0, 0, 2));
    assert_null(loss);
    check_error(ctx, LIN_EINVAL, "softmax_nll: logits are (4, 4), labels i64 (2); they must be (n, c) and i64 (n)");
    loss = lin_softmax_nll(wide, lin_full_dtype(ctx, 3, LIN_SHAPE(4), LIN_I64));
    lin_tensor *plain = lin_neg(lin_select(lin_log_softmax(wide, 1), 1, 3));
    for (int i = 0; i < 4; i++)
        assert_true(fabs(lin_at(loss, LIN_SHAPE(i)) - lin_at(plain, LIN_SHAPE(i))) < 1e-5);
    assert_int_equal(lin_backward(lin_sum(loss)), 0);
    check_ok(ctx);
}

static void labels_out_of_range(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_ones(ctx, LIN_SHAPE(6, 10));
    lin_tensor *y = lin_from_i64(ctx, (const int64_t[]){0, 1, 2, 3, 4, 11}, LIN_SHAPE(6));
    assert_null(lin_softmax_nll(x, y));
    check_error(ctx, LIN_EINVAL, "softmax_nll: label 11 at row 5 is outside [0, 10)");
    lin_i64(y)[2] = -1;
    assert_null(lin_softmax_nll(x, y));
    check_error(ctx, LIN_EINVAL, "softmax_nll: label -1 at row 2 is outside [0, 10)");
    assert_int_equal(lin_numel(lin_softmax_nll(lin_ones(ctx, LIN_SHAPE(0, 3)), lin_arange(ctx, 0, 0, 1, LIN_I64))), 0);
    check_ok(ctx);
}

static void labels_changed_before_backward(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_ones(ctx, LIN_SHAPE(2, 3)), true), *y = lin_arange(ctx, 0, 2, 1, LIN_I64);
    lin_tensor *loss = lin_sum(lin_softmax_nll(x, y));
    lin_fill_(y, 0);
    assert_int_equal(lin_backward(loss), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "softmax_nll saved was changed in place");
}

/* Loss and gradient of many rows. */
static void run_many(int threads, float *out)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 3, .threads = threads});
    int64_t n = 5000, c = 10;
    lin_tensor *x = lin_requires_grad_(lin_normal(ctx, 0, 2, LIN_SHAPE(n, c)), true);
    int64_t *y = malloc((size_t)n * sizeof *y);
    for (int64_t i = 0; i < n; i++)
        y[i] = i * 7 % c;
    lin_tensor *loss = lin_softmax_nll(x, lin_from_i64(ctx, y, LIN_SHAPE(n)));
    assert_int_equal(lin_backward(lin_mean(loss)), 0);
    lin_copy_out(loss, out);
    lin_copy_out(lin_grad(x), out + n);
    free(y);
    lin_ctx_free(ctx);
}

static void the_same_bits_for_any_threads(void **state)
{
    (void)state;
    enum { SIZE = 5000 * 11 };
    float *one = malloc(SIZE * sizeof *one), *more = malloc(SIZE * sizeof *more);
    assert_true(one && more);
    run_many(1, one);
    static const int threads[] = {2, 3, 8};
    for (int i = 0; i < 3; i++) {
        run_many(threads[i], more);
        assert_memory_equal(one, more, SIZE * sizeof *one);
    }
    free(one);
    free(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_probabilities),
        TEST(values_that_are_not_finite),
        TEST(arguments),
        TEST(fused_loss),
        TEST(fused_loss_of_views),
        TEST(labels_out_of_range),
        TEST(labels_changed_before_backward),
        TEST(the_same_bits_for_any_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
