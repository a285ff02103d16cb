/* softmax and its relations, from the maximum of each row, so that nothing overflows. */
#include "op/reduce.h"

#include <stdio.h>
#include <string.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

/* An exponential costs about as much as this many additions. */
enum { EXP_COST = 8 };

/* Rows of c neighbouring elements: y = f(x), or, backwards, dx from y and its gradient g. */
typedef enum how { SOFTMAX, LOG_SOFTMAX, LOGSUMEXP, SOFTMAX_BACK, LOG_SOFTMAX_BACK } how;
typedef struct rows {
    how how;
    int64_t c;
    const void *x; /* backwards: y */
    const void *g;
    void *y; /* backwards: dx */
} rows;

/* softmax: dx = y·(g − Σ g·y); log_softmax: dx = g − exp(y)·Σ g. */
#define ROWS_OF(T, SUFFIX)                                                                        \
    static void rows_##SUFFIX(void *arg, int64_t first, int64_t last)                             \
    {                                                                                             \
        const rows *r = arg;                                                                      \
        const lin__kernels_##SUFFIX *k = &lin__kernels_get()->SUFFIX;                             \
        int64_t n = last - first, c = r->c;                                                       \
        const T *x = (const T *)r->x + first * c, *g = r->g ? (const T *)r->g + first * c : NULL; \
        T *y = (T *)r->y + (r->how == LOGSUMEXP ? first : first * c);                             \
        if (r->how == SOFTMAX) k->softmax_rows(n, c, x, y);                                       \
        if (r->how == LOG_SOFTMAX) k->log_softmax_rows(n, c, x, y);                               \
        if (r->how == LOGSUMEXP) k->logsumexp_rows(n, c, x, y);                                   \
        if (!g) return;                                                                           \
        for (; n > 0; n--, x += c, g += c, y += c) {                                              \
            T sum = r->how == SOFTMAX_BACK ? k->dot(c, g, x) : k->sum(c, g);                      \
            if (r->how == LOG_SOFTMAX_BACK) k->exp(c, x, 1, y, 1);                                \
            for (int64_t j = 0; j < c; j++)                                                       \
                y[j] = r->how == SOFTMAX_BACK ? x[j] * (g[j] - sum) : g[j] - y[j] * sum;          \
        }                                                                                         \
    }
ROWS_OF(float, f32)
ROWS_OF(double, f64)

static void run_rows(lin_ctx *ctx, lin_dtype type, rows r, int64_t n)
{
    lin__each_range(ctx, n, EXP_COST * r.c, type == LIN_F32 ? rows_f32 : rows_f64, &r);
}

/* ---- logsumexp ------------------------------------------------------------------------------------- */

static lin_tensor *logsumexp(lin_tensor *t, uint32_t mask, bool keepdim)
{
    lin_tensor *y = lin__reduced(t, mask, keepdim, (lin_dtype)t->dtype, "logsumexp");
    lin__arranged a = lin__arrange(t, mask);
    if (!y || !a.t) return NULL;
    run_rows(t->ctx, (lin_dtype)t->dtype, (rows){.how = LOGSUMEXP, .c = a.inner, .x = a.t->data, .y = y->data},
             a.outer);
    return lin__record_reduction(y, OP(logsumexp), t, mask, false, LIN__SAVE_A | LIN__SAVE_OUT);
}

lin_tensor *lin_logsumexp(lin_tensor *t, int dim, bool keepdim)
{
    uint32_t mask;
    if (!lin__args_typed("logsumexp", &t, 1, true) || !lin__one_dim(t, dim, "logsumexp", &mask)) return NULL;
    return logsumexp(t, mask, keepdim);
}

lin_tensor *lin_logsumexp_dims(lin_tensor *t, lin_shape dims, bool keepdim)
{
    uint32_t mask;
    if (!lin__args_typed("logsumexp", &t, 1, true) || !lin__dim_mask(t, dims, "logsumexp", &mask)) return NULL;
    return logsumexp(t, mask, keepdim);
}

/* d lse / d x = exp(x − lse): the softmax. */
int lin__backward_logsumexp(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor;
    uint32_t mask = (uint32_t)node->i[0];
    lin_tensor *weight = lin_exp(lin_sub(t, lin__spread(node->out, t, mask)));
    return lin__pass(node, 0, lin_mul(lin__spread(g, t, mask), weight));
}

/* ---- softmax, log_softmax ---------------------------------------------------------------------------- */

