/* How parameters start, and changing a tensor in place outside of any graph. */
#include "support/support.h"

#include <math.h>

static double extreme(lin_tensor *t, bool largest)
{
    return lin_item(largest ? lin_max(lin_detach(t)) : lin_min(lin_detach(t)));
}

/* All in [−bound, bound), and reaching most of it: a draw of 1,000 or more that spans less than 0.99 has a chance of e^−10. */
static void check_uniform(lin_tensor *t, double bound)
{
    assert_true(lin_numel(t) >= 1000);
    assert_true(extreme(t, false) >= -bound && extreme(t, true) < bound);
    assert_true(extreme(t, false) < -0.98 * bound && extreme(t, true) > 0.98 * bound);
    assert_true(fabs(lin_item(lin_mean(lin_detach(t)))) < 0.1 * bound);
}

/* nn.Linear: weight and bias both U(−1/√in, 1/√in). */
static void a_linear_layer_starts_as_pytorchs(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_linear(ctx, 16, 2000);
    check_uniform(lin_weight(m), 0.25);
    check_uniform(lin_bias(m), 0.25);
    check_ok(ctx);
}

static void the_same_seed_the_same_start(void **state)
{
    lin_ctx *ctx = *state, *again = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 1});
    lin_ctx *other = lin_ctx_new(&(lin_ctx_options){.seed = 43});
    lin_tensor *a = lin_weight(lin_linear(ctx, 7, 5)), *b = lin_weight(lin_linear(again, 7, 5));
    lin_tensor *c = lin_weight(lin_linear(other, 7, 5));
    assert_memory_equal(lin_f32(a), lin_f32(b), 35 * sizeof(float));
    assert_memory_not_equal(lin_f32(a), lin_f32(c), 35 * sizeof(float));
    assert_memory_not_equal(lin_f32(lin_weight(lin_linear(ctx, 7, 5))), lin_f32(a), 35 * sizeof(float));
    lin_ctx_free(again);
    lin_ctx_free(other);
}

static void filling(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_parameter(lin_ones(ctx, LIN_SHAPE(2, 2)));
    assert_ptr_equal(lin_init_constant(t, 3.5), t);
    CHECK_VALUES(t, 0, 3.5, 3.5, 3.5, 3.5);
    assert_ptr_equal(lin_init_zeros(t), t);
    CHECK_VALUES(t, 0, 0, 0, 0, 0);
    lin_tensor *whole = lin_full_dtype(ctx, 1, LIN_SHAPE(2), LIN_I64);
    CHECK_VALUES(lin_init_constant(whole, 7), 0, 7, 7);
    check_ok(ctx);
}

static void normal_values(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_parameter(lin_full_dtype(ctx, 0, LIN_SHAPE(100, 100), LIN_F64));
    assert_ptr_equal(lin_init_normal(t, 5, 0.1), t);
    assert_true(fabs(lin_item(lin_mean(lin_detach(t))) - 5) < 0.005); /* 5 standard errors */
    assert_true(fabs(sqrt(lin_item(lin_var(lin_detach(t), 1))) - 0.1) < 0.004);
    assert_true(lin_item(lin_init_normal(lin_ones(ctx, LIN_SHAPE(1)), 2, 0)) == 2);
    check_ok(ctx);
}

static void uniform_values(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(50, 40));
    assert_ptr_equal(lin_init_uniform(t, -3, 3), t);
    check_uniform(t, 3);
    /* A view: the rest stays. */
    lin_init_uniform(lin_slice(t, 1, 1, 40), 10, 11);
    assert_true(extreme(lin_select(t, 1, 0), true) < 3 && extreme(lin_select(t, 1, 1), false) >= 10);
    check_ok(ctx);
}

