/* Our own exp, log, pow, sin and cos against the C library's in the next wider type: at most 1 unit in the last place (2 for pow in
 * double), the special values of C99, and the vector forms equal to these. */
#include "support/kernels.h"

#include <pthread.h>
#include <unistd.h>

/* |got − want| in units of the last place of `want` in float (24) or double (53 bits). */
static double ulps(long double got, long double want, int bits)
{
    if (got == want || (got != got && want != want) || !test_has_truth()) return 0;
    if (!isfinite(want) || !isfinite(got)) {
        long double limit = bits == 24 ? 0x1.ffffffp127L : 0x1.fffffffffffffcp1023L; /* rounds to infinity */
        return isinf(got) && fabsl(want) >= limit && signbit(got) == signbit(want) ? 0 : 1e9;
    }
    int exponent, least = bits == 24 ? -149 : -1074;
    frexpl(want, &exponent);
    exponent -= bits;
    return (double)(fabsl(got - want) / ldexpl(1, exponent < least ? least : exponent));
}
#define WITHIN(tolerance, bits, got, want, x, y)                                                                  \
    do {                                                                                                          \
        double off_ = ulps(got, want, bits);                                                                      \
        if (!(off_ <= (tolerance)))                                                                               \
            fail_msg("%s at (%a, %a): %a is off by %g ulp", #got, (double)(x), (double)(y), (double)(got), off_); \
    } while (0)

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* ---- All floats, on all processors ------------------------------------------------------------------------------- */

typedef struct sweep {
    pthread_t thread;
    uint64_t first, step;
    bool found; /* something worse than an ulp: */
    const char *name;
    float x, got;
    double want;
} sweep;

/* What is rounded correctly, as most are, needs no measuring. */
static bool is_near(sweep *s, const char *name, float x, float got, double want)
{
    if (got == (float)want || ulps(got, want, 24) <= 1) return true;
    s->found = true;
    s->name = name;
    s->x = x;
    s->got = got;
    s->want = want;
    return false;
}

static void *run_sweep(void *arg)
{
    sweep *s = arg;
    for (uint64_t u = s->first; u < (uint64_t)1 << 32; u += s->step) {
        float x = float_of((uint32_t)u);
        if (!is_near(s, "exp", x, lin__expf(x), exp((double)x))) break;
        if (!is_near(s, "log", x, lin__logf(x), log((double)x))) break;
    }
    return NULL;
}

/* Every 509th of all floats, or all of them, which script/soak does. */
static void exp_and_log_f32(void **state)
{
    (void)state;
    const int every = valgrind_step(50);
    enum { MOST = 64 };
    static sweep all[MOST];
    uint64_t step = getenv("LINNET_EXHAUSTIVE") ? 1 : under_valgrind() ? 50909 : 509;
    long here = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t threads = here < 1 ? 1 : here > MOST ? MOST : (uint64_t)here;
    for (uint64_t i = 0; i < threads; i++) {
        all[i] = (sweep){.first = i * step, .step = threads * step};
        assert_int_equal(pthread_create(&all[i].thread, NULL, run_sweep, &all[i]), 0);
    }
    for (uint64_t i = 0; i < threads; i++)
        pthread_join(all[i].thread, NULL);
    for (uint64_t i = 0; i < threads; i++)
        if (all[i].found)
            fail_msg("%s(%a) = %a, where %a is right", all[i].name, (double)all[i].x, (double)all[i].got, all[i].want);
    for (int i = 0; i < 200000; i += every) { /* where exp is not 0, 1 or inf */
        float x = (float)(test_unit() * 104);
        WITHIN(1, 24, lin__expf(x), exp((double)x), x, 0);
    }
}

static void exp_and_log_f64(void **state)
{
    (void)state;
    const int every = valgrind_step(50);
    for (int i = 0; i < 400000; i += every) {
        double wild = test_value_f64(SPECIAL), x = test_unit() * 746, near_1 = 1 + test_unit() * 0x1p-3,
               tiny = wild * 0x1p-1000;
        WITHIN(1, 53, lin__exp(x), expl((long double)x), x, 0);
        WITHIN(1, 53, lin__exp(x / 700), expl((long double)(x / 700)), x / 700, 0);
        WITHIN(1, 53, lin__exp(wild), expl((long double)wild), wild, 0);
        WITHIN(1, 53, lin__log(fabs(wild)), logl((long double)fabs(wild)), wild, 0);
        WITHIN(1, 53, lin__log(near_1), logl((long double)near_1), near_1, 0);
        WITHIN(1, 53, lin__log(fabs(tiny)), logl((long double)fabs(tiny)), tiny, 0);
        assert_true(wild >= 0 || isnan(lin__log(wild)) || wild == 0);
    }
}

static void pow_special(void **state)
{
    (void)state;
    static const double of[] = {0,
                                -0.0,
                                1,
                                -1,
                                2,
                                -2,
                                0.5,
                                -0.5,
                                3,
                                -3,
                                4,
                                5,
                                1.5,
                                -1.5,
                                INFINITY,
                                -INFINITY,
                                NAN,
                                1e300,
                                -1e300,
                                1e-300,
                                -1e-300,
                                9007199254740991.0,
                                9007199254740993.0,
                                16777215.0,
                                16777216.0,
                                1e-310,
                                0.25,
                                1e30,
                                -1e30,
                                8388607.5,
                                4503599627370495.5,
                                1025,
                                -1075};
    enum { COUNT = sizeof of / sizeof *of };
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++) {
            double x = of[i], y = of[j], got = lin__pow(x, y), want = pow(x, y);
            WITHIN(1, 53, got, want, x, y);
            if (!isnan(want)) assert_int_equal(signbit(got) != 0, signbit(want) != 0);
            float fx = (float)x, fy = (float)y, fgot = lin__powf(fx, fy);
            double fwant = pow((double)fx, (double)fy);
            WITHIN(1, 24, fgot, fwant, fx, fy);
            if (!isnan(fwant)) assert_int_equal(signbit(fgot) != 0, signbit(fwant) != 0);
        }
}

