/* Products on the pool: how C is cut into tasks, which is only a matter of speed: every element is the same chain of operations
 * in each. */
#include "op/product.h"

#include "base/pool.h"
#include "kernel/kernel.h"

#include <stdatomic.h>

/* ---- Dots of rows: C (m, n) = A (m, k) · B (n, k)ᵀ ------------------------------------------------------------------ */

typedef struct dots {
    lin_dtype type;
    int64_t m, n, k, lda, ldb, ldc;
    const void *A, *B, *bias;
    void *C;
    int64_t rows, cols, across; /* of C in a task; tasks side by side */
} dots;

static void run_dots(lin_dtype type, int64_t m, int64_t n, int64_t k, const void *A, int64_t lda, const void *B,
                     int64_t ldb, const void *bias, void *C, int64_t ldc)
{
    if (type == LIN_F32)
        lin__kernels_get()->f32.gemm_nt(m, n, k, A, lda, B, ldb, bias, C, ldc);
    else
        lin__kernels_get()->f64.gemm_nt(m, n, k, A, lda, B, ldb, bias, C, ldc);
}

static void dots_task(void *arg, int64_t task)
{
    const dots *d = arg;
    int64_t i = task / d->across * d->rows, j = task % d->across * d->cols;
    int64_t m = d->m - i < d->rows ? d->m - i : d->rows, n = d->n - j < d->cols ? d->n - j : d->cols;
    const void *A = lin__elements(d->A, i * d->lda, d->type), *B = lin__elements(d->B, j * d->ldb, d->type);
    const void *bias = d->bias ? lin__elements(d->bias, j, d->type) : NULL;
    void *C = lin__elements(d->C, i * d->ldc + j, d->type);
    run_dots(d->type, m, n, d->k, A, d->lda, B, d->ldb, bias, C, d->ldc);
}

int lin__gemm_nt_tasks(lin_ctx *ctx, lin_dtype type, int64_t m, int64_t n, int64_t k, const void *A, int64_t lda,
                       const void *B, int64_t ldb, const void *bias, void *C, int64_t ldc)
{
    if (m == 0 || n == 0) return 0;
    if (lin__is_small_product(m, n, k + 1)) {
        run_dots(type, m, n, k, A, lda, B, ldb, bias, C, ldc);
        return 0;
    }
    /* Tasks of about 2^18 multiply-adds: columns are cut only if there are many. */
    int64_t cols = n <= 256 ? n : 128, rows = (int64_t)((1 << 18) / ((double)cols * (double)(k + 1))) / 8 * 8;
    rows = rows < 8 ? 8 : rows > LIN__ROW_BLOCK ? LIN__ROW_BLOCK : rows;
    dots d = {type, m, n, k, lda, ldb, ldc, A, B, bias, C, rows, cols, (n + cols - 1) / cols};
    lin__pool_run(ctx, (m + rows - 1) / rows * d.across, dots_task, &d);
    return 0;
}

/* ---- Sums over rows: C (m, n) = Σ_r A(r, i)·B(r, j) ------------------------------------------------------------------ */

/* Tiles of C: what a task holds of A, B and C stays in the second-level cache. */
enum { TILE_ROWS = 80, TILE_COLS = 112 };

typedef struct sums {
    lin_dtype type;
    int64_t rows, m, n, ar, ai, ldb, ldc;
    const void *A, *B;
    void *C;
    int64_t tile_rows, tile_cols, across, tiles;
    int64_t leaf;  /* rows that go to the kernel together: a block, or a pair of them */
    int64_t slot;  /* elements of a partial tile */
    int levels;    /* partial tiles that a task needs beside C */
    void *scratch; /* levels slots for each task; or the (m, n) of each block of rows but the first */
    _Atomic int64_t next;
    atomic_int *left; /* of each tile: blocks of rows to come */
} sums;

static void add_tile(lin_dtype type, int64_t m, int64_t n, void *y, int64_t ldy, const void *x, int64_t ldx)
{
    const lin__kernels *k = lin__kernels_get();
    for (int64_t i = 0; i < m; i++) {
        void *to = lin__elements(y, i * ldy, type);
        if (type == LIN_F32)
            k->f32.add(n, to, 1, lin__elements(x, i * ldx, type), 1, to, 1);
        else
            k->f64.add(n, to, 1, lin__elements(x, i * ldx, type), 1, to, 1);
    }
}

