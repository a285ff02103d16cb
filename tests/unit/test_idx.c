/* IDX files: every type and rank, gzipped or not, from files and pipes; every way in which one can be wrong. */
#include "support/gzip.h"

#include <pthread.h>

/* A file of these bytes, and its array. */
static lin_tensor *load(lin_ctx *ctx, const void *bytes, size_t count)
{
    put_file(in_folder("a"), bytes, count);
    return lin_load_idx(ctx, in_folder("a"));
}
#define BYTES(...)     (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})
#define LOAD(ctx, ...) load(ctx, BYTES(__VA_ARGS__))

static const unsigned char small[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255};

static void check_small(lin_tensor *t)
{
    assert_non_null(t);
    assert_int_equal(lin_type(t), LIN_U8);
    assert_int_equal(lin_ndim(t), 2);
    assert_int_equal(lin_dim(t, 0), 2);
    CHECK_VALUES(t, 0, 1, 2, 3, 4, 5, 255);
}

static void every_type_is_read_and_widened(void **state)
{
    check_text(LOAD(*state, 0, 0, 0x08, 1, 0, 0, 0, 2, 7, 200), "tensor([  7, 200], dtype=torch.uint8)");
    check_text(LOAD(*state, 0, 0, 0x09, 1, 0, 0, 0, 2, 127, 128), "tensor([ 127, -128])");
    check_text(LOAD(*state, 0, 0, 0x0B, 1, 0, 0, 0, 2, 1, 2, 0xff, 0xfe), "tensor([258,  -2])");
    check_text(LOAD(*state, 0, 0, 0x0C, 1, 0, 0, 0, 2, 1, 2, 3, 4, 0x80, 0, 0, 0),
               "tensor([   16909060, -2147483648])");
    check_text(LOAD(*state, 0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0),
               "tensor([ 1.0000, -2.5000])");
    lin_tensor *d = LOAD(*state, 0, 0, 0x0E, 1, 0, 0, 0, 1, 0x3f, 0xf0, 0, 0, 0, 0, 0, 1);
    assert_int_equal(lin_type(d), LIN_F64);
    CHECK_VALUES(d, 0, 1 + 0x1p-52);
}

static void every_rank_up_to_eight(void **state)
{
    unsigned char file[4 + 4 * 9 + 1] = {0, 0, 8};
    for (int rank = 0; rank <= 9; rank++) {
        file[3] = (unsigned char)rank;
        for (int i = 0; i < rank; i++)
            memcpy(file + 4 + 4 * i, (unsigned char[]){0, 0, 0, 1}, 4);
        file[4 + 4 * rank] = 42;
        lin_tensor *t = load(*state, file, (size_t)(4 + 4 * rank + 1));
        if (rank == 9) break;
        assert_non_null(t);
        assert_int_equal(lin_ndim(t), rank);
        assert_int_equal(lin_item_i64(t), 42);
    }
    check_error_has(*state, LIN_EDATA, "byte 3: 9 dimensions; linnet takes up to 8");
}

static void empty_dimensions(void **state)
{
    lin_tensor *t = LOAD(*state, 0, 0, 8, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff);
    assert_non_null(t);
    assert_int_equal(lin_dim(t, 0), 0);
    assert_int_equal(lin_dim(t, 1), 4294967295);
    assert_int_equal(lin_numel(t), 0);
}

static void gzipped_and_not_told_by_content(void **state)
{
    check_small(load(*state, small, sizeof small));
    put_gzip(in_folder("plain-name"), small, sizeof small);
    check_small(lin_load_idx(*state, in_folder("plain-name")));
    put_file(in_folder("name.gz"), small, sizeof small); /* a name says nothing */
    check_small(lin_load_idx(*state, in_folder("name.gz")));
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    for (size_t cut = 0; cut < sizeof small; cut++) {
        assert_null(load(*state, small, cut));
        check_error_has(*state, LIN_EDATA, in_folder("a: "));
    }
    size_t zipped;
    unsigned char *all = gzip(small, sizeof small, &zipped);
    for (size_t cut = 0; cut < zipped; cut++) {
        assert_null(load(*state, all, cut));
        check_error_has(*state, LIN_EDATA, in_folder("a: "));
    }
    free(all);
}

/* Whatever one byte becomes, the file is refused by name, or is another valid one. */
static void check_flips(lin_ctx *ctx, const unsigned char *bytes, size_t count)
{
    unsigned char *copy = malloc(count);
    for (size_t at = 0; at < count; at++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, bytes, count);
            copy[at] ^= (unsigned char)(1 << bit);
            lin_region mark = lin_mark(ctx);
            if (load(ctx, copy, count))
                check_ok(ctx);
            else
                check_error_has(ctx, LIN_EDATA, in_folder("a: "));
            assert_true(lin_memory(ctx) < 1 << 20);
            lin_release(mark);
        }
    free(copy);
}

