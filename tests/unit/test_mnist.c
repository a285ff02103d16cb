/* Datasets from files: MNIST's directories, and features with labels from array files. */
#include "support/gzip.h"

static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 51, 102, 255};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 9, 3};

static int empty_folder(void **state)
{
    each_file(remove);
    return new_ctx(state);
}
#define ALONE(name) cmocka_unit_test_setup_teardown(name, empty_folder, free_ctx)

static void check_images(lin_ctx *ctx, lin_dataset *d)
{
    if (!d) fail_msg("%s", lin_error(ctx));
    assert_int_equal(lin_rows(d), 2);
    assert_int_equal(lin_arrays(d), 2);
    assert_int_equal(lin_row_size(d, 0).ndim, 2);
    assert_int_equal(lin_row_type(d, 0), LIN_U8);
    lin_tensor *X, *y;
    assert_int_equal(lin_row(d, 1, &X, &y), 0);
    CHECK_VALUES(X, 0, 0.4f, 1); /* to_tensor */
    assert_int_equal(lin_type(y), LIN_I64);
    assert_int_equal(lin_item_i64(y), 3);
    lin_batch m = {0}; /* and a loss may take the labels */
    assert_int_equal(lin_loader_next(lin_loader_new(d, &(lin_loader_options){.batch_size = 2, .in_order = true}), &m),
                     2);
    assert_int_equal(lin_ndim(m.X), 4);
    CHECK_VALUES(m.y, 0, 9, 3);
}

static void plain_and_gzipped_files_by_mnists_names(void **state)
{
    put_file(in_folder("train-images-idx3-ubyte"), images, sizeof images);
    put_gzip(in_folder("train-labels-idx1-ubyte.gz"), labels, sizeof labels);
    put_gzip(in_folder("t10k-images-idx3-ubyte.gz"), images, sizeof images);
    put_file(in_folder("t10k-labels-idx1-ubyte"), labels, sizeof labels);
    check_images(*state, lin_mnist(*state, test_folder, true));
    check_images(*state, lin_mnist(*state, test_folder, false));
}

static void the_plain_file_comes_before_the_gzipped(void **state)
{
    put_file(in_folder("train-images-idx3-ubyte"), images, sizeof images);
    put_file(in_folder("train-images-idx3-ubyte.gz"), "not gzip", 8);
    put_file(in_folder("train-labels-idx1-ubyte"), labels, sizeof labels);
    check_images(*state, lin_mnist(*state, test_folder, true));
}

static void what_is_missing_is_named(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(ctx, LIN_ENOFILE, ": has no train-images-idx3-ubyte (or .gz)");
    put_file(in_folder("t10k-images-idx3-ubyte"), images, sizeof images);
    assert_null(lin_mnist(ctx, test_folder, false));
    check_error_has(ctx, LIN_ENOFILE, ": has no t10k-labels-idx1-ubyte (or .gz)");
    assert_null(lin_mnist(ctx, in_folder("nowhere"), true));
    check_error_has(ctx, LIN_ENOFILE, "nowhere: there is no such directory");
    assert_null(lin_mnist(ctx, in_folder("t10k-images-idx3-ubyte"), true));
    check_error_has(ctx, LIN_ENOFILE, "a part of the path is not a directory");
    assert_null(lin_mnist(ctx, NULL, true));
    check_error(ctx, LIN_EINVAL, "mnist: the directory is NULL");
    assert_null(lin_mnist(NULL, test_folder, true));
}

static void a_folder_in_a_files_place(void **state)
{
    assert_int_equal(mkdir(in_folder("train-images-idx3-ubyte"), 0700), 0);
    put_file(in_folder("train-labels-idx1-ubyte"), labels, sizeof labels);
    assert_null(lin_mnist(*state, test_folder, true));
    check_error_has(*state, LIN_ENOFILE, "train-images-idx3-ubyte: is a directory, expected a file");
}

#define PUT(name, ...) put_file(in_folder(name), (unsigned char[]){__VA_ARGS__}, sizeof((unsigned char[]){__VA_ARGS__}))

