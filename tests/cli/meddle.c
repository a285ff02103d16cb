/* Loaded before the command (LD_PRELOAD), this meddles with the world while it runs. $MEDDLE says how:
 *
 *   clock         every clock jumps, back and forth, by hours
 *   cut FILE      once FILE has been read from, it is cut to 100 bytes
 *   replace FILE  once FILE has been read from, FILE.new takes its place */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool asked(const char *what, const char **rest)
{
    const char *text = getenv("MEDDLE");
    size_t length = strlen(what);
    if (!text || strncmp(text, what, length) != 0) return false;
    *rest = text + length;
    return true;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static unsigned count;
    const char *rest;
    long code = syscall(SYS_clock_gettime, clock, t);
    if (asked("clock", &rest)) t->tv_sec += (++count * 7919 % 13 - 6) * 3600;
    return (int)code;
}

static bool same_file(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

ssize_t read(int fd, void *out, size_t bytes)
{
    static bool done;
    const char *path;
    char other[4096];
    ssize_t got = syscall(SYS_read, fd, out, bytes);
    if (done || got <= 0) return got;
    if (asked("cut ", &path) && same_file(fd, path)) done = truncate(path, 100) == 0;
    if (asked("replace ", &path) && same_file(fd, path)) {
        snprintf(other, sizeof other, "%s.new", path);
        done = rename(other, path) == 0;
    }
    return got;
}
