/* Fashion-MNIST: where it is looked for, what it must be, and what is verified, once. Where Debian's package is not
 * installed, what needs the real files is skipped. */
#include "base/region.h"

#include "support/fashion.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* ---- Where it is looked for ---------------------------------------------------------------------------- */

static void the_users_own_comes_first(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    setenv("LINNET_MODULES", NOWHERE, 1); /* no digest is asked for */
    put_set(in_folder("data/fashion-mnist"), 12, 28, 10, false);
    put_set(in_folder("cache/linnet/fashion-mnist"), 20, 28, 10, false);
    assert_string_equal(lin_fashion_mnist_path(ctx), in_folder("data/fashion-mnist"));
    assert_string_equal(lin_fashion_mnist_find(ctx), in_folder("data/fashion-mnist"));
    lin_dataset *d = lin_fashion_mnist(ctx, false);
    check_ok(ctx);
    assert_int_equal(lin_rows(d), 12);
    assert_int_equal(lin_row_type(d, 0), LIN_U8);
    assert_int_equal(lin_row_type(d, 1), LIN_I64);
    int count;
    const char *const *classes = lin_classes(d, &count);
    assert_int_equal(count, 10);
    assert_string_equal(classes[0], "t-shirt");
    assert_string_equal(classes[9], "ankle boot");
    assert_int_equal(said.warnings, 0);
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 4); /* and nothing is noted of it */
}

static void packed_or_not(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 11, 28, 10, true);
    assert_int_equal(lin_rows(lin_fashion_mnist(ctx, true)), 11);
    check_ok(ctx);
}

static void half_a_set_of_ones_own(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 5, 28, 10, false);
    unlink(in_folder("data/fashion-mnist/t10k-images-idx3-ubyte"));
    assert_null(lin_fashion_mnist(ctx, true));
    check_error_has(ctx, LIN_ENOFILE,
                    "/data/fashion-mnist: there is neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz, but "
                    "others of the four files of fashion-mnist: add what is missing, or unset $LINNET_DATA");
}

static void an_own_folder_without_any(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("system"), 5, 28, 10, false);
    assert_string_equal(found(ctx, in_folder("system")).folder, in_folder("system")); /* it does not exist */
    make_folders(in_folder("data/fashion-mnist"));
    assert_string_equal(found(ctx, in_folder("system")).folder, in_folder("system")); /* it is empty */
    setenv("LINNET_DATA", "", 1);
    assert_string_equal(found(ctx, in_folder("system")).folder, in_folder("system"));
}

static void ones_own_must_have_its_shape(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 12, 27, 10, false);
    assert_null(lin_fashion_mnist(ctx, true));
    check_error_has(ctx, LIN_EDATA,
                    "/data/fashion-mnist: the images have the shape (12, 27, 27), those of fashion-mnist (*, 28, 28)");
    put_set(in_folder("data/fashion-mnist"), 12, 28, 11, false);
    assert_null(lin_fashion_mnist(ctx, true));
    check_error_has(ctx, LIN_EDATA, "/data/fashion-mnist: label 10 is 10, those of fashion-mnist are 0 to 9");
}

static void the_cache_comes_before_the_system(void **state)
{
    lin_ctx *ctx = *state;
    put_set(in_folder("system"), 5, 28, 10, false);
    assert_string_equal(found(ctx, in_folder("system")).folder, in_folder("system"));
    put_set(in_folder("cache/linnet/fashion-mnist"), 5, 28, 10, false);
    assert_string_equal(found(ctx, in_folder("system")).folder, in_folder("cache/linnet/fashion-mnist"));
    unlink(in_folder("cache/linnet/fashion-mnist/train-labels-idx1-ubyte"));
    assert_string_equal(found(ctx, in_folder("system")).folder, in_folder("system")); /* a download cut short */
}

static void the_cache_is_where_xdg_says(void **state)
{
    lin_ctx *ctx = *state;
    const char *folder;
    unsetenv("XDG_CACHE_HOME");
    assert_int_equal(lin__cache_folder(ctx, "x", &folder), 0);
    assert_string_equal(folder, in_folder("home/.cache/linnet/x"));
    setenv("XDG_CACHE_HOME", "relative", 1);
    assert_int_equal(lin__cache_folder(ctx, "x", &folder), 0);
    assert_string_equal(folder, in_folder("home/.cache/linnet/x"));
    setenv("HOME", "", 1);
    assert_int_equal(lin__cache_folder(ctx, "x", &folder), 0);
    assert_null(folder);
    check_ok(ctx);
}

