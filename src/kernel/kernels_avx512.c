/* The kernels for x86-64 with AVX-512 (F, VL, DQ, BW: every processor that has it but Xeon Phi). */
#if defined(__x86_64__)
#define LIN__SIMD        avx512
#define LIN__SIMD_AVX512 1
#include "kernel/kernels.inc"
#else
typedef int lin__no_avx512; /* a file must not be empty */
#endif
