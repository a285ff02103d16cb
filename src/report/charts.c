/* Figures of numbers: a feature against the label, the course of a training, normal densities, residuals. */
#include "report/charts.h"

#include "kernel/kernel.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MINUS "\u2212"

/* Many points are small ones. */
static double point_size(int64_t n)
{
    return n <= 50 ? 4 : n <= 300 ? 3 : n <= 2000 ? 2.2 : 1.5;
}

static int scatter_points(lin_axes *axes, lin_tensor *x, lin_tensor *y, const char *label)
{
    int64_t n = lin_numel(y);
    return lin_scatter(axes, x, y,
                       &(lin_style){.label = label, .markersize = point_size(n), .alpha = n > 50 ? 0.6 : 0.9});
}

/* The smallest and largest finite one of n; false if there is none. */
static bool extent(const double *x, int64_t n, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) continue;
        *low = fmin(*low, x[i]);
        *high = fmax(*high, x[i]);
    }
    return *low <= *high;
}

/* y = w·x + b from the first point to the last. */
static int fitted_line(lin_axes *axes, const lin_line *line)
{
    const lin__series *points = &axes->first->u.series;
    lin__look look = {.ink = 1, .dash = LIN__SOLID, .width = 1.6, .alpha = 1};
    double x[2];
    if (!extent(points->x, points->n, &x[0], &x[1])) return 0;
    const double y[] = {line->w * x[0] + line->b, line->w * x[1] + line->b};
    lin__artist *a = lin__curve_add(axes, x, y, 2, &look);
    if (!a) return LIN_ENOMEM;
    char text[64];
    snprintf(text, sizeof text, "y = %s%.2fx %s %.2f", line->w < 0 ? MINUS : "", fabs(line->w),
             line->b < 0 ? MINUS : "+", fabs(line->b));
    bool failed = false;
    a->label = lin__shown(axes->figure, text, &failed);
    return failed ? LIN_ENOMEM : 0;
}

lin_figure *lin_scatter_figure(lin_tensor *x, lin_tensor *y, const lin_line *line)
{
    lin_line l = line ? *line : (lin_line){0};
    lin_ctx *ctx = lin_context(x ? x : y);
    lin_figure *f = lin_subplots(ctx, NULL);
    if (!f) return NULL;
    lin_axes *axes = lin_axes_at(f, 0);
    const lin_axes_options options = {.xlabel = l.xlabel ? l.xlabel : "x", .ylabel = l.ylabel ? l.ylabel : "y"};
    if (l.fitted && (!isfinite(l.w) || !isfinite(l.b)))
        return lin__fail(ctx, LIN_EINVAL, "scatter_figure: the line y = %g x + %g is not finite", l.w, l.b), NULL;
    int code = lin_set_axes(axes, &options);
    if (!code) code = scatter_points(axes, x, y, l.fitted ? "data" : NULL);
    if (!code && l.fitted) code = fitted_line(axes, &l);
    return code ? NULL : f;
}

/* ---- The course of a training ----------------------------------------------------------------------------------- */

/* A number of an epoch, and how its curve looks in the book. */
static const struct {
    const char *label, *fmt;
    size_t offset;
    bool is_loss;
} courses[] = {{"train loss", "-", offsetof(lin_epoch, train_loss), true},
               {"train acc", "m--", offsetof(lin_epoch, train_acc), false},
               {"test acc", "g-.", offsetof(lin_epoch, test_acc), false},
               {"test loss", "r:", offsetof(lin_epoch, test_loss), true}};
enum { COURSES = sizeof courses / sizeof *courses };

static double course_at(const lin_history *h, int course, int64_t i)
{
    double value;
    memcpy(&value, (const char *)lin_history_at(h, i) + courses[course].offset, sizeof value);
    return value;
}

static int add_course(lin_axes *axes, const lin_history *h, int course)
{
    lin__look look = {.ink = LIN__INK_NONE, .dash = LIN__SOLID, .width = 1.5, .size = 4, .alpha = 1};
    int code = lin__look_of(axes, &(lin_style){.fmt = courses[course].fmt}, "history_figure", &look);
    lin__artist *a = code ? NULL : lin__artist_add(axes, LIN__CURVE, &look);
    if (!a) return code ? code : LIN_ENOMEM;
    a->label = courses[course].label;
    if (lin_history_count(h) == 1) a->look.marker = LIN__DOT; /* one point makes no line */
    for (int64_t i = 0; i < lin_history_count(h) && !code; i++)
        code = lin__series_add(axes, &a->u.series, (double)lin_history_at(h, i)->epoch, course_at(h, course, i), 0);
    return code;
}

/* Which courses there are; losses alone, which fell by far, are best seen on a log scale. */
static lin_scale look_over(const lin_history *h, bool has[COURSES])
{
    const double far = 50;
    double low = INFINITY, high = 0;
    bool losses_alone = true;
    for (int k = 0; k < COURSES; k++)
        for (int64_t i = 0; i < lin_history_count(h); i++) {
            double value = course_at(h, k, i);
            if (isnan(value)) continue;
            has[k] = true;
            if (!courses[k].is_loss) losses_alone = false;
            low = fmin(low, value);
            high = fmax(high, value);
        }
    return losses_alone && low > 0 && isfinite(high) && high / low > far ? LIN_SCALE_LOG : LIN_SCALE_LINEAR;
}

