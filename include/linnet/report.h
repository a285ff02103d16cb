/* linnet/report.h: what the reader sees.
 *
 * A figure is built once, as panels with axes, and then drawn: as text in a terminal of any size, or into a PNG, SVG or PDF file.
 * An animator's curves grow while training runs. Names are matplotlib's and the book's. Figures and animators live in the
 * nearest scope and copy what they are given: data, names and labels. Text is UTF-8; what a terminal would obey is escaped.
 */
#ifndef LINNET_REPORT_H
#define LINNET_REPORT_H

#include <linnet/loss.h>
#include <linnet/tensor.h>
#include <linnet/train.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lin_figure lin_figure;
typedef struct lin_axes lin_axes;
typedef struct lin_animator lin_animator;

/* ---- Figures and their panels ---------------------------------------------------------------------- */

/* All zero means the defaults. */
typedef struct lin_figure_options {
    int nrows, ncols;          /* panels; 0: 1 */
    double figsize[2];         /* inches; 0: the book's 3.5 × 2.5 for each panel */
    const char *suptitle;      /* over all panels */
    const char *caption;       /* under all panels; wrapped */
    const char *const *titles; /* [OPTIONAL] one for each panel */
} lin_figure_options;
/* plt.subplots: an empty figure; options may be NULL. */
LIN_API lin_figure *lin_subplots(lin_ctx *ctx, const lin_figure_options *options);
/* The i-th panel, row by row, negative from the end; NULL and a cause when out of range. */
LIN_API lin_axes *lin_axes_at(lin_figure *figure, int i);
/* The figure that they belong to. */
LIN_API lin_figure *lin_axes_figure(lin_axes *axes);
LIN_API int lin_panels(const lin_figure *figure);
LIN_API lin_ctx *lin_figure_context(const lin_figure *figure);
/* fig.set_size_inches: how large a page it takes, whatever it was made with; sides are 0.5 to 200. 0 or a code. */
LIN_API int lin_set_size_inches(lin_figure *figure, double width, double height);

typedef enum lin_scale { LIN_SCALE_LINEAR, LIN_SCALE_LOG } lin_scale;

#define LIN_LEGEND_MAX 16
typedef struct lin_axes_options {
    const char *title, *xlabel, *ylabel;
    double xlim[2], ylim[2]; /* both 0: what the data need */
    lin_scale xscale, yscale;
    const char *legend[LIN_LEGEND_MAX]; /* of the curves in the order they are drawn, up to the first NULL */
} lin_axes_options;
/* The book's set_axes: all of it, as the options say. 0 or a code. */
LIN_API int lin_set_axes(lin_axes *axes, const lin_axes_options *options);
/* Names instead of numbers, at 0, 1, …, count − 1. NULL: numbers again. */
LIN_API int lin_set_xticks(lin_axes *axes, const char *const *names, int count);
LIN_API int lin_set_yticks(lin_axes *axes, const char *const *names, int count);

/* ---- What can stand in a panel ---------------------------------------------------------------------
 * Coordinates are tensors of any type and shape with as many elements; NaN leaves a gap. Each returns 0 or a code. */

/* All zero means the defaults. */
typedef struct lin_style {
    const char *fmt;   /* matplotlib's: a colour letter (bgrcmyk), a marker (. o x + s ^) and a line (-, --, -., :) */
    const char *color; /* instead of the letter: "C0" … "C7", "#rrggbb", "text", "muted" */
    const char *label; /* in the legend */
    double linewidth;  /* points; 0: 1.5 */
    double markersize; /* points; 0: 4 */
    double alpha;      /* 0: 1, opaque */
} lin_style;
/* A curve through (x, y); x NULL: 0, 1, … . style may be NULL. */
LIN_API int lin_plot(lin_axes *axes, lin_tensor *x, lin_tensor *y, const lin_style *style);
/* Points. */
LIN_API int lin_scatter(lin_axes *axes, lin_tensor *x, lin_tensor *y, const lin_style *style);
/* Bars of width 0.8 at x (NULL: 0, 1, …), from 0 to height; lying ones. */
LIN_API int lin_bar(lin_axes *axes, lin_tensor *x, lin_tensor *height, const lin_style *style);
LIN_API int lin_barh(lin_axes *axes, lin_tensor *y, lin_tensor *width, const lin_style *style);
/* The area between two curves. */
LIN_API int lin_fill_between(lin_axes *axes, lin_tensor *x, lin_tensor *y1, lin_tensor *y2, const lin_style *style);
/* A line over the whole panel. */
LIN_API int lin_axhline(lin_axes *axes, double y, const lin_style *style);
LIN_API int lin_axvline(lin_axes *axes, double x, const lin_style *style);

