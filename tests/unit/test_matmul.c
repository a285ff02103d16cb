/* Products: values of every combination of shapes and strides, the same bits for any number of threads, what is refused. */
#include "op/product.h"

#include <math.h>

#include "support/support.h"

static lin_tensor *random_tensor(lin_ctx *ctx, lin_dtype type, lin_shape shape)
{
    lin_set_default_dtype(ctx, type);
    lin_tensor *t = lin_normal(ctx, 0, 1, shape);
    assert_non_null(t);
    return t;
}

/* C[i, j] = Σ A[i, p]·B[p, j], one element after the other, with the size Σ|a||b| that its error is held to. Of a large product
 * valgrind takes a part of the columns, other ones in each row. */
static void check_product(lin_tensor *y, lin_tensor *a, lin_tensor *b)
{
    assert_non_null(y);
    double tol = lin_type(y) == LIN_F32 ? 1e-6 : 1e-14;
    int64_t rows = lin_dim(a, 0), columns = lin_dim(b, 1), step = rows * columns > 1000 ? valgrind_step(29) : 1;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = i % step; j < columns; j += step) {
            double sum = 0, size = 0;
            for (int64_t p = 0; p < lin_dim(a, 1); p++) {
                double term = lin_at(a, LIN_SHAPE(i, p)) * lin_at(b, LIN_SHAPE(p, j));
                sum += term;
                size += fabs(term);
            }
            double got = lin_at(y, LIN_SHAPE(i, j));
            if (!(fabs(got - sum) <= tol * (1 + size)))
                fail_msg("(%lld, %lld): %.17g, expected %.17g", (long long)i, (long long)j, got, sum);
        }
}

/* (m, k)·(k, n) with all layouts of both. */
static void check_layouts(lin_ctx *ctx, lin_dtype type, int64_t m, int64_t k, int64_t n)
{
    lin_region mark = lin_mark(ctx);
    lin_tensor *a[] = {random_tensor(ctx, type, LIN_SHAPE(m, k)),
                       lin_transpose(random_tensor(ctx, type, LIN_SHAPE(k, m)), 0, 1),
                       lin_slice_step(random_tensor(ctx, type, LIN_SHAPE(m, 2 * k)), 1, 0, 2 * k, 2),
                       lin_slice(random_tensor(ctx, type, LIN_SHAPE(m, k + 3)), 1, 3, k + 3)};
    lin_tensor *b[] = {random_tensor(ctx, type, LIN_SHAPE(k, n)),
                       lin_transpose(random_tensor(ctx, type, LIN_SHAPE(n, k)), 0, 1),
                       lin_slice_step(random_tensor(ctx, type, LIN_SHAPE(k, 2 * n)), 1, 0, 2 * n, 2),
                       lin_expand(random_tensor(ctx, type, LIN_SHAPE(k, 1)), LIN_SHAPE(k, n))};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            check_product(lin_matmul(a[i], b[j]), a[i], b[j]);
    check_ok(ctx);
    lin_release(mark);
}

static void every_layout(void **state)
{
    static const int64_t sizes[][3] = {{1, 1, 1},   {2, 3, 4},    {5, 17, 3}, {3, 1, 20}, {1, 9, 18}, {20, 5, 1},
                                       {7, 130, 5}, {4, 300, 17}, {6, 0, 3},  {0, 3, 4},  {3, 4, 0},  {33, 16, 33}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_layouts(*state, LIN_F32, sizes[i][0], sizes[i][1], sizes[i][2]);
        check_layouts(*state, LIN_F64, sizes[i][0], sizes[i][1], sizes[i][2]);
    }
}

/* Blocks, their tree and tiles: larger than all of them. */
static void large(void **state)
{
    lin_ctx *ctx = *state;
    static const int64_t sizes[][3] = {{3, 2500, 2}, {3, 1100, 20}, {170, 140, 230}, {90, 3, 120}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        lin_tensor *a = random_tensor(ctx, LIN_F64, LIN_SHAPE(sizes[i][0], sizes[i][1]));
        lin_tensor *b = random_tensor(ctx, LIN_F64, LIN_SHAPE(sizes[i][1], sizes[i][2]));
        check_product(lin_matmul(a, b), a, b);
        lin_tensor *turned = lin_transpose(lin_contiguous(lin_transpose(a, 0, 1)), 0, 1);
        check_product(lin_matmul(turned, b), a, b);
    }
}

