/* Models that are refused: on loading, with the byte that is wrong; on saving, with the old file left alone. */
#include "support/model.h"

#include <math.h>

/* ---- Plain files of something else --------------------------------------------------------------- */

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
    REFUSED("tensor \"01.weight\" belongs to no layer", {"0.weight", W}, {"0.bias", b}, {"01.weight", W});
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
    lin_f32(W)[0] = INFINITY; /* the first one is told */
    check_load_refused(ctx, put_model(ctx, NULL, PIECES({"weight", W}, {"bias", lin_ones(ctx, LIN_SHAPE(2))})),
                       LIN_EDATA, "tensor \"weight\" is not finite at (0, 0)");
    lin_f64(b)[1] = -INFINITY;
    lin_tensor *V = lin_full_dtype(ctx, 1, LIN_SHAPE(2, 3), LIN_F64);
    const char *path = put_model(ctx, ABOUT("\"task\":\"regression\""), PIECES({"weight", V}, {"bias", b}));
    check_load_refused(ctx, path, LIN_EDATA, "tensor \"bias\" is not finite at (1)");
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
    const char *const three[] = {"a", "b", "c"}, *const missing[] = {"a", NULL, "c"},
                      *const latin[] = {"a", "b", "\xe9"};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plain_files_of_something_else), TEST(models_that_are_refused), TEST(a_newer_format),
        TEST(values_that_are_not_finite),    TEST(nets_that_are_refused),   TEST(nets_of_very_many_layers),
        TEST(info_that_is_refused),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
