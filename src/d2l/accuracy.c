/* The book's accuracy: of one batch the number of right rows, of a loader the fraction of them. */
#include "base/error.h"
#include "tensor/tensor.h"
#include <linnet/d2l.h>

#include <math.h>

/* By the largest column, if there are several. */
static lin_tensor *predictions(lin_tensor *y_hat)
{
    y_hat = lin_detach(y_hat);
    bool columns = lin_ndim(y_hat) > 1 && lin_dim(y_hat, 1) > 1;
    return columns ? lin_argmax_dim(y_hat, 1, false) : y_hat;
}

static double count_correct(lin_tensor *y_hat, lin_tensor *y)
{
    lin_tensor *predicted = lin_to(predictions(y_hat), lin_type(y));
    if (predicted && lin_numel(predicted) != lin_numel(y)) { /* (n, 1) against (n) would silently broadcast */
        char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
        lin__fail(lin_context(y), LIN_EINVAL, "d2l_accuracy: y_hat is %s, y %s; expected one label for each row",
                  lin__shape_text(a, y_hat->dim, y_hat->ndim), lin__shape_text(b, y->dim, y->ndim));
        return NAN;
    }
    return lin_item(lin_sum(lin_eq(lin_reshape(predicted, lin_size(y)), y)));
}

double d2l_accuracy(lin_tensor *y_hat, lin_tensor *y)
{
    lin_ctx *ctx = lin_context(y_hat ? y_hat : y);
    if (!y_hat || !y) {
        lin__fail_null(ctx, y_hat ? "d2l_accuracy: y" : "d2l_accuracy: y_hat");
        return NAN;
    }
    lin_region mark = lin_mark(ctx);
    double correct = mark.ctx ? count_correct(y_hat, y) : NAN;
    lin_release(mark);
    return correct;
}

/* Right rows and rows, summed over a pass. 0 or a code. */
static int pass(lin_module *net, lin_loader *data_iter, d2l_accumulator *metric)
{
    int64_t rows = 0;
    for (lin_batch m = {0}; (rows = lin_loader_next(data_iter, &m)) > 0;) {
        double correct = d2l_accuracy(lin_forward(net, m.X), m.y);
        if (isnan(correct)) return lin_error_code_of(lin_module_context(net));
        D2L_ADD(metric, correct, (double)lin_numel(m.y));
    }
    return (int)rows;
}

double d2l_evaluate_accuracy(lin_module *net, lin_loader *data_iter)
{
    lin_ctx *ctx = lin_module_context(net);
    if (!net || !data_iter) {
        lin__fail_null(ctx, "d2l_evaluate_accuracy: data_iter");
        return NAN;
    }
    d2l_accumulator metric = d2l_Accumulator(2); /* right rows, rows */
    lin_region mark = lin_mark(ctx);
    if (!mark.ctx) return NAN;
    lin_no_grad(ctx);
    lin_eval(net);
    int code = pass(net, data_iter, &metric);
    lin_release(mark);
    return code ? NAN : d2l_accumulator_get(&metric, 0) / d2l_accumulator_get(&metric, 1);
}
