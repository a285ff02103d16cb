/* The diagram of a linear layer, as the chapter draws it: inputs below, outputs above, an arrow from each to each. */
#include "report/figure.h"

#include <inttypes.h>
#include <stdio.h>

enum { MOST = 6, RADIUS = 11 };

/* A row of nodes: of many the first two, dots, and the last. */
typedef struct row {
    const char *letter;
    int64_t count;
    int places;
    double y;
} row;

static row row_of(const char *letter, int64_t count, double y)
{
    return (row){letter, count, count <= MOST ? (int)count : 4, y};
}

static bool is_dots(const row *r, int place)
{
    return r->count > MOST && place == 2;
}

/* Rows have a common middle, at 0. */
static double place_x(const row *r, int place)
{
    return place - (r->places - 1) / 2.0;
}

static int add_node(lin_axes *axes, const row *r, int place)
{
    if (is_dots(r, place))
        return lin__note_add(axes, "…", place_x(r, place), r->y, LIN_CENTER, LIN__INK_TEXT) ? 0 : LIN_ENOMEM;
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, r->count > MOST && place == 3 ? r->count : (int64_t)place + 1);
    bool failed = false;
    const char *below = lin__shown(axes->figure, number, &failed);
    lin__artist *a = failed ? NULL : lin__artist_add(axes, LIN__NODE, NULL);
    if (!a) return LIN_ENOMEM;
    a->u.note = (lin__note){.text = r->letter, .below = below, .x = place_x(r, place), .y = r->y, .size = RADIUS};
    return 0;
}

static int add_row(lin_axes *axes, const row *r, double left, const char *name)
{
    for (int i = 0; i < r->places; i++)
        if (add_node(axes, r, i)) return LIN_ENOMEM;
    return lin__note_add(axes, name, left, r->y, LIN_RIGHT, LIN__INK_MUTED) ? 0 : LIN_ENOMEM;
}

static int add_arrows(lin_axes *axes, const row *from, const row *to)
{
    lin__look look = {.ink = LIN__INK_MUTED, .dash = LIN__SOLID, .width = 0.9, .size = RADIUS, .alpha = 1};
    lin__artist *a = lin__artist_add(axes, LIN__ARROW, &look);
    for (int i = 0; a && i < from->places; i++)
        for (int j = 0; j < to->places; j++) {
            if (is_dots(from, i) || is_dots(to, j)) continue;
            if (lin__series_add(axes, &a->u.series, place_x(from, i), from->y, 0) ||
                lin__series_add(axes, &a->u.series, place_x(to, j), to->y, 0))
                return LIN_ENOMEM;
        }
    return a ? 0 : LIN_ENOMEM;
}

lin_figure *lin_network_figure(lin_ctx *ctx, int64_t inputs, int64_t outputs)
{
    if (!ctx) return NULL;
    if (inputs < 1 || outputs < 1)
        return lin__fail(ctx, LIN_EINVAL,
                         "network_figure: %" PRId64 " inputs, %" PRId64 " outputs; there is one of each at least",
                         inputs, outputs),
               NULL;
    const row in = row_of("x", inputs, 0), out = row_of("o", outputs, 1);
    double half = ((in.places > out.places ? in.places : out.places) - 1) / 2.0, left = -half - 2.3;
    const double unit = 0.55; /* inches from node to node */
    lin_figure *f = lin_subplots(ctx, &(lin_figure_options){.figsize = {(2 * half + 3.05) * unit + 0.1, 1.6}});
    if (!f) return NULL;
    lin_axes *axes = lin_axes_at(f, 0);
    axes->bare = axes->keyless = true;
    int code = lin_set_axes(axes, &(lin_axes_options){.xlim = {left, half + 0.5}, .ylim = {-0.25, 1.25}});
    if (!code) code = add_arrows(axes, &in, &out);
    if (!code) code = add_row(axes, &out, left, "Output layer");
    if (!code) code = add_row(axes, &in, left, "Input layer");
    return code ? NULL : f;
}
