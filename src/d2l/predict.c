/* What a net predicts, beside the truth. */
#include "d2l/display.h"
#include "data/known.h"
#include "tensor/tensor.h"

#include <inttypes.h>

/* The first n names in a line of columns under a heading. */
static bool print_names(const char *heading, const char *const *names, int n)
{
    bool good = printf("%-10s", heading) >= 0;
    for (int i = 0; i < n; i++)
        good = printf(i < n - 1 ? "  %-10s" : "  %s", names[i]) >= 0 && good;
    return putchar('\n') != EOF && good;
}

/* Rows that are no images have their names alone. */
static bool are_images(const lin_tensor *X)
{
    return X->ndim == 3 || (X->ndim == 4 && X->dim[1] == 1);
}

static int show_pictures(const lin_batch *m, lin_tensor *preds, int n)
{
    const lin_names names = {LIN__FASHION_CLASSES, lin__fashion_mnist_classes};
    lin_figure *f = lin_predictions_figure(m->X, lin_to(m->y, LIN_I64), preds, names, n);
    return lin__display(f) ? 0 : lin_error_code_of(lin_context(preds));
}

static int show_first(lin_ctx *ctx, lin_module *net, lin_loader *test_iter, int n)
{
    lin_batch m = {0};
    int64_t rows = lin_loader_first(test_iter, &m);
    if (rows < 0) return (int)rows;
    lin_tensor *y_hat = lin_forward(net, m.X);
    if (!y_hat) return lin__fail_null(ctx, "d2l_predict_ch3: the net's output");
    const char *const *trues = d2l_get_fashion_mnist_labels(m.y);
    lin_tensor *guess = lin_argmax_dim(y_hat, 1, false);
    const char *const *preds = d2l_get_fashion_mnist_labels(guess);
    if (!trues || !preds) return lin__fail_null(ctx, "d2l_predict_ch3: the labels");
    int shown = n < rows ? n : (int)rows;
    bool good = print_names("truth", trues, shown) && print_names("prediction", preds, shown) && !fflush(stdout);
    if (!good) return lin__fail(ctx, LIN_EIO, "cannot write to stdout");
    return shown > 0 && are_images(m.X) ? show_pictures(&m, guess, shown) : 0;
}

int d2l_predict_ch3(lin_module *net, lin_loader *test_iter, int n)
{
    lin_ctx *ctx = lin_module_context(net);
    if (!net) return LIN_EINVAL;
    if (!test_iter) return lin__fail_null(ctx, "d2l_predict_ch3: test_iter");
    if (n < 0) return lin__fail(ctx, LIN_EINVAL, "d2l_predict_ch3: n is %d; 0 means 6", n);
    lin_region mark = lin_mark(ctx);
    if (!mark.ctx) return LIN_ENOMEM;
    lin_no_grad(ctx);
    int code = show_first(ctx, net, test_iter, n ? n : 6);
    lin_release(mark);
    return code;
}
