/* Arithmetic: values, broadcasting, strides, types, what is refused. PyTorch's own numbers are in tests/parity. */
#include "op/op.h"

#include <math.h>

#include "support/support.h"

static lin_tensor *f32(lin_ctx *ctx, const float *data, lin_shape shape)
{
    return lin_from_f32(ctx, data, shape);
}
#define F32(...) f32(ctx, (const float[]){__VA_ARGS__}, LIN_SHAPE(LIN_COUNT(float, __VA_ARGS__)))

static void values(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = F32(1, -2, 3), *b = F32(4, 5, -6);
    CHECK_VALUES(lin_add(a, b), 0, 5, 3, -3);
    CHECK_VALUES(lin_sub(a, b), 0, -3, -7, 9);
    CHECK_VALUES(lin_mul(a, b), 0, 4, -10, -18);
    CHECK_VALUES(lin_div(a, b), 1e-7, 0.25, -0.4, -0.5);
    CHECK_VALUES(lin_pow(lin_abs(a), b), 1e-6, 1, 32, 1.0 / 729);
    CHECK_VALUES(lin_maximum(a, b), 0, 4, 5, 3);
    CHECK_VALUES(lin_minimum(a, b), 0, 1, -2, -6);
    CHECK_VALUES(lin_add_scalar(a, 0.5), 0, 1.5, -1.5, 3.5);
    CHECK_VALUES(lin_sub_scalar(a, 0.5), 0, 0.5, -2.5, 2.5);
    CHECK_VALUES(lin_mul_scalar(a, -2), 0, -2, 4, -6);
    CHECK_VALUES(lin_div_scalar(a, 4), 0, 0.25, -0.5, 0.75);
    CHECK_VALUES(lin_neg(a), 0, -1, 2, -3);
    CHECK_VALUES(lin_abs(a), 0, 1, 2, 3);
    CHECK_VALUES(lin_square(a), 0, 1, 4, 9);
    CHECK_VALUES(lin_sqrt(lin_square(a)), 0, 1, 2, 3);
    CHECK_VALUES(lin_exp(lin_log(F32(0.5, 2, 10))), 1e-5, 0.5, 2, 10);
    CHECK_VALUES(lin_relu(a), 0, 1, 0, 3);
    CHECK_VALUES(lin_sign(F32(-3, 0, 7)), 0, -1, 0, 1);
    CHECK_VALUES(lin_clamp(a, -1, 2), 0, 1, -1, 2);
    CHECK_VALUES(lin_clamp(a, -INFINITY, 2), 0, 1, -2, 2);
    CHECK_VALUES(lin_clamp(a, 0, INFINITY), 0, 1, 0, 3);
    CHECK_VALUES(lin_clamp(a, -INFINITY, INFINITY), 0, 1, -2, 3);
    CHECK_VALUES(lin_clamp(a, 2, 1), 0, 1, 1, 1);
    CHECK_VALUES(lin_where(lin_gt_scalar(a, 0), a, b), 0, 1, 5, 3);
    check_ok(ctx);
}

static void powers(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = F32(-2, 0, 4, -INFINITY);
    CHECK_VALUES(lin_pow_scalar(a, 2), 0, 4, 0, 16, INFINITY);
    CHECK_VALUES(lin_pow_scalar(a, 3), 0, -8, 0, 64, -INFINITY);
    CHECK_VALUES(lin_pow_scalar(a, 1), 0, -2, 0, 4, -INFINITY);
    CHECK_VALUES(lin_pow_scalar(a, 0), 0, 1, 1, 1, 1);
    CHECK_VALUES(lin_pow_scalar(a, 0.5), 0, NAN, 0, 2, NAN);
    CHECK_VALUES(lin_pow_scalar(a, -1), 0, -0.5, INFINITY, 0.25, 0);
    CHECK_VALUES(lin_pow_scalar(a, -0.5), 0, NAN, INFINITY, 0.5, NAN);
    CHECK_VALUES(lin_pow_scalar(lin_transpose(lin_reshape(a, LIN_SHAPE(2, 2)), 0, 1), -0.5), 0, NAN, 0.5, INFINITY,
                 NAN);
}

