/* A figure on a page: panels in a grid, all plots of one size, what stands around them aligned, nothing over
 * anything. */
#include "report/layout.h"

#include "report/palette.h"
#include "report/text.h"

#include <math.h>
#include <string.h>

/* Points: the rim of the page, between panels. */
#define RIM      5.0
#define GAP      12.0
#define BARE_GAP 8.0
#define LEAST    8.0 /* a plot is never smaller */

typedef struct layout {
    lin_figure *figure;
    lin__panel *panels;
    const char *caption; /* broken into lines */
    double title_height, legend_height, caption_height;
    double *left, *right, *top, *bottom; /* of every column and row */
    double width, height;                /* of a plot */
    double gap;
    bool failed;
} layout;

static double measure_caption(const void *user, const char *text, size_t bytes)
{
    (void)user;
    return lin__text_width(text, bytes, LIN__SIZE_CAPTION, false);
}

static double sum(const double *values, int n)
{
    double total = 0;
    for (int i = 0; i < n; i++)
        total += values[i];
    return total;
}

/* A row needs what the neediest of its panels needs, and so does a column. */
static void gather(layout *l)
{
    const lin_figure *f = l->figure;
    memset(l->left, 0, (size_t)(2 * (f->ncols + f->nrows)) * sizeof *l->left);
    for (int i = 0; i < lin__panel_count(f); i++) {
        const lin__panel *p = &l->panels[i];
        int row = i / f->ncols, column = i % f->ncols;
        l->left[column] = fmax(l->left[column], p->left);
        l->right[column] = fmax(l->right[column], p->right);
        l->top[row] = fmax(l->top[row], p->top);
        l->bottom[row] = fmax(l->bottom[row], p->bottom);
    }
}

/* What a plot can have once everything around it has its room. */
static void share(layout *l)
{
    const lin_figure *f = l->figure;
    double width = f->width - 2 * RIM - sum(l->left, f->ncols) - sum(l->right, f->ncols) - (f->ncols - 1) * l->gap;
    double height = f->height - 2 * RIM - l->title_height - l->legend_height - l->caption_height -
                    sum(l->top, f->nrows) - sum(l->bottom, f->nrows) - (f->nrows - 1) * l->gap;
    l->width = fmax(width / f->ncols, LEAST);
    l->height = fmax(height / f->nrows, LEAST);
}

/* The plot of a panel: all of what it may have, or the largest part of it in which x and y have one unit. */
static void shape(const layout *l, const lin__panel *p, double *width, double *height)
{
    *width = l->width;
    *height = l->height;
    if (!p->axes->equal) return;
    double ratio = (p->view.x.high - p->view.x.low) / (p->view.y.high - p->view.y.low);
    if (*width > *height * ratio)
        *width = *height * ratio;
    else
        *height = *width / ratio;
}

/* Ticks depend on the size, and the size on the ticks: a few rounds settle it. */
static void settle(layout *l, lin_ctx *ctx)
{
    enum { ROUNDS = 4 };
    share(l);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < lin__panel_count(l->figure); i++) {
            lin__panel *p = &l->panels[i];
            double width, height;
            shape(l, p, &width, &height);
            if (!lin__panel_measure(p, width, height, ctx)) l->failed = true;
        }
        gather(l);
        share(l);
    }
}

static void move_panel(lin__panel *p, double x, double y, double width, double height)
{
    p->legend.box.x += x;
    p->legend.box.y += y;
    p->view.box = (lin__rect){x, y, width, height};
}

/* Where every plot stands. A smaller one is in the middle of its place, at its top. */
static void place(layout *l)
{
    const lin_figure *f = l->figure;
    double y = RIM + l->title_height + l->legend_height;
    for (int row = 0; row < f->nrows; row++) {
        double x = RIM;
        y += l->top[row];
        for (int column = 0; column < f->ncols; column++) {
            lin__panel *p = &l->panels[row * f->ncols + column];
            double width, height;
            x += l->left[column];
            shape(l, p, &width, &height);
            move_panel(p, x + (l->width - width) / 2, y, width, height);
            p->width = l->left[column] + l->width + l->right[column];
            x += l->width + l->right[column] + l->gap;
        }
        y += l->height + l->bottom[row] + l->gap;
    }
}

