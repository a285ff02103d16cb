/* Softmax, cross-entropy and accuracy by hand, on numbers small enough to follow. */
#include <linnet/d2l.h>
#include <stdio.h>

static lin_ctx *ctx;

static void show(const char *what, lin_tensor *t)
{
    printf("%s: %s\n", what, lin_to_string(t));
}

/* Labels as one-hot rows; the squared loss on them; the prediction is the largest output. */
static void one_hot_and_squared_loss(void)
{
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 2}, LIN_SHAPE(2));
    lin_tensor *target = lin_to(lin_one_hot(y, 3), LIN_F32);
    lin_tensor *o = lin_from_f32(ctx, (float[]){1.5f, 0.5f, -0.5f, 0.1f, 2.0f, 0.4f}, LIN_SHAPE(2, 3));
    show("one-hot", target);
    show("squared loss", lin_sum_dim(lin_squared(o, target, &(lin_loss_options){.reduction = LIN_NONE}), 1, false));
    show("prediction", lin_argmax_dim(o, 1, false));
}

/* d l / d o = softmax(o) - y. */
static void softmax_and_its_gradient(void)
{
    lin_tensor *o = lin_requires_grad_(lin_from_f32(ctx, (float[]){1, 2, 3}, LIN_SHAPE(1, 3)), true);
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){2}, LIN_SHAPE(1));
    lin_backward(lin_cross_entropy(o, y, NULL));
    lin_tensor *p = lin_softmax(lin_detach(o), 1);
    show("softmax", p);
    show("sum of a row", lin_sum_dim(p, 1, false));
    show("gradient by autograd", lin_grad(o));
    show("softmax - y", lin_sub(p, lin_to(lin_one_hot(y, 3), LIN_F32)));
}

/* The chapter's two rows of probabilities and their labels. */
static void picking_and_accuracy(void)
{
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0, 2}, LIN_SHAPE(2));
    lin_tensor *rows = lin_from_i64(ctx, (int64_t[]){0, 1}, LIN_SHAPE(2));
    lin_tensor *y_hat = lin_from_f32(ctx, (float[]){0.1f, 0.3f, 0.6f, 0.3f, 0.2f, 0.5f}, LIN_SHAPE(2, 3));
    lin_tensor *picked = lin_index_at(y_hat, LIN_TENSORS(rows, y));
    show("y_hat[[0, 1], y]", picked);
    show("cross-entropy", lin_neg(lin_log(picked)));
    printf("accuracy: %g\n", d2l_accuracy(y_hat, y) / (double)lin_dim(y, 0));
}

static void two_distributions(void)
{
    lin_tensor *p = lin_from_f32(ctx, (float[]){1, 0, 0}, LIN_SHAPE(3));
    lin_tensor *q = lin_from_f32(ctx, (float[]){0.7f, 0.2f, 0.1f}, LIN_SHAPE(3));
    show("H(p, q)", lin_distribution_cross_entropy(q, p, NULL));
}

/* exp of a large logit overflows, log of a vanished probability is -inf; subtracting the maximum and log-sum-exp do not. */
static void why_it_must_be_stable(void)
{
    lin_tensor *large = lin_from_f32(ctx, (float[]){100, 200, -100}, LIN_SHAPE(1, 3));
    lin_tensor *e = lin_exp(large);
    show("naive softmax", lin_div(e, lin_sum_dim(e, 1, true)));
    show("stable softmax", lin_softmax(large, 1));
    show("log of the stable softmax", lin_log(lin_softmax(large, 1)));
    show("log_softmax", lin_log_softmax(large, 1));
    lin_tensor *y = lin_from_i64(ctx, (int64_t[]){0}, LIN_SHAPE(1));
    show("cross-entropy from logits", lin_cross_entropy(large, y, NULL));
}

int main(int argc, char **argv)
{
    ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    d2l_show(lin_network_figure(ctx, 4, 3));
    one_hot_and_squared_loss();
    softmax_and_its_gradient();
    picking_and_accuracy();
    two_distributions();
    why_it_must_be_stable();
    lin_ctx_free(ctx);
    return 0;
}
