/* Linear regression with the library's own parts: a loader, a linear layer, a loss, an optimizer. */
#include <linnet/d2l.h>
#include <stdio.h>

int main(void)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    lin_tensor *true_w = lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2)), *features, *labels;
    double true_b = 4.2;
    d2l_synthetic_data(true_w, true_b, 1000, &features, &labels);

    lin_loader *data_iter = d2l_load_array(LIN_TENSORS(features, labels), 10, true);
    lin_batch first = {0};
    lin_loader_first(data_iter, &first);
    lin_print(first.X, stdout);
    lin_print(first.y, stdout);

    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 2, 1));
    lin_normal_(lin_data(lin_weight(lin_child(net, 0))), 0, 0.01);
    lin_fill_(lin_data(lin_bias(lin_child(net, 0))), 0);
    lin_loss_fn *loss = lin_mse;
    lin_optimizer *trainer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.03});

    for (int epoch = 0; epoch < 3; epoch++) {
        for (lin_batch m = {0}; lin_loader_next(data_iter, &m) > 0;) {
            lin_tensor *l = loss(lin_forward(net, m.X), m.y, NULL);
            lin_zero_grad(trainer);
            lin_backward(l);
            lin_step(trainer);
        }
        lin_region mark = lin_mark(ctx);
        lin_no_grad(ctx);
        printf("epoch %d, loss %f\n", epoch + 1, lin_item(loss(lin_forward(net, features), labels, NULL)));
        lin_release(mark);
    }
    lin_tensor *w = lin_data(lin_weight(lin_child(net, 0))), *b = lin_data(lin_bias(lin_child(net, 0)));
    printf("error in estimating w: %s\n", lin_to_string(lin_sub(true_w, lin_reshape(w, lin_size(true_w)))));
    printf("error in estimating b: %s\n", lin_to_string(lin_add_scalar(lin_neg(b), true_b)));
    lin_ctx_free(ctx);
    return 0;
}
