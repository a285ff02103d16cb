/* The kernels for x86-64 with AVX2 and FMA. */
#if defined(__x86_64__)
#define LIN__SIMD      avx2
#define LIN__SIMD_AVX2 1
#include "kernel/kernels.inc"
#else
typedef int lin__no_avx2; /* a file must not be empty */
#endif
