/* report/screen.h: a grid of characters with colours, and the bytes that show it. */
#ifndef LINNET_REPORT_SCREEN_H
#define LINNET_REPORT_SCREEN_H

#include "report/canvas.h"

enum { LIN__NO_COLOR = -1, LIN__CONTINUED = 1 /* the right half of a wide character */ };

typedef struct lin__glyph {
    uint32_t code; /* 0: blank */
    uint8_t dots;  /* of a braille character, drawn where code is 0 */
    bool bold;
    int32_t front, back; /* 0xRRGGBB or LIN__NO_COLOR */
} lin__glyph;

typedef struct lin__screen {
    lin_ctx *ctx;
    lin_terminal terminal;
    int columns, rows;
    lin__glyph *at;
    bool failed; /* there was no memory for something */
} lin__screen;

/* Characters of a screen, from column and row 0. */
typedef struct lin__area {
    int column, row, columns, rows;
} lin__area;

/* A blank screen in the innermost region. 0 or a code. */
int lin__screen_init(lin__screen *s, lin_ctx *ctx, const lin_terminal *terminal);
/* One of a place; NULL outside. */
lin__glyph *lin__screen_at(const lin__screen *s, int column, int row);
/* A character there; what is behind it stays. */
void lin__screen_put(lin__screen *s, int column, int row, uint32_t code, int32_t front);
/* A line of text, cut after `most` columns. The columns it took. */
int lin__screen_say(lin__screen *s, int column, int row, int most, const char *text, int32_t front, bool bold);
/* A colour of the theme, or none where there are none. */
int32_t lin__screen_ink(const lin__screen *s, lin__ink ink);
/* Lines of text with their colours, without the blank rows at the end, in the innermost region; NULL without memory. */
const char *lin__screen_text(const lin__screen *s);

/* ---- paint.c: a canvas on an area of the screen, in dots: two to a column and four to a row ---------------- */
typedef struct lin__paint {
    lin__canvas base;
    lin__screen *screen;
    lin__area area;
    bool told; /* the numbers in the cells of a matrix are written; otherwise they are left out */
} lin__paint;
void lin__paint_init(lin__paint *p, lin__screen *s, lin__area area);
lin__rect lin__paint_box(const lin__area *area);
/* The character that draws a curve where there is no braille. */
char lin__curve_char(lin__ink ink);

/* ---- blocks.c: images and bars of block characters ----------------------------------------------------------- */
void lin__paint_cells(lin__canvas *c, lin__rect box, const lin__cells *cells);
void lin__paint_bar(lin__canvas *c, lin__rect box, lin__end end, lin__ink ink, double alpha);

#endif
