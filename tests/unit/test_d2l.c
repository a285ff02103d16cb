/* The book's saved functions: linear regression, accuracy, sums and times. */
#include "support/support.h"

#include <linnet/d2l.h>
#include <math.h>

static void linreg_and_squared_loss(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 2, 3, 4}, LIN_SHAPE(2, 2));
    lin_tensor *w = lin_from_f32(ctx, (float[]){1, 10}, LIN_SHAPE(2, 1)), *b = lin_full(ctx, 0.5, LIN_SHAPE(1));
    lin_tensor *y_hat = d2l_linreg(X, w, b);
    check_text(y_hat, "tensor([[21.5000],\n        [43.5000]])");
    lin_tensor *y = lin_from_f32(ctx, (float[]){20.5f, 45.5f}, LIN_SHAPE(2)); /* takes y_hat's shape */
    check_text(d2l_squared_loss(y_hat, y), "tensor([[0.5000],\n        [2.0000]])");
    assert_null(d2l_squared_loss(y_hat, lin_ones(ctx, LIN_SHAPE(3))));
    check_error_has(ctx, LIN_EINVAL, "reshape");
    assert_null(d2l_squared_loss(NULL, y));
    check_ok(ctx);
}

static void sgd_updates_and_clears(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_parameter(lin_full(ctx, 1, LIN_SHAPE(2))), *b = lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)));
    lin_tensor *l = lin_add(lin_mul_scalar(lin_sum(w), 3), lin_sum(b));
    assert_int_equal(lin_backward(l), 0);
    assert_int_equal(d2l_sgd(LIN_TENSORS(w, b), 0.5, 10), 0);
    check_ok(ctx);
    CHECK_VALUES(w, 1e-7, 0.85, 0.85);
    CHECK_VALUES(b, 1e-7, -0.05);
    CHECK_VALUES(lin_grad(w), 0, 0, 0); /* zeroed, as grad.zero_() leaves it */
    assert_true(lin_grad_enabled(ctx));
    assert_int_equal(lin_backward(lin_sum(w)), 0); /* and gathered anew */
    CHECK_VALUES(lin_grad(w), 0, 1, 1);
}

static void sgd_refuses(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_parameter(lin_ones(ctx, LIN_SHAPE(2))), *b = lin_parameter(lin_ones(ctx, LIN_SHAPE(1)));
    lin_backward(lin_sum(w));
    assert_int_equal(d2l_sgd(LIN_TENSORS(w, b), 0.5, 1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_sgd: parameter 1 has no gradient; lin_backward comes first");
    assert_int_equal(d2l_sgd(LIN_TENSORS(w), 0.5, 0), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_sgd: a batch size of 0; the gradient is divided by it");
    assert_int_equal(d2l_sgd(LIN_TENSORS(NULL, w), 0.5, 1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_sgd: a parameter is NULL");
    assert_int_equal(d2l_sgd(LIN_TENSORS(NULL, NULL), 0.5, 1), LIN_EINVAL);
    check_ok(ctx);
}

/* ---- Accuracy ------------------------------------------------------------------------------------------------------ */

static void accuracy_is_a_number_of_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y_hat = lin_from_f32(ctx, (float[]){0.1f, 0.3f, 0.6f, 0.3f, 0.2f, 0.5f}, LIN_SHAPE(2, 3));
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 2}, LIN_SHAPE(2));
    assert_true(d2l_accuracy(y_hat, y) == 1);
    assert_true(d2l_accuracy(y_hat, lin_to(y, LIN_F32)) == 1); /* the predictions take y's type */
    assert_true(d2l_accuracy(y_hat, lin_reshape(y, LIN_SHAPE(2, 1))) == 1);
}

static void accuracy_without_columns_compares(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 1, 2, -1}, LIN_SHAPE(4));
    lin_tensor *y_hat = lin_from_f32(ctx, (float[]){0.9f, 1.2f, 1.9f, -1.5f}, LIN_SHAPE(4)); /* 0, 1, 1, −1 */
    assert_true(d2l_accuracy(y_hat, y) == 3);
    assert_true(d2l_accuracy(lin_reshape(y_hat, LIN_SHAPE(4, 1)), y) == 3);
    assert_true(d2l_accuracy(y_hat, lin_reshape(y, LIN_SHAPE(4, 1))) == 3);
    assert_true(d2l_accuracy(y_hat, lin_to(y_hat, LIN_F32)) == 4);
    assert_true(d2l_accuracy(lin_zeros(ctx, LIN_SHAPE(0, 3)), lin_from_i64(ctx, NULL, LIN_SHAPE(0))) == 0);
    check_ok(ctx);
}

