/* The loader: passes over a dataset in batches. The cursor of a pass is the batch itself, so the loader knows nothing of passes
 * that were begun but their number; what is gathered ahead is for the latest. */
#include "data/prefetch.h"

#include <inttypes.h>
#include <string.h>

enum { MOST_WORKERS = 64, AHEAD = 256 };

struct lin_loader {
    uint32_t live; /* LIN__LIVE */
    lin_ctx *ctx;
    lin_dataset *d;
    lin__rows rows;
    int64_t batch_size, batches;
    bool in_order;
    bool lends;              /* batches are the rows as they lie: they borrow them */
    uint64_t number;         /* of this loader in its context, from 0 */
    uint64_t passes;         /* begun so far */
    uint64_t latest;         /* the pass that is gathered ahead */
    lin__prefetch *prefetch; /* NULL without workers */
    struct {                 /* the order of one pass, so that its keys are not made for each batch */
        lin__order order;
        uint64_t pass;
        bool made;
        int64_t first, count, picked[AHEAD]; /* the rows of some places, looked up together: batches may be small */
    } known;
};
LIN__KNOWS_ITS_END(lin_loader);

static bool is_live(const lin_loader *l, const char *name)
{
    return lin__is_live(l, name, "loader");
}

/* ---- Making ------------------------------------------------------------------------------------------- */

static int check_options(lin_ctx *ctx, const lin_loader_options *o)
{
    if (o->batch_size < 0)
        return lin__fail(ctx, LIN_EINVAL, "loader: batch_size is %lld; it must be 1 or more, or LIN_FULL_BATCH",
                         (long long)o->batch_size);
    if (o->workers < 0 || o->workers > MOST_WORKERS)
        return lin__fail(ctx, LIN_EINVAL, "loader: workers is %d; it must be 0 to %d", o->workers, MOST_WORKERS);
    if (o->raw && (o->transforms || o->transform_count))
        return lin__fail(ctx, LIN_EINVAL, "loader: raw means no transforms, but %d are given", o->transform_count);
    if (!o->transforms && o->transform_count)
        return lin__fail(ctx, LIN_EINVAL, "loader: transform_count is %d, but transforms is NULL", o->transform_count);
    return 0;
}

static int choose_transforms(lin_loader *l, const lin_loader_options *o)
{
    if (o->raw) return lin__rows_make(&l->rows, lin__scope(l->ctx), l->d, NULL, 0);
    if (o->transforms) return lin__rows_make(&l->rows, lin__scope(l->ctx), l->d, o->transforms, o->transform_count);
    return lin__rows_make(&l->rows, lin__scope(l->ctx), l->d, l->d->transform, l->d->transform_count);
}

static void choose_batches(lin_loader *l, const lin_loader_options *o)
{
    int64_t rows = l->d->rows;
    l->batch_size = o->batch_size == 0 ? 1 : o->batch_size;
    if (o->batch_size == LIN_FULL_BATCH) l->batch_size = rows ? rows : 1;
    l->batches = rows / l->batch_size + (rows % l->batch_size != 0 && !o->drop_last);
}

/* Rows of the longest batch. */
static int64_t most_rows(const lin_loader *l)
{
    return l->batch_size < l->d->rows ? l->batch_size : l->d->rows;
}

/* Are neighbouring rows of a batch far apart? */
static bool is_scattered(const lin_loader *l)
{
    return !l->in_order || l->d->part;
}

/* Without being asked, one: for rows that are transformed, piece by piece while a thread has nothing else to do; for rows that are read
 * from a file; and for those in a random order that are short and many: to wait for memory is most of the work then, and a batch is
 * too small to be gathered by several threads. None for very large batches: two more of them may be there at a time. */
static int choose_workers(const lin_loader *l, const lin_loader_options *o)
{
    enum { LEAST_BATCH = 1 << 13, MOST_BATCH = 1 << 25, LEAST_DATA = 1 << 23 };
    if (o->workers || lin_threads(l->ctx) < 2) return o->workers;
    int64_t rows = most_rows(l);
    if (l->rows.out_bytes * (double)rows > MOST_BATCH) return 0;
    if (l->rows.from_files) return 1;
    if (l->rows.how != LIN__COPY) return lin__rows_per_task(l->ctx, &l->rows, rows) < rows;
    return is_scattered(l) && l->rows.in_bytes * (double)rows >= LEAST_BATCH &&
           l->rows.in_bytes * (double)l->d->rows >= LEAST_DATA;
}

