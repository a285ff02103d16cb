/* Regions: a stack of arenas whose memory is used again, and marks that know when they have ended. */
#include "base/region.h"

#include "support/support.h"

static void allocations_are_aligned_and_apart(void **state)
{
    lin_ctx *ctx = *state;
    char *before = NULL;
    for (size_t bytes = 0; bytes < 20000; bytes = bytes * 2 + 1) {
        char *p = lin__alloc(ctx, 0, bytes);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % LIN__ALIGN, 0);
        memset(p, 0x5a, bytes);
        assert_true(p != before || bytes == 0);
        before = p;
    }
}

/* Chunks from 4 MiB on begin at a large page: all of their sizes, of which some are no whole pages. */
static void large_allocations(void **state)
{
    lin_ctx *ctx = *state;
    for (size_t megabytes = 4; megabytes <= 16; megabytes++) {
        lin_region mark = lin_mark(ctx);
        char *p = lin__alloc(ctx, lin__here(ctx), (megabytes << 20) - 4096);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (1 << 21), LIN__ALIGN); /* behind the chunk's header */
        p[0] = p[(megabytes << 20) - 4097] = 1;
        assert_int_equal(lin_release(mark), 0);
    }
}

static void a_loop_of_marks_does_not_grow(void **state)
{
    lin_ctx *ctx = *state;
    size_t held = 0;
    for (int i = 0; i < 10000; i++) {
        lin_region mark = lin_mark(ctx);
        for (int k = 0; k < 20; k++)
            assert_non_null(lin__alloc(ctx, lin__here(ctx), (size_t)100 << k % 12));
        assert_int_equal(lin_release(mark), 0);
        if (i == 0) held = lin_memory(ctx);
    }
    assert_int_equal(lin_memory(ctx), held);
}

/* The first chunk has 4,096 bytes, its header's 64 among them; the second time both chunks come out of the store. */
static void a_chunk_is_filled_to_its_end(void **state)
{
    lin_ctx *ctx = *state;
    for (int round = 0; round < 2; round++) {
        lin_region mark = lin_mark(ctx);
        char *first = lin__alloc(ctx, lin__here(ctx), 62 * 64 - 63);
        char *last = lin__alloc(ctx, lin__here(ctx), 1), *next = lin__alloc(ctx, lin__here(ctx), 0);
        assert_ptr_equal(last, first + 62 * 64);
        assert_non_null(next);
        assert_true(next < first - 64 || next >= first + 4032); /* of another chunk, also for no bytes */
        size_t held = lin_memory(ctx);
        char *long_one = lin__alloc(ctx, lin__here(ctx), 4096); /* half of the second chunk: in it still */
        assert_ptr_equal(long_one, next + 64);
        assert_int_equal(lin_memory(ctx), held);
        assert_int_equal(lin_release(mark), 0);
        check_ok(ctx);
    }
}

/* As the first of a region, or after one small one; then the same again, out of the store. */
static void take_and_release(lin_ctx *ctx, size_t bytes, bool first)
{
    size_t held = 0;
    for (int round = 0; round < 2; round++) {
        lin_region mark = lin_mark(ctx);
        if (!first) assert_non_null(lin__alloc(ctx, lin__here(ctx), 1));
        char *p = lin__alloc(ctx, lin__here(ctx), bytes);
        check_ok(ctx);
        assert_non_null(p);
        p[0] = p[bytes - 1] = 1;
        assert_int_equal(lin_release(mark), 0);
        if (round == 0) held = lin_memory(ctx);
    }
    assert_int_equal(lin_memory(ctx), held);
}

/* Around the size of every chunk that a region grows by, and around what its header leaves of it: 4,032 of 4,096 bytes. A stored
 * chunk without room for them is none to go on in. */
static void what_just_fits_into_a_stored_chunk_and_what_does_not(void **state)
{
    lin_ctx *ctx = *state;
    take_and_release(ctx, 1, true); /* the first chunk is stored */
    for (size_t quarter = 1024; quarter <= 1 << 18; quarter *= 2)
        for (size_t size = 4 * quarter; size < 8 * quarter; size += quarter)
            for (size_t header = 0; header <= LIN__ALIGN; header += LIN__ALIGN)
                for (int more = -1; more <= 1; more++) {
                    take_and_release(ctx, size - header + (size_t)more, true);
                    take_and_release(ctx, size - header + (size_t)more, false);
                }
}

