/* Where something stands in a file: the byte that a message tells, whatever the spelling of the JSON that it is about. */
#include "model/safetensors.h"

#include "support/files.h"

/* ---- Within a text ------------------------------------------------------------------------------- */

/* The place of `path` in `text` is where its caret is, which is not of it. */
static void check_place(const char *text, const char *path)
{
    char plain[200] = "";
    const char *caret = strchr(text, '^');
    memcpy(plain, text, (size_t)(caret - text));
    strcpy(plain + (caret - text), caret + 1);
    size_t got = lin__json_place(plain, strlen(plain), 0, path);
    if (got != (size_t)(caret - text)) fail_msg("%s: %s: byte %zu", text, path, got);
}

static void places_in_json(void **state)
{
    (void)state;
    check_place("^{\"a\":1}", "");
    check_place(" \n\t\r^{\"a\":1}", "");
    check_place("{\"a\":^1}", "a");
    check_place("{ \"a\" : \n^1 }", "a");
    check_place("{\"b\":[1,{\"a\":2}],\"a\":^3}", "a");
    check_place("{\"a\":\"},]\",\"\\\"b\":{},\"b\":^\"\\\\\"}", "b");
    check_place("{\"a\":[^1,2]}", "a/0");
    check_place("{\"a\":[[], \"[,\" ,^2]}", "a/2");
    check_place("{\"a\":{\"b\":[1,[2,{\"c\": ^null}]]}}", "a/b/1/1/c");
    /* what is not there: the last one on the way to it */
    check_place("^{\"a\":1}", "b");
    check_place("{\"a\":^[1,2]}", "a/2");
    check_place("{\"a\":^[]}", "a/0/b");
    check_place("{\"a\":^1}", "a/b");
    check_place("{\"a\":^{\"bc\":1}}", "a/b");
    check_place("{\"a\":^{\"b\":1}}", "a/bc");
    check_place("^[]", "0");
    check_place("^{}", "a");
}

static void texts_that_end_early(void **state)
{
    (void)state;
    static const char text[] = " {\"b\" : {}, \"a\":[1,\"\\", *const paths[] = {"a/1/b", "b/c", "c"};
    for (size_t bytes = 0; bytes < sizeof text; bytes++) {
        char *exact = malloc(bytes + !bytes); /* where a byte behind it is noticed */
        memcpy(exact, text, bytes);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            assert_true(lin__json_place(exact, bytes, 0, paths[i]) <= bytes);
        for (size_t at = 0; at < bytes; at++)
            assert_true(lin__json_behind_string(exact, bytes, at) <= bytes &&
                        lin__json_next(exact, bytes, at) <= bytes && lin__json_space(exact, bytes, at) <= bytes);
        free(exact);
    }
}

/* A NUL is no space; and there is no place for what is not there. */
static void what_is_no_place(void **state)
{
    (void)state;
    assert_int_equal(lin__json_space(" \0 ", 3, 0), 1);
    assert_int_equal(lin__json_space("", 1, 0), 0);
    lin__entry entries[] = {{.name = "weight", .at = 30}, {.name = "bias", .at = 90}};
    lin__header header = {.entries = entries, .count = 2};
    assert_ptr_equal(lin__entry_of(&header, "bias"), &entries[1]);
    assert_null(lin__entry_of(&header, "bia"));
    assert_null(lin__entry_of(&(lin__header){0}, "bias"));
    assert_int_equal(lin__tensor_byte(&header, "weight"), 30);
    assert_int_equal(lin__tensor_byte(&header, "scale"), LIN__HEADER_AT);
    assert_int_equal(lin__linnet_byte(&header, "format"), LIN__HEADER_AT); /* it says nothing of a net */
}

static void check_spelled(const char *raw, size_t offset, int64_t byte)
{
    lin__spelled s = {raw, strlen(raw), 100};
    assert_int_equal(lin__spelled_byte(&s, offset), 100 + byte);
}

