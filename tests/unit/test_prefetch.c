/* Batches gathered ahead by workers: the same bits, as they are when they are wanted, a few at a time, and taken back. */
#include "data/gather.h"

#include "support/batches.h"
#include "support/wait.h"

#include <pthread.h>
#include <time.h>

/* Three passes' bytes, X and y. */
static size_t three_passes(int threads, int workers, bool in_order, const lin_transform *list, int count, char *out)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = threads});
    lin_loader *loader = lin_loader_new(
        images(ctx, 301),
        &(lin_loader_options){
            .batch_size = 32, .workers = workers, .in_order = in_order, .transforms = list, .transform_count = count});
    size_t used = 0;
    for (int p = 0; p < 3; p++)
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;)
            for (int k = 0; k < 2; k++) {
                lin_copy_out(m.arrays.at[k], out + used);
                used += (size_t)lin_numel(m.arrays.at[k]) * lin_dtype_size(lin_type(m.arrays.at[k]));
            }
    check_ok(ctx);
    lin_ctx_free(ctx);
    return used;
}

static void bits_depend_neither_on_threads_nor_on_workers(void **state)
{
    (void)state;
    enum { MOST = 3 * 301 * (12 * 12 * 4 + 8) };
    static char want[MOST], got[MOST];
    const lin_transform list[] = {lin_resize(12, 12), lin_to_tensor(), lin_normalize(0.1, 0.7)};
    for (int count = 0; count <= 3; count++)
        for (int in_order = 0; in_order < 2; in_order++) {
            size_t bytes = three_passes(1, 0, in_order, list, count, want);
            assert_true(bytes > 0 && bytes <= MOST);
            for (int threads = 1; threads <= 3; threads++)
                for (int workers = 0; workers <= 4; workers++) {
                    assert_int_equal(three_passes(threads, workers, in_order, list, count, got), bytes);
                    assert_memory_equal(got, want, bytes);
                }
        }
}

/* Long enough for a worker to gather what it was given: without it the test could only pass. */
static void let_workers_work(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void a_change_in_place_is_seen_by_the_next_batch(void **state)
{
    lin_ctx *ctx = *state;
#ifdef __SANITIZE_THREAD__
    const int most_workers = 0; /* the change may meet a worker that reads; what it has read is thrown away */
#else
    const int most_workers = 2;
#endif
    for (int workers = 0; workers <= most_workers; workers++) {
        lin_tensor *X = lin_zeros(ctx, LIN_SHAPE(40));
        lin_loader *loader = lin_loader_new(lin_tensor_dataset(LIN_TENSORS(X)),
                                            &(lin_loader_options){.batch_size = 8, .workers = workers});
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
            for (int64_t r = 0; r < m.rows; r++)
                assert_true(lin_f32(m.X)[r] == (float)m.step);
            let_workers_work();
            lin_add_scalar_(X, 1);
        }
    }
}

/* Nobody was asked for here: batches that are made of large rows are gathered ahead in pieces. */
static void a_change_in_place_is_seen_in_every_piece(void **state)
{
    lin_ctx *ctx = *state;
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    lin_tensor *X = lin_to(lin_zeros(ctx, LIN_SHAPE(256, 40, 40)), LIN_U8);
    const lin_transform list[] = {lin_to_tensor()};
    for (int in_order = 0; in_order < 2; in_order++) {
        lin_fill_(X, 0);
        lin_loader *loader = lin_loader_new(
            lin_tensor_dataset(LIN_TENSORS(X)),
            &(lin_loader_options){.batch_size = 64, .in_order = in_order, .transforms = list, .transform_count = 1});
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
            for (int64_t i = 0; i < lin_numel(m.X); i++)
                assert_true(lin_f32(m.X)[i] == (float)m.step / 255);
            let_workers_work();
            lin_fill_(X, (double)m.step + 1);
        }
    }
    check_ok(ctx);
}

/* 100 batches of 40,000 bytes: only a few are there at a time. */
static void workers_do_not_run_far_ahead(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(lin_zeros(ctx, LIN_SHAPE(100, 10000))));
    for (int workers = 1; workers <= 4; workers++) {
        size_t before = lin_memory(ctx);
        lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.workers = workers});
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        }
        assert_true(lin_memory(ctx) - before < 100 * 40000 / 2);
    }
}

