/* What each format's reader gives, as one number: equal files give equal ones. */
#include "fuzz.h"

#include <string.h>

/* FNV-1a */
static void fold(uint64_t *hash, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < bytes; i++)
        *hash = (*hash ^ p[i]) * 0x100000001b3u;
}

static void fold_text(uint64_t *hash, const char *text)
{
    fold(hash, text ? text : "\1", text ? strlen(text) + 1 : 2);
}

static void fold_shape(uint64_t *hash, lin_shape shape)
{
    fold(hash, &shape.ndim, sizeof shape.ndim);
    fold(hash, shape.dim, (size_t)shape.ndim * sizeof *shape.dim);
}

static const void *elements(const lin_tensor *t)
{
    switch (lin_type(t)) {
    case LIN_F32:
        return lin_f32(t);
    case LIN_F64:
        return lin_f64(t);
    case LIN_I64:
        return lin_i64(t);
    default:
        return lin_u8(t);
    }
}

static void fold_tensor(uint64_t *hash, const lin_tensor *t)
{
    lin_dtype type = lin_type(t);
    fold(hash, &type, sizeof type);
    fold_shape(hash, lin_size(t));
    fold(hash, elements(t), (size_t)lin_numel(t) * lin_dtype_size(type));
}

static void fold_state(uint64_t *hash, lin_state state)
{
    for (int i = 0; i < state.count; i++) {
        fold_text(hash, state.names[i]);
        fold_tensor(hash, state.tensors[i]);
    }
}

/* ---- Arrays -------------------------------------------------------------------------------------- */

typedef lin_tensor *load_fn(lin_ctx *ctx, const char *path);

static int read_array(lin_ctx *ctx, load_fn *load, const char *path, const char *copy, uint64_t *hash)
{
    lin_tensor *t = load(ctx, path);
    if (!t) return lin_error_code_of(ctx);
    fold_tensor(hash, t);
    return copy ? lin_save_npy(t, copy) : 0;
}

static int read_idx(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    return read_array(ctx, lin_load_idx, path, copy, hash);
}

static int read_npy(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    return read_array(ctx, lin_load_npy, path, copy, hash);
}

static int read_any(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    return read_array(ctx, lin_load_array, path, copy, hash);
}

/* ---- Models -------------------------------------------------------------------------------------- */

static int read_safetensors(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    lin_state state;
    lin_model_info info;
    int code = lin_load_safetensors_with(ctx, path, &state, &info);
    if (code) return code;
    fold_state(hash, state);
    return copy ? lin_save_safetensors(ctx, copy, state) : 0;
}

/* A net that was read takes the rows that the file says, if it says which, or tells what does not fit. */
static int compute(lin_ctx *ctx, lin_module *net, const lin_model_info *info)
{
    lin_shape rows = {.ndim = info->input.ndim + 1, .dim = {1}};
    int64_t all = 1;
    for (int i = 0; i < info->input.ndim && rows.ndim <= LIN_MAX_DIMS; i++) {
        rows.dim[i + 1] = info->input.dim[i];
        if (__builtin_mul_overflow(all, info->input.dim[i], &all) || all > 10000) return 0;
    }
    if (info->input.ndim == 0 || rows.ndim > LIN_MAX_DIMS) return 0;
    if (!lin_forward(net, lin_ones(ctx, rows)) && !lin_error_code_of(ctx)) return LIN_EINVAL;
    lin_error_clear(ctx);
    return 0;
}

static int read_model(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    lin_model_info info;
    lin_module *net = lin_load_with(ctx, path, &info);
    if (!net) return lin_error_code_of(ctx);
    fold_state(hash, lin_state_dict(net));
    fold_text(hash, info.task);
    for (int i = 0; i < info.class_count; i++)
        fold_text(hash, info.classes[i]);
    fold_shape(hash, info.input);
    fold(hash, &info.input_dtype, sizeof info.input_dtype);
    fold_text(hash, info.training);
    if (!copy) return 0;
    int code = compute(ctx, net, &info);
    return code ? code : lin_save_with(net, copy, &info);
}

/* ---- Pictures ------------------------------------------------------------------------------------ */

static int read_png(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    return read_array(ctx, lin_imread, path, copy, hash);
}

bool fuzz_is_read(int format)
{
    if (format != FUZZ_PNG) return true;
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
    lin_imread(ctx, "/dev/null");
    bool here = lin_error_code_of(ctx) != LIN_EUNSUPPORTED;
    lin_ctx_free(ctx);
    return here;
}

const fuzz_format fuzz_formats[FUZZ_FORMATS] = {
    [FUZZ_IDX] = {"idx", true, FUZZ_NPY, read_idx},
    [FUZZ_NPY] = {"npy", true, FUZZ_NPY, read_npy},
    [FUZZ_GZ] = {"gz", true, FUZZ_NPY, read_any},
    [FUZZ_SAFETENSORS] = {"safetensors", false, FUZZ_SAFETENSORS, read_safetensors},
    [FUZZ_MODEL] = {"model", false, FUZZ_MODEL, read_model},
    [FUZZ_CHECKPOINT] = {"checkpoint", false, FUZZ_CHECKPOINT, fuzz_read_checkpoint},
    [FUZZ_PNG] = {"png", true, FUZZ_NPY, read_png},
};
