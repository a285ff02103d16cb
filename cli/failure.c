/* Why the command ends: recorded once, said once. */
#include "failure.h"

#include "json.h"
#include "terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
    int code;
    char text[4096];
    char file[1024]; /* empty: none */
    int64_t line, column;
} failure;

static void record(exit_code code, const char *format, va_list args)
{
    char text[sizeof failure.text];
    vsnprintf(text, sizeof text, format, args);
    lin_printable(failure.text, sizeof failure.text, text);
    failure.code = code;
}

int fail(exit_code code, const char *format, ...)
{
    if (failure.code) return failure.code;
    va_list args;
    va_start(args, format);
    record(code, format, args);
    va_end(args);
    return code;
}

int fail_at(exit_code code, const char *file, const char *format, ...)
{
    if (failure.code) return failure.code;
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail(code, "%.1000s: %s", file, text);
    lin_printable(failure.file, sizeof failure.file, file);
    return code;
}

int fail_usage(const char *verb, const char *format, ...)
{
    if (failure.code) return failure.code;
    va_list args;
    va_start(args, format);
    record(EXIT_USAGE, format, args);
    va_end(args);
    size_t used = strlen(failure.text);
    bool question = used && failure.text[used - 1] == '?';
    snprintf(failure.text + used, sizeof failure.text - used, "%s 'linnet help%s%s'", question ? " See" : "; see",
             verb ? " " : "", verb ? verb : "");
    return EXIT_USAGE;
}

static exit_code exit_code_of(int code)
{
    switch (code) {
    case LIN_EDATA:
    case LIN_ENOFILE:
        return EXIT_DATA;
    case LIN_EDIVERGED:
        return EXIT_DIVERGED;
    case LIN_EMISMATCH:
    case LIN_EVERSION:
        return EXIT_MISMATCH;
    default:
        return EXIT_FAILED;
    }
}

int fail_library(const lin_ctx *ctx)
{
    if (failure.code) return failure.code;
    if (!ctx) return fail(EXIT_FAILED, "out of memory");
    fail(exit_code_of(lin_error_code_of(ctx)), "%s", lin_error(ctx));
    lin_error_place place = lin_error_where(ctx);
    if (place.file) snprintf(failure.file, sizeof failure.file, "%s", place.file);
    failure.line = place.line;
    failure.column = place.column;
    return failure.code;
}

int failure_code(void)
{
    return failure.code;
}

void failure_clear(void)
{
    memset(&failure, 0, sizeof failure);
}

static json_t *as_json(void)
{
    json_t *error = json_pack("{s:i, s:s}", "code", failure.code, "message", failure.text);
    if (failure.file[0]) json_object_set_new(error, "file", json_string(failure.file));
    if (failure.line) json_object_set_new(error, "line", json_integer(failure.line));
    if (failure.column) json_object_set_new(error, "column", json_integer(failure.column));
    return json_pack("{s:o}", "error", error);
}

int failure_report(bool json)
{
    if (!failure.code) return 0;
    fprintf(stderr, "%slinnet:%s ", paint(stderr, RED), paint(stderr, PLAIN));
    say(stderr, failure.text, (int)strlen("linnet: "), 0);
    if (json && !json_show(as_json())) puts("{\"error\":{\"code\":1,\"message\":\"out of memory\"}}");
    return failure.code;
}
