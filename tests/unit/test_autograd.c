/* The tape: accumulation, grad mode, changes in place, what is refused. The gradient of every op is test_gradients.c's. */
#include "autograd/tape.h"

#include "support/support.h"

#include <math.h>

static lin_tensor *leaf(lin_ctx *ctx, double a, double b)
{
    return lin_requires_grad_(lin_from_f64(ctx, (double[]){a, b}, LIN_SHAPE(2)), true);
}

static void gradients_of_a_sum(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 3, 4), *w = leaf(ctx, 5, 6);
    assert_null(lin_grad(x));
    check_ok(ctx);
    assert_int_equal(lin_backward(lin_sum(lin_mul(x, w))), 0);
    CHECK_VALUES(lin_grad(x), 0, 5, 6);
    CHECK_VALUES(lin_grad(w), 0, 3, 4);
    assert_string_equal(lin_grad_fn(lin_mul(x, w)), "mul");
    assert_null(lin_grad_fn(x));
    assert_true(lin_is_leaf(x));
}

static void two_backwards_add_up(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 3, 4);
    lin_tensor *y = lin_sum(lin_square(x));
    lin_backward(y);
    lin_backward(y);
    CHECK_VALUES(lin_grad(x), 0, 12, 16);
    lin_zero_grad_of(x);
    assert_null(lin_grad(x));
    lin_backward(y);
    CHECK_VALUES(lin_grad(x), 0, 6, 8);
    lin_zero_(lin_grad(x));
    CHECK_VALUES(lin_grad(x), 0, 0, 0);
}

static void a_value_used_twice(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 2, -1);
    lin_tensor *a = lin_mul(x, x), *b = lin_add(a, a), *c = lin_mul(b, a); /* 2 x^4 */
    lin_backward(lin_sum(c));
    CHECK_VALUES(lin_grad(x), 0, 64, -8);
}

static void a_chain_too_long_for_recursion(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 1, 2), *y = x;
    for (int i = 0; i < 100000; i++)
        y = lin_add_scalar(y, 1);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    CHECK_VALUES(lin_grad(x), 0, 1, 1);
}

static void an_upstream_gradient(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 2, 3);
    lin_tensor *y = lin_square(x);
    assert_int_equal(lin_backward(y), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "backward: the tensor has shape (2)");
    assert_int_equal(lin_backward_with(y, lin_from_f64(ctx, (double[]){1, 10}, LIN_SHAPE(2))), 0);
    CHECK_VALUES(lin_grad(x), 0, 4, 60);
    assert_int_equal(lin_backward_with(y, lin_ones(ctx, LIN_SHAPE(2))), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "the tensor is f64 (2), its gradient f32 (2)");
    assert_int_equal(lin_backward_with(y, NULL), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "is NULL");
    assert_int_equal(lin_backward(NULL), LIN_EINVAL);
    assert_int_equal(lin_backward(lin_zeros(ctx, LIN_SCALAR)), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "backward: the tensor has no graph and does not require grad");
}

static void a_scalar_leaf_gets_one(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_full(ctx, 7, LIN_SCALAR), true);
    lin_backward(x);
    lin_backward(x);
    CHECK_VALUES(lin_grad(x), 0, 2);
}

static void no_grad_records_nothing(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 1, 2);
    lin_region mark = lin_mark(ctx);
    lin_no_grad(ctx);
    lin_tensor *y = lin_square(x);
    assert_false(lin_requires_grad(y));
    assert_null(lin_grad_fn(y));
    lin_enable_grad(ctx);
    assert_true(lin_requires_grad(lin_square(x)));
    lin_release(mark);
    assert_false(lin_requires_grad(lin_square(lin_detach(x))));
    assert_false(lin_requires_grad(lin_square(lin_data(x))));
    assert_true(lin_requires_grad(lin_square(x)));
}

static void leaves_change_only_without_graph(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 1, 2);
    assert_null(lin_add_scalar_(x, 1));
    check_error_has(ctx, LIN_EINVAL, "add_scalar_: a leaf that requires grad may only be changed under lin_no_grad");
    CHECK_VALUES(x, 0, 1, 2);
    assert_non_null(lin_fill_(lin_data(x), 5));
    CHECK_VALUES(x, 0, 5, 5);
    lin_region mark = lin_mark(ctx);
    lin_no_grad(ctx);
    assert_ptr_equal(lin_mul_scalar_(x, 2), x);
    lin_release(mark);
    CHECK_VALUES(x, 0, 10, 10);
    assert_true(lin_is_leaf(x));
}

