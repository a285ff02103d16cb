/* A page by cairo and pango: the same calls make PNG, SVG and PDF. */
#include "pictures/pictures.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layout was measured in DejaVu Sans; without it, and for what it has not, fontconfig chooses. */
#define FAMILY "DejaVu Sans, sans-serif"

enum { MAX_SIDE = 1 << 14 };

static void set_color(cairo_t *cr, uint32_t rgb, double alpha)
{
    cairo_set_source_rgba(cr, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0, (rgb & 0xff) / 255.0, alpha);
}

/* ---- Shapes ------------------------------------------------------------------------------------------------- */

static void trace(cairo_t *cr, const lin__item *item)
{
    cairo_new_path(cr);
    for (int64_t i = 0; i < item->count; i++)
        cairo_line_to(cr, item->points[i].x, item->points[i].y);
}

static void draw_stroke(cairo_t *cr, const lin__item *item)
{
    bool dashed = item->dash[0] > 0;
    cairo_set_line_width(cr, item->width);
    cairo_set_dash(cr, item->dash, dashed ? (item->dash[2] > 0 ? 4 : 2) : 0, 0);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
    trace(cr, item);
    cairo_stroke(cr);
}

/* One by one: where they overlap they darken. */
static void draw_discs(cairo_t *cr, const lin__item *item)
{
    for (int64_t i = 0; i < item->count; i++) {
        cairo_new_path(cr);
        cairo_arc(cr, item->points[i].x, item->points[i].y, item->radius, 0, 2 * 3.141592653589793);
        cairo_fill(cr);
    }
}

static uint32_t pixel_of(const lin__item *item, int64_t row, int64_t column)
{
    const uint8_t *p = item->rgb + 3 * (row * item->columns + column);
    return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* The pixels of an image, each `times` as large: viewers of PDF and SVG blur what they enlarge. */
static cairo_surface_t *image_surface(const lin__item *item, int times)
{
    cairo_surface_t *s =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)item->columns * times, (int)item->rows * times);
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return s;
    unsigned char *to = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s);
    for (int64_t y = 0; y < item->rows * times; y++) {
        uint32_t *row = (uint32_t *)(void *)(to + y * stride);
        for (int64_t x = 0; x < item->columns * times; x++)
            row[x] = pixel_of(item, y / times, x / times);
    }
    cairo_surface_mark_dirty(s);
    return s;
}

static void draw_image(cairo_t *cr, const lin__item *item)
{
    const double fine = 0.24; /* 300 dots per inch */
    int times = (int)ceil(item->box.w / (double)item->columns / fine);
    int64_t side = item->rows > item->columns ? item->rows : item->columns;
    if (times < 1) times = 1;
    while (times > 1 && side * times > 2048)
        times--;
    cairo_surface_t *s = image_surface(item, times);
    cairo_save(cr);
    cairo_translate(cr, item->box.x, item->box.y);
    cairo_scale(cr, item->box.w / (double)(item->columns * times), item->box.h / (double)(item->rows * times));
    cairo_set_source_surface(cr, s, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), times > 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
    cairo_rectangle(cr, 0, 0, (double)(item->columns * times), (double)(item->rows * times));
    cairo_fill(cr);
    cairo_restore(cr);
    cairo_surface_destroy(s);
}

/* ---- Text --------------------------------------------------------------------------------------------------- */

/* Fonts of one drawing, given back with it: pango would keep its own for the thread. Unhinted, in fractions of a
 * pixel: the same widths at every size and in every format. A point is a unit. */
typedef struct fonts {
    PangoFontMap *map;
    PangoContext *context;
} fonts;

