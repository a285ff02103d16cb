/* SGD: the rule of each option by hand, what is skipped, what is refused. Every combination is held to PyTorch in tests/parity. */
#include "base/region.h"

#include "support/support.h"

#include <math.h>
#include <stdlib.h>

static lin_tensor *parameter(lin_ctx *ctx, double a, double b)
{
    return lin_parameter(lin_from_f64(ctx, (double[]){a, b}, LIN_SHAPE(2)));
}

/* Give p the gradient (a, b), and nothing else. */
static void give(lin_tensor *p, double a, double b)
{
    lin_tensor *g = lin_from_f64(lin_context(p), (double[]){a, b}, LIN_SHAPE(2));
    lin_zero_grad_of(p);
    assert_int_equal(lin_backward(lin_sum(lin_mul(p, g))), 0);
}

/* ---- The rule ---------------------------------------------------------------------------------------------------- */

static void plain_descent(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, -2);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.lr = 0.5});
    give(p, 2, 4);
    assert_int_equal(lin_step(o), 0);
    CHECK_VALUES(p, 0, 0, -4);
    assert_int_equal(lin_step(o), 0); /* the gradient is still there */
    CHECK_VALUES(p, 0, -1, -6);
    check_ok(ctx);
}

static void defaults(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 0, 0);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), NULL);
    assert_true(lin_lr(o) == 1e-3);
    assert_true(lin_lr(lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){0})) == 1e-3);
    give(p, 1, -1);
    lin_step(o);
    CHECK_VALUES(p, 0, -1e-3, 1e-3);
}

static void weight_decay_and_maximize(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 4, -8);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.lr = 0.5, .weight_decay = 0.25});
    give(p, 1, 1);
    lin_step(o); /* g = 1 + p/4 */
    CHECK_VALUES(p, 0, 3, -7.5);
    lin_tensor *q = parameter(ctx, 4, -8);
    o = lin_sgd(LIN_TENSORS(q), &(lin_sgd_options){.lr = 0.5, .weight_decay = 0.25, .maximize = true});
    give(q, 1, 1);
    lin_step(o); /* g = −1 + q/4: the decay is not turned */
    CHECK_VALUES(q, 0, 4, -6.5);
}

static void momentum_and_dampening(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 0, 0);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.lr = 1, .momentum = 0.5, .dampening = 0.75});
    give(p, 8, -8);
    lin_step(o); /* v = g at the first step: not dampened */
    CHECK_VALUES(p, 0, -8, 8);
    give(p, 4, 4);
    lin_step(o); /* v = 8/2 + 4/4 */
    CHECK_VALUES(p, 0, -13, 11);
}

static void nesterov(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 0, 0);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.lr = 1, .momentum = 0.5, .nesterov = true});
    give(p, 8, -8);
    lin_step(o); /* v = 8, g + v/2 = 12 */
    CHECK_VALUES(p, 0, -12, 12);
    give(p, 4, 4);
    lin_step(o); /* v = 8, g + v/2 = 8; v = 0, 4 */
    CHECK_VALUES(p, 0, -20, 8);
}

static void another_rate(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 0, 0);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.lr = 1});
    assert_int_equal(lin_set_lr(o, 0.25), 0);
    assert_true(lin_lr(o) == 0.25);
    give(p, 4, 8);
    lin_step(o);
    CHECK_VALUES(p, 0, -1, -2);
    assert_int_equal(lin_set_lr(o, 0), 0); /* 0 is 0 here, the end of a schedule */
    lin_step(o);
    CHECK_VALUES(p, 0, -1, -2);
    assert_int_equal(lin_set_lr(o, -1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "sgd: lr is -1; it must be 0 or more, and finite");
    assert_int_equal(lin_set_lr(o, NAN), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "sgd: lr is nan; it must be 0 or more, and finite");
    assert_true(lin_lr(o) == 0);
}

/* ---- Gradients that are not there -------------------------------------------------------------------------------- */

static void a_parameter_without_a_gradient_is_skipped(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, 1), *q = parameter(ctx, 2, 2);
    lin_optimizer *o =
        lin_sgd(LIN_TENSORS(p, q), &(lin_sgd_options){.lr = 1, .momentum = 0.5, .dampening = 0.75, .weight_decay = 1});
    give(p, 7, 7);
    lin_step(o);
    CHECK_VALUES(p, 0, -7, -7);
    CHECK_VALUES(q, 0, 2, 2); /* not even decayed */
    /* p's velocity waits (v = 8/2 + (8 − 7)/4 now), and q has its first step. */
    lin_zero_grad(o);
    lin_step(o);
    CHECK_VALUES(p, 0, -7, -7);
    give(p, 8, 8);
    give(q, 2, 2);
    lin_step(o);
    CHECK_VALUES(p, 0, -11.25, -11.25);
    CHECK_VALUES(q, 0, -2, -2);
}

