/* png FILE SIZE QUARTER [rgb] [light]: a square picture, grey unless `rgb`, with one quarter (0 to 3, row by row) bright on black,
 * or the other way round. It shares no code with linnet: that is what it is for. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_u32(FILE *out, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(n >> shift & 0xff), out);
}

static void put_chunk(FILE *out, const char *type, const unsigned char *data, size_t bytes)
{
    put_u32(out, (uint32_t)bytes);
    fwrite(type, 1, 4, out);
    if (bytes) fwrite(data, 1, bytes, out);
    uLong sum = crc32(crc32(0, NULL, 0), (const unsigned char *)type, 4);
    put_u32(out, (uint32_t)(bytes ? crc32(sum, data, (uInt)bytes) : sum));
}

static bool has(int argc, char **argv, const char *word)
{
    for (int i = 4; i < argc; i++)
        if (strcmp(argv[i], word) == 0) return true;
    return false;
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    size_t side = strtoul(argv[2], NULL, 10), quarter = strtoul(argv[3], NULL, 10);
    bool rgb = has(argc, argv, "rgb"), light = has(argc, argv, "light");
    size_t channels = rgb ? 3 : 1, row = 1 + side * channels, bytes = row * side;
    unsigned char *rows = calloc(1, bytes), *packed = malloc(compressBound(bytes));
    if (!rows || !packed) return 1;
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++) {
            bool bright = (2 * y / side * 2 + 2 * x / side == quarter) != light;
            memset(rows + y * row + 1 + x * channels, bright ? 240 : 40, channels);
        }
    uLongf length = compressBound(bytes);
    if (compress(packed, &length, rows, bytes) != Z_OK) return 1;
    FILE *out = fopen(argv[1], "wb");
    if (!out) return 1;
    unsigned char head[13] = {0, 0,          (unsigned char)(side >> 8), (unsigned char)side,
                              0, 0,          (unsigned char)(side >> 8), (unsigned char)side,
                              8, rgb ? 2 : 0};
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, out);
    put_chunk(out, "IHDR", head, sizeof head);
    put_chunk(out, "IDAT", packed, length);
    put_chunk(out, "IEND", NULL, 0);
    free(rows);
    free(packed);
    return fclose(out) != 0;
}
