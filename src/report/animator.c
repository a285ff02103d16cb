/* The book's Animator: curves that grow, drawn over themselves in a terminal, and into a file at the end. Between two
 * frames the terminal is always clean: the cursor is below the frame, colours are off, nothing was hidden; so a program
 * may end anywhere. */
#include "report/terminal.h"

#include "report/text.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Drawing takes at most a fiftieth of the time, and frames are no closer than a twentieth of a second. */
enum { SHARE = 50, MOST_COLUMNS = 100, MOST_ROWS = 24, LEAST_ROWS = 10 };
static const double least_pause = 0.05;

struct lin_animator {
    uint32_t live; /* LIN__LIVE */
    lin_ctx *ctx;
    lin_figure *figure;
    lin__artist *curve[LIN_LEGEND_MAX];
    const char *fmt[LIN_LEGEND_MAX], *legend[LIN_LEGEND_MAX];
    const char *file;
    FILE *out;
    bool draws, fixed, colorless; /* drawn while it grows; on a terminal that was described; without colours */
    lin_terminal terminal;
    int room;
    int lines, *length; /* the frame that stands above the cursor, and the columns of its lines */
    double began, last, spent;
    bool ended;
};
LIN__KNOWS_ITS_END(lin_animator);

static bool is_live(const lin_animator *a, const char *name)
{
    return lin__is_live(a, name, "animator");
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Making one -------------------------------------------------------------------------------------------------- */

static int copy_words(lin_animator *a, const lin_animator_options *o)
{
    static const char *const fmts[] = {"-", "m--", "g-.", "r:"}; /* the book's */
    bool failed = false;
    for (int i = 0; i < LIN_LEGEND_MAX; i++) {
        a->fmt[i] = o->fmts[i] ? lin__shown(a->figure, o->fmts[i], &failed) : i < 4 ? fmts[i] : NULL;
        a->legend[i] = lin__shown(a->figure, o->legend[i], &failed);
    }
    if (o->file) a->file = lin__strdup(a->ctx, a->figure->depth, o->file);
    return failed || (o->file && !a->file) ? LIN_ENOMEM : 0;
}

static int set_panels(lin_animator *a, const lin_animator_options *o)
{
    const lin_axes_options axes = {.xlabel = o->xlabel,
                                   .ylabel = o->ylabel,
                                   .xlim = {o->xlim[0], o->xlim[1]},
                                   .ylim = {o->ylim[0], o->ylim[1]},
                                   .xscale = o->xscale,
                                   .yscale = o->yscale};
    for (int i = 0; i < lin__panel_count(a->figure); i++) {
        int code = lin_set_axes(&a->figure->panels[i], &axes);
        if (code) return code;
    }
    return 0;
}

static void choose_terminal(lin_animator *a, const lin_animator_options *o)
{
    a->out = o->out ? o->out : stderr;
    a->fixed = o->terminal;
    a->colorless = o->colorless;
    a->room = o->room > 0 ? o->room : 0;
    a->terminal = o->terminal ? *o->terminal : lin_terminal_of(a->out);
    a->draws = !o->quiet && a->terminal.in_place;
}

/* A fmt that cannot be read is an error now, not when its curve begins. */
static int check_fmts(lin_animator *a)
{
    for (int i = 0; i < LIN_LEGEND_MAX; i++) {
        lin__look look = {.ink = 0};
        int code = lin__look_of(a->figure->panels, &(lin_style){.fmt = a->fmt[i]}, "animator", &look);
        if (code) return code;
    }
    return 0;
}

lin_animator *lin_animator_new(lin_ctx *ctx, const lin_animator_options *options)
{
    if (!ctx) return NULL;
    lin_animator_options o = options ? *options : (lin_animator_options){0};
    if (o.file && lin_can_savefig(ctx, o.file)) return NULL;
    uint32_t depth = lin__scope(ctx);
    lin_animator *a = lin__alloc_zeroed(ctx, depth, sizeof *a);
    if (!a) return NULL;
    a->live = LIN__LIVE;
    a->ctx = ctx;
    a->length = lin__alloc_zeroed(ctx, depth, LIN_TERMINAL_MAX * sizeof *a->length);
    a->figure = lin__figure_new(
        ctx, depth,
        &(lin_figure_options){
            .nrows = o.nrows, .ncols = o.ncols, .figsize = {o.figsize[0], o.figsize[1]}, .suptitle = o.title});
    if (!a->length || !a->figure || copy_words(a, &o) || set_panels(a, &o) || check_fmts(a)) return NULL;
    choose_terminal(a, &o);
    a->began = now();
    return a;
}

lin_figure *lin_animator_figure(lin_animator *animator)
{
    return is_live(animator, "animator_figure") ? animator->figure : NULL;
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

/* Rows that the last frame takes: a terminal that became narrower has broken its lines. */
static int rows_above(const lin_animator *a, int columns)
{
    int rows = 0;
    for (int i = 0; i < a->lines; i++)
        rows += a->length[i] > columns ? (a->length[i] + columns - 1) / columns : 1;
    return rows;
}

/* Columns of a line, without its escape sequences. */
static int columns_of(const char *line, size_t bytes)
{
    int columns = 0;
    for (const char *end = line + bytes; line < end;) {
        if (*line == '\033') {
            line += strcspn(line, "m") + 1;
            continue;
        }
        columns += lin__char_columns(lin__utf8_next(&line));
    }
    return columns;
}

/* The frame as bytes that draw it over the last one: up, then every line with the rest of it erased, then what is
 * below. */
static char *overdrawn(lin_animator *a, const char *frame, const lin_terminal *t, size_t *bytes)
{
    static const char erase[] = "\033[K\n";
    size_t lines = 0;
    for (const char *c = frame; *c; c++)
        lines += *c == '\n';
    char *out = lin__alloc(a->ctx, lin__here(a->ctx), strlen(frame) + lines * sizeof erase + 32);
    if (!out) return NULL;
    int up = rows_above(a, t->columns);
    if (up > t->rows - 1) up = t->rows - 1;
    size_t used = up > 0 ? (size_t)sprintf(out, "\033[%dA\r", up) : 0;
    a->lines = 0;
    for (const char *line = frame; *line && a->lines < LIN_TERMINAL_MAX; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");
        memcpy(out + used, line, length);
        memcpy(out + used + length, erase, sizeof erase - 1);
        used += length + sizeof erase - 1;
        a->length[a->lines++] = columns_of(line, length);
    }
    *bytes = used + (size_t)sprintf(out + used, "\033[J");
    return out;
}

/* One column less than there are: a full line followed by an erasure would lose its last character. The rows below are
 * left free where that leaves enough of the frame. */
static lin_terminal frame_size(const lin_animator *a, const lin_terminal *t)
{
    lin_terminal size = *t;
    int rows = t->rows - 1 - a->room;
    if (rows < LEAST_ROWS) rows = t->rows - 1 < LEAST_ROWS ? t->rows - 1 : LEAST_ROWS;
    size.columns = t->columns - 1 < MOST_COLUMNS ? t->columns - 1 : MOST_COLUMNS;
    size.rows = rows < MOST_ROWS ? rows : MOST_ROWS;
    size.scrolls = false; /* what scrolled away could not be drawn over */
    if (a->colorless) size.colors = LIN_NO_COLORS;
    return size;
}

/* A terminal that cannot be written any more ends the drawing, not the training. */
static int draw_frame(lin_animator *a)
{
    lin_terminal t = a->fixed ? a->terminal : lin_terminal_of(a->out);
    lin_terminal size = frame_size(a, &t);
    if (size.columns < 1 || size.rows < 1) return 0;
    lin_region scratch = lin_mark(a->ctx);
    size_t bytes = 0;
    const char *frame = scratch.ctx ? lin_frame(a->figure, &size) : NULL;
    const char *out = frame ? overdrawn(a, frame, &t, &bytes) : NULL;
    int code = out ? 0 : LIN_ENOMEM;
    if (out && (fwrite(out, 1, bytes, a->out) != bytes || fflush(a->out) != 0)) a->draws = false;
    lin_release(scratch);
    return code;
}

/* Draw if it costs little enough by now, or in any case. */
static int draw_if_due(lin_animator *a, bool always)
{
    double start = now(), gone = start - a->began;
    bool due = !a->lines || (start - a->last >= least_pause && a->spent <= gone / SHARE);
    if (!a->draws || !(due || always)) return 0;
    int code = draw_frame(a);
    a->last = now();
    a->spent += a->last - start;
    return code;
}

/* ---- Growing ----------------------------------------------------------------------------------------------------- */

static lin__artist *curve_of(lin_animator *a, int i)
{
    if (a->curve[i]) return a->curve[i];
    int panels = lin__panel_count(a->figure);
    lin_axes *axes = &a->figure->panels[i < panels ? i : panels - 1];
    lin__look look = {.ink = LIN__INK_NONE, .dash = LIN__SOLID, .width = 1.5, .size = 4, .alpha = 1};
    if (lin__look_of(axes, &(lin_style){.fmt = a->fmt[i]}, "animator", &look)) return NULL;
    lin__artist *curve = lin__artist_add(axes, LIN__CURVE, &look);
    if (curve) curve->label = a->legend[i];
    return a->curve[i] = curve;
}

int lin_animator_add(lin_animator *animator, double x, const double *values, int n)
{
    lin_animator *a = animator;
    if (!is_live(a, "animator_add")) return LIN_EINVAL;
    if (n < 0 || n > LIN_LEGEND_MAX)
        return lin__fail(a->ctx, LIN_EINVAL, "animator: %d values; there can be 0 to %d", n, LIN_LEGEND_MAX);
    if (n && !values) return lin__fail(a->ctx, LIN_EINVAL, "animator: the values are NULL");
    for (int i = 0; i < n; i++) {
        if (isnan(x) || isnan(values[i])) continue;
        lin__artist *curve = curve_of(a, i);
        if (!curve || lin__series_add(a->figure->panels, &curve->u.series, x, values[i], 0)) return LIN_ENOMEM;
    }
    return draw_if_due(a, false);
}

int lin_animator_end(lin_animator *animator)
{
    if (!is_live(animator, "animator_end")) return LIN_EINVAL;
    if (animator->ended) return 0;
    animator->ended = true;
    int code = draw_if_due(animator, true);
    if (!code && animator->file) code = lin_savefig(animator->figure, animator->file, NULL);
    return code;
}
