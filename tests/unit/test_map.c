/* Mapped files: the same arrays as those that are read, and the file stays as it is; what cannot be mapped is read. The linker
 * sends the library's mmap and lseek here first (--wrap, in tests/CMakeLists.txt). */
#include "tensor/tensor.h"

#include "support/gzip.h"

#include <sys/mman.h>

static bool no_room, no_seek;

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return no_room ? MAP_FAILED : __real_mmap(at, bytes, protection, flags, fd, offset);
}

off_t __real_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence)
{
    return no_seek ? -1 : __real_lseek(fd, offset, whence);
}

static int begin(void **state)
{
    no_room = no_seek = false;
    return new_folder(state) || new_ctx(state);
}

static int end(void **state)
{
    return free_ctx(state) || remove_folder(state);
}
#define ALONE(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* ---- Files ------------------------------------------------------------------------------------------ */

enum { CONTENT = 1 << 21 }; /* bytes of elements: enough to be mapped */

/* A file of this head and `bytes` bytes of elements. */
static const char *put(const char *name, const void *head, size_t length, size_t bytes)
{
    unsigned char *all = malloc(length + bytes);
    assert_non_null(all);
    memcpy(all, head, length);
    for (size_t i = 0; i < bytes; i++)
        all[length + i] = (unsigned char)(i * 2654435761u >> 24);
    const char *path = in_folder(name);
    put_file(path, all, length + bytes);
    free(all);
    return path;
}

/* Of a head that takes 128 bytes, or one more. */
static const char *put_npy(const char *descr, bool fortran, const char *shape, bool odd)
{
    enum { HEAD = 128 };
    char head[3 * HEAD];
    snprintf(head + 10, sizeof head - 10, "{'descr': '%s', 'fortran_order': %s, 'shape': %s}%118s", descr,
             fortran ? "True" : "False", shape, "");
    memcpy(head, "\x93NUMPY\1", 8);
    head[8] = HEAD - 10 + odd;
    head[9] = 0;
    return put("a.npy", head, HEAD + odd, CONTENT);
}

static const char *put_images(int64_t rows, size_t bytes)
{
    const unsigned char head[16] = {0,
                                    0,
                                    8,
                                    3,
                                    (unsigned char)(rows >> 24),
                                    (unsigned char)(rows >> 16),
                                    (unsigned char)(rows >> 8),
                                    (unsigned char)rows,
                                    0,
                                    0,
                                    0,
                                    32,
                                    0,
                                    0,
                                    0,
                                    32};
    return put("images", head, sizeof head, bytes);
}

static bool is_mapped(const lin_tensor *t)
{
    return lin_mapped_file(t->data) != NULL;
}

/* The array of the file, which is as a context without mappings reads it. */
static lin_tensor *load(lin_ctx *ctx, const char *path)
{
    lin_tensor *t = lin_load_array(ctx, path);
    check_ok(ctx);
    lin_ctx *reader = lin_ctx_new(&(lin_ctx_options){.no_map = true});
    const lin_tensor *read = lin_load_array(reader, path);
    check_ok(reader);
    assert_false(is_mapped(read));
    assert_true(lin__same_shape(t, read));
    assert_int_equal(t->dtype, read->dtype);
    assert_memory_equal(t->data, read->data, (size_t)t->numel * lin__size_of((lin_dtype)t->dtype));
    lin_ctx_free(reader);
    return t;
}

/* ---- What is mapped --------------------------------------------------------------------------------- */

static void what_lies_ready_is_mapped(void **state)
{
    assert_true(is_mapped(load(*state, put_npy("<f4", false, "(8192, 64)", false))));
    assert_true(is_mapped(load(*state, put_npy("<f8", false, "(4096, 64)", false))));
    assert_true(is_mapped(load(*state, put_npy("<i8", false, "(262144,)", false))));
    assert_true(is_mapped(load(*state, put_npy("|u1", false, "(2097152,)", true)))); /* bytes may lie anywhere */
    assert_true(is_mapped(load(*state, put_images(2048, CONTENT))));
}

static void what_must_be_changed_is_read(void **state)
{
    assert_false(is_mapped(load(*state, put_npy(">f4", false, "(8192, 64)", false))));
    assert_false(is_mapped(load(*state, put_npy("<f4", true, "(8192, 64)", false))));
    assert_false(is_mapped(load(*state, put_npy("<f4", false, "(8192, 64)", true)))); /* not aligned */
    assert_false(is_mapped(load(*state, put_npy("<i2", false, "(1048576,)", false))));
    assert_false(is_mapped(load(*state, put_npy("|b1", false, "(2097152,)", false))));
    assert_false(is_mapped(load(*state, put_images(2, 2048)))); /* small */
    size_t bytes;
    unsigned char *plain = get_file(put_images(2048, CONTENT), &bytes);
    put_gzip(in_folder("packed"), plain, bytes);
    free(plain);
    assert_false(is_mapped(load(*state, in_folder("packed"))));
}

