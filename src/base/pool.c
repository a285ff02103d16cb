/* The context's threads. Blocks of a kernel are claimed one by one from an atomic word, so a thread that is late or busy with
 * a job costs nothing: the others, the caller among them, take its blocks. Waiting is a short spin, then a futex.
 *
 * A run is published through `claim`: its generation above, the next block below. A thread reads the run's fields, then claims a
 * block by compare-and-swap; success means that the generation, and so the fields, were still those it read. Between runs
 * the word is CLOSED, so a thread that read the old fields cannot claim from the new ones. All ordering is in the atomics. */
#include "base/pool.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_THREADS = 64, MOST_GROUPS = 1 << 20 };

#define INDEX_BITS 24
#define INDEX_MASK (((uint64_t)1 << INDEX_BITS) - 1)
#define CLOSED     INDEX_MASK

/* About 15 µs: longer than a step's pause between two kernels, short beside a time slice. */
static const int spins = 600;

enum { IDLE, QUEUED, RUNNING, AWAITED, DONE }; /* of a job; AWAITED is RUNNING with its owner asleep */

struct lin__pool {
    _Atomic uint64_t claim;
    _Atomic(lin__block_fn *) f;
    _Atomic(void *) arg;
    _Atomic int64_t blocks, groups; /* a group of neighbouring blocks is claimed at once */
    atomic_uint done;               /* groups done in this run */
    atomic_uint caller_asleep;

    pthread_mutex_t lock; /* of the queue of jobs */
    lin__job *first, *last;
    atomic_int queued;

