/* Negative log-likelihood: −y's entry of log-probabilities, as nn.NLLLoss. */
#include "loss/loss.h"

lin_tensor *lin_nll(lin_tensor *log_probabilities, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_options o;
    lin_tensor *in[] = {log_probabilities, y};
    if (!lin__args("nll", in, 2) || !lin__args_typed("nll", in, 1, true) ||
        !lin__loss_options("nll", log_probabilities, options, LIN__WEIGHT | LIN__IGNORE_INDEX, &o))
        return NULL;
    if (!lin__are_class_indices(log_probabilities, y)) {
        char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
        lin__fail(y->ctx, LIN_EINVAL,
                  "nll: y_hat is %s and y is %s %s: expected (C) or (N, C, ...) log-probabilities with i64 class "
                  "indices, () or (N, ...)",
                  lin__shape_text(a, log_probabilities->dim, log_probabilities->ndim),
                  lin_dtype_name((lin_dtype)y->dtype), lin__shape_text(b, y->dim, y->ndim));
        return NULL;
    }
    lin__class_rows r;
    if (!lin__class_rows_of("nll", log_probabilities, y, &o, &r)) return NULL;
    lin_tensor *losses = lin__class_picked(&r, r.scores);
    return lin__class_reduce(&r, r.class_weight ? lin_mul(losses, r.row_weight) : losses, o.reduction);
}
