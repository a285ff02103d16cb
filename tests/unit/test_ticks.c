/* Ticks: round, inside of the range, not too many, and spelt as they are. */
#include "support/support.h"

#include "kernel/kernel.h"
#include "report/ticks.h"

#include <math.h>
#include <stdlib.h>

/* "2 4 6 8 10", with the factor behind it. */
static const char *ticks(double low, double high, int at_most, lin__spelling spelling, bool whole, lin_scale scale)
{
    static char out[512];
    lin__ticks t;
    size_t used = 0;
    lin__ticks_make(&(lin__range){low, high, scale, whole, 0}, at_most, spelling, &t);
    out[0] = '\0';
    for (int i = 0; i < t.count; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, i ? " %s" : "%s", t.tick[i].text);
    if (t.factor[0]) snprintf(out + used, sizeof out - used, " %s", t.factor);
    return out;
}
#define LINEAR(low, high, at_most) ticks(low, high, at_most, LIN__PLAIN, false, LIN_SCALE_LINEAR)
#define LOG(low, high, at_most)    ticks(low, high, at_most, LIN__PLAIN, false, LIN_SCALE_LOG)

static void linear(void **state)
{
    (void)state;
    assert_string_equal(LINEAR(1, 10, 6), "2 4 6 8 10");
    assert_string_equal(LINEAR(0.3, 0.9, 7), "0.3 0.4 0.5 0.6 0.7 0.8 0.9");
    assert_string_equal(LINEAR(0.3, 0.9, 6), "0.4 0.6 0.8");
    assert_string_equal(LINEAR(-7.5, 7.5, 8), "-6 -4 -2 0 2 4 6");
    assert_string_equal(LINEAR(0, 1, 3), "0.0 0.5 1.0");
    assert_string_equal(LINEAR(0, 60000, 4), "0 20000 40000 60000");
    assert_string_equal(LINEAR(17.2, 17.21, 5), "17.200 17.205 17.210");
    assert_string_equal(LINEAR(-1e-3, 1e-3, 5), "-0.0010 -0.0005 0.0000 0.0005 0.0010");
}

static void whole_numbers_only(void **state)
{
    (void)state;
    assert_string_equal(ticks(1, 3, 10, LIN__PLAIN, true, LIN_SCALE_LINEAR), "1 2 3");
    assert_string_equal(ticks(1, 3, 11, LIN__PLAIN, false, LIN_SCALE_LINEAR),
                        "1.0 1.2 1.4 1.6 1.8 2.0 2.2 2.4 2.6 2.8 3.0");
}

static void factors(void **state)
{
    (void)state;
    assert_string_equal(LINEAR(0, 5e6, 6), "0 1 2 3 4 5 x1e6");
    assert_string_equal(LINEAR(0, 3e-5, 4), "0 1 2 3 x1e-5");
    assert_string_equal(LINEAR(0, 2.5e-5, 4), "0 1 2 x1e-5");
    assert_string_equal(ticks(-2e-5, 2e-5, 5, LIN__TYPESET, false, LIN_SCALE_LINEAR),
                        "\u22122 \u22121 0 1 2 \u00d710\u207b\u2075");
    assert_string_equal(ticks(0, 2e12, 3, LIN__TYPESET, false, LIN_SCALE_LINEAR), "0 1 2 \u00d710\u00b9\u00b2");
}

static void logarithmic(void **state)
{
    (void)state;
    assert_string_equal(LOG(0.001, 10, 9), "0.001 0.01 0.1 1 10");
    assert_string_equal(LOG(3e-5, 2, 9), "1e-4 1e-3 1e-2 1e-1 1e0");
    assert_string_equal(LOG(1e-10, 1, 4), "1e-10 1e-7 1e-4 1e-1");
    assert_string_equal(ticks(1e-5, 1e-3, 5, LIN__TYPESET, false, LIN_SCALE_LOG),
                        "10\u207b\u2075 10\u207b\u2074 10\u207b\u00b3");
    assert_string_equal(LOG(0.15, 3, 6), "0.2 0.5 1 2");
    assert_string_equal(LOG(2.1, 4.4, 5), "2.5 3.0 3.5 4.0"); /* hardly curved: as a linear one */
    assert_string_equal(LOG(1, 1000, 9), "1 10 100 1000");
}

static void ranges_without_ticks(void **state)
{
    (void)state;
    assert_string_equal(LINEAR(1, 1, 5), "");
    assert_string_equal(LINEAR(2, 1, 5), "");
    assert_string_equal(LINEAR(1, 1 + 1e-12, 5), "");
    assert_string_equal(LINEAR(-1e308, 1e308, 5), "");
    assert_string_equal(LINEAR(0, NAN, 5), "");
    assert_string_equal(LOG(1, 1, 5), "");
    assert_string_equal(LOG(0, 1, 5), "");
}

static void check_range(double low, double high, int at_most, lin_scale scale)
{
    lin__ticks t;
    lin__ticks_make(&(lin__range){low, high, scale, false, 0}, at_most, LIN__PLAIN, &t);
    double factor = t.factor[0] ? strtod(t.factor + 1, NULL) : 1, slack = 1e-6 * (high - low);
    assert_true(t.count >= 1 && t.count <= at_most);
    for (int i = 0; i < t.count; i++) {
        double at = t.tick[i].at, said = strtod(t.tick[i].text, NULL) * factor;
        if (!(at >= low - slack && at <= high + slack)) fail_msg("%g is not in [%g, %g]", at, low, high);
        if (i && !(at > t.tick[i - 1].at)) fail_msg("%g after %g", at, t.tick[i - 1].at);
        if (!(fabs(said - at) <= 1e-9 * fmax(fabs(at), high - low))) fail_msg("%.17g is called %s", at, t.tick[i].text);
    }
}

/* Whatever the range: at least one tick, at most as many as there is room for, each inside, rising, and what it
 * says. */
static void any_range(void **state)
{
    (void)state;
    const lin__stream s = {.seed = 1, .kind = LIN__STREAM_UNIFORM};
    double u[3 * 2000];
    lin__uniform_f64(&s, 0, 3 * 2000, 0, 1, u);
    for (int i = 0; i < 2000; i++) {
        double span = lin__exp((u[3 * i] - 0.5) * 40), low = (u[3 * i + 1] - 0.5) * 20 * span;
        int at_most = 3 + (int)(u[3 * i + 2] * 12);
        check_range(low, low + span, at_most, LIN_SCALE_LINEAR);
        double first = lin__exp((u[3 * i + 1] - 0.5) * 40);
        check_range(first, first * lin__exp(0.1 + 20 * u[3 * i]), at_most, LIN_SCALE_LOG);
    }
}

static void labels(void **state)
{
    (void)state;
    char out[64];
    lin__ticks t = {.factor = ""};
    assert_string_equal(lin__axis_label("loss", &t, out, sizeof out), "loss");
    assert_null(lin__axis_label(NULL, &t, out, sizeof out));
    assert_null(lin__axis_label("", &t, out, sizeof out));
    strcpy(t.factor, "x1e6");
    assert_string_equal(lin__axis_label("loss", &t, out, sizeof out), "loss (x1e6)");
    assert_string_equal(lin__axis_label(NULL, &t, out, sizeof out), "x1e6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(linear),      TEST(whole_numbers_only),   TEST(factors),
        TEST(logarithmic), TEST(ranges_without_ticks), TEST(any_range),
        TEST(labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
