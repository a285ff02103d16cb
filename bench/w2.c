/* W2: one shuffled pass over the 60,000 images of Fashion-MNIST in float32 batches of 256: the loader alone. */
#include "bench.h"

int main(int argc, char **argv)
{
    lin_ctx *ctx = bench_context(argc, argv);
    lin_loader *loader =
        lin_loader_new(lin_fashion_mnist(ctx, true),
                       &(lin_loader_options){.batch_size = 256, .workers = (int)option(argc, argv, "--workers", 0)});
    for (int pass = 0; pass < 9; pass++) {
        int64_t rows = 0;
        double total = 0, begin = now();
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
            const float *pixel = lin_const_data_ptr(m.X);
            rows += m.rows;
            total += pixel[m.rows / 2 * 784 + 406];
        }
        double seconds = now() - begin;
        char quality[64];
        snprintf(quality, sizeof quality, "%lld rows, a pixel's mean %.2f", (long long)rows, total / 235);
        if (pass) result("shuffled", seconds, quality); /* the first one makes room */
    }
    lin_ctx_free(ctx);
    return 0;
}
