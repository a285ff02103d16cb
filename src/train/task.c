/* Which task a batch poses, its targets, its loss and its right predictions. */
#include "train/task.h"

#include "data/dataset.h"
#include <inttypes.h>
#include <linnet/op.h>
#include <stdio.h>

static bool same_rows(const lin_tensor *y_hat, const lin_tensor *y)
{
    return y_hat->ndim && y_hat->dim[0] == y->dim[0];
}

bool lin__classifies(const lin_tensor *y_hat, const lin_tensor *y)
{
    bool columns = y_hat->ndim >= 2 && y_hat->dim[1] > 1;
    return !lin__is_floating((lin_dtype)y->dtype) && columns && same_rows(y_hat, y) &&
           y->numel == y_hat->numel / y_hat->dim[1];
}

/* y_hat's shape without its columns: (n, C, d1 …) → (n, d1 …). */
static lin_shape labels_shape(const lin_tensor *y_hat)
{
    lin_shape shape = {.ndim = y_hat->ndim - 1, .dim = {y_hat->dim[0]}};
    for (int i = 1; i < shape.ndim; i++)
        shape.dim[i] = y_hat->dim[i + 1];
    return shape;
}

static bool has_one_column(const lin_tensor *y_hat)
{
    return y_hat->ndim == 1 || (y_hat->ndim >= 2 && y_hat->dim[1] == 1);
}

/* The softmax of one column is 1 whatever it holds: a loss of classes has nothing to learn there, and would say so by 0. What
 * is ignored may be any label; the loss itself checks those. */
static bool check_columns(const lin__task *task, const lin_tensor *y_hat, lin_tensor *y)
{
    bool of_classes = task->loss == lin_cross_entropy || task->loss == lin_nll;
    if (!of_classes || task->loss_options.ignore_index || !y || !has_one_column(y_hat)) return true;
    if (lin__is_floating((lin_dtype)y->dtype)) {
        lin__fail(y_hat->ctx, LIN_EINVAL,
                  "%s: the net gives one column, but %s compares classes: two classes need two columns and integer "
                  "labels, and numbers another loss, lin_mse for example",
                  task->name, lin_loss_name(task->loss));
        return false;
    }
    int64_t largest = y->numel ? lin_item_i64(lin_max(lin_to(y, LIN_I64))) : 0;
    if (largest < 1) return true;
    char classes[32] = "two";
    if (largest > 1) snprintf(classes, sizeof classes, "%" PRIu64, (uint64_t)largest + 1);
    lin__fail(y_hat->ctx, LIN_EINVAL,
              "%s: the net gives one column, but y holds class labels up to %" PRId64 ": %s classes need %s columns",
              task->name, largest, classes, classes);
    return false;
}

lin_tensor *lin__targets(const lin__task *task, lin_tensor *y_hat, lin_tensor *y)
{
    if (!y_hat || !check_columns(task, y_hat, y)) return NULL;
    if (lin__classifies(y_hat, y)) return lin_reshape(lin_to(y, LIN_I64), labels_shape(y_hat));
    y = lin_to(y, lin_type(y_hat));
    if (!y || !same_rows(y_hat, y) || y->numel != y_hat->numel) return y;
    return lin_reshape(y, lin_size(y_hat));
}

/* Labels as rows of 0 and 1, in y_hat's type. */
static lin_tensor *one_hot(const lin__task *task, lin_tensor *y_hat, lin_tensor *labels)
{
    if (lin__classifies(y_hat, labels)) return lin_to(lin_one_hot(labels, lin_dim(y_hat, 1)), lin_type(y_hat));
    char shape[LIN__SHAPE_TEXT];
    lin__fail(lin_context(y_hat), LIN_EINVAL,
              "%s: one_hot needs integer labels and a net of several columns; the net's output is %s", task->name,
              lin__shape_text(shape, y_hat->dim, y_hat->ndim));
    return NULL;
}

lin_tensor *lin__loss(const lin__task *task, lin_tensor *y_hat, lin_tensor *targets)
{
    lin_ctx *ctx = lin_module_context(task->net);
    if (targets && task->one_hot) targets = one_hot(task, y_hat, targets);
    if (!targets) return NULL;
    lin_tensor *l = task->loss(y_hat, targets, &task->loss_options);
    if (!l) {
        lin__fail(ctx, LIN_EINVAL, "%s: the loss returned NULL", task->name);
        return NULL;
    }
    if (l->numel == 1) return l;
    char shape[LIN__SHAPE_TEXT];
    lin__fail(ctx, LIN_EINVAL, "%s: the loss is of shape %s; expected one value, the mean over the batch", task->name,
              lin__shape_text(shape, l->dim, l->ndim));
    return NULL;
}

int64_t lin__count_correct(lin_tensor *y_hat, lin_tensor *labels)
{
    lin_tensor *correct = lin_sum(lin_eq(lin_argmax_dim(y_hat, 1, false), labels));
    return correct ? lin_item_i64(correct) : -1;
}

int lin__check_task(const lin__task *task, const lin_dataset *d)
{
    lin_ctx *ctx = lin_module_context(task->net);
    if (d->ctx != ctx) return lin__fail(ctx, LIN_EINVAL, "%s: the data and the net are of two contexts", task->name);
    if (lin_arrays(d) < 2)
        return lin__fail(ctx, LIN_EINVAL, "%s: the data have no y: a dataset of two arrays is needed, X and y",
                         task->name);
    if (task->loss_options.reduction != LIN_MEAN)
        return lin__fail(ctx, LIN_EINVAL, "%s: the loss options' reduction must be left at LIN_MEAN", task->name);
    return 0;
}
