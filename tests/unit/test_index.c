/* Indexing and joining: values, negatives, errors that name place, value and size, gradients that meet an element twice. */
#include "support/support.h"

#include <stdlib.h>

static lin_tensor *counting(lin_ctx *ctx, lin_shape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.ndim; i++)
        n *= shape.dim[i];
    return lin_reshape(lin_arange(ctx, 0, (double)n, 1, LIN_F64), shape);
}

static void check_shape(lin_tensor *t, lin_shape shape)
{
    assert_non_null(t);
    assert_int_equal(lin_ndim(t), shape.ndim);
    for (int i = 0; i < shape.ndim; i++)
        assert_int_equal(lin_dim(t, i), shape.dim[i]);
}

#define INDEX(...) \
    lin_from_i64(ctx, (const int64_t[]){__VA_ARGS__}, LIN_SHAPE(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

static void rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(3, 2));
    CHECK_VALUES(lin_index(t, INDEX(2, 0, -1)), 0, 4, 5, 0, 1, 4, 5);
    lin_tensor *square = lin_index(t, lin_reshape(INDEX(0, 1, 2, 2), LIN_SHAPE(2, 2)));
    check_shape(square, LIN_SHAPE(2, 2, 2));
    check_shape(lin_index(t, lin_full_dtype(ctx, 1, LIN_SCALAR, LIN_I64)), LIN_SHAPE(2));
    CHECK_VALUES(lin_index(t, lin_full_dtype(ctx, 1, LIN_SHAPE(2), LIN_U8)), 0, 2, 3, 2, 3);
    CHECK_VALUES(lin_index(lin_transpose(t, 0, 1), INDEX(1)), 0, 1, 3, 5);
    CHECK_VALUES(lin_index(t, lin_slice_step(INDEX(0, 1, 2, 2), 0, 0, 4, 2)), 0, 0, 1, 4, 5);
    check_shape(lin_index(t, lin_arange(ctx, 0, 0, 1, LIN_I64)), LIN_SHAPE(0, 2));
    check_shape(lin_index(lin_ones(ctx, LIN_SHAPE(3, 0)), INDEX(1, 2)), LIN_SHAPE(2, 0));
    assert_int_equal(lin_type(lin_index(lin_to(t, LIN_U8), INDEX(1))), LIN_U8);
    check_ok(ctx);
    assert_null(lin_index(t, INDEX(0, 3)));
    check_error(ctx, LIN_EINVAL, "index: index 3 at position 1 is out of range for size 3");
    assert_null(lin_index(t, INDEX(-4)));
    check_error(ctx, LIN_EINVAL, "index: index -4 at position 0 is out of range for size 3");
    assert_null(lin_index(t, INDEX(INT64_MIN)));
    check_error_has(ctx, LIN_EINVAL, "index: index -9223372036854775808 at position 0");
    assert_null(lin_index(t, lin_ones(ctx, LIN_SHAPE(1))));
    check_error(ctx, LIN_EINVAL, "index: the index is f32; it must be i64 or u8");
    assert_null(lin_index(lin_ones(ctx, LIN_SCALAR), INDEX(0)));
    check_error(ctx, LIN_EINVAL, "index: a scalar has no rows");
}

static void along_a_dimension(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3));
    CHECK_VALUES(lin_index_select(t, 1, INDEX(2, 0)), 0, 2, 0, 5, 3);
    CHECK_VALUES(lin_index_select(t, -2, INDEX(1)), 0, 3, 4, 5);
    check_ok(ctx);
    assert_null(lin_index_select(t, 1, INDEX(3)));
    check_error(ctx, LIN_EINVAL, "index_select: index 3 at position 0 is out of range for size 3");
    assert_null(lin_index_select(t, 2, INDEX(0)));
    check_error(ctx, LIN_EINVAL, "index_select: dimension 2 of a tensor of shape (2, 3); dimensions go from -2 to 1");
    assert_null(lin_index_select(t, 0, lin_reshape(INDEX(0), LIN_SHAPE(1, 1))));
    check_error(ctx, LIN_EINVAL, "index_select: the index must have one dimension");
}

