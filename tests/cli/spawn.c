/* spawn HOW COMMAND…: run the linnet command in a situation that a shell cannot make reliably.
 *
 *   closed-pipe        stdout is a pipe that nobody reads any more
 *   terminal           stderr is a terminal ($SPAWN_TERM, otherwise a vt100); what it shows is copied to stdout
 *   out-terminal       stdout is, and what it shows is copied to this one
 *   INT | TERM | HUP   that signal is sent when the first epoch has been reported on stderr, whose "epoch" lines are left out
 *   both               INT and TERM are there together
 *   ctrl-c             stderr is its terminal, where Ctrl-C is pressed after the first epoch; what it shows is copied to stdout
 *
 * The exit code is the command's; 128 + n if signal n ended it. Signals begin with their usual meaning. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(99);
}

/* The child, with `end` as its stream number `fd`. */
static pid_t start(char **command, int end, int fd)
{
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child) {
        close(end);
        return child;
    }
    const int usual[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        signal(usual[i], SIG_DFL);
    dup2(end, fd);
    close(end);
    execvp(command[0], command);
    die(command[0]);
    return 0;
}

static int finish(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) die("waitpid");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int closed_pipe(char **command)
{
    int ends[2];
    if (pipe(ends)) die("pipe");
    close(ends[0]);
    return finish(start(command, ends[1], STDOUT_FILENO));
}

/* `press`: Ctrl-C, once there is something to see. */
static int terminal(char **command, int fd, bool press)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) die("posix_openpt");
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (slave < 0) die("ptsname");
    fcntl(master, F_SETFD, FD_CLOEXEC);
    const char *term = getenv("SPAWN_TERM");
    setenv("TERM", term ? term : "vt100", 1);
    if (press) signal(SIGINT, SIG_IGN); /* it goes to all that belong to the terminal */
    if (press && (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0))) die("TIOCSCTTY");
    pid_t child = start(command, slave, fd);
    char text[4096];
    ssize_t got;
    while ((got = read(master, text, sizeof text - 1)) > 0) {
        text[got] = '\0';
        fputs(text, stdout);
        if (press && strstr(text, "epoch") && write(master, "\003", 1) == 1) press = false;
    }
    return finish(child);
}

/* A stopped process gets what was sent meanwhile when it goes on: the lower number first. */
static void send_both(pid_t child)
{
    kill(child, SIGSTOP);
    waitpid(child, NULL, WUNTRACED);
    kill(child, SIGINT);
    kill(child, SIGTERM);
    kill(child, SIGCONT);
}

/* number 0: both. */
static int interrupt(int number, char **command)
{
    int ends[2];
    if (pipe(ends)) die("pipe");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    pid_t child = start(command, ends[1], STDERR_FILENO);
    FILE *in = fdopen(ends[0], "r");
    char line[4096];
    bool sent = false;
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, "epoch ", 6) != 0) {
            fputs(line, stderr);
        } else if (!sent) {
            sent = true;
            number ? (void)kill(child, number) : send_both(child);
        }
    }
    return finish(child);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    const char *how = argv[1];
    char **command = argv + 2;
    if (strcmp(how, "closed-pipe") == 0) return closed_pipe(command);
    if (strcmp(how, "terminal") == 0) return terminal(command, STDERR_FILENO, false);
    if (strcmp(how, "out-terminal") == 0) return terminal(command, STDOUT_FILENO, false);
    if (strcmp(how, "INT") == 0) return interrupt(SIGINT, command);
    if (strcmp(how, "TERM") == 0) return interrupt(SIGTERM, command);
    if (strcmp(how, "HUP") == 0) return interrupt(SIGHUP, command);
    if (strcmp(how, "ctrl-c") == 0) return terminal(command, STDERR_FILENO, true);
    if (strcmp(how, "both") == 0) return interrupt(0, command);
    return 2;
}
