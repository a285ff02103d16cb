/* Numbers as text: the shortest that read back to the same bits, always with a point. */
#include "support/support.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

static void check(double x, lin_dtype dtype, const char *text)
{
    char out[LIN_NUMBER_SIZE];
    assert_ptr_equal(lin_number_text(out, x, dtype), out);
    assert_string_equal(out, text);
}

static void they_have_a_point(void **state)
{
    (void)state;
    check(0, LIN_F64, "0.0");
    check(-0.0, LIN_F64, "-0.0");
    check(1, LIN_F64, "1.0");
    check(-3.4, LIN_F64, "-3.4");
    check(100, LIN_F64, "100.0");
    check(1234567890123456, LIN_F64, "1234567890123456.0");
    check(1e16, LIN_F64, "1.0e+16");
    check(1e15, LIN_F64, "1000000000000000.0");
    check(0.0001, LIN_F64, "0.0001");
    check(0.00012345, LIN_F64, "0.00012345");
    check(1e-5, LIN_F64, "1.0e-05");
    check(-1.5e-300, LIN_F64, "-1.5e-300");
    check(NAN, LIN_F64, "nan");
    check(-NAN, LIN_F32, "nan");
    check(INFINITY, LIN_F32, "inf");
    check(-INFINITY, LIN_F64, "-inf");
}

static void they_are_the_shortest(void **state)
{
    (void)state;
    check(0.1, LIN_F64, "0.1");
    check(0.1f, LIN_F32, "0.1");
    check(0.1f, LIN_F64, "0.10000000149011612");
    check(1.0 / 3, LIN_F64, "0.3333333333333333");
    check(1.0f / 3, LIN_F32, "0.33333334");
    check(DBL_MAX, LIN_F64, "1.7976931348623157e+308");
    check(DBL_MIN, LIN_F64, "2.2250738585072014e-308");
    check(5e-324, LIN_F64, "5.0e-324");
    check(FLT_MAX, LIN_F32, "3.4028235e+38");
    check(1e-45f, LIN_F32, "1.0e-45");
    check(9007199254740993.0, LIN_F64, "9007199254740992.0");
    check(16777216, LIN_F32, "16777216.0");
}

/* Below a power of two doubles lie twice as close as above it: the nearest decimal may be below and too far away, while a
 * farther one above reads back. */
static void powers_of_two_have_uneven_neighbours(void **state)
{
    (void)state;
    check(0x1p-44, LIN_F64, "5.684341886080802e-14");
    check(0x1p-1022, LIN_F64, "2.2250738585072014e-308");
    check(9.8607613152626476e-32, LIN_F64, "9.860761315262648e-32"); /* 2^-103 */
    check(0x1p-24f, LIN_F32, "5.9604645e-08");
}

/* A generator of bits, as tests have no other randomness. */
static uint64_t next_bits(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

static void any_bits_read_back(void **state)
{
    (void)state;
    uint64_t s = 88172645463325252u;
    char out[LIN_NUMBER_SIZE];
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_bits(&s);
        uint32_t low = (uint32_t)bits;
        double x;
        float y;
        memcpy(&x, &bits, sizeof x);
        memcpy(&y, &low, sizeof y);
        if (isfinite(x) && strtod(lin_number_text(out, x, LIN_F64), NULL) != x) fail_msg("%s is not %a", out, x);
        if (!isfinite(y)) continue;
        lin_number_text(out, y, LIN_F32);
        if (strtof(out, NULL) != y || (float)strtod(out, NULL) != y) fail_msg("%s is not %a", out, y);
    }
}

static void a_comma_in_the_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    const char *set = NULL;
    for (size_t i = 0; !set && i < sizeof names / sizeof *names; i++)
        set = setlocale(LC_NUMERIC, names[i]);
    if (!set) skip();
    check(0.1, LIN_F64, "0.1");
    check(1e-7f, LIN_F32, "1.0e-07");
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_have_a_point),
        cmocka_unit_test(they_are_the_shortest),
        cmocka_unit_test(powers_of_two_have_uneven_neighbours),
        cmocka_unit_test(any_bits_read_back),
        cmocka_unit_test(a_comma_in_the_locale_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
