/* The kernels for any machine. */
#define LIN__SIMD scalar
#include "kernel/kernels.inc"
