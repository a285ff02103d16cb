/* Conversions between types, the half formats, and what integers have: comparisons, choice, wrapping arithmetic. */
#include "support/kernels.h"

static void floats_to_integers(void **state)
{
    (void)state;
    const double x[] = {0,
                        -0.0,
                        0.9,
                        -0.9,
                        1.5,
                        -1.5,
                        254.9,
                        255,
                        256,
                        300,
                        1e30,
                        -1e30,
                        INFINITY,
                        -INFINITY,
                        NAN,
                        9223372036854775807.0,
                        -9223372036854775808.0,
                        9007199254740993.0};
    const int64_t i64[] = {0,   0,         0,         0,         1,         -1, 254,       255,       256,
                           300, INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, 0,  INT64_MAX, INT64_MIN, 9007199254740992};
    const uint8_t u8[] = {0, 0, 0, 0, 1, 0, 254, 255, 255, 255, 255, 0, 255, 0, 0, 255, 0, 255};
    enum { COUNT = sizeof x / sizeof *x };
    int64_t to_i64[COUNT];
    uint8_t to_u8[COUNT];
    float f[COUNT];
    lin__convert(LIN_I64, LIN_F64, COUNT, x, 1, to_i64, 1);
    lin__convert(LIN_U8, LIN_F64, COUNT, x, 1, to_u8, 1);
    assert_memory_equal(to_i64, i64, sizeof i64);
    assert_memory_equal(to_u8, u8, sizeof u8);
    lin__convert(LIN_F32, LIN_F64, COUNT, x, 1, f, 1);
    lin__convert(LIN_U8, LIN_F32, COUNT, f, 1, to_u8, 1);
    assert_memory_equal(to_u8, u8, sizeof u8);
    lin__convert(LIN_I64, LIN_F32, COUNT, f, 1, to_i64, 1);
    assert_memory_equal(to_i64, i64, sizeof i64);
}

/* Every pair of types, on values that all of them have, with strides. */
static void every_pair(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    const size_t size[] = {[LIN_F32] = 4, [LIN_F64] = 8, [LIN_I64] = 8, [LIN_U8] = 1};
    for (int from = LIN_F32; from <= LIN_U8; from++)
        for (int to = LIN_F32; to <= LIN_U8; to++)
            for (int64_t sx = 0; sx <= 3; sx++)
                for (int64_t sy = 1; sy <= 2; sy++) {
                    int64_t start[3 * COUNT], back[COUNT];
                    unsigned char *x = malloc(sizeof start), *y = malloc(2 * COUNT * size[to]);
                    for (int i = 0; i < 3 * COUNT; i++)
                        start[i] = test_below(256);
                    lin__convert((lin_dtype)from, LIN_I64, 3 * COUNT, start, 1, x, 1);
                    lin__convert((lin_dtype)to, (lin_dtype)from, COUNT, x, sx, y, sy);
                    lin__convert(LIN_I64, (lin_dtype)to, COUNT, y, sy, back, 1);
                    for (int i = 0; i < COUNT; i++)
                        assert_int_equal(back[i], start[i * sx]);
                    free(x);
                    free(y);
                }
    float rounded;
    lin__convert(LIN_F32, LIN_I64, 1, &(int64_t){16777217}, 0, &rounded, 1);
    assert_true(rounded == 16777216.0f);
    uint8_t bytes[2];
    lin__convert(LIN_U8, LIN_I64, 2, (const int64_t[]){-5, 256}, 1, bytes, 1);
    assert_true(bytes[0] == 0 && bytes[1] == 255);
}

/* All 65,536 of each, against their definition. */
static void halves(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
        double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                      : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                     : ldexp(fraction, -24);
        assert_true(test_same_f32(lin__from_f16((uint16_t)bits), (float)(bits & 0x8000 ? -size : size)));
        uint32_t wide = bits << 16;
        float x;
        memcpy(&x, &wide, sizeof x);
        assert_true(test_same_f32(lin__from_bf16((uint16_t)bits), x));
    }
}

static void comparisons(void **state)
{
    (void)state;
    const double a[] = {1, 2, 3, NAN, NAN, 0, INFINITY, -1}, b[] = {2, 2, 2, 1, NAN, -0.0, INFINITY, -2};
    const uint8_t want[6][8] = {[LIN__EQ] = {0, 1, 0, 0, 0, 1, 1, 0}, [LIN__NE] = {1, 0, 1, 1, 1, 0, 0, 1},
                                [LIN__LT] = {1, 0, 0, 0, 0, 0, 0, 0}, [LIN__LE] = {1, 1, 0, 0, 0, 1, 1, 0},
                                [LIN__GT] = {0, 0, 1, 0, 0, 0, 0, 1}, [LIN__GE] = {0, 1, 1, 0, 0, 1, 1, 1}};
    float fa[8], fb[8];
    int64_t ia[8], ib[8];
    lin__convert(LIN_F32, LIN_F64, 8, a, 1, fa, 1);
    lin__convert(LIN_F32, LIN_F64, 8, b, 1, fb, 1);
    lin__convert(LIN_I64, LIN_F64, 8, a, 1, ia, 1);
    lin__convert(LIN_I64, LIN_F64, 8, b, 1, ib, 1);
    for (int how = LIN__EQ; how <= LIN__GE; how++) {
        uint8_t y[16] = {0}, u[2];
        lin__compare_run((lin__compare)how, LIN_F64, 8, a, 1, b, 1, y, 1);
        assert_memory_equal(y, want[how], 8);
        lin__compare_run((lin__compare)how, LIN_F32, 8, fa, 1, fb, 1, y, 1);
        assert_memory_equal(y, want[how], 8);
        lin__compare_run((lin__compare)how, LIN_I64, 3, ia, 1, ib, 0, y, 2); /* against a scalar, to every second */
        for (int i = 0; i < 3; i++)
            assert_int_equal(y[2 * i], want[how][i]);
        lin__compare_run((lin__compare)how, LIN_U8, 2, (const uint8_t[]){200, 2}, 1, (const uint8_t[]){100, 2}, 1, u,
                         1);
        assert_true(u[0] == want[how][2] && u[1] == want[how][1]);
        lin__compare_run((lin__compare)how, LIN_I64, 1, &(int64_t){INT64_MIN}, 1, &(int64_t){INT64_MAX}, 1, u, 1);
        assert_int_equal(u[0], want[how][0]);
    }
}

