/* Inputs: what is read from files, gzip streams and pipes, and what is said of those that cannot be. */
#include "base/file.h"

#include "base/region.h"
#include "support/gzip.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

static int empty_folder(void **state)
{
    each_file(remove);
    return new_ctx(state);
}
#define ALONE(name) cmocka_unit_test_setup_teardown(name, empty_folder, free_ctx)

/* ---- Sizes ------------------------------------------------------------------------------------------- */

static void sizes_are_checked(void **state)
{
    (void)state;
    size_t bytes;
    assert_true(lin__shape_bytes((int64_t[]){2, 3}, 2, 4, &bytes) && bytes == 24);
    assert_true(lin__shape_bytes(NULL, 0, 8, &bytes) && bytes == 8);
    assert_true(lin__shape_bytes((int64_t[]){5, 0}, 2, 4, &bytes) && bytes == 0);
    assert_true(lin__shape_bytes((int64_t[]){INT64_MAX}, 1, 1, &bytes) && bytes == INT64_MAX);
    assert_false(lin__shape_bytes((int64_t[]){INT64_MAX / 2 + 1}, 1, 2, &bytes));
    assert_false(lin__shape_bytes((int64_t[]){INT64_MAX, INT64_MAX}, 2, 4, &bytes));
    assert_false(lin__shape_bytes((int64_t[]){-1}, 1, 4, &bytes));
    assert_false(lin__shape_bytes((int64_t[]){0, -1}, 2, 4, &bytes));
    assert_false(lin__shape_bytes((int64_t[]){0, INT64_MAX, 3}, 3, 4, &bytes)); /* no rows of too much */
}

/* ---- Reading ------------------------------------------------------------------------------------------ */

/* All of a file, at most `limit` bytes, in a region of its own that *mark ends. */
static unsigned char *read_all(lin_ctx *ctx, const char *path, size_t limit, size_t *bytes)
{
    lin__input *in = lin__input_open(ctx, lin__here(ctx), path, true);
    unsigned char *all = in ? lin__input_rest(in, lin__here(ctx), limit, bytes) : NULL;
    lin__input_close(in);
    return all;
}

static void check_content(lin_ctx *ctx, const char *path, const void *data, size_t bytes)
{
    size_t got;
    unsigned char *all = read_all(ctx, path, SIZE_MAX, &got);
    if (!all) fail_msg("%s", lin_error(ctx));
    assert_int_equal(got, bytes);
    assert_memory_equal(all, data, bytes);
}

static void check_refused(lin_ctx *ctx, const char *path, const char *part)
{
    size_t bytes;
    assert_null(read_all(ctx, path, SIZE_MAX, &bytes));
    check_error_has(ctx, LIN_EDATA, part);
}

/* Bytes that do not pack well, with long runs in between. */
static unsigned char *noise(size_t bytes)
{
    unsigned char *data = malloc(bytes + 1);
    assert_non_null(data);
    uint32_t x = 1;
    for (size_t i = 0; i < bytes; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = i / 5000 % 3 ? (unsigned char)(x >> 24) : 0;
    }
    return data;
}

enum { LARGE = 300000 };

/* Three members: all but the last 1,000 bytes, nothing, the rest. */
static void put_members(const char *path, const unsigned char *data, size_t bytes)
{
    size_t zipped[3], cuts[] = {0, bytes - 1000, bytes - 1000, bytes};
    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 3; i++) {
        unsigned char *member = gzip(data + cuts[i], cuts[i + 1] - cuts[i], &zipped[i]);
        fwrite(member, 1, zipped[i], f);
        free(member);
    }
    assert_int_equal(fclose(f), 0);
}

