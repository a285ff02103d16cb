/* What a checkpoint knows of data that stay in their files: the same digest, mapped or read in pieces, and what is said when they
 * cannot be read. The linker sends the library's mmap here first (tests/CMakeLists.txt). */
#include "kernel/kernel.h"
#include "support/batches.h"

#include "support/checkpoint.h"
#include "train/run.h"

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

static void put_zeros(const char *path, int rows, int columns)
{
    char head[HEAD];
    memset(head, ' ', sizeof head);
    int used =
        snprintf(head, sizeof head, "\x93NUMPY\1%c%c%c{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", 0,
                 HEAD - 10, 0, rows, columns);
    head[used] = ' ';
    head[HEAD - 1] = '\n';
    put_file(path, head, HEAD);
    assert_int_equal(truncate(path, HEAD + (off_t)rows * columns * 4), 0);
}

static int put_data(void **state)
{
    if (enter_folder(state)) return -1;
    put_zeros("X.npy", ROWS, COLUMNS);
    put_zeros("y.npy", ROWS, 1);
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

/* The digest of a part is that of its rows, wherever they are: here more than 64 MiB of them. */
static void a_part_or_its_copy(void **state)
{
    (void)state;
    small s;
    for (int step = 1; step <= 3; step++) {
        begin(&s, step != 3, step > 1, &step);
        lin_dataset *other;
        assert_int_equal(lin_split(s.train, 0.999, &other, &s.train), 0);
        assert_true(lin_rows(s.train) * COLUMNS * 4 > 1 << 26);
        if (step == 2) s.train = copy_of(s.train);
        assert_int_equal(small_fit(&s), LIN_ESTOPPED);
        assert_int_equal(s.steps, step);
        small_end(&s);
    }
    begin(&s, true, true, &(int){9});
    lin_dataset *other;
    assert_int_equal(lin_split(s.train, 0.999, &other, &s.train), 0);
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

/* The digest by which a run over d is known. */
static uint64_t digest_of(lin_dataset *d)
{
    lin_module *net = zero_linear(d->ctx, 1, 1);
    lin_fit_options o = {.loss = lin_mse, .optimizer = lin_sgd(lin_parameters(net), NULL)};
    lin__run r = {.ctx = d->ctx, .net = net, .train = d, .options = &o, .loader = lin_loader_new(d, NULL)};
    json_t *settings = lin__settings(&r);
    check_ok(d->ctx);
    const char *text = json_string_value(json_object_get(settings, "digest of the training data"));
    assert_non_null(text);
    uint64_t hash = strtoull(text, NULL, 16);
    json_decref(settings);
    return hash;
}

/* A file of `rows` rows, some of which begin with a number of their own, in memory. */
static unsigned char *put_rows(int rows, int columns)
{
    put_zeros("some.npy", rows, columns);
    int fd = open("some.npy", O_RDWR);
    size_t row = 4 * (size_t)columns;
    unsigned char *file = __real_mmap(NULL, HEAD + rows * row, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    assert_ptr_not_equal(file, MAP_FAILED);
    for (int r = 0; r < rows; r += rows / 100 + 1)
        memcpy(file + HEAD + r * row, &(float){(float)r + 1}, sizeof(float));
    return file;
}

/* Mapped or read, `rows` rows have the digest of pieces of `piece` rows; to read them takes so many MiB. */
static void check_pieces(int rows, int columns, int piece, int most)
{
    unsigned char *file = put_rows(rows, columns);
    size_t row = 4 * (size_t)columns;
    uint64_t hash = 0;
    for (int from = 0; from < rows; from += piece)
        hash = lin__hash(file + HEAD + from * row, (size_t)(rows - from < piece ? rows - from : piece) * row, hash);
    for (int mapped = 0; mapped < 2; mapped++) {
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
        no_room = !mapped;
        lin_dataset *d = lin_file_dataset(ctx, "some.npy", NULL);
        no_room = false;
        check_ok(ctx);
        assert_int_equal(!d->file[0], mapped);
        assert_true(digest_of(d) == hash);
        assert_in_range(lin_memory(ctx), 0, (size_t)(mapped ? 1 : most) << 20);
        lin_ctx_free(ctx);
    }
    munmap(file, HEAD + rows * row);
    unlink("some.npy");
}

static void rows_of_any_length(void **state)
{
    (void)state;
    enum { PIECE = 1 << 26 };
    check_pieces(2, PIECE / 4 + 1, 1, 90); /* a row above 64 MiB is a piece, and so is one of 64 MiB */
    check_pieces(2, PIECE / 4, 1, 90);
    check_pieces(17, 1 << 20, 16, 6);                  /* 4 MiB, whole stripes: one at a time */
    check_pieces(20, (1 << 18) + 1, 63, 11);           /* 1 MiB and 4 bytes: eight rows are whole stripes */
    check_pieces(PIECE / 12 + 1000, 3, PIECE / 12, 2); /* a piece is no whole stripes */
    check_pieces((1 << 18) + 8, 1, (1 << 18) + 8, 2);  /* 1 MiB and a stripe */
}

/* An array without elements adds nothing, however many rows it has. */
static void arrays_of_nothing(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_arange(ctx, 0, 9, 1, LIN_F32), *none = lin_zeros(ctx, LIN_SHAPE(9, 0));
    uint64_t of_y = lin__hash(lin_f32(y), 36, 0);
    assert_true(digest_of(lin_tensor_dataset(LIN_TENSORS(y))) == of_y);
    assert_true(digest_of(lin_tensor_dataset(LIN_TENSORS(none, y))) == of_y);
    assert_true(digest_of(lin_tensor_dataset(LIN_TENSORS(y, none))) == of_y);
    assert_true(digest_of(lin_tensor_dataset(LIN_TENSORS(none))) == 0);
    assert_true(digest_of(lin_tensor_dataset(LIN_TENSORS(lin_zeros(ctx, LIN_SHAPE(0, 3))))) == 0);
    lin_dataset *one, *other;
    assert_int_equal(lin_split(lin_tensor_dataset(LIN_TENSORS(none)), 0.5, &one, &other), 0);
    assert_true(digest_of(one) == 0);
    assert_int_equal(lin_split(lin_tensor_dataset(LIN_TENSORS(y)), 1, &one, &other), 0);
    assert_true(digest_of(one) == 0); /* no rows of some */
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
                                       cmocka_unit_test(a_part_or_its_copy),
                                       cmocka_unit_test(rows_of_any_length),
                                       TEST(arrays_of_nothing),
                                       cmocka_unit_test(one_that_became_shorter)};
    return cmocka_run_group_tests(tests, put_data, remove_folder);
}
