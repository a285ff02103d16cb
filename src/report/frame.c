/* A panel in a terminal: title, legend and label of y above; numbers on the left and below. */
#include "report/layout.h"
#include "report/terminal.h"

#include "report/text.h"

#include <math.h>
#include <string.h>

enum { ACROSS = 2, DOWN = 4, SAMPLE = 3 /* columns of a legend's line */ };

/* One panel while it is drawn. */
typedef struct frame {
    lin__screen *s;
    const lin_axes *axes;
    lin__view view;
    lin__area plot;
    lin__ticks x, y;
    bool numbered; /* the names of x do not fit: numbers stand for them, and before the names of y */
} frame;

static int width_of(const char *text)
{
    return lin__text_columns(text, strcspn(text, "\n"));
}

/* ---- Above the plot -------------------------------------------------------------------------------------------- */

/* Lines of text in the middle of so many columns. */
static void say_centred(lin__screen *s, int column, int columns, int row, const char *text, int32_t front, bool bold)
{
    for (;; row++) {
        int width = width_of(text);
        lin__screen_say(s, width < columns ? column + (columns - width) / 2 : column, row, columns, text, front, bold);
        text += strcspn(text, "\n");
        if (!*text++) return;
    }
}

/* Three characters of the line, as dots in the middle of each; of points one. */
static uint32_t sample_code(const lin__screen *s, const lin__artist *a, int i)
{
    static const uint8_t dots[][SAMPLE] = {[LIN__NO_LINE] = {0, 0x36, 0},
                                           [LIN__SOLID] = {0x12, 0x12, 0x12},
                                           [LIN__DASHED] = {0x12, 0x10, 0x02},
                                           [LIN__DASHDOT] = {0x12, 0x02, 0x02},
                                           [LIN__DOTTED] = {0x02, 0x02, 0x02}};
    if (a->kind != LIN__CURVE) return 0x2588;
    uint8_t code = dots[a->look.dash][i];
    if (s->terminal.ascii) return code ? (unsigned char)lin__curve_char(a->look.ink) : ' ';
    return code ? 0x2800u + code : ' ';
}

static void say_sample(lin__screen *s, const lin__artist *a, int column, int row)
{
    for (int i = 0; i < SAMPLE; i++)
        lin__screen_put(s, column + i, row, sample_code(s, a, i), lin__screen_ink(s, a->look.ink));
}

static int entry_width(const lin__entry *e)
{
    return SAMPLE + 1 + width_of(e->label);
}

/* The entries from left to right, over several rows if need be; drawn, or only counted. The rows. */
static int legend_rows(lin__screen *s, const lin__entry *entries, int count, const lin__area *a, bool draw)
{
    int rows = 1, at = 0;
    for (int i = 0; i < count; i++) {
        int width = entry_width(&entries[i]);
        if (at > 0 && at + width > a->columns) {
            rows++;
            at = 0;
        }
        if (draw) {
            say_sample(s, entries[i].artist, a->column + at, a->row + rows - 1);
            lin__screen_say(s, a->column + at + SAMPLE + 1, a->row + rows - 1, a->columns - at - SAMPLE - 1,
                            entries[i].label, LIN__NO_COLOR, false);
        }
        at += width + 2;
    }
    return count ? rows : 0;
}

int lin__terminal_legend(lin__screen *s, const lin_axes *axes, const lin__area *part, bool draw)
{
    lin__entry entries[LIN_LEGEND_MAX];
    return legend_rows(s, entries, lin__legend_entries(axes, entries), part, draw);
}

/* The label of y on the left and the legend on the right of one row, or one under the other. The rows, with `draw`
 * only then drawn. */
static int header(frame *f, const char *ylabel, lin__area a, bool draw)
{
    lin__entry entries[LIN_LEGEND_MAX];
    int count = f->axes->figure->shares ? 0 : lin__legend_entries(f->axes, entries), wide = -2;
    for (int i = 0; i < count; i++)
        wide += entry_width(&entries[i]) + 2;
    bool beside = ylabel && count && wide + width_of(ylabel) + 3 <= a.columns;
    if (ylabel && draw) lin__screen_say(f->s, a.column, a.row, a.columns, ylabel, LIN__NO_COLOR, false);
    if (beside) {
        a.column += a.columns - wide;
        a.columns = wide;
    } else if (ylabel) {
        a.row++;
    }
    return (ylabel && !beside) + legend_rows(f->s, entries, count, &a, draw);
}