static void saved_values_must_not_change(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 1, 2), *w = lin_from_f64(ctx, (double[]){3, 4}, LIN_SHAPE(2));
    lin_tensor *y = lin_sum(lin_mul(x, w));
    lin_add_scalar_(w, 1);
    assert_int_equal(lin_backward(y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL,
                "backward: a value that mul saved was changed in place since; clone it before the change");
    assert_null(lin_grad(x));
    y = lin_sum(lin_mul(x, w));
    lin_add_scalar_(lin_data(w), 1); /* .data is not watched */
    assert_int_equal(lin_backward(y), 0);
    lin_tensor *e = lin_exp(x); /* saves its result */
    lin_mul_scalar_(lin_detach(e), 2);
    assert_int_equal(lin_backward(lin_sum(e)), LIN_EINVAL);
    lin_error_clear(ctx);
}

static void graphs_through_changes_in_place(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 1, 2), *w = leaf(ctx, 5, 7);
    lin_tensor *y = lin_mul_scalar(x, 2), *early = lin_mul_scalar(y, 10);
    lin_add_(y, w); /* y = 2x + w; early stays 20x */
    lin_backward(lin_sum(lin_add(lin_square(y), early)));
    CHECK_VALUES(lin_grad(x), 1e-12, 2 * 2 * 7 + 20, 2 * 2 * 11 + 20);
    CHECK_VALUES(lin_grad(w), 1e-12, 14, 22);
    lin_tensor *buffer = lin_from_f64(ctx, (double[]){0, 0}, LIN_SHAPE(2)); /* a leaf without grad becomes a result */
    lin_zero_grad_of(x);
    lin_add_(buffer, lin_square(x));
    assert_string_equal(lin_grad_fn(buffer), "add");
    lin_backward(lin_sum(buffer));
    CHECK_VALUES(lin_grad(x), 1e-12, 2, 4);
}

static void graphs_do_not_leak_outwards(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 1, 2), *outer = lin_from_f64(ctx, (double[]){0, 0}, LIN_SHAPE(2));
    lin_region mark = lin_mark(ctx);
    assert_null(lin_add_(outer, x));
    check_error_has(ctx, LIN_EINVAL, "add_: this would record a graph into a tensor of an outer region");
    assert_non_null(lin_add_(outer, lin_detach(x)));
    lin_release(mark);
    CHECK_VALUES(outer, 0, 1, 2);
    lin_tensor *y = lin_mul_scalar(x, 2);
    assert_null(lin_add_(lin_reshape(y, LIN_SHAPE(1, 2)), x));
    check_error_has(ctx, LIN_EINVAL, "through a view");
    lin_tensor *view = lin_reshape(y, LIN_SHAPE(2, 1));
    lin_mul_scalar_(y, 3);
    assert_null(lin_sum(view)); /* its graph is that of the old y */
    check_error_has(ctx, LIN_EINVAL, "this view's tensor was changed in place after the view was made");
    assert_null(lin_add_scalar_(lin_expand(lin_zeros(ctx, LIN_SHAPE(1)), LIN_SHAPE(3)), 1));
    check_error_has(ctx, LIN_EINVAL, "several elements of an expanded tensor are one");
}

static void gradients_live_beside_their_leaf(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = lin_parameter(lin_full(ctx, 2, LIN_SHAPE(2))), *x = leaf(ctx, 1, 2);
    for (int i = 0; i < 3; i++) {
        lin_region step = lin__open(ctx, true);
        lin_backward(lin_sum(lin_square(p)));
        lin_backward(lin_sum(lin_square(x)));
        lin_release(step);
    }
    CHECK_VALUES(lin_grad(p), 0, 12, 12);
    CHECK_VALUES(lin_grad(x), 0, 6, 12);
}

