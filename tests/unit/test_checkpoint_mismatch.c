/* What makes a run what it is: a checkpoint of another run is refused, and what differs is named; one element of the data is enough. */
#include "support/checkpoint.h"

/* Of a linear layer with two outputs, so that all losses fit. */
static void begin(small *s, const char *folder, bool resume)
{
    small_begin(s, folder, resume);
    lin_tensor *X = lin_reshape(lin_arange(s->ctx, 0, 40, 1, LIN_F32), LIN_SHAPE(10, 4));
    lin_tensor *y = lin_reshape(lin_arange(s->ctx, 0, 20, 1, LIN_F32), LIN_SHAPE(10, 2));
    lin_tensor *z = lin_reshape(lin_arange(s->ctx, 0, 24, 1, LIN_F32), LIN_SHAPE(6, 4));
    s->train = lin_tensor_dataset(LIN_TENSORS(lin_mul_scalar(X, 0.1), lin_mul_scalar(y, 0.1)));
    s->test = lin_tensor_dataset(LIN_TENSORS(lin_mul_scalar(z, 0.1), lin_slice(lin_mul_scalar(y, 0.1), 0, 0, 6)));
    s->net = zero_linear(s->ctx, 4, 2);
    s->options.optimizer = lin_sgd(lin_parameters(s->net), &(lin_sgd_options){.lr = 1e-3, .momentum = 0.5});
    s->options.checkpoint.settings = "zeros";
}

static void sgd_with(small *s, lin_sgd_options o)
{
    s->options.optimizer = lin_sgd(lin_parameters(s->net), &o);
}

/* ---- Each setting by itself ------------------------------------------------------------------------------------------ */

static void other_net(small *s)
{
    s->net = lin_sequential(s->ctx, zero_linear(s->ctx, 4, 2));
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5});
}
static void other_size(small *s)
{
    s->net = zero_linear(s->ctx, 4, 3);
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5});
}
static void other_type(small *s)
{
    lin_set_default_dtype(s->ctx, LIN_F64);
    s->net = zero_linear(s->ctx, 4, 2);
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5});
}
static void other_loss(small *s)
{
    s->options.loss = lin_huber;
}
static lin_tensor *own_loss(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    return lin_mse(y_hat, y, options);
}
static void loss_of_ones_own(small *s)
{
    s->options.loss = own_loss;
}
static void with_delta(small *s)
{
    s->options.loss_options.delta = 0.5;
}
static void with_beta(small *s)
{
    s->options.loss_options.beta = 0.5;
}
static void with_smoothing(small *s)
{
    s->options.loss_options.label_smoothing = 0.1;
}
static void with_ignored(small *s)
{
    static const int64_t label = -3;
    s->options.loss_options.ignore_index = &label;
}
static void with_eps(small *s)
{
    s->options.loss_options.eps = 1e-3;
}
static void with_full(small *s)
{
    s->options.loss_options.full = true;
}
static void with_weight(small *s)
{
    s->options.loss_options.weight = lin_ones(s->ctx, LIN_SHAPE(2));
}
static void with_variance(small *s)
{
    s->options.loss_options.var = lin_ones(s->ctx, LIN_SHAPE(2));
}
static void with_one_hot(small *s)
{
    s->options.one_hot = true;
}
static void other_lr(small *s)
{
    sgd_with(s, (lin_sgd_options){.lr = 0.1, .momentum = 0.5});
}
static void without_momentum(small *s)
{
    sgd_with(s, (lin_sgd_options){.lr = 1e-3});
}
static void with_dampening(small *s)
{
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5, .dampening = 0.25});
}
static void with_decay(small *s)
{
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5, .weight_decay = 1e-4});
}
static void with_nesterov(small *s)
{
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5, .nesterov = true});
}
static void with_maximize(small *s)
{
    sgd_with(s, (lin_sgd_options){.lr = 1e-3, .momentum = 0.5, .maximize = true});
}
static void fewer_trained(small *s)
{
    s->options.optimizer = lin_sgd(LIN_TENSORS(lin_weight(s->net)), &(lin_sgd_options){.lr = 1e-3, .momentum = 0.5});
}
/* One of them is none of the net's. */
static void another_trained(small *s)
{
    lin_tensor *own = lin_requires_grad_(lin_zeros(s->ctx, LIN_SHAPE(1)), true);
    s->options.optimizer = lin_sgd(LIN_TENSORS(lin_weight(s->net), own, lin_bias(s->net)),
                                   &(lin_sgd_options){.lr = 1e-3, .momentum = 0.5});
}
static void with_schedule(small *s)
{
    s->options.schedule = lin_schedule_from_text(s->options.optimizer, "step:30", 0);
}
static void with_schedule_by_step(small *s)
{
    with_schedule(s);
    s->options.schedule_every_step = true;
}
static void other_batches(small *s)
{
    s->options.batch_size = 5;
}
static void in_order(small *s)
{
    s->options.in_order = true;
}
static void drop_last(small *s)
{
    s->options.drop_last = true;
}
static void with_patience(small *s)
{
    s->options.early_stopping.patience = 3;
}
static void with_min_delta(small *s)
{
    s->options.early_stopping.min_delta = 0.25;
}
static void watching_train(small *s)
{
    s->options.early_stopping.watch_train = true;
}
static void restoring(small *s)
{
    s->options.early_stopping.restore_best = true;
}
static void other_words(small *s)
{
    s->options.checkpoint.settings = "normal";
}
static void no_words(small *s)
{
    s->options.checkpoint.settings = NULL;
}
static void fewer_rows(small *s)
{
    s->train = lin_subset(s->train, 0, 9);
}
static void other_rows(small *s)
{
    s->train = lin_tensor_dataset(LIN_TENSORS(lin_array(s->train, 0), lin_to(lin_array(s->train, 1), LIN_F64)));
}
/* Rows of nothing, too, are told and digested. */
static void another_array(small *s)
{
    lin_tensor *nothing = lin_zeros(s->ctx, LIN_SHAPE(10, 0));
    s->train = lin_tensor_dataset(LIN_TENSORS(lin_array(s->train, 0), lin_array(s->train, 1), nothing));
}
static void with_transform(small *s)
{
    lin_transform list[] = {lin_normalize(0.5, 2), lin_flatten_rows()};
    lin_set_transforms(s->train, list, 2);
}
static void without_test(small *s)
{
    s->test = NULL;
}
static void fewer_test_rows(small *s)
{
    s->test = lin_subset(s->test, 0, 5);
}

