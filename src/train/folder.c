/* The folder of a run's checkpoints: checkpoint-STEP.safetensors, the newest and the one before. */
#include "base/error.h"
#include "base/file.h"
#include "base/region.h"
#include "train/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Names ----------------------------------------------------------------------------------------------------------- */

static const char *path_of(const lin__run *r, int64_t number)
{
    return lin__format(r->ctx, lin__here(r->ctx), "%s/checkpoint-%" PRId64 ".safetensors", r->checkpoints.directory,
                       number);
}

/* The number in the name of a checkpoint, or -1. */
static int64_t number_of(const char *name)
{
    enum { DIGITS = 18 };
    static const char before[] = "checkpoint-", behind[] = ".safetensors";
    if (strncmp(name, before, sizeof before - 1) != 0) return -1;
    const char *digits = name + sizeof before - 1;
    size_t count = strspn(digits, "0123456789");
    if (!count || count > DIGITS || (*digits == '0' && count > 1) || strcmp(digits + count, behind) != 0) return -1;
    return strtoll(digits, NULL, 10);
}

/* ---- What is there --------------------------------------------------------------------------------------------------- */

static int cannot_read(const lin__run *r, int error)
{
    return lin__fail_file(r->ctx, LIN_ENOFILE, r->checkpoints.directory, "this folder cannot be read: %s",
                          strerror(error));
}

/* Call f with each name. 0 or a code. */
typedef void lin__name_fn(lin__run *r, int folder, const char *name, void *user);
static int each_name(lin__run *r, lin__name_fn *f, void *user)
{
    DIR *folder = opendir(r->checkpoints.directory);
    if (!folder) return cannot_read(r, errno);
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(folder)); errno = 0)
        f(r, dirfd(folder), entry->d_name, user);
    int error = errno;
    closedir(folder);
    return error ? cannot_read(r, error) : 0;
}

typedef struct newest {
    int64_t limit, number;
} newest;

static void note_newest(lin__run *r, int folder, const char *name, void *user)
{
    (void)r;
    newest *n = user;
    struct stat status;
    int64_t number = number_of(name);
    if (number <= n->number || number >= n->limit) return;
    if (fstatat(folder, name, &status, 0) == 0 && S_ISREG(status.st_mode)) n->number = number;
}

/* The number of the newest checkpoint that is older than `limit`, -1 if there is none. 0 or a code. */
static int find_newest(lin__run *r, int64_t limit, int64_t *number)
{
    newest n = {limit, -1};
    int code = each_name(r, note_newest, &n);
    *number = n.number;
    return code;
}

/* What cannot be removed does no harm. */
static void remove_old(lin__run *r, int folder, const char *name, void *user)
{
    (void)user;
    int64_t number = number_of(name);
    if (number < 0 || number == r->checkpoints.newest || number == r->checkpoints.before) return;
    unlinkat(folder, name, 0);
}

/* ---- Resuming -------------------------------------------------------------------------------------------------------- */

static void say_resumed(const lin__run *r, const char *path)
{
    char place[80];
    if (r->at.step)
        snprintf(place, sizeof place, "step %" PRId64 " of epoch %" PRId64, r->at.step, r->at.epoch);
    else
        snprintf(place, sizeof place, "epoch %" PRId64, r->at.epoch - 1);
    lin__say(r->ctx, LIN_LOG_INFO, "resumed from %s, after %s", path, place);
}

/* Read that one in a trial: 0, or a code with its cause recorded, which of a damaged one is only said if there is another. */
static int try_one(lin__run *r, int64_t number, bool last)
{
    const char *path = path_of(r, number);
    if (!path) return LIN_ENOMEM;
    lin__trial trial;
    lin__try(r->ctx, &trial);
    lin_region step = lin__open(r->ctx, true); /* what is read goes again, and what has identity belongs to the run */
    int code = step.ctx ? lin__checkpoint_read(r, path) : LIN_ENOMEM;
    lin_release(step);
    bool passed_over = (code == LIN_EDATA || code == LIN_EIO) && !last;
    if (passed_over) lin__say(r->ctx, LIN_LOG_WARNING, "%s; going back to the one before", lin_error(r->ctx));
    lin__try_end(r->ctx, &trial, !passed_over);
    if (!code) say_resumed(r, path);
    return code;
}

