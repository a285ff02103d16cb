/* Products of matrices. Two forms, chosen by shapes and strides alone, never by the number of threads:
 *
 *   dots   every element is a dot product along k in lanes (gemm_nt): where the rows of A are contiguous along k, and the columns
 *          of B are too or are fewer than 16 (then they are packed so: narrow products are what linear networks consist of)
 *   rows   otherwise: rows of B are accumulated in blocks of 128 along k, the blocks combined by the tree (gemm_block)
 *
 * An operand whose strides fit neither is packed into contiguous scratch. */
#include "op/op.h"
#include "op/product.h"

#include <stdio.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

/* Columns of B that are packed for dots. */
enum { NARROW = 16 };

/* ---- One product of strided matrices ------------------------------------------------------------------------------- */

/* A matrix seen with two strides, in elements. */
typedef struct matrix {
    const void *data;
    int64_t rows, cols, row, col;
} matrix;

/* Which of the two forms, what is packed, and where to. */
typedef struct plan {
    lin_dtype type;
    bool dots, pack_a, pack_b;
    void *a, *b;
} plan;

/* `from` transposed or not, into contiguous rows. */
static __attribute__((noinline)) void pack(lin_dtype type, const matrix *from, void *to)
{
    for (int64_t i = 0; i < from->rows; i++)
        lin__convert(type, type, from->cols, lin__elements(from->data, i * from->row, type), from->col,
                     lin__elements(to, i * from->cols, type), 1);
}

static matrix transposed(matrix x)
{
    return (matrix){x.data, x.cols, x.rows, x.col, x.row};
}

static bool dense(int64_t size, int64_t stride)
{
    return stride == 1 || size <= 1;
}

/* False with a cause. A (m, k), B (k, n). */
static inline bool make_plan(lin_ctx *ctx, lin_dtype type, const matrix *A, const matrix *B, plan *p)
{
    int64_t k = A->cols, m = A->rows, n = B->cols;
    bool a_along_k = dense(k, A->col), a_along_m = dense(m, A->row), b_along_k = dense(k, B->row),
         b_along_n = dense(n, B->col);
    *p = (plan){.type = type, .pack_a = !a_along_k && !a_along_m};
    p->dots = (a_along_k || p->pack_a) && (b_along_k || n < NARROW);
    p->pack_b = p->dots ? !b_along_k : !b_along_n;
    size_t size = lin__size_of(type);
    if (p->pack_a && !(p->a = lin__alloc_array(ctx, lin__here(ctx), (size_t)m * (size_t)k, size))) return false;
    return !p->pack_b || (p->b = lin__alloc_array(ctx, lin__here(ctx), (size_t)k * (size_t)n, size));
}

/* C (m, n), contiguous, = A·B by the plan. */
static inline int product(lin_ctx *ctx, const plan *p, const matrix *A, const matrix *B, void *C)
{
    int64_t m = A->rows, k = A->cols, n = B->cols, lda = A->row, step = A->col;
    const void *a = A->data, *b = B->data;
    if (p->pack_a) {
        pack(p->type, A, p->a);
        a = p->a;
        lda = k;
        step = 1;
    }
    if (p->pack_b) {
        matrix from = p->dots ? transposed(*B) : *B;
        pack(p->type, &from, p->b);
        b = p->b;
    }
    if (p->dots) return lin__gemm_nt(ctx, p->type, m, n, k, a, lda, b, p->pack_b ? k : B->col, NULL, C, n);
    return lin__gemm_rows(ctx, p->type, k, m, n, a, step, lda, b, p->pack_b ? n : B->row, C, n);
}

LIN__HOT static __attribute__((noinline)) int multiply(lin_ctx *ctx, lin_dtype type, const matrix *A, const matrix *B,
                                                       void *C)
{
    plan p;
    return make_plan(ctx, type, A, B, &p) ? product(ctx, &p, A, B, C) : LIN_ENOMEM;
}

/* ---- matmul ------------------------------------------------------------------------------------------------------------ */

static matrix matrix_of(const lin_tensor *t, bool column)
{
    int d = t->ndim;
    if (d > 1) return (matrix){t->data, t->dim[d - 2], t->dim[d - 1], t->stride[d - 2], t->stride[d - 1]};
    matrix row = {t->data, 1, t->dim[0], 0, t->stride[0]};
    return column ? transposed(row) : row;
}

