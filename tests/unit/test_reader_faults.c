/* Every allocation and every call that a reader makes fails in turn, however small: a clean error each time, and then the file is
 * read. The linker sends the library's calls here first (--wrap, in tests/CMakeLists.txt). */
#include "base/error.h"
#include "base/file.h"
#include "base/region.h"
#include "model/safetensors.h"

#include "support/gzip.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

/* ---- What fails ---------------------------------------------------------------------------------- */

static int calls, failing = -1;   /* the failing-th call from 0 on; -1: none */
static int fault;                 /* what a failing read gives; 0: allocations fail instead */
enum { ONE_BYTE = -1, CUT = -2 }; /* faults: a read gives one byte; from that one on the file has come to its end */

static bool fails_now(bool memory)
{
    return failing >= 0 && memory == !fault && calls++ == failing;
}

/* What is left of a chunk is not used: the next allocation, too, has to ask for one. */
static void *used_up(lin_ctx *ctx, uint32_t depth, void *p)
{
    if (failing >= 0 && !fault) ctx->regions[depth].at = ctx->regions[depth].end;
    return p;
}

static void *none(lin_ctx *ctx)
{
    lin__fail_memory(ctx, 1);
    return NULL;
}

void *__real_lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    return fails_now(true) ? none(ctx) : used_up(ctx, depth, __real_lin__alloc_slow(ctx, depth, bytes));
}

void *__real_lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    return fails_now(true) ? none(ctx) : used_up(ctx, depth, __real_lin__alloc_zeroed(ctx, depth, bytes));
}

void *__real_lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size);
void *__wrap_lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size);
void *__wrap_lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size)
{
    return fails_now(true) ? none(ctx) : used_up(ctx, depth, __real_lin__alloc_array(ctx, depth, count, size));
}

char *__real_lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text);
char *__wrap_lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text);
char *__wrap_lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text)
{
    return fails_now(true) ? none(ctx) : used_up(ctx, depth, __real_lin__strdup(ctx, depth, text));
}

int __real_lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg);
int __wrap_lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg);
int __wrap_lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg)
{
    if (fails_now(true)) return lin__fail_memory(ctx, 1);
    int code = __real_lin__at_end(ctx, depth, f, arg);
    used_up(ctx, depth, arg);
    return code;
}

char *__wrap_lin__format(lin_ctx *ctx, uint32_t depth, const char *format, ...);
char *__wrap_lin__format(lin_ctx *ctx, uint32_t depth, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return __wrap_lin__strdup(ctx, depth, text);
}

lin_region __real_lin_mark(lin_ctx *ctx);
lin_region __wrap_lin_mark(lin_ctx *ctx);
lin_region __wrap_lin_mark(lin_ctx *ctx)
{
    if (!fails_now(true)) return __real_lin_mark(ctx);
    none(ctx);
    return (lin_region){0};
}

lin_region __real_lin__open(lin_ctx *ctx, bool is_step);
lin_region __wrap_lin__open(lin_ctx *ctx, bool is_step);
lin_region __wrap_lin__open(lin_ctx *ctx, bool is_step)
{
    if (!fails_now(true)) return __real_lin__open(ctx, is_step);
    none(ctx);
    return (lin_region){0};
}

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
    return fails_now(true) ? NULL : __real_malloc(bytes);
}

int __real_inflateInit2_(z_streamp z, int bits, const char *version, int size);
int __wrap_inflateInit2_(z_streamp z, int bits, const char *version, int size);
int __wrap_inflateInit2_(z_streamp z, int bits, const char *version, int size)
{
    return fails_now(true) ? Z_MEM_ERROR : __real_inflateInit2_(z, bits, version, size);
}

int __real_inflate(z_streamp z, int flush);
int __wrap_inflate(z_streamp z, int flush);
int __wrap_inflate(z_streamp z, int flush)
{
    assert_true(z->avail_in <= 1 << 16); /* what is read at once */
    return fails_now(true) ? Z_MEM_ERROR : __real_inflate(z, flush);
}

