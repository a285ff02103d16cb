/* Figures of images: in a grid with titles, predictions, mistakes, the weights of classes. */
#include "report/charts.h"

#include "tensor/tensor.h"
#include <linnet/autograd.h>
#include <linnet/op.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What the figures share ------------------------------------------------------------------------------ */

const char *lin__class_name(lin_names names, int64_t i, char out[24])
{
    if (names.at && i >= 0 && i < names.count && names.at[i]) return names.at[i];
    snprintf(out, 24, "%" PRId64, i);
    return out;
}

double *lin__matrix(lin_tensor *t, const char *what, int64_t *rows, int64_t *columns)
{
    char shape[LIN__SHAPE_TEXT];
    if (t->ndim != 2)
        return lin__fail(t->ctx, LIN_EINVAL, "%s: %s; it must have two dimensions", what,
                         lin__shape_text(shape, t->dim, t->ndim)),
               NULL;
    *rows = t->dim[0];
    *columns = t->dim[1];
    return lin__doubles(t, lin__here(t->ctx), what);
}

const int64_t *lin__labels(lin_tensor *t, int64_t n, const char *what)
{
    char shape[LIN__SHAPE_TEXT];
    if (t->dtype == LIN_I64 && t->numel >= n) return lin_const_data_ptr(lin_contiguous(t));
    return lin__fail(t->ctx, LIN_EINVAL, "%s: %s %s; it must be i64 with a label for each of %" PRId64 " images", what,
                     lin_dtype_name((lin_dtype)t->dtype), lin__shape_text(shape, t->dim, t->ndim), n),
           NULL;
}

int64_t lin__image_count(lin_tensor *images, const char *what)
{
    const lin_tensor *t = images;
    char shape[LIN__SHAPE_TEXT];
    bool rgb = t->ndim == 4 && t->dtype == LIN_U8 && t->dim[3] == 3, one = t->ndim == 4 && t->dim[1] == 1;
    if (t->ndim == 3 || rgb || one) return t->dim[0];
    return lin__fail(t->ctx, LIN_EINVAL,
                     "%s: the images are %s %s; they must be (n, H, W), (n, 1, H, W) or u8 (n, H, W, 3)", what,
                     lin_dtype_name((lin_dtype)t->dtype), lin__shape_text(shape, t->dim, t->ndim)),
           -1;
}

int lin__image_into(lin_axes *axes, lin_tensor *images, int64_t i, const lin_imshow_options *options)
{
    return lin_imshow(axes, lin_select(images, 0, i), options);
}

/* A grid of images in region `depth`, `scale` inches to each, with room for titles of so many lines. */
static lin_figure *grid(lin_ctx *ctx, uint32_t depth, int rows, int columns, double scale, int title_lines,
                        const char *caption)
{
    double titles = title_lines * 0.17, below = caption ? 0.3 : 0;
    const lin_figure_options options = {.nrows = rows,
                                        .ncols = columns,
                                        .figsize = {columns * scale, rows * (scale + titles) + below},
                                        .caption = caption};
    lin_figure *f = lin__figure_new(ctx, depth, &options);
    if (!f) return NULL;
    f->flows = true;
    for (int i = 0; i < lin__panel_count(f); i++)
        f->panels[i].bare = f->panels[i].keyless = true;
    return f;
}

/* What the image is; under it, in the ink of the verdict, what it was taken for. */
static int set_titles(lin_axes *axes, const char *title, const char *subtitle, bool right)
{
    bool failed = false;
    axes->title = lin__shown(axes->figure, title, &failed);
    axes->subtitle = lin__shown(axes->figure, subtitle, &failed);
    axes->subtitle_ink = right ? LIN__INK_TEXT : LIN__INK_WRONG;
    return failed ? LIN_ENOMEM : 0;
}

/* ---- show_images ------------------------------------------------------------------------------ */

lin_figure *lin_show_images(lin_tensor *images, int num_rows, int num_cols, const char *const *titles, double scale)
{
    if (!images) return NULL;
    int64_t n = lin__image_count(images, "show_images");
    if (n < 0) return NULL;
    if (!(scale >= 0 && scale <= 20))
        return lin__fail(images->ctx, LIN_EINVAL, "show_images: a scale of %g inches; it is 0 to 20", scale), NULL;
    lin_figure *f =
        grid(images->ctx, lin__scope(images->ctx), num_rows, num_cols, scale != 0 ? scale : 1.5, titles ? 1 : 0, NULL);
    int code = f ? 0 : LIN_EINVAL;
    lin_region scratch = lin_mark(images->ctx);
    if (!scratch.ctx) code = LIN_ENOMEM;
    for (int64_t i = 0; !code && i < n && i < lin__panel_count(f); i++) {
        code = lin__image_into(&f->panels[i], images, i, NULL);
        if (!code && titles && titles[i]) code = set_titles(&f->panels[i], titles[i], NULL, true);
    }
    lin_release(scratch);
    return code ? NULL : f;
}

