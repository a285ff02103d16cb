/* Datasets: what they keep of their arrays, single rows, labels, names of classes, and what they refuse. */
#include "data/dataset.h"

#include "support/batches.h"

#include <math.h>

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

static void labels_can_be_given_and_changed(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(small_images(ctx, 3)));
    lin_set_classes(d, (const char *const[]){"one"}, 1);
    lin_region step = lin__open(ctx, true);
    lin_dataset *labelled = lin_with_labels(d, lin_mul_scalar(lin_arange(ctx, 0, 3, 1, LIN_F32), 2));
    lin_release(step); /* it lives in the scope, and its labels with it */
    assert_non_null(lin_full(ctx, 7, LIN_SHAPE(1000)));
    assert_int_equal(lin_arrays(labelled), 2);
    assert_int_equal(lin_arrays(d), 1);
    CHECK_VALUES(lin_array(labelled, 1), 0, 0, 2, 4);
    assert_ptr_equal(lin_array(labelled, 0)->data, lin_array(d, 0)->data);
    assert_string_equal(lin_classes(labelled, NULL)[0], "one");
    lin_tensor *X, *y;
    assert_int_equal(lin_row(labelled, 2, &X, &y), 0);
    assert_int_equal(lin_type(X), LIN_F32); /* its transforms are those of d */
    assert_true(lin_item(y) == 4);
    lin_dataset *three = lin_tensor_dataset(
        LIN_TENSORS(lin_ones(ctx, LIN_SHAPE(3)), lin_zeros(ctx, LIN_SHAPE(3, 2)), lin_full(ctx, 5, LIN_SHAPE(3))));
    lin_dataset *changed = lin_with_labels(three, lin_full(ctx, 9, LIN_SHAPE(3)));
    assert_int_equal(lin_arrays(changed), 3);
    CHECK_VALUES(lin_array(changed, 1), 0, 9, 9, 9);
    CHECK_VALUES(lin_array(changed, 2), 0, 5, 5, 5);
    CHECK_VALUES(lin_array(three, 1), 0, 0, 0, 0, 0, 0, 0);
    check_ok(ctx);
}

static void labels_that_cannot_be_given(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 4), *one, *other;
    lin_tensor *y = lin_zeros(ctx, LIN_SHAPE(4));
    assert_null(lin_with_labels(NULL, y));
    check_ok(ctx);
    assert_null(lin_with_labels(d, NULL));
    check_error(ctx, LIN_EINVAL, "with_labels: argument 2 is NULL");
    assert_null(lin_with_labels(d, lin_zeros(ctx, LIN_SHAPE(3))));
    check_error(ctx, LIN_EINVAL,
                "with_labels: the labels are (3), and the dataset has 4 rows: it takes one label for each");
    assert_null(lin_with_labels(d, lin_zeros(ctx, LIN_SCALAR)));
    check_error(ctx, LIN_EINVAL,
                "with_labels: the labels are (), and the dataset has 4 rows: it takes one label for each");
    assert_int_equal(lin_split(d, 0.5, &one, &other), 0);
    assert_null(lin_with_labels(one, lin_zeros(ctx, LIN_SHAPE(2))));
    check_error(ctx, LIN_EINVAL, "with_labels: these rows are a part of a split; give the whole its labels first");
    lin_ctx *another = lin_ctx_new(NULL);
    assert_null(lin_with_labels(d, lin_zeros(another, LIN_SHAPE(4))));
    check_error(ctx, LIN_EINVAL, "with_labels: the labels belong to another context than the dataset");
    lin_ctx_free(another);
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
        TEST(labels_can_be_given_and_changed),
        TEST(labels_that_cannot_be_given),
        TEST(arrays_that_do_not_fit_are_named),
        TEST(null_passes_through),
        TEST(a_released_array_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
