/* Checkpoints when calls fail: every allocation, and every call of input and output, of a run that writes them and of one that is
 * resumed. Each time a clean error or the same end; and what stands is good: without the fault the run then goes on to its end.
 *
 * tests/CMakeLists.txt wraps the calls, those of regions too, of which each allocation is made to fail. */
#include "base/error.h"
#include "base/region.h"

#include "support/checkpoint.h"

#include <errno.h>
#include <jansson.h>
#include <sys/file.h>

/* ---- Faults ---------------------------------------------------------------------------------------------------------- */

typedef enum kind { NOTHING, REGION, JSON, OPEN, READ, WRITE, SYNC, RENAME, CLOSE, FOLDER, LOCK, NAME, KINDS } kind;
static const char *const kind_names[KINDS] = {
    "nothing", "allocation", "allocation of JSON", "open", "read", "write", "sync", "rename", "close", "opendir",
    "lock",    "strndup"};

/* The n-th call of a kind fails, from 0; `on`: and all after it. */
static kind what_fails;
static int left;
static bool on;
static int error_number;

static bool fails(kind k)
{
    if (k != what_fails) return false;
    bool now = on ? left <= 0 : left == 0;
    left--;
    if (now) errno = error_number;
    return now;
}

static bool no_memory(lin_ctx *ctx, size_t bytes)
{
    if (!fails(REGION)) return false;
    lin__fail_memory(ctx, bytes);
    return true;
}

/* The next one comes to one of these, too, as nothing is left of the chunk. */
static void *used_up(lin_ctx *ctx, uint32_t depth, void *p)
{
    lin__region *r = &ctx->regions[depth];
    if (what_fails == REGION && r->at < r->end) r->end = r->at;
    return p;
}

void *__real_lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    return no_memory(ctx, bytes) ? NULL : used_up(ctx, depth, __real_lin__alloc_slow(ctx, depth, bytes));
}

void *__real_lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *__wrap_lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    return no_memory(ctx, bytes) ? NULL : used_up(ctx, depth, __real_lin__alloc_zeroed(ctx, depth, bytes));
}

void *__real_lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size);
void *__wrap_lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size);
void *__wrap_lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size)
{
    return no_memory(ctx, count) ? NULL : used_up(ctx, depth, __real_lin__alloc_array(ctx, depth, count, size));
}

char *__wrap_lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text);
char *__wrap_lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text)
{
    char *copy = lin__alloc(ctx, depth, strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

char *__wrap_lin__format(lin_ctx *ctx, uint32_t depth, const char *format, ...);
char *__wrap_lin__format(lin_ctx *ctx, uint32_t depth, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    assert_true(vsnprintf(text, sizeof text, format, args) < 1000);
    va_end(args);
    return __wrap_lin__strdup(ctx, depth, text);
}

int __real_lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg);
int __wrap_lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg);
int __wrap_lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg)
{
    return no_memory(ctx, 1) ? LIN_ENOMEM : __real_lin__at_end(ctx, depth, f, arg);
}

lin_region __real_lin__open(lin_ctx *ctx, bool is_step);
lin_region __wrap_lin__open(lin_ctx *ctx, bool is_step);
lin_region __wrap_lin__open(lin_ctx *ctx, bool is_step)
{
    return no_memory(ctx, 1) ? (lin_region){0} : __real_lin__open(ctx, is_step);
}

lin_region __real_lin_mark(lin_ctx *ctx);
lin_region __wrap_lin_mark(lin_ctx *ctx);
lin_region __wrap_lin_mark(lin_ctx *ctx)
{
    return no_memory(ctx, 1) ? (lin_region){0} : __real_lin_mark(ctx);
}

static int blocks_of_json;

static void *scarce(size_t bytes)
{
    void *p = fails(JSON) ? NULL : malloc(bytes);
    blocks_of_json += p != NULL;
    return p;
}

static void give_back(void *p)
{
    blocks_of_json -= p != NULL;
    free(p);
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    return fails(OPEN) ? -1 : __real_open(path, flags, mode);
}

