/* loss/loss.h: what the losses share: their options, the check of their arguments, the reduction. Each is one small file over public
 * ops, which bring the gradients. */
#ifndef LINNET_LOSS_LOSS_H
#define LINNET_LOSS_LOSS_H

#include "op/op.h"
#include <linnet/loss.h>

/* The options that a loss knows beside the reduction: the others must be zero. */
enum {
    LIN__DELTA = 1,
    LIN__BETA = 2,
    LIN__WEIGHT = 4,
    LIN__LABEL_SMOOTHING = 8,
    LIN__IGNORE_INDEX = 16,
    LIN__VAR = 32,
    LIN__EPS = 64,
    LIN__FULL = 128
};
/* Fill *o from `given` (NULL: all zero) with the defaults of what is zero. False with a cause for an option that is unknown or
 * out of range. `t` is the loss's first argument. */
bool lin__loss_options(const char *name, const lin_tensor *t, const lin_loss_options *given, unsigned known,
                       lin_loss_options *o);
/* The start of a loss of two tensors of one type and shape: both checked, then the options. */
bool lin__loss_begin(const char *name, lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *given, unsigned known,
                     lin_loss_options *o);
/* All losses to what was asked for. NULL passes through. */
lin_tensor *lin__loss_reduce(lin_tensor *losses, lin_reduction reduction);

/* huber.c: ½d² where |d| ≤ delta, delta·(|d| − ½·delta) beyond, d = ŷ − y; element by element. */
lin_tensor *lin__huber_losses(lin_tensor *y_hat, lin_tensor *y, double delta);

/* ---- classes.c: scores (C) or (N, C, d1 …) with class indices () or (N, d1 …), seen as rows ------------------------ */
typedef struct lin__class_rows {
    lin_tensor *scores;       /* (rows, C) */
    lin_tensor *labels;       /* i64 (rows), in [0, C); 0 where the row is ignored */
    lin_tensor *kept;         /* u8 (rows), 0 where the row is ignored; NULL: all count */
    lin_tensor *class_weight; /* (C), or NULL */
    lin_tensor *row_weight;   /* (rows): that of the label, 0 where the row is ignored; NULL: 1 */
    lin_shape shape;          /* of the losses, as y has it */
} lin__class_rows;
/* Does y hold class indices for the scores? False without a cause. */
bool lin__are_class_indices(const lin_tensor *scores, const lin_tensor *y);
/* The dimension of the classes: 1, or 0 of (C). */
static inline int lin__class_dim(const lin_tensor *scores)
{
    return scores->ndim > 1 ? 1 : 0;
}
/* Is the weight, if there is one, (C) and of the scores' type? False with a cause. */
bool lin__check_class_weight(const char *name, lin_tensor *scores, lin_tensor *weight);
/* Fill *r; labels are checked. False with a cause. */
bool lin__class_rows_of(const char *name, lin_tensor *scores, lin_tensor *y, const lin_loss_options *o,
                        lin__class_rows *r);
/* −log_p[row, label] of every row; log_p (rows, C). */
lin_tensor *lin__class_picked(const lin__class_rows *r, lin_tensor *log_p);
/* losses (rows), already weighted: nothing for the ignored rows, then the reduction. The mean divides by Σ row_weight. */
lin_tensor *lin__class_reduce(const lin__class_rows *r, lin_tensor *losses, lin_reduction reduction);

#endif
