/* Writing safetensors files: states that are refused; a failed write leaves the old file, and nothing else. */
#include "support/model.h"

#include <signal.h>
#include <sys/resource.h>

/* ---- What is refused on writing ------------------------------------------------------------------ */

static void check_refused(lin_ctx *ctx, lin_state s, const char *message)
{
    const char *path = in_folder("never.safetensors");
    assert_int_equal(lin_save_safetensors(ctx, path, s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, message);
    assert_int_equal(access(path, F_OK), -1);
}

static void states_that_are_refused(void **state)
{
    lin_ctx *ctx = *state, *other = lin_ctx_new(NULL);
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(1));
    const char *names[] = {"a", "a"};
    check_refused(ctx, STATE(2, t, t), "save_safetensors: two tensors have the name \"a\"");
    check_refused(ctx, STATE(1, NULL), "save_safetensors: tensor 0 is NULL");
    check_refused(ctx, STATE(1, lin_zeros(other, LIN_SHAPE(1))), "save_safetensors: tensor 0 is of another context");
    names[0] = NULL;
    check_refused(ctx, STATE(1, t), "save_safetensors: the name of tensor 0 is NULL");
    names[0] = "__metadata__";
    check_refused(ctx, STATE(1, t), "save_safetensors: a tensor cannot have the name __metadata__");
    names[0] = "\xff";
    check_refused(ctx, STATE(1, t), "save_safetensors: the name of tensor 0 is not UTF-8");
    check_refused(ctx, (lin_state){.count = 1}, "save_safetensors: a state of 1 tensors without its lists");
    check_refused(ctx, (lin_state){.count = -1}, "save_safetensors: a state of -1 tensors without its lists");
    assert_int_equal(lin_save_safetensors(NULL, "x", (lin_state){0}), LIN_EINVAL);
    assert_int_equal(lin_save_safetensors(ctx, NULL, (lin_state){0}), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to write is NULL");
    lin_ctx_free(other);
}

/* What could not be read back is not written: a scalar takes 6 values of the header's 300,000, and the root one. */
static void more_tensors_than_a_header_may_have(void **state)
{
    lin_ctx *ctx = *state;
    enum { MOST = 50000 };
    static char text[MOST][12];
    static const char *names[MOST];
    static lin_tensor *tensors[MOST];
    for (int i = 0; i < MOST; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        names[i] = text[i];
        tensors[i] = lin_zeros(ctx, LIN_SCALAR);
    }
    check_refused(ctx, state_of(MOST, names, tensors),
                  "save_safetensors: the header of this file would be refused: too many values");
    const char *path = in_folder("most.safetensors");
    lin_state back;
    assert_int_equal(lin_save_safetensors(ctx, path, state_of(42857, names, tensors)), 0);
    assert_int_equal(lin_load_safetensors(ctx, path, &back), 0);
    assert_int_equal(back.count, 42857);
}

/* Nor is a name whose string has more than 16 MiB with its quotes, or a header of more than 100 MB. */
static void names_longer_than_a_header_may_have(void **state)
{
    lin_ctx *ctx = *state;
    enum { MOST = (1 << 24) - 2, COUNT = 6 };
    if (valgrind_spares()) skip(); /* a hundred million characters, one by one */
    char *text = malloc(MOST + 2);
    assert_non_null(text);
    memset(text, 'x', MOST + 1);
    text[MOST + 1] = 0;
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(1)), *tensors[COUNT] = {t, t, t, t, t, t};
    const char *names[COUNT];
    for (int i = 0; i < COUNT; i++)
        names[i] = text + i;
    check_refused(ctx, state_of(1, names, tensors),
                  "save_safetensors: the header of this file would be refused: a string is too long");
    check_refused(ctx, state_of(COUNT, names, tensors),
                  "save_safetensors: the header of this file would be refused: too long");
    lin_state back;
    assert_int_equal(lin_save_safetensors(ctx, in_folder("long.safetensors"), state_of(1, names + 1, tensors)), 0);
    assert_int_equal(lin_load_safetensors(ctx, in_folder("long.safetensors"), &back), 0);
    assert_string_equal(back.names[0], text + 1);
    free(text);
}

/* ---- A failed write leaves the old file, and nothing else ------------------------------------------ */

static void save_ones(lin_ctx *ctx, const char *path, int64_t n, int expected)
{
    const char *names[] = {"a"};
    assert_int_equal(lin_save_safetensors(ctx, path, STATE(1, lin_ones(ctx, LIN_SHAPE(n)))), expected);
}

static void check_old(lin_ctx *ctx, const char *path, int files)
{
    lin_state s;
    assert_int_equal(lin_load_safetensors(ctx, path, &s), 0);
    CHECK_VALUES(s.tensors[0], 0, 1, 1);
    assert_int_equal(each_file(NULL), files);
}

static void a_full_disk(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("old.safetensors");
    save_ones(ctx, path, 2, 0);
    int files = each_file(NULL);
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 1000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    save_ones(ctx, path, 100000, LIN_EIO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    check_error_has(ctx, LIN_EIO, "old.safetensors: cannot be written: File too large");
    check_old(ctx, path, files);
    save_ones(ctx, "/dev/full", 2, LIN_EIO);
    check_error(ctx, LIN_EIO, "/dev/full: cannot be written: No space left on device: make room, or write elsewhere");
}

static void a_folder_that_cannot_be_written(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("old.safetensors");
    save_ones(ctx, path, 2, 0);
    int files = each_file(NULL);
    uid_t user = geteuid();
    assert_int_equal(chmod(test_folder, 0555), 0);
    if (user == 0) assert_int_equal(seteuid(65534), 0); /* root may write anywhere */
    save_ones(ctx, path, 5, LIN_EIO);
    if (user == 0) assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(test_folder, 0755), 0);
    check_error_has(ctx, LIN_EIO, "old.safetensors: cannot be created: Permission denied: write elsewhere");
    check_old(ctx, path, files);
    save_ones(ctx, in_folder("no/such/folder"), 2, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "no/such/folder: cannot be created: No such file or directory");
    save_ones(ctx, test_folder, 2, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "cannot be written: Is a directory");
    assert_int_equal(each_file(NULL), files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(states_that_are_refused),
        TEST(more_tensors_than_a_header_may_have),
        TEST(names_longer_than_a_header_may_have),
        TEST(a_full_disk),
        TEST(a_folder_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
