/* The losses of the chapter and their gradients; what each of them estimates; why the squared loss is that of Gaussian noise. */
#include <linnet/d2l.h>
#include <math.h>
#include <stdio.h>

static const double pi = 3.14159265358979323846;

static lin_ctx *ctx;

/* y = 0; y' goes from -3 to 3. */
static void values_and_gradients(const char *name, lin_loss_fn *loss)
{
    lin_tensor *y_hat = lin_requires_grad_(lin_arange(ctx, -3, 3.5, 1, LIN_F32), true);
    lin_tensor *y = lin_zeros(ctx, lin_size(y_hat));
    lin_tensor *l = loss(y_hat, y, &(lin_loss_options){.reduction = LIN_NONE});
    lin_backward(lin_sum(l));
    printf("%s\n  loss     %s\n  gradient %s\n", name, lin_to_string(lin_detach(l)), lin_to_string(lin_grad(y_hat)));
}

/* The constant c for which the mean loss of (c, data) is least, by gradient descent with a shrinking step. */
static double best_constant(lin_loss_fn *loss, lin_tensor *data)
{
    lin_tensor *c = lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)));
    lin_optimizer *trainer = lin_sgd(LIN_TENSORS(c), NULL);
    for (int step = 0; step < 4000; step++) {
        lin_region mark = lin_mark(ctx);
        lin_set_lr(trainer, 2.0 / (1 + 0.05 * step));
        lin_zero_grad(trainer);
        lin_backward(loss(lin_expand(c, lin_size(data)), data, NULL));
        lin_step(trainer);
        lin_release(mark);
    }
    return lin_item(c);
}

static void means_and_medians(void)
{
    lin_tensor *data = lin_from_f32(ctx, (float[]){1, 2, 3, 4, 40}, LIN_SHAPE(5));
    printf("the best constant for 1, 2, 3, 4, 40 (mean 10, median 3)\n");
    printf("  under L2    %.2f\n", best_constant(lin_mse, data));
    printf("  under L1    %.2f\n", best_constant(lin_l1, data));
    printf("  under Huber %.2f\n", best_constant(lin_huber, data));
}

/* Gaussian NLL with its constant is n/2 log(2 pi sigma^2) + the squared loss / sigma^2. */
static void the_likelihood_of_gaussian_noise(double sigma)
{
    lin_tensor *y_hat = lin_from_f64(ctx, (double[]){0.5, -1.2, 2.0, 0.3}, LIN_SHAPE(4));
    lin_tensor *y = lin_from_f64(ctx, (double[]){0.4, -1.0, 2.3, 0.1}, LIN_SHAPE(4));
    lin_tensor *var = lin_full_dtype(ctx, sigma * sigma, LIN_SHAPE(4), LIN_F64);
    lin_loss_options sum = {.reduction = LIN_SUM}, full = {.reduction = LIN_SUM, .var = var, .full = true};
    double nll = lin_item(lin_gaussian_nll(y_hat, y, &full)), squared = lin_item(lin_squared(y_hat, y, &sum));
    printf("sigma %g: NLL - n/2 log(2 pi sigma^2) = %.6f, squared loss / sigma^2 = %.6f\n", sigma,
           nll - 2 * log(2 * pi * sigma * sigma), squared / (sigma * sigma));
}

/* The same w and b minimise the squared loss and the likelihood, whatever sigma is: the gradient of the NLL is that of the
 * squared loss over sigma^2, which the learning rate makes up for. */
static void the_same_minimum(lin_dataset *data, const char *name, lin_loss_fn *loss, double sigma)
{
    lin_region mark = lin_mark(ctx);
    lin_module *net = lin_linear(ctx, 1, 1);
    lin_tensor *var = loss == lin_gaussian_nll ? lin_full(ctx, sigma * sigma, LIN_SHAPE(1)) : NULL;
    lin_optimizer *trainer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.5 * sigma * sigma});
    lin_fit(net, data, NULL,
            &(lin_fit_options){.loss = loss,
                               .loss_options = {.var = var},
                               .optimizer = trainer,
                               .epochs = 200,
                               .batch_size = LIN_FULL_BATCH});
    printf("  %s: w = %.4f, b = %.4f\n", name, lin_item(lin_weight(net)), lin_item(lin_bias(net)));
    lin_release(mark);
}

/* The normal density, 1 / sqrt(2 pi sigma^2) exp(-(z - mu)^2 / (2 sigma^2)). */
static lin_tensor *normal(lin_tensor *z, double mu, double sigma)
{
    lin_tensor *exponent = lin_mul_scalar(lin_square(lin_sub_scalar(z, mu)), -1 / (2 * sigma * sigma));
    return lin_div_scalar(lin_exp(exponent), sqrt(2 * pi * sigma * sigma));
}

static void normal_densities(void)
{
    lin_tensor *x = lin_arange(ctx, -7, 7, 0.01, LIN_F64);
    d2l_plot(LIN_TENSORS(x), LIN_TENSORS(normal(x, 0, 1), normal(x, 0, 2), normal(x, 3, 1)),
             &(d2l_plot_options){.xlabel = "x",
                                 .ylabel = "p(x)",
                                 .figsize = {4.5, 2.5},
                                 .legend = {"mean 0, std 1", "mean 0, std 2", "mean 3, std 1"}});
}

/* The normal density over mu - sigma to mu + sigma, by the trapezoid rule. */
static double mass_within_one_sigma(double mu, double sigma, int steps)
{
    lin_tensor *z =
        lin_add_scalar(lin_mul_scalar(lin_arange(ctx, 0, steps + 1, 1, LIN_F64), 2 * sigma / steps), mu - sigma);
    lin_tensor *p = normal(z, mu, sigma);
    double ends = lin_at(p, LIN_SHAPE(0)) + lin_at(p, LIN_SHAPE(-1));
    return (lin_item(lin_sum(p)) - ends / 2) * 2 * sigma / steps;
}

int main(int argc, char **argv)
{
    ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    values_and_gradients("L2: 1/2 (y - y')^2", lin_squared);
    values_and_gradients("L1: |y - y'|", lin_l1);
    values_and_gradients("Huber: 1/2 (y - y')^2 within 1, |y - y'| - 1/2 beyond", lin_huber);
    const lin_loss_curve three[] = {
        {.name = "L2", .loss = lin_squared}, {.name = "L1", .loss = lin_l1}, {.name = "Huber", .loss = lin_huber}};
    d2l_show(lin_losses_figure(ctx, three, 3));
    means_and_medians();
    the_likelihood_of_gaussian_noise(0.1);
    the_likelihood_of_gaussian_noise(1);

    lin_tensor *X, *y, *w = lin_full(ctx, 2, LIN_SHAPE(1));
    lin_synthetic_data(ctx, w, 4.2, 200, 0.5, &X, &y);
    lin_dataset *data = lin_tensor_dataset(LIN_TENSORS(X, y));
    printf("y = 2x + 4.2 + noise, minimised\n");
    the_same_minimum(data, "squared loss        ", lin_squared, 1);
    the_same_minimum(data, "NLL with sigma = 0.1", lin_gaussian_nll, 0.1);
    the_same_minimum(data, "NLL with sigma = 1  ", lin_gaussian_nll, 1);
    printf("the normal density over one sigma about the mean: %.4f and %.4f\n", mass_within_one_sigma(0, 1, 1000),
           mass_within_one_sigma(3, 2, 1000));
    normal_densities();
    lin_ctx_free(ctx);
    return 0;
}
