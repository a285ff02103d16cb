/* Mapped files: the same arrays as those that are read, and the file stays as it is; what cannot be mapped is read. The linker
 * sends the library's calls here first (--wrap, in tests/CMakeLists.txt). */
#include "data/dataset.h"

#include "support/batches.h"
#include "support/gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static bool no_room, no_seek;

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return no_room && fd >= 0 ? MAP_FAILED : __real_mmap(at, bytes, protection, flags, fd, offset);
}

off_t __real_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence)
{
    return no_seek ? -1 : __real_lseek(fd, offset, whence);
}

enum { WHOLE, ONE_BYTE };
static int read_fault; /* WHOLE; ONE_BYTE each time; or an error: EINTR of every other read, any other of all */
static int reads;
static off_t furthest; /* byte that was asked for */

ssize_t __real_pread(int fd, void *out, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *out, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *out, size_t bytes, off_t offset)
{
    reads++;
    if (offset + (off_t)bytes > furthest) furthest = offset + (off_t)bytes;
    if (read_fault == ONE_BYTE && bytes > 1) bytes = 1;
    if (read_fault <= ONE_BYTE || (read_fault == EINTR && reads % 2 == 0)) return __real_pread(fd, out, bytes, offset);
    errno = read_fault;
    return -1;
}

static int copy_fault; /* why no descriptor is to be had */

int __real_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...)
{
    va_list args;
    va_start(args, what);
    long arg = va_arg(args, long);
    va_end(args);
    if (!copy_fault || what != F_DUPFD_CLOEXEC) return __real_fcntl(fd, what, arg);
    errno = copy_fault;
    return -1;
}

static int begin(void **state)
{
    no_room = no_seek = false;
    read_fault = copy_fault = reads = 0;
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
    assert_true(is_mapped(load(*state, put_npy("|u1", false, "(2097152,)", true)))); /* bytes may lie anywhere */
    assert_true(is_mapped(load(*state, put_images(2048, CONTENT))));
}

static void what_must_be_changed_is_read(void **state)
{
    assert_false(is_mapped(load(*state, put_npy(">f4", false, "(8192, 64)", false))));
    assert_false(is_mapped(load(*state, put_npy("<f4", true, "(8192, 64)", false))));
    assert_false(is_mapped(load(*state, put_npy("<f4", false, "(8192, 64)", true)))); /* not aligned */
    assert_false(is_mapped(load(*state, put_npy("<i2", false, "(1048576,)", false))));
    assert_false(is_mapped(load(*state, put_npy("<i8", false, "(262144,)", false))));
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
    const char *path = put_npy("<f8", false, "(262144,)", false);
    size_t bytes, again;
    unsigned char *before = get_file(path, &bytes);
    lin_tensor *t = load(*state, path);
    assert_non_null(lin_fill_(t, 7));
    assert_true(lin_f64(t)[262143] == 7);
    unsigned char *after = get_file(path, &again);
    assert_int_equal(bytes, again);
    assert_memory_equal(before, after, bytes);
    free(before);
    free(after);
}

/* What was checked stays as it was, though somebody writes into the file. */
static void indices_do_not_change_with_their_file(void **state)
{
    enum { COUNT = CONTENT / 8 };
    lin_tensor *index = lin_to(lin_zeros(*state, LIN_SHAPE(COUNT)), LIN_I64);
    assert_int_equal(lin_save_npy(index, in_folder("index")), 0);
    for (int as_dataset = 0; as_dataset < 2; as_dataset++) {
        const char *path = in_folder("index");
        lin_tensor *t = as_dataset ? lin_array(lin_file_dataset(*state, path, NULL), 0) : lin_load_npy(*state, path);
        check_ok(*state);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, -8, SEEK_END), 0);
        assert_int_equal(fwrite("\1\1\1\1\1\1\1\1", 1, 8, file), 8);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(lin_i64(t)[COUNT - 1], 0);
        assert_int_equal(lin_save_npy(index, path), 0);
    }
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

