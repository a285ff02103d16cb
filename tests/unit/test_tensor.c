/* Tensors: creation, asking, reading, regions they live in. */
#include "tensor/tensor.h"

#include "support/support.h"

#include <math.h>

static void constants(void **state)
{
    lin_ctx *ctx = *state;
    CHECK_VALUES(lin_zeros(ctx, LIN_SHAPE(2, 2)), 0, 0, 0, 0, 0);
    CHECK_VALUES(lin_ones(ctx, LIN_SHAPE(3)), 0, 1, 1, 1);
    CHECK_VALUES(lin_full(ctx, -2.5, LIN_SCALAR), 0, -2.5);
    CHECK_VALUES(lin_full_dtype(ctx, 7, LIN_SHAPE(2), LIN_I64), 0, 7, 7);
    CHECK_VALUES(lin_full_dtype(ctx, 300, LIN_SHAPE(1), LIN_U8), 0, 255);
    assert_int_equal(lin_type(lin_zeros(ctx, LIN_SHAPE(1))), LIN_F32);
    lin_set_default_dtype(ctx, LIN_F64);
    assert_int_equal(lin_type(lin_zeros(ctx, LIN_SHAPE(1))), LIN_F64);
    assert_true(signbit(lin_item(lin_full(ctx, -0.0, LIN_SHAPE(1)))));
    lin_tensor *none = lin_zeros(ctx, LIN_SHAPE(0, 3));
    assert_int_equal(lin_numel(none), 0);
    assert_int_equal(lin_ndim(none), 2);
    check_ok(ctx);
}

static void ranges(void **state)
{
    lin_ctx *ctx = *state;
    CHECK_VALUES(lin_arange(ctx, 0, 5, 1, LIN_I64), 0, 0, 1, 2, 3, 4);
    CHECK_VALUES(lin_arange(ctx, 1, 2, 0.3, LIN_F64), 1e-15, 1, 1.3, 1.6, 1.9);
    CHECK_VALUES(lin_arange(ctx, 3, 0, -1, LIN_F32), 0, 3, 2, 1);
    assert_int_equal(lin_numel(lin_arange(ctx, 0, 0, 1, LIN_I64)), 0);
    assert_null(lin_arange(ctx, 0, 5, 0, LIN_I64));
    check_error(ctx, LIN_EINVAL, "arange: from 0 to 5 in steps of 0");
    assert_null(lin_arange(ctx, 0, 5, -1, LIN_I64));
    lin_error_clear(ctx);
    assert_null(lin_arange(ctx, 0, 1e300, 1, LIN_I64));
    lin_error_clear(ctx);
}

static void data_are_copied(void **state)
{
    lin_ctx *ctx = *state;
    float values[] = {1, 2, 3, 4, 5, 6};
    lin_tensor *t = lin_from_f32(ctx, values, LIN_SHAPE(2, 3));
    values[0] = 9;
    CHECK_VALUES(t, 0, 1, 2, 3, 4, 5, 6);
    assert_int_equal(lin_dim(t, 0), 2);
    assert_int_equal(lin_dim(t, -1), 3);
    assert_int_equal(lin_stride(t, 0), 3);
    assert_int_equal(lin_size(t).dim[1], 3);
    assert_int_equal((uintptr_t)lin_f32(t) % 64, 0);
    assert_true(lin_at(t, LIN_SHAPE(1, -1)) == 6);
    assert_int_equal(lin_item_i64(lin_from_i64(ctx, (int64_t[]){INT64_MAX}, LIN_SHAPE(1, 1))), INT64_MAX);
    int64_t out[3];
    assert_int_equal(lin_copy_out(lin_from_i64(ctx, (int64_t[]){3, 1, 2}, LIN_SHAPE(3)), out), 0);
    assert_int_equal(out[1], 1);
}