/* t with dimensions `dim` and the last exchanged, contiguous: t itself where it is so. Without a graph. */
static lin_tensor *dense_rows(lin_tensor *t, int dim)
{
    int last = t->ndim - 1;
    if (t->contiguous && (last <= 0 || dim == last)) return t;
    int64_t size[LIN_MAX_DIMS], stride[LIN_MAX_DIMS];
    for (int i = 0; i < t->ndim; i++) {
        int from = i == dim ? last : i == last ? dim : i;
        size[i] = t->dim[from];
        stride[i] = t->stride[from];
    }
    lin_tensor *moved = lin__tensor_view(t, size, stride, t->ndim, 0);
    return moved && !moved->contiguous ? lin__tensor_copy(moved, lin__here(t->ctx)) : moved;
}

/* The way back. */
static lin_tensor *rows_back(lin_tensor *y, int dim)
{
    return y ? dense_rows(y, dim) : NULL;
}

/* f over the rows of x (and g) along dim. */
static lin_tensor *along(how f, lin_tensor *x, lin_tensor *g, int dim)
{
    lin_tensor *dense = dense_rows(x, dim), *dense_g = g ? dense_rows(g, dim) : NULL;
    if (!dense || (g && !dense_g)) return NULL;
    lin_tensor *y = lin__tensor_like(dense, (lin_dtype)x->dtype);
    if (!y || y->numel == 0) return rows_back(y, dim);
    rows r = {.how = f, .c = x->ndim ? x->dim[dim] : 1, .x = dense->data, .g = g ? dense_g->data : NULL, .y = y->data};
    run_rows(x->ctx, (lin_dtype)x->dtype, r, x->numel / r.c);
    return rows_back(y, dim);
}

static lin_tensor *normalised(lin_tensor *t, how f, int dim, const lin__op *op)
{
    if (!lin__args_typed(op->name, &t, 1, true)) return NULL;
    int at = lin__dim_index(t, dim, op->name);
    if (at < 0) return NULL;
    lin__node *node;
    lin_tensor *y = lin__record(along(f, t, NULL, at), op, &t, 1, LIN__SAVE_OUT, &node);
    if (node) node->i[0] = at;
    return y;
}

lin_tensor *lin_softmax(lin_tensor *t, int dim)
{
    return normalised(t, SOFTMAX, dim, OP(softmax));
}

int lin__backward_softmax(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, along(SOFTMAX_BACK, node->out, g, (int)node->i[0]));
}

lin_tensor *lin_log_softmax(lin_tensor *t, int dim)
{
    return normalised(t, LOG_SOFTMAX, dim, OP(log_softmax));
}

int lin__backward_log_softmax(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, along(LOG_SOFTMAX_BACK, node->out, g, (int)node->i[0]));
}

/* ---- softmax_nll: the loss of softmax regression in one op --------------------------------------------- */

static bool check_labels(const lin_tensor *logits, const lin_tensor *labels)
{
    if (logits->ndim == 2 && labels->ndim == 1 && labels->dim[0] == logits->dim[0] && labels->dtype == LIN_I64)
        return true;
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    lin__fail(logits->ctx, LIN_EINVAL, "softmax_nll: logits are %s, labels %s %s; they must be (n, c) and i64 (n)",
              lin__shape_text(a, logits->dim, logits->ndim), lin_dtype_name((lin_dtype)labels->dtype),
              lin__shape_text(b, labels->dim, labels->ndim));
    return false;
}

/* " at row 5" of (n), " at (1, 0)" of more dimensions, nothing of one label alone. */
static void place_text(char out[LIN__SHAPE_TEXT + 8], const lin_tensor *t, int64_t i)
{
    char text[LIN__SHAPE_TEXT];
    int64_t at[LIN_MAX_DIMS], rest = i;
    for (int d = t->ndim - 1; d >= 0; rest /= t->dim[d--])
        at[d] = rest % t->dim[d];
    out[0] = '\0';
    if (t->ndim == 1) snprintf(out, LIN__SHAPE_TEXT, " at row %lld", (long long)i);
    if (t->ndim > 1) snprintf(out, LIN__SHAPE_TEXT + 8, " at %s", lin__shape_text(text, at, t->ndim));
}

bool lin__check_labels(const char *name, const lin_tensor *labels, int64_t classes)
{
    const int64_t *y = labels->data;
    for (int64_t i = 0; i < labels->numel; i++) {
        if (y[i] >= 0 && y[i] < classes) continue;
        char place[LIN__SHAPE_TEXT + 8];
        place_text(place, labels, i);
        lin__fail(labels->ctx, LIN_EINVAL, "%s: label %lld%s is outside [0, %lld)", name, (long long)y[i], place,
                  (long long)classes);
        return false;
    }
    return true;
}

