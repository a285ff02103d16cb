/* Sums, means and variances. The order of the additions depends on shape and strides alone. A float sum takes one of two forms:
 *   lanes   every result's elements are neighbours, or are brought together: kernel/reduce's lanes, blocks and tree
 *   rows    the results are neighbours, and the reduced dimensions are one of rows: blocks of 128 rows, in order, and their tree */
#include "op/reduce.h"

#include <math.h>
#include <string.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

/* ---- Lanes --------------------------------------------------------------------------------------- */

/* Σ x, Σ (x − mean)² or Σ x² of each result. */
typedef struct lanes {
    lin_dtype type;
    const char *x;
    char *y;
    const char *mean; /* NULL: without it */
    int64_t inner;
    bool squares;
} lanes;

static void lanes_vector(const lanes *l, int64_t r, int64_t at, int64_t n, void *y)
{
    const lin__kernels *k = lin__kernels_get();
    if (l->type == LIN_F32) {
        const float *x = (const float *)l->x + r * l->inner + at, *mean = (const float *)l->mean;
        *(float *)y = mean         ? k->f32.sum_squared_diff(n, x, mean[r])
                      : l->squares ? k->f32.sum_squares(n, x)
                                   : k->f32.sum(n, x);
    } else {
        const double *x = (const double *)l->x + r * l->inner + at, *mean = (const double *)l->mean;
        *(double *)y = mean         ? k->f64.sum_squared_diff(n, x, mean[r])
                       : l->squares ? k->f64.sum_squares(n, x)
                                    : k->f64.sum(n, x);
    }
}

LIN__HOT static void lanes_range(void *arg, int64_t first, int64_t last)
{
    const lanes *l = arg;
    for (int64_t r = first; r < last; r++)
        lanes_vector(l, r, 0, l->inner, l->y + (size_t)r * lin__size_of(l->type));
}

/* One long vector: its blocks in parallel, then their tree: the bits of lanes_vector over all of it. */
typedef struct blocks {
    const lanes *l;
    int64_t r, size;
    char *partial;
} blocks;

static void blocks_range(void *arg, int64_t first, int64_t last)
{
    const blocks *b = arg;
    for (int64_t i = first; i < last; i++) {
        int64_t at = i * b->size, rest = b->l->inner - at;
        lanes_vector(b->l, b->r, at, rest < b->size ? rest : b->size,
                     b->partial + (size_t)i * lin__size_of(b->l->type));
    }
}

enum { LONG = 1 << 16, FEW = 16 };

