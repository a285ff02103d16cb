/* A figure in a terminal: panels in a grid of characters, as large as the terminal lets them be. */
#include "report/terminal.h"

#include "report/text.h"

#include <math.h>
#include <string.h>

enum { GAP = 2 };

/* ---- Images in a list: as many in a row as makes them largest ----------------------------------------------- */

static int title_lines(const lin_figure *f)
{
    int most = 0;
    for (int i = 0; i < lin__panel_count(f); i++)
        if (lin__title_rows(&f->panels[i]) > most) most = lin__title_rows(&f->panels[i]);
    return most;
}

static int line_width(const char *text)
{
    return text ? lin__text_columns(text, strcspn(text, "\n")) : 0;
}

static int title_width(const lin_figure *f)
{
    int most = 0;
    for (int i = 0; i < lin__panel_count(f); i++) {
        int title = line_width(f->panels[i].title), below = line_width(f->panels[i].subtitle);
        if (title > most) most = title;
        if (below > most) most = below;
    }
    return most;
}

/* The side of the images, in columns, with so many of them in a row. */
static int side_of(const lin_figure *f, const lin__area *a, int across)
{
    int down = (lin__panel_count(f) + across - 1) / across;
    int wide = (a->columns + GAP) / across - GAP, high = 2 * ((a->rows + 1) / down - 1 - title_lines(f));
    return wide < high ? wide : high;
}

/* The number that makes the images largest, the figure's own if it is as good; of those whose titles fit, if there
 * are any. */
static int best_across(const lin_figure *f, const lin__area *a)
{
    int best = 1, most = (a->columns + GAP) / (title_width(f) + GAP);
    for (int across = 2; across <= lin__panel_count(f) && across <= most; across++) {
        int side = side_of(f, a, across), known = side_of(f, a, best);
        if (side > known || (side == known && across == f->ncols)) best = across;
    }
    return best;
}

static void draw_list(lin__screen *s, const lin_figure *f, const lin__area *a)
{
    int across = best_across(f, a), side = side_of(f, a, across), lines = title_lines(f);
    if (side < 2) side = 2;
    const lin__artist *first = f->panels[0].first;
    int64_t own = first && first->kind == LIN__CELLS ? first->u.cells.columns : 0;
    if (own > 0 && side > own) side = (int)(own * (side / own)); /* whole pixels only */
    int pitch = title_width(f) > side ? title_width(f) : side;
    if (pitch > a->columns) pitch = a->columns;
    for (int i = 0; i < lin__panel_count(f); i++) {
        lin__area part = {a->column + i % across * (pitch + GAP), a->row + i / across * (lines + (side + 1) / 2 + 1),
                          pitch, lines + (side + 1) / 2};
        if (part.row + part.rows <= a->row + a->rows) lin__terminal_panel(s, &f->panels[i], part);
    }
}

/* ---- Panels in their grid -------------------------------------------------------------------------------------- */

/* Part i of n equal ones with gaps between them. */
static void part_of(int size, int n, int i, int gap, int *from, int *length)
{
    int free = size - (n - 1) * gap;
    *from = i * free / n + i * gap;
    *length = (i + 1) * free / n - i * free / n;
}

static void draw_grid(lin__screen *s, const lin_figure *f, const lin__area *a)
{
    for (int i = 0; i < lin__panel_count(f); i++) {
        lin__area part = *a;
        int x, y;
        part_of(a->columns, f->ncols, i % f->ncols, GAP, &x, &part.columns);
        part_of(a->rows, f->nrows, i / f->ncols, 1, &y, &part.rows);
        part.column += x;
        part.row += y;
        lin__terminal_panel(s, &f->panels[i], part);
    }
}

/* ---- The figure ------------------------------------------------------------------------------------------------ */

static double columns_of(const void *user, const char *text, size_t bytes)
{
    (void)user;
    return lin__text_columns(text, bytes);
}

/* The first row of a screen below which all are blank. */
static int rows_used(const lin__screen *s)
{
    for (int row = s->rows; row > 0; row--)
        for (int column = 0; column < s->columns; column++) {
            const lin__glyph *g = lin__screen_at(s, column, row - 1);
            if (g->code || g->dots) return row;
        }
    return 0;
}

