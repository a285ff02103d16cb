/* Batches that borrow their dataset's rows: to all who look they are copies. */
#include "tensor/tensor.h"

#include "support/batches.h"

#include <linnet/d2l.h>

#include <unistd.h>

static lin_loader *in_order(lin_dataset *d, int64_t batch_size)
{
    return lin_loader_new(d, &(lin_loader_options){.batch_size = batch_size, .in_order = true});
}

/* X (6, 2) is 0 … 11, y (6) is 0 … 5, f32; batches of 2 rows. */
typedef struct data {
    lin_tensor *X, *y;
    lin_dataset *d;
    lin_loader *loader;
} data;

static data floats(lin_ctx *ctx)
{
    data r = {.X = lin_reshape(lin_arange(ctx, 0, 12, 1, LIN_F32), LIN_SHAPE(6, 2)),
              .y = lin_arange(ctx, 0, 6, 1, LIN_F32)};
    r.d = lin_tensor_dataset(LIN_TENSORS(r.X, r.y));
    r.loader = in_order(r.d, 2);
    return r;
}

static void check_X(const data *r)
{
    CHECK_VALUES(r->X, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
}

static void check_first(lin_tensor *X)
{
    CHECK_VALUES(X, 0, 0, 1, 2, 3);
}

static void rows_in_order_are_borrowed(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    int64_t seen = 0;
    for (lin_batch m = {0}; lin_loader_next(r.loader, &m) > 0; seen++) {
        assert_true(m.X->borrowed && m.y->borrowed);
        assert_ptr_equal(m.X->data, (float *)r.X->data + 4 * m.step);
        assert_ptr_equal(m.y->data, (float *)r.y->data + 2 * m.step);
        assert_true(lin_at(m.X, LIN_SHAPE(1, 1)) == 4 * (double)m.step + 3);
        lin_affine(m.X, lin_ones(ctx, LIN_SHAPE(1, 2)), NULL);
        lin_sum(lin_mul(m.X, m.X));
        assert_non_null(lin_to_string(m.X));
        assert_true(m.X->borrowed); /* nobody wrote */
    }
    assert_int_equal(seen, 3);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(in_order(lin_subset(r.d, 3, 6), LIN_FULL_BATCH), &m), 3);
    assert_ptr_equal(m.X->data, (float *)r.X->data + 6);
    check_ok(ctx);
}

static bool first_is_borrowed(lin_loader *loader)
{
    lin_batch m = {0};
    assert_true(lin_loader_next(loader, &m) > 0);
    return m.X->borrowed;
}

static void what_takes_work_is_not(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    assert_true(first_is_borrowed(r.loader));
    assert_false(first_is_borrowed(lin_loader_new(r.d, &(lin_loader_options){.batch_size = 2})));
    assert_false(
        first_is_borrowed(lin_loader_new(r.d, &(lin_loader_options){.batch_size = 2, .in_order = true, .workers = 1})));
    lin_dataset *pictures = images(ctx, 4);
    assert_false(first_is_borrowed(in_order(pictures, 2)));
    assert_true(first_is_borrowed(lin_loader_new(pictures, &(lin_loader_options){.in_order = true, .raw = true})));
    lin_batch m = {0};
    assert_int_equal(lin_loader_first(r.loader, &m), 2); /* lives as long as its caller's region */
    assert_false(m.X->borrowed);
    check_ok(ctx);
}

static void a_refused_change_copies_nothing(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *whole = lin_arange(ctx, 0, 6, 1, LIN_I64);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(in_order(lin_tensor_dataset(LIN_TENSORS(whole, whole)), 2), &m), 2);
    assert_null(lin_add_scalar_(m.X, 0.5));
    check_error(ctx, LIN_EINVAL, "add_scalar_: the tensor is i64 and the scalar is not an integer; see lin_to");
    assert_true(m.X->borrowed);
    assert_ptr_equal(m.X->data, whole->data);
}

/* ---- A batch may be changed ------------------------------------------------------------------------------------------ */