static void bytes_of_escapes(void **state)
{
    (void)state;
    check_spelled("abc", 2, 2);
    check_spelled("\\\"a\\\\b", 0, 0);
    check_spelled("\\\"a\\\\b", 1, 2);
    check_spelled("\\\"a\\\\b", 3, 5);
    check_spelled("\\n\\u0041x", 2, 8); /* one byte of UTF-8 */
    check_spelled("\\u00e4x", 1, 0);    /* within a character */
    check_spelled("\\u00e4x", 2, 6);    /* two */
    check_spelled("\\u20acx", 3, 6);    /* three */
    check_spelled("\\ud83d\\ude00x", 3, 0);
    check_spelled("\\ud83d\\ude00x", 4, 12); /* four, of a pair */
    check_spelled("\\u007f\\u0080x", 1, 6);
    check_spelled("\\u007f\\u0080x", 3, 12);
    check_spelled("\\u07ff\\u0800x", 5, 12);
    check_spelled("abc", 3, 3);              /* its end */
    check_spelled("\\ud800\\udc00x", 4, 12); /* the first pair, and the last */
    check_spelled("\\udbff\\udfffx", 4, 12);
    check_spelled("\\ue000\\u0041x", 3, 6); /* none: three and one */
    check_spelled("\\ue000\\u0041x", 4, 12);
    check_spelled("\\u007d", 1, 6); /* nothing behind it */
    check_spelled("\\u00", 9, 4);
    assert_int_equal(lin__spelled_byte(&(lin__spelled){.at = 8}, 5), 13);
}

/* ---- Within a model's file ----------------------------------------------------------------------- */

/* Linnet's JSON in the header of a file, its quotes escaped, or every character of it. Where its caret came to stand. */
static size_t put_linnet(const char *path, const char *linnet, bool all)
{
    char header[4000] = "{\"__metadata__\":{\"note\":\"linnet\",\"linnet\" : \"", *at = header + strlen(header);
    size_t place = 0;
    for (; *linnet; linnet++) {
        if (*linnet == '^')
            place = 8 + (size_t)(at - header);
        else
            at += sprintf(at, all ? "\\u%04x" : *linnet == '"' || *linnet == '\\' ? "\\%c" : "%c", *linnet);
    }
    strcpy(at, "\"},\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
               "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}");
    put_safetensors(path, header, (const char[32]){0}, 32);
    return place;
}

#define LAYERS "{\"kind\":\"sequential\",\"layers\":[{\"kind\":\"linear\",\"in\":3,\"out\":2},{\"kind\":\"relu\"}]}"

static void what_is_wrong_with_a_model(void **state)
{
    lin_ctx *ctx = *state;
    static const char *const wrong[] = {
        "{\"format\":1,\"architecture\"^:",
        "{\"format\":1000000000000000000^0,\"a\":1}",
        "{\"format\":^\"1\",\"architecture\":" LAYERS "}",
        "^{\"architecture\":" LAYERS "}",
        "{\"format\":^3,\"architecture\":" LAYERS "}",
        "{\"checkpoint\":^1,\"architecture\":" LAYERS "}",
        "{\"format\":1,\"architecture\":^{}}",
        "{\"format\":1,\"architecture\":{\"kind\":\"sequential\",\"layers\":[{\"kind\":\"linear\",\"in\":3,\"out\":2},"
        "^{\"kind\":\"gelu\"}]}}",
        "{\"format\":1,\"architecture\":{\"kind\":\"sequential\",\"layers\":[^{\"kind\":\"linear\",\"in\":3,\"out\":0}]"
        "}}",
        "{\"format\":1,\"architecture\":{\"kind\":\"sequential\",\"layers\":[{\"kind\":\"linear\",\"in\":3,\"out\":2},"
        "{\"kind\":\"sequential\",\"layers\":[{\"kind\":\"relu\"},^{\"kind\":\"linear\",\"in\":2,\"out\":2}]}]}}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"task\":^\"both\"}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"classes\":^[\"a\"]}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"classes\": [\"a\", ^1]}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"input\":^{\"dtype\":\"f32\"}}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"input\":{\"shape\":^[0],\"dtype\":\"f32\"}}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"input\":{\"shape\":[3],\"dtype\":^\"u1\"}}",
        "{\"format\":1,\"architecture\":" LAYERS ",\"training\":^[]}",
    };
    const char *path = in_folder("wrong.safetensors");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (int all = 0; all < 2; all++) {
            char expected[60];
            snprintf(expected, sizeof expected, "wrong.safetensors: byte %zu: ", put_linnet(path, wrong[i], all));
            assert_null(lin_load(ctx, path));
            if (!strstr(lin_error(ctx), expected)) fail_msg("%s:\n%s: %s", wrong[i], expected, lin_error(ctx));
            lin_error_clear(ctx);
        }
    put_linnet(path, "{\"format\":1,\"architecture\":" LAYERS "}", true);
    assert_non_null(lin_load(ctx, path));
}