    atomic_uint wake; /* grows with every piece of work */
    atomic_int sleepers;
    atomic_bool quit;
    int spin;
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

static void pause_a_little(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Claim and run one group. False when there is none. */
static bool run_a_group(struct lin__pool *p)
{
    uint64_t claim = atomic_load_explicit(&p->claim, memory_order_acquire);
    for (;;) {
        int64_t group = (int64_t)(claim & INDEX_MASK);
        lin__block_fn *f = atomic_load_explicit(&p->f, memory_order_relaxed);
        void *arg = atomic_load_explicit(&p->arg, memory_order_relaxed);
        int64_t blocks = atomic_load_explicit(&p->blocks, memory_order_relaxed);
        int64_t groups = atomic_load_explicit(&p->groups, memory_order_relaxed);
        if (group == (int64_t)CLOSED || group >= groups) return false;
        if (!atomic_compare_exchange_weak_explicit(&p->claim, &claim, claim + 1, memory_order_acq_rel,
                                                   memory_order_acquire))
            continue;
        int64_t per = (blocks + groups - 1) / groups, from = group * per,
                to = from + per < blocks ? from + per : blocks;
        for (int64_t block = from; block < to; block++)
            f(arg, block);
        /* The caller may be waiting for exactly this one. */
        atomic_fetch_add(&p->done, 1);
        if (atomic_load(&p->caller_asleep)) futex_wake(&p->done, 1);
        return true;
    }
}

static void finish(lin__job *job)
{
    job->run(job);
    if (atomic_exchange(&job->state, DONE) == AWAITED) futex_wake(&job->state, 1);
}

static bool run_a_job(struct lin__pool *p)
{
    if (atomic_load_explicit(&p->queued, memory_order_relaxed) == 0) return false;
    pthread_mutex_lock(&p->lock);
    lin__job *job = p->first;
    if (job) {
        p->first = job->next;
        if (!p->first) p->last = NULL;
        atomic_fetch_sub(&p->queued, 1);
        atomic_store(&job->state, RUNNING);
    }
    pthread_mutex_unlock(&p->lock);
    if (job) finish(job);
    return job;
}

static void *work(void *arg)
{
    struct member *me = arg;
    struct lin__pool *p = me->pool;
    bool kernels = me->index < p->kernel_threads;
    unsigned seen = atomic_load(&p->wake);
    while (!atomic_load(&p->quit)) {
        if ((kernels && run_a_group(p)) || run_a_job(p)) continue;
        unsigned now = atomic_load(&p->wake);
        for (int i = 0; i < p->spin && now == seen; i++) {
            pause_a_little();
            now = atomic_load(&p->wake);
        }
        if (now == seen) {
            atomic_fetch_add(&p->sleepers, 1);
            futex_wait(&p->wake, seen);
            atomic_fetch_sub(&p->sleepers, 1);
            now = atomic_load(&p->wake);
        }
        seen = now;
    }
    return NULL;
}

static void wake_threads(struct lin__pool *p, int count)
{
    atomic_fetch_add(&p->wake, 1);
    if (atomic_load(&p->sleepers) > 0) futex_wake(&p->wake, count);
}

static struct lin__pool *pool_of(lin_ctx *ctx)
{
    if (ctx->pool) return ctx->pool;
    struct lin__pool *p = aligned_alloc(64, (sizeof *p + 63) / 64 * 64);
    if (!p) return NULL;
    *p = (struct lin__pool){.spin = lin__cpu_count() > 1 ? spins : 0};
    atomic_init(&p->claim, CLOSED);
    p->kernel_threads = ctx->threads - 1 < MOST_THREADS ? ctx->threads - 1 : MOST_THREADS;
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
    for (int i = 0; i < p->spin; i++) {
        if (atomic_load_explicit(&p->done, memory_order_acquire) == groups) return;
        pause_a_little();
    }
    atomic_store(&p->caller_asleep, 1);
    for (unsigned done; (done = atomic_load(&p->done)) != groups;)
        futex_wait(&p->done, done);
    atomic_store(&p->caller_asleep, 0);
}

void lin__pool_run(lin_ctx *ctx, int64_t blocks, lin__block_fn *f, void *arg)
{
    struct lin__pool *p = ctx->threads > 1 && blocks > 1 ? pool_of(ctx) : NULL;
    if (p) start(p, p->kernel_threads);
    if (!p || p->started == 0) {
        for (int64_t block = 0; block < blocks; block++)
            f(arg, block);
        return;
    }
    int64_t groups = blocks < MOST_GROUPS ? blocks : MOST_GROUPS;
    int64_t per = (blocks + groups - 1) / groups;
    groups = (blocks + per - 1) / per; /* none is empty */
    uint64_t generation = (atomic_load(&p->claim) >> INDEX_BITS) + 1;
    atomic_store_explicit(&p->f, f, memory_order_relaxed);
    atomic_store_explicit(&p->arg, arg, memory_order_relaxed);
    atomic_store_explicit(&p->blocks, blocks, memory_order_relaxed);
    atomic_store_explicit(&p->groups, groups, memory_order_relaxed);
    atomic_store(&p->done, 0);
    atomic_store(&p->claim, generation << INDEX_BITS);
    wake_threads(p, p->kernel_threads);
    while (run_a_group(p)) {
    }
    wait_for_groups(p, (unsigned)groups);
    atomic_store(&p->claim, (generation + 1) << INDEX_BITS | CLOSED);
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
    job->next = NULL;
    if (!p || p->started == 0) { /* nobody to take it: it is done here */
        job->run(job);
        atomic_store(&job->state, DONE);
        return;
    }
    pthread_mutex_lock(&p->lock);
    atomic_store(&job->state, QUEUED);
    if (p->last)
        p->last->next = job;
    else
        p->first = job;
    p->last = job;
    atomic_fetch_add(&p->queued, 1);
    pthread_mutex_unlock(&p->lock);
    wake_threads(p, 1);
}

/* Take a job out of the queue if it is still there. */
static bool withdraw(struct lin__pool *p, lin__job *job)
{
    if (!p || atomic_load(&job->state) != QUEUED) return false;
    bool found = false;
    pthread_mutex_lock(&p->lock);
    lin__job *before = NULL;
    for (lin__job *j = p->first; j && !found; before = j, j = j->next) {
        if (j != job) continue;
        if (before)
            before->next = job->next;
        else
            p->first = job->next;
        if (p->last == job) p->last = before;
        atomic_fetch_sub(&p->queued, 1);
        atomic_store(&job->state, RUNNING);
        found = true;
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void await(lin_ctx *ctx, lin__job *job)
{
    int spin = ctx->pool ? ctx->pool->spin : 0;
    for (int i = 0; i < spin && atomic_load(&job->state) != DONE; i++)
        pause_a_little();
    for (unsigned state; (state = atomic_load(&job->state)) != DONE;) {
        if (state == IDLE) return; /* never submitted */
        if (state == AWAITED || (state == RUNNING && atomic_compare_exchange_strong(&job->state, &state, AWAITED)))
            futex_wait(&job->state, AWAITED);
    }
}

lin__ran lin__pool_wait_shortly(lin_ctx *ctx, lin__job *job)
{
    if (withdraw(ctx->pool, job)) {
        finish(job);
        return LIN__RAN_HERE;
    }
    while (atomic_load(&job->state) == RUNNING && run_a_job(ctx->pool)) { /* others are wanted next */
    }
    for (int i = 0; i < (ctx->pool ? ctx->pool->spin : 0) && !lin__job_is_done(job); i++)
        pause_a_little();
    return lin__job_is_done(job) ? LIN__RAN_THERE : LIN__RUNS_STILL;
}

void lin__pool_wait(lin_ctx *ctx, lin__job *job)
{
    if (lin__pool_wait_shortly(ctx, job) == LIN__RUNS_STILL) await(ctx, job);
}

bool lin__job_is_done(const lin__job *job)
{
    return atomic_load(&job->state) == DONE;
}

bool lin__pool_cancel(lin_ctx *ctx, lin__job *job)
{
    if (withdraw(ctx->pool, job)) {
        atomic_store(&job->state, IDLE);
        return true;
    }
    await(ctx, job);
    return false;
}

void lin__pool_free(lin_ctx *ctx)
{
    struct lin__pool *p = ctx->pool;
    if (!p) return;
    atomic_store(&p->quit, true);
    wake_threads(p, INT_MAX);
    for (int i = 0; i < p->started; i++)
        pthread_join(p->member[i].thread, NULL);
    pthread_mutex_destroy(&p->lock);
    free(p);
    ctx->pool = NULL;
}

int lin__cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < INT_MAX ? (int)online : 1;
}
