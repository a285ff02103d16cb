/* The book's training of chapter 3 on tiny data: numbers by hand, both updaters, the checks at its end, what it prints. */
#include "support/capture.h"

#include <linnet/d2l.h>
#include <math.h>

static lin_module *zero_linear(lin_ctx *ctx, int64_t in, int64_t out)
{
    lin_module *net = lin_linear(ctx, in, out);
    lin_init_zeros(lin_weight(net));
    lin_init_zeros(lin_bias(net));
    return net;
}

static d2l_updater sgd(lin_module *net, double lr)
{
    return d2l_optimizer(lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = lr}));
}

/* d2l.sgd as an updater of one's own; notes what it was called with. */
typedef struct own_updater {
    lin_module *net;
    double lr;
    int64_t rows;
    int calls, result;
} own_updater;

static int update(int64_t batch_size, void *user)
{
    own_updater *u = user;
    u->calls++;
    u->rows += batch_size;
    return u->result ? u->result : d2l_sgd(lin_parameters(u->net), u->lr, batch_size);
}

static lin_tensor *identity(void *user, lin_tensor *X)
{
    (void)user;
    return X;
}

/* `rows` rows of the classes 0, 1, 2, 0, …, each a one-hot row of 3 features. */
static lin_loader *separable(lin_ctx *ctx, int rows)
{
    int64_t labels[64];
    for (int i = 0; i < rows; i++)
        labels[i] = i % 3;
    lin_tensor *y = lin_from_i64(ctx, labels, LIN_SHAPE(rows));
    return d2l_load_array(LIN_TENSORS(lin_to(lin_one_hot(y, 3), LIN_F32), y), 4, false);
}

/* ---- An epoch -------------------------------------------------------------------------------------------------------- */

static void an_epoch_by_hand(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_tensor *X = lin_from_f64(ctx, (double[]){1, 0, 0, 1}, LIN_SHAPE(2, 2));
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, lin_from_i64(ctx, (int64_t[]){0, 1}, LIN_SHAPE(2))), 1, false);
    lin_module *net = zero_linear(ctx, 2, 2);
    lin_eval(net);
    double loss, acc, p = 1 / (1 + exp(-1)); /* of class 0 at the second row, which has the first's bias */
    assert_int_equal(d2l_train_epoch_ch3(net, iter, lin_cross_entropy, sgd(net, 1), &loss, &acc), 0);
    check_ok(ctx);
    assert_true(fabs(loss - (log(2) - log(1 - p)) / 2) < 1e-14);
    assert_true(acc == 0.5);
    assert_true(lin_is_training(net));
    CHECK_VALUES(lin_weight(net), 1e-14, 0.5, -p, -0.5, p);
}

/* Rows of 2, 2 and 1: an optimizer takes the mean's gradient, d2l.sgd divides the sum's by the rows. */
static void both_updaters_do_the_same(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_tensor *X = lin_normal(ctx, 0, 1, LIN_SHAPE(5, 2)),
               *y = lin_from_i64(ctx, (int64_t[]){0, 1, 2, 1, 0}, LIN_SHAPE(5));
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, y), 2, false);
    lin_module *a = zero_linear(ctx, 2, 3), *b = zero_linear(ctx, 2, 3);
    own_updater own = {.net = b, .lr = 0.3};
    double loss_a, loss_b, acc_a, acc_b;
    for (int epoch = 0; epoch < 3; epoch++) {
        assert_int_equal(d2l_train_epoch_ch3(a, iter, lin_cross_entropy, sgd(a, 0.3), &loss_a, &acc_a), 0);
        assert_int_equal(d2l_train_epoch_ch3(b, iter, lin_cross_entropy, d2l_update(update, &own), &loss_b, &acc_b), 0);
        assert_true(fabs(loss_a - loss_b) < 1e-14 && acc_a == acc_b);
    }
    check_ok(ctx);
    assert_int_equal(own.calls, 9);
    assert_int_equal(own.rows, 15);
    for (int i = 0; i < 6; i++)
        assert_true(fabs(lin_f64(lin_weight(a))[i] - lin_f64(lin_weight(b))[i]) < 1e-14);
}

/* squared_loss takes a reduction of none as it is: (n, 1) is one value for each row; accuracy compares. */
static lin_tensor *squared(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    assert_int_equal(options->reduction, LIN_NONE);
    return d2l_squared_loss(y_hat, y);
}

