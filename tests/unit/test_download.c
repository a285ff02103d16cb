/* Downloads of Fashion-MNIST, from a server of the test's own: they succeed, or leave nothing behind and say why.
 * Where Debian's package is not installed, what needs the real files is skipped. */
#include "support/fashion.h"
#include "support/server.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static server web;

/* Have it downloaded from here: files of this folder, sent so. */
static void mirror(const char *folder, const char *how)
{
    char url[128];
    snprintf(web.folder, sizeof web.folder, "%s", folder);
    snprintf(url, sizeof url, "%s/%s", web.base, how);
    setenv("LINNET_MIRROR", url, 1);
}

/* The download fails with these words, and leaves nothing behind. */
static void fails(lin_ctx *ctx, const char *how, int code, const char *words)
{
    lin__place place;
    mirror(in_folder("served"), how);
    if (lin__fashion_mnist_find(ctx, NOWHERE, &place) != code) fail_msg("%s: %s", how, lin_error(ctx));
    check_error_has(ctx, code, words);
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 0);
}

static void downloads_that_fail_leave_nothing(void **state)
{
    lin_ctx *ctx = *state;
    put_set(in_folder("served"), 25, 28, 10, true);
    fails(ctx, "missing", LIN_ENET,
          "/missing/train-images-idx3-ubyte.gz cannot be downloaded: the server answers with status 404 (");
    fails(ctx, "short", LIN_ENET, "100 bytes");
    fails(ctx, "closed", LIN_ENET, "$LINNET_MIRROR for another source, or Debian's package dataset-fashion-mnist");
    fails(ctx, "long", LIN_ENET, "the server sends more than the 47105552 bytes expected at most");
    fails(ctx, "endless", LIN_ENET, "the server sends more than the 47105552 bytes expected at most");
    fails(ctx, "files", LIN_EDATA,
          "/files/train-images-idx3-ubyte.gz: is not the published file: the SHA-256 of its content is ");
    fails(ctx, "files", LIN_EDATA,
          ", expected c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888: try again");
    fails(ctx, "cut", LIN_EDATA, "/cut/train-images-idx3-ubyte.gz: " DAMAGE " 47040016 bytes");
    snprintf(web.redirect, sizeof web.redirect, "http://0.0.0.0:%d/files", web.port);
    int before = atomic_load(&web.requests);
    fails(ctx, "elsewhere", LIN_ENET, "http is for this machine only (127.0.0.0/8, ::1, localhost): use https");
    assert_int_equal(atomic_load(&web.requests), before + 1);
    assert_int_equal(said.warnings, 0);
}

static void mirrors_that_are_none(void **state)
{
    lin_ctx *ctx = *state;
    lin__place place;
    static const char *const bad[] = {"file:///etc", "ftp://127.0.0.1", "http://example.com/fashion", "somewhere"};
    for (int i = 0; i < 4; i++) {
        setenv("LINNET_MIRROR", bad[i], 1);
        assert_int_equal(lin__fashion_mnist_find(ctx, NOWHERE, &place), LIN_ENET);
        check_error_has(ctx, LIN_ENET, i == 2 ? "http is for this machine only" : "not an https URL");
    }
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 0);
}

static void nowhere_to_put_it(void **state)
{
    lin_ctx *ctx = *state;
    lin__place place;
    int before = atomic_load(&web.requests);
    mirror(in_folder("served"), "files");
    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    assert_int_equal(lin__fashion_mnist_find(ctx, NOWHERE, &place), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "/dev/null: this folder cannot be made: Not a directory");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_int_equal(lin__fashion_mnist_find(ctx, NOWHERE, &place), LIN_ENOFILE);
    check_error(
        ctx, LIN_ENOFILE,
        "fashion-mnist is not on this machine, and there is nowhere to put it: set $XDG_CACHE_HOME or $HOME to an "
        "absolute path");
    assert_int_equal(atomic_load(&web.requests), before);
}