/* A member whose last byte is the first but one of what is read at once: the next one's magic is torn. */
static void members_at_the_edge_of_the_buffer(void **state)
{
    enum { AT_ONCE = 1 << 16 };
    unsigned char *data = noise(LARGE), extra[3000] = {0}, *file = malloc(2 * LARGE);
    for (int before = -1; before <= 1; before++) {
        z_stream z = {0};
        gz_header head = {.extra = extra, .extra_len = 1};
        size_t first = 0;
        for (int turn = 0; turn < 2; turn++) { /* once to see how long it is, once to have it as long as is wanted */
            assert_int_equal(deflateInit2(&z, 0, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
            assert_int_equal(deflateSetHeader(&z, &head), Z_OK);
            z.next_in = data;
            z.avail_in = AT_ONCE - 1000;
            z.next_out = file;
            z.avail_out = 2 * LARGE;
            assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
            first = z.total_out;
            deflateEnd(&z);
            head.extra_len += (uInt)(turn ? 0 : AT_ONCE - before - (int)first);
        }
        assert_int_equal(first, AT_ONCE - before);
        size_t second;
        unsigned char *member = gzip(data + AT_ONCE - 1000, LARGE - (AT_ONCE - 1000), &second);
        memcpy(file + first, member, second);
        free(member);
        put_file(in_folder("edge"), file, first + second);
        check_content(*state, in_folder("edge"), data, LARGE);
    }
    free(file);
    free(data);
}

static void plain_and_gzipped_content(void **state)
{
    unsigned char *data = noise(LARGE);
    put_file(in_folder("plain"), data, LARGE);
    check_content(*state, in_folder("plain"), data, LARGE);
    put_gzip(in_folder("gz"), data, LARGE);
    check_content(*state, in_folder("gz"), data, LARGE);
    put_members(in_folder("members"), data, LARGE);
    check_content(*state, in_folder("members"), data, LARGE);
    put_file(in_folder("empty"), "", 0);
    check_content(*state, in_folder("empty"), "", 0);
    put_gzip(in_folder("empty.gz"), "", 0);
    check_content(*state, in_folder("empty.gz"), "", 0);
    put_file(in_folder("one"), "\x1f", 1); /* the first byte of gzip's two */
    check_content(*state, in_folder("one"), "\x1f", 1);
    free(data);
}

static void reads_of_any_size(void **state)
{
    lin_ctx *ctx = *state;
    unsigned char *data = noise(LARGE), *got = malloc(LARGE);
    put_file(in_folder("a"), data, LARGE);
    put_members(in_folder("b"), data, LARGE);
    static const size_t sizes[] = {1, 7, 4095, 65535, 65536, 65537, 200000, LARGE};
    for (int i = 0; i < 2 * 8; i++) {
        lin__input *in = lin__input_open(ctx, 0, in_folder(i % 2 ? "a" : "b"), true);
        size_t at = 0;
        for (int64_t n;
             (n = lin__input_read(in, got + at, sizes[i / 2] < LARGE - at ? sizes[i / 2] : LARGE - at)) > 0;) {
            at += (size_t)n;
            assert_int_equal(lin__input_at(in), at);
        }
        assert_int_equal(at, LARGE);
        assert_memory_equal(got, data, LARGE);
        assert_int_equal(lin__input_read(in, got, 1), 0);
        lin__input_close(in);
    }
    free(got);
    free(data);
}

static void without_gunzip_as_it_is(void **state)
{
    lin_ctx *ctx = *state;
    size_t zipped, bytes;
    unsigned char *stream = gzip("abc", 3, &zipped);
    put_file(in_folder("a"), stream, zipped);
    lin__input *in = lin__input_open(ctx, 0, in_folder("a"), false);
    assert_int_equal(lin__input_left(in), zipped);
    unsigned char *all = lin__input_rest(in, 0, zipped, &bytes);
    assert_int_equal(bytes, zipped);
    assert_memory_equal(all, stream, zipped);
    free(stream);
}

static void what_is_known_of_the_length(void **state)
{
    lin_ctx *ctx = *state;
    char bytes[8];
    put_file(in_folder("a"), "abcdef", 6);
    put_gzip(in_folder("b"), "abcdef", 6);
    lin__input *plain = lin__input_open(ctx, 0, in_folder("a"), true),
               *gz = lin__input_open(ctx, 0, in_folder("b"), true);
    assert_int_equal(lin__input_read(plain, bytes, 4), 4);
    assert_int_equal(lin__input_left(plain), 2);
    assert_int_equal(lin__input_stored(plain), 6);
    assert_int_equal(lin__input_room(plain), (48 << 20) + 3 * 6);
    assert_int_equal(lin__input_read(plain, bytes, 4), 2);
    assert_int_equal(lin__input_left(plain), 0);
    assert_int_equal(lin__input_left(gz), -1);
    assert_true(lin__input_stored(gz) > 6);
    assert_string_equal(lin__input_path(gz), in_folder("b"));
    /* Files of /proc say 0 and have content. */
    lin__input *proc = lin__input_open(ctx, 0, "/proc/self/status", true);
    if (!proc) skip();
    assert_int_equal(lin__input_read(proc, bytes, 4), 4);
    assert_int_equal(lin__input_left(proc), -1);
    assert_true(lin__input_room(proc) > 48 << 20); /* of what has come */
}

static void what_follows_a_gzip_stream(void **state)
{
    lin_ctx *ctx = *state;
    size_t zipped;
    unsigned char *member = gzip("abc", 3, &zipped), file[400] = {0};
    memcpy(file, member, zipped);
    put_file(in_folder("a"), file, sizeof file); /* zeros, as tapes have them */
    check_content(ctx, in_folder("a"), "abc", 3);
    put_file(in_folder("a"), file, zipped + 1);
    check_content(ctx, in_folder("a"), "abc", 3);
    file[zipped + 5] = 7;
    put_file(in_folder("a"), file, sizeof file);
    char text[100];
    snprintf(text, sizeof text, "a: byte %zu as stored: what follows the gzip stream is not another one", zipped + 5);
    check_refused(ctx, in_folder("a"), text);
    memcpy(file + zipped + 2, member, zipped); /* a member behind zeros */
    put_file(in_folder("a"), file, sizeof file);
    check_refused(ctx, in_folder("a"), "what follows the gzip stream is not another one");
    file[zipped] = 0x1f;
    put_file(in_folder("a"), file, zipped + 1); /* half of a magic */
    check_refused(ctx, in_folder("a"), "what follows the gzip stream is not another one");
    free(member);
}

static void a_gzip_stream_cut_anywhere(void **state)
{
    lin_ctx *ctx = *state;
    size_t zipped;
    unsigned char *member = gzip("hello, hello, hello", 19, &zipped);
    for (size_t cut = 2; cut < zipped; cut++) {
        put_file(in_folder("a"), member, cut);
        char text[100];
        snprintf(text, sizeof text, "a: byte %zu as stored: the gzip stream is cut off", cut);
        check_refused(ctx, in_folder("a"), text);
    }
    free(member);
}

static void a_broken_gzip_stream(void **state)
{
    lin_ctx *ctx = *state;
    size_t zipped;
    unsigned char *member = gzip("hello, hello, hello", 19, &zipped);
    static const struct {
        int at, value;
        const char *text;
    } breaks[] = {{2, 7, "unknown compression method"},
                  {3, 0x80, "unknown header flags set"},
                  {10, 0xff, "invalid block type"},
                  {-8, 0xff, "incorrect data check"},
                  {-4, 0xff, "incorrect length check"}};
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        size_t at = breaks[i].at < 0 ? zipped + (size_t)breaks[i].at : (size_t)breaks[i].at;
        unsigned char was = member[at];
        member[at] = (unsigned char)breaks[i].value;
        put_file(in_folder("a"), member, zipped);
        check_refused(ctx, in_folder("a"), breaks[i].text);
        member[at] = was;
    }
    member[zipped - 8] ^= 1; /* and again, when it is asked again */
    put_file(in_folder("a"), member, zipped);
    free(member);
    lin__input *in = lin__input_open(ctx, 0, in_folder("a"), true);
    char out[100];
    assert_int_equal(lin__input_read(in, out, sizeof out), LIN_EDATA);
    lin_error_clear(ctx);
    assert_int_equal(lin__input_read(in, out, sizeof out), LIN_EDATA);
    lin_error_clear(ctx);
}

static void exactly_or_a_cause(void **state)
{
    lin_ctx *ctx = *state;
    char out[8];
    put_gzip(in_folder("a"), "abcdef", 6);
    lin__input *in = lin__input_open(ctx, 0, in_folder("a"), true);
    assert_int_equal(lin__input_exactly(in, out, 4, "the head"), 0);
    assert_memory_equal(out, "abcd", 4);
    assert_int_equal(lin__input_exactly(in, out, 0, "nothing"), 0);
    assert_int_equal(lin__input_exactly(in, out, 5, "the rest"), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "a: ends after 6 bytes, expected 3 more (the rest)");
    lin__input_close(in);
    lin__input_close(in);
    lin__input_close(NULL);
    assert_int_equal(lin__input_read(in, out, 1), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "a: is closed");
}

static void the_rest_has_a_limit(void **state)
{
    lin_ctx *ctx = *state;
    size_t bytes;
    put_file(in_folder("a"), "abcdef", 6);
    put_gzip(in_folder("b"), "abcdef", 6);
    for (int i = 0; i < 2; i++) {
        const char *path = in_folder(i ? "a" : "b");
        assert_non_null(read_all(ctx, path, 6, &bytes));
        assert_int_equal(bytes, 6);
        assert_null(read_all(ctx, path, 5, &bytes));
        check_error_has(ctx, LIN_EDATA, ": has more than 5 bytes of content, the most that is read");
        assert_null(read_all(ctx, path, 0, &bytes));
        lin_error_clear(ctx);
        lin__input *in = lin__input_open(ctx, 0, path, true);
        assert_memory_equal(lin__input_upto(in, 0, 4, &bytes), "abcd", 4);
        assert_int_equal(bytes, 4);
        assert_memory_equal(lin__input_upto(in, 0, 4, &bytes), "ef", 2);
        assert_int_equal(bytes, 2);
        assert_non_null(lin__input_upto(in, 0, 4, &bytes));
        assert_int_equal(bytes, 0);
    }
    check_ok(ctx);
}

/* A quarter of a gigabyte in a quarter of a megabyte: what is beyond the limit is not kept. */
static void a_bomb_stays_small(void **state)
{
    lin_ctx *ctx = *state;
    size_t bytes = 16 << 20;
    unsigned char *zeros = calloc(bytes, 1);
    size_t zipped;
    unsigned char *member = gzip(zeros, bytes, &zipped);
    free(zeros);
    FILE *f = fopen(in_folder("bomb"), "wb");
    for (int i = 0; i < 16; i++)
        fwrite(member, 1, zipped, f);
    fclose(f);
    free(member);
    assert_null(read_all(ctx, in_folder("bomb"), 1 << 20, &bytes));
    check_error_has(ctx, LIN_EDATA, "has more than 1048576 bytes of content");
    assert_true(lin_memory(ctx) < 4 << 20);
}

/* ---- Pipes --------------------------------------------------------------------------------------------- */

typedef struct pipe_job {
    const char *path;
    const void *data;
    size_t bytes;
    pthread_t reader; /* whom signals interrupt */
} pipe_job;

static void on_signal(int signal)
{
    (void)signal;
}

/* A byte at a time, with signals in between. */
static void *feed(void *arg)
{
    const pipe_job *job = arg;
    int fd = open(job->path, O_WRONLY);
    for (size_t i = 0; i < job->bytes; i++) {
        pthread_kill(job->reader, SIGUSR1);
        if (i % 8 == 0) usleep(1000);
        if (write(fd, (const char *)job->data + i, 1) != 1) break;
    }
    close(fd);
    return NULL;
}

static void pipes_short_transfers_and_signals(void **state)
{
    struct sigaction interrupt = {.sa_handler = on_signal}, old; /* without SA_RESTART */
    sigaction(SIGUSR1, &interrupt, &old);
    char path[sizeof test_folder + 10];
    snprintf(path, sizeof path, "%s/pipe", test_folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    size_t zipped;
    unsigned char *member = gzip("hello, hello", 12, &zipped);
    for (int i = 0; i < 2; i++) {
        pipe_job job = {path, i ? member : (const void *)"hello, hello", i ? zipped : 12, pthread_self()};
        pthread_t writer;
        assert_int_equal(pthread_create(&writer, NULL, feed, &job), 0);
        check_content(*state, path, "hello, hello", 12);
        pthread_join(writer, NULL);
    }
    free(member);
    sigaction(SIGUSR1, &old, NULL);
}

/* A reader does not wait for more than it needs: whoever writes into the pipe may wait for an answer. */
static void what_has_come_is_there(void **state)
{
    lin_ctx *ctx = *state;
    char path[40], got[4];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    alarm(20); /* ends the test if it waits */
    assert_int_equal(write(ends[1], "ab", 2), 2);
    lin__input *in = lin__input_open(ctx, 0, path, true);
    assert_int_equal(lin__input_exactly(in, got, 2, "two"), 0);
    assert_int_equal(write(ends[1], "c", 1), 1);
    assert_int_equal(lin__input_exactly(in, got + 2, 1, "one"), 0);
    assert_memory_equal(got, "abc", 3);
    alarm(0);
    lin__input_close(in);
    close(ends[0]);
    close(ends[1]);
}

/* Few bytes are read, however the file lies; more than it has, or of a closed one, are not mapped either. */
static void what_is_not_mapped(void **state)
{
    lin_ctx *ctx = *state;
    void *data;
    unsigned char *content = noise(LIN__LEAST_MAPPED);
    put_file(in_folder("a"), content, LIN__LEAST_MAPPED);
    lin__input *in = lin__input_open(ctx, 0, in_folder("a"), true);
    static const size_t sizes[] = {4, LIN__LEAST_MAPPED - 1, LIN__LEAST_MAPPED + 1};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lin__input_map(in, 0, sizes[i], &data), 0);
        assert_null(data);
    }
    assert_int_equal(lin__input_map(in, 0, LIN__LEAST_MAPPED, &data), 0);
    assert_non_null(data);
    assert_memory_equal(data, content, LIN__LEAST_MAPPED);
    assert_int_equal(lin__input_left(in), 0);
    lin__input_close(in);
    assert_int_equal(lin__input_map(in, 0, LIN__LEAST_MAPPED, &data), 0);
    assert_null(data);
    free(content);
}

