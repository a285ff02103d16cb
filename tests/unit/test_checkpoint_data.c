/* What a checkpoint knows of data that stay in their files: the same digest, mapped or read in pieces, and what is said when they
 * cannot be read. The linker sends the library's mmap here first (tests/CMakeLists.txt). */
#include "kernel/kernel.h"
#include "support/batches.h"

#include "support/checkpoint.h"

#include <inttypes.h>
#include <sys/mman.h>

static bool no_room;

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return no_room && fd >= 0 ? MAP_FAILED : __real_mmap(at, bytes, protection, flags, fd, offset);
}

/* More than is hashed at once, 64 MiB; on most file systems it takes no room. */
enum { ROWS = 16500, COLUMNS = 1024, HEAD = 128 };
static const off_t X_bytes = HEAD + (off_t)ROWS * COLUMNS * 4;

static void put_zeros(const char *path, int columns)
{
    char head[HEAD];
    memset(head, ' ', sizeof head);
    int used =
        snprintf(head, sizeof head, "\x93NUMPY\1%c%c%c{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", 0,
                 HEAD - 10, 0, ROWS, columns);
    head[used] = ' ';
    head[HEAD - 1] = '\n';
    put_file(path, head, HEAD);
    assert_int_equal(truncate(path, HEAD + (off_t)ROWS * columns * 4), 0);
}

static int put_data(void **state)
{
    if (enter_folder(state)) return -1;
    put_zeros("X.npy", COLUMNS);
    put_zeros("y.npy", 1);
    return 0;
}

static void set_element(off_t at, float value)
{
    int fd = open("X.npy", O_WRONLY);
    assert_int_equal(pwrite(fd, &value, sizeof value, at), sizeof value);
    close(fd);
}

/* The next step of a run over them: it is stopped behind it. */
static void begin(small *s, bool mapped, bool resume, int *step)
{
    small_begin(s, "run", resume);
    no_room = !mapped;
    s->train = lin_file_dataset(s->ctx, "X.npy", "y.npy");
    no_room = false;
    s->test = NULL;
    s->net = zero_linear(s->ctx, COLUMNS, 1);
    s->options.optimizer = lin_sgd(lin_parameters(s->net), &(lin_sgd_options){.lr = 0.1});
    s->options.on_step = stop_at_one;
    s->options.user = step;
    check_ok(s->ctx);
}

static void mapped_or_read(void **state)
{
    (void)state;
    small s;
    set_element(X_bytes - 4, 1);
    for (int step = 1; step <= 3; step++) {
        begin(&s, step % 2, step > 1, &step);
        assert_int_equal(small_fit(&s), LIN_ESTOPPED);
        assert_int_equal(s.steps, step);
        small_end(&s);
    }
    for (int mapped = 0; mapped < 2; mapped++) { /* another element, of the first piece or of the last */
        off_t at = mapped ? HEAD : X_bytes - 8;
        set_element(at, 2);
        begin(&s, mapped, true, &(int){9});
        assert_int_equal(small_fit(&s), LIN_EMISMATCH);
        check_error_has(s.ctx, LIN_EMISMATCH, "is of another run: digest of the training data: \"");
        small_end(&s);
        set_element(at, 0);
    }
    remove_one("run");
}

/* The digest of a part is that of its rows, wherever they are. */
static void a_part_or_its_copy(void **state)
{
    (void)state;
    small s;
    for (int step = 1; step <= 3; step++) {
        begin(&s, step != 3, step > 1, &step);
        lin_dataset *other;
        assert_int_equal(lin_split(s.train, 0.9, &other, &s.train), 0);
        if (step == 2) s.train = copy_of(s.train);
        assert_int_equal(small_fit(&s), LIN_ESTOPPED);
        assert_int_equal(s.steps, step);
        small_end(&s);
    }
    begin(&s, true, true, &(int){9});
    lin_dataset *other;
    assert_int_equal(lin_split(s.train, 0.9, &other, &s.train), 0);
    lin_tensor *y = lin_array(s.train, 1);
    lin_fill_(lin_slice(y, 0, -1, INT64_MAX), 1);
    s.train = lin_tensor_dataset(LIN_TENSORS(lin_array(s.train, 0), y));
    assert_int_equal(small_fit(&s), LIN_EMISMATCH);
    check_error_has(s.ctx, LIN_EMISMATCH, "is of another run: digest of the training data: \"");
    small_end(&s);
    remove_one("run");
}

/* A checkpoint is resumed by another linnet, too: into how many bytes data are cut for their digest stays as it is. */
static void the_digest_is_of_pieces_of_64_megabytes(void **state)
{
    (void)state;
    enum { PIECE = 1 << 26 };
    size_t bytes;
    unsigned char *X = get_file("X.npy", &bytes);
    uint64_t hash = lin__hash(X + HEAD, PIECE, 0);
    hash = lin__hash(X + HEAD + PIECE, bytes - HEAD - PIECE, hash);
    free(X);
    unsigned char *y = get_file("y.npy", &bytes);
    hash = lin__hash(y + HEAD, bytes - HEAD, hash);
    free(y);
    small s;
    begin(&s, true, false, &(int){1});
    assert_int_equal(small_fit(&s), LIN_ESTOPPED);
    small_end(&s);
    char expected[80];
    int length =
        snprintf(expected, sizeof expected, "\\\"digest of the training data\\\":\\\"%016" PRIx64 "\\\"", hash);
    unsigned char *file = get_file(checkpoint_in("run", 1), &bytes);
    assert_non_null(memmem(file, bytes, expected, (size_t)length));
    free(file);
    remove_one("run");
}

static void one_that_became_shorter(void **state)
{
    (void)state;
    small s;
    for (int i = 0; i < 2; i++) { /* by its last byte, or by half */
        off_t left = i ? X_bytes / 2 : X_bytes - 1;
        begin(&s, false, false, &(int){1});
        assert_int_equal(truncate("X.npy", left), 0);
        assert_int_equal(small_fit(&s), LIN_EDATA);
        check_error_has(s.ctx, LIN_EDATA, "X.npy: became shorter while it was read");
        assert_string_equal(names_in("run"), "");
        small_end(&s);
        assert_int_equal(truncate("X.npy", X_bytes), 0);
        remove_one("run");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mapped_or_read),
                                       cmocka_unit_test(the_digest_is_of_pieces_of_64_megabytes),
                                       cmocka_unit_test(a_part_or_its_copy), cmocka_unit_test(one_that_became_shorter)};
    return cmocka_run_group_tests(tests, put_data, remove_folder);
}
