/* cli/context.h: the library's context of a verb, and remarks on stderr. */
#ifndef LINNET_CLI_CONTEXT_H
#define LINNET_CLI_CONTEXT_H

#include "verb.h"

#include <linnet.h>

/* A context with the seed and threads that the command line asks for; its log goes to stderr. NULL with a failure. */
lin_ctx *context_new(const settings *s, lin_dtype dtype);

/* A line on stderr, unless --quiet. */
void remark(const settings *s, const char *format, ...) LIN_PRINTF(2, 3);

#endif
