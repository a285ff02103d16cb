/* Models: what is written about a net, to the byte; the way back; plain files of others; and every refusal. */
#include "model/safetensors.h"

#include "base/region.h"
#include "support/files.h"

#include "nn/module.h"

#include <math.h>

/* ---- Support ------------------------------------------------------------------------------------ */

static lin_tensor *values_of(lin_ctx *ctx, lin_dtype dtype, lin_shape shape, double first)
{
    lin_tensor *t = lin_full_dtype(ctx, 0, shape, dtype);
    for (int64_t i = 0; i < lin_numel(t); i++)
        if (dtype == LIN_F32)
            lin_f32(t)[i] = (float)first + 0.25f * (float)i;
        else
            lin_f64(t)[i] = first + 0.1 * (double)i;
    return t;
}

static lin_module *load(lin_ctx *ctx, const char *path, lin_model_info *info)
{
    lin_module *net = lin_load_with(ctx, path, info);
    check_ok(ctx);
    assert_non_null(net);
    return net;
}

/* The same layers, names and bits. */
static void check_same_nets(lin_module *a, lin_module *b)
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

static lin_module *round_trip(lin_ctx *ctx, lin_module *net)
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
static const char *put_model(lin_ctx *ctx, const char *linnet, int count, const piece *pieces)
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

static void check_load_refused(lin_ctx *ctx, const char *path, int code, const char *message)
{
    lin_model_info info = {.task = "left over"};
    assert_null(lin_load_with(ctx, path, &info));
    assert_null(info.task);
    assert_string_equal(lin_error_where(ctx).file, path);
    check_error_has(ctx, code, message);
}

/* ---- Round trips -------------------------------------------------------------------------------- */

static void softmax_regression(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 784, 10));
    lin_eval(net);
    lin_module *back = round_trip(ctx, net);
    assert_true(lin_is_training(back)); /* as every new net */
    lin_tensor *X = lin_uniform(ctx, 0, 1, LIN_SHAPE(3, 1, 28, 28));
    assert_string_equal(lin_to_string(lin_forward(net, X)), lin_to_string(lin_forward(back, X)));
    assert_int_equal(lin_backward(lin_sum(lin_forward(back, X))), 0); /* it can be trained on */
    assert_non_null(lin_grad(lin_parameters(back).at[0]));
}

static void nets_of_every_shape(void **state)
{
    lin_ctx *ctx = *state;
    round_trip(ctx, lin_linear(ctx, 3, 1));
    round_trip(ctx, lin_flatten(ctx));
    round_trip(ctx, lin_sequential_of(ctx, NULL, 0));
    round_trip(
        ctx, lin_sequential(ctx, lin_flatten(ctx),
                            lin_sequential(ctx, lin_linear(ctx, 4, 5), lin_relu_layer(ctx),
                                           lin_sequential(ctx, lin_linear(ctx, 5, 6)), lin_sequential_of(ctx, NULL, 0)),
                            lin_linear(ctx, 6, 2)));
    lin_module *shared = lin_linear(ctx, 2, 2); /* comes back as two layers with equal values */
    lin_module *back = round_trip(ctx, lin_sequential(ctx, shared, lin_relu_layer(ctx), shared));
    assert_ptr_not_equal(lin_child(back, 0), lin_child(back, 2));
}

/* The type is the file's, not the context's default, and the default is left as it was. */
static void f64_in_a_context_of_f32(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 3, 2), lin_linear(ctx, 2, 1));
    lin_set_default_dtype(ctx, LIN_F32);
    round_trip(ctx, net);
    assert_int_equal(lin_default_dtype(ctx), LIN_F32);
    lin_set_default_dtype(ctx, LIN_F64);
    round_trip(ctx, lin_load(ctx, put_model(ctx, NULL,
                                            PIECES({"weight", values_of(ctx, LIN_F32, LIN_SHAPE(1, 2), 1)},
                                                   {"bias", values_of(ctx, LIN_F32, LIN_SHAPE(1), 1)}))));
    assert_int_equal(lin_default_dtype(ctx), LIN_F64);
}