static void ranks(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *v = lin_arange(ctx, 1, 4, 1, LIN_F64),
               *A = lin_reshape(lin_arange(ctx, 0, 6, 1, LIN_F64), LIN_SHAPE(2, 3));
    lin_tensor *dot = lin_matmul(v, v);
    assert_int_equal(lin_ndim(dot), 0);
    CHECK_VALUES(dot, 0, 14);
    CHECK_VALUES(lin_matmul(A, v), 0, 8, 26);
    CHECK_VALUES(lin_matmul(v, lin_transpose(A, 0, 1)), 0, 8, 26);
    lin_tensor *batch = lin_reshape(lin_arange(ctx, 0, 12, 1, LIN_F64), LIN_SHAPE(2, 2, 3)), *y = lin_matmul(batch, v);
    assert_int_equal(lin_ndim(y), 2);
    CHECK_VALUES(y, 0, 8, 26, 44, 62);
    y = lin_matmul(lin_unsqueeze(batch, 1), lin_reshape(batch, LIN_SHAPE(2, 3, 2))); /* (2, 1, 2, 3)·(2, 3, 2) */
    assert_int_equal(lin_ndim(y), 4);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            check_product(lin_select(lin_select(y, 0, i), 0, j), lin_select(batch, 0, i),
                          lin_select(lin_reshape(batch, LIN_SHAPE(2, 3, 2)), 0, j));
    assert_int_equal(lin_dim(lin_matmul(lin_zeros(ctx, LIN_SHAPE(5, 0, 3)), lin_zeros(ctx, LIN_SHAPE(3, 2))), 0), 5);
    CHECK_VALUES(lin_matmul(lin_zeros(ctx, LIN_SHAPE(2, 0)), lin_zeros(ctx, LIN_SHAPE(0, 2))), 0, 0, 0, 0, 0);
}

static void affine(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = random_tensor(ctx, LIN_F64, LIN_SHAPE(140, 33)), *W = random_tensor(ctx, LIN_F64, LIN_SHAPE(7, 33));
    lin_tensor *b = random_tensor(ctx, LIN_F64, LIN_SHAPE(7)), *plain = lin_affine(X, W, NULL),
               *y = lin_affine(X, W, b);
    check_product(plain, X, lin_transpose(W, 0, 1));
    for (int i = 0; i < 7; i++)
        assert_true(lin_at(y, LIN_SHAPE(3, i)) == lin_at(plain, LIN_SHAPE(3, i)) + lin_at(b, LIN_SHAPE(i)));
    lin_tensor *turned = lin_affine(lin_transpose(lin_contiguous(lin_transpose(X, 0, 1)), 0, 1),
                                    lin_transpose(lin_contiguous(lin_transpose(W, 0, 1)), 0, 1), b);
    assert_memory_equal(lin_f64(turned), lin_f64(y), 140 * 7 * sizeof(double));
    lin_tensor *deep = lin_affine(lin_reshape(X, LIN_SHAPE(4, 35, 33)), W, b);
    assert_int_equal(lin_ndim(deep), 3);
    assert_memory_equal(lin_f64(deep), lin_f64(y), 140 * 7 * sizeof(double));
    CHECK_VALUES(lin_affine(lin_zeros(ctx, LIN_SHAPE(2, 0)), lin_zeros(ctx, LIN_SHAPE(2, 0)), lin_slice(b, 0, 0, 2)), 0,
                 lin_at(b, LIN_SHAPE(0)), lin_at(b, LIN_SHAPE(1)), lin_at(b, LIN_SHAPE(0)), lin_at(b, LIN_SHAPE(1)));
}

/* All bytes of what a step of training computes. */
static uint64_t hash(uint64_t h, lin_tensor *t)
{
    assert_non_null(t);
    const unsigned char *p = lin_type(t) == LIN_F32 ? (void *)lin_f32(t) : lin_f64(t);
    for (size_t i = 0; i < (size_t)lin_numel(t) * lin_dtype_size(lin_type(t)); i++)
        h = (h ^ p[i]) * 1099511628211u;
    return h;
}

