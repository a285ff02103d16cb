/* The loader: what a pass gives and in which order, cursors that nest and are left, and what it refuses. */
#include "base/region.h"
#include "data/dataset.h"
#include "kernel/kernel.h"

#include "support/support.h"

/* Row r of X is (2r, 2r + 1), its label r. */
static lin_dataset *numbered(lin_ctx *ctx, int64_t rows)
{
    lin_tensor *X = lin_reshape(lin_arange(ctx, 0, 2 * (double)rows, 1, LIN_F32), LIN_SHAPE(rows, 2));
    return lin_tensor_dataset(LIN_TENSORS(X, lin_arange(ctx, 0, (double)rows, 1, LIN_I64)));
}

/* X and y belong together. */
static void check_batch(const lin_batch *m)
{
    assert_int_equal(lin_dim(m->X, 0), m->rows);
    assert_int_equal(lin_dim(m->y, 0), m->rows);
    assert_int_equal(m->arrays.count, 2);
    assert_ptr_equal(m->arrays.at[0], m->X);
    assert_ptr_equal(m->arrays.at[1], m->y);
    const float *X = lin_f32(m->X);
    const int64_t *y = lin_i64(m->y);
    for (int64_t r = 0; r < m->rows; r++)
        assert_true(X[2 * r] == (float)(2 * y[r]) && X[2 * r + 1] == (float)(2 * y[r] + 1));
}

/* The labels of a whole pass, in the order in which they come; how many. */
static int64_t pass(lin_loader *loader, int64_t *labels)
{
    int64_t count = 0, steps = 0, rows;
    lin_batch m = {0};
    while ((rows = lin_loader_next(loader, &m)) > 0) {
        assert_int_equal(m.rows, rows);
        assert_int_equal(m.step, steps++);
        check_batch(&m);
        lin_copy_out(m.y, labels + count);
        count += rows;
    }
    assert_int_equal(rows, 0);
    assert_int_equal(steps, lin_loader_batches(loader));
    lin_batch zero = {0};
    assert_memory_equal(&m, &zero, sizeof m); /* as it was: the next call would begin anew */
    return count;
}

static void in_order_with_a_short_last_batch(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = lin_loader_new(numbered(ctx, 10), &(lin_loader_options){.batch_size = 4, .in_order = true});
    assert_int_equal(lin_loader_batches(loader), 3);
    assert_int_equal(lin_loader_batch_size(loader), 4);
    const int64_t rows[] = {4, 4, 2};
    int64_t at = 0;
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        assert_int_equal(m.rows, rows[m.step]);
        check_batch(&m);
        assert_int_equal(lin_i64(m.y)[0], at);
        at += m.rows;
    }
    assert_int_equal(at, 10);
    check_ok(ctx);
}

static void without_the_last(void **state)
{
    lin_ctx *ctx = *state;
    int64_t labels[10];
    const lin_loader_options four = {.batch_size = 4, .drop_last = true};
    lin_loader *loader = lin_loader_new(numbered(ctx, 10), &four);
    assert_int_equal(lin_loader_batches(loader), 2);
    assert_int_equal(pass(loader, labels), 8);
    loader = lin_loader_new(numbered(ctx, 8), &four); /* nothing to drop */
    assert_int_equal(pass(loader, labels), 8);
    loader = lin_loader_new(numbered(ctx, 3), &four);
    assert_int_equal(lin_loader_batches(loader), 0);
    assert_int_equal(pass(loader, labels), 0);
}

static void one_row_by_default(void **state)
{
    lin_ctx *ctx = *state;
    int64_t labels[3];
    lin_loader *loader = lin_loader_new(numbered(ctx, 3), NULL);
    assert_int_equal(lin_loader_batch_size(loader), 1);
    assert_int_equal(lin_loader_batches(loader), 3);
    assert_int_equal(pass(loader, labels), 3);
}

static void all_rows_at_once(void **state)
{
    lin_ctx *ctx = *state;
    int64_t labels[10];
    lin_dataset *d = numbered(ctx, 10);
    const int64_t sizes[] = {LIN_FULL_BATCH, 10, 11, LIN_FULL_BATCH - 1};
    for (int i = 0; i < 4; i++) {
        lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = sizes[i], .workers = i});
        assert_int_equal(lin_loader_batches(loader), 1);
        assert_int_equal(pass(loader, labels), 10);
    }
    lin_loader *full = lin_loader_new(d, &(lin_loader_options){.batch_size = LIN_FULL_BATCH, .drop_last = true});
    assert_int_equal(lin_loader_batch_size(full), 10);
    assert_int_equal(pass(full, labels), 10);
}

static void no_rows_make_an_empty_pass(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers < 3; workers++)
        for (int full = 0; full < 2; full++) {
            lin_loader *loader = lin_loader_new(
                numbered(ctx, 0), &(lin_loader_options){.batch_size = full ? LIN_FULL_BATCH : 4, .workers = workers});
            lin_batch m = {0};
            assert_int_equal(lin_loader_batches(loader), 0);
            assert_int_equal(lin_loader_next(loader, &m), 0);
            assert_int_equal(lin_loader_first(loader, &m), 0);
            assert_null(m.X);
        }
    check_ok(ctx);
    assert_int_equal(ctx->depth, 0);
}

/* The order is what the comment in loader.c says: checked against the bijection itself. */
static void the_order_of_a_pass_is_a_keyed_bijection(void **state)
{
    lin_ctx *ctx = *state;
    enum { ROWS = 103 };
    lin_dataset *d = numbered(ctx, ROWS);
    lin_loader *loader[2];
    for (int l = 0; l < 2; l++)
        loader[l] = lin_loader_new(d, &(lin_loader_options){.batch_size = 10});
    for (uint64_t p = 0; p < 3; p++)
        for (uint64_t l = 0; l < 2; l++) {
            int64_t got[ROWS], want[ROWS];
            assert_int_equal(pass(loader[l], got), ROWS);
            lin__perm perm;
            lin__stream stream = {.seed = 42, .kind = LIN__STREAM_LOADER, .number = l << 32 | p};
            lin__perm_init(&perm, &stream, ROWS);
            lin__perm_fill(&perm, 0, ROWS, want);
            assert_memory_equal(got, want, sizeof got);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(in_order_with_a_short_last_batch),
        TEST(without_the_last),
        TEST(one_row_by_default),
        TEST(all_rows_at_once),
        TEST(no_rows_make_an_empty_pass),
        TEST(the_order_of_a_pass_is_a_keyed_bijection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
