/* Models: what is written about a net, to the byte; the way back; plain files of others. */
#include "model/safetensors.h"

#include "base/region.h"
#include "nn/module.h"
#include "support/model.h"

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

static void inputs_of_every_type_and_eight_sizes(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("info.safetensors");
    lin_module *net = lin_linear(ctx, 4, 3);
    static const lin_dtype types[] = {LIN_F32, LIN_F64, LIN_I64, LIN_U8};
    for (int i = 0; i < 4; i++) {
        lin_model_info info = {.input = LIN_SHAPE(1, 1, 1, 1, 1, 1, 2, 2), .input_dtype = types[i]}, back;
        assert_int_equal(lin_save_with(net, path, &info), 0);
        load(ctx, path, &back);
        assert_int_equal(back.input.ndim, 8);
        assert_memory_equal(back.input.dim, info.input.dim, sizeof info.input.dim);
        assert_int_equal(back.input_dtype, types[i]);
    }
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

/* ---- Files of ours in another order, with more in them ----------------------------------------------- */

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
        TEST(what_a_reader_does_not_know_is_no_fault),
        TEST(tensors_in_another_order),
        TEST(loops_do_not_grow),
        TEST(a_net_lives_in_the_scope),
        TEST(a_recorded_cause_is_in_nobodys_way),
        TEST(inputs_of_every_type_and_eight_sizes),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
