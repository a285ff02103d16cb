/* The layers of a net as JSON and back. What a file says of them is held against its tensors before anything is made. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/region.h"
#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

/* A layer is found by the prefix of its tensors' names, as in PyTorch's state_dict: "" is the net, "1.0." the first layer
 * of the second. */
static const char *child_prefix(lin_ctx *ctx, const char *prefix, int i)
{
    return lin__format(ctx, lin__here(ctx), "%s%d.", prefix, i);
}

/* The same for messages. */
static const char *layer_name(lin_ctx *ctx, const char *prefix)
{
    const char *name =
        *prefix ? lin__format(ctx, lin__here(ctx), "layer %.*s", (int)strlen(prefix) - 1, prefix) : "the net";
    return name ? name : "a layer";
}

/* (out, in) */
static json_t *linear_json(const lin_tensor *weight)
{
    return json_pack("{s:s, s:I, s:I}", "kind", "linear", "in", (json_int_t)lin_dim(weight, 1), "out",
                     (json_int_t)lin_dim(weight, 0));
}

static const struct {
    lin_module_kind kind;
    const char *name;
} kinds[] = {
    {LIN_SEQUENTIAL, "sequential"}, {LIN_LINEAR, "linear"}, {LIN_FLATTEN_LAYER, "flatten"}, {LIN_RELU, "relu"}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* LIN_LAMBDA, which no file holds, for what is none of them. */
static lin_module_kind kind_of(json_t *layer)
{
    const char *name = json_string_value(json_object_get(layer, "kind"));
    for (int i = 0; name && i < KINDS; i++)
        if (!strcmp(name, kinds[i].name)) return kinds[i].kind;
    return LIN_LAMBDA;
}

/* ---- Writing ------------------------------------------------------------------------------------ */

typedef struct writing {
    lin_ctx *ctx;
    int layers, depth;
} writing;

/* NULL with a cause, or, without memory, perhaps without one. */
static json_t *write_layer(writing *w, lin_module *m, const char *prefix);

static json_t *write_sequential(writing *w, lin_module *m, const char *prefix)
{
    if (++w->depth > LIN__NET_DEPTH) {
        lin__fail(w->ctx, LIN_EINVAL, "save: sequentials are nested more than %d deep", LIN__NET_DEPTH);
        return NULL;
    }
    json_t *layers = json_array();
    bool good = layers != NULL;
    for (int i = 0; good && i < lin_children(m); i++) {
        const char *child = child_prefix(w->ctx, prefix, i);
        good = child && !json_array_append_new(layers, write_layer(w, lin_child(m, i), child));
    }
    w->depth--;
    if (good) return json_pack("{s:s, s:o}", "kind", "sequential", "layers", layers);
    json_decref(layers);
    return NULL;
}

static json_t *write_layer(writing *w, lin_module *m, const char *prefix)
{
    if (++w->layers > LIN__NET_LAYERS) {
        lin__fail(w->ctx, LIN_EINVAL, "save: the net has more than %d layers", LIN__NET_LAYERS);
        return NULL;
    }
    switch (lin_kind(m)) {
    case LIN_SEQUENTIAL:
        return write_sequential(w, m, prefix);
    case LIN_LINEAR:
        return linear_json(lin_weight(m));
    case LIN_FLATTEN_LAYER:
        return json_pack("{s:s}", "kind", "flatten");
    case LIN_RELU:
        return json_pack("{s:s}", "kind", "relu");
    case LIN_LAMBDA:
        break;
    }
    lin__fail(w->ctx, LIN_EINVAL, "save: %s is a lambda: a file cannot hold a function; apply it outside of the net",
              layer_name(w->ctx, prefix));
    return NULL;
}

json_t *lin__architecture_write(lin_ctx *ctx, lin_module *net)
{
    json_t *doc = write_layer(&(writing){.ctx = ctx}, net, "");
    if (!doc) lin__fail(ctx, LIN_ENOMEM, "out of memory: the layers of a net as JSON");
    return doc;
}

/* ---- Checking ----------------------------------------------------------------------------------- */

typedef struct checking {
    lin_ctx *ctx;
    const lin__header *header;
    lin_state state;
    json_t *left; /* names of the tensors that no layer has claimed, with their places in `state` */
    int layers;
    int count; /* claimed tensors, in the order of the net */
    const char **names;
    lin_tensor **tensors;
} checking;

#define BAD(c, byte, ...) lin__fail_byte((c)->ctx, LIN_EDATA, (c)->header->path, byte, __VA_ARGS__)

/* The byte of the file where the layer at `prefix` is described: "1.0." is architecture/layers/1/layers/0. */
static int64_t layer_byte(const checking *c, const char *prefix)
{
    const char *path = "architecture";
    for (const char *at = prefix; path && *at; at = strchr(at, '.') + 1)
        path = lin__format(c->ctx, lin__here(c->ctx), "%s/layers/%.*s", path, (int)strcspn(at, "."), at);
    return lin__linnet_byte(c->header, path ? path : "architecture");
}

/* Name → place in the state: a file may have its tensors in any order. */
static json_t *index_of(lin_ctx *ctx, lin_state state)
{
    json_t *index = json_object();
    for (int i = 0; index && i < state.count; i++)
        if (json_object_set_new(index, state.names[i], json_integer(i))) {
            json_decref(index);
            index = NULL;
        }
    if (!index) lin__fail(ctx, LIN_ENOMEM, "out of memory: the names of %d tensors", state.count);
    return index;
}

static lin_tensor *find(json_t *index, lin_state state, const char *name)
{
    const json_t *place = json_object_get(index, name);
    return place ? state.tensors[json_integer_value(place)] : NULL;
}

/* The layer at `prefix` takes its tensor. */
static int claim(checking *c, const char *prefix, const char *which, lin_shape shape)
{
    const char *name = lin__format(c->ctx, lin__here(c->ctx), "%s%s", prefix, which);
    if (!name) return LIN_ENOMEM;
    lin_tensor *t = find(c->left, c->state, name);
    if (!t) return BAD(c, layer_byte(c, prefix), "tensor \"%s\" of its linear layer is missing", name);
    char has[LIN__SHAPE_TEXT], needs[LIN__SHAPE_TEXT];
    if (t->ndim != shape.ndim || memcmp(t->dim, shape.dim, (size_t)shape.ndim * sizeof *shape.dim) != 0)
        return BAD(c, lin__tensor_byte(c->header, name), "tensor \"%s\" is %s, its linear layer needs %s", name,
                   lin__shape_text(has, t->dim, t->ndim), lin__shape_text(needs, shape.dim, shape.ndim));
    if (!lin__is_floating(lin_type(t)))
        return BAD(c, lin__tensor_byte(c->header, name), "tensor \"%s\" is %s, a linear layer needs f32 or f64", name,
                   lin_dtype_name(lin_type(t)));
    json_object_del(c->left, name);
    c->names[c->count] = name;
    c->tensors[c->count++] = t;
    return 0;
}

static int check_linear(checking *c, json_t *layer, const char *prefix)
{
    json_int_t in = json_integer_value(json_object_get(layer, "in")); /* 0 for what is not an integer */
    json_int_t out = json_integer_value(json_object_get(layer, "out"));
    if (in < 1 || out < 1)
        return BAD(c, layer_byte(c, prefix), "%s: \"in\" and \"out\" must be whole numbers from 1 on",
                   layer_name(c->ctx, prefix));
    int code = claim(c, prefix, "weight", LIN_SHAPE(out, in));
    if (!code) code = claim(c, prefix, "bias", LIN_SHAPE(out));
    if (code) return code;
    lin_dtype weight = lin_type(c->tensors[c->count - 2]), bias = lin_type(c->tensors[c->count - 1]);
    if (weight == bias) return 0;
    return BAD(c, lin__tensor_byte(c->header, c->names[c->count - 1]), "%s: its weight is %s, its bias %s",
               layer_name(c->ctx, prefix), lin_dtype_name(weight), lin_dtype_name(bias));
}

static int bad_kind(checking *c, json_t *layer, const char *prefix)
{
    const char *place = layer_name(c->ctx, prefix), *name = json_string_value(json_object_get(layer, "kind"));
    if (!name) return BAD(c, layer_byte(c, prefix), "%s has no \"kind\"", place);
    return BAD(c, layer_byte(c, prefix), "%s: \"%.40s\" is not a kind of layer that linnet knows", place, name);
}

static int check_layer(checking *c, json_t *layer, const char *prefix);

static int check_sequential(checking *c, json_t *layers, const char *prefix)
{
    if (!json_is_array(layers))
        return BAD(c, layer_byte(c, prefix), "%s: \"layers\" is not a list", layer_name(c->ctx, prefix));
    int count = (int)json_array_size(layers);
    for (int i = 0; i < count; i++) {
        const char *child = child_prefix(c->ctx, prefix, i);
        int code = child ? check_layer(c, json_array_get(layers, (size_t)i), child) : LIN_ENOMEM;
        if (code) return code;
    }
    return 0;
}

/* Recurses as deep as the JSON, and that is bounded. */
static int check_layer(checking *c, json_t *layer, const char *prefix)
{
    if (++c->layers > LIN__NET_LAYERS)
        return BAD(c, layer_byte(c, prefix), "the net has more than %d layers", LIN__NET_LAYERS);
    switch (kind_of(layer)) {
    case LIN_SEQUENTIAL:
        return check_sequential(c, json_object_get(layer, "layers"), prefix);
    case LIN_LINEAR:
        return check_linear(c, layer, prefix);
    case LIN_LAMBDA:
        return bad_kind(c, layer, prefix);
    default:
        return 0;
    }
}

int lin__architecture_check(lin_ctx *ctx, const lin__header *header, json_t *doc, lin_state *state)
{
    checking c = {.ctx = ctx, .header = header, .state = *state};
    c.names = lin__alloc_array(ctx, lin__here(ctx), (size_t)state->count, sizeof *c.names);
    c.tensors = lin__alloc_array(ctx, lin__here(ctx), (size_t)state->count, sizeof *c.tensors);
    c.left = c.names && c.tensors ? index_of(ctx, *state) : NULL;
    int code = c.left ? check_layer(&c, doc, "") : LIN_ENOMEM;
    if (!code && c.count < state->count) {
        const char *name = json_object_iter_key(json_object_iter(c.left));
        code = BAD(&c, lin__tensor_byte(header, name), "tensor \"%.100s\" belongs to no layer", name);
    }
    json_decref(c.left);
    *state = (lin_state){c.count, c.names, c.tensors};
    return code;
}

/* ---- Making ------------------------------------------------------------------------------------- */

static lin_module *build(lin_ctx *ctx, json_t *layer, lin_state state, int *at);

static lin_module *build_sequential(lin_ctx *ctx, json_t *layers, lin_state state, int *at)
{
    size_t count = json_array_size(layers);
    lin_module **children = lin__alloc_array(ctx, lin__here(ctx), count, sizeof *children);
    if (!children) return NULL;
    for (size_t i = 0; i < count; i++)
        if (!(children[i] = build(ctx, json_array_get(layers, i), state, at))) return NULL;
    return lin_sequential_of(ctx, children, (int)count);
}

/* A linear of its tensors' type, whatever the context's default is. */
static lin_module *build_linear(lin_ctx *ctx, const lin_tensor *weight)
{
    lin_dtype before = lin_default_dtype(ctx);
    lin_set_default_dtype(ctx, lin_type(weight));
    lin_module *m = lin_linear(ctx, lin_dim(weight, 1), lin_dim(weight, 0));
    lin_set_default_dtype(ctx, before);
    return m;
}

/* The layer, whose first tensor is state.tensors[*at]. It was checked. */
static lin_module *build(lin_ctx *ctx, json_t *layer, lin_state state, int *at)
{
    switch (kind_of(layer)) {
    case LIN_SEQUENTIAL:
        return build_sequential(ctx, json_object_get(layer, "layers"), state, at);
    case LIN_FLATTEN_LAYER:
        return lin_flatten(ctx);
    case LIN_RELU:
        return lin_relu_layer(ctx);
    default:
        *at += 2; /* weight and bias */
        return build_linear(ctx, state.tensors[*at - 2]);
    }
}

lin_module *lin__architecture_build(lin_ctx *ctx, json_t *doc, lin_state state)
{
    uint64_t creations = ctx->creations;
    int at = 0;
    lin_module *net = build(ctx, doc, state, &at);
    ctx->creations = creations; /* the start values go: what is drawn next is as if there had been none */
    lin_state own = lin_state_dict(net);
    for (int i = 0; i < own.count; i++) /* the same tensors in the same order */
        lin__copy_elements(own.tensors[i], state.tensors[i]);
    return net;
}

/* ---- Guessing ----------------------------------------------------------------------------------- */

/* The linear layer that `weight` is of; it must take what the last one gives (*width, 0: there is none). */
static json_t *guess_linear(lin_ctx *ctx, const lin__header *header, const char *name, const lin_tensor *weight,
                            int64_t *width)
{
    char shape[LIN__SHAPE_TEXT];
    if (lin_ndim(weight) != 2 || !lin_numel(weight)) {
        lin__fail_byte(ctx, LIN_EDATA, header->path, lin__tensor_byte(header, name),
                       "tensor \"%s\" is %s, a linear layer's is (out, in)", name,
                       lin__shape_text(shape, weight->dim, weight->ndim));
        return NULL;
    }
    if (*width && lin_dim(weight, 1) != *width) {
        lin__fail_byte(ctx, LIN_EDATA, header->path, lin__tensor_byte(header, name),
                       "tensor \"%s\" is %s, but the layer before gives %lld values", name,
                       lin__shape_text(shape, weight->dim, weight->ndim), (long long)*width);
        return NULL;
    }
    *width = lin_dim(weight, 0);
    return linear_json(weight);
}

/* Is there a linear layer behind the gap at `gap`? Then anything may be in that gap. */
static bool after_gap(lin_ctx *ctx, const lin__header *header, lin_state state, int gap)
{
    for (int i = 0; i < state.count; i++) {
        char *end;
        long layer = strtol(state.names[i], &end, 10);
        if (end == state.names[i] || strcmp(end, ".weight") != 0 || layer <= gap) continue;
        lin__fail_byte(
            ctx, LIN_EDATA, header->path, lin__tensor_byte(header, state.names[i]),
            "tensor \"%.100s\" stands behind a gap: perhaps layer %d has no parameters, as ReLU, which the file "
            "does not name",
            state.names[i], gap);
        return true;
    }
    return false;
}

/* 0.weight, 1.weight, … or 1.weight, 2.weight, … behind a flatten, which has no tensors. */
static json_t *guess_layers(lin_ctx *ctx, const lin__header *header, json_t *index, lin_state state)
{
    int64_t width = 0;
    json_t *layers = json_array();
    bool good = layers != NULL;
    for (int i = 0; good; i++) { /* as far as there are names */
        const char *name = lin__format(ctx, lin__here(ctx), "%d.weight", i);
        lin_tensor *weight = name ? find(index, state, name) : NULL;
        if (!name)
            good = false;
        else if (weight)
            good = !json_array_append_new(layers, guess_linear(ctx, header, name, weight, &width));
        else if (i == 0)
            good = !json_array_append_new(layers, json_pack("{s:s}", "kind", "flatten"));
        else {
            good = !after_gap(ctx, header, state, i);
            break;
        }
    }
    if (good) return json_pack("{s:s, s:o}", "kind", "sequential", "layers", layers);
    json_decref(layers);
    return NULL;
}

json_t *lin__architecture_guess(lin_ctx *ctx, const lin__header *header, lin_state state)
{
    json_t *index = index_of(ctx, state);
    if (!index) return NULL;
    const lin_tensor *only = find(index, state, "weight");
    json_t *doc = NULL;
    if (only)
        doc = guess_linear(ctx, header, "weight", only, &(int64_t){0});
    else if (find(index, state, "0.weight") || find(index, state, "1.weight"))
        doc = guess_layers(ctx, header, index, state);
    else if (!state.count)
        lin__fail_byte(ctx, LIN_EDATA, header->path, LIN__HEADER_AT, "no model of linnet, and it holds no tensors");
    else
        lin__fail_byte(ctx, LIN_EDATA, header->path, LIN__HEADER_AT,
                       "no model of linnet, and its tensors are not those of linear layers in sequence: weight and "
                       "bias, or 0.weight, 0.bias, 1.weight …");
    json_decref(index);
    if (!doc) lin__fail(ctx, LIN_ENOMEM, "out of memory: the layers of a net as JSON");
    return doc;
}
