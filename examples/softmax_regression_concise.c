/* Softmax regression on Fashion-MNIST with the library's own parts. */
#include <linnet/d2l.h>

static int init_weights(void *user, lin_module *m)
{
    (void)user;
    if (lin_is_linear(m)) lin_init_normal(lin_weight(m), 0, 0.01);
    return 0;
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    lin_loader *train_iter, *test_iter;
    d2l_load_data_fashion_mnist(ctx, 256, 0, &train_iter, &test_iter);

    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 784, 10));
    lin_apply(net, init_weights, NULL);
    lin_loss_fn *loss = lin_cross_entropy; /* of logits; train_ch3 asks it for one value per row: reduction none */
    lin_optimizer *trainer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.1});

    d2l_train_ch3(net, train_iter, test_iter, loss, 10, d2l_optimizer(trainer));
    d2l_predict_ch3(net, test_iter, 0);
    lin_ctx_free(ctx);
    return 0;
}