/* ---- Predictions and mistakes ------------------------------------------------------------------------------ */

/* n images, six in a row. */
static lin_figure *list(lin_ctx *ctx, uint32_t depth, int64_t n, const char *caption)
{
    enum { ACROSS = 6 };
    int columns = n < ACROSS ? (int)n : ACROSS;
    return grid(ctx, depth, (int)((n + columns - 1) / columns), columns, 1.35, 2, caption);
}

static int predicted_title(lin_axes *axes, lin_names names, int64_t truth, int64_t guess)
{
    char a[24], b[24], below[256];
    bool right = truth == guess;
    snprintf(below, sizeof below, "%s%s", right ? "" : "✗ ", lin__class_name(names, guess, b));
    return set_titles(axes, lin__class_name(names, truth, a), below, right);
}

lin_figure *lin_predictions_figure(lin_tensor *images, lin_tensor *y, lin_tensor *predicted, lin_names names, int n)
{
    if (!images) return NULL;
    lin_ctx *ctx = images->ctx;
    if (!y || !predicted) return lin__fail_null(ctx, "predictions_figure: an argument"), NULL;
    int64_t count = lin__image_count(images, "predictions_figure");
    if (count < 0) return NULL;
    int64_t want = n > 0 ? n : 6;
    if (count > want) count = want;
    if (count < 1) return lin__fail(ctx, LIN_EINVAL, "predictions_figure: there are no images"), NULL;
    lin_figure *f = list(ctx, lin__scope(ctx), count, "Above: the truth; below it: the prediction.");
    if (!f) return NULL;
    lin_region scratch = lin_mark(ctx);
    const int64_t *truth = scratch.ctx ? lin__labels(y, count, "predictions_figure: y") : NULL;
    const int64_t *guess = truth ? lin__labels(predicted, count, "predictions_figure: predicted") : NULL;
    int code = guess ? 0 : LIN_EINVAL;
    for (int64_t i = 0; i < count && !code; i++) {
        code = lin__image_into(&f->panels[i], images, i, NULL);
        if (!code) code = predicted_title(&f->panels[i], names, truth[i], guess[i]);
    }
    lin_release(scratch);
    return code ? NULL : f;
}

typedef struct mistake {
    int64_t row, truth, guess;
    double proba;
} mistake;

/* The surest first; equally sure ones in order. */
static int by_proba(const void *a, const void *b)
{
    const mistake *x = a, *y = b;
    if (x->proba != y->proba) return x->proba > y->proba ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static int64_t find_mistakes(const double *proba, const int64_t *truth, int64_t rows, int64_t classes, mistake *found)
{
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++) {
        const double *p = proba + i * classes;
        int64_t best = 0;
        for (int64_t j = 1; j < classes; j++)
            if (p[j] > p[best]) best = j;
        if (best != truth[i]) found[count++] = (mistake){i, truth[i], best, p[best]};
    }
    qsort(found, (size_t)count, sizeof *found, by_proba);
    return count;
}

/* In percent; no mistake is 100 % sure. */
static double percent_of(const mistake *m, int decimals)
{
    static const double units[] = {1, 10, 100, 1000};
    double unit = units[decimals];
    return fmin(floor(100 * unit * m->proba + 0.5), 100 * unit - 1) / unit;
}

static bool look_alike(const mistake *a, const mistake *b, int decimals)
{
    return a->proba != b->proba && percent_of(a, decimals) == percent_of(b, decimals);
}

/* One where whole percents do not tell neighbours apart; more, up to three, where even the surest and the least sure look alike: the
 * images have to share the width with these. */
static int decimals_of(const mistake *m, int64_t count)
{
    int decimals = 0;
    for (int64_t i = 1; i < count && !decimals; i++)
        decimals = look_alike(&m[i], &m[i - 1], 0);
    while (decimals && decimals < 3 && look_alike(&m[0], &m[count - 1], decimals))
        decimals++;
    return decimals;
}

