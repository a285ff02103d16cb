/* What a model file says beside its layers: task, classes, input, training settings; to JSON and back. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/region.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const tasks[] = {"classification", "regression"};
static const lin_dtype types[] = {LIN_F32, LIN_F64, LIN_I64, LIN_U8};
enum { TASKS = sizeof tasks / sizeof *tasks, TYPES = sizeof types / sizeof *types };

/* The task of that name, which lives for ever, or NULL. */
static const char *task_of(const char *name)
{
    for (int i = 0; name && i < TASKS; i++)
        if (!strcmp(name, tasks[i])) return tasks[i];
    return NULL;
}

static bool is_type(lin_dtype dtype)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i] == dtype) return true;
    return false;
}

/* Sizes from 1 on, whose product fits. */
static bool is_row_shape(const lin_shape *shape)
{
    if (shape->ndim < 1 || shape->ndim > LIN_MAX_DIMS) return false;
    for (int i = 0; i < shape->ndim; i++)
        if (shape->dim[i] < 1) return false;
    size_t bytes;
    return lin__shape_bytes(shape->dim, shape->ndim, sizeof(double), &bytes);
}

/* ---- Writing ------------------------------------------------------------------------------------ */

/* jansson gives NULL for want of memory, here and where NULL is appended; what is wrong was said before. */
static int set(lin_ctx *ctx, json_t *doc, const char *key, json_t *value)
{
    if (!json_object_set_new(doc, key, value)) return 0;
    return lin__fail(ctx, LIN_ENOMEM, "out of memory: \"%s\" of a model file", key);
}

static int write_task(lin_ctx *ctx, json_t *doc, const lin_model_info *info)
{
    if (!info->task) return 0;
    if (!task_of(info->task))
        return lin__fail(ctx, LIN_EINVAL, "save: info.task is \"%.40s\", expected \"classification\" or \"regression\"",
                         info->task);
    return set(ctx, doc, "task", json_string(info->task));
}

static int write_classes(lin_ctx *ctx, json_t *doc, const lin_model_info *info, int64_t outputs)
{
    if (!info->class_count) return 0;
    if (info->class_count < 0 || !info->classes)
        return lin__fail(ctx, LIN_EINVAL, "save: info has %d classes without a list of them", info->class_count);
    if (outputs >= 0 && info->class_count != outputs)
        return lin__fail(ctx, LIN_EINVAL, "save: info has %d classes, the net gives %" PRId64 " values",
                         info->class_count, outputs);
    for (int i = 0; i < info->class_count; i++) {
        const char *name = info->classes[i];
        if (name && lin__is_utf8(name)) continue;
        return lin__fail(ctx, LIN_EINVAL, "save: info.classes[%d] is %s", i, name ? "not UTF-8" : "NULL");
    }
    json_t *list = json_array();
    for (int i = 0; list && i < info->class_count; i++)
        if (json_array_append_new(list, json_string(info->classes[i]))) {
            json_decref(list);
            list = NULL;
        }
    return set(ctx, doc, "classes", list);
}

static int write_input(lin_ctx *ctx, json_t *doc, const lin_model_info *info)
{
    if (!info->input.ndim) return 0;
    if (!is_row_shape(&info->input)) {
        char text[LIN__SHAPE_TEXT];
        return lin__fail(ctx, LIN_EINVAL, "save: info.input is %s, expected 1 to %d sizes from 1 on",
                         lin__shape_text(text, info->input.dim, info->input.ndim), LIN_MAX_DIMS);
    }
    if (!is_type(info->input_dtype))
        return lin__fail(ctx, LIN_EINVAL, "save: info.input_dtype is %d, which is no type", (int)info->input_dtype);
    json_t *shape = json_array();
    for (int i = 0; i < info->input.ndim; i++)
        if (json_array_append_new(shape, json_integer(info->input.dim[i]))) {
            json_decref(shape);
            shape = NULL;
        }
    return set(ctx, doc, "input", json_pack("{s:o, s:s}", "shape", shape, "dtype", lin_dtype_name(info->input_dtype)));
}

static int write_training(lin_ctx *ctx, json_t *doc, const lin_model_info *info)
{
    if (!info->training) return 0;
    json_t *settings = lin__json_parse(ctx, NULL, NULL, "save: info.training", info->training, strlen(info->training));
    if (!settings) return lin_error_code_of(ctx);
    if (json_is_object(settings)) return set(ctx, doc, "training", settings);
    json_decref(settings);
    return lin__fail(ctx, LIN_EINVAL, "save: info.training is not a JSON object");
}

