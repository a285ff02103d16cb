/* The training loop: for each batch forward, loss, zero_grad, backward, step. */
#include "base/clock.h"
#include "base/error.h"
#include "data/dataset.h"
#include "kernel/kernel.h"
#include "train/task.h"

#include <inttypes.h>
#include <linnet/autograd.h>
#include <linnet/op.h>
#include <math.h>

/* A run of fit, and what it knows of the epoch that it is in. */
typedef struct run {
    lin_ctx *ctx;
    lin_module *net;
    lin_dataset *train, *test;
    const lin_fit_options *options;
    lin__task task;
    lin_loader *loader;
    int64_t epoch, step, steps_done; /* epoch and step from 1, the step within its epoch */
    bool stopped, failed_before;
    bool classifies;
    int64_t rows, labels, correct; /* of this epoch, as they were trained */
    double loss;                   /* Σ over the rows */
} run;

/* ---- Divergence ------------------------------------------------------------------------------------------------ */

static bool all_finite(const lin_tensor *t)
{
    const lin__kernels *k = lin__kernels_get();
    if (t->dtype == LIN_F64) return k->f64.all_finite(t->numel, t->data);
    return t->dtype != LIN_F32 || k->f32.all_finite(t->numel, t->data);
}

/* What to try. Data that are not finite come first: then lr has no part in it, nor has it before the first update. */
static const char *advice(const run *r, const lin_batch *m, char *out, size_t size)
{
    if (m && !all_finite(m->X)) return "X has a value that is not finite in this batch";
    if (m && !all_finite(m->y)) return "y has a value that is not finite in this batch";
    if (r->steps_done == 0) return "no update was made yet: scale the features, and look at the parameters";
    snprintf(out, size, "try a smaller lr than %g, or scale the features", lin_lr(r->options->optimizer));
    return out;
}

static int diverged(const run *r, const lin_batch *m, const char *what)
{
    char text[100];
    return lin__fail(r->ctx, LIN_EDIVERGED, "training diverged at epoch %" PRId64 ", step %" PRId64 ": %s; %s",
                     r->epoch, r->step, what, advice(r, m, text, sizeof text));
}

/* m is the batch of that loss, or NULL if it is that of all rows. */
static int check_loss(const run *r, const lin_batch *m, double loss)
{
    if (isfinite(loss)) return 0;
    char number[LIN_NUMBER_SIZE], what[100];
    snprintf(what, sizeof what, "the loss%s is %s", m ? "" : " over all training rows",
             lin_number_text(number, loss, LIN_F64));
    return diverged(r, m, what);
}

/* After every step, so that the first bad one is named: to read the parameters once costs less than the update did, which read
 * them and their gradients and wrote them. */
static int check_parameters(const run *r, const lin_batch *m)
{
    lin_tensors parameters = lin_parameters(r->net);
    for (int i = 0; i < parameters.count; i++) {
        if (all_finite(parameters.at[i])) continue;
        char what[100];
        snprintf(what, sizeof what, "parameter %s is not finite", lin_parameter_name(r->net, i));
        return diverged(r, m, what);
    }
    return 0;
}

/* ---- One step, one epoch ----------------------------------------------------------------------------------------- */

static bool asked_to_stop(const run *r)
{
    return r->stopped || (r->options->stop && *r->options->stop);
}

/* What the step shows: the epoch's sums and the caller's own function. */
static int account(run *r, const lin_batch *m, lin_tensor *y_hat, lin_tensor *y, double loss)
{
    const lin_fit_options *o = r->options;
    r->rows += m->rows;
    r->loss += loss * (double)m->rows;
    r->classifies = lin__classifies(y_hat, y);
    if (r->classifies) {
        int64_t correct = lin__count_correct(y_hat, y);
        if (correct < 0) return lin_error_code_of(r->ctx);
        r->correct += correct;
        r->labels += lin_numel(y);
    }
    lin_step_info info = {r->epoch, r->step, lin_loader_batches(r->loader), m->rows, loss};
    if (o->on_step && o->on_step(o->user, &info)) r->stopped = true;
    return 0;
}

