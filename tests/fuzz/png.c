/* PNG files: valid ones of every kind, and changes of what they mean that keep the checksums right. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- Writing ------------------------------------------------------------------------------------- */

static void put_u32(unsigned char *out, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(x >> (24 - 8 * i));
}

static uint32_t get_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void chunk(bytes *b, const char *type, const void *data, size_t size)
{
    unsigned char word[4];
    put_u32(word, (uint32_t)size);
    bytes_append(b, word, 4);
    size_t from = b->size;
    bytes_append(b, type, 4);
    bytes_append(b, data, size);
    put_u32(word, (uint32_t)crc32(0, b->at + from, (uInt)(size + 4)));
    bytes_append(b, word, 4);
}

static void deflated(bytes *b, const char *type, const char *before, size_t before_size, const void *data, size_t size)
{
    static unsigned char packed[BYTES_ROOM];
    memcpy(packed, before, before_size);
    uLongf length = sizeof packed - before_size;
    if (compress(packed + before_size, &length, data, size) == Z_OK) chunk(b, type, packed, before_size + length);
}

/* Samples of a pixel by PNG's colour types. */
static unsigned channels_of(int color)
{
    return color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
}

typedef struct kind {
    unsigned width, height;
    int depth, color;
    bool interlaced;
} kind;

/* The rows of one pass, each with a filter of its own. */
static size_t rows(unsigned char *out, const kind *k, unsigned width, unsigned height)
{
    size_t size = 0, row = ((size_t)width * channels_of(k->color) * (unsigned)k->depth + 7) / 8;
    for (unsigned y = 0; width && y < height; y++) {
        out[size++] = (unsigned char)(y % 5);
        for (size_t i = 0; i < row; i++)
            out[size++] = (unsigned char)(i * 37 + y * 11);
    }
    return size;
}

/* Adam7: where a pass begins, and its steps, across and down. */
static size_t image(unsigned char *out, const kind *k)
{
    static const unsigned passes[7][4] = {{0, 8, 0, 8}, {4, 8, 0, 8}, {0, 4, 4, 8}, {2, 4, 0, 4},
                                          {0, 2, 2, 4}, {1, 2, 0, 2}, {0, 1, 1, 2}};
    if (!k->interlaced) return rows(out, k, k->width, k->height);
    size_t size = 0;
    for (int i = 0; i < 7; i++) {
        const unsigned *p = passes[i];
        size += rows(out + size, k, (k->width + p[1] - 1 - p[0]) / p[1], (k->height + p[3] - 1 - p[2]) / p[3]);
    }
    return size;
}

static void write_png(bytes *b, const kind *k, bool more)
{
    unsigned char head[13] = {0}, some[768], data[8192] = {0};
    for (size_t i = 0; i < sizeof some; i++)
        some[i] = (unsigned char)(i * 5);
    put_u32(head, k->width);
    put_u32(head + 4, k->height);
    head[8] = (unsigned char)k->depth;
    head[9] = (unsigned char)k->color;
    head[12] = k->interlaced;
    bytes_append(b, "\x89PNG\r\n\x1a\n", 8);
    chunk(b, "IHDR", head, sizeof head);
    if (more) chunk(b, "gAMA", "\0\0\xb1\x8f", 4);
    if (k->color == 3) chunk(b, "PLTE", some, 3u << k->depth);
    if (more && k->color < 4) chunk(b, "tRNS", some, k->color == 3 ? 1u << k->depth : 2 * channels_of(k->color));
    if (more) chunk(b, "tEXt", "Comment\0a text", 14);
    if (more) deflated(b, "zTXt", "Comment\0", 9, data, sizeof data);
    if (more) chunk(b, "pHYs", "\0\0\x1e\xc2\0\0\x1e\xc2\1", 9);
    deflated(b, "IDAT", "", 0, data, image(data, k));
    chunk(b, "IEND", "", 0);
}

void fuzz_make_png(corpus *c)
{
    static const struct {
        int color, depth;
    } types[] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
                 {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int variant = 0; variant < 4; variant++) {
            bytes *b = corpus_new(c);
            if (!b) return;
            const kind k = {variant ? 9 : 1, variant ? 7 : 1, types[t].depth, types[t].color, variant & 1};
            write_png(b, &k, variant >= 2);
        }
}

/* ---- Changing ------------------------------------------------------------------------------------ */

/* Where the n-th chunk begins; the end without it. */
static size_t chunk_at(const bytes *b, size_t n)
{
    size_t at = 8;
    for (; n > 0 && at + 12 <= b->size; n--) {
        uint32_t size = get_u32(b->at + at);
        if (size > b->size - at - 12) break;
        at += 12 + size;
    }
    return at + 12 <= b->size && get_u32(b->at + at) <= b->size - at - 12 ? at : b->size;
}

static void mend(bytes *b, size_t at)
{
    uint32_t size = get_u32(b->at + at);
    put_u32(b->at + at + 8 + size, (uint32_t)crc32(0, b->at + at + 4, size + 4));
}

/* The image's own bytes: what is packed becomes something else, and is packed again. */
static void change_image(fuzz_random *r, bytes *b, size_t at)
{
    static unsigned char data[1 << 16], packed[BYTES_ROOM];
    uint32_t size = get_u32(b->at + at);
    uLongf length = sizeof data, room = sizeof packed;
    if (uncompress(data, &length, b->at + at + 8, size) != Z_OK || !length) return;
    size_t keep = fuzz_below(r, 4) ? length : fuzz_below(r, length + 1);
    for (size_t n = fuzz_below(r, 4); n > 0 && keep; n--)
        data[fuzz_below(r, keep)] = (unsigned char)fuzz_draw(r);
    if (compress2(packed, &room, data, keep, (int)fuzz_below(r, 10)) != Z_OK) return;
    bytes_replace(b, at + 8, size, packed, room);
    put_u32(b->at + at, (uint32_t)room);
}

void fuzz_change_png(fuzz_random *r, bytes *b)
{
    static const unsigned char types[][5] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND",
                                             "zTXt", "iCCP", "sBIT", "tEXt", "aaAa"};
    size_t at = chunk_at(b, fuzz_below(r, 8));
    if (at == b->size) return;
    uint32_t size = get_u32(b->at + at);
    switch (fuzz_below(r, 5)) {
    case 0:
        memcpy(b->at + at + 4, types[fuzz_below(r, sizeof types / sizeof *types)], 4);
        break;
    case 1: /* once more */
        bytes_replace(b, at, 0, b->at + at, 12 + size);
        break;
    case 2:
        bytes_replace(b, at, 12 + size, NULL, 0);
        return;
    case 3:
        if (!memcmp(b->at + at + 4, "IDAT", 4)) change_image(r, b, at);
        break;
    default:
        for (size_t n = 1 + fuzz_below(r, 3); n > 0 && size; n--)
            b->at[at + 8 + fuzz_below(r, size < 32 ? size : 32)] = (unsigned char)fuzz_draw(r);
    }
    if (at + 12 + get_u32(b->at + at) <= b->size) mend(b, at);
}