static fonts fonts_open(cairo_t *cr)
{
    fonts f = {.map = pango_cairo_font_map_new()};
    cairo_font_options_t *options = cairo_font_options_create();
    f.context = pango_font_map_create_context(f.map);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(f.context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(f.context, 72);
    pango_context_set_round_glyph_positions(f.context, FALSE);
    pango_cairo_update_context(cr, f.context);
    return f;
}

static void fonts_close(fonts *f)
{
    g_object_unref(f->context);
    g_object_unref(f->map);
}

static PangoLayout *layout_of(const fonts *f, const char *line, double size, bool bold)
{
    PangoLayout *layout = pango_layout_new(f->context);
    PangoFontDescription *font = pango_font_description_from_string(FAMILY);
    pango_font_description_set_size(font, (int)(size * PANGO_SCALE + 0.5));
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_text(layout, line, -1);
    return layout;
}

static double width_of(PangoLayout *layout)
{
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    return (double)logical.width / PANGO_SCALE;
}

/* Wider than its place, as in another font, it is drawn smaller. */
static void draw_label(cairo_t *cr, const fonts *f, const lin__item *item)
{
    PangoLayout *layout = layout_of(f, item->text, item->size, item->bold);
    double width = width_of(layout), has = item->upwards ? item->box.h : item->box.w;
    double scale = width > 1.02 * has && width > 0 ? has / width : 1;
    double left = item->anchor < 0 ? width : item->anchor == 0 ? width / 2 : 0;
    cairo_save(cr);
    cairo_translate(cr, item->at.x, item->at.y);
    if (item->upwards) cairo_rotate(cr, -3.141592653589793 / 2);
    cairo_scale(cr, scale, scale);
    cairo_move_to(cr, -left, 0);
    pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(layout, 0));
    cairo_restore(cr);
    g_object_unref(layout);
}

/* ---- The page ------------------------------------------------------------------------------------------------ */

static void draw_item(cairo_t *cr, const fonts *f, const lin__item *item)
{
    set_color(cr, item->color, item->alpha);
    switch (item->kind) {
    case LIN__FILL:
        trace(cr, item);
        cairo_fill(cr);
        break;
    case LIN__STROKE:
        draw_stroke(cr, item);
        break;
    case LIN__DISCS:
        draw_discs(cr, item);
        break;
    case LIN__IMAGE:
        draw_image(cr, item);
        break;
    case LIN__LABEL:
        draw_label(cr, f, item);
        break;
    }
}

/* cairo (1.16) forgets that zlib had no memory for a font of a PDF, and all seems well. But the table at the end then has
 * objects of nothing, that begin where the next one does: the one after, or for the last of the fonts the first of all. */
typedef struct table {
    char line[20]; /* "0000007133 00000 n " of the last object that was seen; a longer line is cut */
    size_t length;
    char first[10], last[10]; /* where objects begin */
    int objects;
    bool hollow; /* there is an object of nothing */
} table;

static void end_line(table *t)
{
    static const char in_use[] = " 00000 n ";
    const size_t digits = sizeof t->first;
    if (t->length != digits + sizeof in_use - 1 || memcmp(t->line + digits, in_use, sizeof in_use - 1) != 0) return;
    if (t->objects++ == 0)
        memcpy(t->first, t->line, digits);
    else if (memcmp(t->line, t->last, digits) == 0 || memcmp(t->line, t->first, digits) == 0)
        t->hollow = true;
    memcpy(t->last, t->line, digits);
}

static void look_for_table(table *t, const unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] == '\n') end_line(t);
        if (data[i] == '\n')
            t->length = 0;
        else if (t->length < sizeof t->line)
            t->line[t->length++] = (char)data[i];
    }
}

/* Where the bytes of a file go. cairo brings them in pieces of a few: they are passed on together. */
typedef struct sink {
    lin__write_fn *write;
    void *user;
    table table;
    unsigned char held[4096];
    size_t count;
} sink;

static bool pass_on(sink *s)
{
    size_t count = s->count;
    s->count = 0;
    return !count || s->write(s->user, s->held, count);
}

static cairo_status_t to_sink(void *closure, const unsigned char *data, unsigned int bytes)
{
    sink *s = closure;
    look_for_table(&s->table, data, bytes);
    for (size_t done = 0; done < bytes;) {
        size_t room = sizeof s->held - s->count, some = bytes - done < room ? bytes - done : room;
        memcpy(s->held + s->count, data + done, some);
        s->count += some;
        done += some;
        if (some == room && !pass_on(s)) return CAIRO_STATUS_WRITE_ERROR;
    }
    return CAIRO_STATUS_SUCCESS;
}

static bool say(char text[LIN__PICTURES_TEXT], const char *what)
{
    snprintf(text, LIN__PICTURES_TEXT, "%s", what);
    return false;
}

/* Everything onto a surface, which is finished; its last status. */
static cairo_status_t draw_all(const lin__page *page, cairo_surface_t *surface, double scale)
{
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, scale, scale);
    set_color(cr, page->paper, 1);
    cairo_paint(cr); /* the last row of pixels, too, of which the page may need a part only */
    fonts f = fonts_open(cr);
    for (int64_t i = 0; i < page->count; i++)
        draw_item(cr, &f, &page->items[i]);
    fonts_close(&f);
    cairo_show_page(cr);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface);
    return status;
}