lin_loader *lin_loader_new(lin_dataset *d, const lin_loader_options *options)
{
    static const lin_loader_options defaults = {0};
    const lin_loader_options *o = options ? options : &defaults;
    if (!lin__dataset_live(d, "loader") || check_options(d->ctx, o)) return NULL;
    lin_ctx *ctx = d->ctx;
    uint32_t depth = lin__scope(ctx);
    lin_loader *l = lin__alloc_zeroed(ctx, depth, sizeof *l);
    if (!l) return NULL;
    l->live = LIN__LIVE;
    l->ctx = ctx;
    l->d = d;
    l->in_order = o->in_order;
    if (choose_transforms(l, o)) return NULL;
    choose_batches(l, o);
    int workers = choose_workers(l, o);
    if (workers && l->batches > 1) {
        bool patience = o->workers || l->rows.from_files;
        l->prefetch = lin__prefetch_new(ctx, depth, d, &l->rows, most_rows(l), workers, patience);
        if (!l->prefetch) return NULL;
    }
    l->lends = !is_scattered(l) && l->rows.how == LIN__COPY && !l->rows.from_files && !l->prefetch;
    l->number = ctx->loaders++;
    return l;
}

int64_t lin_loader_batches(const lin_loader *l)
{
    return is_live(l, "loader_batches") ? l->batches : 0;
}

lin_dataset *lin_loader_dataset(const lin_loader *l)
{
    return is_live(l, "loader_dataset") ? l->d : NULL;
}

int64_t lin_loader_batch_size(const lin_loader *l)
{
    return is_live(l, "loader_batch_size") ? l->batch_size : 0;
}

/* ---- Passes ------------------------------------------------------------------------------------------- */

/* Pass p (from 0, in the order in which they begin) of the context's l-th loader (from 0) has the number
 * (l mod 2^24) · 2^32 + p mod 2^32: its rows come in the order of the keyed bijection of the stream
 * (seed, LIN__STREAM_LOADER, that number). */
static uint64_t pass_number(const lin_loader *l, uint64_t pass)
{
    return (l->number & 0xffffff) << 32 | (pass & 0xffffffff);
}

static uint64_t next_pass(lin_loader *l)
{
    return pass_number(l, l->passes++);
}

static bool is_pass_of(const lin_loader *l, const lin_batch *m)
{
    return m->cursor.region.ctx == l->ctx && m->cursor.pass >> 32 == (l->number & 0xffffff);
}

LIN__HOT static const lin__order *order_of(lin_loader *l, uint64_t pass)
{
    if (l->known.made && l->known.pass == pass) return &l->known.order;
    lin__stream stream = {.seed = l->ctx->seed, .kind = LIN__STREAM_LOADER, .number = pass};
    l->known.order.part = l->d->part;
    l->known.order.shuffled = !l->in_order;
    if (!l->in_order) lin__perm_init(&l->known.order.perm, &stream, l->d->rows);
    l->known.pass = pass;
    l->known.made = true;
    l->known.count = 0;
    return &l->known.order;
}

/* The rows at `count` places of the order above, if that is few enough to be looked up ahead. */
static const int64_t *picked(lin_loader *l, int64_t first, int64_t count)
{
    if (!is_scattered(l) || count > AHEAD / 4) return NULL;
    if (first < l->known.first || first + count > l->known.first + l->known.count) {
        int64_t left = l->d->rows - first;
        l->known.first = first;
        l->known.count = left < AHEAD ? left : AHEAD;
        lin__order_rows(&l->known.order, first, l->known.count, l->known.picked);
    }
    return l->known.picked + (first - l->known.first);
}