static void nothing_without_a_context(void **state)
{
    (void)state;
    assert_null(lin_fashion_mnist(NULL, true));
    assert_null(lin_fashion_mnist_path(NULL));
    assert_null(lin_fashion_mnist_find(NULL));
    assert_int_equal(lin_fashion_mnist_verify(NULL), LIN_EINVAL);
}

/* ---- Without the net part ------------------------------------------------------------------------------ */

static void unverified_is_said_once(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_MODULES", NOWHERE, 1);
    put_set(in_folder("cache/linnet/fashion-mnist"), 5, 28, 10, false);
    assert_int_equal(lin_rows(lin_fashion_mnist(ctx, true)), 5);
    assert_int_equal(lin_rows(lin_fashion_mnist(ctx, false)), 5);
    check_ok(ctx);
    assert_int_equal(said.warnings, 1);
    assert_string_equal(said.last, "fashion-mnist is read unverified: there is no " NOWHERE "/linnet-net.so");
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 4); /* and not remembered as verified */
    assert_int_equal(lin_fashion_mnist_verify(ctx), LIN_EUNSUPPORTED);
    check_error(ctx, LIN_EUNSUPPORTED,
                "fashion-mnist cannot be verified by this linnet: there is no " NOWHERE "/linnet-net.so");
}

static void no_download_without_the_net_part(void **state)
{
    lin_ctx *ctx = *state;
    lin__place place;
    setenv("LINNET_MODULES", NOWHERE, 1);
    assert_int_equal(lin__fashion_mnist_find(ctx, NOWHERE, &place), LIN_EUNSUPPORTED);
    check_error(ctx, LIN_EUNSUPPORTED,
                "fashion-mnist is not on this machine, and cannot be downloaded (there is no " NOWHERE "/linnet-net.so"
                "): install Debian's package dataset-fashion-mnist, or put train-images-idx3-ubyte.gz, "
                "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz into a folder "
                "fashion-mnist and set $LINNET_DATA to the folder above it");
}

static void a_module_of_another_version(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_MODULES", LINNET_BINARY_DIR "/tests/other", 1);
    put_set(in_folder("cache/linnet/fashion-mnist"), 5, 28, 10, false);
    assert_null(lin_fashion_mnist(ctx, true));
    check_error(ctx, LIN_EUNSUPPORTED,
                LINNET_BINARY_DIR
                "/tests/other/linnet-net.so: belongs to another version of linnet: install the library "
                "and its modules from one build");
}

static void a_module_that_cannot_be_opened(void **state)
{
    lin_ctx *ctx = *state;
    const lin__net *net;
    const char *why;
    put_content(test_folder, "linnet-net.so", "not a module", 12, false);
    setenv("LINNET_MODULES", test_folder, 1);
    assert_int_equal(lin__net_find(ctx, &net, &why), 0);
    assert_null(net);
    assert_non_null(strstr(why, "/linnet-net.so: ")); /* the loader's words */
}

/* Without $LINNET_MODULES: the loader finds it by the way that this program carries. A sanitizer calls the loader in its own
 * name, and has no such way. */
static void the_loader_finds_it(void **state)
{
    lin_ctx *ctx = *state;
    const lin__net *net;
    const char *why = NULL;
    unsetenv("LINNET_MODULES");
    assert_int_equal(lin__net_find(ctx, &net, &why), 0);
#if defined(LIN__ASAN) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    if (LINNET_HAS_NET)
        assert_non_null(net);
    else if (!net) /* otherwise a linnet is installed, and it is that one's */
        assert_non_null(strstr(why, "there is neither " LINNET_BINARY_DIR "/tests/linnet-net.so nor /"));
}

/* ---- Verified once ------------------------------------------------------------------------------------- */

static void what_is_not_the_published_file(void **state)
{
    NEEDS_NET();
    lin_ctx *ctx = *state;
    const char *cache = in_folder("cache/linnet/fashion-mnist");
    put_set(cache, 5, 28, 10, false);
    assert_null(lin_fashion_mnist(ctx, false));
    check_error_has(ctx, LIN_EDATA,
                    "/cache/linnet/fashion-mnist/t10k-images-idx3-ubyte: is not the published file: the SHA-256 of its "
                    "content is ");
    assert_int_equal(lin_fashion_mnist_verify(ctx), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA,
                    ", expected c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888: remove it; it is "
                    "downloaded again if need be");
    assert_int_equal(entries(cache), 4);
}

