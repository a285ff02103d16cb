/* The products: to the bit the dots and chains of kernel.h on every shape and layout, writing nothing beyond C. */
#include "support/kernels.h"

#define T       float
#define S(name) name##_f32
#define KERNELS set_tested->f32
#define LANES   16
#define FMA     fmaf
#include "kernel_gemm.inc"
#undef T
#undef S
#undef KERNELS
#undef LANES
#undef FMA

#define T       double
#define S(name) name##_f64
#define KERNELS set_tested->f64
#define LANES   8
#define FMA     fma
#include "kernel_gemm.inc"

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_SET(nt_f32),    ON_EACH_SET(nt_f64),    ON_EACH_SET(block_f32),
        ON_EACH_SET(block_f64), ON_EACH_SET(truth_f32), ON_EACH_SET(truth_f64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