/* What a program draws after loading does not depend on what it has loaded. */
static void loading_draws_nothing(void **state)
{
    (void)state;
    double drawn[2];
    for (int i = 0; i < 2; i++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 7});
        const char *path = in_folder("draw.safetensors");
        if (i == 0) assert_int_equal(lin_save(lin_linear(ctx, 3, 1), path), 0);
        if (i == 0) lin_uniform(ctx, 0, 1, LIN_SHAPE(1));
        if (i == 1) load(ctx, path, NULL);
        if (i == 1) lin_linear(ctx, 3, 1);
        if (i == 1) lin_uniform(ctx, 0, 1, LIN_SHAPE(1));
        drawn[i] = lin_item(lin_uniform(ctx, 0, 1, LIN_SHAPE(1)));
        lin_ctx_free(ctx);
    }
    assert_true(drawn[0] == drawn[1]);
}

static const char *const three[] = {"t-shirt", "a\tb\x1b[31m\"\\", "größe"};

static void all_of_the_info(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("info.safetensors");
    lin_module *net = lin_linear(ctx, 4, 3);
    lin_model_info info = {.task = "classification",
                           .classes = three,
                           .class_count = 3,
                           .input = LIN_SHAPE(2, 2),
                           .input_dtype = LIN_U8,
                           .training = "{\"lr\": 0.10, \"epochs\" : 10, \"init\":{ \"std\":1e-2 } }"};
    assert_int_equal(lin_save_with(net, path, &info), 0);
    lin_model_info back = {.task = "left over"};
    lin_region step = lin__open(ctx, true);
    check_same_nets(net, load(ctx, path, &back));
    lin_release(step); /* it lives in the scope */
    assert_string_equal(back.task, "classification");
    assert_int_equal(back.class_count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(back.classes[i], three[i]); /* kept; whoever prints one escapes it */
    assert_int_equal(back.input.ndim, 2);
    assert_int_equal(back.input.dim[0], 2);
    assert_int_equal(back.input.dim[1], 2);
    assert_int_equal(back.input_dtype, LIN_U8);
    assert_string_equal(back.training, "{\"lr\":0.1,\"epochs\":10,\"init\":{\"std\":0.01}}");
    assert_int_equal(back.format, 1);
    assert_int_equal(back.metadata_count, 1);
    assert_string_equal(back.metadata[0], "format");
    assert_string_equal(back.metadata[1], "pt");
    assert_int_equal(back.metadata_bytes[1], 2);
}

static void none_of_the_info(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("info.safetensors");
    assert_int_equal(lin_save_with(lin_linear(ctx, 4, 3), path, &(lin_model_info){0}), 0);
    lin_model_info back = {.task = "left over"};
    load(ctx, path, &back);
    assert_null(back.task);
    assert_null(back.classes);
    assert_int_equal(back.class_count, 0);
    assert_int_equal(back.input.ndim, 0);
    assert_null(back.training);
    assert_int_equal(back.format, 1);
}

static void the_bytes_of_a_model(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("golden.safetensors");
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 2, 1));
    memcpy(lin_f32(lin_weight(lin_child(net, 1))), (const float[]){2, -3.5f}, 8);
    memcpy(lin_f32(lin_bias(lin_child(net, 1))), (const float[]){4}, 4);
    assert_int_equal(lin_save_with(net, path,
                                   &(lin_model_info){.task = "regression",
                                                     .input = LIN_SHAPE(1, 2),
                                                     .input_dtype = LIN_F32,
                                                     .training = "{\"lr\":0.03}"}),
                     0);
    static const char expected[] =
        "\x90\x01\0\0\0\0\0\0"
        "{\"__metadata__\":{\"format\":\"pt\",\"linnet\":\"{\\\"format\\\":1,\\\"architecture\\\":{\\\"kind\\\":"
        "\\\"sequential\\\",\\\"layers\\\":[{\\\"kind\\\":\\\"flatten\\\"},{\\\"kind\\\":\\\"linear\\\",\\\"in\\\":2,"
        "\\\"out\\\":1}]},\\\"task\\\":\\\"regression\\\",\\\"input\\\":{\\\"shape\\\":[1,2],\\\"dtype\\\":\\\"f32\\\"}"
        ","
        "\\\"training\\\":{\\\"lr\\\":0.03}}\"},"
        "\"1.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}    "
        "\0\0\0\x40\0\0\x60\xc0" /* 2, -3.5 */
        "\0\0\x80\x40" /* 4 */;
    size_t bytes;
    unsigned char *got = get_file(path, &bytes);
    assert_int_equal(bytes, sizeof expected - 1);
    assert_memory_equal(got, expected, bytes);
    free(got);
}

