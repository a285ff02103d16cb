/* Schedules and early stopping in fit: when a rate changes, which loss is watched, when it ends, with which parameters. */
#include "support/train.h"

/* The test losses that a run is to have: those of a net without parameters of its own, whose prediction is the label plus an
 * error that grows with the epochs as they say. */
typedef struct script {
    const double *losses;
    int epoch;
} script;

/* What is learned is w in X·w; one training row of gradient 1 makes w fall by the rate each epoch. */
static lin_tensor *falling(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)y;
    const script *s = options->user;
    if (lin_grad_enabled(lin_context(y_hat))) return lin_mean(y_hat);
    return lin_full(lin_context(y_hat), s->losses[s->epoch], LIN_SCALAR);
}

static int count_epochs(void *user, const lin_epoch *epoch)
{
    (void)epoch;
    ((script *)user)->epoch++;
    return 0;
}

typedef struct outcome {
    int code;
    double w;
    int64_t epochs, best;
    double lr[10]; /* of each epoch */
    char said[300];
} outcome;

static void note(void *user, lin_log_level level, const char *message)
{
    (void)level;
    snprintf(user, 300, "%s", message);
}

/* A run whose watched losses are these, one an epoch; w begins at 0 and falls by 1 in each. */
static outcome run(const double *losses, int64_t epochs, lin_early_stopping end)
{
    outcome out = {0};
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.dtype = LIN_F64, .log = note, .log_user = out.said});
    script s = {.losses = losses};
    lin_tensor *one = lin_ones(ctx, LIN_SHAPE(1, 1));
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(one, one));
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(lin_weight(net)), &(lin_sgd_options){.lr = 1});
    lin_history *h = lin_history_new(ctx);
    out.code = lin_fit(net, d, NULL,
                       &(lin_fit_options){.loss = falling,
                                          .loss_options = {.user = &s},
                                          .optimizer = o,
                                          .epochs = epochs,
                                          .early_stopping = end,
                                          .on_epoch = count_epochs,
                                          .user = &s,
                                          .history = h,
                                          .best_epoch = &out.best});
    check_ok(ctx);
    out.w = lin_item(lin_weight(net));
    out.epochs = lin_history_count(h);
    lin_ctx_free(ctx);
    return out;
}

static void check_outcome(outcome got, int64_t epochs, double w, int64_t best, const char *said)
{
    assert_int_equal(got.code, 0);
    assert_int_equal(got.epochs, epochs);
    check_near(got.w, w, 0);
    assert_int_equal(got.best, best);
    assert_string_equal(got.said, said);
}

static const double losses[] = {5, 4, 4, 3, 3.5, 3, 2.9, 3};
enum { EPOCHS = sizeof losses / sizeof *losses };

static void without_patience_it_goes_on(void **state)
{
    (void)state;
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){0}), 8, -8, 7, "");
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.restore_best = true}), 8, -7, 7, "");
}

static void so_many_epochs_in_a_row(void **state)
{
    (void)state;
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.patience = 1}), 3, -3, 2,
                  "the training loss has not become better since epoch 2: the training ends after epoch 3");
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.patience = 2}), 6, -6, 4,
                  "the training loss has not become better since epoch 4: the training ends after epoch 6");
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.patience = 3}), 8, -8, 7, "");
}

static void the_parameters_of_the_best_epoch(void **state)
{
    (void)state;
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.patience = 2, .restore_best = true}), 6, -4, 4,
                  "the training loss has not become better since epoch 4: the training ends after epoch 6");
}

static void better_by_at_least(void **state)
{
    (void)state;
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.patience = 3, .min_delta = 2}), 4, -4, 1,
                  "the training loss has not become better since epoch 1: the training ends after epoch 4");
    check_outcome(run(losses, EPOCHS, (lin_early_stopping){.patience = 3, .min_delta = 0.9}), 7, -7, 4,
                  "the training loss has not become better since epoch 4: the training ends after epoch 7");
}

/* One training row that pulls w from 0 to 1, one test row that wants it at ½. */
static outcome tug(lin_early_stopping end, lin_schedule *(*schedule)(lin_optimizer *o))
{
    outcome out = {0};
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.dtype = LIN_F64, .log = note, .log_user = out.said});
    lin_tensor *one = lin_ones(ctx, LIN_SHAPE(1, 1)), *half = lin_full(ctx, 0.5, LIN_SHAPE(1, 1));
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(lin_weight(net)), &(lin_sgd_options){.lr = 0.125});
    lin_history *h = lin_history_new(ctx);
    out.code = lin_fit(net, lin_tensor_dataset(LIN_TENSORS(one, one)), lin_tensor_dataset(LIN_TENSORS(one, half)),
                       &(lin_fit_options){.loss = lin_mse,
                                          .optimizer = o,
                                          .epochs = 10,
                                          .schedule = schedule ? schedule(o) : NULL,
                                          .early_stopping = end,
                                          .history = h,
                                          .best_epoch = &out.best});
    check_ok(ctx);
    out.w = lin_item(lin_weight(net));
    out.epochs = lin_history_count(h);
    for (int64_t i = 0; i < out.epochs; i++)
        out.lr[i] = lin_history_at(h, i)->lr;
    lin_ctx_free(ctx);
    return out;
}

static void the_test_loss_or_the_training_loss(void **state)
{
    (void)state;
    /* w is ¼, 7/16, 37/64, …: nearest to ½ after the second epoch. */
    outcome got = tug((lin_early_stopping){.patience = 1, .restore_best = true}, NULL);
    check_outcome(got, 3, 0.4375, 2,
                  "the test loss has not become better since epoch 2: the training ends after epoch 3");
    got = tug((lin_early_stopping){.patience = 1, .restore_best = true, .watch_train = true}, NULL);
    assert_int_equal(got.epochs, 10);
    assert_int_equal(got.best, 10);
}

