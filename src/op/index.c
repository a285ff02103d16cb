/* Indexing and joining. A gradient that meets an element several times is added in the order of the indices: the same bits always. */
#include "op/op.h"

#include <string.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

static bool refuse_type(const char *name, const lin_tensor *index)
{
    lin__fail(index->ctx, LIN_EINVAL, "%s: the index is %s; it must be i64 or u8", name,
              lin_dtype_name((lin_dtype)index->dtype));
    return false;
}

/* Negatives resolved, all checked against `size`. False with a cause. */
static bool resolve(const char *name, lin_tensor *index, int64_t size)
{
    int64_t *at = index->data;
    for (int64_t i = 0; i < index->numel; i++) {
        int64_t asked = at[i];
        if (asked < 0) at[i] += size; /* size ≥ 0: no overflow */
        if (at[i] >= 0 && at[i] < size) continue;
        lin__fail(index->ctx, LIN_EINVAL, "%s: index %lld at position %lld is out of range for size %lld", name,
                  (long long)asked, (long long)i, (long long)size);
        return false;
    }
    return true;
}

/* Is it contiguous i64, every one in [0, size)? */
static bool is_plain(const lin_tensor *index, int64_t size)
{
    if (index->dtype != LIN_I64 || !index->contiguous) return false;
    const int64_t *at = index->data;
    bool good = true;
    for (int64_t i = 0; i < index->numel; i++)
        good &= (uint64_t)at[i] < (uint64_t)size;
    return good;
}

/* A copy of the index as contiguous i64, negatives resolved and checked against `size`. NULL with a cause. */
static lin_tensor *resolved(const char *name, lin_tensor *index, int64_t size)
{
    if (lin__is_floating(index->dtype) && !refuse_type(name, index)) return NULL;
    uint32_t here = lin__here(index->ctx);
    lin_tensor *own = index->dtype == LIN_I64 ? lin__tensor_copy(index, here) : lin_to(index, LIN_I64);
    return own && resolve(name, own, size) ? own : NULL;
}

/* x += y, n elements. */
static void add_run(lin_dtype type, int64_t n, void *x, const void *y)
{
    const lin__kernels *k = lin__kernels_get();
    if (type == LIN_F32)
        k->f32.add(n, x, 1, y, 1, x, 1);
    else
        k->f64.add(n, x, 1, y, 1, x, 1);
}

/* ---- Rows: t seen as (before, size, after), indexed along the middle -------------------------------------------- */

typedef struct rows {
    int64_t before, size, after, count;
    size_t bytes; /* of `after` elements */
    const int64_t *at;
    const char *from;
    char *to;
} rows;

static rows rows_of(const lin_tensor *t, int dim, const lin_tensor *index)
{
    rows r = {.before = 1, .size = t->dim[dim], .after = 1, .count = index->numel, .at = index->data};
    for (int i = 0; i < t->ndim; i++)
        if (i != dim) *(i < dim ? &r.before : &r.after) *= t->dim[i];
    r.bytes = (size_t)r.after * lin__size_of(t->dtype);
    return r;
}

enum { TASK_BYTES = 1 << 18 };

static int64_t rows_per_task(const rows *r)
{
    return r->bytes ? (int64_t)(TASK_BYTES / r->bytes) + 1 : 1;
}

static void pick_task(void *arg, int64_t task)
{
    const rows *r = arg;
    int64_t per = rows_per_task(r), first = task * per, last = first + per, all = r->before * r->count;
    if (last > all) last = all;
    for (int64_t i = first, n; i < last; i += n) { /* up to the end of one of `before` */
        int64_t outer = i / r->count, at = i - outer * r->count;
        n = r->count - at < last - i ? r->count - at : last - i;
        lin__pick_rows(n, r->bytes, r->from + (size_t)(outer * r->size) * r->bytes, r->at + at,
                       r->to + (size_t)i * r->bytes);
    }
}

/* Copy what y, the result, is to have. */
static __attribute__((noinline)) bool pick_any(lin_tensor *t, int dim, const lin_tensor *at, lin_tensor *y)
{
    const lin_tensor *dense = t->contiguous ? t : lin__tensor_copy(t, lin__here(t->ctx));
    if (!dense) return false;
    rows r = rows_of(t, dim, at);
    r.from = dense->data;
    r.to = y->data;
    if (y->numel) lin__pool_run(t->ctx, (r.before * r.count - 1) / rows_per_task(&r) + 1, pick_task, &r);
    return true;
}

