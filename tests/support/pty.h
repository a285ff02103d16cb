/* tests/support/pty.h: a pseudo-terminal of a given size. */
#ifndef LINNET_TESTS_PTY_H
#define LINNET_TESTS_PTY_H

#include "support/support.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

typedef struct pty {
    int master;
    FILE *terminal; /* what a program writes to */
} pty;

static inline void pty_resize(const pty *p, int columns, int rows)
{
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    assert_int_equal(ioctl(p->master, TIOCSWINSZ, &size), 0);
}

/* skip() where the system gives none. */
static inline pty pty_open(int columns, int rows)
{
    pty p = {.master = posix_openpt(O_RDWR | O_NOCTTY)};
    if (p.master < 0 || grantpt(p.master) != 0 || unlockpt(p.master) != 0) skip();
    int slave = open(ptsname(p.master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    struct termios t;
    assert_int_equal(tcgetattr(slave, &t), 0);
    t.c_oflag &= (tcflag_t)~OPOST; /* bytes arrive as they were written */
    assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
    p.terminal = fdopen(slave, "w");
    assert_non_null(p.terminal);
    pty_resize(&p, columns, rows);
    return p;
}

/* What was written since the last call; `out` has `size` bytes. */
static inline size_t pty_read(const pty *p, char *out, size_t size)
{
    size_t used = 0;
    struct pollfd ready = {.fd = p->master, .events = POLLIN};
    while (used + 1 < size && poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN)) {
        ssize_t got = read(p->master, out + used, size - 1 - used);
        if (got <= 0) break;
        used += (size_t)got;
    }
    out[used] = '\0';
    return used;
}

static inline void pty_close(pty *p)
{
    if (p->terminal) fclose(p->terminal);
    if (p->master >= 0) close(p->master);
    p->terminal = NULL;
    p->master = -1;
}

#endif
