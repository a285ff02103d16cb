/* Files that are out to hurt: the gzip corpus of go-fuzz and NumPy's pickled arrays, from $LINNET_REFERENCE/hostile. Each is
 * read as its manifest says, or is refused by name, in bounded memory. */
#include "base/file.h"
#include "base/region.h"
#include "support/support.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef LINNET_TEST_CRYPTO
#include <openssl/sha.h>
#endif

/* Calls f for each file of a folder, in a region of its own, with its entry of the manifest. */
static void each_hostile(lin_ctx *ctx, const char *folder, void (*f)(lin_ctx *ctx, const char *path, json_t *entry))
{
    char path[4096];
    const char *name, *reference = getenv("LINNET_REFERENCE");
    json_error_t error;
    json_t *entry;
    snprintf(path, sizeof path, "%s/hostile/%s/manifest.json", reference, folder);
    json_t *manifest = json_load_file(path, 0, &error);
    if (!manifest) fail_msg("%s: %s", path, error.text);
    json_object_foreach(manifest, name, entry)
    {
        snprintf(path, sizeof path, "%s/hostile/%s/%s", reference, folder, name);
        lin_region mark = lin_mark(ctx);
        f(ctx, path, entry);
        assert_true(lin_memory(ctx) < (64 << 20) + 4 * (size_t)json_integer_value(json_object_get(entry, "bytes")));
        lin_release(mark);
    }
    json_decref(manifest);
}

/* Everything is read twice: what was said the first time, empty before. */
typedef char said[2048];

/* One line that names the file, without a byte that a terminal would obey, the same every time. */
static void check_refused(lin_ctx *ctx, const char *path, said before)
{
    assert_int_equal(lin_error_code_of(ctx), LIN_EDATA);
    const char *text = lin_error(ctx);
    if (*before) assert_string_equal(text, before);
    snprintf(before, sizeof(said), "%s", text);
    assert_memory_equal(text, path, strlen(path));
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
    lin_error_clear(ctx);
}

/* Without libcrypto nobody can say. */
static bool has_hash(const void *data, size_t bytes, const char *hash)
{
#ifdef LINNET_TEST_CRYPTO
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    SHA256(data, bytes, digest);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return !strcmp(hex, hash);
#else
    (void)data, (void)bytes, (void)hash;
    return true;
#endif
}

/* Where we differ from Python's gzip: what does not begin as gzip is plain content, not a broken stream; and reserved header flags,
 * which it ignores, are an error, as RFC 1952 (2.3.1.2) has it and zlib does. */
static const char *const plain[] = {"gofuzz_067.gz", "gofuzz_333.gz"}, *const flagged[] = {"gofuzz_201.gz",
                                                                                           "gofuzz_247.gz"};

static bool is_one_of(const char *path, const char *const *names)
{
    const char *name = strrchr(path, '/') + 1;
    return !strcmp(name, names[0]) || !strcmp(name, names[1]);
}

static int accepted, refused;

static void *content_of(lin_ctx *ctx, const char *path, size_t *bytes)
{
    lin__input *in = lin__input_open(ctx, lin__here(ctx), path, true);
    return in ? lin__input_rest(in, lin__here(ctx), 64 << 20, bytes) : NULL;
}

static void unpack(lin_ctx *ctx, const char *path, json_t *entry)
{
    said cause = "";
    size_t bytes = 0, again = 0;
    void *all = content_of(ctx, path, &bytes);
    bool python = !strcmp(json_string_value(json_object_get(entry, "python_gzip")), "accept");
    bool expected = (python && !is_one_of(path, flagged)) || is_one_of(path, plain);
    if (expected != (all != NULL)) fail_msg("%s: %s, %s", path, expected ? "refused" : "read", lin_error(ctx));
    *(all ? &accepted : &refused) += 1;
    if (!all) check_refused(ctx, path, cause);
    void *second = content_of(ctx, path, &again);
    assert_int_equal(!second, !all);
    if (!all) {
        check_refused(ctx, path, cause);
        return;
    }
    assert_int_equal(again, bytes);
    assert_memory_equal(second, all, bytes);
    const char *hash = json_string_value(json_object_get(entry, "sha256_of_content"));
    if (hash && !has_hash(all, bytes, hash)) fail_msg("%s: other content than Python's", path);
}

static void gzip_streams_are_read_as_python_reads_them(void **state)
{
    each_hostile(*state, "gz", unpack);
    assert_int_equal(accepted, 62);
    assert_int_equal(refused, 281);
}

static void load(lin_ctx *ctx, const char *path, json_t *entry)
{
    (void)entry;
    lin_tensor *(*const loaders[])(lin_ctx *, const char *) = {lin_load_idx, lin_load_npy, lin_load_array};
    for (int i = 0; i < 3; i++) {
        said cause = "";
        for (int k = 0; k < 2; k++) {
            assert_null(loaders[i](ctx, path)); /* none of them is an array */
            check_refused(ctx, path, cause);
        }
    }
}

static void no_gzip_stream_of_them_is_an_array(void **state)
{
    each_hostile(*state, "gz", load);
}

static void refuse(lin_ctx *ctx, const char *path, json_t *entry)
{
    assert_string_equal(json_string_value(json_object_get(entry, "verdict")), "reject");
    bool zip = strstr(path, ".npz");
    assert_null(lin_load_array(ctx, path));
    if (!strstr(lin_error(ctx),
                zip ? "is a zip file (npz is one)" : "Python objects, stored as pickle, which linnet never reads"))
        fail_msg("%s", lin_error(ctx));
    check_refused(ctx, path, (said){""});
    load(ctx, path, entry);
}

static void pickled_arrays_are_refused(void **state)
{
    each_hostile(*state, "npy", refuse);
}

int main(void)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/hostile/gz", getenv("LINNET_REFERENCE") ? getenv("LINNET_REFERENCE") : "");
    if (access(folder, R_OK) != 0) {
        puts("skipped: there is no hostile/gz in $LINNET_REFERENCE");
        return SKIPPED;
    }
#ifndef LINNET_TEST_CRYPTO
    puts("without libcrypto: content is not held against its SHA-256");
#endif
    const struct CMUnitTest tests[] = {
        TEST(gzip_streams_are_read_as_python_reads_them),
        TEST(no_gzip_stream_of_them_is_an_array),
        TEST(pickled_arrays_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
