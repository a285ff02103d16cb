/* base/pool.h: the context's threads. Two kinds of work: blocks of a kernel, on which the caller works too, and jobs in the
 * background (a loader's batches), whose pieces are done by threads that have no block. Functions given to the pool touch neither
 * the context nor its regions. */
#ifndef LINNET_BASE_POOL_H
#define LINNET_BASE_POOL_H

#include "base/context.h"

#include <stdatomic.h>

/* Call f(arg, block) once for every block in [0, blocks), on at most lin_threads(ctx) threads, the caller among them; back when all
 * are done. With one thread, or if no thread could be started, the caller runs them all: it cannot fail. Which thread runs
 * a block must not matter to the result. Not to be called from inside f. */
typedef void lin__block_fn(void *arg, int64_t block);
void lin__pool_run(lin_ctx *ctx, int64_t blocks, lin__block_fn *f, void *arg);

/* A job in the background: run(job, piece) once for every piece, by any threads, the kernels' too. These look for blocks of a kernel
 * between two pieces, so a piece should be short. They take the last piece first, the owner the first. The job is the caller's,
 * who keeps it in place until it was waited for. */
typedef struct lin__job {
    void (*run)(struct lin__job *job, int64_t piece);
    void *arg;
    int64_t pieces;
    struct lin__job *next; /* the pool's, like what follows: zero it */
    int64_t first, end;    /* the pieces that nobody has begun */
    atomic_uint left;      /* pieces that have not ended */
} lin__job;

/* Have at least `workers` threads that take jobs (they are shared with the kernels'). As many as there are; 0 is not an error. */
int lin__pool_workers(lin_ctx *ctx, int workers);
/* Queue a job, first in, first out. */
void lin__pool_submit(lin_ctx *ctx, lin__job *job);
/* Back when the job has run; runs here what nobody has begun. */
void lin__pool_wait(lin_ctx *ctx, lin__job *job);
/* The same, but false if another thread has begun a piece and does not end it soon: it may have lost its processor. */
bool lin__pool_wait_shortly(lin_ctx *ctx, lin__job *job);
bool lin__job_is_done(const lin__job *job);
/* Take back what nobody has begun. False: a piece runs, and the job is still to be waited for. */
bool lin__pool_cancel(lin_ctx *ctx, lin__job *job);

/* Join all threads. */
void lin__pool_free(lin_ctx *ctx);

/* Processors that this process may use, by its affinity mask and its control group's quota, at least 1: base/cpus.c. */
int lin__cpu_count(void);
/* The quota of the groups that are listed as in /proc/self/cgroup, of hierarchies at `root`; INT_MAX: none. */
int lin__cpu_quota(const char *self, const char *root);

#endif
