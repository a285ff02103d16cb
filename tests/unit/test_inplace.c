/* Changes in place: values, strides, overlap, graphs, what is refused. Their gradients are in test_gradients.c as well. */
#include "op/op.h"

#include <math.h>

#include "support/support.h"

static lin_tensor *range(lin_ctx *ctx, int n)
{
    return lin_arange(ctx, 1, n + 1, 1, LIN_F64);
}

static lin_tensor *leaf(lin_ctx *ctx, int n)
{
    return lin_requires_grad_(range(ctx, n), true);
}

static void values(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = range(ctx, 3), *b = lin_full_dtype(ctx, 2, LIN_SHAPE(1), LIN_F64);
    assert_ptr_equal(lin_add_(a, b), a);
    CHECK_VALUES(a, 0, 3, 4, 5);
    CHECK_VALUES(lin_sub_(a, b), 0, 1, 2, 3);
    CHECK_VALUES(lin_mul_(a, a), 0, 1, 4, 9);
    CHECK_VALUES(lin_div_(a, b), 0, 0.5, 2, 4.5);
    CHECK_VALUES(lin_add_scalar_(a, 1), 0, 1.5, 3, 5.5);
    CHECK_VALUES(lin_sub_scalar_(a, 2), 0, -0.5, 1, 3.5);
    CHECK_VALUES(lin_mul_scalar_(a, 2), 0, -1, 2, 7);
    CHECK_VALUES(lin_div_scalar_(a, -4), 0, 0.25, -0.5, -1.75);
    CHECK_VALUES(lin_clamp_(a, -1, 0), 0, 0, -0.5, -1);
    CHECK_VALUES(lin_abs_(a), 0, 0, 0.5, 1);
    CHECK_VALUES(lin_neg_(a), 0, 0, -0.5, -1);
    CHECK_VALUES(lin_square_(a), 0, 0, 0.25, 1);
    CHECK_VALUES(lin_sqrt_(a), 0, 0, 0.5, 1);
    CHECK_VALUES(lin_log_(lin_exp_(a)), 1e-15, 0, 0.5, 1);
    CHECK_VALUES(lin_relu_(lin_sub_scalar_(a, 0.75)), 1e-15, 0, 0, 0.25);
    CHECK_VALUES(lin_fill_(a, 7), 0, 7, 7, 7);
    CHECK_VALUES(lin_zero_(a), 0, 0, 0, 0);
    lin_tensor *whole = lin_arange(ctx, 0, 3, 1, LIN_I64);
    CHECK_VALUES(lin_mul_scalar_(lin_add_(whole, whole), 3), 0, 0, 6, 12);
    CHECK_VALUES(lin_fill_(whole, 2.5), 0, 2, 2, 2);
    assert_int_equal(lin_numel(lin_exp_(lin_zeros(ctx, LIN_SHAPE(0, 3)))), 0);
    check_ok(ctx);
}

static void through_views(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_reshape(range(ctx, 6), LIN_SHAPE(2, 3));
    lin_mul_scalar_(lin_select(a, 1, 1), 10);
    CHECK_VALUES(a, 0, 1, 20, 3, 4, 50, 6);
    lin_add_(lin_transpose(a, 0, 1), lin_from_f64(ctx, (double[]){100, 200}, LIN_SHAPE(2)));
    CHECK_VALUES(a, 0, 101, 120, 103, 204, 250, 206);
    lin_zero_(lin_slice_step(a, 1, 0, 3, 2));
    CHECK_VALUES(a, 0, 0, 120, 0, 0, 250, 0);
    lin_normal_(lin_slice(a, 1, 0, 2), 0, 1);
    assert_true(lin_at(a, LIN_SHAPE(0, 0)) != 0 && lin_at(a, LIN_SHAPE(1, 2)) == 0);
}

/* The second argument shares memory with the first: it counts as it was. */
static void overlapping_arguments(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_reshape(range(ctx, 4), LIN_SHAPE(2, 2));
    lin_add_(a, lin_transpose(a, 0, 1));
    CHECK_VALUES(a, 0, 2, 5, 5, 8);
    lin_sub_(a, lin_select(a, 0, 0));
    CHECK_VALUES(a, 0, 0, 0, 3, 3);
    lin_tensor *line = range(ctx, 5);
    lin_copy_(lin_slice(line, 0, 1, 5), lin_slice(line, 0, 0, 4));
    CHECK_VALUES(line, 0, 1, 1, 2, 3, 4);
    lin_add_(lin_data(line), lin_select(line, 0, 4));
    CHECK_VALUES(line, 0, 5, 5, 6, 7, 8);
}