static void training_at_the_root_is_linear(void **state)
{
    lin_ctx *ctx = *state; /* without a mark nothing is released: the tape grows, and each backward still ends early */
    lin_tensor *w = leaf(ctx, 1, 1);
    for (int i = 0; i < 20000; i++) {
        lin_zero_grad_of(w);
        assert_int_equal(lin_backward(lin_sum(lin_mul_scalar(w, i))), 0);
    }
    CHECK_VALUES(lin_grad(w), 0, 19999, 19999);
}

/* A backward may write into a leaf's own buffer, but not while it reads from there: as the upstream gradient, or as an input. */
static void an_old_gradient_is_a_value_like_others(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(lin_from_f64(ctx, (double[]){1, 2, 3, 4}, LIN_SHAPE(2, 2)), true);
    lin_tensor *x = lin_from_f64(ctx, (double[]){5, 6, 7, 8}, LIN_SHAPE(2, 2));
    for (int affine = 0; affine < 2; affine++) {
        lin_zero_grad_of(w);
        lin_backward(lin_sum(lin_mul(w, x)));
        lin_tensor *old = lin_grad(w), *kept = lin_clone(old);
        lin_zero_grad_of(w);
        lin_backward_with(affine ? lin_affine(x, w, NULL) : lin_matmul(x, w), old);
        lin_tensor *want = affine ? lin_matmul(lin_transpose(kept, 0, 1), x) : lin_matmul(lin_transpose(x, 0, 1), kept);
        CHECK_VALUES(lin_sub(lin_grad(w), want), 0, 0, 0, 0, 0);
        lin_copy_(old, kept);
        lin_zero_grad_of(w);
        lin_tensor *y = affine ? lin_affine(lin_data(old), w, NULL) : lin_matmul(lin_data(old), w);
        lin_backward_with(y, x);
        want = affine ? lin_matmul(lin_transpose(x, 0, 1), kept) : lin_matmul(lin_transpose(kept, 0, 1), x);
        CHECK_VALUES(lin_sub(lin_grad(w), want), 0, 0, 0, 0, 0);
    }
    check_ok(ctx);
}

/* … nor as a factor that is read in another order than it would be written. */
static void an_old_gradient_as_a_factor(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(lin_from_f64(ctx, (double[]){1, 1, 1, 1}, LIN_SHAPE(2, 2)), true);
    lin_backward(lin_sum(lin_mul(w, lin_from_f64(ctx, (double[]){5, 6, 7, 8}, LIN_SHAPE(2, 2)))));
    CHECK_VALUES(lin_grad(w), 0, 5, 6, 7, 8);
    lin_tensor *turned = lin_transpose(lin_data(lin_grad(w)), 0, 1);
    lin_zero_grad_of(w);
    assert_int_equal(lin_backward(lin_sum(lin_mul(turned, w))), 0);
    CHECK_VALUES(lin_grad(w), 0, 5, 7, 6, 8);
    turned = lin_transpose(lin_grad(w), 0, 1);
    lin_zero_grad_of(w);
    assert_int_equal(lin_backward_with(lin_mul(w, w), turned), 0);
    CHECK_VALUES(lin_grad(w), 0, 10, 12, 14, 16);
    check_ok(ctx);
}

static void a_large_gradient_is_computed_where_it_stays(void **state)
{
    lin_ctx *ctx = *state;
    enum { N = 100000 };
    lin_tensor *x = lin_normal(ctx, 0, 1, LIN_SHAPE(N)), *w = lin_parameter(lin_normal(ctx, 0, 1, LIN_SHAPE(N)));
    lin_tensor *sums[] = {lin_sum(lin_mul(x, w)), lin_sum(lin_mul(w, x))};
    for (int i = 0; i < 2; i++) {
        lin_zero_grad_of(w);
        size_t before = lin_memory(ctx);
        assert_int_equal(lin_backward(sums[i]), 0);
        assert_true(lin_memory(ctx) - before < N * sizeof(float));
        CHECK_VALUES(lin_sum(lin_abs(lin_sub(lin_grad(w), x))), 0, 0);
    }
    check_ok(ctx);
}