/* ---- Ticks ----------------------------------------------------------------------------------------------------- */

/* The name at tick i of an axis; where numbers stand for the names of x, they are said before those of y. */
static const char *name_of(const frame *f, const lin__axis *axis, int i, char out[96])
{
    if (!f->numbered) return axis->names[i];
    if (axis == &f->axes->x)
        snprintf(out, 96, "%d", i);
    else
        snprintf(out, 96, "%s %d", axis->names[i], i);
    return out;
}

static const char *tick_text(const frame *f, const lin__axis *axis, const lin__ticks *t, int i, char out[96])
{
    return axis->names ? name_of(f, axis, (int)t->tick[i].at, out) : t->tick[i].text;
}

static int widest(const frame *f, const lin__axis *axis, const lin__ticks *t)
{
    char out[96];
    int most = 0;
    for (int i = 0; i < t->count; i++) {
        int width = width_of(tick_text(f, axis, t, i, out));
        if (width > most) most = width;
    }
    return most;
}

static int tick_column(const frame *f, double at)
{
    int column = f->plot.column + (int)floor(lin__range_at(&f->view.x, at) * f->plot.columns);
    return column < f->plot.column + f->plot.columns ? column : f->plot.column + f->plot.columns - 1;
}

static int tick_row(const frame *f, double at)
{
    double up = lin__range_at(&f->view.y, at);
    int row = f->plot.row + (int)floor((f->view.y_down ? up : 1 - up) * f->plot.rows);
    return row < f->plot.row + f->plot.rows ? row : f->plot.row + f->plot.rows - 1;
}

/* First column of a tick's text under the plot. */
static int text_column(const frame *f, const char *text, double at)
{
    return tick_column(f, at) - (width_of(text) - 1) / 2;
}

static bool side_by_side(const frame *f)
{
    char out[96];
    int free = f->plot.column - 1;
    for (int i = 0; i < f->x.count; i++) {
        const char *text = tick_text(f, &f->axes->x, &f->x, i, out);
        int column = text_column(f, text, f->x.tick[i].at);
        if (i && column < free) return false;
        free = column + width_of(text) + 1;
    }
    return true;
}

/* Are its names 0, 1, …? */
static bool is_numbers(const lin__axis *axis)
{
    char number[16];
    for (int i = 0; i < axis->name_count; i++) {
        snprintf(number, sizeof number, "%d", i);
        if (strcmp(axis->names[i], number) != 0) return false;
    }
    return true;
}

/* All names; if they do not fit, numbers for them; if those do not, every second one, every fifth, … */
static void name_x(frame *f)
{
    const lin__axis *axis = &f->axes->x;
    lin__ticks_name(axis->name_count, 1, &f->x);
    f->numbered = false;
    if (side_by_side(f)) return;
    f->numbered = f->axes->y.name_count == axis->name_count && !is_numbers(axis);
    for (int step = 1; !side_by_side(f); step = lin__coarser(step))
        lin__ticks_name(axis->name_count, step, &f->x);
}

static void choose_x(frame *f)
{
    if (f->axes->x.names) {
        name_x(f);
        return;
    }
    for (int at_most = f->plot.columns / 6 > 2 ? f->plot.columns / 6 : 2; at_most > 0; at_most--) {
        lin__ticks_make(&f->view.x, at_most, LIN__PLAIN, &f->x);
        if (side_by_side(f)) return;
    }
    f->x.count = 0;
}

/* A row for each name that is said; numbers in about two of five rows. */
static void choose_y(frame *f)
{
    int names = f->axes->y.names ? f->axes->y.name_count : 0, step = 1;
    while (f->plot.rows > 0 && f->plot.rows * step < names)
        step = lin__coarser(step);
    if (names) {
        lin__ticks_name(names, step, &f->y);
        return;
    }
    int at_most = f->plot.rows * 2 / 5 > 2 ? f->plot.rows * 2 / 5 : 2;
    do /* a single number tells no scale */
        lin__ticks_make(&f->view.y, at_most, LIN__PLAIN, &f->y);
    while (f->y.count < 2 && ++at_most <= f->plot.rows * 2 / 3);
}

/* ---- Axes ------------------------------------------------------------------------------------------------------ */

