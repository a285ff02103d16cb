/* What an npy or IDX file holds. */
#include "failure.h"
#include "features.h"
#include "inspect.h"
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

typedef struct contents {
    lin_array_info info;
    lin_dtype type;
    lin_shape shape;
    int64_t elements, not_finite;
    lin_tensor *min, *max; /* NULL: there are no elements */
} contents;

/* ---- Its elements --------------------------------------------------------------------------------- */

/* x - x is 0 for a finite x only. */
static int64_t count_not_finite(lin_tensor *t)
{
    if (lin_type(t) != LIN_F32 && lin_type(t) != LIN_F64) return 0;
    return lin_numel(t) - lin_item_i64(lin_sum(lin_eq_scalar(lin_sub(t, t), 0)));
}

static void look_at_once(lin_ctx *ctx, const char *path, contents *c)
{
    lin_tensor *t = lin_load_array_with(ctx, path, &c->info);
    if (!t) return;
    c->type = lin_type(t);
    c->shape = lin_size(t);
    c->elements = lin_numel(t);
    c->not_finite = count_not_finite(t);
    if (c->elements) c->min = lin_min(t);
    if (c->elements) c->max = lin_max(t);
}

/* The lesser of the two; NaN if either is, as lin_min has it. */
static double lesser(double a, double b)
{
    return isnan(a) || a < b ? a : b;
}

static lin_shape shape_of_rows(int64_t rows, lin_shape row)
{
    lin_shape all = {.ndim = row.ndim + 1, .dim = {rows}};
    for (int i = 0; i < row.ndim; i++)
        all.dim[i + 1] = row.dim[i];
    return all;
}

/* Where there is no memory for all of them: as many as there is memory for. Those are floats or bytes, which a double holds. */
static void look_in_pieces(lin_ctx *ctx, const char *path, contents *c)
{
    source s = {.ctx = ctx, .name = path, .later = lin_file_dataset(ctx, path, NULL)};
    if (!s.later) return;
    c->type = source_type(&s);
    c->shape = shape_of_rows(source_rows(&s), source_row(&s));
    c->elements = source_rows(&s) * source_columns(&s);
    c->not_finite = 0;
    double least = INFINITY, minus_most = INFINITY;
    for (int64_t from = 0, to; from < source_rows(&s) && !lin_error_code_of(ctx); from = to) {
        lin_region mark = lin_mark(ctx);
        lin_tensor *piece = features_piece(&s, from, &to);
        c->not_finite += count_not_finite(piece);
        least = lesser(lin_item(lin_min(piece)), least);
        minus_most = lesser(-lin_item(lin_max(piece)), minus_most);
        lin_release(mark);
    }
    c->min = lin_full_dtype(ctx, least, (lin_shape){0}, c->type);
    c->max = lin_full_dtype(ctx, -minus_most, (lin_shape){0}, c->type);
}

/* ---- Shown ---------------------------------------------------------------------------------------- */

static int as_json(const contents *c)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:o, s:I}", "format", c->info.format, "dtype", lin_dtype_name(c->type), "stored",
                  type_name(c->info.stored), "shape", json_shape(c->shape), "not_finite", (json_int_t)c->not_finite);
    if (c->elements) {
        json_object_set_new(o, "min", json_tensor(c->min));
        json_object_set_new(o, "max", json_tensor(c->max));
    }
    return json_show(o) ? 0 : fail(EXIT_FAILED, "out of memory");
}

static void as_text(const contents *c)
{
    printf("format: %s\ndtype:  %s\nshape:  %s\n", c->info.format, type_text(c->info.stored, c->type),
           shape_text(c->shape));
    if (c->not_finite)
        printf("values: %" PRId64 " of %" PRId64 " are not finite\n", c->not_finite, c->elements);
    else if (c->elements)
        printf("values: %.6g to %.6g\n", lin_item(c->min), lin_item(c->max));
}

int inspect_array(lin_ctx *ctx, const char *path, bool json)
{
    contents c = {0};
    lin_region mark = lin_mark(ctx);
    look_at_once(ctx, path, &c);
    if (lin_error_code_of(ctx) == LIN_ENOMEM && c.info.format) {
        lin_release(mark);
        lin_error_clear(ctx);
        look_in_pieces(ctx, path, &c);
    }
    if (lin_error_code_of(ctx)) return fail_reading(ctx, path);
    if (json) return as_json(&c);
    as_text(&c);
    return 0;
}