static void zero_grad_is_set_to_none(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, 1), *q = parameter(ctx, 2, 2);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p, q), NULL);
    give(p, 1, 2);
    give(q, 3, 4);
    assert_int_equal(lin_zero_grad(o), 0);
    assert_null(lin_grad(p));
    assert_null(lin_grad(q));
    lin_backward(lin_sum(p));
    CHECK_VALUES(lin_grad(p), 0, 1, 1); /* nothing of the old one */
}

/* ---- Graphs, regions, memory ------------------------------------------------------------------------------------- */

static void a_graph_from_before_a_step_is_stale(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, 2);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), NULL);
    lin_tensor *loss = lin_sum(lin_square(p));
    lin_backward(loss);
    lin_step(o);
    assert_int_equal(lin_backward(loss), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "square saved was changed in place");
    assert_true(lin_is_leaf(p) && lin_requires_grad(p));
    /* A step that skipped p leaves its graphs alone. */
    loss = lin_sum(lin_square(p));
    lin_zero_grad(o);
    lin_step(o);
    assert_int_equal(lin_backward(loss), 0);
    check_ok(ctx);
}

static void an_optimizer_lives_in_the_nearest_scope(void **state)
{
    lin_ctx *ctx = *state;
    lin__open(ctx, true); /* a step */
    lin_tensor *p = parameter(ctx, 1, 2);
    lin_tensor *list[] = {p};
    lin_optimizer *o = lin_sgd((lin_tensors){1, list}, &(lin_sgd_options){.lr = 1, .momentum = 0.5});
    lin_tensor *leaf = lin_requires_grad_(lin_ones(ctx, LIN_SHAPE(3)), true);
    assert_null(lin_sgd(LIN_TENSORS(p, leaf), NULL));
    check_error(ctx, LIN_EINVAL,
                "sgd: parameter 1, of shape (3), lives in a step, which ends before the optimizer "
                "does; see lin_parameter");
    lin_region inner = lin_mark(ctx);
    assert_non_null(lin_sgd(LIN_TENSORS(lin_requires_grad_(lin_ones(ctx, LIN_SHAPE(3)), true)), NULL));
    lin_release(inner);
    list[0] = NULL; /* the list was copied */
    assert_ptr_equal(lin_optimizer_parameters(o).at[0], p);
    assert_int_equal(lin_optimizer_parameters(o).count, 1);
    assert_ptr_equal(lin_optimizer_context(o), ctx);
    give(p, 1, 1);
    lin_step(o);
    CHECK_VALUES(p, 0, 0, 1);
    check_ok(ctx);
}

static void steps_take_no_memory(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = lin_parameter(lin_ones(ctx, LIN_SHAPE(1000)));
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.momentum = 0.9});
    lin_backward(lin_sum(p));
    lin_step(o);
    size_t after_one = lin_memory(ctx);
    for (int i = 0; i < 1000; i++)
        lin_step(o);
    assert_int_equal(lin_memory(ctx), after_one);
}

/* Large parameters are split over the pool: the same bits whatever the threads. */
static void the_same_bits_for_any_threads(void **state)
{
    (void)state;
    enum { N = 100003 };
    float *first = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 1, .threads = threads});
        lin_tensor *p = lin_parameter(lin_normal(ctx, 0, 1, LIN_SHAPE(N))), *x = lin_normal(ctx, 0, 1, LIN_SHAPE(N));
        lin_optimizer *o = lin_sgd(
            LIN_TENSORS(p), &(lin_sgd_options){.lr = 0.1, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true});
        for (int i = 0; i < 3; i++) {
            lin_zero_grad(o);
            lin_backward(lin_sum(lin_mul(lin_square(p), x)));
            lin_step(o);
        }
        if (!first) first = malloc(N * sizeof *first);
        assert_non_null(first);
        if (threads == 1) memcpy(first, lin_f32(p), N * sizeof *first);
        assert_memory_equal(lin_f32(p), first, N * sizeof *first);
        check_ok(ctx);
        lin_ctx_free(ctx);
    }
    free(first);
}

static void parameters_of_two_types(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, 1), *q = lin_parameter(lin_ones(ctx, LIN_SHAPE(2)));
    lin_tensor *empty = lin_parameter(lin_ones(ctx, LIN_SHAPE(0)));
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p, q, empty), &(lin_sgd_options){.lr = 0.5, .momentum = 0.5});
    give(p, 1, 2);
    lin_backward(lin_sum(q));
    lin_backward(lin_sum(empty));
    assert_int_equal(lin_step(o), 0);
    CHECK_VALUES(p, 0, 0.5, 0);
    CHECK_VALUES(q, 0, 0.5, 0.5);
    check_ok(ctx);
}

