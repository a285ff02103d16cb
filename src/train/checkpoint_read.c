/* Reading a checkpoint: the digest first, then whose it is, then every value, and only then is the run changed. */
#include "train/checkpoint.h"

#include "base/error.h"
#include "base/region.h"
#include "data/dataset.h"
#include "optim/optim.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Beyond it a number is no exact double. */
static const int64_t most_counted = (int64_t)1 << 53;

/* What a file says, before any of it is taken over. */
typedef struct stored {
    lin__run *r;
    lin__header header;
    lin_state state;
    lin__progress at;
    double lr, initial_lr;
    lin_schedule_state schedule;
    lin__best best;
    int64_t loader, pass, loaders, creations;
    int taken;          /* tensors that have found their place */
    const char *within; /* the object that is read */
    const char *bad_in,
        *bad; /* the first key that is missing, or not what it should be, and the object that should have it */
} stored;

#define FAIL(s, code, byte, ...) lin__fail_byte((s)->r->ctx, code, (s)->header.path, byte, __VA_ARGS__)

static void note_bad(stored *s, const char *key)
{
    if (s->bad) return;
    s->bad = key;
    s->bad_in = s->within;
}

static const json_t *enter(stored *s, const json_t *doc, const char *key)
{
    s->within = key;
    return json_object_get(doc, key);
}

static int64_t whole(stored *s, const json_t *from, const char *key, int64_t least, int64_t most)
{
    const json_t *value = json_object_get(from, key);
    json_int_t x = json_integer_value(value);
    if (json_is_integer(value) && x >= least && x <= most) return x;
    note_bad(s, key);
    return least;
}

static double exact(stored *s, const json_t *from, const char *key)
{
    double x = 0;
    if (!lin__exact_read(json_object_get(from, key), &x)) note_bad(s, key);
    return x;
}

static double rate(stored *s, const json_t *from, const char *key)
{
    double x = exact(s, from, key);
    if (!(isfinite(x) && x >= 0)) note_bad(s, key);
    return x;
}

static void parse_progress(stored *s, const json_t *from)
{
    lin__progress *p = &s->at;
    p->epoch = whole(s, from, "epoch", 1, UINT32_MAX);
    p->step = whole(s, from, "step", 0, lin_loader_batches(s->r->loader));
    p->steps_done = whole(s, from, "steps_done", 0, INT64_MAX);
    p->rows = whole(s, from, "rows", 0, most_counted);
    p->labels = whole(s, from, "labels", 0, most_counted);
    p->correct = whole(s, from, "correct", 0, p->labels);
    p->loss = exact(s, from, "loss");
    p->lr = rate(s, from, "lr");
    const json_t *classifies = json_object_get(from, "classifies");
    p->classifies = json_is_true(classifies);
    if (!json_is_boolean(classifies)) note_bad(s, "classifies");
    int64_t steps;
    if (__builtin_mul_overflow(p->epoch - 1, lin_loader_batches(s->r->loader), &steps) ||
        p->steps_done != steps + p->step)
        note_bad(s, "steps_done");
}

static void parse_schedule(stored *s, const json_t *from)
{
    if (!s->r->options->schedule) return;
    s->schedule = (lin_schedule_state){.steps = whole(s, from, "steps", 0, most_counted),
                                       .lr = rate(s, from, "lr"),
                                       .best = exact(s, from, "best"),
                                       .bad_steps = whole(s, from, "bad_steps", 0, most_counted),
                                       .cooldown = whole(s, from, "cooldown", 0, most_counted)};
    if (isnan(s->schedule.best)) note_bad(s, "best");
}

static void parse_best(stored *s, const json_t *from)
{
    s->best = (lin__best){.loss = exact(s, from, "loss"),
                          .epoch = whole(s, from, "epoch", 0, s->at.epoch - 1),
                          .bad_epochs = whole(s, from, "bad_epochs", 0, s->at.epoch - 1)};
    if (isnan(s->best.loss)) note_bad(s, "loss");
}

static void parse_counters(stored *s, const json_t *from)
{
    s->loader = whole(s, from, "loader", 0, 0xffffff);
    s->pass = whole(s, from, "pass", s->at.epoch - 1, s->at.epoch - 1);
    s->loaders = whole(s, from, "loaders", 0, INT64_MAX);
    s->creations = whole(s, from, "creations", 0, INT64_MAX);
}

static int fail_key(const stored *s)
{
    char place[80];
    snprintf(place, sizeof place, "%s/%s", s->bad_in, s->bad);
    return FAIL(s, LIN_EDATA, lin__linnet_byte(&s->header, place),
                "this is no good checkpoint: \"%s\" of its \"%s\" is missing, or not what it can be", s->bad,
                s->bad_in);
}

