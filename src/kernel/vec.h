/* kernel/vec.h: the virtual lanes: 16 floats or 8 doubles, held in as many registers as they take. The same operations with the
 * same results for every instruction set; only this file knows the difference. A new set (AVX-512, NEON) is a new section here,
 * a kernels_SET.c, a row in dispatch.c and its flags in CMakeLists.txt.
 *
 *   r_…  one register of LIN__WIDTH lanes        v_…  all virtual lanes
 */
#ifndef LINNET_KERNEL_VEC_H
#define LINNET_KERNEL_VEC_H

#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define LIN__INLINE static inline __attribute__((always_inline, unused))

#if defined(LIN__SIMD_AVX2)
#include <immintrin.h>

enum { LIN__WIDTH_F32 = 8, LIN__WIDTH_F64 = 4 };
typedef __m256 r_f32;
typedef __m256d r_f64;

/* f(p), f(s), f(x, y, z) as the instruction of that name; the suffix is ps or pd. */
#define LIN__AVX2(T, S, I)                                                                      \
    LIN__INLINE r_##S r_load_##S(const T *p)                                                    \
    {                                                                                           \
        return _mm256_loadu_##I(p);                                                             \
    }                                                                                           \
    LIN__INLINE void r_store_##S(T *p, r_##S x)                                                 \
    {                                                                                           \
        _mm256_storeu_##I(p, x);                                                                \
    }                                                                                           \
    LIN__INLINE r_##S r_set_##S(T s)                                                            \
    {                                                                                           \
        return _mm256_set1_##I(s);                                                              \
    }                                                                                           \
    LIN__INLINE r_##S r_add_##S(r_##S x, r_##S y)                                               \
    {                                                                                           \
        return _mm256_add_##I(x, y);                                                            \
    }                                                                                           \
    LIN__INLINE r_##S r_sub_##S(r_##S x, r_##S y)                                               \
    {                                                                                           \
        return _mm256_sub_##I(x, y);                                                            \
    }                                                                                           \
    LIN__INLINE r_##S r_fma_##S(r_##S x, r_##S y, r_##S z)                                      \
    {                                                                                           \
        return _mm256_fmadd_##I(x, y, z);                                                       \
    }                                                                                           \
    /* x, held in a register: a compiler would rather load it anew for each use. */             \
    LIN__INLINE r_##S r_keep_##S(r_##S x)                                                       \
    {                                                                                           \
        __asm__("" : "+x"(x));                                                                  \
        return x;                                                                               \
    }                                                                                           \
    /* NaN if either is; of equals the second (the instruction alone would lose a NaN in x). */ \
    LIN__INLINE r_##S r_max_##S(r_##S x, r_##S y)                                               \
    {                                                                                           \
        return _mm256_blendv_##I(_mm256_max_##I(x, y), x, _mm256_cmp_##I(x, x, _CMP_UNORD_Q));  \
    }                                                                                           \
    LIN__INLINE r_##S r_min_##S(r_##S x, r_##S y)                                               \
    {                                                                                           \
        return _mm256_blendv_##I(_mm256_min_##I(x, y), x, _mm256_cmp_##I(x, x, _CMP_UNORD_Q));  \
    }
LIN__AVX2(float, f32, ps)
LIN__AVX2(double, f64, pd)

/* The first n of a register's elements, the rest 0; nothing beyond them is read. */
LIN__INLINE r_f32 r_part_f32(const float *p, int64_t n)
{
    static const int32_t mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)(mask + 8 - n)));
}
LIN__INLINE r_f64 r_part_f64(const double *p, int64_t n)
{
    static const int64_t mask[8] = {-1, -1, -1, -1};
    return _mm256_maskload_pd(p, _mm256_loadu_si256((const __m256i *)(mask + 4 - n)));
}

