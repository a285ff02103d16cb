/* Datasets: what they keep of their arrays, single rows, parts, names of classes, and what they refuse. */
#include "data/dataset.h"

#include "support/batches.h"

#include <math.h>

/* n images (2, 3) of bytes 0, 1, 2, … */
static lin_tensor *small_images(lin_ctx *ctx, int64_t n)
{
    return lin_reshape(lin_arange(ctx, 0, 6 * (double)n, 1, LIN_U8), LIN_SHAPE(n, 2, 3));
}

static void arrays_are_told_as_stored(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(
        LIN_TENSORS(small_images(ctx, 4), lin_ones(ctx, LIN_SHAPE(4)), lin_zeros(ctx, LIN_SHAPE(4, 0))));
    assert_int_equal(lin_rows(d), 4);
    assert_int_equal(lin_arrays(d), 3);
    assert_int_equal(lin_row_size(d, 0).ndim, 2);
    assert_int_equal(lin_row_size(d, 0).dim[1], 3);
    assert_int_equal(lin_row_type(d, 0), LIN_U8);
    assert_int_equal(lin_row_size(d, 1).ndim, 0);
    assert_int_equal(lin_row_type(d, 1), LIN_F32);
    assert_int_equal(lin_row_size(d, 2).dim[0], 0);
    check_ok(ctx);
    assert_int_equal(lin_row_size(d, 3).ndim, 0);
    check_error(ctx, LIN_EINVAL, "row_size: there is no array 3; the dataset has 3, counted from 0");
    lin_row_type(d, -1);
    check_error(ctx, LIN_EINVAL, "row_type: there is no array -1; the dataset has 3, counted from 0");
    assert_null(lin_array(d, 9));
    check_error(ctx, LIN_EINVAL, "array: there is no array 9; the dataset has 3, counted from 0");
}

static void values_of_an_inner_region_are_copied(void **state)
{
    lin_ctx *ctx = *state;
    lin_region step = lin__open(ctx, true);
    lin_dataset *d = numbered(ctx, 3); /* in the nearest scope, the root; its arrays were made in the step */
    lin_release(step);
    lin_tensor *reused = lin_full(ctx, 7, LIN_SHAPE(1000)); /* the step's memory is used again */
    assert_non_null(reused);
    CHECK_VALUES(lin_array(d, 0), 0, 0, 1, 2, 3, 4, 5);
    CHECK_VALUES(lin_array(d, 1), 0, 0, 1, 2);
}

static void values_of_its_own_region_are_shared(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_zeros(ctx, LIN_SHAPE(2, 2));
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X));
    lin_region mark = lin_mark(ctx);
    lin_tensor *array = lin_array(d, 0);
    assert_ptr_equal(lin_f32(array), lin_f32(X));
    lin_fill_(array, 3);
    lin_release(mark);
    CHECK_VALUES(X, 0, 3, 3, 3, 3);
}

static void strided_arrays_and_graphs_are_left_behind(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_parameter(lin_from_f32(ctx, (float[]){1, 2, 3, 4, 5, 6}, LIN_SHAPE(2, 3)));
    lin_dataset *d = lin_tensor_dataset(
        LIN_TENSORS(lin_transpose(w, 0, 1), lin_reshape(lin_mul_scalar(lin_slice(w, 0, 0, 1), 2), LIN_SHAPE(3))));
    lin_tensor *X, *y;
    assert_int_equal(lin_row(d, 1, &X, &y), 0);
    CHECK_VALUES(X, 0, 2, 5);
    CHECK_VALUES(y, 0, 4);
    assert_int_equal(lin_ndim(y), 0);
    for (int k = 0; k < 2; k++) {
        assert_false(lin_requires_grad(lin_array(d, k)));
        assert_true(lin_is_leaf(lin_array(d, k)));
    }
    assert_false(lin_requires_grad(X));
}

