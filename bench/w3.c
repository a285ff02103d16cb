/* W3: one SGD step of the book's linear regression (1,000 rows, 2 features, batch 10): seconds of a step, the loader's part of
 * it included, from scratch as examples/linear_regression_scratch.c and concisely as examples/linear_regression_concise.c. */
#include "bench.h"

#include <linnet/d2l.h>

enum { ROWS = 1000, BATCH = 10, STEPS = ROWS / BATCH };

/* ---- From scratch -------------------------------------------------------------------------------- */

typedef struct data_iter {
    int64_t batch_size, at;
    lin_tensor *order, *X, *y;
    lin_region mark;
} data_iter;

static bool data_iter_next(data_iter *it, lin_tensor *features, lin_tensor *labels)
{
    lin_ctx *ctx = lin_context(features);
    if (it->order)
        lin_release(it->mark);
    else
        it->order = lin_randperm(ctx, lin_dim(features, 0));
    if (it->at >= lin_dim(features, 0)) return false;
    it->mark = lin_mark(ctx);
    lin_tensor *picked = lin_slice(it->order, 0, it->at, it->at + it->batch_size);
    it->X = lin_index(features, picked);
    it->y = lin_index(labels, picked);
    it->at += it->batch_size;
    return true;
}

static lin_tensor *linreg(lin_tensor *X, lin_tensor *w, lin_tensor *b)
{
    return lin_add(lin_matmul(X, w), b);
}

static lin_tensor *squared_loss(lin_tensor *y_hat, lin_tensor *y)
{
    return lin_div_scalar(lin_square(lin_sub(y_hat, lin_reshape(y, lin_size(y_hat)))), 2);
}

static void sgd(lin_tensors params, double lr, int64_t batch_size)
{
    lin_region mark = lin_mark(lin_context(params.at[0]));
    lin_no_grad(mark.ctx);
    for (int i = 0; i < params.count; i++) {
        lin_sub_(params.at[i], lin_mul_scalar(lin_grad(params.at[i]), lr / (double)batch_size));
        lin_zero_(lin_grad(params.at[i]));
    }
    lin_release(mark);
}

/* The mean loss over all rows: it shows that the steps did what they are for. */
static void report(const char *name, double seconds, lin_tensor *y_hat, lin_tensor *y)
{
    char quality[48];
    snprintf(quality, sizeof quality, "loss %.2e", lin_item(lin_mean(squared_loss(y_hat, y))));
    result(name, seconds, quality);
}

static void from_scratch(lin_tensor *features, lin_tensor *labels, long epochs)
{
    lin_ctx *ctx = lin_context(features);
    lin_tensor *w = lin_parameter(lin_normal(ctx, 0, 0.01, LIN_SHAPE(2, 1)));
    lin_tensor *b = lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)));
    double begin = 0;
    for (long epoch = -10; epoch < epochs; epoch++) {
        if (epoch == 0) begin = now();
        lin_region mark = lin_mark(ctx);
        for (data_iter it = {.batch_size = BATCH}; data_iter_next(&it, features, labels);) {
            lin_backward(lin_sum(squared_loss(linreg(it.X, w, b), it.y)));
            sgd(LIN_TENSORS(w, b), 0.03, lin_dim(it.X, 0));
        }
        lin_release(mark);
    }
    double seconds = now() - begin;
    report("from scratch", seconds / (double)(epochs * STEPS), linreg(features, lin_data(w), lin_data(b)), labels);
}

/* ---- Concisely ----------------------------------------------------------------------------------- */

static void concisely(lin_tensor *features, lin_tensor *labels, long epochs)
{
    lin_ctx *ctx = lin_context(features);
    lin_loader *data_iter = d2l_load_array(LIN_TENSORS(features, labels), BATCH, true);
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 2, 1));
    lin_normal_(lin_data(lin_weight(lin_child(net, 0))), 0, 0.01);
    lin_fill_(lin_data(lin_bias(lin_child(net, 0))), 0);
    lin_optimizer *trainer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.03});
    double begin = 0;
    for (long epoch = -10; epoch < epochs; epoch++) {
        if (epoch == 0) begin = now();
        for (lin_batch m = {0}; lin_loader_next(data_iter, &m) > 0;) {
            lin_tensor *l = lin_mse(lin_forward(net, m.X), m.y, NULL);
            lin_zero_grad(trainer);
            lin_backward(l);
            lin_step(trainer);
        }
    }
    double seconds = now() - begin;
    lin_no_grad(ctx);
    report("concisely", seconds / (double)(epochs * STEPS), lin_forward(net, features), labels);
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = bench_context(argc, argv);
    long epochs = option(argc, argv, "--epochs", 5000);
    lin_tensor *features, *labels, *true_w = lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2));
    lin_synthetic_data(ctx, true_w, 4.2, ROWS, 0.01, &features, &labels);
    int only = (int)option(argc, argv, "--only", 0); /* 1 or 2, for a profile of one of them */
    if (only != 2) from_scratch(features, labels, epochs);
    if (only != 1) concisely(features, labels, epochs);
    lin_ctx_free(ctx);
    return 0;
}
