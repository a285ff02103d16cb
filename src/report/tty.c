/* What a stream can show, and showing a figure on it. */
#include "report/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

/* The locale's variables in their order of precedence; the library itself sets no locale. */
static bool speaks_utf8(void)
{
    const char *locale = variable("LC_ALL");
    if (!*locale) locale = variable("LC_CTYPE");
    if (!*locale) locale = variable("LANG");
    return strcasestr(locale, "UTF-8") || strcasestr(locale, "UTF8");
}

/* NO_COLOR counts whatever it says (no-color.org). */
static lin_colors colors_of(const char *term)
{
    const char *more = variable("COLORTERM");
    if (*variable("NO_COLOR") || !*term || !strcmp(term, "dumb")) return LIN_NO_COLORS;
    if (strstr(more, "truecolor") || strstr(more, "24bit") || strstr(term, "direct")) return LIN_TRUE_COLORS;
    return LIN_COLORS_256;
}

/* "foreground;background", the last number one of 16 colours: 7 and 15 are light. */
static lin_theme theme_of(void)
{
    const char *last = strrchr(variable("COLORFGBG"), ';');
    if (!last) return LIN_DARK;
    return !strcmp(last, ";7") || !strcmp(last, ";15") ? LIN_LIGHT : LIN_DARK;
}

static int within(int size, int otherwise)
{
    return size < 1 ? otherwise : size > LIN_TERMINAL_MAX ? LIN_TERMINAL_MAX : size;
}

lin_terminal lin_terminal_of(FILE *out)
{
    lin_terminal t = {.columns = 80, .rows = 24, .ascii = !speaks_utf8(), .scrolls = true, .theme = theme_of()};
    int fd = out ? fileno(out) : -1;
    if (fd < 0 || !isatty(fd)) return t;
    struct winsize size = {0};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0) {
        t.columns = within(size.ws_col, 80);
        t.rows = within(size.ws_row, 24);
    }
    const char *term = variable("TERM");
    t.colors = colors_of(term);
    t.in_place = *term && strcmp(term, "dumb") != 0;
    return t;
}

int lin_show(lin_figure *figure, FILE *out)
{
    if (!lin__figure_alive(figure, "show")) return LIN_EINVAL;
    if (!out) return lin__fail_null(figure->ctx, "show: the file");
    lin_terminal t = lin_terminal_of(out);
    if (t.in_place && t.rows > 1) t.rows--; /* for the prompt */
    lin_region scratch = lin_mark(figure->ctx);
    const char *text = scratch.ctx ? lin_frame(figure, &t) : NULL;
    int code = text ? 0 : lin_error_code_of(figure->ctx);
    if (text && (fputs(text, out) == EOF || fflush(out) != 0))
        code = lin__fail(figure->ctx, LIN_EIO, "show: the figure cannot be written: %s", strerror(errno));
    lin_release(scratch);
    return code;
}
