/* train/task.h: what fit and evaluate share: which task a batch poses, its targets, its loss, its right predictions. */
#ifndef LINNET_TRAIN_TASK_H
#define LINNET_TRAIN_TASK_H

#include "tensor/tensor.h"
#include <linnet/train.h>

typedef struct lin__task {
    const char *name; /* "fit", "evaluate": who asks, for the messages */
    lin_module *net;
    lin_loss_fn *loss; /* [OPTIONAL] */
    lin_loss_options loss_options;
    bool one_hot;
    int workers; /* of the loader that evaluates */
} lin__task;

/* Integers in y, one for each row (and place) of a y_hat with more than one column: classification. */
bool lin__classifies(const lin_tensor *y_hat, const lin_tensor *y);
/* y as y_hat's counterpart. Classification: i64 labels (n), or (n, d1 …). Regression: y_hat's type and, where they have equally
 * many elements, its shape, so that (n) goes with (n, 1). NULL y_hat: NULL. NULL, with a cause, where a loss of classes meets a single column. */
lin_tensor *lin__targets(const lin__task *task, lin_tensor *y_hat, lin_tensor *y);
/* The task's loss, one value; NULL, with a cause unless that is due to NULL targets. */
lin_tensor *lin__loss(const lin__task *task, lin_tensor *y_hat, lin_tensor *targets);
/* How many labels are the index of their row's largest column; -1 with a cause. */
int64_t lin__count_correct(lin_tensor *y_hat, lin_tensor *labels);

/* Can this net learn from or be judged by d? 0 or a code. */
int lin__check_task(const lin__task *task, const lin_dataset *d);
/* lin_evaluate of a task. */
int lin__evaluate(const lin__task *task, lin_dataset *d, lin_scores *scores);

#endif
