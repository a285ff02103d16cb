/* Files made to break a reader of models: cut, flipped, spliced, and those of the public suites. */
#include "model/safetensors.h"

#include "support/files.h"
#include "tensor/tensor.h"

#include <fcntl.h>

/* ---- A small model, and what is done to it ------------------------------------------------------- */

static unsigned char *small_model(lin_ctx *ctx, size_t *bytes)
{
    static const char *const classes[] = {"yes", "no"};
    const char *path = in_folder("small.safetensors");
    lin_module *net =
        lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 4, 3), lin_relu_layer(ctx), lin_linear(ctx, 3, 2));
    assert_int_equal(lin_save_with(net, path,
                                   &(lin_model_info){.task = "classification",
                                                     .classes = classes,
                                                     .class_count = 2,
                                                     .input = LIN_SHAPE(2, 2),
                                                     .input_dtype = LIN_U8,
                                                     .training = "{\"lr\":0.1}"}),
                     0);
    return get_file(path, bytes);
}

/* What loaded is a whole model: it computes, says what it is, and, now and then (a disk has to answer), saves. */
static void check_model(lin_ctx *ctx, lin_module *net, const lin_model_info *info)
{
    static int count;
    const char *path = in_folder("again.safetensors");
    check_ok(ctx);
    assert_non_null(lin_forward(net, lin_ones(ctx, LIN_SHAPE(1, 2, 2))));
    assert_true(info->class_count == 0 || (info->class_count == 2 && info->classes[0] && info->classes[1]));
    assert_true(!info->training || info->training[0] == '{');
    if (count++ % 500) return;
    assert_int_equal(lin_save_with(net, path, info), 0);
    assert_non_null(lin_load(ctx, path));
}

/* Written in place: a new file each time is what a disk is slow at. */
static void put_again(const char *path, const void *data, size_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, bytes, 0), bytes);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    assert_int_equal(close(fd), 0);
}

/* A clean error that names the file, or a model. True if it loaded. */
static bool error_or_model(lin_ctx *ctx, const unsigned char *data, size_t bytes)
{
    const char *path = in_folder("hostile.safetensors");
    put_again(path, data, bytes);
    lin_region mark = lin_mark(ctx);
    lin_model_info info;
    lin_module *net = lin_load_with(ctx, path, &info);
    if (net)
        check_model(ctx, net, &info);
    else {
        int code = lin_error_code_of(ctx);
        if (code != LIN_EDATA && code != LIN_EVERSION) fail_msg("code %d: %s", code, lin_error(ctx));
        assert_string_equal(lin_error_where(ctx).file, path);
        for (const char *c = lin_error(ctx); *c; c++)
            assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
        lin_error_clear(ctx);
    }
    lin_release(mark);
    assert_true(lin_memory(ctx) < 1 << 20); /* whatever sizes it claims */
    return net != NULL;
}

static void cut_at_every_byte(void **state)
{
    lin_ctx *ctx = *state;
    size_t bytes;
    unsigned char *data = small_model(ctx, &bytes);
    assert_true(error_or_model(ctx, data, bytes));
    for (size_t n = 0; n < bytes; n++)
        if (error_or_model(ctx, data, n)) fail_msg("cut to %zu bytes it still loads", n);
    data[bytes] = 0; /* get_file has room for one more */
    assert_false(error_or_model(ctx, data, bytes + 1));
    free(data);
}

static void every_bit_of_every_byte(void **state)
{
    lin_ctx *ctx = *state;
    size_t bytes, loaded = 0;
    unsigned char *data = small_model(ctx, &bytes);
    for (size_t i = 0; i < bytes; i++)
        for (int bit = 0; bit < 9; bit++) { /* the ninth: all of them */
            unsigned char flip = bit < 8 ? (unsigned char)(1 << bit) : 0xff;
            data[i] ^= flip;
            loaded += error_or_model(ctx, data, bytes);
            data[i] ^= flip;
        }
    free(data);
    assert_true(loaded > 200); /* most of those in the weights */
}

/* Pieces of its own language over random places: the lengths still agree, so what is behind them is reached. */
static void spliced(void **state)
{
    lin_ctx *ctx = *state;
    static const char *const pieces[] = {"{",           "}",
                                         "[",           "]",
                                         "\\\"",        ":",
                                         ",",           "0",
                                         "-1",          "9999999999",
                                         "1e9",         "null",
                                         "\\u0000",     "F64",
                                         "I64",         "BOOL",
                                         "\\\"in\\\"",  "\\\"kind\\\"",
                                         "linear",      "flatten",
                                         "sequential",  "__metadata__",
                                         "0.weight",    "\xff",
                                         "data_offsets"};
    uint32_t random = 1;
    size_t bytes;
    unsigned char *data = small_model(ctx, &bytes), *copy = malloc(bytes);
    for (int round = 0; round < 3000; round++) {
        memcpy(copy, data, bytes);
        for (int k = 0; k <= round % 3; k++) {
            random = random * 1664525 + 1013904223;
            const char *piece = pieces[(random >> 8) % (sizeof pieces / sizeof *pieces)];
            random = random * 1664525 + 1013904223;
            memcpy(copy + 8 + (random >> 8) % (bytes - 8 - strlen(piece)), piece, strlen(piece));
        }
        error_or_model(ctx, copy, bytes);
    }
    free(copy);
    free(data);
}

/* ---- What linnet's own JSON may not be ----------------------------------------------------------- */

