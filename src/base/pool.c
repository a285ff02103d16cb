/* The context's threads. The blocks of a kernel are cut into one part for each thread, and it claims them one by one from its front:
 * so a thread meets the same rows from kernel to kernel, in its own cache. Who is done takes from the back of the others' parts:
 * a thread that is late or busy with a piece of a job costs nothing. Waiting is a short spin, then a futex.
 *
 * A part is an atomic word: the run's generation, the next block and the end. A thread reads the word, then the run's fields, then
 * claims by compare-and-swap; success means that a block was left, so that the run, and with it the fields, were still those
 * it read. Between runs all parts are empty. All ordering is in the atomics. */
#include "base/pool.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_THREADS = 64, MOST_GROUPS = 60000 };

/* A part: generation << 32 | next << 16 | end. */
#define NEXT_BITS  16
#define PLACE_MASK (((uint64_t)1 << NEXT_BITS) - 1)

/* Longer than a step's pause between two kernels, short beside a time slice. */
static const double spin_seconds = 19e-6;

/* Beside the number of pieces that a job has left: its owner is asleep. */
static const unsigned awaited = 1u << 31;

/* A line of the cache each, so that threads that claim from their own part do not meet. */
typedef struct part {
    _Alignas(64) _Atomic uint64_t word;
} part;

struct lin__pool {
    part part[1 + MOST_THREADS]; /* the caller's, then those of the threads that take blocks */
    int parts;
    uint64_t generation; /* of the latest run; the caller's */
    _Atomic(lin__block_fn *) f;
    _Atomic(void *) arg;
    _Atomic int64_t blocks, per_group; /* so many neighbouring blocks are claimed at once */
    _Alignas(64) atomic_uint done;     /* groups done in this run */
    atomic_uint caller_asleep;

    pthread_mutex_t lock; /* of the queue of jobs */
    lin__job *first, *last;
    atomic_int queued;

    atomic_uint wake; /* grows with every piece of work */
    atomic_int sleepers;
    atomic_bool quit;
    double spin;                 /* seconds */
    int started, kernel_threads; /* the first kernel_threads take blocks too */
    struct member {
        struct lin__pool *pool;
        int index;
        pthread_t thread;
    } member[MOST_THREADS];
};

static void futex_wait(atomic_uint *word, unsigned seen)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(atomic_uint *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* What a thread sleeps for: all take pieces, but only some take blocks, and a call for these must not go to another. */
enum { FOR_PIECES = 1, FOR_BLOCKS = 2 };

static void futex_wait_for(atomic_uint *word, unsigned seen, int kinds)
{
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen, NULL, NULL, kinds);
}

static void futex_wake_for(atomic_uint *word, int count, int kind)
{
    syscall(SYS_futex, word, FUTEX_WAKE_BITSET_PRIVATE, count, NULL, NULL, kind);
}

