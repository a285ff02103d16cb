/* What stands in a panel: added here, drawn elsewhere. */
#include "report/figure.h"

#include "kernel/kernel.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const lin__look plain_look = {
    .ink = LIN__INK_NONE, .dash = LIN__SOLID, .marker = LIN__NO_MARKER, .width = 1.5, .size = 4, .alpha = 1};

lin__artist *lin__artist_add(lin_axes *axes, lin__kind kind, const lin__look *look)
{
    lin__artist *a = lin__alloc_zeroed(axes->figure->ctx, axes->figure->depth, sizeof *a);
    if (!a) return NULL;
    a->kind = kind;
    a->look = look ? *look : plain_look;
    *axes->last = a;
    axes->last = &a->next;
    return a;
}

/* ---- Series -------------------------------------------------------------------------------------------- */

static int grow(lin_axes *axes, lin__series *s)
{
    int64_t room = s->room ? 2 * s->room : 64;
    double *all = lin__alloc_array(axes->figure->ctx, axes->figure->depth, (size_t)room, 3 * sizeof *all);
    if (!all) return LIN_ENOMEM;
    double *old[] = {s->x, s->y, s->z};
    for (int k = 0; k < 3; k++)
        if (s->n) memcpy(all + k * room, old[k], (size_t)s->n * sizeof *all);
    s->x = all;
    s->y = all + room;
    s->z = all + 2 * room;
    s->room = room;
    return 0;
}

int lin__series_add(lin_axes *axes, lin__series *s, double x, double y, double z)
{
    if (s->n == s->room && grow(axes, s)) return LIN_ENOMEM;
    s->x[s->n] = x;
    s->y[s->n] = y;
    s->z[s->n++] = z;
    return 0;
}

lin__artist *lin__curve_add(lin_axes *axes, const double *x, const double *y, int64_t n, const lin__look *look)
{
    lin__artist *a = lin__artist_add(axes, LIN__CURVE, look);
    for (int64_t i = 0; a && i < n; i++)
        if (lin__series_add(axes, &a->u.series, x[i], y[i], 0)) return NULL;
    return a;
}

double *lin__doubles(const lin_tensor *t, uint32_t depth, const char *what)
{
    if (!lin__alive(t, what)) return NULL;
    double *out = lin__alloc_array(t->ctx, depth, (size_t)t->numel, sizeof *out);
    const lin_tensor *flat = t->contiguous ? t : lin__tensor_copy(t, lin__here(t->ctx));
    if (!out || !flat) return NULL;
    lin__convert(LIN_F64, (lin_dtype)t->dtype, t->numel, flat->data, 1, out, 1);
    return out;
}

/* The coordinates of a call: x NULL counts 0, 1, … . `names` are the arguments', for messages. */
typedef struct columns {
    const char *what;
    lin_tensor *t[3];
    const char *names[3];
    int needed; /* the last ones may be missing altogether */
} columns;

static int check_columns(lin_axes *axes, const columns *c)
{
    lin_ctx *ctx = axes->figure->ctx;
    char label[64];
    for (int k = 1; k < c->needed; k++) {
        snprintf(label, sizeof label, "%s: %s", c->what, c->names[k]);
        if (!c->t[k]) return lin__fail_null(ctx, label);
    }
    for (int k = 0; k < c->needed; k++)
        if (c->t[k] && lin_numel(c->t[k]) != lin_numel(c->t[1]))
            return lin__fail(ctx, LIN_EINVAL, "%s: %s has %" PRId64 " elements, %s has %" PRId64 "; they must be equal",
                             c->what, c->names[k], lin_numel(c->t[k]), c->names[1], lin_numel(c->t[1]));
    return 0;
}

static int copy_columns(lin_axes *axes, const columns *c, lin__series *s)
{
    lin_figure *f = axes->figure;
    double *to[3] = {NULL, NULL, NULL};
    s->n = s->room = lin_numel(c->t[1]);
    for (int k = 0; k < 3; k++) {
        if (k < c->needed && c->t[k])
            to[k] = lin__doubles(c->t[k], f->depth, c->what);
        else
            to[k] = lin__alloc_array(f->ctx, f->depth, (size_t)s->n, sizeof **to);
        if (!to[k]) return lin_error_code_of(f->ctx) ? lin_error_code_of(f->ctx) : LIN_EINVAL;
        for (int64_t i = 0; !(k < c->needed && c->t[k]) && i < s->n; i++)
            to[k][i] = k == 0 ? (double)i : 0;
    }
    s->x = to[0];
    s->y = to[1];
    s->z = to[2];
    return 0;
}

