/* What a classifier mixes up: the confusion matrix, and the probabilities of one prediction. */
#include "report/charts.h"

#include "tensor/tensor.h"
#include <linnet/op.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CLASSES = 100, NUMBERED = 25, NAMED = 3 };

/* ---- The matrix ---------------------------------------------------------------------------------------------- */

typedef struct confusion {
    int64_t truth, guess;
    double count, share; /* of the truth's rows */
} confusion;

static int by_count(const void *a, const void *b)
{
    const confusion *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return x->truth != y->truth ? (x->truth < y->truth ? -1 : 1) : x->guess < y->guess ? -1 : 1;
}

/* Every row divided by its sum, in place; where something is off the diagonal, in `found`. Their number. */
static int64_t find_confusions(const double *counts, double *shares, int64_t c, confusion *found)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c; i++) {
        double sum = 0;
        for (int64_t j = 0; j < c; j++)
            sum += counts[i * c + j];
        for (int64_t j = 0; j < c; j++) {
            double count = counts[i * c + j], share = sum > 0 ? count / sum : 0;
            shares[i * c + j] = share;
            if (i != j && count > 0) found[n++] = (confusion){i, j, count, share};
        }
    }
    qsort(found, (size_t)n, sizeof *found, by_count);
    return n;
}

/* "Most often: shirt taken for t-shirt (145, 14.5 %), …" */
static void say_worst(const confusion *found, int64_t n, lin_names names, char *out, size_t size)
{
    snprintf(out, size, n ? "Most often" : "No mistakes.");
    for (int64_t i = 0; i < n && i < NAMED; i++) {
        char a[24], b[24];
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s %s taken for %s (%.0f,\u00a0%.1f\u00a0%%)", i ? "," : ":",
                 lin__class_name(names, found[i].truth, a), lin__class_name(names, found[i].guess, b), found[i].count,
                 100 * found[i].share);
    }
}

static int number_cell(lin_axes *axes, int64_t row, int64_t column, double count, double share)
{
    char text[32];
    snprintf(text, sizeof text, "%.0f", count);
    lin__artist *a = lin__note_add(axes, text, (double)column, (double)row, LIN_CENTER, LIN__INK_ON_CELL);
    if (!a) return LIN_ENOMEM;
    a->u.note.size = strlen(text) < 4 ? 7.5 : 30.0 / (double)strlen(text); /* as large as fits */
    a->u.note.cmap = LIN_BLUES;
    a->u.note.cell = share;
    return 0;
}

/* A count in every cell where there is one. */
static int number_cells(lin_axes *axes, const double *counts, const double *shares, int64_t c)
{
    int code = 0;
    for (int64_t i = 0; i < c && c <= NUMBERED; i++)
        for (int64_t j = 0; j < c && !code; j++)
            if (counts[i * c + j] > 0) code = number_cell(axes, i, j, counts[i * c + j], shares[i * c + j]);
    return code;
}

static int name_sides(lin_axes *axes, lin_names names, int64_t c)
{
    const char *shown[MAX_CLASSES];
    char numbers[MAX_CLASSES][24];
    for (int64_t i = 0; i < c; i++)
        shown[i] = lin__class_name(names, i, numbers[i]);
    int code = lin_set_axes(axes, &(lin_axes_options){.xlabel = "predicted", .ylabel = "true"});
    if (!code) code = lin_set_xticks(axes, shown, (int)c);
    return code ? code : lin_set_yticks(axes, shown, (int)c);
}

static lin_figure *matrix_figure(lin_ctx *ctx, uint32_t depth, const double *counts, int64_t c, lin_names names)
{
    uint32_t here = lin__here(ctx);
    double *shares = lin__alloc_array(ctx, here, (size_t)(c * c), sizeof *shares);
    confusion *found = lin__alloc_array(ctx, here, (size_t)(c * c), sizeof *found);
    if (!shares || !found) return NULL;
    int64_t n = find_confusions(counts, shares, c, found);
    char caption[512];
    say_worst(found, n, names, caption, sizeof caption);
    double cell = c <= NUMBERED ? 0.36 : 9.0 / (double)c, side = fmax(cell * (double)c, 2);
    lin_figure *f =
        lin__figure_new(ctx, depth, &(lin_figure_options){.figsize = {side + 1.1, side + 1.4}, .caption = caption});
    lin_tensor *image = lin_from_f64(ctx, shares, LIN_SHAPE(c, c));
    if (!f || !image) return NULL;
    lin_axes *axes = lin_axes_at(f, 0);
    int code = lin_imshow(axes, image, &(lin_imshow_options){.cmap = LIN_BLUES, .vmax = 1, .axis = true});
    if (!code) code = number_cells(axes, counts, shares, c);
    if (!code) code = name_sides(axes, names, c);
    return code ? NULL : f;
}