/* y_hat[[0, 1], y] */
static void at_places(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3));
    CHECK_VALUES(lin_index_at(t, LIN_TENSORS(INDEX(0, 1), INDEX(0, 2))), 0, 0, 5);
    CHECK_VALUES(lin_index_at(t, LIN_TENSORS(INDEX(1, 0))), 0, 3, 4, 5, 0, 1, 2);
    lin_tensor *column = lin_reshape(INDEX(0, 1), LIN_SHAPE(2, 1));
    lin_tensor *grid = lin_index_at(t, LIN_TENSORS(column, INDEX(0, -1)));
    check_shape(grid, LIN_SHAPE(2, 2));
    CHECK_VALUES(grid, 0, 0, 2, 3, 5);
    check_shape(lin_index_at(counting(ctx, LIN_SHAPE(2, 3, 4)), LIN_TENSORS(INDEX(1), INDEX(1))), LIN_SHAPE(1, 4));
    check_ok(ctx);
    assert_null(lin_index_at(t, LIN_TENSORS(INDEX(0, 1), INDEX(0, 3))));
    check_error(ctx, LIN_EINVAL, "index_at: index 3 at position 1 is out of range for size 3");
    assert_null(lin_index_at(t, LIN_TENSORS(INDEX(0, 1), INDEX(0, 1, 2))));
    check_error(ctx, LIN_EINVAL, "index_at: indices of shapes (2) and (3) do not broadcast together");
    assert_null(lin_index_at(t, LIN_TENSORS(INDEX(0), INDEX(0), INDEX(0))));
    check_error(ctx, LIN_EINVAL, "index_at: 3 indices for a tensor of shape (2, 3); one for each leading dimension");
}

static void gather(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = counting(ctx, LIN_SHAPE(2, 3)), *index = lin_reshape(INDEX(2, 0, 1, -1), LIN_SHAPE(2, 2));
    CHECK_VALUES(lin_gather(t, 1, index), 0, 2, 0, 4, 5);
    CHECK_VALUES(lin_gather(lin_transpose(t, 0, 1), 0, lin_transpose(index, 0, 1)), 0, 2, 4, 0, 5);
    check_shape(lin_gather(t, 0, lin_reshape(INDEX(1, 1, 1), LIN_SHAPE(1, 3))), LIN_SHAPE(1, 3));
    assert_true(lin_item(lin_gather(lin_ones(ctx, LIN_SCALAR), 0, lin_full_dtype(ctx, 0, LIN_SCALAR, LIN_I64))) == 1);
    check_ok(ctx);
    assert_null(lin_gather(t, 1, INDEX(0)));
    check_error(ctx, LIN_EINVAL, "gather: an index of shape (1) does not fit into (2, 3) beside dimension 1");
    assert_null(lin_gather(t, 0, index));
    check_error(ctx, LIN_EINVAL, "gather: index 2 at position 0 is out of range for size 2");
}

static void one_hot(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_one_hot(INDEX(0, 2), 3);
    assert_int_equal(lin_type(y), LIN_I64);
    check_shape(y, LIN_SHAPE(2, 3));
    CHECK_VALUES(y, 0, 1, 0, 0, 0, 0, 1);
    check_shape(lin_one_hot(lin_reshape(INDEX(0, 4), LIN_SHAPE(2, 1)), 0), LIN_SHAPE(2, 1, 5));
    check_shape(lin_one_hot(lin_full_dtype(ctx, 1, LIN_SCALAR, LIN_U8), 0), LIN_SHAPE(2));
    check_shape(lin_one_hot(lin_arange(ctx, 0, 0, 1, LIN_I64), 4), LIN_SHAPE(0, 4));
    check_ok(ctx);
    assert_null(lin_one_hot(INDEX(0, 3), 3));
    check_error(ctx, LIN_EINVAL, "one_hot: label 3 at row 1 is outside [0, 3)");
    assert_null(lin_one_hot(INDEX(-1), 0));
    check_error_has(ctx, LIN_EINVAL, "one_hot: label -1 at row 0 is outside [0, ");
    assert_null(lin_one_hot(lin_arange(ctx, 0, 0, 1, LIN_I64), 0));
    check_error(ctx, LIN_EINVAL, "one_hot: no labels and no number of classes");
    assert_null(lin_one_hot(lin_ones(ctx, LIN_SHAPE(2)), 2));
    check_error(ctx, LIN_EINVAL, "one_hot: labels must be i64 or u8; see lin_to");
}

static void joined(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = counting(ctx, LIN_SHAPE(2, 2)), *b = lin_full_dtype(ctx, 9, LIN_SHAPE(2, 1), LIN_F64);
    CHECK_VALUES(lin_cat(LIN_TENSORS(a, b), 1), 0, 0, 1, 9, 2, 3, 9);
    CHECK_VALUES(lin_cat(LIN_TENSORS(a, lin_transpose(a, 0, 1)), 0), 0, 0, 1, 2, 3, 0, 2, 1, 3);
    check_shape(lin_cat(LIN_TENSORS(a, lin_slice(a, 0, 0, 0)), -2), LIN_SHAPE(2, 2));
    lin_tensor *c = lin_stack(LIN_TENSORS(a, a), -1);
    check_shape(c, LIN_SHAPE(2, 2, 2));
    CHECK_VALUES(c, 0, 0, 0, 1, 1, 2, 2, 3, 3);
    check_shape(lin_stack(LIN_TENSORS(lin_ones(ctx, LIN_SCALAR)), 0), LIN_SHAPE(1));
    check_ok(ctx);
    assert_null(lin_cat(LIN_TENSORS(a, b), 0));
    check_error(
        ctx, LIN_EINVAL,
        "cat: tensors 0 and 1 have shapes (2, 2) and (2, 1), which must agree but for the dimension that is joined");
    assert_null(lin_stack(LIN_TENSORS(a, b), 0));
    check_error(ctx, LIN_EINVAL, "stack: tensors 0 and 1 have shapes (2, 2) and (2, 1), which must agree");
    assert_null(lin_cat(LIN_TENSORS(a, lin_to(a, LIN_F32)), 0));
    check_error(ctx, LIN_EINVAL, "cat: f64 and f32 do not mix; convert one with lin_to");
    assert_null(lin_cat(LIN_TENSORS(a, NULL), 0));
    check_error(ctx, LIN_EINVAL, "cat: argument 2 is NULL");
    assert_null(lin_cat(LIN_TENSORS(lin_ones(ctx, LIN_SCALAR)), 0));
    check_error(ctx, LIN_EINVAL, "cat: scalars cannot be joined; see lin_stack");
    assert_null(lin_stack(LIN_TENSORS(a), 3));
    check_error_has(ctx, LIN_EINVAL, "stack: no place 3 beside 2 dimensions; places go from -3 to 2");
    assert_null(lin_cat((lin_tensors){0}, 0));
}

