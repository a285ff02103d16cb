/* What stands around a panel of a page: ticks, grid, labels, title. */
#include "report/layout.h"

#include "report/text.h"

#include <math.h>
#include <string.h>

/* Points: a tick, the space around text. */
#define TICK  3.0
#define SPACE 2.5

double lin__size_that_fits(const char *text, double size, double width)
{
    double has = lin__text_widest(text, size, false);
    if (has > width) size *= width / has;
    return size < 5 ? 5 : size;
}

static double text_height(const char *text, double size)
{
    return text ? lin__text_lines(text) * size * LIN__LINE_HEIGHT : 0;
}

/* ---- Ticks -------------------------------------------------------------------------------------------------- */

static const char *tick_text(const lin__axis *axis, const lin__ticks *t, int i)
{
    return axis->names ? axis->names[(int)t->tick[i].at] : t->tick[i].text;
}

static double tick_width(const lin__axis *axis, const lin__ticks *t, int i)
{
    const char *text = tick_text(axis, t, i);
    return lin__text_width(text, strlen(text), LIN__SIZE_TICK, false);
}

static double widest_tick(const lin__axis *axis, const lin__ticks *t)
{
    double widest = 0;
    for (int i = 0; i < t->count; i++)
        widest = fmax(widest, tick_width(axis, t, i));
    return widest;
}

/* Do neighbours keep apart on an axis of this length? */
static bool side_by_side(const lin__axis *axis, const lin__range *range, const lin__ticks *t, double length)
{
    for (int i = 1; i < t->count; i++) {
        double apart = (lin__range_at(range, t->tick[i].at) - lin__range_at(range, t->tick[i - 1].at)) * length;
        if (apart < (tick_width(axis, t, i) + tick_width(axis, t, i - 1)) / 2 + 6) return false;
    }
    return true;
}

/* All names of an axis of this length, or as many as have a line each across it. */
static void name_lines(const lin__axis *axis, const lin__range *range, double length, lin__ticks *t)
{
    double apart = length / (range->high - range->low);
    int step = 1;
    while (step < axis->name_count && step * apart < LIN__SIZE_TICK * (LIN__ASCENT + LIN__DESCENT))
        step = lin__coarser(step);
    lin__ticks_name(axis->name_count, step, t);
}

static void choose_x(lin__panel *p, double width)
{
    const lin__axis *axis = &p->axes->x;
    p->names_upwards = false;
    if (axis->names) {
        lin__ticks_name(axis->name_count, 1, &p->x);
        p->names_upwards = !side_by_side(axis, &p->view.x, &p->x, width);
        if (p->names_upwards) name_lines(axis, &p->view.x, width, &p->x);
        return;
    }
    for (int at_most = (int)fmax(2, width / 24); at_most > 0; at_most--) {
        lin__ticks_make(&p->view.x, at_most, LIN__TYPESET, &p->x);
        if (side_by_side(axis, &p->view.x, &p->x, width)) return;
    }
    p->x.count = 0;
}

static void choose_y(lin__panel *p, double height)
{
    if (p->axes->y.names)
        name_lines(&p->axes->y, &p->view.y, height, &p->y);
    else
        lin__ticks_make(&p->view.y, (int)fmax(2, height / 17), LIN__TYPESET, &p->y);
}

/* ---- Room --------------------------------------------------------------------------------------------------- */

static const char *label_of(const lin__axis *axis, const lin__ticks *t, char out[128])
{
    return lin__axis_label(axis->label, t, out, 128);
}

static void measure_axes(lin__panel *p, double width)
{
    char text[128];
    double x_widest = widest_tick(&p->axes->x, &p->x), y_widest = widest_tick(&p->axes->y, &p->y);
    const char *xlabel = label_of(&p->axes->x, &p->x, text);
    p->bottom = TICK + SPACE + (p->names_upwards ? x_widest : LIN__SIZE_TICK * (LIN__ASCENT + LIN__DESCENT));
    if (xlabel) p->bottom += SPACE + text_height(xlabel, LIN__SIZE_LABEL);
    const char *ylabel = label_of(&p->axes->y, &p->y, text);
    p->left = TICK + SPACE + y_widest;
    if (ylabel) p->left += SPACE + text_height(ylabel, LIN__SIZE_LABEL);
    p->top = fmax(p->top, LIN__SIZE_TICK / 2);
    if (!p->x.count || p->names_upwards) return;
    int last = p->x.count - 1; /* half of the outermost numbers may stand beside the plot */
    double before = tick_width(&p->axes->x, &p->x, 0) / 2 - lin__range_at(&p->view.x, p->x.tick[0].at) * width;
    double after =
        tick_width(&p->axes->x, &p->x, last) / 2 - (1 - lin__range_at(&p->view.x, p->x.tick[last].at)) * width;
    p->left = fmax(p->left, before);
    p->right = fmax(p->right, after);
}

bool lin__panel_measure(lin__panel *p, double width, double height, lin_ctx *ctx)
{
    p->view.box = (lin__rect){0, 0, width, height};
    p->left = p->right = p->bottom = 0;
    bool good = lin__legend_place(p->axes, &p->view, &p->legend, ctx);
    p->top = lin__legend_height(&p->legend);
    double titles = text_height(p->axes->title, LIN__SIZE_TITLE) + text_height(p->axes->subtitle, LIN__SIZE_TITLE);
    if (titles > 0) p->top += titles + SPACE;
    if (p->axes->bare) return good;
    choose_x(p, width);
    choose_y(p, height);
    measure_axes(p, width);
    return good;
}

/* ---- Drawing ------------------------------------------------------------------------------------------------ */

