/* Datasets: arrays with the same number of rows; parts of them; names of classes; which transforms a loader applies. */
#include "data/dataset.h"

#include "data/gather.h"

#include <math.h>
#include <string.h>

/* ---- Making ---------------------------------------------------------------------------------------- */

static bool fit_together(lin_ctx *ctx, lin_tensor *const *arrays, int count)
{
    if (count < 1 || count > LIN__MAX_ARRAYS) {
        lin__fail(ctx, LIN_EINVAL, "dataset: %d arrays; it takes 1 to %d", count, LIN__MAX_ARRAYS);
        return false;
    }
    for (int k = 0; k < count; k++) {
        const lin_tensor *t = arrays[k], *X = arrays[0];
        if (t->ndim > 0 && t->dim[0] == X->dim[0]) continue;
        char shape[LIN__SHAPE_TEXT], first[LIN__SHAPE_TEXT];
        if (t->ndim == 0)
            lin__fail(ctx, LIN_EINVAL, "dataset: array %d is a scalar; rows are an array's first dimension", k);
        else
            lin__fail(ctx, LIN_EINVAL, "dataset: array %d is %s, array 0 is %s: %lld and %lld rows must be equal", k,
                      lin__shape_text(shape, t->dim, t->ndim), lin__shape_text(first, X->dim, X->ndim),
                      (long long)t->dim[0], (long long)X->dim[0]);
        return false;
    }
    return true;
}

lin_dataset *lin__dataset_new(lin_ctx *ctx, lin_tensor *const *arrays, int count)
{
    if (!fit_together(ctx, arrays, count)) return NULL;
    uint32_t depth = lin__scope(ctx);
    lin_dataset *d = lin__alloc_zeroed(ctx, depth, sizeof *d);
    if (!d) return NULL;
    d->live = LIN__LIVE;
    d->ctx = ctx;
    d->depth = depth;
    d->rows = arrays[0]->dim[0];
    d->array_count = count;
    memcpy(d->array, arrays, (size_t)count * sizeof *arrays);
    const lin_tensor *X = arrays[0];
    if (X->dtype == LIN_U8 && (X->ndim == 3 || X->ndim == 4)) d->transform[d->transform_count++] = lin_to_tensor();
    return d;
}

/* t as a dataset keeps it: contiguous, without its graph, in region `depth` or below. */
static lin_tensor *adopt(lin_tensor *t, uint32_t depth)
{
    lin_tensor *kept = t->contiguous ? lin__tensor_sink(t, depth) : lin__tensor_copy(t, depth);
    return kept == t ? lin__tensor_alias(t, depth) : kept;
}

/* The context of a list, all of whose tensors must be there and of it; NULL, with a cause where there is where to record one. */
static lin_ctx *context_of(lin_tensors list)
{
    lin_ctx *ctx = NULL;
    for (int k = 0; k < list.count && !ctx; k++)
        ctx = lin_context(list.at[k]);
    for (int k = 0; ctx && k < list.count; k++) {
        const lin_tensor *t = list.at[k];
        if (!t) {
            lin__fail(ctx, LIN_EINVAL, "tensor_dataset: array %d is NULL", k);
            return NULL;
        }
        if (!lin__alive(t, "tensor_dataset")) return NULL;
        if (t->ctx != ctx) {
            lin__fail(ctx, LIN_EINVAL, "tensor_dataset: array %d belongs to another context than array 0", k);
            return NULL;
        }
    }
    return ctx;
}

lin_dataset *lin_tensor_dataset(lin_tensors arrays)
{
    lin_ctx *ctx = context_of(arrays);
    if (!ctx || !fit_together(ctx, arrays.at, arrays.count)) return NULL;
    lin_tensor *kept[LIN__MAX_ARRAYS];
    for (int k = 0; k < arrays.count; k++)
        if (!(kept[k] = adopt(arrays.at[k], lin__scope(ctx)))) return NULL;
    return lin__dataset_new(ctx, kept, arrays.count);
}

/* ---- Asking ---------------------------------------------------------------------------------------- */

int64_t lin_rows(const lin_dataset *d)
{
    return lin__dataset_live(d, "rows") ? d->rows : 0;
}

