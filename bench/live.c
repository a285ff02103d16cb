/* live: what the growing curves cost: softmax regression on Fashion-MNIST, ten epochs of it, without and with an animator that
 * draws on a terminal of 80 × 24 in true colours. In turn, so that both meet the same machine; the fastest of each counts. */
#include "bench.h"

#include <math.h>

static int on_epoch(void *user, const lin_epoch *e)
{
    return LIN_ANIMATE((lin_animator *)user, (double)e->epoch, e->train_loss, e->train_acc, e->test_acc, e->test_loss);
}

/* Seconds of ten epochs; `accuracy` is the last one's on the test images. */
static double train(lin_ctx *ctx, lin_dataset *train, lin_dataset *test, FILE *out, double *accuracy)
{
    lin_region mark = lin_mark(ctx);
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 784, 10));
    lin_history *history = lin_history_new(ctx);
    const lin_terminal terminal = {.colors = LIN_TRUE_COLORS, .in_place = true, .theme = LIN_DARK};
    lin_fit_options options = {.loss = lin_cross_entropy,
                               .optimizer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.1}),
                               .epochs = 10,
                               .history = history};
    double begin = now();
    lin_animator *curves =
        !out ? NULL
             : lin_animator_new(ctx,
                                &(lin_animator_options){.xlabel = "epoch",
                                                        .xlim = {1, 10},
                                                        .legend = {"train loss", "train acc", "test acc", "test loss"},
                                                        .out = out,
                                                        .terminal = &terminal});
    if (curves) options.on_epoch = on_epoch;
    options.user = curves;
    lin_fit(net, train, test, &options);
    if (curves) lin_animator_end(curves);
    double seconds = now() - begin;
    *accuracy = lin_history_at(history, -1)->test_acc;
    lin_release(mark);
    return seconds;
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = bench_context(argc, argv);
    lin_dataset *rows = lin_fashion_mnist(ctx, true), *test = lin_fashion_mnist(ctx, false);
    FILE *out = fopen("/dev/null", "w");
    double best[2] = {INFINITY, INFINITY}, accuracy[2];
    for (long turn = 0; out && turn < option(argc, argv, "--turns", 15); turn++)
        for (int live = 0; live < 2; live++)
            best[live] = fmin(best[live], train(ctx, rows, test, live ? out : NULL, &accuracy[live]));
    char quality[48];
    snprintf(quality, sizeof quality, "test accuracy %.4f", accuracy[0]);
    result("nothing drawn", best[0], quality);
    snprintf(quality, sizeof quality, "test accuracy %.4f", accuracy[1]);
    result("curves drawn", best[1], quality);
    lin_ctx_free(ctx);
    return out ? 0 : 1;
}
