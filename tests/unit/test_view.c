/* Views, copies and conversions: values, strides, sharing, errors. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

static lin_tensor *counting(lin_ctx *ctx, lin_shape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.ndim; i++)
        n *= shape.dim[i];
    return lin_reshape(lin_arange(ctx, 0, (double)n, 1, LIN_F32), shape);
}

static void check_shape(lin_tensor *t, lin_shape shape)
{
    assert_non_null(t);
    assert_int_equal(lin_ndim(t), shape.ndim);
    for (int i = 0; i < shape.ndim; i++)
        assert_int_equal(lin_dim(t, i), shape.dim[i]);
}

static void check_strides(lin_tensor *t, lin_shape strides)
{
    for (int i = 0; i < strides.ndim; i++)
        assert_int_equal(lin_stride(t, i), strides.dim[i]);
}

/* Is a change of t seen in `view`, whose first element is t's? */
static bool shares(lin_tensor *t, lin_tensor *view)
{
    lin_f32(t)[0] += 100;
    bool seen = lin_at(view, (lin_shape){.ndim = lin_ndim(view)}) == 100;
    lin_f32(t)[0] -= 100;
    return seen;
}

static void reshape(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 6)), *v = lin_reshape(t, LIN_SHAPE(3, -1));
    check_shape(v, LIN_SHAPE(3, 4));
    assert_true(shares(t, v));
    CHECK_VALUES(v, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    check_shape(lin_reshape(lin_ones(ctx, LIN_SHAPE(1, 1)), LIN_SCALAR), LIN_SCALAR);
    check_shape(lin_reshape(lin_ones(ctx, LIN_SCALAR), LIN_SHAPE(1, 1)), LIN_SHAPE(1, 1));
    check_shape(lin_reshape(lin_ones(ctx, LIN_SHAPE(0, 3)), LIN_SHAPE(3, 0, 2)), LIN_SHAPE(3, 0, 2));
    check_shape(lin_reshape(lin_ones(ctx, LIN_SHAPE(0, 3)), LIN_SHAPE(-1, 3)), LIN_SHAPE(0, 3));
    /* Strides that allow a view: a slice of rows; strides that do not: a transpose. */
    lin_tensor *rows = lin_slice(counting(ctx, LIN_SHAPE(4, 6)), 1, 0, 4);
    lin_tensor *cut = lin_reshape(rows, LIN_SHAPE(2, 2, 2, 2));
    check_strides(cut, LIN_SHAPE(12, 6, 2, 1));
    assert_false(shares(t, lin_reshape(lin_transpose(t, 0, 1), LIN_SHAPE(12))));
    lin_tensor *copied = lin_reshape(lin_transpose(t, 0, 1), LIN_SHAPE(12));
    CHECK_VALUES(copied, 0, 0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11);
    check_ok(ctx);
}

static void reshape_errors(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3));
    assert_null(lin_reshape(t, LIN_SHAPE(4, 2)));
    check_error(ctx, LIN_EINVAL, "reshape: (2, 3) to (4, 2): the tensor has 6 elements");
    assert_null(lin_reshape(t, LIN_SHAPE(4, -1)));
    check_error(ctx, LIN_EINVAL, "reshape: (2, 3) to (4, -1): the tensor has 6 elements");
    assert_null(lin_reshape(t, LIN_SHAPE(-1, -1)));
    check_error(ctx, LIN_EINVAL, "reshape: (2, 3) to (-1, -1): at most 8 sizes, none negative but one -1");
    assert_null(lin_reshape(t, LIN_SHAPE(-2, -3)));
    check_error(ctx, LIN_EINVAL, "reshape: (2, 3) to (-2, -3): at most 8 sizes, none negative but one -1");
    assert_null(lin_reshape(lin_ones(ctx, LIN_SHAPE(0)), LIN_SHAPE(-1, 0)));
    check_error(ctx, LIN_EINVAL, "reshape: (0) to (-1, 0): the tensor has 0 elements, so -1 could be any size");
    assert_null(lin_reshape(t, LIN_SHAPE(1LL << 40, 1LL << 40)));
    check_error(ctx, LIN_EINVAL, "reshape: (2, 3) to (1099511627776, 1099511627776): it is too large");
    lin_tensor *nothing[] = {lin_zeros(ctx, LIN_SHAPE(0)), lin_transpose(lin_zeros(ctx, LIN_SHAPE(3, 0)), 0, 1)};
    for (int i = 0; i < 2; i++) { /* a size of 0, wherever it stands, does not make the others harmless */
        assert_null(lin_reshape(nothing[i], LIN_SHAPE(0, 1LL << 40, 1LL << 40)));
        check_error_has(ctx, LIN_EINVAL, "to (0, 1099511627776, 1099511627776): it is too large");
        assert_null(lin_reshape(nothing[i], LIN_SHAPE(1LL << 40, 1LL << 40, 0)));
        check_error_has(ctx, LIN_EINVAL, "to (1099511627776, 1099511627776, 0): it is too large");
        assert_null(lin_reshape(nothing[i], LIN_SHAPE(1LL << 40, -1, 1LL << 40)));
        check_error_has(ctx, LIN_EINVAL, "to (1099511627776, -1, 1099511627776): it is too large");
        check_shape(lin_reshape(nothing[i], LIN_SHAPE(0, 1LL << 40)), LIN_SHAPE(0, 1LL << 40));
    }
    assert_null(lin_reshape(NULL, LIN_SHAPE(1)));
    check_ok(ctx);
}