lin_figure *lin_history_figure(lin_ctx *ctx, const lin_history *history)
{
    if (!ctx) return NULL;
    if (!history) return lin__fail_null(ctx, "history_figure: the history"), NULL;
    bool has[COURSES] = {false};
    lin_axes_options options = {.xlabel = "epoch", .yscale = look_over(history, has)};
    int64_t n = lin_history_count(history);
    if (n > 1) options.xlim[0] = (double)lin_history_at(history, 0)->epoch;
    if (n > 1) options.xlim[1] = (double)lin_history_at(history, -1)->epoch;
    lin_figure *f = lin_subplots(ctx, NULL);
    int code = f ? lin_set_axes(lin_axes_at(f, 0), &options) : LIN_ENOMEM;
    for (int k = 0; k < COURSES && !code; k++)
        if (has[k]) code = add_course(lin_axes_at(f, 0), history, k);
    return code ? NULL : f;
}

/* ---- Normal densities ---------------------------------------------------------------------------------------- */

/* p(x) = exp(−(x − μ)² / 2σ²) / √(2π)σ at n places from low to high. */
static int density(lin_axes *axes, double mean, double std, double low, double high, const char *fmt)
{
    enum { PLACES = 281 };
    const double root = 2.5066282746310002; /* √(2π) */
    double x[PLACES], y[PLACES];
    for (int i = 0; i < PLACES; i++) {
        x[i] = low + (high - low) * i / (PLACES - 1);
        double z = (x[i] - mean) / std;
        y[i] = lin__exp(-0.5 * z * z) / (root * std);
    }
    lin__look look = {.ink = LIN__INK_NONE, .dash = LIN__SOLID, .width = 1.5, .alpha = 1};
    int code = lin__look_of(axes, &(lin_style){.fmt = fmt}, "normal", &look);
    lin__artist *a = code ? NULL : lin__curve_add(axes, x, y, PLACES, &look);
    if (!a) return code ? code : LIN_ENOMEM;
    char text[64];
    snprintf(text, sizeof text, "mean %g, std %g", mean, std);
    bool failed = false;
    a->label = lin__shown(axes->figure, text, &failed);
    return failed ? LIN_ENOMEM : 0;
}

static int check_normals(lin_ctx *ctx, const double *means, const double *stds, int n)
{
    if (!means || !stds || n < 1 || n > LIN_LEGEND_MAX)
        return lin__fail(ctx, LIN_EINVAL, "normal_figure: %d densities; there can be 1 to %d", n, LIN_LEGEND_MAX);
    for (int i = 0; i < n; i++)
        if (!isfinite(means[i]) || !(stds[i] > 0) || !isfinite(stds[i]))
            return lin__fail(ctx, LIN_EINVAL, "normal_figure: N(%g, %g²); the deviation must be positive", means[i],
                             stds[i]);
    return 0;
}

lin_figure *lin_normal_figure(lin_ctx *ctx, const double *means, const double *stds, int n)
{
    static const char *const fmts[] = {"-", "m--", "g-.", "r:", "c-", "y--", "-.", ":"};
    if (!ctx || check_normals(ctx, means, stds, n)) return NULL;
    lin_figure *f = lin_subplots(ctx, &(lin_figure_options){.figsize = {4.5, 2.5}});
    if (!f) return NULL;
    double low = INFINITY, high = -INFINITY; /* 3.5 deviations on both sides leave out 0.05 % */
    for (int i = 0; i < n; i++) {
        low = fmin(low, means[i] - 3.5 * stds[i]);
        high = fmax(high, means[i] + 3.5 * stds[i]);
    }
    lin_axes *axes = lin_axes_at(f, 0);
    int code = lin_set_axes(axes, &(lin_axes_options){.xlabel = "x", .ylabel = "p(x)"});
    for (int i = 0; i < n && !code; i++)
        code = density(axes, means[i], stds[i], low, high, fmts[i % 8]);
    return code ? NULL : f;
}

/* ---- Residuals ------------------------------------------------------------------------------------------------- */

lin_figure *lin_residuals_figure(lin_tensor *y_hat, lin_tensor *y)
{
    lin_ctx *ctx = lin_context(y_hat ? y_hat : y);
    if (!ctx) return NULL;
    if (!y_hat || !y) return lin__fail_null(ctx, "residuals_figure: an argument"), NULL;
    if (lin_numel(y_hat) != lin_numel(y))
        return lin__fail(ctx, LIN_EINVAL,
                         "residuals_figure: %" PRId64 " predictions, %" PRId64 " truths; must be equal",
                         lin_numel(y_hat), lin_numel(y)),
               NULL;
    lin_figure *f = lin_subplots(ctx, NULL);
    if (!f) return NULL;
    lin_axes *axes = lin_axes_at(f, 0);
    int code = lin_set_axes(axes, &(lin_axes_options){.xlabel = "fitted", .ylabel = "residual"});
    lin_region scratch = lin_mark(ctx);
    double *fitted = scratch.ctx ? lin__doubles(y_hat, lin__here(ctx), "residuals_figure") : NULL;
    double *rest = fitted ? lin__doubles(y, lin__here(ctx), "residuals_figure") : NULL;
    for (int64_t i = 0; rest && i < lin_numel(y); i++)
        rest[i] -= fitted[i];
    const int64_t n = lin_numel(y);
    lin__look look = {.ink = 0, .marker = LIN__DOT, .size = point_size(n), .alpha = n > 50 ? 0.6 : 0.9};
    if (!code) code = lin_axhline(axes, 0, &(lin_style){.color = "text", .linewidth = 0.9});
    if (!code && !(rest && lin__curve_add(axes, fitted, rest, n, &look))) code = LIN_ENOMEM;
    lin_release(scratch);
    return code ? NULL : f;
}
