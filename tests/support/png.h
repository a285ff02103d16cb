/* tests/support/png.h: PNG files of every kind, right and wrong, made by hand. */
#ifndef LINNET_TESTS_PNG_H
#define LINNET_TESTS_PNG_H

#include "support/support.h"

#include <stdlib.h>
#include <zlib.h>

enum { PNG_ROOM = 1 << 16 };

typedef struct png {
    uint8_t bytes[PNG_ROOM];
    size_t used;
} png;

static inline void png_u32(uint8_t *out, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(x >> (24 - 8 * i));
}

static inline void png_raw(png *p, const void *data, size_t bytes)
{
    assert_true(p->used + bytes <= sizeof p->bytes);
    memcpy(p->bytes + p->used, data, bytes);
    p->used += bytes;
}

static inline void png_chunk(png *p, const char *type, const void *data, size_t bytes)
{
    uint8_t word[4];
    png_u32(word, (uint32_t)bytes);
    png_raw(p, word, 4);
    size_t from = p->used;
    png_raw(p, type, 4);
    if (bytes) png_raw(p, data, bytes);
    png_u32(word, (uint32_t)crc32(0, p->bytes + from, (uInt)(bytes + 4)));
    png_raw(p, word, 4);
}

static inline void png_begin(png *p, uint32_t width, uint32_t height, int depth, int color, int interlaced)
{
    p->used = 0;
    png_raw(p, "\x89PNG\r\n\x1a\n", 8);
    uint8_t header[13] = {0};
    png_u32(header, width);
    png_u32(header + 4, height);
    header[8] = (uint8_t)depth;
    header[9] = (uint8_t)color;
    header[12] = (uint8_t)interlaced;
    png_chunk(p, "IHDR", header, sizeof header);
}

/* Rows as they are stored, each with its filter byte. */
static inline void png_end(png *p, const void *rows, size_t bytes)
{
    uint8_t packed[PNG_ROOM / 2];
    uLongf length = sizeof packed;
    assert_int_equal(compress(packed, &length, rows, bytes), Z_OK);
    png_chunk(p, "IDAT", packed, length);
    png_chunk(p, "IEND", NULL, 0);
}

static inline void png_save(const png *p, const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(p->bytes, 1, p->used, file), p->used);
    fclose(file);
}

#endif
