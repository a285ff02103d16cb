/* The functions of math.h one value at a time; pow, sin and cos, which only come one at a time. */
#include "kernel/math.h"

#include "kernel/kernel.h"

float lin__expf(float x)
{
    return math_exp_f32(x);
}

float lin__logf(float x)
{
    return math_log_f32(x);
}

float lin__powf(float x, float y)
{
    return math_pow_f32(x, y);
}

double lin__exp(double x)
{
    return math_exp_f64(x);
}

double lin__log(double x)
{
    return math_log_f64(x);
}

/* A number as the sum of two doubles. */
typedef struct pair {
    double hi, lo;
} pair;

/* log x for finite x > 0, to about 2^-65: as math_log_f64, with s = f / (2 + f), s² and the first two terms of
 * 2·atanh s = 2s·(1 + s²/3 + s⁴/5 + …) as pairs. */
static pair log_pair(double x)
{
    double tiny = x < 2.2250738585072014e-308 ? 52 : 0;
    uint64_t u = bits_of_f64(tiny != 0 ? x * 4503599627370496.0 : x) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    double k = (double)((int64_t)(u >> 52) - 1023) - tiny;
    double f = f64_of_bits((u & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - 1.0;
    double d = 2.0 + f, dl = f - (d - 2.0);
    double s = f / d, sl = (fma(-s, d, f) - s * dl) / d;
    double z = s * s, zl = fma(s, s, -z) + 2 * s * sl;
    double R = 1.0 / 25; /* 1/5 + z/7 + … */
    for (int i = 23; i >= 5; i -= 2)
        R = fma(R, z, 1.0 / i);
    const double third = 1.0 / 3, third_low = 1.850371707708594e-17;
    double a = z * third, al = fma(z, third, -a) + z * third_low + zl * third + z * z * R;
    double c = 1 + a, cl = (1 - c) + a + al;
    double p = 2 * s * c, pl = fma(2 * s, c, -p) + 2 * (s * cl + sl * c);
    double high = k * 6.93147180369123816490e-01; /* exact: the constant ends in zeros */
    double sum = high + p;
    double rest = k != 0 ? (high - sum) + p : 0;
    return (pair){sum, rest + (pl + k * 1.90821492927058770002e-10)};
}

/* e^(hi + lo), as math_exp_f64. */
static double exp_pair(pair y)
{
    if (y.hi > 710) return INFINITY;
    if (y.hi < -746) return 0;
    double n = rint(y.hi * 1.4426950408889634);
    double r = fma(n, -0.69314718055994529, y.hi) + fma(n, -2.3190468138462996e-17, y.lo);
    double p = 1.0 / 87178291200.0, factorial[] = {6227020800.0, 479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0,
                                                   5040.0,       720.0,       120.0,      24.0,      6.0,      2.0};
    for (int i = 0; i < 12; i++)
        p = fma(p, r, 1.0 / factorial[i]);
    p = fma(fma(p, r, 1.0), r, 1.0);
    int64_t k = (int64_t)n, k1 = k / 2, k2 = k - k1;
    return p * f64_of_bits((uint64_t)(k1 + 1023) << 52) * f64_of_bits((uint64_t)(k2 + 1023) << 52);
}

/* 0: y is not an integer; 1: odd; 2: even. */
static int parity(double y)
{
    if (fabs(y) >= 9007199254740992.0) return 2;
    if (y != rint(y)) return 0;
    return (int64_t)y & 1 ? 1 : 2;
}

/* C99 F.9.4.4. */
double lin__pow(double x, double y)
{
    if (y == 0 || x == 1) return 1;
    if (x != x || y != y) return NAN;
    double size = fabs(x);
    int kind = parity(y);
    double sign = x < 0 || (x == 0 && signbit(x)) ? kind == 1 ? -1 : 1 : 1;
    if (isinf(y)) return size == 1 ? 1 : (size > 1) == (y > 0) ? INFINITY : 0;
    if (size == 0) return sign * (y < 0 ? INFINITY : 0);
    if (isinf(x)) return sign * (y < 0 ? 0 : INFINITY);
    if (x < 0 && kind == 0) return NAN;
    if (y == 1) return x;
    if (y == 2) return x * x;
    if (y == -1) return 1 / x;
    if (y == 0.5) return sqrt(x);
    pair l = log_pair(size);
    double p = y * l.hi;
    if (!(fabs(p) < 1e4)) return sign * (p > 0 ? INFINITY : 0);
    return sign * exp_pair((pair){p, fma(y, l.hi, -p) + y * l.lo});
}

/* hi + lo = x − n·π/2 in [−π/4, π/4] (Cody and Waite: π/2 in three parts; the first difference is exact by fma, the second
 * keeps its rounding error in lo); n mod 4 in *quadrant. Good to |x| = 2^20 and, less and less, to 2^53. */
static pair reduce(double x, int *quadrant)
{
    double n = rint(x * 0.63661977236758138);
    double r = fma(n, -1.5707963267948966, x), p = n * 6.123233995736766e-17;
    double hi = r - p, back = hi - r, lo = (r - (hi - back)) - (p + back);
    lo -= fma(n, 6.123233995736766e-17, -p);
    lo = fma(n, 1.4973849048591833e-33, lo);
    *quadrant = fabs(n) < 9007199254740992.0 ? (int)((int64_t)n & 3) : 0;
    return (pair){hi, lo};
}

/* Taylor: the first term left out is below 2^-62 at π/4. sin(hi + lo) = sin hi + lo, near enough. */
static double sin_near_0(pair r)
{
    double z = r.hi * r.hi, p = 1.0 / 355687428096000.0;
    const double factorial[] = {-1307674368000.0, 6227020800.0, -39916800.0, 362880.0, -5040.0, 120.0, -6.0};
    for (int i = 0; i < 7; i++)
        p = fma(p, z, 1.0 / factorial[i]);
    return r.hi + fma(p * z, r.hi, r.lo);
}

/* cos(hi + lo) = cos hi − hi·lo, near enough; 1 − z/2 with the error of its rounding. */
static double cos_near_0(pair r)
{
    double z = r.hi * r.hi, p = -1.0 / 6402373705728000.0, h = 0.5 * z, w = 1.0 - h;
    const double factorial[] = {20922789888000.0, -87178291200.0, 479001600.0, -3628800.0, 40320.0, -720.0, 24.0};
    for (int i = 0; i < 7; i++)
        p = fma(p, z, 1.0 / factorial[i]);
    return w + (((1.0 - w) - h) + fma(p * z, z, -r.hi * r.lo));
}

double lin__sin(double x)
{
    if (x == 0) return x; /* −0 too */
    int quadrant;
    pair r = reduce(x, &quadrant);
    double y = quadrant & 1 ? cos_near_0(r) : sin_near_0(r);
    return quadrant & 2 ? -y : y;
}

double lin__cos(double x)
{
    int quadrant;
    pair r = reduce(x, &quadrant);
    double y = quadrant & 1 ? sin_near_0(r) : cos_near_0(r);
    return quadrant == 1 || quadrant == 2 ? -y : y;
}