static bool draw_vectors(const lin__page *page, lin__file_kind format, sink *s, char text[LIN__PICTURES_TEXT])
{
    cairo_surface_t *surface = format == LIN__SVG
                                   ? cairo_svg_surface_create_for_stream(to_sink, s, page->width, page->height)
                                   : cairo_pdf_surface_create_for_stream(to_sink, s, page->width, page->height);
    if (format == LIN__PDF) { /* no time in it: equal figures give equal files */
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "1970-01-01T00:00:00Z");
        if (page->title) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, page->title);
    }
    cairo_status_t status = draw_all(page, surface, 1);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS && s->table.hollow) status = CAIRO_STATUS_NO_MEMORY;
    if (status == CAIRO_STATUS_SUCCESS && !pass_on(s)) status = CAIRO_STATUS_WRITE_ERROR;
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS || say(text, cairo_status_to_string(status));
}

/* cairo's pixels are 0x00RRGGBB words; PNG's are bytes. In place, as a word is longer. */
static uint8_t *pack(cairo_surface_t *surface, int rows, int columns)
{
    unsigned char *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    uint8_t *to = data;
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++) {
            uint32_t word;
            memcpy(&word, data + (size_t)y * (size_t)stride + 4 * (size_t)x, sizeof word);
            *to++ = (uint8_t)(word >> 16);
            *to++ = (uint8_t)(word >> 8);
            *to++ = (uint8_t)word;
        }
    return data;
}

static bool draw_pixels(const lin__page *page, double dpi, sink *s, char text[LIN__PICTURES_TEXT])
{
    double scale = dpi / 72, columns = ceil(page->width * scale - 1e-6), rows = ceil(page->height * scale - 1e-6);
    if (!(columns >= 1 && rows >= 1 && columns <= MAX_SIDE && rows <= MAX_SIDE))
        return say(text, "the picture would have more than 16384 pixels a side; try fewer dots per inch");
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)columns, (int)rows);
    cairo_status_t status = draw_all(page, surface, scale);
    bool good = status == CAIRO_STATUS_SUCCESS || say(text, cairo_status_to_string(status));
    cairo_surface_flush(surface);
    if (good)
        good = lin__write_png(pack(surface, (int)rows, (int)columns), (int64_t)rows, (int64_t)columns, dpi, s->write,
                              s->user, text);
    cairo_surface_destroy(surface);
    return good;
}

bool lin__draw_page(const lin__page *page, lin__file_kind format, double dpi, lin__write_fn *write, void *user,
                    char text[LIN__PICTURES_TEXT])
{
    sink s = {.write = write, .user = user};
    return format == LIN__PNG ? draw_pixels(page, dpi, &s, text) : draw_vectors(page, format, &s, text);
}

/* ---- Measuring ----------------------------------------------------------------------------------------------- */

/* A canvas of one pixel, for text of which nothing is drawn. */
typedef struct bench {
    cairo_t *cr;
    fonts fonts;
} bench;

static bench bench_open(void)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    bench b = {.cr = cairo_create(surface)};
    cairo_surface_destroy(surface);
    b.fonts = fonts_open(b.cr);
    return b;
}

static void bench_close(bench *b)
{
    fonts_close(&b->fonts);
    cairo_destroy(b->cr);
}

double lin__font_width(const char *line, double size, bool bold)
{
    bench b = bench_open();
    PangoLayout *layout = layout_of(&b.fonts, line, size, bold);
    double width = width_of(layout);
    g_object_unref(layout);
    bench_close(&b);
    return width;
}

void lin__font_family(const char *line, char family[LIN__PICTURES_TEXT])
{
    bench b = bench_open();
    PangoLayout *layout = layout_of(&b.fonts, line, 10, false);
    const PangoLayoutLine *first = pango_layout_get_line_readonly(layout, 0);
    family[0] = '\0';
    if (first && first->runs && pango_layout_get_unknown_glyphs_count(layout) == 0) {
        const PangoGlyphItem *run = first->runs->data;
        PangoFontDescription *found = pango_font_describe(run->item->analysis.font);
        const char *name = pango_font_description_get_family(found);
        snprintf(family, LIN__PICTURES_TEXT, "%s", name ? name : "");
        pango_font_description_free(found);
    }
    g_object_unref(layout);
    bench_close(&b);
}
