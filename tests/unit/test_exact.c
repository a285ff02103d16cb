/* Doubles in the JSON of checkpoints: each comes back as it was, those too that JSON has no number for. */
#include "train/run.h"

#include "support/support.h"

#include <float.h>
#include <math.h>

static void check_same(double x, const char *text)
{
    json_t *value = lin__exact_write(x);
    assert_non_null(value);
    if (text)
        assert_string_equal(json_string_value(value), text);
    else
        assert_true(json_is_real(value));
    double back = 7;
    assert_true(lin__exact_read(value, &back));
    assert_true(isnan(x) ? isnan(back) : !memcmp(&back, &x, sizeof x));
    json_decref(value);
}

static void every_double_comes_back(void **state)
{
    (void)state;
    const double numbers[] = {0, -0.0, 0.1, -1e300, DBL_MAX, -DBL_MAX, DBL_MIN, 0x1p-1074, 1e15, 3};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        check_same(numbers[i], NULL);
    check_same(NAN, "nan");
    check_same(-NAN, "nan");
    check_same(INFINITY, "inf");
    check_same(-INFINITY, "-inf");
}

static void what_is_no_double(void **state)
{
    (void)state;
    const char *texts[] = {"\"\"", "\"Inf\"", "\"infinity\"", "\"1\"", "null", "true", "[1.0]", "{}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        double x = 7;
        assert_non_null(value);
        assert_false(lin__exact_read(value, &x));
        assert_true(x == 7);
        json_decref(value);
    }
    assert_false(lin__exact_read(NULL, &(double){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_double_comes_back),
        cmocka_unit_test(what_is_no_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
