/* base/error.h: recording causes. The first one stays. */
#ifndef LINNET_BASE_ERROR_H
#define LINNET_BASE_ERROR_H

#include "base/context.h"

#include <stdarg.h>

/* Record a cause and return its code. Long texts are cut. With LIN_EXIT this does not return. */
LIN__COLD int lin__fail(lin_ctx *ctx, int code, const char *format, ...) LIN_PRINTF(3, 4);
/* The same with a place: the text becomes "file:line:column: …" (line and column left out where 0). */
LIN__COLD int lin__fail_at(lin_ctx *ctx, int code, const char *file, int64_t line, int64_t column, const char *format,
                           ...) LIN_PRINTF(6, 7);
/* The same with the file alone: "file: …". */
LIN__COLD int lin__fail_file(lin_ctx *ctx, int code, const char *file, const char *format, ...) LIN_PRINTF(4, 5);
/* The same with a byte of the file, from 0: "file: byte N: …". */
LIN__COLD int lin__fail_byte(lin_ctx *ctx, int code, const char *file, int64_t byte, const char *format, ...)
    LIN_PRINTF(5, 6);
int lin__vfail(lin_ctx *ctx, int code, const char *format, va_list args);
/* Out of memory, with what it was for. */
LIN__COLD int lin__fail_memory(lin_ctx *ctx, size_t bytes);
/* A NULL argument: becomes a cause only where none is recorded. `what` is "matmul: argument 1". ctx may be NULL. */
LIN__COLD int lin__fail_null(lin_ctx *ctx, const char *what);
void lin__say(lin_ctx *ctx, lin_log_level level, const char *format, ...) LIN_PRINTF(3, 4);
/* Between the two a failure is only tried for: its cause is there to be looked at, and does not exit. The end brings back
 * what was recorded before; with `keep`, a cause of the trial becomes the recorded one, if there was none. */
typedef struct lin__trial {
    lin_on_error on_error;
    lin__cause before;
} lin__trial;
void lin__try(lin_ctx *ctx, lin__trial *trial);
void lin__try_end(lin_ctx *ctx, const lin__trial *trial, bool keep);
static inline bool lin__failed(const lin_ctx *ctx)
{
    return ctx->cause.code != 0;
}

#endif
