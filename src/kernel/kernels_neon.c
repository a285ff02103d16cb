/* The kernels for aarch64, which always has NEON. */
#if defined(__aarch64__)
#define LIN__SIMD      neon
#define LIN__SIMD_NEON 1
#include "kernel/kernels.inc"
#else
typedef int lin__no_neon; /* a file must not be empty */
#endif