/* ---- What does not fit into the address space ---------------------------------------------------------- */

/* Features (8192, 64) f32 and labels (8192, 64) f32 in files, or images (2048, 32, 32) alone; `later`: they are left there. */
static lin_dataset *open_set(lin_ctx *ctx, bool of_images, bool later)
{
    const char *features = in_folder(of_images ? "images" : "a.npy");
    no_room = later;
    lin_dataset *d = lin_file_dataset(ctx, features, of_images ? NULL : features);
    no_room = false;
    check_ok(ctx);
    assert_int_equal(d->file[0] != NULL, later);
    return d;
}

/* What would be mapped, were there room, is left in its file; what is smaller is read. */
static void the_least_that_is_left_in_its_file(void **state)
{
    for (int64_t rows = 1023; rows <= 1025; rows++) {
        const char *path = put_images(rows, (size_t)rows * 1024);
        no_room = true;
        const lin_dataset *d = lin_file_dataset(*state, path, NULL);
        no_room = false;
        check_ok(*state);
        assert_int_equal(d->file[0] != NULL, rows * 1024 >= LIN__LEAST_MAPPED);
    }
}

static void rows_are_read_when_they_are_wanted(void **state)
{
    put_npy("<f4", false, "(8192, 64)", false);
    put_images(2048, CONTENT);
    const lin_transform resized[] = {lin_resize(8, 8), lin_to_tensor()};
    for (int of_images = 0; of_images < 2; of_images++) {
        lin_dataset *later = open_set(*state, of_images, true), *mapped = open_set(*state, of_images, false);
        for (int workers = 0; workers < 3; workers++)
            for (int in_order = 0; in_order < 2; in_order++) {
                lin_loader_options o = {.batch_size = 300, .workers = workers, .in_order = in_order};
                check_pass(later, mapped, o);
                check_pass(lin_subset(later, 1000, 2001), lin_subset(mapped, 1000, 2001), o);
                o.raw = true;
                check_pass(later, mapped, o);
                if (!of_images) continue;
                o = (lin_loader_options){.batch_size = 300, .in_order = in_order, .workers = workers};
                o.transforms = resized;
                o.transform_count = 2;
                check_pass(later, mapped, o);
            }
        assert_memory_equal(lin_array(later, 0)->data, mapped->array[0]->data, CONTENT);
        lin_tensor *X, *same;
        assert_int_equal(lin_row(later, -1, &X, NULL), 0);
        assert_int_equal(lin_row(mapped, -1, &same, NULL), 0);
        assert_memory_equal(X->data, same->data, (size_t)X->numel * 4);
        lin_dataset *first, *second;
        assert_int_equal(lin_split(later, 0.25, &first, &second), 0);
        assert_int_equal(lin_rows(second), lin_rows(later) / 4);
        for (int in_order = 0; in_order < 2; in_order++)
            check_pass(second, copy_of(second), (lin_loader_options){.batch_size = 300, .in_order = in_order});
    }
}

static void rows_in_their_file_with_labels_in_memory(void **state)
{
    lin_ctx *ctx = *state;
    put_npy("<f4", false, "(8192, 64)", false);
    lin_tensor *y = lin_arange(ctx, 0, 8192, 1, LIN_I64);
    lin_dataset *later = lin_with_labels(open_set(ctx, false, true), y);
    lin_dataset *mapped = lin_with_labels(open_set(ctx, false, false), y);
    check_ok(ctx);
    assert_non_null(later->file[0]);
    assert_null(later->file[1]);
    for (int in_order = 0; in_order < 2; in_order++)
        check_pass(later, mapped, (lin_loader_options){.batch_size = 300, .in_order = in_order});
}