static void what_cannot_be_mapped_is_read(void **state)
{
    const char *path = put_npy("<f4", false, "(8192, 64)", false);
    no_room = true;
    assert_false(is_mapped(load(*state, path)));
}

static void the_file_stays_as_it_is(void **state)
{
    const char *path = put_npy("<i8", false, "(262144,)", false);
    size_t bytes, again;
    unsigned char *before = get_file(path, &bytes);
    lin_tensor *t = load(*state, path);
    assert_non_null(lin_fill_(t, 7));
    assert_int_equal(lin_i64(t)[262143], 7);
    unsigned char *after = get_file(path, &again);
    assert_int_equal(bytes, again);
    assert_memory_equal(before, after, bytes);
    free(before);
    free(after);
}

static void one_that_is_gone_is_still_there(void **state)
{
    const char *path = put_images(2048, CONTENT);
    lin_tensor *t = load(*state, path);
    int64_t sum = lin_item_i64(lin_sum(t));
    assert_int_equal(unlink(path), 0);
    put_images(2048, CONTENT);
    assert_int_equal(lin_item_i64(lin_sum(t)), sum);
}

static void lengths_are_still_checked(void **state)
{
    assert_null(lin_load_array(*state, put_images(2047, CONTENT)));
    check_error_has(*state, LIN_EDATA, "byte 2096144: more follows behind the last element: the head says U8 of shape");
    assert_null(lin_load_array(*state, put_images(2049, CONTENT)));
    check_error_has(*state, LIN_EDATA,
                    "byte 16: the file is cut off: 2097152 bytes of elements follow, expected 2098176");
    const char *path = put_images(2048, CONTENT);
    no_seek = true;
    assert_null(lin_load_array(*state, path));
    check_error_has(*state, LIN_EIO, "cannot be read on: ");
}

/* ---- Their names ------------------------------------------------------------------------------------- */

static void an_address_has_its_files_name(void **state)
{
    lin_region mark = lin_mark(*state);
    const char *path = put_images(2048, CONTENT);
    assert_int_equal(rename(path, in_folder("a\nb")), 0);
    const lin_tensor *t = load(*state, in_folder("a\nb"));
    const char *first = t->data, *name = lin_mapped_file(first);
    assert_non_null(strstr(name, "/a\\x0Ab"));
    assert_string_equal(lin_mapped_file(first + CONTENT - 1), name);
    assert_null(lin_mapped_file(first + CONTENT));
    assert_null(lin_mapped_file(NULL));
    assert_int_equal(lin_release(mark), 0);
    assert_null(lin_mapped_file(first));
}

static void only_names_can_be_too_many(void **state)
{
    const char *path = put_images(2048, CONTENT);
    lin_region mark = lin_mark(*state);
    int named = 0;
    for (int i = 0; i < 70; i++)
        named += is_mapped(lin_load_array(*state, path));
    check_ok(*state);
    assert_int_equal(named, 64);
    assert_int_equal(lin_release(mark), 0);
    assert_true(is_mapped(lin_load_array(*state, path)));
}

/* ---- As datasets ------------------------------------------------------------------------------------- */

static void rows_come_straight_from_the_file(void **state)
{
    lin_dataset *d = lin_file_dataset(*state, put_images(2048, CONTENT), NULL);
    check_ok(*state);
    lin_tensor *all = lin_array(d, 0), *X = NULL;
    assert_true(is_mapped(all));
    assert_int_equal(lin_row(d, 2047, &X, NULL), 0);
    assert_int_equal(lin_type(X), LIN_F32);
    assert_true(lin_f32(X)[1023] == (float)lin_u8(all)[CONTENT - 1] / 255);
    assert_true(is_mapped(lin_array(lin_subset(d, 1000, 2000), 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(what_lies_ready_is_mapped),        ALONE(what_must_be_changed_is_read),
        ALONE(what_cannot_be_mapped_is_read),    ALONE(the_file_stays_as_it_is),
        ALONE(one_that_is_gone_is_still_there),  ALONE(lengths_are_still_checked),
        ALONE(an_address_has_its_files_name),    ALONE(only_names_can_be_too_many),
        ALONE(rows_come_straight_from_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
