/* Largest and smallest: values and places. A NaN is both; of equal ones the first is meant. */
#include "op/reduce.h"

#define OP(id) (&lin__ops[LIN__OP_##id])

typedef struct extreme {
    const void *x;
    void *y;        /* values, or NULL */
    int64_t *index; /* places, or NULL */
    int64_t inner;
    bool largest;
} extreme;

/* The place of the first best of each result's elements. */
#define EXTREME_OF(T)                                                                  \
    static int64_t place_##T(int64_t n, const T *x, bool largest)                      \
    {                                                                                  \
        int64_t best = 0;                                                              \
        for (int64_t i = 1; i < n && x[best] == x[best]; i++)                          \
            if ((largest ? x[i] > x[best] : x[i] < x[best]) || x[i] != x[i]) best = i; \
        return best;                                                                   \
    }                                                                                  \
    static void extreme_##T(void *arg, int64_t first, int64_t last)                    \
    {                                                                                  \
        const extreme *e = arg;                                                        \
        for (int64_t r = first; r < last; r++) {                                       \
            const T *x = (const T *)e->x + r * e->inner;                               \
            int64_t best = place_##T(e->inner, x, e->largest);                         \
            if (e->y) ((T *)e->y)[r] = x[best];                                        \
            if (e->index) e->index[r] = best;                                          \
        }                                                                              \
    }
EXTREME_OF(float)
EXTREME_OF(double)
EXTREME_OF(int64_t)
EXTREME_OF(uint8_t)

/* Values alone, of floats: the kernels'. */
static void values_f32(void *arg, int64_t first, int64_t last)
{
    const extreme *e = arg;
    const lin__kernels_f32 *k = &lin__kernels_get()->f32;
    for (int64_t r = first; r < last; r++)
        ((float *)e->y)[r] = (e->largest ? k->max : k->min)(e->inner, (const float *)e->x + r * e->inner);
}

static void values_f64(void *arg, int64_t first, int64_t last)
{
    const extreme *e = arg;
    const lin__kernels_f64 *k = &lin__kernels_get()->f64;
    for (int64_t r = first; r < last; r++)
        ((double *)e->y)[r] = (e->largest ? k->max : k->min)(e->inner, (const double *)e->x + r * e->inner);
}

/* The places of the largest of floats: the kernels'. */
static void argmax_f32(void *arg, int64_t first, int64_t last)
{
    const extreme *e = arg;
    const float *x = (const float *)e->x + first * e->inner;
    lin__kernels_get()->f32.argmax_rows(last - first, e->inner, x, e->index + first);
}

static void argmax_f64(void *arg, int64_t first, int64_t last)
{
    const extreme *e = arg;
    const double *x = (const double *)e->x + first * e->inner;
    lin__kernels_get()->f64.argmax_rows(last - first, e->inner, x, e->index + first);
}

/* Is there something to choose from along every dimension of mask? */
static bool check_sizes(const lin_tensor *t, uint32_t mask, const char *name)
{
    for (int i = 0; i < t->ndim; i++) {
        if (!(mask >> i & 1) || t->dim[i]) continue;
        char shape[LIN__SHAPE_TEXT];
        lin__fail(t->ctx, LIN_EINVAL, "%s: no elements along dimension %d of a tensor of shape %s", name, i,
                  lin__shape_text(shape, t->dim, t->ndim));
        return false;
    }
    return true;
}

static bool find(lin_tensor *t, uint32_t mask, bool largest, lin_tensor *y, lin_tensor *index)
{
    static lin__range_fn *const places[] = {
        [LIN_F32] = extreme_float, [LIN_F64] = extreme_double, [LIN_I64] = extreme_int64_t, [LIN_U8] = extreme_uint8_t};
    lin__arranged a = lin__arrange(t, mask);
    if (!a.t) return false;
    extreme e = {a.t->data, y ? y->data : NULL, index ? index->data : NULL, a.inner, largest};
    lin__range_fn *run = places[t->dtype];
    if (t->dtype == LIN_F32 && !index) run = values_f32;
    if (t->dtype == LIN_F64 && !index) run = values_f64;
    if (t->dtype == LIN_F32 && !y && largest) run = argmax_f32;
    if (t->dtype == LIN_F64 && !y && largest) run = argmax_f64;
    lin__each_range(t->ctx, a.outer, a.inner, run, &e);
    return true;
}

/* ---- Over all or a list of dimensions: ties share the gradient --------------------------------------- */

static lin_tensor *shared(lin_tensor *t, uint32_t mask, bool keepdim, bool all, bool largest, const lin__op *op)
{
    if (!check_sizes(t, mask, op->name)) return NULL;
    lin_tensor *y = lin__reduced(t, mask, keepdim, (lin_dtype)t->dtype, op->name);
    if (!y || !find(t, mask, largest, y, NULL)) return NULL;
    return lin__record_reduction(y, op, t, mask, all, LIN__SAVE_A | LIN__SAVE_OUT);
}

