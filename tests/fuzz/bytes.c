/* Files in the making, and the draws that make them. */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void bytes_replace(bytes *b, size_t from, size_t count, const void *with, size_t size)
{
    static unsigned char copy[BYTES_ROOM];
    if (from > b->size || count > b->size - from || size > BYTES_ROOM || b->size - count + size > BYTES_ROOM) return;
    if (size) memcpy(copy, with, size);
    memmove(b->at + from + size, b->at + from + count, b->size - from - count);
    if (size) memcpy(b->at + from, copy, size);
    b->size = b->size - count + size;
    b->at[b->size] = 0;
}

void bytes_append(bytes *b, const void *data, size_t size)
{
    if (size > BYTES_ROOM - b->size) return;
    if (size) memmove(b->at + b->size, data, size);
    b->size += size;
    b->at[b->size] = 0;
}

void bytes_print(bytes *b, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bytes_append(b, text, size < (int)sizeof text ? (size_t)size : sizeof text - 1);
}

size_t fuzz_gzip(const void *data, size_t size, unsigned char out[BYTES_ROOM], unsigned how)
{
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size, .next_out = out, .avail_out = BYTES_ROOM};
    gz_header head = {.name = (Bytef *)"a name", .extra = (Bytef *)"extra", .extra_len = 5, .hcrc = 1};
    if (deflateInit2(&z, (int)(how % 10), Z_DEFLATED, 16 + MAX_WBITS, 8, (int)(how / 16 % 5)) != Z_OK) return 0;
    if (how / 128 % 2) deflateSetHeader(&z, &head);
    bool whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
    deflateEnd(&z);
    return whole ? z.total_out : 0;
}

void bytes_gzip(bytes *b, unsigned how)
{
    static unsigned char out[BYTES_ROOM];
    size_t size = fuzz_gzip(b->at, b->size, out, how);
    if (size) bytes_replace(b, 0, b->size, out, size);
}

uint64_t fuzz_draw(fuzz_random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

size_t fuzz_below(fuzz_random *r, size_t n)
{
    return n ? (size_t)(fuzz_draw(r) % n) : 0;
}