lin_figure *lin_confusion_figure(lin_tensor *counts, lin_names names)
{
    if (!counts) return NULL;
    lin_ctx *ctx = counts->ctx;
    uint32_t depth = lin__scope(ctx);
    int64_t rows, columns;
    lin_figure *f = NULL;
    lin_region scratch = lin_mark(ctx);
    const double *values = !scratch.ctx ? NULL : lin__matrix(counts, "confusion_figure: the counts", &rows, &columns);
    if (values && (rows != columns || rows < 1 || rows > MAX_CLASSES))
        lin__fail(ctx, LIN_EINVAL,
                  "confusion_figure: the counts are (%" PRId64 ", %" PRId64
                  "); they must be (C, C) with 1 to %d classes",
                  rows, columns, MAX_CLASSES);
    else if (values)
        f = matrix_figure(ctx, depth, values, rows, names);
    lin_release(scratch);
    return f;
}

/* ---- One prediction ------------------------------------------------------------------------------------------ */

static int say_percent(lin_axes *axes, int row, double p)
{
    char text[32];
    snprintf(text, sizeof text, p < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * p);
    return lin__note_add(axes, text, p, row, LIN_RIGHT, LIN__INK_TEXT) ? 0 : LIN_ENOMEM;
}

/* The most probable class of those that are left; of equal ones the first. */
static int64_t take_best(const double *p, int64_t classes, bool *taken)
{
    int64_t best = 0;
    while (taken[best])
        best++;
    for (int64_t j = best + 1; j < classes; j++)
        if (!taken[j] && p[j] > p[best]) best = j;
    taken[best] = true;
    return best;
}

static int bars(lin_axes *axes, const double *p, int64_t classes, int top, lin_names names)
{
    const char *shown[MAX_CLASSES];
    char numbers[MAX_CLASSES][24];
    bool taken[MAX_CLASSES] = {false};
    lin__look look = {.ink = 0, .alpha = 1};
    lin__artist *a = lin__artist_add(axes, LIN__LYING_BARS, &look);
    int code = a ? 0 : LIN_ENOMEM;
    for (int row = 0; row < top && !code; row++) {
        int64_t best = take_best(p, classes, taken);
        shown[row] = lin__class_name(names, best, numbers[row]);
        code = lin__series_add(axes, &a->u.series, row, p[best], 0);
        if (!code) code = say_percent(axes, row, p[best]);
    }
    axes->y_down = true;
    axes->x.marked_to = 1;
    const double most = 1.25; /* with room for "100 %" behind the longest bar */
    if (!code) code = lin_set_axes(axes, &(lin_axes_options){.xlabel = "probability", .xlim = {0, most}});
    return code ? code : lin_set_yticks(axes, shown, top);
}

static int check_proba(const lin_tensor *proba, int top)
{
    char shape[LIN__SHAPE_TEXT];
    if (proba->numel < 1 || proba->numel > MAX_CLASSES)
        return lin__fail(proba->ctx, LIN_EINVAL, "proba_figure: proba is %s; it must have 1 to %d classes",
                         lin__shape_text(shape, proba->dim, proba->ndim), MAX_CLASSES);
    if (top < 0) return lin__fail(proba->ctx, LIN_EINVAL, "proba_figure: top is %d", top);
    return 0;
}

lin_figure *lin_proba_figure(lin_tensor *proba, lin_names names, int top, lin_tensor *image)
{
    if (!proba || check_proba(proba, top)) return NULL;
    lin_ctx *ctx = proba->ctx;
    if (!top) top = 3;
    if (top > proba->numel) top = (int)proba->numel;
    double height = fmax(0.75 + 0.24 * top, image ? 1.6 : 0);
    lin_figure *f =
        lin_subplots(ctx, &(lin_figure_options){.ncols = image ? 2 : 1, .figsize = {image ? 4.6 : 3.5, height}});
    if (!f) return NULL;
    int code = image ? lin_imshow(lin_axes_at(f, 0), image, NULL) : 0;
    lin_region scratch = lin_mark(ctx);
    const double *p = scratch.ctx ? lin__doubles(proba, lin__here(ctx), "proba_figure") : NULL;
    if (!code) code = p ? bars(lin_axes_at(f, -1), p, proba->numel, top, names) : LIN_ENOMEM;
    lin_release(scratch);
    return code ? NULL : f;
}