static void verify_looks_at_ones_own_too(void **state)
{
    NEEDS_NET();
    lin_ctx *ctx = *state;
    setenv("LINNET_DATA", in_folder("data"), 1);
    put_set(in_folder("data/fashion-mnist"), 5, 28, 10, true);
    assert_int_equal(lin_fashion_mnist_verify(ctx), LIN_EDATA);
    assert_string_equal(lin_error_where(ctx).file, in_folder("data/fashion-mnist/train-images-idx3-ubyte.gz"));
    check_error_has(ctx, LIN_EDATA, "it is your own ($LINNET_DATA); unset $LINNET_DATA for the published one");
}

static void a_file_that_cannot_be_unpacked(void **state)
{
    NEEDS_NET();
    lin_ctx *ctx = *state;
    put_set(in_folder("system"), 5, 28, 10, true);
    lin__place place = found(ctx, in_folder("system"));
    assert_int_equal(truncate(in_folder("system/t10k-labels-idx1-ubyte.gz"), 20), 0);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), LIN_EDATA);
    check_error_has(
        ctx, LIN_EDATA,
        "/system/t10k-labels-idx1-ubyte.gz: " DAMAGE
        " 10008 bytes (SHA-256 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34): reinstall "
        "the package dataset-fashion-mnist");
    static const char zeros[20000];
    put_content(in_folder("system"), "t10k-labels-idx1-ubyte", zeros, sizeof zeros, true); /* more than there can be */
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, DAMAGE);
    unlink(in_folder("system/t10k-labels-idx1-ubyte.gz"));
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), LIN_ENOFILE);
    check_error_has(ctx, LIN_ENOFILE, "/system: t10k-labels-idx1-ubyte is not here any more");
}

static void nothing_to_verify(void **state)
{
    lin_ctx *ctx = *state;
    lin__place place;
    assert_int_equal(lin__fashion_mnist_look(ctx, NOWHERE, &place), 0);
    assert_null(place.folder);
    if (is_installed()) skip();
    assert_int_equal(lin_fashion_mnist_verify(ctx), LIN_ENOFILE);
    check_error(ctx, LIN_ENOFILE, "fashion-mnist is not on this machine: there is nothing to verify");
}

static void the_installed_set(void **state)
{
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    lin_dataset *d = lin_fashion_mnist(ctx, false);
    check_ok(ctx);
    assert_int_equal(lin_rows(d), 10000);
    assert_string_equal(lin_fashion_mnist_path(ctx), INSTALLED);
    lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = 256, .in_order = true});
    lin_batch m = {0};
    assert_int_equal(lin_loader_first(loader, &m), 256);
    assert_int_equal(lin_type(m.X), LIN_F32);
    assert_int_equal(lin_type(m.y), LIN_I64);
    assert_int_equal(lin_ndim(m.X), 4);
    assert_int_equal(lin_dim(m.X, 1), 1);
    assert_int_equal(lin_dim(m.X, 3), 28);
    assert_int_equal(lin_ndim(m.y), 1);
    assert_true(lin_at(m.y, LIN_SHAPE(0)) == 9); /* the first test image is an ankle boot */
    assert_int_equal(said.warnings, LINNET_HAS_NET ? 0 : 1);
}

static void what_was_verified_is_not_hashed_again(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    link_installed(in_folder("system"));
    unlink(in_folder("system/t10k-labels-idx1-ubyte.gz"));
    char *bytes = calloc(1, 10008);
    gzFile labels = gzopen(INSTALLED "/t10k-labels-idx1-ubyte.gz", "rb");
    assert_int_equal(gzread(labels, bytes, 10008), 10008);
    gzclose(labels);
    put_content(in_folder("system"), "t10k-labels-idx1-ubyte", bytes, 10008, false); /* unpacked is as good */
    lin__place place = found(ctx, in_folder("system"));
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 2, 2, false, NULL), 0);
    check_ok(ctx);
    assert_int_equal(entries(in_folder("cache/linnet/fashion-mnist")), 2); /* the stamps, and a folder of copies */
    setenv("LINNET_MODULES", NOWHERE, 1);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 2, 2, false, NULL), 0);
    assert_int_equal(said.warnings, 0); /* nothing to verify, so nothing that it takes */
    bytes[5000] ^= 1;
    put_content(in_folder("system"), "t10k-labels-idx1-ubyte", bytes, 10008, false);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), 0);
    assert_int_equal(said.warnings, 1); /* the file has changed, and is to be verified */
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "the SHA-256 of its content is ");
    bytes[5000] ^= 1;
    put_content(in_folder("system"), "t10k-labels-idx1-ubyte", bytes, 10008, false);
    free(bytes);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), 0);
    setenv("LINNET_MODULES", NOWHERE, 1);
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, 2, 2, false, NULL), 0);
    assert_int_equal(said.warnings, 1); /* one line a file: the old one went, the other stayed */
}