/* One row of logits x, labels y, probabilities p; forwards the loss, backwards dx from the loss's gradient g. */
typedef struct nll {
    int64_t c, sg;
    const int64_t *y;
    const void *x, *g;
    void *p, *out;
} nll;

/* What the backward reads: the tensors, since their elements may have moved since (lin__own). */
typedef struct kept {
    const lin_tensor *y, *p;
} kept;

/* The loss's gradient is p − one_hot(label). */
#define NLL_OF(T, SUFFIX)                                                                                   \
    static void nll_##SUFFIX(void *arg, int64_t first, int64_t last)                                        \
    {                                                                                                       \
        const nll *l = arg;                                                                                 \
        int64_t at = first * l->c;                                                                          \
        lin__kernels_get()->SUFFIX.softmax_nll_rows(last - first, l->c, (const T *)l->x + at, l->y + first, \
                                                    (T *)l->p + at, (T *)l->out + first);                   \
    }                                                                                                       \
    static void nll_back_##SUFFIX(void *arg, int64_t first, int64_t last)                                   \
    {                                                                                                       \
        const nll *l = arg;                                                                                 \
        const lin__kernels_##SUFFIX *k = &lin__kernels_get()->SUFFIX;                                       \
        int64_t c = l->c;                                                                                   \
        const T *p = (const T *)l->p + first * c, *g = (const T *)l->g + first * l->sg;                     \
        T *dx = (T *)l->out + first * c;                                                                    \
        if (l->sg == 0) k->mul((last - first) * c, p, 1, g, 0, dx, 1); /* a mean's: one for all */          \
        for (int64_t r = first; r < last; r++, p += c, dx += c, g += l->sg) {                               \
            if (l->sg != 0) k->mul(c, p, 1, g, 0, dx, 1);                                                   \
            dx[l->y[r]] = (p[l->y[r]] - 1) * *g;                                                            \
        }                                                                                                   \
    }
NLL_OF(float, f32)
NLL_OF(double, f64)

lin_tensor *lin_softmax_nll(lin_tensor *logits, lin_tensor *labels)
{
    lin_tensor *in[] = {logits, labels};
    if (!lin__args("softmax_nll", in, 2) || !lin__args_typed("softmax_nll", in, 1, true)) return NULL;
    if (!check_labels(logits, labels)) return NULL;
    lin_ctx *ctx = logits->ctx;
    lin_dtype type = (lin_dtype)logits->dtype;
    lin_tensor *x = logits->contiguous ? logits : lin__tensor_copy(logits, lin__here(ctx));
    lin_tensor *y = labels->contiguous ? labels : lin__tensor_copy(labels, lin__here(ctx));
    if (!x || !y || !lin__check_labels("softmax_nll", y, x->dim[1])) return NULL;
    lin_tensor *p = lin__tensor_like(x, type),
               *out = lin__tensor_new(ctx, lin__here(ctx), type, x->dim, 1, "softmax_nll");
    kept *k = lin__alloc(ctx, lin__here(ctx), sizeof *k);
    if (!p || !out || !k) return NULL;
    *k = (kept){y, p};
    nll l = {.c = x->dim[1], .y = y->data, .x = x->data, .p = p->data, .out = out->data};
    if (x->numel) lin__each_range(ctx, x->dim[0], EXP_COST * l.c, type == LIN_F32 ? nll_f32 : nll_f64, &l);
    lin__node *node;
    out = lin__record(out, OP(softmax_nll), in, 2, LIN__SAVE_B, &node);
    if (node) node->extra = k;
    return out;
}

int lin__backward_softmax_nll(lin__node *node, lin_tensor *g)
{
    lin_tensor *x = node->in[0].tensor, *dx = lin__tensor_like(x, (lin_dtype)x->dtype);
    if (!dx) return lin__pass(node, 0, NULL);
    const kept *k = node->extra;
    nll l = {.c = x->dim[1], .sg = g->stride[0], .y = k->y->data, .g = g->data, .p = k->p->data, .out = dx->data};
    if (dx->numel) lin__each_range(x->ctx, x->dim[0], l.c, x->dtype == LIN_F32 ? nll_back_f32 : nll_back_f64, &l);
    return lin__pass(node, 0, dx);
}
