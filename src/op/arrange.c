/* What reductions share: the reduced dimensions brought together, results made and spread again, work split over results. */
#include "op/reduce.h"

bool lin__one_dim(const lin_tensor *t, int dim, const char *name, uint32_t *mask)
{
    int at = lin__dim_index(t, dim, name);
    *mask = at < 0 || t->ndim == 0 ? 0 : 1u << at;
    return at >= 0;
}

LIN__HOT lin_tensor *lin__reduced(const lin_tensor *t, uint32_t mask, bool keepdim, lin_dtype type, const char *name)
{
    int64_t dim[LIN_MAX_DIMS];
    int ndim = 0;
    for (int i = 0; i < t->ndim; i++) {
        if (!(mask >> i & 1))
            dim[ndim++] = t->dim[i];
        else if (keepdim)
            dim[ndim++] = 1;
    }
    return lin__tensor_new(t->ctx, lin__here(t->ctx), type, dim, ndim, name);
}

int64_t lin__reduced_count(const lin_tensor *t, uint32_t mask)
{
    int64_t count = 1;
    for (int i = 0; i < t->ndim; i++)
        if (mask >> i & 1) count *= t->dim[i];
    return count;
}

lin__arranged lin__arrange(lin_tensor *t, uint32_t mask)
{
    lin__arranged a = {.outer = 1, .inner = 1};
    int64_t dim[LIN_MAX_DIMS], stride[LIN_MAX_DIMS];
    int ndim = 0;
    bool moved = false;
    for (int last = 0; last < 2; last++) /* the kept ones, then the reduced ones */
        for (int i = 0; i < t->ndim; i++) {
            if ((int)(mask >> i & 1) != last) continue;
            moved |= i != ndim;
            dim[ndim] = t->dim[i];
            stride[ndim++] = t->stride[i];
            *(last ? &a.inner : &a.outer) *= t->dim[i];
        }
    if (t->contiguous && !moved) {
        a.t = t;
        return a;
    }
    lin_tensor *view = lin__tensor_view(t, dim, stride, ndim, 0);
    a.t = view && !view->contiguous ? lin__tensor_copy(view, lin__here(t->ctx)) : view;
    return a;
}

LIN__HOT lin_tensor *lin__spread(lin_tensor *g, const lin_tensor *t, uint32_t mask)
{
    if (!g) return NULL;
    int64_t stride[LIN_MAX_DIMS];
    bool keepdim = g->ndim == t->ndim;
    for (int i = 0, kept = 0; i < t->ndim; i++) {
        bool reduced = mask >> i & 1;
        stride[i] = reduced ? 0 : g->stride[keepdim ? i : kept];
        kept += !reduced;
    }
    return lin__tensor_view(g, t->dim, stride, t->ndim, 0);
}

LIN__HOT lin_tensor *lin__record_reduction(lin_tensor *y, const lin__op *op, lin_tensor *t, uint32_t mask, bool all,
                                           uint32_t saved)
{
    lin__node *node;
    y = lin__record(y, op, &t, 1, saved, &node);
    if (node) {
        node->i[0] = mask;
        node->i[1] = all;
    }
    return y;
}

enum { TASK = 1 << 15 };

typedef struct range {
    lin__range_fn *f;
    void *arg;
    int64_t outer, per_task;
} range;

static void range_task(void *arg, int64_t task)
{
    const range *r = arg;
    int64_t first = task * r->per_task, last = first + r->per_task;
    r->f(r->arg, first, last < r->outer ? last : r->outer);
}

LIN__HOT void lin__each_range(lin_ctx *ctx, int64_t outer, int64_t cost, lin__range_fn *f, void *arg)
{
    int64_t per_task = cost > 0 ? TASK / cost + 1 : TASK;
    range r = {f, arg, outer, per_task};
    if (outer <= per_task)
        f(arg, 0, outer);
    else
        lin__pool_run(ctx, (outer + per_task - 1) / per_task, range_task, &r);
}
