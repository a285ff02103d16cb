/* tests/parity/call_learn.c: the losses and SGD, by their names in the vectors. */
#include "calls.h"

#include <string.h>

static lin_loss_options loss_options(const parity_case *c, lin_tensor **in, int64_t *ignored)
{
    const char *reduction = attr_text(c, "reduction", "mean");
    lin_loss_options o = {
        .reduction = !strcmp(reduction, "sum")    ? LIN_SUM
                     : !strcmp(reduction, "none") ? LIN_NONE
                                                  : LIN_MEAN,
        .delta = attr_number(c, "delta", 0),
        .beta = attr_number(c, "beta", 0),
        .label_smoothing = attr_number(c, "label_smoothing", 0),
        .eps = attr_number(c, "eps", 0),
        .full = attr_int(c, "full", 0),
    };
    if (attr_has(c, "weight")) o.weight = in[attr_int(c, "weight", 0)];
    if (attr_has(c, "var")) o.var = in[attr_int(c, "var", 0)];
    *ignored = attr_int(c, "ignore_index", 0);
    if (attr_has(c, "ignore_index")) o.ignore_index = ignored;
    return o;
}

#define LOSS(name)                                                        \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in) \
    {                                                                     \
        int64_t ignored;                                                  \
        lin_loss_options o = loss_options(c, in, &ignored);               \
        return lin_##name(in[0], in[1], &o);                              \
    }

/* clang-format off */
LOSS(mse) LOSS(squared) LOSS(l1) LOSS(huber) LOSS(smooth_l1) LOSS(gaussian_nll)
LOSS(cross_entropy) LOSS(nll) LOSS(distribution_cross_entropy)
    /* clang-format on */

    const call loss_calls[] = {
        {"mse", NULL, call_mse},
        {"squared", NULL, call_squared},
        {"l1", NULL, call_l1},
        {"huber", NULL, call_huber},
        {"smooth_l1", NULL, call_smooth_l1},
        {"gaussian_nll", NULL, call_gaussian_nll},
        {"cross_entropy", NULL, call_cross_entropy},
        {"nll", NULL, call_nll},
        {"distribution_cross_entropy", NULL, call_distribution_cross_entropy},
        {0},
};

/* skip=K: the step K sees no gradient. lr_after_2: the rate of the steps from the third on. */
int call_sgd(lin_ctx *ctx, const parity_case *c, lin_tensor **out)
{
    lin_tensor *p = lin_parameter(stored_tensor(ctx, &c->in[0].base));
    lin_optimizer *sgd = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){
                                                     .lr = attr_number(c, "lr", 0),
                                                     .momentum = attr_number(c, "momentum", 0),
                                                     .dampening = attr_number(c, "dampening", 0),
                                                     .weight_decay = attr_number(c, "weight_decay", 0),
                                                     .nesterov = attr_int(c, "nesterov", 0),
                                                     .maximize = attr_int(c, "maximize", 0),
                                                 });
    int code = sgd ? 0 : LIN_EINVAL, skip = attr_int(c, "skip", -1);
    for (int k = 0; !code && k + 1 < c->ins; k++) {
        if (k == 2 && attr_has(c, "lr_after_2")) code = lin_set_lr(sgd, attr_number(c, "lr_after_2", 0));
        if (!code) code = lin_zero_grad(sgd);
        /* ∂ Σ p·g / ∂p = g, to the bit. */
        if (!code && k != skip) code = lin_backward(lin_sum(lin_mul(p, stored_tensor(ctx, &c->in[k + 1].base))));
        if (!code) code = lin_step(sgd);
        out[k] = lin_clone(lin_data(p));
    }
    return code;
}
