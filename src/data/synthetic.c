/* The book's synthetic data: features from a normal distribution, labels that are a line through them, and noise. */
#include "base/pool.h"
#include "data/dataset.h"
#include "kernel/kernel.h"

#include <math.h>

enum { BLOCK = 256 };

/* y holds the noise; line (BLOCK) = X·w + b, then y = line + noise, as separate operations would round it. */
typedef struct labels {
    int64_t rows, features;
    const void *X, *w;
    double b;
    void *y;
} labels;

#define LABELS_OF(T, SUFFIX)                                                       \
    static void labels_##SUFFIX(void *arg, int64_t block)                          \
    {                                                                              \
        const labels *l = arg;                                                     \
        const lin__kernels_##SUFFIX *k = &lin__kernels_get()->SUFFIX;              \
        int64_t first = block * BLOCK, left = l->rows - first, d = l->features;    \
        int64_t n = left < BLOCK ? left : BLOCK;                                   \
        T line[BLOCK], b = (T)l->b, *y = (T *)l->y + first;                        \
        k->gemm_nt(n, 1, d, (const T *)l->X + first * d, d, l->w, d, &b, line, 1); \
        k->add(n, line, 1, y, 1, y, 1);                                            \
    }
LABELS_OF(float, f32)
LABELS_OF(double, f64)

static int check(lin_ctx *ctx, const lin_tensor *w, int64_t rows, double std)
{
    char shape[LIN__SHAPE_TEXT];
    if (w->ctx != ctx) return lin__fail(ctx, LIN_EINVAL, "synthetic_data: w belongs to another context");
    if (!lin__is_floating(w->dtype) || !(w->ndim == 1 || (w->ndim == 2 && w->dim[1] == 1)))
        return lin__fail(ctx, LIN_EINVAL, "synthetic_data: w is %s %s; it must be f32 or f64 (d) or (d, 1)",
                         lin_dtype_name((lin_dtype)w->dtype), lin__shape_text(shape, w->dim, w->ndim));
    if (rows < 0)
        return lin__fail(ctx, LIN_EINVAL, "synthetic_data: %lld rows; there can be 0 or more", (long long)rows);
    if (!(std >= 0 && isfinite(std)))
        return lin__fail(ctx, LIN_EINVAL,
                         "synthetic_data: a standard deviation of %g; it must be 0 or more, and finite", std);
    return 0;
}

int lin_synthetic_data(lin_ctx *ctx, lin_tensor *w, double b, int64_t rows, double std, lin_tensor **features,
                       lin_tensor **labels_out)
{
    if (features) *features = NULL;
    if (labels_out) *labels_out = NULL;
    if (!ctx) return LIN_EINVAL;
    if (!w) return lin__fail_null(ctx, "synthetic_data: w");
    if (!features || !labels_out)
        return lin__fail_null(ctx, features ? "synthetic_data: labels" : "synthetic_data: features");
    if (!lin__alive(w, "synthetic_data")) return lin_error_code_of(ctx);
    int code = check(ctx, w, rows, std);
    if (code) return code;
    uint32_t here = lin__here(ctx);
    lin_dtype type = (lin_dtype)w->dtype;
    const lin_tensor *dense = w->contiguous ? w : lin__tensor_copy(w, here);
    lin_tensor *X = lin__tensor_new(ctx, here, type, (int64_t[]){rows, w->dim[0]}, 2, "synthetic_data");
    lin_tensor *y = X ? lin__tensor_new(ctx, here, type, (int64_t[]){rows, 1}, 2, "synthetic_data") : NULL;
    if (!dense || !y) return lin_error_code_of(ctx);
    lin__fill_normal(X, 0, 1);
    lin__fill_normal(y, 0, std);
    labels l = {.rows = rows, .features = w->dim[0], .X = X->data, .w = dense->data, .b = b, .y = y->data};
    lin__pool_run(ctx, (rows + BLOCK - 1) / BLOCK, type == LIN_F32 ? labels_f32 : labels_f64, &l);
    *features = X;
    *labels_out = y;
    return 0;
}