int lin_arrays(const lin_dataset *d)
{
    return lin__dataset_live(d, "arrays") ? d->array_count : 0;
}

static lin_tensor *array_at(const lin_dataset *d, int i, const char *name)
{
    if (!lin__dataset_live(d, name)) return NULL;
    if (i >= 0 && i < d->array_count) return d->array[i];
    lin__fail(d->ctx, LIN_EINVAL, "%s: there is no array %d; the dataset has %d, counted from 0", name, i,
              d->array_count);
    return NULL;
}

lin_shape lin_row_size(const lin_dataset *d, int i)
{
    const lin_tensor *t = array_at(d, i, "row_size");
    return t ? lin_shape_of(t->ndim - 1, t->dim + 1) : (lin_shape){.ndim = 0};
}

lin_dtype lin_row_type(const lin_dataset *d, int i)
{
    return lin_type(array_at(d, i, "row_type"));
}

const void *lin__dataset_rows(const lin_dataset *d, int k, int64_t from, int64_t to, void *buffer)
{
    const lin_tensor *t = d->array[k];
    size_t row = t->dim[0] ? (size_t)(t->numel / t->dim[0]) * lin__size_of((lin_dtype)t->dtype) : 0;
    if (!lin__dataset_scattered(d, k)) return (const char *)t->data + (size_t)from * row;
    lin__rows rows;
    if (lin__rows_make(&rows, lin__here(d->ctx), d, NULL, 0)) return NULL;
    rows.column[0] = rows.column[k];
    rows.count = 1;
    lin__gather g = {.rows = &rows, .order = {.part = d->part}, .first = from, .count = to - from, .out = {buffer}};
    return lin__gather_run(d->ctx, &g) ? NULL : buffer;
}

lin_tensor *lin_array(lin_dataset *d, int i)
{
    lin_tensor *t = array_at(d, i, "array");
    if (!t) return NULL;
    if (!lin__dataset_scattered(d, i)) return lin__tensor_alias(t, lin__here(t->ctx));
    int64_t dim[LIN_MAX_DIMS] = {d->rows};
    memcpy(dim + 1, t->dim + 1, (size_t)(t->ndim - 1) * sizeof *dim);
    lin_tensor *all = lin__tensor_new(t->ctx, lin__here(t->ctx), (lin_dtype)t->dtype, dim, t->ndim, "array");
    return all && lin__dataset_rows(d, i, 0, d->rows, all->data) ? all : NULL;
}

/* One row of array k in the innermost region, without its batch dimension; its elements are yet to be gathered. */
static lin_tensor *row_of(const lin_dataset *d, const lin__rows *rows, int k)
{
    const lin__column *c = &rows->column[k];
    return lin__tensor_new(d->ctx, lin__here(d->ctx), c->type, c->row.dim, c->row.ndim, "row");
}

int lin_row(lin_dataset *d, int64_t i, lin_tensor **X, lin_tensor **y)
{
    if (X) *X = NULL;
    if (y) *y = NULL;
    if (!lin__dataset_live(d, "row")) return LIN_EINVAL;
    if (!X) return lin__fail_null(d->ctx, "row: argument 3");
    int64_t at = i < 0 ? i + d->rows : i;
    if (at < 0 || at >= d->rows)
        return lin__fail(d->ctx, LIN_EINVAL, "row: there is no row %lld; the dataset has %lld, counted from 0",
                         (long long)i, (long long)d->rows);
    lin__rows rows;
    int code = lin__rows_make(&rows, lin__here(d->ctx), d, d->transform, d->transform_count);
    if (code) return code;
    rows.count = y && d->array_count > 1 ? 2 : 1;
    lin_tensor *made[2] = {NULL, NULL};
    lin__gather g = {.rows = &rows, .order = {.part = d->part}, .first = at, .count = 1};
    for (int k = 0; k < rows.count; k++) {
        made[k] = row_of(d, &rows, k);
        if (!made[k]) return lin_error_code_of(d->ctx);
        g.out[k] = made[k]->data;
    }
    code = lin__gather_run(d->ctx, &g);
    if (code) return code;
    *X = made[0];
    if (y) *y = made[1];
    return 0;
}