int lin__info_write(lin_ctx *ctx, json_t *doc, const lin_model_info *info, int64_t outputs)
{
    int code = write_task(ctx, doc, info);
    if (!code) code = write_classes(ctx, doc, info, outputs);
    if (!code) code = write_input(ctx, doc, info);
    return code ? code : write_training(ctx, doc, info);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

typedef struct reading {
    lin_ctx *ctx;
    uint32_t depth; /* where it is to live */
    const lin__header *header;
} reading;

/* Something is wrong with the value at that path of linnet's JSON. */
#define BAD(r, at, ...) \
    lin__fail_byte((r)->ctx, LIN_EDATA, (r)->header->path, lin__linnet_byte((r)->header, at), __VA_ARGS__)

static int read_task(const reading *r, const json_t *value, lin_model_info *info)
{
    if (!value) return 0;
    info->task = task_of(json_string_value(value));
    return info->task ? 0 : BAD(r, "task", "\"task\" is not \"classification\" or \"regression\"");
}

static int read_classes(const reading *r, const json_t *list, lin_model_info *info, int64_t outputs)
{
    if (!list) return 0;
    if (!json_is_array(list)) return BAD(r, "classes", "\"classes\" is not a list");
    size_t count = json_array_size(list);
    if (outputs >= 0 && (int64_t)count != outputs)
        return BAD(r, "classes", "\"classes\" has %zu names, the net gives %" PRId64 " values", count, outputs);
    const char **names = lin__alloc_array(r->ctx, r->depth, count, sizeof *names);
    if (!names) return LIN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_array_get(list, i);
        char at[40];
        snprintf(at, sizeof at, "classes/%zu", i);
        if (!json_is_string(name) || strlen(json_string_value(name)) != json_string_length(name))
            return BAD(r, at, "the name of class %zu is not a string, or holds a NUL", i);
        if (!(names[i] = lin__strdup(r->ctx, r->depth, json_string_value(name)))) return LIN_ENOMEM;
    }
    info->classes = names;
    info->class_count = (int)count;
    return 0;
}

static int read_input(const reading *r, const json_t *input, lin_model_info *info)
{
    if (!input) return 0;
    const json_t *shape = json_object_get(input, "shape");
    const char *dtype = json_string_value(json_object_get(input, "dtype"));
    info->input.ndim = json_array_size(shape) <= LIN_MAX_DIMS ? (int)json_array_size(shape) : 0;
    for (int i = 0; i < info->input.ndim; i++) /* what is not an integer is 0 */
        info->input.dim[i] = json_integer_value(json_array_get(shape, (size_t)i));
    if (!is_row_shape(&info->input))
        return BAD(r, "input/shape", "\"input\": its \"shape\" is not 1 to 8 sizes from 1 on");
    for (int i = 0; dtype && i < TYPES; i++)
        if (!strcmp(dtype, lin_dtype_name(types[i]))) {
            info->input_dtype = types[i];
            return 0;
        }
    return BAD(r, "input/dtype", "\"input\": its \"dtype\" is not f32, f64, i64 or u8");
}

static int read_training(const reading *r, json_t *settings, lin_model_info *info)
{
    if (!settings) return 0;
    if (!json_is_object(settings)) return BAD(r, "training", "\"training\" is not an object");
    info->training = lin__json_text(r->ctx, r->depth, settings);
    return info->training ? 0 : LIN_ENOMEM;
}

int lin__info_read(lin_ctx *ctx, uint32_t depth, const lin__header *header, json_t *doc, int64_t outputs,
                   lin_model_info *info)
{
    reading r = {ctx, depth, header};
    int code = read_task(&r, json_object_get(doc, "task"), info);
    if (!code) code = read_classes(&r, json_object_get(doc, "classes"), info, outputs);
    if (!code) code = read_input(&r, json_object_get(doc, "input"), info);
    return code ? code : read_training(&r, json_object_get(doc, "training"), info);
}

int lin__info_metadata(lin_ctx *ctx, uint32_t depth, const lin__header *header, lin_model_info *info)
{
    size_t count = 2 * (size_t)header->metadata_count;
    const char **strings = lin__alloc_array(ctx, depth, count, sizeof *strings);
    size_t *bytes = lin__alloc_array(ctx, depth, count, sizeof *bytes);
    if (!strings || !bytes) return LIN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        bytes[i] = header->metadata_bytes[i];
        char *copy = lin__alloc(ctx, depth, bytes[i] + 1);
        if (!copy) return LIN_ENOMEM;
        strings[i] = memcpy(copy, header->metadata[i], bytes[i] + 1);
    }
    info->metadata = strings;
    info->metadata_count = header->metadata_count;
    info->metadata_bytes = bytes;
    return 0;
}
