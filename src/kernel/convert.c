/* Conversions between element types; images' bytes are in the table of kernels. */
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

/* To integers: toward zero, saturating, NaN to 0. */
static int64_t i64_from(double x)
{
    if (!(x > -9223372036854775808.0)) return x != x ? 0 : INT64_MIN;
    return x >= 9223372036854775808.0 ? INT64_MAX : (int64_t)x;
}

static uint8_t u8_from(double x)
{
    return x > 0 ? x >= 255 ? 255 : (uint8_t)x : 0;
}

static uint8_t u8_from_i64(int64_t x)
{
    return x < 0 ? 0 : x > 255 ? 255 : (uint8_t)x;
}

#define LOOP(TO, FROM, EXPRESSION)        \
    do {                                  \
        const FROM *from_ = x;            \
        TO *to_ = y;                      \
        for (int64_t i = 0; i < n; i++) { \
            FROM v = from_[i * sx];       \
            to_[i * sy] = (EXPRESSION);   \
        }                                 \
    } while (0)
#define FROM_EACH(TO, FLOATING, I64, U8) \
    switch (from) {                      \
    case LIN_F32:                        \
        LOOP(TO, float, FLOATING);       \
        break;                           \
    case LIN_F64:                        \
        LOOP(TO, double, FLOATING);      \
        break;                           \
    case LIN_I64:                        \
        LOOP(TO, int64_t, I64);          \
        break;                           \
    case LIN_U8:                         \
        LOOP(TO, uint8_t, U8);           \
        break;                           \
    }

void lin__convert(lin_dtype to, lin_dtype from, int64_t n, const void *x, int64_t sx, void *y, int64_t sy)
{
    switch (to) {
    case LIN_F32:
        FROM_EACH(float, (float)v, (float)v, (float)v)
        break;
    case LIN_F64:
        FROM_EACH(double, (double)v, (double)v, (double)v)
        break;
    case LIN_I64:
        FROM_EACH(int64_t, i64_from(v), v, v)
        break;
    case LIN_U8:
        FROM_EACH(uint8_t, u8_from(v), u8_from_i64(v), v)
        break;
    }
}

/* A call of memcpy would cost more than to move one number. */
#define PICK(BYTES)                 \
    for (int64_t i = 0; i < n; i++) \
    memcpy((char *)to + (size_t)i * (BYTES), (const char *)from + (size_t)index[i] * (BYTES), (BYTES))

void lin__pick_rows(int64_t n, size_t bytes, const void *from, const int64_t *index, void *to)
{
    if (bytes == sizeof(uint32_t))
        PICK(sizeof(uint32_t));
    else if (bytes == sizeof(uint64_t))
        PICK(sizeof(uint64_t));
    else
        PICK(bytes);
}

float lin__from_f16(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = bits >> 10 & 31, fraction = bits & 0x3ff, u;
    if (exponent == 31)
        u = sign | 0x7f800000 | fraction << 13;
    else if (exponent)
        u = sign | (exponent + 112) << 23 | fraction << 13;
    else {
        float value = (float)fraction * 5.96046448e-8f; /* 2^-24 */
        memcpy(&u, &value, sizeof u);
        u |= sign;
    }
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

float lin__from_bf16(uint16_t bits)
{
    uint32_t u = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
