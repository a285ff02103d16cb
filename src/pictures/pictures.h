/* pictures/pictures.h: the pictures part as the rest of the house sees it: a page of shapes and text, and a table of
 * functions, the one symbol of linnet-pictures.so. The module knows nothing of the house: no context, no figures, no
 * causes. What fails says why in a text. */
#ifndef LINNET_PICTURES_PICTURES_H
#define LINNET_PICTURES_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIN__PICTURES_MODULE "linnet-pictures.so"
#define LIN__PICTURES_SYMBOL "lin__pictures_table"

/* The version grows with every change of this header: library and module may come from two builds. */
enum { LIN__PICTURES_VERSION = 2, LIN__PICTURES_TEXT = 512 };

/* ---- A page: points (1/72 inch) from its top left corner, y downwards ------------------------------------ */

typedef struct lin__point {
    double x, y;
} lin__point;

typedef struct lin__rect {
    double x, y, w, h;
} lin__rect;

typedef enum lin__item_kind {
    LIN__FILL,   /* the polygon `points` */
    LIN__STROKE, /* the line through `points` */
    LIN__DISCS,  /* a disc at each of `points` */
    LIN__IMAGE,  /* `rows` × `columns` pixels in `box` */
    LIN__LABEL   /* one line of text */
} lin__item_kind;

typedef struct lin__item {
    lin__item_kind kind;
    uint32_t color; /* 0xRRGGBB */
    double alpha;
    const lin__point *points;
    int64_t count;
    double width, dash[4]; /* of the line: its width, and where it is on and off; on for all of it if dash[0] is 0 */
    double radius;
    lin__rect box; /* of an image; of a label: where it may stand */
    int64_t rows, columns;
    const uint8_t *rgb;
    const char *text;
    double size;
    bool bold, upwards; /* read from below */
    int anchor;         /* −1: the line ends at `at`, 0: has its middle there, 1: begins there */
    lin__point at;      /* on the base line */
} lin__item;

typedef struct lin__page {
    double width, height;
    uint32_t paper;
    const char *title; /* of the document */
    const lin__item *items;
    int64_t count;
} lin__page;

/* ---- What the module does ---------------------------------------------------------------------------------- */

typedef enum lin__file_kind { LIN__PNG, LIN__SVG, LIN__PDF } lin__file_kind;

typedef bool lin__write_fn(void *user, const void *data, size_t bytes); /* false ends the drawing */

/* Pixels of a PNG: malloc'd, row by row. */
typedef struct lin__pixels {
    int64_t rows, columns;
    int channels; /* 1: grey; 3: RGB */
    uint8_t *at;
} lin__pixels;

typedef struct lin__pictures {
    uint32_t version; /* LIN__PICTURES_VERSION; nothing else is looked at before it */
    bool (*draw)(const lin__page *page, lin__file_kind format, double dpi, lin__write_fn *write, void *user,
                 char text[LIN__PICTURES_TEXT]);
    /* A whole file in memory; sides of more than `most` pixels and more than 2^26 in all are refused, transparent
     * pixels are put on white; at most 48 MB and 3 times the file are taken for pixels. The text says at which byte. */
    bool (*read_png)(const uint8_t *file, size_t bytes, int64_t most, lin__pixels *pixels,
                     char text[LIN__PICTURES_TEXT]);
    void (*free_pixels)(lin__pixels *pixels);
    /* How wide a line is drawn, in points, and in which family its first characters, "" if no font has them: for
     * tests. */
    double (*text_width)(const char *line, double size, bool bold);
    void (*font_family)(const char *line, char family[LIN__PICTURES_TEXT]);
} lin__pictures;

/* ---- Within the module --------------------------------------------------------------------------------------- */
bool lin__draw_page(const lin__page *page, lin__file_kind format, double dpi, lin__write_fn *write, void *user,
                    char text[LIN__PICTURES_TEXT]);
bool lin__read_png(const uint8_t *file, size_t bytes, int64_t most, lin__pixels *pixels, char text[LIN__PICTURES_TEXT]);
void lin__free_pixels(lin__pixels *pixels);
/* RGB pixels as a PNG file of so many dots per inch. */
bool lin__write_png(const uint8_t *rgb, int64_t rows, int64_t columns, double dpi, lin__write_fn *write, void *user,
                    char text[LIN__PICTURES_TEXT]);
double lin__font_width(const char *line, double size, bool bold);
void lin__font_family(const char *line, char family[LIN__PICTURES_TEXT]);

#endif