/* bound = √(6 / ((1 + a²) · fan_in)) (He et al. 2015). */
static void kaiming_values(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_parameter(lin_zeros(ctx, LIN_SHAPE(100, 24)));
    assert_ptr_equal(lin_init_kaiming_uniform(t, 0), t);
    check_uniform(t, 0.5);
    lin_init_kaiming_uniform(t, sqrt(5));
    check_uniform(t, 1 / sqrt(24));
    lin_tensor *kernel = lin_zeros(ctx, LIN_SHAPE(100, 6, 2, 2)); /* fan_in 6 · 2 · 2 */
    check_uniform(lin_init_kaiming_uniform(kernel, 0), 0.5);
    lin_tensor *empty = lin_zeros(ctx, LIN_SHAPE(4, 0));
    assert_ptr_equal(lin_init_kaiming_uniform(empty, 0), empty);
    check_ok(ctx);
    assert_null(lin_init_kaiming_uniform(lin_zeros(ctx, LIN_SHAPE(4)), 0));
    check_error(ctx, LIN_EINVAL, "init_kaiming_uniform: a tensor of shape (4), a = 0; expected (out, in), a finite a");
    assert_null(lin_init_kaiming_uniform(t, NAN));
    check_error_has(ctx, LIN_EINVAL, "init_kaiming_uniform: a tensor of shape (100, 24), a = nan");
}

/* A leaf that requires grad may be filled, but a graph that saved the old values must not be used. */
static void a_graph_sees_the_change(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_parameter(lin_ones(ctx, LIN_SHAPE(2)));
    lin_tensor *y = lin_sum(lin_square(w));
    lin_init_constant(w, 2);
    assert_true(lin_requires_grad(w) && lin_is_leaf(w));
    assert_int_equal(lin_backward(y), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "square saved was changed in place");
    lin_backward(lin_sum(lin_square(w)));
    CHECK_VALUES(lin_grad(w), 0, 4, 4);
}

static void what_cannot_be_filled(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_ones(ctx, LIN_SHAPE(2, 2)), *whole = lin_to(t, LIN_I64);
    assert_null(lin_init_normal(t, 0, -1));
    check_error(ctx, LIN_EINVAL, "normal_: a standard deviation of -1; it must be 0 or more");
    assert_null(lin_init_uniform(t, 2, 1));
    check_error(ctx, LIN_EINVAL, "uniform_: from 2 to 1; low must not be above high");
    assert_null(lin_init_normal(whole, 0, 1));
    check_error(ctx, LIN_EINVAL, "normal_: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_init_kaiming_uniform(whole, 0));
    check_error(ctx, LIN_EINVAL, "uniform_: the tensor is i64; it must be f32 or f64, see lin_to");
    CHECK_VALUES(t, 0, 1, 1, 1, 1);
    assert_null(lin_init_normal(NULL, 0, 1));
    assert_null(lin_init_uniform(NULL, 0, 1));
    assert_null(lin_init_zeros(NULL));
    assert_null(lin_init_constant(NULL, 1));
    assert_null(lin_init_kaiming_uniform(NULL, 0));
    check_ok(ctx);
}

/* The chapter's way: weights of every linear layer from N(0, 0.01²), biases as they were. */
static int init_weights(void *user, lin_module *m)
{
    (void)user;
    return lin_is_linear(m) && !lin_init_normal(lin_weight(m), 0, 0.01) ? LIN_EINVAL : 0;
}

static void init_through_apply(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 100, 50));
    lin_module *linear = lin_child(net, 1);
    lin_tensor *bias = lin_clone(lin_detach(lin_bias(linear)));
    assert_int_equal(lin_apply(net, init_weights, NULL), 0);
    assert_true(fabs(sqrt(lin_item(lin_var(lin_detach(lin_weight(linear)), 1))) - 0.01) < 0.001);
    assert_memory_equal(lin_f32(bias), lin_f32(lin_bias(linear)), 50 * sizeof(float));
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_linear_layer_starts_as_pytorchs),
        TEST(the_same_seed_the_same_start),
        TEST(filling),
        TEST(normal_values),
        TEST(uniform_values),
        TEST(kaiming_values),
        TEST(a_graph_sees_the_change),
        TEST(what_cannot_be_filled),
        TEST(init_through_apply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
