/* What the book does with matplotlib: figures on stdout, in files, and curves that grow. */
#include "d2l/display.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of a context, made when something is set. */
struct lin__display {
    const char *prefix; /* of files; NULL: none are written */
    int shown;
    double figsize[2];
};

static struct lin__display *display_of(lin_ctx *ctx)
{
    if (!ctx->display) ctx->display = lin__alloc_zeroed(ctx, 0, sizeof *ctx->display);
    return ctx->display;
}

int d2l_use_svg_display(lin_ctx *ctx, const char *prefix)
{
    if (!ctx) return LIN_EINVAL;
    struct lin__display *d = display_of(ctx);
    if (!d) return LIN_ENOMEM;
    d->prefix = NULL;
    d->shown = 0;
    if (!prefix) return 0;
    char path[1024];
    if (snprintf(path, sizeof path, "%s-1.svg", prefix) >= (int)sizeof path - 16)
        return lin__fail(ctx, LIN_EINVAL, "d2l_use_svg_display: the prefix has %zu bytes; that is too long",
                         strlen(prefix));
    int code = lin_can_savefig(ctx, path);
    if (code) return code;
    d->prefix = lin__strdup(ctx, 0, prefix);
    return d->prefix ? 0 : LIN_ENOMEM;
}

int d2l_set_figsize(lin_ctx *ctx, double width, double height)
{
    if (!ctx) return LIN_EINVAL;
    bool sides = width > 0 && width <= 100 && height > 0 && height <= 100;
    if (!sides && (width != 0 || height != 0))
        return lin__fail(
            ctx, LIN_EINVAL,
            "d2l_set_figsize: %g x %g inches; both sides are above 0 and at most 100, or both 0: the default", width,
            height);
    struct lin__display *d = display_of(ctx);
    if (!d) return LIN_ENOMEM;
    d->figsize[0] = width;
    d->figsize[1] = height;
    return 0;
}

static int save_next(lin_figure *f, struct lin__display *d)
{
    char path[1024];
    snprintf(path, sizeof path, "%s-%d.svg", d->prefix, ++d->shown);
    return lin_savefig(f, path, NULL);
}

static int save(lin_figure *f)
{
    struct lin__display *d = lin_figure_context(f)->display;
    return d && d->prefix ? save_next(f, d) : 0;
}

lin_figure *lin__display(lin_figure *f)
{
    return f && !lin_show(f, stdout) && !save(f) ? f : NULL;
}

bool lin__display_is_live(void)
{
    return lin_terminal_of(stdout).in_place;
}

int d2l_show(lin_figure *figure)
{
    return lin__display(figure) ? 0 : figure ? lin_error_code_of(lin_figure_context(figure)) : LIN_EINVAL;
}

int d2l_set_axes(lin_axes *axes, const lin_axes_options *options)
{
    return lin_set_axes(axes, options);
}

lin_figure *d2l_show_images(lin_tensor *imgs, int num_rows, int num_cols, const char *const *titles, double scale)
{
    return lin__display(lin_show_images(imgs, num_rows, num_cols, titles, scale));
}

/* ---- Animator ---------------------------------------------------------------------------------- */

lin_animator *d2l_Animator(lin_ctx *ctx, const lin_animator_options *options)
{
    lin_animator_options o = options ? *options : (lin_animator_options){0};
    if (!o.out) o.out = stdout;
    if (!o.room) o.room = 2; /* a line with the last numbers, and the prompt */
    return lin_animator_new(ctx, &o);
}

int d2l_animator_add(lin_animator *animator, double x, const double *y, int n)
{
    return lin_animator_add(animator, x, y, n);
}

int d2l_animator_end(lin_animator *animator)
{
    lin_figure *f = lin_animator_figure(animator);
    if (!f) return LIN_EINVAL;
    int code = lin_animator_end(animator);
    if (!code && !lin__display_is_live()) code = lin_show(f, stdout);
    return code ? code : save(f);
}

/* ---- plot ---------------------------------------------------------------------------------------- */

static int plot_into(lin_axes *axes, lin_tensors X, lin_tensors Y, const d2l_plot_options *o)
{
    static const char *const fmts[] = {"-", "m--", "g-.", "r:"}; /* the book's */
    lin_axes_options options = {.xlabel = o->xlabel,
                                .ylabel = o->ylabel,
                                .xlim = {o->xlim[0], o->xlim[1]},
                                .ylim = {o->ylim[0], o->ylim[1]},
                                .xscale = o->xscale,
                                .yscale = o->yscale};
    memcpy(options.legend, o->legend, sizeof options.legend);
    int code = lin_set_axes(axes, &options);
    for (int i = 0; i < Y.count && !code; i++) {
        const char *fmt = i < LIN_LEGEND_MAX && o->fmts[i] ? o->fmts[i] : fmts[i % 4];
        code = lin_plot(axes, X.count == 1 ? X.at[0] : X.count ? X.at[i] : NULL, Y.at[i], &(lin_style){.fmt = fmt});
    }
    return code;
}

lin_figure *d2l_plot(lin_tensors X, lin_tensors Y, const d2l_plot_options *options)
{
    d2l_plot_options o = options ? *options : (d2l_plot_options){0};
    if (!Y.count) { /* plot(y): over 0, 1, … */
        Y = X;
        X = (lin_tensors){0};
    }
    lin_ctx *ctx = Y.count ? lin_context(Y.at[0]) : NULL;
    if (!ctx) return NULL;
    if (X.count > 1 && X.count != Y.count)
        return lin__fail(ctx, LIN_EINVAL, "d2l_plot: %d x for %d y; one for all, or one for each", X.count, Y.count),
               NULL;
    if (o.axes) return plot_into(o.axes, X, Y, &o) ? NULL : lin_axes_figure(o.axes);
    bool given = o.figsize[0] != 0 || o.figsize[1] != 0;
    if (!given && ctx->display) memcpy(o.figsize, ctx->display->figsize, sizeof o.figsize);
    lin_figure *f = lin_subplots(ctx, &(lin_figure_options){.figsize = {o.figsize[0], o.figsize[1]}});
    if (!f || plot_into(lin_axes_at(f, 0), X, Y, &o)) return NULL;
    return lin__display(f);
}
