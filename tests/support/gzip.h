/* tests/support/gzip.h: gzip streams in memory and in files. */
#ifndef LINNET_TESTS_GZIP_H
#define LINNET_TESTS_GZIP_H

#include "support/files.h"

#include <zlib.h>

/* One gzip member of these bytes, malloc'd. */
static inline unsigned char *gzip(const void *data, size_t bytes, size_t *zipped)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, bytes);
    unsigned char *out = malloc(room);
    assert_non_null(out);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)bytes;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *zipped = z.total_out;
    deflateEnd(&z);
    return out;
}

static inline void put_gzip(const char *path, const void *data, size_t bytes)
{
    size_t zipped;
    unsigned char *all = gzip(data, bytes, &zipped);
    put_file(path, all, zipped);
    free(all);
}

#endif
