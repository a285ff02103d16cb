/* Gathering: rows picked in an order, X through its plan. A row's place decides what it is, so the parts may be done by any
 * thread. */
#include "data/gather.h"

#include "base/file.h"
#include "base/pool.h"

#include <string.h>

static lin__how how_of(const lin__plan *plan)
{
    if (plan->count == 0) return LIN__COPY;
    bool one_channel = plan->in_ndim == 2 || (plan->in_ndim == 3 && plan->in[2] == 1);
    return plan->count == 1 && plan->step[0].kind == LIN_TO_TENSOR && one_channel ? LIN__UNIT : LIN__PLAN;
}

/* About 64 KiB of them, at least one. */
static size_t whole_rows(size_t row)
{
    enum { PIECE = 1 << 16 };
    return row == 0 || row > PIECE ? row : PIECE / row * row;
}

/* More than a core's own cache holds beside other things. */
enum { LARGE = 1 << 20 };

int lin__rows_make(lin__rows *rows, uint32_t depth, const lin_dataset *d, const lin_transform *list, int count)
{
    int code = lin__plan_make(d->ctx, &rows->plan, d, list, count);
    if (!code) code = lin__plan_prepare(d->ctx, depth, &rows->plan);
    if (code) return code;
    rows->count = d->array_count;
    rows->how = how_of(&rows->plan);
    for (int k = 0; k < d->array_count; k++) {
        const lin_tensor *t = d->array[k];
        lin__column *c = &rows->column[k];
        *c = (lin__column){.from = t->data, .file = d->file[k], .type = (lin_dtype)t->dtype, .row = lin_row_size(d, k)};
        if (!lin__shape_bytes(c->row.dim, c->row.ndim, lin__size_of(t->dtype), &c->in_bytes)) c->in_bytes = 0;
        c->out_bytes = c->in_bytes;
        c->large = (double)d->rows * (double)c->in_bytes > LARGE;
    }
    lin__column *X = &rows->column[0];
    X->out_bytes = rows->plan.out_bytes;
    X->type = rows->plan.out_type;
    X->row = lin_shape_of(rows->plan.out_ndim, rows->plan.out);
    rows->from_files = rows->large = false;
    rows->in_bytes = rows->out_bytes = 0;
    for (int k = 0; k < rows->count; k++) {
        rows->from_files |= rows->column[k].file != NULL;
        rows->large |= rows->column[k].large;
        rows->in_bytes += (double)rows->column[k].in_bytes;
        rows->out_bytes += (double)rows->column[k].out_bytes;
    }
    rows->raw_bytes = X->file && rows->how != LIN__COPY ? whole_rows(X->in_bytes) : 0;
    rows->raw_at = rows->plan.scratch_bytes ? lin__round(rows->plan.scratch_bytes) : 0;
    size_t room = rows->raw_bytes ? lin__round(rows->raw_bytes) : 0;
    if (!lin__add_size(rows->raw_at, room, &rows->scratch_bytes)) return lin__fail_memory(d->ctx, SIZE_MAX);
    return 0;
}

static void to_unit(int64_t bytes, const char *from, char *to, const char *soon)
{
    lin__kernels_get()->unit_from_u8(bytes, (const uint8_t *)from, (float *)(void *)to, (const uint8_t *)soon);
}

/* n neighbouring rows of array k. */
static void move(const lin__rows *rows, int k, int64_t n, const char *from, char *to, void *scratch)
{
    const lin__column *c = &rows->column[k];
    lin__how how = k ? LIN__COPY : rows->how;
    if (how == LIN__COPY) memcpy(to, from, (size_t)n * c->in_bytes);
    if (how == LIN__UNIT) to_unit(n * (int64_t)c->in_bytes, from, to, NULL);
    if (how != LIN__PLAN) return;
    for (int64_t i = 0; i < n; i++)
        lin__plan_run(&rows->plan, from + (size_t)i * c->in_bytes, to + (size_t)i * c->out_bytes, scratch);
}

/* ---- From files ----------------------------------------------------------------------------------- */

/* An error of array k in one number: the first one stays. */
enum { ERRORS = 4096 };

static void note_error(lin__gather *g, int k, int error)
{
    int none = 0;
    if (error) atomic_compare_exchange_strong(&g->error, &none, k * ERRORS + error);
}