static void not_a_number(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = F32(NAN, 1, NAN, -0.0f), *b = F32(1, NAN, NAN, 0);
    CHECK_VALUES(lin_maximum(a, b), 0, NAN, NAN, NAN, 0);
    CHECK_VALUES(lin_minimum(a, b), 0, NAN, NAN, NAN, 0);
    CHECK_VALUES(lin_relu(a), 0, NAN, 1, NAN, 0);
    CHECK_VALUES(lin_clamp(a, -1, 1), 0, NAN, 1, NAN, 0);
    CHECK_VALUES(lin_clamp(F32(1, 2), NAN, 1), 0, NAN, NAN);
    assert_true(signbit(lin_at(lin_sub_scalar(a, 0), LIN_SHAPE(3))));
    assert_true(signbit(lin_at(lin_neg(b), LIN_SHAPE(3))));
}

/* The (i, j, k) of a shape by its own strides: what broadcasting must find. */
static void check_broadcast(lin_ctx *ctx, lin_tensor *a, lin_tensor *b, lin_shape shape)
{
    lin_tensor *y = lin_sub(a, b);
    check_ok(ctx);
    assert_int_equal(lin_ndim(y), shape.ndim);
    lin_tensor *wide_a = lin_expand(a, shape), *wide_b = lin_expand(b, shape);
    for (int64_t i = 0; i < lin_numel(y); i++) {
        int64_t rest = i;
        lin_shape at = {.ndim = shape.ndim};
        for (int d = shape.ndim - 1; d >= 0; rest /= shape.dim[d--])
            at.dim[d] = rest % shape.dim[d];
        assert_true(lin_at(y, at) == (double)(float)(lin_at(wide_a, at) - lin_at(wide_b, at)));
    }
}

static lin_tensor *numbers(lin_ctx *ctx, lin_shape shape)
{
    lin_tensor *t = lin_normal(ctx, 0, 1, shape);
    assert_non_null(t);
    return t;
}

static void broadcasting(void **state)
{
    lin_ctx *ctx = *state;
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(2, 3)), numbers(ctx, LIN_SHAPE(3)), LIN_SHAPE(2, 3));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(2, 1)), numbers(ctx, LIN_SHAPE(1, 3)), LIN_SHAPE(2, 3));
    check_broadcast(ctx, numbers(ctx, LIN_SCALAR), numbers(ctx, LIN_SHAPE(4, 1, 3)), LIN_SHAPE(4, 1, 3));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(5, 1, 4)), numbers(ctx, LIN_SHAPE(3, 1)), LIN_SHAPE(5, 3, 4));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(256, 10)), numbers(ctx, LIN_SHAPE(256, 1)), LIN_SHAPE(256, 10));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(300, 2)), numbers(ctx, LIN_SHAPE(2)), LIN_SHAPE(300, 2));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(40, 7, 2)), numbers(ctx, LIN_SHAPE(7, 1)), LIN_SHAPE(40, 7, 2));
    /* Large enough for the pool: long runs, and short ones. */
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(3, 1)), numbers(ctx, LIN_SHAPE(1, 20000)), LIN_SHAPE(3, 20000));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(5000, 10)), numbers(ctx, LIN_SHAPE(10)), LIN_SHAPE(5000, 10));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(20000, 3)), numbers(ctx, LIN_SHAPE(3)), LIN_SHAPE(20000, 3));
    check_broadcast(ctx, numbers(ctx, LIN_SHAPE(40000)), numbers(ctx, LIN_SHAPE(40000)), LIN_SHAPE(40000));
    assert_int_equal(lin_numel(lin_add(numbers(ctx, LIN_SHAPE(0, 3)), numbers(ctx, LIN_SHAPE(3)))), 0);
    lin_tensor *none = lin_mul(numbers(ctx, LIN_SHAPE(2, 0)), numbers(ctx, LIN_SHAPE(1, 1)));
    assert_int_equal(lin_dim(none, 0), 2);
    assert_int_equal(lin_numel(lin_exp(none)), 0);
}

static void strides(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = numbers(ctx, LIN_SHAPE(30, 40)), *turned = lin_transpose(a, 0, 1);
    check_broadcast(ctx, turned, numbers(ctx, LIN_SHAPE(40, 30)), LIN_SHAPE(40, 30));
    check_broadcast(ctx, lin_slice_step(a, 1, 0, 40, 3), lin_slice(lin_slice(turned, 1, 0, 14), 0, 0, 30),
                    LIN_SHAPE(30, 14));
    check_broadcast(ctx, lin_expand(lin_select(a, 0, 3), LIN_SHAPE(9, 40)), lin_select(turned, 1, 7), LIN_SHAPE(9, 40));
    lin_tensor *big = numbers(ctx, LIN_SHAPE(200, 300));
    check_broadcast(ctx, lin_transpose(big, 0, 1), lin_reshape(big, LIN_SHAPE(300, 200)), LIN_SHAPE(300, 200));
    CHECK_VALUES(lin_where(lin_transpose(lin_from_u8(ctx, (uint8_t[]){1, 0, 0, 2}, LIN_SHAPE(2, 2)), 0, 1),
                           lin_transpose(lin_reshape(F32(1, 2, 3, 4), LIN_SHAPE(2, 2)), 0, 1), F32(9)),
                 0, 1, 9, 9, 4);
}

