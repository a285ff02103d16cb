/* The command's DATA: what it checks is lent to batches all the same; what finds no memory stays in its file. The linker sends the
 * library's calls for memory and its reads at a place here first (tests/CMakeLists.txt). */
#include "cli/failure.h"
#include "cli/features.h"
#include "tensor/tensor.h"

#include "support/batches.h"

#include <errno.h>
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROWS = 64 };

/* ---- A system with little memory ---------------------------------------------------------------------- */

static size_t room = SIZE_MAX;  /* nothing larger is granted */
static int calls, refused = -1; /* so many; the one, from 0, that fails */

static bool granted(size_t bytes)
{
    return calls++ != refused && bytes <= room;
}

void *__real_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    return granted(bytes) ? __real_aligned_alloc(align, bytes) : NULL;
}

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
    return granted(bytes) ? __real_malloc(bytes) : NULL;
}

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return granted(protection == PROT_NONE ? 0 : bytes) ? __real_mmap(at, bytes, protection, flags, fd, offset)
                                                        : MAP_FAILED;
}

ssize_t __real_pread(int fd, void *out, size_t bytes, off_t at);
ssize_t __wrap_pread(int fd, void *out, size_t bytes, off_t at);
ssize_t __wrap_pread(int fd, void *out, size_t bytes, off_t at)
{
    errno = EIO;
    return granted(0) ? __real_pread(fd, out, bytes, at) : -1;
}

/* ---- In memory ---------------------------------------------------------------------------------------- */

/* A file of its own with t in it. */
static const char *saved(lin_tensor *t, char path[])
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(lin_save_npy(t, path), 0);
    return path;
}

static void check_lent(const source *s)
{
    lin_dataset *d = source_dataset(s);
    lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = 16, .in_order = true});
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(loader, &m), 16);
    assert_true(m.X->borrowed && m.y->borrowed);
    assert_int_equal(failure_code(), 0);
}

static void rows_of_files_are_lent(void **state)
{
    lin_ctx *ctx = *state;
    char features[] = "/tmp/linnet-source-XXXXXX", labels[] = "/tmp/linnet-source-XXXXXX";
    const source_request request = {.data = saved(lin_ones(ctx, LIN_SHAPE(ROWS, 3)), features),
                                    .target = saved(lin_full_dtype(ctx, 1, LIN_SHAPE(ROWS), LIN_I64), labels)};
    source s;
    assert_int_equal(source_open(ctx, &request, &s), 0);
    assert_int_equal(source_as_classes(&s), 0);
    check_lent(&s);
    remove(features);
    remove(labels);
}

static void so_are_numbers_made_from_the_seed(void **state)
{
    lin_ctx *ctx = *state;
    source s;
    assert_int_equal(source_open(ctx, &(source_request){.data = "synthetic"}, &s), 0);
    assert_int_equal(source_as_numbers(&s), 0);
    check_lent(&s);
}

/* ---- In their file ------------------------------------------------------------------------------------ */

enum { MANY = 6000, COLUMNS = 128, SMALL = 5 << 19 }; /* 3 MB of features in three pieces, and room for 2.5 */
static char features[] = "/tmp/linnet-source-XXXXXX", labels[] = "/tmp/linnet-source-XXXXXX";
static const source_request both = {.data = features, .target = labels};

/* Features 1 (but for one) and labels, in files; from now on there is no room for the features. Their context goes with its memory. */
static void put_large(lin_dtype type, double last)
{
    lin_ctx *ctx = lin_ctx_new(NULL);
    strcpy(features + sizeof features - sizeof "XXXXXX", "XXXXXX");
    strcpy(labels + sizeof labels - sizeof "XXXXXX", "XXXXXX");
    lin_tensor *X = lin_full_dtype(ctx, 1, LIN_SHAPE(MANY, COLUMNS), type);
    lin_fill_(lin_slice(lin_select(X, 0, -1), 0, 3, 4), last);
    saved(X, features);
    saved(lin_ones(ctx, LIN_SHAPE(MANY)), labels);
    lin_ctx_free(ctx);
    room = SMALL;
}

static int remove_large(void **state)
{
    room = SIZE_MAX;
    refused = -1;
    failure_clear();
    remove(features);
    remove(labels);
    return free_ctx(state);
}

static void without_room_they_stay_there(void **state)
{
    lin_ctx *ctx = *state;
    put_large(LIN_F32, 5);
    source s;
    assert_int_equal(source_open(ctx, &both, &s), 0);
    assert_int_equal(source_as_numbers(&s), 0);
    check_ok(ctx);
    assert_null(s.X);
    assert_non_null(s.later);
    assert_int_equal(source_rows(&s), MANY);
    assert_int_equal(source_columns(&s), COLUMNS);
    assert_int_equal(source_type(&s), LIN_F32);
    lin_dataset *d = source_dataset(&s);
    lin_tensor *X, *y;
    assert_int_equal(lin_row(d, -1, &X, &y), 0);
    assert_true(lin_at(X, LIN_SHAPE(3)) == 5 && lin_at(X, LIN_SHAPE(4)) == 1 && lin_at(y, LIN_SHAPE(0)) == 1);
    assert_non_null(d->file[0]);
    assert_int_equal(failure_code(), 0);
}

static void they_are_checked_to_the_last_row(void **state)
{
    lin_ctx *ctx = *state;
    put_large(LIN_F32, INFINITY);
    source s;
    assert_int_equal(source_open(ctx, &both, &s), EXIT_DATA);
}

static void they_may_not_stay_where_all_are_wanted(void **state)
{
    lin_ctx *ctx = *state;
    put_large(LIN_F32, 5);
    source s;
    source_request request = both;
    request.whole = true;
    assert_int_equal(source_open(ctx, &request, &s), EXIT_FAILED);
    assert_int_equal(lin_error_code_of(ctx), LIN_ENOMEM);
}

/* f64 for a context of f32. */
static void nor_what_must_be_converted(void **state)
{
    lin_ctx *ctx = *state;
    put_large(LIN_F64, 5);
    source s;
    assert_int_equal(source_open(ctx, &both, &s), EXIT_FAILED);
}

/* The whole source, or a failure. */
static int opened(lin_ctx *ctx)
{
    source s;
    if (!ctx) return EXIT_FAILED;
    if (source_open(ctx, &both, &s) || source_as_numbers(&s)) return failure_code();
    assert_null(s.X);
    assert_true(lin_rows(source_dataset(&s)) == MANY || failure_code());
    return failure_code();
}

static void each_call_may_fail(void **state)
{
    (void)state;
    put_large(LIN_F32, 5);
    int failures = 0;
    for (int k = 0;; k++) {
        calls = 0;
        refused = k;
        lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 1});
        int code = opened(ctx);
        assert_true(code == 0 || code == EXIT_FAILED || code == EXIT_DATA);
        failures += code != 0;
        failure_clear();
        lin_ctx_free(ctx);
        refused = -1;
        if (calls <= k) break;
        assert_true(k < 1000);
    }
    assert_true(failures > 5);
}

#define LARGE(test) cmocka_unit_test_setup_teardown(test, new_ctx, remove_large)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_files_are_lent),
        TEST(so_are_numbers_made_from_the_seed),
        LARGE(without_room_they_stay_there),
        LARGE(they_are_checked_to_the_last_row),
        LARGE(they_may_not_stay_where_all_are_wanted),
        LARGE(nor_what_must_be_converted),
        LARGE(each_call_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
