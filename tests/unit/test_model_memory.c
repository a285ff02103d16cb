/* Models without memory: every allocation of the JSON library fails once, and each time there is a clean error. */
#include "model/safetensors.h"

#include "support/files.h"

static int left; /* allocations that still succeed */

static void *scarce(size_t bytes)
{
    return left-- > 0 ? malloc(bytes) : NULL;
}

static void *scarce_once(size_t bytes)
{
    return left-- != 0 ? malloc(bytes) : NULL;
}

/* Run f with 0, 1, 2 … allocations until it succeeds. How many it took. */
typedef int attempt(lin_ctx *ctx, const char *path);
static int until_it_succeeds(lin_ctx *ctx, const char *path, attempt *f)
{
    int files = each_file(NULL);
    json_set_alloc_funcs(scarce, free);
    for (int n = 0;; n++) {
        lin_region mark = lin_mark(ctx);
        left = n;
        int code = f(ctx, path);
        lin_release(mark);
        if (!code) {
            check_ok(ctx);
            json_set_alloc_funcs(malloc, free);
            return n;
        }
        bool by_jansson =
            strstr(lin_error(ctx), "byte ") != NULL; /* which takes some of them for a fault of the text */
        if (code != LIN_ENOMEM && !by_jansson) fail_msg("with %d allocations: code %d: %s", n, code, lin_error(ctx));
        assert_int_equal(code, lin_error_code_of(ctx));
        lin_error_clear(ctx);
        assert_int_equal(each_file(NULL), files);
    }
}

static int save(lin_ctx *ctx, const char *path)
{
    static const char *const classes[] = {"yes", "no"};
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 4, 3), lin_relu_layer(ctx),
                                     lin_sequential(ctx, lin_linear(ctx, 3, 2)));
    return lin_save_with(net, path,
                         &(lin_model_info){.task = "classification",
                                           .classes = classes,
                                           .class_count = 2,
                                           .input = LIN_SHAPE(2, 2),
                                           .input_dtype = LIN_U8,
                                           .training = "{\"lr\":0.1,\"on\":[true,null]}"});
}

static int save_a_layer(lin_ctx *ctx, const char *path)
{
    return lin_save(lin_linear(ctx, 2, 1), path);
}

static int load(lin_ctx *ctx, const char *path)
{
    lin_model_info info;
    return lin_load_with(ctx, path, &info) ? 0 : lin_error_code_of(ctx);
}

static void saving(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("model.safetensors");
    put_file(path, "old", 3);
    assert_true(until_it_succeeds(ctx, path, save) > 50);
    assert_true(until_it_succeeds(ctx, path, save_a_layer) > 10);
    assert_int_equal(save(ctx, path), 0);
    assert_int_equal(load(ctx, path), 0);
}

static void loading(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("model.safetensors");
    assert_int_equal(save(ctx, path), 0);
    assert_true(until_it_succeeds(ctx, path, load) > 50);
}

static void guessing(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("plain.safetensors"), *names[] = {"1.weight", "1.bias"};
    lin_tensor *tensors[] = {lin_ones(ctx, LIN_SHAPE(2, 3)), lin_ones(ctx, LIN_SHAPE(2))};
    assert_int_equal(lin_save_safetensors(ctx, path, (lin_state){2, names, tensors}), 0);
    assert_true(until_it_succeeds(ctx, path, load) > 50);
}

static int load_tensors(lin_ctx *ctx, const char *path)
{
    lin_state tensors;
    lin_model_info info;
    return lin_load_safetensors_with(ctx, path, &tensors, &info);
}

/* Each allocation fails once, and those after it are there again: a success, or a clean error. */
static void one_fails(lin_ctx *ctx, const char *path, int count, attempt *f)
{
    json_set_alloc_funcs(scarce_once, free);
    for (int n = 0; n < count; n++) {
        lin_region mark = lin_mark(ctx);
        left = n;
        int code = f(ctx, path);
        lin_release(mark);
        if (code && code != LIN_ENOMEM && code != LIN_EDATA)
            fail_msg("without allocation %d: code %d: %s", n, code, lin_error(ctx));
        lin_error_clear(ctx);
    }
    json_set_alloc_funcs(malloc, free);
}

/* Names full of escapes, at every place of jansson's buffer: where that could not grow it dropped one of their characters, and
 * aborted on what was left. */
static void escapes_without_memory(void **state)
{
    lin_ctx *ctx = *state;
    char text[3000];
    const char *path = in_folder("escapes.safetensors");
    for (int shift = 0; shift < 40; shift++) {
        char *at = text + sprintf(text, "{\"__metadata__\":{\"%.*s", shift, "0123456789012345678901234567890123456789");
        for (int i = 0; i < 600; i++)
            at = stpcpy(at, i % 3 ? "\\\"x" : "\\\\");
        strcpy(at, "\":\"\"}}");
        put_safetensors(path, text, NULL, 0);
        one_fails(ctx, path, until_it_succeeds(ctx, path, load_tensors), load_tensors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(saving), TEST(loading), TEST(guessing), TEST(escapes_without_memory)};
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
