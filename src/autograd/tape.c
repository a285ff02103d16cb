/* Recording, and reverse accumulation.
 *
 * The nodes of a context are one list, newest first. An op's inputs were made before it, so walking the list from the result
 * backwards meets every node after all that used its value: no recursion, no sorting. The walk ends when no node it has
 * yet to visit holds a gradient. */
#include "autograd/tape.h"

#include "kernel/kernel.h"

#include <string.h>

/* ---- Recording ----------------------------------------------------------------------------------- */

/* A view keeps the graph it was made with; if its storage was changed since by an op with a graph, that is the wrong one. */
static bool is_stale(const lin_tensor *t)
{
    return t->requires_grad && t->graph_version != t->storage->graph_version;
}

static int refuse_stale(const lin_tensor *t, const char *name)
{
    return lin__fail(t->ctx, LIN_EINVAL,
                     "%s: this view's tensor was changed in place after the view was made; make the view again", name);
}

static inline size_t node_bytes(int count)
{
    return sizeof(lin__node) + (size_t)count * sizeof(lin__edge);
}

static inline lin__node *fill_node(void *memory, const lin__op *op, int count)
{
    lin__node *n = memory;
    n->op = op;
    n->gradient = NULL;
    n->count = count;
    n->extra = NULL;
    return n;
}

static lin__node *new_node(lin_ctx *ctx, const lin__op *op, int count)
{
    void *memory = lin__alloc(ctx, lin__here(ctx), node_bytes(count));
    return memory ? fill_node(memory, op, count) : NULL;
}

/* Fill edge i. False for a stale view. */
static inline bool fill_edge(lin__node *n, int i, lin_tensor *t, bool saved)
{
    if (!t) {
        n->in[i] = (lin__edge){0};
        return true;
    }
    if (is_stale(t)) return false;
    n->in[i] = (lin__edge){
        .tensor = t, .node = t->node, .version = t->storage->version, .needs_grad = t->requires_grad, .saved = saved};
    return true;
}

/* … with a cause. */
static bool connect(lin__node *n, int i, lin_tensor *t, bool saved)
{
    return fill_edge(n, i, t, saved) || refuse_stale(t, n->op->name) == 0;
}

/* `out` comes from node n from now on. */
static inline void put_on_tape(lin__node *n, lin_tensor *out, bool saved)
{
    lin_ctx *ctx = out->ctx;
    n->out = out;
    n->out_version = out->storage->version;
    n->out_saved = saved;
    n->prev = ctx->tape;
    ctx->tape = n;
    out->node = n;
    out->requires_grad = true;
    out->graph_version = out->storage->graph_version;
}

static __attribute__((noinline)) lin_tensor *refuse_input(lin_tensor *const *in, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (in[i] && is_stale(in[i])) {
            refuse_stale(in[i], name);
            break;
        }
    return NULL;
}

/* Bit i of `saved` says whether input i is; what is beyond its bits is as the last one. */
static inline lin_tensor *record_into(void *memory, lin_tensor *out, const lin__op *op, lin_tensor *const *in,
                                      int count, uint32_t saved, lin__node **node)
{
    enum { LAST = 29 };
    lin__node *n = fill_node(memory, op, count);
    uint32_t rest = saved;
    for (int i = 0; i < count; i++) {
        if (!fill_edge(n, i, in[i], rest & 1)) return refuse_input(in, count, op->name);
        if (i < LAST) rest >>= 1;
    }
    put_on_tape(n, out, saved & LIN__SAVE_OUT);
    if (node) *node = n;
    return out;
}

LIN__HOT static __attribute__((noinline)) lin_tensor *record_many(lin_tensor *out, const lin__op *op,
                                                                  lin_tensor *const *in, int count, uint32_t saved,
                                                                  lin__node **node)
{
    void *memory = lin__alloc(out->ctx, lin__here(out->ctx), node_bytes(count));
    return memory ? record_into(memory, out, op, in, count, saved, node) : NULL;
}