static void add(lin_tensor *X)
{
    lin_add_(X, X);
}
static void fill(lin_tensor *X)
{
    lin_fill_(X, -1);
}
static void zero(lin_tensor *X)
{
    lin_zero_(X);
}
static void scale(lin_tensor *X)
{
    lin_mul_scalar_(X, 3);
}
static void negate(lin_tensor *X)
{
    lin_neg_(X);
}
static void draw(lin_tensor *X)
{
    lin_normal_(X, 100, 1);
}
static void copy(lin_tensor *X)
{
    lin_copy_(X, lin_ones(lin_context(X), LIN_SHAPE(2)));
}
static void pointer(lin_tensor *X)
{
    lin_f32(X)[0] = 77;
}
static void view(lin_tensor *X)
{
    lin_fill_(lin_select(X, 0, 0), 5);
    assert_true(lin_at(X, LIN_SHAPE(0, 1)) == 5);
}
static void transposed(lin_tensor *X)
{
    lin_fill_(lin_transpose(X, 0, 1), 5);
    assert_true(lin_at(X, LIN_SHAPE(1, 1)) == 5);
}
static void detached(lin_tensor *X)
{
    lin_fill_(lin_detach(X), 5);
    assert_true(lin_at(X, LIN_SHAPE(1, 1)) == 5);
}
static void bare(lin_tensor *X)
{
    lin_fill_(lin_data(X), 5);
    assert_true(lin_at(X, LIN_SHAPE(1, 1)) == 5);
}
static void init(lin_tensor *X)
{
    lin_init_constant(X, 5);
}
static void trained(lin_tensor *X)
{
    lin_mark(lin_context(X)); /* the optimizer's scope, within the step */
    lin_requires_grad_(X, true);
    lin_optimizer *o = lin_sgd(LIN_TENSORS(X), &(lin_sgd_options){.lr = 1});
    assert_int_equal(lin_backward(lin_sum(X)), 0);
    assert_int_equal(lin_step(o), 0);
}
static void as_dataset(lin_tensor *X)
{
    lin_mark(lin_context(X));
    lin_fill_(lin_array(lin_tensor_dataset(LIN_TENSORS(X)), 0), 5);
}

static void a_change_of_a_batch_is_its_own(void **state)
{
    lin_ctx *ctx = *state;
    void (*const changes[])(lin_tensor *) = {add,  fill,       zero,     scale, negate, draw,    copy,      pointer,
                                             view, transposed, detached, bare,  init,   trained, as_dataset};
    data r = floats(ctx);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        lin_batch m = {0};
        assert_int_equal(lin_loader_next(r.loader, &m), 2);
        assert_int_equal(lin_loader_next(r.loader, &m), 2);
        lin_tensor *before = lin_clone(m.X);
        assert_true(m.X->borrowed);
        changes[i](m.X);
        check_ok(ctx);
        assert_false(m.X->borrowed);
        assert_true(lin_item(lin_sum(lin_abs(lin_sub(lin_detach(m.X), before)))) > 0);
        check_X(&r);
        assert_int_equal(lin_loader_next(r.loader, &m), 2);
    }
}

/* ---- So may the dataset's arrays --------------------------------------------------------------------------------------- */

static void change_array(const data *r)
{
    lin_fill_(r->X, -1);
}
static void change_through_the_dataset(const data *r)
{
    lin_mul_scalar_(lin_array(r->d, 0), -1);
}
static void change_a_view(const data *r)
{
    lin_fill_(lin_slice(r->X, 0, 0, 2), -1);
}
static void write_through_a_pointer(const data *r)
{
    lin_f32(r->X)[0] = lin_f32(r->X)[3] = -1;
}
static void write_through_data(const data *r)
{
    lin_fill_(lin_data(r->X), -1);
}
static void copy_the_batch_onto_the_array(const data *r)
{
    lin_batch m = {0};
    lin_loader_next(r->loader, &m);
    lin_copy_(lin_slice(r->X, 0, 1, 3), m.X); /* they overlap */
    CHECK_VALUES(lin_slice(r->X, 0, 0, 3), 0, 0, 1, 0, 1, 2, 3);
    lin_fill_(r->X, 9);
}

static void a_change_of_the_array_is_not_seen_by_a_batch(void **state)
{
    lin_ctx *ctx = *state;
    void (*const changes[])(const data *) = {change_array,       change_through_the_dataset,
                                             change_a_view,      write_through_a_pointer,
                                             write_through_data, copy_the_batch_onto_the_array};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        lin_region mark = lin_mark(ctx);
        data r = floats(ctx);
        lin_batch m = {0}, other = {0}, next = {0};
        assert_int_equal(lin_loader_next(r.loader, &m), 2);
        assert_int_equal(lin_loader_next(r.loader, &other), 2); /* two cursors */
        changes[i](&r);
        check_ok(ctx);
        check_first(m.X);
        check_first(other.X);
        assert_false(m.X->borrowed || other.X->borrowed);
        assert_true(m.y->borrowed); /* of an array that nobody changed */
        assert_true(lin_at(r.X, LIN_SHAPE(1, 1)) != 3);
        assert_int_equal(lin_loader_next(r.loader, &next), 2); /* the next one sees it */
        assert_true(lin_at(next.X, LIN_SHAPE(1, 1)) == lin_at(r.X, LIN_SHAPE(1, 1)));
        lin_release(mark);
    }
}