/* Without being asked no thread gathers batches so large ahead: each takes the memory of one more. */
static void large_batches_take_the_memory_of_one(void **state)
{
    (void)state;
    enum { ROWS = 2200, BATCHES = 3 }; /* 36 MB as floats */
    for (int threads = 1; threads <= 2; threads++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = threads});
        lin_dataset *d =
            lin_tensor_dataset(LIN_TENSORS(lin_to(lin_zeros(ctx, LIN_SHAPE(BATCHES * ROWS, 64, 64)), LIN_U8)));
        size_t before = lin_memory(ctx);
        lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = ROWS});
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;)
            assert_int_equal(lin_type(m.X), LIN_F32);
        assert_true(lin_memory(ctx) - before < 2 * (size_t)ROWS * 64 * 64 * sizeof(float));
        check_ok(ctx);
        lin_ctx_free(ctx);
    }
}

/* Batches that are being gathered when their loader ends, or its context, are taken back. */
static void a_loader_ends_in_the_middle_of_a_pass(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 1, .threads = 1 + i % 3});
        for (int k = 0; k < 3; k++) {
            lin_region mark = lin_mark(ctx);
            lin_loader *loader =
                lin_loader_new(images(ctx, 500), &(lin_loader_options){.batch_size = 50, .workers = 1 + i % 4});
            lin_batch m = {0};
            for (int step = 0; step <= (i + k) % 5; step++)
                assert_int_equal(lin_loader_next(loader, &m), 50);
            if (k < 2) assert_int_equal(lin_release(mark), 0);
        }
        check_ok(ctx);
        lin_ctx_free(ctx);
    }
}

/* ---- Without being asked --------------------------------------------------------------------------------- */

static pthread_t owner;
static bool wait_for_worker;     /* the caller gathers nothing before a worker has begun */
static atomic_bool hold_workers; /* each, from the first batch it is given until the passes are over */
static sem_t begun, passes_over;
static atomic_int by_a_worker; /* batches, or pieces of them */
static int when_wanted;        /* batches that were gathered by the caller, and for nobody else */
static int before_the_end;     /* the same when the passes were over */

static void before_gathering(void)
{
    if (!pthread_equal(pthread_self(), owner)) {
        atomic_fetch_add(&by_a_worker, 1);
        sem_post(&begun);
        if (atomic_load(&hold_workers)) wait_for(&passes_over);
    } else if (wait_for_worker) {
        wait_for_worker = false;
        wait_for(&begun);
    }
}

/* What is gathered ahead, by whoever does it, and what is gathered when it is wanted. */
void __real_lin__gather_task(lin__gather *g, int64_t task);
void __wrap_lin__gather_task(lin__gather *g, int64_t task);
void __wrap_lin__gather_task(lin__gather *g, int64_t task)
{
    before_gathering();
    __real_lin__gather_task(g, task);
}

int __real_lin__gather_run(lin_ctx *ctx, lin__gather *g);
int __wrap_lin__gather_run(lin_ctx *ctx, lin__gather *g);
int __wrap_lin__gather_run(lin_ctx *ctx, lin__gather *g)
{
    before_gathering();
    when_wanted++;
    return __real_lin__gather_run(ctx, g);
}

enum { SHORT_ROWS = 1 << 18, LONG_ENOUGH = 20 }; /* in 8 MiB of rows of 8 floats */

/* A hash of two passes' batches; the second one ends early. */
static uint64_t two_passes(int threads, bool in_order)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = threads});
    lin_tensor *X = lin_reshape(lin_arange(ctx, 0, SHORT_ROWS * 8, 1, LIN_F32), LIN_SHAPE(SHORT_ROWS, 8));
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X, lin_arange(ctx, 0, SHORT_ROWS, 1, LIN_I64)));
    lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = 1000, .in_order = in_order});
    uint64_t hash = 0;
    atomic_store(&by_a_worker, 0);
    sem_init(&begun, 0, 0);
    sem_init(&passes_over, 0, 0);
    for (int64_t batches = SHORT_ROWS; batches > 0; batches = batches == SHORT_ROWS ? LONG_ENOUGH : 0)
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0 && m.step < batches;)
            for (int k = 0; k < 2; k++) {
                const lin_tensor *t = m.arrays.at[k];
                hash = lin__hash(t->data, (size_t)t->numel * lin__size_of((lin_dtype)t->dtype), hash);
            }
    before_the_end = atomic_load(&by_a_worker);
    atomic_store(&hold_workers, false);
    sem_post(&passes_over);
    check_ok(ctx);
    lin_ctx_free(ctx);
    return hash;
}