LIN__HOT static __attribute__((noinline)) lin_tensor *record_elsewhere(lin_tensor *out, const lin__op *op,
                                                                       lin_tensor *const *in, int count, uint32_t saved,
                                                                       lin__node **node)
{
    bool room = lin__next_chunk(out->ctx, lin__here(out->ctx), node_bytes(count));
    if (room) return lin__record_node(out, op, in, count, saved, node);
    return record_many(out, op, in, count, saved, node);
}

LIN__HOT lin_tensor *lin__record_node(lin_tensor *out, const lin__op *op, lin_tensor *const *in, int count,
                                      uint32_t saved, lin__node **node)
{
    /* Most ops have one input or two: a known number makes no loop. */
    if (count != 1 && count != 2) return record_many(out, op, in, count, saved, node);
    void *memory = lin__alloc_quick(out->ctx, lin__here(out->ctx), node_bytes(count));
    if (!memory) return record_elsewhere(out, op, in, count, saved, node);
    if (count == 1) return record_into(memory, out, op, in, 1, saved, node);
    return record_into(memory, out, op, in, 2, saved, node);
}

/* ---- Changes in place ---------------------------------------------------------------------------- */

/* Do several indices name the same element (an expanded tensor)? */
static bool overlaps(const lin_tensor *t)
{
    if (t->contiguous && t->numel > 0) return false;
    for (int i = 0; i < t->ndim; i++)
        if (t->stride[i] == 0 && t->dim[i] > 1) return true;
    return false;
}

static bool refuse_inplace(const lin_tensor *a, const char *name, const char *why)
{
    lin__fail(a->ctx, LIN_EINVAL, "%s: %s", name, why);
    return false;
}

LIN__HOT bool lin__inplace_begin(lin_tensor *a, lin_tensor *const *others, int count, const char *name,
                                 lin_tensor **before)
{
    *before = NULL;
    if (overlaps(a)) return refuse_inplace(a, name, "several elements of an expanded tensor are one; clone it first");
    if (!lin__before_change(a)) return false;
    lin_ctx *ctx = a->ctx;
    if (!lin__recording(ctx) || !(a->requires_grad || lin__wants_graph(others, count))) return true;
    if (a->requires_grad && !a->node)
        return refuse_inplace(a, name,
                              "a leaf that requires grad may only be changed under lin_no_grad, or as lin_data(t)");
    if (a->depth != lin__here(ctx))
        return refuse_inplace(a, name,
                              "this would record a graph into a tensor of an outer region; use lin_no_grad or an op "
                              "that makes a new tensor");
    if (a->is_view)
        return refuse_inplace(a, name, "this would record a graph through a view; use an op that makes a new tensor");
    if (is_stale(a)) return refuse_stale(a, name) == 0;
    lin_tensor *old = lin__alloc(ctx, lin__here(ctx), sizeof *old);
    if (!old) return false;
    *old = *a;
    *before = old;
    return true;
}

LIN__HOT lin_tensor *lin__inplace_end(lin_tensor *a, lin_tensor *before, const lin__op *op, lin_tensor *const *others,
                                      int count, uint32_t saved, lin__node **node)
{
    if (node) *node = NULL;
    a->storage->version++;
    if (!before) return a;
    lin__node *n = new_node(a->ctx, op, count + 1);
    if (!n || !connect(n, 0, before, false)) return NULL;
    for (int i = 0; i < count; i++) {
        if (!connect(n, i + 1, others[i], saved >> (i + 1) & 1)) return NULL;
        if (others[i]->storage == a->storage) n->in[i + 1].version--; /* its value is gone already */
    }
    a->storage->graph_version++;
    put_on_tape(n, a, saved & LIN__SAVE_OUT);
    if (node) *node = n;
    return a;
}

/* ---- Gradients ----------------------------------------------------------------------------------- */

