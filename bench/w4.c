/* W4: linear regression on rows of 28 float32 features: one epoch, batch 256, in order and shuffled.
 * w4 --rows N: from memory, the same rows as bench/peers/ have. w4 FEATURES.npy LABELS.npy: from files. */
#include "bench.h"

enum { FEATURES = 28, BATCH = 256 };

/* One epoch from zero; the loss is that of its last thousand batches, or of all if they are fewer. */
static void epoch(lin_dataset *data, bool in_order, const char *name)
{
    lin_ctx *ctx = lin_context(lin_array(data, 0));
    lin_region mark = lin_mark(ctx);
    lin_loader *loader = lin_loader_new(data, &(lin_loader_options){.batch_size = BATCH, .in_order = in_order});
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, FEATURES, 1));
    lin_init_zeros(lin_weight(lin_child(net, 0)));
    lin_init_zeros(lin_bias(lin_child(net, 0)));
    lin_optimizer *trainer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.01});
    int64_t batches = lin_loader_batches(loader), counted = 0;
    double total = 0, begin = now();
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        lin_tensor *l = lin_mse(lin_forward(net, m.X), m.y, NULL);
        lin_zero_grad(trainer);
        lin_backward(l);
        lin_step(trainer);
        if (m.step >= batches - 1000) {
            total += lin_item(l);
            counted++;
        }
    }
    double seconds = now() - begin;
    char quality[64];
    snprintf(quality, sizeof quality, "loss %.3e of the last %lld batches", total / (double)counted,
             (long long)counted);
    result(name, seconds, quality);
    lin_release(mark);
}

static lin_dataset *generated(lin_ctx *ctx, int64_t rows)
{
    lin_tensor *X, *y;
    lin_tensor *w = lin_arange(ctx, 0, FEATURES, 1, LIN_F32);
    lin_synthetic_data(ctx, lin_sub_scalar(lin_div_scalar(w, 10), 1.35), 0.5, rows, 0.1, &X, &y);
    return lin_tensor_dataset(LIN_TENSORS(X, y));
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = bench_context(argc, argv);
    long rows = option(argc, argv, "--rows", 10000000);
    bool files = argc >= 3 && argv[1][0] != '-';
    lin_dataset *data = files ? lin_file_dataset(ctx, argv[1], argv[2]) : generated(ctx, rows);
    long runs = option(argc, argv, "--runs", 1), order = option(argc, argv, "--order", 3);
    for (long run = 0; run < runs; run++) {
        if (order & 1) epoch(data, true, "in order");
        if (order & 2) epoch(data, false, "shuffled");
    }
    lin_ctx_free(ctx);
    return 0;
}