ssize_t __real_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes)
{
    if (fault == CUT && failing >= 0 && calls++ >= failing) return 0;
    if (fault == CUT) return __real_read(fd, out, bytes);
    if (!fails_now(false)) return __real_read(fd, out, bytes);
    if (fault == ONE_BYTE) return __real_read(fd, out, bytes < 1 ? bytes : 1);
    errno = fault;
    return -1;
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    if (fault == CUT || !fails_now(false) || fault < 0 || fault == EINTR) return __real_fstat(fd, status);
    errno = fault;
    return -1;
}

/* ---- What is read -------------------------------------------------------------------------------- */

typedef int attempt(lin_ctx *ctx, const char *path);

static int load_array(lin_ctx *ctx, const char *path)
{
    return lin_load_array(ctx, path) ? 0 : lin_error_code_of(ctx);
}

static bool no_map; /* arrays that are read row by row, from a descriptor of their own */
void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return no_map && fd >= 0 ? MAP_FAILED : __real_mmap(at, bytes, protection, flags, fd, offset);
}

static int open_dataset(lin_ctx *ctx, const char *path)
{
    return lin_file_dataset(ctx, path, NULL) ? 0 : lin_error_code_of(ctx);
}

static int open_dataset_to_read(lin_ctx *ctx, const char *path)
{
    no_map = true;
    int code = open_dataset(ctx, path);
    no_map = false;
    return code;
}

static int load_safetensors(lin_ctx *ctx, const char *path)
{
    lin_state state;
    lin_model_info info;
    return lin_load_safetensors_with(ctx, path, &state, &info);
}

static int load_model(lin_ctx *ctx, const char *path)
{
    lin_model_info info;
    return lin_load_with(ctx, path, &info) ? 0 : lin_error_code_of(ctx);
}

static int load_and_save_model(lin_ctx *ctx, const char *path)
{
    lin_model_info info;
    lin_module *net = lin_load_with(ctx, path, &info);
    return net ? lin_save_with(net, in_folder("copy"), &info) : lin_error_code_of(ctx);
}

static int load_and_save_array(lin_ctx *ctx, const char *path)
{
    lin_tensor *t = lin_load_npy(ctx, path);
    return t ? lin_save_npy(t, in_folder("copy")) : lin_error_code_of(ctx);
}

/* In a new context each time: no chunk is left over from before. */
static int once(attempt *f, const char *path, int n, int expected)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
    assert_non_null(ctx);
    calls = 0;
    failing = n;
    int code = f(ctx, path);
    failing = -1;
    if (code && code != expected) fail_msg("call %d: code %d: %s", n, code, lin_error(ctx));
    if (code != lin_error_code_of(ctx))
        fail_msg("%s: call %d: code %d, and %s", path, n, code,
                 lin_error(ctx)); /* what was read has no cause, and the other way round */
    lin_ctx_free(ctx);
    return code;
}

/* Every call fails once; `least` is how many there must be. */
static void each_call(attempt *f, const char *file, int expected, int least)
{
    int failed = 0;
    char path[4096]; /* in_folder's own are used again */
    snprintf(path, sizeof path, "%s", file);
    for (int n = 0; n < 1000; n++) {
        int code = once(f, path, n, expected);
        failed += code != 0;
        if (calls <= n) break; /* there are no more */
    }
    assert_in_range(failed, least, 999);
    assert_int_equal(once(f, path, -1, 0), 0);
}

static const char *put_idx(bool zipped, size_t count)
{
    unsigned char *all = calloc(1, 8 + count);
    memcpy(all, (unsigned char[]){0, 0, 9, 1, 0, (unsigned char)(count >> 16), 0, 0}, 8);
    const char *path = in_folder("array");
    (zipped ? put_gzip : put_file)(path, all, 8 + count);
    free(all);
    return path;
}

/* Bytes that do not pack. */
static unsigned char *noise(size_t bytes)
{
    unsigned char *all = malloc(bytes);
    assert_non_null(all);
    uint32_t x = 1;
    for (size_t i = 0; i < bytes; i++) {
        x = x * 1664525 + 1013904223;
        all[i] = (unsigned char)(x >> 24);
    }
    return all;
}

/* A gzip stream of a megabyte that does not pack: it is read in many pieces, and believed half way. */
static const char *put_noise(void)
{
    enum { BYTES = 1 << 20 };
    unsigned char *all = noise(8 + BYTES);
    memcpy(all, (unsigned char[]){0, 0, 8, 1, 0, BYTES >> 16, 0, 0}, 8);
    put_gzip(in_folder("noise"), all, 8 + BYTES);
    free(all);
    return in_folder("noise");
}

