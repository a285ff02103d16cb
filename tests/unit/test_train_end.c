/* How training ends, stopped or diverged, and what it leaves behind. */
#include "support/train.h"

/* ---- Stopping ------------------------------------------------------------------------------------------------------- */

typedef struct stopped {
    int code;
    int64_t steps, entries;
    lin_epoch last;
} stopped;

/* Ten rows in batches of two, three epochs, regression, with these callbacks. */
static stopped fit_until(lin_ctx *ctx, seen *s, const volatile sig_atomic_t *stop)
{
    stopped r = {0};
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_history *h = lin_history_new(ctx);
    lin_dataset *d = doubles(ctx, 10);
    lin_optimizer *optimizer = sgd(net, 1e-3);
    r.code = lin_fit(net, d, d,
                     &(lin_fit_options){.loss = lin_mse,
                                        .optimizer = optimizer,
                                        .schedule = lin_exponential_lr(optimizer, 1),
                                        .epochs = 3,
                                        .batch_size = 2,
                                        .on_step = on_step,
                                        .on_epoch = on_epoch,
                                        .user = s,
                                        .stop = stop,
                                        .history = h,
                                        .steps_done = &r.steps});
    r.entries = lin_history_count(h);
    if (r.entries) r.last = *lin_history_at(h, -1);
    return r;
}

static void a_step_callback_stops_it(void **state)
{
    lin_ctx *ctx = *state;
    seen s = {.stop_at_step = 7};
    stopped r = fit_until(ctx, &s, NULL);
    assert_int_equal(r.code, LIN_ESTOPPED);
    check_ok(ctx);
    assert_int_equal(r.steps, 7);
    assert_int_equal(s.step[6].epoch, 2);
    assert_int_equal(s.step[6].step, 2);
    assert_int_equal(r.entries, 2);
    assert_true(r.last.stopped);
    assert_true(isnan(r.last.train_loss) && isnan(r.last.test_loss)); /* it ends at once: no evaluation */
    assert_int_equal(s.epochs, 2);
}

static void an_epoch_callback_stops_it(void **state)
{
    lin_ctx *ctx = *state;
    seen s = {.stop_at_epoch = 2};
    stopped r = fit_until(ctx, &s, NULL);
    assert_int_equal(r.code, LIN_ESTOPPED);
    check_ok(ctx);
    assert_int_equal(r.steps, 10);
    assert_int_equal(r.entries, 2);
    assert_false(r.last.stopped); /* this epoch is whole */
    assert_true(isfinite(r.last.test_loss));
}

static void the_stop_flag_ends_it_after_the_step(void **state)
{
    lin_ctx *ctx = *state;
    volatile sig_atomic_t flag = 0;
    seen s = {.stop_at_step = 3, .flag = &flag};
    stopped r = fit_until(ctx, &s, &flag);
    assert_int_equal(r.code, LIN_ESTOPPED);
    assert_int_equal(r.steps, 3);
    assert_int_equal(r.entries, 1);
    assert_true(r.last.stopped);

    r = fit_until(ctx, &s, &flag); /* still set */
    assert_int_equal(r.code, LIN_ESTOPPED);
    check_ok(ctx);
    assert_int_equal(r.steps, 0);
    assert_int_equal(r.entries, 0);

    flag = 0;
    s = (seen){.stop_at_epoch = 1, .flag = &flag}; /* set while the epoch was being reported */
    r = fit_until(ctx, &s, &flag);
    assert_int_equal(r.code, LIN_ESTOPPED);
    assert_int_equal(r.steps, 5);
    assert_false(r.last.stopped);
}

static void a_callback_that_fails_gives_its_cause(void **state)
{
    lin_ctx *ctx = *state;
    seen s = {.stop_at_epoch = 1, .fail = ctx};
    stopped r = fit_until(ctx, &s, NULL);
    assert_int_equal(r.code, LIN_EIO);
    check_error(ctx, LIN_EIO, "the disk is full");
    s = (seen){.stop_at_step = 1};
    lin_fail(ctx, LIN_EDATA, "an older cause");
    r = fit_until(ctx, &s, NULL); /* which says nothing about the stop */
    assert_int_equal(r.code, LIN_ESTOPPED);
    check_error(ctx, LIN_EDATA, "an older cause");
}

/* ---- Divergence ------------------------------------------------------------------------------------------------------ */