LIN__HOT static lin_tensor *pick(const lin__op *op, lin_tensor *t, int dim, lin_tensor *index, const int64_t *shape,
                                 int ndim, lin_tensor **at)
{
    /* Without a graph nobody reads the index later, so it need not be kept as it is now. */
    bool keep = t->requires_grad || !is_plain(index, t->dim[dim]);
    *at = keep ? resolved(op->name, index, t->dim[dim]) : index;
    if (!*at) return NULL;
    lin_tensor *y = lin__tensor_new(t->ctx, lin__here(t->ctx), (lin_dtype)t->dtype, shape, ndim, op->name);
    if (!y) return NULL;
    size_t size = lin__size_of((lin_dtype)t->dtype);
    bool few_whole_rows = dim == 0 && t->contiguous && (size_t)y->numel <= TASK_BYTES / size;
    if (!few_whole_rows) return pick_any(t, dim, *at, y) ? y : NULL;
    for (int i = 1; i < t->ndim; i++) /* to a row's bytes */
        size *= (size_t)t->dim[i];
    lin__pick_rows((*at)->numel, size, t->data, (*at)->data, y->data);
    return y;
}

/* The gradient's rows added to zeros at their places. */
static int backward_rows(lin__node *node, lin_tensor *g, int dim)
{
    lin_tensor *t = node->in[0].tensor, *index = node->extra, *dense = lin_contiguous(g);
    lin_tensor *whole = dense ? lin_full_dtype(t->ctx, 0, lin_size(t), (lin_dtype)t->dtype) : NULL;
    if (!whole) return lin__pass(node, 0, NULL);
    rows r = rows_of(t, dim, index);
    for (int64_t i = 0; i < r.before * r.count && r.bytes; i++)
        add_run((lin_dtype)t->dtype, r.after,
                (char *)whole->data + (size_t)(i / r.count * r.size + r.at[i % r.count]) * r.bytes,
                (const char *)dense->data + (size_t)i * r.bytes);
    return lin__pass(node, 0, whole);
}

static lin_tensor *refuse(const lin_tensor *t, const char *text)
{
    lin__fail(t->ctx, LIN_EINVAL, "%s", text);
    return NULL;
}

LIN__HOT lin_tensor *lin_index(lin_tensor *t, lin_tensor *index)
{
    lin_tensor *in[] = {t, index}, *at;
    if (!lin__args("index", in, 2)) return NULL;
    if (t->ndim == 0) return refuse(t, "index: a scalar has no rows");
    if (index->ndim + t->ndim - 1 > LIN_MAX_DIMS)
        return refuse(t, "index: the result would have more than 8 dimensions");
    int64_t shape[2 * LIN_MAX_DIMS];
    int ndim = 0;
    for (int i = 0; i < index->ndim; i++)
        shape[ndim++] = index->dim[i];
    for (int i = 1; i < t->ndim; i++)
        shape[ndim++] = t->dim[i];
    lin_tensor *y = pick(OP(index), t, 0, index, shape, ndim, &at);
    lin__node *node;
    y = lin__record(y, OP(index), in, 2, LIN__SAVE_NONE, &node);
    if (node) node->extra = at;
    return y;
}

int lin__backward_index(lin__node *node, lin_tensor *g)
{
    return backward_rows(node, g, 0);
}

lin_tensor *lin_index_select(lin_tensor *t, int dim, lin_tensor *index)
{
    lin_tensor *in[] = {t, index}, *at;
    if (!lin__args("index_select", in, 2)) return NULL;
    int d = lin__dim_index(t, dim, "index_select");
    if (d < 0) return NULL;
    if (t->ndim == 0) return refuse(t, "index_select: a scalar has no dimensions");
    if (index->ndim > 1) return refuse(t, "index_select: the index must have one dimension");
    int64_t shape[LIN_MAX_DIMS];
    memcpy(shape, t->dim, sizeof shape);
    shape[d] = index->numel;
    lin_tensor *y = pick(OP(index_select), t, d, index, shape, t->ndim, &at);
    lin__node *node;
    y = lin__record(y, OP(index_select), in, 2, LIN__SAVE_NONE, &node);
    if (node) {
        node->extra = at;
        node->i[0] = d;
    }
    return y;
}

int lin__backward_index_select(lin__node *node, lin_tensor *g)
{
    return backward_rows(node, g, (int)node->i[0]);
}

/* ---- index_at: t[i0, i1, …]: the index tensors become one index of rows ------------------------------------------------ */

