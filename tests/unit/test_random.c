/* Counted randomness: Random123's known answers, values that depend on their place alone, the right distributions, and the keyed
 * bijection. Statistics are of fixed streams: a bound that holds once holds always. */
#include "support/kernels.h"

static const lin__stream stream = {.seed = 42, .kind = LIN__STREAM_NORMAL, .number = 7};

static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } of[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        lin__philox(of[i].counter, of[i].key, out);
        assert_memory_equal(out, of[i].out, sizeof out);
    }
}

/* The layout: key = seed, counter = {block, number, number high << 8 | kind}; a block is 4 floats or 2 doubles. */
static void layout(void **state)
{
    (void)state;
    const lin__stream s = {.seed = 0x0123456789abcdef, .kind = LIN__STREAM_UNIFORM, .number = 0x00fedcba98765432};
    const int64_t block = 0x123456789a;
    const uint32_t key[2] = {0x89abcdef, 0x01234567};
    const uint32_t counter[4] = {0x3456789a, 0x12, 0x98765432, 0xfedcba00 | LIN__STREAM_UNIFORM};
    uint32_t w[4];
    float f[4];
    double d[2];
    lin__philox(counter, key, w);
    lin__uniform_f32(&s, 4 * block, 4, 0, 1, f);
    for (int i = 0; i < 4; i++)
        assert_true(f[i] == (float)(w[i] >> 8) * 0x1p-24f);
    lin__uniform_f64(&s, 2 * block, 2, 0, 1, d);
    assert_true(d[0] == (double)((uint64_t)w[1] << 21 | w[0] >> 11) * 0x1p-53);
    assert_true(d[1] == (double)((uint64_t)w[3] << 21 | w[2] >> 11) * 0x1p-53);
    lin__normal_f64(&s, 2 * block, 2, 0, 1, d); /* Box and Muller */
    if (!test_has_truth()) return;
    long double u = ((long double)((uint64_t)w[1] << 21 | w[0] >> 11) + 1) * 0x1p-53L;
    long double angle = 6.283185307179586477L * ((uint64_t)w[3] << 21 | w[2] >> 11) * 0x1p-53L, r = sqrtl(-2 * logl(u));
    assert_true(fabsl(d[0] - r * cosl(angle)) < 1e-14L && fabsl(d[1] - r * sinl(angle)) < 1e-14L);
}

/* Any part of a stream is that part of the whole; other streams are other numbers. */
#define PLACES(T, SUFFIX)                                                                                  \
    static void places_##SUFFIX(void **state)                                                              \
    {                                                                                                      \
        (void)state;                                                                                       \
        enum { COUNT = 700 };                                                                              \
        T whole[COUNT], part[COUNT], uniform[COUNT];                                                       \
        lin__normal_##SUFFIX(&stream, 0, COUNT, 1, 2, whole);                                              \
        lin__uniform_##SUFFIX(&stream, 0, COUNT, -1, 2, uniform);                                          \
        for (int i = 0; i < 2000; i += valgrind_step(5)) {                                                 \
            int64_t at = test_below(COUNT), n = test_below(i % 2 ? COUNT - at + 1 : 3) % (COUNT - at + 1); \
            lin__normal_##SUFFIX(&stream, at, n, 1, 2, part);                                              \
            assert_memory_equal(part, whole + at, (size_t)n * sizeof *part);                               \
            lin__uniform_##SUFFIX(&stream, at, n, -1, 2, part);                                            \
            assert_memory_equal(part, uniform + at, (size_t)n * sizeof *part);                             \
        }                                                                                                  \
        lin__stream other[] = {stream, stream, stream, stream};                                            \
        other[0].seed++, other[1].seed += (uint64_t)1 << 40, other[2].number++, other[3].kind++;           \
        for (int i = 0; i < 4; i++) {                                                                      \
            lin__normal_##SUFFIX(other + i, 0, COUNT, 1, 2, part);                                         \
            for (int j = 0; j < 8; j++)                                                                    \
                assert_true(part[j] != whole[j]);                                                          \
        }                                                                                                  \
        lin__normal_##SUFFIX(&stream, (int64_t)1 << 40, 5, 1, 2, part); /* far out */                      \
        assert_true(part[0] != whole[0] && isfinite(part[4]));                                             \
    }
PLACES(float, f32)
PLACES(double, f64)