static int train_batch(run *r, const lin_batch *m)
{
    lin_optimizer *optimizer = r->options->optimizer;
    lin_tensor *y_hat = lin_forward(r->net, m->X), *y = lin__targets(&r->task, y_hat, m->y);
    if (!y) return lin__fail_null(r->ctx, "fit: the net's output");
    lin_tensor *l = lin__loss(&r->task, y_hat, y);
    if (!l) return lin__fail_null(r->ctx, "fit: the loss");
    double loss = lin_item(l);
    int code = check_loss(r, m, loss);
    if (!code) code = lin_zero_grad(optimizer);
    if (!code) code = lin_backward(l);
    if (!code) code = lin_step(optimizer);
    if (code) return code;
    r->steps_done++;
    code = check_parameters(r, m);
    return code ? code : account(r, m, y_hat, y, loss);
}

static int train_batches(run *r)
{
    int64_t rows = 0;
    for (lin_batch m = {0}; !asked_to_stop(r) && (rows = lin_loader_next(r->loader, &m)) > 0;) {
        r->step = m.step + 1;
        int code = train_batch(r, &m);
        if (code) return code;
    }
    return rows < 0 ? (int)rows : 0;
}

/* The scores after a whole epoch: of all training rows for regression, of the test rows where there are any. */
static int evaluate(const run *r, lin_epoch *e)
{
    lin_scores scores;
    int code = r->classifies ? 0 : lin__evaluate(&r->task, r->train, &scores);
    if (code) return code;
    if (!r->classifies) e->train_loss = scores.loss;
    code = check_loss(r, NULL, e->train_loss);
    if (code || !r->test) return code;
    code = lin__evaluate(&r->task, r->test, &scores);
    e->test_loss = scores.loss;
    e->test_acc = scores.accuracy;
    return code;
}

static int report(run *r, const lin_epoch *e)
{
    const lin_fit_options *o = r->options;
    int code = o->history ? lin_history_add(o->history, e) : 0;
    if (!code && o->on_epoch && o->on_epoch(o->user, e)) r->stopped = true;
    return code;
}

static int train_epoch(run *r)
{
    double started = lin__seconds();
    r->rows = r->labels = r->correct = 0;
    r->loss = 0;
    lin_train(r->net);
    int code = train_batches(r);
    if (code) return code;
    lin_epoch e = {.epoch = r->epoch, .train_loss = NAN, .train_acc = NAN, .test_loss = NAN, .test_acc = NAN};
    e.stopped = asked_to_stop(r);
    if (r->classifies) {
        e.train_loss = r->loss / (double)r->rows;
        e.train_acc = (double)r->correct / (double)r->labels;
    }
    code = e.stopped ? 0 : evaluate(r, &e);
    if (code) return code;
    e.seconds = lin__seconds() - started;
    return report(r, &e);
}

/* ---- fit ------------------------------------------------------------------------------------------------------- */

/* The first argument that is missing, or NULL. */
static const char *missing(const lin_module *net, const lin_dataset *train, const lin_fit_options *o)
{
    if (!net) return "fit: net";
    if (!train) return "fit: train";
    return o ? NULL : "fit: options";
}

/* In debug builds: is all that was given still there? */
static bool all_live(const run *r)
{
    const lin_fit_options *o = r->options;
    return lin__is_live(r->net, "fit", "module") && lin__is_live(r->train, "fit", "dataset") &&
           (!r->test || lin__is_live(r->test, "fit", "dataset")) &&
           (!o->optimizer || lin__is_live(o->optimizer, "fit", "optimizer")) &&
           (!o->history || lin__is_live(o->history, "fit", "history"));
}

/* Does the optimizer move anything of the net? One without parameters, lambdas say, may be moved by what it hides. */
static bool has_a_share(lin_module *net, const lin_optimizer *optimizer)
{
    lin_tensors own = lin_parameters(net), moved = lin_optimizer_parameters(optimizer);
    for (int i = 0; i < own.count; i++)
        for (int k = 0; k < moved.count; k++)
            if (own.at[i] == moved.at[k]) return true;
    return own.count == 0;
}