static void copies(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_zeros(ctx, LIN_SHAPE(2, 3));
    CHECK_VALUES(lin_copy_(a, lin_arange(ctx, 0, 3, 1, LIN_I64)), 0, 0, 1, 2, 0, 1, 2);
    CHECK_VALUES(lin_copy_(a, lin_reshape(range(ctx, 2), LIN_SHAPE(2, 1))), 0, 1, 1, 1, 2, 2, 2);
    CHECK_VALUES(lin_copy_(lin_transpose(a, 0, 1), lin_reshape(range(ctx, 6), LIN_SHAPE(3, 2))), 0, 1, 2, 3, 4, 5, 6);
    CHECK_VALUES(a, 0, 1, 3, 5, 2, 4, 6);
    CHECK_VALUES(lin_copy_(a, lin_full_dtype(ctx, 9, LIN_SCALAR, LIN_U8)), 0, 9, 9, 9, 9, 9, 9);
    lin_tensor *whole = lin_full_dtype(ctx, 0, LIN_SHAPE(2), LIN_I64), *x = leaf(ctx, 2);
    CHECK_VALUES(lin_copy_(whole, lin_mul_scalar(x, 1.75)), 0, 1, 3);
    assert_false(lin_requires_grad(whole));
    lin_tensor *narrow = lin_zeros(ctx, LIN_SHAPE(2, 2));
    lin_copy_(narrow, x);
    assert_string_equal(lin_grad_fn(narrow), "copy");
    assert_int_equal(lin_backward(lin_sum(lin_square(narrow))), 0);
    CHECK_VALUES(lin_grad(x), 1e-6, 4, 8);
}

static void random_values(void **state)
{
    lin_ctx *ctx = *state;
    lin_ctx *same = lin_ctx_new(&(lin_ctx_options){.seed = 42});
    lin_tensor *a = lin_normal_(lin_zeros(ctx, LIN_SHAPE(3, 4)), 2, 0.5),
               *b = lin_normal(same, 2, 0.5, LIN_SHAPE(3, 4));
    assert_memory_equal(lin_f32(a), lin_f32(b), 12 * sizeof(float));
    lin_uniform_(lin_transpose(a, 0, 1), -1, 1);
    b = lin_uniform(same, -1, 1, LIN_SHAPE(4, 3));
    assert_memory_equal(lin_f32(lin_contiguous(lin_transpose(a, 0, 1))), lin_f32(b), 12 * sizeof(float));
    lin_ctx_free(same);
    assert_null(lin_normal_(a, 0, -1));
    check_error(ctx, LIN_EINVAL, "normal_: a standard deviation of -1; it must be 0 or more");
    assert_null(lin_uniform_(a, 1, 0));
    check_error(ctx, LIN_EINVAL, "uniform_: from 1 to 0; low must not be above high");
    assert_null(lin_normal_(lin_arange(ctx, 0, 3, 1, LIN_I64), 0, 1));
    check_error(ctx, LIN_EINVAL, "normal_: the tensor is i64; it must be f32 or f64, see lin_to");
}

/* y = ((2x + c)·c)², and c by the way. */
static void chains(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 2), *c = lin_requires_grad_(lin_from_f64(ctx, (double[]){3, -1}, LIN_SHAPE(2)), true);
    lin_tensor *y = lin_mul_scalar(x, 2);
    lin_add_(y, c);
    lin_mul_(y, c);
    lin_square_(y);
    CHECK_VALUES(y, 0, 225, 9);
    assert_string_equal(lin_grad_fn(y), "square");
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    CHECK_VALUES(lin_grad(x), 0, 2 * 15 * 3 * 2, 2 * -3 * -1 * 2);
    CHECK_VALUES(lin_grad(c), 0, 2 * 15 * (5 + 3), 2 * -3 * (3 - 1));
}