/* Where the elements of a batch's tensors are: in memory of their own; where they were gathered ahead; or in the dataset. */
typedef struct place {
    enum { OWN, AHEAD_OF_TIME, IN_THE_DATASET } where;
    void *const *ready; /* ahead of time: of each */
    int64_t first;      /* in the dataset: the first row */
} place;

static lin_tensor *make_tensor(const lin_loader *l, int k, int64_t rows, const place *p)
{
    uint32_t here = lin__here(l->ctx);
    const lin__column *c = &l->rows.column[k];
    int ndim = c->row.ndim + 1;
    int64_t dim[1 + LIN_MAX_DIMS] = {rows};
    memcpy(dim + 1, c->row.dim, (size_t)c->row.ndim * sizeof *dim);
    switch (p->where) {
    case AHEAD_OF_TIME:
        return lin__tensor_over(l->ctx, here, c->type, dim, ndim, p->ready[k]);
    case IN_THE_DATASET:
        return lin__tensor_borrow(l->d->array[k], (size_t)p->first * c->in_bytes, dim, ndim);
    default:
        return lin__tensor_new(l->ctx, here, c->type, dim, ndim, "loader");
    }
}

/* Tensors of the innermost region for `rows` rows. */
LIN__HOT static int make_tensors(const lin_loader *l, lin_batch *m, int64_t rows, const place *p)
{
    uint32_t here = lin__here(l->ctx);
    lin_tensor **list = lin__alloc_array(l->ctx, here, (size_t)l->rows.count, sizeof *list);
    if (!list) return LIN_ENOMEM;
    for (int k = 0; k < l->rows.count; k++) {
        list[k] = make_tensor(l, k, rows, p);
        if (!list[k]) return lin_error_code_of(l->ctx);
    }
    m->X = list[0];
    m->y = l->rows.count > 1 ? list[1] : NULL;
    m->arrays = (lin_tensors){.count = l->rows.count, .at = list};
    m->rows = rows;
    return 0;
}

static int64_t rows_of(const lin_loader *l, int64_t index)
{
    int64_t left = l->d->rows - index * l->batch_size;
    return left < l->batch_size ? left : l->batch_size;
}

/* Batch `index` of a pass, gathered here and now. */
LIN__HOT static int gather(lin_loader *l, lin_batch *m, uint64_t pass, int64_t index)
{
    int code = make_tensors(l, m, rows_of(l, index), &(place){.where = OWN});
    if (code) return code;
    lin__gather g = {.rows = &l->rows, .order = *order_of(l, pass), .first = index * l->batch_size, .count = m->rows};
    g.picked = picked(l, g.first, g.count);
    for (int k = 0; k < l->rows.count; k++)
        g.out[k] = m->arrays.at[k]->data;
    return lin__gather_run(l->ctx, &g);
}

static bool may_borrow(const lin_loader *l)
{
    bool may = l->lends;
    for (int k = 0; may && k < l->rows.count; k++)
        may = !l->d->array[k]->storage->exposed;
    return may;
}

/* The labels of a batch that is lent are wanted after its features: they come from memory meanwhile. (The features are asked for by
 * the product that reads them.) */
static __attribute__((noinline)) void ask_for_labels(const lin_loader *l, int64_t first, int64_t rows)
{
    enum { MOST_BYTES = 4096 };
    for (int k = 1; k < l->rows.count; k++) {
        const lin__column *c = &l->rows.column[k];
        size_t bytes = (size_t)rows * c->in_bytes;
        if (c->large && bytes <= MOST_BYTES) lin__ask_for(c->from + (size_t)first * c->in_bytes, bytes);
    }
}

/* Batch `index` of a pass: as it lies in the dataset, or out of what was gathered ahead, if it is there. */
static int fetch(lin_loader *l, lin_batch *m, uint64_t pass, int64_t index)
{
    int64_t rows = rows_of(l, index);
    if (may_borrow(l)) {
        int64_t first = index * l->batch_size;
        if (l->rows.large) ask_for_labels(l, first, rows);
        return make_tensors(l, m, rows, &(place){.where = IN_THE_DATASET, .first = first});
    }
    void *const *ready = NULL;
    int code = l->prefetch && pass == l->latest ? lin__prefetch_take(l->prefetch, index, &ready) : 0;
    if (code) return code;
    if (!ready) return gather(l, m, pass, index);
    return make_tensors(l, m, rows, &(place){.where = AHEAD_OF_TIME, .ready = ready});
}

