/* Figures and panels: making them, and what their axes say. */
#include "report/figure.h"

#include "base/file.h"

#include <math.h>
#include <string.h>

/* ---- Text --------------------------------------------------------------------------------------------- */

/* Every line on its own, as lin_printable escapes newlines too. */
static void escape_lines(char *out, size_t size, const char *text, char *line)
{
    for (size_t at = 0;;) {
        size_t length = strcspn(text, "\n");
        memcpy(line, text, length);
        line[length] = '\0';
        lin_printable(out + at, size - at, line);
        at += strlen(out + at);
        if (!text[length]) return;
        out[at++] = '\n';
        text += length + 1;
    }
}

const char *lin__shown(lin_figure *f, const char *text, bool *failed)
{
    if (!text) return NULL;
    size_t length = strlen(text), size = 4 * length + 1; /* an escape is four bytes */
    char *out = lin__alloc(f->ctx, f->depth, size + length + 1);
    if (out)
        escape_lines(out, size, text, out + size);
    else
        *failed = true;
    return out;
}

/* ---- Figures ------------------------------------------------------------------------------------------ */

enum { MOST_INCHES = 200 };

static bool good_size(double inches)
{
    return isfinite(inches) && (inches == 0 || (inches >= 0.5 && inches <= MOST_INCHES));
}

/* Whole ones. */
static double points(double inches, double otherwise)
{
    return rint((inches != 0 ? inches : otherwise) * LIN__POINTS_PER_INCH);
}

static int check_options(lin_ctx *ctx, const lin_figure_options *o)
{
    if (o->nrows < 0 || o->ncols < 0 || (int64_t)(o->nrows + !o->nrows) * (o->ncols + !o->ncols) > LIN__MAX_PANELS)
        return lin__fail(ctx, LIN_EINVAL, "subplots: %d x %d panels; there can be 1 to %d", o->nrows, o->ncols,
                         LIN__MAX_PANELS);
    if (!good_size(o->figsize[0]) || !good_size(o->figsize[1]))
        return lin__fail(ctx, LIN_EINVAL, "subplots: a figsize of (%g, %g); sides are 0.5 to 200 inches", o->figsize[0],
                         o->figsize[1]);
    return 0;
}

static void begin_panel(lin_axes *a, lin_figure *f)
{
    a->live = LIN__LIVE;
    a->ctx = f->ctx;
    a->figure = f;
    a->subtitle_ink = LIN__INK_TEXT;
    a->last = &a->first;
}

lin_figure *lin__figure_new(lin_ctx *ctx, uint32_t depth, const lin_figure_options *o)
{
    if (check_options(ctx, o)) return NULL;
    lin_figure *f = lin__alloc_zeroed(ctx, depth, sizeof *f);
    if (!f) return NULL;
    f->live = LIN__LIVE;
    f->ctx = ctx;
    f->depth = depth;
    f->nrows = o->nrows ? o->nrows : 1;
    f->ncols = o->ncols ? o->ncols : 1;
    f->width = points(o->figsize[0], fmin(3.5 * f->ncols, MOST_INCHES));
    f->height = points(o->figsize[1], fmin(2.5 * f->nrows, MOST_INCHES));
    bool failed = false;
    f->title = lin__shown(f, o->suptitle, &failed);
    f->caption = lin__shown(f, o->caption, &failed);
    f->panels = lin__alloc_zeroed(ctx, depth, (size_t)lin__panel_count(f) * sizeof *f->panels);
    if (failed || !f->panels) return NULL;
    for (int i = 0; i < lin__panel_count(f); i++) {
        begin_panel(&f->panels[i], f);
        if (o->titles) f->panels[i].title = lin__shown(f, o->titles[i], &failed);
    }
    return failed ? NULL : f;
}

lin_figure *lin_subplots(lin_ctx *ctx, const lin_figure_options *options)
{
    if (!ctx) return NULL;
    lin_figure_options o = options ? *options : (lin_figure_options){0};
    return lin__figure_new(ctx, lin__scope(ctx), &o);
}

lin_axes *lin_axes_at(lin_figure *figure, int i)
{
    if (!lin__figure_alive(figure, "axes_at")) return NULL;
    int count = lin__panel_count(figure);
    if (i >= -count && i < count) return &figure->panels[i < 0 ? i + count : i];
    lin__fail(figure->ctx, LIN_EINVAL, "axes_at: there is no panel %d; the figure has %d", i, count);
    return NULL;
}

lin_figure *lin_axes_figure(lin_axes *axes)
{
    return lin__axes_alive(axes, "axes_figure") ? axes->figure : NULL;
}