static int64_t blocks_of(int64_t rows)
{
    return (rows + LIN__ROW_BLOCK - 1) / LIN__ROW_BLOCK;
}

/* Rows from r on, at most `most`: one block, or what the kernel takes together. */
static void block(const sums *s, int64_t r, int64_t most, int64_t m, int64_t n, const void *A, const void *B, void *C,
                  int64_t ldc)
{
    int64_t rows = s->rows - r < most ? s->rows - r : most;
    A = lin__elements(A, r * s->ar, s->type);
    B = lin__elements(B, r * s->ldb, s->type);
    if (s->type == LIN_F32)
        lin__kernels_get()->f32.gemm_block(rows, m, n, A, s->ar, s->ai, B, s->ldb, C, ldc);
    else
        lin__kernels_get()->f64.gemm_block(rows, m, n, A, s->ar, s->ai, B, s->ldb, C, ldc);
}

/* Where a tile lies in C. */
typedef struct area {
    int64_t i, j, m, n;
} area;

static area area_of(const sums *s, int64_t t)
{
    int64_t i = t / s->across * s->tile_rows, j = t % s->across * s->tile_cols;
    return (area){i, j, s->m - i < s->tile_rows ? s->m - i : s->tile_rows,
                  s->n - j < s->tile_cols ? s->n - j : s->tile_cols};
}

/* One tile. The tree T(first p) + T(rest) without recursion: slot l holds a finished subtree, C itself is slot 0; a new leaf is
 * a subtree of one, two of the same size become one of twice that, and what is left at the end is added from the last back. */
static void tile(const sums *s, int64_t t, void *scratch)
{
    area to = area_of(s, t);
    int64_t m = to.m, n = to.n;
    const void *A = lin__elements(s->A, to.i * s->ai, s->type), *B = lin__elements(s->B, to.j, s->type);
    void *slot[65] = {lin__elements(s->C, to.i * s->ldc + to.j, s->type)};
    for (int l = 1; l <= s->levels; l++)
        slot[l] = lin__elements(scratch, (l - 1) * s->slot, s->type);
    int top = 0; /* slots in use */
    for (int64_t done = 0; done * s->leaf < s->rows || done == 0; done++) {
        block(s, done * s->leaf, s->leaf, m, n, A, B, slot[top], top ? n : s->ldc);
        top++;
        for (int64_t pairs = done + 1; pairs % 2 == 0; pairs /= 2, top--)
            add_tile(s->type, m, n, slot[top - 2], top > 2 ? n : s->ldc, slot[top - 1], n);
    }
    for (; top > 1; top--)
        add_tile(s->type, m, n, slot[top - 2], top > 2 ? n : s->ldc, slot[top - 1], n);
}

/* Take tiles as long as there are any, with scratch of one's own. */
static void sums_task(void *arg, int64_t task)
{
    sums *s = arg;
    void *scratch = s->levels ? lin__elements(s->scratch, task * s->levels * s->slot, s->type) : NULL;
    for (int64_t t; (t = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed)) < s->tiles;)
        tile(s, t, scratch);
}

/* ---- A few blocks of rows: each a task of its own in every tile ----
 * Tasks are in the order of the rows, so a thread meets those again that it met in the product before, in its own cache. Who ends
 * the last block of a tile adds them up. */
enum { MOST_SPLIT = 16, SPLIT_BYTES = 1 << 20 };

/* An area of what block b came to. */
static void *part_of(const sums *s, int64_t b, const area *a)
{
    if (b == 0) return lin__elements(s->C, a->i * s->ldc + a->j, s->type);
    return lin__elements(s->scratch, (b - 1) * s->m * s->n + a->i * s->n + a->j, s->type);
}

/* The tree T(first p) + T(rest), all pairs of one height after the other. */
static void add_parts(const sums *s, int64_t blocks, const area *a)
{
    for (int64_t half = 1; half < blocks; half *= 2)
        for (int64_t b = 0; b + half < blocks; b += 2 * half)
            add_tile(s->type, a->m, a->n, part_of(s, b, a), b ? s->n : s->ldc, part_of(s, b + half, a), s->n);
}