static void draw_y_axis(const frame *f)
{
    lin__screen *s = f->s;
    const lin__area *p = &f->plot;
    int32_t line = lin__screen_ink(s, LIN__INK_MUTED);
    char out[96];
    for (int row = 0; row < p->rows; row++)
        lin__screen_put(s, p->column - 1, p->row + row, 0x2502, line);
    for (int i = 0; i < f->y.count; i++) {
        const char *text = tick_text(f, &f->axes->y, &f->y, i, out);
        int row = tick_row(f, f->y.tick[i].at), width = width_of(text);
        lin__screen_put(s, p->column - 1, row, 0x2524, line);
        int column = p->column - 2 - width;
        lin__screen_say(s, column > 0 ? column : 0, row, p->column - 2, text, LIN__NO_COLOR, false);
    }
}

static void draw_x_axis(const frame *f)
{
    lin__screen *s = f->s;
    const lin__area *p = &f->plot;
    int32_t line = lin__screen_ink(s, LIN__INK_MUTED);
    char out[96];
    int row = p->row + p->rows, free = 0;
    lin__screen_put(s, p->column - 1, row, 0x2514, line);
    for (int column = 0; column < p->columns; column++)
        lin__screen_put(s, p->column + column, row, 0x2500, line);
    for (int i = 0; i < f->x.count; i++) {
        const char *text = tick_text(f, &f->axes->x, &f->x, i, out);
        int column = text_column(f, text, f->x.tick[i].at), width = width_of(text);
        if (column + width > s->columns) column = s->columns - width;
        if (column < free) continue; /* names that do not fit */
        lin__screen_put(s, tick_column(f, f->x.tick[i].at), row, 0x252c, line);
        lin__screen_say(s, column, row + 1, width, text, LIN__NO_COLOR, false);
        free = column + width + 1;
    }
}

/* ---- The panel ------------------------------------------------------------------------------------------------- */

/* The largest part of the plot whose cells are all of one size, about as high as wide. */
static void fit_cells(frame *f)
{
    double wide = f->view.x.high - f->view.x.low, high = f->view.y.high - f->view.y.low;
    int columns = (int)(f->plot.columns / wide), rows = (int)(f->plot.rows / high);
    if (rows >= 1 && columns > 2 * rows && columns > 6) columns = 2 * rows > 6 ? 2 * rows : 6;
    if (rows > (columns + 1) / 2) rows = columns > 1 ? (columns + 1) / 2 : 1;
    if (columns >= 1) f->plot.columns = (int)(columns * wide + 0.5); /* too small for whole ones: as it is */
    if (rows >= 1) f->plot.rows = (int)(rows * high + 0.5);
}

/* Do the numbers in the cells, which come row by row, stay in their cells, and apart from each other? */
static bool numbers_fit(const frame *f)
{
    double cell = f->plot.columns / (f->view.x.high - f->view.x.low), row = -1;
    int free = 0;
    bool any = false;
    for (const lin__artist *a = f->axes->first; a; a = a->next) {
        if (a->kind != LIN__NOTE || a->look.ink != LIN__INK_ON_CELL) continue;
        int width = width_of(a->u.note.text), column = (int)floor((a->u.note.x + 0.5) * cell - width / 2.0 + 0.5);
        if (width > cell || (a->u.note.y == row && column < free)) return false;
        row = a->u.note.y;
        free = column + width + 1;
        any = true;
    }
    return any && f->plot.rows >= f->view.y.high - f->view.y.low;
}

/* Bars are all of one size, too, and lying ones no thicker than a row with one between them. */
static void fit_bars(frame *f)
{
    for (const lin__artist *a = f->axes->first; a; a = a->next) {
        int n = a->kind == LIN__LYING_BARS ? f->axes->y.name_count : f->axes->x.name_count;
        if (a->kind == LIN__LYING_BARS && n && f->plot.rows >= n) f->plot.rows = f->plot.rows >= 2 * n ? 2 * n : n;
        if (a->kind == LIN__BARS && n && f->plot.columns >= n) f->plot.columns -= f->plot.columns % n;
    }
}

static void draw_plot(frame *f)
{
    lin__paint paint;
    lin__paint_init(&paint, f->s, f->plot);
    paint.told = numbers_fit(f);
    f->view.box = lin__paint_box(&f->plot);
    lin__draw_artists(f->axes, &f->view, &paint.base);
    if (paint.base.failed) f->s->failed = true;
}