/* The newest that is whole. */
static int resume(lin__run *r, int64_t number)
{
    for (;;) {
        int64_t before;
        int code = find_newest(r, number, &before);
        if (!code) code = try_one(r, number, before < 0);
        if (!code) {
            r->checkpoints.newest = number;
            r->checkpoints.before = before;
            r->checkpoints.epoch = r->at.epoch;
            r->checkpoints.step = r->at.step;
        }
        bool damaged = code == LIN_EDATA || code == LIN_EIO;
        if (damaged && before < 0)
            lin__say(r->ctx, LIN_LOG_WARNING, "no checkpoint in %s is whole; without them the training begins anew",
                     r->checkpoints.directory);
        if (!damaged || before < 0) return code;
        number = before;
    }
}

/* ---- Beginning ------------------------------------------------------------------------------------------------------- */

static void close_lock(void *arg)
{
    close((int)(intptr_t)arg);
}

/* A run has its folder to itself: two would take each other's files for their own. A file system that knows no locks is trusted. */
static int lock(const lin__run *r)
{
    const char *directory = r->checkpoints.directory;
    int fd;
    do
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) return cannot_read(r, errno);
    if (lin__at_end(r->ctx, r->depth, close_lock, (void *)(intptr_t)fd)) {
        close(fd);
        return LIN_ENOMEM;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return 0;
    return lin__fail_file(r->ctx, LIN_EIO, directory, "another run is writing its checkpoints there");
}

/* Is it there, ours alone, and can it be written? */
static int take_folder(lin__run *r)
{
    int code = lin__make_folder(r->ctx, r->checkpoints.directory, 0777);
    if (!code) code = lock(r);
    if (code) return code;
    lin__remove_left(r->checkpoints.directory);
    const char *path = path_of(r, 0);
    return path ? lin_can_write(r->ctx, path) : LIN_ENOMEM;
}

static void forget_settings(void *arg)
{
    json_decref(arg);
}

static int describe(lin__run *r)
{
    lin__checkpoints *c = &r->checkpoints;
    c->settings = lin__settings(r);
    if (!c->settings) return lin_error_code_of(r->ctx);
    if (lin__at_end(r->ctx, r->depth, forget_settings, c->settings)) {
        json_decref(c->settings);
        return LIN_ENOMEM;
    }
    c->history = lin_history_new(r->ctx);
    return c->history ? 0 : LIN_ENOMEM;
}

int lin__checkpoints_begin(lin__run *r)
{
    const lin_checkpoint_options *o = &r->options->checkpoint;
    r->checkpoints = (lin__checkpoints){.directory = o->directory, .newest = -1, .before = -1};
    if (!o->directory) return 0;
    int64_t number;
    int code = take_folder(r);
    if (!code) code = describe(r);
    if (!code) code = find_newest(r, INT64_MAX, &number);
    if (code) return code;
    if (number >= 0 && o->resume) return resume(r, number);
    if (number >= 0)
        return lin__fail_file(r->ctx, LIN_EINVAL, o->directory,
                              "holds checkpoints of a run: resume it, or name another folder");
    if (o->resume) lin__say(r->ctx, LIN_LOG_WARNING, "no checkpoint in %s: starting afresh", o->directory);
    return 0;
}

/* ---- Writing --------------------------------------------------------------------------------------------------------- */

static int save(lin__run *r)
{
    lin__checkpoints *c = &r->checkpoints;
    int64_t number = r->at.steps_done;
    const char *path = path_of(r, number);
    int code = path ? lin__checkpoint_write(r, path) : LIN_ENOMEM;
    if (code) return code;
    c->epoch = r->at.epoch;
    c->step = r->at.step;
    if (number != c->newest) c->before = c->newest;
    c->newest = number;
    return each_name(r, remove_old, NULL);
}

int lin__checkpoints_save(lin__run *r)
{
    const lin__checkpoints *c = &r->checkpoints;
    if (!c->directory || !r->at.steps_done || (c->epoch == r->at.epoch && c->step == r->at.step)) return 0;
    lin_region mark = lin_mark(r->ctx);
    int code = mark.ctx ? save(r) : LIN_ENOMEM;
    lin_release(mark);
    return code;
}

/* Not behind the last update of an epoch, whose end comes with a checkpoint of its own. */
int lin__checkpoints_step(lin__run *r)
{
    int64_t every = r->options->checkpoint.every;
    bool due = every && r->at.steps_done % every == 0 && r->at.step < lin_loader_batches(r->loader);
    return due ? lin__checkpoints_save(r) : 0;
}
