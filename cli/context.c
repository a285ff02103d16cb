/* The library's context of a verb. */
#include "context.h"

#include "failure.h"
#include "shrunk.h"
#include "terminal.h"

#include <stdarg.h>
#include <stdio.h>

static void log_line(void *user, lin_log_level level, const char *message)
{
    const settings *s = user;
    if (level == LIN_LOG_INFO && s->quiet) return;
    fprintf(stderr, "linnet: %s\n", message);
}

lin_ctx *context_new(const settings *s, lin_dtype dtype)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){
        .seed = s->seed,
        .threads = (int)s->threads,
        .dtype = dtype,
        .log = log_line,
        .log_user = (void *)s,
    });
    if (!ctx) fail_library(NULL);
    shrunk_watch(s->json);
    return ctx;
}

void remark(const settings *s, const char *format, ...)
{
    if (s->quiet) return;
    char text[2048], safe[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(stderr, lin_printable(safe, sizeof safe, text), fprintf(stderr, "linnet: "), 0);
}