/* X and y of `rows` rows that are all 1 and all 0. */
static lin_dataset *ones_to_zero(lin_ctx *ctx, int rows)
{
    return lin_tensor_dataset(LIN_TENSORS(lin_ones(ctx, LIN_SHAPE(rows, 1)), lin_zeros(ctx, LIN_SHAPE(rows, 1))));
}

/* w + b = s and s ← s(1 − 4·lr): with lr = 10¹⁰ s is 1, −4·10¹⁰, 1.6·10²¹, whose square is no float. */
static int explode(lin_ctx *ctx, int rows, seen *s, lin_history *h, lin_module *net)
{
    lin_fill_(lin_data(lin_weight(net)), 1);
    return lin_fit(net, ones_to_zero(ctx, rows), NULL,
                   &(lin_fit_options){.loss = lin_mse,
                                      .optimizer = sgd(net, 1e10),
                                      .epochs = 5,
                                      .batch_size = 1,
                                      .on_step = on_step,
                                      .user = s,
                                      .history = h,
                                      .steps_done = &s->epochs});
}

static void the_first_bad_step_is_named(void **state)
{
    lin_ctx *ctx = *state;
    seen s = {0};
    lin_history *h = lin_history_new(ctx);
    lin_module *net = zero_linear(ctx, 1, 1);
    assert_int_equal(explode(ctx, 5, &s, h, net), LIN_EDIVERGED);
    check_error(ctx, LIN_EDIVERGED,
                "training diverged at epoch 1, step 3: the loss is inf; try a smaller lr than 1e+10, or scale the "
                "features");
    assert_int_equal(s.epochs, 2); /* steps done: the third made no update */
    assert_int_equal(s.steps, 2);
    assert_true(isfinite(lin_item(lin_weight(net))));
    assert_int_equal(lin_history_count(h), 0);
}

/* Between the steps 2 and 3 the epoch ends, and the loss over all rows shows it first. */
static void the_loss_over_all_rows_can_show_it(void **state)
{
    lin_ctx *ctx = *state;
    seen s = {0};
    lin_history *h = lin_history_new(ctx);
    assert_int_equal(explode(ctx, 1, &s, h, zero_linear(ctx, 1, 1)), LIN_EDIVERGED);
    check_error(ctx, LIN_EDIVERGED,
                "training diverged at epoch 2, step 1: the loss over all training rows is inf; try a smaller lr than "
                "1e+10, or scale the features");
    assert_int_equal(lin_history_count(h), 1);
}

/* √(ŷ·0) is 0, its gradient 0·∞: the loss looks well, the parameter does not. */
static lin_tensor *treacherous(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)y;
    (void)options;
    return lin_mean(lin_sqrt(lin_mul_scalar(y_hat, 0)));
}

static void a_parameter_that_is_not_finite(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), zero_linear(ctx, 1, 1));
    int64_t steps = 0;
    lin_fit_options o = {.loss = treacherous, .optimizer = sgd(net, 0.5), .batch_size = 1, .steps_done = &steps};
    assert_int_equal(lin_fit(net, ones_to_zero(ctx, 3), NULL, &o), LIN_EDIVERGED);
    check_error(ctx, LIN_EDIVERGED,
                "training diverged at epoch 1, step 1: parameter 1.weight is not finite; try a smaller lr than 0.5, or "
                "scale the features");
    assert_int_equal(steps, 1);
    assert_true(isnan(lin_item(lin_weight(lin_child(net, 1))))); /* left as the step left it */
}

