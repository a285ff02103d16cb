/* Outputs: a file that appears whole or not at all. What is not a plain file (a pipe, a device) cannot be replaced by
 * another one, and is written as it is. */
#include "base/file.h"

#include "base/error.h"
#include "base/region.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED = 100, LINKS_FOLLOWED = 40 };

struct lin__output {
    lin_ctx *ctx;
    const char *named; /* the path as the caller has it, for messages */
    char *path;        /* where it is to stand: links followed; malloc'd */
    char *temporary;   /* beside it, malloc'd; NULL: `path` itself is written */
    int fd;            /* -1: closed */
    int code;          /* of the first failure */
};

void lin__output_discard(lin__output *out)
{
    if (!out) return;
    if (out->fd >= 0) close(out->fd);
    out->fd = -1;
    if (out->temporary) unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    out->temporary = out->path = NULL;
}

static void discard_at_end(void *output)
{
    lin__output_discard(output);
}

/* Everything is undone before the cause is recorded: recording may end the program. */
static int cannot_write(lin__output *out, const char *what, int error)
{
    lin__output_discard(out);
    out->code = LIN_EIO;
    const char *hint = error == ENOSPC || error == EDQUOT                    ? ": make room, or write elsewhere"
                       : error == EACCES || error == EROFS || error == EPERM ? ": write elsewhere"
                       : error == ENOENT                                     ? ": make its folder first"
                                                                             : "";
    return lin__fail_file(out->ctx, LIN_EIO, out->named, "%s: %s%s", what, strerror(error), hint);
}

/* "folder/.linnet-PID-K.tmp": short, whatever the length of the name it stands for. */
static char *temporary_name(const char *path)
{
    static atomic_uint count;
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    char *name = NULL;
    int length = asprintf(&name, "%.*s.linnet-%ld-%u.tmp", folder, path, (long)getpid(), atomic_fetch_add(&count, 1));
    return length < 0 ? NULL : name;
}

/* The process that left a temporary file of that name; 0 if it is none. */
static pid_t writer_of(const char *name)
{
    static const char before[] = ".linnet-", behind[] = ".tmp";
    size_t length = strlen(name);
    if (length < sizeof before + sizeof behind || strncmp(name, before, sizeof before - 1) != 0) return 0;
    if (strcmp(name + length - (sizeof behind - 1), behind) != 0) return 0;
    long pid = strtol(name + sizeof before - 1, NULL, 10);
    return pid > 0 && pid == (pid_t)pid ? (pid_t)pid : 0;
}

void lin__remove_left(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) return;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        pid_t pid = writer_of(entry->d_name);
        if (pid && kill(pid, 0) != 0 && errno == ESRCH) unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}

/* A new file beside `path`, with the permissions of the one that it will replace. */
static int open_temporary(lin__output *out, const struct stat *old)
{
    for (int taken = 0; taken < NAMES_TRIED;) {
        char *name = temporary_name(out->path);
        if (!name) return cannot_write(out, "cannot be written", ENOMEM);
        out->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out->fd >= 0) {
            out->temporary = name;
            if (old) (void)!fchmod(out->fd, old->st_mode & 0777); /* a courtesy: the content is what matters */
            return 0;
        }
        free(name);
        if (errno == EEXIST)
            taken++;
        else if (errno != EINTR)
            break;
    }
    return cannot_write(out, "cannot be created", errno);
}

/* Where links lead, so that they stay and what they lead to is written, be it there yet or not. malloc'd; NULL with errno. */
static char *followed(const char *path)
{
    char *at = strdup(path);
    for (int i = 0; at && i < LINKS_FOLLOWED; i++) {
        char target[PATH_MAX], *next = NULL;
        ssize_t length = readlink(at, target, sizeof target - 1);
        if (length < 0) return at; /* no link: here it is */
        target[length] = '\0';
        const char *slash = strrchr(at, '/');
        int folder = slash && *target != '/' ? (int)(slash + 1 - at) : 0;
        if (asprintf(&next, "%.*s%s", folder, at, target) < 0) next = NULL;
        free(at);
        at = next;
    }
    int error = at ? ELOOP : ENOMEM;
    free(at);
    errno = error;
    return NULL;
}

static int closed(lin__output *out)
{
    return lin__fail_file(out->ctx, LIN_EINVAL, out->named, "this output is closed already");
}

static int open_output(lin__output *out, const char *path)
{
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (!exists && errno != ENOENT) return cannot_write(out, "cannot be written", errno);
    if (exists && S_ISDIR(old.st_mode)) return cannot_write(out, "cannot be written", EISDIR);
    bool device = exists && !S_ISREG(old.st_mode);
    out->path = device ? strdup(path) : followed(path);
    if (!out->path) return cannot_write(out, "cannot be written", errno);
    if (!device) return open_temporary(out, exists ? &old : NULL);
    do
        out->fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    while (out->fd < 0 && errno == EINTR);
    return out->fd < 0 ? cannot_write(out, "cannot be written", errno) : 0;
}

lin__output *lin__output_open(lin_ctx *ctx, const char *path)
{
    if (!path || !*path) {
        lin__fail(ctx, LIN_EINVAL, "the path of a file to write is %s", path ? "empty" : "NULL");
        return NULL;
    }
    uint32_t depth = lin__here(ctx);
    lin__output *out = lin__alloc_zeroed(ctx, depth, sizeof *out);
    if (!out) return NULL;
    out->ctx = ctx;
    out->fd = -1;
    out->named = lin__strdup(ctx, depth, path);
    if (!out->named || lin__at_end(ctx, depth, discard_at_end, out)) return NULL;
    return open_output(out, path) ? NULL : out;
}

int lin__output_write(lin__output *out, const void *data, size_t bytes)
{
    if (out->code) return out->code;
    if (out->fd < 0) return closed(out);
    for (size_t done = 0; done < bytes;) {
        ssize_t wrote = write(out->fd, (const char *)data + done, bytes - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote == 0 || errno != EINTR)
            return cannot_write(out, "cannot be written", wrote ? errno : ENOSPC);
    }
    return 0;
}

const char *lin__output_written(const lin__output *out)
{
    return out->temporary ? out->temporary : out->path;
}

int lin__output_commit(lin__output *out)
{
    if (out->code) return out->code;
    if (out->fd < 0) return closed(out);
    if (!lin__synced(out->fd)) return cannot_write(out, "cannot be synced", errno);
    int failed = close(out->fd);
    out->fd = -1;
    if (failed && errno != EINTR) return cannot_write(out, "cannot be closed", errno);
    if (out->temporary) {
        while (rename(out->temporary, out->path) != 0)
            if (errno != EINTR) return cannot_write(out, "cannot be put in its place", errno);
        free(out->temporary);
        out->temporary = NULL; /* it stands: nothing to remove any more */
        if (!lin__folder_synced(out->path)) return cannot_write(out, "stands, but its folder cannot be synced", errno);
    }
    lin__output_discard(out);
    return 0;
}

/* Opening a pipe would wait for its reader, so what is not a plain file is only asked. */
int lin_can_write(lin_ctx *ctx, const char *path)
{
    if (!ctx) return LIN_EINVAL;
    struct stat old;
    if (path && stat(path, &old) == 0 && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode)) {
        if (access(path, W_OK) == 0) return 0;
        return lin__fail_file(ctx, LIN_EIO, path, "cannot be written: %s", strerror(errno));
    }
    lin__output *out = lin__output_open(ctx, path);
    if (!out) return lin_error_code_of(ctx);
    lin__output_discard(out);
    return 0;
}