/* Under everything that was drawn, in the rows that were kept for it. */
static void draw_caption(lin__screen *s, const char *caption, int lines)
{
    int row = rows_used(s) + 1 + lines <= s->rows ? rows_used(s) + 1 : s->rows - lines;
    for (int i = 0; i < lines; i++) {
        lin__screen_say(s, 0, row + i, s->columns, caption, lin__screen_ink(s, LIN__INK_MUTED), false);
        caption += strcspn(caption, "\n") + 1;
    }
}

static void draw_title(lin__screen *s, const lin_figure *f)
{
    int width = lin__text_columns(f->title, strcspn(f->title, "\n"));
    int column = width < s->columns ? (s->columns - width) / 2 : 0;
    lin__screen_say(s, column, 0, s->columns, f->title, LIN__NO_COLOR, true);
}

/* The legend that all panels share. */
static void draw_legend(lin__screen *s, const lin_figure *f, lin__area *a)
{
    if (!f->shares || a->rows < 12) return;
    int rows = lin__terminal_legend(s, f->panels, a, true);
    a->row += rows;
    a->rows -= rows;
}

static bool is_diverging(const lin_figure *f)
{
    for (int i = 0; i < lin__panel_count(f); i++)
        for (const lin__artist *a = f->panels[i].first; a; a = a->next)
            if (a->kind == LIN__CELLS && a->u.cells.cmap == LIN_DIVERGING && a->u.cells.value) return true;
    return false;
}

/* The caption in lines; where characters stand for two colours, it says which for which. NULL without one, or
 * without memory. */
static const char *caption_lines(lin__screen *s, const lin_figure *f)
{
    static const char key[] = " Here . + @ are red, - = # blue.";
    if (!f->caption) return NULL;
    size_t length = strlen(f->caption);
    char *text = lin__alloc(s->ctx, lin__here(s->ctx), length + sizeof key);
    if (text) {
        memcpy(text, f->caption, length + 1);
        if (s->terminal.colors == LIN_NO_COLORS && is_diverging(f)) memcpy(text + length, key, sizeof key);
        text = lin__text_wrap(s->ctx, text, s->columns, columns_of, NULL);
    }
    if (!text) s->failed = true;
    return text;
}

void lin__terminal_draw(lin__screen *s, const lin_figure *f)
{
    lin__area a = {0, 0, s->columns, s->rows};
    if (f->title && s->rows >= 8) {
        draw_title(s, f);
        a.row = 1;
        a.rows--;
    }
    const char *caption = caption_lines(s, f);
    int lines = caption ? lin__text_lines(caption) : 0;
    if (s->rows < lines + 6) lines = 0; /* what it explains comes first */
    a.rows -= lines;
    draw_legend(s, f, &a);
    if (f->flows)
        draw_list(s, f, &a);
    else
        draw_grid(s, f, &a);
    if (lines) draw_caption(s, caption, lines);
}

/* Rows in which every name of y has its own; 0 where no panel that could grow has names there. */
static int rows_for_names(const lin_figure *f)
{
    int most = 0;
    for (int i = 0; i < f->ncols && f->nrows == 1; i++) {
        const lin_axes *axes = &f->panels[i];
        bool header = axes->y.label || (axes->first && !axes->keyless);
        int rows = lin__title_rows(axes) + header + axes->y.name_count + 2 + (axes->x.label != NULL);
        if (axes->y.names && rows > most) most = rows;
    }
    return most;
}

/* What scrolls is as high as its names need. */
static lin_terminal stretched(const lin_figure *f, lin_terminal t)
{
    int rows = rows_for_names(f), columns = t.columns ? t.columns : 80;
    if (!t.scrolls || !rows || t.rows < 0) return t;
    rows += f->title != NULL;
    if (f->caption)
        rows += 3 + lin__text_columns(f->caption, strlen(f->caption)) / columns; /* a blank one, broken lines */
    if (rows > LIN_TERMINAL_MAX) rows = LIN_TERMINAL_MAX;
    if (rows > (t.rows ? t.rows : 24)) t.rows = rows;
    return t;
}

const char *lin_frame(lin_figure *figure, const lin_terminal *terminal)
{
    if (!lin__figure_alive(figure, "frame")) return NULL;
    lin__screen s;
    const lin_terminal t = stretched(figure, terminal ? *terminal : (lin_terminal){0});
    if (lin__screen_init(&s, figure->ctx, &t)) return NULL;
    lin__terminal_draw(&s, figure);
    return s.failed ? NULL : lin__screen_text(&s);
}
