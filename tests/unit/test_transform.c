/* Transforms: what a plan makes of a row's shape and type, its numbers, and the lists that it refuses. */
#include "data/dataset.h"

#include "base/region.h"
#include "support/support.h"

#include <math.h>

/* A dataset of one array: all that a plan looks at. */
static lin_dataset over(lin_tensor *X)
{
    assert_non_null(X);
    return (lin_dataset){.ctx = lin_context(X), .rows = lin_dim(X, 0), .array_count = 1, .array = {X}};
}

/* Row 0 of X through the list, as a tensor. */
static lin_tensor *run(lin_tensor *X, const lin_transform *list, int count)
{
    lin_ctx *ctx = lin_context(X);
    lin_dataset d = over(X);
    lin__plan plan;
    if (lin__plan_make(ctx, &plan, &d, list, count) || lin__plan_prepare(ctx, lin__here(ctx), &plan)) return NULL;
    lin_tensor *out = lin__tensor_new(ctx, lin__here(ctx), plan.out_type, plan.out, plan.out_ndim, "test");
    void *scratch = lin__alloc(ctx, lin__here(ctx), plan.scratch_bytes);
    assert_non_null(scratch);
    assert_int_equal(plan.out_bytes, (size_t)lin_numel(out) * lin_dtype_size(lin_type(out)));
    lin__plan_run(&plan, X->data, out->data, scratch);
    return out;
}
#define RUN(X, ...) run(X, (lin_transform[]){__VA_ARGS__}, LIN_COUNT(lin_transform, __VA_ARGS__))

static void check_shape(lin_tensor *t, lin_shape shape)
{
    assert_non_null(t);
    assert_int_equal(lin_ndim(t), shape.ndim);
    for (int i = 0; i < shape.ndim; i++)
        assert_int_equal(lin_dim(t, i), shape.dim[i]);
}

static void no_transforms_copy_the_row(void **state)
{
    lin_tensor *X = lin_from_f64(*state, (double[]){1, 2, 3, 4}, LIN_SHAPE(2, 2));
    lin_tensor *row = run(X, NULL, 0);
    check_shape(row, LIN_SHAPE(2));
    CHECK_VALUES(row, 0, 1, 2);
}

static void flatten_only_renames(void **state)
{
    lin_dataset d = over(lin_zeros(*state, LIN_SHAPE(5, 2, 3, 4)));
    lin__plan plan;
    assert_int_equal(lin__plan_make(*state, &plan, &d, &(lin_transform){.kind = LIN_FLATTEN}, 1), 0);
    assert_int_equal(plan.count, 0);
    assert_int_equal(plan.scratch_bytes, 0);
    assert_int_equal(plan.out_ndim, 1);
    assert_int_equal(plan.out[0], 24);
    check_shape(RUN(lin_zeros(*state, LIN_SHAPE(3)), lin_flatten_rows()), LIN_SHAPE(1)); /* rows that are scalars */
}

static void to_tensor_divides_every_byte_correctly_rounded(void **state)
{
    uint8_t bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    lin_tensor *image = RUN(lin_from_u8(*state, bytes, LIN_SHAPE(1, 16, 16)), lin_to_tensor());
    check_shape(image, LIN_SHAPE(1, 16, 16));
    for (int i = 0; i < 256; i++)
        assert_true(lin_f32(image)[i] == (float)i / 255.0f);
}

static void to_tensor_puts_channels_first(void **state)
{
    enum { H = 3, W = 700, C = 3 }; /* more pixels than a piece has */
    static uint8_t bytes[H * W * C];
    for (int i = 0; i < H * W * C; i++)
        bytes[i] = (uint8_t)(i * 7 % 251);
    lin_tensor *image = RUN(lin_from_u8(*state, bytes, LIN_SHAPE(1, H, W, C)), lin_to_tensor());
    check_shape(image, LIN_SHAPE(C, H, W));
    for (int c = 0; c < C; c++)
        for (int i = 0; i < H * W; i++)
            assert_true(lin_f32(image)[c * H * W + i] == (float)bytes[i * C + c] / 255.0f);
    check_shape(RUN(lin_from_u8(*state, bytes, LIN_SHAPE(1, 4, 5, 1)), lin_to_tensor()), LIN_SHAPE(1, 4, 5));
    check_shape(RUN(lin_from_u8(*state, bytes, LIN_SHAPE(1, 4, 0)), lin_to_tensor()), LIN_SHAPE(1, 4, 0));
}