/* flat·size + add, over the shape that the two broadcast to. NULL with a cause. */
static lin_tensor *next_digit(lin_tensor *flat, lin_tensor *add, int64_t size)
{
    int64_t dim[LIN_MAX_DIMS], stride[LIN_MAX_DIMS];
    int ndim = lin__broadcast(flat, add, dim);
    if (ndim < 0) {
        char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
        lin__fail(flat->ctx, LIN_EINVAL, "index_at: indices of shapes %s and %s do not broadcast together",
                  lin__shape_text(a, flat->dim, flat->ndim), lin__shape_text(b, add->dim, add->ndim));
        return NULL;
    }
    lin_tensor *both[] = {flat, add};
    for (int k = 0; k < 2; k++) {
        if (both[k]->ndim == ndim && !memcmp(both[k]->dim, dim, (size_t)ndim * sizeof *dim)) continue;
        lin__broadcast_strides(both[k], dim, ndim, stride);
        lin_tensor *view = lin__tensor_view(both[k], dim, stride, ndim, 0);
        both[k] = view ? lin__tensor_copy(view, lin__here(flat->ctx)) : NULL;
        if (!both[k]) return NULL;
    }
    int64_t *at = both[0]->data;
    const int64_t *digit = both[1]->data;
    for (int64_t i = 0; i < both[0]->numel; i++)
        at[i] = at[i] * size + digit[i];
    return both[0];
}

/* One flat index of rows of t's first `count` dimensions: ((i0·d1 + i1)·d2 + i2) … . */
static lin_tensor *flat_index(const lin_tensor *t, lin_tensors indices)
{
    lin_tensor *flat = resolved("index_at", indices.at[0], t->dim[0]);
    for (int k = 1; k < indices.count && flat; k++) {
        lin_tensor *one = resolved("index_at", indices.at[k], t->dim[k]);
        flat = one ? next_digit(flat, one, t->dim[k]) : NULL;
    }
    return flat;
}

lin_tensor *lin_index_at(lin_tensor *t, lin_tensors indices)
{
    lin_tensor *all[LIN_MAX_DIMS + 1] = {t};
    if (!t) return NULL;
    if (!lin__args("index_at", &t, 1)) return NULL;
    if (indices.count < 1 || indices.count > t->ndim) {
        char shape[LIN__SHAPE_TEXT];
        lin__fail(t->ctx, LIN_EINVAL, "index_at: %d indices for a tensor of shape %s; one for each leading dimension",
                  indices.count, lin__shape_text(shape, t->dim, t->ndim));
        return NULL;
    }
    for (int i = 0; i < indices.count; i++)
        all[i + 1] = indices.at[i];
    if (!lin__args("index_at", all, indices.count + 1)) return NULL;
    lin_tensor *flat = flat_index(t, indices);
    if (!flat) return NULL;
    lin_shape rows = {.ndim = t->ndim - indices.count + 1, .dim = {1}};
    for (int i = 0; i < indices.count; i++)
        rows.dim[0] *= t->dim[i];
    memcpy(rows.dim + 1, t->dim + indices.count, (size_t)(t->ndim - indices.count) * sizeof *rows.dim);
    int64_t shape[2 * LIN_MAX_DIMS];
    int ndim = flat->ndim + rows.ndim - 1;
    if (ndim > LIN_MAX_DIMS) return refuse(t, "index_at: the result would have more than 8 dimensions");
    memcpy(shape, flat->dim, (size_t)flat->ndim * sizeof *shape);
    memcpy(shape + flat->ndim, rows.dim + 1, (size_t)(rows.ndim - 1) * sizeof *shape);
    lin_tensor *at = NULL, *y = NULL, *flat_t = lin_reshape(lin_detach(t), rows);
    if (flat_t) y = pick(OP(index_at), flat_t, 0, flat, shape, ndim, &at);
    lin__node *node;
    y = lin__record(y, OP(index_at), &t, 1, LIN__SAVE_NONE, &node);
    if (node) node->extra = at;
    return y;
}

int lin__backward_index_at(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor, *index = node->extra, *dense = lin_contiguous(g);
    lin_tensor *whole = dense ? lin_full_dtype(t->ctx, 0, lin_size(t), (lin_dtype)t->dtype) : NULL;
    if (!whole) return lin__pass(node, 0, NULL);
    int64_t after = index->numel ? g->numel / index->numel : 0;
    size_t bytes = (size_t)after * lin__size_of(t->dtype);
    for (int64_t i = 0; i < index->numel && after; i++)
        add_run((lin_dtype)t->dtype, after, (char *)whole->data + (size_t)((int64_t *)index->data)[i] * bytes,
                (const char *)dense->data + (size_t)i * bytes);
    return lin__pass(node, 0, whole);
}

/* ---- gather -------------------------------------------------------------------------------------------------------------- */