static void choice(void **state)
{
    (void)state;
    const uint8_t c[] = {1, 0, 2};
    double d[3];
    float f[3];
    int64_t i[6] = {0};
    uint8_t u[3];
    lin__where_run(LIN_F64, 3, c, 1, (const double[]){1, 2, 3}, 1, (const double[]){-7}, 0, d, 1);
    assert_true(d[0] == 1 && d[1] == -7 && d[2] == 3);
    lin__where_run(LIN_F32, 3, c, 1, (const float[]){NAN}, 0, (const float[]){4, 5, 6}, 1, f, 1);
    assert_true(isnan(f[0]) && f[1] == 5 && isnan(f[2]));
    lin__where_run(LIN_I64, 3, c, 1, (const int64_t[]){INT64_MAX, 0, 0, 0, 9}, 2, (const int64_t[]){4, 5, 6}, 1, i, 2);
    assert_true(i[0] == INT64_MAX && i[2] == 5 && i[4] == 9 && i[1] == 0);
    lin__where_run(LIN_U8, 3, c + 1, 0, (const uint8_t[]){1, 2, 3}, 1, (const uint8_t[]){4, 5, 6}, 1, u, 1);
    assert_memory_equal(u, ((uint8_t[]){4, 5, 6}), 3);
}

static void integers(void **state)
{
    (void)state;
    const int64_t a[] = {5, -3, INT64_MIN, INT64_MAX}, b[] = {7, -3, -1, 2};
    const int64_t want[][4] = {[LIN__INT_ADD] = {12, -6, INT64_MAX, INT64_MIN + 1},
                               [LIN__INT_SUB] = {-2, 0, INT64_MIN + 1, INT64_MAX - 2},
                               [LIN__INT_MUL] = {35, 9, INT64_MIN, -2},
                               [LIN__INT_MAXIMUM] = {7, -3, -1, INT64_MAX},
                               [LIN__INT_MINIMUM] = {5, -3, INT64_MIN, 2},
                               [LIN__INT_NEG] = {-5, 3, INT64_MIN, -INT64_MAX},
                               [LIN__INT_ABS] = {5, 3, INT64_MIN, INT64_MAX},
                               [LIN__INT_SQUARE] = {25, 9, 0, 1},
                               [LIN__INT_SIGN] = {1, -1, -1, 1},
                               [LIN__INT_RELU] = {5, 0, 0, INT64_MAX}};
    const uint8_t p[] = {200, 3, 0, 255}, q[] = {100, 4, 1, 255};
    const uint8_t bytes[][4] = {
        [LIN__INT_ADD] = {44, 7, 1, 254},      [LIN__INT_SUB] = {100, 255, 255, 0},   [LIN__INT_MUL] = {32, 12, 0, 1},
        [LIN__INT_MAXIMUM] = {200, 4, 1, 255}, [LIN__INT_MINIMUM] = {100, 3, 0, 255}, [LIN__INT_NEG] = {56, 253, 0, 1},
        [LIN__INT_ABS] = {200, 3, 0, 255},     [LIN__INT_SQUARE] = {64, 9, 0, 1},     [LIN__INT_SIGN] = {1, 1, 0, 1},
        [LIN__INT_RELU] = {200, 3, 0, 255}};
    for (int op = LIN__INT_ADD; op <= LIN__INT_RELU; op++) {
        int64_t y[8] = {0};
        uint8_t u[4];
        lin__integer_get((lin__integer_op)op, LIN_I64)(4, a, 1, b, 1, y, 1);
        assert_memory_equal(y, want[op], sizeof want[op]);
        lin__integer_get((lin__integer_op)op, LIN_I64)(4, a, 1, b, 1, y, 2);
        for (int i = 0; i < 4; i++)
            assert_int_equal(y[2 * i], want[op][i]);
        lin__integer_get((lin__integer_op)op, LIN_U8)(4, p, 1, q, 1, u, 1);
        assert_memory_equal(u, bytes[op], sizeof bytes[op]);
        assert_null(lin__integer_get((lin__integer_op)op, LIN_F32));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_to_integers), cmocka_unit_test(every_pair), cmocka_unit_test(halves),
        cmocka_unit_test(comparisons),        cmocka_unit_test(choice),     cmocka_unit_test(integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
