/* kernel/math.h: our own exp, log, pow, sin and cos: plain arithmetic without branches in exp and log, so that a compiler turns
 * the loops around them into vectors, and with explicit fma, so that every build gives the same bits. */
#ifndef LINNET_KERNEL_MATH_H
#define LINNET_KERNEL_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LIN__MATH static inline __attribute__((always_inline, unused))

LIN__MATH uint32_t bits_of_f32(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
LIN__MATH float f32_of_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
LIN__MATH uint64_t bits_of_f64(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
LIN__MATH double f64_of_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* exp x = 2^n · e^r, n = round(x / ln 2), |r| ≤ ln 2 / 2, e^r by its Taylor series to r^7 (the rest is below 0.1 ulp). The
 * rounding to n is by adding 1.5 · 2^23; the power of two is applied in two halves, so that results below the normal
 * range are rounded once. */
LIN__MATH float math_exp_f32(float x)
{
    const float magic = 12582912.0f;
    float y = x > 89.0f ? 89.0f : x; /* NaN stays */
    y = y < -104.0f ? -104.0f : y;
    float t = fmaf(y, 1.44269504f, magic), n = t - magic;
    float r = fmaf(n, -0.693147182f, y);
    r = fmaf(n, 1.90465421e-9f, r); /* ln 2 − 0.693147182… */
    float p = 1.0f / 5040;
    p = fmaf(p, r, 1.0f / 720);
    p = fmaf(p, r, 1.0f / 120);
    p = fmaf(p, r, 1.0f / 24);
    p = fmaf(p, r, 1.0f / 6);
    p = fmaf(p, r, 0.5f);
    p = fmaf(p, r, 1.0f);
    p = fmaf(p, r, 1.0f);
    int32_t k = (int32_t)(bits_of_f32(t) - bits_of_f32(magic));
    int32_t k1 = k >> 1, k2 = k - k1;
    return p * f32_of_bits((uint32_t)(k1 + 127) << 23) * f32_of_bits((uint32_t)(k2 + 127) << 23);
}

/* log x = k·ln 2 + log m, √½ ≤ m < √2; with s = f / (2 + f), f = m − 1: log m = 2·atanh s = f − (f²/2 − s·(f²/2 + R)),
 * R = 2s²/3 + 2s⁴/5 + … (the form of fdlibm, which keeps f exact). */
LIN__MATH float math_log_f32(float x)
{
    int tiny = x < 1.17549435e-38f;
    float y = tiny ? x * 8388608.0f : x;
    uint32_t u = bits_of_f32(y) + (0x3f800000 - 0x3f3504f3);
    int32_t k = (int32_t)(u >> 23) - 127 - (tiny ? 23 : 0);
    float m = f32_of_bits((u & 0x007fffff) + 0x3f3504f3);
    float f = m - 1.0f, s = f / (2.0f + f), z = s * s, h = 0.5f * f * f, e = (float)k;
    float R = 2.0f / 13;
    R = fmaf(R, z, 2.0f / 11);
    R = fmaf(R, z, 2.0f / 9);
    R = fmaf(R, z, 2.0f / 7);
    R = fmaf(R, z, 2.0f / 5);
    R = fmaf(R, z, 2.0f / 3);
    R = R * z;
    float low = fmaf(s, h + R, e * 9.05800061e-6f);
    float result = fmaf(e, 0.693138123f, f - (h - low));
    result = x > 3.40282347e+38f ? x : result; /* +inf */
    result = x == 0.0f ? -INFINITY : result;
    return !(x >= 0.0f) ? (x != x ? x : NAN) : result;
}

/* The same in double: Taylor to r^13, R to s^20. */
LIN__MATH double math_exp_f64(double x)
{
    const double magic = 6755399441055744.0;
    double y = x > 710.0 ? 710.0 : x;
    y = y < -746.0 ? -746.0 : y;
    double t = fma(y, 1.4426950408889634, magic), n = t - magic;
    double r = fma(n, -0.69314718055994529, y);
    r = fma(n, -2.3190468138462996e-17, r);
    double p = 1.0 / 6227020800.0;
    p = fma(p, r, 1.0 / 479001600.0);
    p = fma(p, r, 1.0 / 39916800.0);
    p = fma(p, r, 1.0 / 3628800.0);
    p = fma(p, r, 1.0 / 362880.0);
    p = fma(p, r, 1.0 / 40320.0);
    p = fma(p, r, 1.0 / 5040.0);
    p = fma(p, r, 1.0 / 720.0);
    p = fma(p, r, 1.0 / 120.0);
    p = fma(p, r, 1.0 / 24.0);
    p = fma(p, r, 1.0 / 6.0);
    p = fma(p, r, 0.5);
    p = fma(p, r, 1.0);
    p = fma(p, r, 1.0);
    uint64_t k = bits_of_f64(t) - bits_of_f64(magic); /* modulo 2^64: AVX2 shifts no signed 64 bits */
    uint64_t k1 = ((k + 2048) >> 1) - 1024, k2 = k - k1;
    return p * f64_of_bits((k1 + 1023) << 52) * f64_of_bits((k2 + 1023) << 52);
}

LIN__MATH double math_log_f64(double x)
{
    int tiny = x < 2.2250738585072014e-308;
    double y = tiny ? x * 4503599627370496.0 : x;
    uint64_t u = bits_of_f64(y) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    const double magic = 6755399441055744.0; /* k to double by its bits: AVX2 converts no 64-bit integers */
    double e = f64_of_bits((u >> 52) + bits_of_f64(magic)) - magic - (tiny ? 1075.0 : 1023.0);
    double m = f64_of_bits((u & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
    double f = m - 1.0, s = f / (2.0 + f), z = s * s, h = 0.5 * f * f;
    double R = 2.0 / 25;
    R = fma(R, z, 2.0 / 23);
    R = fma(R, z, 2.0 / 21);
    R = fma(R, z, 2.0 / 19);
    R = fma(R, z, 2.0 / 17);
    R = fma(R, z, 2.0 / 15);
    R = fma(R, z, 2.0 / 13);
    R = fma(R, z, 2.0 / 11);
    R = fma(R, z, 2.0 / 9);
    R = fma(R, z, 2.0 / 7);
    R = fma(R, z, 2.0 / 5);
    R = fma(R, z, 2.0 / 3);
    R = R * z;
    double low = fma(s, h + R, e * 1.90821492927058770002e-10);
    double result = fma(e, 6.93147180369123816490e-01, f - (h - low));
    result = x > 1.7976931348623157e308 ? x : result;
    result = x == 0.0 ? -INFINITY : result;
    return !(x >= 0.0) ? (x != x ? x : NAN) : result;
}

/* C99 F.9.4.4 for floats, as e^(y · log |x|) in double: its error is below 1e-13 of the result, so that the rounding to float is
 * what counts. The double functions give 0, ±inf and NaN where they are due; the rest are the selections. */
LIN__MATH float math_pow_f32(float x, float y)
{
    double size = fabs((double)x);
    float p = (float)math_exp_f64((double)y * math_log_f64(size));
    float whole = floorf(y), half = 0.5f * y;
    p = size == 1.0 && y == y ? 1.0f : p; /* 0 · inf */
    float sign = whole == y && floorf(half) != half ? -1.0f : 1.0f;
    float negative = whole != y && x < 0.0f && size <= 3.40282347e+38 ? NAN : p * sign;
    p = bits_of_f32(x) >> 31 ? negative : p;
    p = x != x ? x : p;
    p = y == 2.0f ? x * x : p;
    return y == 0.0f || x == 1.0f ? 1.0f : p;
}

/* sin and cos of 2π·v, 0 ≤ v ≤ 1: v = q/4 + r exactly, |r| ≤ 1/8, and Taylor for 2πr, whose first term left out is below 2^-62. */
LIN__MATH void math_turn_f64(double v, double *sine, double *cosine)
{
    const double magic = 6755399441055744.0;
    double t = fma(4.0, v, magic), a = fma(t - magic, -0.25, v) * 6.283185307179586, z = a * a;
    uint64_t q = bits_of_f64(t);
    double s = 1.0 / 355687428096000.0, c = -1.0 / 6402373705728000.0;
    s = fma(s, z, -1.0 / 1307674368000.0);
    s = fma(s, z, 1.0 / 6227020800.0);
    s = fma(s, z, -1.0 / 39916800.0);
    s = fma(s, z, 1.0 / 362880.0);
    s = fma(s, z, -1.0 / 5040.0);
    s = fma(s, z, 1.0 / 120.0);
    s = fma(s, z, -1.0 / 6.0);
    s = fma(s * z, a, a);
    c = fma(c, z, 1.0 / 20922789888000.0);
    c = fma(c, z, -1.0 / 87178291200.0);
    c = fma(c, z, 1.0 / 479001600.0);
    c = fma(c, z, -1.0 / 3628800.0);
    c = fma(c, z, 1.0 / 40320.0);
    c = fma(c, z, -1.0 / 720.0);
    c = fma(c, z, 1.0 / 24.0);
    c = fma(c, z, -0.5);
    c = fma(c, z, 1.0);
    uint64_t odd = 0 - (q & 1),
             flip = bits_of_f64(s) ^ bits_of_f64(c); /* the quadrant: sine and cosine change places … */
    uint64_t first = bits_of_f64(s) ^ (flip & odd), second = bits_of_f64(c) ^ (flip & odd);
    *sine = f64_of_bits(first ^ (q & 2) << 62); /* … and signs */
    *cosine = f64_of_bits(second ^ ((q + 1) & 2) << 62);
}

#endif