static int mistake_panel(lin_axes *axes, lin_tensor *images, lin_names names, const mistake *m, int decimals)
{
    char a[24], b[24], below[256];
    int code = lin__image_into(axes, images, m->row, NULL);
    if (code) return code;
    snprintf(below, sizeof below, "✗ %s %.*f%%", lin__class_name(names, m->guess, b), decimals,
             percent_of(m, decimals));
    return set_titles(axes, lin__class_name(names, m->truth, a), below, false);
}

/* The figure goes into region `depth`; what finds the mistakes is the caller's to release. */
static lin_figure *mistakes_of(lin_tensor *images, lin_tensor *y, lin_tensor *proba, lin_names names, int64_t want,
                               uint32_t depth)
{
    lin_ctx *ctx = images->ctx;
    int64_t rows, classes, count = lin__image_count(images, "mistakes_figure");
    const double *p = count < 0 ? NULL : lin__matrix(proba, "mistakes_figure: proba", &rows, &classes);
    if (!p) return NULL;
    if (rows != count)
        return lin__fail(ctx, LIN_EINVAL, "mistakes_figure: %" PRId64 " images, but proba has %" PRId64 " rows", count,
                         rows),
               NULL;
    const int64_t *truth = lin__labels(y, rows, "mistakes_figure: y");
    mistake *found = lin__alloc_array(ctx, lin__here(ctx), (size_t)rows, sizeof *found);
    if (!truth || !found) return NULL;
    int64_t mistakes = find_mistakes(p, truth, rows, classes, found), shown = mistakes < want ? mistakes : want;
    char caption[128];
    snprintf(caption, sizeof caption, "%" PRId64 " of %" PRId64 " are wrong (%.1f %%)%s", mistakes, rows,
             rows ? 100.0 * (double)mistakes / (double)rows : 0, shown ? "; the surest mistakes first." : ".");
    lin_figure *f = list(ctx, depth, shown > 0 ? shown : 1, caption);
    int decimals = decimals_of(found, shown);
    for (int64_t i = 0; f && i < shown; i++)
        if (mistake_panel(&f->panels[i], images, names, &found[i], decimals)) return NULL;
    return f;
}

lin_figure *lin_mistakes_figure(lin_tensor *images, lin_tensor *y, lin_tensor *proba, lin_names names, int n)
{
    if (!images) return NULL;
    lin_ctx *ctx = images->ctx;
    if (!y || !proba) return lin__fail_null(ctx, "mistakes_figure: an argument"), NULL;
    uint32_t depth = lin__scope(ctx);
    lin_region scratch = lin_mark(ctx);
    lin_figure *f = !scratch.ctx ? NULL : mistakes_of(images, y, proba, names, n > 0 ? n : 12, depth);
    lin_release(scratch);
    return f;
}

/* ---- Weight templates ------------------------------------------------------------------------------ */

lin_figure *lin_templates_figure(lin_tensor *weight, int64_t height, int64_t width, lin_names names)
{
    if (!weight) return NULL;
    lin_ctx *ctx = weight->ctx;
    char shape[LIN__SHAPE_TEXT], number[24];
    int64_t classes = weight->ndim == 2 ? weight->dim[0] : 0;
    if (classes < 1 || classes > LIN__MAX_PANELS || height < 1 || width < 1 || weight->dim[1] / height != width ||
        weight->dim[1] % height != 0)
        return lin__fail(ctx, LIN_EINVAL,
                         "templates_figure: weight is %s; for images of %" PRId64 " x %" PRId64
                         " it must be (classes, height * width)",
                         lin__shape_text(shape, weight->dim, weight->ndim), height, width),
               NULL;
    int columns = classes < 5 ? (int)classes : 5;
    lin_figure *f = grid(ctx, lin__scope(ctx), (int)((classes + columns - 1) / columns), columns, 1.2, 1,
                         "Red (+): a bright pixel speaks for the class; blue (\u2212): against it.");
    if (!f) return NULL;
    lin_region scratch = lin_mark(ctx);
    lin_tensor *values = lin_detach(weight);
    lin_tensor *largest = scratch.ctx ? lin_max(lin_abs(values)) : NULL; /* one scale for all classes */
    double most = largest ? lin_item(largest) : 0;
    int code = largest ? 0 : LIN_ENOMEM;
    for (int64_t i = 0; i < classes && !code; i++) {
        lin_tensor *image = lin_reshape(lin_select(values, 0, i), LIN_SHAPE(height, width));
        code =
            lin_imshow(&f->panels[i], image, &(lin_imshow_options){.cmap = LIN_DIVERGING, .vmin = -most, .vmax = most});
        if (!code) code = set_titles(&f->panels[i], lin__class_name(names, i, number), NULL, true);
    }
    lin_release(scratch);
    return code ? NULL : f;
}