static void equal_nets_give_equal_files(void **state)
{
    (void)state;
    const char *const paths[] = {in_folder("one.safetensors"), in_folder("two.safetensors")};
    for (int i = 0; i < 2; i++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 3, .threads = 1 + 2 * i});
        lin_region mark = lin_mark(ctx);
        if (i) lin_mark(ctx);
        lin_module *net = lin_sequential(ctx, lin_linear(ctx, 50, 20), lin_relu_layer(ctx), lin_linear(ctx, 20, 3));
        lin_model_info info = {.task = "classification",
                               .classes = three,
                               .class_count = 3,
                               .training = i ? "{ \"lr\" : 0.10 }" : "{\"lr\":1e-1}"};
        assert_int_equal(lin_save_with(net, paths[i], &info), 0);
        lin_model_info back;
        if (i) assert_int_equal(lin_save_with(load(ctx, paths[i], &back), paths[i], &back), 0); /* and the way round */
        lin_release(mark);
        lin_ctx_free(ctx);
    }
    check_same_files(paths[0], paths[1]);
}

/* ---- Plain files --------------------------------------------------------------------------------- */

static void plain_files(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *W = values_of(ctx, LIN_F32, LIN_SHAPE(2, 3), 1), *b = values_of(ctx, LIN_F32, LIN_SHAPE(2), 7);
    lin_tensor *V = values_of(ctx, LIN_F32, LIN_SHAPE(1, 2), -1), *c = values_of(ctx, LIN_F32, LIN_SHAPE(1), 9);
    lin_model_info info = {.format = 5};
    lin_module *net = load(ctx, put_model(ctx, NULL, PIECES({"bias", b}, {"weight", W})), &info);
    assert_string_equal(lin_module_text(net), "linear(3 -> 2)");
    CHECK_VALUES(lin_weight(net), 0, 1, 1.25, 1.5, 1.75, 2, 2.25);
    CHECK_VALUES(lin_bias(net), 0, 7, 7.25);
    assert_int_equal(info.format, 0);
    assert_int_equal(info.metadata_count, 0);
    net = load(ctx, put_model(ctx, NULL, PIECES({"0.weight", W}, {"0.bias", b})), NULL);
    assert_string_equal(lin_module_text(net), "sequential(linear(3 -> 2))");
    net = load(ctx, put_model(ctx, NULL, PIECES({"1.weight", W}, {"1.bias", b})), NULL);
    assert_string_equal(lin_module_text(net), "sequential(flatten, linear(3 -> 2))");
    net = load(ctx, put_model(ctx, NULL, PIECES({"2.bias", c}, {"1.bias", b}, {"2.weight", V}, {"1.weight", W})), NULL);
    assert_string_equal(lin_module_text(net), "sequential(flatten, linear(3 -> 2), linear(2 -> 1))");
    CHECK_VALUES(lin_weight(lin_child(net, 2)), 0, -1, -0.75);
    CHECK_VALUES(lin_bias(lin_child(net, 2)), 0, 9);
    lin_state back;
    assert_int_equal(lin_save(net, in_folder("ours.safetensors")), 0); /* from here on it is one of ours */
    assert_int_equal(lin_load_safetensors_with(ctx, in_folder("ours.safetensors"), &back, &info), 0);
    assert_string_equal(back.names[0], "1.weight");
}

static void a_plain_file_of_half_floats(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = put_safetensors(in_folder("half.safetensors"),
                                       "{\"weight\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[0,4]},"
                                       "\"bias\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[4,6]},"
                                       "\"__metadata__\":{\"author\":\"x\"}}",
                                       "\x80\x3f\x00\xc0\x00\x40", 6);
    lin_model_info info;
    lin_module *net = load(ctx, path, &info);
    CHECK_VALUES(lin_weight(net), 0, 1, -2);
    CHECK_VALUES(lin_bias(net), 0, 2);
    assert_string_equal(info.metadata[0], "author");
    assert_string_equal(info.metadata[1], "x");
}

