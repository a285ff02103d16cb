/* cli/streams.h: the standard streams, and what happens when nobody reads. */
#ifndef LINNET_CLI_STREAMS_H
#define LINNET_CLI_STREAMS_H

#include <stdbool.h>

/* Files that are opened later must not become a standard stream that was closed; a pipe without a reader must not end
 * the command in the middle of its work. */
void streams_prepare(void);
/* A text of any length: what stdio has no room for it writes at once, and why that failed is to be known at the end. */
void stdout_put(const char *text);
/* Write out what is buffered for stdout; false if that failed, now or before. */
bool stdout_stands(void);
/* The end of all output: the exit code, which is `code` unless stdout failed. A closed pipe ends the command quietly, as
 * SIGPIPE does. */
int streams_finish(int code);

#endif
