/* What makes a run what it is: every number that its result depends on, and digests of its data. */
#include "base/error.h"
#include "base/region.h"
#include "data/dataset.h"
#include "model/safetensors.h"
#include "optim/optim.h"
#include "train/run.h"

#include <inttypes.h>
#include <linnet/autograd.h>
#include <string.h>

/* One flat object, key by key; what could not be added leaves it bad. */
typedef struct writer {
    const lin__run *r;
    json_t *doc;
    bool bad;
} writer;

static void put(writer *w, const char *key, json_t *value)
{
    if (json_object_set_new(w->doc, key, value)) w->bad = true;
}

static void put_number(writer *w, const char *key, double x)
{
    put(w, key, lin__exact_write(x));
}

/* NULL is null. */
static void put_text(writer *w, const char *key, const char *text)
{
    put(w, key, text ? json_string(text) : json_null());
}

static void put_hash(writer *w, const char *key, uint64_t hash)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    put_text(w, key, text);
}

/* ---- Data ------------------------------------------------------------------------------------------------------------ */

static uint64_t hash_elements(const lin_tensor *t, uint64_t seed)
{
    return lin__hash(t->data, (size_t)t->numel * lin__size_of((lin_dtype)t->dtype), seed);
}

/* Array k of d, `step` rows at a time. */
typedef struct reading {
    const lin_dataset *d;
    int k;
    size_t row; /* bytes */
    int64_t step;
    void *buffer;
} reading;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool hash_rows(const reading *r, int64_t from, int64_t to, uint64_t *hash)
{
    lin__hashing h = lin__hash_begin(*hash);
    for (; to - from > r->step; from += r->step) {
        const void *rows = lin__dataset_rows(r->d, r->k, from, from + r->step, r->buffer);
        if (!rows) return false;
        lin__hash_stripes(&h, rows, (size_t)r->step * r->row);
    }
    const void *rows = lin__dataset_rows(r->d, r->k, from, to, r->buffer);
    if (rows) *hash = lin__hash_end(&h, rows, (size_t)(to - from) * r->row);
    return rows;
}

/* How many rows at a time: whole stripes, and about 1 MiB where rows are short. */
static int64_t rows_at_once(size_t row)
{
    enum { STEP = 1 << 20 };
    size_t unit = 1; /* the fewest rows */
    while (unit * row % LIN__HASH_STRIPE)
        unit *= 2;
    size_t some = STEP / row / unit * unit;
    return (int64_t)(some ? some : unit);
}

/* In pieces of whole rows, about 64 MiB each. Those that are read from a file, or picked, need not fit into memory, nor need a piece. */
static bool hash_array(const lin_dataset *d, int k, uint64_t *hash)
{
    enum { PIECE = 1 << 26 };
    const lin_tensor *t = d->array[k];
    size_t row = t->numel ? (size_t)(t->numel / t->dim[0]) * lin__size_of((lin_dtype)t->dtype) : 0;
    int64_t some = row && row < PIECE ? (int64_t)(PIECE / row) : 1, rows = row ? d->rows : 0;
    reading r = {.d = d, .k = k, .row = row, .step = some};
    bool copied = row && lin__dataset_scattered(d, k);
    if (copied) r.step = rows_at_once(row);
    int64_t most = copied ? least(least(r.step, some), rows) : 0;
    lin_region mark = lin_mark(d->ctx);
    r.buffer = mark.ctx ? lin__alloc_array(d->ctx, lin__here(d->ctx), (size_t)most, row) : NULL;
    bool good = r.buffer;
    for (int64_t from = 0, to = 0; good && from < rows; from = to) {
        to = from + least(rows - from, some);
        good = hash_rows(&r, from, to, hash);
    }
    lin_release(mark);
    return good;
}

/* "rows of the training data" */
static const char *key_of(char out[80], const char *name, const char *set)
{
    snprintf(out, 80, "%s of the %s data", name, set);
    return out;
}

static json_t *transform_json(const lin_transform *t)
{
    static const char *const names[] = {"to_tensor", "resize", "normalize", "flatten"};
    json_t *list = json_pack("[s]", names[t->kind]);
    bool bad = false;
    if (t->kind == LIN_RESIZE)
        bad =
            json_array_append_new(list, json_integer(t->height)) || json_array_append_new(list, json_integer(t->width));
    for (int c = 0; t->kind == LIN_NORMALIZE && c < t->channels; c++)
        bad = bad || json_array_append_new(list, lin__exact_write(t->mean[c])) ||
              json_array_append_new(list, lin__exact_write(t->std[c]));
    if (!bad) return list;
    json_decref(list);
    return NULL;
}

