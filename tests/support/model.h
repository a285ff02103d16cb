/* tests/support/model.h: what the tests of safetensors files and of models in them share. */
#ifndef LINNET_TESTS_MODEL_H
#define LINNET_TESTS_MODEL_H

#include "model/safetensors.h"

#include "support/files.h"

/* ---- Tensors by name ----------------------------------------------------------------------------- */

static inline lin_state state_of(int count, const char *const *names, lin_tensor *const *tensors)
{
    return (lin_state){.count = count, .names = names, .tensors = tensors};
}
#define STATE(count, ...) state_of(count, names, (lin_tensor *const[]){__VA_ARGS__})

/* ---- Models -------------------------------------------------------------------------------------- */

static inline lin_tensor *values_of(lin_ctx *ctx, lin_dtype dtype, lin_shape shape, double first)
{
    lin_tensor *t = lin_full_dtype(ctx, 0, shape, dtype);
    for (int64_t i = 0; i < lin_numel(t); i++)
        if (dtype == LIN_F32)
            lin_f32(t)[i] = (float)first + 0.25f * (float)i;
        else
            lin_f64(t)[i] = first + 0.1 * (double)i;
    return t;
}

static inline lin_module *load(lin_ctx *ctx, const char *path, lin_model_info *info)
{
    lin_module *net = lin_load_with(ctx, path, info);
    check_ok(ctx);
    assert_non_null(net);
    return net;
}

/* The same layers, names and bits. */
static inline void check_same_nets(lin_module *a, lin_module *b)
{
    assert_string_equal(lin_module_text(a), lin_module_text(b));
    lin_state x = lin_state_dict(a), y = lin_state_dict(b);
    assert_int_equal(x.count, y.count);
    for (int i = 0; i < x.count; i++) {
        assert_string_equal(x.names[i], y.names[i]);
        assert_int_equal(lin_type(x.tensors[i]), lin_type(y.tensors[i]));
        assert_int_equal(lin_numel(x.tensors[i]), lin_numel(y.tensors[i]));
        assert_true(lin_requires_grad(y.tensors[i]));
        assert_memory_equal(x.tensors[i]->data, y.tensors[i]->data,
                            (size_t)lin_numel(x.tensors[i]) * lin_dtype_size(lin_type(x.tensors[i])));
    }
}

static inline lin_module *round_trip(lin_ctx *ctx, lin_module *net)
{
    const char *path = in_folder("round.safetensors");
    assert_int_equal(lin_save(net, path), 0);
    lin_module *back = load(ctx, path, NULL);
    check_same_nets(net, back);
    return back;
}

/* A file with these tensors that says `linnet` of its net; NULL: a plain file. */
typedef struct piece {
    const char *name;
    lin_tensor *tensor;
} piece;
static inline const char *put_model(lin_ctx *ctx, const char *linnet, int count, const piece *pieces)
{
    const char *path = in_folder("made.safetensors"), *names[8];
    lin_tensor *tensors[8];
    for (int i = 0; i < count; i++) {
        names[i] = pieces[i].name;
        tensors[i] = pieces[i].tensor;
    }
    assert_int_equal(lin__safetensors_write(ctx, path, (lin_state){count, names, tensors}, linnet), 0);
    return path;
}
#define PIECES(...)                                                        \
    (int)(sizeof((piece[]){__VA_ARGS__}) / sizeof(piece)), (const piece[]) \
    {                                                                      \
        __VA_ARGS__                                                        \
    }

static inline void check_load_refused(lin_ctx *ctx, const char *path, int code, const char *message)
{
    lin_model_info info = {.task = "left over"};
    assert_null(lin_load_with(ctx, path, &info));
    assert_null(info.task);
    assert_string_equal(lin_error_where(ctx).file, path);
    check_error_has(ctx, code, message);
}

/* What a file of ours says of its net. */
#define LINEAR      "{\"kind\":\"linear\",\"in\":3,\"out\":2}"
#define ABOUT(rest) "{\"format\":1,\"architecture\":" LINEAR "," rest "}"
#define NET(layers) "{\"format\":1,\"architecture\":" layers "}"

#endif