int lin__gather_code(lin_ctx *ctx, const lin__gather *g)
{
    int error = atomic_load(&g->error);
    return error ? lin__file_failed(ctx, g->rows->column[error / ERRORS].file, error % ERRORS) : 0;
}

/* n neighbouring rows of array k, read to where they go, or through the scratch. */
static void read_rows(lin__gather *g, int k, int64_t row, int64_t n, char *to, char *scratch)
{
    const lin__rows *rows = g->rows;
    const lin__column *c = &rows->column[k];
    size_t at = (size_t)row * c->in_bytes;
    if (k || rows->how == LIN__COPY) {
        note_error(g, k, lin__file_read(c->file, at, (size_t)n * c->in_bytes, to));
        return;
    }
    char *raw = scratch + rows->raw_at;
    int64_t most = c->in_bytes ? (int64_t)(rows->raw_bytes / c->in_bytes) : n;
    for (int64_t some; n > 0; n -= some) {
        some = n < most ? n : most;
        int error = lin__file_read(c->file, at, (size_t)some * c->in_bytes, raw);
        note_error(g, k, error);
        if (error) return;
        move(rows, k, some, raw, to, scratch);
        at += (size_t)some * c->in_bytes;
        to += (size_t)some * c->out_bytes;
    }
}

/* ---- Orders ----------------------------------------------------------------------------------------- */

static void permute(const lin__order *o, int64_t count, int64_t *places)
{
    if (o->shuffled) lin__perm_each(&o->perm, count, places);
}

LIN__HOT void lin__order_rows(const lin__order *o, int64_t first, int64_t count, int64_t *rows)
{
    for (int64_t i = 0; i < count; i++)
        rows[i] = first + i;
    permute(o, count, rows);
    for (const lin__part *p = o->part; p; p = p->order.part) {
        for (int64_t i = 0; i < count; i++)
            rows[i] += p->first;
        permute(&p->order, count, rows);
    }
}

/* ---- In one order or another ---------------------------------------------------------------------- */

static void take(lin__gather *g, int k, int64_t row, int64_t n, char *to, void *scratch)
{
    const lin__column *c = &g->rows->column[k];
    if (c->file)
        read_rows(g, k, row, n, to, scratch);
    else
        move(g->rows, k, n, c->from + (size_t)row * c->in_bytes, to, scratch);
}

static void in_order(lin__gather *g, int64_t from, int64_t to, void *scratch)
{
    for (int k = 0; k < g->rows->count; k++)
        take(g, k, g->first + from, to - from, (char *)g->out[k] + (size_t)from * g->rows->column[k].out_bytes,
             scratch);
}

/* Rows in a random order are far apart in memory, and the processor would wait for one after the other. It is asked for each a few
 * rows before its turn: for as many lines of memory as it can have on their way, 150 to 200, where rows are moved; for fewer, line by
 * line, while a row is computed. Very small rows are asked for all together. */
enum { SMALL_ROW = 8, EARLY_BYTES = 4096, GROUP = 256 };
enum { ROWS_EARLY = 64, LINES_EARLY = 192, LINES_ON_THE_WAY = 96 };

static int64_t rows_early(size_t bytes, bool on_the_way)
{
    int64_t lines = (int64_t)(bytes / LIN__CACHE_LINE) + 2,
            rows = (on_the_way ? LINES_ON_THE_WAY : LINES_EARLY) / lines;
    return rows > ROWS_EARLY ? ROWS_EARLY : rows ? rows : 1;
}

/* Very small rows, which are moved without a call. */
static bool is_small(const lin__gather *g, int k)
{
    const lin__column *c = &g->rows->column[k];
    return !c->file && (k || g->rows->how == LIN__COPY) && c->in_bytes <= SMALL_ROW;
}

static __attribute__((noinline)) void fetch_small(const lin__gather *g, int64_t n, const int64_t *index)
{
    for (int k = 0; k < g->rows->count; k++) {
        const lin__column *c = &g->rows->column[k];
        if (!c->large || !is_small(g, k)) continue;
        for (int64_t i = 0; i < n; i++)
            lin__ask(c->from + (size_t)index[i] * c->in_bytes);
    }
}

