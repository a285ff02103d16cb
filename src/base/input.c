/* Inputs: a file, a pipe or a device, read from front to back; a gzip stream is inflated on the way. */
#include "base/file.h"

#include "base/error.h"
#include "base/region.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 1 << 16, LARGEST_PIECE = 1 << 24 };

/* Reading takes at most 64 MB and 4 times the file as stored. This much of it is content; the rest is for the rounding of large
 * allocations, by up to a quarter, and for buffers. */
enum { ROOM = 48 << 20, ROOM_STORED = 3 };

struct lin__input {
    lin_ctx *ctx;
    const char *path;
    int fd; /* -1: closed */
    bool gzip;
    bool member_done;      /* the last gzip member ended; another one, zeros or the end may follow */
    int64_t stored;        /* size as stored; -1 if not a regular file */
    int64_t at;            /* bytes of content handed out */
    int64_t raw;           /* bytes taken from the file into the buffer */
    unsigned char *buffer; /* BUFFER bytes, malloc'd: gone when the input is closed */
    size_t from, to;       /* what of the buffer is not used yet */
    z_stream z;
};

bool lin__shape_bytes(const int64_t *dims, int count, size_t size, size_t *out)
{
    size_t bytes = size;
    bool empty = false;
    for (int i = 0; i < count; i++) { /* a zero size does not excuse an overflow of the others */
        if (dims[i] < 0) return false;
        if (dims[i] == 0)
            empty = true;
        else if (!lin__mul_size(bytes, (size_t)dims[i], &bytes))
            return false;
    }
    if (bytes > PTRDIFF_MAX) return false;
    *out = empty ? 0 : bytes;
    return true;
}

/* ---- Opening and closing -------------------------------------------------------------------------- */

static int cannot_open(lin_ctx *ctx, const char *path, int error)
{
    struct stat link;
    bool dangles = error == ENOENT && lstat(path, &link) == 0;
    const char *why = dangles                 ? "its symbolic link leads to no file"
                      : error == ENOENT       ? "there is no such file"
                      : error == EACCES       ? "no permission to read it"
                      : error == EISDIR       ? "is a directory, expected a file"
                      : error == ENOTDIR      ? "a part of the path is not a directory"
                      : error == ELOOP        ? "its symbolic links go in a circle"
                      : error == ENAMETOOLONG ? "the name is too long"
                                              : NULL;
    if (why) return lin__fail_file(ctx, LIN_ENOFILE, path, "%s", why);
    return lin__fail_file(ctx, LIN_ENOFILE, path, "cannot be opened: %s", strerror(error));
}

void lin__input_close(lin__input *in)
{
    if (!in || in->fd < 0) return;
    if (in->gzip) inflateEnd(&in->z);
    free(in->buffer);
    in->buffer = NULL;
    close(in->fd); /* read only: nothing can be lost here */
    in->fd = -1;
}

static void close_at_end(void *input)
{
    lin__input_close(input);
}

/* Up to `bytes` from the file; 0 at its end, negative with a cause. */
static int64_t read_raw(lin__input *in, void *out, size_t bytes)
{
    if (bytes > PTRDIFF_MAX) bytes = PTRDIFF_MAX;
    for (;;) {
        ssize_t got = read(in->fd, out, bytes);
        if (got >= 0) {
            in->raw += got;
            return got;
        }
        if (errno == EINTR) continue;
        if (errno == EISDIR) return cannot_open(in->ctx, in->path, EISDIR);
        return lin__fail_byte(in->ctx, LIN_EIO, in->path, in->raw, "cannot be read: %s", strerror(errno));
    }
}

/* Have at least `least` bytes in the buffer, fewer only at the end of the file. How many there are, or a code. */
static int64_t fill(lin__input *in, size_t least)
{
    if (in->to - in->from >= least) return (int64_t)(in->to - in->from);
    memmove(in->buffer, in->buffer + in->from, in->to - in->from);
    in->to -= in->from;
    in->from = 0;
    while (in->to < least) {
        int64_t got = read_raw(in, in->buffer + in->to, BUFFER - in->to);
        if (got < 0) return got;
        if (got == 0) break;
        in->to += (size_t)got;
    }
    return (int64_t)in->to;
}

static bool starts_gzip(const lin__input *in)
{
    return in->to - in->from >= 2 && in->buffer[in->from] == 0x1f && in->buffer[in->from + 1] == 0x8b;
}

static int begin(lin__input *in, bool gunzip)
{
    struct stat status;
    if (fstat(in->fd, &status) != 0) return cannot_open(in->ctx, in->path, errno);
    if (S_ISDIR(status.st_mode)) return cannot_open(in->ctx, in->path, EISDIR);
    in->stored = S_ISREG(status.st_mode) ? (int64_t)status.st_size : -1;
    in->buffer = malloc(BUFFER);
    if (!in->buffer) return lin__fail_memory(in->ctx, BUFFER);
    if (!gunzip) return 0;
    int64_t got = fill(in, 2);
    if (got < 0) return (int)got;
    if (!starts_gzip(in)) return 0;
    if (inflateInit2(&in->z, 16 + MAX_WBITS) != Z_OK) return lin__fail_memory(in->ctx, sizeof in->z);
    in->gzip = true;
    return 0;
}

