/* The loader: what a pass gives and in which order, and what it refuses. Cursors: test_cursor.c; workers: test_prefetch.c. */
#include "kernel/kernel.h"
#include "tensor/tensor.h"

#include "support/batches.h"

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

/* ---- What a batch is made of ---------------------------------------------------------------------- */

static void check_first(lin_dataset *d, const lin_loader_options *o, lin_dtype type, lin_shape shape)
{
    lin_batch m = {0};
    assert_int_equal(lin_loader_first(lin_loader_new(d, o), &m), shape.dim[0]);
    assert_int_equal(lin_type(m.X), type);
    assert_int_equal(lin_ndim(m.X), shape.ndim);
    for (int i = 0; i < shape.ndim; i++)
        assert_int_equal(lin_dim(m.X, i), shape.dim[i]);
}

static void transforms_are_the_options_or_the_datasets(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = images(ctx, 6);
    const lin_transform list[] = {lin_resize(10, 8), lin_to_tensor(), lin_normalize(0.5, 0.5), lin_flatten_rows()};
    check_first(d, &(lin_loader_options){.batch_size = 3}, LIN_F32, LIN_SHAPE(3, 1, 5, 4));
    check_first(d, &(lin_loader_options){.batch_size = 3, .raw = true}, LIN_U8, LIN_SHAPE(3, 5, 4));
    check_first(d, &(lin_loader_options){.batch_size = 3, .transforms = list, .transform_count = 4}, LIN_F32,
                LIN_SHAPE(3, 80));
    check_first(d, &(lin_loader_options){.batch_size = 3, .transforms = list, .transform_count = 1}, LIN_U8,
                LIN_SHAPE(3, 10, 8));
    check_first(d, &(lin_loader_options){.batch_size = 3, .transforms = list}, LIN_U8, LIN_SHAPE(3, 5, 4));
    lin_loader *before = lin_loader_new(d, NULL);
    assert_int_equal(lin_set_transforms(d, &list[3], 1), 0);
    check_first(d, &(lin_loader_options){.batch_size = 3}, LIN_U8, LIN_SHAPE(3, 20));
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(before, &m), 1); /* a loader keeps what it was made with */
    assert_int_equal(lin_ndim(m.X), 4);
    check_ok(ctx);
}

/* (H, W, C) bytes become (C, H, W) of x / 255. */
static void images_have_their_channels_first(void **state)
{
    lin_ctx *ctx = *state;
    for (int channels = 1; channels <= 4; channels++) {
        lin_tensor *X = lin_to(lin_uniform(ctx, 0, 256, LIN_SHAPE(7, 3, 5, channels)), LIN_U8);
        lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(X));
        lin_tensor *want = lin_div_scalar(lin_to(lin_permute(X, LIN_DIMS(0, 3, 1, 2)), LIN_F32), 255);
        lin_batch m = {0};
        lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = LIN_FULL_BATCH, .in_order = true});
        assert_int_equal(lin_loader_first(loader, &m), 7);
        assert_int_equal(lin_dim(m.X, 1), channels);
        assert_int_equal(lin_item_i64(lin_sum(lin_eq(m.X, want))), 7 * 15 * channels);
    }
    check_ok(ctx);
}

/* A row of a batch is what lin_row gives, whichever way it was gathered. */
static void rows_of_a_batch_are_rows_of_the_dataset(void **state)
{
    lin_ctx *ctx = *state;
    const lin_transform list[] = {lin_to_tensor(), lin_flatten_rows(), lin_normalize(0.25, 2)};
    lin_dataset *one = images(ctx, 150);
    lin_tensor *colour = lin_to(lin_uniform(ctx, 0, 256, LIN_SHAPE(150, 3, 2, 3)), LIN_U8);
    lin_dataset *three = lin_tensor_dataset(LIN_TENSORS(colour, lin_array(one, 1)));
    for (int i = 0; i < 16; i++) {
        lin_dataset *d = i & 1 ? one : three;
        assert_int_equal(lin_set_transforms(d, list, i >> 2), 0);
        lin_loader *loader =
            lin_loader_new(d, &(lin_loader_options){.batch_size = 70, .in_order = i & 2, .workers = 2});
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0;)
            for (int64_t r = 0; r < m.rows; r += 3) {
                lin_tensor *X;
                assert_int_equal(lin_row(d, lin_i64(m.y)[r], &X, NULL), 0);
                lin_tensor *same = lin_eq(lin_select(m.X, 0, r), X);
                assert_int_equal(lin_item_i64(lin_sum(same)), lin_numel(X));
            }
    }
    check_ok(ctx);
}