LIN__HOT static bool run_lanes(lin_ctx *ctx, lanes *l, int64_t outer)
{
    if (outer > FEW || l->inner < LONG) {
        lin__each_range(ctx, outer, l->inner, lanes_range, l);
        return true;
    }
    const lin__kernels *k = lin__kernels_get();
    blocks b = {.l = l, .size = l->type == LIN_F32 ? LIN__BLOCK_F32 : LIN__BLOCK_F64};
    int64_t count = (l->inner + b.size - 1) / b.size;
    b.partial = lin__alloc_array(ctx, lin__here(ctx), (size_t)count, lin__size_of(l->type));
    if (!b.partial) return false;
    for (; b.r < outer; b.r++) {
        lin__each_range(ctx, count, b.size, blocks_range, &b);
        if (l->type == LIN_F32)
            ((float *)l->y)[b.r] = k->f32.tree(count, (float *)b.partial);
        else
            ((double *)l->y)[b.r] = k->f64.tree(count, (double *)b.partial);
    }
    return true;
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

/* y (outer, cols) = Σ over rows of x (outer, rows, cols), where a matrix is `matrix` and a row `ld` elements after the last. */
typedef struct rows {
    lin_dtype type;
    int64_t outer, rows, cols, matrix, ld, blocks;
    const char *x;
    char *y;
    char *partial; /* (blocks, cols) of one matrix; y itself where one block is all */
} rows;

/* Is the reduction of this form? The dimensions must be kept …, reduced …, kept …, each group one of equal steps, and the last
 * one without gaps. */
static bool is_rows(const lin_tensor *t, uint32_t mask, rows *r)
{
    int64_t size[3] = {1, 1, 1}, step[3] = {0, 0, 1};
    int group = 2;
    for (int i = t->ndim - 1; i >= 0; i--) {
        if (t->dim[i] == 1) continue;
        bool reduced = mask >> i & 1;
        while (reduced != (group == 1))
            if (--group < 0) return false;
        if (group < 2 && size[group] == 1) step[group] = t->stride[i];
        if (t->stride[i] != step[group] * size[group]) return false;
        size[group] *= t->dim[i];
    }
    *r = (rows){.type = (lin_dtype)t->dtype,
                .outer = size[0],
                .rows = size[1],
                .cols = size[2],
                .matrix = step[0],
                .ld = step[1],
                .blocks = (size[1] + LIN__ROW_BLOCK - 1) / LIN__ROW_BLOCK,
                .x = t->data};
    return size[2] > 1 && t->numel > 0;
}

/* A matrix's columns in chunks and its rows in blocks: one task each. */
enum { CHUNK = 2048 };
typedef struct matrix {
    const rows *r;
    const char *x;
    char *to;
    int64_t chunks;
} matrix;

static int64_t chunk_size(const rows *r, int64_t chunk)
{
    return r->cols - chunk * CHUNK < CHUNK ? r->cols - chunk * CHUNK : CHUNK;
}

static void block_range(void *arg, int64_t first, int64_t last)
{
    const matrix *m = arg;
    const rows *r = m->r;
    const lin__kernels *k = lin__kernels_get();
    for (int64_t task = first; task < last; task++) {
        int64_t block = task / m->chunks, at = task % m->chunks, from = block * LIN__ROW_BLOCK,
                cols = chunk_size(r, at);
        int64_t n = r->rows - from < LIN__ROW_BLOCK ? r->rows - from : LIN__ROW_BLOCK;
        int64_t x = from * r->ld + at * CHUNK, y = block * r->cols + at * CHUNK;
        if (r->type == LIN_F32)
            k->f32.sum_rows(n, cols, (const float *)m->x + x, r->ld, (float *)m->to + y);
        else
            k->f64.sum_rows(n, cols, (const double *)m->x + x, r->ld, (double *)m->to + y);
    }
}

/* Row 0 of the partial sums becomes T(first p) + T(rest), p = the largest power of two below their number. */
static void combine(const rows *r, int64_t count, char *partial, int64_t cols)
{
    if (count < 2) return;
    int64_t p = 1;
    while (2 * p < count)
        p *= 2;
    char *rest = partial + (size_t)(p * r->cols) * lin__size_of(r->type);
    combine(r, p, partial, cols);
    combine(r, count - p, rest, cols);
    const lin__kernels *k = lin__kernels_get();
    if (r->type == LIN_F32)
        k->f32.add(cols, (float *)partial, 1, (float *)rest, 1, (float *)partial, 1);
    else
        k->f64.add(cols, (double *)partial, 1, (double *)rest, 1, (double *)partial, 1);
}

static void combine_range(void *arg, int64_t first, int64_t last)
{
    const matrix *m = arg;
    for (int64_t chunk = first; chunk < last; chunk++)
        combine(m->r, m->r->blocks, m->to + (size_t)(chunk * CHUNK) * lin__size_of(m->r->type),
                chunk_size(m->r, chunk));
}

static bool run_rows(lin_ctx *ctx, rows *r)
{
    size_t size = lin__size_of(r->type);
    int64_t cols = r->cols < CHUNK ? r->cols : CHUNK, height = r->rows < LIN__ROW_BLOCK ? r->rows : LIN__ROW_BLOCK;
    if (r->blocks > 1) {
        r->partial = lin__alloc_array(ctx, lin__here(ctx), (size_t)(r->blocks * r->cols), size);
        if (!r->partial) return false;
    }
    for (int64_t i = 0; i < r->outer; i++) {
        char *y = r->y + (size_t)(i * r->cols) * size;
        matrix m = {r, r->x + i * r->matrix * (int64_t)size, r->partial ? r->partial : y,
                    (r->cols + CHUNK - 1) / CHUNK};
        lin__each_range(ctx, r->blocks * m.chunks, cols * height, block_range, &m);
        if (!r->partial) continue;
        lin__each_range(ctx, m.chunks, cols * r->blocks, combine_range, &m);
        memcpy(y, r->partial, (size_t)r->cols * size);
    }
    return true;
}

/* ---- Integers: exact, wrapping --------------------------------------------------------------------- */

typedef struct integers {
    const lin_tensor *t;
    uint32_t mask;
    int64_t *y;
} integers;

static uint64_t add_vector(const lin_tensor *t, int dim, const char *p, uint64_t total)
{
    int64_t n = t->dim[dim], step = t->stride[dim];
    for (int64_t i = 0; i < n; i++)
        total += t->dtype == LIN_U8 ? *((const uint8_t *)p + i * step) : (uint64_t) * ((const int64_t *)p + i * step);
    return total;
}

/* Adds the elements from p on, over the dimensions from `dim` on, to the results from *y on; returns where those end. */
static int64_t *add_integers(const integers *s, int dim, const char *p, int64_t *y)
{
    const lin_tensor *t = s->t;
    if (dim == t->ndim) {
        uint64_t x = t->dtype == LIN_U8 ? *(const uint8_t *)p : (uint64_t) * (const int64_t *)p;
        *y = (int64_t)((uint64_t)*y + x); /* adds: a dimension before this one may be reduced */
        return y + 1;
    }
    bool reduced = s->mask >> dim & 1;
    if (reduced && dim == t->ndim - 1) {
        *y = (int64_t)add_vector(t, dim, p, (uint64_t)*y);
        return y + 1;
    }
    int64_t step = t->stride[dim] * (int64_t)lin__size_of(t->dtype), *end = y;
    for (int64_t i = 0; i < t->dim[dim]; i++, p += step)
        end = add_integers(s, dim + 1, p, reduced ? y : end);
    return end;
}

static __attribute__((noinline)) void sum_integers(const lin_tensor *t, uint32_t mask, lin_tensor *y)
{
    memset(y->data, 0, (size_t)y->numel * sizeof(int64_t));
    integers s = {t, mask, y->data};
    if (t->numel) add_integers(&s, 0, t->data, y->data);
}

/* ---- sum, mean ------------------------------------------------------------------------------------- */

/* Is all of it one vector for one result, of no more than a block? */
static bool is_short_vector(const lin_tensor *t, uint32_t mask)
{
    bool one = t->contiguous && t->numel <= LIN__BLOCK_F64;
    for (int i = 0; one && i < t->ndim; i++)
        one = mask >> i & 1 || t->dim[i] == 1;
    return one;
}

static __attribute__((noinline)) bool sum_any(lin_tensor *t, uint32_t mask, lin_tensor *y)
{
    rows r;
    if (!(t->contiguous && mask == lin__all_dims(t)) && is_rows(t, mask, &r)) {
        r.y = y->data;
        return run_rows(t->ctx, &r);
    }
    lin__arranged a = lin__arrange(t, mask);
    if (!a.t) return false;
    lanes l = {.type = (lin_dtype)t->dtype, .x = a.t->data, .y = y->data, .inner = a.inner};
    return run_lanes(t->ctx, &l, a.outer);
}

LIN__HOT bool lin__sum_into(lin_tensor *t, uint32_t mask, lin_tensor *y)
{
    if (is_short_vector(t, mask)) {
        const lin__kernels *k = lin__kernels_get();
        if (t->dtype == LIN_F32)
            *(float *)y->data = k->f32.sum(t->numel, t->data);
        else
            *(double *)y->data = k->f64.sum(t->numel, t->data);
        return true;
    }
    return sum_any(t, mask, y);
}

LIN__HOT bool lin__sum_squares(lin_tensor *t, lin_tensor *y)
{
    lanes l = {.type = (lin_dtype)t->dtype, .x = t->data, .y = y->data, .inner = t->numel, .squares = true};
    return run_lanes(t->ctx, &l, 1);
}

LIN__HOT void lin__divide(lin_tensor *y, double divisor)
{
    const lin__kernels *k = lin__kernels_get();
    float f32 = (float)divisor;
    if (y->dtype == LIN_F32)
        k->f32.div(y->numel, y->data, 1, &f32, 0, y->data, 1);
    else
        k->f64.div(y->numel, y->data, 1, &divisor, 0, y->data, 1);
}

LIN__HOT static lin_tensor *sum(lin_tensor *t, uint32_t mask, bool keepdim, bool all)
{
    bool floating = lin__is_floating(t->dtype);
    lin_tensor *y = lin__reduced(t, mask, keepdim, floating ? (lin_dtype)t->dtype : LIN_I64, "sum");
    if (!y || (floating && !lin__sum_into(t, mask, y))) return NULL;
    if (!floating) sum_integers(t, mask, y);
    return lin__record_reduction(y, OP(sum), t, mask, all, LIN__SAVE_NONE);
}

LIN__HOT int lin__backward_sum(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin__spread(g, node->in[0].tensor, (uint32_t)node->i[0]));
}

