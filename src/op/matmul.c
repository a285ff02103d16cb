/* Products of matrices. Two forms, chosen by shapes and strides alone, never by the number of threads:
 *
 *   dots   every element is a dot product along k in lanes (gemm_nt): where the rows of A are contiguous along k, and the columns
 *          of B are too or are fewer than 16 (then they are packed so: narrow products are what linear networks consist of)
 *   rows   otherwise: rows of B are accumulated in blocks of 128 along k, the blocks combined by the tree (gemm_block)
 *
 * An operand whose strides fit neither is packed into contiguous scratch. */
#include "op/op.h"
#include "op/product.h"

#include <string.h>

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
static void pack(lin_dtype type, const matrix *from, void *to)
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
static bool make_plan(lin_ctx *ctx, lin_dtype type, const matrix *A, const matrix *B, plan *p)
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
static int product(lin_ctx *ctx, const plan *p, matrix A, matrix B, void *C)
{
    int64_t m = A.rows, k = A.cols, n = B.cols;
    if (p->pack_a) {
        pack(p->type, &A, p->a);
        A = (matrix){p->a, m, k, k, 1};
    }
    if (p->dots) {
        matrix Bt = transposed(B);
        if (p->pack_b) {
            pack(p->type, &Bt, p->b);
            Bt = (matrix){p->b, n, k, k, 1};
        }
        return lin__gemm_nt(ctx, p->type, m, n, k, A.data, A.row, Bt.data, Bt.row, NULL, C, n);
    }
    if (p->pack_b) {
        pack(p->type, &B, p->b);
        B = (matrix){p->b, k, n, n, 1};
    }
    return lin__gemm_rows(ctx, p->type, k, m, n, A.data, A.col, A.row, B.data, B.row, C, n);
}

/* ---- matmul ------------------------------------------------------------------------------------------------------------ */

/* The operands of a product as batches of matrices: dim[0 … batch−1] is their broadcast shape. */
typedef struct operands {
    int batch;
    int64_t dim[LIN_MAX_DIMS];
    int64_t stride[2][LIN_MAX_DIMS]; /* of A's and B's batches */
    matrix A, B;
} operands;

/* t's header without its last two dimensions (or fewer). */
static lin_tensor batch_of(const lin_tensor *t)
{
    lin_tensor b = *t;
    b.ndim = t->ndim > 2 ? (uint8_t)(t->ndim - 2) : 0;
    return b;
}

static matrix matrix_of(const lin_tensor *t, bool column)
{
    int d = t->ndim;
    if (d > 1) return (matrix){t->data, t->dim[d - 2], t->dim[d - 1], t->stride[d - 2], t->stride[d - 1]};
    matrix row = {t->data, 1, t->dim[0], 0, t->stride[0]};
    return column ? transposed(row) : row;
}

static bool refuse(const lin_tensor *a, const lin_tensor *b, const char *why)
{
    char left[LIN__SHAPE_TEXT], right[LIN__SHAPE_TEXT];
    lin__fail(a->ctx, LIN_EINVAL, "matmul: %s x %s: %s", lin__shape_text(left, a->dim, a->ndim),
              lin__shape_text(right, b->dim, b->ndim), why);
    return false;
}

static bool set_operands(operands *o, const lin_tensor *a, const lin_tensor *b)
{
    if (a->ndim == 0 || b->ndim == 0) return refuse(a, b, "a scalar is no matrix; see lin_mul");
    o->A = matrix_of(a, false);
    o->B = matrix_of(b, true);
    if (o->A.cols != o->B.rows) {
        char why[80];
        snprintf(why, sizeof why, "%lld and %lld must be equal", (long long)o->A.cols, (long long)o->B.rows);
        return refuse(a, b, why);
    }
    o->batch = 0;
    if (a->ndim <= 2 && b->ndim <= 2) return true;
    lin_tensor x = batch_of(a), y = batch_of(b);
    o->batch = lin__broadcast(&x, &y, o->dim);
    if (o->batch < 0) return refuse(a, b, "the batches do not broadcast");
    lin__broadcast_strides(&x, o->dim, o->batch, o->stride[0]);
    lin__broadcast_strides(&y, o->dim, o->batch, o->stride[1]);
    return true;
}

/* All but the last dimension. */
static int64_t rows_of(const lin_tensor *t)
{
    int64_t rows = 1;
    for (int i = 0; i < t->ndim - 1; i++)
        rows *= t->dim[i];
    return rows;
}

/* Many matrices times one, rows upon rows: one tall matrix. */
static void fold(operands *o, const lin_tensor *a, const lin_tensor *b)
{
    if (b->ndim > 2 || a->ndim < 3 || !a->contiguous) return;
    o->batch = 0;
    o->A.rows = rows_of(a);
}

static lin_tensor *result_of(const operands *o, const lin_tensor *a, const lin_tensor *b)
{
    int64_t dim[LIN_MAX_DIMS + 2];
    int ndim = o->batch;
    for (int i = 0; i < ndim; i++)
        dim[i] = o->dim[i];
    if (a->ndim > 1) dim[ndim++] = o->A.rows;
    if (b->ndim > 1) dim[ndim++] = o->B.cols;
    return lin__tensor_new(a->ctx, lin__here(a->ctx), (lin_dtype)a->dtype, dim, ndim, "matmul");
}

