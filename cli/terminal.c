/* Terminals: colours, widths, broken lines. */
#include "terminal.h"

#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

static const char *color = "auto";

void terminal_set_color(const char *when)
{
    if (when) color = when;
}

bool is_terminal(FILE *out)
{
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
}

const char *paint(FILE *out, paint_kind kind)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[1;31m"};
    const char *no_color = getenv("NO_COLOR");
    bool wanted =
        strcmp(color, "auto") == 0 ? !(no_color && *no_color) && is_terminal(out) : strcmp(color, "always") == 0;
    return wanted ? codes[kind] : "";
}

int terminal_width(FILE *out)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_WIDTH;
}

void say(FILE *out, const char *text, int column, int indent)
{
    if (isatty(fileno(out)))
        wrap(out, text, column, indent, terminal_width(out));
    else
        fprintf(out, "%s\n", text);
}
