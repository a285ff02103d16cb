/* The standard streams: from what may be closed at the start to what may not be written at the end. */
#include "streams.h"

#include "failure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void streams_prepare(void)
{
    /* The wrong direction on purpose: a write to what was closed still fails. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) (void)!open("/dev/null", fd ? O_RDONLY : O_WRONLY);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* beyond a limit of file sizes a write fails, and is cleaned up after */
}

static int stdout_error;

void stdout_put(const char *text)
{
    if (fputs(text, stdout) < 0 && !stdout_error) stdout_error = errno;
}

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