int lin_panels(const lin_figure *figure)
{
    return lin__figure_alive(figure, "panels") ? lin__panel_count(figure) : 0;
}

lin_ctx *lin_figure_context(const lin_figure *figure)
{
    return lin__context_of(figure);
}

int lin_set_size_inches(lin_figure *figure, double width, double height)
{
    if (!lin__figure_alive(figure, "set_size_inches")) return LIN_EINVAL;
    if (!good_size(width) || !good_size(height) || width == 0 || height == 0)
        return lin__fail(figure->ctx, LIN_EINVAL, "set_size_inches: (%g, %g); sides are 0.5 to 200 inches", width,
                         height);
    figure->width = points(width, 0);
    figure->height = points(height, 0);
    return 0;
}

/* ---- Axes --------------------------------------------------------------------------------------------- */

static int check_lim(lin_ctx *ctx, const char *name, const double lim[2], lin_scale scale)
{
    if (lim[0] == 0 && lim[1] == 0) return 0;
    if (!isfinite(lim[0]) || !isfinite(lim[1]) || !(lim[0] < lim[1]))
        return lin__fail(ctx, LIN_EINVAL, "set_axes: %slim is (%g, %g); it takes two finite numbers, the smaller first",
                         name, lim[0], lim[1]);
    if (scale == LIN_SCALE_LOG && lim[0] <= 0)
        return lin__fail(ctx, LIN_EINVAL, "set_axes: %slim begins at %g; a log scale has positive numbers only", name,
                         lim[0]);
    return 0;
}

static int check_axes(lin_ctx *ctx, const lin_axes_options *o)
{
    if ((o->xscale != LIN_SCALE_LINEAR && o->xscale != LIN_SCALE_LOG) ||
        (o->yscale != LIN_SCALE_LINEAR && o->yscale != LIN_SCALE_LOG))
        return lin__fail(ctx, LIN_EINVAL, "set_axes: there is no scale %d",
                         (int)(o->xscale > 1 ? o->xscale : o->yscale));
    int code = check_lim(ctx, "x", o->xlim, o->xscale);
    return code ? code : check_lim(ctx, "y", o->ylim, o->yscale);
}

static void set_axis(lin__axis *axis, const char *label, const double lim[2], lin_scale scale)
{
    axis->label = label;
    axis->lim[0] = lim[0];
    axis->lim[1] = lim[1];
    axis->scale = scale;
}

int lin_set_axes(lin_axes *axes, const lin_axes_options *options)
{
    if (!lin__axes_alive(axes, "set_axes")) return LIN_EINVAL;
    lin_figure *f = axes->figure;
    lin_axes_options o = options ? *options : (lin_axes_options){0};
    int code = check_axes(f->ctx, &o);
    if (code) return code;
    bool failed = false;
    if (o.title) axes->title = lin__shown(f, o.title, &failed);
    set_axis(&axes->x, lin__shown(f, o.xlabel, &failed), o.xlim, o.xscale);
    set_axis(&axes->y, lin__shown(f, o.ylabel, &failed), o.ylim, o.yscale);
    memset(axes->legend, 0, sizeof axes->legend);
    for (int i = 0; i < LIN_LEGEND_MAX && o.legend[i]; i++)
        axes->legend[i] = lin__shown(f, o.legend[i], &failed);
    return failed ? LIN_ENOMEM : 0;
}

int lin__axis_names(lin_axes *axes, lin__axis *axis, const char *const *names, int count)
{
    lin_figure *f = axes->figure;
    axis->names = NULL;
    axis->name_count = 0;
    if (!names || count <= 0) return 0;
    const char **copy = lin__alloc_array(f->ctx, f->depth, (size_t)count, sizeof *copy);
    if (!copy) return LIN_ENOMEM;
    bool failed = false;
    for (int i = 0; i < count; i++)
        copy[i] = lin__shown(f, names[i] ? names[i] : "", &failed);
    if (failed) return LIN_ENOMEM;
    axis->names = copy;
    axis->name_count = count;
    return 0;
}

int lin_set_xticks(lin_axes *axes, const char *const *names, int count)
{
    return lin__axes_alive(axes, "set_xticks") ? lin__axis_names(axes, &axes->x, names, count) : LIN_EINVAL;
}

int lin_set_yticks(lin_axes *axes, const char *const *names, int count)
{
    return lin__axes_alive(axes, "set_yticks") ? lin__axis_names(axes, &axes->y, names, count) : LIN_EINVAL;
}