/* Moments and tails of n values, within 4.5 standard errors. */
static void check_normal(const double *x, int64_t n)
{
    double sum[5] = {0};
    int64_t beyond[7] = {0};
    for (int64_t i = 0; i < n; i++) {
        double p = 1;
        for (int k = 1; k < 5; k++)
            sum[k] += p *= x[i];
        for (int k = 0; k < 7; k++)
            beyond[k] += fabs(x[i]) > k;
    }
    double want[] = {1, 0, 1, 0, 3}, variance[] = {0, 1, 2, 15, 96}, root = sqrt((double)n);
    for (int k = 1; k < 5; k++)
        if (fabs(sum[k] / (double)n - want[k]) > 4.5 * sqrt(variance[k]) / root)
            fail_msg("moment %d of %lld normals is %g", k, (long long)n, sum[k] / (double)n);
    for (int k = 1; k < 6; k++) {
        double p = erfc(k / sqrt(2)), expected = p * (double)n;
        if (fabs((double)beyond[k] - expected) > 4.5 * sqrt(expected * (1 - p)) + 1)
            fail_msg("%lld of %lld normals are beyond %d, expected %g", (long long)beyond[k], (long long)n, k,
                     expected);
    }
    double pairs = 0; /* neighbours are independent */
    for (int64_t i = 1; i < n; i++)
        pairs += x[i] * x[i - 1];
    assert_true(fabs(pairs / (double)n) < 4.5 / root);
}

/* The transform itself: near the formula, and the same bits in each set, whatever the length. */
static void box_muller(void **state)
{
    (void)state;
    NEED_SET();
    for (int64_t n = 0; n < 200; n++) {
        double *u = test_array_f64(n, TAME), *v = test_array_f64(n, TAME), *x = test_array_f64(n, TAME);
        double *y = test_array_f64(n, TAME), *x1 = test_array_f64(n, TAME), *y1 = test_array_f64(n, TAME);
        for (int64_t i = 0; i < n; i++) {
            u[i] = i == 0 ? 1 : i == 1 ? 0x1p-53 : fabs(u[i]) * 0x1.fffffffffffffp-1 + 0x1p-53;
            v[i] = i < 9 ? (double)i / 8 : fabs(v[i]); /* the ends of the quadrants */
        }
        set_tested->box_muller(n, u, v, x, y);
        set_scalar->box_muller(n, u, v, x1, y1);
        test_check_f64("x", n, x, x1);
        test_check_f64("y", n, y, y1);
        for (int64_t i = 0; test_has_truth() && i < n; i++) {
            long double r = sqrtl(-2 * logl(u[i])), angle = 6.283185307179586477L * v[i];
            assert_true(fabsl(x[i] - r * cosl(angle)) <= 4e-16L * r && fabsl(y[i] - r * sinl(angle)) <= 4e-16L * r);
        }
        free(u);
        free(v);
        free(x);
        free(y);
        free(x1);
        free(y1);
    }
}

static void normals(void **state)
{
    (void)state;
    const int count = 4000000 / valgrind_step(20);
    double *x = malloc((size_t)count * sizeof *x);
    float *y = malloc((size_t)count * sizeof *y);
    assert_non_null(x);
    assert_non_null(y);
    lin__normal_f64(&stream, 0, count, 0, 1, x);
    check_normal(x, count);
    lin__normal_f32(&stream, 0, count, 0, 1, y);
    for (int i = 0; i < count; i++)
        x[i] = (double)y[i];
    check_normal(x, count);
    float scaled[64];
    lin__normal_f32(&stream, 0, 64, 3, 0.5, scaled);
    for (int i = 0; i < 64; i++)
        assert_true(fabs(scaled[i] - (3 + 0.5 * x[i])) < 1e-6);
    lin__normal_f32(&stream, 0, 64, 3, 0, scaled);
    assert_true(scaled[0] == 3 && scaled[63] == 3);
    free(x);
    free(y);
}

static void uniforms(void **state)
{
    (void)state;
    enum { BINS = 100 };
    const int count = 1000000 / valgrind_step(20);
    double *x = malloc((size_t)count * sizeof *x);
    float *y = malloc((size_t)count * sizeof *y);
    lin__uniform_f64(&stream, 0, count, -2, 3, x);
    lin__uniform_f32(&stream, 0, count, -2, 3, y);
    for (int pass = 0; pass < 2; pass++) {
        double chi = 0;
        int64_t bin[BINS] = {0};
        for (int i = 0; i < count; i++) {
            double v = pass ? (double)y[i] : x[i];
            assert_true(v >= -2 && v < 3);
            bin[(int)((v + 2) / 5 * BINS)]++;
        }
        for (int i = 0; i < BINS; i++)
            chi += pow((double)bin[i] - count / BINS, 2) / (count / BINS);
        assert_true(chi > 50 && chi < 160); /* 99 degrees of freedom */
    }
    const double high = nextafter(1, 2); /* two numbers wide: rounding may not reach the end */
    const float high_f32 = nextafterf(1, 2);
    lin__uniform_f64(&stream, 0, 1000, 1, high, x);
    lin__uniform_f32(&stream, 0, 1000, 1, (double)high_f32, y);
    for (int i = 0; i < 1000; i++)
        assert_true(x[i] == 1 && y[i] == 1);
    free(x);
    free(y);
}

/* ---- The keyed bijection ---- */

static lin__perm perm_of(uint64_t seed, uint64_t number, int64_t n)
{
    lin__perm p;
    lin__perm_init(&p, &(lin__stream){.seed = seed, .kind = LIN__STREAM_PERM, .number = number}, n);
    return p;
}

