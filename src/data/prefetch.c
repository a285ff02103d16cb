/* Prefetching. A slot is the memory of one batch: free; or being filled, or filled, in the order of the batches; or lent to the
 * step whose batch it became, which gives it back when it ends; or late: its worker lost its processor, and the caller gathered
 * the batch without waiting, or began another pass. */
#include "data/prefetch.h"

#include "base/file.h"
#include "base/pool.h"

/* The batches ahead have not more bytes than this together; but whoever asks for workers has one ahead, however large. */
static const double most_bytes = 1 << 28;

typedef struct slot {
    struct slot *next;
    lin__prefetch *owner;
    lin__job job;
    lin__gather gather;
    int64_t index;     /* number of the batch in its pass */
    uint64_t versions; /* of the arrays when the job was given away */
} slot;

struct lin__prefetch {
    lin_ctx *ctx;
    uint32_t depth;
    const lin_dataset *d;
    const lin__rows *rows;
    int64_t batch_size;
    size_t offset[LIN__MAX_ARRAYS], bytes; /* of the arrays in a slot's memory, and all of it */
    int64_t per_task, pieces;              /* rows of a piece of a job, and pieces of a whole batch */
    int workers, most_ahead;
    bool patience;
    slot *free, *late, *first, *last; /* the last two: the queue of what was given away */
    lin__order order;
    int64_t batches, next; /* the batch to be given away next */
};

/* Grows with every change in place of an array. */
static uint64_t versions_of(const lin_dataset *d)
{
    uint64_t sum = 0;
    for (int k = 0; k < d->array_count; k++)
        sum += d->array[k]->storage->version;
    return sum;
}

/* ---- Slots ------------------------------------------------------------------------------------------ */

static void give_back(void *arg)
{
    slot *s = arg;
    LIN__POISON(s->gather.out[0], s->owner->bytes); /* as the rest of the step that had it */
    s->next = s->owner->free;
    s->owner->free = s;
}

static slot *new_slot(lin__prefetch *p)
{
    slot *s = lin__alloc_zeroed(p->ctx, p->depth, sizeof *s);
    char *memory = s ? lin__alloc(p->ctx, p->depth, p->bytes) : NULL;
    if (!memory) return NULL;
    s->owner = p;
    s->gather.rows = p->rows;
    s->gather.per_task = p->per_task;
    s->gather.scratch = lin__alloc_array(p->ctx, p->depth, (size_t)p->pieces, p->rows->scratch_bytes);
    if (!s->gather.scratch) return NULL;
    for (int k = 0; k < p->rows->count; k++)
        s->gather.out[k] = memory + p->offset[k];
    return s;
}

/* The late ones that have come after all. */
static void reclaim(lin__prefetch *p)
{
    for (slot **at = &p->late, *s; (s = *at);) {
        if (lin__job_is_done(&s->job)) {
            *at = s->next;
            give_back(s);
        } else {
            at = &s->next;
        }
    }
}

static slot *free_slot(lin__prefetch *p)
{
    reclaim(p);
    slot *s = p->free;
    if (!s) return new_slot(p);
    p->free = s->next;
    LIN__UNPOISON(s->gather.out[0], p->bytes);
    return s;
}

static slot *pop(lin__prefetch *p)
{
    slot *s = p->first;
    p->first = s->next;
    if (!p->first) p->last = NULL;
    return s;
}

/* Nobody is waited for: what runs still is late. */
static void take_back(lin__prefetch *p)
{
    while (p->first) {
        slot *s = pop(p);
        if (lin__pool_cancel(p->ctx, &s->job)) {
            give_back(s);
        } else {
            s->next = p->late;
            p->late = s;
        }
    }
}

static void end(void *arg)
{
    lin__prefetch *p = arg;
    take_back(p);
    for (slot *s = p->late; s; s = s->next)
        lin__pool_wait(p->ctx, &s->job);
    reclaim(p);
}

/* ---- The pass --------------------------------------------------------------------------------------- */

static bool measure(lin__prefetch *p)
{
    for (int k = 0; k < p->rows->count; k++) {
        size_t bytes;
        p->offset[k] = p->bytes;
        if (!lin__mul_size(p->rows->column[k].out_bytes, (size_t)p->batch_size, &bytes) || bytes > PTRDIFF_MAX ||
            !lin__add_size(p->bytes, lin__round(bytes), &p->bytes))
            return false;
    }
    return p->bytes <= PTRDIFF_MAX;
}

