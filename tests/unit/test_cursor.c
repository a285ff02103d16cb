/* Cursors: passes that nest, stand side by side, are left, are entered in the middle, and go on after the regions around them
 * have ended. */
#include "base/region.h"
#include "data/dataset.h"

#include "support/batches.h"

static lin_loader *four_at_a_time(lin_ctx *ctx, int workers)
{
    return lin_loader_new(numbered(ctx, 30), &(lin_loader_options){.batch_size = 4, .workers = workers});
}

/* Labels that came, counted. */
static void count(int *seen, const lin_batch *m)
{
    check_batch(m);
    for (int64_t r = 0; r < m->rows; r++)
        seen[lin_i64(m->y)[r]]++;
}

static void check_each_seen(const int *seen, int times)
{
    for (int i = 0; i < 30; i++)
        assert_int_equal(seen[i], times);
}

static void a_step_ends_with_the_next_batch(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = four_at_a_time(ctx, 0);
    lin_region before = {0};
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0; before = m.cursor.region) {
        assert_int_equal(ctx->depth, 1);
        assert_true(lin_grad_enabled(ctx));
        assert_false(lin__is_open(before));
        lin_no_grad(ctx);                               /* for this step only */
        assert_int_equal(lin_parameter(m.X)->depth, 0); /* a thing with identity lives in the scope */
        assert_int_equal(lin_add(m.X, m.X)->depth, 1);
    }
    assert_int_equal(ctx->depth, 0);
    assert_true(lin_grad_enabled(ctx));
    check_ok(ctx);
}

static void passes_nest(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers <= 2; workers++) {
        lin_loader *outer = four_at_a_time(ctx, workers), *other = four_at_a_time(ctx, workers);
        int seen[30] = {0}, inner[30] = {0};
        for (lin_batch m = {0}; lin_loader_next(outer, &m) > 0;) {
            lin_no_grad(ctx);
            for (lin_batch n = {0}; lin_loader_next(m.step % 2 ? outer : other, &n) > 0;) {
                assert_int_equal(ctx->depth, 2);
                assert_false(lin_grad_enabled(ctx)); /* inherited */
                count(inner, &n);
            }
            assert_int_equal(ctx->depth, 1);
            count(seen, &m); /* it is whole still */
        }
        check_each_seen(seen, 1);
        check_each_seen(inner, 8);
    }
    check_ok(ctx);
}

/* a is asked first each time, so it ends b's step with its own: b goes on all the same. */
static void cursors_side_by_side(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers <= 2; workers++) {
        lin_loader *loader = four_at_a_time(ctx, workers);
        int seen[2][30] = {{0}};
        lin_batch a = {0}, b = {0};
        while (lin_loader_next(loader, &a) > 0 && lin_loader_next(loader, &b) > 0) {
            assert_int_equal(a.step, b.step);
            assert_int_equal(ctx->depth, 2);
            count(seen[0], &a);
            count(seen[1], &b);
        }
        check_each_seen(seen[0], 1);
        check_each_seen(seen[1], 1);
    }
    check_ok(ctx);
}

/* The step of a was opened first, so a's batch outlives any number of b's. */
static void a_batch_outlives_those_of_later_cursors(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = four_at_a_time(ctx, 2);
    lin_batch a = {0};
    int64_t labels[30], again[4];
    lin_loader_next(loader, &a);
    lin_loader_next(loader, &a);
    lin_copy_out(a.y, labels);
    for (int i = 0; i < 5; i++) {
        int64_t inner[30];
        assert_int_equal(pass(loader, inner), 30);
        check_batch(&a);
        lin_copy_out(a.y, again);
        assert_memory_equal(again, labels, sizeof again);
    }
}

/* One batch in each scope: what was released is known as such, and the pass goes on. */
static void a_pass_goes_on_after_its_step_was_released(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers <= 2; workers++) {
        lin_loader *loader = four_at_a_time(ctx, workers);
        int seen[30] = {0};
        lin_batch m = {0};
        for (int64_t rows = 1; rows > 0;) {
            lin_region mark = lin_mark(ctx);
            for (int k = 0; k < workers; k++)
                lin_mark(ctx);
            rows = lin_loader_next(loader, &m);
            if (rows > 0) count(seen, &m);
            assert_int_equal(lin_release(mark), 0);
        }
        check_each_seen(seen, 1);
        lin_loader_next(loader, &m);
        assert_int_equal(lin_release(m.cursor.region), 0); /* the step itself */
        lin_region other = lin_mark(ctx);                  /* takes its place, but is not it */
        assert_int_equal(lin_loader_next(loader, &m), 4);
        assert_int_equal(m.step, 1);
        assert_true(lin__is_open(other));
        assert_int_equal(ctx->depth, 2);
        lin_release(other);
    }
    check_ok(ctx);
}

static void a_mark_inside_a_step_ends_with_it(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = four_at_a_time(ctx, 0);
    lin_batch m = {0};
    lin_loader_next(loader, &m);
    lin_region mark = lin_mark(ctx);
    lin_loader_next(loader, &m);
    assert_int_equal(ctx->depth, 1);
    assert_int_equal(lin_release(mark), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "release: this region has ended already");
    check_batch(&m);
}

