/* What a safetensors file holds: a model, or tensors that make none. */
#include "failure.h"
#include "inspect.h"
#include "json.h"
#include "net.h"
#include "source.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Metadata that is not linnet's ---------------------------------------------------------------- */

static json_t *metadata_json(const lin_model_info *info)
{
    json_t *o = json_object();
    for (int i = 0; i < info->metadata_count; i++)
        json_object_set_new(o, info->metadata[2 * i], /* a NUL in a key ends it: JSON objects of C have no other keys */
                            json_stringn(info->metadata[2 * i + 1], info->metadata_bytes[2 * i + 1]));
    return o;
}

static void metadata_text(const lin_model_info *info)
{
    char key[256], value[1024];
    for (int i = 0; i < info->metadata_count; i++)
        printf("metadata:   %s: %s\n", lin_printable(key, sizeof key, info->metadata[2 * i]),
               lin_printable(value, sizeof value, info->metadata[2 * i + 1]));
}

/* ---- A model -------------------------------------------------------------------------------------- */

/* The layers in the order in which they work; sequences only hold them. */
static int layer_json(void *user, lin_module *m)
{
    static const char *const names[] = {"sequential", "linear", "flatten", "relu", "lambda"};
    if (lin_kind(m) == LIN_SEQUENTIAL) return 0;
    json_t *layer = json_pack("{s:s}", "kind", names[lin_kind(m)]);
    if (lin_is_linear(m)) {
        json_object_set_new(layer, "in", json_integer(lin_dim(lin_weight(m), 1)));
        json_object_set_new(layer, "out", json_integer(lin_dim(lin_weight(m), 0)));
    }
    json_array_append_new(user, layer);
    return 0;
}

static int layer_text(void *user, lin_module *m)
{
    const char **before = user;
    if (lin_kind(m) == LIN_SEQUENTIAL) return 0;
    printf("%s%s\n", *before, lin_module_text(m));
    *before = "            ";
    return 0;
}

static int find_linear(void *user, lin_module *m)
{
    lin_module **linear = user;
    if (lin_is_linear(m)) *linear = m;
    return 0;
}

/* The only linear layer, or NULL. */
static lin_module *only_linear(lin_module *net)
{
    lin_module *linear = NULL;
    lin_apply(net, find_linear, &linear);
    return linear && lin_parameters(net).count == 2 ? linear : NULL;
}

static int model_json(lin_module *net, const lin_model_info *info)
{
    json_t *layers = json_array();
    lin_apply(net, layer_json, layers);
    json_t *o = json_pack("{s:s, s:i, s:o, s:I, s:o}", "format", "safetensors", "version", info->format, "layers",
                          layers, "parameters", (json_int_t)net_parameters(net), "classes",
                          json_list_of_words(info->classes, info->class_count));
    if (info->task) json_object_set_new(o, "task", json_string(info->task));
    if (info->input.ndim)
        json_object_set_new(
            o, "input",
            json_pack("{s:o, s:s}", "shape", json_shape(info->input), "dtype", lin_dtype_name(info->input_dtype)));
    if (info->training) json_object_set_new(o, "training", json_loads(info->training, 0, NULL));
    json_object_set_new(o, "metadata", metadata_json(info));
    lin_module *linear = only_linear(net);
    if (linear) {
        json_object_set_new(o, "weight", json_tensor(lin_weight(linear)));
        json_object_set_new(o, "bias", json_tensor(lin_bias(linear)));
    }
    return json_show(o) ? 0 : fail(EXIT_FAILED, "out of memory");
}

/* Settings as "loss cross-entropy, epochs 10, …". */
static void settings_text(const char *before, json_t *settings)
{
    const char *key, *between = before;
    json_t *value;
    json_object_foreach(settings, key, value)
    {
        char *text = json_spell(json_incref(value)), safe[256];
        size_t length = text ? strlen(text) : 0;
        bool quoted = json_is_string(value) && length >= 2;
        if (quoted) text[length - 1] = '\0';
        printf("%s%s", between, lin_printable(safe, sizeof safe, key));
        printf(" %s", lin_printable(safe, sizeof safe, text ? text + quoted : "?"));
        between = ", ";
        free(text);
    }
    if (json_object_size(settings)) putchar('\n');
}

/* The type in which the file has the weights, where it is another one. */
static void stored_text(const lin_state *state, const lin_model_info *plain)
{
    for (int i = 0; i < state->count; i++) {
        const char *text = type_text(plain->stored[i], lin_type(state->tensors[i]));
        if (!strchr(text, ',')) continue;
        printf("stored as:  %s\n", text);
        return;
    }
}