/* The library heeds no signals: one ends the program, and what it leaves is never taken for data. */
static void an_interrupt_ends_it(void **state)
{
    lin_ctx *ctx = *state;
    lin__place place;
    int before = atomic_load(&web.requests), status;
    mirror(NOWHERE, "stalled");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGINT, SIG_DFL); /* a shell's background job ignores it */
        lin__fashion_mnist_find(ctx, NOWHERE, &place);
        _exit(0);
    }
    for (int i = 0; i < 10000 && atomic_load(&web.requests) == before; i++)
        usleep(1000);
    kill(child, SIGINT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 1);
    mirror(NOWHERE, "missing");
    assert_int_equal(lin__fashion_mnist_find(ctx, NOWHERE, &place), LIN_ENET);
    check_error_has(ctx, LIN_ENET, "status 404");
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 1);
}

/* A full disk, as a limit on the size of files stands for it. */
static void a_disk_that_fills_up(void **state)
{
    lin_ctx *ctx = *state;
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    small = (struct rlimit){.rlim_cur = 100000, .rlim_max = limit.rlim_max};
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    mirror(NOWHERE, "endless");
    lin__place place;
    int code = lin__fashion_mnist_find(ctx, NOWHERE, &place);
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, before);
    assert_int_equal(code, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "/cache/linnet/fashion-mnist/train-images-idx3-ubyte.gz: cannot be written: ");
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 0);
}

static void the_real_thing(void **state)
{
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    mirror(INSTALLED, "files/");
    int before = atomic_load(&web.requests);
    lin__place place = found(ctx, NOWHERE);
    assert_string_equal(place.folder, in_folder("cache/linnet/fashion-mnist"));
    assert_int_equal(atomic_load(&web.requests), before + 4);
    assert_int_equal(said.infos, 4);
    assert_non_null(strstr(said.last, "/files/t10k-labels-idx1-ubyte.gz (6 kB)"));
    assert_int_equal(entries(place.folder), 5); /* and the stamps */
    assert_string_equal(found(ctx, NOWHERE).folder, place.folder);
    assert_int_equal(atomic_load(&web.requests), before + 4);
    setenv("LINNET_MODULES", NOWHERE, 1); /* what came is verified */
    assert_int_equal(lin_rows(lin_fashion_mnist(ctx, false)), 10000);
    check_ok(ctx);
    assert_int_equal(said.warnings, 0);
}

static void *find_alone(void *arg)
{
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin__place place;
    *(int *)arg = ctx ? lin__fashion_mnist_find(ctx, NOWHERE, &place) : LIN_ENOMEM;
    lin_ctx_free(ctx);
    return NULL;
}

/* Contexts are independent, in this too: both may fetch, and one set stands. */
static void two_contexts_at_once(void **state)
{
    NEEDS_THE_FILES();
    if (valgrind_spares()) skip(); /* three times the real thing */
    lin_ctx *ctx = *state;
    pthread_t thread[2];
    int code[2] = {1, 1};
    mirror(INSTALLED, "files");
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, find_alone, &code[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(code[i], 0);
    }
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 5);
    lin__place place = found(ctx, NOWHERE);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 0, LIN__FASHION_FILES, true, NULL), 0);
}

/* What stands already is not fetched again. */
static void a_download_goes_on_where_it_ended(void **state)
{
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    const char *cache = in_folder("cache/linnet/fashion-mnist");
    link_installed(cache);
    unlink(in_folder("cache/linnet/fashion-mnist/t10k-labels-idx1-ubyte.gz"));
    mirror(INSTALLED, "files");
    int before = atomic_load(&web.requests);
    assert_string_equal(found(ctx, NOWHERE).folder, cache);
    assert_int_equal(atomic_load(&web.requests), before + 1);
    assert_int_equal(entries(cache), 5);
}

static int start(void **state)
{
    (void)state;
    return server_start(&web) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    server_stop(&web);
    return 0;
}

int main(void)
{
    if (!LINNET_HAS_NET) {
        printf("SKIPPED: built without the net part\n");
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        FASHION_TEST(downloads_that_fail_leave_nothing),
        FASHION_TEST(mirrors_that_are_none),
        FASHION_TEST(nowhere_to_put_it),
        FASHION_TEST(an_interrupt_ends_it),
        FASHION_TEST(a_disk_that_fills_up),
        FASHION_TEST(the_real_thing),
        FASHION_TEST(two_contexts_at_once),
        FASHION_TEST(a_download_goes_on_where_it_ended),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
