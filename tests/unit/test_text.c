/* Text is measured the same everywhere, on a page and in a terminal. */
#include "support/support.h"

#include "report/text.h"

#include <locale.h>

static int columns(const char *text)
{
    return lin__text_columns(text, strlen(text));
}

static void columns_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(columns(""), 0);
    assert_int_equal(columns("train loss"), 10);
    assert_int_equal(columns("训练损失"), 8);
    assert_int_equal(columns("ｗｉｄｅ"), 8);
    assert_int_equal(columns("한국어"), 6);
    assert_int_equal(columns("e\u0301"), 1); /* a combining accent */
    assert_int_equal(columns("\U0001f600"), 2);
    assert_int_equal(columns("\u2800\u28ff\u2580\u2502"), 4);
    assert_int_equal(columns("\u200b"), 0);
}

/* Of DejaVu Sans: an em is 2048 units, a digit has 1303. */
static void widths_of_a_page(void **state)
{
    (void)state;
    assert_true(lin__text_width("0123456789", 10, 2048, false) == 13030);
    assert_true(lin__text_width("0123456789", 5, 2048, false) == 6515);
    assert_true(lin__text_width("0", 1, 2048, true) == 1425);
    assert_true(lin__text_width("中文", 6, 10, false) == 20);
    assert_true(lin__text_width("e\u0301", 3, 2048, false) == 1260);
    assert_true(lin__text_widest("a\nWWW\nbb", 2048, false) == 3 * 2025);
    assert_int_equal(lin__text_lines("a\n\nb"), 3);
}

static void every_character_comes_back(void **state)
{
    (void)state;
    for (uint32_t code = 1; code < 0x110000; code += code < 0x3000 ? 1 : 97) {
        char text[5] = {0};
        const char *s = text;
        int bytes = lin__utf8_put(text, code);
        assert_int_equal(lin__utf8_next(&s), code);
        assert_int_equal(s - text, bytes);
    }
}

static double by_columns(const void *user, const char *text, size_t bytes)
{
    (void)user;
    return lin__text_columns(text, bytes);
}

static void check_wrap(lin_ctx *ctx, const char *text, int width, const char *expected)
{
    assert_string_equal(lin__text_wrap(ctx, text, width, by_columns, NULL), expected);
}

static void breaking_lines(void **state)
{
    lin_ctx *ctx = *state;
    check_wrap(ctx, "", 10, "");
    check_wrap(ctx, "one two three", 20, "one two three");
    check_wrap(ctx, "one two three", 7, "one two\nthree");
    check_wrap(ctx, "one two three", 1, "one\ntwo\nthree");
    check_wrap(ctx, "one two\nthree four", 9, "one two\nthree\nfour");
    check_wrap(ctx, "a longest-word b", 5, "a\nlongest-word\nb");
    check_wrap(ctx, "10\u00a0% of 20\u00a0%", 6, "10\u00a0%\nof\n20\u00a0%"); /* kept together */
    check_wrap(ctx, "trailing ", 20, "trailing ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_of_a_terminal),
        TEST(widths_of_a_page),
        TEST(every_character_comes_back),
        TEST(breaking_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
