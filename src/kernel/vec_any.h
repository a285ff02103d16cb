/* kernel/vec_any.h: registers of any machine: arrays as long as the virtual lanes, which a compiler may turn into vectors. */
#ifndef LINNET_KERNEL_VEC_ANY_H
#define LINNET_KERNEL_VEC_ANY_H

#define LIN__REGISTERS 16
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
    LIN__INLINE r_##S r_mul_##S(r_##S x, r_##S y)                                              \
    {                                                                                          \
        LIN__EACH(S, x.lane[l] * y.lane[l]);                                                   \
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
    LIN__INLINE T r_tree_##S(r_##S x)                                                          \
    {                                                                                          \
        for (int half = LANES / 2; half; half /= 2)                                            \
            for (int l = 0; l < half; l++)                                                     \
                x.lane[l] += x.lane[l + half];                                                 \
        return x.lane[0];                                                                      \
    }                                                                                          \
    LIN__INLINE void v_trees_##S(const T lane[][LANES], T *out)                                \
    {                                                                                          \
        *out = r_tree_##S(r_load_##S(lane[0]));                                                \
    }
LIN__SCALAR(float, f32, LIN__LANES_F32, fmaf)
LIN__SCALAR(double, f64, LIN__LANES_F64, fma)

/* As many bytes as there are elements, as numbers. */
LIN__INLINE r_f32 r_bytes_f32(const uint8_t *p)
{
    LIN__EACH(f32, (float)p[l]);
}

#endif