static lin_tensor *refuse(const lin_tensor *a, const lin_tensor *b, const char *why)
{
    char left[LIN__SHAPE_TEXT], right[LIN__SHAPE_TEXT];
    lin__fail(a->ctx, LIN_EINVAL, "matmul: %s x %s: %s", lin__shape_text(left, a->dim, a->ndim),
              lin__shape_text(right, b->dim, b->ndim), why);
    return NULL;
}

static __attribute__((noinline)) lin_tensor *refuse_sizes(const lin_tensor *a, const lin_tensor *b, int64_t cols,
                                                          int64_t rows)
{
    char why[80];
    snprintf(why, sizeof why, "%lld and %lld must be equal", (long long)cols, (long long)rows);
    return refuse(a, b, why);
}

/* The product of A and B in the shape that a's and b's own give it, behind the batches in dim[0 … ndim−1]; dim has room for two
 * more. */
static lin_tensor *result_of(const lin_tensor *a, const lin_tensor *b, const matrix *A, const matrix *B, int64_t *dim,
                             int ndim)
{
    if (a->ndim > 1) dim[ndim++] = A->rows;
    if (b->ndim > 1) dim[ndim++] = B->cols;
    return lin__tensor_new(a->ctx, lin__here(a->ctx), (lin_dtype)a->dtype, dim, ndim, "matmul");
}

/* The batches of two operands: dim[0 … count−1] is their broadcast shape. */
typedef struct batches {
    int count;
    int64_t dim[LIN_MAX_DIMS + 2];
    int64_t stride[2][LIN_MAX_DIMS]; /* of A's and B's */
} batches;

/* t's header without its last two dimensions (or fewer). */
static lin_tensor batch_of(const lin_tensor *t)
{
    lin_tensor b = *t;
    b.ndim = t->ndim > 2 ? (uint8_t)(t->ndim - 2) : 0;
    return b;
}

/* y = A·B for each of the batches. 0 or a code. */
static int multiply_each(const batches *o, matrix A, matrix B, lin_tensor *y)
{
    lin_dtype type = (lin_dtype)y->dtype;
    plan p;
    if (!make_plan(y->ctx, type, &A, &B, &p)) return LIN_ENOMEM;
    int64_t count = 1, index[LIN_MAX_DIMS] = {0}, each = A.rows * B.cols;
    for (int i = 0; i < o->count; i++)
        count *= o->dim[i];
    for (int64_t t = 0; t < count; t++) {
        int code = product(y->ctx, &p, &A, &B, lin__elements(y->data, t * each, type));
        if (code) return code;
        for (int d = o->count - 1; d >= 0; d--) {
            bool wraps = ++index[d] == o->dim[d];
            int64_t steps = wraps ? 1 - o->dim[d] : 1;
            A.data = lin__elements(A.data, steps * o->stride[0][d], type);
            B.data = lin__elements(B.data, steps * o->stride[1][d], type);
            if (!wraps) break;
            index[d] = 0;
        }
    }
    return 0;
}

static __attribute__((noinline)) lin_tensor *multiply_batches(const lin_tensor *a, const lin_tensor *b, matrix A,
                                                              matrix B)
{
    lin_tensor x = batch_of(a), z = batch_of(b);
    batches o;
    o.count = lin__broadcast(&x, &z, o.dim);
    if (o.count < 0) return refuse(a, b, "the batches do not broadcast");
    lin__broadcast_strides(&x, o.dim, o.count, o.stride[0]);
    lin__broadcast_strides(&z, o.dim, o.count, o.stride[1]);
    lin_tensor *y = result_of(a, b, &A, &B, o.dim, o.count);
    if (!y || !y->numel) return y;
    if (b->ndim <= 2 && a->contiguous) { /* many matrices times one, rows upon rows: one tall matrix */
        o.count = 0;
        A.rows = lin__rows_of(a);
    }
    return multiply_each(&o, A, B, y) ? NULL : y;
}

static lin_tensor *multiply_tensors(const lin_tensor *a, const lin_tensor *b)
{
    if (a->ndim == 0 || b->ndim == 0) return refuse(a, b, "a scalar is no matrix; see lin_mul");
    matrix A = matrix_of(a, false), B = matrix_of(b, true);
    if (A.cols != B.rows) return refuse_sizes(a, b, A.cols, B.rows);
    if (a->ndim > 2 || b->ndim > 2) return multiply_batches(a, b, A, B);
    int64_t dim[2];
    lin_tensor *y = result_of(a, b, &A, &B, dim, 0);
    return y && (!y->numel || !multiply(y->ctx, (lin_dtype)y->dtype, &A, &B, y->data)) ? y : NULL;
}

