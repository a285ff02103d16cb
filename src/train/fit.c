/* The training loop: for each batch forward, loss, zero_grad, backward, step. */
#include "base/clock.h"
#include "base/error.h"
#include "train/run.h"

#include <linnet/autograd.h>
#include <math.h>

static bool asked_to_stop(const lin__run *r)
{
    return r->stopped || (r->options->stop && *r->options->stop);
}

/* What the step shows: the epoch's sums and the caller's own function. */
static int account(lin__run *r, const lin_batch *m, lin_tensor *y_hat, lin_tensor *y, double loss)
{
    const lin_fit_options *o = r->options;
    r->at.rows += m->rows;
    r->at.loss += loss * (double)m->rows;
    r->at.classifies = lin__classifies(y_hat, y);
    if (r->at.classifies) {
        int64_t correct = lin__count_correct(y_hat, y);
        if (correct < 0) return lin_error_code_of(r->ctx);
        r->at.correct += correct;
        r->at.labels += lin_numel(y);
    }
    lin_step_info info = {r->at.epoch, r->at.step, lin_loader_batches(r->loader), m->rows, loss};
    if (o->on_step && o->on_step(o->user, &info)) r->stopped = true;
    return o->schedule && o->schedule_every_step ? lin_schedule_step(o->schedule) : 0;
}

static int train_batch(lin__run *r, const lin_batch *m)
{
    lin_optimizer *optimizer = r->options->optimizer;
    lin_tensor *y_hat = lin_forward(r->net, m->X), *y = lin__targets(&r->task, y_hat, m->y);
    if (!y) return lin__fail_null(r->ctx, "fit: the net's output");
    lin_tensor *l = lin__loss(&r->task, y_hat, y);
    if (!l) return lin__fail_null(r->ctx, "fit: the loss");
    double loss = lin_item(l);
    int code = lin__check_loss(r, m, loss);
    if (!code) code = lin_zero_grad(optimizer);
    if (!code) code = lin_backward(l);
    r->at.lr = lin_lr(optimizer);
    if (!code) code = lin_step(optimizer);
    if (code) return code;
    r->at.steps_done++;
    code = lin__check_parameters(r, m);
    if (!code) code = account(r, m, y_hat, y, loss);
    return code ? code : lin__checkpoints_step(r);
}

/* Those of the epoch that are left. */
static int train_batches(lin__run *r)
{
    lin_batch m = {0};
    int64_t rows = lin_loader_seek(r->loader, &m, r->at.epoch - 1, r->at.step);
    while (rows >= 0 && !asked_to_stop(r) && (rows = lin_loader_next(r->loader, &m)) > 0) {
        r->at.step = m.step + 1;
        int code = train_batch(r, &m);
        if (code) return code;
    }
    return rows < 0 ? (int)rows : 0;
}

/* The scores after a whole epoch: of all training rows for regression, of the test rows where there are any. */
static int evaluate(const lin__run *r, lin_epoch *e)
{
    lin_scores scores;
    int code = r->at.classifies ? 0 : lin__evaluate(&r->task, r->train, &scores);
    if (code) return code;
    if (!r->at.classifies) e->train_loss = scores.loss;
    code = lin__check_loss(r, NULL, e->train_loss);
    if (code || !r->test) return code;
    code = lin__evaluate(&r->task, r->test, &scores);
    e->test_loss = scores.loss;
    e->test_acc = scores.accuracy;
    return code;
}

static int report(lin__run *r, const lin_epoch *e)
{
    const lin_fit_options *o = r->options;
    int code = o->history ? lin_history_add(o->history, e) : 0;
    if (!code && o->on_epoch && o->on_epoch(o->user, e)) r->stopped = true;
    return code;
}

static lin_epoch epoch_so_far(const lin__run *r)
{
    const lin__progress *at = &r->at;
    lin_epoch e = {.epoch = at->epoch, .train_loss = NAN, .train_acc = NAN, .test_loss = NAN, .test_acc = NAN};
    e.lr = at->lr;
    if (!at->classifies) return e;
    e.train_loss = at->loss / (double)at->rows;
    e.train_acc = (double)at->correct / (double)at->labels;
    return e;
}

/* What follows a whole epoch: the schedule's step, and the next epoch from its first batch. */
static int begin_next(lin__run *r, const lin_epoch *e)
{
    const lin_fit_options *o = r->options;
    bool due = o->schedule && !o->schedule_every_step;
    int code = due ? lin_schedule_metric(o->schedule, lin__watched(r, e)) : 0;
    if (!code && r->checkpoints.history) code = lin_history_add(r->checkpoints.history, e);
    r->at = (lin__progress){
        .epoch = r->at.epoch + 1, .steps_done = r->at.steps_done, .lr = r->at.lr, .classifies = r->at.classifies};
    return code;
}

/* The epoch from its next batch on. A checkpoint is written when all that it holds is settled: behind the callbacks, which may
 * change the rate, and at a stop before anything else. */
static int train_epoch(lin__run *r)
{
    double started = lin__seconds();
    lin_train(r->net);
    int code = train_batches(r);
    if (code) return code;
    bool stopped = asked_to_stop(r);
    lin_epoch e = epoch_so_far(r);
    e.stopped = stopped;
    code = stopped ? lin__checkpoints_save(r) : evaluate(r, &e);
    if (!code && !stopped) code = lin__early_epoch(r, &e);
    if (code) return code;
    e.seconds = lin__seconds_since(started);
    code = report(r, &e);
    if (!code && !stopped) code = begin_next(r, &e);
    return code || stopped ? code : lin__checkpoints_save(r);
}

/* Each epoch in a region of its own: what the callbacks make does not pile up. */
static int train_epochs(lin__run *r)
{
    while (r->at.epoch <= r->epochs && !asked_to_stop(r) && !lin__early_over(r)) {
        lin_region mark = lin_mark(r->ctx);
        int code = mark.ctx ? train_epoch(r) : LIN_ENOMEM;
        lin_release(mark);
        if (code) return code;
    }
    if (!asked_to_stop(r)) {
        lin__early_end(r);
        return 0;
    }
    bool callback_failed = lin_error_code_of(r->ctx) && !r->failed_before;
    return callback_failed ? lin_error_code_of(r->ctx) : LIN_ESTOPPED;
}

/* ---- fit ------------------------------------------------------------------------------------------------------- */

static int run_in_region(lin__run *r)
{
    lin_region mark = lin_mark(r->ctx);
    if (!mark.ctx) return LIN_ENOMEM;
    bool was_training = lin_is_training(r->net);
    lin_enable_grad(r->ctx);
    int code = lin__run_begin(r);
    if (!code) code = lin__checkpoints_begin(r);
    if (!code) code = train_epochs(r);
    if (!was_training) lin_eval(r->net);
    lin_release(mark);
    return code;
}

int lin_fit(lin_module *net, lin_dataset *train, lin_dataset *test, const lin_fit_options *options)
{
    if (options && options->steps_done) *options->steps_done = 0;
    if (options && options->best_epoch) *options->best_epoch = 0;
    lin__run r = {.net = net, .train = train, .test = test, .options = options};
    int code = lin__run_check(&r);
    if (code) return code;
    code = run_in_region(&r);
    if (options && options->steps_done) *options->steps_done = r.at.steps_done;
    if (options && options->best_epoch) *options->best_epoch = r.best.epoch;
    return code;
}