static uint64_t step(lin_dtype type, int threads, int64_t rows, int64_t in, int64_t out)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 5, .threads = threads, .dtype = type});
    lin_tensor *X = lin_requires_grad_(lin_normal(ctx, 0, 1, LIN_SHAPE(rows, in)), true);
    lin_tensor *W = lin_requires_grad_(lin_normal(ctx, 0, 1, LIN_SHAPE(out, in)), true);
    lin_tensor *b = lin_requires_grad_(lin_normal(ctx, 0, 1, LIN_SHAPE(out)), true);
    lin_tensor *y = lin_affine(X, W, b), *z = lin_matmul(X, lin_transpose(W, 0, 1));
    assert_int_equal(lin_backward(lin_sum(lin_square(y))), 0);
    uint64_t h = hash(hash(hash(hash(hash(14695981039346656037u, y), z), lin_grad(X)), lin_grad(W)), lin_grad(b));
    lin_tensor *V = lin_requires_grad_(lin_contiguous(lin_transpose(lin_detach(W), 0, 1)), true);
    z = lin_matmul(X, V);
    assert_int_equal(lin_backward(lin_sum(lin_square(z))), 0);
    h = hash(hash(h, z), lin_grad(V));
    check_ok(ctx);
    lin_ctx_free(ctx);
    return h;
}

static void any_number_of_threads(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{256, 784, 10}, {300, 257, 130}, {1000, 20, 1}, {130, 57, 33}, {2, 5000, 3}};
    static const int threads[] = {2, 3, 8};
    for (int type = LIN_F32; type <= LIN_F64; type++)
        for (size_t i = under_valgrind() ? 2 : 0; i < sizeof sizes / sizeof *sizes; i++) {
            uint64_t one = step((lin_dtype)type, 1, sizes[i][0], sizes[i][1], sizes[i][2]);
            for (int t = 0; t < (under_valgrind() ? 1 : 3); t++)
                assert_true(step((lin_dtype)type, threads[t], sizes[i][0], sizes[i][1], sizes[i][2]) == one);
        }
}

/* The rows of a product do not depend on those beside them: a batch of one gives the same bits as a batch of many. */
static void rows_are_independent(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_normal(ctx, 0, 1, LIN_SHAPE(300, 100)), *W = lin_normal(ctx, 0, 1, LIN_SHAPE(10, 100));
    lin_tensor *V = lin_normal(ctx, 0, 1, LIN_SHAPE(100, 50)), *y = lin_affine(X, W, NULL), *z = lin_matmul(X, V);
    for (int64_t i = 0; i < 300; i += 37) {
        lin_tensor *row = lin_slice(X, 0, i, i + 1);
        assert_memory_equal(lin_f32(lin_affine(row, W, NULL)), lin_f32(y) + i * 10, 10 * sizeof(float));
        assert_memory_equal(lin_f32(lin_matmul(row, V)), lin_f32(z) + i * 50, 50 * sizeof(float));
    }
}

/* Σ over rows in blocks of 128, combined by T(first p) + T(rest). */
static double tree(const double *x, int64_t count)
{
    if (count == 1) return x[0];
    int64_t p = 1;
    while (2 * p < count)
        p *= 2;
    return tree(x, p) + tree(x + p, count - p);
}

static void check_blocks(lin_ctx *ctx, size_t from, size_t step)
{
    static const int64_t rows[] = {1, 127, 128, 129, 256, 300, 384, 640, 641, 897, 1500, 2048, 2049};
    for (size_t i = from; i < sizeof rows / sizeof *rows; i += step) {
        int64_t n = rows[i], blocks = (n + 127) / 128;
        lin_tensor *A = random_tensor(ctx, LIN_F64, LIN_SHAPE(n, 2)),
                   *B = random_tensor(ctx, LIN_F64, LIN_SHAPE(n, 130));
        double C[2 * 130], partial[17];
        assert_int_equal(lin__gemm_rows(ctx, LIN_F64, n, 2, 130, lin_f64(A), 2, 1, lin_f64(B), 130, C, 130), 0);
        for (int64_t at = 0; at < 2 * 130; at += 43) {
            for (int64_t k = 0; k < blocks; k++) {
                partial[k] = 0;
                for (int64_t r = 128 * k; r < n && r < 128 * (k + 1); r++)
                    partial[k] = fma(lin_f64(A)[r * 2 + at / 130], lin_f64(B)[r * 130 + at % 130], partial[k]);
            }
            assert_true(C[at] == tree(partial, blocks));
        }
    }
}

