/* The book's training of chapter 3: an epoch, several of them with their checks, and what the net then predicts. */
#include "d2l/display.h"
#include "tensor/tensor.h"
#include <linnet/d2l.h>

#include <math.h>

d2l_updater d2l_optimizer(lin_optimizer *optimizer)
{
    return (d2l_updater){.optimizer = optimizer};
}

d2l_updater d2l_update(d2l_update_fn *update, void *user)
{
    return (d2l_updater){.update = update, .user = user};
}

/* ---- An epoch ---------------------------------------------------------------------------------------------------- */

/* The loss of each row. NULL with a cause. */
static lin_tensor *row_losses(lin_loss_fn *loss, lin_tensor *y_hat, const lin_batch *m)
{
    if (!y_hat) return NULL;
    lin_ctx *ctx = lin_context(y_hat);
    lin_tensor *l = loss(y_hat, m->y, &(lin_loss_options){.reduction = LIN_NONE});
    if (!l) {
        lin__fail(ctx, LIN_EINVAL, "d2l_train_epoch_ch3: the loss returned NULL");
        return NULL;
    }
    if (l->ndim >= 1 && l->dim[0] == m->rows && l->numel == m->rows) return l;
    char shape[LIN__SHAPE_TEXT];
    lin__fail(
        ctx, LIN_EINVAL,
        "d2l_train_epoch_ch3: the loss is of shape %s; expected one value for each of the %lld rows (reduction none)",
        lin__shape_text(shape, l->dim, l->ndim), (long long)m->rows);
    return NULL;
}

static int update(d2l_updater updater, lin_ctx *ctx, lin_tensor *l, int64_t rows)
{
    if (updater.optimizer) {
        int code = lin_zero_grad(updater.optimizer);
        if (!code) code = lin_backward(lin_mean(l));
        return code ? code : lin_step(updater.optimizer);
    }
    int code = lin_backward(lin_sum(l));
    if (code) return code;
    code = updater.update(rows, updater.user);
    if (!code) return 0;
    return lin__fail(ctx, code < 0 ? code : LIN_EINVAL, "d2l_train_epoch_ch3: the updater returned %d", code);
}

static int train_batch(lin_module *net, const lin_batch *m, lin_loss_fn *loss, d2l_updater updater,
                       d2l_accumulator *metric)
{
    lin_ctx *ctx = lin_module_context(net);
    lin_tensor *y_hat = lin_forward(net, m->X), *l = row_losses(loss, y_hat, m);
    if (!l) return lin__fail_null(ctx, "d2l_train_epoch_ch3: the net's output");
    double sum = lin_item(lin_sum(lin_detach(l))), correct = d2l_accuracy(y_hat, m->y);
    if (isnan(correct)) return lin_error_code_of(ctx);
    D2L_ADD(metric, sum, correct, (double)lin_numel(m->y));
    return update(updater, ctx, l, m->rows);
}

static int check(lin_module *net, lin_loader *train_iter, lin_loss_fn *loss, d2l_updater updater)
{
    lin_ctx *ctx = lin_module_context(net);
    if (!net) return LIN_EINVAL;
    if (!train_iter) return lin__fail_null(ctx, "d2l_train_epoch_ch3: train_iter");
    if (!loss) return lin__fail_null(ctx, "d2l_train_epoch_ch3: loss");
    return updater.optimizer || updater.update ? 0 : lin__fail_null(ctx, "d2l_train_epoch_ch3: updater");
}

int d2l_train_epoch_ch3(lin_module *net, lin_loader *train_iter, lin_loss_fn *loss, d2l_updater updater,
                        double *train_loss, double *train_acc)
{
    int code = check(net, train_iter, loss, updater);
    if (code) return code;
    d2l_accumulator metric = d2l_Accumulator(3); /* sum of the losses, right rows, rows */
    int64_t rows = 0;
    lin_train(net);
    for (lin_batch m = {0}; (rows = lin_loader_next(train_iter, &m)) > 0;)
        if ((code = train_batch(net, &m, loss, updater, &metric))) return code;
    if (rows < 0) return (int)rows;
    if (train_loss) *train_loss = d2l_accumulator_get(&metric, 0) / d2l_accumulator_get(&metric, 2);
    if (train_acc) *train_acc = d2l_accumulator_get(&metric, 1) / d2l_accumulator_get(&metric, 2);
    return 0;
}

