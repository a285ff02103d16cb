/* Scores of classes and the true classes, whatever their dimensions, as rows: what cross_entropy and nll share. */
#include "loss/loss.h"

#include <string.h>

/* The scores' shape without the dimension of the classes. */
static lin_shape shape_of_labels(const lin_tensor *scores)
{
    lin_shape shape = {0};
    for (int i = 0; i < scores->ndim; i++)
        if (i != lin__class_dim(scores)) shape.dim[shape.ndim++] = scores->dim[i];
    return shape;
}

bool lin__are_class_indices(const lin_tensor *scores, const lin_tensor *y)
{
    lin_shape shape = shape_of_labels(scores);
    return !lin__is_floating((lin_dtype)y->dtype) && scores->ndim > 0 && y->ndim == shape.ndim &&
           !memcmp(y->dim, shape.dim, (size_t)shape.ndim * sizeof *shape.dim);
}

bool lin__check_class_weight(const char *name, lin_tensor *scores, lin_tensor *weight)
{
    if (!weight) return true;
    if (!lin__args_typed(name, (lin_tensor *[]){scores, weight}, 2, true)) return false;
    int64_t classes = scores->dim[lin__class_dim(scores)];
    if (weight->ndim == 1 && weight->dim[0] == classes) return true;
    char shape[LIN__SHAPE_TEXT];
    lin__fail(scores->ctx, LIN_EINVAL, "%s: weight is %s; expected (%lld), one for each class", name,
              lin__shape_text(shape, weight->dim, weight->ndim), (long long)classes);
    return false;
}

/* (C) → (1, C); (N, C, d1 …) → (N·d1·…, C), the classes moved to the end. */
static lin_tensor *rows_of_scores(lin_tensor *scores)
{
    if (scores->ndim == 1) return lin_unsqueeze(scores, 0);
    if (scores->ndim == 2) return scores;
    int64_t n = scores->dim[0], classes = scores->dim[1], places = 1;
    for (int i = 2; i < scores->ndim; i++)
        places *= scores->dim[i];
    lin_tensor *flat = lin_reshape(scores, LIN_SHAPE(n, classes, places));
    return lin_reshape(lin_transpose(flat, 1, 2), LIN_SHAPE(n * places, classes));
}

/* Ignored labels become 0, so that all others can be checked and used as indices. */
static bool take_labels(const char *name, lin_tensor *y, const int64_t *ignored, int64_t classes, lin__class_rows *r)
{
    lin_tensor *labels = lin_to(y, LIN_I64);
    if (ignored) {
        lin_tensor *zero = lin_full_dtype(y->ctx, 0, LIN_SCALAR, LIN_I64);
        lin_tensor *kept = lin_ne(labels, lin_from_i64(y->ctx, ignored, LIN_SCALAR));
        labels = lin_where(kept, labels, zero);
        if (!(r->kept = lin_reshape(kept, LIN_SHAPE(y->numel)))) return false;
    }
    labels = lin_contiguous(labels);
    if (!labels || !lin__check_labels(name, labels, classes)) return false;
    r->labels = y->ndim == 1 ? labels : lin_reshape(labels, LIN_SHAPE(y->numel));
    return r->labels != NULL;
}

/* t where the row counts, 0 elsewhere, whatever t is there. */
static lin_tensor *masked(const lin__class_rows *r, lin_tensor *t)
{
    if (!r->kept || !t) return t;
    return lin_where(r->kept, t, lin_full_dtype(t->ctx, 0, LIN_SCALAR, (lin_dtype)t->dtype));
}

bool lin__class_rows_of(const char *name, lin_tensor *scores, lin_tensor *y, const lin_loss_options *o,
                        lin__class_rows *r)
{
    *r = (lin__class_rows){.class_weight = o->weight, .shape = lin_size(y)};
    int64_t classes = scores->dim[lin__class_dim(scores)];
    if (!lin__check_class_weight(name, scores, o->weight)) return false;
    if (!take_labels(name, y, o->ignore_index, classes, r) || !(r->scores = rows_of_scores(scores))) return false;
    if (o->weight)
        r->row_weight = masked(r, lin_index(o->weight, r->labels));
    else if (r->kept)
        r->row_weight = lin_to(r->kept, (lin_dtype)scores->dtype);
    else
        return true;
    return r->row_weight != NULL;
}

lin_tensor *lin__class_picked(const lin__class_rows *r, lin_tensor *log_p)
{
    return lin_neg(lin_squeeze_dim(lin_gather(log_p, 1, lin_unsqueeze(r->labels, 1)), 1));
}

lin_tensor *lin__class_reduce(const lin__class_rows *r, lin_tensor *losses, lin_reduction reduction)
{
    losses = masked(r, losses);
    if (reduction == LIN_NONE) return r->shape.ndim == 1 ? losses : lin_reshape(losses, r->shape);
    if (reduction == LIN_SUM || !r->row_weight) return lin__loss_reduce(losses, reduction);
    return lin_div(lin_sum(losses), lin_sum(r->row_weight));
}