/* y = a + b, elements of one shape and floating type; y may be a. */
LIN__HOT static void add_elements(lin_tensor *y, const lin_tensor *a, const lin_tensor *b)
{
    const lin__kernels *k = lin__kernels_get();
    if (a->contiguous && b->contiguous && y->contiguous) {
        if (y->dtype == LIN_F32)
            k->f32.add_loop(y->numel, a->data, b->data, y->data);
        else
            k->f64.add_loop(y->numel, a->data, b->data, y->data);
        return;
    }
    lin__walk w;
    size_t size = lin__size_of(y->dtype);
    int64_t stride[3][LIN_MAX_DIMS];
    memcpy(stride[0], a->stride, sizeof a->stride);
    memcpy(stride[1], b->stride, sizeof b->stride);
    memcpy(stride[2], y->stride, sizeof y->stride);
    lin__walk_init(&w, y->dim, y->ndim, 3, (void *[]){a->data, b->data, y->data}, (size_t[]){size, size, size},
                   (const int64_t(*)[LIN_MAX_DIMS])stride);
    int64_t n = lin__walk_n(&w), s[3];
    for (int i = 0; i < 3; i++)
        s[i] = lin__walk_stride(&w, i);
    for (int64_t r = 0; r < w.runs; r++) {
        void *p[3];
        lin__walk_run(&w, r, p);
        if (y->dtype == LIN_F32)
            k->f32.add(n, p[0], s[0], p[1], s[1], p[2], s[2]);
        else
            k->f64.add(n, p[0], s[0], p[1], s[1], p[2], s[2]);
    }
}

int lin__grad_buffer(lin_tensor *t)
{
    if (t->grad) return 0;
    t->grad = lin__tensor_new(t->ctx, t->depth, t->dtype, t->dim, t->ndim, "grad");
    return t->grad && lin__expose(t->grad) ? 0 : LIN_ENOMEM;
}

/* Is buffer's memory also that of the upstream gradient or of an input, which somebody made of it? */
static bool is_read(const lin_tensor *buffer, const lin__node *n, const lin_tensor *upstream)
{
    const void *memory = buffer->storage->data;
    if (upstream->storage->data == memory) return true;
    for (int i = 0; i < n->count; i++)
        if (n->in[i].tensor && n->in[i].tensor->storage->data == memory) return true;
    return false;
}

LIN__HOT lin_tensor *lin__room(lin__node *node, int i, const lin_tensor *upstream)
{
    const lin__edge *e = &node->in[i];
    lin_tensor *t = e->tensor;
    if (e->needs_grad && !e->node && t->requires_grad && !t->has_grad) {
        if (!t->grad && lin__grad_buffer(t)) return NULL;
        if (!is_read(t->grad, node, upstream)) return t->grad;
    }
    return lin__tensor_like(t, (lin_dtype)t->dtype);
}

LIN__HOT static __attribute__((noinline)) int add_to_leaf(lin_tensor *t, const lin_tensor *g)
{
    if (!t->requires_grad) return 0; /* turned off since */
    int code = lin__grad_buffer(t);
    if (code) return code;
    if (t->has_grad)
        add_elements(t->grad, t->grad, g);
    else if (g != t->grad)
        lin__copy_elements(t->grad, g);
    t->grad->storage->version++;
    t->has_grad = true;
    return 0;
}

/* To what a node has gathered already. */
static __attribute__((noinline)) int add_more(lin__node *n, lin_tensor *g)
{
    lin_tensor *sum = lin__tensor_like(g, g->dtype); /* never in place: another node may hold the same gradient */
    if (!sum) return LIN_ENOMEM;
    add_elements(sum, n->gradient, g);
    n->gradient = sum;
    return 0;
}

static int add_to_node(lin__node *n, lin_tensor *g)
{
    if (n->gradient) return add_more(n, g);
    n->gradient = g;
    g->ctx->pending++;
    return 0;
}

static __attribute__((noinline)) int refuse_nothing(const lin__node *node)
{
    int code = lin_error_code_of(node->out->ctx);
    return code ? code : lin__fail(node->out->ctx, LIN_EINVAL, "%s: its backward made no gradient", node->op->name);
}

static __attribute__((noinline)) int refuse_gradient(const lin__node *node, int i, const lin_tensor *g)
{
    const lin_tensor *t = node->in[i].tensor;
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    return lin__fail(g->ctx, LIN_EINVAL, "%s: its backward gave input %d of shape %s a gradient of shape %s",
                     node->op->name, i, lin__shape_text(a, t->dim, t->ndim), lin__shape_text(b, g->dim, g->ndim));
}