/* The trees of 8 groups of lanes at once (of 4 for double): each step pairs what the plain tree pairs. */
enum { LIN__TREES_F32 = 8, LIN__TREES_F64 = 4 };
LIN__INLINE void v_trees_f32(const float lane[][LIN__LANES_F32], float *out)
{
    __m256 x[8];
    for (int i = 0; i < 8; i++)
        x[i] = _mm256_add_ps(_mm256_loadu_ps(lane[i]), _mm256_loadu_ps(lane[i] + 8));
    for (int i = 0; i < 8; i += 2)
        x[i / 2] =
            _mm256_add_ps(_mm256_permute2f128_ps(x[i], x[i + 1], 0x20), _mm256_permute2f128_ps(x[i], x[i + 1], 0x31));
    for (int i = 0; i < 4; i += 2)
        x[i / 2] = _mm256_add_ps(_mm256_shuffle_ps(x[i], x[i + 1], 0x44), _mm256_shuffle_ps(x[i], x[i + 1], 0xee));
    x[0] =
        _mm256_add_ps(_mm256_shuffle_ps(x[0], x[1], 0x88), _mm256_shuffle_ps(x[0], x[1], 0xdd)); /* 0 2 4 6, 1 3 5 7 */
    __m128 even = _mm256_castps256_ps128(x[0]), odd = _mm256_extractf128_ps(x[0], 1);
    _mm_storeu_ps(out, _mm_unpacklo_ps(even, odd));
    _mm_storeu_ps(out + 4, _mm_unpackhi_ps(even, odd));
}
LIN__INLINE void v_trees_f64(const double lane[][LIN__LANES_F64], double *out)
{
    __m256d x[4];
    for (int i = 0; i < 4; i++)
        x[i] = _mm256_add_pd(_mm256_loadu_pd(lane[i]), _mm256_loadu_pd(lane[i] + 4));
    for (int i = 0; i < 4; i += 2)
        x[i / 2] =
            _mm256_add_pd(_mm256_permute2f128_pd(x[i], x[i + 1], 0x20), _mm256_permute2f128_pd(x[i], x[i + 1], 0x31));
    x[0] = _mm256_add_pd(_mm256_unpacklo_pd(x[0], x[1]), _mm256_unpackhi_pd(x[0], x[1])); /* 0 2, 1 3 */
    _mm256_storeu_pd(out, _mm256_permute4x64_pd(x[0], 0xd8));
}

#else /* any machine */

enum { LIN__WIDTH_F32 = LIN__LANES_F32, LIN__WIDTH_F64 = LIN__LANES_F64, LIN__TREES_F32 = 1, LIN__TREES_F64 = 1 };

#define LIN__EACH(S, expression)                                        \
    r_##S out;                                                          \
    for (int l = 0; l < (int)(sizeof out.lane / sizeof *out.lane); l++) \
        out.lane[l] = (expression);                                     \
    return out
#define LIN__SCALAR(T, S, LANES, FMA)                                                          \
    typedef struct r_##S {                                                                     \
        T lane[LANES];                                                                         \
    } r_##S;                                                                                   \
    LIN__INLINE r_##S r_load_##S(const T *p)                                                   \
    {                                                                                          \
        LIN__EACH(S, p[l]);                                                                    \
    }                                                                                          \
    LIN__INLINE void r_store_##S(T *p, r_##S x)                                                \
    {                                                                                          \
        memcpy(p, x.lane, sizeof x.lane);                                                      \
    }                                                                                          \
    LIN__INLINE r_##S r_set_##S(T s)                                                           \
    {                                                                                          \
        LIN__EACH(S, s);                                                                       \
    }                                                                                          \
    LIN__INLINE r_##S r_add_##S(r_##S x, r_##S y)                                              \
    {                                                                                          \
        LIN__EACH(S, x.lane[l] + y.lane[l]);                                                   \
    }                                                                                          \
    LIN__INLINE r_##S r_sub_##S(r_##S x, r_##S y)                                              \
    {                                                                                          \
        LIN__EACH(S, x.lane[l] - y.lane[l]);                                                   \
    }                                                                                          \
    LIN__INLINE r_##S r_fma_##S(r_##S x, r_##S y, r_##S z)                                     \
    {                                                                                          \
        LIN__EACH(S, FMA(x.lane[l], y.lane[l], z.lane[l]));                                    \
    }                                                                                          \
    LIN__INLINE r_##S r_keep_##S(r_##S x)                                                      \
    {                                                                                          \
        return x;                                                                              \
    }                                                                                          \
    LIN__INLINE r_##S r_max_##S(r_##S x, r_##S y)                                              \
    {                                                                                          \
        LIN__EACH(S, x.lane[l] > y.lane[l] || x.lane[l] != x.lane[l] ? x.lane[l] : y.lane[l]); \
    }                                                                                          \
    LIN__INLINE r_##S r_min_##S(r_##S x, r_##S y)                                              \
    {                                                                                          \
        LIN__EACH(S, x.lane[l] < y.lane[l] || x.lane[l] != x.lane[l] ? x.lane[l] : y.lane[l]); \
    }                                                                                          \
    LIN__INLINE r_##S r_part_##S(const T *p, int64_t n)                                        \
    {                                                                                          \
        LIN__EACH(S, l < n ? p[l] : 0);                                                        \
    }                                                                                          \
    LIN__INLINE void v_trees_##S(const T lane[][LANES], T *out)                                \
    {                                                                                          \
        T t[LANES];                                                                            \
        memcpy(t, lane[0], sizeof t);                                                          \
        for (int half = LANES / 2; half; half /= 2)                                            \
            for (int l = 0; l < half; l++)                                                     \
                t[l] += t[l + half];                                                           \
        *out = t[0];                                                                           \
    }