static const struct {
    void (*change)(small *s);
    const char *what;
} changes[] = {
    {other_net, "net: \"linear(4 -> 2)\" there, \"sequential(linear(4 -> 2))\" here"},
    {other_size, "net: \"linear(4 -> 2)\" there, \"linear(4 -> 3)\" here"},
    {other_type, "tensor \"weight\": (2, 4) f32 there, (2, 4) f64 here"},
    {other_loss, "loss: \"mse\" there, \"huber\" here"},
    {loss_of_ones_own, "loss: \"mse\" there, null here"},
    {with_delta, "delta: 0.0 there, 0.5 here"},
    {with_beta, "beta: 0.0 there, 0.5 here"},
    {with_smoothing, "label smoothing: 0.0 there, 0.1 here"},
    {with_ignored, "ignored label: null there, -3 here"},
    {with_eps, "eps: 0.0 there, 0.001 here"},
    {with_full, "full: false there, true here"},
    {with_weight, "class weight: null there, \""},
    {with_variance, "variance: null there, \""},
    {with_one_hot, "one_hot: false there, true here"},
    {other_lr, "lr: 0.001 there, 0.1 here"},
    {without_momentum, "momentum: 0.5 there, 0.0 here"},
    {with_dampening, "dampening: 0.0 there, 0.25 here"},
    {with_decay, "weight decay: 0.0 there, 0.0001 here"},
    {with_nesterov, "nesterov: false there, true here"},
    {with_maximize, "maximize: false there, true here"},
    {fewer_trained, "trained parameters: [\"weight\",\"bias\"] there, [\"weight\"] here"},
    {another_trained, "trained parameters: [\"weight\",\"bias\"] there, [\"weight\",\"optimizer.1\",\"bias\"] here"},
    {with_schedule, "schedule: null there, \"step:30:0.1\" here"},
    {with_schedule_by_step, "schedule: null there, \"step:30:0.1\" here"},
    {other_batches, "batch size: 2 there, 5 here"},
    {in_order, "in order: false there, true here"},
    {drop_last, "drop_last: false there, true here"},
    {with_patience, "patience: 0 there, 3 here"},
    {with_min_delta, "min_delta: 0.0 there, 0.25 here"},
    {watching_train, "watch_train: false there, true here"},
    {restoring, "restore_best: false there, true here"},
    {other_words, "settings: \"zeros\" there, \"normal\" here"},
    {no_words, "settings: \"zeros\" there, null here"},
    {fewer_rows, "rows of the training data: 10 there, 9 here"},
    {other_rows, "arrays of the training data: [\"(4) f32\",\"(2) f32\"] there, [\"(4) f32\",\"(2) f64\"] here"},
    {another_array,
     "arrays of the training data: [\"(4) f32\",\"(2) f32\"] there, [\"(4) f32\",\"(2) f32\",\"(0) f32\"] here"},
    {with_transform, "transforms of the training data: [] there, [[\"normalize\",0.5,2.0],[\"flatten\"]] here"},
    {without_test, "rows of the test data: 6 there, null here"},
    {fewer_test_rows, "rows of the test data: 6 there, 5 here"},
};

