/* Resize: byte for byte what Pillow gives, on the stored images of tests/parity/resize (made by make_resize.py). */
#include "data/dataset.h"

#include "base/region.h"
#include "support/support.h"

#include <dirent.h>

/* The images of NAME.in.npy resized by `t`, as one tensor (rows, …). */
static lin_tensor *resize(lin_ctx *ctx, lin_tensor *images, lin_transform t)
{
    lin_dataset d = {.ctx = ctx, .rows = lin_dim(images, 0), .array_count = 1, .array = {images}};
    lin__plan plan;
    assert_int_equal(lin__plan_make(ctx, &plan, &d, &t, 1), 0);
    assert_int_equal(lin__plan_prepare(ctx, lin__here(ctx), &plan), 0);
    int64_t dim[LIN_MAX_DIMS] = {d.rows};
    memcpy(dim + 1, plan.out, (size_t)plan.out_ndim * sizeof *dim);
    lin_tensor *out = lin__tensor_new(ctx, lin__here(ctx), plan.out_type, dim, plan.out_ndim + 1, "test");
    void *scratch = lin__alloc(ctx, lin__here(ctx), plan.scratch_bytes);
    assert_true(out && scratch);
    for (int64_t i = 0; i < d.rows; i++) {
        memset(scratch, 0xa5, plan.scratch_bytes); /* nothing is expected of it */
        lin__plan_run(&plan, lin_u8(images) + i * (int64_t)plan.in_bytes, lin_u8(out) + i * (int64_t)plan.out_bytes,
                      scratch);
    }
    return out;
}

static lin_tensor *stored(lin_ctx *ctx, const char *name, const char *which)
{
    char path[4096];
    snprintf(path, sizeof path, LINNET_SOURCE_DIR "/tests/parity/resize/%s.%s.npy", name, which);
    lin_tensor *t = lin_load_npy(ctx, path);
    if (!t) fail_msg("%s", lin_error(ctx));
    return t;
}

/* NAME says what to do: 28x28_to_64, 28x28_to_28x5. */
static void check_case(lin_ctx *ctx, const char *name)
{
    int height = 0, width = 0;
    assert_true(sscanf(strstr(name, "_to_"), "_to_%dx%d", &height, &width) >= 1);
    lin_tensor *in = stored(ctx, name, "in"), *out = stored(ctx, name, "out");
    lin_tensor *got = lin_squeeze_dim(resize(ctx, lin_unsqueeze(in, 0), lin_resize(height, width)), 0);
    assert_int_equal(lin_ndim(got), lin_ndim(out));
    for (int i = 0; i < lin_ndim(out); i++)
        assert_int_equal(lin_dim(got, i), lin_dim(out, i));
    for (int64_t i = 0; i < lin_numel(out); i++)
        if (lin_u8(got)[i] != lin_u8(out)[i])
            fail_msg("%s: byte %lld is %d, Pillow's is %d", name, (long long)i, lin_u8(got)[i], lin_u8(out)[i]);
}

static void the_sizes_of_the_chapter(void **state)
{
    check_case(*state, "28x28_to_64");
    check_case(*state, "28x28_to_14");
    check_case(*state, "40x60_to_28");
}

static void every_stored_image(void **state)
{
    int count = 0;
    DIR *dir = opendir(LINNET_SOURCE_DIR "/tests/parity/resize");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end = strstr(entry->d_name, ".in.npy");
        if (!end) continue;
        *end = '\0';
        check_case(*state, entry->d_name);
        count++;
    }
    closedir(dir);
    assert_int_equal(count, 12);
}

static void the_size_it_has_is_a_copy(void **state)
{
    lin_tensor *in = lin_unsqueeze(stored(*state, "20x30x3_to_28", "in"), 0),
               *out = resize(*state, in, lin_resize(20, 30));
    assert_memory_equal(lin_u8(in), lin_u8(out), 20 * 30 * 3);
}

/* Each row by itself: what came before leaves nothing behind. */
static void rows_do_not_see_each_other(void **state)
{
    lin_tensor *image = stored(*state, "28x28_to_64", "in"), *expected = stored(*state, "28x28_to_64", "out");
    lin_tensor *white = lin_full_dtype(*state, 255, LIN_SHAPE(28, 28), LIN_U8);
    lin_tensor *out = resize(*state, lin_stack(LIN_TENSORS(white, image, white), 0), lin_resize(64, 0));
    assert_memory_equal(lin_u8(out) + 64 * 64, lin_u8(expected), 64 * 64);
    for (int i = 0; i < 64 * 64; i++)
        assert_true(lin_u8(out)[i] == 255 && lin_u8(out)[2 * 64 * 64 + i] == 255);
}

/* The largest sides, where a position has the most weights: white stays white, so they add up. */
static void the_limits(void **state)
{
    static const int64_t limit = LIN__RESIZE_LIMIT, sizes[][4] = {{1, limit, 1, 1},
                                                                  {limit, 1, 1, 3},
                                                                  {1, 1, limit, 1},
                                                                  {2, limit, 1, limit - 1},
                                                                  {3, 3, 1000, 1000}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t *s = sizes[i];
        lin_region mark = lin_mark(*state);
        lin_tensor *out =
            resize(*state, lin_full_dtype(*state, 255, LIN_SHAPE(1, s[0], s[1]), LIN_U8), lin_resize(s[2], s[3]));
        assert_int_equal(lin_numel(out), s[2] * s[3]);
        for (int64_t k = 0; k < s[2] * s[3]; k++)
            assert_int_equal(lin_u8(out)[k], 255);
        lin_release(mark);
    }
}

/* The weights are the plan's: they are made once, scratch has room for sums and one image, and any number of threads and workers
 * reads them at once. */
static void weights_are_made_once(void **state)
{
    lin_ctx *ctx = *state;
    const lin_transform to_64 = lin_resize(64, 0);
    lin_tensor *images = lin_to(lin_uniform(ctx, 0, 256, LIN_SHAPE(50, 28, 28)), LIN_U8);
    lin_tensor *want = resize(ctx, images, to_64);
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(images));
    lin__plan plan;
    assert_int_equal(lin__plan_make(ctx, &plan, d, &to_64, 1), 0);
    assert_null(plan.table[0]);
    assert_int_equal(plan.scratch_bytes, 64 * sizeof(int32_t) + 28 * 64);
    for (int workers = 0; workers <= 3; workers++) {
        lin_loader *loader = lin_loader_new(
            d, &(lin_loader_options){
                   .batch_size = 16, .in_order = true, .workers = workers, .transforms = &to_64, .transform_count = 1});
        int64_t at = 0;
        for (lin_batch m = {0}; lin_loader_next(loader, &m) > 0; at += m.rows)
            assert_memory_equal(lin_u8(m.X), lin_u8(want) + at * 64 * 64, (size_t)m.rows * 64 * 64);
        assert_int_equal(at, 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_sizes_of_the_chapter),   TEST(every_stored_image), TEST(the_size_it_has_is_a_copy),
        TEST(rows_do_not_see_each_other), TEST(the_limits),         TEST(weights_are_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
