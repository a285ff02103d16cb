/* Parts of datasets: subsets and splits, which copy no row. */
#include "data/dataset.h"

#include "support/batches.h"

#include <math.h>

static void a_subset_shares_its_rows(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(small_images(ctx, 4), lin_arange(ctx, 0, 4, 1, LIN_I64)));
    lin_set_classes(d, (const char *const[]){"one"}, 1);
    lin_set_transforms(d, (lin_transform[]){lin_flatten_rows()}, 1);
    lin_region step = lin__open(ctx, true);
    lin_dataset *part = lin_subset(d, 1, 3);
    lin_release(step); /* it lives in the scope */
    assert_int_equal(lin_rows(part), 2);
    assert_ptr_equal(lin_u8(lin_array(part, 0)), lin_u8(lin_array(d, 0)) + 6);
    CHECK_VALUES(lin_array(part, 1), 0, 1, 2);
    lin_tensor *X, *y;
    assert_int_equal(lin_row(part, 0, &X, &y), 0);
    CHECK_VALUES(X, 0, 6, 7, 8, 9, 10, 11);
    assert_int_equal(lin_ndim(X), 1);
    assert_string_equal(lin_classes(part, NULL)[0], "one");
    assert_int_equal(lin_rows(lin_subset(d, 4, 4)), 0);
    assert_int_equal(lin_rows(lin_subset(lin_subset(d, 1, 4), 0, 1)), 1);
    check_ok(ctx);
    assert_null(lin_subset(d, 2, 5));
    check_error(ctx, LIN_EINVAL, "subset: rows 2 to 5 of a dataset of 4; 0 <= from <= to <= 4");
    assert_null(lin_subset(d, 3, 2));
    lin_error_clear(ctx);
    assert_null(lin_subset(d, -1, 2));
    check_error(ctx, LIN_EINVAL, "subset: rows -1 to 2 of a dataset of 4; 0 <= from <= to <= 4");
}

/* Each of these labels of a numbered dataset is in one of the parts, once, with its row; and no other. */
static void check_dealt(lin_dataset *one, lin_dataset *other, const int64_t *labels, int64_t count)
{
    int seen[1000] = {0};
    assert_int_equal(lin_rows(one) + lin_rows(other), count);
    for (int p = 0; p < 2; p++) {
        lin_dataset *part = p ? other : one;
        const float *X = lin_f32(lin_array(part, 0));
        const int64_t *y = lin_i64(lin_array(part, 1));
        for (int64_t r = 0; r < lin_rows(part); r++) {
            assert_true(X[2 * r] == 2 * (float)y[r] && X[2 * r + 1] == X[2 * r] + 1);
            assert_true(y[r] >= 0 && y[r] < 1000);
            seen[y[r]]++;
        }
    }
    for (int64_t r = 0; r < count; r++)
        assert_int_equal(seen[labels[r]], 1);
}

static void a_split_deals_out_every_row(void **state)
{
    lin_ctx *ctx = *state;
    const struct {
        int64_t rows;
        double fraction;
        int64_t second;
    } cases[] = {{1000, 0.2, 200}, {7, 0.5, 4}, {10, 0, 0}, {10, 1, 10}, {1, 0.4, 0}, {3, 0.1, 0}, {0, 0.5, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lin_dataset *d = numbered(ctx, cases[i].rows), *one, *other;
        assert_int_equal(lin_split(d, cases[i].fraction, &one, &other), 0);
        assert_int_equal(lin_rows(other), cases[i].second);
        check_dealt(one, other, lin_i64(lin_array(d, 1)), cases[i].rows);
    }
    check_ok(ctx);
}

static void a_split_copies_no_row(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 10), *one, *other;
    lin_region step = lin__open(ctx, true);
    assert_int_equal(lin_split(d, 0.3, &one, &other), 0);
    lin_release(step); /* they live in the scope */
    lin_tensor *X, *before, *all = lin_array(d, 0);
    assert_int_equal(lin_row(other, -1, &before, NULL), 0);
    lin_tensor *copy = lin_array(other, 0);
    lin_neg_(all);
    assert_int_equal(lin_row(other, 2, &X, NULL), 0);
    assert_true(lin_f32(X)[1] == -lin_f32(before)[1]);
    assert_true(lin_f32(copy)[5] == lin_f32(before)[1]); /* an array of all its rows is a copy */
    lin_zero_(copy);
    assert_int_equal(lin_row(other, 2, &X, NULL), 0);
    assert_true(lin_f32(X)[1] == -lin_f32(before)[1]);
    check_ok(ctx);
}