static void check_linnet(lin_ctx *ctx, char *linnet, const char *message)
{
    const char *path = in_folder("json.safetensors");
    assert_int_equal(lin__safetensors_write(ctx, path, (lin_state){0}, linnet), 0);
    free(linnet);
    assert_null(lin_load(ctx, path));
    check_error_has(ctx, LIN_EDATA, message);
}

/* `count` times `piece` between a beginning and an end. */
static char *repeated(const char *begin, const char *piece, int count, const char *end)
{
    char *text = malloc(strlen(begin) + strlen(piece) * (size_t)count + strlen(end) + 1), *at = stpcpy(text, begin);
    for (int i = 0; i < count; i++)
        at = stpcpy(at, piece);
    strcpy(at, end);
    return text;
}

static void depth_and_number_of_values(void **state)
{
    lin_ctx *ctx = *state;
    check_linnet(ctx, repeated("", "[", 1000000, ""), "byte 113: __metadata__ \"linnet\": nested too deeply");
    check_linnet(ctx, repeated("{\"format\":1,\"a\":[1", ",1", LIN__JSON_VALUES, "]}"), "__metadata__ \"linnet\": ");
    check_linnet(
        ctx,
        repeated("{\"format\":1,\"architecture\":", "{\"kind\":\"sequential\",\"layers\":[", LIN__NET_DEPTH + 1, ""),
        "nested too deeply");
    check_linnet(
        ctx, repeated("{\"format\":1,\"architecture\":{\"kind\":\"sequential\",\"layers\":[1", ",{}", 140000, "]}}"),
        "layer 0 has no \"kind\"");
    assert_true(lin_memory(ctx) < 32 << 20);
}

/* ---- The public suites --------------------------------------------------------------------------- */

static void check_metadata(const char *name, json_t *expected, const lin_model_info *info)
{
    assert_int_equal(info->metadata_count, json_object_size(expected));
    for (int i = 0; i < info->metadata_count; i++) {
        const json_t *value = json_object_get(expected, info->metadata[2 * i]);
        if (!value) fail_msg("%s: key \"%s\" is not expected", name, info->metadata[2 * i]);
        assert_int_equal(info->metadata_bytes[2 * i + 1], json_string_length(value));
        assert_memory_equal(info->metadata[2 * i + 1], json_string_value(value), json_string_length(value));
    }
}

static void check_same(lin_state a, lin_state b)
{
    assert_int_equal(a.count, b.count);
    for (int i = 0; i < a.count; i++) {
        const lin_tensor *x = a.tensors[i], *y = b.tensors[i];
        assert_string_equal(a.names[i], b.names[i]);
        assert_int_equal(x->dtype, y->dtype);
        assert_int_equal(x->ndim, y->ndim);
        assert_memory_equal(x->dim, y->dim, x->ndim * sizeof *x->dim);
        assert_memory_equal(x->data, y->data, (size_t)x->numel * lin__size_of(x->dtype));
    }
}

static int load_one(lin_ctx *ctx, const char *name, const char *path, json_t *entry, lin_state *s)
{
    lin_model_info info;
    int code = lin_load_safetensors_with(ctx, path, s, &info);
    assert_int_equal(code, lin_error_code_of(ctx));
    if (code && code != LIN_EDATA) fail_msg("%s: code %d: %s", name, code, lin_error(ctx));
    if (code) assert_string_equal(lin_error_where(ctx).file, path);
    for (const char *c = lin_error(ctx); *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    if (!code && json_object_get(entry, "expect_metadata"))
        check_metadata(name, json_object_get(entry, "expect_metadata"), &info);
    return code;
}

static void check_verdict(lin_ctx *ctx, const char *folder, const char *name, json_t *entry)
{
    char path[8192], cause[2048];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const char *verdict = json_string_value(json_object_get(entry, "verdict"));
    lin_region mark = lin_mark(ctx);
    lin_state first = {0}, second = {0};
    int code = load_one(ctx, name, path, entry, &first);
    if (!strcmp(verdict, "accept") && code) fail_msg("%s is refused: %s", name, lin_error(ctx));
    if (strcmp(verdict, "accept") != 0 && !code) fail_msg("%s is accepted", name); /* what may be either is refused */
    snprintf(cause, sizeof cause, "%s", lin_error(ctx));
    lin_error_clear(ctx);
    assert_int_equal(load_one(ctx, name, path, entry, &second), code); /* the same every time */
    assert_string_equal(lin_error(ctx), cause);
    check_same(first, second);
    lin_error_clear(ctx);
    assert_null(lin_load(ctx, path)); /* none of them is a model */
    assert_int_equal(lin_error_code_of(ctx), LIN_EDATA);
    lin_error_clear(ctx);
    lin_release(mark);
    assert_true(lin_memory(ctx) < 1 << 20);
}

static void files_of_the_public_suites(void **state)
{
    lin_ctx *ctx = *state;
    const char *reference = getenv("LINNET_REFERENCE");
    char folder[4096], manifest[4200];
    snprintf(folder, sizeof folder, "%s/hostile/safetensors", reference ? reference : "");
    snprintf(manifest, sizeof manifest, "%s/manifest.json", folder);
    if (!reference || access(manifest, R_OK)) {
        print_message("skipped: no hostile/safetensors in $LINNET_REFERENCE\n");
        skip();
    }
    json_t *root = json_load_file(manifest, JSON_ALLOW_NUL, NULL), *entry;
    assert_true(json_object_size(root) > 200);
    const char *name;
    json_object_foreach(root, name, entry) check_verdict(ctx, folder, name, entry);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cut_at_every_byte),          TEST(every_bit_of_every_byte),    TEST(spliced),
        TEST(depth_and_number_of_values), TEST(files_of_the_public_suites),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
