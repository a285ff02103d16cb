/* Text that may be shown on a terminal, whoever wrote it; and places where a file could be saved. */
#include "base/file.h"

#include "support/support.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(const char *text, const char *shown)
{
    char out[128];
    assert_ptr_equal(lin_printable(out, sizeof out, text), out);
    assert_string_equal(out, shown);
}

static void words_stay_as_they_are(void **state)
{
    (void)state;
    check("", "");
    check("ankle boot", "ankle boot");
    check("größe, 大きさ, 📦", "größe, 大きさ, 📦");
}

static void what_a_terminal_obeys_is_escaped(void **state)
{
    (void)state;
    check("a\nb\tc", "a\\x0Ab\\x09c");
    check("\x1b[31mred\x7f", "\\x1B[31mred\\x7F");
    check("\xc2\x9b"
          "31m",
          "\\xC2\\x9B31m");                   /* C1 */
    check("\xe2\x80\xae", "\\xE2\\x80\\xAE"); /* right to left override */
    check("\xe2\x80\x8f", "\\xE2\\x80\\x8F"); /* right to left mark */
}

/* Each code point alone, as RFC 3629 has it: shown, but for controls, line separators and the marks that turn a line. */
static void every_character(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        char s[5] = {0}, shown[20];
        if (code < 0x80)
            s[0] = (char)code;
        else {
            int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
            s[0] = (char)(0xff00 >> (more + 1) | code >> 6 * more);
            for (int i = 1; i <= more; i++)
                s[i] = (char)(0x80 | (code >> 6 * (more - i) & 0x3f));
        }
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000) ||
                       code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
                       (code >= 0x2066 && code <= 0x2069);
        lin_printable(shown, sizeof shown, s);
        if (control ? strlen(shown) != 4 * strlen(s) || *shown != '\\' : strcmp(shown, s) != 0)
            fail_msg("U+%04X is shown as %s", (unsigned)code, shown);
    }
}

static void broken_utf8_is_escaped(void **state)
{
    (void)state;
    check("\xff", "\\xFF");
    check("\xc3", "\\xC3");                   /* cut off */
    check("\xc0\xaf", "\\xC0\\xAF");          /* too long a form */
    check("\xed\xa0\x80", "\\xED\\xA0\\x80"); /* half of a pair */
    check("\xf4\x90\x80\x80 x", "\\xF4\\x90\\x80\\x80 x");
}

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    static const char *const good[] = {"", "\x01\x7f", "größe", "\xc2\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "📦"};
    static const char *const bad[] = {"\x80",
                                      "a\xff",
                                      "\xc3",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(lin__is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(lin__is_utf8(bad[i]));
}

static void it_is_cut_between_characters(void **state)
{
    (void)state;
    char out[6];
    assert_string_equal(lin_printable(out, sizeof out, "abcdefg"), "abcde");
    assert_string_equal(lin_printable(out, sizeof out, "abcdü"), "abcd");
    assert_string_equal(lin_printable(out, sizeof out, "ab\x01"), "ab");
    assert_string_equal(lin_printable(out, 1, "ab"), "");
}

static int files_in(const char *folder)
{
    DIR *d = opendir(folder);
    assert_non_null(d);
    int count = 0;
    while (readdir(d))
        count++;
    closedir(d);
    return count - 2;
}

static void asking_leaves_no_trace(void **state)
{
    lin_ctx *ctx = *state;
    char folder[] = "/tmp/linnet-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model", folder);
    assert_int_equal(lin_can_write(ctx, path), 0);
    assert_int_equal(files_in(folder), 0);

    FILE *old = fopen(path, "w");
    assert_non_null(old);
    fputs("old", old);
    fclose(old);
    assert_int_equal(lin_can_write(ctx, path), 0);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 3);
    assert_int_equal(files_in(folder), 1);
    unlink(path);
    rmdir(folder);
    check_ok(ctx);
}

static void places_where_nothing_can_be_saved(void **state)
{
    lin_ctx *ctx = *state;
    assert_int_equal(lin_can_write(ctx, "/nowhere/at/all"), LIN_EIO);
    check_error(ctx, LIN_EIO, "/nowhere/at/all: cannot be created: No such file or directory: make its folder first");
    assert_int_equal(lin_can_write(ctx, "/tmp"), LIN_EIO);
    check_error(ctx, LIN_EIO, "/tmp: cannot be written: Is a directory");
    assert_int_equal(lin_can_write(ctx, ""), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to write is empty");
    assert_int_equal(lin_can_write(ctx, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to write is NULL");
    assert_int_equal(lin_can_write(NULL, "/tmp/x"), LIN_EINVAL);
}

static void pipes_and_devices_are_only_asked(void **state)
{
    lin_ctx *ctx = *state;
    char folder[] = "/tmp/linnet-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(lin_can_write(ctx, path), 0); /* and does not wait for a reader */
    assert_int_equal(lin_can_write(ctx, "/dev/null"), 0);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stay_as_they_are),
        cmocka_unit_test(what_a_terminal_obeys_is_escaped),
        cmocka_unit_test(every_character),
        cmocka_unit_test(broken_utf8_is_escaped),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(it_is_cut_between_characters),
        TEST(asking_leaves_no_trace),
        TEST(places_where_nothing_can_be_saved),
        TEST(pipes_and_devices_are_only_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