static void pause_a_little(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Claim a group of part `from`: the first one of one's own part, the last of another's. Less than 0: there is none. */
static int64_t claim(struct lin__pool *p, int from, bool own, lin__block_fn **f, void **arg)
{
    _Atomic uint64_t *word = &p->part[from].word;
    uint64_t seen = atomic_load_explicit(word, memory_order_acquire);
    for (;;) {
        uint64_t next = seen >> NEXT_BITS & PLACE_MASK, end = seen & PLACE_MASK;
        if (next >= end) return -1;
        *f = atomic_load_explicit(&p->f, memory_order_relaxed);
        *arg = atomic_load_explicit(&p->arg, memory_order_relaxed);
        uint64_t left = own ? seen + (1u << NEXT_BITS) : seen - 1;
        if (atomic_compare_exchange_weak_explicit(word, &seen, left, memory_order_acq_rel, memory_order_acquire))
            return (int64_t)(own ? next : end - 1);
    }
}

/* Claim and run one group. False when there is none. */
static bool run_a_group(struct lin__pool *p, int me)
{
    lin__block_fn *f;
    void *arg;
    int64_t group = -1;
    for (int i = 0; i < p->parts && group < 0; i++) {
        int from = me + i < p->parts ? me + i : me + i - p->parts;
        group = claim(p, from, i == 0, &f, &arg);
    }
    if (group < 0) return false;
    int64_t blocks = atomic_load_explicit(&p->blocks, memory_order_relaxed);
    int64_t per = atomic_load_explicit(&p->per_group, memory_order_relaxed);
    int64_t to = group * per + per < blocks ? group * per + per : blocks;
    for (int64_t block = group * per; block < to; block++)
        f(arg, block);
    /* The caller may be waiting for exactly this one. */
    atomic_fetch_add(&p->done, 1);
    if (atomic_load(&p->caller_asleep)) futex_wake(&p->done, 1);
    return true;
}

/* Wait a little until the word is the value, or until it is another. What it is then. An idle thread steps back now and then for
 * one that may wait for its processor, the caller perhaps. */
static unsigned spin(const struct lin__pool *p, atomic_uint *word, unsigned value, bool equal, bool idle)
{
    enum { TURNS = 16 };
    double until = 0;
    unsigned now = atomic_load(word);
    for (int i = 0; (now == value) != equal; i++) {
        if (i % TURNS == 0) {
            double time = lin__seconds();
            if (i == 0) until = time + p->spin;
            if (time >= until) break;
            if (idle && i > 0) sched_yield();
        }
        pause_a_little();
        now = atomic_load(word);
    }
    return now;
}

/* ---- Jobs -------------------------------------------------------------------------------------------- */

/* Out of the queue; the caller holds the lock. */
static void unqueue(struct lin__pool *p, lin__job *job)
{
    lin__job **at = &p->first, *before = NULL;
    for (; *at != job; at = &before->next)
        before = *at;
    *at = job->next;
    if (p->last == job) p->last = before;
    atomic_fetch_sub(&p->queued, 1);
}

/* Claim a piece: the first one of one's own job or, where that is NULL, the last of the first job in the queue. NULL: there is none. */
static lin__job *claim_piece(struct lin__pool *p, lin__job *own, int64_t *piece)
{
    pthread_mutex_lock(&p->lock);
    lin__job *job = own ? own : p->first;
    if (job && job->first == job->end) job = NULL;
    if (job) {
        *piece = own ? job->first++ : --job->end;
        if (job->first == job->end) unqueue(p, job);
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

/* Claim and run one. False when there is none. */
static bool run_a_piece(struct lin__pool *p, lin__job *own)
{
    int64_t piece;
    if (!p || atomic_load_explicit(&p->queued, memory_order_relaxed) == 0) return false;
    lin__job *job = claim_piece(p, own, &piece);
    if (!job) return false;
    job->run(job, piece);
    if (atomic_fetch_sub(&job->left, 1) == awaited + 1) futex_wake(&job->left, 1);
    return true;
}

static void *work(void *arg)
{
    struct member *me = arg;
    struct lin__pool *p = me->pool;
    bool kernels = me->index < p->kernel_threads;
    unsigned seen = atomic_load(&p->wake);
    while (!atomic_load(&p->quit)) {
        if ((kernels && run_a_group(p, 1 + me->index)) || run_a_piece(p, NULL)) continue;
        unsigned now = spin(p, &p->wake, seen, false, true);
        if (now == seen) {
            atomic_fetch_add(&p->sleepers, 1);
            futex_wait_for(&p->wake, seen, kernels ? FOR_PIECES | FOR_BLOCKS : FOR_PIECES);
            atomic_fetch_sub(&p->sleepers, 1);
            now = atomic_load(&p->wake);
        }
        seen = now;
    }
    return NULL;
}

static void wake_threads(struct lin__pool *p, int count, int kind)
{
    atomic_fetch_add(&p->wake, 1);
    if (atomic_load(&p->sleepers) > 0) futex_wake_for(&p->wake, count, kind);
}

static struct lin__pool *pool_of(lin_ctx *ctx)
{
    if (ctx->pool) return ctx->pool;
    struct lin__pool *p = aligned_alloc(64, (sizeof *p + 63) / 64 * 64);
    if (!p) return NULL;
    *p = (struct lin__pool){.spin = lin__cpu_count() > 1 ? spin_seconds : 0};
    p->kernel_threads = ctx->threads - 1 < MOST_THREADS ? ctx->threads - 1 : MOST_THREADS;
    p->parts = 1 + p->kernel_threads;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p);
        return NULL;
    }
    ctx->pool = p;
    return p;
}

/* Have `count` threads, or as many as the system gives. They take no signals: those are the program's; but for the one that a
 * mapped file brings to the thread that reads it, which the program's handler is to hear of. */
static void start(struct lin__pool *p, int count)
{
    if (count > MOST_THREADS) count = MOST_THREADS;
    if (p->started >= count) return;
    sigset_t all, old;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (p->started < count) {
        struct member *m = &p->member[p->started];
        m->pool = p;
        m->index = p->started;
        if (pthread_create(&m->thread, NULL, work, m) != 0) break;
        p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void wait_for_groups(struct lin__pool *p, unsigned groups)
{
    if (spin(p, &p->done, groups, true, false) == groups) return;
    atomic_store(&p->caller_asleep, 1);
    for (unsigned done; (done = atomic_load(&p->done)) != groups;)
        futex_wait(&p->done, done);
    atomic_store(&p->caller_asleep, 0);
}

/* Every thread's part of the groups. */
static void publish(struct lin__pool *p, uint64_t groups)
{
    uint64_t parts = (uint64_t)p->parts;
    p->generation++;
    for (uint64_t i = 0; i < parts; i++) {
        uint64_t next = groups * i / parts, end = groups * (i + 1) / parts;
        atomic_store(&p->part[i].word, p->generation << (2 * NEXT_BITS) | next << NEXT_BITS | end);
    }
}

LIN__HOT void lin__pool_run(lin_ctx *ctx, int64_t blocks, lin__block_fn *f, void *arg)
{
    struct lin__pool *p = ctx->threads > 1 && blocks > 1 ? pool_of(ctx) : NULL;
    if (p) start(p, p->kernel_threads);
    if (!p || p->started == 0) {
        for (int64_t block = 0; block < blocks; block++)
            f(arg, block);
        return;
    }
    int64_t per = (blocks + MOST_GROUPS - 1) / MOST_GROUPS, groups = (blocks + per - 1) / per; /* none is empty */
    atomic_store_explicit(&p->f, f, memory_order_relaxed);
    atomic_store_explicit(&p->arg, arg, memory_order_relaxed);
    atomic_store_explicit(&p->blocks, blocks, memory_order_relaxed);
    atomic_store_explicit(&p->per_group, per, memory_order_relaxed);
    atomic_store(&p->done, 0);
    publish(p, (uint64_t)groups);
    wake_threads(p, p->kernel_threads, FOR_BLOCKS);
    while (run_a_group(p, 0)) {
    }
    wait_for_groups(p, (unsigned)groups);
}

int lin__pool_workers(lin_ctx *ctx, int workers)
{
    if (workers <= 0) return 0;
    struct lin__pool *p = pool_of(ctx);
    if (!p) return 0;
    start(p, workers > p->kernel_threads ? workers : p->kernel_threads);
    return p->started < workers ? p->started : workers;
}

void lin__pool_submit(lin_ctx *ctx, lin__job *job)
{
    struct lin__pool *p = pool_of(ctx);
    if (!p || p->started == 0) { /* nobody to take it: it is done here */
        for (int64_t piece = 0; piece < job->pieces; piece++)
            job->run(job, piece);
        return;
    }
    if (job->pieces == 0) return;
    job->next = NULL;
    job->first = 0;
    job->end = job->pieces;
    atomic_store(&job->left, (unsigned)job->pieces);
    pthread_mutex_lock(&p->lock);
    if (p->last)
        p->last->next = job;
    else
        p->first = job;
    p->last = job;
    atomic_fetch_add(&p->queued, 1);
    pthread_mutex_unlock(&p->lock);
    wake_threads(p, job->pieces < INT_MAX ? (int)job->pieces : INT_MAX, FOR_PIECES);
}

bool lin__job_is_done(const lin__job *job)
{
    return (atomic_load(&job->left) & ~awaited) == 0;
}

bool lin__pool_wait_shortly(lin_ctx *ctx, lin__job *job)
{
    while (run_a_piece(ctx->pool, job)) {
    }
    while (!lin__job_is_done(job) && run_a_piece(ctx->pool, NULL)) { /* others are wanted next */
    }
    if (ctx->pool) spin(ctx->pool, &job->left, 0, true, false);
    return lin__job_is_done(job);
}

void lin__pool_wait(lin_ctx *ctx, lin__job *job)
{
    if (lin__pool_wait_shortly(ctx, job)) return;
    atomic_fetch_or(&job->left, awaited);
    for (unsigned left; (left = atomic_load(&job->left)) != awaited;)
        futex_wait(&job->left, left);
    atomic_store(&job->left, 0);
}

bool lin__pool_cancel(lin_ctx *ctx, lin__job *job)
{
    struct lin__pool *p = ctx->pool;
    if (!p || lin__job_is_done(job)) return true;
    pthread_mutex_lock(&p->lock);
    if (job->first < job->end) {
        unqueue(p, job);
        atomic_fetch_sub(&job->left, (unsigned)(job->end - job->first));
        job->first = job->end;
    }
    pthread_mutex_unlock(&p->lock);
    return lin__job_is_done(job);
}

void lin__pool_free(lin_ctx *ctx)
{
    struct lin__pool *p = ctx->pool;
    if (!p) return;
    atomic_store(&p->quit, true);
    wake_threads(p, INT_MAX, FOR_PIECES);
    for (int i = 0; i < p->started; i++)
        pthread_join(p->member[i].thread, NULL);
    pthread_mutex_destroy(&p->lock);
    free(p);
    ctx->pool = NULL;
}
