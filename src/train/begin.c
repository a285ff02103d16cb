/* How a run begins: what is asked of its options, its loader, its parameters. */
#include "base/error.h"
#include "base/file.h"
#include "base/region.h"
#include "data/dataset.h"
#include "train/run.h"

#include <inttypes.h>
#include <math.h>

/* ---- Options ------------------------------------------------------------------------------------------------------- */

/* The first argument that is missing, or NULL. */
static const char *missing(const lin__run *r)
{
    if (!r->net) return "fit: net";
    if (!r->train) return "fit: train";
    return r->options ? NULL : "fit: options";
}

/* In debug builds: is all that was given still there? */
static bool all_live(const lin__run *r)
{
    const lin_fit_options *o = r->options;
    return lin__is_live(r->net, "fit", "module") && lin__is_live(r->train, "fit", "dataset") &&
           (!r->test || lin__is_live(r->test, "fit", "dataset")) &&
           (!o->optimizer || lin__is_live(o->optimizer, "fit", "optimizer")) &&
           (!o->schedule || lin__is_live(o->schedule, "fit", "schedule")) &&
           (!o->history || lin__is_live(o->history, "fit", "history"));
}

/* Does the optimizer move anything of the net? One without parameters, lambdas say, may be moved by what it hides. */
static bool has_a_share(lin_module *net, const lin_optimizer *optimizer)
{
    lin_tensors own = lin_parameters(net), moved = lin_optimizer_parameters(optimizer);
    for (int i = 0; i < own.count; i++)
        for (int k = 0; k < moved.count; k++)
            if (own.at[i] == moved.at[k]) return true;
    return own.count == 0;
}

static int check_optimizer(const lin__run *r)
{
    lin_optimizer *optimizer = r->options->optimizer;
    if (!optimizer)
        return lin__fail(
            r->ctx, LIN_EINVAL,
            "fit: no optimizer was given: set .optimizer, to lin_sgd(lin_parameters(net), NULL) for example");
    if (lin_optimizer_context(optimizer) != r->ctx)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: the optimizer and the net are of two contexts");
    if (has_a_share(r->net, optimizer)) return 0;
    return lin__fail(r->ctx, LIN_EINVAL,
                     "fit: the optimizer has none of the net's parameters: make it from lin_parameters(net)");
}

static int check_schedule(const lin__run *r)
{
    const lin_fit_options *o = r->options;
    if (!o->schedule && o->schedule_every_step)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: schedule_every_step without a schedule");
    if (!o->schedule) return 0;
    if (lin_schedule_optimizer(o->schedule) != o->optimizer)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: the schedule is of another optimizer");
    if (o->schedule_every_step && lin_schedule_needs_metric(o->schedule))
        return lin__fail(r->ctx, LIN_EINVAL, "fit: a plateau looks at the loss of an epoch: leave schedule_every_step");
    return 0;
}

static int check_end(const lin__run *r)
{
    const lin_early_stopping *e = &r->options->early_stopping;
    if (e->patience < 0)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: a patience of %" PRId64 " epochs; it must be 0 or more",
                         e->patience);
    if (!isfinite(e->min_delta) || e->min_delta < 0)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: min_delta is %g; it must be 0 or more, and finite", e->min_delta);
    return 0;
}

static int check_checkpoint(const lin__run *r)
{
    const lin_checkpoint_options *c = &r->options->checkpoint;
    if (c->every < 0)
        return lin__fail(r->ctx, LIN_EINVAL, "fit: a checkpoint every %" PRId64 " updates; it must be 0 or more",
                         c->every);
    if (!c->directory && (c->every || c->resume || c->settings))
        return lin__fail(r->ctx, LIN_EINVAL, "fit: checkpoint options without a directory");
    if (c->settings && !lin__is_utf8(c->settings))
        return lin__fail(r->ctx, LIN_EINVAL, "fit: the checkpoint's settings are not UTF-8");
    return 0;
}

