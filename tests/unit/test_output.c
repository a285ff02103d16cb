/* Outputs: files that appear whole or not at all, wherever links lead; devices and pipes, written as they are. */
#include "base/file.h"

#include "base/error.h"
#include "base/region.h"
#include "support/files.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int empty_folder(void **state)
{
    each_file(remove);
    return new_ctx(state);
}
#define ALONE(name) cmocka_unit_test_setup_teardown(name, empty_folder, free_ctx)

/* ---- Writing --------------------------------------------------------------------------------------------- */

static void check_file(const char *path, const char *content)
{
    size_t bytes;
    unsigned char *all = get_file(path, &bytes);
    assert_int_equal(bytes, strlen(content));
    assert_memory_equal(all, content, bytes);
    free(all);
}

static int write_file(lin_ctx *ctx, const char *path, const char *content)
{
    lin__output *out = lin__output_open(ctx, path);
    if (!out) return lin_error_code_of(ctx);
    int code = lin__output_write(out, content, strlen(content));
    return code ? code : lin__output_commit(out);
}

static void a_file_appears_whole(void **state)
{
    const char *path = in_folder("a");
    lin__output *out = lin__output_open(*state, path);
    assert_int_equal(lin__output_write(out, "hello, ", 7), 0);
    assert_int_equal(lin__output_write(out, "", 0), 0);
    assert_int_equal(lin__output_write(out, "world", 5), 0);
    assert_int_not_equal(access(path, F_OK), 0); /* not before it is whole */
    assert_int_equal(lin__output_commit(out), 0);
    check_file(path, "hello, world");
    assert_int_equal(each_file(NULL), 1);
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666 & ~mask);
}

static void the_old_one_stays_until_then(void **state)
{
    const char *path = in_folder("a");
    put_file(path, "old", 3);
    lin__output *out = lin__output_open(*state, path);
    assert_int_equal(lin__output_write(out, "new!", 4), 0);
    check_file(path, "old");
    lin__output_discard(out);
    lin__output_discard(out);
    lin__output_discard(NULL);
    check_file(path, "old");
    assert_int_equal(each_file(NULL), 1);
    assert_int_equal(write_file(*state, path, "new!"), 0);
    check_file(path, "new!");
}

static void permissions_are_kept(void **state)
{
    const char *path = in_folder("a");
    put_file(path, "old", 3);
    static const mode_t modes[] = {0600, 0640, 0755, 0444};
    for (size_t i = 0; i < 4; i++) {
        struct stat status;
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(write_file(*state, path, "new"), 0);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, modes[i]);
    }
}

static void check_link(const char *path)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static void links_stay_and_what_they_lead_to_is_written(void **state)
{
    lin_ctx *ctx = *state;
    put_file(in_folder("file"), "old", 3);
    assert_int_equal(symlink("file", in_folder("relative")), 0);
    assert_int_equal(symlink(in_folder("relative"), in_folder("absolute")), 0);
    assert_int_equal(write_file(ctx, in_folder("absolute"), "new"), 0);
    check_link(in_folder("absolute"));
    check_link(in_folder("relative"));
    check_file(in_folder("file"), "new");
    assert_int_equal(symlink("made", in_folder("dangling")), 0); /* to a file that is not there yet */
    assert_int_equal(write_file(ctx, in_folder("dangling"), "first"), 0);
    check_link(in_folder("dangling"));
    check_file(in_folder("made"), "first");
    assert_int_equal(each_file(NULL), 5);
    assert_int_equal(symlink("circle", in_folder("circle")), 0);
    assert_int_equal(write_file(ctx, in_folder("circle"), "x"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "circle: cannot be written: Too many levels of symbolic links");
    assert_int_equal(symlink("no/folder", in_folder("lost")), 0);
    assert_int_equal(write_file(ctx, in_folder("lost"), "x"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "lost: cannot be created: No such file or directory: make its folder first");
}

static void in_the_folder_that_we_are_in(void **state)
{
    char old[4096];
    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir(test_folder), 0);
    int code = write_file(*state, "a", "here");
    assert_int_equal(chdir(old), 0);
    assert_int_equal(code, 0);
    check_file(in_folder("a"), "here");
}

static void a_folder_that_may_not_be_written(void **state)
{
    bool root = geteuid() == 0;
    assert_int_equal(chmod(test_folder, 0555), 0);
    if (root && seteuid(65534) != 0) skip();
    lin__output *out = lin__output_open(*state, in_folder("new"));
    if (root) assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(test_folder, 0755), 0);
    assert_null(out);
    check_error_has(*state, LIN_EIO, "new: cannot be created: Permission denied: write elsewhere");
}

