/* The user's cache: the folder for what was fetched, and in it the file `verified`, which remembers what need not be
 * hashed again. */
#include "data/known.h"

#include "base/error.h"
#include "base/file.h"
#include "base/region.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STAMPS_LIMIT = 1 << 16 };

/* ---- The folder ----------------------------------------------------------------------------------- */

/* Relative paths are ignored, as the XDG Base Directory Specification has it. */
static const char *absolute(const char *variable)
{
    const char *path = getenv(variable);
    return path && *path == '/' ? path : NULL;
}

int lin__cache_folder(lin_ctx *ctx, const char *name, const char **folder)
{
    const char *cache = absolute("XDG_CACHE_HOME"), *home = absolute("HOME");
    *folder = NULL;
    if (!cache && !home) return 0;
    *folder = lin__format(ctx, lin__here(ctx), "%s%s/linnet/%s", cache ? cache : home, cache ? "" : "/.cache", name);
    return *folder ? 0 : LIN_ENOMEM;
}

/* ---- Stamps --------------------------------------------------------------------------------------- */

/* The time is that of the last change of the inode, which no program can put back. */
const char *lin__stamp(lin_ctx *ctx, const char *path, const lin__known_file *file)
{
    struct stat status;
    if (stat(path, &status) != 0) return NULL;
    return lin__format(ctx, lin__here(ctx), "%s %" PRIuMAX " %" PRIdMAX " %" PRIdMAX ".%09ld %s\n", file->sha256,
                       (uintmax_t)status.st_ino, (intmax_t)status.st_size, (intmax_t)status.st_ctim.tv_sec,
                       status.st_ctim.tv_nsec, path);
}

static const char *stamps_path(lin_ctx *ctx, const char *folder)
{
    return lin__format(ctx, lin__here(ctx), "%s/verified", folder);
}

/* The text of the stamps file; "" where there is none that can be used. */
static const char *stamps(lin_ctx *ctx, const char *path)
{
    size_t bytes = 0;
    lin__input *in = lin__input_open(ctx, lin__here(ctx), path, false);
    const char *text = in ? lin__input_rest(in, lin__here(ctx), STAMPS_LIMIT, &bytes) : NULL;
    lin__input_close(in);
    return text ? lin__format(ctx, lin__here(ctx), "%.*s", (int)bytes, text) : "";
}

bool lin__stamp_known(lin_ctx *ctx, const char *folder, const char *stamp)
{
    lin__trial trial;
    lin__try(ctx, &trial);
    const char *path = stamps_path(ctx, folder), *text = path ? stamps(ctx, path) : NULL;
    lin__try_end(ctx, &trial, false);
    return text && strstr(text, stamp);
}

/* All lines but those of the file at `path`. */
static void write_others(lin__output *out, const char *text, const char *path)
{
    size_t length = strlen(path);
    for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
        size_t bytes = (size_t)(end - text);
        bool same = bytes > length && memcmp(end - length, path, length) == 0 && end[-(ptrdiff_t)length - 1] == ' ';
        if (!same) lin__output_write(out, text, bytes + 1);
    }
}

void lin__stamp_keep(lin_ctx *ctx, const char *folder, const char *stamp, const char *path)
{
    lin__trial trial;
    lin__try(ctx, &trial);
    const char *name = lin__make_folder(ctx, folder, LIN__CACHE_MODE) ? NULL : stamps_path(ctx, folder);
    const char *text = name ? stamps(ctx, name) : NULL;
    lin__output *out = text ? lin__output_open(ctx, name) : NULL;
    if (out) {
        write_others(out, text, path);
        lin__output_write(out, stamp, strlen(stamp));
        lin__output_commit(out);
    }
    lin__try_end(ctx, &trial, false);
}