static void what_was_bad_before_the_first_update(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_fill_(lin_data(lin_weight(net)), NAN);
    lin_fit_options o = {.loss = lin_mse, .optimizer = sgd(net, 0.5), .batch_size = 1, .in_order = true};
    assert_int_equal(lin_fit(net, ones_to_zero(ctx, 3), NULL, &o), LIN_EDIVERGED);
    check_error(
        ctx, LIN_EDIVERGED,
        "training diverged at epoch 1, step 1: the loss is nan; no update was made yet: scale the features, and "
        "look at the parameters");
    lin_init_zeros(lin_weight(net));
    lin_tensor *zeros = lin_zeros(ctx, LIN_SHAPE(3, 1)),
               *bad = lin_from_f32(ctx, (float[]){0, 0, NAN}, LIN_SHAPE(3, 1));
    assert_int_equal(lin_fit(net, lin_tensor_dataset(LIN_TENSORS(bad, zeros)), NULL, &o), LIN_EDIVERGED);
    check_error(
        ctx, LIN_EDIVERGED,
        "training diverged at epoch 1, step 3: the loss is nan; X has a value that is not finite in this batch");
    bad = lin_from_f32(ctx, (float[]){0, -INFINITY, 0}, LIN_SHAPE(3, 1));
    assert_int_equal(lin_fit(net, lin_tensor_dataset(LIN_TENSORS(zeros, bad)), NULL, &o), LIN_EDIVERGED);
    check_error(
        ctx, LIN_EDIVERGED,
        "training diverged at epoch 1, step 2: the loss is inf; y has a value that is not finite in this batch");
}

/* ---- What is left behind --------------------------------------------------------------------------------------------- */

static lin_tensor *per_row(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)options;
    return lin_sub(y_hat, y);
}

static int print_much(void *user, const lin_epoch *epoch)
{
    (void)epoch;
    return lin_to_string(lin_zeros(user, LIN_SHAPE(100))) ? 0 : 1;
}

static void a_thousand_epochs_do_not_grow(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = doubles(ctx, 30);
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_fit_options o = {.loss = lin_mse,
                         .optimizer = sgd(net, 1e-4),
                         .batch_size = 7,
                         .workers = 2,
                         .on_epoch = print_much,
                         .user = ctx};
    size_t held = 0;
    for (int round = 0; round < 3; round++) {
        o.epochs = round ? 1000 : 3;
        assert_int_equal(lin_fit(net, d, d, &o), 0);
        if (!round) held = lin_memory(ctx);
        assert_int_equal(lin_memory(ctx), held);
    }
    check_ok(ctx);
}

static void failures_leave_no_region_open(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = doubles(ctx, 30);
    lin_module *net = zero_linear(ctx, 1, 1);
    lin_fit_options o = {.loss = per_row, .optimizer = sgd(net, 1e-4), .batch_size = 7};
    size_t held = 0;
    for (int round = 0; round < 100; round++) {
        lin_region mark = lin_mark(ctx);
        assert_int_equal(lin_fit(net, d, d, &o), LIN_EINVAL);
        lin_error_clear(ctx);
        lin_region next = lin_mark(ctx);
        assert_int_equal(next.depth, mark.depth + 1);
        lin_release(mark);
        if (!round) held = lin_memory(ctx);
        assert_int_equal(lin_memory(ctx), held);
    }
}

static void a_history(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_history_new(NULL));
    assert_int_equal(lin_history_count(NULL), 0);
    assert_null(lin_history_at(NULL, 0));
    assert_int_equal(lin_history_add(NULL, &(lin_epoch){0}), LIN_EINVAL);
    lin_history *h = lin_history_new(ctx);
    assert_null(lin_history_at(h, 0));
    assert_null(lin_history_at(h, -1));
    lin_region mark = lin_mark(ctx); /* entries outlive the region they are added in */
    for (int64_t i = 1; i <= 100; i++)
        assert_int_equal(lin_history_add(h, &(lin_epoch){.epoch = i, .train_loss = 1.0 / (double)i}), 0);
    lin_release(mark);
    assert_int_equal(lin_history_count(h), 100);
    for (int64_t i = 0; i < 100; i++)
        assert_int_equal(lin_history_at(h, i)->epoch, i + 1);
    assert_int_equal(lin_history_at(h, -1)->epoch, 100);
    assert_int_equal(lin_history_at(h, -100)->epoch, 1);
    assert_null(lin_history_at(h, 100));
    assert_null(lin_history_at(h, -101));
    assert_int_equal(lin_history_add(h, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "history_add: the epoch is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_callback_stops_it),
        TEST(an_epoch_callback_stops_it),
        TEST(the_stop_flag_ends_it_after_the_step),
        TEST(a_callback_that_fails_gives_its_cause),
        TEST(the_first_bad_step_is_named),
        TEST(the_loss_over_all_rows_can_show_it),
        TEST(a_parameter_that_is_not_finite),
        TEST(what_was_bad_before_the_first_update),
        TEST(a_thousand_epochs_do_not_grow),
        TEST(failures_leave_no_region_open),
        TEST(a_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
