/* tests/support/kernels.h: what the kernel tests share: the sets of kernels to hold against each other, numbers of every sort,
 * comparison to the bit. NaNs are equal whatever their payload and sign. */
#ifndef LINNET_TESTS_KERNELS_H
#define LINNET_TESTS_KERNELS_H

#include "kernel/kernel.h"
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

/* Is a long double wider than a double, so that a double can be held against it? Under valgrind it is not: it computes both in 53
 * bits. Memory is checked all the same. */
static inline bool test_has_truth(void)
{
    volatile long double tiny = 0x1p-60L;
    return 1 + tiny != 1;
}

/* The scalar set and the one under test: a test runs once for each. */
static const lin__kernels *set_scalar, *set_tested;
static inline int use_scalar(void **state)
{
    (void)state;
    set_scalar = set_tested = lin__kernels_named("scalar");
    return set_scalar ? 0 : -1;
}
static inline int use_named(const char *name)
{
    set_scalar = lin__kernels_named("scalar");
    set_tested = lin__kernels_named(name);
    return 0;
}
static inline int use_avx2(void **state)
{
    (void)state;
    return use_named("avx2");
}
static inline int use_avx512(void **state)
{
    (void)state;
    return use_named("avx512");
}
/* clang-format off */
#define ON_EACH_SET(test)                              \
    {#test " (scalar)", test, use_scalar, NULL, NULL}, \
    {#test " (avx2)", test, use_avx2, NULL, NULL},     \
    {#test " (avx512)", test, use_avx512, NULL, NULL}
/* clang-format on */
#define NEED_SET()                                    \
    do {                                              \
        if (!set_tested) {                            \
            print_message("this machine lacks it\n"); \
            skip();                                   \
        }                                             \
    } while (0)

/* xorshift64* (Vigna 2016): plain and the same everywhere. */
static uint64_t test_state = 88172645463325252u;
static inline uint64_t test_bits(void)
{
    test_state ^= test_state >> 12;
    test_state ^= test_state << 25;
    test_state ^= test_state >> 27;
    return test_state * 2685821657736338717u;
}
static inline int64_t test_below(int64_t n)
{
    return (int64_t)(test_bits() >> 33) % n;
}
/* U(−1, 1). */
static inline double test_unit(void)
{
    return (double)(test_bits() >> 11) * 0x1p-52 - 1;
}

/* How wild the numbers are: TAME U(−1, 1); WILD any exponent; SPECIAL also 0, −0, ±inf, NaN, subnormal. */
typedef enum test_sort { TAME, WILD, SPECIAL } test_sort;
#define TEST_VALUE(T, S, UINT, TINY, LARGE)                                                                    \
    static inline T test_value_##S(test_sort sort)                                                             \
    {                                                                                                          \
        static const T special[] = {0, -(T)0, INFINITY, -INFINITY, NAN, TINY, -TINY, LARGE, -LARGE, 1, -1, 2}; \
        if (sort == SPECIAL && test_below(4) == 0) return special[test_below(12)];                             \
        if (sort == TAME || test_below(2)) return (T)test_unit();                                              \
        UINT u = (UINT)test_bits();                                                                            \
        T x;                                                                                                   \
        memcpy(&x, &u, sizeof x);                                                                              \
        return x == x || sort == SPECIAL ? x : 0;                                                              \
    }                                                                                                          \
    static inline T *test_array_##S(int64_t n, test_sort sort)                                                 \
    {                                                                                                          \
        T *x = malloc((size_t)(n ? n : 1) * sizeof *x); /* exact, so that a sanitizer sees a read beyond */    \
        assert_non_null(x);                                                                                    \
        for (int64_t i = 0; i < n; i++)                                                                        \
            x[i] = test_value_##S(sort);                                                                       \
        return x;                                                                                              \
    }                                                                                                          \
    static inline T *test_copy_##S(int64_t n, const T *from)                                                   \
    {                                                                                                          \
        T *x = malloc((size_t)(n ? n : 1) * sizeof *x);                                                        \
        assert_non_null(x);                                                                                    \
        if (n) memcpy(x, from, (size_t)n * sizeof *x);                                                         \
        return x;                                                                                              \
    }                                                                                                          \
    static inline bool test_same_##S(T a, T b)                                                                 \
    {                                                                                                          \
        return (a != a && b != b) || !memcmp(&a, &b, sizeof a);                                                \
    }                                                                                                          \
    static inline void test_check_##S(const char *what, int64_t n, const T *got, const T *want)                \
    {                                                                                                          \
        for (int64_t i = 0; i < n; i++)                                                                        \
            if (!test_same_##S(got[i], want[i]))                                                               \
                fail_msg("%s: element %lld of %lld is %a, expected %a", what, (long long)i, (long long)n,      \
                         (double)got[i], (double)want[i]);                                                     \
    }
TEST_VALUE(float, f32, uint32_t, 1e-40f, 3.40282347e+38f)
TEST_VALUE(double, f64, uint64_t, 1e-310, 1.7976931348623157e308)

#endif