/* Rows index[0 … n − 1] of array k. */
LIN__HOT static void pick(lin__gather *g, int k, int64_t n, const int64_t *index, char *out, void *scratch)
{
    const lin__column *c = &g->rows->column[k];
    if (is_small(g, k)) {
        lin__pick_rows(n, c->in_bytes, c->from, index, out);
        return;
    }
    bool on_the_way = !c->file && k == 0 && g->rows->how == LIN__UNIT && c->in_bytes <= EARLY_BYTES;
    int64_t early = c->file || !c->in_bytes ? 0 : rows_early(c->in_bytes, on_the_way);
    if (early > n) early = n;
    for (int64_t i = -early; i < n; i++) {
        const char *soon = early && i + early < n ? c->from + (size_t)index[i + early] * c->in_bytes : NULL;
        if (soon && (i < 0 || !on_the_way)) lin__ask_for(soon, c->in_bytes < EARLY_BYTES ? c->in_bytes : EARLY_BYTES);
        if (i < 0) continue;
        if (on_the_way)
            to_unit((int64_t)c->in_bytes, c->from + (size_t)index[i] * c->in_bytes, out, soon);
        else
            take(g, k, index[i], 1, out, scratch);
        out += c->out_bytes;
    }
}

LIN__HOT static void scattered(lin__gather *g, int64_t from, int64_t to, void *scratch)
{
    int64_t found[GROUP];
    for (int64_t at = from, n; at < to; at += n) {
        n = to - at < GROUP ? to - at : GROUP;
        const int64_t *index = g->picked ? g->picked + at : found;
        if (!g->picked) lin__order_rows(&g->order, g->first + at, n, found);
        if (g->rows->large) fetch_small(g, n, index);
        for (int k = 0; k < g->rows->count; k++)
            pick(g, k, n, index, (char *)g->out[k] + (size_t)at * g->rows->column[k].out_bytes, scratch);
    }
}

LIN__HOT void lin__gather_part(lin__gather *g, int64_t from, int64_t to, void *scratch)
{
    if (g->order.shuffled || g->order.part)
        scattered(g, from, to, scratch);
    else
        in_order(g, from, to, scratch);
}

/* ---- On the pool ---------------------------------------------------------------------------------- */

/* A task is about 128 KiB read and written, and a plan costs more than moving; no more tasks than are of use, since each has
 * its scratch. */
enum { TASK_BYTES = 1 << 17, PLAN_COST = 8, TASKS_PER_THREAD = 4 };

/* Rows of a task: whole groups of those whose places in an order are looked up together. */
static int64_t in_groups(int64_t rows)
{
    enum { TOGETHER = 32 };
    return rows < TOGETHER ? rows : rows / TOGETHER * TOGETHER;
}

int64_t lin__rows_per_task(const lin_ctx *ctx, const lin__rows *rows, int64_t count)
{
    double bytes = 1 + rows->in_bytes + rows->out_bytes;
    if (rows->how == LIN__PLAN) bytes *= PLAN_COST;
    int64_t most_tasks = (int64_t)TASKS_PER_THREAD * lin_threads(ctx);
    int64_t enough = in_groups((int64_t)(TASK_BYTES / bytes) + 1), least = (count + most_tasks - 1) / most_tasks;
    return enough > least ? enough : least;
}

int64_t lin__gather_tasks(const lin__gather *g)
{
    return (g->count + g->per_task - 1) / g->per_task;
}

void lin__gather_task(lin__gather *g, int64_t task)
{
    int64_t from = task * g->per_task, to = from + g->per_task;
    lin__gather_part(g, from, to < g->count ? to : g->count, g->scratch + (size_t)task * g->rows->scratch_bytes);
}

static void run_task(void *arg, int64_t task)
{
    lin__gather_task(arg, task);
}

LIN__HOT int lin__gather_run(lin_ctx *ctx, lin__gather *g)
{
    if (g->count == 0) return 0;
    g->per_task = lin__rows_per_task(ctx, g->rows, g->count);
    int64_t count = lin__gather_tasks(g);
    if (count == 1 && g->rows->scratch_bytes == 0) {
        lin__gather_part(g, 0, g->count, NULL);
        return lin__gather_code(ctx, g);
    }
    lin_region mark = lin_mark(ctx); /* the scratch goes at once, whatever region the rows are for */
    g->scratch = mark.ctx ? lin__alloc_array(ctx, lin__here(ctx), (size_t)count, g->rows->scratch_bytes) : NULL;
    bool good = g->scratch;
    if (good) lin__pool_run(ctx, count, run_task, g);
    lin_release(mark);
    return good ? lin__gather_code(ctx, g) : LIN_ENOMEM;
}
