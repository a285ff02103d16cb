/* The pool: every block runs once, jobs run once, whoever takes them. Meant for ThreadSanitizer too. */
#include "base/pool.h"

#include "support/support.h"
#include "support/wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct tally {
    int *count; /* plain memory: a block that ran twice, or was not seen, is a race or a wrong number */
    long *sum;
} tally;

static void count_block(void *arg, int64_t block)
{
    tally *t = arg;
    t->count[block]++;
    long sum = 0;
    for (int i = 0; i < 50; i++)
        sum += (block + 1) * i;
    t->sum[block] = sum;
}

static void run_blocks(int threads, int64_t blocks, int rounds)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = threads});
    tally t = {calloc((size_t)blocks + 1, sizeof(int)), calloc((size_t)blocks + 1, sizeof(long))};
    for (int round = 1; round <= rounds; round++) {
        lin__pool_run(ctx, blocks, count_block, &t);
        for (int64_t b = 0; b < blocks; b++) {
            assert_int_equal(t.count[b], round);
            assert_int_equal(t.sum[b], (b + 1) * 1225);
        }
    }
    free(t.count);
    free(t.sum);
    lin_ctx_free(ctx);
}

static void every_block_runs_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 8; threads++) {
        run_blocks(threads, 0, 2);
        run_blocks(threads, 1, 2);
        run_blocks(threads, 2, 300);
        run_blocks(threads, 37, 300);
    }
    run_blocks(3, 1500000, 1); /* more blocks than can be claimed one by one */
}

typedef struct task {
    lin__job job;
    int ran, value;
} task;

static void run_task(lin__job *job, int64_t piece)
{
    (void)piece;
    task *t = job->arg;
    t->ran++;
    t->value = t->value * 3 + 1;
}

static void jobs_run_once(void **state)
{
    (void)state;
    for (int workers = 0; workers <= 4; workers++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 2});
        assert_true(lin__pool_workers(ctx, workers) <= workers);
        task tasks[64];
        for (int round = 0; round < 100; round++) {
            memset(tasks, 0, sizeof tasks);
            int taken_back = 0;
            for (int i = 0; i < 64; i++) {
                tasks[i].job = (lin__job){.run = run_task, .arg = &tasks[i], .pieces = 1};
                tasks[i].value = i;
                lin__pool_submit(ctx, &tasks[i].job);
            }
            tally t = {(int[8]){0}, (long[8]){0}};
            lin__pool_run(ctx, 8, count_block, &t); /* kernels go on beside them */
            for (int i = 63; i >= 0; i--) {
                if (i % 3 == 0 && lin__pool_cancel(ctx, &tasks[i].job)) {
                    assert_true(tasks[i].ran <= 1);
                    taken_back++;
                    continue;
                }
                lin__pool_wait(ctx, &tasks[i].job);
                assert_int_equal(tasks[i].ran, 1);
                assert_int_equal(tasks[i].value, 3 * i + 1);
            }
            assert_true(taken_back <= 22);
            for (int b = 0; b < 8; b++)
                assert_int_equal(t.count[b], 1);
        }
        lin_ctx_free(ctx);
    }
}

typedef struct pieces {
    lin__job job;
    atomic_int count[40];
} pieces;

static void count_piece(lin__job *job, int64_t piece)
{
    pieces *p = job->arg;
    atomic_fetch_add(&p->count[piece], 1);
}

static int ran(pieces *p)
{
    int sum = 0;
    for (int i = 0; i < p->job.pieces; i++) {
        assert_true(atomic_load(&p->count[i]) <= 1);
        sum += atomic_load(&p->count[i]);
    }
    return sum;
}

/* Every piece runs once; of a job that is taken back, none is begun any more. */
static void pieces_run_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = threads});
        lin__pool_workers(ctx, threads - 1);
        for (int round = 0; round < 400; round++) {
            pieces p[3] = {0};
            for (int k = 0; k < 3; k++) {
                p[k].job = (lin__job){.run = count_piece, .arg = &p[k], .pieces = (round + k) % 40};
                lin__pool_submit(ctx, &p[k].job);
            }
            tally t = {(int[8]){0}, (long[8]){0}};
            lin__pool_run(ctx, 8, count_block, &t);
            if (!lin__pool_cancel(ctx, &p[1].job)) lin__pool_wait(ctx, &p[1].job);
            assert_true(lin__job_is_done(&p[1].job));
            int before = ran(&p[1]);
            lin__pool_wait(ctx, &p[2].job);
            lin__pool_wait(ctx, &p[0].job);
            assert_int_equal(ran(&p[0]), p[0].job.pieces);
            assert_int_equal(ran(&p[1]), before);
            assert_int_equal(ran(&p[2]), p[2].job.pieces);
            for (int b = 0; b < 8; b++)
                assert_int_equal(t.count[b], 1);
        }
        lin_ctx_free(ctx);
    }
}