static void a_flipped_bit_is_refused_or_valid(void **state)
{
    check_flips(*state, small, sizeof small);
    size_t zipped;
    unsigned char *all = gzip(small, sizeof small, &zipped);
    check_flips(*state, all, zipped);
    free(all);
}

#define REFUSED(text, ...)                        \
    do {                                          \
        assert_null(LOAD(*state, __VA_ARGS__));   \
        check_error_has(*state, LIN_EDATA, text); \
    } while (0)

static void what_is_wrong_is_said_with_its_place(void **state)
{
    assert_null(load(*state, "", 0));
    check_error_has(*state, LIN_EDATA, "a: is empty, expected an IDX or npy file");
    REFUSED("a: has only 3 bytes, too few for an IDX or npy file", 0, 0, 8);
    REFUSED("byte 0: begins with 31 2C, not with 00 00: not an IDX file", '1', ',', '2', '\n');
    REFUSED("byte 0: begins with 01 00, not with 00 00: not an IDX file", 1, 0, 8, 1, 0, 0, 0, 1, 5);
    REFUSED("byte 0: begins with 00 01, not with 00 00: not an IDX file", 0, 1, 8, 1, 0, 0, 0, 1, 5);
    REFUSED("byte 2: type 0x07 is not one of IDX's: 08 (u8), 09 (i8), 0B (i16), 0C (i32), 0D (f32), 0E (f64)", 0, 0, 7,
            1);
    REFUSED("ends after 6 bytes, expected 2 more (the dimensions)", 0, 0, 8, 1, 0, 0);
    REFUSED("byte 8: the file is cut off: 1 bytes of elements follow, expected 2: the head says U8 of shape (2)", 0, 0,
            8, 1, 0, 0, 0, 2, 7);
    REFUSED("byte 10: more follows behind the last element: the head says U8 of shape (2)", 0, 0, 8, 1, 0, 0, 0, 2, 7,
            8, 9);
    REFUSED("byte 10: more follows behind the last element", 0, 0, 8, 1, 0, 0, 0, 2, 7, 8, 9, 10, 11);
    REFUSED(
        "byte 16: that is more than any memory holds: the head says U8 of shape (4294967295, 4294967295, 4294967295)",
        0, 0, 8, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    REFUSED("more than any memory holds", 0, 0, 8, 4, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff); /* a size of zero does not excuse the others */
}

/* 4 GiB are claimed: nothing of the kind is allocated, from a file or from a stream. */
static void claims_are_not_believed(void **state)
{
    lin_ctx *ctx = *state;
    static const unsigned char liar[] = {0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1, 2, 3};
    assert_null(load(ctx, liar, sizeof liar));
    check_error_has(ctx, LIN_EDATA, "3 bytes of elements follow, expected 4294967295");
    put_gzip(in_folder("a"), liar, sizeof liar);
    assert_null(lin_load_idx(ctx, in_folder("a")));
    check_error_has(ctx, LIN_EDATA,
                    "byte 8: 4294967295 bytes are more than linnet takes from so small a gzip stream: gunzip it");
    assert_true(lin_memory(ctx) < 1 << 20);
}

/* A small gzip file of much content: no more is read than the head asks for. */
static void a_bomb_is_refused(void **state)
{
    lin_ctx *ctx = *state;
    size_t bytes = 32 << 20;
    unsigned char *zeros = calloc(bytes, 1);
    memcpy(zeros, (unsigned char[]){0, 0, 8, 1, 0, 0, 0, 9}, 8);
    put_gzip(in_folder("a"), zeros, bytes);
    free(zeros);
    assert_null(lin_load_idx(ctx, in_folder("a")));
    check_error_has(ctx, LIN_EDATA, "byte 17: more follows behind the last element");
    assert_true(lin_memory(ctx) < 1 << 20);
}

/* `bytes` zeros of a type, and `there` of them, as one gzip stream. */
static lin_tensor *load_zeros(lin_ctx *ctx, unsigned char type, size_t bytes, size_t there)
{
    unsigned char *zeros = calloc(8 + there, 1);
    memcpy(zeros, (unsigned char[]){0, 0, type, 1, (unsigned char)(bytes >> 24), (unsigned char)(bytes >> 16)}, 6);
    put_gzip(in_folder("a"), zeros, 8 + there);
    free(zeros);
    return lin_load_idx(ctx, in_folder("a"));
}

/* 64 MB and four times the file as stored are the most that reading takes: 48 MB of content, and what rounding adds. */
static void a_whole_bomb_is_refused_and_what_fits_is_read(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(load_zeros(ctx, 8, 49 << 20, 49 << 20));
    check_error_has(ctx, LIN_EDATA, "byte 8: 51380224 bytes are more than linnet takes");
    assert_null(load_zeros(ctx, 9, 6 << 20, 6 << 20)); /* eight times as much as i64 */
    check_error_has(ctx, LIN_EDATA, "byte 8: 6291456 bytes are more than linnet takes");
    assert_true(lin_memory(ctx) < 1 << 20);
    lin_tensor *t = load_zeros(ctx, 8, 47 << 20, 47 << 20);
    check_ok(ctx);
    assert_int_equal(lin_numel(t), 47 << 20);
    assert_true(lin_memory(ctx) < 64 << 20);
}

/* The room is 48 MB and three times the file as stored, whose zeros behind the stream count: to the byte. */
static void what_fills_the_room_exactly(void **state)
{
    lin_ctx *ctx = *state;
    enum { STORED = 1 << 16, CONTENT = (48 << 20) + 3 * STORED };
    assert_null(load_zeros(ctx, 8, CONTENT, CONTENT));
    check_error_has(ctx, LIN_EDATA, "byte 8: 50528256 bytes are more than linnet takes");
    assert_int_equal(truncate(in_folder("a"), STORED - 1), 0);
    assert_null(lin_load_idx(ctx, in_folder("a")));
    check_error_has(ctx, LIN_EDATA, "byte 8: 50528256 bytes are more than linnet takes");
    assert_int_equal(truncate(in_folder("a"), STORED), 0);
    assert_non_null(lin_load_idx(ctx, in_folder("a")));
    check_ok(ctx);
    assert_true(lin_memory(ctx) < 64 << 20);
}

/* Its length is believed after half a megabyte; the rest is missed all the same. */
static void a_stream_cut_off_late(void **state)
{
    assert_null(load_zeros(*state, 8, 3 << 20, 2 << 20));
    check_error_has(*state, LIN_EDATA, "2097152 bytes of elements follow, expected 3145728");
    assert_null(load_zeros(*state, 8, 3 << 20, 1 << 19));
    check_error_has(*state, LIN_EDATA, "524288 bytes of elements follow, expected 3145728");
    assert_null(load_zeros(*state, 8, 3 << 20, (3 << 20) + 1));
    check_error_has(*state, LIN_EDATA, "byte 3145736: more follows behind the last element");
}

/* The content is right, its checksum is not: seen though the elements were all read before it. */
static void a_gzip_checksum_is_checked(void **state)
{
    size_t zipped;
    unsigned char *all = gzip(small, sizeof small, &zipped);
    all[zipped - 8] ^= 1;
    assert_null(load(*state, all, zipped));
    check_error_has(*state, LIN_EDATA, "incorrect data check");
    free(all);
}

static void *write_small(void *path)
{
    FILE *f = fopen(path, "wb");
    for (size_t i = 0; f && i < sizeof small; i++) {
        fputc(small[i], f);
        fflush(f); /* a byte at a time */
    }
    if (f) fclose(f);
    return NULL;
}

static void a_pipe_is_read(void **state)
{
    const char *path = in_folder("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_small, (void *)(uintptr_t)path), 0);
    check_small(lin_load_idx(*state, path));
    pthread_join(writer, NULL);
}

static void no_file_and_no_path(void **state)
{
    assert_null(lin_load_idx(*state, in_folder("missing")));
    check_error_has(*state, LIN_ENOFILE, "missing: there is no such file");
    assert_null(lin_load_idx(*state, NULL));
    check_error(*state, LIN_EINVAL, "the path of a file to read is NULL");
    assert_null(lin_load_idx(NULL, "a"));
}

static void a_loop_of_failures_does_not_grow(void **state)
{
    lin_ctx *ctx = *state;
    size_t held = 0;
    for (int i = 0; i < 200; i++) {
        assert_null(load(ctx, small, sizeof small - 1));
        lin_error_clear(ctx);
        if (i == 1) held = lin_memory(ctx);
    }
    assert_int_equal(lin_memory(ctx), held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_is_read_and_widened),
        TEST(every_rank_up_to_eight),
        TEST(empty_dimensions),
        TEST(gzipped_and_not_told_by_content),
        TEST(a_file_cut_anywhere_is_refused),
        TEST(a_flipped_bit_is_refused_or_valid),
        TEST(what_is_wrong_is_said_with_its_place),
        TEST(claims_are_not_believed),
        TEST(a_bomb_is_refused),
        TEST(a_whole_bomb_is_refused_and_what_fits_is_read),
        TEST(what_fills_the_room_exactly),
        TEST(a_stream_cut_off_late),
        TEST(a_gzip_checksum_is_checked),
        TEST(a_pipe_is_read),
        TEST(no_file_and_no_path),
        TEST(a_loop_of_failures_does_not_grow),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