static int parse(stored *s, const json_t *doc)
{
    parse_progress(s, enter(s, doc, "progress"));
    const json_t *optimizer = enter(s, doc, "optimizer");
    s->lr = rate(s, optimizer, "lr");
    s->initial_lr = rate(s, optimizer, "initial_lr");
    parse_schedule(s, enter(s, doc, "schedule"));
    parse_best(s, enter(s, doc, "best"));
    parse_counters(s, enter(s, doc, "counters"));
    if (s->bad) return fail_key(s);
    int64_t whole_epochs = s->at.epoch - 1, asked = s->r->epochs;
    if (whole_epochs < asked || (whole_epochs == asked && !s->at.step)) return 0;
    return lin__fail_file(s->r->ctx, LIN_EMISMATCH, s->header.path,
                          "the checkpoint has gone through more than the %" PRId64 " epoch%s asked for", asked,
                          asked == 1 ? " that is" : "s that are");
}

/* The place of a tensor in the file, -1 if it is not there: looked for from behind the last one, as they come in the same order. */
static int find(const stored *s, const char *name)
{
    for (int k = 0; k < s->state.count; k++) {
        int i = (s->taken + k) % s->state.count;
        if (!strcmp(name, s->state.names[i])) return i;
    }
    return -1;
}

/* The file's tensor of that name (NULL: there was no memory for it), in the shape and type of `like`; NULL with a cause. */
static lin_tensor *take(stored *s, const char *name, const lin_tensor *like)
{
    if (!name) return NULL;
    int i = find(s, name);
    if (i < 0) {
        FAIL(s, LIN_EDATA, LIN__HEADER_AT, "this is no good checkpoint: there is no tensor \"%s\" in it", name);
        return NULL;
    }
    s->taken++;
    lin_tensor *t = s->state.tensors[i];
    if (t->dtype == like->dtype && lin__same_shape(t, like)) return t;
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    FAIL(s, LIN_EMISMATCH, lin__tensor_byte(&s->header, name),
         "the checkpoint is of another run: tensor \"%s\": %s %s there, %s %s here", name,
         lin__shape_text(a, t->dim, t->ndim), lin_dtype_name((lin_dtype)t->dtype),
         lin__shape_text(b, like->dim, like->ndim), lin_dtype_name((lin_dtype)like->dtype));
    return NULL;
}

/* Every tensor at its place: those of the parameters, of the best epoch, of the optimizer, and the history. */
typedef struct places {
    lin_tensor **parameters, **best, **velocities; /* a velocity that is NULL has not begun */
    const lin_tensor *history;
} places;

static lin_tensor **pointers(const stored *s, int count)
{
    lin_ctx *ctx = s->r->ctx;
    return lin__alloc_array(ctx, lin__here(ctx), (size_t)count, sizeof(lin_tensor *));
}

static bool place_parameters(stored *s, places *p)
{
    const lin__run *r = s->r;
    int count = r->parameters.count;
    p->parameters = pointers(s, count);
    for (int i = 0; p->parameters && i < count; i++)
        if (!(p->parameters[i] = take(s, r->parameters.names[i], r->parameters.tensors[i]))) return false;
    if (!p->parameters || !r->options->early_stopping.restore_best || !s->best.epoch) return p->parameters;
    p->best = pointers(s, count);
    for (int i = 0; p->best && i < count; i++)
        if (!(p->best[i] = take(s, lin__best_name(r, i), r->parameters.tensors[i]))) return false;
    return p->best;
}

static bool place_velocities(stored *s, places *p)
{
    const lin__run *r = s->r;
    lin_tensors all = lin_optimizer_parameters(r->options->optimizer);
    bool momentum = lin__sgd_options(r->options->optimizer)->momentum > 0;
    p->velocities = pointers(s, all.count);
    for (int i = 0; p->velocities && i < all.count; i++) {
        const char *name = lin__velocity_name(r, i);
        if (!name) return false;
        p->velocities[i] = momentum && find(s, name) >= 0 ? take(s, name, all.at[i]) : NULL;
        if (!p->velocities[i] && lin__failed(r->ctx)) return false;
    }
    return p->velocities;
}

static bool place_history(stored *s, places *p)
{
    lin_tensor *like = lin_full_dtype(s->r->ctx, 0, LIN_SHAPE(s->at.epoch - 1, LIN__HISTORY_COLUMNS), LIN_F64);
    p->history = like ? take(s, "history", like) : NULL;
    return p->history != NULL;
}

static int place(stored *s, places *p)
{
    lin_ctx *ctx = s->r->ctx;
    if (!place_parameters(s, p) || !place_velocities(s, p) || !place_history(s, p)) return lin_error_code_of(ctx);
    if (p->best && lin__early_keep(s->r)) return LIN_ENOMEM;
    if (s->taken == s->state.count) return 0;
    return FAIL(s, LIN_EDATA, LIN__HEADER_AT,
                "this is no good checkpoint: it has %d tensors, of which %d have a place in this run", s->state.count,
                s->taken);
}

