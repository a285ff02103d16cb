/* PNG files become pixels: every kind of them, and hostile ones become errors. */
#include "support/png.h"

#include "report/pictures.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static char folder[] = "/tmp/linnet-imread-XXXXXX";
static char path[64];

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/image.png", folder);
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    rmdir(folder);
    return 0;
}

/* skip() where linnet was built without pictures. */
static void need_pictures(lin_ctx *ctx)
{
    const lin__pictures *pictures;
    if (!lin__pictures_find(ctx, path, &pictures)) return;
    lin_error_clear(ctx);
    skip();
}

static void check_pixels(lin_ctx *ctx, const png *p, lin_shape shape, const uint8_t *expected)
{
    png_save(p, path);
    lin_tensor *t = lin_imread(ctx, path);
    check_ok(ctx);
    assert_non_null(t);
    assert_int_equal(lin_type(t), LIN_U8);
    assert_int_equal(lin_ndim(t), shape.ndim);
    for (int d = 0; d < shape.ndim; d++)
        assert_int_equal(lin_dim(t, d), shape.dim[d]);
    assert_memory_equal(lin_u8(t), expected, (size_t)lin_numel(t));
}
#define ROWS(...)   ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define PIXELS(...) ((const uint8_t[]){__VA_ARGS__})

static void grey_of_every_depth(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    png p;
    png_begin(&p, 3, 2, 8, 0, 0);
    png_end(&p, ROWS(0, 1, 2, 3, 0, 200, 100, 255));
    check_pixels(ctx, &p, LIN_SHAPE(2, 3), PIXELS(1, 2, 3, 200, 100, 255));
    png_begin(&p, 3, 2, 1, 0, 0);
    png_end(&p, ROWS(0, 0xa0, 0, 0x40));
    check_pixels(ctx, &p, LIN_SHAPE(2, 3), PIXELS(255, 0, 255, 0, 255, 0));
    png_begin(&p, 2, 1, 4, 0, 0);
    png_end(&p, ROWS(0, 0x1f));
    check_pixels(ctx, &p, LIN_SHAPE(1, 2), PIXELS(17, 255));
    png_begin(&p, 2, 1, 16, 0, 0);
    png_end(&p, ROWS(0, 0x80, 0x80, 0xff, 0xff));
    check_pixels(ctx, &p, LIN_SHAPE(1, 2), PIXELS(128, 255));
}

static void colours(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    png p;
    png_begin(&p, 2, 1, 8, 2, 0);
    png_end(&p, ROWS(0, 10, 20, 30, 40, 50, 60));
    check_pixels(ctx, &p, LIN_SHAPE(1, 2, 3), PIXELS(10, 20, 30, 40, 50, 60));
    png_begin(&p, 1, 1, 16, 2, 0);
    png_end(&p, ROWS(0, 0xff, 0xff, 0, 0, 0x80, 0x80));
    check_pixels(ctx, &p, LIN_SHAPE(1, 1, 3), PIXELS(255, 0, 128));
    png_begin(&p, 4, 1, 2, 3, 0); /* a palette of three */
    png_chunk(&p, "PLTE", "\xff\x00\x00\x00\xff\x00\x00\x00\xff", 9);
    png_end(&p, ROWS(0, 0x18));
    check_pixels(ctx, &p, LIN_SHAPE(1, 4, 3), PIXELS(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0));
}

/* What is transparent is white, what is half so is half way to white. */
static void transparency(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    png p;
    png_begin(&p, 3, 1, 8, 4, 0);
    png_end(&p, ROWS(0, 100, 255, 100, 0, 0, 128));
    check_pixels(ctx, &p, LIN_SHAPE(1, 3), PIXELS(100, 255, 127));
    png_begin(&p, 2, 1, 8, 6, 0);
    png_end(&p, ROWS(0, 1, 2, 3, 255, 1, 2, 3, 0));
    check_pixels(ctx, &p, LIN_SHAPE(1, 2, 3), PIXELS(1, 2, 3, 255, 255, 255));
    png_begin(&p, 1, 1, 16, 6, 0);
    png_end(&p, ROWS(0, 0, 0, 0, 0, 0, 0, 0, 0));
    check_pixels(ctx, &p, LIN_SHAPE(1, 1, 3), PIXELS(255, 255, 255));
    png_begin(&p, 2, 1, 8, 0, 0); /* one grey is transparent */
    png_chunk(&p, "tRNS", "\x00\x07", 2);
    png_end(&p, ROWS(0, 7, 8));
    check_pixels(ctx, &p, LIN_SHAPE(1, 2), PIXELS(255, 8));
    png_begin(&p, 2, 1, 8, 3, 0);
    png_chunk(&p, "PLTE", "\x0a\x14\x1e\x28\x32\x3c", 6);
    png_chunk(&p, "tRNS", "\x00", 1);
    png_end(&p, ROWS(0, 0, 1));
    check_pixels(ctx, &p, LIN_SHAPE(1, 2, 3), PIXELS(255, 255, 255, 40, 50, 60));
}