/* 0 or a code. An object that could not be made is not "none". */
static int check_options(const lin__run *r)
{
    const lin_fit_options *o = r->options;
    lin_ctx *ctx = r->ctx;
    bool all_given = o->optimizer && r->test && o->history && o->schedule;
    if (!all_given && r->failed_before) return lin_error_code_of(ctx);
    if (!o->loss) return lin__fail(ctx, LIN_EINVAL, "fit: no loss was given: set .loss, to lin_mse for example");
    if (o->epochs < 0) return lin__fail(ctx, LIN_EINVAL, "fit: %" PRId64 " epochs; 0 means 1", o->epochs);
    int code = check_optimizer(r);
    if (!code) code = check_schedule(r);
    if (!code) code = check_end(r);
    return code ? code : check_checkpoint(r);
}

int lin__run_check(lin__run *r)
{
    r->ctx = r->net ? lin_module_context(r->net) : r->train ? r->train->ctx : NULL;
    const char *absent = missing(r);
    if (absent) return lin__fail_null(r->ctx, absent);
    const lin_fit_options *o = r->options;
    r->failed_before = lin_error_code_of(r->ctx) != 0;
    r->epochs = o->epochs ? o->epochs : 1;
    r->at.epoch = 1;
    r->best.loss = INFINITY;
    r->task = (lin__task){.name = "fit",
                          .net = r->net,
                          .loss = o->loss,
                          .loss_options = o->loss_options,
                          .one_hot = o->one_hot,
                          .workers = o->workers};
    int code = all_live(r) ? check_options(r) : LIN_EINVAL;
    if (!code) code = lin__check_task(&r->task, r->train);
    return code || !r->test ? code : lin__check_task(&r->task, r->test);
}

/* ---- What it needs --------------------------------------------------------------------------------------------------- */

static lin_loader *make_loader(const lin__run *r)
{
    const lin_fit_options *o = r->options;
    lin_loader *loader =
        lin_loader_new(r->train, &(lin_loader_options){.batch_size = o->batch_size ? o->batch_size : 256,
                                                       .in_order = o->in_order,
                                                       .drop_last = o->drop_last,
                                                       .workers = o->workers});
    if (!loader || lin_loader_batches(loader) > 0) return loader;
    lin__fail(r->ctx, LIN_EINVAL, "fit: %" PRId64 " training rows make no batch of %" PRId64 "%s", lin_rows(r->train),
              lin_loader_batch_size(loader), o->drop_last ? ", and drop_last drops a short one" : "");
    return NULL;
}

static bool is_among(const lin_tensor *t, lin_tensors list)
{
    for (int i = 0; i < list.count; i++)
        if (list.at[i] == t) return true;
    return false;
}

/* The net's by name, then those that the optimizer has beyond: optimizer.0 … by their places in it. */
static int collect_parameters(lin__run *r)
{
    lin_tensors own = lin_parameters(r->net), all = lin_optimizer_parameters(r->options->optimizer);
    size_t most = (size_t)own.count + (size_t)all.count;
    const char **names = lin__alloc_array(r->ctx, r->depth, most, sizeof *names);
    lin_tensor **tensors = lin__alloc_array(r->ctx, r->depth, most, sizeof *tensors);
    if (!names || !tensors) return LIN_ENOMEM;
    int count = 0;
    for (; count < own.count; count++) {
        names[count] = lin_parameter_name(r->net, count);
        tensors[count] = own.at[count];
    }
    for (int i = 0; i < all.count; i++) {
        if (is_among(all.at[i], own)) continue;
        names[count] = lin__format(r->ctx, r->depth, "optimizer.%d", i);
        if (!names[count]) return LIN_ENOMEM;
        tensors[count++] = all.at[i];
    }
    r->parameters = (lin_state){count, names, tensors};
    return 0;
}

int lin__run_begin(lin__run *r)
{
    r->depth = lin__here(r->ctx);
    r->at.lr = lin_lr(r->options->optimizer);
    r->loader = make_loader(r);
    return r->loader ? collect_parameters(r) : lin_error_code_of(r->ctx);
}
