/* SIGBUS: what was mapped is not in the file any more. Nothing can go on, and a handler may call very little: write and _exit. */
#include "shrunk.h"

#include "failure.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define WHAT ": became shorter while it was read"

static volatile sig_atomic_t in_json, on_terminal;
static atomic_flag told = ATOMIC_FLAG_INIT;

static void put(int fd, const char *text)
{
    (void)!write(fd, text, strlen(text));
}

/* The name is printable; JSON wants two characters escaped. */
static void put_escaped(const char *name)
{
    for (; *name; name++) {
        if (*name == '"' || *name == '\\') put(STDOUT_FILENO, "\\");
        (void)!write(STDOUT_FILENO, name, 1);
    }
}

static void on_bus_error(int number, siginfo_t *info, void *unused)
{
    (void)unused;
    const char *name = info->si_code > 0 ? lin_mapped_file(info->si_addr) : NULL; /* from kill there is no address */
    if (!name) { /* it ends the command in the usual way */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    while (atomic_flag_test_and_set(&told)) /* another thread came to the same end, and is telling it */
        pause();
    put(STDERR_FILENO, on_terminal ? "\nlinnet: " : "linnet: "); /* a bar may be drawn there */
    put(STDERR_FILENO, name);
    put(STDERR_FILENO, WHAT "\n");
    if (in_json) {
        put(STDOUT_FILENO, "{\"error\":{\"code\":3,\"message\":\"");
        put_escaped(name);
        put(STDOUT_FILENO, WHAT "\",\"file\":\"");
        put_escaped(name);
        put(STDOUT_FILENO, "\"}}\n");
    }
    _exit(EXIT_DATA);
}
_Static_assert(EXIT_DATA == 3, "as on_bus_error writes it");

void shrunk_watch(bool json)
{
    in_json = json;
    on_terminal = isatty(STDERR_FILENO);
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
}