/* ---- Classes and transforms -------------------------------------------------------------------------- */

const char *const *lin_classes(const lin_dataset *d, int *count)
{
    bool live = lin__dataset_live(d, "classes");
    if (count) *count = live ? d->class_count : 0;
    return live ? d->classes : NULL;
}

int lin_set_classes(lin_dataset *d, const char *const *names, int count)
{
    if (!lin__dataset_live(d, "set_classes")) return LIN_EINVAL;
    if (count < 0) return lin__fail(d->ctx, LIN_EINVAL, "set_classes: %d names", count);
    const char **copy = count ? lin__alloc_array(d->ctx, d->depth, (size_t)count, sizeof *copy) : NULL;
    if (count && !copy) return LIN_ENOMEM;
    for (int i = 0; i < count; i++) {
        if (!names || !names[i]) return lin__fail(d->ctx, LIN_EINVAL, "set_classes: name %d is NULL", i);
        copy[i] = lin__strdup(d->ctx, d->depth, names[i]);
        if (!copy[i]) return LIN_ENOMEM;
    }
    d->classes = copy;
    d->class_count = count;
    return 0;
}

int lin_set_transforms(lin_dataset *d, const lin_transform *list, int count)
{
    if (!lin__dataset_live(d, "set_transforms")) return LIN_EINVAL;
    lin__plan plan;
    int code = lin__plan_make(d->ctx, &plan, d, list, count);
    if (code) return code;
    if (count) memmove(d->transform, list, (size_t)count * sizeof *list);
    d->transform_count = count;
    return 0;
}

/* ---- Parts --------------------------------------------------------------------------------------------- */

/* A dataset over arrays made from d's, with d's transforms and classes. */
static lin_dataset *derived(const lin_dataset *d, lin_tensor *const *arrays, int count)
{
    lin_dataset *part = lin__dataset_new(d->ctx, arrays, count);
    if (!part) return NULL;
    memcpy(part->transform, d->transform, sizeof d->transform);
    part->transform_count = d->transform_count;
    part->classes = d->classes;
    part->class_count = d->class_count;
    return part;
}

static void refuse_count(const lin_dataset *d, const lin_tensor *y)
{
    char shape[LIN__SHAPE_TEXT];
    lin__fail(d->ctx, LIN_EINVAL,
              "with_labels: the labels are %s, and the dataset has %lld rows: it takes one label for each",
              lin__shape_text(shape, y->dim, y->ndim), (long long)d->rows);
}

/* May y become array 1 of d? */
static bool may_label(const lin_dataset *d, const lin_tensor *y)
{
    if (!y)
        lin__fail_null(d->ctx, "with_labels: argument 2");
    else if (!lin__alive(y, "with_labels"))
        return false;
    else if (y->ctx != d->ctx)
        lin__fail(d->ctx, LIN_EINVAL, "with_labels: the labels belong to another context than the dataset");
    else if (d->part)
        lin__fail(d->ctx, LIN_EINVAL, "with_labels: these rows are a part of a split; give the whole its labels first");
    else if (y->ndim == 0 || y->dim[0] != d->rows)
        refuse_count(d, y);
    else
        return true;
    return false;
}

lin_dataset *lin_with_labels(lin_dataset *d, lin_tensor *y)
{
    if (!lin__dataset_live(d, "with_labels") || !may_label(d, y)) return NULL;
    uint32_t depth = lin__scope(d->ctx);
    int count = d->array_count < 2 ? 2 : d->array_count;
    lin_tensor *arrays[LIN__MAX_ARRAYS];
    for (int k = 0; k < count; k++)
        if (!(arrays[k] = k == 1 ? adopt(y, depth) : lin__tensor_alias(d->array[k], depth))) return NULL;
    lin_dataset *made = derived(d, arrays, count);
    for (int k = 0; made && k < count; k++)
        made->file[k] = k == 1 ? NULL : d->file[k];
    return made;
}