LIN__SCALAR(float, f32, LIN__LANES_F32, fmaf)
LIN__SCALAR(double, f64, LIN__LANES_F64, fma)

#endif

/* ---- All lanes, over registers ---- */
#define LIN__LANES(T, S, LANES, WIDTH)                                                                               \
    typedef struct v_##S {                                                                                           \
        r_##S part[LANES / WIDTH];                                                                                   \
    } v_##S;                                                                                                         \
    LIN__INLINE void v_store_##S(T *p, v_##S x)                                                                      \
    {                                                                                                                \
        for (int i = 0; i < LANES / WIDTH; i++)                                                                      \
            r_store_##S(p + i * WIDTH, x.part[i]);                                                                   \
    }                                                                                                                \
    LIN__EACH_PART(T, S, LANES, WIDTH, load, (const T *p), r_load_##S(p + i * WIDTH))                                \
    LIN__EACH_PART(T, S, LANES, WIDTH, set, (T s), r_set_##S(s))                                                     \
    LIN__EACH_PART(T, S, LANES, WIDTH, add, (v_##S x, v_##S y), r_add_##S(x.part[i], y.part[i]))                     \
    LIN__EACH_PART(T, S, LANES, WIDTH, sub, (v_##S x, v_##S y), r_sub_##S(x.part[i], y.part[i]))                     \
    LIN__EACH_PART(T, S, LANES, WIDTH, max, (v_##S x, v_##S y), r_max_##S(x.part[i], y.part[i]))                     \
    LIN__EACH_PART(T, S, LANES, WIDTH, min, (v_##S x, v_##S y), r_min_##S(x.part[i], y.part[i]))                     \
    LIN__EACH_PART(T, S, LANES, WIDTH, fma, (v_##S x, v_##S y, v_##S z), r_fma_##S(x.part[i], y.part[i], z.part[i])) \
    /* Elements at … n − 1 of a register that begins at `at`: 0 to WIDTH of them. */                             \
    LIN__INLINE int64_t r_count_##S(int64_t at, int64_t n)                                                           \
    {                                                                                                                \
        return n - at < 0 ? 0 : n - at < WIDTH ? n - at : WIDTH;                                                     \
    }                                                                                                                \
    /* The last, short group: n < lanes elements, the rest 0. */                                                     \
    LIN__EACH_PART(T, S, LANES, WIDTH, part, (const T *p, int64_t n),                                                \
                   r_part_##S(p + (i * WIDTH < n ? i * WIDTH : 0), r_count_##S(i * WIDTH, n)))                       \
    /* The lanes added as a tree: l and l + half, then half of that, … */                                          \
    LIN__INLINE T v_tree_##S(v_##S x)                                                                                \
    {                                                                                                                \
        T t[LANES];                                                                                                  \
        v_store_##S(t, x);                                                                                           \
        for (int half = LANES / 2; half; half /= 2)                                                                  \
            for (int l = 0; l < half; l++)                                                                           \
                t[l] += t[l + half];                                                                                 \
        return t[0];                                                                                                 \
    }
#define LIN__EACH_PART(T, S, LANES, WIDTH, name, parameters, expression) \
    LIN__INLINE v_##S v_##name##_##S parameters                          \
    {                                                                    \
        v_##S out;                                                       \
        for (int i = 0; i < LANES / WIDTH; i++)                          \
            out.part[i] = (expression);                                  \
        return out;                                                      \
    }
LIN__LANES(float, f32, LIN__LANES_F32, LIN__WIDTH_F32)
LIN__LANES(double, f64, LIN__LANES_F64, LIN__WIDTH_F64)

#endif