static void a_copied_cursor_goes_its_own_way(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers <= 2; workers++) {
        lin_loader *loader = four_at_a_time(ctx, workers);
        int64_t want[30], got[30] = {0};
        lin_batch a = {0};
        for (int i = 0; i < 3; i++)
            assert_int_equal(lin_loader_next(loader, &a), 4);
        lin_batch b = a; /* both have had three batches */
        int64_t at = 0;
        for (; lin_loader_next(loader, &a) > 0; at += a.rows)
            lin_copy_out(a.y, want + at);
        assert_int_equal(at, 18);
        for (at = 0; lin_loader_next(loader, &b) > 0; at += b.rows)
            lin_copy_out(b.y, got + at);
        assert_int_equal(at, 18);
        assert_memory_equal(got, want, 18 * sizeof *got);
    }
    check_ok(ctx);
}

/* ---- Passes that are left ---- */

static int64_t leave_by_return(lin_loader *loader, int64_t batches)
{
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        check_batch(&m);
        if (m.step + 1 == batches) return lin_item_i64(lin_sum(m.y));
    }
    return -1;
}

static int64_t leave_by_break(lin_loader *loader, int64_t batches)
{
    int64_t sum = -1;
    for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;) {
        check_batch(&m);
        sum = lin_item_i64(lin_sum(m.y));
        if (m.step + 1 == batches) break;
    }
    return sum;
}

/* Leave a pass after one batch, or two: then it is one that was gathered ahead. */
static void leave(lin_loader *loader, int i)
{
    int64_t sum = i % 2 ? leave_by_return(loader, 1 + i / 2 % 2) : leave_by_break(loader, 1 + i / 2 % 2);
    assert_true(sum >= 0);
}

static void passes_left_inside_a_batch_loop(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers <= 2; workers += 2) {
        lin_loader *outer = four_at_a_time(ctx, workers), *inner = four_at_a_time(ctx, workers);
        int seen[30] = {0}, left = 0;
        size_t held = 0;
        for (int epoch = 0; epoch < 5; epoch++)
            for (lin_batch m = {0}; lin_loader_next(outer, &m) > 0;) {
                assert_int_equal(ctx->depth, 1); /* the steps left open have ended */
                for (int i = 0; i < 250; i++, left++)
                    leave(inner, i);
                count(seen, &m);
                if (left == 250) held = lin_memory(ctx);
            }
        assert_int_equal(left, 10000);
        assert_int_equal(lin_memory(ctx), held);
        check_each_seen(seen, 5);
    }
    check_ok(ctx);
}

static void passes_left_inside_a_mark(void **state)
{
    lin_ctx *ctx = *state;
    for (int workers = 0; workers <= 2; workers += 2) {
        lin_loader *loader = four_at_a_time(ctx, workers);
        size_t held = 0;
        for (int i = 0; i < 10000; i++) {
            lin_region mark = lin_mark(ctx);
            leave(loader, i);
            assert_int_equal(lin_release(mark), 0);
            assert_int_equal(ctx->depth, 0);
            if (i == 16) held = lin_memory(ctx);
        }
        assert_int_equal(lin_memory(ctx), held);
    }
    check_ok(ctx);
}

/* Nothing below them ends, so every batch lives on, and is right: that is what grows, one small chunk a step. */
static void passes_left_at_the_root(void **state)
{
    (void)state;
    enum { PASSES = 10000, STEP_BYTES = 4096, SLOT_BYTES = 2048 };
    for (int workers = 0; workers <= 2; workers += 2) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 1, .threads = 2});
        lin_loader *loader = four_at_a_time(ctx, workers);
        lin_batch kept[100];
        int64_t label[100];
        size_t before = lin_memory(ctx);
        for (int i = 0; i < PASSES; i++) {
            lin_batch m = {0};
            for (int64_t k = 0; k <= i % 2; k++)
                assert_int_equal(lin_loader_next(loader, &m), 4);
            check_batch(&m);
            if (i % 100 == 0) {
                kept[i / 100] = m;
                label[i / 100] = lin_i64(m.y)[0];
            }
        }
        assert_int_equal(ctx->depth, PASSES);
        assert_true(lin_memory(ctx) - before < PASSES * (STEP_BYTES + (workers ? SLOT_BYTES : 0)) + (1 << 20));
        for (int i = 0; i < 100; i++) {
            check_batch(&kept[i]);
            assert_int_equal(lin_i64(kept[i].y)[0], label[i]);
        }
        int64_t labels[30];
        assert_int_equal(pass(loader, labels), 30);
        check_ok(ctx);
        lin_ctx_free(ctx);
    }
}

static void the_cursor_of_another_loader_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *a = four_at_a_time(ctx, 0), *b = four_at_a_time(ctx, 0);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(a, &m), 4);
    assert_int_equal(lin_loader_next(b, &m), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_next: the batch is the cursor of another loader; zero it to begin a pass");
    check_batch(&m); /* nothing has happened to it */
    assert_int_equal(lin_loader_next(a, &m), 4);
    assert_int_equal(m.step, 1);
    lin_ctx *other = lin_ctx_new(NULL);
    assert_int_equal(lin_loader_next(four_at_a_time(other, 0), &m), LIN_EINVAL);
    assert_int_equal(lin_error_code_of(other), LIN_EINVAL);
    check_ok(ctx);
    lin_ctx_free(other);
}