static bool layout_init(layout *l, lin_figure *f)
{
    lin_ctx *ctx = f->ctx;
    uint32_t here = lin__here(ctx);
    *l = (layout){.figure = f, .gap = BARE_GAP};
    l->panels = lin__alloc_zeroed(ctx, here, (size_t)lin__panel_count(f) * sizeof *l->panels);
    l->left = lin__alloc_zeroed(ctx, here, (size_t)(2 * (f->ncols + f->nrows)) * sizeof *l->left);
    if (f->caption) l->caption = lin__text_wrap(ctx, f->caption, f->width - 2 * RIM - 4, measure_caption, NULL);
    if (!l->panels || !l->left || (f->caption && !l->caption)) return false;
    l->right = l->left + f->ncols;
    l->top = l->right + f->ncols;
    l->bottom = l->top + f->nrows;
    for (int i = 0; i < lin__panel_count(f); i++) {
        l->panels[i].axes = &f->panels[i];
        lin__view_ranges(&f->panels[i], &l->panels[i].view);
        if (!f->panels[i].bare) l->gap = GAP;
    }
    if (f->title) l->title_height = lin__text_lines(f->title) * LIN__SIZE_FIGURE * LIN__LINE_HEIGHT + 4;
    l->legend_height = f->shares ? lin__legend_across_height(f) : 0;
    if (l->caption) l->caption_height = lin__text_lines(l->caption) * LIN__SIZE_CAPTION * LIN__LINE_HEIGHT + 6;
    return true;
}

/* All titles have the size at which the longest fits. */
static void size_titles(layout *l)
{
    double size = LIN__SIZE_TITLE;
    for (int i = 0; i < lin__panel_count(l->figure); i++)
        size = fmin(size, lin__title_size(&l->panels[i]));
    for (int i = 0; i < lin__panel_count(l->figure); i++)
        l->panels[i].title_size = size;
}

static void draw(const layout *l, lin__page_canvas *c)
{
    const lin_figure *f = l->figure;
    lin__words title = {.text = f->title, .at = {f->width / 2, RIM}, .anchor = {0, 1}, .ink = LIN__INK_TEXT};
    lin__words caption = {.text = l->caption, .anchor = {1, 1}, .size = LIN__SIZE_CAPTION, .ink = LIN__INK_MUTED};
    caption.at = (lin__point){RIM + 2, f->height - RIM - l->caption_height + 6};
    if (f->shares) lin__legend_across(f, RIM + l->title_height, c);
    if (f->title) {
        title.size = lin__size_that_fits(f->title, LIN__SIZE_FIGURE, f->width - 2 * RIM);
        c->base.text(&c->base, &title, NULL);
    }
    for (int i = 0; i < lin__panel_count(f); i++)
        lin__panel_draw(&l->panels[i], c);
    if (l->caption) c->base.text(&c->base, &caption, NULL);
}

int lin__page_of(lin_figure *figure, lin_theme theme, lin__page *page)
{
    lin_ctx *ctx = figure->ctx;
    lin__page_canvas c;
    lin__page_canvas_init(&c, ctx, theme);
    lin_region scratch = lin_mark(ctx);
    layout l = {0};
    c.base.failed = !scratch.ctx || !layout_init(&l, figure);
    if (!c.base.failed) {
        settle(&l, ctx);
        place(&l);
        size_titles(&l);
        draw(&l, &c);
    }
    lin_release(scratch);
    if (c.base.failed || l.failed) return LIN_ENOMEM;
    *page = (lin__page){.width = figure->width,
                        .height = figure->height,
                        .paper = lin__ink_rgb(theme, LIN__INK_PAPER),
                        .title = figure->title,
                        .items = c.items,
                        .count = c.count};
    return 0;
}
