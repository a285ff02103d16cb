/* Figures on standard output, and in files. */
#include "picture.h"

#include "context.h"
#include "failure.h"
#include "streams.h"

#include <stdlib.h>
#include <string.h>

int picture_check(const settings *s, const char *option, const char *path)
{
    if (!path) return 0;
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
    int code = ctx ? lin_can_savefig(ctx, path) : LIN_ENOMEM;
    if (code == LIN_EINVAL)
        fail_usage(s->verb->name, "%s %.1000s: pictures are .png, .svg or .pdf, by the ending of the name", option,
                   path);
    else if (code)
        fail_library(ctx);
    lin_ctx_free(ctx);
    return failure_code();
}

static bool says_true_color(void)
{
    const char *more = getenv("COLORTERM");
    return more && (strstr(more, "truecolor") || strstr(more, "24bit"));
}

/* What standard output can show, as far as the command line leaves it to that. */
static lin_terminal terminal_asked_for(const settings *s)
{
    lin_terminal t = lin_terminal_of(stdout);
    if (s->color && strcmp(s->color, "never") == 0) t.colors = LIN_NO_COLORS;
    if (s->color && strcmp(s->color, "always") == 0 && t.colors == LIN_NO_COLORS)
        t.colors = says_true_color() ? LIN_TRUE_COLORS : LIN_COLORS_256;
    if (s->theme) t.theme = strcmp(s->theme, "dark") == 0 ? LIN_DARK : LIN_LIGHT;
    if (t.in_place && t.rows > 1) t.rows--; /* for the prompt */
    return t;
}

int picture_put(const settings *s, lin_figure *figure, const char *path)
{
    lin_ctx *ctx = lin_figure_context(figure);
    if (path) {
        const lin_savefig_options options = {.theme = s->theme && strcmp(s->theme, "dark") == 0 ? LIN_DARK : LIN_LIGHT,
                                             .dpi = (double)s->dpi};
        if (lin_savefig(figure, path, &options)) return fail_library(ctx);
        remark(s, "the picture is in %s", path);
        return 0;
    }
    lin_terminal t = terminal_asked_for(s);
    const char *frame = lin_frame(figure, &t);
    if (!frame) return fail_library(ctx);
    stdout_put(frame);
    return 0;
}

lin_names names_of(const char *const *names, int count)
{
    return (lin_names){.count = names ? count : 0, .at = names};
}
