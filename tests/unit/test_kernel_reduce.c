/* The reductions: to the bit what kernel.h defines (lanes, blocks, tree, rewritten here in plain C), and near to the truth. */
#include "support/kernels.h"

static const int64_t lengths[] = {0,   1,    2,    7,    8,    9,    15,   16,   17,   31,   33,   63,    64,   100,
                                  784, 1000, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 5000, 6145, 16384, 20001};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

#define T         float
#define S(name)   name##_f32
#define KERNELS   set_tested->f32
#define REFERENCE set_scalar->f32
#define LANES     16
#define FMA       fmaf
#define EXP       lin__expf
#define LOG       lin__logf
#define EPSILON   1.2e-7L
#include "kernel_reduce.inc"
#undef T
#undef S
#undef KERNELS
#undef REFERENCE
#undef LANES
#undef FMA
#undef EXP
#undef LOG
#undef EPSILON

#define T         double
#define S(name)   name##_f64
#define KERNELS   set_tested->f64
#define REFERENCE set_scalar->f64
#define LANES     8
#define FMA       fma
#define EXP       lin__exp
#define LOG       lin__log
#define EPSILON   2.3e-16L
#include "kernel_reduce.inc"

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EACH_SET(sums_f32),   ON_EACH_SET(sums_f64),   ON_EACH_SET(extremes_f32), ON_EACH_SET(extremes_f64),
        ON_EACH_SET(rows_f32),   ON_EACH_SET(rows_f64),   ON_EACH_SET(softmax_f32),  ON_EACH_SET(softmax_f64),
        ON_EACH_SET(limits_f32), ON_EACH_SET(limits_f64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
