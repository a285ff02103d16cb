/* Functions of elements: which kernel, and how operands of several shapes and strides are walked. */
#include "op/map.h"

#include <math.h>
#include <string.h>

/* ---- Which kernel ------------------------------------------------------------------------------------------- */

static void unary_f32(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.unary_f32(n, p[0], s[0], p[1], s[1]);
}

static void unary_f64(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.unary_f64(n, p[0], s[0], p[1], s[1]);
}

static void unary_integer(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.integer(n, p[0], s[0], NULL, 0, p[1], s[1]);
}

static void binary_f32(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.binary_f32(n, p[0], s[0], p[1], s[1], p[2], s[2]);
}

static void binary_f64(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.binary_f64(n, p[0], s[0], p[1], s[1], p[2], s[2]);
}

static void binary_integer(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.integer(n, p[0], s[0], p[1], s[1], p[2], s[2]);
}

/* What integers have, each one more than its number: 0 is none. */
const uint8_t lin__map_integers[LIN__OP_COUNT] = {
    [LIN__OP_add] = 1 + LIN__INT_ADD,         [LIN__OP_add_scalar] = 1 + LIN__INT_ADD,
    [LIN__OP_sub] = 1 + LIN__INT_SUB,         [LIN__OP_mul] = 1 + LIN__INT_MUL,
    [LIN__OP_mul_scalar] = 1 + LIN__INT_MUL,  [LIN__OP_maximum] = 1 + LIN__INT_MAXIMUM,
    [LIN__OP_minimum] = 1 + LIN__INT_MINIMUM, [LIN__OP_neg] = 1 + LIN__INT_NEG,
    [LIN__OP_abs] = 1 + LIN__INT_ABS,         [LIN__OP_square] = 1 + LIN__INT_SQUARE,
    [LIN__OP_sign] = 1 + LIN__INT_SIGN,       [LIN__OP_relu] = 1 + LIN__INT_RELU,
};

/* Where a row's kernel stands in the table of its type, in functions; the tables of both types are alike. With a scalar it is the one
 * of two tensors. */
static const struct {
    bool binary;
    uint8_t at, loop, each; /* loop and each: 0 is none */
} kernel_of[LIN__OP_COUNT] = {
#define AT(name)            offsetof(lin__kernels_f32, name) / sizeof(lin__unary_f32 *)
#define UNARY(name)         [LIN__OP_##name] = {false, AT(name), 0, 0},
#define BINARY(name)        [LIN__OP_##name] = {true, AT(name), 0, 0},
#define OFTEN(name)         [LIN__OP_##name] = {true, AT(name), AT(name##_loop), AT(name##_each)},
#define WITH_A_SCALAR(name) [LIN__OP_##name##_scalar] = {true, AT(name), 0, AT(name##_each)},
    [LIN__OP_pow_scalar] = {true, AT(pow), 0, 0},
    LIN__UNARY_MAP(UNARY) LIN__OFTEN_MAP(OFTEN) LIN__RARE_MAP(BINARY) WITH_A_SCALAR(add) WITH_A_SCALAR(mul)
        WITH_A_SCALAR(div)
#undef WITH_A_SCALAR
#undef OFTEN
#undef BINARY
#undef UNARY
};
static lin__map_fn *const runs[][2] = {[LIN_F32] = {unary_f32, binary_f32},
                                       [LIN_F64] = {unary_f64, binary_f64},
                                       [LIN_I64] = {unary_integer, binary_integer},
                                       [LIN_U8] = {unary_integer, binary_integer}};
#define ALIKE(name) \
    _Static_assert(AT(name) == offsetof(lin__kernels_f64, name) / sizeof(lin__unary_f64 *), "the tables are alike");
LIN__UNARY_MAP(ALIKE)
LIN__BINARY_MAP(ALIKE)
#undef ALIKE
#undef AT