static json_t *transforms_json(const lin_dataset *d)
{
    json_t *list = json_array();
    for (int i = 0; list && i < d->transform_count; i++)
        if (json_array_append_new(list, transform_json(&d->transform[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* "(28, 28) u8" for each array. */
static json_t *arrays_json(const lin_dataset *d)
{
    json_t *list = json_array();
    for (int k = 0; list && k < d->array_count; k++) {
        const lin_tensor *t = d->array[k];
        char shape[LIN__SHAPE_TEXT], text[LIN__SHAPE_TEXT + 8];
        snprintf(text, sizeof text, "%s %s", lin__shape_text(shape, t->dim + 1, t->ndim - 1),
                 lin_dtype_name((lin_dtype)t->dtype));
        if (json_array_append_new(list, json_string(text))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void put_data(writer *w, const char *set, const lin_dataset *d)
{
    char key[80];
    put(w, key_of(key, "rows", set), d ? json_integer(d->rows) : json_null());
    if (!d) return;
    put(w, key_of(key, "arrays", set), arrays_json(d));
    put(w, key_of(key, "transforms", set), transforms_json(d));
    uint64_t hash = 0;
    for (int k = 0; k < d->array_count; k++)
        w->bad = !hash_array(d, k, &hash) || w->bad;
    put_hash(w, key_of(key, "digest", set), hash);
}

/* ---- Loss, optimizer, the rest --------------------------------------------------------------------------------------- */

static void put_tensor(writer *w, const char *key, lin_tensor *t)
{
    const lin_tensor *whole = t ? lin_contiguous(lin_detach(t)) : NULL;
    if (t && !whole) w->bad = true;
    if (whole)
        put_hash(w, key, hash_elements(whole, 0));
    else
        put_text(w, key, NULL);
}

static void put_loss(writer *w)
{
    const lin_fit_options *o = w->r->options;
    const lin_loss_options *l = &o->loss_options;
    put_text(w, "loss", lin_loss_name(o->loss));
    put_number(w, "delta", l->delta);
    put_number(w, "beta", l->beta);
    put_number(w, "label smoothing", l->label_smoothing);
    put(w, "ignored label", l->ignore_index ? json_integer(*l->ignore_index) : json_null());
    put_number(w, "eps", l->eps);
    put(w, "full", json_boolean(l->full));
    put_tensor(w, "class weight", l->weight);
    put_tensor(w, "variance", l->var);
    put(w, "one_hot", json_boolean(o->one_hot));
}

static const char *name_of(const lin__run *r, const lin_tensor *t)
{
    for (int i = 0; i < r->parameters.count; i++)
        if (r->parameters.tensors[i] == t) return r->parameters.names[i];
    return "";
}

static json_t *parameters_json(const lin__run *r)
{
    lin_tensors all = lin_optimizer_parameters(r->options->optimizer);
    json_t *list = json_array();
    for (int i = 0; list && i < all.count; i++)
        if (json_array_append_new(list, json_string(name_of(r, all.at[i])))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static void put_optimizer(writer *w)
{
    const lin_fit_options *o = w->r->options;
    const lin__sgd *sgd = lin__sgd_options(o->optimizer);
    put_number(w, "lr", lin__initial_lr(o->optimizer));
    put_number(w, "momentum", sgd->momentum);
    put_number(w, "dampening", sgd->dampening);
    put_number(w, "weight decay", sgd->weight_decay);
    put(w, "nesterov", json_boolean(sgd->nesterov));
    put(w, "maximize", json_boolean(sgd->maximize));
    put(w, "trained parameters", parameters_json(w->r));
    const char *schedule = lin_schedule_text(o->schedule);
    if (o->schedule && !schedule) w->bad = true;
    put_text(w, "schedule", schedule);
    put(w, "schedule at every step", json_boolean(o->schedule_every_step));
}

static void put_run(writer *w)
{
    const lin_fit_options *o = w->r->options;
    const lin_early_stopping *e = &o->early_stopping;
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, w->r->ctx->seed);
    put_text(w, "seed", seed);
    put_text(w, "net", lin_module_text(w->r->net));
    put_loss(w);
    put_optimizer(w);
    put(w, "batch size", json_integer(lin_loader_batch_size(w->r->loader)));
    put(w, "in order", json_boolean(o->in_order));
    put(w, "drop_last", json_boolean(o->drop_last));
    put(w, "patience", json_integer(e->patience));
    put_number(w, "min_delta", e->min_delta);
    put(w, "watch_train", json_boolean(e->watch_train));
    put(w, "restore_best", json_boolean(e->restore_best));
    put_text(w, "settings", o->checkpoint.settings);
    put_data(w, "training", w->r->train);
    put_data(w, "test", w->r->test);
}

json_t *lin__settings(const lin__run *r)
{
    writer w = {.r = r, .doc = json_object()};
    put_run(&w);
    if (!w.bad) return w.doc;
    json_decref(w.doc);
    lin__fail(r->ctx, LIN_ENOMEM, "out of memory: the settings of a run as JSON");
    return NULL;
}

/* ---- Comparing ------------------------------------------------------------------------------------------------------- */

/* NULL without memory. */
static const char *value_text(const lin__run *r, json_t *value)
{
    return value ? lin__json_text(r->ctx, lin__here(r->ctx), value) : "not said";
}

int lin__settings_agree(const lin__run *r, const lin__header *header, json_t *settings)
{
    json_t *own = r->checkpoints.settings, *value;
    const char *key;
    json_object_foreach(own, key, value)
    {
        json_t *there = json_object_get(settings, key);
        if (json_equal(value, there)) continue;
        const char *theirs = value_text(r, there), *ours = value_text(r, value);
        if (!theirs || !ours) return LIN_ENOMEM;
        char place[120];
        snprintf(place, sizeof place, "run/%s", key);
        return lin__fail_byte(r->ctx, LIN_EMISMATCH, header->path, lin__linnet_byte(header, place),
                              "the checkpoint is of another run: %s: %.200s there, %.200s here", key, theirs, ours);
    }
    if (json_object_size(settings) == json_object_size(own)) return 0;
    return lin__fail_byte(r->ctx, LIN_EMISMATCH, header->path, lin__linnet_byte(header, "run"),
                          "the checkpoint is of another run: it has settings that this run has not");
}