/* Descriptor 0 is one as any other, where standard input is closed. */
static void a_file_at_descriptor_0(void **state)
{
    lin_ctx *ctx = *state;
    char got[3];
    put_file(in_folder("a"), "abc", 3);
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 3);
    close(0);
    lin__input *in = lin__input_open(ctx, 0, in_folder("a"), true);
    int at_0 = fcntl(0, F_GETFD), code = in ? lin__input_exactly(in, got, 3, "three") : -1;
    lin__input_close(in);
    int left = fcntl(0, F_GETFD);
    if (kept >= 0) {
        dup2(kept, 0);
        close(kept);
    }
    check_ok(ctx);
    assert_true(at_0 >= 0 && code == 0 && left < 0);
    assert_memory_equal(got, "abc", 3);
}

/* What a file says of its length is believed once half a megabyte has come, and the rest is read behind that. */
static void lengths_around_what_is_believed(void **state)
{
    lin_ctx *ctx = *state;
    enum { HALF = 1 << 19 };
    unsigned char *data = noise(HALF + 2);
    put_file(in_folder("a"), data, HALF + 2);
    for (size_t bytes = HALF - 1; bytes <= HALF + 3; bytes++) {
        size_t got = 0, there = bytes < HALF + 2 ? bytes : HALF + 2;
        lin__input *in = lin__input_open(ctx, 0, in_folder("a"), true);
        unsigned char *all = lin__input_upto(in, 0, bytes, &got);
        assert_non_null(all);
        assert_int_equal(got, there);
        assert_memory_equal(all, data, there);
        lin__input_close(in);
    }
    free(data);
}