void lin__map_set(lin__map *m, lin__op_id id, lin_dtype type)
{
    m->type = type;
    m->run = runs[type][kernel_of[id].binary];
    if (!lin__is_floating(type)) {
        m->k.integer = lin__integer_get((lin__integer_op)(lin__map_integers[id] - 1), type);
        return;
    }
    const lin__kernels *k = lin__kernels_get();
    const void *table = type == LIN_F32 ? (const void *)&k->f32 : (const void *)&k->f64;
    memcpy(&m->k, (const char *)table + kernel_of[id].at * sizeof m->k, sizeof m->k);
}

/* ---- With a scalar -------------------------------------------------------------------------------------------- */

LIN__HOT static void scalar_f32(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.binary_f32(n, p[0], s[0], &m->scalar.f32, 0, p[1], s[1]);
}

static void scalar_f64(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.binary_f64(n, p[0], s[0], &m->scalar.f64, 0, p[1], s[1]);
}

static void scalar_integer(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    m->k.integer(n, p[0], s[0], &m->scalar, 0, p[1], s[1]);
}

LIN__HOT void lin__map_set_twice(lin__map *m, lin_dtype type)
{
    const lin__kernels *k = lin__kernels_get();
    m->type = type;
    if (type == LIN_F32) {
        m->k.binary_f32 = k->f32.twice;
        m->run = scalar_f32;
    } else {
        m->k.binary_f64 = k->f64.twice;
        m->run = scalar_f64;
    }
}

/* s / x, and s / √x: what PyTorch computes for the powers −1 and −½. */
static void reciprocal(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    const lin__kernels *k = lin__kernels_get();
    if (m->type == LIN_F32)
        k->f32.div(n, &m->scalar.f32, 0, p[0], s[0], p[1], s[1]);
    else
        k->f64.div(n, &m->scalar.f64, 0, p[0], s[0], p[1], s[1]);
}

static void reciprocal_root(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    const lin__kernels *k = lin__kernels_get();
    if (m->type == LIN_F32)
        k->f32.sqrt(n, p[0], s[0], p[1], s[1]);
    else
        k->f64.sqrt(n, p[0], s[0], p[1], s[1]);
    reciprocal(m, n, (void *[]){p[1], p[1]}, (int64_t[]){s[1], s[1]});
}

bool lin__map_takes_integers(lin__op_id id, lin_tensor *a, double s, const char *name)
{
    if (!lin__args_typed(name, &a, 1, !lin__map_has_integers(id))) return false;
    if (s == floor(s) && fabs(s) < 9223372036854775808.0) return true;
    lin__fail(a->ctx, LIN_EINVAL, "%s: the tensor is %s and the scalar is not an integer; see lin_to", name,
              lin_dtype_name((lin_dtype)a->dtype));
    return false;
}

/* s in a type; integers wrap, as PyTorch's do. */
static lin__value value_of(double s, lin_dtype type)
{
    switch (type) {
    case LIN_F32:
        return (lin__value){.f32 = (float)s};
    case LIN_F64:
        return (lin__value){.f64 = s};
    case LIN_I64:
        return (lin__value){.i64 = (int64_t)s};
    default:
        return (lin__value){.u8 = (uint8_t)(int64_t)s};
    }
}

static lin__map_fn *scalar_run(lin_dtype type)
{
    return type == LIN_F32 ? scalar_f32 : type == LIN_F64 ? scalar_f64 : scalar_integer;
}

/* The powers that are roots and quotients are exact, and differ from pow at −inf and −0. */
static void set_power(lin__map *m, double s, lin_dtype type)
{
    if (s == 2 || s == 0.5) {
        lin__map_set(m, s == 2 ? LIN__OP_square : LIN__OP_sqrt, type);
        return;
    }
    bool inverse = s == -1 || s == -0.5;
    m->scalar = value_of(inverse ? 1 : s, type);
    lin__map_set(m, s == 1 ? LIN__OP_mul_scalar : LIN__OP_pow_scalar, type);
    m->run = !inverse ? scalar_run(type) : s == -1 ? reciprocal : reciprocal_root;
}

static void set_scalar(lin__map *m, lin__op_id id, double s, lin_dtype type)
{
    if (id == LIN__OP_pow_scalar) {
        set_power(m, s, type);
        return;
    }
    m->scalar = value_of(s, type);
    lin__map_set(m, id, type);
    m->run = scalar_run(type);
}