static void labels_of_bytes_are_widened_all_the_same(void **state)
{
    unsigned char head[8] = {0, 0, 8, 1, 0, 32, 0, 0};
    const char *path = put("labels", head, sizeof head, CONTENT);
    no_room = true;
    lin_dataset *d = lin_file_dataset(*state, path, path);
    check_ok(*state);
    assert_non_null(d->file[0]);
    assert_null(d->file[1]);
    assert_int_equal(lin_row_type(d, 1), LIN_I64);
    assert_int_equal(lin_i64(lin_array(d, 1))[CONTENT - 1], lin_u8(lin_array(d, 0))[CONTENT - 1]);
}

/* Reads that end early, or are interrupted, go on; others are errors with the file's name. */
static void reads_that_fail(void **state)
{
    put_npy("<f4", false, "(8192, 64)", false);
    lin_dataset *d = open_set(*state, false, true);
    lin_tensor *X, *again;
    assert_int_equal(lin_row(d, 77, &X, NULL), 0);
    for (int fault = ONE_BYTE; fault >= 0; fault = fault == ONE_BYTE ? EINTR : -1) {
        read_fault = fault;
        reads = 0;
        assert_int_equal(lin_row(d, 77, &again, NULL), 0);
        assert_true(reads > 1);
        assert_memory_equal(again->data, X->data, 64 * 4);
        struct stat status;
        furthest = 0;
        assert_int_equal(lin_row(d, -1, &again, NULL), 0);
        assert_int_equal(stat(in_folder("a.npy"), &status), 0);
        assert_int_equal(furthest, status.st_size);
    }
    read_fault = EIO;
    assert_int_equal(lin_row(d, 77, &again, NULL), LIN_EIO);
    check_error_has(*state, LIN_EIO, "a.npy: cannot be read: ");
    lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = 300, .workers = 2});
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(loader, &m), LIN_EIO);
    check_error_has(*state, LIN_EIO, "a.npy: cannot be read: ");
    read_fault = WHOLE;
    copy_fault = EMFILE;
    no_room = true;
    assert_null(lin_file_dataset(*state, in_folder("a.npy"), NULL));
    check_error_has(*state, LIN_EIO, "a.npy: cannot be kept open: ");
}

static void one_that_shrinks_is_named(void **state)
{
    const char *short_now = "a.npy: became shorter while it was read";
    put_npy("<f4", false, "(8192, 64)", false);
    lin_dataset *d = open_set(*state, false, true);
    assert_int_equal(truncate(in_folder("a.npy"), 1 << 20), 0);
    for (int workers = 0; workers < 3; workers++)
        for (int in_order = 0; in_order < 2; in_order++) {
            lin_loader *loader =
                lin_loader_new(d, &(lin_loader_options){.batch_size = 300, .workers = workers, .in_order = in_order});
            int64_t rows;
            for (lin_batch m = {0}; (rows = lin_loader_next(loader, &m)) > 0;) {
            }
            assert_int_equal(rows, LIN_EDATA);
            check_error_has(*state, LIN_EDATA, short_now);
        }
    lin_tensor *X;
    assert_int_equal(lin_row(d, 0, &X, NULL), 0);
    assert_int_equal(lin_row(d, 8191, &X, NULL), LIN_EDATA);
    check_error_has(*state, LIN_EDATA, short_now);
    assert_null(lin_array(d, 1));
    check_error_has(*state, LIN_EDATA, short_now);
    lin_dataset *first, *second;
    assert_int_equal(lin_split(d, 0.5, &first, &second), 0); /* it reads nothing yet */
    assert_null(lin_array(second, 0));
    check_error_has(*state, LIN_EDATA, short_now);
}

/* A net trained for an epoch on rows of `features` floats in the files X and y. */
static lin_tensor *trained(lin_ctx *ctx, int64_t features)
{
    lin_dataset *d = lin_file_dataset(ctx, in_folder("X"), in_folder("y"));
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, features, 1));
    lin_fit(net, d, NULL,
            &(lin_fit_options){.loss = lin_mse,
                               .optimizer = lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = 1e-3}),
                               .epochs = 1,
                               .batch_size = 256});
    return lin_weight(lin_child(net, 0));
}