/* Every reshape of a random view has the view's elements in row-major order, whether it is a view or a copy. */
static void reshapes_of_random_views(void **state)
{
    lin_ctx *ctx = *state;
    unsigned seed = 1;
    for (int round = 0; round < 500; round++) {
        lin_region mark = lin_mark(ctx);
        lin_shape shape = {.ndim = 4}, order = {.ndim = 4, .dim = {0, 1, 2, 3}};
        for (int i = 0; i < 4; i++) {
            shape.dim[i] = 1 + rand_r(&seed) % 4;
            int j = rand_r(&seed) % (i + 1);
            int64_t kept = order.dim[i];
            order.dim[i] = order.dim[j];
            order.dim[j] = kept;
        }
        lin_tensor *t = lin_permute(counting(ctx, shape), order);
        t = lin_slice_step(t, rand_r(&seed) % 4, rand_r(&seed) % 2, 4, 1 + rand_r(&seed) % 2);
        if (rand_r(&seed) % 3 == 0) t = lin_expand(lin_unsqueeze(t, 1), LIN_SHAPE(-1, 2, -1, -1, -1));
        int64_t n = lin_numel(t), a = 1 + rand_r(&seed) % 6;
        while (n % a)
            a--;
        lin_tensor *flat = lin_reshape(t, LIN_SHAPE(-1)), *pair = n ? lin_reshape(t, LIN_SHAPE(a, n / a)) : NULL;
        float *expected = malloc((size_t)(n + 1) * sizeof *expected);
        assert_int_equal(lin_copy_out(t, expected), 0);
        for (int64_t i = 0; i < n; i++) {
            assert_true(lin_at(flat, LIN_SHAPE(i)) == expected[i]);
            assert_true(lin_at(pair, LIN_SHAPE(i / (n / a), i % (n / a))) == expected[i]);
        }
        free(expected);
        lin_release(mark);
    }
    check_ok(ctx);
}

static void transpose_and_permute(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3)), *v = lin_transpose(t, 0, -1);
    check_shape(v, LIN_SHAPE(3, 2));
    check_strides(v, LIN_SHAPE(1, 3));
    assert_false(lin_is_contiguous(v));
    CHECK_VALUES(v, 0, 0, 3, 1, 4, 2, 5);
    lin_tensor *p = lin_permute(counting(ctx, LIN_SHAPE(2, 3, 4)), LIN_DIMS(2, 0, 1));
    check_shape(p, LIN_SHAPE(4, 2, 3));
    check_strides(p, LIN_SHAPE(1, 12, 4));
    check_shape(lin_permute(lin_ones(ctx, LIN_SCALAR), LIN_SCALAR), LIN_SCALAR);
    check_shape(lin_transpose(lin_ones(ctx, LIN_SCALAR), 0, -1), LIN_SCALAR);
    check_ok(ctx);
    assert_null(lin_transpose(t, 0, 2));
    check_error(ctx, LIN_EINVAL, "transpose: dimension 2 of a tensor of shape (2, 3); dimensions go from -2 to 1");
    assert_null(lin_permute(t, LIN_DIMS(0, 0)));
    check_error(ctx, LIN_EINVAL, "permute: dimension 0 is named twice");
    assert_null(lin_permute(t, LIN_DIMS(0)));
    check_error(ctx, LIN_EINVAL, "permute: (2, 3) to (0): every dimension must be named once");
    assert_null(lin_transpose(NULL, 0, 1));
    assert_null(lin_permute(NULL, LIN_DIMS(0)));
    check_ok(ctx);
}