/* For each element of the index (contiguous, in order): the element of t that it names, as an offset. */
typedef struct cursor {
    const lin_tensor *t, *index;
    int dim;
    int64_t at[LIN_MAX_DIMS], offset; /* of t without the indexed dimension */
} cursor;

static void advance(cursor *c)
{
    for (int i = c->index->ndim - 1; i >= 0; i--) {
        int64_t step = i == c->dim ? 0 : c->t->stride[i];
        c->offset += step;
        if (++c->at[i] < c->index->dim[i]) return;
        c->offset -= step * c->index->dim[i];
        c->at[i] = 0;
    }
}

static bool check_gather(const lin_tensor *t, const lin_tensor *index, int dim)
{
    bool good = t->ndim == index->ndim;
    for (int i = 0; good && i < t->ndim; i++)
        good = i == dim || index->dim[i] <= t->dim[i];
    if (good) return true;
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    lin__fail(t->ctx, LIN_EINVAL, "gather: an index of shape %s does not fit into %s beside dimension %d",
              lin__shape_text(b, index->dim, index->ndim), lin__shape_text(a, t->dim, t->ndim), dim);
    return false;
}

lin_tensor *lin_gather(lin_tensor *t, int dim, lin_tensor *index)
{
    lin_tensor *in[] = {t, index};
    if (!lin__args("gather", in, 2)) return NULL;
    int d = lin__dim_index(t, dim, "gather");
    if (d < 0 || !check_gather(t, index, d)) return NULL;
    lin_tensor *at = resolved("gather", index, t->ndim ? t->dim[d] : 1);
    lin_tensor *y = lin__tensor_new(t->ctx, lin__here(t->ctx), (lin_dtype)t->dtype, index->dim, index->ndim, "gather");
    if (!at || !y) return NULL;
    size_t size = lin__size_of(t->dtype);
    cursor c = {.t = t, .index = at, .dim = d};
    int64_t stride = t->ndim ? t->stride[d] : 0;
    for (int64_t i = 0; i < at->numel; i++, advance(&c))
        memcpy((char *)y->data + (size_t)i * size,
               (const char *)t->data + (c.offset + ((int64_t *)at->data)[i] * stride) * (int64_t)size, size);
    lin__node *node;
    y = lin__record(y, OP(gather), in, 2, LIN__SAVE_NONE, &node);
    if (node) {
        node->extra = at;
        node->i[0] = d;
    }
    return y;
}

int lin__backward_gather(lin__node *node, lin_tensor *g)
{
    lin_tensor *t = node->in[0].tensor, *at = node->extra, *dense = lin_contiguous(g);
    lin_tensor *whole = dense ? lin_full_dtype(t->ctx, 0, lin_size(t), (lin_dtype)t->dtype) : NULL;
    if (!whole) return lin__pass(node, 0, NULL);
    size_t size = lin__size_of(t->dtype);
    cursor c = {.t = whole, .index = at, .dim = (int)node->i[0]};
    int64_t stride = t->ndim ? whole->stride[node->i[0]] : 0;
    for (int64_t i = 0; i < at->numel; i++, advance(&c))
        add_run((lin_dtype)t->dtype, 1,
                (char *)whole->data + (c.offset + ((int64_t *)at->data)[i] * stride) * (int64_t)size,
                (const char *)dense->data + (size_t)i * size);
    return lin__pass(node, 0, whole);
}

/* ---- one_hot --------------------------------------------------------------------------------------------------------------- */

lin_tensor *lin_one_hot(lin_tensor *labels, int64_t classes)
{
    if (!lin__args("one_hot", &labels, 1)) return NULL;
    if (classes < 0 || labels->ndim == LIN_MAX_DIMS)
        return refuse(labels, "one_hot: a negative number of classes, or 9 dimensions");
    if (classes == 0 && labels->numel == 0) return refuse(labels, "one_hot: no labels and no number of classes");
    if (lin__is_floating(labels->dtype)) return refuse(labels, "one_hot: labels must be i64 or u8; see lin_to");
    if (classes == 0) classes = lin_item_i64(lin_max(labels)) + 1;
    int64_t shape[LIN_MAX_DIMS + 1];
    memcpy(shape, labels->dim, sizeof labels->dim);
    shape[labels->ndim] = classes;
    lin_tensor *plain = lin_to(lin_detach(labels), LIN_I64);
    lin_tensor *dense = plain ? lin__tensor_copy(plain, lin__here(labels->ctx)) : NULL;
    if (!dense || !lin__check_labels("one_hot", dense, classes)) return NULL;
    lin_tensor *y = lin_full_dtype(labels->ctx, 0, lin_shape_of(labels->ndim + 1, shape), LIN_I64);
    for (int64_t i = 0; y && i < dense->numel; i++)
        ((int64_t *)y->data)[i * classes + ((int64_t *)dense->data)[i]] = 1;
    return y;
}

