/* W1: softmax regression on Fashion-MNIST, batch 256, ten epochs, each with the evaluation of the test images: lin_fit, and
 * nothing else, in a process that has the images in memory as bytes. */
#include "bench.h"

int main(int argc, char **argv)
{
    lin_ctx *ctx = bench_context(argc, argv);
    long epochs = option(argc, argv, "--epochs", 10);
    lin_dataset *train = lin_fashion_mnist(ctx, true), *test = lin_fashion_mnist(ctx, false);
    for (long run = 0; run < option(argc, argv, "--runs", 3); run++) {
        lin_region mark = lin_mark(ctx);
        lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 784, 10));
        lin_init_normal(lin_weight(lin_child(net, 1)), 0, 0.01);
        lin_init_zeros(lin_bias(lin_child(net, 1)));
        lin_history *history = lin_history_new(ctx);
        lin_fit_options options = {.loss = lin_cross_entropy,
                                   .optimizer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.1}),
                                   .epochs = epochs,
                                   .batch_size = 256,
                                   .history = history};
        double begin = now();
        lin_fit(net, train, test, &options);
        double seconds = now() - begin;
        const lin_epoch *last = lin_history_at(history, -1);
        char quality[96];
        snprintf(quality, sizeof quality, "train loss %.4f, test accuracy %.4f", last->train_loss, last->test_acc);
        result("in process", seconds, quality);
        lin_release(mark);
    }
    lin_ctx_free(ctx);
    return 0;
}