ssize_t __real_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes)
{
    return fails(READ) ? -1 : __real_read(fd, out, bytes);
}

ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
    return fails(WRITE) ? -1 : __real_write(fd, data, bytes);
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return fails(SYNC) ? -1 : 0;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return fails(RENAME) ? -1 : __real_rename(from, to);
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    int code = __real_close(fd);
    return fails(CLOSE) ? -1 : code;
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
    return fails(FOLDER) ? NULL : __real_opendir(path);
}

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder)
{
    return fails(FOLDER) ? NULL : __real_readdir(folder);
}

int __real_flock(int fd, int how);
int __wrap_flock(int fd, int how);
int __wrap_flock(int fd, int how)
{
    return fails(LOCK) ? -1 : __real_flock(fd, how);
}

char *__real_strndup(const char *text, size_t bytes);
char *__wrap_strndup(const char *text, size_t bytes);
char *__wrap_strndup(const char *text, size_t bytes)
{
    return fails(NAME) ? NULL : __real_strndup(text, bytes);
}

/* ---- Runs ------------------------------------------------------------------------------------------------------------ */

/* With all that a checkpoint may hold: velocities, a plateau, the best epoch, transforms of two channels, weights that lie apart. */
static void begin(small *s, const char *folder)
{
    small_begin(s, folder, true);
    lin_ctx *ctx = s->ctx;
    lin_tensor *images = lin_to(lin_reshape(lin_arange(ctx, 0, 192, 1, LIN_F32), LIN_SHAPE(6, 4, 4, 2)), LIN_U8);
    s->train = lin_tensor_dataset(LIN_TENSORS(images, lin_from_i64(ctx, (int64_t[]){0, 1, 0, 1, 1, 0}, LIN_SHAPE(6))));
    lin_transform each = {.kind = LIN_NORMALIZE, .channels = 2, .mean = {0.25, 0.5}, .std = {0.5, 0.25}};
    lin_transform list[] = {lin_resize(2, 3), lin_to_tensor(), each};
    assert_int_equal(lin_set_transforms(s->train, list, 3), 0);
    s->net = lin_sequential(ctx, lin_flatten(ctx), zero_linear(ctx, 12, 2));
    s->options.loss = lin_cross_entropy;
    s->options.loss_options.weight = lin_select(lin_from_f32(ctx, (float[]){1, 9, 2, 9}, LIN_SHAPE(2, 2)), 1, 0);
    s->options.optimizer = lin_sgd(lin_parameters(s->net), &(lin_sgd_options){.lr = 0.1, .momentum = 0.5});
    s->options.schedule = lin_schedule_from_text(s->options.optimizer, "plateau:0.5:0", 0);
    s->options.early_stopping = (lin_early_stopping){.patience = 3, .restore_best = true};
    s->options.checkpoint.settings = "so";
    s->test = s->train;
    check_ok(ctx);
}

enum { STEPS = 9 };

static void good_run(const char *folder)
{
    small s;
    begin(&s, folder);
    if (small_fit(&s)) fail_msg("%s", lin_error(s.ctx));
    small_end(&s);
}

/* The folder as it is to be before the fault: gone, or with one of the whole run's checkpoints. */
static void prepare(int from)
{
    remove_one("faulty");
    if (from < 0) return;
    assert_int_equal(mkdir("faulty", 0700), 0);
    assert_int_equal(link(checkpoint_in("whole", from), checkpoint_in("faulty", from)), 0);
}

static bool is_expected(kind k, int code)
{
    if (k == REGION || k == NAME) return code == LIN_ENOMEM || code == LIN_EIO;
    if (k == JSON) return code == LIN_ENOMEM || code == LIN_EDATA;
    return code == LIN_EIO || code == LIN_ENOFILE;
}

/* One run with its n-th call failing: true if it came to its end. */
static bool faulty_run(kind k, int n, bool from_then_on)
{
    small s;
    begin(&s, "faulty");
    what_fails = k;
    left = n;
    on = from_then_on;
    int code = small_fit(&s);
    what_fails = NOTHING;
    if (code && !is_expected(k, code)) fail_msg("%s %d: code %d: %s", kind_names[k], n, code, lin_error(s.ctx));
    assert_int_equal(lin_error_code_of(s.ctx), code);
    if (access("faulty", F_OK) == 0 && strstr(names_in("faulty"), ".linnet")) fail_msg("%s", names_in("faulty"));
    small_end(&s);
    assert_int_equal(blocks_of_json, 0);
    return code == 0;
}

