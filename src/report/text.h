/* report/text.h: how wide text is: on a page in DejaVu Sans, whatever draws it later; in a terminal in columns. */
#ifndef LINNET_REPORT_TEXT_H
#define LINNET_REPORT_TEXT_H

#include "report/figure.h"

/* The code point at s, and s moved past it. Text in figures is valid UTF-8 (lin__shown). */
uint32_t lin__utf8_next(const char **s);
/* Write it; the bytes, at most 4. */
int lin__utf8_put(char *out, uint32_t code);

/* Width of a line in points, at a size. */
double lin__text_width(const char *line, size_t bytes, double size, bool bold);
/* Columns of a character in a terminal: 0, 1 or 2; of a line of so many bytes. */
int lin__char_columns(uint32_t code);
int lin__text_columns(const char *line, size_t bytes);

/* Lines of the text, and the widest one. */
int lin__text_lines(const char *text);
double lin__text_widest(const char *text, double size, bool bold);

/* How wide the first bytes of a text are, for breaking it. */
typedef double lin__measure(const void *user, const char *text, size_t bytes);
/* The text broken at spaces into lines of at most `width`, in the innermost region; NULL without memory. */
char *lin__text_wrap(lin_ctx *ctx, const char *text, double width, lin__measure *measure, const void *user);

#endif
