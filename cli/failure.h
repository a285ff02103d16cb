/* cli/failure.h: why the command ends, and its exit code. The first cause stays. */
#ifndef LINNET_CLI_FAILURE_H
#define LINNET_CLI_FAILURE_H

#include <linnet.h>

/* The exit codes; their texts are for help and man page. X(name, code, text) */
#define EXIT_MAP(X)                                                                               \
    X(EXIT_DONE, 0, "done")                                                                       \
    X(EXIT_FAILED, 1, "failure: no memory, a full disk, no network")                              \
    X(EXIT_USAGE, 2, "wrong use: an unknown verb or option, a value out of range")                \
    X(EXIT_DATA, 3, "bad data: missing, unreadable, malformed, or not finite")                    \
    X(EXIT_DIVERGED, 4, "the training diverged; no model was written")                            \
    X(EXIT_MISMATCH, 5, "model or checkpoint and data disagree, or it is newer than this linnet") \
    X(EXIT_HUNG_UP, 129, "stopped by SIGHUP (the terminal was closed)")                           \
    X(EXIT_INTERRUPTED, 130, "stopped by SIGINT (Ctrl-C)")                                        \
    X(EXIT_TERMINATED, 143, "stopped by SIGTERM")

typedef enum exit_code {
#define EXIT_X(name, code, text) name = code,
    EXIT_MAP(EXIT_X)
#undef EXIT_X
} exit_code;

/* Record why, unless something is recorded already. All return the exit code that is recorded then, never 0. */
int fail(exit_code code, const char *format, ...) LIN_PRINTF(2, 3);
/* The same in a file: the text becomes "FILE: …". */
int fail_at(exit_code code, const char *file, const char *format, ...) LIN_PRINTF(3, 4);
/* Wrong use of a verb: the text is followed by "see 'linnet help VERB'". `verb` may be NULL. */
int fail_usage(const char *verb, const char *format, ...) LIN_PRINTF(2, 3);
/* What the library recorded in ctx; NULL: there was no memory for a context. */
int fail_library(const lin_ctx *ctx);

/* The code that is recorded, 0 if none. */
int failure_code(void);
/* Forget it: --help was asked for. */
void failure_clear(void);
/* Say it on stderr, and as {"error":…} on stdout if `json`. Returns the exit code. */
int failure_report(bool json);

#endif
