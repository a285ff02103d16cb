/* Early stopping: the best epoch so far, its parameters if they are to be kept, and when it has been long enough. */
#include "base/error.h"
#include "base/region.h"
#include "train/run.h"

#include <inttypes.h>

double lin__watched(const lin__run *r, const lin_epoch *e)
{
    return r->test && !r->options->early_stopping.watch_train ? e->test_loss : e->train_loss;
}

static const char *watched_name(const lin__run *r)
{
    return r->test && !r->options->early_stopping.watch_train ? "test" : "training";
}

int lin__early_keep(lin__run *r)
{
    if (r->best.values) return 0;
    int count = r->parameters.count;
    lin_tensor **values = lin__alloc_array(r->ctx, r->depth, (size_t)count, sizeof *values);
    if (!values) return LIN_ENOMEM;
    for (int i = 0; i < count; i++)
        if (!(values[i] = lin__tensor_copy(r->parameters.tensors[i], r->depth))) return LIN_ENOMEM;
    r->best.values = values;
    return 0;
}

static int keep_values(lin__run *r)
{
    int code = lin__early_keep(r);
    for (int i = 0; !code && i < r->parameters.count; i++)
        lin__copy_elements(r->best.values[i], r->parameters.tensors[i]);
    return code;
}

int lin__early_epoch(lin__run *r, const lin_epoch *e)
{
    const lin_early_stopping *o = &r->options->early_stopping;
    double loss = lin__watched(r, e);
    r->best.bad_epochs++;
    if (!(loss < r->best.loss - o->min_delta)) return 0;
    r->best.loss = loss;
    r->best.epoch = e->epoch;
    r->best.bad_epochs = 0;
    return o->restore_best ? keep_values(r) : 0;
}

bool lin__early_over(const lin__run *r)
{
    int64_t patience = r->options->early_stopping.patience;
    return patience && r->best.bad_epochs >= patience;
}

static void restore(const lin__run *r)
{
    for (int i = 0; i < r->parameters.count; i++) {
        lin__copy_elements(r->parameters.tensors[i], r->best.values[i]);
        r->parameters.tensors[i]->storage->version++;
    }
}

void lin__early_end(const lin__run *r)
{
    const lin__best *b = &r->best;
    if (lin__early_over(r))
        lin__say(r->ctx, LIN_LOG_INFO,
                 "the %s loss has not become better since epoch %" PRId64 ": the training ends after epoch %" PRId64,
                 watched_name(r), b->epoch, b->epoch + b->bad_epochs);
    if (b->values) restore(r);
}