static void a_loss_in_a_column(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 2, 3}, LIN_SHAPE(3, 1)), *y = lin_mul_scalar(X, 2);
    lin_module *net = zero_linear(ctx, 1, 1);
    double loss, acc;
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, y), 3, false);
    assert_int_equal(d2l_train_epoch_ch3(net, iter, squared, sgd(net, 0), &loss, &acc), 0);
    check_ok(ctx);
    assert_true(fabs(loss - (4 + 16 + 36) / 6.0) < 1e-6);
    assert_true(acc == 0);
    assert_int_equal(d2l_train_epoch_ch3(net, iter, squared, sgd(net, 0.1), NULL, NULL), 0); /* may be left out */
}

static lin_tensor *mean_loss(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)options;
    return lin_cross_entropy(y_hat, y, NULL);
}

static lin_tensor *no_loss(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)y_hat;
    (void)y;
    (void)options;
    return NULL;
}

static void a_loss_must_be_one_value_per_row(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 3, 3);
    double loss, acc;
    lin_loader *iter = separable(ctx, 6);
    assert_int_equal(d2l_train_epoch_ch3(net, iter, mean_loss, sgd(net, 0.1), &loss, &acc), LIN_EINVAL);
    check_error(
        ctx, LIN_EINVAL,
        "d2l_train_epoch_ch3: the loss is of shape (); expected one value for each of the 4 rows (reduction none)");
    /* One row does not hide it. */
    assert_int_equal(d2l_train_epoch_ch3(net, separable(ctx, 1), mean_loss, sgd(net, 0.1), &loss, &acc), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "shape (); expected one value for each of the 1 rows");
    lin_loader *wide =
        d2l_load_array(LIN_TENSORS(lin_ones(ctx, LIN_SHAPE(4, 3)), lin_ones(ctx, LIN_SHAPE(4, 3))), 4, false);
    assert_int_equal(d2l_train_epoch_ch3(net, wide, lin_mse, sgd(net, 0.1), &loss, &acc), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "shape (4, 3)");
    assert_int_equal(d2l_train_epoch_ch3(net, iter, no_loss, sgd(net, 0.1), &loss, &acc), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_epoch_ch3: the loss returned NULL");
    CHECK_VALUES(lin_bias(net), 0, 0, 0, 0); /* none of them made an update */
}