/* ---- Schedules ------------------------------------------------------------------------------------------------------- */

static lin_schedule *halving(lin_optimizer *o)
{
    return lin_exponential_lr(o, 0.5);
}

static lin_schedule *impatient(lin_optimizer *o)
{
    return lin_schedule_from_text(o, "plateau:0.5:0", 0);
}

static void a_step_after_every_epoch(void **state)
{
    (void)state;
    outcome got = tug((lin_early_stopping){0}, halving);
    for (int i = 0; i < 10; i++)
        check_near(got.lr[i], ldexp(0.125, -i), 0);
}

/* The test loss is worse from the third epoch on: each of those halves the rate of the next. */
static void a_plateau_sees_what_is_watched(void **state)
{
    (void)state;
    outcome got = tug((lin_early_stopping){0}, impatient);
    check_near(got.lr[2], 0.125, 0);
    check_near(got.lr[3], 0.0625, 0);
    check_near(got.lr[4], 0.03125, 0);
    got = tug((lin_early_stopping){.watch_train = true}, impatient);
    check_near(got.lr[9], 0.125, 0);
}

static int note_rate(void *user, const lin_step_info *info)
{
    static int64_t step;
    lin_optimizer *o = user;
    step = info->step == 1 && info->epoch == 1 ? 0 : step + 1;
    check_near(lin_lr(o), ldexp(1, (int)-step), 0);
    return 0;
}

static void a_step_after_every_update(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_optimizer *o = sgd(net, 1);
    lin_history *h = lin_history_new(ctx);
    lin_tensor *zero = lin_zeros(ctx, LIN_SHAPE(4, 1));
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(zero, zero));
    assert_int_equal(lin_fit(net, d, NULL,
                             &(lin_fit_options){.loss = lin_mse,
                                                .optimizer = o,
                                                .epochs = 2,
                                                .batch_size = 2,
                                                .schedule = lin_exponential_lr(o, 0.5),
                                                .schedule_every_step = true,
                                                .on_step = note_rate,
                                                .user = o,
                                                .history = h}),
                     0);
    check_ok(ctx);
    check_near(lin_history_at(h, 0)->lr, 0.5, 0); /* of the epoch's last step */
    check_near(lin_history_at(h, 1)->lr, 0.125, 0);
    check_near(lin_lr(o), 0.0625, 0);
}

/* ---- Refused --------------------------------------------------------------------------------------------------------- */

static void options_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_optimizer *o = sgd(net, 0.1), *other = sgd(net, 0.1);
    lin_dataset *d = doubles(ctx, 4);
    const struct {
        lin_fit_options options;
        const char *why;
    } cases[] = {
        {{.schedule_every_step = true}, "fit: schedule_every_step without a schedule"},
        {{.schedule = lin_exponential_lr(other, 0.5)}, "fit: the schedule is of another optimizer"},
        {{.schedule = lin_reduce_lr_on_plateau(o, NULL), .schedule_every_step = true},
         "fit: a plateau looks at the loss of an epoch: leave schedule_every_step"},
        {{.early_stopping = {.patience = -1}}, "fit: a patience of -1 epochs; it must be 0 or more"},
        {{.early_stopping = {.min_delta = -0.5}}, "fit: min_delta is -0.5; it must be 0 or more, and finite"},
        {{.early_stopping = {.min_delta = NAN}}, "fit: min_delta is nan; it must be 0 or more, and finite"},
        {{.early_stopping = {.min_delta = INFINITY}}, "fit: min_delta is inf; it must be 0 or more, and finite"},
        {{.checkpoint = {.every = -1}}, "fit: a checkpoint every -1 updates; it must be 0 or more"},
        {{.checkpoint = {.every = 1}}, "fit: checkpoint options without a directory"},
        {{.checkpoint = {.resume = true}}, "fit: checkpoint options without a directory"},
        {{.checkpoint = {.settings = "x"}}, "fit: checkpoint options without a directory"},
        {{.checkpoint = {.directory = "nowhere", .settings = "\xff"}}, "fit: the checkpoint's settings are not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lin_fit_options options = cases[i].options;
        options.loss = lin_mse;
        options.optimizer = o;
        assert_int_equal(lin_fit(net, d, NULL, &options), LIN_EINVAL);
        check_error(ctx, LIN_EINVAL, cases[i].why);
    }
    CHECK_VALUES(lin_weight(net), 0, 0);
}

/* A schedule that could not be made is not "none". */
static void a_schedule_that_failed(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_optimizer *o = sgd(net, 0.1);
    lin_dataset *d = doubles(ctx, 4);
    lin_fit_options options = {.loss = lin_mse, .optimizer = o, .history = lin_history_new(ctx)};
    options.schedule = lin_schedule_from_text(o, "sep:3", 0);
    assert_int_equal(lin_fit(net, d, d, &options), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "schedule \"sep:3\": expected step");
    CHECK_VALUES(lin_weight(net), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_patience_it_goes_on),
        cmocka_unit_test(so_many_epochs_in_a_row),
        cmocka_unit_test(the_parameters_of_the_best_epoch),
        cmocka_unit_test(better_by_at_least),
        cmocka_unit_test(the_test_loss_or_the_training_loss),
        cmocka_unit_test(a_step_after_every_epoch),
        cmocka_unit_test(a_plateau_sees_what_is_watched),
        TEST(a_step_after_every_update),
        TEST(options_that_are_refused),
        TEST(a_schedule_that_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