static void squeeze_and_unsqueeze(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(1, 2, 1, 3));
    check_shape(lin_squeeze(t), LIN_SHAPE(2, 3));
    check_shape(lin_squeeze_dim(t, 0), LIN_SHAPE(2, 1, 3));
    check_shape(lin_squeeze_dim(t, -2), LIN_SHAPE(1, 2, 3));
    check_shape(lin_squeeze_dim(t, 1), LIN_SHAPE(1, 2, 1, 3));
    check_shape(lin_squeeze(lin_ones(ctx, LIN_SHAPE(1, 1))), LIN_SCALAR);
    check_shape(lin_unsqueeze(t, 0), LIN_SHAPE(1, 1, 2, 1, 3));
    check_shape(lin_unsqueeze(t, -1), LIN_SHAPE(1, 2, 1, 3, 1));
    check_shape(lin_unsqueeze(lin_ones(ctx, LIN_SCALAR), 0), LIN_SHAPE(1));
    assert_true(lin_is_contiguous(lin_unsqueeze(t, 2)));
    check_ok(ctx);
    assert_null(lin_squeeze_dim(t, 4));
    check_error(ctx, LIN_EINVAL,
                "squeeze_dim: dimension 4 of a tensor of shape (1, 2, 1, 3); dimensions go from -4 to 3");
    assert_null(lin_unsqueeze(t, 5));
    check_error_has(ctx, LIN_EINVAL, "unsqueeze: no place 5 in a tensor of shape (1, 2, 1, 3); places go from -5 to 4");
    assert_null(lin_squeeze(NULL));
    assert_null(lin_squeeze_dim(NULL, 0));
    assert_null(lin_unsqueeze(NULL, 0));
    check_ok(ctx);
}

static void expand(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(3, 1)), *v = lin_expand(t, LIN_SHAPE(2, -1, 2));
    check_shape(v, LIN_SHAPE(2, 3, 2));
    check_strides(v, LIN_SHAPE(0, 1, 0));
    CHECK_VALUES(v, 0, 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2);
    check_shape(lin_expand(lin_ones(ctx, LIN_SCALAR), LIN_SHAPE(2, 0)), LIN_SHAPE(2, 0));
    assert_null(lin_expand(t, LIN_SHAPE(4, 2)));
    check_error(ctx, LIN_EINVAL, "expand: (3, 1) to (4, 2): only sizes of 1 grow, and -1 keeps a size");
    assert_null(lin_expand(t, LIN_SHAPE(-1, 3, 1)));
    check_error(ctx, LIN_EINVAL, "expand: (3, 1) to (-1, 3, 1): only sizes of 1 grow, and -1 keeps a size");
    assert_null(lin_expand(t, LIN_SHAPE(3)));
    check_error_has(ctx, LIN_EINVAL, "expand: (3, 1) to (3)");
    assert_null(lin_expand(NULL, LIN_SHAPE(3)));
    check_ok(ctx);
}

static void slices(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(3, 4));
    CHECK_VALUES(lin_slice(t, 0, 1, 3), 0, 4, 5, 6, 7, 8, 9, 10, 11);
    CHECK_VALUES(lin_slice(t, 1, -2, 100), 0, 2, 3, 6, 7, 10, 11);
    CHECK_VALUES(lin_slice(t, -1, -100, -3), 0, 0, 4, 8);
    CHECK_VALUES(lin_slice_step(t, 1, 0, 4, 3), 0, 0, 3, 4, 7, 8, 11);
    check_shape(lin_slice(t, 1, 3, 1), LIN_SHAPE(3, 0));
    check_shape(lin_slice(t, 0, 3, 9), LIN_SHAPE(0, 4));
    check_shape(lin_slice_step(t, 1, 0, INT64_MAX, INT64_MAX), LIN_SHAPE(3, 1));
    check_shape(lin_slice(t, 0, INT64_MIN, INT64_MAX), LIN_SHAPE(3, 4));
    CHECK_VALUES(lin_select(t, 0, -1), 0, 8, 9, 10, 11);
    CHECK_VALUES(lin_select(t, 1, 1), 0, 1, 5, 9);
    check_shape(lin_select(lin_select(t, 1, 1), 0, 2), LIN_SCALAR);
    check_ok(ctx);
    assert_null(lin_slice_step(t, 0, 0, 3, 0));
    check_error(ctx, LIN_EINVAL, "slice: the step must be 1 or more");
    assert_null(lin_slice(lin_ones(ctx, LIN_SCALAR), 0, 0, 1));
    check_error(ctx, LIN_EINVAL, "slice: a scalar cannot be sliced");
    assert_null(lin_select(t, 1, 4));
    check_error(ctx, LIN_EINVAL, "select: index 4 along dimension 1, which has size 4");
    assert_null(lin_select(t, 1, -5));
    check_error(ctx, LIN_EINVAL, "select: index -5 along dimension 1, which has size 4");
    assert_null(lin_slice(NULL, 0, 0, 1));
    assert_null(lin_select(NULL, 0, 0));
    check_ok(ctx);
}