static void accuracy_refuses_what_would_broadcast(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y_hat = lin_zeros(ctx, LIN_SHAPE(2, 3)), *y = lin_from_i64(ctx, (int64_t[]){0, 1, 2}, LIN_SHAPE(3));
    assert_true(isnan(d2l_accuracy(y_hat, y)));
    check_error(ctx, LIN_EINVAL, "d2l_accuracy: y_hat is (2, 3), y (3); expected one label for each row");
    assert_true(isnan(d2l_accuracy(y_hat, NULL)));
    check_error(ctx, LIN_EINVAL, "d2l_accuracy: y is NULL");
    assert_true(isnan(d2l_accuracy(NULL, y)));
    check_error(ctx, LIN_EINVAL, "d2l_accuracy: y_hat is NULL");
    assert_true(isnan(d2l_accuracy(NULL, NULL)));
}

static lin_tensor *identity(void *user, lin_tensor *X)
{
    if (user) *(int *)user += lin_grad_enabled(lin_context(X));
    return X;
}

static void evaluate_accuracy(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 0, 0, 1, 3, 2}, LIN_SHAPE(3, 2));
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 1, 1}, LIN_SHAPE(3));
    int recorded = 0;
    lin_module *net = lin_lambda(ctx, identity, &recorded);
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, y), 2, false);
    assert_true(d2l_evaluate_accuracy(net, iter) == 2.0 / 3);
    check_ok(ctx);
    assert_int_equal(recorded, 0);
    assert_true(lin_grad_enabled(ctx));
    assert_false(lin_is_training(net)); /* as in the book: it stays in eval mode */
    assert_true(isnan(d2l_evaluate_accuracy(net, NULL)));
    check_error(ctx, LIN_EINVAL, "d2l_evaluate_accuracy: data_iter is NULL");
    assert_true(isnan(d2l_evaluate_accuracy(NULL, iter)));
    lin_error_clear(ctx);
    assert_true(isnan(d2l_evaluate_accuracy(net, d2l_load_array(LIN_TENSORS(X), 2, false))));
    check_error(ctx, LIN_EINVAL, "d2l_accuracy: y is NULL");
}

/* ---- Sums and times -------------------------------------------------------------------------------------------------- */

static void accumulator(void **state)
{
    (void)state;
    d2l_accumulator a = d2l_Accumulator(3);
    D2L_ADD(&a, 1, 0.5, 1e300);
    D2L_ADD(&a, 2, 0.25); /* the third stays */
    d2l_accumulator_add(&a, (const double[]){1, 1, 1e300});
    assert_true(d2l_accumulator_get(&a, 0) == 4);
    assert_true(d2l_accumulator_get(&a, 1) == 1.75);
    assert_true(d2l_accumulator_get(&a, 2) == 2e300);
    assert_true(d2l_accumulator_get(&a, -1) == 2e300);
    assert_true(isnan(d2l_accumulator_get(&a, 3)));
    assert_true(isnan(d2l_accumulator_get(&a, -4)));
    assert_true(isnan(d2l_accumulator_get(NULL, 0)));
    d2l_accumulator_reset(&a);
    for (int i = 0; i < 3; i++)
        assert_true(d2l_accumulator_get(&a, i) == 0);
    D2L_ADD(&a, 1 << 24);
    D2L_ADD(&a, 1); /* which a float would not notice */
    assert_true(d2l_accumulator_get(&a, 0) == 16777217);
}

static void accumulator_of_too_many(void **state)
{
    (void)state;
    d2l_accumulator most = d2l_Accumulator(LIN_ACCUMULATOR_MAX), none = d2l_Accumulator(0);
    assert_true(d2l_accumulator_get(&most, LIN_ACCUMULATOR_MAX - 1) == 0);
    assert_true(isnan(d2l_accumulator_get(&none, 0)));
    D2L_ADD(&none, 1, 2, 3);
    assert_true(isnan(d2l_accumulator_get(&none, 0)));
    for (int n = -1; n <= 100; n += 101) {
        d2l_accumulator odd = d2l_Accumulator(n);
        D2L_ADD(&odd, 1);
        assert_true(isnan(d2l_accumulator_get(&odd, LIN_ACCUMULATOR_MAX)));
    }
}

static void timer(void **state)
{
    (void)state;
    d2l_timer t = d2l_Timer();
    assert_true(isnan(d2l_timer_avg(&t)));
    assert_true(d2l_timer_sum(&t) == 0);
    double first = d2l_timer_stop(&t);
    d2l_timer_start(&t);
    double second = d2l_timer_stop(&t);
    assert_true(first >= 0 && second >= 0);
    assert_true(d2l_timer_sum(&t) == first + second);
    assert_true(d2l_timer_avg(&t) == (first + second) / 2);
    assert_true(t.last == second);
    assert_int_equal(t.laps, 2);
    d2l_timer_start(NULL);
    assert_true(isnan(d2l_timer_stop(NULL)) && isnan(d2l_timer_avg(NULL)) && isnan(d2l_timer_sum(NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(linreg_and_squared_loss),
        TEST(sgd_updates_and_clears),
        TEST(sgd_refuses),
        TEST(accuracy_is_a_number_of_rows),
        TEST(accuracy_without_columns_compares),
        TEST(accuracy_refuses_what_would_broadcast),
        TEST(evaluate_accuracy),
        TEST(accumulator),
        TEST(accumulator_of_too_many),
        TEST(timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