/* The leaf's gradient of Σ f(leaf)·(1, 2, 3, …). */
static lin_tensor *gradient(lin_tensor *leaf, lin_tensor *y)
{
    assert_non_null(y);
    lin_zero_grad_of(leaf);
    lin_tensor *g = lin_reshape(lin_arange(lin_context(y), 1, (double)lin_numel(y) + 1, 1, LIN_F64), lin_size(y));
    assert_int_equal(lin_backward_with(y, g), 0);
    return lin_grad(leaf);
}

static void gradients(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(counting(ctx, LIN_SHAPE(2, 3)), true);
    CHECK_VALUES(gradient(w, lin_index(w, INDEX(1, 1, -1))), 0, 0, 0, 0, 12, 15, 18);
    CHECK_VALUES(gradient(w, lin_index_select(w, 1, INDEX(0, 0))), 0, 3, 0, 0, 7, 0, 0);
    CHECK_VALUES(gradient(w, lin_index_at(w, LIN_TENSORS(INDEX(0, 0, 1), INDEX(2, 2, 0)))), 0, 0, 0, 3, 3, 0, 0);
    CHECK_VALUES(gradient(w, lin_gather(w, 0, lin_reshape(INDEX(0, 1, 1, 0, 0, 0), LIN_SHAPE(2, 3)))), 0, 5, 5, 6, 0, 2,
                 3);
    CHECK_VALUES(gradient(w, lin_cat(LIN_TENSORS(w, w), 1)), 0, 5, 7, 9, 17, 19, 21);
    CHECK_VALUES(gradient(w, lin_stack(LIN_TENSORS(w, lin_detach(w), w), 0)), 0, 14, 16, 18, 20, 22, 24);
    assert_false(lin_requires_grad(lin_one_hot(INDEX(0), 2)));
    check_ok(ctx);
}

/* An index changed after it was used does not change the gradient: the op has its own. */
static void an_index_may_change(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_requires_grad_(counting(ctx, LIN_SHAPE(2, 1)), true), *index = INDEX(1);
    lin_tensor *y = lin_index(w, index);
    lin_i64(index)[0] = 0;
    CHECK_VALUES(gradient(w, y), 0, 0, 1);
}

static void many_rows_on_the_pool(void **state)
{
    lin_ctx *ctx = *state;
    int64_t n = 20000, c = 100;
    lin_tensor *t = lin_reshape(lin_arange(ctx, 0, (double)(n * c), 1, LIN_F32), LIN_SHAPE(n, c));
    lin_tensor *order = lin_randperm(ctx, n), *y = lin_index(t, order);
    for (int64_t i = 0; i < n; i += 97)
        for (int64_t j = 0; j < c; j += 33)
            assert_true(lin_f32(y)[i * c + j] == (float)(lin_i64(order)[i] * c + j));
}

static void null_passes_through(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_index(NULL, NULL));
    assert_null(lin_index_select(NULL, 0, NULL));
    assert_null(lin_index_at(NULL, LIN_TENSORS(NULL)));
    assert_null(lin_gather(NULL, 0, NULL));
    assert_null(lin_one_hot(NULL, 0));
    assert_null(lin_cat(LIN_TENSORS(NULL), 0));
    assert_null(lin_stack(LIN_TENSORS(NULL, NULL), 0));
    check_ok(ctx);
    assert_null(lin_index_at(lin_ones(ctx, LIN_SHAPE(2)), LIN_TENSORS(NULL)));
    check_error(ctx, LIN_EINVAL, "index_at: argument 2 is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows),
        TEST(along_a_dimension),
        TEST(at_places),
        TEST(gather),
        TEST(one_hot),
        TEST(joined),
        TEST(gradients),
        TEST(an_index_may_change),
        TEST(many_rows_on_the_pool),
        TEST(null_passes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
