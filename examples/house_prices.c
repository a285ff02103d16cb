/* The chapter's first model: a house's price from its bedrooms, bathrooms and living area, learned by gradient descent on
 * all the data at once, then by mini-batches. Prices are in 10,000, areas in 100 square metres. */
#include <linnet/d2l.h>
#include <stdio.h>

enum { HOUSES = 500 };

/* price = 5 bedrooms + 3 bathrooms + 40 area + 10 + noise: the rule that the models are to find. */
static void make_houses(lin_ctx *ctx, lin_tensor **features, lin_tensor **prices)
{
    lin_tensor *bedrooms = lin_to(lin_to(lin_uniform(ctx, 1, 6, LIN_SHAPE(HOUSES)), LIN_I64), LIN_F32);
    lin_tensor *bathrooms = lin_to(lin_to(lin_uniform(ctx, 1, 4, LIN_SHAPE(HOUSES)), LIN_I64), LIN_F32);
    lin_tensor *area = lin_uniform(ctx, 0.4, 2.5, LIN_SHAPE(HOUSES));
    *features = lin_stack(LIN_TENSORS(bedrooms, bathrooms, area), 1);
    lin_tensor *w = lin_from_f32(ctx, (float[]){5, 3, 40}, LIN_SHAPE(3, 1));
    lin_tensor *noise = lin_normal(ctx, 0, 0.5, LIN_SHAPE(HOUSES, 1));
    *prices = lin_add(lin_add_scalar(lin_matmul(*features, w), 10), noise);
}

/* Train a fresh model with batches of that size, and say what it found. */
static void learn(lin_ctx *ctx, lin_dataset *houses, const char *how, int64_t batch_size, int epochs, double lr)
{
    lin_region mark = lin_mark(ctx);
    lin_module *net = lin_linear(ctx, 3, 1);
    lin_init_zeros(lin_weight(net));
    lin_init_zeros(lin_bias(net));
    lin_history *history = lin_history_new(ctx);
    lin_fit(net, houses, NULL,
            &(lin_fit_options){.loss = lin_squared,
                               .optimizer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = lr}),
                               .epochs = epochs,
                               .batch_size = batch_size,
                               .history = history});
    printf("%s: after %d epochs the loss is %.4f\n", how, epochs, lin_history_at(history, -1)->train_loss);
    printf("  weights %s\n  bias    %s\n", lin_to_string(lin_data(lin_weight(net))),
           lin_to_string(lin_data(lin_bias(net))));
    lin_tensor *house = lin_from_f32(ctx, (float[]){3, 2, 1.2f}, LIN_SHAPE(1, 3));
    lin_no_grad(ctx);
    printf("  3 bedrooms, 2 bathrooms, 120 square metres: %.1f\n", lin_item(lin_forward(net, house)));
    lin_release(mark);
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    lin_tensor *features, *prices;
    make_houses(ctx, &features, &prices);
    printf("a house: %s costs %s\n", lin_to_string(lin_select(features, 0, 0)),
           lin_to_string(lin_select(prices, 0, 0)));
    lin_dataset *houses = lin_tensor_dataset(LIN_TENSORS(features, prices));
    d2l_show(lin_network_figure(ctx, 3, 1));
    learn(ctx, houses, "gradient descent", LIN_FULL_BATCH, 4000, 0.08);
    learn(ctx, houses, "mini-batches of 10", 10, 100, 0.03);
    printf("the rule was: weights 5, 3, 40, bias 10; that house costs 79 on average\n");
    lin_ctx_free(ctx);
    return 0;
}