static void questions_that_have_no_answer(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(2, 3));
    assert_int_equal(lin_dim(t, 2), 0);
    check_error(ctx, LIN_EINVAL, "dim: dimension 2 of a tensor of shape (2, 3); dimensions go from -2 to 1");
    assert_true(isnan(lin_item(t)));
    check_error(ctx, LIN_EINVAL, "item: a tensor of shape (2, 3) has 6 elements, not one");
    assert_true(isnan(lin_at(t, LIN_SHAPE(2, 0))));
    check_error(ctx, LIN_EINVAL, "at: no element (2, 0) in a tensor of shape (2, 3)");
    assert_null(lin_i64(t));
    check_error(ctx, LIN_EINVAL, "i64: the tensor is f32; convert it with lin_to");
    assert_null(lin_f32(lin_transpose(t, 0, 1)));
    check_error(ctx, LIN_EINVAL, "f32: the tensor is not contiguous; see lin_contiguous");
    assert_null(lin_const_data_ptr(lin_transpose(t, 0, 1)));
    check_error(ctx, LIN_EINVAL, "const_data_ptr: the tensor is not contiguous; see lin_contiguous");
    assert_null(lin_const_data_ptr(NULL));
    assert_null(lin_zeros(ctx, LIN_SHAPE(2, -1)));
    check_error(ctx, LIN_EINVAL, "zeros: (2, -1) is not a shape: no size may be negative, and the product must fit");
    assert_null(lin_zeros(ctx, LIN_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1)));
    check_error(ctx, LIN_EINVAL, "zeros: 9 dimensions; at most 8");
    assert_null(lin_full_dtype(ctx, 1, LIN_SHAPE(2), (lin_dtype)9));
    check_error(ctx, LIN_EINVAL, "full: no type 9; see lin_dtype");
    assert_null(lin_arange(ctx, 0, 3, 1, (lin_dtype)4));
    check_error(ctx, LIN_EINVAL, "arange: no type 4; see lin_dtype");
    assert_null(lin_zeros(ctx, LIN_SHAPE(INT64_MAX, INT64_MAX)));
    check_error_has(ctx, LIN_EINVAL, "the product must fit");
    assert_null(lin_zeros(ctx, LIN_SHAPE(INT64_MAX, 0, INT64_MAX)));
    check_error_has(ctx, LIN_EINVAL, "the product must fit");
    assert_null(lin_zeros(ctx, LIN_SHAPE((int64_t)1 << 50)));
    check_error_has(ctx, LIN_ENOMEM, "out of memory");
    assert_null(lin_zeros(NULL, LIN_SHAPE(1)));
    assert_int_equal(lin_numel(NULL), 0);
    assert_null(lin_context(NULL));
}

static void random_values_depend_on_seed_and_number_only(void **state)
{
    lin_ctx *ctx = *state;
    lin_ctx *other = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 1});
    lin_tensor *a = lin_normal(ctx, 0, 1, LIN_SHAPE(1000)), *b = lin_normal(other, 0, 1, LIN_SHAPE(1000));
    assert_memory_equal(lin_f32(a), lin_f32(b), 4000);
    lin_tensor *c = lin_normal(ctx, 0, 1, LIN_SHAPE(1000));
    assert_memory_not_equal(lin_f32(a), lin_f32(c), 4000);
    assert_int_equal(lin_item_i64(lin_sum(lin_randperm(ctx, 100))), 4950);
    assert_int_equal(lin_numel(lin_randperm(ctx, 0)), 0);
    lin_tensor *u = lin_uniform(ctx, -2, 3, LIN_SHAPE(1000));
    assert_true(lin_item(lin_min(u)) >= -2 && lin_item(lin_max(u)) < 3);
    assert_null(lin_normal(ctx, 0, -1, LIN_SHAPE(1)));
    check_error_has(ctx, LIN_EINVAL, "a standard deviation of -1");
    assert_null(lin_uniform(ctx, 1, 0, LIN_SHAPE(1)));
    check_error_has(ctx, LIN_EINVAL, "low must not be above high");
    lin_ctx_free(other);
}

static void kept_values_outlive_their_region(void **state)
{
    lin_ctx *ctx = *state;
    lin_region outer = lin_mark(ctx), inner = lin_mark(ctx);
    lin_tensor *t = lin_full(ctx, 3, LIN_SHAPE(2)), *kept = lin_keep(t);
    lin_tensor *p = lin_parameter(t);
    assert_int_equal(kept->depth, 1);
    assert_int_equal(p->depth, 2);
    lin_release(inner);
    CHECK_VALUES(kept, 0, 3, 3);
    lin_tensor *again = lin_keep(lin_keep(kept));
    lin_release(outer);
    CHECK_VALUES(again, 0, 3, 3);
    assert_int_equal(lin_keep(again)->depth, 0);
}

static void parameters_live_in_the_scope_values_in_the_step(void **state)
{
    lin_ctx *ctx = *state;
    lin__open(ctx, true);
    lin_tensor *t = lin_ones(ctx, LIN_SHAPE(2));
    lin_tensor *p = lin_parameter(t);
    assert_int_equal(t->depth, 1);
    assert_int_equal(p->depth, 0);
    assert_int_equal(p->grad->depth, 0);
    assert_ptr_not_equal(p->data, t->data);
}

static void a_released_tensor_is_refused(void **state)
{
#if defined(NDEBUG) || defined(LIN__ASAN)
    (void)state;
    skip(); /* release builds do not look; AddressSanitizer stops at the line */
#else
    lin_ctx *ctx = *state;
    lin_region mark = lin_mark(ctx);
    lin_tensor *t = lin_ones(ctx, LIN_SHAPE(2));
    lin_release(mark);
    assert_null(lin_neg(t));
    check_error(ctx, LIN_EINVAL, "neg: a tensor was used after its region had ended; see lin_keep");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(constants),
        TEST(ranges),
        TEST(data_are_copied),
        TEST(questions_that_have_no_answer),
        TEST(random_values_depend_on_seed_and_number_only),
        TEST(kept_values_outlive_their_region),
        TEST(parameters_live_in_the_scope_values_in_the_step),
        TEST(a_released_tensor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
