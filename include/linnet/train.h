/* linnet/train.h: fit and evaluate: the training loop, its history, its callbacks, its end and its checkpoints. */
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
    /* Classification: mean over the rows as they were trained (the book's). Regression: mean over all training rows after
     * the epoch. */
    double train_loss;
    double train_acc; /* correct / rows, as they were trained */
    double test_loss, test_acc;
    double lr;      /* of its last step */
    double seconds; /* wall clock of this epoch, evaluation included; NaN if it was over before the run was resumed */
    bool stopped;   /* the stop flag or a step's callback ended it early: it has no scores of an evaluation */
} lin_epoch;

typedef struct lin_history lin_history;
LIN_API lin_history *lin_history_new(lin_ctx *ctx); /* in the nearest scope */
LIN_API int lin_history_add(lin_history *h, const lin_epoch *epoch);
LIN_API int64_t lin_history_count(const lin_history *h);
/* Entry i, from the end if negative; NULL out of range. Borrowed. */
LIN_API const lin_epoch *lin_history_at(const lin_history *h, int64_t i);

/* What a step callback sees. */
typedef struct lin_step_info {
    int64_t epoch, step, steps; /* epoch from 1; step from 1 to steps (of this epoch) */
    int64_t rows;               /* of this batch */
    double loss;                /* mean of this batch */
} lin_step_info;
/* Called on the caller's thread; a result other than 0 stops the training after this step, or epoch. What a callback makes
 * lives until the end of the step, or epoch; a cause that it records is what fit then returns. */
typedef int lin_on_step_fn(void *user, const lin_step_info *info);
typedef int lin_on_epoch_fn(void *user, const lin_epoch *epoch);

/* When to end before the last epoch, and with which parameters. It watches the test loss where there is a test set, otherwise the
 * training loss; all zero: nothing of the kind. */
typedef struct lin_early_stopping {
    int64_t patience;  /* end after so many epochs in a row without a better loss; 0: never */
    double min_delta;  /* better is below the best so far by more than this */
    bool watch_train;  /* the training loss, though there is a test set */
    bool restore_best; /* at the end, early or not, the parameters are those of the best epoch */
} lin_early_stopping;

/* Checkpoints: all that a run needs to go on as if nothing had happened. The directory is the run's alone; it is made if it is
 * missing, and holds checkpoint-STEP.safetensors, STEP the updates made so far: the newest and the one before. One is written at
 * the end of every epoch, every so many updates, and when the run is asked to stop. It appears whole or not at all, and those
 * before it go when it stands; the run ends with LIN_EIO if one cannot be written, and those before it stay.
 *
 * A resumed run ends with the same bits as one that never stopped: parameters, history (but for seconds), files. What makes a run
 * what it is (net, loss, optimizer, schedule, data, seed …; not its epochs, workers, threads) has to be the same again:
 * LIN_EMISMATCH names what is not. A checkpoint that is damaged is passed over for the one before; without any the run starts
 * afresh. The log says so. Where there are checkpoints that are not to be resumed, nothing is touched: LIN_EINVAL. */
typedef struct lin_checkpoint_options {
    const char *directory; /* NULL: no checkpoints */
    int64_t every;         /* updates, counted over all epochs; 0: at the ends of epochs alone */
    bool resume;           /* go on from the newest one in the directory */
    const char *settings;  /* [OPTIONAL] what else has to be the same, in words: how the parameters started, say */
} lin_checkpoint_options;

/* All zero means the defaults; loss and optimizer are required. */
typedef struct lin_fit_options {
    lin_loss_fn *loss;
    lin_loss_options loss_options; /* reduction is fit's own: leave it zero */
    lin_optimizer *optimizer;
    int64_t epochs;     /* in all, those before a resume too; 0 means 1 */
    int64_t batch_size; /* 0 means 256; LIN_FULL_BATCH: all rows */
    bool in_order, drop_last;
    int workers;  /* of the loader: 0 to 64 */
    bool one_hot; /* give the loss one-hot targets of y's class indices, in y_hat's type */
    lin_schedule *
        schedule; /* [OPTIONAL] of that optimizer: a step after every epoch; a plateau sees what early stopping watches */
    bool schedule_every_step; /* a step after every update instead */
    lin_early_stopping early_stopping;
    lin_checkpoint_options checkpoint;
    lin_on_step_fn *on_step;
    lin_on_epoch_fn *on_epoch;
    void *user;
    const volatile sig_atomic_t *stop; /* set it (in a signal handler, say) and fit ends after the step */
    lin_history *history;              /* [OPTIONAL] filled, an entry per epoch */
    int64_t *steps_done;               /* [OUT, OPTIONAL] updates made in all, those before a resume too */
    int64_t *best_epoch;               /* [OUT, OPTIONAL] the epoch with the best loss that was watched; 0: none */
} lin_fit_options;

/* Train net on `train`, evaluating on `test` (may be NULL) after every epoch: for each batch forward, loss, zero_grad,
 * backward, step, with gradients on and net in train mode; then the mode is what it was.
 *
 * The task is classification if y holds integers, one for each row, and net gives more than one column; otherwise it is
 * regression. Labels go to the loss as i64 (n). Other targets go to it in y_hat's type and, if y_hat has as many elements, in
 * its shape: a y of (n) serves a net that gives (n, 1). lin_cross_entropy and lin_nll over a net of one column are an error,
 * since the softmax of one number is always 1: two classes need two columns.
 *
 * The first step that shows a value that is not finite ends it with LIN_EDIVERGED, and its cause names epoch and step. A loss
 * that is not finite makes no update: the parameters are those of the step before. A parameter that is not finite stays as the
 * step left it. No checkpoint is written of either. LIN_ESTOPPED, without a cause, if it was asked to stop. */
LIN_API int lin_fit(lin_module *net, lin_dataset *train, lin_dataset *test, const lin_fit_options *options);

typedef struct lin_scores {
    int64_t rows;
    double loss;          /* mean over the rows: of each batch as the loss gives it, by its rows */
    double accuracy;      /* classification, NaN otherwise */
    double r2, mae, rmse; /* regression, NaN otherwise */
} lin_scores;
/* net over all of d, in eval mode (then the mode is what it was), in order and without gradients. `loss` may be NULL (its
 * result is NaN then); options, too, and their reduction is left at LIN_MEAN. Targets are those of lin_fit. 0 or a code. */
LIN_API int lin_evaluate(lin_module *net, lin_dataset *d, lin_loss_fn *loss, const lin_loss_options *options,
                         lin_scores *scores);

#ifdef __cplusplus
}
#endif

#endif
