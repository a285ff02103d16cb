/* The recorded cause of a context. It lives in fixed buffers, so that recording one cannot fail. */
#include "base/error.h"

#include "base/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int code;
    const char *name, *text;
} codes[] = {
#define LIN_X(name, value, text) {value, #name, text},
    LIN_ERROR_MAP(LIN_X)
#undef LIN_X
};

const char *lin_error_text(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code) return codes[i].text;
    return "unknown error";
}

const char *lin_error_name(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code) return codes[i].name;
    return "LIN_E?";
}

const char *lin_error(const lin_ctx *ctx)
{
    if (!ctx) return "no context";
    return ctx->cause.code ? ctx->cause.text : lin_error_text(LIN_OK);
}

int lin_error_code_of(const lin_ctx *ctx)
{
    return ctx ? ctx->cause.code : LIN_EINVAL;
}

lin_error_place lin_error_where(const lin_ctx *ctx)
{
    lin_error_place place = {0};
    if (!ctx || !ctx->cause.code) return place;
    place.file = ctx->cause.has_file ? ctx->cause.file : NULL;
    place.line = ctx->cause.line;
    place.column = ctx->cause.column;
    return place;
}

void lin_error_clear(lin_ctx *ctx)
{
    if (!ctx) return;
    ctx->cause.code = 0;
    ctx->cause.has_file = false;
    ctx->cause.line = ctx->cause.column = 0;
}

/* LIN_EXIT: for short programs, the first cause ends them. */
static void exit_if_asked(lin_ctx *ctx)
{
    if (ctx->on_error != LIN_EXIT) return;
    fprintf(stderr, "linnet: %s\n", ctx->cause.text);
    lin_ctx_free(ctx);
    exit(1);
}

/* The text is made safe to print as a whole: whatever file name or field it quotes. */
static void record(lin_ctx *ctx, int code, const char *place, const char *format, va_list args)
{
    char text[sizeof ctx->cause.text];
    int used = snprintf(text, sizeof text, "%s", place);
    if (used < 0) used = 0;
    if ((size_t)used < sizeof text) vsnprintf(text + used, sizeof text - (size_t)used, format, args);
    lin_printable(ctx->cause.text, sizeof ctx->cause.text, text);
    ctx->cause.code = code;
    exit_if_asked(ctx);
}

int lin__vfail(lin_ctx *ctx, int code, const char *format, va_list args)
{
    if (ctx && !ctx->cause.code) record(ctx, code, "", format, args);
    return code;
}

int lin__fail(lin_ctx *ctx, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lin__vfail(ctx, code, format, args);
    va_end(args);
    return code;
}

int lin_fail(lin_ctx *ctx, int code, const char *format, ...)
{
    if (code >= 0) code = LIN_EINVAL;
    va_list args;
    va_start(args, format);
    lin__vfail(ctx, code, format, args);
    va_end(args);
    return code;
}

static void record_at(lin_ctx *ctx, int code, const char *place, const char *file, const char *format, va_list args)
{
    lin_printable(ctx->cause.file, sizeof ctx->cause.file, file);
    ctx->cause.has_file = true;
    record(ctx, code, place, format, args);
}

int lin__fail_file(lin_ctx *ctx, int code, const char *file, const char *format, ...)
{
    if (!ctx || ctx->cause.code) return code;
    char place[sizeof ctx->cause.file + 64];
    snprintf(place, sizeof place, "%.*s: ", (int)sizeof ctx->cause.file - 1, file);
    va_list args;
    va_start(args, format);
    record_at(ctx, code, place, file, format, args);
    va_end(args);
    return code;
}

int lin__fail_byte(lin_ctx *ctx, int code, const char *file, int64_t byte, const char *format, ...)
{
    if (!ctx || ctx->cause.code) return code;
    char place[sizeof ctx->cause.file + 64];
    snprintf(place, sizeof place, "%.*s: byte %" PRId64 ": ", (int)sizeof ctx->cause.file - 1, file, byte);
    va_list args;
    va_start(args, format);
    record_at(ctx, code, place, file, format, args);
    va_end(args);
    return code;
}

int lin__fail_at(lin_ctx *ctx, int code, const char *file, int64_t line, int64_t column, const char *format, ...)
{
    if (!ctx || ctx->cause.code) return code;
    char place[sizeof ctx->cause.file + 64];
    if (column > 0)
        snprintf(place, sizeof place, "%.*s:%" PRId64 ":%" PRId64 ": ", (int)sizeof ctx->cause.file - 1, file, line,
                 column);
    else if (line > 0)
        snprintf(place, sizeof place, "%.*s:%" PRId64 ": ", (int)sizeof ctx->cause.file - 1, file, line);
    else
        snprintf(place, sizeof place, "%.*s: ", (int)sizeof ctx->cause.file - 1, file);
    ctx->cause.line = line;
    ctx->cause.column = column;
    va_list args;
    va_start(args, format);
    record_at(ctx, code, place, file, format, args);
    va_end(args);
    return code;
}

int lin__fail_memory(lin_ctx *ctx, size_t bytes)
{
    return lin__fail(ctx, LIN_ENOMEM, "out of memory: %zu bytes more were needed", bytes);
}

int lin__fail_null(lin_ctx *ctx, const char *what)
{
    if (!ctx) return LIN_EINVAL;
    if (ctx->cause.code) return ctx->cause.code;
    return lin__fail(ctx, LIN_EINVAL, "%s is NULL", what);
}

void lin__try(lin_ctx *ctx, lin__trial *trial)
{
    trial->on_error = ctx->on_error;
    trial->before = ctx->cause;
    ctx->on_error = LIN_RETURN;
    lin_error_clear(ctx);
}

void lin__try_end(lin_ctx *ctx, const lin__trial *trial, bool keep)
{
    ctx->on_error = trial->on_error;
    if (!keep || trial->before.code)
        ctx->cause = trial->before;
    else if (ctx->cause.code)
        exit_if_asked(ctx);
}

void lin__say(lin_ctx *ctx, lin_log_level level, const char *format, ...)
{
    if (!ctx->log) return;
    char text[sizeof ctx->cause.text], safe[sizeof ctx->cause.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ctx->log(ctx->log_user, level, lin_printable(safe, sizeof safe, text));
}