/* Large enough to be mapped. */
static const char *put_large(void)
{
    enum { BYTES = 1 << 20 };
    unsigned char *all = calloc(1, 8 + BYTES);
    memcpy(all, (unsigned char[]){0, 0, 8, 1, 0, BYTES >> 16, 0, 0}, 8);
    put_file(in_folder("large"), all, 8 + BYTES);
    free(all);
    return in_folder("large");
}

static const char *put_npy(void)
{
    static char head[] = "\x93NUMPY\1\0\x3c\0{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }  \n";
    unsigned char all[10 + 60 + 24] = {0};
    memset(all, ' ', 70);
    memcpy(all, head, sizeof head - 1 < 70 ? sizeof head - 1 : 70);
    put_file(in_folder("npy"), all, sizeof all);
    return in_folder("npy");
}

static const char *put_tensors(void)
{
    static const unsigned char data[24];
    return put_safetensors(
        in_folder("tensors"),
        "{\"__metadata__\":{\"a\":\"b\",\"linnet\":\"{}\"},\"x\":{\"dtype\":\"U64\",\"shape\":[2],"
        "\"data_offsets\":[0,16]},\"y\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[16,24]}}",
        data, sizeof data);
}

static const char *put_model(void)
{
    static const char *const classes[] = {"yes", "no"};
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 4, 3), lin_relu_layer(ctx),
                                     lin_sequential(ctx, lin_linear(ctx, 3, 2)));
    lin_model_info info = {.task = "classification",
                           .classes = classes,
                           .class_count = 2,
                           .input = LIN_SHAPE(2, 2),
                           .input_dtype = LIN_U8,
                           .training = "{\"lr\":0.1,\"on\":[true,null]}"};
    assert_int_equal(lin_save_with(net, in_folder("model"), &info), 0);
    lin_ctx_free(ctx);
    return in_folder("model");
}

/* Without tensors: what is digested is its JSON. */
static const char *put_checkpoint(void)
{
    char linnet[80];
    lin_ctx *ctx = lin_ctx_new(NULL);
    snprintf(linnet, sizeof linnet, "{\"checkpoint\":1,\"digest\":\"%016" PRIx64 "\"}",
             lin__checkpoint_digest("{\"checkpoint\":1}", (lin_state){0}));
    assert_int_equal(lin__safetensors_write(ctx, in_folder("checkpoint"), (lin_state){0}, linnet), 0);
    lin_ctx_free(ctx);
    return in_folder("checkpoint");
}

static const char *put_plain_model(void)
{
    static const unsigned char data[12];
    return put_safetensors(in_folder("plain"),
                           "{\"1.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                           "\"1.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
                           data, sizeof data);
}

static void every_allocation(void **state)
{
    (void)state;
    fault = 0;
    each_call(load_array, put_idx(false, 1 << 16), LIN_ENOMEM, 5);
    each_call(load_array, put_idx(true, 1 << 16), LIN_ENOMEM, 8);
    each_call(load_array, put_idx(true, 0), LIN_ENOMEM, 8);
    each_call(load_array, put_large(), LIN_ENOMEM, 5);
    each_call(open_dataset, put_large(), LIN_ENOMEM, 8);
    each_call(open_dataset_to_read, put_large(), LIN_ENOMEM, 8);
    each_call(load_array, put_npy(), LIN_ENOMEM, 7);
    each_call(load_and_save_array, put_npy(), LIN_ENOMEM, 10);
    each_call(load_safetensors, put_tensors(), LIN_ENOMEM, 15);
    each_call(load_safetensors, put_checkpoint(), LIN_ENOMEM, 10);
    each_call(load_model, put_model(), LIN_ENOMEM, 40);
    each_call(load_model, put_plain_model(), LIN_ENOMEM, 20);
    each_call(load_and_save_model, put_model(), LIN_ENOMEM, 60);
}