/* ---- cat, stack -------------------------------------------------------------------------------------------------------------- */

/* Do all of the list have the shape of the first but for dimension `but` (-1: all of it)? */
static bool check_shapes(const char *name, lin_tensors list, int but)
{
    lin_tensor *first = list.at[0];
    for (int k = 1; k < list.count; k++) {
        lin_tensor *t = list.at[k];
        bool good = t->ndim == first->ndim;
        for (int i = 0; good && i < t->ndim; i++)
            good = i == but || t->dim[i] == first->dim[i];
        if (good) continue;
        char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
        lin__fail(first->ctx, LIN_EINVAL, "%s: tensors 0 and %d have shapes %s and %s, which must agree%s", name, k,
                  lin__shape_text(a, first->dim, first->ndim), lin__shape_text(b, t->dim, t->ndim),
                  but < 0 ? "" : " but for the dimension that is joined");
        return false;
    }
    return true;
}

static bool check_list(const char *name, lin_tensors list)
{
    if (list.count < 1 || !list.at) return false;
    return lin__args_typed(name, list.at, list.count, false);
}

static lin_tensor *joined(const lin__op *op, lin_tensors list, int dim)
{
    lin_tensor shape = *list.at[0];
    shape.dim[dim] = 0;
    for (int k = 0; k < list.count; k++)
        shape.dim[dim] += list.at[k]->dim[dim];
    lin_tensor *y =
        lin__tensor_new(shape.ctx, lin__here(shape.ctx), (lin_dtype)shape.dtype, shape.dim, shape.ndim, op->name);
    int64_t at = 0;
    for (int k = 0; y && k < list.count; k++) {
        lin_tensor *hole = lin_slice(y, dim, at, at + list.at[k]->dim[dim]);
        if (!hole) return NULL;
        lin__copy_elements(hole, list.at[k]);
        at += list.at[k]->dim[dim];
    }
    return y;
}

lin_tensor *lin_cat(lin_tensors list, int dim)
{
    if (!check_list("cat", list)) return NULL;
    int d = lin__dim_index(list.at[0], dim, "cat");
    if (d < 0) return NULL;
    if (list.at[0]->ndim == 0) return refuse(list.at[0], "cat: scalars cannot be joined; see lin_stack");
    if (!check_shapes("cat", list, d)) return NULL;
    lin__node *node;
    lin_tensor *y = lin__record(joined(OP(cat), list, d), OP(cat), list.at, list.count, LIN__SAVE_NONE, &node);
    if (node) node->i[0] = d;
    return y;
}

int lin__backward_cat(lin__node *node, lin_tensor *g)
{
    int dim = (int)node->i[0], code = 0;
    int64_t at = 0;
    for (int k = 0; k < node->count && !code; k++) {
        int64_t size = node->in[k].tensor->dim[dim];
        if (lin__needs(node, k)) code = lin__pass(node, k, lin_slice(g, dim, at, at + size));
        at += size;
    }
    return code;
}

lin_tensor *lin_stack(lin_tensors list, int dim)
{
    if (!check_list("stack", list) || !check_shapes("stack", list, -1)) return NULL;
    lin_ctx *ctx = list.at[0]->ctx;
    int ndim = list.at[0]->ndim, d = dim < 0 ? dim + ndim + 1 : dim;
    if (d < 0 || d > ndim || ndim == LIN_MAX_DIMS) {
        lin__fail(ctx, LIN_EINVAL,
                  "stack: no place %d beside %d dimensions; places go from %d to %d, and %d dimensions are the most",
                  dim, ndim, -ndim - 1, ndim, LIN_MAX_DIMS);
        return NULL;
    }
    lin_tensor **views = lin__alloc_array(ctx, lin__here(ctx), (size_t)list.count, sizeof *views);
    for (int k = 0; views && k < list.count; k++)
        if (!(views[k] = lin_unsqueeze(lin_detach(list.at[k]), dim))) return NULL;
    if (!views) return NULL;
    lin__node *node;
    lin_tensor *y = joined(OP(stack), (lin_tensors){list.count, views}, d);
    y = lin__record(y, OP(stack), list.at, list.count, LIN__SAVE_NONE, &node);
    if (node) node->i[0] = d;
    return y;
}

int lin__backward_stack(lin__node *node, lin_tensor *g)
{
    int code = 0;
    for (int k = 0; k < node->count && !code; k++)
        if (lin__needs(node, k)) code = lin__pass(node, k, lin_select(g, (int)node->i[0], k));
    return code;
}