static void one_row_from_the_front_or_the_end(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 5);
    lin_tensor *X, *y;
    assert_int_equal(lin_row(d, 3, &X, &y), 0);
    CHECK_VALUES(X, 0, 6, 7);
    assert_int_equal(lin_item_i64(y), 3);
    assert_int_equal(lin_row(d, -5, &X, NULL), 0);
    CHECK_VALUES(X, 0, 0, 1);
    assert_int_equal(lin_row(d, 5, &X, &y), LIN_EINVAL);
    assert_null(X);
    assert_null(y);
    check_error(ctx, LIN_EINVAL, "row: there is no row 5; the dataset has 5, counted from 0");
    assert_int_equal(lin_row(d, -6, &X, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "row: there is no row -6; the dataset has 5, counted from 0");
    assert_int_equal(lin_row(d, 0, NULL, &y), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "row: argument 3 is NULL");
    d = lin_tensor_dataset(LIN_TENSORS(lin_ones(ctx, LIN_SHAPE(2))));
    assert_int_equal(lin_row(d, 0, &X, &y), 0);
    assert_int_equal(lin_ndim(X), 0);
    assert_null(y);
    check_ok(ctx);
}

static void images_start_with_to_tensor(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(small_images(ctx, 3)));
    lin_tensor *X;
    assert_int_equal(lin_row(d, 2, &X, NULL), 0);
    assert_int_equal(lin_type(X), LIN_F32);
    assert_int_equal(lin_ndim(X), 3);
    CHECK_VALUES(X, 0, 12 / 255.0f, 13 / 255.0f, 14 / 255.0f, 15 / 255.0f, 16 / 255.0f, 17 / 255.0f);
    assert_int_equal(lin_set_transforms(d, NULL, 0), 0);
    assert_int_equal(lin_row(d, 2, &X, NULL), 0);
    assert_int_equal(lin_type(X), LIN_U8);
    CHECK_VALUES(X, 0, 12, 13, 14, 15, 16, 17);
    assert_int_equal(
        lin_set_transforms(d, (lin_transform[]){lin_to_tensor(), lin_normalize(0.5, 0.5), lin_flatten_rows()}, 3), 0);
    assert_int_equal(lin_row(d, 0, &X, NULL), 0);
    assert_int_equal(lin_ndim(X), 1);
    CHECK_VALUES(X, 1e-6, -1, 2 / 255.0 - 1, 4 / 255.0 - 1, 6 / 255.0 - 1, 8 / 255.0 - 1, 10 / 255.0 - 1);
    check_ok(ctx);
    assert_int_equal(lin_set_transforms(d, (lin_transform[]){lin_normalize(0, 1)}, 1), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "transforms[0] normalize");
    assert_int_equal(lin_set_transforms(d, NULL, -1), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_int_equal(d->transform_count, 3); /* what was refused has changed nothing */
    /* Bytes that are not images, and images that are not bytes, are left as they are. */
    assert_int_equal(lin_tensor_dataset(LIN_TENSORS(lin_full_dtype(ctx, 1, LIN_SHAPE(3, 4), LIN_U8)))->transform_count,
                     0);
    assert_int_equal(lin_tensor_dataset(LIN_TENSORS(lin_ones(ctx, LIN_SHAPE(3, 4, 4))))->transform_count, 0);
    assert_int_equal(
        lin_tensor_dataset(LIN_TENSORS(lin_full_dtype(ctx, 1, LIN_SHAPE(1, 1, 1, 1, 1), LIN_U8)))->transform_count, 0);
}