static void plain_files_of_something_else(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *W = lin_ones(ctx, LIN_SHAPE(2, 3)), *b = lin_ones(ctx, LIN_SHAPE(2));
#define REFUSED(message, ...) \
    check_load_refused(ctx, put_model(ctx, NULL, PIECES(__VA_ARGS__)), LIN_EDATA, ": " message)
    REFUSED("no model of linnet, and its tensors are not those of linear layers in sequence: weight and bias, or "
            "0.weight, 0.bias, 1.weight …",
            {"fc.weight", W}, {"fc.bias", b});
    REFUSED("no model of linnet, and its tensors", {"2.weight", W}, {"2.bias", b});
    check_load_refused(ctx, put_model(ctx, NULL, 0, NULL), LIN_EDATA,
                       "made.safetensors: byte 8: no model of linnet, and it holds no tensors");
    REFUSED("tensor \"0.bias\" of its linear layer is missing", {"0.weight", W});
    REFUSED("tensor \"bias\" of its linear layer is missing", {"weight", W});
    REFUSED("tensor \"2.weight\" stands behind a gap: perhaps layer 1 has no parameters, as ReLU, which the file does "
            "not name",
            {"0.weight", W}, {"0.bias", b}, {"2.weight", W}, {"2.bias", b});
    REFUSED("tensor \"x\" belongs to no layer", {"weight", W}, {"x", b}, {"bias", b});
    REFUSED("tensor \"0.bias\" is (2, 3), its linear layer needs (2)", {"0.weight", W}, {"0.bias", W});
    REFUSED("tensor \"0.weight\" is (2), a linear layer's is (out, in)", {"0.weight", b}, {"0.bias", b});
    REFUSED("tensor \"weight\" is (0, 3), a linear layer's is (out, in)", {"weight", lin_ones(ctx, LIN_SHAPE(0, 3))});
    REFUSED("tensor \"1.weight\" is (2, 3), but the layer before gives 2 values", {"0.weight", W}, {"0.bias", b},
            {"1.weight", W}, {"1.bias", b});
    REFUSED("tensor \"weight\" is i64, a linear layer needs f32 or f64", {"weight", lin_to(W, LIN_I64)}, {"bias", b});
    REFUSED("the net: its weight is f32, its bias f64", {"weight", W}, {"bias", lin_to(b, LIN_F64)});
    check_load_refused(ctx, put_model(ctx, NULL, 0, NULL), LIN_EDATA, "no model of linnet");
#undef REFUSED
}

/* ---- What a model file may not say --------------------------------------------------------------- */

#define LINEAR      "{\"kind\":\"linear\",\"in\":3,\"out\":2}"
#define ABOUT(rest) "{\"format\":1,\"architecture\":" LINEAR "," rest "}"
#define NET(layers) "{\"format\":1,\"architecture\":" layers "}"