static void split_task(void *arg, int64_t task)
{
    const sums *s = arg;
    int64_t b = task / s->tiles, t = task % s->tiles;
    area a = area_of(s, t);
    const void *A = lin__elements(s->A, a.i * s->ai, s->type), *B = lin__elements(s->B, a.j, s->type);
    block(s, b * LIN__ROW_BLOCK, LIN__ROW_BLOCK, a.m, a.n, A, B, part_of(s, b, &a), b ? s->n : s->ldc);
    if (atomic_fetch_sub(&s->left[t], 1) == 1) add_parts(s, blocks_of(s->rows), &a);
}

/* Does it pay, and what it takes is little? */
static bool splits(const lin_ctx *ctx, const sums *s, double work)
{
    int64_t blocks = blocks_of(s->rows);
    double bytes = (double)(blocks - 1) * (double)s->m * (double)s->n * (double)lin__size_of(s->type);
    return ctx->threads > 1 && work >= LIN__PARALLEL_PRODUCT && blocks > 1 && blocks <= MOST_SPLIT &&
           bytes <= SPLIT_BYTES;
}

static int split(lin_ctx *ctx, sums *s)
{
    int64_t blocks = blocks_of(s->rows);
    size_t parts = (size_t)(blocks - 1) * (size_t)s->m * (size_t)s->n;
    s->scratch = lin__alloc_array(ctx, lin__here(ctx), parts, lin__size_of(s->type));
    s->left = lin__alloc_array(ctx, lin__here(ctx), (size_t)s->tiles, sizeof *s->left);
    if (!s->scratch || !s->left) return LIN_ENOMEM;
    for (int64_t t = 0; t < s->tiles; t++)
        atomic_init(&s->left[t], (int)blocks);
    lin__pool_run(ctx, blocks * s->tiles, split_task, s);
    return 0;
}

/* Tiles with their blocks one after the other. */
static int in_turn(lin_ctx *ctx, sums *s)
{
    int64_t tasks = s->tiles < ctx->threads ? s->tiles : ctx->threads;
    s->slot = s->tile_rows * s->tile_cols;
    for (int64_t leaves = (s->rows + s->leaf - 1) / s->leaf; leaves > 1; leaves = (leaves + 1) / 2)
        s->levels++;
    if (s->levels) {
        size_t slots = (size_t)tasks * (size_t)s->levels;
        s->scratch = lin__alloc_array(ctx, lin__here(ctx), slots * (size_t)s->slot, lin__size_of(s->type));
        if (!s->scratch) return LIN_ENOMEM;
    }
    if (tasks == 1)
        sums_task(s, 0);
    else
        lin__pool_run(ctx, tasks, sums_task, s);
    return 0;
}

int lin__gemm_rows_tasks(lin_ctx *ctx, lin_dtype type, int64_t rows, int64_t m, int64_t n, const void *A, int64_t ar,
                         int64_t ai, const void *B, int64_t ldb, void *C, int64_t ldc)
{
    if (m == 0 || n == 0) return 0;
    if (n == 1 && ai == 1 && ldc == 1) /* a column: as a row, since a · b is b · a */
        return lin__gemm_rows_tasks(ctx, type, rows, 1, m, B, ldb, 0, A, ar, C, m);
    double work = (double)m * (double)n * (double)rows;
    bool small = work < LIN__PARALLEL_PRODUCT;
    sums s = {
        .type = type, .rows = rows, .m = m, .n = n, .ar = ar, .ai = ai, .ldb = ldb, .ldc = ldc, .A = A, .B = B, .C = C};
    s.leaf = m == 1 ? 2 * LIN__ROW_BLOCK : LIN__ROW_BLOCK;
    if (small && rows <= s.leaf) {
        block(&s, 0, s.leaf, m, n, A, B, C, ldc);
        return 0;
    }
    s.tile_rows = m < TILE_ROWS || small ? m : TILE_ROWS;
    s.tile_cols = n < TILE_COLS || small ? n : TILE_COLS;
    s.across = (n + s.tile_cols - 1) / s.tile_cols;
    s.tiles = s.across * ((m + s.tile_rows - 1) / s.tile_rows);
    bool apart = splits(ctx, &s, work);
    if (!apart && rows <= s.leaf) return in_turn(ctx, &s);
    lin_region mark = lin_mark(ctx); /* the scratch goes at once: a batch has many products */
    int code = !mark.ctx ? LIN_ENOMEM : apart ? split(ctx, &s) : in_turn(ctx, &s);
    lin_release(mark);
    return code;
}
