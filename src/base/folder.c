/* Folders: made, and synced, so that what stands in them is there after a crash. */
#include "base/error.h"
#include "base/file.h"
#include "base/region.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lin__synced(int fd)
{
    while (fsync(fd) != 0)
        if (errno != EINTR) return errno == EINVAL || errno == ENOTSUP || errno == ENOSYS;
    return true;
}

bool lin__folder_synced(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? strdup("/") : slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
    if (!folder) return false;
    int fd;
    do
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    int error = errno;
    free(folder);
    errno = error;
    if (fd < 0) return errno == EACCES || errno == EPERM; /* a folder that may be written but not read */
    bool good = lin__synced(fd);
    error = errno;
    close(fd);
    errno = error;
    return good;
}

/* 0, or why there is no folder now. */
static int make_one(const char *path, unsigned mode)
{
    struct stat status;
    if (mkdir(path, mode) == 0) return lin__folder_synced(path) ? 0 : errno;
    int error = errno;
    if (stat(path, &status) != 0) return error;
    return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
}

int lin__make_folder(lin_ctx *ctx, const char *folder, unsigned mode)
{
    if (!*folder) return lin__fail(ctx, LIN_EINVAL, "the path of a folder is empty");
    if (strlen(folder) >= PATH_MAX) /* rather than half of the way made */
        return lin__fail_file(ctx, LIN_EIO, folder, "this folder cannot be made: %s", strerror(ENAMETOOLONG));
    char *path = lin__strdup(ctx, lin__here(ctx), folder);
    if (!path) return LIN_ENOMEM;
    for (char *slash = path; slash;) {
        slash = strchr(slash + 1, '/');
        if (slash) *slash = 0;
        int error = make_one(path, mode);
        if (error) return lin__fail_file(ctx, LIN_EIO, path, "this folder cannot be made: %s", strerror(error));
        if (slash) *slash = '/';
    }
    return 0;
}