LIN__HOT lin_tensor *lin_matmul(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[] = {a, b};
    if (!lin__args_typed("matmul", in, 2, true)) return NULL;
    lin_tensor *y = multiply_tensors(a, b);
    uint32_t saved = (b->requires_grad ? LIN__SAVE_A : 0) | (a->requires_grad ? LIN__SAVE_B : 0);
    return lin__record(y, OP(matmul), in, 2, saved, NULL);
}

/* t as a batch of matrices: a vector becomes a row, or a column. */
static lin_tensor *with_matrices(lin_tensor *t, bool column)
{
    return t->ndim > 1 ? t : lin_unsqueeze(t, column ? 1 : 0);
}

/* A gradient of t's matrices, summed over the batches that t was repeated for, in t's own shape. */
static lin_tensor *as_shape_of(lin_tensor *g, const lin_tensor *matrices, const lin_tensor *t)
{
    g = lin__sum_to(g, matrices);
    return g && g->ndim != t->ndim ? lin_reshape(g, lin_size(t)) : g;
}

/* dB = Aᵀ·G; for one B under many A's, of the tall matrices. */
static lin_tensor *right_gradient(lin_tensor *A, lin_tensor *G, const lin_tensor *B)
{
    if (B->ndim == 2 && A->ndim > 2 && A->numel && G->numel) {
        A = lin_reshape(A, LIN_SHAPE(-1, A->dim[A->ndim - 1]));
        G = lin_reshape(G, LIN_SHAPE(-1, G->dim[G->ndim - 1]));
    }
    return lin_matmul(lin_transpose(A, -2, -1), G);
}

/* g as the matrix that the product of a and b was before vectors lost a dimension. */
static matrix gradient_matrix(const lin_tensor *g, const matrix *A, const matrix *B, const lin_tensor *a,
                              const lin_tensor *b)
{
    int64_t row = a->ndim > 1 ? g->stride[0] : 0, col = b->ndim > 1 ? g->stride[g->ndim - 1] : 0;
    return (matrix){g->data, A->rows, B->cols, row, col};
}

/* Input i's gradient is A·B. */
LIN__HOT static int pass_product(lin__node *node, int i, const lin_tensor *g, const matrix *A, const matrix *B)
{
    lin_tensor *d = lin__room(node, i, g);
    bool good = d && (!d->numel || !multiply(d->ctx, (lin_dtype)d->dtype, A, B, d->data));
    return lin__pass(node, i, good ? d : NULL);
}

/* dA = G·Bᵀ, dB = Aᵀ·G of one product. */
static int backward_one(lin__node *node, const lin_tensor *g)
{
    const lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor;
    matrix A = matrix_of(a, false), B = matrix_of(b, true), G = gradient_matrix(g, &A, &B, a, b);
    matrix At = transposed(A), Bt = transposed(B);
    int code = lin__needs(node, 0) ? pass_product(node, 0, g, &G, &Bt) : 0;
    return code || !lin__needs(node, 1) ? code : pass_product(node, 1, g, &At, &G);
}

/* The same of batches. */
LIN__HOT int lin__backward_matmul(lin__node *node, lin_tensor *g)
{
    lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor;
    if (a->ndim <= 2 && b->ndim <= 2) return backward_one(node, g);
    lin_tensor *A = with_matrices(a, false), *B = with_matrices(b, true), *G = g;
    if (b->ndim == 1) G = lin_unsqueeze(G, -1);
    if (G && a->ndim == 1) G = lin_unsqueeze(G, -2);
    if (!A || !B || !G) return lin__pass(node, lin__needs(node, 0) ? 0 : 1, NULL);
    int code = 0;
    if (lin__needs(node, 0)) code = lin__pass(node, 0, as_shape_of(lin_matmul(G, lin_transpose(B, -2, -1)), A, a));
    if (code || !lin__needs(node, 1)) return code;
    return lin__pass(node, 1, as_shape_of(right_gradient(A, G, B), B, b));
}
