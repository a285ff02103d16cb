/* The maps: every stride, length and sort of number; IEEE and PyTorch's special values; SGD as torch.optim.SGD has it. */
#include "support/kernels.h"

#define T         float
#define S(name)   name##_f32
#define KERNELS   set_tested->f32
#define REFERENCE set_scalar->f32
#define UNARY_FN  lin__unary_f32
#define BINARY_FN lin__binary_f32
#define EPSILON   6e-8L
#define FMA       fmaf
#define TINY      1e-40f
#define LARGE     3.40282347e+38f
#include "kernel_map.inc"
#undef T
#undef S
#undef KERNELS
#undef REFERENCE
#undef UNARY_FN
#undef BINARY_FN
#undef EPSILON
#undef FMA
#undef TINY
#undef LARGE

#define T         double
#define S(name)   name##_f64
#define KERNELS   set_tested->f64
#define REFERENCE set_scalar->f64
#define UNARY_FN  lin__unary_f64
#define BINARY_FN lin__binary_f64
#define EPSILON   1.2e-16L
#define FMA       fma
#define TINY      1e-310
#define LARGE     1.7976931348623157e308
#include "kernel_map.inc"

static void unit_from_u8(void **state)
{
    (void)state;
    NEED_SET();
    uint8_t x[256 + 3];
    float y[256 + 3];
    for (int i = 0; i < 259; i++)
        x[i] = (uint8_t)i;
    for (int n = 0; n <= 259;
         n++) { /* with bytes that are wanted soon or without: the same, and nothing beyond the end */
        memset(y, 0, sizeof y);
        set_tested->unit_from_u8(n, x, y, n % 2 ? x : NULL);
        for (int i = 0; i < 259; i++)
            assert_true(y[i] == (i < n ? (float)(x[i] / 255.0) : 0));
    }
    set_tested->unit_from_u8(259, x, y, x);
    for (int i = 0; i < 259; i++) /* 255 · 2^-24-ulp ties do not occur: rounding the double is rounding the quotient */
        assert_true(y[i] == (float)(x[i] / 255.0));
}

static void check_all_there(const void *table, size_t bytes)
{
    void (*kernel)(void);
    for (size_t at = 0; at < bytes; at += sizeof kernel) {
        memcpy(&kernel, (const char *)table + at, sizeof kernel);
        assert_non_null(kernel);
    }
}

/* A set's tables are made from lists of names: one that a list lacks would be NULL. */
static void no_kernel_is_missing(void **state)
{
    (void)state;
    NEED_SET();
    check_all_there(&set_tested->f32, sizeof set_tested->f32);
    check_all_there(&set_tested->f64, sizeof set_tested->f64);
}

static void names(void **state)
{
    (void)state;
    assert_null(lin__kernels_named("abacus"));
    assert_string_equal(lin__kernels_named("scalar")->name, "scalar");
    assert_ptr_equal(lin__kernels_get(), lin__kernels_get());
    assert_string_equal(lin_simd(), lin__kernels_get()->name);
    const char *asked = getenv("LINNET_SIMD");
    if (asked && lin__kernels_named(asked)) assert_string_equal(lin_simd(), asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_SET(maps_f32),     ON_EACH_SET(maps_f64),
        ON_EACH_SET(in_place_f32), ON_EACH_SET(in_place_f64),
        ON_EACH_SET(exact_f32),    ON_EACH_SET(exact_f64),
        ON_EACH_SET(specials_f32), ON_EACH_SET(specials_f64),
        ON_EACH_SET(sgd_f32),      ON_EACH_SET(sgd_f64),
        ON_EACH_SET(finite_f32),   ON_EACH_SET(finite_f64),
        ON_EACH_SET(unit_from_u8), ON_EACH_SET(no_kernel_is_missing),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