/* Where no stamp can be kept, all is hashed anew: no error, not even for a context that would exit. */
static void a_cache_that_cannot_be_written(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    (void)state;
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.on_error = LIN_EXIT});
    static const char *const caches[] = {"/dev/null", "/proc/linnet"};
    link_installed(in_folder("system"));
    for (int i = 0; i < 2; i++) {
        setenv("XDG_CACHE_HOME", caches[i], 1);
        lin__place place = found(ctx, in_folder("system"));
        assert_int_equal(lin__fashion_mnist_check(ctx, &place, 3, 1, false, NULL), 0);
        check_ok(ctx);
    }
    lin_ctx_free(ctx);
}

/* ---- Copied once --------------------------------------------------------------------------------------- */

enum { IMAGES = 2, IMAGES_BYTES = 7840016 }; /* the test part's */
#define COPIES "cache/linnet/fashion-mnist/unpacked"
#define COPY   COPIES "/t10k-images-idx3-ubyte"

/* Where the test images of the set in "system" are read. */
static const char *read_from(lin_ctx *ctx)
{
    lin__place place = found(ctx, in_folder("system"));
    const char *path = NULL;
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, IMAGES, 1, false, &path), 0);
    check_ok(ctx);
    return path;
}

/* The copy is read, and what the archive holds. */
static void check_copied(lin_ctx *ctx)
{
    assert_string_equal(read_from(ctx), in_folder(COPY));
    lin_tensor *copy = lin_load_idx(ctx, in_folder(COPY));
    lin_tensor *packed = lin_load_idx(ctx, INSTALLED "/t10k-images-idx3-ubyte.gz");
    check_ok(ctx);
    assert_int_equal(lin_numel(copy), IMAGES_BYTES - 16);
    assert_memory_equal(lin_u8(copy), lin_u8(packed), IMAGES_BYTES - 16);
    assert_int_equal(entries(in_folder(COPIES)), 1); /* and nothing half written beside it */
}

static void change_a_byte(const char *path)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 1000000, SEEK_SET), 0);
    fputc(99, file);
    assert_int_equal(fclose(file), 0);
}

static void an_unpacked_copy_is_read_from_then_on(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    link_installed(in_folder("system"));
    check_copied(ctx);
    struct stat first, later;
    assert_int_equal(stat(in_folder(COPY), &first), 0);
    setenv("LINNET_MODULES", NOWHERE, 1); /* nothing is hashed, and nothing written */
    check_copied(ctx);
    assert_int_equal(stat(in_folder(COPY), &later), 0);
    assert_int_equal(first.st_ino, later.st_ino);
    assert_int_equal(said.warnings, 0);
}

static void a_damaged_copy_is_made_anew(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    link_installed(in_folder("system"));
    check_copied(ctx);
    change_a_byte(in_folder(COPY));
    put_file(in_folder(COPIES "/.linnet-999999999-3.tmp"), "half",
             4); /* of one who was killed; there is no such process */
    check_copied(ctx);
    assert_int_equal(truncate(in_folder(COPY), 5000), 0);
    check_copied(ctx);
    assert_int_equal(unlink(in_folder(COPY)), 0);
    check_copied(ctx);
    change_a_byte(in_folder(COPY));
    setenv("LINNET_MODULES", NOWHERE, 1); /* it cannot be; but the archive was found good */
    assert_string_equal(read_from(ctx), in_folder("system/t10k-images-idx3-ubyte.gz"));
    assert_int_equal(said.warnings, 0);
}

/* A copy does not hide what became of the file that it was made of. */
static void a_changed_archive_is_noticed(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    link_installed(in_folder("system"));
    check_copied(ctx);
    assert_int_equal(unlink(in_folder("system/t10k-images-idx3-ubyte.gz")), 0);
    put_content(in_folder("system"), "t10k-images-idx3-ubyte", "other", 5, true);
    lin__place place = found(ctx, in_folder("system"));
    const char *path = NULL;
    assert_int_equal(lin__fashion_mnist_check(ctx, &place, IMAGES, 1, false, &path), LIN_EDATA);
    assert_null(path);
    check_error_has(ctx, LIN_EDATA, "/system/t10k-images-idx3-ubyte.gz: is not the published file: ");
    assert_int_equal(entries(in_folder(COPIES)), 1);
}

