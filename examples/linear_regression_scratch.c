/* Linear regression from scratch: generated data, mini-batches, the model, the loss and the update are all here. */
#include <linnet/d2l.h>
#include <stdio.h>

/* y = Xw + b + noise, the rule that the model is to find. */
static void synthetic_data(lin_tensor *w, double b, int64_t num_examples, lin_tensor **X, lin_tensor **y)
{
    lin_ctx *ctx = lin_context(w);
    *X = lin_normal(ctx, 0, 1, LIN_SHAPE(num_examples, lin_dim(w, 0)));
    lin_tensor *line = lin_add_scalar(lin_matmul(*X, w), b);
    *y = lin_reshape(lin_add(line, lin_normal(ctx, 0, 0.01, lin_size(line))), LIN_SHAPE(-1, 1));
}

/* A pass over the rows in a random order. A batch and its graph live until the next one. */
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

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    lin_tensor *true_w = lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2)), *features, *labels;
    double true_b = 4.2, lr = 0.03;
    synthetic_data(true_w, true_b, 1000, &features, &labels);
    printf("features: %s\nlabel: %s\n", lin_to_string(lin_select(features, 0, 0)),
           lin_to_string(lin_select(labels, 0, 0)));
    const lin_line plain = {.xlabel = "features[:, 1]", .ylabel = "label"};
    d2l_show(lin_scatter_figure(lin_select(features, 1, 1), labels, &plain));

    lin_tensor *w = lin_parameter(lin_normal(ctx, 0, 0.01, LIN_SHAPE(2, 1)));
    lin_tensor *b = lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)));
    for (int epoch = 0; epoch < 3; epoch++) {
        lin_region mark = lin_mark(ctx); /* what the epoch makes goes with it */
        for (data_iter it = {.batch_size = 10}; data_iter_next(&it, features, labels);) {
            lin_backward(lin_sum(squared_loss(linreg(it.X, w, b), it.y)));
            sgd(LIN_TENSORS(w, b), lr, lin_dim(it.X, 0));
        }
        lin_no_grad(ctx);
        lin_tensor *train_l = squared_loss(linreg(features, w, b), labels);
        printf("epoch %d, loss %f\n", epoch + 1, lin_item(lin_mean(train_l)));
        lin_release(mark);
    }
    lin_tensor *error = lin_sub(true_w, lin_reshape(lin_data(w), lin_size(true_w)));
    printf("error in estimating w: %s\n", lin_to_string(error));
    printf("error in estimating b: %s\n", lin_to_string(lin_add_scalar(lin_neg(lin_data(b)), true_b)));
    lin_ctx_free(ctx);
    return 0;
}
