/* Creation: constants, data, ranges, random values. */
#include "kernel/kernel.h"
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

static lin_tensor *fresh(lin_ctx *ctx, lin_dtype dtype, lin_shape shape, const char *name)
{
    return ctx ? lin__tensor_new(ctx, lin__here(ctx), dtype, shape.dim, shape.ndim, name) : NULL;
}

static lin_tensor *filled(lin_ctx *ctx, double value, lin_shape shape, lin_dtype dtype, const char *name)
{
    lin_tensor *t = fresh(ctx, dtype, shape, name);
    if (!t) return NULL;
    if (value == 0 && !signbit(value)) {
        memset(t->data, 0, (size_t)t->numel * lin__size_of(dtype));
        return t;
    }
    lin__convert(dtype, LIN_F64, t->numel, &value, 0, t->data, 1);
    return t;
}

lin_tensor *lin_zeros(lin_ctx *ctx, lin_shape shape)
{
    return filled(ctx, 0, shape, lin_default_dtype(ctx), "zeros");
}

lin_tensor *lin_ones(lin_ctx *ctx, lin_shape shape)
{
    return filled(ctx, 1, shape, lin_default_dtype(ctx), "ones");
}

lin_tensor *lin_full(lin_ctx *ctx, double value, lin_shape shape)
{
    return filled(ctx, value, shape, lin_default_dtype(ctx), "full");
}

lin_tensor *lin_full_dtype(lin_ctx *ctx, double value, lin_shape shape, lin_dtype dtype)
{
    return filled(ctx, value, shape, dtype, "full");
}

lin_tensor *lin_arange(lin_ctx *ctx, double start, double end, double step, lin_dtype dtype)
{
    if (!ctx) return NULL;
    double count = ceil((end - start) / step);
    if (!(step != 0 && isfinite(step) && isfinite(start) && count >= 0 && count <= 9007199254740992.0)) {
        lin__fail(ctx, LIN_EINVAL, "arange: from %g to %g in steps of %g", start, end, step);
        return NULL;
    }
    lin_tensor *t = fresh(ctx, dtype, lin_shape_of(1, (const int64_t[]){(int64_t)count}), "arange");
    if (!t) return NULL;
    char *p = t->data;
    for (int64_t i = 0; i < t->numel; i++, p += lin__size_of(dtype)) {
        double value = start + (double)i * step; /* not a running sum: errors do not pile up */
        lin__convert(dtype, LIN_F64, 1, &value, 1, p, 1);
    }
    return t;
}

lin_tensor *lin_from_data(lin_ctx *ctx, lin_dtype dtype, const void *data, lin_shape shape)
{
    lin_tensor *t = fresh(ctx, dtype, shape, "from_data");
    if (!t) return NULL;
    if (t->numel && !data) {
        lin__fail_null(ctx, "from_data: the data");
        return NULL;
    }
    if (t->numel) memcpy(t->data, data, (size_t)t->numel * lin__size_of(dtype));
    return t;
}

lin_tensor *lin_from_f32(lin_ctx *ctx, const float *data, lin_shape shape)
{
    return lin_from_data(ctx, LIN_F32, data, shape);
}

lin_tensor *lin_from_f64(lin_ctx *ctx, const double *data, lin_shape shape)
{
    return lin_from_data(ctx, LIN_F64, data, shape);
}

lin_tensor *lin_from_i64(lin_ctx *ctx, const int64_t *data, lin_shape shape)
{
    return lin_from_data(ctx, LIN_I64, data, shape);
}

lin_tensor *lin_from_u8(lin_ctx *ctx, const uint8_t *data, lin_shape shape)
{
    return lin_from_data(ctx, LIN_U8, data, shape);
}

static lin__stream next_stream(lin_ctx *ctx, uint32_t kind)
{
    return (lin__stream){.seed = ctx->seed, .kind = kind, .number = ctx->creations++};
}

void lin__fill_normal(lin_tensor *t, double mean, double std)
{
    lin__stream s = next_stream(t->ctx, LIN__STREAM_NORMAL);
    if (t->dtype == LIN_F32)
        lin__normal_f32(&s, 0, t->numel, mean, std, t->data);
    else
        lin__normal_f64(&s, 0, t->numel, mean, std, t->data);
}

void lin__fill_uniform(lin_tensor *t, double low, double high)
{
    lin__stream s = next_stream(t->ctx, LIN__STREAM_UNIFORM);
    if (t->dtype == LIN_F32)
        lin__uniform_f32(&s, 0, t->numel, low, high, t->data);
    else
        lin__uniform_f64(&s, 0, t->numel, low, high, t->data);
}

lin_tensor *lin_normal(lin_ctx *ctx, double mean, double std, lin_shape shape)
{
    if (!ctx) return NULL;
    if (!(std >= 0)) {
        lin__fail(ctx, LIN_EINVAL, "normal: a standard deviation of %g; it must be 0 or more", std);
        return NULL;
    }
    lin_tensor *t = fresh(ctx, ctx->dtype, shape, "normal");
    if (t) lin__fill_normal(t, mean, std);
    return t;
}

lin_tensor *lin_uniform(lin_ctx *ctx, double low, double high, lin_shape shape)
{
    if (!ctx) return NULL;
    if (!(low <= high)) {
        lin__fail(ctx, LIN_EINVAL, "uniform: from %g to %g; low must not be above high", low, high);
        return NULL;
    }
    lin_tensor *t = fresh(ctx, ctx->dtype, shape, "uniform");
    if (t) lin__fill_uniform(t, low, high);
    return t;
}

lin_tensor *lin_randperm(lin_ctx *ctx, int64_t n)
{
    lin_tensor *t = fresh(ctx, LIN_I64, lin_shape_of(1, &n), "randperm");
    if (!t || n == 0) return t;
    lin__stream s = next_stream(ctx, LIN__STREAM_PERM);
    lin__perm perm;
    lin__perm_init(&perm, &s, n);
    lin__perm_fill(&perm, 0, n, t->data);
    return t;
}