static void classes_are_copied(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 2);
    int count = -1;
    assert_null(lin_classes(d, &count));
    assert_int_equal(count, 0);
    char cat[] = "cat";
    lin_region mark = lin_mark(ctx);
    assert_int_equal(lin_set_classes(d, (const char *const[]){cat, "dog"}, 2), 0);
    lin_release(mark);
    cat[0] = 'r';
    assert_string_equal(lin_classes(d, &count)[0], "cat");
    assert_string_equal(lin_classes(d, NULL)[1], "dog");
    assert_int_equal(count, 2);
    assert_int_equal(lin_set_classes(d, (const char *const[]){"a", NULL}, 2), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_classes: name 1 is NULL");
    assert_int_equal(lin_set_classes(d, NULL, 1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_classes: name 0 is NULL");
    assert_int_equal(lin_set_classes(d, NULL, -1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_classes: -1 names");
    assert_string_equal(lin_classes(d, NULL)[1], "dog");
    assert_int_equal(lin_set_classes(d, NULL, 0), 0);
    assert_null(lin_classes(d, &count));
    assert_int_equal(count, 0);
}

static void a_subset_shares_its_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(small_images(ctx, 4), lin_arange(ctx, 0, 4, 1, LIN_I64)));
    lin_set_classes(d, (const char *const[]){"one"}, 1);
    lin_set_transforms(d, (lin_transform[]){lin_flatten_rows()}, 1);
    lin_region step = lin__open(ctx, true);
    lin_dataset *part = lin_subset(d, 1, 3);
    lin_release(step); /* it lives in the scope */
    assert_int_equal(lin_rows(part), 2);
    assert_ptr_equal(lin_u8(lin_array(part, 0)), lin_u8(lin_array(d, 0)) + 6);
    CHECK_VALUES(lin_array(part, 1), 0, 1, 2);
    lin_tensor *X, *y;
    assert_int_equal(lin_row(part, 0, &X, &y), 0);
    CHECK_VALUES(X, 0, 6, 7, 8, 9, 10, 11);
    assert_int_equal(lin_ndim(X), 1);
    assert_string_equal(lin_classes(part, NULL)[0], "one");
    assert_int_equal(lin_rows(lin_subset(d, 4, 4)), 0);
    assert_int_equal(lin_rows(lin_subset(lin_subset(d, 1, 4), 0, 1)), 1);
    check_ok(ctx);
    assert_null(lin_subset(d, 2, 5));
    check_error(ctx, LIN_EINVAL, "subset: rows 2 to 5 of a dataset of 4; 0 <= from <= to <= 4");
    assert_null(lin_subset(d, 3, 2));
    lin_error_clear(ctx);
    assert_null(lin_subset(d, -1, 2));
    check_error(ctx, LIN_EINVAL, "subset: rows -1 to 2 of a dataset of 4; 0 <= from <= to <= 4");
}

/* Every row of d is in one of the parts, with its label, once. */
static void check_parts(lin_dataset *one, lin_dataset *other, int64_t rows)
{
    int seen[1000] = {0};
    assert_true(rows <= 1000);
    for (int p = 0; p < 2; p++) {
        lin_dataset *part = p ? other : one;
        const float *X = lin_f32(lin_array(part, 0));
        const int64_t *y = lin_i64(lin_array(part, 1));
        for (int64_t r = 0; r < lin_rows(part); r++) {
            assert_true(X[2 * r] == 2 * (float)y[r] && X[2 * r + 1] == X[2 * r] + 1);
            seen[y[r]]++;
        }
    }
    for (int64_t r = 0; r < rows; r++)
        assert_int_equal(seen[r], 1);
}

static void a_split_deals_out_every_row(void **state)
{
    lin_ctx *ctx = *state;
    const struct {
        int64_t rows;
        double fraction;
        int64_t second;
    } cases[] = {{1000, 0.2, 200}, {7, 0.5, 4}, {10, 0, 0}, {10, 1, 10}, {1, 0.4, 0}, {3, 0.1, 0}, {0, 0.5, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lin_dataset *d = numbered(ctx, cases[i].rows), *one, *other;
        assert_int_equal(lin_split(d, cases[i].fraction, &one, &other), 0);
        assert_int_equal(lin_rows(other), cases[i].second);
        assert_int_equal(lin_rows(one) + lin_rows(other), cases[i].rows);
        check_parts(one, other, cases[i].rows);
    }
    check_ok(ctx);
}

static void a_split_copies_no_row(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 10), *one, *other;
    lin_region step = lin__open(ctx, true);
    assert_int_equal(lin_split(d, 0.3, &one, &other), 0);
    lin_release(step); /* they live in the scope */
    lin_tensor *X, *before, *all = lin_array(d, 0);
    assert_int_equal(lin_row(other, -1, &before, NULL), 0);
    lin_tensor *copy = lin_array(other, 0);
    lin_neg_(all);
    assert_int_equal(lin_row(other, 2, &X, NULL), 0);
    assert_true(lin_f32(X)[1] == -lin_f32(before)[1]);
    assert_true(lin_f32(copy)[5] == lin_f32(before)[1]); /* an array of all its rows is a copy */
    lin_zero_(copy);
    assert_int_equal(lin_row(other, 2, &X, NULL), 0);
    assert_true(lin_f32(X)[1] == -lin_f32(before)[1]);
    check_ok(ctx);
}

static void parts_of_parts(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 1000), *one, *other, *first, *second;
    assert_int_equal(lin_split(lin_subset(d, 100, 900), 0.25, &one, &other), 0);
    assert_int_equal(lin_rows(one), 600);
    const float *X = lin_f32(lin_array(one, 0));
    const int64_t *y = lin_i64(lin_array(one, 1));
    for (int64_t r = 0; r < 600; r++)
        assert_true(y[r] >= 100 && y[r] < 900 && X[2 * r] == (float)(2 * y[r]));
    lin_dataset *some = lin_subset(lin_subset(one, 50, 500), 10, 440);
    assert_int_equal(lin_rows(some), 430);
    assert_memory_equal(lin_i64(lin_array(some, 1)), y + 60, 430 * sizeof *y);
    assert_int_equal(lin_rows(lin_subset(some, 7, 7)), 0);
    assert_int_equal(lin_dim(lin_array(lin_subset(some, 7, 7), 0), 0), 0);
    assert_int_equal(lin_split(some, 0.5, &first, &second), 0);
    int64_t sum = 0, parts = 0;
    for (int64_t r = 0; r < 430; r++)
        sum += y[60 + r];
    for (int64_t r = 0; r < 215; r++)
        parts += lin_i64(lin_array(first, 1))[r] + lin_i64(lin_array(second, 1))[r];
    assert_int_equal(parts, sum);
    assert_null(lin_subset(some, 0, 431));
    check_error(ctx, LIN_EINVAL, "subset: rows 0 to 431 of a dataset of 430; 0 <= from <= to <= 430");
}

static void a_part_is_loaded_as_its_copy(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *first, *second;
    for (int of_images = 0; of_images < 2; of_images++) {
        lin_dataset *d = of_images ? images(ctx, 700) : numbered(ctx, 700);
        assert_int_equal(lin_split(d, 0.6, &first, &second), 0);
        lin_dataset *parts[] = {first, second, lin_subset(second, 20, 333), NULL, NULL};
        assert_int_equal(lin_split(second, 0.5, &parts[3], &parts[4]), 0);
        for (int i = 0; i < 5; i++)
            for (int options = 0; options < 12; options++)
                check_pass(parts[i], copy_of(parts[i]),
                           (lin_loader_options){.batch_size = options % 2 ? 100 : 7,
                                                .in_order = options / 2 % 2,
                                                .workers = options / 4});
    }
}

static void a_split_is_random_and_comes_again(void **state)
{
    (void)state;
    int64_t first[2][10], second[10];
    for (int run = 0; run < 2; run++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 3, .threads = run + 1});
        lin_dataset *d = numbered(ctx, 10), *one, *other;
        lin_set_classes(d, (const char *const[]){"a"}, 1);
        assert_int_equal(lin_split(d, 0, &one, &other), 0);
        lin_copy_out(lin_array(one, 1), first[run]);
        assert_string_equal(lin_classes(one, NULL)[0], "a");
        assert_int_equal(lin_split(d, 0, &one, &other), 0);
        lin_copy_out(lin_array(one, 1), second);
        lin_ctx_free(ctx);
    }
    assert_memory_equal(first[0], first[1], sizeof *first); /* the same seed */
    assert_memory_not_equal(first[0], second, sizeof second);
    int64_t stored[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_memory_not_equal(first[0], stored, sizeof stored);
}