static void what_cannot_be_written_is_named(void **state)
{
    lin_ctx *ctx = *state;
    char path[6000];
    assert_int_equal(write_file(ctx, test_folder, "x"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, ": cannot be written: Is a directory");
    assert_int_equal(write_file(ctx, in_folder("no/a"), "x"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "no/a: cannot be created: No such file or directory: make its folder first");
    memset(path, 'a', sizeof path);
    path[300] = '\0';
    assert_int_equal(write_file(ctx, path, "x"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, ": cannot be written: File name too long");
    path[300] = '/';
    path[sizeof path - 1] = '\0';
    assert_int_equal(write_file(ctx, path, "x"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, ": cannot be written: File name too long");
    assert_null(lin__output_open(ctx, ""));
    check_error(ctx, LIN_EINVAL, "the path of a file to write is empty");
    assert_null(lin__output_open(ctx, NULL));
    check_error(ctx, LIN_EINVAL, "the path of a file to write is NULL");
    assert_int_equal(each_file(NULL), 0);
}

static void a_name_of_255_bytes(void **state)
{
    char name[256];
    memset(name, 'a', 255);
    name[255] = '\0';
    assert_int_equal(write_file(*state, in_folder(name), "x"), 0); /* the temporary one is short */
    check_file(in_folder(name), "x");
}

/* The disk is full, as far as this process can tell: no file may pass 1,000 bytes. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("a");
    put_file(path, "old", 3);
    struct rlimit old, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){1000, old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    lin__output *out = lin__output_open(ctx, path);
    char data[2000] = {0};
    int first = lin__output_write(out, data, sizeof data), second = lin__output_write(out, data, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(first, LIN_EIO);
    assert_int_equal(second, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "a: cannot be written: File too large");
    assert_int_equal(lin__output_commit(out), LIN_EIO);
    check_ok(ctx);
    check_file(path, "old");
    assert_int_equal(each_file(NULL), 1);
}

static void a_failed_rename_leaves_nothing(void **state)
{
    lin_ctx *ctx = *state;
    lin__output *out = lin__output_open(ctx, in_folder("a"));
    assert_int_equal(mkdir(in_folder("a"), 0700), 0); /* someone was quicker */
    assert_int_equal(lin__output_write(out, "x", 1), 0);
    assert_int_equal(lin__output_commit(out), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "a: cannot be put in its place: Is a directory");
    assert_int_equal(each_file(NULL), 1);
}

static void a_closed_output(void **state)
{
    lin_ctx *ctx = *state;
    lin__output *out = lin__output_open(ctx, in_folder("a"));
    assert_int_equal(lin__output_commit(out), 0);
    check_file(in_folder("a"), "");
    assert_int_equal(lin__output_commit(out), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "a: this output is closed already");
    assert_int_equal(lin__output_write(out, "x", 1), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "a: this output is closed already");
    lin__output_discard(out);
    check_file(in_folder("a"), "");
}

static void an_output_ends_with_its_region(void **state)
{
    lin_ctx *ctx = *state;
    lin_region mark = lin_mark(ctx);
    lin__output *out = lin__output_open(ctx, in_folder("a"));
    assert_int_equal(lin__output_write(out, "x", 1), 0);
    assert_int_equal(each_file(NULL), 1);
    lin_release(mark);
    assert_int_equal(each_file(NULL), 0);
}

static void two_outputs_of_one_name(void **state)
{
    lin_ctx *ctx = *state;
    lin__output *a = lin__output_open(ctx, in_folder("a")), *b = lin__output_open(ctx, in_folder("a"));
    assert_int_equal(lin__output_write(a, "first", 5), 0);
    assert_int_equal(lin__output_write(b, "second", 6), 0);
    assert_int_equal(lin__output_commit(b), 0);
    check_file(in_folder("a"), "second");
    assert_int_equal(lin__output_commit(a), 0);
    check_file(in_folder("a"), "first");
    assert_int_equal(each_file(NULL), 1);
}

/* With LIN_EXIT the first cause ends the program, whoever has it: no temporary file outlives it. */
static void the_end_of_a_program_leaves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            if (!freopen(in_folder("stderr"), "w", stderr)) _exit(3);
            lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1, .on_error = LIN_EXIT});
            lin__output *out = lin__output_open(ctx, in_folder("a"));
            lin__output_write(out, "half", 4);
            if (i == 0) lin__fail(ctx, LIN_EINVAL, "something else is wrong");
            if (mkdir(in_folder("a"), 0700) != 0) _exit(4);
            lin__output_commit(out);
            _exit(5);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
        char text[5000];
        snprintf(text, sizeof text, "linnet: %s: cannot be put in its place: Is a directory\n", in_folder("a"));
        check_file(in_folder("stderr"), i ? text : "linnet: something else is wrong\n");
        assert_int_equal(each_file(NULL), 1 + i); /* stderr's, and the folder */
    }
}

/* ---- Devices and pipes ------------------------------------------------------------------------------------ */

static void devices_are_written_as_they_are(void **state)
{
    lin_ctx *ctx = *state;
    assert_int_equal(write_file(ctx, "/dev/null", "x"), 0);
    assert_int_equal(write_file(ctx, "/dev/full", "x"), LIN_EIO);
    check_error(ctx, LIN_EIO, "/dev/full: cannot be written: No space left on device: make room, or write elsewhere");
    struct stat status;
    assert_int_equal(stat("/dev/full", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

enum { DRAINED = 100 };
static char pipe_path[sizeof test_folder + 10];

static void *drain(void *text)
{
    FILE *f = fopen(pipe_path, "rb");
    ((char *)text)[fread(text, 1, DRAINED - 1, f)] = '\0';
    fclose(f);
    return NULL;
}

static void a_pipe_is_written(void **state)
{
    char got[DRAINED];
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", test_folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, drain, got), 0);
    assert_int_equal(write_file(*state, pipe_path, "through"), 0);
    pthread_join(reader, NULL);
    assert_string_equal(got, "through");
    assert_int_equal(each_file(NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(a_folder_that_may_not_be_written),
        ALONE(a_file_appears_whole),
        ALONE(the_old_one_stays_until_then),
        ALONE(permissions_are_kept),
        ALONE(links_stay_and_what_they_lead_to_is_written),
        ALONE(in_the_folder_that_we_are_in),
        ALONE(what_cannot_be_written_is_named),
        ALONE(a_name_of_255_bytes),
        ALONE(a_failed_write_leaves_the_old_file),
        ALONE(a_failed_rename_leaves_nothing),
        ALONE(a_closed_output),
        ALONE(an_output_ends_with_its_region),
        ALONE(two_outputs_of_one_name),
        ALONE(the_end_of_a_program_leaves_nothing),
        ALONE(devices_are_written_as_they_are),
        ALONE(a_pipe_is_written),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
