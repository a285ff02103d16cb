/* kernel/vec.h: the virtual lanes: 16 floats or 8 doubles, held in as many registers as they take. The same operations with the
 * same results for every instruction set; only the vec_….h know the difference. A new set is a vec_SET.h, a kernels_SET.c, a
 * row in dispatch.c and its flags in CMakeLists.txt.
 *
 *   r_…  one register of LIN__WIDTH lanes        v_…  all virtual lanes
 */
#ifndef LINNET_KERNEL_VEC_H
#define LINNET_KERNEL_VEC_H

#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define LIN__INLINE static inline __attribute__((always_inline, unused))
#define LIN__APART  static __attribute__((noinline, unused))
#define LIN__NEAR   __attribute__((hot)) /* beside what else small models run: LIN__HOT in base/context.h says why */
/* Before a loop whose elements are computed alone, each from its own place: it may become vectors without a look at whether arrays
 * overlap. Clang's word for it is an order, which it reports where it cannot obey. */
#ifdef __clang__
#define LIN__ALONE
#else
#define LIN__ALONE _Pragma("GCC ivdep")
#endif

#if defined(LIN__SIMD_AVX2) || defined(LIN__SIMD_AVX512)
#include "kernel/vec_x86.h"
#elif defined(LIN__SIMD_NEON)
#include "kernel/vec_neon.h"
#else
#include "kernel/vec_any.h"
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
        for (int half = LANES / WIDTH / 2; half; half /= 2)                                                          \
            for (int i = 0; i < half; i++)                                                                           \
                x.part[i] = r_add_##S(x.part[i], x.part[i + half]);                                                  \
        return r_tree_##S(x.part[0]);                                                                                \
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
