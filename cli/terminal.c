/* Terminals and standard streams. */
#include "terminal.h"

#include "failure.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

void streams_prepare(void)
{
    /* The wrong direction on purpose: a write to what was closed still fails. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) (void)!open("/dev/null", fd ? O_RDONLY : O_WRONLY);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* beyond a limit of file sizes a write fails, and is cleaned up after */
}

static int stdout_error;

bool stdout_stands(void)
{
    bool flushed = fflush(stdout) == 0;
    if (flushed && !ferror(stdout)) return true;
    if (!stdout_error) stdout_error = flushed ? EIO : errno; /* what an earlier write said is gone */
    return false;
}

int streams_finish(int code)
{
    if (stdout_stands()) return code;
    if (stdout_error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    if (code) return code;
    fail(EXIT_FAILED, "cannot write to standard output: %s", strerror(stdout_error));
    return failure_report(false);
}