static void flatten(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3, 4));
    check_shape(lin_flatten_dims(t, 0, -1), LIN_SHAPE(24));
    check_shape(lin_flatten_dims(t, 1, -1), LIN_SHAPE(2, 12));
    check_shape(lin_flatten_dims(t, 0, 1), LIN_SHAPE(6, 4));
    check_shape(lin_flatten_dims(t, 1, 1), LIN_SHAPE(2, 3, 4));
    check_shape(lin_flatten_dims(lin_ones(ctx, LIN_SCALAR), 0, -1), LIN_SHAPE(1));
    check_shape(lin_flatten_dims(lin_ones(ctx, LIN_SHAPE(0, 3, 4)), 1, 2), LIN_SHAPE(0, 12));
    assert_null(lin_flatten_dims(t, 2, 1));
    check_error(ctx, LIN_EINVAL, "flatten: dimension 2 comes after 1");
    assert_null(lin_flatten_dims(NULL, 0, 0));
    check_ok(ctx);
}

static void copies(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3)), *v = lin_transpose(t, 0, 1), *c = lin_contiguous(v);
    assert_ptr_equal(lin_contiguous(t), t);
    assert_true(lin_is_contiguous(c));
    CHECK_VALUES(c, 0, 0, 3, 1, 4, 2, 5);
    lin_tensor *clone = lin_clone(t);
    lin_f32(clone)[0] = 9;
    assert_true(lin_at(t, LIN_SHAPE(0, 0)) == 0);
    assert_null(lin_clone(NULL));
    assert_null(lin_contiguous(NULL));
    check_ok(ctx);
}

static void conversions(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_from_f32(ctx, (const float[]){1.9f, -1.9f, NAN, INFINITY, -INFINITY, 300}, LIN_SHAPE(2, 3));
    assert_ptr_equal(lin_to(x, LIN_F32), x);
    check_text(lin_to(x, LIN_U8), "tensor([[  1,   0,   0],\n        [255,   0, 255]], dtype=torch.uint8)");
    lin_tensor *whole = lin_to(lin_transpose(x, 0, 1), LIN_I64);
    const int64_t *at = lin_i64(whole), expected[] = {1, INT64_MAX, -1, INT64_MIN, 0, 300};
    for (int i = 0; i < 6; i++)
        assert_int_equal(at[i], expected[i]);
    /* A gradient is converted back; there is none through integers. */
    lin_tensor *w = lin_requires_grad_(lin_from_f64(ctx, (const double[]){1, 2}, LIN_SHAPE(2)), true);
    assert_int_equal(lin_backward(lin_sum(lin_to(w, LIN_F32))), 0);
    assert_int_equal(lin_type(lin_grad(w)), LIN_F64);
    CHECK_VALUES(lin_grad(w), 0, 1, 1);
    assert_false(lin_requires_grad(lin_to(w, LIN_I64)));
    assert_null(lin_to(x, (lin_dtype)7));
    check_error(ctx, LIN_EINVAL, "to: there is no type 7");
    assert_null(lin_to(NULL, LIN_F64));
    check_ok(ctx);
}

static void gradients_of_parts(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(counting(ctx, LIN_SHAPE(2, 3)), true);
    lin_tensor *y = lin_sum(lin_slice_step(w, 1, 0, 3, 2));
    lin_backward(y);
    lin_backward(lin_sum(lin_select(w, 0, 1)));
    lin_backward(lin_sum(lin_expand(lin_unsqueeze(w, 0), LIN_SHAPE(4, 2, 3))));
    CHECK_VALUES(lin_grad(w), 0, 5, 4, 5, 6, 5, 6);
    assert_string_equal(lin_grad_fn(lin_reshape(lin_transpose(w, 0, 1), LIN_SHAPE(6))), "reshape");
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reshape),
        TEST(reshape_errors),
        TEST(reshapes_of_random_views),
        TEST(transpose_and_permute),
        TEST(squeeze_and_unsqueeze),
        TEST(expand),
        TEST(slices),
        TEST(flatten),
        TEST(copies),
        TEST(conversions),
        TEST(gradients_of_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
