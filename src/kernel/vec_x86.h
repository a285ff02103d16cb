/* kernel/vec_x86.h: registers of AVX2 with FMA (8 floats) and of AVX-512 (16 floats). */
#ifndef LINNET_KERNEL_VEC_X86_H
#define LINNET_KERNEL_VEC_X86_H

#include <immintrin.h>

#if defined(LIN__SIMD_AVX512)
#define LIN__REGISTERS 32
enum { LIN__WIDTH_F32 = 16, LIN__WIDTH_F64 = 8 };
typedef __m512 r_f32;
typedef __m512d r_f64;
#define LIN__MM(name) _mm512_##name
#define LIN__KEPT     "+v"
#else
#define LIN__REGISTERS 16
enum { LIN__WIDTH_F32 = 8, LIN__WIDTH_F64 = 4 };
typedef __m256 r_f32;
typedef __m256d r_f64;
#define LIN__MM(name)  _mm256_##name
#define LIN__KEPT      "+x"
#endif

/* f(p), f(s), f(x, y, z) as the instruction of that name; the suffix is ps or pd. */
#define LIN__X86(T, S, I)                                                           \
    LIN__INLINE r_##S r_load_##S(const T *p)                                        \
    {                                                                               \
        return LIN__MM(loadu_##I)(p);                                               \
    }                                                                               \
    LIN__INLINE void r_store_##S(T *p, r_##S x)                                     \
    {                                                                               \
        LIN__MM(storeu_##I)(p, x);                                                  \
    }                                                                               \
    LIN__INLINE r_##S r_set_##S(T s)                                                \
    {                                                                               \
        return LIN__MM(set1_##I)(s);                                                \
    }                                                                               \
    LIN__INLINE r_##S r_add_##S(r_##S x, r_##S y)                                   \
    {                                                                               \
        return LIN__MM(add_##I)(x, y);                                              \
    }                                                                               \
    LIN__INLINE r_##S r_sub_##S(r_##S x, r_##S y)                                   \
    {                                                                               \
        return LIN__MM(sub_##I)(x, y);                                              \
    }                                                                               \
    LIN__INLINE r_##S r_mul_##S(r_##S x, r_##S y)                                   \
    {                                                                               \
        return LIN__MM(mul_##I)(x, y);                                              \
    }                                                                               \
    LIN__INLINE r_##S r_fma_##S(r_##S x, r_##S y, r_##S z)                          \
    {                                                                               \
        return LIN__MM(fmadd_##I)(x, y, z);                                         \
    }                                                                               \
    /* x, held in a register: a compiler would rather load it anew for each use. */ \
    LIN__INLINE r_##S r_keep_##S(r_##S x)                                           \
    {                                                                               \
        __asm__("" : LIN__KEPT(x));                                                 \
        return x;                                                                   \
    }                                                                               \
    /* NaN if either is; of equals the second. */                                   \
    LIN__INLINE r_##S r_max_##S(r_##S x, r_##S y)                                   \
    {                                                                               \
        return r_nan_of_##S(x, LIN__MM(max_##I)(x, y));                             \
    }                                                                               \
    LIN__INLINE r_##S r_min_##S(r_##S x, r_##S y)                                   \
    {                                                                               \
        return r_nan_of_##S(x, LIN__MM(min_##I)(x, y));                             \
    }

/* A register's own lanes as a tree. */
LIN__INLINE float r_tree_half_f32(__m256 x)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
LIN__INLINE double r_tree_half_f64(__m256d x)
{
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

#if defined(LIN__SIMD_AVX512)

LIN__INLINE float r_tree_f32(r_f32 x)
{
    return r_tree_half_f32(_mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)));
}
LIN__INLINE double r_tree_f64(r_f64 x)
{
    return r_tree_half_f64(_mm256_add_pd(_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd(x, 1)));
}

/* y, but x where that is NaN: the instructions max and min alone would lose it. */
LIN__INLINE r_f32 r_nan_of_f32(r_f32 x, r_f32 y)
{
    return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), x);
}
LIN__INLINE r_f64 r_nan_of_f64(r_f64 x, r_f64 y)
{
    return _mm512_mask_mov_pd(y, _mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q), x);
}
LIN__X86(float, f32, ps)
LIN__X86(double, f64, pd)

/* The first n of a register's elements, the rest 0; nothing beyond them is read. */
LIN__INLINE r_f32 r_part_f32(const float *p, int64_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
LIN__INLINE r_f64 r_part_f64(const double *p, int64_t n)
{
    return _mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p);
}

/* As many bytes as there are elements, as numbers: one move of all of them, where a compiler goes from bytes to words to numbers. */
LIN__INLINE r_f32 r_bytes_f32(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

/* The trees of 16 groups of lanes at once (of 8 for double): each step pairs what the plain tree pairs. The groups that a
 * register holds side by side are named by its index in x and their place. */
enum { LIN__TREES_F32 = 16, LIN__TREES_F64 = 8 };
LIN__INLINE void v_trees_f32(const float lane[][LIN__LANES_F32], float *out)
{
    __m512 x[16];
    for (int i = 0; i < 16; i += 2) { /* 8 and 8: x[i] is groups 2i, 2i + 1 */
        __m512 p = _mm512_loadu_ps(lane[i]), q = _mm512_loadu_ps(lane[i + 1]);
        x[i / 2] = _mm512_add_ps(_mm512_shuffle_f32x4(p, q, 0x44), _mm512_shuffle_f32x4(p, q, 0xee));
    }
    for (int i = 0; i < 8; i += 2) /* 4 and 4: x[i] is groups 4i … 4i + 3 */
        x[i / 2] =
            _mm512_add_ps(_mm512_shuffle_f32x4(x[i], x[i + 1], 0x88), _mm512_shuffle_f32x4(x[i], x[i + 1], 0xdd));
    for (int i = 0; i < 4; i += 2)
        x[i / 2] = _mm512_add_ps(_mm512_shuffle_ps(x[i], x[i + 1], 0x44), _mm512_shuffle_ps(x[i], x[i + 1], 0xee));
    x[0] = _mm512_add_ps(_mm512_shuffle_ps(x[0], x[1], 0x88), _mm512_shuffle_ps(x[0], x[1], 0xdd));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_ps(out, _mm512_permutexvar_ps(order, x[0])); /* group 4q + g was at 4g + q */
}
LIN__INLINE void v_trees_f64(const double lane[][LIN__LANES_F64], double *out)
{
    __m512d x[8];
    for (int i = 0; i < 8; i += 2) {
        __m512d p = _mm512_loadu_pd(lane[i]), q = _mm512_loadu_pd(lane[i + 1]);
        x[i / 2] = _mm512_add_pd(_mm512_shuffle_f64x2(p, q, 0x44), _mm512_shuffle_f64x2(p, q, 0xee));
    }
    for (int i = 0; i < 4; i += 2)
        x[i / 2] =
            _mm512_add_pd(_mm512_shuffle_f64x2(x[i], x[i + 1], 0x88), _mm512_shuffle_f64x2(x[i], x[i + 1], 0xdd));
    x[0] = _mm512_add_pd(_mm512_unpacklo_pd(x[0], x[1]), _mm512_unpackhi_pd(x[0], x[1]));
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    _mm512_storeu_pd(out, _mm512_permutexvar_pd(order, x[0])); /* group 4q + g was at 2g + q */
}

#else

LIN__INLINE float r_tree_f32(r_f32 x)
{
    return r_tree_half_f32(x);
}
LIN__INLINE double r_tree_f64(r_f64 x)
{
    return r_tree_half_f64(x);
}

LIN__INLINE r_f32 r_nan_of_f32(r_f32 x, r_f32 y)
{
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}
LIN__INLINE r_f64 r_nan_of_f64(r_f64 x, r_f64 y)
{
    return _mm256_blendv_pd(y, x, _mm256_cmp_pd(x, x, _CMP_UNORD_Q));
}
LIN__X86(float, f32, ps)
LIN__X86(double, f64, pd)

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

/* As many bytes as there are elements, as numbers: one move of all of them, where a compiler goes from bytes to words to numbers. */
LIN__INLINE r_f32 r_bytes_f32(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
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

#endif

#endif