/* The next batch in a step of its own. Its rows, 0 at the end, or a code with the step gone again. */
static int64_t advance(lin_loader *l, lin_batch *m)
{
    uint64_t pass = m->cursor.pass;
    int64_t index = m->cursor.at;
    if (index >= l->batches) return 0;
    lin_region step = lin__open(l->ctx, true);
    if (!step.ctx) return lin_error_code_of(l->ctx);
    int code = fetch(l, m, pass, index);
    if (code) {
        lin_release(step);
        return code;
    }
    m->step = index;
    m->cursor.region = step;
    m->cursor.at = index + 1;
    m->cursor.open = true;
    return m->rows;
}

/* The batches ahead are from now on those of that pass. */
static void look_ahead(lin_loader *l, uint64_t pass)
{
    if (!l->prefetch) return;
    lin__prefetch_begin(l->prefetch, order_of(l, pass), l->batches);
    l->latest = pass;
}

static void begin(lin_loader *l, lin_batch *m)
{
    *m = (lin_batch){.cursor.pass = next_pass(l)};
    look_ahead(l, m->cursor.pass);
}

LIN__HOT static int check_cursor(const lin_loader *l, const lin_batch *m, const char *what)
{
    if (!m) return lin__fail_null(l->ctx, what);
    if (!m->cursor.open || is_pass_of(l, m)) return 0;
    return lin__fail(l->ctx, LIN_EINVAL, "%s is the cursor of another loader; zero it to begin a pass", what);
}

/* If it is not open any more, a region below it was released, and it with that. */
static void end_step(const lin_batch *m)
{
    if (m->cursor.open && lin__is_open(m->cursor.region)) lin_release(m->cursor.region);
}

LIN__HOT int64_t lin_loader_next(lin_loader *l, lin_batch *m)
{
    if (!is_live(l, "loader_next")) return LIN_EINVAL;
    int code = check_cursor(l, m, "loader_next: the batch");
    if (code) return code;
    end_step(m);
    if (!m->cursor.open) begin(l, m);
    int64_t rows = advance(l, m);
    if (rows <= 0) *m = (lin_batch){0};
    return rows;
}

int lin_loader_seek(lin_loader *l, lin_batch *m, int64_t pass, int64_t step)
{
    if (!is_live(l, "loader_seek")) return LIN_EINVAL;
    int code = check_cursor(l, m, "loader_seek: the batch");
    if (code) return code;
    if (pass < 0 || pass > UINT32_MAX)
        return lin__fail(l->ctx, LIN_EINVAL, "loader_seek: there is no pass %" PRId64, pass);
    if (step < 0 || step > l->batches)
        return lin__fail(l->ctx, LIN_EINVAL, "loader_seek: there is no batch %" PRId64 "; a pass has %" PRId64, step,
                         l->batches);
    end_step(m);
    l->passes = (uint64_t)pass + 1;
    /* A cursor with a region that was never open: there is nothing to release before its next batch. */
    *m = (lin_batch){.cursor = {.region = {.ctx = l->ctx, .depth = UINT32_MAX},
                                .pass = pass_number(l, (uint64_t)pass),
                                .at = step,
                                .open = true}};
    look_ahead(l, m->cursor.pass);
    return 0;
}

int64_t lin_loader_first(lin_loader *l, lin_batch *m)
{
    if (!is_live(l, "loader_first")) return LIN_EINVAL;
    if (!m) return lin__fail_null(l->ctx, "loader_first: the batch");
    *m = (lin_batch){0};
    uint64_t pass = next_pass(l);
    int code = l->batches ? gather(l, m, pass, 0) : 0;
    if (code) *m = (lin_batch){0};
    return code ? code : m->rows;
}

uint64_t lin__loader_number(const lin_loader *l)
{
    return l->number & 0xffffff;
}

void lin__loader_set_number(lin_loader *l, uint64_t number)
{
    l->number = number & 0xffffff;
}
