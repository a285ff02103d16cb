/* W6: (x * w + b).sum(), elementwise, forward and backward; w has a gradient, x and b have none. Seconds of one. */
#include "bench.h"

static void run(lin_ctx *ctx, int64_t n, int64_t times)
{
    lin_region all = lin_mark(ctx);
    lin_tensor *x = lin_uniform(ctx, 0, 1, LIN_SHAPE(n)), *b = lin_uniform(ctx, 0, 1, LIN_SHAPE(n));
    lin_tensor *w = lin_parameter(lin_uniform(ctx, 0, 1, LIN_SHAPE(n)));
    double begin = 0, last = 0;
    for (int64_t i = -times / 10 - 2; i < times; i++) {
        if (i == 0) begin = now();
        lin_region mark = lin_mark(ctx);
        lin_tensor *sum = lin_sum(lin_add(lin_mul(x, w), b));
        lin_zero_grad_of(w);
        lin_backward(sum);
        last = lin_item(sum);
        lin_release(mark);
    }
    double seconds = (now() - begin) / (double)times;
    char name[32], quality[64];
    snprintf(name, sizeof name, "%lld elements", (long long)n);
    snprintf(quality, sizeof quality, "mean %.3f, mean gradient %.3f", last / (double)n,
             lin_item(lin_mean(lin_grad(w))));
    result(name, seconds, quality);
    lin_release(all);
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = bench_context(argc, argv);
    long only = option(argc, argv, "--only", 0), times = option(argc, argv, "--times", 0);
    if (!only || only == 2) run(ctx, 2, times ? times : 1000000);
    if (!only || only == 1000) run(ctx, 1000, times ? times : 300000);
    if (!only || only == 1000000) run(ctx, 1000000, times ? times : 300);
    lin_ctx_free(ctx);
    return 0;
}