static void each_read(int expected, int least)
{
    each_call(load_array, put_idx(false, 1 << 16), expected, least);
    each_call(load_array, put_idx(true, 1 << 20), expected, least);
    each_call(load_array, put_noise(), expected, least);
    each_call(load_array, put_npy(), expected, least);
    each_call(load_safetensors, put_tensors(), expected, least);
    each_call(load_model, put_model(), expected, least);
}

/* Call n fails for good, if there are so many. */
static void fails(attempt *f, const char *file, int n, int expected)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", file);
    int code = once(f, path, n, expected);
    assert_int_equal(code, calls > n ? expected : 0);
}

static void every_read(void **state)
{
    (void)state;
    fault = EIO;
    fails(load_array, put_npy(), 0, LIN_ENOFILE); /* the first is of what the file is */
    for (int n = 1; n < 5; n++) {
        fails(load_array, put_npy(), n, LIN_EIO);
        fails(load_array, put_idx(false, 1 << 16), n, LIN_EIO);
        fails(load_array, put_idx(true, 1 << 20), n, LIN_EIO);
        fails(load_safetensors, put_tensors(), n, LIN_EIO);
        fails(load_model, put_model(), n, LIN_EIO);
        fails(load_model, put_plain_model(), n, LIN_EIO);
    }
    for (int n = 1; n < 20; n++)
        fails(load_array, put_noise(), n, LIN_EIO);
    assert_in_range(calls, 17, 40); /* of 64 KiB each */
    fault = EISDIR;
    assert_int_equal(once(load_array, put_npy(), 1, LIN_ENOFILE), LIN_ENOFILE);
}

/* What came before the read that fails is not taken for all there is; asked again, reading goes on behind it. */
static void reading_goes_on_behind_a_fault(void **state)
{
    lin_ctx *ctx = *state;
    enum { PIECE = 50000, PIECES = 20, ALL = PIECE * PIECES };
    unsigned char *content = noise(ALL), *got = malloc(ALL);
    put_file(in_folder("plain"), content, ALL);
    put_gzip(in_folder("packed"), content, ALL);
    fault = EIO;
    for (int packed = 0; packed < 2; packed++)
        for (int n = 2; n < 10; n++) { /* behind fstat and the first */
            lin__input *in = lin__input_open(ctx, 0, in_folder(packed ? "packed" : "plain"), packed);
            assert_non_null(in);
            calls = 1;
            failing = n;
            int failed = 0;
            for (int64_t at = 0; at < ALL;) {
                int64_t come = lin__input_read(in, got + at, PIECE);
                if (come < 0) {
                    assert_int_equal(come, LIN_EIO);
                    check_error_has(ctx, LIN_EIO, ": cannot be read: ");
                    failed++;
                    come = lin__input_at(in) - at;
                    assert_in_range(come, 0, PIECE - 1);
                } else
                    assert_int_equal(come, ALL - at < PIECE ? ALL - at : PIECE);
                at += come;
                assert_int_equal(lin__input_at(in), at);
            }
            failing = -1;
            assert_int_equal(failed, 1);
            assert_memory_equal(got, content, ALL);
            assert_int_equal(lin__input_read(in, got, 1), 0);
            lin__input_close(in);
        }
    free(got);
    free(content);
}

/* Interrupted, or a byte at a time, it is read all the same. */
static void every_short_read(void **state)
{
    (void)state;
    fault = EINTR;
    each_read(0, 0);
    fault = ONE_BYTE;
    each_read(0, 0);
}

/* It becomes shorter while it is read, but for what is only asked for behind its end: refused, or read whole. */
static void every_end_that_comes_early(void **state)
{
    (void)state;
    fault = CUT;
    each_call(load_array, put_npy(), LIN_EDATA, 1);
    each_call(load_array, put_idx(false, 1 << 17), LIN_EDATA, 2);
    each_call(load_array, put_idx(true, 1 << 20), LIN_EDATA, 1);
    each_call(load_array, put_noise(), LIN_EDATA, 16);
    each_call(load_safetensors, put_tensors(), LIN_EDATA, 1);
    each_call(load_model, put_model(), LIN_EDATA, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation),           cmocka_unit_test(every_read),
        TEST(reading_goes_on_behind_a_fault),         cmocka_unit_test(every_short_read),
        cmocka_unit_test(every_end_that_comes_early),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
