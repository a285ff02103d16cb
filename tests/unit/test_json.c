/* JSON: how it is read from files and from callers, and the bytes that are written. */
#include "model/safetensors.h"

#include "support/support.h"

static void json_is_compact_and_shortest(void **state)
{
    lin_ctx *ctx = *state;
    const char *text = "{ \"b\": [1, -0.0, 0.1, 1e300, 2.5e-8, 123456789.0, true, false, null, []], \"a\": {},\n"
                       "\"s\": \"\\u0000\\u001f\\\"\\\\\\/\\u00e9\" , \"n\": -9223372036854775808}";
    json_t *doc = lin__json_parse(ctx, "file", &(lin__spelled){0}, "text", text, strlen(text));
    assert_non_null(doc);
    const char *expected = "{\"b\":[1,-0.0,0.1,1.0e+300,2.5e-08,123456789.0,true,false,null,[]],\"a\":{},"
                           "\"s\":\"\\u0000\\u001f\\\"\\\\/é\",\"n\":-9223372036854775808}";
    assert_string_equal(lin__json_text(ctx, 0, doc), expected);
    json_decref(doc);
}

static void json_of_the_callers_own(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin__json_parse(ctx, NULL, NULL, "settings", "[1,]", 4));
    check_error_has(ctx, LIN_EINVAL, "settings, its byte 3: unexpected token near ']'");
    assert_null(lin__json_parse(ctx, "file", &(lin__spelled){.at = 100}, "settings", "[1,]", 4));
    check_error_has(ctx, LIN_EDATA, "file: byte 103: settings: unexpected token near ']'");
}

/* Every character below a space, and none from it on, is spelled with an escape. */
static void characters_that_are_escaped(void **state)
{
    lin_ctx *ctx = *state;
    char text[128];
    for (int i = 0; i < 127; i++)
        text[i] = (char)(i + 1);
    text[127] = 0;
    json_t *value = json_string(text);
    const char *got = lin__json_text(ctx, 0, value);
    json_decref(value);
    assert_int_equal(*got++, '"');
    for (int i = 0; i < 127; i++) {
        char expected[8];
        snprintf(expected, sizeof expected,
                 text[i] < ' '                       ? "\\u%04x"
                 : text[i] == '"' || text[i] == '\\' ? "\\%c"
                                                     : "%c",
                 text[i]);
        assert_memory_equal(got, expected, strlen(expected));
        got += strlen(expected);
    }
    assert_string_equal(got, "\"");
}

/* ---- Limits -------------------------------------------------------------------------------------- */

/* `before`, then so many of `c`, then `behind`; malloc'd. */
static char *much(const char *before, char c, size_t count, const char *behind)
{
    char *text = malloc(strlen(before) + count + strlen(behind) + 1), *at = stpcpy(text, before);
    memset(at, c, count);
    strcpy(at + count, behind);
    return text;
}

static void check_refused(lin_ctx *ctx, char *text, const char *message)
{
    assert_null(lin__json_parse(ctx, NULL, NULL, "text", text, strlen(text)));
    check_error_has(ctx, LIN_EINVAL, message);
    free(text);
}

static void check_taken(lin_ctx *ctx, char *text)
{
    json_t *value = lin__json_parse(ctx, NULL, NULL, "text", text, strlen(text));
    check_ok(ctx);
    assert_non_null(value);
    json_decref(value);
    free(text);
}