static void the_old_value_gets_nothing(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 2), *y = lin_square(x);
    lin_fill_(y, 3);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    CHECK_VALUES(lin_grad(x), 0, 0, 0);
    lin_tensor *w = leaf(ctx, 2);
    y = lin_square(x);
    lin_copy_(y, w);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    CHECK_VALUES(lin_grad(x), 0, 0, 0);
    CHECK_VALUES(lin_grad(w), 0, 1, 1);
}

static void check_saved(lin_ctx *ctx, lin_tensor *loss, const char *name)
{
    char text[120];
    snprintf(text, sizeof text,
             "backward: a value that %s saved was changed in place since; clone it before the change", name);
    assert_int_equal(lin_backward(lin_sum(loss)), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, text);
}

static void saved_and_changed(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = leaf(ctx, 2), *a = lin_mul_scalar(x, 2), *b = lin_mul_scalar(x, 3), *y = lin_mul(a, b);
    lin_add_scalar_(b, 1);
    check_saved(ctx, y, "mul");
    a = lin_mul_scalar(x, 2);
    y = lin_exp(a);
    lin_zero_(a); /* exp reads its result only */
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    lin_neg_(y);
    check_saved(ctx, y, "exp");
    a = lin_mul_scalar(x, 2);
    lin_mul_(a, a);
    check_saved(ctx, a, "mul");
    a = lin_mul_scalar(x, 2);
    y = lin_add(a, b); /* add saves nothing */
    lin_zero_(a);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    lin_tensor *constant = range(ctx, 2);
    y = lin_mul(x, constant); /* the gradient of the constant is not wanted: x is not saved */
    lin_region mark = lin_mark(ctx);
    lin_no_grad(ctx);
    lin_add_scalar_(x, 1);
    lin_release(mark);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
}

static void what_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_zeros(ctx, LIN_SHAPE(3)), *b = lin_zeros(ctx, LIN_SHAPE(2, 3));
    assert_null(lin_add_(a, b));
    check_error(ctx, LIN_EINVAL, "add_: (2, 3) does not broadcast to (3), the shape of what is changed");
    assert_null(lin_copy_(lin_slice(a, 0, 0, 1), a));
    check_error(ctx, LIN_EINVAL, "copy_: (3) does not broadcast to (1), the shape of what is changed");
    assert_null(lin_mul_(a, lin_to(a, LIN_F64)));
    check_error(ctx, LIN_EINVAL, "mul_: f32 and f64 do not mix; convert one with lin_to");
    assert_null(lin_div_scalar_(lin_to(a, LIN_I64), 2));
    check_error(ctx, LIN_EINVAL, "div_scalar_: the tensor is i64; it must be f32 or f64, see lin_to");
    lin_tensor *spread = lin_expand(lin_full_dtype(ctx, 1, LIN_SCALAR, LIN_I64), LIN_SHAPE(3));
    assert_null(lin_mul_scalar_(spread, 0.5)); /* two reasons: that of the arguments comes first */
    check_error(ctx, LIN_EINVAL, "mul_scalar_: the tensor is i64 and the scalar is not an integer; see lin_to");
    assert_null(lin_mul_scalar_(spread, 2));
    check_error_has(ctx, LIN_EINVAL, "mul_scalar_: several elements of an expanded tensor are one");
    assert_null(lin_fill_(leaf(ctx, 2), 1));
    check_error_has(ctx, LIN_EINVAL, "fill_: a leaf that requires grad may only be changed under lin_no_grad");
    assert_null(lin_exp_(lin_expand(a, LIN_SHAPE(2, 3))));
    check_error_has(ctx, LIN_EINVAL, "exp_: several elements of an expanded tensor are one");
    assert_null(lin_add_(a, NULL));
    check_error(ctx, LIN_EINVAL, "add_: argument 2 is NULL");
    assert_null(lin_zero_(NULL));
    assert_null(lin_copy_(NULL, NULL));
    check_ok(ctx);
    CHECK_VALUES(a, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values),          TEST(through_views), TEST(overlapping_arguments),      TEST(copies),
        TEST(random_values),   TEST(chains),        TEST(the_old_value_gets_nothing), TEST(saved_and_changed),
        TEST(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