static void model_text(lin_module *net, const lin_model_info *info, const lin_state *state, const lin_model_info *plain)
{
    if (info->format)
        printf("format:     safetensors, a model of linnet (version %d)\n", info->format);
    else
        puts("format:     safetensors, linear layers");
    if (info->task) printf("task:       %s\n", info->task);
    if (info->input.ndim)
        printf("input:      rows of %s %s\n", lin_dtype_name(info->input_dtype), shape_text(info->input));
    const char *before = "layers:     ";
    lin_apply(net, layer_text, &before);
    printf("parameters: %" PRId64 "\n", net_parameters(net));
    stored_text(state, plain);
    char name[256];
    for (int i = 0; i < info->class_count; i++)
        printf("%s%s", i ? ", " : "classes:    ", lin_printable(name, sizeof name, info->classes[i]));
    if (info->class_count) putchar('\n');
    json_t *training = info->training ? json_loads(info->training, 0, NULL) : NULL;
    settings_text("training:   ", training);
    json_decref(training);
    metadata_text(info);
}

/* ---- Other tensors -------------------------------------------------------------------------------- */

static json_t *state_json(const lin_state *state, const lin_model_info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < state->count; i++)
        json_array_append_new(list,
                              json_pack("{s:o, s:s, s:s, s:o}", "name", json_words(state->names[i]), "dtype",
                                        lin_dtype_name(lin_type(state->tensors[i])), "stored",
                                        type_name(info->stored[i]), "shape", json_shape(lin_size(state->tensors[i]))));
    return list;
}

static void state_text(const lin_state *state, const lin_model_info *info)
{
    char name[256];
    for (int i = 0; i < state->count; i++)
        printf("tensor:     %s: %s %s\n", lin_printable(name, sizeof name, state->names[i]),
               type_text(info->stored[i], lin_type(state->tensors[i])), shape_text(lin_size(state->tensors[i])));
}

static int tensors_json(const lin_state *state, const lin_model_info *info, const char *why)
{
    json_t *o = json_pack("{s:s, s:s, s:o, s:o}", "format", "safetensors", "no_model", why, "tensors",
                          state_json(state, info), "metadata", metadata_json(info));
    return json_show(o) ? 0 : fail(EXIT_FAILED, "out of memory");
}

static int tensors(const lin_state *state, const lin_model_info *info, const char *why, bool json)
{
    if (json) return tensors_json(state, info, why);
    fputs("format:     safetensors\nno model:   ", stdout);
    say(stdout, why, 12, 12);
    state_text(state, info);
    metadata_text(info);
    return 0;
}

/* ---- A checkpoint --------------------------------------------------------------------------------- */

static int checkpoint(const lin_state *state, const lin_model_info *info, bool json)
{
    json_t *doc = json_loads(info->checkpoint, 0, NULL);
    if (json) {
        json_t *o = json_pack("{s:s, s:o, s:o}", "format", "safetensors", "checkpoint", doc, "tensors",
                              state_json(state, info));
        return json_show(o) ? 0 : fail(EXIT_FAILED, "out of memory");
    }
    puts("format:     safetensors, a checkpoint of a training");
    settings_text("progress:   ", json_object_get(doc, "progress"));
    settings_text("training:   ", json_object_get(doc, "run"));
    state_text(state, info);
    json_decref(doc);
    return 0;
}

/* ---- Which of them -------------------------------------------------------------------------------- */

/* The library's complaint without the file's name before it. */
static const char *without_file(const lin_ctx *ctx)
{
    const char *text = lin_error(ctx), *file = lin_error_where(ctx).file;
    size_t length = file ? strlen(file) : 0;
    bool named = length && strncmp(text, file, length) == 0 && strncmp(text + length, ": ", 2) == 0;
    return named ? text + length + 2 : text;
}

/* The file's tensors come first: they tell a file that is damaged from one that is no model. */
int inspect_safetensors(lin_ctx *ctx, const char *path, bool json)
{
    lin_state state;
    lin_model_info plain, info;
    if (lin_load_safetensors_with(ctx, path, &state, &plain)) return fail_library(ctx);
    if (plain.checkpoint) return checkpoint(&state, &plain, json);
    lin_module *net = lin_load_with(ctx, path, &info);
    if (!net && (plain.format || lin_error_code_of(ctx) != LIN_EDATA)) return fail_library(ctx);
    if (net && json) return model_json(net, &info);
    if (net) {
        model_text(net, &info, &state, &plain);
        return 0;
    }
    return tensors(&state, &plain, without_file(ctx), json);
}