static void what_an_epoch_refuses(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 3, 3);
    lin_loader *iter = separable(ctx, 6);
    double loss, acc;
    assert_int_equal(d2l_train_epoch_ch3(NULL, iter, lin_cross_entropy, sgd(net, 1), &loss, &acc), LIN_EINVAL);
    check_ok(ctx);
    assert_int_equal(d2l_train_epoch_ch3(net, NULL, lin_cross_entropy, sgd(net, 1), &loss, &acc), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_epoch_ch3: train_iter is NULL");
    assert_int_equal(d2l_train_epoch_ch3(net, iter, NULL, sgd(net, 1), &loss, &acc), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_epoch_ch3: loss is NULL");
    assert_int_equal(d2l_train_epoch_ch3(net, iter, lin_cross_entropy, d2l_optimizer(NULL), &loss, &acc), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_epoch_ch3: updater is NULL");
    own_updater own = {.net = net, .result = 3};
    assert_int_equal(d2l_train_epoch_ch3(net, iter, lin_cross_entropy, d2l_update(update, &own), &loss, &acc),
                     LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_epoch_ch3: the updater returned 3");
    own.result = LIN_EIO;
    assert_int_equal(d2l_train_epoch_ch3(net, iter, lin_cross_entropy, d2l_update(update, &own), &loss, &acc), LIN_EIO);
    check_error(ctx, LIN_EIO, "d2l_train_epoch_ch3: the updater returned -3");
    assert_int_equal(d2l_train_epoch_ch3(zero_linear(ctx, 5, 3), iter, lin_cross_entropy, sgd(net, 1), &loss, &acc),
                     LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "expected (*, 5)");
}

/* ---- Several epochs ---------------------------------------------------------------------------------------------------- */

typedef struct course {
    lin_module *net;
    lin_loader *train, *test;
    lin_loss_fn *loss;
    int epochs;
    double lr;
} course;

static int train_ch3(const course *c, const char *printed)
{
    capture out;
    capture_begin(&out);
    int code = d2l_train_ch3(c->net, c->train, c->test, c->loss, c->epochs, sgd(c->net, c->lr));
    assert_string_equal(capture_end(&out), printed);
    return code;
}

static void an_epoch_is_a_line(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *iter = separable(ctx, 12);
    course c = {zero_linear(ctx, 3, 3), iter, iter, lin_cross_entropy, 2, 20};
    static const char lines[] = "epoch 1, train loss 0.5484, train acc 0.5833, test acc 1.0000\n"
                                "epoch 2, train loss 0.0057, train acc 1.0000, test acc 1.0000\n";
    capture out;
    capture_begin(&out);
    int code = d2l_train_ch3(c.net, c.train, c.test, c.loss, c.epochs, sgd(c.net, c.lr));
    const char *printed = capture_end(&out);
    assert_int_equal(code, 0);
    assert_int_equal(strncmp(printed, lines, strlen(lines)), 0);
    assert_non_null(strstr(printed + strlen(lines), "train loss")); /* the curves follow */
    assert_non_null(strstr(printed + strlen(lines), "0.9"));
    check_ok(ctx);
}

/* A loss that is small whatever it says. */
static lin_tensor *a_tenth(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    return lin_mul_scalar(lin_cross_entropy(y_hat, y, options), 0.1);
}

/* The book's assertions, each with its value. */
static void the_checks_at_the_end(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *iter = separable(ctx, 12);
    course c = {zero_linear(ctx, 3, 3), iter, iter, lin_cross_entropy, 1, 1};
    assert_int_equal(train_ch3(&c, "epoch 1, train loss 0.9358, train acc 0.5833, test acc 1.0000\n"), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "d2l_train_ch3: train_loss is 0.93579");

    c.net = zero_linear(ctx, 3, 3);
    c.loss = a_tenth;
    assert_int_equal(train_ch3(&c, "epoch 1, train loss 0.1080, train acc 0.5833, test acc 1.0000\n"), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_ch3: train_acc is 0.5833333333333334; expected above 0.7, at most 1");

    lin_tensor *X = lin_to(lin_one_hot(lin_from_i64(ctx, (int64_t[]){0, 1}, LIN_SHAPE(2)), 3), LIN_F32);
    c.test = d2l_load_array(LIN_TENSORS(X, lin_from_i64(ctx, (int64_t[]){0, 2}, LIN_SHAPE(2))), 2, false);
    c.lr = 50;
    assert_int_equal(train_ch3(&c, "epoch 1, train loss 0.0622, train acc 1.0000, test acc 0.5000\n"), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_ch3: test_acc is 0.5; expected above 0.7, at most 1");

    lin_fill_(lin_data(lin_bias(c.net)), NAN);
    assert_int_equal(train_ch3(&c, "epoch 1, train loss nan, train acc 0.3333, test acc 0.5000\n"), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_ch3: train_loss is nan; expected below 0.5");

    lin_tensor *no_labels = lin_from_i64(ctx, NULL, LIN_SHAPE(0));
    c = (course){zero_linear(ctx, 3, 3), iter, NULL, lin_cross_entropy, 1, 20};
    c.test = d2l_load_array(LIN_TENSORS(lin_zeros(ctx, LIN_SHAPE(0, 3)), no_labels), 2, false);
    c.loss = a_tenth;
    c.lr = 200;
    assert_int_equal(train_ch3(&c, "epoch 1, train loss 0.0548, train acc 0.5833, test acc nan\n"), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "train_acc is 0.58");
    assert_int_equal(train_ch3(&c, "epoch 1, train loss 0.0006, train acc 1.0000, test acc nan\n"), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_ch3: test_acc is nan; expected above 0.7, at most 1");
}

static void an_epoch_or_more(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *iter = separable(ctx, 12);
    course c = {zero_linear(ctx, 3, 3), iter, iter, lin_cross_entropy, 0, 1};
    assert_int_equal(train_ch3(&c, ""), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_train_ch3: 0 epochs; at least 1");
    assert_int_equal(d2l_train_ch3(NULL, iter, iter, lin_cross_entropy, 1, sgd(c.net, 1)), LIN_EINVAL);
    check_ok(ctx);
    c.epochs = 1;
    c.test = NULL;
    assert_int_equal(train_ch3(&c, ""), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_evaluate_accuracy: data_iter is NULL");
}

/* ---- Predictions ----------------------------------------------------------------------------------------------------- */

static int predict_ch3(lin_module *net, lin_loader *iter, int n, const char *printed)
{
    capture out;
    capture_begin(&out);
    int code = d2l_predict_ch3(net, iter, n);
    assert_string_equal(capture_end(&out), printed);
    return code;
}

static void truth_over_predictions(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){9, 2, 1, 1, 6, 1, 4}, LIN_SHAPE(7));
    lin_tensor *seen = lin_from_i64(ctx, (int64_t[]){9, 2, 1, 1, 0, 1, 2}, LIN_SHAPE(7));
    lin_tensor *X = lin_to(lin_one_hot(seen, 10), LIN_F32);
    lin_module *net = lin_lambda(ctx, identity, NULL);
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, y), 7, false);
    assert_int_equal(predict_ch3(net, iter, 0,
                                 "truth       ankle boot  pullover    trouser     trouser     shirt       trouser\n"
                                 "prediction  ankle boot  pullover    trouser     trouser     t-shirt     trouser\n"),
                     0);
    assert_int_equal(predict_ch3(net, iter, 1, "truth       ankle boot\nprediction  ankle boot\n"), 0);
    assert_int_equal(
        predict_ch3(net, iter, 1000, /* no more than the batch has */
                    "truth       ankle boot  pullover    trouser     trouser     shirt       trouser     coat\n"
                    "prediction  ankle boot  pullover    trouser     trouser     t-shirt     trouser     pullover\n"),
        0);
    check_ok(ctx);
}

static void what_predict_refuses(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_lambda(ctx, identity, NULL);
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(2, 11)), *y = lin_from_i64(ctx, (int64_t[]){3, 12}, LIN_SHAPE(2));
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, y), 2, false);
    assert_int_equal(predict_ch3(net, iter, -1, ""), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_predict_ch3: n is -1; 0 means 6");
    assert_int_equal(predict_ch3(net, iter, 0, ""), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_get_fashion_mnist_labels: label 12 at row 1 is outside [0, 10)");
    assert_int_equal(predict_ch3(net, NULL, 0, ""), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_predict_ch3: test_iter is NULL");
    assert_int_equal(d2l_predict_ch3(NULL, iter, 0), LIN_EINVAL);
}

static void a_stdout_that_is_full(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *iter = separable(ctx, 12);
    lin_module *net = zero_linear(ctx, 3, 3);
    capture out;
    for (int predict = 0; predict < 2; predict++) {
        FILE *full = fopen("/dev/full", "w+");
        if (!full) skip();
        capture_begin_in(&out, full);
        int code =
            predict ? d2l_predict_ch3(net, iter, 0) : d2l_train_ch3(net, iter, iter, lin_cross_entropy, 1, sgd(net, 1));
        capture_end(&out);
        assert_int_equal(code, LIN_EIO);
        check_error(ctx, LIN_EIO, "cannot write to stdout");
    }
}

/* At the root, without a mark. */
static void many_epochs_do_not_grow(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 3, 3);
    lin_loader *iter = separable(ctx, 12);
    d2l_updater updater = sgd(net, 0.1);
    size_t held = 0;
    for (int epoch = 0; epoch < 200; epoch++) {
        double loss, acc;
        assert_int_equal(d2l_train_epoch_ch3(net, iter, lin_cross_entropy, updater, &loss, &acc), 0);
        assert_true(d2l_evaluate_accuracy(net, iter) == 1);
        assert_int_equal(
            predict_ch3(net, iter, 2, "truth       t-shirt     trouser\nprediction  t-shirt     trouser\n"), 0);
        if (epoch == 1) held = lin_memory(ctx);
        if (epoch > 1) assert_int_equal(lin_memory(ctx), held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_epoch_by_hand),       TEST(both_updaters_do_the_same),
        TEST(a_loss_in_a_column),     TEST(a_loss_must_be_one_value_per_row),
        TEST(what_an_epoch_refuses),  TEST(an_epoch_is_a_line),
        TEST(the_checks_at_the_end),  TEST(an_epoch_or_more),
        TEST(truth_over_predictions), TEST(what_predict_refuses),
        TEST(a_stdout_that_is_full),  TEST(many_epochs_do_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