static void any_number_of_arrays(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_arange(ctx, 0, 5, 1, LIN_F64), *u8 = lin_arange(ctx, 10, 15, 1, LIN_U8);
    lin_batch m = {0};
    lin_dataset *one = lin_tensor_dataset(LIN_TENSORS(X));
    assert_int_equal(lin_loader_first(lin_loader_new(one, &(lin_loader_options){.batch_size = 2}), &m), 2);
    assert_null(m.y);
    assert_int_equal(m.arrays.count, 1);
    assert_int_equal(lin_ndim(m.X), 1);
    lin_dataset *three = lin_tensor_dataset(LIN_TENSORS(X, u8, lin_zeros(ctx, LIN_SHAPE(5, 0, 3))));
    lin_loader *loader = lin_loader_new(three, &(lin_loader_options){.batch_size = 2, .in_order = true, .workers = 1});
    for (m = (lin_batch){0}; lin_loader_next(loader, &m) > 0;) {
        assert_int_equal(m.arrays.count, 3);
        assert_int_equal(lin_type(m.y), LIN_U8); /* as stored */
        assert_true(lin_f64(m.X)[0] == (double)(2 * m.step) && lin_u8(m.y)[0] == 10 + 2 * m.step);
        assert_int_equal(lin_dim(m.arrays.at[2], 0), m.rows);
        assert_int_equal(lin_numel(m.arrays.at[2]), 0);
    }
    check_ok(ctx);
}

/* ---- The first batch ------------------------------------------------------------------------------- */

static void the_first_batch_opens_no_step(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = lin_loader_new(numbered(ctx, 20), &(lin_loader_options){.batch_size = 6, .workers = 2});
    lin_batch a = {0}, b = {0}, next = {0};
    assert_int_equal(lin_loader_first(loader, &a), 6);
    assert_int_equal(ctx->depth, 0);
    assert_int_equal(lin_loader_first(loader, &b), 6);
    check_batch(&a);
    check_batch(&b);
    assert_int_equal(a.step, 0);
    assert_memory_not_equal(lin_i64(a.y), lin_i64(b.y), 6 * sizeof(int64_t)); /* each is of a fresh pass */
    assert_int_equal(lin_loader_next(loader, &b), 6);                         /* it was no cursor: this begins a pass */
    assert_int_equal(b.step, 0);
    assert_int_equal(lin_loader_next(loader, &b), 6);
    lin_region mark = lin_mark(ctx);
    assert_int_equal(lin_loader_first(loader, &next), 6);
    assert_int_equal(next.X->depth, lin__here(ctx));
    lin_release(mark);
    assert_int_equal(lin_loader_next(loader, &b), 6); /* undisturbed */
    assert_int_equal(b.step, 2);
    check_batch(&a);
    check_ok(ctx);
}

static void the_first_batch_counts_as_a_pass(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 50);
    int64_t want[50], got[50];
    const lin_loader_options o = {.batch_size = 10};
    lin_loader *a = lin_loader_new(d, &o);
    pass(a, got);
    pass(a, want);
    ctx->loaders = 0; /* a twin of it, with the same orders */
    lin_loader *b = lin_loader_new(d, &o);
    lin_batch m = {0};
    lin_loader_first(b, &m);
    assert_memory_equal(lin_i64(m.y), got, 10 * sizeof *got);
    pass(b, got);
    assert_memory_equal(got, want, sizeof want);
}

/* ---- What is refused ------------------------------------------------------------------------------------- */

