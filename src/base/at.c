/* Plain files that are read at any place, by any thread: what is too large for memory and for address space. */
#include "base/file.h"

#include "base/error.h"
#include "base/region.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void close_at_end(void *file)
{
    close(((lin__file *)file)->fd);
}

lin__file *lin__file_open(lin_ctx *ctx, uint32_t depth, int fd, const char *path, int64_t offset)
{
    lin__file *f = lin__alloc(ctx, depth, sizeof *f);
    if (!f) return NULL;
    *f = (lin__file){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .offset = offset, .path = lin__strdup(ctx, depth, path)};
    if (f->fd < 0) {
        lin__fail_file(ctx, LIN_EIO, path, "cannot be kept open: %s", strerror(errno));
        return NULL;
    }
    if (f->path && !lin__at_end(ctx, depth, close_at_end, f)) return f;
    close(f->fd);
    return NULL;
}

int lin__file_read(const lin__file *f, size_t at, size_t bytes, void *out)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t got = pread(f->fd, (char *)out + done, bytes - done, f->offset + (int64_t)(at + done));
        if (got > 0)
            done += (size_t)got;
        else if (got == 0)
            return ENODATA;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

int lin__file_failed(lin_ctx *ctx, const lin__file *f, int error)
{
    if (error == ENODATA) return lin__fail_file(ctx, LIN_EDATA, f->path, "became shorter while it was read");
    return lin__fail_file(ctx, LIN_EIO, f->path, "cannot be read: %s", strerror(error));
}
