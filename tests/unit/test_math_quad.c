/* Our own exp and log in double against numbers of 113 bits (libquadmath's, or a long double that is as wide), which a long double
 * of 64 bits cannot stand in for: it is itself off by a 2,048th of what is measured. At most 1 unit in the last place wherever a
 * sample falls, and at the edges: overflow, the smallest numbers, beside 0 and 1, and where the reduction turns over. */
#include "kernel/kernel.h"
#include "support/support.h"

#include <float.h>
#include <math.h>

#if LDBL_MANT_DIG == 113
typedef long double quad;
#define QUAD(name) name##l
#elif defined(LINNET_TEST_QUADMATH)
#include <quadmath.h>
__extension__ typedef __float128 quad;
#define QUAD(name) name##q
#else
#define WITHOUT_QUAD
#endif

#ifdef WITHOUT_QUAD
int main(void)
{
    puts("skipped: this compiler has no numbers of 113 bits (gcc with libquadmath has)");
    return SKIPPED;
}
#else

static uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static double of_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* xorshift64* (Vigna 2016). */
static uint64_t random_bits(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717u;
}

static double between(double low, double high)
{
    return low + (high - low) * ((double)(random_bits() >> 11) * 0x1p-53);
}

/* ---- One number ------------------------------------------------------------------------------------- */

typedef struct tally {
    const char *name;
    double (*ours)(double);
    quad (*truth)(quad);
    double worst, at;
    long count;
} tally;

/* |got − want| in units of the last place of `want` as a double; beyond the largest one, infinity is one unit away. */
static double ulps(double got, quad want)
{
    if (isinf(got)) return QUAD(fabs)(want) > (quad)DBL_MAX && (got > 0) == (want > 0) ? 0 : INFINITY;
    int exponent;
    QUAD(frexp)(want, &exponent);
    exponent -= DBL_MANT_DIG;
    return (double)QUAD(ldexp)(QUAD(fabs)((quad)got - want), exponent < -1074 ? 1074 : -exponent);
}

static void hold(tally *t, double x)
{
    double off = ulps(t->ours(x), t->truth((quad)x));
    t->count++;
    if (!(off <= 1)) fail_msg("%s(%a) = %a is off by %.4f ulp", t->name, x, t->ours(x), off);
    if (off <= t->worst) return;
    t->worst = off;
    t->at = x;
}

/* x and its neighbours on both sides; x is not 0. */
static void hold_about(tally *t, double x, int neighbours)
{
    for (int i = -neighbours; i <= neighbours; i++)
        hold(t, of_bits(bits_of(x) + (uint64_t)(int64_t)i));
}

static void say(const tally *t)
{
    print_message("%s: %ld numbers, at most %.4f ulp, at %a\n", t->name, t->count, t->worst, t->at);
}

static long samples(void)
{
    return getenv("LINNET_EXHAUSTIVE") ? 5000000 : under_valgrind() ? 1000 : 100000;
}

/* ---- exp ------------------------------------------------------------------------------------------- */

static const double ln_2 = 0.69314718055994531, largest = 709.78271289338397, normal = -708.39641853226411,
                    subnormal = -745.13321910194111;

static tally of_exp(void)
{
    return (tally){.name = "exp", .ours = lin__exp, .truth = QUAD(exp)};
}

static void exp_where_it_is_sampled(void **state)
{
    (void)state;
    tally t = of_exp();
    for (long i = samples(); i > 0; i--) {
        hold(&t, between(subnormal, largest));
        hold(&t, between(subnormal, normal)); /* below the normal range */
        hold(&t, between(-1, 1));
        int exponent = (int)(random_bits() % 1075); /* beside 0, as near as there are numbers */
        hold(&t, ldexp(between(-2, 2), -exponent));
    }
    say(&t);
}

static void exp_at_its_edges(void **state)
{
    (void)state;
    tally t = of_exp();
    hold_about(&t, largest, 1000);
    hold_about(&t, normal, 1000);
    hold_about(&t, subnormal, 1000);
    hold_about(&t, subnormal + ln_2, 1000);
    for (int n = -1075; n <= 1024; n++) /* half-way from n to n + 1 powers of two */
        hold_about(&t, (n + 0.5) * ln_2, 20);
    for (int n = -1074; n <= 1023; n++) /* results beside powers of two */
        if (n) hold_about(&t, n * ln_2, 20);
    for (int i = 1; i <= 1000; i++) {
        hold(&t, of_bits((uint64_t)i));
        hold(&t, -of_bits((uint64_t)i));
    }
    hold_about(&t, DBL_MIN, 20);
    say(&t);
    assert_true(lin__exp(0) == 1 && lin__exp(-0.0) == 1 && lin__exp(-INFINITY) == 0 && lin__exp(-746) == 0);
    assert_true(isinf(lin__exp(INFINITY)) && isinf(lin__exp(710)) && isnan(lin__exp(NAN)));
}

/* ---- log ------------------------------------------------------------------------------------------- */

static tally of_log(void)
{
    return (tally){.name = "log", .ours = lin__log, .truth = QUAD(log)};
}

static void log_where_it_is_sampled(void **state)
{
    (void)state;
    tally t = of_log();
    for (long i = samples(); i > 0; i--) {
        uint64_t u = random_bits();
        hold(&t, of_bits(u % bits_of(DBL_MAX) + 1)); /* any positive number */
        hold(&t, of_bits((u >> 12) + 1));            /* below the normal range */
        hold(&t, between(0.5, 2));
        int exponent = (int)(u % 53); /* beside 1, as near as there are numbers */
        hold(&t, 1 + ldexp(between(-0.5, 1), -exponent));
    }
    say(&t);
}

static void log_at_its_edges(void **state)
{
    (void)state;
    tally t = of_log();
    for (int i = 1; i <= 4096; i++) {
        hold(&t, 1 + i * DBL_EPSILON);
        hold(&t, 1 - i * DBL_EPSILON / 2);
        hold(&t, of_bits((uint64_t)i));
        hold(&t, of_bits(bits_of(DBL_MAX) + 1 - (uint64_t)i));
    }
    hold_about(&t, DBL_MIN, 1000);
    for (int n = -1021; n <= 1023; n++) {
        hold_about(&t, ldexp(0.70710678118654757, n), 20); /* where the power of two turns over */
        if (n) hold_about(&t, ldexp(1, n), 20);
    }
    say(&t);
    assert_true(lin__log(1) == 0 && isinf(lin__log(0)) && lin__log(-0.0) < 0 && isinf(lin__log(INFINITY)));
    assert_true(isnan(lin__log(-1)) && isnan(lin__log(-DBL_TRUE_MIN)) && isnan(lin__log(NAN)));
}

/* What measures is itself measured: half a unit off is seen as half a unit. */
static void ulps_are_what_they_are_called(void **state)
{
    (void)state;
    assert_true(ulps(1, 1) == 0 && ulps(1 + DBL_EPSILON, 1) == 1);
    assert_true(ulps(1, 1 + (quad)DBL_EPSILON / 4) == 0.25);
    assert_true(ulps(DBL_TRUE_MIN, (quad)DBL_TRUE_MIN * 3 / 2) == 0.5);
    assert_true(ulps(INFINITY, (quad)DBL_MAX) == INFINITY && ulps(INFINITY, (quad)DBL_MAX * 2) == 0);
    assert_true(isnan(ulps(NAN, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ulps_are_what_they_are_called),
        cmocka_unit_test(exp_where_it_is_sampled),
        cmocka_unit_test(exp_at_its_edges),
        cmocka_unit_test(log_where_it_is_sampled),
        cmocka_unit_test(log_at_its_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