static void pow_sampled(void **state)
{
    (void)state;
    const int every = valgrind_step(50);
    for (int i = 0; i < 300000; i += every) {
        double x = fabs(test_value_f64(WILD)), y = test_unit() * (i % 3 ? 3 : 2000), base = 1 + test_unit() * 0.6;
        WITHIN(2, 53, lin__pow(x, y), powl((long double)x, (long double)y), x, y);
        WITHIN(2, 53, lin__pow(base, y), powl((long double)base, (long double)y), base, y);
    }
    for (int i = 0; i < 300000; i += every) {
        float x = fabsf(test_value_f32(WILD)), y = (float)(test_unit() * (i % 3 ? 3 : 200)),
              base = (float)(1 + test_unit() * 0.6);
        WITHIN(1, 24, lin__powf(x, y), pow((double)x, (double)y), x, y);
        WITHIN(1, 24, lin__powf(base, y), pow((double)base, (double)y), base, y);
        WITHIN(1, 24, lin__powf(-base, floorf(y)), pow(-(double)base, (double)floorf(y)), -base, floorf(y));
    }
    for (int i = 0; i < 1000; i++) { /* a square is a product */
        float x = test_value_f32(SPECIAL);
        double z = test_value_f64(SPECIAL);
        assert_true(test_same_f32(lin__powf(x, 2), x * x) && test_same_f64(lin__pow(z, 2), z * z));
    }
}

static void sin_and_cos(void **state)
{
    (void)state;
    const int every = valgrind_step(50);
    for (int i = 0; i < 400000; i += every) {
        double size = i % 3 == 0 ? 6.2831853071795865 : i % 3 == 1 ? 1048576 : 1e-3, x = test_unit() * size;
        WITHIN(1, 53, lin__sin(x), sinl((long double)x), x, 0);
        WITHIN(1, 53, lin__cos(x), cosl((long double)x), x, 0);
    }
    for (int i = 1; i < 100000; i += every) { /* beside the zeros */
        double x = i * 1.5707963267948966;
        WITHIN(1, 53, lin__sin(x), sinl((long double)x), x, 0);
        WITHIN(1, 53, lin__cos(x), cosl((long double)x), x, 0);
    }
    assert_true(signbit(lin__sin(-0.0)) && lin__sin(-0.0) == 0 && lin__cos(0) == 1);
    assert_true(isnan(lin__sin(INFINITY)) && isnan(lin__cos(-INFINITY)) && isnan(lin__sin(NAN)));
}

static void vectors_agree(void **state)
{
    (void)state;
    NEED_SET();
    enum { COUNT = 20000 };
    float *x = test_array_f32(COUNT, SPECIAL), *z = test_array_f32(COUNT, SPECIAL), y[3] = {0};
    double *u = test_array_f64(COUNT, SPECIAL), *w = test_array_f64(COUNT, SPECIAL), v[3] = {0};
    float *many = test_array_f32(3 * COUNT, TAME);
    double *much = test_array_f64(3 * COUNT, TAME);
    set_tested->f32.exp(COUNT, x, 1, many, 1);
    set_tested->f32.log(COUNT, x, 1, many + COUNT, 1);
    set_tested->f32.pow(COUNT, x, 1, z, 1, many + 2 * COUNT, 1);
    set_tested->f64.exp(COUNT, u, 1, much, 1);
    set_tested->f64.log(COUNT, u, 1, much + COUNT, 1);
    set_tested->f64.pow(COUNT, u, 1, w, 1, much + 2 * COUNT, 1);
    for (int i = 0; i < COUNT; i++) {
        y[0] = lin__expf(x[i]), y[1] = lin__logf(x[i]), y[2] = lin__powf(x[i], z[i]);
        v[0] = lin__exp(u[i]), v[1] = lin__log(u[i]), v[2] = lin__pow(u[i], w[i]);
        for (int f = 0; f < 3; f++)
            assert_true(test_same_f32(many[f * COUNT + i], y[f]) && test_same_f64(much[f * COUNT + i], v[f]));
    }
    free(x);
    free(z);
    free(u);
    free(w);
    free(many);
    free(much);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_and_log_f32), cmocka_unit_test(exp_and_log_f64), cmocka_unit_test(pow_special),
        cmocka_unit_test(pow_sampled),     cmocka_unit_test(sin_and_cos),     ON_EACH_SET(vectors_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