/* One for each worker and one that is ready, if they fit. But idle threads, which share a batch, are for the next one only: it is
 * there in time or not at all, and another one ahead of it would be memory without use. */
static int batches_ahead(const lin__prefetch *p)
{
    if (p->pieces > 1 && !p->patience) return 1;
    double fit = most_bytes / ((double)p->bytes + (double)p->pieces * (double)p->rows->scratch_bytes);
    return fit < 1 ? 1 : fit < p->workers + 1 ? (int)fit : p->workers + 1;
}

lin__prefetch *lin__prefetch_new(lin_ctx *ctx, uint32_t depth, const lin_dataset *d, const lin__rows *rows,
                                 int64_t batch_size, int workers, bool patience)
{
    lin__prefetch *p = lin__alloc_zeroed(ctx, depth, sizeof *p);
    if (!p) return NULL;
    p->ctx = ctx;
    p->depth = depth;
    p->d = d;
    p->rows = rows;
    p->batch_size = batch_size;
    p->workers = workers;
    p->patience = patience;
    if (!measure(p)) {
        lin__fail_memory(ctx, SIZE_MAX);
        return NULL;
    }
    p->per_task = lin__rows_per_task(ctx, rows, batch_size);
    p->pieces = (batch_size + p->per_task - 1) / p->per_task;
    p->most_ahead = batches_ahead(p);
    return lin__at_end(ctx, depth, end, p) ? NULL : p;
}

void lin__prefetch_begin(lin__prefetch *p, const lin__order *order, int64_t batches)
{
    take_back(p);
    p->order = *order;
    p->batches = batches;
    p->next = 0;
}

/* The pool's threads begin with the last piece, which is where their part of the rows is in a kernel; but a file is read from its
 * first row on. */
static void run_piece(lin__job *job, int64_t piece)
{
    slot *s = job->arg;
    lin__gather_task(&s->gather, s->owner->rows->from_files ? job->pieces - 1 - piece : piece);
}

static int give_away(lin__prefetch *p)
{
    slot *s = free_slot(p);
    if (!s) return LIN_ENOMEM;
    s->index = p->next++;
    s->gather.order = p->order;
    s->gather.first = s->index * p->batch_size;
    int64_t left = p->d->rows - s->gather.first;
    s->gather.count = left < p->batch_size ? left : p->batch_size;
    s->versions = versions_of(p->d);
    atomic_store(&s->gather.error, 0);
    s->job = (lin__job){.run = run_piece, .arg = s, .pieces = lin__gather_tasks(&s->gather)};
    s->next = NULL;
    *(p->last ? &p->last->next : &p->first) = s;
    p->last = s;
    lin__pool_submit(p->ctx, &s->job);
    return 0;
}

/* Keep the workers busy with what follows batch `index`. */
static int give_away_after(lin__prefetch *p, int64_t index)
{
    if (p->next <= index) p->next = index + 1;
    if (p->next >= p->batches || lin__pool_workers(p->ctx, p->workers) == 0) return 0;
    while (p->next < p->batches && p->next <= index + p->most_ahead) {
        int code = give_away(p);
        if (code) return code;
    }
    return 0;
}

int lin__prefetch_take(lin__prefetch *p, int64_t index, void *const **out)
{
    *out = NULL;
    slot *s = p->first && p->first->index == index ? pop(p) : NULL;
    int code = give_away_after(p, index);
    if (!s) return code;
    if (!p->patience && !lin__pool_wait_shortly(p->ctx, &s->job)) {
        s->next = p->late;
        p->late = s;
        return code;
    }
    lin__pool_wait(p->ctx, &s->job);
    if (s->versions != versions_of(p->d)) { /* the arrays were changed meanwhile */
        give_back(s);
        return code;
    }
    if (!code) code = lin__gather_code(p->ctx, &s->gather);
    if (!code) code = lin__at_end(p->ctx, lin__here(p->ctx), give_back, s);
    if (code)
        give_back(s);
    else
        *out = s->gather.out;
    return code;
}