/* ---- Taking over ----------------------------------------------------------------------------------------------------- */

static void fill(lin_tensor *t, const lin_tensor *from)
{
    lin__copy_elements(t, from);
    t->storage->version++;
}

static void take_over_tensors(const stored *s, const places *p)
{
    const lin__run *r = s->r;
    for (int i = 0; i < r->parameters.count; i++) {
        fill(r->parameters.tensors[i], p->parameters[i]);
        if (p->best) fill(r->best.values[i], p->best[i]);
    }
}

static int take_over_optimizer(const stored *s, const places *p)
{
    lin_optimizer *o = s->r->options->optimizer;
    for (int i = 0; i < lin_optimizer_parameters(o).count; i++) {
        const lin_tensor *from = p->velocities ? p->velocities[i] : NULL;
        lin__set_started(o, i, from != NULL);
        lin_tensor *velocity = from ? lin__velocity(o, i) : NULL;
        if (from && !velocity) return LIN_ENOMEM;
        if (velocity) lin__copy_elements(velocity, from);
    }
    int code = s->r->options->schedule ? lin_schedule_set_state(s->r->options->schedule, &s->schedule) : 0;
    if (!code) code = lin_set_lr(o, s->initial_lr);
    lin__schedule_lr(o, s->lr);
    return code;
}

static lin_epoch epoch_of_row(int64_t epoch, const double *row)
{
    return (lin_epoch){.epoch = epoch,
                       .train_loss = row[0],
                       .train_acc = row[1],
                       .test_loss = row[2],
                       .test_acc = row[3],
                       .lr = row[4],
                       .seconds = NAN};
}

static int take_over_history(const stored *s, const places *p)
{
    const lin__run *r = s->r;
    const double *row = lin_const_data_ptr(p->history);
    for (int64_t i = 0; i < s->at.epoch - 1; i++, row += LIN__HISTORY_COLUMNS) {
        lin_epoch e = epoch_of_row(i + 1, row);
        int code = lin_history_add(r->checkpoints.history, &e);
        if (!code && r->options->history) code = lin_history_add(r->options->history, &e);
        if (code) return code;
    }
    return 0;
}

static int take_over(const stored *s, const places *p)
{
    lin__run *r = s->r;
    lin_tensor **values = r->best.values;
    take_over_tensors(s, p);
    r->best = s->best;
    r->best.values = values;
    r->at = s->at;
    lin__loader_set_number(r->loader, (uint64_t)s->loader);
    r->ctx->loaders = (uint64_t)s->loaders;
    r->ctx->creations = (uint64_t)s->creations;
    int code = take_over_optimizer(s, p);
    return code ? code : take_over_history(s, p);
}

/* ---- From the file --------------------------------------------------------------------------------------------------- */

/* The JSON of a header; NULL with a cause if the file is no checkpoint. */
static json_t *read_document(const stored *s)
{
    if (!s->header.linnet) {
        FAIL(s, LIN_EDATA, LIN__HEADER_AT, "this is no checkpoint: a safetensors file of something else");
        return NULL;
    }
    json_t *doc = lin__linnet_parse(s->r->ctx, &s->header);
    if (!doc || lin__is_checkpoint(doc)) return doc;
    FAIL(s, LIN_EDATA, lin__linnet_byte(&s->header, "checkpoint"), "this is no checkpoint: a model, or something else");
    json_decref(doc);
    return NULL;
}

static int check_format(const stored *s, const json_t *doc)
{
    json_int_t format = json_integer_value(json_object_get(doc, "checkpoint"));
    if (format == LIN__CHECKPOINT_FORMAT) return 0;
    return FAIL(s, LIN_EVERSION, lin__linnet_byte(&s->header, "checkpoint"),
                "this is a checkpoint of format %" JSON_INTEGER_FORMAT
                ", this linnet (%s) reads format %d: go on with the linnet that wrote it",
                format, lin_version(), LIN__CHECKPOINT_FORMAT);
}

/* The digest comes before all that a damaged file could say, its format too. */
static int read_all(stored *s, json_t *doc)
{
    places p = {0};
    int code = lin__checkpoint_whole(s->r->ctx, &s->header, doc, s->state);
    if (!code) code = check_format(s, doc);
    if (!code) code = lin__settings_agree(s->r, &s->header, json_object_get(doc, "run"));
    if (!code) code = parse(s, doc);
    if (!code) code = place(s, &p);
    return code ? code : take_over(s, &p);
}

int lin__checkpoint_read(lin__run *r, const char *path)
{
    stored s = {.r = r};
    int code = lin__safetensors_read(r->ctx, path, &s.header, &s.state);
    if (code) return code;
    json_t *doc = read_document(&s);
    if (!doc) return lin_error_code_of(r->ctx);
    code = read_all(&s, doc);
    json_decref(doc);
    return code;
}