/* A whole run's checkpoints in "right", which no refusal changes. */
static int make_right(void **state)
{
    small s;
    if (enter_folder(state)) return -1;
    begin(&s, "right", false);
    int code = small_fit(&s);
    small_end(&s);
    return code;
}

static void check_refused(void (*change)(small *s), const char *what)
{
    small s;
    begin(&s, "right", true);
    change(&s);
    int code = small_fit(&s);
    char expected[400];
    snprintf(expected, sizeof expected, ": the checkpoint is of another run: %s", what);
    if (code != LIN_EMISMATCH) fail_msg("%s: code %d, %s", what, code, lin_error(s.ctx));
    const char *said = lin_error(s.ctx), file[] = "right/checkpoint-15.safetensors: byte ";
    bool as_expected = !strncmp(said, file, strlen(file)) && strstr(said, expected);
    if (!as_expected) fail_msg("%s\n%s", said, expected);
    assert_string_equal(lin_error_where(s.ctx).file, "right/checkpoint-15.safetensors");
    lin_tensor *bias = lin_bias(lin_is_linear(s.net) ? s.net : lin_child(s.net, 0));
    assert_true(lin_at(bias, LIN_SHAPE(0)) == 0); /* nothing of it was taken over */
    small_end(&s);
    assert_string_equal(names_in("right"), "checkpoint-14.safetensors checkpoint-15.safetensors");
}

static void every_setting_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        check_refused(changes[i].change, changes[i].what);
    small s;
    begin(&s, "right", true);
    assert_int_equal(small_fit(&s), 0);
    small_end(&s);
}

static void the_seed(void **state)
{
    (void)state;
    small s;
    begin(&s, "right", true);
    lin_ctx_free(s.ctx);
    s.ctx = lin_ctx_new(&(lin_ctx_options){.seed = UINT64_MAX});
    s.train = s.test =
        lin_tensor_dataset(LIN_TENSORS(lin_zeros(s.ctx, LIN_SHAPE(2, 1)), lin_zeros(s.ctx, LIN_SHAPE(2, 1))));
    s.net = zero_linear(s.ctx, 1, 1);
    s.options.optimizer = sgd(s.net, 0.1);
    s.options.history = NULL;
    assert_int_equal(small_fit(&s), LIN_EMISMATCH);
    check_error(s.ctx, LIN_EMISMATCH,
                "right/checkpoint-15.safetensors: byte 85: the checkpoint is of another run: seed: \"3\" there, "
                "\"18446744073709551615\" here");
    small_end(&s);
}

/* ---- One element ------------------------------------------------------------------------------------------------------- */

static void one_element(lin_dataset *(*set)(small *s), int array, const char *what)
{
    small s;
    begin(&s, "right", true);
    int64_t count = lin_numel(lin_array(set(&s), array));
    small_end(&s);
    for (int64_t i = 0; i < count; i++)
        for (int way = 0; way < 2; way++) {
            begin(&s, "right", true);
            float *values = lin_f32(lin_array(set(&s), array));
            values[i] = way ? nextafterf(values[i], 1e9f) : values[i] + 1;
            assert_int_equal(small_fit(&s), LIN_EMISMATCH);
            check_error_has(s.ctx, LIN_EMISMATCH, what);
            small_end(&s);
        }
}

static lin_dataset *train_of(small *s)
{
    return s->train;
}

static lin_dataset *test_of(small *s)
{
    return s->test;
}

static void one_element_of_the_data_counts(void **state)
{
    (void)state;
    one_element(train_of, 0, "is of another run: digest of the training data: \"");
    one_element(train_of, 1, "is of another run: digest of the training data: \"");
    one_element(test_of, 0, "is of another run: digest of the test data: \"");
    one_element(test_of, 1, "is of another run: digest of the test data: \"");
}

/* Rows that change places, and values that move from X to y. */
static void the_order_of_rows_counts(void **state)
{
    (void)state;
    small s;
    begin(&s, "right", true);
    float *X = lin_f32(lin_array(s.train, 0)), *y = lin_f32(lin_array(s.train, 1));
    for (int i = 0; i < 4; i++) {
        float x = X[i];
        X[i] = X[4 + i];
        X[4 + i] = x;
    }
    for (int i = 0; i < 2; i++) {
        float x = y[i];
        y[i] = y[2 + i];
        y[2 + i] = x;
    }
    assert_int_equal(small_fit(&s), LIN_EMISMATCH);
    check_error_has(s.ctx, LIN_EMISMATCH, "digest of the training data");
    small_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_counts),
        cmocka_unit_test(the_seed),
        cmocka_unit_test(one_element_of_the_data_counts),
        cmocka_unit_test(the_order_of_rows_counts),
    };
    int failed = cmocka_run_group_tests(tests, make_right, NULL);
    remove_one("right");
    return failed || remove_folder(NULL);
}