static int multiply(lin_ctx *ctx, operands *o, lin_dtype type, lin_tensor *y)
{
    plan p;
    if (!make_plan(ctx, type, &o->A, &o->B, &p)) return LIN_ENOMEM;
    if (o->batch == 0) return product(ctx, &p, o->A, o->B, y->data);
    int64_t batches = 1, index[LIN_MAX_DIMS] = {0}, each = o->A.rows * o->B.cols;
    for (int i = 0; i < o->batch; i++)
        batches *= o->dim[i];
    matrix A = o->A, B = o->B;
    for (int64_t t = 0; t < batches; t++) {
        int code = product(ctx, &p, A, B, lin__elements(y->data, t * each, type));
        if (code) return code;
        for (int d = o->batch - 1; d >= 0; d--) {
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

lin_tensor *lin_matmul(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[] = {a, b};
    operands o;
    if (!lin__args_typed("matmul", in, 2, true) || !set_operands(&o, a, b)) return NULL;
    lin_tensor *y = result_of(&o, a, b);
    if (!y) return NULL;
    fold(&o, a, b);
    if (y->numel && multiply(a->ctx, &o, (lin_dtype)a->dtype, y)) return NULL;
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
static int pass_product(lin__node *node, int i, const lin_tensor *g, matrix A, matrix B)
{
    lin_tensor *d = lin__room(node, i, g);
    plan p;
    bool good =
        d && (!d->numel || (make_plan(d->ctx, (lin_dtype)d->dtype, &A, &B, &p) && !product(d->ctx, &p, A, B, d->data)));
    return lin__pass(node, i, good ? d : NULL);
}

/* dA = G·Bᵀ, dB = Aᵀ·G of one product. */
static int backward_one(lin__node *node, const lin_tensor *g)
{
    const lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor;
    matrix A = matrix_of(a, false), B = matrix_of(b, true), G = gradient_matrix(g, &A, &B, a, b);
    int code = lin__needs(node, 0) ? pass_product(node, 0, g, G, transposed(B)) : 0;
    return code || !lin__needs(node, 1) ? code : pass_product(node, 1, g, transposed(A), G);
}

/* The same of batches. */
int lin__backward_matmul(lin__node *node, lin_tensor *g)
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

/* ---- affine: X·Wᵀ + b ------------------------------------------------------------------------------------------------------ */

static bool check_affine(const lin_tensor *X, const lin_tensor *weight, const lin_tensor *bias)
{
    char x[LIN__SHAPE_TEXT], w[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    if (weight->ndim != 2 || X->ndim == 0 || X->dim[X->ndim - 1] != weight->dim[1]) {
        lin__fail(X->ctx, LIN_EINVAL, "affine: X is %s, the weight %s; they must be (*, in) and (out, in)",
                  lin__shape_text(x, X->dim, X->ndim), lin__shape_text(w, weight->dim, weight->ndim));
        return false;
    }
    if (bias && (bias->ndim != 1 || bias->dim[0] != weight->dim[0])) {
        lin__fail(X->ctx, LIN_EINVAL, "affine: the weight is %s, the bias %s; it must be (%lld)",
                  lin__shape_text(w, weight->dim, weight->ndim), lin__shape_text(b, bias->dim, bias->ndim),
                  (long long)weight->dim[0]);
        return false;
    }
    return true;
}

/* t with contiguous rows: itself, or a copy. */
static lin_tensor *packed(lin_tensor *t)
{
    return t->contiguous ? t : lin__tensor_copy(t, lin__here(t->ctx));
}

lin_tensor *lin_affine(lin_tensor *X, lin_tensor *weight, lin_tensor *bias)
{
    lin_tensor *in[] = {X, weight, bias};
    if (!lin__args_typed("affine", in, bias ? 3 : 2, true) || (!bias && lin__failed(X->ctx)) ||
        !check_affine(X, weight, bias))
        return NULL;
    int64_t dim[LIN_MAX_DIMS], out = weight->dim[0], k = weight->dim[1];
    memcpy(dim, X->dim, sizeof dim);
    dim[X->ndim - 1] = out;
    lin_dtype type = (lin_dtype)X->dtype;
    lin_tensor *y = lin__tensor_new(X->ctx, lin__here(X->ctx), type, dim, X->ndim, "affine");
    lin_tensor *x = packed(X), *w = packed(weight), *b = bias ? packed(bias) : NULL;
    if (!y || !x || !w || (bias && !b)) return NULL;
    int code = lin__gemm_nt(X->ctx, type, rows_of(X), out, k, x->data, k, w->data, k, b ? b->data : NULL, y->data, out);
    if (code) return NULL;
    uint32_t saved = (weight->requires_grad ? LIN__SAVE_A : 0) | (X->requires_grad ? LIN__SAVE_B : 0);
    return lin__record(y, OP(affine), in, 3, saved, NULL);
}

/* dX = G·W, dW = Gᵀ·X, db = Σ over rows of G. */
int lin__backward_affine(lin__node *node, lin_tensor *g)
{
    lin_tensor *X = node->in[0].tensor, *W = node->in[1].tensor, *bias = node->in[2].tensor;
    int64_t rows = rows_of(X), out = W->dim[0], k = W->dim[1];
    lin_dtype type = (lin_dtype)g->dtype;
    lin_ctx *ctx = g->ctx;
    lin_tensor *G = packed(g);
    int code = 0;
    if (lin__needs(node, 0)) {
        lin_tensor *w = packed(W), *d = lin__room(node, 0, g);
        bool good = G && w && d && !lin__gemm_rows(ctx, type, out, rows, k, G->data, 1, out, w->data, k, d->data, k);
        code = lin__pass(node, 0, good ? d : NULL);
    }
    if (lin__needs(node, 1) && !code) {
        lin_tensor *x = packed(X), *d = lin__room(node, 1, g);
        bool good = G && x && d && !lin__gemm_rows(ctx, type, rows, out, k, G->data, out, 1, x->data, k, d->data, k);
        code = lin__pass(node, 1, good ? d : NULL);
    }
    if (bias && lin__needs(node, 2) && !code) code = lin__pass_summed(node, 2, G, g);
    return code;
}
