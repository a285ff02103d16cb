/* How to train. */
#include "recipe.h"

#include "context.h"
#include "failure.h"
#include "features.h"
#include "json.h"
#include "words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Losses --------------------------------------------------------------------------------------- */

bool loss_takes_numbers(lin_loss_fn *loss)
{
    return loss != lin_cross_entropy;
}

static const char *usual_loss(bool classification)
{
    return classification ? "cross-entropy" : "squared";
}

lin_loss_fn *recipe_loss(const char *text, bool classification)
{
    json_t *settings = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *name = json_string_value(json_object_get(settings, "loss"));
    lin_loss_fn *loss = name && is_choice(name, LOSSES) ? lin_loss_by_name(name) : NULL;
    json_decref(settings);
    bool fits = loss && (classification || loss_takes_numbers(loss));
    return fits ? loss : lin_loss_by_name(usual_loss(classification));
}

/* ---- Deciding ------------------------------------------------------------------------------------- */

lin_dtype recipe_dtype(const settings *s)
{
    return s->dtype && strcmp(s->dtype, "f64") == 0 ? LIN_F64 : LIN_F32;
}

/* Classes without a row; they may only be counted from 1, and so many of them may be amounts. */
static void tell_gap(const settings *s, const source *data)
{
    int64_t first = lin_item_i64(lin_min(data->y));
    bool shifted = first > 0 && data->classes_present == data->class_count - first;
    char advice[80] = "";
    if (shifted) snprintf(advice, sizeof advice, "; classes count from 0: subtract %" PRId64 " from each", first);
    if (!shifted && data->class_count > 2 * data->classes_present)
        snprintf(advice, sizeof advice, "; for amounts use --task regression");
    remark(s, "labels go up to %d, but only %d of %d classes occur%s", data->class_count - 1, data->classes_present,
           data->class_count, advice);
}

static int take_numbers(const settings *s, source *data)
{
    int code = source_as_numbers(data), classes = code || s->task ? 0 : source_seems_classes(data);
    if (classes)
        remark(s,
               "labels are whole numbers from 0 to %d, stored as floats, so this is a regression; for classes use "
               "--task classification",
               classes - 1);
    return code;
}

static int choose_task(recipe *r, const settings *s, source *data)
{
    r->classification = s->task ? strcmp(s->task, "classification") == 0 : source_has_integer_labels(data);
    if (!r->classification) return take_numbers(s, data);
    if (source_as_classes(data)) return failure_code();
    if (data->classes_present < 2)
        return fail_at(EXIT_DATA, data->labels_name,
                       "every label is %" PRId64 ": at least two classes are needed to tell apart",
                       lin_item_i64(lin_max(data->y)));
    if (data->classes_present < data->class_count) tell_gap(s, data);
    return 0;
}

const char *loss_called(const char *name)
{
    return strcmp(name, "mae") == 0 ? "l1" : name;
}

static int choose_loss(recipe *r, const settings *s)
{
    r->loss_name = s->loss ? s->loss : usual_loss(r->classification);
    r->loss_name = loss_called(r->loss_name);
    r->loss = lin_loss_by_name(r->loss_name);
    r->one_hot = r->classification && loss_takes_numbers(r->loss);
    if (r->classification || loss_takes_numbers(r->loss)) return 0;
    return fail_usage(
        "train", "--loss %s compares classes, and these labels are numbers; try --loss %s or --task classification",
        r->loss_name, usual_loss(false));
}

int recipe_make(recipe *r, const settings *s, source *data)
{
    *r = (recipe){.in_order = s->in_order, .seed = s->seed, .dtype = recipe_dtype(s)};
    if (choose_task(r, s, data) || choose_loss(r, s)) return failure_code();
    /* The book's: softmax regression on Fashion-MNIST, and linear regression on its synthetic data. */
    r->epochs = s->epochs ? s->epochs : r->classification ? 10 : 3;
    r->batch_size = s->batch_size ? s->batch_size : r->classification ? 256 : 10;
    r->lr = s->lr > 0 ? s->lr : r->classification ? 0.1 : 0.03;
    r->momentum = s->momentum;
    r->weight_decay = s->weight_decay;
    r->init = s->init ? s->init : "normal";
    r->schedule = s->schedule;
    r->schedule_by = s->schedule_by ? s->schedule_by : "epoch";
    r->patience = s->patience;
    r->min_delta = s->min_delta;
    return 0;
}

/* ---- The net -------------------------------------------------------------------------------------- */

/* lin_linear starts as nn.Linear does: that is "kaiming". The book's is weights N(0, 0.01²) and bias 0. */
static void start(lin_module *linear, const char *init)
{
    if (strcmp(init, "kaiming") == 0) return;
    bool zeros = strcmp(init, "zeros") == 0;
    if (zeros)
        lin_init_zeros(lin_weight(linear));
    else
        lin_init_normal(lin_weight(linear), 0, 0.01);
    lin_init_zeros(lin_bias(linear));
}

lin_module *recipe_net(const recipe *r, const source *data)
{
    lin_ctx *ctx = data->ctx;
    int64_t in = source_columns(data);
    int64_t out = r->classification ? data->class_count : lin_dim(data->y, 1);
    lin_module *linear = lin_linear(ctx, in, out);
    if (linear) start(linear, r->init);
    bool flat = source_row(data).ndim == 1;
    lin_module *net = flat ? lin_sequential(ctx, linear) : lin_sequential(ctx, lin_flatten(ctx), linear);
    if (!net || lin_error_code_of(ctx)) fail_library(ctx);
    return failure_code() ? NULL : net;
}

/* ---- The settings in the model -------------------------------------------------------------------- */

char *recipe_text(const recipe *r, int64_t steps)
{
    json_t *batch = r->batch_size == LIN_FULL_BATCH ? json_string("full") : json_integer(r->batch_size);
    json_t *o = json_pack("{s:s, s:I, s:o, s:f, s:f, s:f, s:s, s:b, s:s, s:o, s:I}", "loss", r->loss_name, "epochs",
                          (json_int_t)r->epochs, "batch_size", batch, "lr", r->lr, "momentum", r->momentum,
                          "weight_decay", r->weight_decay, "init", r->init, "in_order", r->in_order, "dtype",
                          lin_dtype_name(r->dtype), "seed", json_seed(r->seed), "steps", (json_int_t)steps);
    if (r->schedule) json_object_set_new(o, "schedule", json_string(r->schedule));
    if (r->schedule) json_object_set_new(o, "schedule_by", json_string(r->schedule_by));
    if (r->patience) json_object_set_new(o, "patience", json_integer(r->patience));
    if (r->patience) json_object_set_new(o, "min_delta", json_real(r->min_delta));
    char *text = json_spell(o);
    if (!text) fail(EXIT_FAILED, "out of memory");
    return text;
}