/* The bytes of an image with channels first: 0, 1, 2 … */
static lin_tensor *planes(lin_ctx *ctx, int64_t c, int64_t h, int64_t w)
{
    return lin_reshape(lin_to(lin_arange(ctx, 0, (double)(c * h * w), 1, LIN_I64), LIN_U8), LIN_SHAPE(1, c, h, w));
}

static void to_tensor_leaves_channels_that_are_first(void **state)
{
    for (int c = 1; c <= 4; c++) {
        lin_tensor *X = planes(*state, c, 3, 6), *image = RUN(X, lin_to_tensor());
        check_shape(image, LIN_SHAPE(c, 3, 6));
        for (int i = 0; i < c * 18; i++)
            assert_true(lin_f32(image)[i] == (float)i / 255.0f);
    }
}

/* PyTorch's (n, 3, 28, 28) and NumPy's (n, 28, 28, 3); what fits both readings is NumPy's. */
static void which_size_is_the_channels(void **state)
{
    const struct {
        int64_t row[3], image[3];
    } cases[] = {
        {{1, 28, 28}, {1, 28, 28}}, {{3, 28, 28}, {3, 28, 28}}, {{4, 2, 5}, {4, 2, 5}},   {{28, 28, 1}, {1, 28, 28}},
        {{28, 28, 4}, {4, 28, 28}}, {{3, 28, 4}, {4, 3, 28}},   {{1, 28, 1}, {1, 1, 28}}, {{4, 4, 4}, {4, 4, 4}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t *r = cases[i].row;
        lin_tensor *image = RUN(planes(*state, r[0], r[1], r[2]), lin_to_tensor());
        check_shape(image, lin_shape_of(3, cases[i].image));
    }
}

static void resize_takes_each_channel_that_is_first(void **state)
{
    enum { C = 3, H = 5, W = 7 };
    lin_tensor *X = planes(*state, C, H, W);
    lin_tensor *small = RUN(X, lin_resize(4, 4), lin_to_tensor()); /* (3, 4, 4) still has its channels first */
    check_shape(small, LIN_SHAPE(C, 4, 4));
    check_shape(RUN(X, lin_resize(10, 0)), LIN_SHAPE(C, 10, 14));
    for (int c = 0; c < C; c++) {
        lin_tensor *plane = lin_clone(lin_select(X, 1, c)); /* (1, H, W) */
        lin_tensor *alone = RUN(plane, lin_resize(4, 4), lin_to_tensor());
        assert_memory_equal(lin_f32(small) + c * 16, lin_f32(alone), 16 * sizeof(float));
    }
}

static void normalize_subtracts_then_divides(void **state)
{
    lin_tensor *X = lin_from_f32(*state, (float[]){0, 0.5f, 1, 0.3f}, LIN_SHAPE(1, 4));
    lin_tensor *y = RUN(X, lin_normalize(0.1307, 0.3081));
    for (int i = 0; i < 4; i++) {
        float difference = lin_f32(X)[i] - 0.1307f; /* rounded in between, as torchvision's two ops are */
        assert_true(lin_f32(y)[i] == difference / 0.3081f);
    }
    lin_tensor *d = lin_from_f64(*state, (double[]){1, 2}, LIN_SHAPE(1, 2));
    CHECK_VALUES(RUN(d, lin_normalize(1, 4)), 0, 0, 0.25);
}

static void normalize_by_channel(void **state)
{
    lin_transform t = {.kind = LIN_NORMALIZE, .channels = 3, .mean = {0, 1, 0.5}, .std = {1, 2, 0.25}};
    uint8_t pixels[] = {0, 255, 255, 255, 0, 0}; /* (1, 2, 3): two pixels */
    lin_tensor *y = RUN(lin_from_u8(*state, pixels, LIN_SHAPE(1, 1, 2, 3)), lin_to_tensor(), t, lin_flatten_rows());
    check_shape(y, LIN_SHAPE(6));
    CHECK_VALUES(y, 0, 0, 1, 0, -0.5, 2, -2);
}

static void a_list_runs_in_order(void **state)
{
    lin_tensor *X = lin_full_dtype(*state, 51, LIN_SHAPE(2, 40, 60), LIN_U8);
    lin_tensor *y =
        RUN(X, lin_resize(50, 70), lin_resize(20, 0), lin_to_tensor(), lin_normalize(0.2, 0.5), lin_flatten_rows());
    check_shape(y, LIN_SHAPE(20 * 28));
    for (int i = 0; i < 20 * 28; i++)
        assert_true(lin_f32(y)[i] == 0);
}

static void one_size_sets_the_shorter_side(void **state)
{
    lin_tensor *wide = lin_full_dtype(*state, 0, LIN_SHAPE(1, 40, 60), LIN_U8);
    check_shape(RUN(wide, lin_resize(28, 0)), LIN_SHAPE(28, 42));
    check_shape(RUN(wide, lin_resize(27, 0)), LIN_SHAPE(27, 40)); /* 27 · 60 / 40 = 40.5, cut */
    check_shape(RUN(wide, lin_resize(28, 28)), LIN_SHAPE(28, 28));
    lin_tensor *tall = lin_full_dtype(*state, 0, LIN_SHAPE(1, 60, 40, 3), LIN_U8);
    check_shape(RUN(tall, lin_resize(10, 0)), LIN_SHAPE(15, 10, 3));
}

#define REFUSED(X, text, ...)                  \
    do {                                       \
        assert_null(RUN(X, __VA_ARGS__));      \
        check_error(*state, LIN_EINVAL, text); \
    } while (0)

static void impossible_lists_are_refused(void **state)
{
    lin_tensor *bytes = lin_full_dtype(*state, 0, LIN_SHAPE(2, 28, 28), LIN_U8),
               *numbers = lin_zeros(*state, LIN_SHAPE(5, 3));
    REFUSED(bytes, "transforms[0] normalize: rows are u8 (28, 28) here; it takes f32 or f64: put to_tensor before it",
            lin_normalize(0, 1));
    REFUSED(bytes,
            "transforms[1] resize: rows are f32 (1, 28, 28) here; it takes images of bytes, u8 (H, W), (H, W, C) or "
            "(C, H, W): put it before to_tensor",
            lin_to_tensor(), lin_resize(64, 0));
    REFUSED(
        bytes,
        "transforms[1] to_tensor: rows are u8 (784) here; it takes images of bytes, u8 (H, W), (H, W, C) or (C, H, W)",
        lin_flatten_rows(), lin_to_tensor());
    REFUSED(
        numbers,
        "transforms[0] to_tensor: rows are f32 (3) here; it takes images of bytes, u8 (H, W), (H, W, C) or (C, H, W)",
        lin_to_tensor());
    lin_tensor *volumes = lin_full_dtype(*state, 0, LIN_SHAPE(2, 5, 6, 7), LIN_U8);
    REFUSED(
        volumes,
        "transforms[0] to_tensor: rows are u8 (5, 6, 7) here; neither the last nor the first size is 1 to 4 channels: "
        "permute them to (H, W, C), or have no transforms (lin_set_transforms, or .raw of a loader)",
        lin_to_tensor());
    REFUSED(volumes,
            "transforms[0] resize: rows are u8 (5, 6, 7) here; neither the last nor the first size is 1 to 4 channels: "
            "permute them to (H, W, C), or have no transforms (lin_set_transforms, or .raw of a loader)",
            lin_resize(2, 2));
    assert_null(RUN(lin_full_dtype(*state, 0, LIN_SHAPE(2, 5, 6, 0), LIN_U8), lin_to_tensor()));
    lin_error_clear(*state);
    REFUSED(bytes,
            "transforms[1] normalize: rows are f32 (1, 28, 28) here; their first dimension must be the channels that "
            "mean and std are given for",
            lin_to_tensor(), (lin_transform){.kind = LIN_NORMALIZE, .channels = 3, .std = {1, 1, 1}});
    REFUSED(bytes, "transforms[0]: there is no transform of kind 17", (lin_transform){.kind = (lin_transform_kind)17});
}

static void senseless_numbers_are_refused(void **state)
{
    lin_tensor *bytes = lin_full_dtype(*state, 0, LIN_SHAPE(2, 28, 28), LIN_U8),
               *numbers = lin_zeros(*state, LIN_SHAPE(5, 3));
    REFUSED(bytes, "transforms[0] resize: to 0 x 5; sides are from 1 to 65536 (width 0: height is the shorter)",
            lin_resize(0, 5));
    REFUSED(bytes, "transforms[0] resize: to 5 x -1; sides are from 1 to 65536 (width 0: height is the shorter)",
            lin_resize(5, -1));
    REFUSED(bytes, "transforms[0] resize: to 65537 x 1; sides are from 1 to 65536 (width 0: height is the shorter)",
            lin_resize(65537, 1));
    REFUSED(lin_full_dtype(*state, 0, LIN_SHAPE(1, 1, 60), LIN_U8),
            "transforms[0] resize: rows are u8 (1, 60) here; its longer side would become longer than 65536",
            lin_resize(2000, 0));
    REFUSED(lin_full_dtype(*state, 0, LIN_SHAPE(1, 1, 70000), LIN_U8),
            "transforms[0] resize: rows are u8 (1, 70000) here; sides longer than 65536 cannot be resized",
            lin_resize(2, 2));
    REFUSED(lin_full_dtype(*state, 0, LIN_SHAPE(1, 0, 60), LIN_U8),
            "transforms[0] resize: rows are u8 (0, 60) here; an image without pixels cannot be resized",
            lin_resize(2, 2));
    REFUSED(numbers, "transforms[0] normalize: mean 0 and std 0; both must be finite, and std not 0",
            lin_normalize(0, 0));
    REFUSED(numbers, "transforms[0] normalize: mean nan and std 1; both must be finite, and std not 0",
            lin_normalize(NAN, 1));
    REFUSED(numbers, "transforms[0] normalize: 5 channels; there are 1 (for all) to 4",
            (lin_transform){.kind = LIN_NORMALIZE, .channels = 5});
}

static void bad_lists_are_refused(void **state)
{
    lin_dataset d = over(lin_zeros(*state, LIN_SHAPE(5, 3)));
    lin__plan plan;
    lin_transform many[LIN__MAX_TRANSFORMS + 1] = {0};
    assert_int_equal(lin__plan_make(*state, &plan, &d, many, LIN__MAX_TRANSFORMS + 1), LIN_EINVAL);
    check_error(*state, LIN_EINVAL, "transforms: 9 of them; there can be 0 to 8");
    assert_int_equal(lin__plan_make(*state, &plan, &d, many, -1), LIN_EINVAL);
    check_error(*state, LIN_EINVAL, "transforms: -1 of them; there can be 0 to 8");
    assert_int_equal(lin__plan_make(*state, &plan, &d, NULL, 2), LIN_EINVAL);
    check_error(*state, LIN_EINVAL, "transforms: 2 of them, and the list is NULL; there can be 0 to 8");
}

/* A shape of no memory: there are no rows, but a row would be of 2^64 bytes. */
static void rows_beyond_memory_are_refused(void **state)
{
    lin_tensor *X = lin_full_dtype(*state, 0, LIN_SHAPE(0, (int64_t)1 << 30, (int64_t)1 << 31, 2), LIN_U8);
    if (!X) { /* refused already when it was made */
        lin_error_clear(*state);
        skip();
    }
    lin_dataset d = over(X);
    lin__plan plan;
    lin_transform list[] = {lin_to_tensor(), lin_resize(1, 1)};
    assert_int_equal(lin__plan_make(*state, &plan, &d, list, 1), LIN_EINVAL);
    check_error(*state, LIN_EINVAL, "transforms: a row would not fit into memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_transforms_copy_the_row),
        TEST(flatten_only_renames),
        TEST(to_tensor_divides_every_byte_correctly_rounded),
        TEST(to_tensor_puts_channels_first),
        TEST(to_tensor_leaves_channels_that_are_first),
        TEST(which_size_is_the_channels),
        TEST(resize_takes_each_channel_that_is_first),
        TEST(normalize_subtracts_then_divides),
        TEST(normalize_by_channel),
        TEST(a_list_runs_in_order),
        TEST(one_size_sets_the_shorter_side),
        TEST(impossible_lists_are_refused),
        TEST(senseless_numbers_are_refused),
        TEST(bad_lists_are_refused),
        TEST(rows_beyond_memory_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