static void check_bijection(uint64_t seed, int64_t n)
{
    lin__perm p = perm_of(seed, 0, n);
    int64_t *out = malloc((size_t)n * sizeof *out), *part = malloc((size_t)n * sizeof *part);
    char *seen = calloc((size_t)n, 1);
    lin__perm_fill(&p, 0, n, out);
    for (int64_t i = 0; i < n; i++) {
        assert_in_range(out[i], 0, n - 1);
        assert_false(seen[out[i]]);
        seen[out[i]] = 1;
    }
    int64_t from = test_below(n), count = test_below(n - from + 1); /* entered in the middle */
    lin__perm_fill(&p, from, count, part);
    assert_memory_equal(part, out + from, (size_t)count * sizeof *out);
    assert_int_equal(lin__perm_at(&p, from), out[from]);
    free(out);
    free(part);
    free(seen);
}

static void bijections(void **state)
{
    (void)state;
    const uint64_t every = (uint64_t)valgrind_step(4);
    for (int64_t n = 1; n <= 300; n++)
        for (uint64_t seed = 0; seed < 4; seed += every)
            check_bijection(seed, n);
    check_bijection(42, 60000);
    check_bijection(42, 65536);
    check_bijection(42, 65537);
    if (every == 1) check_bijection(42, 1000003);
    lin__perm p = perm_of(1, 0, (int64_t)1 << 62);
    int64_t a = lin__perm_at(&p, 0), b = lin__perm_at(&p, ((int64_t)1 << 62) - 1);
    assert_true(a >= 0 && b >= 0 && a != b && a < (int64_t)1 << 62 && b < (int64_t)1 << 62);
}

/* Over many keys each place gets each value equally often (chi-square: k ± 5√(2k) for k degrees of freedom). */
static void check_uniform(int64_t n, int64_t place, bool by_number)
{
    const uint64_t keys = 30000 / (uint64_t)valgrind_step(10);
    int64_t count[64] = {0};
    int bins = n < 64 ? (int)n : 64;
    for (uint64_t key = 0; key < keys; key++) {
        lin__perm p = perm_of(by_number ? 5 : key, by_number ? key : 0, n);
        count[lin__perm_at(&p, place) * bins / n]++;
    }
    double chi = 0, k = bins - 1;
    for (int i = 0; i < bins; i++) {
        double expected =
            (double)keys * (double)((n * (i + 1) + bins - 1) / bins - (n * i + bins - 1) / bins) / (double)n;
        chi += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
    }
    if (fabs(chi - k) > 5 * sqrt(2 * k))
        fail_msg("place %lld of %lld: chi-square %g of %g", (long long)place, (long long)n, chi, k);
}

static void uniform_places(void **state)
{
    (void)state;
    static const int64_t sizes[] = {2, 3, 5, 10, 16, 17, 60, 64, 1000, 60000, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_uniform(sizes[i], 0, false);
        check_uniform(sizes[i], sizes[i] - 1, true);
        check_uniform(sizes[i], sizes[i] / 2, true);
    }
}

/* All 24 orders of 4, and all 120 of 5, come up; neighbours in an order of 1,000 are not neighbours before. */
static void orders(void **state)
{
    (void)state;
    const uint64_t keys = 60000 / (uint64_t)valgrind_step(10);
    for (int n = 3; n <= 5; n++) {
        int64_t count[3125] = {0}, factorial = n == 3 ? 6 : n == 4 ? 24 : 120, kinds = 0;
        double chi = 0, expected = (double)keys / (double)factorial;
        for (uint64_t key = 0; key < keys; key++) {
            lin__perm p = perm_of(key, 3, n);
            int64_t code = 0;
            for (int i = 0; i < n; i++)
                code = code * n + lin__perm_at(&p, i);
            count[code]++;
        }
        for (int i = 0; i < 3125; i++)
            if (count[i]) {
                kinds++;
                chi += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
            }
        assert_int_equal(kinds, factorial);
        double k = (double)factorial - 1;
        if (fabs(chi - k) > 5 * sqrt(2 * k)) fail_msg("orders of %d: chi-square %g of %g", n, chi, k);
    }
    int64_t near = 0;
    for (uint64_t key = 0; key < 200; key++) {
        lin__perm p = perm_of(key, 0, 1000);
        for (int64_t i = 0; i < 999; i++)
            near += llabs(lin__perm_at(&p, i) - lin__perm_at(&p, i + 1)) == 1;
    }
    assert_in_range(near, 300, 500); /* 2 each order: 400 ± 5 · 20 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers), cmocka_unit_test(layout),     cmocka_unit_test(places_f32),
        cmocka_unit_test(places_f64),    ON_EACH_SET(box_muller),      cmocka_unit_test(normals),
        cmocka_unit_test(uniforms),      cmocka_unit_test(bijections), cmocka_unit_test(uniform_places),
        cmocka_unit_test(orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