/* ---- What is refused --------------------------------------------------------------------------------------------- */

static void options_that_make_no_sense(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, 1);
    static const struct {
        lin_sgd_options options;
        const char *text;
    } cases[] = {
        {{.lr = -0.1}, "sgd: lr is -0.1; it must be 0 or more, and finite"},
        {{.lr = INFINITY}, "sgd: lr is inf; it must be 0 or more, and finite"},
        {{.momentum = -1}, "sgd: momentum is -1; it must be 0 or more, and finite"},
        {{.dampening = NAN}, "sgd: dampening is nan; it must be 0 or more, and finite"},
        {{.dampening = -0.5}, "sgd: dampening is -0.5; it must be 0 or more, and finite"},
        {{.weight_decay = -2}, "sgd: weight_decay is -2; it must be 0 or more, and finite"},
        {{.nesterov = true}, "sgd: nesterov needs a momentum above 0 and a dampening of 0"},
        {{.nesterov = true, .momentum = 0.9, .dampening = 0.1},
         "sgd: nesterov needs a momentum above 0 and a dampening of 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(lin_sgd(LIN_TENSORS(p), &cases[i].options));
        check_error(ctx, LIN_EINVAL, cases[i].text);
    }
}

static void what_is_not_a_parameter(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = parameter(ctx, 1, 1);
    assert_null(lin_sgd(LIN_TENSORS(p, lin_ones(ctx, LIN_SHAPE(3, 2))), NULL));
    check_error(ctx, LIN_EINVAL, "sgd: parameter 1, of shape (3, 2), does not require grad; see lin_parameter");
    assert_null(lin_sgd(LIN_TENSORS(lin_square(p)), NULL));
    check_error(ctx, LIN_EINVAL,
                "sgd: parameter 0, of shape (2), is the result of an op, not a leaf; see lin_parameter");
    assert_null(lin_sgd(LIN_TENSORS(p, parameter(ctx, 1, 1), p), NULL));
    check_error(ctx, LIN_EINVAL, "sgd: parameter 2, of shape (2), is in the list already");
    lin_tensor *view = lin_requires_grad_(lin_transpose(lin_ones(ctx, LIN_SHAPE(3, 2)), 0, 1), true);
    assert_null(lin_sgd(LIN_TENSORS(view), NULL));
    check_error(ctx, LIN_EINVAL, "sgd: parameter 0, of shape (2, 3), is a view with gaps; see lin_parameter");
    assert_null(lin_sgd(LIN_TENSORS(p, NULL), NULL));
    check_error(ctx, LIN_EINVAL, "sgd: parameter 1 is NULL");
    lin_ctx *other = lin_ctx_new(NULL);
    assert_null(lin_sgd(LIN_TENSORS(p, parameter(other, 1, 1)), NULL));
    check_error(ctx, LIN_EINVAL, "sgd: parameter 1, of shape (2), is of another context than the first");
    lin_ctx_free(other);
    /* A parameter that could not be made: its cause stays. */
    lin_tensor *missing = lin_parameter(lin_full(ctx, 0, LIN_SHAPE(-1)));
    assert_null(lin_sgd(LIN_TENSORS(p, missing), NULL));
    check_error_has(ctx, LIN_EINVAL, "full: (-1) is not a shape");
}

static void nothing_passes_through(void **state)
{
    (void)state;
    assert_null(lin_sgd((lin_tensors){0}, NULL));
    assert_null(lin_sgd((lin_tensors){.count = 1}, NULL));
    assert_null(lin_sgd(LIN_TENSORS(NULL), NULL));
    assert_int_equal(lin_step(NULL), LIN_EINVAL);
    assert_int_equal(lin_zero_grad(NULL), LIN_EINVAL);
    assert_int_equal(lin_set_lr(NULL, 1), LIN_EINVAL);
    assert_true(isnan(lin_lr(NULL)));
    assert_int_equal(lin_optimizer_parameters(NULL).count, 0);
    assert_null(lin_optimizer_context(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_descent),
        TEST(defaults),
        TEST(weight_decay_and_maximize),
        TEST(momentum_and_dampening),
        TEST(nesterov),
        TEST(another_rate),
        TEST(a_parameter_without_a_gradient_is_skipped),
        TEST(zero_grad_is_set_to_none),
        TEST(a_graph_from_before_a_step_is_stale),
        TEST(an_optimizer_lives_in_the_nearest_scope),
        TEST(steps_take_no_memory),
        TEST(the_same_bits_for_any_threads),
        TEST(parameters_of_two_types),
        TEST(options_that_make_no_sense),
        TEST(what_is_not_a_parameter),
        TEST(nothing_passes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
