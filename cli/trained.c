/* A model from a file, held against the data that it is given. */
#include "trained.h"

#include "context.h"
#include "failure.h"
#include "features.h"
#include "net.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The type of the model's numbers. It is asked in a context of its own, as the data come first in theirs: what is drawn for
 * synthetic data depends on what was drawn before. 0, or a failure. */
static int ask_type(const char *path, lin_dtype *dtype)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
    lin_module *net = ctx ? lin_load(ctx, path) : NULL;
    if (!net) fail_library(ctx);
    lin_tensors parameters = lin_parameters(net);
    *dtype = parameters.count ? lin_type(parameters.at[0]) : LIN_F32;
    lin_ctx_free(ctx);
    return failure_code();
}

/* A file that does not say what it was trained for is taken for a classifier if it has several outputs. */
static int load_model(lin_ctx *ctx, const char *path, trained *model)
{
    *model = (trained){.path = path};
    model->net = lin_load_with(ctx, path, &model->info);
    if (!model->net) return fail_library(ctx);
    const char *task = model->info.task;
    model->classification = task ? strcmp(task, "classification") == 0 : net_outputs(model->net) > 1;
    return 0;
}

/* Rows of another shape, or bytes where numbers are expected. */
static int check_rows(const trained *model, const source *data)
{
    lin_shape row = source_row(data), wanted = model->info.input;
    int64_t features = source_columns(data);
    bool said = wanted.ndim > 0;
    bool same =
        !said || (wanted.ndim == row.ndim && memcmp(wanted.dim, row.dim, (size_t)row.ndim * sizeof *row.dim) == 0);
    bool bytes = source_is_images(data), wants_bytes = wanted.ndim > 1 && model->info.input_dtype == LIN_U8;
    if (same && features == net_features(model->net) && (!said || bytes == wants_bytes)) return 0;
    char expected[256] = "";
    if (said)
        snprintf(expected, sizeof expected, "%s %s", wants_bytes ? "images of bytes" : "rows of numbers",
                 shape_text(wanted));
    else
        snprintf(expected, sizeof expected, "%" PRId64 " features", net_features(model->net));
    return fail(EXIT_MISMATCH, "%.500s expects %s, %.500s has %s %s", model->path, expected, data->name,
                bytes ? "images of bytes" : "rows of numbers", shape_text(row));
}

/* Names differ where both have names: those of a model trained on numbered labels are numbers. */
static int check_classes(const trained *model, const source *data)
{
    if (!model->classification || !data->classes) return 0;
    int64_t outputs = net_outputs(model->net);
    if (outputs != data->class_count)
        return fail(EXIT_MISMATCH, "%.500s tells %" PRId64 " classes apart, %.500s has %d", model->path, outputs,
                    data->name, data->class_count);
    for (int i = 0; i < data->class_count && i < model->info.class_count; i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", i);
        const char *name = model->info.classes[i];
        if (strcmp(name, data->classes[i]) != 0 && strcmp(name, number) != 0)
            return fail(EXIT_MISMATCH, "class %d is \"%.200s\" in %.500s and \"%.200s\" in %.500s", i, name,
                        model->path, data->classes[i], data->name);
    }
    return 0;
}

int trained_open(const settings *s, const char *target_option, lin_ctx **ctx, trained *model, source *data)
{
    const char *path = s->argument[0];
    if (known_find(path) && access(path, F_OK) != 0)
        return fail_usage(s->verb->name, "%s is data, and the model comes first: linnet %s %sMODEL DATA", path,
                          s->verb->name, s->verb->kinds ? "KIND " : "");
    lin_dtype dtype;
    if (ask_type(path, &dtype)) return failure_code();
    *ctx = context_new(s, dtype);
    if (!*ctx) return failure_code();
    source_request request = {
        .data = s->argument[1],
        .target = s->target,
        .target_option = target_option,
        .verb = s->verb->name,
        .whole = s->verb->kinds != NULL, /* a picture is of all rows */
        .train = s->split && strcmp(s->split, "train") == 0,
    };
    if (source_open(*ctx, &request, data)) return failure_code();
    if (s->split && !data->has_parts) return fail_usage(s->verb->name, "--split: %s has no parts", data->name);
    if (load_model(*ctx, path, model) || check_rows(model, data)) return failure_code();
    return check_classes(model, data);
}

int trained_open_alone(const settings *s, const char *path, lin_ctx **ctx, trained *model)
{
    lin_dtype dtype;
    if (ask_type(path, &dtype)) return failure_code();
    *ctx = context_new(s, dtype);
    return *ctx ? load_model(*ctx, path, model) : failure_code();
}

int trained_labels(const trained *model, source *data)
{
    int64_t outputs = net_outputs(model->net);
    if (!model->classification) {
        if (source_as_numbers(data)) return failure_code();
        if (lin_dim(data->y, 1) == outputs) return 0;
        return fail(EXIT_MISMATCH, "%.500s gives %" PRId64 " numbers per row, %.500s has %" PRId64, model->path,
                    outputs, data->labels_name, lin_dim(data->y, 1));
    }
    if (source_as_classes(data)) return failure_code();
    if (data->class_count <= outputs) return 0;
    return fail(EXIT_MISMATCH, "%.500s tells %" PRId64 " classes apart, %.500s has the label %d", model->path, outputs,
                data->labels_name, data->class_count - 1);
}

lin_tensor *trained_outputs(const trained *model, const source *data, int64_t from, int64_t to)
{
    enum { BATCH = 1024 };
    lin_ctx *ctx = data->ctx;
    lin_dataset *d = trained_dataset(model, data);
    lin_loader *loader = lin_loader_new(d ? lin_subset(d, from, to) : NULL,
                                        &(lin_loader_options){.batch_size = BATCH, .in_order = true});
    lin_tensor *all = lin_zeros(ctx, LIN_SHAPE(to - from, net_outputs(model->net)));
    lin_no_grad(ctx);
    int64_t rows = 0, at = 0;
    for (lin_batch m = {0}; loader && all && (rows = lin_loader_next(loader, &m)) > 0; at += rows)
        if (!lin_copy_(lin_slice(all, 0, at, at + rows), lin_forward(model->net, m.X))) break;
    if (lin_error_code_of(ctx)) fail_library(ctx);
    return failure_code() ? NULL : all;
}

bool trained_image_size(const trained *model, int64_t *height, int64_t *width)
{
    int64_t features = net_features(model->net), side = (int64_t)(sqrt((double)features) + 0.5);
    const lin_shape *row = &model->info.input;
    bool channel_first = row->ndim == 3 && row->dim[0] == 1;
    *height = row->ndim ? row->dim[channel_first] : side;
    *width = row->ndim > 1 ? row->dim[1 + channel_first] : side;
    if (row->ndim == 1) return false;
    return *height > 1 && *width > 1 && *height * *width == features;
}

/* Rows become lists of numbers: a net that flattens takes them as well as one that does not. */
lin_dataset *trained_dataset(const trained *model, const source *data)
{
    lin_dataset *d = source_dataset(data);
    if (!d) return NULL;
    lin_eval(model->net);
    lin_transform list[2];
    int count = 0;
    if (lin_row_type(d, 0) == LIN_U8) list[count++] = lin_to_tensor();
    list[count++] = lin_flatten_rows();
    if (lin_set_transforms(d, list, count) == 0) return d;
    fail_library(data->ctx);
    return NULL;
}

const char *trained_class(const trained *model, int64_t i, char *buffer)
{
    if (i < model->info.class_count) return model->info.classes[i];
    snprintf(buffer, CLASS_NUMBER, "%" PRId64, i);
    return buffer;
}