static void release_ends_all_above(void **state)
{
    lin_ctx *ctx = *state;
    lin_region a = lin_mark(ctx), b = lin_mark(ctx), c = lin_mark(ctx);
    assert_int_equal(ctx->depth, 3);
    assert_int_equal(lin_release(b), 0);
    assert_int_equal(ctx->depth, 1);
    assert_false(lin__is_open(c));
    assert_true(lin__is_open(a));
    assert_int_equal(lin_release(c), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "release: this region has ended already");
    lin_region d = lin_mark(ctx); /* takes b's place, but is not b */
    assert_int_equal(lin_release(b), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_true(lin__is_open(d));
    assert_int_equal(lin_release(a), 0);
    assert_int_equal(lin_release((lin_region){0}), 0);
}

static void many_levels(void **state)
{
    lin_ctx *ctx = *state;
    lin_region first = lin_mark(ctx);
    for (int i = 0; i < 1000; i++)
        assert_non_null(lin_mark(ctx).ctx);
    assert_int_equal(ctx->depth, 1001);
    assert_int_equal(lin_release(first), 0);
    assert_int_equal(ctx->depth, 0);
}

static int ends[2], end_count;

static void note_end(void *arg)
{
    ends[end_count++] = *(int *)arg;
}

static void ends_are_called_newest_first(void **state)
{
    lin_ctx *ctx = *state;
    int first = 1, second = 2;
    lin_region mark = lin_mark(ctx);
    assert_int_equal(lin__at_end(ctx, ctx->depth, note_end, &first), 0);
    assert_int_equal(lin__at_end(ctx, ctx->depth, note_end, &second), 0);
    assert_int_equal(lin_release(mark), 0);
    assert_int_equal(end_count, 2);
    assert_int_equal(ends[0], 2);
    assert_int_equal(ends[1], 1);
}

static void scopes_and_steps(void **state)
{
    lin_ctx *ctx = *state;
    assert_int_equal(lin__scope(ctx), 0);
    lin_region scope = lin_mark(ctx);
    lin__open(ctx, true);
    lin__open(ctx, true);
    assert_int_equal(lin__here(ctx), 3);
    assert_int_equal(lin__scope(ctx), 1);
    lin_release(scope);
}

static void what_does_not_fit_is_a_cause(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin__alloc(ctx, 0, SIZE_MAX));
    check_error_has(ctx, LIN_ENOMEM, "out of memory");
    assert_null(lin__alloc(ctx, 0, (size_t)1 << 62));
    check_error_has(ctx, LIN_ENOMEM, "out of memory");
    assert_null(lin__alloc_array(ctx, 0, SIZE_MAX / 2, 4));
    check_error_has(ctx, LIN_ENOMEM, "out of memory");
    assert_non_null(lin__alloc(ctx, 0, 100));
    check_ok(ctx);
}

static void grad_mode_belongs_to_the_region(void **state)
{
    lin_ctx *ctx = *state;
    lin_region a = lin_mark(ctx);
    lin_no_grad(ctx);
    lin_region b = lin_mark(ctx);
    assert_false(lin_grad_enabled(ctx)); /* inherited */
    lin_enable_grad(ctx);
    assert_true(lin_grad_enabled(ctx));
    lin_release(b);
    assert_false(lin_grad_enabled(ctx));
    lin_release(a);
    assert_true(lin_grad_enabled(ctx));
}

static void the_first_cause_stays(void **state)
{
    lin_ctx *ctx = *state;
    assert_string_equal(lin_error(ctx), "no error");
    assert_string_equal(lin_error(NULL), "no context");
    assert_int_equal(lin_fail(ctx, LIN_EDATA, "first %d", 1), LIN_EDATA);
    assert_int_equal(lin_fail(ctx, LIN_EIO, "second"), LIN_EIO);
    check_error(ctx, LIN_EDATA, "first 1");
    lin_fail(ctx, LIN_EDATA, "a\nb\x1b[31m\x7f \xff caf\xc3\xa9");
    check_error(ctx, LIN_EDATA, "a\\x0Ab\\x1B[31m\\x7F \\xFF caf\xc3\xa9");
    assert_string_equal(lin_error_name(LIN_ENOMEM), "LIN_ENOMEM");
    assert_string_equal(lin_error_text(LIN_ENOMEM), "out of memory");
    assert_string_equal(lin_error_text(12345), "unknown error");
    char huge[5000];
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = 0;
    lin_fail(ctx, LIN_EINVAL, "%s", huge);
    assert_true(strlen(lin_error(ctx)) < 2048);
    lin_error_clear(ctx);
}

static void contexts_refuse_bad_options(void **state)
{
    (void)state;
    assert_null(lin_ctx_new(&(lin_ctx_options){.threads = -1}));
    assert_null(lin_ctx_new(&(lin_ctx_options){.threads = 100000}));
    assert_null(lin_ctx_new(&(lin_ctx_options){.dtype = LIN_I64}));
    lin_ctx *ctx = lin_ctx_new(NULL);
    assert_non_null(ctx);
    assert_int_equal(lin_set_default_dtype(ctx, LIN_U8), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_int_equal(lin_set_default_dtype(ctx, LIN_F64), 0);
    assert_int_equal(lin_default_dtype(ctx), LIN_F64);
    lin_ctx_free(ctx);
    lin_ctx_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(allocations_are_aligned_and_apart),
        TEST(large_allocations),
        TEST(a_loop_of_marks_does_not_grow),
        TEST(a_chunk_is_filled_to_its_end),
        TEST(what_just_fits_into_a_stored_chunk_and_what_does_not),
        TEST(release_ends_all_above),
        TEST(many_levels),
        TEST(ends_are_called_newest_first),
        TEST(scopes_and_steps),
        TEST(what_does_not_fit_is_a_cause),
        TEST(grad_mode_belongs_to_the_region),
        TEST(the_first_cause_stays),
        TEST(contexts_refuse_bad_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
