/* What the losses share: options and the reduction. */
#include "loss/loss.h"

#include <math.h>

static const double default_eps = 1e-6;

/* The first option that is set but not known; NULL if there is none. */
static const char *unknown_option(const lin_loss_options *o, unsigned known)
{
    const struct {
        unsigned bit;
        bool set;
        const char *name;
    } options[] = {
        {LIN__DELTA, o->delta != 0, "delta"},
        {LIN__BETA, o->beta != 0, "beta"},
        {LIN__WEIGHT, o->weight != NULL, "weight"},
        {LIN__LABEL_SMOOTHING, o->label_smoothing != 0, "label_smoothing"},
        {LIN__IGNORE_INDEX, o->ignore_index != NULL, "ignore_index"},
        {LIN__VAR, o->var != NULL, "var"},
        {LIN__EPS, o->eps != 0, "eps"},
        {LIN__FULL, o->full, "full"},
        {0, o->user != NULL, "user"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].set && !(known & options[i].bit)) return options[i].name;
    return NULL;
}

static bool positive(const char *name, lin_ctx *ctx, const char *option, double *value, double otherwise)
{
    if (*value == 0) *value = otherwise;
    if (isfinite(*value) && *value > 0) return true;
    lin__fail(ctx, LIN_EINVAL, "%s: %s is %g; it must be above 0, and finite", name, option, *value);
    return false;
}

LIN__HOT bool lin__loss_options(const char *name, const lin_tensor *t, const lin_loss_options *given, unsigned known,
                                lin_loss_options *o)
{
    if (!given) {
        *o = (lin_loss_options){.delta = 1, .beta = 1, .eps = default_eps};
        return true;
    }
    *o = *given;
    const char *unknown = unknown_option(o, known);
    if (unknown) {
        lin__fail(t->ctx, LIN_EINVAL, "%s: this loss has no option %s; leave it zero", name, unknown);
        return false;
    }
    if ((unsigned)o->reduction > LIN_NONE) {
        lin__fail(t->ctx, LIN_EINVAL, "%s: reduction %d; it must be LIN_MEAN, LIN_SUM or LIN_NONE", name,
                  (int)o->reduction);
        return false;
    }
    if (!(o->label_smoothing >= 0 && o->label_smoothing <= 1)) {
        lin__fail(t->ctx, LIN_EINVAL, "%s: label_smoothing is %g; it must be from 0 to 1", name, o->label_smoothing);
        return false;
    }
    /* A weight that could not be made is not the default: its cause stands. */
    if ((known & LIN__WEIGHT) && !o->weight && lin__failed(t->ctx)) return false;
    return positive(name, t->ctx, "delta", &o->delta, 1) && positive(name, t->ctx, "beta", &o->beta, 1) &&
           positive(name, t->ctx, "eps", &o->eps, default_eps);
}

LIN__HOT bool lin__loss_begin(const char *name, lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *given,
                              unsigned known, lin_loss_options *o)
{
    return lin__args_alike(name, y_hat, y) && lin__loss_options(name, y_hat, given, known, o);
}

lin_tensor *lin__loss_reduce(lin_tensor *losses, lin_reduction reduction)
{
    if (!losses || reduction == LIN_NONE) return losses;
    return reduction == LIN_SUM ? lin_sum(losses) : lin_mean(losses);
}