static void every_split_gives_the_same(void **state)
{
    (void)state;
    double sum[4];
    int threads[] = {1, 2, 3, 8};
    for (int i = 0; i < 4; i++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 1, .threads = threads[i]});
        lin_tensor *a = lin_normal(ctx, 0, 1, LIN_SHAPE(300, 257)), *b = lin_normal(ctx, 0, 1, LIN_SHAPE(257, 1));
        lin_tensor *y =
            lin_exp(lin_mul(lin_add(a, lin_transpose(b, 0, 1)), lin_div(a, lin_transpose(lin_clone(b), 0, 1))));
        sum[i] = lin_item(lin_sum(lin_clamp(y, 0, 1)));
        lin_ctx_free(ctx);
        assert_true(sum[i] == sum[0]);
    }
}

static void integers(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_from_i64(ctx, (int64_t[]){7, -3, INT64_MAX}, LIN_SHAPE(3)),
               *one = lin_full_dtype(ctx, 1, LIN_SCALAR, LIN_I64);
    assert_int_equal(lin_type(lin_add(a, one)), LIN_I64);
    assert_int_equal(lin_i64(lin_add(a, one))[2], INT64_MIN);
    CHECK_VALUES(lin_sub_scalar(lin_slice(a, 0, 0, 2), 2), 0, 5, -5);
    CHECK_VALUES(lin_relu(lin_slice(a, 0, 0, 2)), 0, 7, 0);
    CHECK_VALUES(lin_clamp(lin_slice(a, 0, 0, 2), -2.5, 6.5), 0, 6, -2);
    lin_tensor *bytes = lin_from_u8(ctx, (uint8_t[]){250, 3}, LIN_SHAPE(2));
    CHECK_VALUES(lin_add_scalar(bytes, 10), 0, 4, 13);
    CHECK_VALUES(lin_sub_scalar(bytes, 4), 0, 246, 255);
    CHECK_VALUES(lin_mul(bytes, bytes), 0, 36, 9);
    CHECK_VALUES(lin_clamp(bytes, -7, 100), 0, 100, 3);
    assert_null(lin_add_scalar(a, 0.5));
    check_error(ctx, LIN_EINVAL, "add_scalar: the tensor is i64 and the scalar is not an integer; see lin_to");
    assert_null(lin_div(a, one));
    check_error(ctx, LIN_EINVAL, "div: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_exp(bytes));
    check_error(ctx, LIN_EINVAL, "exp: the tensor is u8; it must be f32 or f64, see lin_to");
    assert_null(lin_pow_scalar(bytes, 2));
    check_error(ctx, LIN_EINVAL, "pow_scalar: the tensor is u8; it must be f32 or f64, see lin_to");
}

/* The scalar is judged before there is a result. */
static void a_refused_scalar_takes_no_memory(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_full_dtype(ctx, 3, LIN_SHAPE(2000000), LIN_I64);
    size_t held = lin_memory(ctx);
    for (int i = 0; i < 3; i++) {
        assert_null(lin_mul_scalar(a, 0.5));
        check_error(ctx, LIN_EINVAL, "mul_scalar: the tensor is i64 and the scalar is not an integer; see lin_to");
        assert_null(lin_sub_scalar(a, 9223372036854775808.0)); /* one, but none that i64 has */
        check_error(ctx, LIN_EINVAL, "sub_scalar: the tensor is i64 and the scalar is not an integer; see lin_to");
        assert_null(lin_div_scalar(a, 2));
        check_error(ctx, LIN_EINVAL, "div_scalar: the tensor is i64; it must be f32 or f64, see lin_to");
    }
    assert_null(lin_add_scalar(NULL, 0.5));
    check_ok(ctx);
    assert_int_equal(lin_memory(ctx), held);
}

static void what_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_zeros(ctx, LIN_SHAPE(256, 784)), *b = lin_zeros(ctx, LIN_SHAPE(10));
    assert_null(lin_add(a, b));
    check_error(ctx, LIN_EINVAL, "add: (256, 784) and (10): 784 and 10 do not broadcast");
    assert_null(lin_mul(lin_zeros(ctx, LIN_SHAPE(2, 1, 3)), lin_zeros(ctx, LIN_SHAPE(3, 2, 1))));
    check_error(ctx, LIN_EINVAL, "mul: (2, 1, 3) and (3, 2, 1): 2 and 3 do not broadcast");
    assert_null(lin_add(b, lin_to(b, LIN_I64)));
    check_error(ctx, LIN_EINVAL, "add: f32 and i64 do not mix; convert one with lin_to");
    assert_null(lin_where(b, b, b));
    check_error(ctx, LIN_EINVAL, "where: the condition is f32; it must be u8, as comparisons give");
    assert_null(lin_where(lin_eq(a, a), b, b));
    check_error(ctx, LIN_EINVAL, "where: (256, 784) and (10): 784 and 10 do not broadcast");
    assert_null(lin_where(lin_eq(a, a), a, b));
    check_error(ctx, LIN_EINVAL, "where: (256, 784) and (10): 784 and 10 do not broadcast");
    lin_ctx *other = lin_ctx_new(NULL);
    assert_null(lin_add(b, lin_zeros(other, LIN_SHAPE(10))));
    check_error(ctx, LIN_EINVAL, "add: arguments 1 and 2 are of different contexts");
    lin_ctx_free(other);
}

