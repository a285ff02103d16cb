/* What fit and evaluate refuse, and in which words. */
#include "support/train.h"

static lin_tensor *per_row(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)options;
    return lin_sub(y_hat, y);
}

static lin_tensor *nothing(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)y_hat;
    (void)y;
    (void)options;
    return NULL;
}

static lin_tensor *lost(void *user, lin_tensor *X)
{
    (void)user;
    (void)X;
    return NULL;
}

static void options_that_fit_refuses(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = doubles(ctx, 5);
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_optimizer *o = sgd(net, 0.1);
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(5, 1));
    const struct {
        lin_fit_options options;
        const char *cause;
    } cases[] = {
        {{.optimizer = o}, "fit: no loss was given: set .loss, to lin_mse for example"},
        {{.loss = lin_mse},
         "fit: no optimizer was given: set .optimizer, to lin_sgd(lin_parameters(net), NULL) for example"},
        {{.loss = lin_mse, .optimizer = sgd(zero_linear(ctx, 1, 1), 0.1)},
         "fit: the optimizer has none of the net's parameters: make it from lin_parameters(net)"},
        {{.loss = lin_mse, .optimizer = o, .epochs = -1}, "fit: -1 epochs; 0 means 1"},
        {{.loss = lin_mse, .optimizer = o, .batch_size = -3},
         "loader: batch_size is -3; it must be 1 or more, or LIN_FULL_BATCH"},
        {{.loss = lin_mse, .optimizer = o, .workers = -1}, "loader: workers is -1; it must be 0 to 64"},
        {{.loss = lin_mse, .optimizer = o, .loss_options.reduction = LIN_SUM},
         "fit: the loss options' reduction must be left at LIN_MEAN"},
        {{.loss = lin_mse, .optimizer = o, .drop_last = true},
         "fit: 5 training rows make no batch of 256, and drop_last drops a short one"},
        {{.loss = lin_mse, .optimizer = o, .one_hot = true},
         "fit: one_hot needs integer labels and a net of several columns; the net's output is (5, 1)"},
        {{.loss = per_row, .optimizer = o},
         "fit: the loss is of shape (5, 1); expected one value, the mean over the batch"},
        {{.loss = nothing, .optimizer = o}, "fit: the loss returned NULL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t steps = -1;
        lin_fit_options options = cases[i].options;
        options.steps_done = &steps;
        assert_int_equal(lin_fit(net, d, NULL, &options), LIN_EINVAL);
        check_error(ctx, LIN_EINVAL, cases[i].cause);
        assert_int_equal(steps, 0);
    }
    lin_fit_options good = {.loss = lin_mse, .optimizer = o};
    assert_int_equal(lin_fit(net, lin_tensor_dataset(LIN_TENSORS(X)), NULL, &good), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: the data have no y: a dataset of two arrays is needed, X and y");
    assert_int_equal(lin_fit(net, d, lin_tensor_dataset(LIN_TENSORS(X)), &good), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: the data have no y: a dataset of two arrays is needed, X and y");
    lin_tensor *none = lin_zeros(ctx, LIN_SHAPE(0, 1));
    assert_int_equal(lin_fit(net, lin_tensor_dataset(LIN_TENSORS(none, none)), NULL, &good), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: 0 training rows make no batch of 256");
    assert_int_equal(lin_fit(lin_lambda(ctx, lost, NULL), d, NULL, &good), LIN_EINVAL);
    lin_error_clear(ctx);
}

static void null_arguments(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = doubles(ctx, 5);
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_fit_options good = {.loss = lin_mse, .optimizer = sgd(net, 0.1)};
    lin_scores scores;
    assert_int_equal(lin_fit(NULL, d, NULL, &good), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: net is NULL");
    assert_int_equal(lin_fit(net, NULL, NULL, &good), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: train is NULL");
    assert_int_equal(lin_fit(net, d, NULL, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: options is NULL");
    assert_int_equal(lin_fit(NULL, NULL, NULL, NULL), LIN_EINVAL);
    assert_int_equal(lin_evaluate(net, NULL, NULL, NULL, &scores), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "evaluate: d is NULL");
    assert_int_equal(lin_evaluate(net, d, NULL, NULL, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "evaluate: scores is NULL");
    assert_int_equal(lin_evaluate(NULL, d, NULL, NULL, &scores), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "evaluate: net is NULL");

    /* An optimizer that could not be made is not "none was given", and a dataset that could not is no "no test data". */
    good.optimizer = sgd(net, -1);
    assert_int_equal(lin_fit(net, d, NULL, &good), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "sgd: lr is -1; it must be 0 or more, and finite");
    good.optimizer = sgd(net, 0.1);
    lin_dataset *unmade = lin_tensor_dataset(LIN_TENSORS(lin_ones(ctx, LIN_SHAPE(2)), lin_ones(ctx, LIN_SHAPE(3))));
    assert_int_equal(lin_fit(net, d, unmade, &good), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "dataset: array 1 is (3)");
}

static void things_of_another_context(void **state)
{
    lin_ctx *ctx = *state, *other = lin_ctx_new(NULL);
    lin_dataset *d = doubles(ctx, 5);
    lin_module *net = zero_linear(ctx, 1, 1), *foreign = zero_linear(other, 1, 1);
    lin_fit_options o = {.loss = lin_mse, .optimizer = sgd(foreign, 0.1)};
    assert_int_equal(lin_fit(net, d, NULL, &o), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: the optimizer and the net are of two contexts");
    o.optimizer = sgd(net, 0.1);
    assert_int_equal(lin_fit(net, doubles(other, 5), NULL, &o), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fit: the data and the net are of two contexts");
    lin_ctx_free(other);
}

/* The softmax of one number is 1: nothing would be learned, and the loss would be a perfect 0. */
static void classes_over_one_column(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(4, 2)), *y = lin_from_i64(ctx, (int64_t[]){0, 1, 1, 0}, LIN_SHAPE(4));
    lin_module *net = zero_linear(ctx, 2, 1);
    lin_dataset *two = lin_tensor_dataset(LIN_TENSORS(X, y));
    lin_dataset *four = lin_tensor_dataset(LIN_TENSORS(X, lin_reshape(lin_mul_scalar(y, 3), LIN_SHAPE(4, 1))));
    lin_dataset *floats = lin_tensor_dataset(LIN_TENSORS(X, lin_to(y, LIN_F32)));
    lin_fit_options o = {.loss = lin_cross_entropy, .optimizer = sgd(net, 0.1)};
    lin_scores scores;
    assert_int_equal(lin_fit(net, two, NULL, &o), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL,
                "fit: the net gives one column, but y holds class labels up to 1: two classes need two columns");
    assert_int_equal(lin_evaluate(net, two, lin_cross_entropy, NULL, &scores), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL,
                "evaluate: the net gives one column, but y holds class labels up to 1: two classes need two columns");
    assert_int_equal(lin_evaluate(net, four, lin_nll, NULL, &scores), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL,
                "evaluate: the net gives one column, but y holds class labels up to 3: 4 classes need 4 columns");
    assert_int_equal(lin_fit(net, floats, NULL, &o), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL,
                "fit: the net gives one column, but cross-entropy compares classes: two classes need two columns and "
                "integer labels, and numbers another loss, lin_mse for example");
    assert_int_equal(lin_evaluate(net, two, lin_mse, NULL, &scores), 0); /* 0 and 1 as numbers are fine */
    check_near(scores.mae, 0.5, 1e-12);
}

static lin_tensor *pairs(void *user, lin_tensor *X)
{
    (void)user;
    return lin_reshape(X, LIN_SHAPE(-1, 2));
}

/* Four rows become two of two: as many elements as y has, but not row by row. */
static void a_net_that_mixes_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = doubles(ctx, 4);
    lin_scores scores;
    assert_int_equal(lin_evaluate(lin_lambda(ctx, pairs, NULL), d, lin_mse, NULL, &scores), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "(2, 2)");
    assert_int_equal(lin_evaluate(lin_lambda(ctx, pairs, NULL), d, NULL, NULL, &scores), 0);
    assert_true(isnan(scores.r2));
}

static void the_first_cause_comes_out(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(4, 2)), *y = lin_from_i64(ctx, (int64_t[]){0, 1, 2, 7}, LIN_SHAPE(4));
    lin_module *net = zero_linear(ctx, 2, 3), *wide = zero_linear(ctx, 5, 3);
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, y));
    lin_fit_options o = {.loss = lin_cross_entropy, .optimizer = sgd(net, 0.1), .in_order = true};
    assert_int_equal(lin_fit(net, d, NULL, &o), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "label 7 at row 3 is outside [0, 3)");
    lin_scores scores;
    assert_int_equal(lin_evaluate(net, d, lin_cross_entropy, NULL, &scores), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "label 7");
    assert_int_equal(scores.rows, 0);
    assert_true(isnan(scores.loss) && isnan(scores.accuracy));
    o.optimizer = sgd(wide, 0.1);
    assert_int_equal(lin_fit(wide, d, NULL, &o), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "expected (*, 5)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_that_fit_refuses),  TEST(null_arguments),
        TEST(things_of_another_context), TEST(a_net_that_mixes_rows),
        TEST(the_first_cause_comes_out), TEST(classes_over_one_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