/* ---- Several epochs ---------------------------------------------------------------------------------------------- */

/* printf shows the sign of a nan, which says nothing. */
static double shown(double x)
{
    return isnan(x) ? NAN : x;
}

static int say(lin_ctx *ctx, int written)
{
    return written < 0 || fflush(stdout) ? lin__fail(ctx, LIN_EIO, "cannot write to stdout") : 0;
}

/* One of the book's assertions, with the value as Python shows it. */
static int claim(lin_ctx *ctx, bool holds, const char *name, double value, const char *expected)
{
    char number[LIN_NUMBER_SIZE];
    if (holds) return 0;
    return lin__fail(ctx, LIN_EINVAL, "d2l_train_ch3: %s is %s; expected %s", name,
                     lin_number_text(number, value, LIN_F64), expected);
}

static bool is_good(double accuracy)
{
    return accuracy > 0.7 && accuracy <= 1;
}

static int check_result(lin_ctx *ctx, double train_loss, double train_acc, double test_acc)
{
    int code = claim(ctx, train_loss < 0.5, "train_loss", train_loss, "below 0.5");
    if (!code) code = claim(ctx, is_good(train_acc), "train_acc", train_acc, "above 0.7, at most 1");
    return code ? code : claim(ctx, is_good(test_acc), "test_acc", test_acc, "above 0.7, at most 1");
}

typedef struct scores {
    double train_loss, train_acc, test_acc;
} scores;

/* Beside the curves of a terminal there is room for the last line alone. */
static int say_epoch(lin_ctx *ctx, int epoch, const scores *s, bool wanted)
{
    if (!wanted) return 0;
    return say(ctx, printf("epoch %d, train loss %.4f, train acc %.4f, test acc %.4f\n", epoch, shown(s->train_loss),
                           shown(s->train_acc), shown(s->test_acc)));
}

static lin_animator *animator_new(lin_ctx *ctx, int num_epochs)
{
    return d2l_Animator(ctx, &(lin_animator_options){.xlabel = "epoch",
                                                     .xlim = {1, num_epochs},
                                                     .ylim = {0.3, 0.9},
                                                     .legend = {"train loss", "train acc", "test acc"}});
}

static int train_epochs(lin_module *net, lin_loader *train_iter, lin_loader *test_iter, lin_loss_fn *loss,
                        int num_epochs, d2l_updater updater)
{
    lin_ctx *ctx = lin_module_context(net);
    bool curves = num_epochs > 1, live = curves && lin__display_is_live(); /* one epoch makes no curve */
    lin_animator *animator = curves ? animator_new(ctx, num_epochs) : NULL;
    if (curves && !animator) return lin_error_code_of(ctx);
    scores s = {NAN, NAN, NAN};
    for (int epoch = 1; epoch <= num_epochs; epoch++) {
        int code = d2l_train_epoch_ch3(net, train_iter, loss, updater, &s.train_loss, &s.train_acc);
        if (code) return code;
        s.test_acc = d2l_evaluate_accuracy(net, test_iter);
        if (isnan(s.test_acc) && lin_error_code_of(ctx)) return lin_error_code_of(ctx); /* without a cause: no rows */
        code = say_epoch(ctx, epoch, &s, !live);
        if (!code && curves) code = LIN_ANIMATE(animator, epoch, s.train_loss, s.train_acc, s.test_acc);
        if (code) return code;
    }
    int code = curves ? d2l_animator_end(animator) : 0;
    if (!code) code = say_epoch(ctx, num_epochs, &s, live);
    return code ? code : check_result(ctx, s.train_loss, s.train_acc, s.test_acc);
}

int d2l_train_ch3(lin_module *net, lin_loader *train_iter, lin_loader *test_iter, lin_loss_fn *loss, int num_epochs,
                  d2l_updater updater)
{
    lin_ctx *ctx = lin_module_context(net);
    if (!net) return LIN_EINVAL;
    if (num_epochs < 1) return lin__fail(ctx, LIN_EINVAL, "d2l_train_ch3: %d epochs; at least 1", num_epochs);
    lin_region mark = lin_mark(ctx); /* the curves go with it */
    int code = mark.ctx ? train_epochs(net, train_iter, test_iter, loss, num_epochs, updater) : LIN_ENOMEM;
    lin_release(mark);
    return code;
}