static int add_series(lin_axes *axes, lin__kind kind, const columns *c, lin__look look, const lin_style *style)
{
    if (!lin__axes_alive(axes, c->what)) return LIN_EINVAL;
    lin_ctx *ctx = axes->figure->ctx;
    lin__series series = {0};
    lin_region scratch = lin_mark(ctx); /* copies of strided tensors */
    int code = scratch.ctx ? check_columns(axes, c) : LIN_ENOMEM;
    if (!code) code = copy_columns(axes, c, &series);
    lin_release(scratch);
    if (!code) code = lin__look_of(axes, style, c->what, &look);
    if (code) return code;
    bool failed = false;
    const char *label = lin__shown(axes->figure, style ? style->label : NULL, &failed);
    lin__artist *a = failed ? NULL : lin__artist_add(axes, kind, &look);
    if (!a) return LIN_ENOMEM;
    a->label = label;
    a->u.series = series;
    return 0;
}

int lin_plot(lin_axes *axes, lin_tensor *x, lin_tensor *y, const lin_style *style)
{
    const columns c = {"plot", {x, y}, {"x", "y"}, 2};
    return add_series(axes, LIN__CURVE, &c, plain_look, style);
}

int lin_scatter(lin_axes *axes, lin_tensor *x, lin_tensor *y, const lin_style *style)
{
    const columns c = {"scatter", {x, y}, {"x", "y"}, 2};
    lin__look look = plain_look;
    look.dash = LIN__NO_LINE;
    look.marker = LIN__DOT;
    return add_series(axes, LIN__CURVE, &c, look, style);
}

int lin_bar(lin_axes *axes, lin_tensor *x, lin_tensor *height, const lin_style *style)
{
    const columns c = {"bar", {x, height}, {"x", "height"}, 2};
    return add_series(axes, LIN__BARS, &c, plain_look, style);
}

int lin_barh(lin_axes *axes, lin_tensor *y, lin_tensor *width, const lin_style *style)
{
    const columns c = {"barh", {y, width}, {"y", "width"}, 2};
    return add_series(axes, LIN__LYING_BARS, &c, plain_look, style);
}

int lin_fill_between(lin_axes *axes, lin_tensor *x, lin_tensor *y1, lin_tensor *y2, const lin_style *style)
{
    const columns c = {"fill_between", {x, y1, y2}, {"x", "y1", "y2"}, 3};
    lin__look look = plain_look;
    look.alpha = 0.25;
    return add_series(axes, LIN__AREA, &c, look, style);
}

/* ---- Rules and notes ----------------------------------------------------------------------------------- */

static int add_rule(lin_axes *axes, lin__kind kind, double at, const lin_style *style, const char *what)
{
    if (!lin__axes_alive(axes, what)) return LIN_EINVAL;
    lin__look look = plain_look;
    look.ink = LIN__INK_MUTED;
    look.width = 0.9;
    if (!isfinite(at)) return lin__fail(axes->figure->ctx, LIN_EINVAL, "%s: %g is no place on an axis", what, at);
    int code = lin__look_of(axes, style, what, &look);
    if (code) return code;
    bool failed = false;
    const char *label = lin__shown(axes->figure, style ? style->label : NULL, &failed);
    lin__artist *a = failed ? NULL : lin__artist_add(axes, kind, &look);
    if (!a) return LIN_ENOMEM;
    a->label = label;
    return lin__series_add(axes, &a->u.series, at, at, 0);
}

int lin_axhline(lin_axes *axes, double y, const lin_style *style)
{
    return add_rule(axes, LIN__ACROSS, y, style, "axhline");
}

int lin_axvline(lin_axes *axes, double x, const lin_style *style)
{
    return add_rule(axes, LIN__UP, x, style, "axvline");
}

lin__artist *lin__note_add(lin_axes *axes, const char *text, double x, double y, lin_place place, lin__ink ink)
{
    bool failed = false;
    const char *shown = lin__shown(axes->figure, text, &failed);
    lin__artist *a = failed ? NULL : lin__artist_add(axes, LIN__NOTE, NULL);
    if (!a) return NULL;
    a->look.ink = ink;
    a->u.note = (lin__note){.text = shown, .x = x, .y = y, .place = place, .size = 8};
    return a;
}

int lin_annotate(lin_axes *axes, const char *text, double x, double y, lin_place place, const lin_style *style)
{
    if (!lin__axes_alive(axes, "annotate")) return LIN_EINVAL;
    lin_ctx *ctx = axes->figure->ctx;
    lin__look look = plain_look;
    look.ink = LIN__INK_TEXT;
    if (!text) return lin__fail_null(ctx, "annotate: the text");
    if (!isfinite(x) || !isfinite(y)) return lin__fail(ctx, LIN_EINVAL, "annotate: (%g, %g) is no point", x, y);
    if (place < LIN_CENTER || place > LIN_BELOW)
        return lin__fail(ctx, LIN_EINVAL, "annotate: there is no place %d", (int)place);
    int code = lin__look_of(axes, style, "annotate", &look);
    if (code) return code;
    return lin__note_add(axes, text, x, y, place, look.ink) ? 0 : LIN_ENOMEM;
}
