/* fit and evaluate: numbers by hand on tiny data, targets, modes, nets and losses of one's own. */
#include "support/train.h"

/* ---- Numbers ------------------------------------------------------------------------------------------------------- */

static void a_step_of_regression_by_hand(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_module *net = zero_linear(ctx, 1, 1);
    seen s = {0};
    int64_t steps = 0;
    lin_history *h = lin_history_new(ctx);
    /* ŷ = 0: loss (4 + 16) / 2, ∂w = mean 2(ŷ − y)x = −10, ∂b = −6; then w = 1, b = 0.6 leave errors −0.4 and −1.4. */
    assert_int_equal(lin_fit(net, doubles(ctx, 2), NULL,
                             &(lin_fit_options){.loss = lin_mse,
                                                .optimizer = sgd(net, 0.1),
                                                .batch_size = LIN_FULL_BATCH,
                                                .on_step = on_step,
                                                .on_epoch = on_epoch,
                                                .user = &s,
                                                .history = h,
                                                .steps_done = &steps}),
                     0);
    check_ok(ctx);
    CHECK_VALUES(lin_weight(net), 1e-15, 1);
    CHECK_VALUES(lin_bias(net), 1e-15, 0.6);
    assert_int_equal(steps, 1);
    assert_int_equal(s.steps, 1);
    assert_int_equal(s.step[0].epoch, 1);
    assert_int_equal(s.step[0].step, 1);
    assert_int_equal(s.step[0].steps, 1);
    assert_int_equal(s.step[0].rows, 2);
    check_near(s.step[0].loss, 10, 0);
    assert_int_equal(lin_history_count(h), 1);
    const lin_epoch *e = lin_history_at(h, 0);
    assert_int_equal(e->epoch, 1);
    check_near(e->train_loss, 1.06, 1e-15);
    assert_true(isnan(e->train_acc) && isnan(e->test_loss) && isnan(e->test_acc));
    assert_true(e->seconds >= 0);
    assert_false(e->stopped);
    check_near(s.epoch.train_loss, e->train_loss, 0);
}

static void an_epoch_of_classification_by_hand(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_tensor *X = lin_from_f64(ctx, (double[]){1, 0, 0, 1}, LIN_SHAPE(2, 2));
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, lin_from_i64(ctx, (int64_t[]){0, 1}, LIN_SHAPE(2))));
    lin_module *net = zero_linear(ctx, 2, 2);
    lin_history *h = lin_history_new(ctx);
    /* Row 0 meets p = ½: right (a tie goes to the lower index), loss log 2; it leaves b = (½, −½). Row 1 then has the
     * logits b, so p₀ = 1 / (1 + e⁻¹) and it is wrong. */
    double p = 1 / (1 + exp(-1)), second = -log(1 - p);
    assert_int_equal(
        lin_fit(
            net, d, d,
            &(lin_fit_options){
                .loss = lin_cross_entropy, .optimizer = sgd(net, 1), .batch_size = 1, .in_order = true, .history = h}),
        0);
    check_ok(ctx);
    CHECK_VALUES(lin_weight(net), 1e-14, 0.5, -p, -0.5, p);
    CHECK_VALUES(lin_bias(net), 1e-14, 0.5 - p, p - 0.5);
    const lin_epoch *e = lin_history_at(h, -1);
    check_near(e->train_loss, (log(2) + second) / 2, 1e-14);
    check_near(e->train_acc, 0.5, 0);
    double margin0 = 2 * (1 - p), margin1 = 2 * (2 * p - 0.5);
    check_near(e->test_loss, (log1p(exp(-margin0)) + log1p(exp(-margin1))) / 2, 1e-14);
    check_near(e->test_acc, 1, 0);
}

/* Row losses 1, 4 and 9 in batches of 2 and 1: each row counts the same. */
static void a_short_last_batch_counts_by_its_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_tensor *X = lin_zeros(ctx, LIN_SHAPE(3, 1));
    lin_tensor *y = lin_from_f32(ctx, (float[]){1, 2, 3}, LIN_SHAPE(3, 1));
    seen s = {0};
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, y));
    lin_fit_options o = {.loss = lin_mse,
                         .optimizer = sgd(net, 1e-30),
                         .batch_size = 2,
                         .in_order = true,
                         .on_step = on_step,
                         .on_epoch = on_epoch,
                         .user = &s};
    assert_int_equal(lin_fit(net, d, NULL, &o), 0);
    assert_int_equal(s.steps, 2);
    assert_int_equal(s.step[1].steps, 2);
    assert_int_equal(s.step[1].rows, 1);
    check_near(s.step[0].loss, 2.5, 1e-6);
    check_near(s.step[1].loss, 9, 1e-6);
    check_near(s.epoch.train_loss, 14.0 / 3, 1e-6);

    o.drop_last = true;
    assert_int_equal(lin_fit(net, d, NULL, &o), 0);
    assert_int_equal(s.steps, 3);
    check_near(s.epoch.train_loss, 14.0 / 3, 1e-6); /* over all training rows all the same */
}