static int check_optimizer(const run *r)
{
    lin_optimizer *optimizer = r->options->optimizer;
    if (!optimizer)
        return lin__fail(
            r->ctx, LIN_EINVAL,
            "fit: no optimizer was given: set .optimizer, to lin_sgd(lin_parameters(net), NULL) for example");
    if (lin_optimizer_context(optimizer) != r->ctx)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: the optimizer and the net are of two contexts");
    if (has_a_share(r->net, optimizer)) return 0;
    return lin__fail(r->ctx, LIN_EINVAL,
                     "fit: the optimizer has none of the net's parameters: make it from lin_parameters(net)");
}

/* 0 or a code. An optimizer, a test set or a history that could not be made is not "none". */
static int check(const run *r)
{
    const lin_fit_options *o = r->options;
    lin_ctx *ctx = r->ctx;
    if ((!o->optimizer || !r->test || !o->history) && r->failed_before) return lin_error_code_of(ctx);
    if (!o->loss) return lin__fail(ctx, LIN_EINVAL, "fit: no loss was given: set .loss, to lin_mse for example");
    if (o->epochs < 0) return lin__fail(ctx, LIN_EINVAL, "fit: %" PRId64 " epochs; 0 means 1", o->epochs);
    int code = check_optimizer(r);
    if (!code) code = lin__check_task(&r->task, r->train);
    return code || !r->test ? code : lin__check_task(&r->task, r->test);
}

static lin_loader *make_loader(const run *r)
{
    const lin_fit_options *o = r->options;
    lin_loader *loader =
        lin_loader_new(r->train, &(lin_loader_options){.batch_size = o->batch_size ? o->batch_size : 256,
                                                       .in_order = o->in_order,
                                                       .drop_last = o->drop_last,
                                                       .workers = o->workers});
    if (!loader || lin_loader_batches(loader) > 0) return loader;
    lin__fail(r->ctx, LIN_EINVAL, "fit: %" PRId64 " training rows make no batch of %" PRId64 "%s", lin_rows(r->train),
              lin_loader_batch_size(loader), o->drop_last ? ", and drop_last drops a short one" : "");
    return NULL;
}

/* Each epoch in a region of its own: what the callbacks make does not pile up. */
static int train_epochs(run *r)
{
    int64_t epochs = r->options->epochs ? r->options->epochs : 1;
    for (r->epoch = 1; r->epoch <= epochs && !asked_to_stop(r); r->epoch++) {
        lin_region mark = lin_mark(r->ctx);
        int code = mark.ctx ? train_epoch(r) : LIN_ENOMEM;
        lin_release(mark);
        if (code) return code;
    }
    if (!asked_to_stop(r)) return 0;
    bool callback_failed = lin_error_code_of(r->ctx) && !r->failed_before;
    return callback_failed ? lin_error_code_of(r->ctx) : LIN_ESTOPPED;
}

static int run_in_region(run *r)
{
    lin_region mark = lin_mark(r->ctx);
    if (!mark.ctx) return LIN_ENOMEM;
    bool was_training = lin_is_training(r->net);
    lin_enable_grad(r->ctx);
    r->loader = make_loader(r);
    int code = r->loader ? train_epochs(r) : lin_error_code_of(r->ctx);
    if (!was_training) lin_eval(r->net);
    lin_release(mark);
    return code;
}

static lin__task task_of(lin_module *net, const lin_fit_options *o)
{
    return (lin__task){.name = "fit",
                       .net = net,
                       .loss = o->loss,
                       .loss_options = o->loss_options,
                       .one_hot = o->one_hot,
                       .workers = o->workers};
}

int lin_fit(lin_module *net, lin_dataset *train, lin_dataset *test, const lin_fit_options *options)
{
    int64_t nowhere = 0, *steps_done = options && options->steps_done ? options->steps_done : &nowhere;
    *steps_done = 0;
    lin_ctx *ctx = net ? lin_module_context(net) : train ? train->ctx : NULL;
    const char *absent = missing(net, train, options);
    if (absent) return lin__fail_null(ctx, absent);
    run r = {.ctx = ctx, .net = net, .train = train, .test = test, .options = options, .task = task_of(net, options)};
    r.failed_before = lin_error_code_of(ctx) != 0;
    int code = all_live(&r) ? check(&r) : LIN_EINVAL;
    if (!code) code = run_in_region(&r);
    *steps_done = r.steps_done;
    return code;
}