/* g·win / Σ win, where win marks what equals the result. */
static int backward_shared(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor, *best = lin__spread(node->out, t, (uint32_t)node->i[0]);
    uint32_t mask = (uint32_t)node->i[0];
    double value = node->out->ndim == 0 ? lin_item(node->out) : 0;
    lin_tensor *wins =
        node->i[1] && value != value ? lin_ne(t, t) : lin_eq(t, best); /* a full max of NaN: the NaNs share */
    wins = lin_to(wins, (lin_dtype)t->dtype);
    lin_shape dims = {0};
    for (int i = 0; i < t->ndim; i++)
        if (mask >> i & 1) dims.dim[dims.ndim++] = i;
    lin_tensor *count = dims.ndim ? lin__spread(lin_sum_dims(wins, dims, false), t, mask) : wins;
    return lin__pass(node, 0, lin_div(lin_mul(lin__spread(g, t, mask), wins), count));
}

/* ---- Along one dimension: the first of them gets the gradient ----------------------------------------- */

static lin_tensor *first(lin_tensor *t, int dim, bool keepdim, bool largest, const char *name, const lin__op *op)
{
    uint32_t mask;
    if (!lin__args(name, &t, 1) || !lin__one_dim(t, dim, name, &mask) || !check_sizes(t, mask, name)) return NULL;
    bool graph = lin__wants_graph(&t, 1);
    lin_tensor *y = lin__reduced(t, mask, keepdim, (lin_dtype)t->dtype, name);
    lin_tensor *index = graph ? lin__reduced(t, mask, false, LIN_I64, name) : NULL;
    if (!y || (graph && !index) || !find(t, mask, largest, y, index)) return NULL;
    y = lin__record_reduction(y, op, t, mask, false, LIN__SAVE_NONE);
    if (y && y->node) y->node->extra = index;
    return y;
}

/* g at the chosen places, 0 elsewhere. */
static int backward_first(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor, *index = node->extra;
    uint32_t mask = (uint32_t)node->i[0];
    lin_tensor *whole = lin_full_dtype(t->ctx, 0, lin_size(t), (lin_dtype)t->dtype), *dense = lin_contiguous(g);
    if (!whole || !dense) return lin__pass(node, 0, NULL);
    /* Result r is the element (before, after) of whole seen as (before, size, after). */
    int64_t size = lin__reduced_count(t, mask), after = 1;
    for (int i = mask ? __builtin_ctz(mask) + 1 : 0; mask && i < t->ndim; i++)
        after *= t->dim[i];
    for (int64_t r = 0; r < index->numel; r++) {
        int64_t at = (r / after * size + ((const int64_t *)index->data)[r]) * after + r % after;
        if (t->dtype == LIN_F32)
            ((float *)whole->data)[at] = ((const float *)dense->data)[r];
        else
            ((double *)whole->data)[at] = ((const double *)dense->data)[r];
    }
    return lin__pass(node, 0, whole);
}

#define EXTREME(id, largest)                                                    \
    static lin_tensor *id(lin_tensor *t, uint32_t mask, bool keepdim, bool all) \
    {                                                                           \
        return shared(t, mask, keepdim, all, largest, OP(id));                  \
    }                                                                           \
    LIN__SPELL_ALL(id)                                                          \
    LIN__SPELL_DIMS(id)                                                         \
    int lin__backward_##id(lin__node *node, lin_tensor *g)                      \
    {                                                                           \
        return backward_shared(node, g);                                        \
    }                                                                           \
    lin_tensor *lin_##id##_dim(lin_tensor *t, int dim, bool keepdim)            \
    {                                                                           \
        return first(t, dim, keepdim, largest, #id, OP(id##_dim));              \
    }                                                                           \
    int lin__backward_##id##_dim(lin__node *node, lin_tensor *g)                \
    {                                                                           \
        return backward_first(node, g);                                         \
    }
EXTREME(max, true)
EXTREME(min, false)

/* ---- Places: without a graph ----------------------------------------------------------------------------- */

static lin_tensor *places(lin_tensor *t, uint32_t mask, bool keepdim, bool largest, const char *name)
{
    if (!check_sizes(t, mask, name)) return NULL;
    lin_tensor *index = lin__reduced(t, mask, keepdim, LIN_I64, name);
    return index && find(t, mask, largest, NULL, index) ? index : NULL;
}

#define PLACES(id, largest)                                                     \
    static lin_tensor *id(lin_tensor *t, uint32_t mask, bool keepdim, bool all) \
    {                                                                           \
        (void)all;                                                              \
        return places(t, mask, keepdim, largest, #id);                          \
    }                                                                           \
    LIN__SPELL_ALL(id)                                                          \
    LIN__SPELL_DIM(id)
PLACES(argmax, true)
PLACES(argmin, false)
