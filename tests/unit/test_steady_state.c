/* A step in steady state asks the system for no memory: the book's linear regression from scratch and concisely, and softmax
 * regression on images as lin_fit trains it, with the evaluation of a test set. */
#include "support/allocations.h"
#include "support/batches.h"

#include <math.h>

enum { WARM = 3, EPOCHS = 20, BATCH = 10 };

/* Each of them goes through here. The pointers are volatile, since a compiler may leave out memory that nobody uses. */
static void every_call_is_counted(void **state)
{
    (void)state;
    int before = atomic_load(&allocations);
    void *volatile p = malloc(100), *volatile q = calloc(10, 10), *volatile r = aligned_alloc(64, 128);
    p = realloc(p, 200);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p && q && r && map != MAP_FAILED);
    assert_int_equal(atomic_load(&allocations), before + 5);
    munmap(map, 4096);
    free(p);
    free(q);
    free(r);
}

/* Epochs until all memory is there that they need, and then as many more, which ask for none. */
#define CHECK_STEADY(ctx, epoch)                                                     \
    do {                                                                             \
        int first_ = atomic_load(&allocations);                                      \
        lin_region region_ = lin_mark(ctx);                                          \
        for (int e_ = 0; e_ < WARM; e_++)                                            \
            epoch;                                                                   \
        int warm_ = atomic_load(&allocations);                                       \
        assert_true(warm_ > first_); /* of the library's own, so they are counted */ \
        for (int e_ = 0; e_ < EPOCHS; e_++)                                          \
            epoch;                                                                   \
        assert_int_equal(atomic_load(&allocations), warm_);                          \
        check_ok(ctx);                                                               \
        lin_release(region_);                                                        \
    } while (0)

static lin_ctx *with_threads(int threads)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = threads});
    assert_non_null(ctx);
    return ctx;
}

/* ---- From scratch: examples/linear_regression_scratch.c ------------------------------------------------------------- */

static void sgd(lin_tensors params, double lr, int64_t batch_size)
{
    lin_region mark = lin_mark(lin_context(params.at[0]));
    lin_no_grad(mark.ctx);
    for (int i = 0; i < params.count; i++) {
        lin_sub_(params.at[i], lin_mul_scalar(lin_grad(params.at[i]), lr / (double)batch_size));
        lin_zero_(lin_grad(params.at[i]));
    }
    lin_release(mark);
}

static void scratch_step(lin_tensor *X, lin_tensor *y, lin_tensor *w, lin_tensor *b)
{
    lin_tensor *y_hat = lin_add(lin_matmul(X, w), b);
    lin_tensor *l = lin_div_scalar(lin_square(lin_sub(y_hat, lin_reshape(y, lin_size(y_hat)))), 2);
    assert_int_equal(lin_backward(lin_sum(l)), 0);
    sgd(LIN_TENSORS(w, b), 0.03, lin_dim(X, 0));
}

static void scratch_epoch(lin_tensor *features, lin_tensor *labels, lin_tensor *w, lin_tensor *b)
{
    lin_ctx *ctx = lin_context(features);
    lin_region epoch = lin_mark(ctx);
    lin_tensor *order = lin_randperm(ctx, lin_dim(features, 0));
    for (int64_t at = 0; at < lin_dim(features, 0); at += BATCH) {
        lin_region step = lin_mark(ctx);
        lin_tensor *picked = lin_slice(order, 0, at, at + BATCH);
        scratch_step(lin_index(features, picked), lin_index(labels, picked), w, b);
        lin_release(step);
    }
    lin_release(epoch);
}

static void regression(lin_ctx *ctx, lin_tensor **features, lin_tensor **labels)
{
    lin_synthetic_data(ctx, lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2)), 4.2, 1000, 0.01, features, labels);
}