static void parts_of_parts(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 1000), *one, *other, *first, *second;
    assert_int_equal(lin_split(lin_subset(d, 100, 900), 0.25, &one, &other), 0);
    assert_int_equal(lin_rows(one), 600);
    const float *X = lin_f32(lin_array(one, 0));
    const int64_t *y = lin_i64(lin_array(one, 1));
    for (int64_t r = 0; r < 600; r++)
        assert_true(y[r] >= 100 && y[r] < 900 && X[2 * r] == (float)(2 * y[r]));
    lin_dataset *some = lin_subset(lin_subset(one, 50, 500), 10, 440);
    assert_int_equal(lin_rows(some), 430);
    assert_memory_equal(lin_i64(lin_array(some, 1)), y + 60, 430 * sizeof *y);
    assert_int_equal(lin_rows(lin_subset(some, 7, 7)), 0);
    assert_int_equal(lin_dim(lin_array(lin_subset(some, 7, 7), 0), 0), 0);
    assert_int_equal(lin_split(some, 0.5, &first, &second), 0);
    assert_int_equal(lin_rows(second), 215);
    check_dealt(first, second, y + 60, 430);
    assert_null(lin_subset(some, 0, 431));
    check_error(ctx, LIN_EINVAL, "subset: rows 0 to 431 of a dataset of 430; 0 <= from <= to <= 430");
}

static void a_part_is_loaded_as_its_copy(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *first, *second;
    for (int of_images = 0; of_images < 2; of_images++) {
        lin_dataset *d = of_images ? images(ctx, 700) : numbered(ctx, 700);
        assert_int_equal(lin_split(d, 0.6, &first, &second), 0);
        lin_dataset *parts[] = {first, second, lin_subset(second, 20, 333), NULL, NULL};
        assert_int_equal(lin_split(second, 0.5, &parts[3], &parts[4]), 0);
        for (int i = 0; i < 5; i++)
            for (int options = 0; options < 12; options++)
                check_pass(parts[i], copy_of(parts[i]),
                           (lin_loader_options){.batch_size = options % 2 ? 100 : 7,
                                                .in_order = options / 2 % 2,
                                                .workers = options / 4});
    }
}

static void a_split_is_random_and_comes_again(void **state)
{
    (void)state;
    int64_t first[2][10], second[10];
    for (int run = 0; run < 2; run++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 3, .threads = run + 1});
        lin_dataset *d = numbered(ctx, 10), *one, *other;
        lin_set_classes(d, (const char *const[]){"a"}, 1);
        assert_int_equal(lin_split(d, 0, &one, &other), 0);
        lin_copy_out(lin_array(one, 1), first[run]);
        assert_string_equal(lin_classes(one, NULL)[0], "a");
        assert_int_equal(lin_split(d, 0, &one, &other), 0);
        lin_copy_out(lin_array(one, 1), second);
        lin_ctx_free(ctx);
    }
    assert_memory_equal(first[0], first[1], sizeof *first); /* the same seed */
    assert_memory_not_equal(first[0], second, sizeof second);
    int64_t stored[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_memory_not_equal(first[0], stored, sizeof stored);
}

static void a_split_refuses_what_is_no_fraction(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 4), *one, *other;
    assert_int_equal(lin_split(d, 1.5, &one, &other), LIN_EINVAL);
    assert_null(one);
    assert_null(other);
    check_error(ctx, LIN_EINVAL, "split: a fraction of 1.5; it must be from 0 to 1");
    assert_int_equal(lin_split(d, NAN, &one, &other), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_int_equal(lin_split(d, -0.1, &one, &other), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "split: a fraction of -0.1; it must be from 0 to 1");
    assert_int_equal(lin_split(d, 0.5, NULL, &other), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "split: argument 3 is NULL");
    assert_int_equal(lin_split(d, 0.5, &one, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "split: argument 4 is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_subset_shares_its_rows),
        TEST(a_split_deals_out_every_row),
        TEST(a_split_copies_no_row),
        TEST(parts_of_parts),
        TEST(a_part_is_loaded_as_its_copy),
        cmocka_unit_test(a_split_is_random_and_comes_again),
        TEST(a_split_refuses_what_is_no_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