static void shapes_are_checked(void **state)
{
    lin_ctx *ctx = *state;
    put_file(in_folder("train-labels-idx1-ubyte"), labels, sizeof labels);
    PUT("train-images-idx3-ubyte", 0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 7);
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(
        ctx, LIN_EDATA,
        "train-images-idx3-ubyte: holds u8 of shape (2, 1), expected images: u8 of shape (rows, height, width)");
    PUT("train-images-idx3-ubyte", 0, 0, 9, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7);
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(ctx, LIN_EDATA, "holds i64 of shape (1, 1, 1), expected images");
    PUT("train-images-idx3-ubyte", 0, 0, 8, 0, 7);
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(ctx, LIN_EDATA, "train-images-idx3-ubyte: holds a single number, expected rows");
    PUT("train-images-idx3-ubyte", 0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7);
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(ctx, LIN_EDATA, "train-images-idx3-ubyte: has 1 rows, but ");
    put_file(in_folder("train-images-idx3-ubyte"), images, sizeof images);
    PUT("train-labels-idx1-ubyte", 0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 7);
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(
        ctx, LIN_EDATA,
        "train-labels-idx1-ubyte: holds i64 of shape (2, 1), expected labels: whole numbers of shape (rows)");
    PUT("train-labels-idx1-ubyte", 0, 0, 0x0D, 1, 0, 0, 0, 1, 0, 0, 0, 0);
    assert_null(lin_mnist(ctx, test_folder, true));
    check_error_has(ctx, LIN_EDATA, "holds f32 of shape (1), expected labels");
}

static void features_and_labels_of_any_format(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 2, 3, 4}, LIN_SHAPE(2, 2));
    assert_int_equal(lin_save_npy(X, in_folder("X.npy")), 0);
    put_file(in_folder("y"), labels, sizeof labels);
    lin_dataset *d = lin_file_dataset(ctx, in_folder("X.npy"), in_folder("y"));
    if (!d) fail_msg("%s", lin_error(ctx));
    assert_int_equal(lin_row_type(d, 0), LIN_F32);
    assert_int_equal(lin_row_type(d, 1), LIN_I64);
    CHECK_VALUES(lin_array(d, 1), 0, 9, 3);
    d = lin_file_dataset(ctx, in_folder("X.npy"), NULL);
    assert_int_equal(lin_arrays(d), 1);
    d = lin_file_dataset(ctx, in_folder("X.npy"), in_folder("X.npy")); /* floating targets stay as they are */
    assert_int_equal(lin_row_type(d, 1), LIN_F32);
    check_ok(ctx);
}

static void features_and_labels_that_do_not_fit(void **state)
{
    lin_ctx *ctx = *state;
    assert_int_equal(lin_save_npy(lin_zeros(ctx, LIN_SHAPE(3, 2)), in_folder("X.npy")), 0);
    assert_int_equal(lin_save_npy(lin_zeros(ctx, LIN_SCALAR), in_folder("one.npy")), 0);
    put_file(in_folder("y"), labels, sizeof labels);
    assert_null(lin_file_dataset(ctx, in_folder("X.npy"), in_folder("y")));
    char text[10000];
    snprintf(text, sizeof text, "%s: has 3 rows, but %s has 2 labels: they must be as many", in_folder("X.npy"),
             in_folder("y"));
    check_error(ctx, LIN_EDATA, text);
    assert_null(lin_file_dataset(ctx, in_folder("one.npy"), NULL));
    check_error_has(ctx, LIN_EDATA, "one.npy: holds a single number, expected rows");
    assert_null(lin_file_dataset(ctx, in_folder("X.npy"), in_folder("z")));
    check_error_has(ctx, LIN_ENOFILE, "z: there is no such file");
    assert_null(lin_file_dataset(ctx, NULL, NULL));
    check_error(ctx, LIN_EINVAL, "the path of a file to read is NULL");
    assert_null(lin_file_dataset(NULL, "a", "b"));
}

/* Read within a step, it outlives the step. */
static void a_dataset_lives_in_the_scope(void **state)
{
    lin_ctx *ctx = *state;
    put_file(in_folder("train-images-idx3-ubyte"), images, sizeof images);
    put_file(in_folder("train-labels-idx1-ubyte"), labels, sizeof labels);
    lin_dataset *rows = lin_tensor_dataset(LIN_TENSORS(lin_zeros(ctx, LIN_SHAPE(2, 1)))), *d = NULL;
    lin_loader *loader = lin_loader_new(rows, NULL);
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;)
        if (!d) d = lin_mnist(ctx, test_folder, true);
    check_images(ctx, d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(plain_and_gzipped_files_by_mnists_names),
        ALONE(the_plain_file_comes_before_the_gzipped),
        ALONE(what_is_missing_is_named),
        ALONE(a_folder_in_a_files_place),
        ALONE(shapes_are_checked),
        ALONE(features_and_labels_of_any_format),
        ALONE(features_and_labels_that_do_not_fit),
        ALONE(a_dataset_lives_in_the_scope),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