static const struct {
    const char *linnet, *message;
} bad_models[] = {
    {"", "byte 49: __metadata__ \"linnet\": '[' or '{' expected near end of file"},
    {"{\"format\":1", "byte 61: __metadata__ \"linnet\": '}' expected near end of file"},
    {"[]", "__metadata__ \"linnet\": its \"format\" is not a number from 1 on"},
    {"{}", "__metadata__ \"linnet\": its \"format\" is not a number from 1 on"},
    {"{\"format\":0}", "__metadata__ \"linnet\": its \"format\" is not a number from 1 on"},
    {"{\"format\":1.0}", "__metadata__ \"linnet\": its \"format\" is not a number from 1 on"},
    {"{\"format\":\"1\"}", "__metadata__ \"linnet\": its \"format\" is not a number from 1 on"},
    {"{\"format\":99999999999999999999}", "too big integer"},
    {"{\"format\":1,\"format\":1}", "duplicate object key"},
    {"{\"format\":1}", "the net has no \"kind\""},
    {NET("3"), "the net has no \"kind\""},
    {NET("{\"kind\":\"conv\\u001b[0m\"}"), "the net: \"conv\\x1B[0m\" is not a kind of layer that linnet knows"},
    {NET("{\"kind\":\"lambda\"}"), "the net: \"lambda\" is not a kind of layer that linnet knows"},
    {NET("{\"kind\":\"sequential\"}"), "the net: \"layers\" is not a list"},
    {NET("{\"kind\":\"sequential\",\"layers\":{}}"), "the net: \"layers\" is not a list"},
    {NET("{\"kind\":\"sequential\",\"layers\":[{\"kind\":\"relu\"},{\"kind\":\"sequential\",\"layers\":[7]}]}"),
     "layer 1.0 has no \"kind\""},
    {NET("{\"kind\":\"linear\"}"), "the net: \"in\" and \"out\" must be whole numbers from 1 on"},
    {NET("{\"kind\":\"linear\",\"in\":3.0,\"out\":2}"), "the net: \"in\" and \"out\" must be whole numbers"},
    {NET("{\"kind\":\"linear\",\"in\":3,\"out\":0}"), "the net: \"in\" and \"out\" must be whole numbers"},
    {NET("{\"kind\":\"linear\",\"in\":-3,\"out\":2}"), "the net: \"in\" and \"out\" must be whole numbers"},
    {NET("{\"kind\":\"linear\",\"in\":2,\"out\":3}"), "tensor \"weight\" is (2, 3), its linear layer needs (3, 2)"},
    {NET("{\"kind\":\"linear\",\"in\":9223372036854775807,\"out\":9223372036854775807}"),
     "tensor \"weight\" is (2, 3), its linear layer needs (9223372036854775807, 9223372036854775807)"},
    {NET("{\"kind\":\"sequential\",\"layers\":[" LINEAR "]}"), "tensor \"0.weight\" of its linear layer is missing"},
    {NET("{\"kind\":\"flatten\"}"), "tensor \"weight\" belongs to no layer"},
    {ABOUT("\"task\":\"clustering\""), "\"task\" is not \"classification\" or \"regression\""},
    {ABOUT("\"task\":1"), "\"task\" is not \"classification\" or \"regression\""},
    {ABOUT("\"classes\":\"a\""), "\"classes\" is not a list"},
    {ABOUT("\"classes\":[\"a\"]"), "\"classes\" has 1 names, the net gives 2 values"},
    {ABOUT("\"classes\":[\"a\",1]"), "the name of class 1 is not a string, or holds a NUL"},
    {ABOUT("\"classes\":[\"a\\u0000\",\"b\"]"), "the name of class 0 is not a string, or holds a NUL"},
    {ABOUT("\"classes\":[\"\\ud800\",\"b\"]"), "invalid Unicode"},
    {ABOUT("\"input\":[]"), "\"input\": its \"shape\" is not 1 to 8 sizes from 1 on"},
    {ABOUT("\"input\":{\"shape\":[]}"), "\"input\": its \"shape\" is not 1 to 8 sizes from 1 on"},
    {ABOUT("\"input\":{\"shape\":[0]}"), "\"input\": its \"shape\" is not 1 to 8 sizes from 1 on"},
    {ABOUT("\"input\":{\"shape\":[2.5]}"), "\"input\": its \"shape\" is not 1 to 8 sizes from 1 on"},
    {ABOUT("\"input\":{\"shape\":[4294967296,4294967296]}"), "\"input\": its \"shape\" is not 1 to 8 sizes"},
    {ABOUT("\"input\":{\"shape\":[1,1,1,1,1,1,1,1,1]}"), "\"input\": its \"shape\" is not 1 to 8 sizes from 1 on"},
    {ABOUT("\"input\":{\"shape\":[3]}"), "\"input\": its \"dtype\" is not f32, f64, i64 or u8"},
    {ABOUT("\"input\":{\"shape\":[3],\"dtype\":\"F32\"}"), "\"input\": its \"dtype\" is not f32, f64, i64 or u8"},
    {ABOUT("\"training\":[]"), "\"training\" is not an object"},
};

