/* kernel/vec_neon.h: registers of aarch64's NEON (4 floats). */
#ifndef LINNET_KERNEL_VEC_NEON_H
#define LINNET_KERNEL_VEC_NEON_H

#include <arm_neon.h>

#define LIN__REGISTERS 32
enum { LIN__WIDTH_F32 = 4, LIN__WIDTH_F64 = 2 };
typedef float32x4_t r_f32;
typedef float64x2_t r_f64;

#define LIN__NEON(T, S)                                                                                          \
    LIN__INLINE r_##S r_load_##S(const T *p)                                                                     \
    {                                                                                                            \
        return vld1q_##S(p);                                                                                     \
    }                                                                                                            \
    LIN__INLINE void r_store_##S(T *p, r_##S x)                                                                  \
    {                                                                                                            \
        vst1q_##S(p, x);                                                                                         \
    }                                                                                                            \
    LIN__INLINE r_##S r_set_##S(T s)                                                                             \
    {                                                                                                            \
        return vdupq_n_##S(s);                                                                                   \
    }                                                                                                            \
    LIN__INLINE r_##S r_add_##S(r_##S x, r_##S y)                                                                \
    {                                                                                                            \
        return vaddq_##S(x, y);                                                                                  \
    }                                                                                                            \
    LIN__INLINE r_##S r_sub_##S(r_##S x, r_##S y)                                                                \
    {                                                                                                            \
        return vsubq_##S(x, y);                                                                                  \
    }                                                                                                            \
    LIN__INLINE r_##S r_mul_##S(r_##S x, r_##S y)                                                                \
    {                                                                                                            \
        return vmulq_##S(x, y);                                                                                  \
    }                                                                                                            \
    LIN__INLINE r_##S r_fma_##S(r_##S x, r_##S y, r_##S z)                                                       \
    {                                                                                                            \
        return vfmaq_##S(z, x, y);                                                                               \
    }                                                                                                            \
    /* x, held in a register: a compiler would rather load it anew for each use. */                              \
    LIN__INLINE r_##S r_keep_##S(r_##S x)                                                                        \
    {                                                                                                            \
        __asm__("" : "+w"(x));                                                                                   \
        return x;                                                                                                \
    }                                                                                                            \
    /* NaN if either is; of equals the second, which the instruction of that name does not promise for zeros. */ \
    LIN__INLINE r_##S r_max_##S(r_##S x, r_##S y)                                                                \
    {                                                                                                            \
        r_##S better = vbslq_##S(vcgtq_##S(x, y), x, y);                                                         \
        return vbslq_##S(vceqq_##S(x, x), better, x);                                                            \
    }                                                                                                            \
    LIN__INLINE r_##S r_min_##S(r_##S x, r_##S y)                                                                \
    {                                                                                                            \
        r_##S better = vbslq_##S(vcltq_##S(x, y), x, y);                                                         \
        return vbslq_##S(vceqq_##S(x, x), better, x);                                                            \
    }                                                                                                            \
    /* The first n of a register's elements, the rest 0; nothing beyond them is read. */                         \
    LIN__INLINE r_##S r_part_##S(const T *p, int64_t n)                                                          \
    {                                                                                                            \
        T part[sizeof(r_##S) / sizeof(T)] = {0};                                                                 \
        memcpy(part, p, (size_t)n * sizeof *p);                                                                  \
        return vld1q_##S(part);                                                                                  \
    }
LIN__NEON(float, f32)
LIN__NEON(double, f64)

/* As many bytes as there are elements, as numbers. */
LIN__INLINE r_f32 r_bytes_f32(const uint8_t *p)
{
    uint32_t four;
    memcpy(&four, p, sizeof four);
    uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(words)));
}

/* A register's own lanes as a tree. */
LIN__INLINE float r_tree_f32(float32x4_t x)
{
    float32x2_t pair = vadd_f32(vget_low_f32(x), vget_high_f32(x));
    return vget_lane_f32(pair, 0) + vget_lane_f32(pair, 1);
}
LIN__INLINE double r_tree_f64(float64x2_t x)
{
    return vgetq_lane_f64(x, 0) + vgetq_lane_f64(x, 1);
}

/* The trees of 4 groups of lanes at once (of 2 for double): each step pairs what the plain tree pairs. */
enum { LIN__TREES_F32 = 4, LIN__TREES_F64 = 2 };
LIN__INLINE float32x4_t r_halves_f32(float32x4_t x, float32x4_t y) /* x0 + x2, x1 + x3, y0 + y2, y1 + y3 */
{
    return vaddq_f32(vcombine_f32(vget_low_f32(x), vget_low_f32(y)), vcombine_f32(vget_high_f32(x), vget_high_f32(y)));
}
LIN__INLINE void v_trees_f32(const float lane[][LIN__LANES_F32], float *out)
{
    float32x4_t x[4];
    for (int i = 0; i < 4; i++)
        x[i] = vaddq_f32(vaddq_f32(vld1q_f32(lane[i]), vld1q_f32(lane[i] + 8)),
                         vaddq_f32(vld1q_f32(lane[i] + 4), vld1q_f32(lane[i] + 12)));
    vst1q_f32(out, vpaddq_f32(r_halves_f32(x[0], x[1]), r_halves_f32(x[2], x[3])));
}
LIN__INLINE void v_trees_f64(const double lane[][LIN__LANES_F64], double *out)
{
    float64x2_t x[2];
    for (int i = 0; i < 2; i++)
        x[i] = vaddq_f64(vaddq_f64(vld1q_f64(lane[i]), vld1q_f64(lane[i] + 4)),
                         vaddq_f64(vld1q_f64(lane[i] + 2), vld1q_f64(lane[i] + 6)));
    vst1q_f64(out, vpaddq_f64(x[0], x[1]));
}

#endif
