/* What integers have: comparisons, choice, wrapping arithmetic. Exact, so one build serves all. */
#include "kernel/kernel.h"

#define COMPARE(T, OP)                          \
    do {                                        \
        const T *p = a, *q = b;                 \
        for (int64_t i = 0; i < n; i++)         \
            y[i * sy] = p[i * sa] OP q[i * sb]; \
    } while (0)
#define COMPARE_AS(T)   \
    switch (how) {      \
    case LIN__EQ:       \
        COMPARE(T, ==); \
        break;          \
    case LIN__NE:       \
        COMPARE(T, !=); \
        break;          \
    case LIN__LT:       \
        COMPARE(T, <);  \
        break;          \
    case LIN__LE:       \
        COMPARE(T, <=); \
        break;          \
    case LIN__GT:       \
        COMPARE(T, >);  \
        break;          \
    case LIN__GE:       \
        COMPARE(T, >=); \
        break;          \
    }

void lin__compare_run(lin__compare how, lin_dtype type, int64_t n, const void *a, int64_t sa, const void *b, int64_t sb,
                      uint8_t *y, int64_t sy)
{
    switch (type) {
    case LIN_F32:
        COMPARE_AS(float)
        break;
    case LIN_F64:
        COMPARE_AS(double)
        break;
    case LIN_I64:
        COMPARE_AS(int64_t)
        break;
    case LIN_U8:
        COMPARE_AS(uint8_t)
        break;
    }
}

#define WHERE(T)                                             \
    do {                                                     \
        const T *p = a, *q = b;                              \
        T *out = y;                                          \
        for (int64_t i = 0; i < n; i++)                      \
            out[i * sy] = c[i * sc] ? p[i * sa] : q[i * sb]; \
    } while (0)

void lin__where_run(lin_dtype type, int64_t n, const uint8_t *c, int64_t sc, const void *a, int64_t sa, const void *b,
                    int64_t sb, void *y, int64_t sy)
{
    switch (type) {
    case LIN_F32:
        WHERE(float);
        break;
    case LIN_F64:
        WHERE(double);
        break;
    case LIN_I64:
        WHERE(int64_t);
        break;
    case LIN_U8:
        WHERE(uint8_t);
        break;
    }
}

/* Wrapping is unsigned arithmetic; bytes are reduced by the conversion back. */
#define BINARY(name, T, U, expression)                                                                     \
    static void name(int64_t n, const void *a, int64_t sa, const void *b, int64_t sb, void *y, int64_t sy) \
    {                                                                                                      \
        const T *left = a, *right = b;                                                                     \
        T *out = y;                                                                                        \
        for (int64_t i = 0; i < n; i++) {                                                                  \
            U p = (U)left[i * sa], q = (U)right[i * sb];                                                   \
            out[i * sy] = (T)(expression);                                                                 \
        }                                                                                                  \
    }
#define UNARY(name, T, U, expression)                                                                      \
    static void name(int64_t n, const void *a, int64_t sa, const void *b, int64_t sb, void *y, int64_t sy) \
    {                                                                                                      \
        (void)b, (void)sb;                                                                                 \
        const T *in = a;                                                                                   \
        T *out = y;                                                                                        \
        for (int64_t i = 0; i < n; i++) {                                                                  \
            int64_t v = (int64_t)in[i * sa];                                                               \
            U u = (U)v;                                                                                    \
            (void)u;                                                                                       \
            out[i * sy] = (T)(expression);                                                                 \
        }                                                                                                  \
    }
#define FAMILY(T, U, SUFFIX)                      \
    BINARY(add_##SUFFIX, T, U, p + q)             \
    BINARY(sub_##SUFFIX, T, U, p - q)             \
    BINARY(mul_##SUFFIX, T, U, p *q)              \
    BINARY(maximum_##SUFFIX, T, T, p > q ? p : q) \
    BINARY(minimum_##SUFFIX, T, T, p < q ? p : q) \
    UNARY(neg_##SUFFIX, T, U, 0 - u)              \
    UNARY(abs_##SUFFIX, T, U, v < 0 ? 0 - u : u)  \
    UNARY(square_##SUFFIX, T, U, u *u)            \
    UNARY(sign_##SUFFIX, T, U, (v > 0) - (v < 0)) \
    UNARY(relu_##SUFFIX, T, U, v > 0 ? v : 0)
FAMILY(int64_t, uint64_t, i64)
FAMILY(uint8_t, unsigned, u8)

lin__integer_fn *lin__integer_get(lin__integer_op op, lin_dtype type)
{
#define ROW(OP, name) [OP] = {name##_i64, name##_u8},
    static lin__integer_fn *const table[][2] = {
        ROW(LIN__INT_ADD, add) ROW(LIN__INT_SUB, sub) ROW(LIN__INT_MUL, mul) ROW(LIN__INT_MAXIMUM, maximum)
            ROW(LIN__INT_MINIMUM, minimum) ROW(LIN__INT_NEG, neg) ROW(LIN__INT_ABS, abs) ROW(LIN__INT_SQUARE, square)
                ROW(LIN__INT_SIGN, sign) ROW(LIN__INT_RELU, relu)};
    return type == LIN_I64 ? table[op][0] : type == LIN_U8 ? table[op][1] : NULL;
}
