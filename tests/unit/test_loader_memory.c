/* What the loader asks of malloc: nothing in a steady state, and nothing for each row; and what becomes of it when there is no memory. */
#include "support/allocations.h"
#include "support/batches.h"
#include "support/files.h"

static lin_loader *small_batches(lin_dataset *d, int workers, const lin_transform *list, int count)
{
    return lin_loader_new(
        d, &(lin_loader_options){.batch_size = 16, .workers = workers, .transforms = list, .transform_count = count});
}

/* A pass of training steps, with a pass of evaluation inside one of them and another that is left. */
static void train(lin_loader *loader, lin_loader *test, lin_tensor *w)
{
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        lin_tensor *X = lin_reshape(m.X, LIN_SHAPE(m.rows, -1));
        assert_int_equal(lin_backward(lin_mean(lin_square(lin_matmul(X, w)))), 0);
        lin_zero_grad_of(w);
        if (m.step != 1) continue;
        for (lin_batch n = {0}; lin_loader_next(test, &n) > 0;)
            assert_non_null(lin_sum(n.X));
        for (lin_batch n = {0}; lin_loader_next(test, &n) > 0;)
            if (n.step == 2) break;
    }
}

/* Whoever begins another pass does not wait for a worker in the middle of a batch of the last one: that slot comes back late, and
 * another takes its place, once. There are 20 epochs, so that what is asked for in each shows. */
enum { LATE = 8 };

static void a_steady_state_calls_no_malloc(void **state)
{
    (void)state;
    const lin_transform list[] = {lin_resize(8, 8), lin_to_tensor()};
    for (int workers = 0; workers <= 3; workers++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2});
        lin_dataset *d = images(ctx, 100);
        lin_tensor *w = lin_parameter(lin_ones(ctx, LIN_SHAPE(64, 1)));
        lin_loader *loader = small_batches(d, workers, list, 2), *test = small_batches(d, workers, list, 2);
        for (int epoch = 0; epoch < 2; epoch++)
            train(loader, test, w);
        int before = atomic_load(&allocations);
        size_t held = lin_memory(ctx);
        assert_true(before > 0); /* they do go through here */
        for (int epoch = 0; epoch < 20; epoch++)
            train(loader, test, w);
        int more = atomic_load(&allocations) - before;
        assert_in_range(more, 0, workers ? LATE : 0);
        if (more == 0) assert_int_equal(lin_memory(ctx), held);
        check_ok(ctx);
        lin_ctx_free(ctx);
    }
}

/* A pass, or LIN_ENOMEM from the call that could not be granted; 0 if all went well. */
static int one_pass(lin_ctx *ctx, int workers)
{
    lin_dataset *d = numbered(ctx, 100), *one, *other;
    lin_loader *loader = small_batches(d, workers, NULL, 0);
    if (!loader) return lin_error_code_of(ctx);
    lin_batch m = {0};
    int64_t rows, all = 0;
    for (; (rows = lin_loader_next(loader, &m)) > 0; all += rows)
        check_batch(&m);
    assert_int_equal(ctx ? lin_error_code_of(ctx) : 0, rows);
    if (rows < 0) {
        lin_batch zero = {0};
        assert_memory_equal(&m, &zero, sizeof m);
        lin_error_clear(ctx); /* memory is there again: so is the loader */
        assert_int_equal(lin_loader_next(loader, &m), 16);
        check_batch(&m);
        return (int)rows;
    }
    assert_int_equal(all, 100);
    lin_dataset *labelled = lin_with_labels(d, lin_zeros(ctx, LIN_SHAPE(100)));
    if (!labelled || lin_loader_first(loader, &m) < 0 || lin_split(labelled, 0.5, &one, &other))
        return lin_error_code_of(ctx);
    assert_int_equal(lin_rows(one) + lin_rows(other), 100);
    return 0;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    for (int workers = 0; workers <= 2; workers += 2) {
        int failures = 0;
        for (int k = 0;; k++) {
            atomic_store(&refused_allocation, atomic_load(&allocations) + k);
            lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2});
            int code = ctx ? one_pass(ctx, workers) : LIN_ENOMEM;
            assert_true(code == 0 || code == LIN_ENOMEM);
            failures += code != 0;
            lin_ctx_free(ctx);
            bool all_were_granted = atomic_load(&allocations) <= atomic_load(&refused_allocation);
            atomic_store(&refused_allocation, -1);
            if (all_were_granted) break;
            assert_true(k < 1000);
        }
        assert_true(failures > 5);
    }
}