/* On one thread a tile takes its blocks one after the other; on several a few blocks are tasks of their own, many are not. */
static void blocks_and_their_tree(void **state)
{
    (void)state;
    const size_t step = (size_t)valgrind_step(3);
    for (int threads = 1; threads <= 3; threads++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = threads});
        check_blocks(ctx, (size_t)threads % step, step);
        lin_ctx_free(ctx);
    }
}

/* Sums of many rows need room beside their result: that of one product of a batch serves the next. */
static void a_batch_of_products_takes_the_room_of_one(void **state)
{
    (void)state;
    if (under_valgrind()) skip();               /* a billion multiply-adds, each by a function there */
    static const int64_t rows[] = {2048, 4096}; /* a few blocks, on several threads tasks of their own; many */
    for (int threads = 1; threads <= 2; threads++)
        for (int i = 0; i < 2; i++) {
            lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = threads});
            lin_tensor *A = lin_ones(ctx, LIN_SHAPE(32, 64, rows[i])), *B = lin_ones(ctx, LIN_SHAPE(32, rows[i], 64));
            size_t before = lin_memory(ctx);
            lin_tensor *y = lin_matmul(A, B);
            assert_non_null(y);
            size_t result = (size_t)lin_numel(y) * sizeof(float);
            assert_true(lin_memory(ctx) - before <= result / 4 * 5 + (1 << 20));
            lin_ctx_free(ctx);
        }
}

static void what_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = lin_zeros(ctx, LIN_SHAPE(256, 784)), *b = lin_zeros(ctx, LIN_SHAPE(10, 784));
    assert_null(lin_matmul(a, b));
    check_error(ctx, LIN_EINVAL, "matmul: (256, 784) x (10, 784): 784 and 10 must be equal");
    assert_null(lin_matmul(a, lin_zeros(ctx, LIN_SCALAR)));
    check_error(ctx, LIN_EINVAL, "matmul: (256, 784) x (): a scalar is no matrix; see lin_mul");
    assert_null(lin_matmul(lin_zeros(ctx, LIN_SHAPE(2, 3, 4)), lin_zeros(ctx, LIN_SHAPE(3, 4, 5))));
    check_error(ctx, LIN_EINVAL, "matmul: (2, 3, 4) x (3, 4, 5): the batches do not broadcast");
    assert_null(lin_matmul(a, NULL));
    check_error(ctx, LIN_EINVAL, "matmul: argument 2 is NULL");
    assert_null(lin_matmul(NULL, a));
    check_error(ctx, LIN_EINVAL, "matmul: argument 1 is NULL");
    assert_null(lin_matmul(a, lin_to(a, LIN_F64)));
    check_error(ctx, LIN_EINVAL, "matmul: f32 and f64 do not mix; convert one with lin_to");
    assert_null(lin_matmul(lin_to(a, LIN_I64), lin_to(a, LIN_I64)));
    check_error(ctx, LIN_EINVAL, "matmul: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_affine(lin_zeros(ctx, LIN_SHAPE(256, 1, 28, 28)), b, NULL));
    check_error(ctx, LIN_EINVAL,
                "affine: X is (256, 1, 28, 28), the weight (10, 784); they must be (*, in) and (out, in)");
    assert_null(lin_affine(a, b, lin_zeros(ctx, LIN_SHAPE(9))));
    check_error(ctx, LIN_EINVAL, "affine: the weight is (10, 784), the bias (9); it must be (10)");
    assert_null(lin_affine(a, NULL, NULL));
    check_error(ctx, LIN_EINVAL, "affine: argument 2 is NULL");
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(2, 3)), *unmade = lin_zeros(ctx, LIN_SHAPE(-1)); /* is no "no bias" */
    assert_null(lin_affine(X, X, unmade));
    check_error_has(ctx, LIN_EINVAL, "zeros: (-1) is not a shape");
    assert_non_null(lin_affine(X, X, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_layout),
        TEST(large),
        TEST(ranks),
        TEST(affine),
        TEST(any_number_of_threads),
        TEST(rows_are_independent),
        cmocka_unit_test(blocks_and_their_tree),
        cmocka_unit_test(a_batch_of_products_takes_the_room_of_one),
        TEST(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