lin__input *lin__input_open(lin_ctx *ctx, uint32_t depth, const char *path, bool gunzip)
{
    if (!path || !*path) {
        lin__fail(ctx, LIN_EINVAL, "the path of a file to read is %s", path ? "empty" : "NULL");
        return NULL;
    }
    lin__input *in = lin__alloc_zeroed(ctx, depth, sizeof *in);
    if (!in) return NULL;
    in->ctx = ctx;
    in->fd = -1;
    in->path = lin__strdup(ctx, depth, path);
    if (!in->path || lin__at_end(ctx, depth, close_at_end, in)) return NULL;
    do
        in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (in->fd < 0 && errno == EINTR);
    if (in->fd < 0) {
        cannot_open(ctx, path, errno);
        return NULL;
    }
    if (begin(in, gunzip)) {
        lin__input_close(in);
        return NULL;
    }
    return in;
}

int64_t lin__input_at(const lin__input *in)
{
    return in->at;
}

int64_t lin__input_stored(const lin__input *in)
{
    return in->stored;
}

int64_t lin__input_left(const lin__input *in)
{
    return in->gzip || in->stored < in->at ? -1 : in->stored - in->at;
}

const char *lin__input_path(const lin__input *in)
{
    return in->path;
}

/* Of a pipe only what has come is known. */
size_t lin__input_room(const lin__input *in)
{
    int64_t stored = in->stored > in->raw ? in->stored : in->raw;
    return ROOM + ROOM_STORED * (size_t)stored;
}

bool lin__input_swells(const lin__input *in)
{
    return in->gzip;
}

/* ---- Reading -------------------------------------------------------------------------------------- */

static int bad_gzip(lin__input *in, const char *what)
{
    return lin__fail_file(in->ctx, LIN_EDATA, in->path, "byte %" PRId64 " as stored: %s",
                          in->raw - (int64_t)(in->to - in->from), what);
}

/* Between members: another one begins (1), the file ends, zeros before that skipped (0), or a code. */
static int next_member(lin__input *in)
{
    bool zeros = false;
    for (;;) {
        int64_t got = fill(in, 2);
        if (got < 0) return (int)got;
        if (got == 0) return 0;
        if (!zeros && starts_gzip(in)) break;
        if (in->buffer[in->from] != 0) return bad_gzip(in, "what follows the gzip stream is not another one");
        zeros = true; /* padding, as tapes have it */
        in->from++;
    }
    if (inflateReset(&in->z) != Z_OK) return bad_gzip(in, "the gzip stream cannot be followed by another one");
    in->member_done = false;
    return 1;
}

/* Up to `bytes` inflated bytes; 0 at the end. */
static int64_t inflate_some(lin__input *in, void *out, size_t bytes)
{
    uInt room = bytes < (size_t)1 << 30 ? (uInt)bytes : (uInt)1 << 30;
    for (;;) {
        if (in->member_done) {
            int more = next_member(in);
            if (more <= 0) return more;
        }
        int64_t got = fill(in, 1);
        if (got < 0) return got;
        if (got == 0) return bad_gzip(in, "the gzip stream is cut off");
        in->z.next_in = in->buffer + in->from;
        in->z.avail_in = (uInt)got;
        in->z.next_out = out;
        in->z.avail_out = room;
        int code = inflate(&in->z, Z_NO_FLUSH);
        in->from = in->to - in->z.avail_in;
        if (code == Z_STREAM_END)
            in->member_done = true;
        else if (code == Z_MEM_ERROR)
            return lin__fail_memory(in->ctx, BUFFER);
        else if (code != Z_OK && code != Z_BUF_ERROR)
            return bad_gzip(in, code == Z_NEED_DICT ? "the gzip stream needs a dictionary"
                                : in->z.msg         ? in->z.msg
                                                    : "the gzip stream is broken");
        if (in->z.avail_out < room) return room - in->z.avail_out;
    }
}

static int64_t read_some(lin__input *in, void *out, size_t bytes)
{
    if (in->gzip) return inflate_some(in, out, bytes);
    if (in->from == in->to) {
        if (bytes >= BUFFER) return read_raw(in, out, bytes); /* large reads go past the buffer */
        int64_t got = fill(in, 1);
        if (got <= 0) return got;
    }
    size_t have = in->to - in->from, some = have < bytes ? have : bytes;
    memcpy(out, in->buffer + in->from, some);
    in->from += some;
    return (int64_t)some;
}