typedef enum lin_place { LIN_CENTER, LIN_LEFT, LIN_RIGHT, LIN_ABOVE, LIN_BELOW } lin_place;
/* A note beside the point (x, y): its middle there, or left of it, right of it, … . Of the style, colour counts. */
LIN_API int lin_annotate(lin_axes *axes, const char *text, double x, double y, lin_place place, const lin_style *style);

typedef enum lin_cmap {
    LIN_GREY,      /* low black, high white */
    LIN_BLUES,     /* low as the paper, high blue: counts */
    LIN_DIVERGING, /* low blue, 0 as the paper, high red: weights; the limits become ±max(|vmin|, |vmax|) */
} lin_cmap;
typedef struct lin_imshow_options {
    lin_cmap cmap;
    double vmin, vmax; /* both 0: of the data */
    bool axis;         /* keep the axes: for a matrix with names on its sides */
} lin_imshow_options;
/* An image of cells: (H, W) or (1, H, W) by the colour map, or u8 (H, W, 3). Cell (i, j) has its middle at x = j, y =
 * i, and y grows downwards. options may be NULL. */
LIN_API int lin_imshow(lin_axes *axes, lin_tensor *image, const lin_imshow_options *options);

/* ---- Drawing ---------------------------------------------------------------------------------------- */

typedef enum lin_theme { LIN_LIGHT, LIN_DARK } lin_theme;
typedef enum lin_colors { LIN_NO_COLORS, LIN_COLORS_256, LIN_TRUE_COLORS } lin_colors;

/* What a terminal can show. */
typedef struct lin_terminal {
    int columns, rows; /* 0: 80, 24; at most LIN_TERMINAL_MAX */
    lin_colors colors;
    bool ascii;    /* nothing but ASCII */
    bool in_place; /* a frame can be drawn over the last one */
    bool scrolls;  /* a frame may have more rows, where names need one each */
    lin_theme theme;
} lin_terminal;
#define LIN_TERMINAL_MAX 1000
/* What `out` can show. A terminal: its size, its colours ($TERM, $COLORTERM; none with $NO_COLOR), UTF-8 or not by
 * the locale's variables, its theme where $COLORFGBG tells. Anything else: 80 columns of plain text. Both scroll. */
LIN_API lin_terminal lin_terminal_of(FILE *out);
/* The figure as lines of text, each with its newline, in the innermost region; terminal NULL: 80 × 24 plain UTF-8. */
LIN_API const char *lin_frame(lin_figure *figure, const lin_terminal *terminal);
/* plt.show(): the frame that `out` can show, one row less than a terminal has. 0 or a code. */
LIN_API int lin_show(lin_figure *figure, FILE *out);

typedef struct lin_savefig_options {
    lin_theme theme;
    double dpi; /* of a PNG, which has at most 16,384 pixels a side; 0: 200 */
} lin_savefig_options;
/* Draw into a file, by the ending of its name: .png, .svg or .pdf. It appears whole or not at all. LIN_EUNSUPPORTED
 * where linnet was built without pictures. options may be NULL. */
LIN_API int lin_savefig(lin_figure *figure, const char *path, const lin_savefig_options *options);
/* Could that be done? To be asked before hours of work. 0 or a code. */
LIN_API int lin_can_savefig(lin_ctx *ctx, const char *path);

/* plt.imread, of a PNG: u8 (H, W) of a grey one, (H, W, 3) of any other; what is transparent becomes white. At most
 * 16,384 pixels a side and 2^26 in all; reading takes at most 64 MB and 4 times the file, which 12 million pixels
 * never need more than. */
LIN_API lin_tensor *lin_imread(lin_ctx *ctx, const char *path);

/* ---- Curves that grow (the book's Animator) --------------------------------------------------------- */

/* All zero means the defaults. */
typedef struct lin_animator_options {
    const char *xlabel, *ylabel;
    const char *legend[LIN_LEGEND_MAX]; /* a curve each */
    double xlim[2], ylim[2];
    lin_scale xscale, yscale;
    const char *fmts[LIN_LEGEND_MAX]; /* default: "-", "m--", "g-.", "r:" */
    int nrows, ncols;                 /* with several panels each curve has its own, and the last one has the rest */
    double figsize[2];
    const char *title;
    const char *file;             /* written by lin_animator_end; its name is judged at once */
    FILE *out;                    /* drawn live if it is a terminal; NULL: stderr */
    const lin_terminal *terminal; /* draw live on `out` as if it were this one */
    bool quiet;                   /* draw nothing live */
    bool colorless;               /* draw live without colours */
    int room;                     /* rows of the terminal to leave for what is printed after the last frame */
} lin_animator_options;
LIN_API lin_animator *lin_animator_new(lin_ctx *ctx, const lin_animator_options *options);
/* One point on each of the first n curves; NaN, and the curves beyond n, are skipped. Live drawing takes at most a
 * fiftieth of the time. 0 or a code. */