/* Wherever in the text it stands, and whether it is a key, a string or a number. */
static void the_longest_token(void **state)
{
    lin_ctx *ctx = *state;
    const size_t most = LIN__JSON_TOKEN;
    if (valgrind_spares()) skip(); /* a hundred and fifty million characters, one by one */
    check_refused(ctx, much("", '1', most + 1, ""), "text, its byte 0: a string is too long");
    check_refused(ctx, much("[0, ", '1', most + 1, " ]"), "text, its byte 0: a string is too long");
    check_refused(ctx, much("[0, ", '1', most, " ]"), "too big integer");
    check_taken(ctx, much("[\"", 'x', most - 2, "\"]"));
    check_taken(ctx, much("{\"", 'x', most - 2, "\":\"\"}"));
    check_refused(ctx, much("{\"", 'x', most - 1, "\":\"\"}"), "text, its byte 0: a string is too long");
    check_taken(ctx, much("[\"\\\"", 'x', most - 4, "\"]"));
    check_refused(ctx, much("[\"\\\"", 'x', most - 3, "\"]"), "text, its byte 0: a string is too long");
    check_taken(ctx, much("[\"x\\\"", 'x', most - 5, "\"]")); /* an escape that begins at an even byte */
    check_refused(ctx, much("[\"x\\\"", 'x', most - 4, "\"]"), "text, its byte 0: a string is too long");
    check_taken(ctx, much("[\"\",", ' ', most, "\"\"]"));
}

static void the_deepest_nesting(void **state)
{
    lin_ctx *ctx = *state;
    char *text = much("", '[', LIN__JSON_DEPTH, ""), *all = much(text, ']', LIN__JSON_DEPTH, "");
    free(text);
    check_taken(ctx, all);
    text = much("", '[', LIN__JSON_DEPTH + 1, "");
    all = much(text, ']', LIN__JSON_DEPTH + 1, "");
    free(text);
    check_refused(ctx, all, "text, its byte 64: nested too deeply");
    text = much("", '[', LIN__JSON_DEPTH, "");
    all = much(text, ',', LIN__JSON_VALUES, "");
    free(text);
    check_refused(ctx, all, "too many values");
}

/* ---- Without memory ------------------------------------------------------------------------------ */

static size_t largest; /* what jansson is given at once */

static void *small_ones(size_t bytes)
{
    return bytes <= largest ? malloc(bytes) : NULL;
}

/* jansson drops characters that its buffer has no room for, and ends in an assertion over half an escape: it is not let come to
 * that. */
static void a_buffer_that_cannot_grow(void **state)
{
    lin_ctx *ctx = *state;
    char text[4000], *at = stpcpy(text, "{\"a\":\"");
    for (int i = 0; i < 300; i++)
        at = stpcpy(at, "\\u00e4\\n");
    strcpy(at, "\"}");
    json_set_alloc_funcs(small_ones, free);
    for (largest = 100; largest < 20000; largest += 100) {
        json_t *value = lin__json_parse(ctx, "file", &(lin__spelled){.at = 8}, "text", text, strlen(text));
        json_decref(value);
        if (value) break;
        check_error_has(ctx, LIN_ENOMEM, "out of memory");
    }
    json_set_alloc_funcs(malloc, free);
    assert_in_range(largest, 1000, 19999);
}

static int before_it_fails; /* allocations that succeed before one does not */

static void *all_but_one(size_t bytes)
{
    return before_it_fails-- != 0 ? malloc(bytes) : NULL;
}

/* jansson tells some allocations that fail as faults of the text: of the text's own tokens, never of the key that is put before
 * them. */
static void one_allocation_fails(void **state)
{
    lin_ctx *ctx = *state;
    json_t *value = NULL;
    json_set_alloc_funcs(all_but_one, free);
    int n = 0;
    for (; n < 100; n++) {
        before_it_fails = n;
        value = lin__json_parse(ctx, "file", &(lin__spelled){0}, "text", "{\"\":1}", 6);
        if (before_it_fails >= 0) break; /* there are no more */
        assert_null(value);
        if (!strstr(lin_error(ctx), "file: byte 2: text: ")) assert_int_equal(lin_error_code_of(ctx), LIN_ENOMEM);
        lin_error_clear(ctx);
    }
    json_decref(value);
    json_set_alloc_funcs(malloc, free);
    assert_in_range(n, 8, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(json_is_compact_and_shortest), TEST(json_of_the_callers_own),
        TEST(characters_that_are_escaped),  TEST(the_longest_token),
        TEST(the_deepest_nesting),          TEST(a_buffer_that_cannot_grow),
        TEST(one_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