/* add hands the upstream gradient to two nodes: what the first writes must not be what the second reads. */
static void an_old_gradient_for_two_nodes(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(lin_full(ctx, 1, LIN_SHAPE(2, 2)), true);
    lin_tensor *x1 = lin_full(ctx, 3, LIN_SHAPE(2, 2)), *x2 = lin_full(ctx, 5, LIN_SHAPE(2, 2));
    lin_backward(lin_sum(lin_mul_scalar(w, 4)));
    lin_tensor *old = lin_grad(w);
    lin_zero_grad_of(w);
    assert_int_equal(lin_backward_with(lin_add(lin_matmul(x1, w), lin_matmul(x2, w)), old), 0);
    CHECK_VALUES(lin_grad(w), 0, 64, 64, 64, 64); /* (3 + 5) · 4 twice */
    lin_zero_grad_of(w);
    assert_int_equal(lin_backward_with(lin_add(lin_mul(x1, w), lin_mul(x2, w)), lin_data(old)), 0);
    CHECK_VALUES(lin_grad(w), 0, 512, 512, 512, 512);
    check_ok(ctx);
}

/* What did not require grad when the graph was made gets none of it, and its old gradient stays as it is. */
static void a_leaf_that_requires_grad_too_late(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *late = leaf(ctx, 1, 2), *w = leaf(ctx, 3, 5);
    lin_backward(lin_sum(lin_mul_scalar(late, 7)));
    lin_tensor *old = lin_grad(late);
    lin_zero_grad_of(late);
    lin_requires_grad_(late, false);
    lin_tensor *loss = lin_mse_loss(late, w);
    lin_requires_grad_(late, true);
    assert_int_equal(lin_backward(loss), 0);
    CHECK_VALUES(lin_grad(w), 0, 2, 3);
    assert_null(lin_grad(late));
    CHECK_VALUES(old, 0, 7, 7);
    check_ok(ctx);
}

static void what_cannot_be_a_leaf(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_parameter(lin_arange(ctx, 0, 3, 1, LIN_I64)));
    check_error(ctx, LIN_EINVAL, "parameter: the tensor is i64; only f32 and f64 have gradients");
    assert_null(lin_requires_grad_(lin_square(leaf(ctx, 1, 2)), true));
    check_error(ctx, LIN_EINVAL, "requires_grad_: the tensor is the result of square, not a leaf; see lin_detach");
    assert_null(lin_parameter(NULL));
    check_ok(ctx);
}

static lin_tensor *wrong_gradient(void *user, lin_tensors in)
{
    (void)user; /* the detached factor's gradient is missing */
    return lin_mul(in.at[0], lin_detach(in.at[0]));
}

static lin_tensor *right_gradient(void *user, lin_tensors in)
{
    (void)user;
    return lin_exp(lin_mul(in.at[0], in.at[1]));
}

static void the_checker_sees_a_wrong_gradient(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 0.5, -1.5), *w = leaf(ctx, 1.25, 0.75);
    double worst;
    assert_int_equal(lin_gradcheck(right_gradient, NULL, LIN_TENSORS(x, w), &(lin_gradcheck_options){.worst = &worst}),
                     0);
    assert_true(worst < 1e-9);
    assert_int_equal(lin_gradcheck(wrong_gradient, NULL, LIN_TENSORS(x), NULL), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "gradcheck: input 0, element 0: backward gives");
    CHECK_VALUES(x, 0, 0.5, -1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gradients_of_a_sum),
        TEST(two_backwards_add_up),
        TEST(a_value_used_twice),
        TEST(a_chain_too_long_for_recursion),
        TEST(an_upstream_gradient),
        TEST(a_scalar_leaf_gets_one),
        TEST(no_grad_records_nothing),
        TEST(leaves_change_only_without_graph),
        TEST(saved_values_must_not_change),
        TEST(graphs_through_changes_in_place),
        TEST(graphs_do_not_leak_outwards),
        TEST(gradients_live_beside_their_leaf),
        TEST(training_at_the_root_is_linear),
        TEST(an_old_gradient_is_a_value_like_others),
        TEST(an_old_gradient_as_a_factor),
        TEST(a_large_gradient_is_computed_where_it_stays),
        TEST(an_old_gradient_for_two_nodes),
        TEST(a_leaf_that_requires_grad_too_late),
        TEST(what_cannot_be_a_leaf),
        TEST(the_checker_sees_a_wrong_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
