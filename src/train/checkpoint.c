/* Writing a checkpoint: the run's tensors, and the rest of its state as JSON. */
#include "train/checkpoint.h"

#include "base/error.h"
#include "base/region.h"
#include "data/dataset.h"
#include "optim/optim.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Its tensors ----------------------------------------------------------------------------------------------------- */

static void epoch_to_row(const lin_epoch *e, double *row)
{
    const double values[LIN__HISTORY_COLUMNS] = {e->train_loss, e->train_acc, e->test_loss, e->test_acc, e->lr};
    for (int i = 0; i < LIN__HISTORY_COLUMNS; i++)
        row[i] = isnan(values[i]) ? NAN : values[i]; /* one NaN only: equal runs give equal files */
}

static lin_tensor *history_tensor(const lin__run *r)
{
    const lin_history *h = r->checkpoints.history;
    int64_t count = lin_history_count(h);
    lin_tensor *t = lin_full_dtype(r->ctx, 0, LIN_SHAPE(count, LIN__HISTORY_COLUMNS), LIN_F64);
    for (int64_t i = 0; t && i < count; i++)
        epoch_to_row(lin_history_at(h, i), lin_f64(t) + i * LIN__HISTORY_COLUMNS);
    return t;
}

/* What is to be written, in this order. */
typedef struct table {
    const lin__run *r;
    int count;
    const char **names;
    lin_tensor **tensors;
    bool bad; /* no memory */
} table;

static void add(table *t, const char *name, lin_tensor *tensor)
{
    if (!name || !tensor) t->bad = true;
    t->names[t->count] = name;
    t->tensors[t->count++] = tensor;
}

const char *lin__best_name(const lin__run *r, int i)
{
    return lin__format(r->ctx, lin__here(r->ctx), "best.%s", r->parameters.names[i]);
}

const char *lin__velocity_name(const lin__run *r, int i)
{
    return lin__format(r->ctx, lin__here(r->ctx), "optimizer.%d.momentum_buffer", i);
}

static void add_parameters(table *t)
{
    const lin__run *r = t->r;
    for (int i = 0; i < r->parameters.count; i++)
        add(t, r->parameters.names[i], r->parameters.tensors[i]);
    for (int i = 0; r->best.values && i < r->parameters.count; i++)
        add(t, lin__best_name(r, i), r->best.values[i]);
}

static void add_velocities(table *t)
{
    const lin_optimizer *o = t->r->options->optimizer;
    for (int i = 0; i < lin_optimizer_parameters(o).count; i++)
        if (lin__has_velocity(o, i)) add(t, lin__velocity_name(t->r, i), lin__velocity(o, i));
}

/* The tensors of the run as it is now, in the innermost region. False without memory. */
static bool collect(const lin__run *r, table *t)
{
    size_t most = 2 * (size_t)r->parameters.count + (size_t)lin_optimizer_parameters(r->options->optimizer).count + 1;
    *t = (table){.r = r};
    t->names = lin__alloc_array(r->ctx, lin__here(r->ctx), most, sizeof *t->names);
    t->tensors = lin__alloc_array(r->ctx, lin__here(r->ctx), most, sizeof *t->tensors);
    if (!t->names || !t->tensors) return false;
    add_parameters(t);
    add_velocities(t);
    add(t, "history", history_tensor(r));
    return !t->bad;
}

/* ---- Writing --------------------------------------------------------------------------------------------------------- */

static json_t *progress_json(const lin__progress *p)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:b}", "epoch", (json_int_t)p->epoch, "step",
                     (json_int_t)p->step, "steps_done", (json_int_t)p->steps_done, "rows", (json_int_t)p->rows,
                     "labels", (json_int_t)p->labels, "correct", (json_int_t)p->correct, "loss",
                     lin__exact_write(p->loss), "lr", lin__exact_write(p->lr), "classifies", p->classifies);
}

static json_t *schedule_json(const lin_schedule *schedule)
{
    if (!schedule) return json_null();
    lin_schedule_state s = lin_schedule_state_of(schedule);
    return json_pack("{s:I, s:o, s:o, s:I, s:I}", "steps", (json_int_t)s.steps, "lr", lin__exact_write(s.lr), "best",
                     lin__exact_write(s.best), "bad_steps", (json_int_t)s.bad_steps, "cooldown",
                     (json_int_t)s.cooldown);
}

static json_t *best_json(const lin__best *b)
{
    return json_pack("{s:o, s:I, s:I}", "loss", lin__exact_write(b->loss), "epoch", (json_int_t)b->epoch, "bad_epochs",
                     (json_int_t)b->bad_epochs);
}

/* The numbers that random streams are told apart by. */
static json_t *counters_json(const lin__run *r)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "loader", (json_int_t)lin__loader_number(r->loader), "pass",
                     (json_int_t)r->at.epoch - 1, "loaders", (json_int_t)r->ctx->loaders, "creations",
                     (json_int_t)r->ctx->creations);
}

static json_t *document(const lin__run *r)
{
    const lin_optimizer *o = r->options->optimizer;
    return json_pack("{s:i, s:O, s:o, s:{s:o, s:o}, s:o, s:o, s:o}", "checkpoint", LIN__CHECKPOINT_FORMAT, "run",
                     r->checkpoints.settings, "progress", progress_json(&r->at), "optimizer", "lr",
                     lin__exact_write(lin_lr(o)), "initial_lr", lin__exact_write(lin__initial_lr(o)), "schedule",
                     schedule_json(r->options->schedule), "best", best_json(&r->best), "counters", counters_json(r));
}

/* The document and its digest as text in the innermost region; NULL with a cause. */
static const char *document_text(const lin__run *r, lin_state state)
{
    lin_ctx *ctx = r->ctx;
    json_t *doc = document(r);
    const char *text = doc ? lin__json_text(ctx, lin__here(ctx), doc) : NULL;
    char digest[17];
    if (text) snprintf(digest, sizeof digest, "%016" PRIx64, lin__checkpoint_digest(text, state));
    if (text && !json_object_set_new(doc, "digest", json_string(digest)))
        text = lin__json_text(ctx, lin__here(ctx), doc);
    else
        text = NULL;
    json_decref(doc);
    if (!text) lin__fail(ctx, LIN_ENOMEM, "out of memory: the state of a run as JSON");
    return text;
}

int lin__checkpoint_write(lin__run *r, const char *path)
{
    table t;
    if (!collect(r, &t)) return LIN_ENOMEM;
    lin_state state = {t.count, t.names, t.tensors};
    const char *text = document_text(r, state);
    return text ? lin__safetensors_write(r->ctx, path, state, text) : LIN_ENOMEM;
}
