/* report/figure.h: a chart as data: a grid of panels, and what stands in each. Nothing here knows how it will be
 * drawn. */
#ifndef LINNET_REPORT_FIGURE_H
#define LINNET_REPORT_FIGURE_H

#include "base/error.h"
#include "base/region.h"
#include <linnet/report.h>
#include <stddef.h>

enum { LIN__POINTS_PER_INCH = 72, LIN__MAX_PANELS = 400 };

/* A colour by its meaning: the theme says what it looks like (report/palette.h). */
typedef uint32_t lin__ink;
enum {
    LIN__INK_CYCLE = 8, /* 0 … 7: the curves, in turn */
    LIN__INK_TEXT = 100,
    LIN__INK_MUTED, /* axes, what explains */
    LIN__INK_GRID,
    LIN__INK_PAPER,
    LIN__INK_RIGHT,
    LIN__INK_WRONG,
    LIN__INK_NODE,
    LIN__INK_ON_CELL,        /* black or white, whichever can be read on the cell of a colour map behind it */
    LIN__INK_RGB = 1u << 24, /* + 0xRRGGBB */
    LIN__INK_NONE = 2u << 24
};

typedef enum lin__dash { LIN__NO_LINE, LIN__SOLID, LIN__DASHED, LIN__DASHDOT, LIN__DOTTED } lin__dash;
typedef enum lin__marker { LIN__NO_MARKER, LIN__DOT, LIN__CROSS, LIN__PLUS, LIN__SQUARE, LIN__TRIANGLE } lin__marker;

typedef struct lin__look {
    lin__ink ink;
    lin__dash dash;
    lin__marker marker;
    double width, size, alpha; /* of the line and the marker, in points */
} lin__look;

/* Coordinates that can grow. z is the other side of an area. */
typedef struct lin__series {
    int64_t n, room;
    double *x, *y, *z;
} lin__series;

/* Cells by a colour map (value, limits), or in colours of their own (rgb). */
typedef struct lin__cells {
    int64_t rows, columns;
    const float *value;
    const uint8_t *rgb;
    lin_cmap cmap;
    double low, high;
} lin__cells;

typedef struct lin__note {
    const char *text;
    const char *below; /* [OPTIONAL] a subscript */
    double x, y;
    lin_place place;
    double size; /* points; in a node: of the disc around it too */
    bool bold;
    double cell; /* with LIN__INK_ON_CELL: where on the map the cell behind is, 0 to 1 */
    lin_cmap cmap;
} lin__note;

typedef enum lin__kind {
    LIN__CURVE, /* a line, markers, or both */
    LIN__AREA,
    LIN__BARS,
    LIN__LYING_BARS,
    LIN__ACROSS, /* lines over the whole panel at every y, … */
    LIN__UP,     /* … at every x */
    LIN__ARROW,  /* from the first point to the second, ending at the nodes there */
    LIN__CELLS,
    LIN__NOTE,
    LIN__NODE /* a disc with a note in it */
} lin__kind;

typedef struct lin__artist {
    struct lin__artist *next;
    lin__kind kind;
    const char *label; /* NULL: not in the legend, unless the panel names it */
    lin__look look;
    union {
        lin__series series;
        lin__cells cells;
        lin__note note;
    } u;
} lin__artist;

typedef struct lin__axis {
    const char *label;
    double lim[2];    /* both 0: from the data */
    double marked_to; /* no ticks beyond: the rest is room for words; 0: as far as it goes */
    lin_scale scale;
    const char *const *names; /* instead of numbers, at 0, 1, … */
    int name_count;
} lin__axis;

struct lin_axes {
    _Alignas(LIN__ALIGN) uint32_t live; /* LIN__LIVE; on a line of its own, so that its end is seen */
    lin_ctx *ctx;
    lin_figure *figure;
    const char *title, *subtitle; /* the second under the first, in an ink of its own */
    lin__ink subtitle_ink;
    lin__axis x, y;
    bool bare;    /* no axes: an image, a diagram */
    bool y_down;  /* y grows downwards */
    bool equal;   /* a unit of x is as long as one of y */
    bool keyless; /* no legend */
    const char *legend[LIN_LEGEND_MAX];
    int cycle; /* colours given out so far */
    lin__artist *first, **last;
};

LIN__KNOWS_ITS_END(lin_axes);

struct lin_figure {
    uint32_t live; /* LIN__LIVE */
    uint32_t depth;
    lin_ctx *ctx;
    int nrows, ncols;
    double width, height; /* points */
    const char *title, *caption;
    bool flows;  /* the panels are a list: a terminal may break it into other rows */
    bool shares; /* one legend over all panels: the first one's */
    lin_axes *panels;
};

LIN__KNOWS_ITS_END(lin_figure);

/* Usable? False for NULL; in debug builds also, with a cause, for what was released with its region. */
static inline bool lin__figure_alive(const lin_figure *f, const char *name)
{
    return lin__is_live(f, name, "figure");
}
static inline bool lin__axes_alive(const lin_axes *axes, const char *name)
{
    return lin__is_live(axes, name, "panel");
}

static inline int lin__panel_count(const lin_figure *f)
{
    return f->nrows * f->ncols;
}

/* ---- figure.c ---------------------------------------------------------------------------------------- */
/* lin_subplots into region `depth`: for figures that are made of scratch values. */
lin_figure *lin__figure_new(lin_ctx *ctx, uint32_t depth, const lin_figure_options *options);
/* A copy in the figure's region, safe to show: control bytes and broken UTF-8 escaped, newlines kept. NULL for NULL;
 * *failed is set where there is no memory. */
const char *lin__shown(lin_figure *f, const char *text, bool *failed);
/* The names of an axis: copied. 0 or a code. */
int lin__axis_names(lin_axes *axes, lin__axis *axis, const char *const *names, int count);

/* ---- artist.c ---------------------------------------------------------------------------------------- */
/* A new artist at the end, zeroed but for kind and look; NULL without memory. */
lin__artist *lin__artist_add(lin_axes *axes, lin__kind kind, const lin__look *look);
/* Append a point to its series. 0 or a code. */
int lin__series_add(lin_axes *axes, lin__series *s, double x, double y, double z);
/* A series of `n` doubles: copied. NULL without memory. */
lin__artist *lin__curve_add(lin_axes *axes, const double *x, const double *y, int64_t n, const lin__look *look);
lin__artist *lin__note_add(lin_axes *axes, const char *text, double x, double y, lin_place place, lin__ink ink);
/* The elements of t as doubles, row by row, in region `depth`; NULL with a cause. `what` is "plot: x". */
double *lin__doubles(const lin_tensor *t, uint32_t depth, const char *what);

/* ---- look.c: styles in words -------------------------------------------------------------------------- */
/* Change *look, which has the defaults, to what style says; a colour of LIN__INK_NONE becomes the panel's next one. 0
 * or a code. `what` is the function's name. */
int lin__look_of(lin_axes *axes, const lin_style *style, const char *what, lin__look *look);

#endif
