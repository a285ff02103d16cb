/* Models in safetensors files: what is written about a net, and the way back. docs/model-file.md has the format. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/region.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* How many values the net gives: as many as its last bias has. -1: it has no layer with parameters. */
static int64_t outputs_of(lin_state state)
{
    return state.count ? lin_dim(state.tensors[state.count - 1], 0) : -1;
}

/* The first element that is not finite, or -1. A parameter is contiguous. */
static int64_t first_not_finite(const lin_tensor *t)
{
    const float *f = t->data;
    const double *d = t->data;
    for (int64_t i = 0; i < t->numel; i++)
        if (t->dtype == LIN_F32 ? !isfinite(f[i]) : !isfinite(d[i])) return i;
    return -1;
}

/* The byte of the file where element `at` of a tensor lies, in the type in which it is stored. */
static int64_t element_byte(const lin__header *header, const char *name, int64_t at)
{
    const lin__entry *e = lin__entry_of(header, name);
    return header->data_at + (int64_t)e->begin + at * (int64_t)lin__stored_types[e->stored].bytes;
}

/* A model that holds NaN or inf predicts nothing. Without a header it is about to be saved. */
static int check_finite(lin_ctx *ctx, const lin__header *header, lin_state state)
{
    for (int i = 0; i < state.count; i++) {
        const lin_tensor *t = state.tensors[i];
        int64_t at = first_not_finite(t), index[LIN_MAX_DIMS] = {0};
        if (at < 0) continue;
        int64_t byte = header ? element_byte(header, state.names[i], at) : 0;
        for (int d = t->ndim - 1; d >= 0; d--) {
            index[d] = at % t->dim[d];
            at /= t->dim[d];
        }
        char place[LIN__SHAPE_TEXT];
        lin__shape_text(place, index, t->ndim);
        if (header)
            return lin__fail_byte(ctx, LIN_EDATA, header->path, byte, "tensor \"%s\" is not finite at %s",
                                  state.names[i], place);
        return lin__fail(ctx, LIN_EDIVERGED, "save: tensor \"%s\" is not finite at %s: has training diverged?",
                         state.names[i], place);
    }
    return 0;
}

/* ---- Saving ------------------------------------------------------------------------------------- */

/* All that the file says of the net, as one line of JSON in the innermost region. */
static char *describe(lin_ctx *ctx, lin_module *net, const lin_model_info *info, int64_t outputs)
{
    json_t *layers = lin__architecture_write(ctx, net);
    if (!layers) return NULL;
    json_t *doc = json_pack("{s:i, s:o}", "format", LIN__MODEL_FORMAT, "architecture", layers);
    char *text = NULL;
    if (!doc)
        lin__fail(ctx, LIN_ENOMEM, "out of memory: the layers of a net as JSON");
    else if (!info || !lin__info_write(ctx, doc, info, outputs))
        text = lin__json_text(ctx, lin__here(ctx), doc);
    json_decref(doc);
    const char *why;
    if (!text || !lin__json_excess(text, strlen(text), &why)) return text;
    lin__fail(ctx, LIN_EINVAL, "save: what the file would say of the net could not be read back: %s", why);
    return NULL;
}

static int save(lin_ctx *ctx, lin_module *net, const char *path, const lin_model_info *info)
{
    lin_state state = lin_state_dict(net);
    char *text = describe(ctx, net, info, outputs_of(state));
    if (!text) return lin_error_code_of(ctx);
    int code = check_finite(ctx, NULL, state);
    return code ? code : lin__safetensors_write(ctx, path, state, text);
}

int lin_save_with(lin_module *net, const char *path, const lin_model_info *info)
{
    if (!lin__is_live(net, "save", "module")) return LIN_EINVAL;
    lin_ctx *ctx = lin_module_context(net);
    lin_region mark = lin_mark(ctx);
    int code = mark.ctx ? save(ctx, net, path, info) : LIN_ENOMEM;
    lin_release(mark);
    return code;
}

int lin_save(lin_module *net, const char *path)
{
    return lin_save_with(net, path, NULL);
}

/* ---- Loading ------------------------------------------------------------------------------------ */

static bool check_format(lin_ctx *ctx, const lin__header *header, const json_t *doc, lin_model_info *info)
{
    if (lin__is_checkpoint(doc)) {
        lin__fail_byte(ctx, LIN_EDATA, header->path, lin__linnet_byte(header, "checkpoint"),
                       "this is a checkpoint of a training, not a model: it is there to be resumed");
        return false;
    }
    json_int_t format = json_integer_value(json_object_get(doc, "format")); /* 0 for what is not an integer */
    if (format < 1) {
        lin__fail_byte(ctx, LIN_EDATA, header->path, lin__linnet_byte(header, "format"),
                       "__metadata__ \"linnet\": its \"format\" is not a number from 1 on");
        return false;
    }
    if (format > LIN__MODEL_FORMAT) {
        lin__fail_byte(ctx, LIN_EVERSION, header->path, lin__linnet_byte(header, "format"),
                       "the model has format %" JSON_INTEGER_FORMAT
                       ", this linnet (%s) reads up to %d: update linnet to use it",
                       format, lin_version(), LIN__MODEL_FORMAT);
        return false;
    }
    info->format = (int)format;
    return true;
}

/* What the file says of its net; for a plain file what its tensors say. */
static json_t *read_doc(lin_ctx *ctx, const lin__header *header, lin_state state, lin_model_info *info)
{
    if (!header->linnet) {
        json_t *layers = lin__architecture_guess(ctx, header, state);
        json_t *doc = layers ? json_pack("{s:o}", "architecture", layers) : NULL;
        if (layers && !doc) lin__fail_memory(ctx, sizeof *doc);
        return doc;
    }
    json_t *doc = lin__linnet_parse(ctx, header);
    if (!doc || check_format(ctx, header, doc, info)) return doc;
    json_decref(doc);
    return NULL;
}

/* Everything is checked before the net is made. */
static lin_module *make(lin_ctx *ctx, uint32_t depth, const lin__header *header, json_t *doc, lin_state state,
                        lin_model_info *info)
{
    json_t *layers = json_object_get(doc, "architecture");
    if (lin__architecture_check(ctx, header, layers, &state) || check_finite(ctx, header, state)) return NULL;
    if (lin__info_read(ctx, depth, header, doc, outputs_of(state), info)) return NULL;
    return lin__architecture_build(ctx, layers, state);
}

/* What *info points to goes into region `depth`. */
static lin_module *load(lin_ctx *ctx, uint32_t depth, const char *path, lin_model_info *info)
{
    lin__header header = {0};
    lin_state state = {0};
    if (lin__safetensors_read(ctx, path, &header, &state)) return NULL;
    json_t *doc = read_doc(ctx, &header, state, info);
    if (!doc) return NULL;
    lin_module *net = NULL;
    if (!lin__info_metadata(ctx, depth, &header, info)) net = make(ctx, depth, &header, doc, state, info);
    json_decref(doc);
    return net;
}

lin_module *lin_load_with(lin_ctx *ctx, const char *path, lin_model_info *info)
{
    if (info) *info = (lin_model_info){0};
    if (!ctx) return NULL;
    lin_region step = lin__open(ctx, true); /* what is read is a value, and goes; the net is made in the scope below */
    if (!step.ctx) return NULL;
    lin_model_info read = {0};
    lin_module *net = load(ctx, info ? lin__scope(ctx) : lin__here(ctx), path, &read);
    lin_release(step);
    if (net && info) *info = read;
    return net;
}

lin_module *lin_load(lin_ctx *ctx, const char *path)
{
    return lin_load_with(ctx, path, NULL);
}