/* One-hot targets made by fit give what one-hot targets in the data give, to the bit. */
static void one_hot_targets(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_normal(ctx, 0, 1, LIN_SHAPE(20, 3));
    lin_tensor *labels = lin_to(lin_uniform(ctx, 0, 4, LIN_SHAPE(20)), LIN_I64);
    lin_dataset *as_labels = lin_tensor_dataset(LIN_TENSORS(X, labels));
    lin_dataset *as_rows = lin_tensor_dataset(LIN_TENSORS(X, lin_to(lin_one_hot(labels, 4), LIN_F32)));
    lin_module *a = zero_linear(ctx, 3, 4), *b = zero_linear(ctx, 3, 4);
    lin_fit_options o = {.loss = lin_squared, .optimizer = sgd(a, 0.1), .epochs = 3, .batch_size = 8, .in_order = true};
    o.one_hot = true;
    lin_history *h = o.history = lin_history_new(ctx);
    assert_int_equal(lin_fit(a, as_labels, as_labels, &o), 0);
    o.one_hot = false;
    o.optimizer = sgd(b, 0.1);
    assert_int_equal(lin_fit(b, as_rows, as_rows, &o), 0);
    check_ok(ctx);
    assert_memory_equal(lin_f32(lin_weight(a)), lin_f32(lin_weight(b)), 12 * sizeof(float));
    assert_true(lin_history_at(h, 2)->train_acc > 0); /* the labels are still the labels */
    check_near(lin_history_at(h, 2)->test_loss, lin_history_at(h, 5)->test_loss, 0);
    assert_true(isnan(lin_history_at(h, 5)->train_acc));
}

/* What fit hands to the loss, as it hands it. */
static lin_tensor *noting_loss(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    *(lin_shape *)options->user = lin_size(y);
    return lin_mean(lin_square(lin_sub(y_hat, y)));
}

static void targets_take_the_shape_of_the_prediction(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(3, 1));
    lin_tensor *flat[] = {
        lin_from_f32(ctx, (float[]){1, 2, 3}, LIN_SHAPE(3)), lin_from_f64(ctx, (double[]){1, 2, 3}, LIN_SHAPE(3, 1)),
        lin_from_i64(ctx, (int64_t[]){1, 2, 3}, LIN_SHAPE(3)), lin_from_u8(ctx, (uint8_t[]){1, 2, 3}, LIN_SHAPE(3, 1))};
    for (int i = 0; i < 4; i++) {
        lin_module *net = zero_linear(ctx, 1, 1);
        lin_shape size = {0};
        seen s = {0};
        assert_int_equal(lin_fit(net, lin_tensor_dataset(LIN_TENSORS(X, flat[i])), NULL,
                                 &(lin_fit_options){.loss = noting_loss,
                                                    .loss_options = {.user = &size},
                                                    .optimizer = sgd(net, 0.1),
                                                    .on_step = on_step,
                                                    .user = &s}),
                         0);
        check_ok(ctx);
        assert_int_equal(size.ndim, 2);
        assert_int_equal(size.dim[1], 1);
        check_near(s.step[0].loss, 14.0 / 3, 1e-6);
        assert_int_equal(s.step[0].steps, 1); /* 256 rows by default */
    }
}

static void labels_of_bytes_and_in_a_column(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 0, 0, 1, 3, 2}, LIN_SHAPE(3, 2));
    lin_module *net = lin_lambda(ctx, identity, NULL);
    lin_tensor *labels[] = {lin_from_u8(ctx, (uint8_t[]){0, 1, 1}, LIN_SHAPE(3)),
                            lin_from_i64(ctx, (int64_t[]){0, 1, 1}, LIN_SHAPE(3, 1))};
    for (int i = 0; i < 2; i++) {
        lin_scores scores;
        assert_int_equal(
            lin_evaluate(net, lin_tensor_dataset(LIN_TENSORS(X, labels[i])), lin_cross_entropy, NULL, &scores), 0);
        check_ok(ctx);
        check_near(scores.accuracy, 2.0 / 3, 0);
        check_near(scores.loss, (2 * log1p(exp(-1)) + log1p(exp(1))) / 3, 1e-6);
        assert_true(isnan(scores.r2) && isnan(scores.mae) && isnan(scores.rmse));
    }
}