/* What is left of the part for the plot, once the numbers on its sides have their room. */
static void settle(frame *f, const lin__area *part, int above, int below)
{
    int left = 0;
    for (int round = 0; round < 3; round++) {
        f->plot = (lin__area){part->column + left, part->row + above, part->columns - left, part->rows - above - below};
        if (f->axes->equal) fit_cells(f);
        fit_bars(f);
        choose_x(f);
        choose_y(f);
        left = widest(f, &f->axes->y, &f->y) + 2;
        if (left > part->columns / 2) left = part->columns / 2;
    }
}

/* The largest part of an area for an image of so many pixels, two to a character; if it is enlarged, by a whole
 * number. */
static lin__area image_area(const lin__area *part, double across, double down)
{
    double scale = fmin(part->columns / across, 2 * part->rows / down);
    if (scale > 1) scale = floor(scale);
    int columns = (int)(across * scale + 0.5), rows = (int)(down * scale / 2 + 0.5);
    lin__area a = *part;
    a.columns = columns > 1 ? columns : 1;
    a.rows = rows > 1 ? rows : 1;
    a.column += (part->columns - a.columns) / 2;
    return a;
}

/* A node is one row high here: it needs no room around it for a circle, as on a page. The outermost take the first and the last row. */
static void fit_nodes(frame *f, int rows)
{
    double low = INFINITY, high = -INFINITY;
    for (const lin__artist *a = f->axes->first; a; a = a->next) {
        if (a->kind != LIN__NODE) continue;
        low = fmin(low, a->u.note.y);
        high = fmax(high, a->u.note.y);
    }
    if (!(low < high) || rows < 2) return;
    double half = (high - low) / (rows - 1) / 2;
    f->view.y.low = low - half;
    f->view.y.high = high + half;
}

/* Without axes: an image in the middle, or a diagram. */
static void bare_panel(frame *f, const lin__area *part)
{
    f->plot = *part;
    fit_nodes(f, part->rows);
    if (f->axes->equal) f->plot = image_area(part, f->view.x.high - f->view.x.low, f->view.y.high - f->view.y.low);
    draw_plot(f);
}

static const char *label_of(const lin__axis *axis, const lin__ticks *t, char out[128])
{
    return lin__axis_label(axis->label, t, out, 128);
}

/* With axes. Where there are few rows, first the labels go, then the numbers. */
static void axes_panel(frame *f, const lin__area *part)
{
    char x_text[128], y_text[128];
    bool numbers = part->rows >= 4 && part->columns >= 12, labels = part->rows >= 8;
    if (!numbers) {
        f->plot = *part;
        draw_plot(f);
        return;
    }
    settle(f, part, 0, 2); /* for the factors in the labels */
    const char *xlabel = labels ? label_of(&f->axes->x, &f->x, x_text) : NULL;
    const char *ylabel = labels ? label_of(&f->axes->y, &f->y, y_text) : NULL;
    lin__area top = *part;
    int above = labels ? header(f, ylabel, top, false) : 0;
    if (above > part->rows / 3) above = 0;
    settle(f, part, above, 2 + (xlabel != NULL));
    top.column = f->plot.column - 1;
    top.columns = part->column + part->columns - top.column;
    if (above) header(f, ylabel, top, true);
    draw_plot(f);
    draw_y_axis(f);
    draw_x_axis(f);
    if (xlabel)
        say_centred(f->s, f->plot.column, f->plot.columns, f->plot.row + f->plot.rows + 2, xlabel, LIN__NO_COLOR,
                    false);
}

int lin__title_rows(const lin_axes *axes)
{
    return (axes->title ? lin__text_lines(axes->title) : 0) + (axes->subtitle ? lin__text_lines(axes->subtitle) : 0);
}

void lin__terminal_panel(lin__screen *s, const lin_axes *axes, lin__area part)
{
    frame f = {.s = s, .axes = axes};
    if (part.columns < 1 || part.rows < 1) return;
    lin__view_ranges(axes, &f.view);
    int lines = lin__title_rows(axes);
    if (lines && part.rows > lines + 1) {
        if (axes->title) say_centred(s, part.column, part.columns, part.row, axes->title, LIN__NO_COLOR, !axes->bare);
        int below = part.row + lines - (axes->subtitle ? lin__text_lines(axes->subtitle) : 0);
        int32_t front = lin__screen_ink(s, axes->subtitle_ink);
        if (axes->subtitle) say_centred(s, part.column, part.columns, below, axes->subtitle, front, false);
        part.row += lines;
        part.rows -= lines;
    }
    if (axes->bare)
        bare_panel(&f, &part);
    else
        axes_panel(&f, &part);
}