static lin_tensor *mean(lin_tensor *t, uint32_t mask, bool keepdim, bool all)
{
    if (!lin__args_typed("mean", &t, 1, true)) return NULL;
    lin_tensor *y = lin__reduced(t, mask, keepdim, (lin_dtype)t->dtype, "mean");
    if (!y || !lin__sum_into(t, mask, y)) return NULL;
    lin__divide(y, (double)lin__reduced_count(t, mask));
    return lin__record_reduction(y, OP(mean), t, mask, all, LIN__SAVE_NONE);
}

int lin__backward_mean(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor;
    uint32_t mask = (uint32_t)node->i[0];
    lin_tensor *share = lin_div_scalar(g, (double)lin__reduced_count(t, mask));
    return lin__pass(node, 0, lin__spread(share, t, mask));
}

LIN__HOT lin_tensor *lin_sum(lin_tensor *t); /* of all these what the steps of small models run */
LIN__SPELL_ALL(sum)
LIN__SPELL_DIM(sum)
LIN__SPELL_DIMS(sum)
LIN__SPELL_ALL(mean)
LIN__SPELL_DIM(mean)
LIN__SPELL_DIMS(mean)

/* ---- var: Σ (x − mean)² / (n − correction), in two passes ------------------------------------------- */

static lin_tensor *var(lin_tensor *t, uint32_t mask, bool keepdim, bool all, int correction)
{
    lin_tensor *y = lin__reduced(t, mask, keepdim, (lin_dtype)t->dtype, "var");
    lin__arranged a = lin__arrange(t, mask);
    lin_tensor *means = y ? lin__tensor_like(y, (lin_dtype)t->dtype) : NULL;
    if (!a.t || !means) return NULL;
    lanes l = {.type = (lin_dtype)t->dtype, .x = a.t->data, .y = means->data, .inner = a.inner};
    if (!run_lanes(t->ctx, &l, a.outer)) return NULL;
    lin__divide(means, (double)a.inner);
    l.mean = means->data;
    l.y = y->data;
    if (!run_lanes(t->ctx, &l, a.outer)) return NULL;
    /* As PyTorch: 0/0 is NaN where there are too few; the gradient over a list of dimensions divides by n − correction still. */
    double freedom = (double)a.inner - correction, divisor = fmax(freedom, 0);
    lin__divide(y, divisor);
    y = lin__record_reduction(y, OP(var), t, mask, all, LIN__SAVE_A);
    if (y && y->node) {
        y->node->f[0] = all || t->ndim == 0 ? divisor : freedom;
        y->node->extra = means;
    }
    return y;
}

lin_tensor *lin_var_dims(lin_tensor *t, lin_shape dims, int correction, bool keepdim)
{
    uint32_t mask;
    if (!lin__args_typed("var", &t, 1, true) || !lin__dim_mask(t, dims, "var", &mask)) return NULL;
    return var(t, mask, keepdim, false, correction);
}

lin_tensor *lin_var(lin_tensor *t, int correction)
{
    return lin__args_typed("var", &t, 1, true) ? var(t, lin__all_dims(t), false, true, correction) : NULL;
}

/* d var / d x = 2·(x − mean) / (n − correction). */
int lin__backward_var(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor;
    uint32_t mask = (uint32_t)node->i[0];
    lin_tensor *centred = lin_sub(t, lin__spread(node->extra, t, mask));
    lin_tensor *slope = lin_mul_scalar(lin__spread(g, t, mask), 2 / node->f[0]);
    return lin__pass(node, 0, lin_mul(slope, centred));
}