static void models_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *W = lin_ones(ctx, LIN_SHAPE(2, 3)), *b = lin_ones(ctx, LIN_SHAPE(2));
    size_t held = 0;
    for (size_t i = 0; i < sizeof bad_models / sizeof *bad_models; i++) {
        const char *path = put_model(ctx, bad_models[i].linnet, PIECES({"weight", W}, {"bias", b}));
        check_load_refused(ctx, path, LIN_EDATA, bad_models[i].message);
        if (i == 0) held = lin_memory(ctx);
    }
    assert_true(lin_memory(ctx) <= held + (64 << 10)); /* at the root: nothing is left of them */
}

static void what_a_reader_does_not_know_is_no_fault(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *W = lin_ones(ctx, LIN_SHAPE(2, 3)), *b = lin_ones(ctx, LIN_SHAPE(2));
    lin_model_info info;
    load(ctx,
         put_model(ctx,
                   "{\"new\":[1],\"architecture\":{\"new\":{},\"out\":2,\"in\":3,\"kind\":\"linear\"},\"format\":1}",
                   PIECES({"weight", W}, {"bias", b})),
         &info);
    assert_int_equal(info.format, 1);
}

static void a_newer_format(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = put_model(ctx, "{\"format\":2,\"architecture\":\"who knows\"}", 0, NULL);
    check_load_refused(ctx, path, LIN_EVERSION,
                       "made.safetensors: byte 61: the model has format 2, this linnet (" LIN_VERSION
                       ") reads up to 1: update linnet to "
                       "use it");
    path = put_model(ctx, "{\"format\":9223372036854775807}", 0, NULL);
    check_load_refused(ctx, path, LIN_EVERSION, "has format 9223372036854775807, this linnet");
}

static void values_that_are_not_finite(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *W = lin_ones(ctx, LIN_SHAPE(2, 3)), *b = lin_full_dtype(ctx, 1, LIN_SHAPE(2), LIN_F64);
    lin_f32(W)[5] = NAN;
    check_load_refused(ctx, put_model(ctx, NULL, PIECES({"weight", W}, {"bias", lin_ones(ctx, LIN_SHAPE(2))})),
                       LIN_EDATA, "tensor \"weight\" is not finite at (1, 2)");
    lin_f64(b)[1] = -INFINITY;
    lin_tensor *V = lin_full_dtype(ctx, 1, LIN_SHAPE(2, 3), LIN_F64);
    const char *path = put_model(ctx, ABOUT("\"task\":\"regression\""), PIECES({"weight", V}, {"bias", b}));
    check_load_refused(ctx, path, LIN_EDATA, "tensor \"bias\" is not finite at (1)");
}

/* Tensors of a file of ours may stand in any order. */
static void tensors_in_another_order(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *W = values_of(ctx, LIN_F64, LIN_SHAPE(2, 3), 1), *b = values_of(ctx, LIN_F64, LIN_SHAPE(2), 7);
    lin_tensor *V = values_of(ctx, LIN_F32, LIN_SHAPE(2, 2), 3), *c = values_of(ctx, LIN_F32, LIN_SHAPE(2), 5);
    const char *linnet = NET("{\"kind\":\"sequential\",\"layers\":[" LINEAR ",{\"kind\":\"relu\"},"
                             "{\"kind\":\"linear\",\"in\":2,\"out\":2}]}");
    lin_module *net =
        load(ctx, put_model(ctx, linnet, PIECES({"2.bias", c}, {"0.bias", b}, {"2.weight", V}, {"0.weight", W})), NULL);
    assert_string_equal(lin_module_text(net), "sequential(linear(3 -> 2), relu, linear(2 -> 2))");
    check_text(lin_detach(lin_weight(lin_child(net, 0))), lin_to_string(W)); /* each in its own type */
    check_text(lin_detach(lin_bias(lin_child(net, 0))), lin_to_string(b));
    check_text(lin_detach(lin_weight(lin_child(net, 2))), lin_to_string(V));
    check_text(lin_detach(lin_bias(lin_child(net, 2))), lin_to_string(c));
}

/* ---- What is refused on saving ------------------------------------------------------------------- */

static void check_save_refused(lin_module *net, const lin_model_info *info, int code, const char *message)
{
    const char *path = in_folder("kept.safetensors");
    put_file(path, "old", 3);
    int files = each_file(NULL);
    assert_int_equal(lin_save_with(net, path, info), code);
    check_error(lin_module_context(net), code, message);
    size_t bytes;
    unsigned char *old = get_file(path, &bytes);
    assert_int_equal(bytes, 3);
    free(old);
    assert_int_equal(each_file(NULL), files); /* nothing else is left either */
}