static void without_a_copy_the_archive_is_read(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    lin_ctx *ctx = *state;
    static char packed[sizeof test_folder + 300];
    snprintf(packed, sizeof packed, "%s", in_folder("system/t10k-images-idx3-ubyte.gz"));
    link_installed(in_folder("system"));
    make_folders(in_folder("cache/linnet/fashion-mnist"));
    put_file(in_folder(COPIES), "", 0); /* no folder can be made there */
    assert_string_equal(read_from(ctx), packed);
    assert_int_equal(unlink(in_folder(COPIES)), 0);
    struct rlimit old, little = {1000000, 1000000};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    little.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0); /* as if the disk were full */
    assert_string_equal(read_from(ctx), packed);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(entries(in_folder(COPIES)), 0);
    check_copied(ctx);
}

static void first_runs_at_once(void **state)
{
    NEEDS_NET();
    NEEDS_THE_FILES();
    enum { RUNS = 4 };
    const int runs = RUNS / valgrind_step(2);
    lin_ctx *ctx = *state;
    link_installed(in_folder("system"));
    pid_t child[RUNS];
    for (int i = 0; i < runs; i++) {
        if ((child[i] = fork()) != 0) continue;
        lin_ctx *own = lin_ctx_new(NULL);
        lin__place place;
        const char *path;
        bool read = lin__fashion_mnist_find(own, in_folder("system"), &place) == 0 &&
                    lin__fashion_mnist_check(own, &place, IMAGES, 1, false, &path) == 0 &&
                    lin_numel(lin_load_idx(own, path)) == IMAGES_BYTES - 16;
        _exit(!read);
    }
    for (int i = 0; i < runs; i++) {
        int status = -1;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    check_copied(ctx);
}

static void stamps_of_any_content(void **state)
{
    lin_ctx *ctx = *state;
    const char *cache = in_folder("cache");
    static char junk[70000];
    memset(junk, '\n', sizeof junk);
    put_set(in_folder("data"), 2, 28, 10, false);
    const char *path = in_folder("data/t10k-labels-idx1-ubyte");
    const char *stamp = lin__stamp(ctx, path, &files[3]);
    assert_false(lin__stamp_known(ctx, cache, stamp));
    make_folders(cache);
    put_content(cache, "verified", junk, sizeof junk, false); /* longer than it can be */
    assert_false(lin__stamp_known(ctx, cache, stamp));
    lin__stamp_keep(ctx, cache, stamp, path);
    assert_true(lin__stamp_known(ctx, cache, stamp));
    static const char no_line[] = "\0\xff no line";
    put_content(cache, "verified", no_line, sizeof no_line, false);
    assert_false(lin__stamp_known(ctx, cache, stamp));
    lin__stamp_keep(ctx, cache, stamp, path);
    lin__stamp_keep(ctx, cache, "0 other\n", "other");
    lin__stamp_keep(ctx, cache, "1 other\n", "other");
    assert_true(lin__stamp_known(ctx, cache, stamp));
    assert_true(lin__stamp_known(ctx, cache, "1 other\n"));
    assert_false(lin__stamp_known(ctx, cache, "0 other\n"));
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FASHION_TEST(the_users_own_comes_first),
        FASHION_TEST(packed_or_not),
        FASHION_TEST(half_a_set_of_ones_own),
        FASHION_TEST(an_own_folder_without_any),
        FASHION_TEST(ones_own_must_have_its_shape),
        FASHION_TEST(the_cache_comes_before_the_system),
        FASHION_TEST(the_cache_is_where_xdg_says),
        FASHION_TEST(nothing_without_a_context),
        FASHION_TEST(unverified_is_said_once),
        FASHION_TEST(no_download_without_the_net_part),
        FASHION_TEST(a_module_of_another_version),
        FASHION_TEST(a_module_that_cannot_be_opened),
        FASHION_TEST(the_loader_finds_it),
        FASHION_TEST(what_is_not_the_published_file),
        FASHION_TEST(verify_looks_at_ones_own_too),
        FASHION_TEST(a_file_that_cannot_be_unpacked),
        FASHION_TEST(nothing_to_verify),
        FASHION_TEST(the_installed_set),
        FASHION_TEST(what_was_verified_is_not_hashed_again),
        FASHION_TEST(a_cache_that_cannot_be_written),
        FASHION_TEST(an_unpacked_copy_is_read_from_then_on),
        FASHION_TEST(a_damaged_copy_is_made_anew),
        FASHION_TEST(a_changed_archive_is_noticed),
        FASHION_TEST(without_a_copy_the_archive_is_read),
        FASHION_TEST(first_runs_at_once),
        FASHION_TEST(stamps_of_any_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