static void a_step_from_scratch_asks_for_no_memory(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        lin_ctx *ctx = with_threads(threads);
        lin_tensor *features, *labels;
        regression(ctx, &features, &labels);
        lin_tensor *w = lin_parameter(lin_normal(ctx, 0, 0.01, LIN_SHAPE(2, 1)));
        lin_tensor *b = lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)));
        CHECK_STEADY(ctx, scratch_epoch(features, labels, w, b));
        assert_true(fabs(lin_item(b) - 4.2) < 0.01); /* they were steps */
        lin_ctx_free(ctx);
    }
}

/* ---- Concisely ------------------------------------------------------------------------------------------------------ */

static void concise_epoch(lin_loader *loader, lin_module *net, lin_optimizer *trainer)
{
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        lin_tensor *l = lin_mse(lin_forward(net, m.X), m.y, NULL);
        lin_zero_grad(trainer);
        assert_int_equal(lin_backward(l), 0);
        assert_int_equal(lin_step(trainer), 0);
    }
}

static void a_concise_step_asks_for_no_memory(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        lin_ctx *ctx = with_threads(threads);
        lin_tensor *features, *labels;
        regression(ctx, &features, &labels);
        lin_loader *loader = lin_loader_new(lin_tensor_dataset(LIN_TENSORS(features, labels)),
                                            &(lin_loader_options){.batch_size = BATCH});
        lin_module *net = lin_sequential(ctx, lin_linear(ctx, 2, 1));
        lin_optimizer *trainer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.03});
        CHECK_STEADY(ctx, concise_epoch(loader, net, trainer));
        assert_true(fabs(lin_item(lin_bias(lin_child(net, 0))) - 4.2) < 0.01);
        lin_ctx_free(ctx);
    }
}

/* ---- Softmax regression on images ------------------------------------------------------------------------------------- */

static lin_dataset *pictures(lin_ctx *ctx, int64_t rows)
{
    lin_tensor *X = lin_to(lin_uniform(ctx, 0, 256, LIN_SHAPE(rows, 28, 28)), LIN_U8);
    return lin_tensor_dataset(LIN_TENSORS(X, lin_to(lin_uniform(ctx, 0, 10, LIN_SHAPE(rows)), LIN_I64)));
}

/* Many more epochs than memory may be asked for below. */
enum { FIT_EPOCHS = 100 };
static int counted_at[FIT_EPOCHS];

static int note_epoch(void *user, const lin_epoch *epoch)
{
    (void)user;
    counted_at[epoch->epoch - 1] = atomic_load(&allocations);
    return 0;
}

/* With a second thread a loader may gather ahead, and whose worker loses its processor in the middle of a batch gets another slot for
 * the next. That is one slot for each of the two loaders, as the pool has one worker to lose: four requests at most for each, however
 * long it goes on. One in every ten epochs is too many. */
enum { LATE = 8 };

/* The default loaders of lin_fit: batches of 256, shuffled, to_tensor; a short last one; the test set after each epoch. */
static void fit_asks_for_no_memory_after_its_first_epochs(void **state)
{
    (void)state;
    if (under_valgrind()) skip(); /* five minutes there */
    for (int threads = 1; threads <= 2; threads++) {
        lin_ctx *ctx = with_threads(threads);
        lin_dataset *train = pictures(ctx, 1500), *test = pictures(ctx, 600);
        lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 784, 10));
        int first = atomic_load(&allocations);
        lin_fit_options options = {.loss = lin_cross_entropy,
                                   .optimizer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 0.1}),
                                   .epochs = FIT_EPOCHS,
                                   .batch_size = 256,
                                   .on_epoch = note_epoch};
        assert_int_equal(lin_fit(net, train, test, &options), 0);
        assert_true(counted_at[0] > first);
        for (int e = WARM; e < FIT_EPOCHS; e++)
            assert_in_range(counted_at[e] - counted_at[WARM - 1], 0, threads == 1 ? 0 : LATE);
        lin_ctx_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_is_counted),
        cmocka_unit_test(a_step_from_scratch_asks_for_no_memory),
        cmocka_unit_test(a_concise_step_asks_for_no_memory),
        cmocka_unit_test(fit_asks_for_no_memory_after_its_first_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