static void draw_text(lin__page_canvas *c, const char *text, lin__point at, lin__anchor anchor, double size,
                      lin__ink ink, bool upwards)
{
    c->base.text(&c->base,
                 &(lin__words){.text = text, .at = at, .anchor = anchor, .size = size, .ink = ink, .upwards = upwards},
                 NULL);
}

static void draw_rule(lin__page_canvas *c, lin__point from, lin__point to, lin__ink ink, double width)
{
    const lin__look look = {.ink = ink, .dash = LIN__SOLID, .width = width, .alpha = 1};
    c->base.stroke(&c->base, (const lin__point[]){from, to}, 2, &look);
}

static void draw_grid(const lin__panel *p, lin__page_canvas *c)
{
    const lin__rect *b = &p->view.box;
    for (int i = 0; i < p->x.count && !p->axes->x.names; i++) {
        double x = b->x + lin__range_at(&p->view.x, p->x.tick[i].at) * b->w;
        draw_rule(c, (lin__point){x, b->y}, (lin__point){x, b->y + b->h}, LIN__INK_GRID, 0.6);
    }
    for (int i = 0; i < p->y.count && !p->axes->y.names; i++) {
        double y = lin__view_point(&p->view, p->view.x.low, p->y.tick[i].at).y;
        draw_rule(c, (lin__point){b->x, y}, (lin__point){b->x + b->w, y}, LIN__INK_GRID, 0.6);
    }
}

static void draw_x_axis(const lin__panel *p, lin__page_canvas *c)
{
    const lin__rect *b = &p->view.box;
    double y = b->y + b->h;
    draw_rule(c, (lin__point){b->x, y}, (lin__point){b->x + b->w, y}, LIN__INK_MUTED, 0.8);
    for (int i = 0; i < p->x.count; i++) {
        double x = b->x + lin__range_at(&p->view.x, p->x.tick[i].at) * b->w;
        draw_rule(c, (lin__point){x, y}, (lin__point){x, y + TICK}, LIN__INK_MUTED, 0.8);
        lin__anchor anchor = p->names_upwards ? (lin__anchor){-1, 0} : (lin__anchor){0, 1};
        draw_text(c, tick_text(&p->axes->x, &p->x, i), (lin__point){x, y + TICK + SPACE}, anchor, LIN__SIZE_TICK,
                  LIN__INK_TEXT, p->names_upwards);
    }
}

static void draw_y_axis(const lin__panel *p, lin__page_canvas *c)
{
    const lin__rect *b = &p->view.box;
    draw_rule(c, (lin__point){b->x, b->y}, (lin__point){b->x, b->y + b->h}, LIN__INK_MUTED, 0.8);
    for (int i = 0; i < p->y.count; i++) {
        double y = lin__view_point(&p->view, p->view.x.low, p->y.tick[i].at).y;
        draw_rule(c, (lin__point){b->x - TICK, y}, (lin__point){b->x, y}, LIN__INK_MUTED, 0.8);
        draw_text(c, tick_text(&p->axes->y, &p->y, i), (lin__point){b->x - TICK - SPACE, y}, (lin__anchor){-1, 0},
                  LIN__SIZE_TICK, LIN__INK_TEXT, false);
    }
}

static void draw_labels(const lin__panel *p, lin__page_canvas *c)
{
    const lin__rect *b = &p->view.box;
    char text[128];
    const char *xlabel = label_of(&p->axes->x, &p->x, text);
    if (xlabel)
        draw_text(c, xlabel, (lin__point){b->x + b->w / 2, b->y + b->h + p->bottom}, (lin__anchor){0, -1},
                  lin__size_that_fits(xlabel, LIN__SIZE_LABEL, p->left + b->w + p->right), LIN__INK_TEXT, false);
    const char *ylabel = label_of(&p->axes->y, &p->y, text);
    if (ylabel)
        draw_text(c, ylabel, (lin__point){b->x - p->left, b->y + b->h / 2}, (lin__anchor){0, 1},
                  lin__size_that_fits(ylabel, LIN__SIZE_LABEL, p->top + b->h + p->bottom), LIN__INK_TEXT, true);
}

double lin__title_size(const lin__panel *p)
{
    double title = p->axes->title ? lin__size_that_fits(p->axes->title, LIN__SIZE_TITLE, p->width) : LIN__SIZE_TITLE;
    return p->axes->subtitle ? fmin(title, lin__size_that_fits(p->axes->subtitle, LIN__SIZE_TITLE, p->width)) : title;
}

static void draw_titles(const lin__panel *p, lin__page_canvas *c)
{
    const lin_axes *axes = p->axes;
    lin__point at = {p->view.box.x + p->view.box.w / 2, p->view.box.y - lin__legend_height(&p->legend) - SPACE};
    if (axes->subtitle)
        draw_text(c, axes->subtitle, at, (lin__anchor){0, -1}, p->title_size, axes->subtitle_ink, false);
    at.y -= text_height(axes->subtitle, LIN__SIZE_TITLE);
    if (axes->title) draw_text(c, axes->title, at, (lin__anchor){0, -1}, p->title_size, LIN__INK_TEXT, false);
}

void lin__panel_draw(const lin__panel *p, lin__page_canvas *c)
{
    if (!p->axes->bare && !p->axes->equal) draw_grid(p, c);
    lin__draw_artists(p->axes, &p->view, &c->base);
    if (!p->axes->bare) {
        draw_x_axis(p, c);
        draw_y_axis(p, c);
        draw_labels(p, c);
    }
    lin__legend_draw(&p->legend, &p->view, c);
    draw_titles(p, c);
}