/* Rows from…to−1 of t over the same storage. */
static lin_tensor *rows_between(const lin_tensor *t, int64_t from, int64_t to, uint32_t depth)
{
    lin_tensor *part = lin__tensor_alias(t, depth);
    if (!part) return NULL;
    int64_t row = t->dim[0] ? t->numel / t->dim[0] : 0;
    part->dim[0] = to - from;
    part->numel = row * (to - from);
    if (part->data) part->data = (char *)t->data + (size_t)(row * from) * lin__size_of(t->dtype);
    return part;
}

/* The rows of t in a file, from row `from` on. */
static lin__file *file_from(const lin__file *file, const lin_tensor *t, int64_t from, uint32_t depth)
{
    lin__file *part = lin__alloc(t->ctx, depth, sizeof *part);
    if (!part) return NULL;
    *part = *file;
    if (t->dim[0]) part->offset += t->numel / t->dim[0] * from * (int64_t)lin__size_of((lin_dtype)t->dtype);
    return part;
}

/* The `rows` rows at places `first` and on of an order of what d's arrays hold. Nothing is copied. */
static lin_dataset *part_of(const lin_dataset *d, const lin__order *order, int64_t first, int64_t rows)
{
    uint32_t depth = lin__scope(d->ctx);
    lin__part *part = lin__alloc(d->ctx, depth, sizeof *part);
    if (!part) return NULL;
    *part = (lin__part){.order = *order, .first = first};
    lin_tensor *whole[LIN__MAX_ARRAYS];
    for (int k = 0; k < d->array_count; k++)
        if (!(whole[k] = lin__tensor_alias(d->array[k], depth))) return NULL;
    lin_dataset *made = derived(d, whole, d->array_count);
    if (!made) return NULL;
    made->rows = rows;
    made->part = part;
    memcpy(made->file, d->file, sizeof d->file);
    return made;
}

lin_dataset *lin_subset(lin_dataset *d, int64_t from, int64_t to)
{
    if (!lin__dataset_live(d, "subset")) return NULL;
    if (from < 0 || from > to || to > d->rows) {
        lin__fail(d->ctx, LIN_EINVAL, "subset: rows %lld to %lld of a dataset of %lld; 0 <= from <= to <= %lld",
                  (long long)from, (long long)to, (long long)d->rows, (long long)d->rows);
        return NULL;
    }
    if (d->part) return part_of(d, &d->part->order, d->part->first + from, to - from);
    lin_tensor *part[LIN__MAX_ARRAYS];
    uint32_t depth = lin__scope(d->ctx);
    for (int k = 0; k < d->array_count; k++)
        if (!(part[k] = rows_between(d->array[k], from, to, depth))) return NULL;
    lin_dataset *rows = derived(d, part, d->array_count);
    for (int k = 0; rows && k < d->array_count; k++)
        if (d->file[k] && !(rows->file[k] = file_from(d->file[k], d->array[k], from, depth))) return NULL;
    return rows;
}

int lin_split(lin_dataset *d, double fraction, lin_dataset **first, lin_dataset **second)
{
    if (first) *first = NULL;
    if (second) *second = NULL;
    if (!lin__dataset_live(d, "split")) return LIN_EINVAL;
    if (!first || !second) return lin__fail_null(d->ctx, first ? "split: argument 4" : "split: argument 3");
    if (!(fraction >= 0 && fraction <= 1))
        return lin__fail(d->ctx, LIN_EINVAL, "split: a fraction of %g; it must be from 0 to 1", fraction);
    int64_t rest = d->rows - (int64_t)floor(fraction * (double)d->rows + 0.5);
    if (rest < 0) rest = 0;
    /* A random creation like any other: its number is the next of the context's. */
    lin__stream stream = {.seed = d->ctx->seed, .kind = LIN__STREAM_SPLIT, .number = d->ctx->creations++};
    lin__order order = {.shuffled = d->rows > 0, .part = d->part};
    if (order.shuffled) lin__perm_init(&order.perm, &stream, d->rows);
    lin_dataset *one = part_of(d, &order, 0, rest), *other = one ? part_of(d, &order, rest, d->rows - rest) : NULL;
    if (!other) return lin_error_code_of(d->ctx);
    *first = one;
    *second = other;
    return 0;
}