/* A copy that is made late fails like any other allocation: nothing has changed, and it works once there is memory. */
static void no_memory_for_what_was_borrowed(void **state)
{
    (void)state;
    enum { ROWS = 1 << 18 };
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 1});
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(ROWS, 2));
    lin_loader *loader = lin_loader_new(lin_tensor_dataset(LIN_TENSORS(X)),
                                        &(lin_loader_options){.batch_size = LIN_FULL_BATCH, .in_order = true});
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(loader, &m), ROWS);
    for (int who = 0; who < 5; who++) {
        atomic_store(&refused_allocation, atomic_load(&allocations));
        const void *got[] = {who == 0 ? lin_fill_(m.X, 2) : NULL, who == 1 ? lin_fill_(X, 2) : NULL,
                             who == 2 ? lin_f32(m.X) : NULL, who == 3 ? lin_reshape(m.X, LIN_SHAPE(-1)) : NULL,
                             who == 4 ? lin_requires_grad_(m.X, true) : NULL};
        atomic_store(&refused_allocation, -1);
        for (int i = 0; i < 5; i++)
            assert_null(got[i]);
        assert_int_equal(lin_error_code_of(ctx), LIN_ENOMEM);
        lin_error_clear(ctx);
        assert_true(lin_item(lin_sum(X)) == 2 * ROWS && lin_item(lin_sum(m.X)) == 2 * ROWS);
        assert_false(lin_requires_grad(m.X));
    }
    assert_non_null(lin_fill_(X, 2));
    assert_true(lin_item(lin_sum(X)) == 4 * ROWS && lin_item(lin_sum(m.X)) == 2 * ROWS);
    assert_int_equal(lin_loader_next(loader, &m), 0);
    lin_ctx_free(ctx);
}

/* What a shuffled loader over so many rows adds to the context's memory, and at most has. The file has no blocks on the disk, and is
 * mapped. */
static size_t memory_of_shuffling(int64_t rows, int workers)
{
    const char *path = in_folder("rows.npy");
    char header[129];
    int length = snprintf(header, sizeof header,
                          "\x93NUMPY\x01%cv%c{'descr': '|u1', 'fortran_order': False, 'shape': (%lld, 1), }", 0, 0,
                          (long long)rows);
    memset(header + length, ' ', sizeof header - (size_t)length);
    header[127] = '\n';
    put_file(path, header, 128);
    assert_int_equal(truncate(path, 128 + rows), 0);
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2});
    lin_tensor *X = lin_load_npy(ctx, path);
    assert_non_null(X);
    size_t before = lin_memory(ctx), most = before;
    lin_loader *loader = lin_loader_new(lin_tensor_dataset(LIN_TENSORS(X)),
                                        &(lin_loader_options){.batch_size = 256, .workers = workers});
    lin_batch m = {0};
    int64_t steps = (rows + 255) / 256;
    for (int part = 0; part < 3; part++) { /* the first batches, some of the middle, and the last to the end */
        assert_int_equal(lin_loader_seek(loader, &m, 0, part < 2 ? part * steps / 2 : steps - 100), 0);
        int count = 0;
        while (count < 100 && lin_loader_next(loader, &m) == 256) {
            most = lin_memory(ctx) > most ? lin_memory(ctx) : most;
            count++;
        }
        assert_in_range(count, 99, 100); /* the last batch may be short */
    }
    check_ok(ctx);
    lin_ctx_free(ctx);
    return most - before;
}

/* An order is a function, and no list: 10^8 rows take no more than 2·10^6 (as a list of indices they would take 800 MB). */
static void shuffling_needs_no_memory_per_row(void **state)
{
    (void)state;
    for (int workers = 0; workers <= 2; workers += 2) {
        size_t few = memory_of_shuffling(2000000, workers), many = memory_of_shuffling(100000000, workers);
        assert_true(many > 0);
        assert_true(many <= few);
        assert_true(many < 300000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_state_calls_no_malloc),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(no_memory_for_what_was_borrowed),
        cmocka_unit_test(shuffling_needs_no_memory_per_row),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