/* ---- What cannot be opened ------------------------------------------------------------------------------ */

#define CANNOT_OPEN(path, part)                              \
    do {                                                     \
        assert_null(lin__input_open(*state, 0, path, true)); \
        check_error_has(*state, LIN_ENOFILE, part);          \
    } while (0)

static void what_cannot_be_opened_is_named(void **state)
{
    put_file(in_folder("file"), "x", 1);
    CANNOT_OPEN(in_folder("missing"), "missing: there is no such file");
    CANNOT_OPEN(test_folder, ": is a directory, expected a file");
    CANNOT_OPEN(in_folder("file/x"), "file/x: a part of the path is not a directory");
    assert_int_equal(symlink("nowhere", in_folder("dangling")), 0);
    CANNOT_OPEN(in_folder("dangling"), "dangling: its symbolic link leads to no file");
    assert_int_equal(symlink("circle", in_folder("circle")), 0);
    CANNOT_OPEN(in_folder("circle"), "circle: its symbolic links go in a circle");
    assert_null(lin__input_open(*state, 0, "", true));
    check_error(*state, LIN_EINVAL, "the path of a file to read is empty");
    assert_null(lin__input_open(*state, 0, NULL, true));
    check_error(*state, LIN_EINVAL, "the path of a file to read is NULL");
}