static void short_rows_in_a_random_order_have_a_worker(void **state)
{
    (void)state;
    owner = pthread_self();
    wait_for_worker = false;
    atomic_store(&hold_workers, false);
    uint64_t alone = two_passes(1, false);
    assert_int_equal(before_the_end, 0);
    wait_for_worker = true;
    assert_int_equal(two_passes(2, false), alone);
    assert_true(before_the_end > 0);
    two_passes(2, true);
    assert_int_equal(before_the_end, 0); /* in order there is nothing to wait for */
}

/* The worker has its first batch until both passes are over: neither the first nor the begin of the second waits for it. */
static void nobody_waits_for_a_worker_without_a_processor(void **state)
{
    (void)state;
    owner = pthread_self();
    wait_for_worker = false;
    atomic_store(&hold_workers, false);
    uint64_t alone = two_passes(1, false);
    wait_for_worker = true;
    atomic_store(&hold_workers, true);
    assert_int_equal(two_passes(2, false), alone);
    assert_int_equal(before_the_end, 1);
}

/* What was gathered before a change is of no use, and no worker is asked for it once more, who might not come. */
static void after_a_change_the_caller_gathers(void **state)
{
    lin_ctx *ctx = *state;
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    owner = pthread_self();
    wait_for_worker = false;
    atomic_store(&hold_workers, false);
    lin_tensor *X = lin_zeros(ctx, LIN_SHAPE(SHORT_ROWS, 8));
    for (int workers = 0; workers <= 2; workers++) {
        lin_loader *loader = lin_loader_new(lin_tensor_dataset(LIN_TENSORS(X)),
                                            &(lin_loader_options){.batch_size = 1000, .workers = workers});
        int64_t batches = 0;
        when_wanted = 0;
        for (lin_batch m = {0}; batches < LONG_ENOUGH && lin_loader_next(loader, &m) > 0; batches++)
            lin_add_scalar_(X, 1);
        assert_int_equal(when_wanted, batches);
    }
    check_ok(ctx);
}

/* Two passes over 1,000 images as floats. */
static uint64_t passes_of_images(int threads, bool in_order)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = threads});
    lin_tensor *X = lin_to(lin_uniform(ctx, 0, 256, LIN_SHAPE(1000, 28, 28)), LIN_U8);
    const lin_transform list[] = {lin_to_tensor()};
    lin_loader_options options = {.batch_size = 256, .in_order = in_order, .transforms = list, .transform_count = 1};
    lin_loader *loader = lin_loader_new(lin_tensor_dataset(LIN_TENSORS(X)), &options);
    uint64_t hash = 0;
    atomic_store(&by_a_worker, 0);
    sem_init(&begun, 0, 0);
    for (int pass = 0; pass < 2; pass++)
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;)
            hash = lin__hash(lin_f32(m.X), (size_t)lin_numel(m.X) * sizeof(float), hash);
    check_ok(ctx);
    lin_ctx_free(ctx);
    return hash;
}

/* The caller waits for a thread of the kernels to take a piece of the next batch: it would wait for ever if none did. */
static void idle_threads_gather_pieces_of_the_next_batch(void **state)
{
    (void)state;
    owner = pthread_self();
    atomic_store(&hold_workers, false);
    for (int in_order = 0; in_order < 2; in_order++) {
        wait_for_worker = false;
        uint64_t alone = passes_of_images(1, in_order);
        assert_int_equal(atomic_load(&by_a_worker), 0);
        for (int threads = 2; threads <= 4; threads++) {
            wait_for_worker = true;
            assert_int_equal(passes_of_images(threads, in_order), alone);
            assert_true(atomic_load(&by_a_worker) > 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_depend_neither_on_threads_nor_on_workers),
        TEST(a_change_in_place_is_seen_by_the_next_batch),
        TEST(a_change_in_place_is_seen_in_every_piece),
        TEST(workers_do_not_run_far_ahead),
        cmocka_unit_test(large_batches_take_the_memory_of_one),
        cmocka_unit_test(a_loader_ends_in_the_middle_of_a_pass),
        cmocka_unit_test(short_rows_in_a_random_order_have_a_worker),
        cmocka_unit_test(nobody_waits_for_a_worker_without_a_processor),
        TEST(after_a_change_the_caller_gathers),
        cmocka_unit_test(idle_threads_gather_pieces_of_the_next_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
