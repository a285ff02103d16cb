/* base/file.h: checked arithmetic, reading and mapping, atomic writing, and whether text is UTF-8. */
#ifndef LINNET_BASE_FILE_H
#define LINNET_BASE_FILE_H

#include "base/context.h"

/* a + b, a · b: false on overflow. Every reader computes sizes with these. */
static inline bool lin__add_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
static inline bool lin__mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}
/* Product of `count` non-negative sizes, times `size`, as bytes; false on overflow past PTRDIFF_MAX, zero sizes included. */
bool lin__shape_bytes(const int64_t *dims, int count, size_t size, size_t *out);

/* An open input: a plain file, or a gzip stream told by its first two bytes. Reads retry EINTR and short transfers. */
typedef struct lin__input lin__input;
/* Opened in region `depth`, closed when that ends (or by lin__input_close). NULL with LIN_ENOFILE or LIN_EDATA: missing, a
 * directory, no permission: the message says what to try. `gunzip`: inflate if it is gzip. */
lin__input *lin__input_open(lin_ctx *ctx, uint32_t depth, const char *path, bool gunzip);
void lin__input_close(lin__input *in);
/* Up to `bytes` bytes; how many came (fewer only at the end), or a negative code: LIN_EIO, LIN_EDATA for a broken gzip stream. */
int64_t lin__input_read(lin__input *in, void *out, size_t bytes);
/* Exactly `bytes`, or LIN_EDATA "… ends after N bytes, expected M more". 0 or a code. */
int lin__input_exactly(lin__input *in, void *out, size_t bytes, const char *what);
/* Bytes of (inflated) content read so far; the size of the file as stored (-1 if not a regular file). */
int64_t lin__input_at(const lin__input *in);
int64_t lin__input_stored(const lin__input *in);
/* Bytes of content still to come, where that is known before they are read: in a plain file; otherwise -1. */
int64_t lin__input_left(const lin__input *in);
const char *lin__input_path(const lin__input *in);
/* How much memory may be set aside for content before it is read, whatever it says of itself; and is it content that a small file
 * swells to (gzip), of which no more is taken? */
size_t lin__input_room(const lin__input *in);
bool lin__input_swells(const lin__input *in);
/* Up to `bytes` bytes into region `depth`, fewer only at the end; how many in *got. Grows with what is really there: memory stays
 * within 2 × content. NULL with a cause. */
void *lin__input_upto(lin__input *in, uint32_t depth, size_t bytes, size_t *got);
/* Below this, reading costs less than the faults of a mapping. */
enum { LIN__LEAST_MAPPED = 1 << 20 };
/* Exactly the next `bytes` bytes of a plain file, mapped: memory of region `depth` that can be changed without changing the file,
 * aligned as `at` in the file is. *data is NULL where it cannot be (no plain file, no address space, ctx->no_map, or so
 * little that reading is quicker): read it then. 0 or a code. */
int lin__input_map(lin__input *in, uint32_t depth, size_t bytes, void **data);
/* The same bytes, to be read at any later time (at.c): `in` goes on behind them. NULL with a cause. */
typedef struct lin__file lin__file;
lin__file *lin__input_later(lin__input *in, uint32_t depth, size_t bytes);
/* All the rest, at most `limit` bytes (LIN_EDATA beyond), in the same way. */
void *lin__input_rest(lin__input *in, uint32_t depth, size_t limit, size_t *bytes);

/* Address space that a file leaves to all else; one that would not is not mapped. */
enum { LIN__RESERVE = 1 << 24 };
/* map.c: is there so much address space? */
bool lin__has_room(size_t bytes);
/* `bytes` bytes of an open file from `offset` on, likewise. */
int lin__map(lin_ctx *ctx, uint32_t depth, int fd, const char *path, int64_t offset, size_t bytes, void **data);

/* at.c: an open plain file from `offset` on, read at any place and by any thread; in region `depth`. NULL with a cause. */
struct lin__file {
    int fd;
    int64_t offset;
    const char *path;
};
lin__file *lin__file_open(lin_ctx *ctx, uint32_t depth, int fd, const char *path, int64_t offset);
/* Exactly `bytes` bytes from byte `at` on: 0 or errno's value, ENODATA where the file ends. Touches no context. */
int lin__file_read(const lin__file *f, size_t at, size_t bytes, void *out);
/* The cause of such an error, recorded. Its code. */
int lin__file_failed(lin_ctx *ctx, const lin__file *f, int error);

/* A file that appears whole or not at all: written beside its place under a temporary name, synced, renamed, folder synced.
 * Every failure leaves the old file and removes the temporary one. */
typedef struct lin__output lin__output;
lin__output *lin__output_open(lin_ctx *ctx, const char *path);
int lin__output_write(lin__output *out, const void *data, size_t bytes);
/* Where it is written until it stands: what was written may be read back from there, and judged. */
const char *lin__output_written(const lin__output *out);
/* Make it stand. 0 or a code; `out` is gone either way. */
int lin__output_commit(lin__output *out);
/* Drop it. */
void lin__output_discard(lin__output *out);
/* Remove from a folder the temporary files of processes that were killed. What cannot be removed does no harm. */
void lin__remove_left(const char *folder);

/* Have a folder, and those above it; what is made has `mode`, and is on the disk. 0 or a code. */
int lin__make_folder(lin_ctx *ctx, const char *folder, unsigned mode);
/* Is what was written to fd on the disk now? Pipes and some devices cannot be synced, and need not be. */
bool lin__synced(int fd);
/* Is what was done to the entry of `path` in its folder on the disk now? */
bool lin__folder_synced(const char *path);

/* Is it well-formed UTF-8 (RFC 3629)? */
bool lin__is_utf8(const char *text);

#endif
