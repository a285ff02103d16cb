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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(json_is_compact_and_shortest),
        TEST(json_of_the_callers_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
