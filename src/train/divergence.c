/* Divergence: a loss or a parameter that is not finite ends the training, with what to try. */
#include "base/error.h"
#include "kernel/kernel.h"
#include "train/run.h"

#include <inttypes.h>
#include <math.h>

static bool all_finite(const lin_tensor *t)
{
    const lin__kernels *k = lin__kernels_get();
    if (t->dtype == LIN_F64) return k->f64.all_finite(t->numel, t->data);
    return t->dtype != LIN_F32 || k->f32.all_finite(t->numel, t->data);
}

/* What to try. Data that are not finite come first: then lr has no part in it, nor has it before the first update. */
static const char *advice(const lin__run *r, const lin_batch *m, char *out, size_t size)
{
    if (m && !all_finite(m->X)) return "X has a value that is not finite in this batch";
    if (m && !all_finite(m->y)) return "y has a value that is not finite in this batch";
    if (r->at.steps_done == 0) return "no update was made yet: scale the features, and look at the parameters";
    snprintf(out, size, "try a smaller lr than %g, or scale the features", lin_lr(r->options->optimizer));
    return out;
}

static int diverged(const lin__run *r, const lin_batch *m, const char *what)
{
    char text[100];
    return lin__fail(r->ctx, LIN_EDIVERGED, "training diverged at epoch %" PRId64 ", step %" PRId64 ": %s; %s",
                     r->at.epoch, r->at.step, what, advice(r, m, text, sizeof text));
}

int lin__check_loss(const lin__run *r, const lin_batch *m, double loss)
{
    if (isfinite(loss)) return 0;
    char number[LIN_NUMBER_SIZE], what[100];
    snprintf(what, sizeof what, "the loss%s is %s", m ? "" : " over all training rows",
             lin_number_text(number, loss, LIN_F64));
    return diverged(r, m, what);
}

/* To read the parameters once costs less than the update did, which read them and their gradients and wrote them. */
int lin__check_parameters(const lin__run *r, const lin_batch *m)
{
    for (int i = 0; i < r->parameters.count; i++) {
        if (all_finite(r->parameters.tensors[i])) continue;
        char what[100];
        snprintf(what, sizeof what, "parameter %s is not finite", r->parameters.names[i]);
        return diverged(r, m, what);
    }
    return 0;
}