/* From now on this child has so many bytes more of address space, or it ends. */
static void leave(rlim_t room)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    bool known = statm && fscanf(statm, "%ld", &pages) == 1;
    if (statm) fclose(statm);
    rlim_t limit = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + room;
    if (!known || setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit})) _exit(2);
}

/* With `room` bytes for the images: 0 if they are had, `later` or whole, and `rest` bytes are left, or if it says that it cannot. */
static int child_opens(const char *path, bool later, rlim_t room, size_t rest)
{
    pid_t child = fork();
    if (child == 0) {
        leave(room);
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
        bool done = later ? lin_file_dataset(ctx, path, NULL) != NULL : lin_load_array(ctx, path) != NULL;
        if (!done) _exit(later || lin_error_code_of(ctx) != LIN_ENOMEM);
        _exit(lin_full_dtype(ctx, 0, LIN_SHAPE((int64_t)rest), LIN_U8) == NULL);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* 32 MB of images where they fit, barely fit, and do not. */
static void what_fits_leaves_room_for_more(void **state)
{
    (void)state;
#if defined(LIN__ASAN) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    if (under_valgrind()) skip();
    enum { MB = 1 << 20, IMAGES = 32 };
    const char *path = put_images(IMAGES * MB / 1024, IMAGES * MB);
    for (int room = IMAGES - 4; room <= IMAGES + 24; room++) {
        assert_int_equal(child_opens(path, true, (rlim_t)room * MB, 8 * MB), 0);
        assert_int_equal(child_opens(path, false, (rlim_t)room * MB, 2 * MB), 0);
    }
}

/* 128 MB with 48 MB of address space for them. A sanitizer's own memory would not let it begin. */
static void data_larger_than_memory(void **state)
{
#if defined(LIN__ASAN) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    if (under_valgrind()) skip();
    enum { ROWS = 1 << 17, FEATURES = 256, ROOM = 48 << 20 };
    lin_ctx *ctx = *state;
    lin_region mark = lin_mark(ctx);
    lin_tensor *X, *y;
    assert_int_equal(lin_synthetic_data(ctx, lin_ones(ctx, LIN_SHAPE(FEATURES)), 1, ROWS, 0.1, &X, &y), 0);
    assert_int_equal(lin_save_npy(X, in_folder("X")), 0);
    assert_int_equal(lin_save_npy(y, in_folder("y")), 0);
    assert_int_equal(lin_release(mark), 0);
    pid_t child = fork();
    if (child == 0) {
        leave(ROOM);
        lin_ctx *small = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2});
        lin_tensor *weight = trained(small, FEATURES);
        if (lin_error_code_of(small)) fprintf(stderr, "%s\n", lin_error(small));
        _exit(lin_error_code_of(small) || lin_save_npy(weight, in_folder("small")));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    lin_ctx *large = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2});
    assert_int_equal(lin_save_npy(trained(large, FEATURES), in_folder("large")), 0);
    check_ok(large);
    lin_ctx_free(large);
    check_same_files(in_folder("small"), in_folder("large"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(what_lies_ready_is_mapped),
        ALONE(what_must_be_changed_is_read),
        ALONE(what_cannot_be_mapped_is_read),
        ALONE(the_file_stays_as_it_is),
        ALONE(indices_do_not_change_with_their_file),
        ALONE(one_that_is_gone_is_still_there),
        ALONE(lengths_are_still_checked),
        ALONE(an_address_has_its_files_name),
        ALONE(only_names_can_be_too_many),
        ALONE(rows_come_straight_from_the_file),
        ALONE(the_least_that_is_left_in_its_file),
        ALONE(rows_are_read_when_they_are_wanted),
        ALONE(rows_in_their_file_with_labels_in_memory),
        ALONE(labels_of_bytes_are_widened_all_the_same),
        ALONE(reads_that_fail),
        ALONE(one_that_shrinks_is_named),
        ALONE(what_fits_leaves_room_for_more),
        ALONE(data_larger_than_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