/* Labels of places: y_hat (1, 2, 2), y (1, 2). */
static void labels_of_places(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 5, 2, 3}, LIN_SHAPE(1, 2, 2));
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){1, 1}, LIN_SHAPE(1, 2));
    lin_scores scores;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, y));
    assert_int_equal(lin_evaluate(lin_lambda(ctx, identity, NULL), d, NULL, NULL, &scores), 0);
    check_near(scores.accuracy, 0.5, 0);
    assert_int_equal(scores.rows, 1);
    assert_true(isnan(scores.loss));
}

/* Errors 0, 0, 0 and −1 about a mean of 2.5: R² = 1 − 1/5. */
static void scores_of_regression_by_hand(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_from_f32(ctx, (float[]){1, 2, 3, 5}, LIN_SHAPE(4, 1));
    lin_tensor *y = lin_from_f32(ctx, (float[]){1, 2, 3, 4}, LIN_SHAPE(4));
    lin_scores scores;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, y));
    assert_int_equal(lin_evaluate(lin_lambda(ctx, identity, NULL), d, lin_squared, NULL, &scores), 0);
    assert_int_equal(scores.rows, 4);
    check_near(scores.loss, 0.125, 1e-12);
    check_near(scores.r2, 0.8, 1e-15);
    check_near(scores.mae, 0.25, 0);
    check_near(scores.rmse, 0.5, 0);
    assert_true(isnan(scores.accuracy));
}

/* Over many batches, and far from zero, where Σ y² − (Σ y)² / n would lose all digits. */
static void scores_are_those_of_the_metrics(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_tensor *X = lin_add_scalar(lin_normal(ctx, 0, 1, LIN_SHAPE(1000, 1)), 1e8);
    lin_tensor *y = lin_add(X, lin_normal(ctx, 0, 0.5, LIN_SHAPE(1000, 1)));
    lin_scores scores;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, y));
    assert_int_equal(lin_evaluate(lin_lambda(ctx, identity, NULL), d, lin_mse, NULL, &scores), 0);
    assert_int_equal(scores.rows, 1000);
    check_near(scores.r2, lin_r2_of(X, y), 1e-9);
    check_near(scores.mae, lin_mae_of(X, y), 1e-12);
    check_near(scores.rmse, sqrt(lin_mse_of(X, y)), 1e-12);
    check_near(scores.loss, lin_mse_of(X, y), 1e-12);
}

static void scores_of_no_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *none = lin_zeros(ctx, LIN_SHAPE(0, 1));
    lin_scores scores;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(none, none));
    assert_int_equal(lin_evaluate(lin_lambda(ctx, identity, NULL), d, lin_mse, NULL, &scores), 0);
    check_ok(ctx);
    assert_int_equal(scores.rows, 0);
    assert_true(isnan(scores.loss) && isnan(scores.r2) && isnan(scores.mae) && isnan(scores.accuracy));
}

/* ---- Nets of one's own ------------------------------------------------------------------------------------------- */

/* Notes mode and gradients of each call. */
typedef struct watch {
    lin_module *net;
    int calls, training, recording;
} watch;

static lin_tensor *watching(void *user, lin_tensor *X)
{
    watch *w = user;
    w->calls++;
    w->training += lin_is_training(w->net);
    w->recording += lin_grad_enabled(lin_context(X));
    return X;
}

