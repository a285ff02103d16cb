/* cli/terminal.h: what a terminal can show. */
#ifndef LINNET_CLI_TERMINAL_H
#define LINNET_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

typedef enum paint_kind { PLAIN, BOLD, RED } paint_kind;

/* "always", "never"; "auto" or NULL: on a terminal, unless NO_COLOR is set or TERM is dumb. */
void terminal_set_color(const char *when);
/* What switches `out` to that; "" where colours are off. */
const char *paint(FILE *out, paint_kind kind);

/* A terminal that can move its cursor. */
bool is_terminal(FILE *out);
int terminal_width(FILE *out);
/* A message and its newline, behind so many columns. A terminal gets it in lines that are broken at spaces and
 * indented. */
void say(FILE *out, const char *text, int column, int indent);

#endif
