/* affine: X·Wᵀ + b, a layer's product and its bias as one op. */
#include "op/op.h"
#include "op/product.h"

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

LIN__HOT lin_tensor *lin_affine(lin_tensor *X, lin_tensor *weight, lin_tensor *bias)
{
    lin_tensor *in[] = {X, weight, bias};
    if (!lin__args_typed("affine", in, bias ? 3 : 2, true) || (!bias && lin__failed(X->ctx)) ||
        !check_affine(X, weight, bias))
        return NULL;
    int64_t dim[LIN_MAX_DIMS], out = weight->dim[0], k = weight->dim[1];
    for (int i = 0; i < X->ndim - 1; i++)
        dim[i] = X->dim[i];
    dim[X->ndim - 1] = out;
    lin_dtype type = (lin_dtype)X->dtype;
    lin_tensor *y = lin__tensor_new(X->ctx, lin__here(X->ctx), type, dim, X->ndim, "affine");
    lin_tensor *x = packed(X), *w = packed(weight), *b = bias ? packed(bias) : NULL;
    if (!y || !x || !w || (bias && !b)) return NULL;
    int code =
        lin__gemm_nt(X->ctx, type, lin__rows_of(X), out, k, x->data, k, w->data, k, b ? b->data : NULL, y->data, out);
    if (code) return NULL;
    uint32_t saved = (weight->requires_grad ? LIN__SAVE_A : 0) | (X->requires_grad ? LIN__SAVE_B : 0);
    return lin__record(y, &lin__ops[LIN__OP_affine], in, 3, saved, NULL);
}

/* dX = G·W, dW = Gᵀ·X, db = Σ over rows of G. */
LIN__HOT int lin__backward_affine(lin__node *node, lin_tensor *g)
{
    lin_tensor *X = node->in[0].tensor, *W = node->in[1].tensor, *bias = node->in[2].tensor;
    int64_t rows = lin__rows_of(X), out = W->dim[0], k = W->dim[1];
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
