/* Unpacked copies of published files, in the cache: to inflate one takes longer than to train on it. A copy is written while
 * its archive is hashed, and known by its stamp: one that has changed since is made anew. Nothing here is a failure; without
 * a copy the archive is read. */
#include "data/known.h"

#include "base/error.h"
#include "base/region.h"

#include <string.h>

#define FOLDER "unpacked"

static bool is_packed(const char *path)
{
    size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".gz") == 0;
}

const char *lin__copy_path(lin_ctx *ctx, const char *cache, const lin__known_file *file, const char *path)
{
    return cache && is_packed(path) ? lin__format(ctx, lin__here(ctx), "%s/" FOLDER "/%s", cache, file->name) : NULL;
}

bool lin__copy_known(lin_ctx *ctx, const char *cache, const lin__known_file *file, const char *copy)
{
    const char *stamp = lin__stamp(ctx, copy, file);
    return stamp && lin__stamp_known(ctx, cache, stamp);
}

lin__output *lin__copy_begin(lin_ctx *ctx, const char *cache, const char *copy)
{
    lin__trial trial;
    lin__try(ctx, &trial);
    const char *folder = lin__format(ctx, lin__here(ctx), "%s/" FOLDER, cache);
    bool there = folder && !lin__make_folder(ctx, folder, LIN__CACHE_MODE);
    if (there) lin__remove_left(folder); /* tens of megabytes each */
    lin__output *out = there ? lin__output_open(ctx, copy) : NULL;
    lin__try_end(ctx, &trial, false);
    return out;
}

void lin__copy_add(lin_ctx *ctx, lin__output *out, const void *data, size_t bytes)
{
    lin__trial trial;
    lin__try(ctx, &trial);
    lin__output_write(out, data, bytes);
    lin__try_end(ctx, &trial, false);
}

/* An output that failed before fails to stand, too. */
bool lin__copy_end(lin_ctx *ctx, const char *cache, const lin__known_file *file, const char *copy, lin__output *out)
{
    lin__trial trial;
    lin__try(ctx, &trial);
    bool stands = lin__output_commit(out) == 0;
    const char *stamp = stands ? lin__stamp(ctx, copy, file) : NULL;
    if (stamp) lin__stamp_keep(ctx, cache, stamp, copy);
    lin__try_end(ctx, &trial, false);
    return stands;
}