static void options_out_of_range_are_named(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = images(ctx, 4);
    const lin_transform list[9] = {lin_normalize(0, 1)};
    const struct {
        lin_loader_options o;
        const char *text;
    } bad[] = {
        {{.batch_size = -3}, "loader: batch_size is -3; it must be 1 or more, or LIN_FULL_BATCH"},
        {{.workers = -1}, "loader: workers is -1; it must be 0 to 64"},
        {{.workers = 65}, "loader: workers is 65; it must be 0 to 64"},
        {{.raw = true, .transforms = list, .transform_count = 1}, "loader: raw means no transforms, but 1 are given"},
        {{.transform_count = 2}, "loader: transform_count is 2, but transforms is NULL"},
        {{.transforms = list, .transform_count = 9}, "transforms: 9 of them"},
        {{.transforms = list, .transform_count = 1}, "transforms[0] normalize: rows are u8 (5, 4) here"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(lin_loader_new(d, &bad[i].o));
        check_error_has(ctx, LIN_EINVAL, bad[i].text);
    }
    assert_int_equal(ctx->loaders, 0); /* what was refused has no number */
    assert_non_null(lin_loader_new(d, &(lin_loader_options){.workers = 64}));
    check_ok(ctx);
}

static void null_passes_through(void **state)
{
    lin_ctx *ctx = *state;
    lin_loader *loader = lin_loader_new(numbered(ctx, 30), &(lin_loader_options){.batch_size = 4});
    lin_batch m = {0};
    assert_null(lin_loader_new(NULL, NULL));
    assert_int_equal(lin_loader_next(NULL, &m), LIN_EINVAL);
    assert_int_equal(lin_loader_first(NULL, &m), LIN_EINVAL);
    assert_int_equal(lin_loader_batches(NULL), 0);
    assert_int_equal(lin_loader_batch_size(NULL), 0);
    assert_null(lin_loader_dataset(NULL));
    assert_int_equal(lin_rows(lin_loader_dataset(loader)), 30);
    check_ok(ctx);
    assert_int_equal(lin_loader_next(loader, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_next: the batch is NULL");
    assert_int_equal(lin_loader_first(loader, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "loader_first: the batch is NULL");
    lin_fail(ctx, LIN_EDATA, "an older cause");
    assert_int_equal(lin_loader_next(loader, NULL), LIN_EDATA);
    assert_int_equal(lin_loader_next(loader, &m), 4); /* others go on working */
    check_error(ctx, LIN_EDATA, "an older cause");
}

/* Batches of about 7·10^15 bytes: more than is asked of malloc. */
static void a_batch_that_does_not_fit_is_a_cause(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(lin_full_dtype(ctx, 1, LIN_SHAPE(800000, 1, 1), LIN_U8)));
    const lin_transform list[] = {lin_resize(65536, 65536), lin_to_tensor()};
    for (int workers = 0; workers <= 2; workers++) {
        lin_loader *loader = lin_loader_new(
            d,
            &(lin_loader_options){.batch_size = 400000, .workers = workers, .transforms = list, .transform_count = 2});
        lin_batch m = {0}, zero = {0};
        assert_int_equal(lin_loader_next(loader, &m), LIN_ENOMEM);
        check_error_has(ctx, LIN_ENOMEM, "out of memory");
        assert_memory_equal(&m, &zero, sizeof m);
        assert_int_equal(ctx->depth, 0); /* no step is left */
        assert_int_equal(lin_loader_first(loader, &m), LIN_ENOMEM);
        check_error_has(ctx, LIN_ENOMEM, "out of memory");
        assert_null(m.X);
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
        TEST(transforms_are_the_options_or_the_datasets),
        TEST(images_have_their_channels_first),
        TEST(rows_of_a_batch_are_rows_of_the_dataset),
        TEST(any_number_of_arrays),
        TEST(the_first_batch_opens_no_step),
        TEST(the_first_batch_counts_as_a_pass),
        TEST(options_out_of_range_are_named),
        TEST(null_passes_through),
        TEST(a_batch_that_does_not_fit_is_a_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
