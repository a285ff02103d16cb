/* Comparisons: u8 0 or 1, never with a graph. */
#include "op/map.h"

#include <math.h>

static void compare_run(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    lin__compare_run(m->k.compare, m->type, n, p[0], s[0], p[1], s[1], p[2], s[2]);
}

static void compare_scalar_run(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    lin__compare_run(m->k.compare, m->type, n, p[0], s[0], &m->scalar, 0, p[1], s[1]);
}

/* The type that a and b are compared in, as torch.result_type: f64 before f32 before i64 before u8; but a scalar tensor does not
 * widen a tensor of its own kind. */
static lin_dtype common_type(const lin_tensor *a, const lin_tensor *b)
{
    static const int rank[] = {[LIN_U8] = 0, [LIN_I64] = 1, [LIN_F32] = 2, [LIN_F64] = 3};
    bool same_kind = lin__is_floating((lin_dtype)a->dtype) == lin__is_floating((lin_dtype)b->dtype);
    if (same_kind && (a->ndim == 0) != (b->ndim == 0)) return (lin_dtype)(a->ndim ? a->dtype : b->dtype);
    return (lin_dtype)(rank[a->dtype] > rank[b->dtype] ? a->dtype : b->dtype);
}

static lin_tensor *as_type(lin_tensor *t, lin_dtype type)
{
    return t->dtype == type ? t : lin_to(lin_detach(t), type);
}

static lin_tensor *compare(lin__compare how, const char *name, lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[] = {a, b};
    if (!lin__args(name, in, 2)) return NULL;
    lin__map m = {.run = compare_run, .k.compare = how, .type = common_type(a, b)};
    in[0] = as_type(a, m.type);
    in[1] = as_type(b, m.type);
    lin_tensor *y = in[0] && in[1] ? lin__broadcast_result(name, a, b, LIN_U8) : NULL;
    if (y) lin__map_run(&m, in, 2, y);
    return y;
}

/* Floats in their own type, as PyTorch (0.1f == 0.1); integers exactly, in i64 or, where s is not one, in f64. */
static lin_tensor *compare_scalar(lin__compare how, const char *name, lin_tensor *a, double s)
{
    if (!lin__args(name, &a, 1)) return NULL;
    lin_dtype type = (lin_dtype)a->dtype;
    if (!lin__is_floating(type)) type = s == floor(s) && fabs(s) < 9223372036854775808.0 ? LIN_I64 : LIN_F64;
    lin__map m = {.run = compare_scalar_run, .k.compare = how, .type = type};
    lin__convert(type, LIN_F64, 1, &s, 1, &m.scalar, 1);
    lin_tensor *x = as_type(a, type), *y = x ? lin__tensor_like(a, LIN_U8) : NULL;
    if (y) lin__map_run(&m, &x, 1, y);
    return y;
}

#define COMPARISON(id, HOW)                                \
    lin_tensor *lin_##id(lin_tensor *a, lin_tensor *b)     \
    {                                                      \
        return compare(HOW, #id, a, b);                    \
    }                                                      \
    lin_tensor *lin_##id##_scalar(lin_tensor *a, double s) \
    {                                                      \
        return compare_scalar(HOW, #id "_scalar", a, s);   \
    }
COMPARISON(eq, LIN__EQ)
COMPARISON(ne, LIN__NE)
COMPARISON(lt, LIN__LT)
COMPARISON(le, LIN__LE)
COMPARISON(gt, LIN__GT)
COMPARISON(ge, LIN__GE)