/* min(max(x, low), high). */
static void clamp_run(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    const lin__kernels *k = lin__kernels_get();
    const void *x = p[0];
    int64_t sx = s[0];
    for (int i = 0; i < 2; i++) { /* a pass without its bound copies */
        const lin__value *bound = i ? &m->high : &m->low;
        bool has = i ? m->has_high : m->has_low;
        if (!has && (i == 0 || x != p[0])) continue;
        if (!has)
            lin__convert(m->type, m->type, n, x, sx, p[1], s[1]);
        else if (m->type == LIN_F32)
            (i ? k->f32.minimum : k->f32.maximum)(n, x, sx, &bound->f32, 0, p[1], s[1]);
        else if (m->type == LIN_F64)
            (i ? k->f64.minimum : k->f64.maximum)(n, x, sx, &bound->f64, 0, p[1], s[1]);
        else
            lin__integer_get(i ? LIN__INT_MINIMUM : LIN__INT_MAXIMUM, m->type)(n, x, sx, bound, 0, p[1], s[1]);
        x = p[1];
        sx = s[1];
    }
}

void lin__map_set_clamp(lin__map *m, lin_dtype type, double low, double high)
{
    m->run = clamp_run;
    m->type = type;
    m->has_low = low != -INFINITY;
    m->has_high = high != INFINITY;
    bool floating = lin__is_floating(type);
    double bound[] = {floating ? low : ceil(low), floating ? high : floor(high)};
    lin__convert(type, LIN_F64, 1, &bound[0], 1, &m->low, 1);
    lin__convert(type, LIN_F64, 1, &bound[1], 1, &m->high, 1);
}

/* ---- Walking ---------------------------------------------------------------------------------------------------- */

/* Elements of a block of the pool, and from how many on there is more than one block. */
enum { BLOCK = 1 << 14, PARALLEL = 1 << 15, SHORT = 8 };

typedef struct work {
    const lin__map *m;
    lin__walk w;
    int64_t n, stride[4]; /* of a run */
    int64_t parts;        /* blocks of a long run … */
    int64_t runs;         /* … or short runs of a block */
} work;

static void long_run(const work *k, int64_t block)
{
    void *p[4];
    int64_t from = block % k->parts * BLOCK, left = k->n - from;
    lin__walk_run(&k->w, block / k->parts, p);
    for (int i = 0; i < k->w.operands; i++)
        p[i] = (char *)p[i] + from * k->stride[i] * (int64_t)k->w.size[i];
    k->m->run(k->m, left < BLOCK ? left : BLOCK, p, k->stride);
}

/* Runs first … last − 1: the place is counted up, not computed anew. */
static void short_runs(const work *k, int64_t first, int64_t last)
{
    const lin__walk *w = &k->w;
    int64_t at[LIN_MAX_DIMS], rest = first;
    for (int d = w->ndim - 2; d >= 0; d--) {
        at[d] = rest % w->dim[d];
        rest /= w->dim[d];
    }
    void *p[4];
    lin__walk_run(w, first, p);
    for (int64_t r = first; r < last; r++) {
        k->m->run(k->m, k->n, p, k->stride);
        for (int d = w->ndim - 2; d >= 0; d--) {
            bool wraps = ++at[d] == w->dim[d];
            int64_t steps = wraps ? 1 - w->dim[d] : 1;
            for (int i = 0; i < w->operands; i++)
                p[i] = (char *)p[i] + steps * w->stride[i][d] * (int64_t)w->size[i];
            if (!wraps) break;
            at[d] = 0;
        }
    }
}

static void task(void *arg, int64_t block)
{
    const work *k = arg;
    if (k->parts) {
        long_run(k, block);
        return;
    }
    int64_t first = block * k->runs, last = first + k->runs;
    short_runs(k, first, last < k->w.runs ? last : k->w.runs);
}