static lin_tensor *same(void *user, lin_tensor *X)
{
    (void)user;
    return X;
}

static lin_module *tower(lin_ctx *ctx, int height)
{
    lin_module *net = lin_linear(ctx, 1, 1);
    for (int i = 0; i < height; i++)
        net = lin_sequential(ctx, net);
    return net;
}

static void nets_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *f = lin_lambda(ctx, same, NULL), *net = lin_linear(ctx, 2, 3);
    check_save_refused(f, NULL, LIN_EINVAL,
                       "save: the net is a lambda: a file cannot hold a function; apply it outside of the net");
    check_save_refused(lin_sequential(ctx, lin_flatten(ctx), lin_sequential(ctx, net, f)), NULL, LIN_EINVAL,
                       "save: layer 1.1 is a lambda: a file cannot hold a function; apply it outside of the net");
    lin_f32(lin_weight(net))[4] = INFINITY;
    check_save_refused(lin_sequential(ctx, lin_flatten(ctx), net), NULL, LIN_EDIVERGED,
                       "save: tensor \"1.weight\" is not finite at (2, 0): has training diverged?");
    lin_f32(lin_weight(net))[4] = 0;
    lin_f32(lin_bias(net))[2] = NAN;
    check_save_refused(net, NULL, LIN_EDIVERGED, "save: tensor \"bias\" is not finite at (2): has training diverged?");
    round_trip(ctx, tower(ctx, LIN__NET_DEPTH));
    check_save_refused(tower(ctx, LIN__NET_DEPTH + 1), NULL, LIN_EINVAL,
                       "save: sequentials are nested more than 31 deep");
    assert_int_equal(lin_save(NULL, in_folder("kept.safetensors")), LIN_EINVAL);
    assert_int_equal(lin_save(tower(ctx, 0), NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to write is NULL");
}

static void nets_of_very_many_layers(void **state)
{
    lin_ctx *ctx = *state;
    static lin_module *relus[LIN__NET_LAYERS];
    for (int i = 0; i < LIN__NET_LAYERS; i++)
        relus[i] = lin_relu_layer(ctx);
    round_trip(ctx, lin_sequential_of(ctx, relus, LIN__NET_LAYERS - 1));
    check_save_refused(lin_sequential_of(ctx, relus, LIN__NET_LAYERS), NULL, LIN_EINVAL,
                       "save: the net has more than 10000 layers");
    size_t bytes = LIN__NET_LAYERS * sizeof ",{\"kind\":\"relu\"}" + 200;
    char *linnet = malloc(bytes), *at = stpcpy(linnet, "{\"format\":1,\"architecture\":{\"kind\":\"sequential\",");
    at = stpcpy(at, "\"layers\":[{\"kind\":\"relu\"}");
    for (int i = 1; i < LIN__NET_LAYERS; i++)
        at = stpcpy(at, ",{\"kind\":\"relu\"}");
    strcpy(at, "]}}");
    check_load_refused(ctx, put_model(ctx, linnet, 0, NULL), LIN_EDATA, "the net has more than 10000 layers");
    free(linnet);
}

static void info_that_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_linear(ctx, 2, 3);
    const char *const missing[] = {"a", NULL, "c"}, *const latin[] = {"a", "b", "\xe9"};
#define REFUSED(message, ...) check_save_refused(net, &(lin_model_info){__VA_ARGS__}, LIN_EINVAL, "save: " message)
    REFUSED("info.task is \"both\", expected \"classification\" or \"regression\"", .task = "both");
    REFUSED("info has 3 classes without a list of them", .class_count = 3);
    REFUSED("info has -1 classes without a list of them", .class_count = -1, .classes = three);
    REFUSED("info has 2 classes, the net gives 3 values", .class_count = 2, .classes = three);
    REFUSED("info.classes[1] is NULL", .class_count = 3, .classes = missing);
    REFUSED("info.classes[2] is not UTF-8", .class_count = 3, .classes = latin);
    REFUSED("info.input is (28, 0), expected 1 to 8 sizes from 1 on", .input = LIN_SHAPE(28, 0));
    REFUSED("info.input is (), expected 1 to 8 sizes from 1 on", .input = {.ndim = -1});
    REFUSED("info.input is (4294967296, 4294967296), expected 1 to 8 sizes from 1 on",
            .input = LIN_SHAPE((int64_t)1 << 32, (int64_t)1 << 32));
    REFUSED("info.input_dtype is 9, which is no type", .input = LIN_SHAPE(2), .input_dtype = (lin_dtype)9);
    REFUSED("info.training is not a JSON object", .training = "[]");
    REFUSED("info.training, its byte 5: unexpected token near ','", .training = "{\"a\":,}");
#undef REFUSED
    char deep[200], *at = stpcpy(deep, "{\"a\":");
    for (int i = 0; i < LIN__JSON_DEPTH - 1; i++)
        *at++ = '[';
    for (int i = 0; i < LIN__JSON_DEPTH - 1; i++)
        *at++ = ']';
    strcpy(at, "}");
    check_save_refused(net, &(lin_model_info){.training = deep}, LIN_EINVAL,
                       "save: what the file would say of the net could not be read back: nested too deeply");
}

