/* Cross-entropy from logits: −Σ y·log softmax(o), the chapter's loss of softmax regression, as nn.CrossEntropyLoss. */
#include "loss/loss.h"

/* With smoothing ε the truth is (1 − ε)·one_hot + ε/C: a part for the label, and one for all classes alike. */
static lin_tensor *smoothed(const lin__class_rows *r, double epsilon)
{
    lin_tensor *log_p = lin_log_softmax(r->scores, 1), *own = lin__class_picked(r, log_p), *all = log_p;
    if (r->class_weight) {
        own = lin_mul(own, r->row_weight);
        all = lin_mul(log_p, r->class_weight);
    }
    all = lin_neg(lin_sum_dim(all, 1, false));
    return lin_add(lin_mul_scalar(own, 1 - epsilon), lin_mul_scalar(all, epsilon / (double)r->scores->dim[1]));
}

static lin_tensor *of_indices(lin_tensor *logits, lin_tensor *y, const lin_loss_options *o)
{
    lin__class_rows r;
    if (!lin__class_rows_of("cross_entropy", logits, y, o, &r)) return NULL;
    lin_tensor *losses;
    if (o->label_smoothing > 0)
        losses = smoothed(&r, o->label_smoothing);
    else
        losses = lin_softmax_nll(r.scores, r.labels);
    if (r.class_weight && o->label_smoothing == 0) losses = lin_mul(losses, r.row_weight);
    return lin__class_reduce(&r, losses, o->reduction);
}

/* The weight of each class, seen beside the logits: (C, 1, …). */
static lin_tensor *beside(lin_tensor *weight, const lin_tensor *logits)
{
    lin_shape shape = {.ndim = logits->ndim - lin__class_dim(logits), .dim = {weight->numel, 1, 1, 1, 1, 1, 1, 1}};
    return lin_reshape(weight, shape);
}

/* The truth as probabilities. The mean is over the rows, as in PyTorch, weighted or not. */
static lin_tensor *of_probabilities(lin_tensor *logits, lin_tensor *y, const lin_loss_options *o)
{
    int dim = lin__class_dim(logits);
    double epsilon = o->label_smoothing;
    if (!lin__check_class_weight("cross_entropy", logits, o->weight)) return NULL;
    if (o->ignore_index) {
        lin__fail(logits->ctx, LIN_EINVAL, "cross_entropy: ignore_index needs class indices, y has probabilities");
        return NULL;
    }
    lin_tensor *log_p = lin_log_softmax(logits, dim);
    if (epsilon > 0) y = lin_add_scalar(lin_mul_scalar(y, 1 - epsilon), epsilon / (double)logits->dim[dim]);
    if (o->weight) y = lin_mul(y, beside(o->weight, logits));
    return lin__loss_reduce(lin_neg(lin_sum_dim(lin_mul(y, log_p), dim, false)), o->reduction);
}

static void refuse(const lin_tensor *logits, const lin_tensor *y)
{
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    const char *type = lin_dtype_name((lin_dtype)logits->dtype);
    lin__fail(
        logits->ctx, LIN_EINVAL,
        "cross_entropy: y_hat is %s %s and y is %s %s: expected (C) or (N, C, ...) logits with i64 class indices, "
        "() or (N, ...), or %s probabilities of y_hat's shape",
        type, lin__shape_text(a, logits->dim, logits->ndim), lin_dtype_name((lin_dtype)y->dtype),
        lin__shape_text(b, y->dim, y->ndim), type);
}

lin_tensor *lin_cross_entropy(lin_tensor *logits, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    lin_tensor *in[] = {logits, y};
    if (!lin__args("cross_entropy", in, 2) || !lin__args_typed("cross_entropy", in, 1, true) ||
        !lin__loss_options("cross_entropy", logits, options, LIN__WEIGHT | LIN__LABEL_SMOOTHING | LIN__IGNORE_INDEX,
                           &o))
        return NULL;
    if (lin__are_class_indices(logits, y)) return of_indices(logits, y, &o);
    if (y->dtype == logits->dtype && logits->ndim > 0 && lin__same_shape(logits, y))
        return of_probabilities(logits, y, &o);
    refuse(logits, y);
    return NULL;
}
