/* The book's data: generated rows, arrays, Fashion-MNIST and the names of its classes. */
#include "support/fashion.h"

#include <linnet/d2l.h>
#include <math.h>

static void synthetic_data(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2)), *features, *labels;
    assert_int_equal(d2l_synthetic_data(w, 4.2, 1000, &features, &labels), 0);
    check_ok(ctx);
    assert_int_equal(lin_ndim(features), 2);
    assert_int_equal(lin_dim(features, 0), 1000);
    assert_int_equal(lin_dim(features, 1), 2);
    assert_int_equal(lin_ndim(labels), 2);
    assert_int_equal(lin_dim(labels, 1), 1);
    lin_tensor *noise =
        lin_sub(lin_reshape(labels, LIN_SHAPE(-1)), lin_add_scalar(lin_matmul(features, w), 4.2)); /* N(0, 0.01²) */
    assert_true(fabs(lin_item(lin_mean(noise))) < 0.002);
    assert_true(fabs(sqrt(lin_item(lin_var(noise, 1))) - 0.01) < 0.001);
    assert_true(fabs(lin_item(lin_var(features, 1)) - 1) < 0.1);
    assert_int_equal(d2l_synthetic_data(NULL, 4.2, 1000, &features, &labels), LIN_EINVAL);
}

static void load_array(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_arange(ctx, 0, 10, 1, LIN_F32), *y = lin_arange(ctx, 0, 10, 1, LIN_I64);
    lin_loader *in_order = d2l_load_array(LIN_TENSORS(X, y), 4, false);
    lin_loader *shuffled = d2l_load_array(LIN_TENSORS(X, y), 10, true);
    assert_int_equal(lin_loader_batches(in_order), 3);
    lin_batch m = {0};
    assert_int_equal(lin_loader_first(in_order, &m), 4);
    CHECK_VALUES(m.X, 0, 0, 1, 2, 3);
    assert_int_equal(lin_loader_first(shuffled, &m), 10);
    check_ok(ctx);
    assert_memory_not_equal(lin_i64(m.y), lin_i64(y), 10 * sizeof(int64_t));
    assert_int_equal(lin_item_i64(lin_sum(m.y)), 45);
    assert_null(d2l_load_array(LIN_TENSORS(X, lin_ones(ctx, LIN_SHAPE(3))), 4, false));
    check_error_has(ctx, LIN_EINVAL, "array 1 is (3)");
    assert_int_equal(d2l_get_dataloader_workers(), 4);
}

static void names_of_labels(void **state)
{
    lin_ctx *ctx = *state;
    const char *const *names = d2l_get_fashion_mnist_labels(lin_arange(ctx, 0, 10, 1, LIN_I64));
    const char *const expected[] = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                    "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
    assert_non_null(names);
    for (int i = 0; i < 10; i++)
        assert_string_equal(names[i], expected[i]);
    names = d2l_get_fashion_mnist_labels(lin_from_u8(ctx, (uint8_t[]){9, 0}, LIN_SHAPE(2)));
    assert_string_equal(names[0], "ankle boot");
    assert_non_null(d2l_get_fashion_mnist_labels(lin_from_i64(ctx, NULL, LIN_SHAPE(0))));
    check_ok(ctx);
    assert_null(d2l_get_fashion_mnist_labels(lin_from_i64(ctx, (int64_t[]){3, 10}, LIN_SHAPE(2))));
    check_error(ctx, LIN_EINVAL, "d2l_get_fashion_mnist_labels: label 10 at row 1 is outside [0, 10)");
    assert_null(d2l_get_fashion_mnist_labels(lin_from_i64(ctx, (int64_t[]){-1}, LIN_SHAPE(1))));
    check_error(ctx, LIN_EINVAL, "d2l_get_fashion_mnist_labels: label -1 at row 0 is outside [0, 10)");
    assert_null(d2l_get_fashion_mnist_labels(NULL));
}

/* ---- Fashion-MNIST ------------------------------------------------------------------------------------------------- */

static void fashion_mnist(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 20, 28, 10, false);
    lin_loader *train_iter, *test_iter;
    assert_int_equal(d2l_load_data_fashion_mnist(ctx, 8, 0, &train_iter, &test_iter), 0);
    check_ok(ctx);
    assert_int_equal(lin_loader_batches(train_iter), 3); /* with the short one */
    lin_batch m = {0};
    assert_int_equal(lin_loader_first(test_iter, &m), 8);
    assert_int_equal(lin_type(m.X), LIN_F32);
    assert_int_equal(lin_ndim(m.X), 4);
    assert_int_equal(lin_dim(m.X, 1), 1);
    assert_int_equal(lin_dim(m.X, 2), 28);
    assert_int_equal(lin_dim(m.X, 3), 28);
    assert_int_equal(lin_type(m.y), LIN_I64);
    CHECK_VALUES(m.y, 0, 0, 1, 2, 3, 4, 5, 6, 7); /* the test part is in order, */
    int64_t in_place = 0, sum = 0;
    for (lin_batch batch = {0}; lin_loader_next(train_iter, &batch) > 0;) /* the training part is not */
        for (int64_t i = 0; i < batch.rows; i++) {
            in_place += lin_i64(batch.y)[i] == (batch.step * 8 + i) % 10;
            sum += lin_i64(batch.y)[i];
        }
    check_ok(ctx);
    assert_true(in_place < 15);
    assert_int_equal(sum, 90);
}

static void fashion_mnist_resized(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 20, 28, 10, false);
    lin_loader *train_iter, *test_iter;
    assert_int_equal(d2l_load_data_fashion_mnist(ctx, 8, 64, &train_iter, &test_iter), 0);
    lin_batch m = {0};
    assert_int_equal(lin_loader_first(train_iter, &m), 8);
    check_ok(ctx);
    assert_int_equal(lin_dim(m.X, 1), 1);
    assert_int_equal(lin_dim(m.X, 2), 64);
    assert_int_equal(lin_dim(m.X, 3), 64);
    assert_int_equal(d2l_load_data_fashion_mnist(ctx, 8, -1, &train_iter, &test_iter), LIN_EINVAL);
    assert_null(train_iter);
    assert_null(test_iter);
    check_error_has(ctx, LIN_EINVAL, "resize");
    assert_int_equal(d2l_load_data_fashion_mnist(ctx, -8, 0, &train_iter, &test_iter), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "batch_size is -8");
}

static void fashion_mnist_that_is_not_there(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 20, 28, 10, false);
    unlink(in_folder("data/fashion-mnist/t10k-images-idx3-ubyte"));
    lin_loader *train_iter, *test_iter;
    assert_int_equal(d2l_load_data_fashion_mnist(ctx, 8, 0, &train_iter, &test_iter), LIN_ENOFILE);
    assert_null(train_iter);
    assert_null(test_iter);
    check_error_has(ctx, LIN_ENOFILE, "t10k-images-idx3-ubyte");
    assert_int_equal(d2l_load_data_fashion_mnist(NULL, 8, 0, &train_iter, &test_iter), LIN_EINVAL);
    assert_int_equal(d2l_load_data_fashion_mnist(ctx, 8, 0, NULL, &test_iter), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_load_data_fashion_mnist: train_iter or test_iter is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(synthetic_data),
        TEST(load_array),
        TEST(names_of_labels),
        FASHION_TEST(fashion_mnist),
        FASHION_TEST(fashion_mnist_resized),
        FASHION_TEST(fashion_mnist_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
