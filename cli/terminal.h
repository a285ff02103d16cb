/* cli/terminal.h: what a terminal can show, and what happens when nobody reads. */
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

/* Files that are opened later must not become a standard stream that was closed; a pipe without a reader must not end
 * the command in the middle of its work. */
void streams_prepare(void);
/* Write out what is buffered for stdout; false if that failed, now or before. */
bool stdout_stands(void);
/* The end of all output: the exit code, which is `code` unless stdout failed. A closed pipe ends the command quietly, as
 * SIGPIPE does. */
int streams_finish(int code);

#endif