/* Whoever has a pointer may write at any time. */
static void an_array_whose_elements_may_be_written_unseen_is_not_lent(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    lin_tensor *w = lin_parameter(lin_ones(ctx, LIN_SHAPE(4, 2))), *t = lin_ones(ctx, LIN_SHAPE(4, 2));
    float *p = lin_f32(r.X);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    p[0] = 99;
    check_first(m.X);
    assert_false(first_is_borrowed(in_order(lin_tensor_dataset(LIN_TENSORS(w)), 2)));
    lin_backward(lin_sum(w));
    assert_false(first_is_borrowed(in_order(lin_tensor_dataset(LIN_TENSORS(lin_grad(w))), 2)));
    assert_true(first_is_borrowed(in_order(lin_tensor_dataset(LIN_TENSORS(t)), 2)));
    lin_data(t);
    assert_false(first_is_borrowed(in_order(lin_tensor_dataset(LIN_TENSORS(t)), 2)));
    check_ok(ctx);
}

static lin_tensor *the_answer(void *user, lin_tensor *X)
{
    (void)X;
    return user;
}

static void who_only_reads_leaves_an_array_to_be_lent(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    assert_ptr_equal(lin_const_data_ptr(m.X), lin_const_data_ptr(r.X));
    assert_true(m.X->borrowed && !r.X->storage->exposed);
    lin_fill_(r.X, 7);
    check_first(m.X);

    lin_tensor *y = lin_full_dtype(ctx, 0, LIN_SHAPE(2, 1), LIN_F64);
    lin_tensor *y_hat = lin_full_dtype(ctx, 1, LIN_SHAPE(2, 1), LIN_F64);
    lin_scores scores;
    lin_dataset *d = lin_tensor_dataset(LIN_TENSORS(y, y));
    assert_int_equal(lin_evaluate(lin_lambda(ctx, the_answer, y_hat), d, lin_mse, NULL, &scores), 0);
    assert_true(scores.mae == 1);
    assert_false(y->storage->exposed || y_hat->storage->exposed);

    lin_tensor *labels = lin_arange(ctx, 0, 2, 1, LIN_I64),
               *images = lin_full_dtype(ctx, 9, LIN_SHAPE(2, 3, 3), LIN_U8);
    assert_string_equal(d2l_get_fashion_mnist_labels(labels)[1], "trouser");
    assert_non_null(lin_predictions_figure(images, labels, labels, (lin_names){0}, 2));
    assert_false(labels->storage->exposed || images->storage->exposed);
    check_ok(ctx);
}

/* ---- Graphs ---------------------------------------------------------------------------------------------------------------- */

static void a_gradient_is_that_of_the_batch(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    lin_tensor *w = lin_parameter(lin_ones(ctx, LIN_SHAPE(1, 2)));
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    lin_tensor *l = lin_sum(lin_affine(m.X, w, NULL));
    lin_fill_(r.X, 100); /* the batch has to be itself still */
    assert_int_equal(lin_backward(l), 0);
    CHECK_VALUES(lin_grad(w), 0, 2, 4);
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    l = lin_sum(lin_affine(m.X, w, NULL));
    lin_add_scalar_(m.X, 1); /* that is another value than the one saved */
    assert_int_equal(lin_backward(l), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "a value that affine saved was changed in place");
}

static void so_are_its_labels(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *d = numbered(ctx, 3);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(in_order(d, 3), &m), 3);
    lin_tensor *w = lin_parameter(lin_zeros(ctx, LIN_SHAPE(3, 2)));
    lin_tensor *l = lin_cross_entropy(lin_affine(m.X, w, NULL), m.y, NULL);
    lin_tensor *expected = lin_parameter(lin_zeros(ctx, LIN_SHAPE(3, 2)));
    lin_tensor *same = lin_cross_entropy(lin_affine(lin_clone(m.X), expected, NULL), lin_clone(m.y), NULL);
    lin_zero_(lin_array(d, 1));
    lin_zero_(lin_array(d, 0));
    assert_int_equal(lin_backward(l), 0);
    assert_int_equal(lin_backward(same), 0);
    assert_true(lin_item(lin_sum(lin_abs(lin_sub(lin_grad(w), lin_grad(expected))))) == 0);
    assert_true(lin_item(lin_sum(lin_abs(lin_grad(w)))) > 0);
    check_ok(ctx);
}