/* How often that kind is called in a run that begins so. */
static int calls(kind k, int from)
{
    const int many = 1 << 20;
    prepare(from);
    assert_true(faulty_run(k, many, false));
    return many - left;
}

static void every_call_fails(kind k, int from)
{
    int count = calls(k, from), ended = 0, step = valgrind_step(53);
    for (int way = 0; way < 2; way++)
        for (int n = 0; n < count; n += step) {
            prepare(from);
            if (faulty_run(k, n, way)) ended++;
            good_run("faulty");
            check_same_files(checkpoint_in("whole", STEPS), checkpoint_in("faulty", STEPS));
        }
    print_message("%s, %s: %d calls, each once and from then on; %d runs came to their end\n", kind_names[k],
                  from < 0 ? "from the beginning" : "resumed", count, ended);
    assert_true(count > 0);
}

static void whole(void)
{
    good_run("whole");
    assert_string_equal(names_in("whole"), "checkpoint-8.safetensors checkpoint-9.safetensors");
}

static void allocations(void **state)
{
    (void)state;
    whole();
    every_call_fails(REGION, -1);
    every_call_fails(REGION, 8);
    every_call_fails(JSON, -1);
    every_call_fails(JSON, 8);
    every_call_fails(NAME, -1);
    every_call_fails(NAME, 8);
}

static void input_and_output(void **state)
{
    (void)state;
    static const kind kinds[] = {OPEN, READ, WRITE, SYNC, RENAME, CLOSE, FOLDER, LOCK};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i] != READ) every_call_fails(kinds[i], -1); /* there is nothing to read */
        every_call_fails(kinds[i], 8);
    }
}

/* A checkpoint of another run: that is said, or that there is no memory. */
static void another_run(void **state)
{
    (void)state;
    int refused = 0;
    for (int n = 0; !refused; n++) {
        prepare(8);
        small s;
        begin(&s, "faulty");
        s.options.early_stopping.min_delta = 0.125;
        what_fails = REGION;
        left = n;
        on = false;
        int code = small_fit(&s);
        what_fails = NOTHING;
        assert_int_equal(lin_error_code_of(s.ctx), code);
        assert_true(code == LIN_ENOMEM || code == LIN_EMISMATCH);
        refused = code == LIN_EMISMATCH;
        small_end(&s);
    }
    good_run("faulty");
}

/* A file system that knows no locks, nor folders that can be synced; a call that was interrupted. */
static void harmless_errors(void **state)
{
    (void)state;
    static const struct {
        kind k;
        int error;
        bool on;
    } cases[] = {{LOCK, ENOLCK, true},  {LOCK, EOPNOTSUPP, true}, {SYNC, EINVAL, true}, {SYNC, ENOSYS, true},
                 {SYNC, ENOTSUP, true}, {SYNC, EINTR, false},     {OPEN, EINTR, false}, {READ, EINTR, false},
                 {WRITE, EINTR, false}, {RENAME, EINTR, false},   {CLOSE, EINTR, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        error_number = cases[i].error;
        for (int n = 0, count = calls(cases[i].k, 8); n < count; n++) {
            prepare(8);
            if (!faulty_run(cases[i].k, n, cases[i].on)) fail_msg("%s %d ends it", kind_names[cases[i].k], n);
            check_same_files(checkpoint_in("whole", STEPS), checkpoint_in("faulty", STEPS));
        }
    }
    error_number = EIO;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations),
        cmocka_unit_test(input_and_output),
        cmocka_unit_test(another_run),
        cmocka_unit_test(harmless_errors),
    };
    error_number = EIO;
    json_set_alloc_funcs(scarce, give_back);
    int failed = cmocka_run_group_tests(tests, enter_folder, NULL);
    remove_one("whole");
    remove_one("faulty");
    return failed || remove_folder(NULL);
}