/* Even the key is spelled with escapes: then the object that has it is told. */
static void a_key_in_escapes(void **state)
{
    lin_ctx *ctx = *state;
    const char *header = "{\"__metadata__\":{\"l\\u0069nnet\":\"{\\\"format\\\":0}\"}}";
    assert_null(lin_load(ctx, put_safetensors(in_folder("wrong.safetensors"), header, NULL, 0)));
    check_error_has(ctx, LIN_EDATA, "wrong.safetensors: byte 24: __metadata__ \"linnet\": its \"format\"");
}

/* A tensor that does not fit is told by its name's byte, one that is not finite by its element's, in the type it is stored in. */
static void what_is_wrong_with_tensors(void **state)
{
    lin_ctx *ctx = *state;
    static const struct {
        const char *header, *message;
    } wrong[] = {
        {"{\"weight\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[2,6]}, "
         "^\"bias\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}}",
         "tensor \"bias\" is ()"},
        {"{\"bias\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]},"
         "^\"weight\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[2,6]}}",
         "tensor \"weight\" is (2)"},
        {"{\"weight\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]},"
         "^\"scale\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]}}",
         "tensor \"bias\" of its linear layer is missing"},
    };
    unsigned char data[6] = {0, 0x3c, 0, 0x3c, 0, 0x3c};
    const char *path = in_folder("wrong.safetensors");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char header[300] = "", expected[200];
        const char *text = wrong[i].header, *caret = strchr(text, '^');
        memcpy(header, text, (size_t)(caret - text));
        strcpy(header + (caret - text), caret + 1);
        assert_null(lin_load(ctx, put_safetensors(path, header, data, sizeof data)));
        size_t byte = i < 2 ? 8 + (size_t)(caret - text) : 8; /* nothing has the byte of what is missing */
        snprintf(expected, sizeof expected, "wrong.safetensors: byte %zu: %s", byte, wrong[i].message);
        check_error_has(ctx, LIN_EDATA, expected);
    }
    const char *good = "{\"weight\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[2,6]},"
                       "\"bias\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}";
    assert_non_null(lin_load(ctx, put_safetensors(path, good, data, sizeof data)));
    data[5] = 0x7c; /* inf */
    assert_null(lin_load(ctx, put_safetensors(path, good, data, sizeof data)));
    char expected[100];
    snprintf(expected, sizeof expected, "byte %zu: tensor \"weight\" is not finite at (0, 1)", 8 + strlen(good) + 4);
    check_error_has(ctx, LIN_EDATA, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(places_in_json),
        TEST(texts_that_end_early),
        TEST(what_is_no_place),
        TEST(bytes_of_escapes),
        TEST(what_is_wrong_with_a_model),
        TEST(a_key_in_escapes),
        TEST(what_is_wrong_with_tensors),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
