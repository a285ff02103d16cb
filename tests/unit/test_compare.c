/* Comparisons: u8 results without a graph; types may mix as in PyTorch. */
#include "op/op.h"

#include <math.h>

#include "support/support.h"

static void values(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_from_f32(ctx, (float[]){1, 2, 3, NAN}, LIN_SHAPE(4)),
               *b = lin_from_f32(ctx, (float[]){2, 2, 2, NAN}, LIN_SHAPE(4));
    assert_int_equal(lin_type(lin_eq(a, b)), LIN_U8);
    CHECK_VALUES(lin_eq(a, b), 0, 0, 1, 0, 0);
    CHECK_VALUES(lin_ne(a, b), 0, 1, 0, 1, 1);
    CHECK_VALUES(lin_lt(a, b), 0, 1, 0, 0, 0);
    CHECK_VALUES(lin_le(a, b), 0, 1, 1, 0, 0);
    CHECK_VALUES(lin_gt(a, b), 0, 0, 0, 1, 0);
    CHECK_VALUES(lin_ge(a, b), 0, 0, 1, 1, 0);
    CHECK_VALUES(lin_eq_scalar(a, 2), 0, 0, 1, 0, 0);
    CHECK_VALUES(lin_ne_scalar(a, 2), 0, 1, 0, 1, 1);
    CHECK_VALUES(lin_lt_scalar(a, 2), 0, 1, 0, 0, 0);
    CHECK_VALUES(lin_le_scalar(a, 2), 0, 1, 1, 0, 0);
    CHECK_VALUES(lin_gt_scalar(a, 2), 0, 0, 0, 1, 0);
    CHECK_VALUES(lin_ge_scalar(a, 2), 0, 0, 1, 1, 0);
    CHECK_VALUES(lin_eq_scalar(a, NAN), 0, 0, 0, 0, 0);
    lin_tensor *square = lin_reshape(lin_arange(ctx, 0, 4, 1, LIN_I64), LIN_SHAPE(2, 2));
    CHECK_VALUES(lin_lt(lin_transpose(square, 0, 1), square), 0, 0, 0, 1, 0);
    CHECK_VALUES(lin_le(square, lin_slice(square, 1, 1, 2)), 0, 1, 1, 1, 1);
    assert_int_equal(lin_numel(lin_eq(lin_zeros(ctx, LIN_SHAPE(0, 3)), lin_zeros(ctx, LIN_SHAPE(3)))), 0);
}

static void mixed_types(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *tenth = lin_from_f32(ctx, (float[]){0.1f}, LIN_SHAPE(1)),
               *exact = lin_from_f64(ctx, (double[]){0.1}, LIN_SHAPE(1));
    CHECK_VALUES(lin_eq(tenth, exact), 0, 0);                          /* in f64 */
    CHECK_VALUES(lin_eq(tenth, lin_reshape(exact, LIN_SCALAR)), 0, 1); /* a scalar tensor does not widen */
    CHECK_VALUES(lin_eq_scalar(tenth, 0.1), 0, 1);
    CHECK_VALUES(lin_eq(lin_full_dtype(ctx, 16777217, LIN_SHAPE(1), LIN_I64), lin_full(ctx, 16777216, LIN_SHAPE(1))), 0,
                 1);
    lin_tensor *big = lin_from_i64(ctx, (int64_t[]){INT64_MAX, INT64_MAX - 1}, LIN_SHAPE(2));
    CHECK_VALUES(lin_eq(big, lin_slice(big, 0, 0, 1)), 0, 1, 0);
    CHECK_VALUES(lin_eq(lin_from_u8(ctx, (uint8_t[]){200, 7}, LIN_SHAPE(2)),
                        lin_from_i64(ctx, (int64_t[]){456, 7}, LIN_SHAPE(2))),
                 0, 0, 1);
    lin_tensor *bytes = lin_from_u8(ctx, (uint8_t[]){200, 7}, LIN_SHAPE(2));
    CHECK_VALUES(lin_lt_scalar(bytes, 300), 0, 1, 1);
    CHECK_VALUES(lin_gt_scalar(bytes, 7.5), 0, 1, 0);
    CHECK_VALUES(lin_ge_scalar(bytes, -1), 0, 1, 1);
    CHECK_VALUES(lin_gt_scalar(big, 1e30), 0, 0, 0);
    check_ok(ctx);
}

static void without_graph(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_ones(ctx, LIN_SHAPE(2)), true);
    assert_false(lin_requires_grad(lin_eq(x, lin_to(x, LIN_F64))));
    assert_null(lin_grad_fn(lin_gt_scalar(lin_square(x), 0)));
}

static void what_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_zeros(ctx, LIN_SHAPE(2, 3)), *b = lin_zeros(ctx, LIN_SHAPE(2));
    assert_null(lin_lt(a, b));
    check_error(ctx, LIN_EINVAL, "lt: (2, 3) and (2): 3 and 2 do not broadcast");
    assert_null(lin_eq(a, NULL));
    check_error(ctx, LIN_EINVAL, "eq: argument 2 is NULL");
    assert_null(lin_ge_scalar(NULL, 1));
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(values), TEST(mixed_types), TEST(without_graph), TEST(what_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