int64_t lin__input_read(lin__input *in, void *out, size_t bytes)
{
    if (in->fd < 0) return lin__fail_file(in->ctx, LIN_EINVAL, in->path, "is closed");
    size_t done = 0;
    while (done < bytes) {
        int64_t got = read_some(in, (char *)out + done, bytes - done);
        if (got < 0) return got;
        if (got == 0) break;
        done += (size_t)got;
        in->at += got;
    }
    return (int64_t)done;
}

int lin__input_exactly(lin__input *in, void *out, size_t bytes, const char *what)
{
    int64_t got = lin__input_read(in, out, bytes);
    if (got < 0) return (int)got;
    if ((size_t)got == bytes) return 0;
    return lin__fail_file(in->ctx, LIN_EDATA, in->path, "ends after %" PRId64 " bytes, expected %zu more (%s)", in->at,
                          bytes - (size_t)got, what);
}

/* ---- Mapping -------------------------------------------------------------------------------------- */

/* Go on behind the next `bytes` bytes of a plain file. */
static int skip(lin__input *in, size_t bytes)
{
    in->at += (int64_t)bytes;
    if (lseek(in->fd, in->at, SEEK_SET) < 0)
        return lin__fail_byte(in->ctx, LIN_EIO, in->path, in->at, "cannot be read on: %s", strerror(errno));
    in->from = in->to = 0;
    in->raw = in->at;
    return 0;
}

int lin__input_map(lin__input *in, uint32_t depth, size_t bytes, void **data)
{
    *data = NULL;
    int64_t left = lin__input_left(in);
    if (in->fd < 0 || bytes < LIN__LEAST_MAPPED || left < 0 || (uint64_t)left < bytes) return 0;
    int code = lin__map(in->ctx, depth, in->fd, in->path, in->at, bytes, data);
    return code || !*data ? code : skip(in, bytes);
}

lin__file *lin__input_later(lin__input *in, uint32_t depth, size_t bytes)
{
    lin__file *f = lin__file_open(in->ctx, depth, in->fd, in->path, in->at);
    return f && !skip(in, bytes) ? f : NULL;
}

/* ---- Content of unknown length ---------------------------------------------------------------------- */

/* It is gathered in pieces, and copied once its length is known or believed: together at most twice the content and a piece. */
typedef struct piece {
    struct piece *next;
    size_t used;
    unsigned char bytes[];
} piece;

static void free_pieces(piece *first)
{
    for (piece *next; first; first = next) {
        next = first->next;
        free(first);
    }
}

/* Read up to `bytes` bytes into a list of pieces. How many came, or a code. */
static int64_t gather(lin__input *in, size_t bytes, piece **first)
{
    piece **last = first;
    size_t total = 0;
    for (size_t size = BUFFER; total < bytes; size = size < LARGEST_PIECE ? 2 * size : size) {
        size_t room = size < bytes - total ? size : bytes - total;
        piece *p = malloc(sizeof *p + room);
        if (!p) return lin__fail_memory(in->ctx, room);
        p->next = NULL;
        *last = p;
        last = &p->next;
        int64_t got = lin__input_read(in, p->bytes, room);
        if (got < 0) return got;
        p->used = (size_t)got;
        total += p->used;
        if (p->used < room) break;
    }
    return (int64_t)total;
}

/* What a file says of its length is believed, within its room, once this much has come. */
enum { BELIEVED = 1 << 19 };

void *lin__input_upto(lin__input *in, uint32_t depth, size_t bytes, size_t *got)
{
    piece *first = NULL;
    size_t at = 0, some = bytes <= lin__input_room(in) && bytes > BELIEVED ? BELIEVED : bytes;
    int64_t total = gather(in, some, &first);
    bool more = total == (int64_t)some;
    unsigned char *all = total < 0 ? NULL : lin__alloc(in->ctx, depth, more ? bytes : (size_t)total);
    for (piece *p = first; all && p; p = p->next) {
        memcpy(all + at, p->bytes, p->used);
        at += p->used;
    }
    free_pieces(first);
    total = all && more ? lin__input_read(in, all + at, bytes - at) : 0;
    *got = at + (total > 0 ? (size_t)total : 0);
    return total < 0 ? NULL : all;
}

void *lin__input_rest(lin__input *in, uint32_t depth, size_t limit, size_t *bytes)
{
    int64_t left = lin__input_left(in);
    bool too_long = left > 0 && (uint64_t)left > limit; /* known before anything is read */
    void *all = too_long ? NULL : lin__input_upto(in, depth, limit < SIZE_MAX ? limit + 1 : limit, bytes);
    if (!too_long && (!all || *bytes <= limit)) return all;
    lin__fail_file(in->ctx, LIN_EDATA, in->path, "has more than %zu bytes of content, the most that is read", limit);
    return NULL;
}