/* ---- Entering a pass in the middle ------------------------------------------------------------------------------- */

enum { PASSES = 3, ROWS = 30, BATCHES = 8 };

/* The labels of PASSES passes, as they come. */
static void natural(lin_loader *loader, int64_t labels[PASSES][ROWS])
{
    for (int p = 0; p < PASSES; p++)
        assert_int_equal(pass(loader, labels[p]), ROWS);
}

static void every_batch_of_every_pass_can_be_entered(void **state)
{
    (void)state;
    for (int workers = 0; workers <= 4; workers += 2)
        for (int in_order = 0; in_order < 2; in_order++)
            for (int p = 0; p < PASSES; p++)
                for (int step = 0; step <= BATCHES; step++) {
                    lin_loader_options o = {.batch_size = 4, .in_order = in_order, .workers = workers};
                    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 5});
                    lin_loader *all = lin_loader_new(numbered(ctx, ROWS), &o);
                    int64_t labels[PASSES][ROWS], rest[ROWS], rows;
                    natural(all, labels);
                    lin_loader *loader = lin_loader_new(numbered(ctx, ROWS), &o);
                    lin__loader_set_number(loader, lin__loader_number(all));
                    lin_batch m = {0};
                    assert_int_equal(lin_loader_seek(loader, &m, p, step), 0);
                    int64_t at = 4 * step;
                    for (int64_t i = step; (rows = lin_loader_next(loader, &m)) > 0; at += rows, i++) {
                        assert_int_equal(m.step, i);
                        check_batch(&m);
                        assert_memory_equal(lin_i64(m.y), labels[p] + at, (size_t)rows * sizeof at);
                    }
                    assert_int_equal(at, step == BATCHES ? 4 * BATCHES : ROWS);
                    for (int next = p + 1; next < PASSES; next++) { /* those that begin later follow */
                        pass(loader, rest);
                        assert_memory_equal(rest, labels[next], sizeof rest);
                    }
                    check_ok(ctx);
                    lin_ctx_free(ctx);
                }
}

static void a_cursor_moves_on_and_back(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = lin_loader_new(numbered(ctx, ROWS), &(lin_loader_options){.batch_size = 4, .in_order = true});
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(loader, &m), 4);
    assert_int_equal(ctx->depth, 1);
    assert_int_equal(lin_loader_seek(loader, &m, 7, 6), 0);
    assert_int_equal(ctx->depth, 0); /* its step has ended */
    assert_null(m.X);
    assert_int_equal(lin_loader_next(loader, &m), 4);
    assert_int_equal(lin_at(m.y, LIN_SHAPE(0)), 24);
    assert_int_equal(lin_loader_seek(loader, &m, 0, 2), 0);
    assert_int_equal(lin_loader_next(loader, &m), 4);
    assert_int_equal(lin_at(m.y, LIN_SHAPE(0)), 8);
    assert_int_equal(ctx->depth, 1);
    check_ok(ctx);
}

static void places_that_no_pass_has(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = four_at_a_time(ctx, 0), *other = four_at_a_time(ctx, 0);
    lin_batch m = {0};
    assert_int_equal(lin_loader_seek(loader, &m, -1, 0), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_seek: there is no pass -1");
    assert_int_equal(lin_loader_seek(loader, &m, (int64_t)1 << 32, 0), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_seek: there is no pass 4294967296");
    assert_int_equal(lin_loader_seek(loader, &m, 0, -1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_seek: there is no batch -1; a pass has 8");
    assert_int_equal(lin_loader_seek(loader, &m, 0, 9), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_seek: there is no batch 9; a pass has 8");
    assert_int_equal(lin_loader_seek(loader, NULL, 0, 0), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_seek: the batch is NULL");
    assert_int_equal(lin_loader_seek(NULL, &m, 0, 0), LIN_EINVAL);
    assert_int_equal(lin_loader_next(other, &m), 4);
    assert_int_equal(lin_loader_seek(loader, &m, 0, 0), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_seek: the batch is the cursor of another loader; zero it to begin a pass");
    check_batch(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_ends_with_the_next_batch),
        TEST(passes_nest),
        TEST(cursors_side_by_side),
        TEST(a_batch_outlives_those_of_later_cursors),
        TEST(a_pass_goes_on_after_its_step_was_released),
        TEST(a_mark_inside_a_step_ends_with_it),
        TEST(a_copied_cursor_goes_its_own_way),
        TEST(passes_left_inside_a_batch_loop),
        TEST(passes_left_inside_a_mark),
        cmocka_unit_test(passes_left_at_the_root),
        TEST(the_cursor_of_another_loader_is_refused),
        cmocka_unit_test(every_batch_of_every_pass_can_be_entered),
        TEST(a_cursor_moves_on_and_back),
        TEST(places_that_no_pass_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
