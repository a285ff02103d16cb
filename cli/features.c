/* The features of a source. Those that do not fit into memory stay in their file, and are read in pieces; batches of them are the
 * same as of those in memory. */
#include "features.h"

#include "failure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* ---- What they are -------------------------------------------------------------------------------- */

int64_t source_rows(const source *s)
{
    return s->X ? lin_dim(s->X, 0) : lin_rows(s->later);
}

lin_dtype source_type(const source *s)
{
    return s->X ? lin_type(s->X) : lin_row_type(s->later, 0);
}

lin_shape source_row(const source *s)
{
    if (!s->X) return lin_row_size(s->later, 0);
    lin_shape all = lin_size(s->X);
    return lin_shape_of(all.ndim - 1, all.dim + 1);
}

int64_t source_columns(const source *s)
{
    lin_shape row = source_row(s);
    int64_t columns = 1;
    for (int i = 0; i < row.ndim; i++)
        columns *= row.dim[i];
    return columns;
}

bool source_is_images(const source *s)
{
    return source_type(s) == LIN_U8;
}

/* ---- Finite numbers ------------------------------------------------------------------------------- */

/* The first element that is not finite, or -1. */
static int64_t first_not_finite(const lin_tensor *t)
{
    const float *f = lin_type(t) == LIN_F32 ? lin_const_data_ptr(t) : NULL;
    const double *d = lin_type(t) == LIN_F64 ? lin_const_data_ptr(t) : NULL;
    for (int64_t i = 0, n = lin_numel(t); i < n; i++)
        if ((f && !isfinite(f[i])) || (d && !isfinite(d[i]))) return i;
    return -1;
}

/* Element `bad` of t, which has the rows from `first` on. */
static int fail_not_finite(lin_tensor *t, int64_t bad, int64_t first, const char *file)
{
    int64_t width = lin_numel(t) / lin_dim(t, 0);
    double x = lin_at(lin_reshape(t, LIN_SHAPE(-1)), LIN_SHAPE(bad));
    char text[LIN_NUMBER_SIZE];
    return fail_at(EXIT_DATA, file, "row %" PRId64 ", column %" PRId64 " (counted from 0) is %s%s", first + bad / width,
                   bad % width, lin_number_text(text, x, lin_type(t)),
                   isfinite(x) ? ", too large for f32; a model trained with --dtype f64 takes it" : "");
}

/* What a file holds is what needs the most memory: where there is too little, it is named. */
int fail_reading(const lin_ctx *ctx, const char *file)
{
    if (lin_error_code_of(ctx) != LIN_ENOMEM) return fail_library(ctx);
    return fail_at(EXIT_FAILED, file, "%s", lin_error(ctx));
}

lin_tensor *source_finite(lin_tensor *t, const char *file)
{
    lin_ctx *ctx = lin_context(t);
    lin_tensor *numbers = lin_contiguous(lin_to(t, lin_default_dtype(ctx)));
    if (!numbers) fail_reading(ctx, file);
    int64_t bad = first_not_finite(numbers);
    if (bad < 0) return numbers;
    fail_not_finite(t, bad, 0, file);
    return NULL;
}

/* ---- In their file -------------------------------------------------------------------------------- */

lin_tensor *features_piece(const source *s, int64_t from, int64_t *to)
{
    enum { PIECE = 1 << 20 };
    int64_t rows = source_rows(s), row = source_columns(s) * (int64_t)lin_dtype_size(source_type(s));
    int64_t some = s->X ? rows : row < PIECE ? PIECE / row : 1;
    *to = rows - from < some ? rows : from + some;
    lin_tensor *piece = s->X ? s->X : lin_array(lin_subset(s->later, from, *to), 0);
    if (!piece) fail_reading(s->ctx, s->name);
    return piece;
}

static int check_finite(const source *s)
{
    for (int64_t from = 0, to; from < source_rows(s) && !failure_code(); from = to) {
        lin_region mark = lin_mark(s->ctx);
        lin_tensor *piece = features_piece(s, from, &to);
        int64_t bad = first_not_finite(piece);
        if (bad >= 0) fail_not_finite(piece, bad, from, s->name);
        lin_release(mark);
    }
    return failure_code();
}

/* Can batches of them be had without converting all? Images of bytes become f32 batch by batch. */
static bool are_usable(const lin_ctx *ctx, const lin_dataset *d)
{
    lin_dtype type = lin_row_type(d, 0), wanted = lin_default_dtype(ctx);
    int dims = lin_row_size(d, 0).ndim;
    return type == LIN_U8 ? wanted == LIN_F32 && (dims == 2 || dims == 3) : type == wanted && dims > 0;
}

/* What could be left in the file, where these cannot. */
static int fail_unusable(const source *s, const lin_dataset *d, const char *cause)
{
    lin_dtype type = lin_row_type(d, 0), wanted = lin_default_dtype(s->ctx);
    int dims = lin_row_size(d, 0).ndim;
    if (type == LIN_U8 && (dims == 2 || dims == 3))
        return fail_at(EXIT_FAILED, s->name,
                       "%s; images that do not fit are read batch by batch for a model of f32 (train --dtype f32)",
                       cause);
    if (type == wanted && dims == 0)
        return fail_at(EXIT_FAILED, s->name,
                       "%s; numbers that do not fit are read batch by batch if they have a column: reshape to (n, 1)",
                       cause);
    return fail_at(EXIT_FAILED, s->name,
                   "%s; rows that do not fit are read batch by batch if they are an array (n, columns) of %s", cause,
                   lin_dtype_name(wanted));
}

int features_later(source *s, lin_dataset *d)
{
    char cause[256];
    snprintf(cause, sizeof cause, "%s", lin_error(s->ctx));
    lin_error_clear(s->ctx);
    if (!d) d = lin_file_dataset(s->ctx, s->name, NULL);
    if (!d) return failure_code();
    failure_clear();
    if (!are_usable(s->ctx, d)) return fail_unusable(s, d, cause);
    s->X = NULL;
    s->later = d;
    return source_is_images(s) ? 0 : check_finite(s);
}
