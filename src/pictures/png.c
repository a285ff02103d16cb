/* PNG by libpng: written with its size in print, read as a stranger's file: limited in sides, chunks and memory. */
#include "pictures/pictures.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file in memory, and how much of it is left. */
typedef struct source {
    const uint8_t *at;
    size_t left, bytes;
} source;

/* libpng reports by a call that must not return. */
typedef struct trouble {
    jmp_buf jump;
    char *text;
} trouble;

static void on_error(png_structp png, png_const_charp message)
{
    trouble *t = png_get_error_ptr(png);
    snprintf(t->text, LIN__PICTURES_TEXT, "%s", message);
    longjmp(t->jump, 1);
}

/* Reading, it is said where: behind the last byte that was looked at. */
static void on_read_error(png_structp png, png_const_charp message)
{
    trouble *t = png_get_error_ptr(png);
    const source *s = png_get_io_ptr(png);
    snprintf(t->text, LIN__PICTURES_TEXT, "byte %zu: cannot be read as a PNG: %s", s->bytes - s->left, message);
    longjmp(t->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* ---- Writing ------------------------------------------------------------------------------------------------ */

typedef struct sink {
    lin__write_fn *write;
    void *user;
} sink;

static void to_sink(png_structp png, png_bytep data, png_size_t bytes)
{
    sink *s = png_get_io_ptr(png);
    if (!s->write(s->user, data, bytes)) png_error(png, "the file cannot be written");
}

static void no_flush(png_structp png)
{
    (void)png;
}

static void write_rows(png_structp png, png_infop info, const uint8_t *rgb, int64_t rows, int64_t columns, double dpi)
{
    png_set_IHDR(png, info, (png_uint_32)columns, (png_uint_32)rows, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_uint_32 per_metre = (png_uint_32)(dpi / 0.0254 + 0.5);
    png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    for (int64_t row = 0; row < rows; row++)
        png_write_row(png, rgb + 3 * row * columns);
    png_write_end(png, info);
}

bool lin__write_png(const uint8_t *rgb, int64_t rows, int64_t columns, double dpi, lin__write_fn *write, void *user,
                    char text[LIN__PICTURES_TEXT])
{
    trouble t = {.text = text};
    sink s = {write, user};
    snprintf(text, LIN__PICTURES_TEXT, "out of memory");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &t, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (info && !setjmp(t.jump)) {
        png_set_write_fn(png, &s, to_sink, no_flush);
        write_rows(png, info, rgb, rows, columns, dpi);
        png_destroy_write_struct(&png, &info);
        return true;
    }
    png_destroy_write_struct(&png, &info);
    return false;
}

/* ---- Reading ------------------------------------------------------------------------------------------------ */

enum { MOST_CHUNKS = 1000, MOST_CHUNK_BYTES = 8 << 20, MOST_PIXELS = 1 << 26, MOST_SWOLLEN = 48 << 20 };

static void from_source(png_structp png, png_bytep out, png_size_t bytes)
{
    source *s = png_get_io_ptr(png);
    if (bytes > s->left) png_error(png, "the file is cut off");
    memcpy(out, s->at, bytes);
    s->at += bytes;
    s->left -= bytes;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Does the file hold as many bytes as every chunk says, to the last one? libpng allocates on a chunk's word. */
static bool chunks_fit(const uint8_t *file, size_t bytes, char text[LIN__PICTURES_TEXT])
{
    enum { SIGNATURE = 8, AROUND = 12 }; /* of a chunk: its length, its name, its checksum */
    for (size_t at = SIGNATURE; at < bytes;) {
        size_t left = bytes - at, length = left < 4 ? 0 : big_endian(file + at);
        if (left < AROUND || length > left - AROUND) {
            snprintf(text, LIN__PICTURES_TEXT, "byte %zu: cannot be read as a PNG: the file is cut off", at);
            return false;
        }
        if (memcmp(file + at + 4, "IEND", 4) == 0) return true; /* what follows is not looked at */
        at += AROUND + length;
    }
    return true;
}

/* Beside the file itself, which is held too, so in all 64 MB and 4 times the file at most. */
static bool swells_too_far(png_structp png, const lin__pixels *pixels)
{
    const source *s = png_get_io_ptr(png);
    return (uint64_t)(pixels->rows * pixels->columns * pixels->channels) > MOST_SWOLLEN + 3 * (uint64_t)s->bytes;
}

/* Everything to 8 bits of grey or RGB, with alpha where something is transparent. Nothing is allocated before the
 * sides are known. How often the rows come. */
static int begin_reading(png_structp png, png_infop info, int64_t most, lin__pixels *pixels)
{
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL,
                                -1); /* texts, profiles: they swell, and are not wanted */
    png_set_user_limits(png, (png_uint_32)most, (png_uint_32)most);
    png_set_chunk_cache_max(png, MOST_CHUNKS);
    png_set_chunk_malloc_max(png, MOST_CHUNK_BYTES);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    pixels->rows = png_get_image_height(png, info);
    pixels->columns = png_get_image_width(png, info);
    pixels->channels = png_get_channels(png, info);
    if (pixels->rows * pixels->columns > MOST_PIXELS)
        png_error(png, "it has more than 2^26 pixels: make it smaller first");
    if (swells_too_far(png, pixels))
        png_error(png, "its pixels take more than 48 MB and three times the file: make it smaller first");
    if (png_get_bit_depth(png, info) != 8 || pixels->channels < 1 || pixels->channels > 4)
        png_error(png, "a kind of pixels that is not read");
    if (png_get_rowbytes(png, info) != (size_t)pixels->columns * (size_t)pixels->channels)
        png_error(png, "rows of a length that does not fit the width");
    return passes;
}

static void read_rows(png_structp png, lin__pixels *pixels, int passes)
{
    size_t row = (size_t)pixels->columns * (size_t)pixels->channels;
    pixels->at = calloc((size_t)pixels->rows, row);
    if (!pixels->at) png_error(png, "out of memory");
    for (int pass = 0; pass < passes; pass++)
        for (int64_t i = 0; i < pixels->rows; i++)
            png_read_row(png, pixels->at + (size_t)i * row, NULL);
}

/* On white paper, in place: v·α + 255·(1 − α), rounded. */
static void put_on_white(lin__pixels *pixels)
{
    int colors = pixels->channels - 1;
    if (colors != 1 && colors != 3) return;
    const uint8_t *from = pixels->at;
    uint8_t *to = pixels->at;
    for (int64_t i = 0; i < pixels->rows * pixels->columns; i++, from += colors + 1, to += colors)
        for (int k = 0; k < colors; k++)
            to[k] = (uint8_t)((from[k] * from[colors] + 255 * (255 - from[colors]) + 127) / 255);
    pixels->channels = colors;
}

void lin__free_pixels(lin__pixels *pixels)
{
    free(pixels->at);
    pixels->at = NULL;
}

bool lin__read_png(const uint8_t *file, size_t bytes, int64_t most, lin__pixels *pixels, char text[LIN__PICTURES_TEXT])
{
    trouble t = {.text = text};
    source s = {file, bytes, bytes};
    *pixels = (lin__pixels){0};
    if (bytes < 8 || png_sig_cmp(file, 0, 8) != 0) {
        snprintf(text, LIN__PICTURES_TEXT, bytes ? "byte 0: not a PNG file" : "is empty, and no PNG file");
        return false;
    }
    if (!chunks_fit(file, bytes, text)) return false;
    snprintf(text, LIN__PICTURES_TEXT, "out of memory");
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &t, on_read_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (info && !setjmp(t.jump)) {
        png_set_read_fn(png, &s, from_source);
        read_rows(png, pixels, begin_reading(png, info, most, pixels));
        png_read_end(png, NULL);
        put_on_white(pixels);
        png_destroy_read_struct(&png, &info, NULL);
        return true;
    }
    png_destroy_read_struct(&png, &info, NULL);
    lin__free_pixels(pixels);
    return false;
}