/* Adam7: the passes of a 3 × 3 image. */
static void interlaced(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    png p;
    png_begin(&p, 3, 3, 8, 0, 1);
    png_end(&p, ROWS(0, 1, /* (0, 0) */ 0, 3, /* (0, 2): pass 4 */ 0, 7, 9, /* row 2: pass 5 */ 0, 2, 0, 8, /* pass 6 */
                     0, 4, 5, 6 /* row 1: pass 7 */));
    check_pixels(ctx, &p, LIN_SHAPE(3, 3), PIXELS(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

static void check_refused(lin_ctx *ctx, const char *part)
{
    assert_null(lin_imread(ctx, path));
    assert_int_equal(lin_error_code_of(ctx), LIN_EDATA);
    const char *after = strstr(lin_error(ctx), "image.png: ");
    assert_non_null(after); /* and where */
    assert_true(!strncmp(after + 11, "byte ", 5) || !strncmp(after + 11, "is empty", 8));
    check_error_has(ctx, LIN_EDATA, part);
}

static void hostile_headers(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    png p;
    size_t before = lin_memory(ctx);
    png_begin(&p, 0x7fffffff, 0x7fffffff, 16, 6, 0); /* sides beyond every limit */
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "");
    png_begin(&p, 16385, 1, 8, 0, 0);
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "");
    png_begin(&p, 16384, 16384, 8, 6, 0); /* a gigabyte of nothing */
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "it has more than 2^26 pixels: make it smaller first");
    png_begin(&p, 7200, 7000, 8, 0, 0); /* 50 MB of a few bytes */
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "its pixels take more than 48 MB and three times the file: make it smaller first");
    png_begin(&p, 4000, 3000, 8, 6, 0); /* with alpha: not too large, only without its rows */
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "cannot be read as a PNG: ");
    png_begin(&p, 0, 0, 8, 0, 0);
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "");
    png_begin(&p, 4, 4, 3, 5, 0); /* no such depth and colour */
    png_end(&p, ROWS(0));
    png_save(&p, path);
    check_refused(ctx, "");
    png_begin(&p, 4, 4, 8, 0, 0); /* rows are missing */
    png_end(&p, ROWS(0, 1, 2, 3, 4));
    png_save(&p, path);
    check_refused(ctx, "");
    p.used = 0;
    png_raw(&p, "GIF89a, and more", 16);
    png_save(&p, path);
    check_refused(ctx, "byte 0: not a PNG file");
    p.used = 0;
    png_save(&p, path);
    check_refused(ctx, "is empty, and no PNG file");
    assert_true(lin_memory(ctx) <= before + (1 << 20));
}

static void append(const png *p, FILE *file)
{
    assert_int_equal(fwrite(p->bytes, 1, p->used, file), p->used);
}

/* A chunk of 8 KB that becomes nearly 8 MB of text. */
static void swelling_text(png *p)
{
    enum { TEXT = (8 << 20) - 1000, KEYWORD = 9 }; /* "Comment", its end, and the method */
    uint8_t packed[PNG_ROOM / 4] = "Comment";
    uLongf length = sizeof packed - KEYWORD;
    char *text = malloc(TEXT);
    assert_non_null(text);
    memset(text, 'a', TEXT);
    assert_int_equal(compress2(packed + KEYWORD, &length, (const uint8_t *)text, TEXT, 9), Z_OK);
    free(text);
    p->used = 0;
    png_chunk(p, "zTXt", packed, length + KEYWORD);
}

static long most_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* 200 MB of it in 200 KB. */
static void texts_are_not_unpacked(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    png p, text;
    swelling_text(&text);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    png_begin(&p, 1, 1, 8, 0, 0);
    append(&p, file);
    for (int i = 0; i < 25; i++)
        append(&text, file);
    p.used = 0;
    png_end(&p, ROWS(0, 7));
    append(&p, file);
    fclose(file);
    long before = most_kilobytes();
    lin_tensor *t = lin_imread(ctx, path);
    check_ok(ctx);
    assert_int_equal(lin_u8(t)[0], 7);
    assert_true(most_kilobytes() - before < 64 << 10);
}

/* Cut off anywhere, and with any byte changed: an image or an error, never a crash. */
static void every_damage(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    static png whole, p;
    png_begin(&whole, 5, 4, 8, 6, 0);
    png_chunk(&whole, "tEXt", "Title\0a picture", 15);
    png_chunk(&whole, "gAMA", "\x00\x00\xb1\x8f", 4);
    uint8_t rows[4 * 21] = {0};
    for (size_t i = 0; i < sizeof rows; i++)
        if (i % 21) rows[i] = (uint8_t)(i * 37);
    png_end(&whole, rows, sizeof rows);
    int images = 0;
    for (size_t cut = 0; cut < whole.used; cut++) {
        p = whole;
        p.used = cut;
        png_save(&p, path);
        lin_region scratch = lin_mark(ctx);
        if (cut < whole.used - 12) assert_null(lin_imread(ctx, path));
        lin_error_clear(ctx);
        lin_release(scratch);
    }
    for (size_t i = 0; i < whole.used; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            p = whole;
            p.bytes[i] ^= (uint8_t)(1 << bit);
            png_save(&p, path);
            lin_region scratch = lin_mark(ctx);
            images += lin_imread(ctx, path) != NULL;
            lin_error_clear(ctx);
            lin_release(scratch);
        }
    assert_true(images < 100); /* checksums find nearly all */
}

static void without_a_file(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    assert_null(lin_imread(NULL, path));
    assert_null(lin_imread(ctx, NULL));
    check_error_has(ctx, LIN_EINVAL, "NULL");
    assert_null(lin_imread(ctx, "/there/is/none.png"));
    check_error_has(ctx, LIN_ENOFILE, "/there/is/none.png: there is no such file");
    assert_null(lin_imread(ctx, folder));
    check_error_has(ctx, LIN_ENOFILE, "is a directory");
}

static void without_the_pictures_part(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_MODULES", folder, 1);
    assert_null(lin_imread(ctx, path));
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    check_error_has(ctx, LIN_EUNSUPPORTED, "image.png: pictures are a part of linnet that is not here: there is no ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(grey_of_every_depth), TEST(colours),         TEST(transparency),
        TEST(interlaced),          TEST(hostile_headers), TEST(texts_are_not_unpacked),
        TEST(every_damage),        TEST(without_a_file),  TEST(without_the_pictures_part),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