static void names_too_long_and_unprintable(void **state)
{
    char path[6000];
    memset(path, 'a', sizeof path);
    path[300] = '\0';
    CANNOT_OPEN(path, ": the name is too long");
    path[300] = '/';
    path[sizeof path - 1] = '\0';
    CANNOT_OPEN(path, ": the name is too long");
    CANNOT_OPEN("/no\nsuch\x1b[2Jfile", "/no\\x0Asuch\\x1B[2Jfile: there is no such file");
    assert_null(lin__input_open(*state, 0, path, true));
    lin_error_place place = lin_error_where(*state);
    assert_int_equal(strlen(place.file), 1023);
    assert_int_equal(place.line, 0);
    lin_error_clear(*state);
}

/* root may do everything: the files are opened as nobody. */
static void without_permission(void **state)
{
    put_file(in_folder("secret"), "x", 1);
    assert_int_equal(chmod(in_folder("secret"), 0), 0);
    assert_int_equal(chmod(test_folder, 0755), 0);
    bool root = geteuid() == 0;
    if (root && seteuid(65534) != 0) skip();
    lin__input *in = lin__input_open(*state, 0, in_folder("secret"), true);
    if (root) assert_int_equal(seteuid(0), 0);
    assert_null(in);
    check_error_has(*state, LIN_ENOFILE, "secret: no permission to read it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sizes_are_checked),
        ALONE(plain_and_gzipped_content),
        ALONE(members_at_the_edge_of_the_buffer),
        ALONE(reads_of_any_size),
        ALONE(without_gunzip_as_it_is),
        ALONE(what_is_known_of_the_length),
        ALONE(what_follows_a_gzip_stream),
        ALONE(a_gzip_stream_cut_anywhere),
        ALONE(a_broken_gzip_stream),
        ALONE(exactly_or_a_cause),
        ALONE(the_rest_has_a_limit),
        ALONE(a_bomb_stays_small),
        ALONE(pipes_short_transfers_and_signals),
        ALONE(what_has_come_is_there),
        ALONE(what_is_not_mapped),
        ALONE(a_file_at_descriptor_0),
        ALONE(lengths_around_what_is_believed),
        ALONE(what_cannot_be_opened_is_named),
        ALONE(names_too_long_and_unprintable),
        ALONE(without_permission),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
