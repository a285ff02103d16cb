/* linnet/train.h: fit and evaluate: the training loop, its history and its callbacks. */
#ifndef LINNET_TRAIN_H
#define LINNET_TRAIN_H

#include <linnet/data.h>
#include <linnet/loss.h>
#include <linnet/nn.h>
#include <linnet/optim.h>
#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One epoch. Numbers that do not apply are NaN. */
typedef struct lin_epoch {
    int64_t epoch; /* from 1 */
    double
        train_loss;   /* classification: mean over the rows as they were trained (the book's); regression: mean over all
                          training rows after the epoch */
    double train_acc; /* correct / rows, as they were trained */
    double test_loss, test_acc;
    double seconds; /* wall clock of this epoch, evaluation included */
    bool stopped;   /* the stop flag or a callback ended it early */
} lin_epoch;

typedef struct lin_history lin_history;
LIN_API lin_history *lin_history_new(lin_ctx *ctx); /* in the nearest scope */
LIN_API int lin_history_add(lin_history *h, const lin_epoch *epoch);
LIN_API int64_t lin_history_count(const lin_history *h);
LIN_API const lin_epoch *lin_history_at(const lin_history *h,
                                        int64_t i); /* borrowed; negative from the end; NULL out of range */

/* What a step callback sees. */
typedef struct lin_step_info {
    int64_t epoch, step, steps; /* epoch from 1; step from 1 to steps (of this epoch) */
    int64_t rows;               /* of this batch */
    double loss;                /* mean of this batch */
} lin_step_info;
/* Called on the caller's thread; a result other than 0 stops the training after this step. */
typedef int lin_on_step_fn(void *user, const lin_step_info *info);
typedef int lin_on_epoch_fn(void *user, const lin_epoch *epoch);

/* All zero means the defaults; loss and optimizer are required. */
typedef struct lin_fit_options {
    lin_loss_fn *loss;
    lin_loss_options loss_options; /* reduction is fit's own: leave it zero */
    lin_optimizer *optimizer;
    int64_t epochs;     /* 0 means 1 */
    int64_t batch_size; /* 0 means 256; LIN_FULL_BATCH: all rows */
    bool in_order, drop_last;
    int workers;
    bool one_hot; /* give the loss one-hot targets of y's class indices, in y_hat's type */
    lin_on_step_fn *on_step;
    lin_on_epoch_fn *on_epoch;
    void *user;
    const volatile sig_atomic_t *stop; /* set it (in a signal handler, say) and fit ends after the step */
    lin_history *history;              /* filled, an entry per epoch */
    int64_t *steps_done;               /* [OUT, OPTIONAL] steps taken in all */
} lin_fit_options;

/* Train net on `train`, evaluating on `test` (may be NULL) after every epoch. The task is classification if y is i64 and
 * net gives more than one column, regression otherwise. A loss or parameter that is not finite ends it: LIN_EDIVERGED, the first bad
 * step in the cause, parameters as that step left them. LIN_ESTOPPED without a cause if it was asked to stop. */
LIN_API int lin_fit(lin_module *net, lin_dataset *train, lin_dataset *test, const lin_fit_options *options);

typedef struct lin_scores {
    int64_t rows;
    double loss;          /* mean over the rows */
    double accuracy;      /* classification, NaN otherwise */
    double r2, mae, rmse; /* regression, NaN otherwise */
} lin_scores;
/* net over all of d, in eval mode, in order and without gradients. `loss` may be NULL (its result is NaN then). 0 or a code. */
LIN_API int lin_evaluate(lin_module *net, lin_dataset *d, lin_loss_fn *loss, const lin_loss_options *options,
                         lin_scores *scores);

#ifdef __cplusplus
}
#endif

#endif