static void a_batch_may_be_a_leaf(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    lin_requires_grad_(m.X, true);
    assert_int_equal(lin_backward(lin_sum(lin_square(m.X))), 0);
    CHECK_VALUES(lin_grad(m.X), 0, 0, 2, 4, 6);
    check_X(&r);
}

/* ---- Regions ----------------------------------------------------------------------------------------------------------------- */

static void loans_end_with_their_regions(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    assert_null(ctx->loans);
    lin_region mark = lin_mark(ctx);
    lin_batch m = {0}, inner = {0};
    while (lin_loader_next(r.loader, &m) > 0) {
        while (lin_loader_next(r.loader, &inner) > 0)
            if (inner.step == 1) break; /* its step stays open */
        inner = (lin_batch){0};
        assert_non_null(ctx->loans);
    }
    assert_null(ctx->loans);
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    lin_tensor *kept = lin_keep(m.X);
    assert_int_equal(lin_release(mark), 0);
    assert_null(ctx->loans);
    (void)kept;
    lin_fill_(r.X, 4);
    check_ok(ctx);
}

static void what_is_kept_is_a_copy(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    lin_tensor *kept = NULL;
    lin_dataset *d = NULL;
    for (lin_batch m = {0}; lin_loader_next(r.loader, &m) > 0;) {
        if (m.step > 0) continue;
        kept = lin_keep(m.X);
        d = lin_tensor_dataset(LIN_TENSORS(m.X));
    }
    lin_fill_(r.X, 4);
    check_first(kept);
    check_first(lin_array(d, 0));
    check_ok(ctx);
}

/* From an inner region the elements go to where the batch lives. */
static void a_batch_is_changed_from_an_inner_region(void **state)
{
    lin_ctx *ctx = *state;
    data r = floats(ctx);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(r.loader, &m), 2);
    lin_region inner = lin_mark(ctx);
    lin_add_scalar_(m.X, 1);
    lin_release(inner);
    lin_mark(ctx);
    lin_fill_(lin_full(ctx, 1, LIN_SHAPE(100, 100)), 3);
    CHECK_VALUES(m.X, 0, 1, 2, 3, 4);
    check_X(&r);
}

static void the_rows_of_a_mapped_file_stay(void **state)
{
    lin_ctx *ctx = *state;
    char path[] = "/tmp/linnet-borrow-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    enum { ROWS = 1 << 16 };
    assert_int_equal(lin_save_npy(lin_full(ctx, 2, LIN_SHAPE(ROWS, 8)), path), 0); /* 2 MiB: mapped */
    lin_dataset *d = lin_file_dataset(ctx, path, NULL);
    lin_loader *loader = in_order(d, 256);
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(loader, &m), 256);
    assert_true(m.X->borrowed);
    lin_fill_(m.X, 5);
    assert_true(lin_at(lin_array(d, 0), LIN_SHAPE(0, 0)) == 2);
    assert_true(lin_at(lin_load_npy(ctx, path), LIN_SHAPE(0, 0)) == 2);
    assert_int_equal(lin_loader_next(loader, &m), 256);
    assert_true(lin_item(lin_sum(m.X)) == 2 * 256 * 8);
    close(fd);
    remove(path);
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_in_order_are_borrowed),
        TEST(what_takes_work_is_not),
        TEST(a_refused_change_copies_nothing),
        TEST(a_change_of_a_batch_is_its_own),
        TEST(a_change_of_the_array_is_not_seen_by_a_batch),
        TEST(an_array_whose_elements_may_be_written_unseen_is_not_lent),
        TEST(who_only_reads_leaves_an_array_to_be_lent),
        TEST(a_gradient_is_that_of_the_batch),
        TEST(so_are_its_labels),
        TEST(a_batch_may_be_a_leaf),
        TEST(loans_end_with_their_regions),
        TEST(what_is_kept_is_a_copy),
        TEST(a_batch_is_changed_from_an_inner_region),
        TEST(the_rows_of_a_mapped_file_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