static void null_passes_through(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_ones(ctx, LIN_SHAPE(2));
    assert_null(lin_add(NULL, NULL));
    check_ok(ctx);
    assert_null(lin_add(a, NULL));
    check_error(ctx, LIN_EINVAL, "add: argument 2 is NULL");
    assert_null(lin_mul(NULL, a));
    check_error(ctx, LIN_EINVAL, "mul: argument 1 is NULL");
    assert_null(lin_where(lin_eq(a, a), NULL, a));
    check_error(ctx, LIN_EINVAL, "where: argument 2 is NULL");
    assert_null(lin_exp(NULL));
    assert_null(lin_add_scalar(NULL, 1));
    assert_null(lin_clamp(NULL, 0, 1));
    check_ok(ctx);
    assert_null(lin_exp(lin_mul(lin_add(a, lin_ones(ctx, LIN_SHAPE(3))), a)));
    check_error(ctx, LIN_EINVAL, "add: (2) and (3): 2 and 3 do not broadcast"); /* the first cause stays */
}

static lin_tensor *gradient_of(lin_tensor *y, lin_tensor *x)
{
    lin_zero_grad_of(x);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    return lin_grad(x);
}

/* PyTorch's choices where there is no derivative. */
static void kinks_and_ties(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(F32(-1, 0, 1), true), *w = lin_requires_grad_(F32(0, 0, 0), true);
    CHECK_VALUES(gradient_of(lin_relu(x), x), 0, 0, 0, 1);
    CHECK_VALUES(gradient_of(lin_abs(x), x), 0, -1, 0, 1);
    CHECK_VALUES(gradient_of(lin_sign(x), x), 0, 0, 0, 0);
    CHECK_VALUES(gradient_of(lin_clamp(x, -1, 0), x), 0, 1, 1, 0);
    CHECK_VALUES(gradient_of(lin_maximum(x, w), x), 0, 0, 0.5, 1);
    CHECK_VALUES(gradient_of(lin_maximum(x, w), w), 0, 1, 0.5, 0);
    CHECK_VALUES(gradient_of(lin_minimum(x, w), x), 0, 1, 0.5, 0);
    CHECK_VALUES(gradient_of(lin_pow_scalar(w, 2), w), 0, 0, 0, 0);
    CHECK_VALUES(gradient_of(lin_pow_scalar(w, 0), w), 0, 0, 0, 0);
    lin_tensor *base = lin_requires_grad_(F32(0, 0, -2, 0, 1), true),
               *power = lin_requires_grad_(F32(0, 2, 3, -1, 0), true);
    CHECK_VALUES(gradient_of(lin_pow(base, power), base), 1e-5, 0, 0, 12, -INFINITY, 0);
    CHECK_VALUES(gradient_of(lin_pow(base, power), power), 1e-5, 0, 0, NAN, -INFINITY, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values),          TEST(powers),
        TEST(not_a_number),    TEST(broadcasting),
        TEST(strides),         TEST(every_split_gives_the_same),
        TEST(integers),        TEST(a_refused_scalar_takes_no_memory),
        TEST(what_is_refused), TEST(null_passes_through),
        TEST(kinks_and_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