LIN__HOT int lin__pass(lin__node *node, int i, lin_tensor *g)
{
    const lin__edge *e = &node->in[i];
    if (!g) return refuse_nothing(node);
    if (!e->needs_grad) return 0;
    if (!lin__same_shape(g, e->tensor) || g->dtype != e->tensor->dtype) return refuse_gradient(node, i, g);
    return e->node ? add_to_node(e->node, g) : add_to_leaf(e->tensor, g);
}

static int check_versions(const lin__node *n)
{
    bool changed = n->out_saved && n->out->storage->version != n->out_version;
    for (int i = 0; i < n->count && !changed; i++)
        changed = n->in[i].saved && n->in[i].tensor->storage->version != n->in[i].version;
    if (!changed) return 0;
    return lin__fail(n->out->ctx, LIN_EINVAL,
                     "backward: a value that %s saved was changed in place since; clone it before the change",
                     n->op->name);
}

/* Visit the nodes from `newest` back until none holds a gradient. After a failure the rest is only cleared. */
static int walk_back(lin_ctx *ctx, lin__node *newest)
{
    int code = 0;
    for (lin__node *n = newest; n && ctx->pending > 0; n = n->prev) {
        if (!n->gradient) continue;
        lin_tensor *g = n->gradient;
        n->gradient = NULL;
        ctx->pending--;
        if (!code) code = check_versions(n);
        if (!code) code = n->op->backward(n, g);
    }
    ctx->pending = 0;
    return code;
}

LIN__HOT static int check_upstream(const lin_tensor *t, const lin_tensor *g)
{
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    if (!t->requires_grad)
        return lin__fail(t->ctx, LIN_EINVAL, "backward: the tensor has no graph and does not require grad");
    if (is_stale(t)) return refuse_stale(t, "backward");
    if (g && g->ctx != t->ctx) return lin__fail(t->ctx, LIN_EINVAL, "backward: the gradient is of another context");
    if (g && (!lin__same_shape(t, g) || t->dtype != g->dtype))
        return lin__fail(t->ctx, LIN_EINVAL, "backward: the tensor is %s %s, its gradient %s %s",
                         lin_dtype_name(t->dtype), lin__shape_text(a, t->dim, t->ndim), lin_dtype_name(g->dtype),
                         lin__shape_text(b, g->dim, g->ndim));
    if (!g && t->numel != 1)
        return lin__fail(t->ctx, LIN_EINVAL,
                         "backward: the tensor has shape %s; give lin_backward_with its gradient, or sum it",
                         lin__shape_text(a, t->dim, t->ndim));
    return 0;
}

static lin_tensor *ones_like(const lin_tensor *t)
{
    lin_tensor *g = lin__tensor_like(t, t->dtype);
    if (g && t->dtype == LIN_F32)
        *(float *)g->data = 1;
    else if (g)
        *(double *)g->data = 1;
    return g;
}

LIN__HOT static int backward(lin_tensor *t, lin_tensor *g)
{
    int code = check_upstream(t, g);
    if (code) return code;
    lin_ctx *ctx = t->ctx;
    if (!g && !(g = ones_like(t))) return LIN_ENOMEM;
    /* It may be a leaf's old gradient: what one node writes there must not be what the next one reads. */
    if (g->storage->exposed && !(g = lin__tensor_copy(g, lin__here(ctx)))) return LIN_ENOMEM;
    if (!t->node) return add_to_leaf(t, g);
    bool *grad = &ctx->regions[ctx->depth].grad, was = *grad;
    *grad = false;
    ctx->pending = 0;
    add_to_node(t->node, g);
    code = walk_back(ctx, t->node);
    ctx->regions[ctx->depth].grad = was;
    return code;
}

LIN__HOT int lin_backward(lin_tensor *t)
{
    return lin__alive(t, "backward") ? backward(t, NULL) : LIN_EINVAL;
}

int lin_backward_with(lin_tensor *t, lin_tensor *gradient)
{
    if (!lin__alive(t, "backward")) return LIN_EINVAL;
    if (!gradient) return lin__fail_null(t->ctx, "backward: the gradient");
    return lin__alive(gradient, "backward") ? backward(t, gradient) : LIN_EINVAL;
}