static void modes_and_gradients(void **state)
{
    lin_ctx *ctx = *state;
    watch w = {0};
    lin_module *net = w.net = lin_sequential(ctx, lin_lambda(ctx, watching, &w), zero_linear(ctx, 1, 1));
    lin_dataset *d = doubles(ctx, 4);
    lin_scores scores;
    assert_int_equal(lin_evaluate(net, d, lin_mse, NULL, &scores), 0);
    assert_int_equal(w.calls, 1);
    assert_int_equal(w.training, 0);
    assert_int_equal(w.recording, 0);
    assert_true(lin_is_training(net));
    assert_true(lin_is_training(lin_child(net, 1)));
    assert_true(lin_grad_enabled(ctx));
    lin_eval(net);
    assert_int_equal(lin_evaluate(net, d, lin_mse, NULL, &scores), 0);
    assert_false(lin_is_training(net));

    /* Two steps in train mode with gradients, even where the caller has them off; one pass over all rows without. */
    lin_region mark = lin_mark(ctx);
    lin_no_grad(ctx);
    w.calls = 0;
    lin_fit_options o = {.loss = lin_mse, .optimizer = sgd(net, 0.01), .batch_size = 2};
    assert_int_equal(lin_fit(net, d, NULL, &o), 0);
    check_ok(ctx);
    assert_int_equal(w.calls, 3);
    assert_int_equal(w.training, 2);
    assert_int_equal(w.recording, 2);
    assert_false(lin_is_training(net)); /* as it was */
    assert_false(lin_grad_enabled(ctx));
    lin_release(mark);
}

/* |x| is no linear function: the relu is needed, and learned through. */
static void a_net_with_relu(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_uniform(ctx, -1, 1, LIN_SHAPE(256, 1));
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, lin_abs(X)));
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 1, 16), lin_relu_layer(ctx), lin_linear(ctx, 16, 1));
    lin_history *h = lin_history_new(ctx);
    lin_fit_options o = {.loss = lin_mse, .optimizer = sgd(net, 0.2), .epochs = 60, .batch_size = 16, .history = h};
    assert_int_equal(lin_fit(net, d, NULL, &o), 0);
    check_ok(ctx);
    assert_true(lin_history_at(h, -1)->train_loss < 2e-3); /* a line leaves 1/48 */
}

/* Half the mean of the fourth power, through the options' user: a loss of one's own. */
static lin_tensor *fourth_power(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    double factor = *(const double *)options->user;
    return lin_mul_scalar(lin_mean(lin_square(lin_square(lin_sub(y_hat, y)))), factor);
}

static void a_loss_of_ones_own(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_module *net = zero_linear(ctx, 1, 1);
    double half = 0.5;
    seen s = {0};
    lin_tensor *one = lin_ones(ctx, LIN_SHAPE(1, 1));
    assert_int_equal(lin_fit(net, lin_tensor_dataset(LIN_TENSORS(one, one)), NULL,
                             &(lin_fit_options){.loss = fourth_power,
                                                .loss_options = {.user = &half},
                                                .optimizer = sgd(net, 0.25),
                                                .on_step = on_step,
                                                .on_epoch = on_epoch,
                                                .user = &s}),
                     0);
    check_near(s.step[0].loss, 0.5, 0);
    CHECK_VALUES(lin_weight(net), 0, 0.5); /* −0.25 · ½ · 4 · (0 − 1)³ */
    check_near(s.epoch.train_loss, 0, 0);
}

static void the_same_bits_with_workers(void **state)
{
    lin_ctx *ctx = *state;
    (void)ctx;
    float weights[2][30];
    for (int workers = 0; workers < 2; workers++) {
        lin_ctx *own = lin_ctx_new(&(lin_ctx_options){.seed = 7, .threads = 1 + workers});
        lin_tensor *X = lin_normal(own, 0, 1, LIN_SHAPE(500, 10));
        lin_tensor *y = lin_to(lin_uniform(own, 0, 3, LIN_SHAPE(500)), LIN_I64);
        lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, y));
        lin_module *net = lin_linear(own, 10, 3);
        assert_int_equal(lin_fit(net, d, d,
                                 &(lin_fit_options){.loss = lin_cross_entropy,
                                                    .optimizer = sgd(net, 0.1),
                                                    .epochs = 3,
                                                    .batch_size = 32,
                                                    .workers = 2 * workers}),
                         0);
        lin_copy_out(lin_weight(net), weights[workers]);
        lin_ctx_free(own);
    }
    assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_of_regression_by_hand),
        TEST(an_epoch_of_classification_by_hand),
        TEST(a_short_last_batch_counts_by_its_rows),
        TEST(one_hot_targets),
        TEST(targets_take_the_shape_of_the_prediction),
        TEST(labels_of_bytes_and_in_a_column),
        TEST(labels_of_places),
        TEST(scores_of_regression_by_hand),
        TEST(scores_are_those_of_the_metrics),
        TEST(scores_of_no_rows),
        TEST(modes_and_gradients),
        TEST(a_net_with_relu),
        TEST(a_loss_of_ones_own),
        TEST(the_same_bits_with_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