/* Short runs cost more than strides: walk the longest dimension innermost. */
static void lengthen(lin__walk *w)
{
    int last = w->ndim - 1, longest = last;
    for (int d = 0; d < last; d++)
        if (w->dim[d] > w->dim[longest]) longest = d;
    if (longest == last) return;
    w->runs = w->runs / w->dim[longest] * w->dim[last];
    int64_t dim = w->dim[last];
    w->dim[last] = w->dim[longest];
    w->dim[longest] = dim;
    for (int i = 0; i < w->operands; i++) {
        int64_t stride = w->stride[i][last];
        w->stride[i][last] = w->stride[i][longest];
        w->stride[i][longest] = stride;
    }
}

static __attribute__((noinline)) void run_strided(const lin__map *m, lin_tensor *const *in, int count, lin_tensor *y)
{
    work k = {.m = m};
    void *data[4] = {0};
    size_t size[4] = {0};
    int64_t stride[4][LIN_MAX_DIMS];
    for (int i = 0; i <= count; i++) {
        const lin_tensor *t = i < count ? in[i] : y;
        data[i] = t->data;
        size[i] = lin__size_of((lin_dtype)t->dtype);
        lin__broadcast_strides(t, y->dim, y->ndim, stride[i]);
    }
    lin__walk_init(&k.w, y->dim, y->ndim, count + 1, data, size, (const int64_t(*)[LIN_MAX_DIMS])stride);
    if (lin__walk_n(&k.w) < SHORT) lengthen(&k.w);
    k.n = lin__walk_n(&k.w);
    for (int i = 0; i <= count; i++)
        k.stride[i] = lin__walk_stride(&k.w, i);
    int64_t blocks = 1;
    if (y->numel < PARALLEL) {
        k.runs = k.w.runs;
    } else if (k.n >= BLOCK) {
        k.parts = (k.n + BLOCK - 1) / BLOCK;
        blocks = k.w.runs * k.parts;
    } else {
        k.runs = BLOCK / k.n;
        blocks = (k.w.runs + k.runs - 1) / k.runs;
    }
    lin__pool_run(y->ctx, blocks, task, &k);
}

/* Is every element the same one, which was expanded? */
LIN__HOT static __attribute__((noinline)) bool is_expanded(const lin_tensor *t)
{
    if (t->contiguous) return false;
    for (int i = 0; i < t->ndim; i++)
        if (t->stride[i] != 0 && t->dim[i] != 1) return false;
    return true;
}

/* t's step where y is walked as one run; −1 if it cannot be. */
static inline int64_t flat_step(const lin_tensor *t, const lin_tensor *y)
{
    if (t->contiguous && t->numel == y->numel) return 1;
    return t->numel == 1 || is_expanded(t) ? 0 : -1;
}

LIN__HOT void lin__map_run(const lin__map *m, lin_tensor *const *in, int count, lin_tensor *y)
{
    if (y->numel == 0) return;
    void *p[4];
    int64_t s[4];
    bool flat = y->contiguous && y->numel < PARALLEL;
    for (int i = 0; i < count && flat; i++) {
        p[i] = in[i]->data;
        s[i] = flat_step(in[i], y);
        flat = s[i] >= 0;
    }
    if (!flat) {
        run_strided(m, in, count, y);
        return;
    }
    p[count] = y->data;
    s[count] = 1;
    m->run(m, y->numel, p, s);
}

/* ---- Set and run ---------------------------------------------------------------------------------------------------- */

/* Is y a short run of f32? */
static inline bool is_short_run(const lin_tensor *y)
{
    return y->dtype == LIN_F32 && y->contiguous && y->numel < PARALLEL;
}