static void a_split_refuses_what_is_no_fraction(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 4), *one, *other;
    assert_int_equal(lin_split(d, 1.5, &one, &other), LIN_EINVAL);
    assert_null(one);
    assert_null(other);
    check_error(ctx, LIN_EINVAL, "split: a fraction of 1.5; it must be from 0 to 1");
    assert_int_equal(lin_split(d, NAN, &one, &other), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_int_equal(lin_split(d, -0.1, &one, &other), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "split: a fraction of -0.1; it must be from 0 to 1");
    assert_int_equal(lin_split(d, 0.5, NULL, &other), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "split: argument 3 is NULL");
    assert_int_equal(lin_split(d, 0.5, &one, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "split: argument 4 is NULL");
}

static void arrays_that_do_not_fit_are_named(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_zeros(ctx, LIN_SHAPE(10, 2)), *many[17];
    assert_null(lin_tensor_dataset(LIN_TENSORS(X, lin_zeros(ctx, LIN_SHAPE(9, 1)))));
    check_error(ctx, LIN_EINVAL, "dataset: array 1 is (9, 1), array 0 is (10, 2): 9 and 10 rows must be equal");
    assert_null(lin_tensor_dataset(LIN_TENSORS(X, lin_zeros(ctx, LIN_SCALAR))));
    check_error(ctx, LIN_EINVAL, "dataset: array 1 is a scalar; rows are an array's first dimension");
    assert_null(lin_tensor_dataset(LIN_TENSORS(lin_zeros(ctx, LIN_SCALAR))));
    check_error(ctx, LIN_EINVAL, "dataset: array 0 is a scalar; rows are an array's first dimension");
    for (int i = 0; i < 17; i++)
        many[i] = X;
    assert_null(lin_tensor_dataset((lin_tensors){17, many}));
    check_error(ctx, LIN_EINVAL, "dataset: 17 arrays; it takes 1 to 16");
    assert_int_equal(lin_arrays(lin_tensor_dataset((lin_tensors){16, many})), 16);
    check_ok(ctx);
}

static void null_passes_through(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_zeros(ctx, LIN_SHAPE(2)), *none = NULL, *y;
    assert_null(lin_tensor_dataset((lin_tensors){0, NULL}));
    assert_null(lin_tensor_dataset(LIN_TENSORS(none)));
    check_ok(ctx);
    assert_null(lin_tensor_dataset(LIN_TENSORS(none, X)));
    check_error(ctx, LIN_EINVAL, "tensor_dataset: array 0 is NULL");
    lin_fail(ctx, LIN_EDATA, "an older cause");
    assert_null(lin_tensor_dataset(LIN_TENSORS(X, none)));
    check_error(ctx, LIN_EDATA, "an older cause");
    lin_ctx *other = lin_ctx_new(NULL);
    assert_null(lin_tensor_dataset(LIN_TENSORS(X, lin_zeros(other, LIN_SHAPE(2)))));
    check_error(ctx, LIN_EINVAL, "tensor_dataset: array 1 belongs to another context than array 0");
    lin_ctx_free(other);
    int count = 9;
    assert_int_equal(lin_rows(NULL), 0);
    assert_int_equal(lin_arrays(NULL), 0);
    assert_int_equal(lin_row_size(NULL, 0).ndim, 0);
    assert_int_equal(lin_row_type(NULL, 0), LIN_F32);
    assert_null(lin_array(NULL, 0));
    assert_int_equal(lin_row(NULL, 0, &X, &y), LIN_EINVAL);
    assert_null(X);
    assert_null(lin_classes(NULL, &count));
    assert_int_equal(count, 0);
    assert_int_equal(lin_set_classes(NULL, NULL, 0), LIN_EINVAL);
    assert_int_equal(lin_set_transforms(NULL, NULL, 0), LIN_EINVAL);
    assert_null(lin_subset(NULL, 0, 0));
    lin_dataset *one, *two;
    assert_int_equal(lin_split(NULL, 0.5, &one, &two), LIN_EINVAL);
    assert_null(one);
    check_ok(ctx);
}

static void a_released_array_is_refused(void **state)
{
#if defined(NDEBUG) || defined(LIN__ASAN)
    (void)state;
    skip();
#else
    lin_ctx *ctx = *state;
    lin_tensor *alive = lin_zeros(ctx, LIN_SHAPE(2));
    lin_region mark = lin_mark(ctx);
    lin_tensor *gone = lin_zeros(ctx, LIN_SHAPE(2));
    lin_release(mark);
    assert_null(lin_tensor_dataset(LIN_TENSORS(alive, gone)));
    check_error(ctx, LIN_EINVAL, "tensor_dataset: a tensor was used after its region had ended; see lin_keep");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(arrays_are_told_as_stored),
        TEST(values_of_an_inner_region_are_copied),
        TEST(values_of_its_own_region_are_shared),
        TEST(strided_arrays_and_graphs_are_left_behind),
        TEST(one_row_from_the_front_or_the_end),
        TEST(images_start_with_to_tensor),
        TEST(classes_are_copied),
        TEST(a_subset_shares_its_rows),
        TEST(a_split_deals_out_every_row),
        TEST(a_split_copies_no_row),
        TEST(parts_of_parts),
        TEST(a_part_is_loaded_as_its_copy),
        cmocka_unit_test(a_split_is_random_and_comes_again),
        TEST(a_split_refuses_what_is_no_fraction),
        TEST(arrays_that_do_not_fit_are_named),
        TEST(null_passes_through),
        TEST(a_released_array_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