static sem_t piece_begun, kernel_over;
static atomic_bool came_in_time;

static void hold_a_thread(lin__job *job, int64_t piece)
{
    (void)job;
    (void)piece;
    sem_post(&piece_begun);
    atomic_store(&came_in_time, wait_for(&kernel_over));
}

/* The only other thread is in a piece that ends when the kernel has. */
static void a_kernel_never_waits_for_a_job(void **state)
{
    (void)state;
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 2});
    assert_int_equal(lin__pool_workers(ctx, 1), 1);
    sem_init(&piece_begun, 0, 0);
    sem_init(&kernel_over, 0, 0);
    lin__job job = {.run = hold_a_thread, .pieces = 1};
    lin__pool_submit(ctx, &job);
    while (sem_wait(&piece_begun) != 0) {
    }
    tally t = {(int[37]){0}, (long[37]){0}};
    lin__pool_run(ctx, 37, count_block, &t);
    sem_post(&kernel_over);
    lin__pool_wait(ctx, &job);
    assert_true(atomic_load(&came_in_time));
    for (int b = 0; b < 37; b++)
        assert_int_equal(t.count[b], 1);
    lin_ctx_free(ctx);
}

static sem_t met[2];
static atomic_int meetings;

static void meet(void *arg, int64_t block)
{
    (void)arg;
    sem_post(&met[1 - block]);
    if (wait_for(&met[block])) atomic_fetch_add(&meetings, 1);
}

/* The caller waits in its block for a thread to come for the other one: of five asleep only one takes blocks. */
static void a_kernel_wakes_those_that_take_its_blocks(void **state)
{
    (void)state;
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 2});
    assert_int_equal(lin__pool_workers(ctx, 5), 5);
    sem_init(&met[0], 0, 0);
    sem_init(&met[1], 0, 0);
    for (int round = 1; round <= 30; round++) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); /* long enough for all of them to go to sleep */
        lin__pool_run(ctx, 2, meet, NULL);
        assert_int_equal(atomic_load(&meetings), 2 * round);
    }
    lin_ctx_free(ctx);
}

static void contexts_are_independent(void **state)
{
    (void)state;
    lin_ctx *a = lin_ctx_new(&(lin_ctx_options){.threads = 3}), *b = lin_ctx_new(&(lin_ctx_options){.threads = 2});
    tally t = {(int[16]){0}, (long[16]){0}}, u = {(int[16]){0}, (long[16]){0}};
    for (int i = 0; i < 200; i++) {
        lin__pool_run(a, 16, count_block, &t);
        lin__pool_run(b, 16, count_block, &u);
    }
    for (int i = 0; i < 16; i++)
        assert_int_equal(t.count[i] + u.count[i], 400);
    lin_ctx_free(a);
    lin_ctx_free(b);
}

/* ---- The clock stands still, and counts who asks it -------------------------------------------------------- */

static atomic_bool stands;
static pthread_t owner;
static atomic_int asked; /* by the owner */

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!atomic_load(&stands)) return __real_clock_gettime(clock, now);
    if (pthread_equal(pthread_self(), owner)) atomic_fetch_add(&asked, 1);
    *now = (struct timespec){.tv_sec = 1};
    return 0;
}

static atomic_bool begun;

static void end_when_waited_for(lin__job *job, int64_t piece)
{
    (void)job;
    (void)piece;
    atomic_store(&begun, true);
    while (atomic_load(&asked) < 3)
        nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
}

/* No time passes, so a job that ends at the third look at the clock is waited for. */
static void a_job_that_is_almost_done_is_waited_for(void **state)
{
    (void)state;
    if (lin__cpu_count() < 2) skip(); /* there nobody spins */
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 2});
    owner = pthread_self();
    assert_int_equal(lin__pool_workers(ctx, 1), 1);
    atomic_store(&stands, true);
    lin__job job = {.run = end_when_waited_for, .pieces = 1};
    lin__pool_submit(ctx, &job);
    while (!atomic_load(&begun))
        nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
    lin__pool_wait_shortly(ctx, &job);
    bool done = lin__job_is_done(&job);
    atomic_fetch_add(&asked, 3);
    atomic_store(&stands, false);
    lin__pool_wait(ctx, &job);
    lin_ctx_free(ctx);
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_runs_once),
        cmocka_unit_test(jobs_run_once),
        cmocka_unit_test(pieces_run_once),
        cmocka_unit_test(a_kernel_never_waits_for_a_job),
        cmocka_unit_test(a_kernel_wakes_those_that_take_its_blocks),
        cmocka_unit_test(contexts_are_independent),
        cmocka_unit_test(a_job_that_is_almost_done_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
