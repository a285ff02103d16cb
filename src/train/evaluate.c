/* How good a net is on a dataset: its mean loss and its accuracy, or R², mean absolute and root mean squared error. */
#include "data/dataset.h"
#include "train/task.h"

#include <linnet/autograd.h>
#include <linnet/op.h>
#include <math.h>

/* Sums over the rows seen so far. The variance of y by Welford's recurrence: a large mean costs no digits. */
typedef struct sums {
    int64_t rows, labels, correct, values;
    double loss, absolute, squared; /* Σ loss, Σ |y − ŷ|, Σ (y − ŷ)² */
    double mean, deviation;         /* of y: its mean, Σ (y − mean)² */
} sums;

static int add_errors(sums *s, lin_tensor *y_hat, lin_tensor *y)
{
    const double *predicted = lin_const_data_ptr(lin_contiguous(lin_to(lin_detach(y_hat), LIN_F64)));
    const double *truth = lin_const_data_ptr(lin_contiguous(lin_to(y, LIN_F64)));
    if (!predicted || !truth) return lin_error_code_of(lin_context(y_hat));
    for (int64_t i = 0, n = lin_numel(y); i < n; i++) {
        double error = truth[i] - predicted[i], from_mean = truth[i] - s->mean;
        s->absolute += fabs(error);
        s->squared += error * error;
        s->values++;
        s->mean += from_mean / (double)s->values;
        s->deviation += from_mean * (truth[i] - s->mean);
    }
    return 0;
}

static int add_correct(sums *s, lin_tensor *y_hat, lin_tensor *labels)
{
    int64_t correct = lin__count_correct(y_hat, labels);
    if (correct < 0) return lin_error_code_of(lin_context(y_hat));
    s->correct += correct;
    s->labels += lin_numel(labels);
    return 0;
}

static int add_batch(sums *s, const lin__task *task, const lin_batch *m)
{
    lin_ctx *ctx = lin_module_context(task->net);
    lin_tensor *y_hat = lin_forward(task->net, m->X), *y = lin__targets(task, y_hat, m->y);
    if (!y) return lin__fail_null(ctx, "evaluate: the net's output");
    if (task->loss) {
        lin_tensor *l = lin__loss(task, y_hat, y);
        if (!l) return lin__fail_null(ctx, "evaluate: the loss");
        s->loss += lin_item(l) * (double)m->rows;
    }
    s->rows += m->rows;
    if (lin__classifies(y_hat, y)) return add_correct(s, y_hat, y);
    return lin__same_shape(y_hat, y) ? add_errors(s, y_hat, y) : 0;
}

static lin_scores scores_of(const sums *s, bool has_loss)
{
    lin_scores scores = {.rows = s->rows, .loss = NAN, .accuracy = NAN, .r2 = NAN, .mae = NAN, .rmse = NAN};
    if (has_loss) scores.loss = s->loss / (double)s->rows;
    if (s->labels) scores.accuracy = (double)s->correct / (double)s->labels;
    if (!s->values) return scores;
    scores.r2 = 1 - s->squared / s->deviation;
    scores.mae = s->absolute / (double)s->values;
    scores.rmse = sqrt(s->squared / (double)s->values);
    return scores;
}

/* One pass in order, without gradients. */
static int pass(const lin__task *task, lin_dataset *d, sums *s)
{
    enum { BATCH = 256 };
    lin_loader *loader =
        lin_loader_new(d, &(lin_loader_options){.batch_size = BATCH, .in_order = true, .workers = task->workers});
    if (!loader) return lin_error_code_of(lin_module_context(task->net));
    int64_t rows = 0;
    for (lin_batch m = {0}; (rows = lin_loader_next(loader, &m)) > 0;) {
        int code = add_batch(s, task, &m);
        if (code) return code;
    }
    return (int)rows;
}

int lin__evaluate(const lin__task *task, lin_dataset *d, lin_scores *scores)
{
    int code = lin__check_task(task, d);
    if (code) return code;
    lin_ctx *ctx = lin_module_context(task->net);
    bool was_training = lin_is_training(task->net);
    sums s = {0};
    lin_region mark = lin_mark(ctx);
    if (!mark.ctx) return LIN_ENOMEM;
    lin_no_grad(ctx);
    lin_eval(task->net);
    code = pass(task, d, &s);
    if (was_training) lin_train(task->net);
    lin_release(mark);
    if (code) s = (sums){0};
    *scores = scores_of(&s, task->loss);
    return code;
}

int lin_evaluate(lin_module *net, lin_dataset *d, lin_loss_fn *loss, const lin_loss_options *options,
                 lin_scores *scores)
{
    lin_ctx *ctx = lin_module_context(net);
    if (!net) return lin__fail_null(d ? d->ctx : NULL, "evaluate: net");
    if (!d) return lin__fail_null(ctx, "evaluate: d");
    if (!scores) return lin__fail_null(ctx, "evaluate: scores");
    if (!lin__is_live(net, "evaluate", "module") || !lin__is_live(d, "evaluate", "dataset")) return LIN_EINVAL;
    lin__task task = {.name = "evaluate", .net = net, .loss = loss};
    if (options) task.loss_options = *options;
    return lin__evaluate(&task, d, scores);
}