LIN_API int lin_animator_add(lin_animator *animator, double x, const double *values, int n);
/* LIN_ANIMATE(animator, x, train_loss, train_acc): the values written out. */
#ifdef __cplusplus
#define LIN_ANIMATE(animator, x, ...) lin__animate_list(animator, x, {__VA_ARGS__})
#else
#define LIN_ANIMATE(animator, x, ...) \
    lin_animator_add(animator, x, (const double[]){__VA_ARGS__}, LIN_COUNT(double, __VA_ARGS__))
#endif
/* Draw the last frame, which stays, and write the file. 0 or a code. */
LIN_API int lin_animator_end(lin_animator *animator);
/* Its figure as it stands, to show or to save; borrowed. */
LIN_API lin_figure *lin_animator_figure(lin_animator *animator);

/* ---- Figures of the chapter ------------------------------------------------------------------------- */

/* A feature against the label, with the line y = w·x + b if `fitted`. */
typedef struct lin_line {
    bool fitted;
    double w, b;
    const char *xlabel, *ylabel;
} lin_line;
LIN_API lin_figure *lin_scatter_figure(lin_tensor *x, lin_tensor *y, const lin_line *line);
/* What fit recorded, over the epochs: losses and accuracies, those that there are. */
LIN_API lin_figure *lin_history_figure(lin_ctx *ctx, const lin_history *history);
/* The densities N(mean, std²), n of them: the curves over x that hold all of them. */
LIN_API lin_figure *lin_normal_figure(lin_ctx *ctx, const double *means, const double *stds, int n);
/* One panel for each loss: loss, its gradient in the prediction, and the likelihood exp(−loss), normalised, of an
 * error from −3 to 3. */
typedef struct lin_loss_curve {
    const char *name;
    lin_loss_fn *loss;
    lin_loss_options options; /* reduction is the figure's own: leave it zero */
} lin_loss_curve;
LIN_API lin_figure *lin_losses_figure(lin_ctx *ctx, const lin_loss_curve *losses, int n);
/* The diagram of a linear layer, inputs below, outputs above. More than 6 of a kind are drawn as 1, 2, …, d. */
LIN_API lin_figure *lin_network_figure(lin_ctx *ctx, int64_t inputs, int64_t outputs);

/* The book's show_images: images (n, H, W), (n, 1, H, W) or u8 (n, H, W, 3) in a grid; titles may be NULL. `scale` is
 * inches to an image; 0: 1.5. */
LIN_API lin_figure *lin_show_images(lin_tensor *images, int num_rows, int num_cols, const char *const *titles,
                                    double scale);

/* Names of classes; `count` of them. */
typedef struct lin_names {
    int count;
    const char *const *at;
} lin_names;
/* The book's predict_ch3: the first n images (0: 6), the truth over the prediction; mistakes are marked. y and
 * predicted are i64 (n). */
LIN_API lin_figure *lin_predictions_figure(lin_tensor *images, lin_tensor *y, lin_tensor *predicted, lin_names names,
                                           int n);

/* ---- Figures that explain a model ------------------------------------------------------------------- */

/* The weights of each class as an image of (height, width), in diverging colours: weight (classes, height · width). */
LIN_API lin_figure *lin_templates_figure(lin_tensor *weight, int64_t height, int64_t width, lin_names names);
/* Rows are the truth, columns the prediction: counts (C, C); the worst confusions are named. */
LIN_API lin_figure *lin_confusion_figure(lin_tensor *counts, lin_names names);
/* The n images (0: 12) on which the model is most sure and wrong: proba (rows, C), y i64 (rows). */
LIN_API lin_figure *lin_mistakes_figure(lin_tensor *images, lin_tensor *y, lin_tensor *proba, lin_names names, int n);
/* The largest `top` (0: 3) of the probabilities (C) of one prediction as bars; beside its image, if there is one. */
LIN_API lin_figure *lin_proba_figure(lin_tensor *proba, lin_names names, int top, lin_tensor *image);
/* y − y_hat against y_hat. */
LIN_API lin_figure *lin_residuals_figure(lin_tensor *y_hat, lin_tensor *y);

#ifdef __cplusplus
}
inline int lin__animate_list(lin_animator *animator, double x, std::initializer_list<double> values)
{
    return lin_animator_add(animator, x, values.begin(), static_cast<int>(values.size()));
}
#endif

#endif