/* ---- Regions and causes -------------------------------------------------------------------------- */

static void loops_do_not_grow(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("loop.safetensors");
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 300, 70));
    size_t held = 0;
    for (int i = 0; i < 30; i++) {
        assert_int_equal(lin_save(net, path), 0); /* at the root */
        lin_region mark = lin_mark(ctx);
        lin_model_info info;
        load(ctx, path, &info);
        lin_release(mark);
        if (i == 0) held = lin_memory(ctx);
    }
    assert_int_equal(lin_memory(ctx), held);
    assert_int_equal(ctx->depth, 0);
}

/* A net that is loaded within a batch outlives it; what was read for it does not. */
static void a_net_lives_in_the_scope(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("scope.safetensors");
    lin_module *net = lin_linear(ctx, 5, 2);
    assert_int_equal(lin_save(net, path), 0);
    lin_region scope = lin_mark(ctx), step = lin__open(ctx, true);
    lin_module *back = load(ctx, path, NULL);
    assert_int_equal(ctx->depth, step.depth);
    assert_int_equal(back->depth, scope.depth);
    lin_release(step);
    lin_uniform(ctx, 0, 1, LIN_SHAPE(100)); /* over what was released */
    check_same_nets(net, back);
    lin_release(scope);
}

static void a_recorded_cause_is_in_nobodys_way(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("cause.safetensors");
    lin_fail(ctx, LIN_EINVAL, "something before");
    lin_module *net = lin_linear(ctx, 5, 2);
    assert_int_equal(lin_save(net, path), 0);
    lin_module *back = lin_load(ctx, path);
    assert_non_null(back);
    check_same_nets(net, back);
    assert_null(lin_load(ctx, in_folder("missing.safetensors")));
    check_error(ctx, LIN_EINVAL, "something before");
    assert_null(lin_load(NULL, path));
    assert_null(lin_load(ctx, NULL));
    check_error(ctx, LIN_EINVAL, "the path of a file to read is NULL");
    check_load_refused(ctx, in_folder("missing.safetensors"), LIN_ENOFILE, "there is no such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(softmax_regression),
        TEST(nets_of_every_shape),
        TEST(f64_in_a_context_of_f32),
        TEST(loading_draws_nothing),
        TEST(all_of_the_info),
        TEST(none_of_the_info),
        TEST(the_bytes_of_a_model),
        TEST(equal_nets_give_equal_files),
        TEST(plain_files),
        TEST(a_plain_file_of_half_floats),
        TEST(plain_files_of_something_else),
        TEST(models_that_are_refused),
        TEST(what_a_reader_does_not_know_is_no_fault),
        TEST(a_newer_format),
        TEST(values_that_are_not_finite),
        TEST(tensors_in_another_order),
        TEST(nets_that_are_refused),
        TEST(nets_of_very_many_layers),
        TEST(info_that_is_refused),
        TEST(loops_do_not_grow),
        TEST(a_net_lives_in_the_scope),
        TEST(a_recorded_cause_is_in_nobodys_way),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