/* Function `at` of the table of f32. */
#define KERNEL(type, at) \
    (*(lin__##type##_f32 *const *)((const char *)&lin__kernels_get()->f32 + (at) * sizeof(lin__##type##_f32 *)))

static __attribute__((noinline)) void any_unary(lin__op_id id, lin_tensor *a, lin_tensor *y)
{
    lin__map m;
    lin__map_set(&m, id, (lin_dtype)a->dtype);
    lin__map_run(&m, &a, 1, y);
}

LIN__HOT void lin__map_unary(lin__op_id id, lin_tensor *a, lin_tensor *y)
{
    if (is_short_run(y) && a->contiguous)
        KERNEL(unary, kernel_of[id].at)(y->numel, a->data, 1, y->data, 1);
    else
        any_unary(id, a, y);
}

static __attribute__((noinline)) void any_binary(lin__op_id id, lin_tensor *const in[2], lin_tensor *y)
{
    lin__map m;
    lin__map_set(&m, id, (lin_dtype)in[0]->dtype);
    lin__map_run(&m, in, 2, y);
}

LIN__HOT void lin__map_binary(lin__op_id id, lin_tensor *const in[2], lin_tensor *y)
{
    const lin_tensor *a = in[0], *b = in[1];
    int64_t n = y->numel, sa = is_short_run(y) ? flat_step(a, y) : -1, sb = sa >= 0 ? flat_step(b, y) : -1;
    if (sb < 0)
        any_binary(id, in, y);
    else if (sa + sb == 2 && kernel_of[id].loop)
        KERNEL(loop, kernel_of[id].loop)(n, a->data, b->data, y->data);
    else
        KERNEL(binary, kernel_of[id].at)(n, a->data, sa, b->data, sb, y->data, 1);
}

static __attribute__((noinline)) void any_twice(lin_tensor *const in[2], lin_tensor *y)
{
    lin__map m;
    lin__map_set_twice(&m, (lin_dtype)y->dtype);
    m.run = runs[m.type][true];
    lin__map_run(&m, in, 2, y);
}

LIN__HOT void lin__map_twice(lin_tensor *const in[2], lin_tensor *y)
{
    if (is_short_run(y) && in[0]->contiguous && in[1]->contiguous)
        lin__kernels_get()->f32.twice_loop(y->numel, in[0]->data, in[1]->data, y->data);
    else
        any_twice(in, y);
}

static __attribute__((noinline)) void any_scalar(lin__op_id id, lin_tensor *a, double s, lin_tensor *y)
{
    lin__map m;
    set_scalar(&m, id, s, (lin_dtype)a->dtype);
    lin__map_run(&m, &a, 1, y);
}

LIN__HOT void lin__map_scalar(lin__op_id id, lin_tensor *a, double s, lin_tensor *y)
{
    int64_t sa = kernel_of[id].each && is_short_run(y) ? flat_step(a, y) : -1;
    float value = (float)s;
    if (sa < 0)
        any_scalar(id, a, s, y);
    else if (sa == 1)
        KERNEL(each, kernel_of[id].each)(y->numel, a->data, value, y->data);
    else
        KERNEL(binary, kernel_of[id].at)(y->numel, a->data, 0, &value, 0, y->data, 1);
}

/* ---- Shapes -------------------------------------------------------------------------------------------------------- */

static void refuse_shapes(const char *name, const lin_tensor *a, const lin_tensor *b)
{
    int i = 1;
    while (a->dim[a->ndim - i] == b->dim[b->ndim - i] || a->dim[a->ndim - i] == 1 || b->dim[b->ndim - i] == 1)
        i++;
    char left[LIN__SHAPE_TEXT], right[LIN__SHAPE_TEXT];
    lin__fail(a->ctx, LIN_EINVAL, "%s: %s and %s: %lld and %lld do not broadcast", name,
              lin__shape_text(left, a->dim, a->ndim), lin__shape_text(right, b->dim, b->ndim),
              (long long)a->dim[a->ndim - i], (long long)b->dim[b->ndim - i]);
}

LIN__HOT lin_tensor *lin__broadcast_result(const char *name, const lin_tensor *a, const lin_tensor *b, lin_dtype type)
{
    if (lin__same_shape(a, b)) return lin__tensor_like(a, type);
    int64_t dim[LIN_MAX_DIMS];
    int ndim = lin__broadcast(a, b, dim);
    if (ndim >= 0) return lin__tensor_new(a->ctx, lin__here(a->ctx), type, dim, ndim, name);
    refuse_shapes(name, a, b);
    return NULL;
}
