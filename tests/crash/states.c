/* tests/crash/states.c: what a disk may have kept when the power goes. The calls of a run are recorded; every state that they allow
 * is made in a folder, and resumed from.
 *
 * The model is the least that POSIX promises: a write is on the disk when its file was synced after it, and otherwise it is there, or
 * is zeros, or the file ends before it; a change of the folder (a new name, a rename, a removal) is there when the folder was synced
 * after it, and otherwise it has happened or has not, each by itself. */
#include "crash.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

/* ---- Recording ------------------------------------------------------------------------------------------------------- */

typedef enum op_kind { CREATE, WRITE, SYNC, RENAME, REMOVE, SYNC_FOLDER, COMMIT } op_kind;

/* One call, or the news that a checkpoint stands. A file keeps its number whatever its name. */
typedef struct op {
    op_kind kind;
    int file;
    char name[64], to[64];
    unsigned char *data;
    size_t bytes;
    int64_t committed;
} op;

enum { MOST_OPS = 1000, MOST_FILES = 200, MOST_FDS = 256, FOLDER = -2 };
static op ops[MOST_OPS];
static int op_count, file_count;
static int file_of_fd[MOST_FDS]; /* 0: none of ours; FOLDER */
static bool recording;

static op *record(op_kind kind, int file)
{
    assert_true(op_count < MOST_OPS);
    op *o = &ops[op_count++];
    *o = (op){.kind = kind, .file = file};
    return o;
}

/* The name within "run", which is the only folder that is written. */
static const char *inside(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int file_named(const char *name)
{
    int file = 0;
    for (int i = 0; i < op_count; i++) {
        if (ops[i].kind == CREATE && !strcmp(ops[i].name, name)) file = ops[i].file;
        if (ops[i].kind == RENAME && !strcmp(ops[i].to, name)) file = ops[i].file;
    }
    return file;
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode)
{
    int fd = __real_open(path, flags, mode);
    if (!recording || fd < 0) return fd;
    assert_true(fd < MOST_FDS);
    file_of_fd[fd] = flags & O_DIRECTORY ? FOLDER : 0;
    if (!(flags & O_CREAT)) return fd;
    assert_true(file_count + 1 < MOST_FILES);
    file_of_fd[fd] = ++file_count;
    snprintf(record(CREATE, file_count)->name, 64, "%s", inside(path));
    return fd;
}

ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
    ssize_t wrote = __real_write(fd, data, bytes);
    if (!recording || wrote <= 0 || fd >= MOST_FDS || file_of_fd[fd] <= 0) return wrote;
    op *o = record(WRITE, file_of_fd[fd]);
    o->bytes = (size_t)wrote;
    o->data = malloc(o->bytes);
    assert_non_null(o->data);
    memcpy(o->data, data, o->bytes);
    return wrote;
}

/* Nothing is lost here but time: what a sync is good for is what this test works out. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    if (recording && fd < MOST_FDS && file_of_fd[fd])
        record(file_of_fd[fd] == FOLDER ? SYNC_FOLDER : SYNC, file_of_fd[fd]);
    return 0;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    if (recording && fd >= 0 && fd < MOST_FDS) file_of_fd[fd] = 0;
    return __real_close(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    int code = __real_rename(from, to);
    if (!recording || code) return code;
    op *o = record(RENAME, file_named(inside(from)));
    snprintf(o->name, 64, "%s", inside(from));
    snprintf(o->to, 64, "%s", inside(to));
    return code;
}

static int removed(const char *path, int code)
{
    if (recording && !code) snprintf(record(REMOVE, 0)->name, 64, "%s", inside(path));
    return code;
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    return removed(path, __real_unlink(path));
}

int __real_unlinkat(int folder, const char *path, int flags);
int __wrap_unlinkat(int folder, const char *path, int flags);
int __wrap_unlinkat(int folder, const char *path, int flags)
{
    return removed(path, __real_unlinkat(folder, path, flags));
}

/* A call that the model does not know would make it wrong. */
static void unknown(const char *call)
{
    if (recording) fail_msg("%s is not in the model", call);
}

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
    int code = __real_mkdir(path, mode);
    if (code == 0) unknown("mkdir"); /* the folder is there already */
    return code;
}

#define UNKNOWN(result, name, parameters, arguments) \
    result __real_##name parameters;                 \
    result __wrap_##name parameters;                 \
    result __wrap_##name parameters                  \
    {                                                \
        unknown(#name);                              \
        return __real_##name arguments;              \
    }
UNKNOWN(int, ftruncate, (int fd, off_t size), (fd, size))
UNKNOWN(ssize_t, pwrite, (int fd, const void *data, size_t bytes, off_t at), (fd, data, bytes, at))
UNKNOWN(int, link, (const char *from, const char *to), (from, to))
UNKNOWN(int, openat, (int folder, const char *path, int flags, mode_t mode), (folder, path, flags, mode))

static void note(int64_t committed)
{
    record(COMMIT, 0)->committed = committed;
}

/* The folder is there and on the disk before (lin__make_folder syncs it in the one above). */
static void record_run(void)
{
    small s;
    witness w = {.note = note};
    crash_whole();
    remove_one("run");
    assert_int_equal(mkdir("run", 0700), 0);
    crash_begin(&s, "run", &w);
    recording = true;
    int code = small_fit(&s);
    recording = false;
    note(CRASH_STEPS);
    if (code) fail_msg("%s", lin_error(s.ctx));
    small_end(&s);
}

/* ---- A state --------------------------------------------------------------------------------------------------------- */

/* How far the log was when the power went, which of the changes and writes that were not synced are there, and how their file
 * ends: behind all that was written (zeros for what is missing), behind the last one that is there, or `cut` bytes earlier. */
typedef struct crash {
    int at;
    uint64_t changes, writes;
    bool whole_size;
    size_t cut;
    bool syncs_files, syncs_folders; /* false: as if the log had none */
} crash;

static bool is_change(const op *o)
{
    return o->kind == CREATE || o->kind == RENAME || o->kind == REMOVE;
}

static int last_sync(const crash *c, op_kind kind, int file)
{
    for (int i = c->at - 1; i >= 0; i--)
        if (ops[i].kind == kind && ops[i].file == file) return i;
    return -1;
}

static int folder_synced(const crash *c)
{
    return c->syncs_folders ? last_sync(c, SYNC_FOLDER, FOLDER) : -1;
}

static int file_synced(const crash *c, int file)
{
    return c->syncs_files ? last_sync(c, SYNC, file) : -1;
}

static int pending_changes(const crash *c)
{
    int count = 0;
    for (int i = folder_synced(c) + 1; i < c->at; i++)
        count += is_change(&ops[i]);
    return count;
}

/* Of all files: more than one has some only where the log is taken for one without syncs. */
static int pending_writes(const crash *c)
{
    int count = 0;
    for (int i = 0; i < c->at; i++)
        count += ops[i].kind == WRITE && i > file_synced(c, ops[i].file);
    return count;
}

/* Names and the files that they stand for. */
typedef struct folder {
    int count;
    struct {
        char name[64];
        int file;
    } entry[MOST_FILES];
} folder;

static void drop(folder *f, const char *name)
{
    for (int i = 0; i < f->count; i++)
        if (!strcmp(f->entry[i].name, name)) f->entry[i--] = f->entry[--f->count];
}

static void apply(folder *f, const op *o)
{
    drop(f, o->name);
    if (o->kind == REMOVE) return;
    const char *name = o->kind == RENAME ? o->to : o->name;
    drop(f, name);
    snprintf(f->entry[f->count].name, 64, "%s", name);
    f->entry[f->count++].file = o->file;
}

static folder folder_of(const crash *c)
{
    folder f = {0};
    int synced = folder_synced(c);
    uint64_t changes = c->changes;
    for (int i = 0; i < c->at; i++) {
        if (!is_change(&ops[i])) continue;
        if (i <= synced || changes & 1) apply(&f, &ops[i]);
        if (i > synced) changes >>= 1;
    }
    return f;
}

/* The bytes of a file: malloc'd. */
static unsigned char *content_of(const crash *c, int file, size_t *bytes)
{
    size_t at = 0, end = 0, all = 0;
    uint64_t writes = c->writes;
    for (int i = 0; i < c->at; i++)
        if (ops[i].kind == WRITE && ops[i].file == file) all += ops[i].bytes;
    unsigned char *data = calloc(1, all + 1);
    assert_non_null(data);
    for (int i = 0; i < c->at; i++) {
        if (ops[i].kind != WRITE) continue;
        bool pending = i > file_synced(c, ops[i].file), there = !pending || writes & 1;
        if (pending) writes >>= 1;
        if (ops[i].file != file) continue;
        if (there) memcpy(data + at, ops[i].data, ops[i].bytes);
        at += ops[i].bytes;
        if (there) end = at;
    }
    bool pending = file_synced(c, file) < 0;
    *bytes = pending && c->whole_size ? all : end;
    if (pending) *bytes = c->cut < *bytes ? *bytes - c->cut : 0;
    return data;
}

static void make_state(const crash *c)
{
    folder f = folder_of(c);
    remove_one("crash");
    assert_int_equal(mkdir("crash", 0700), 0);
    for (int i = 0; i < f.count; i++) {
        char path[100];
        size_t bytes;
        unsigned char *data = content_of(c, f.entry[i].file, &bytes);
        snprintf(path, sizeof path, "crash/%s", f.entry[i].name);
        put_file(path, data, bytes);
        free(data);
    }
}

static int64_t committed_at(int at)
{
    while (at > 0 && ops[at - 1].kind != COMMIT)
        at--;
    return at > 0 ? ops[at - 1].committed : 0;
}

static int tried;

/* NULL, or what is wrong with that state. */
static const char *fault_of(const crash *c)
{
    make_state(c);
    tried++;
    return crash_resume("crash", committed_at(c->at));
}

/* ---- All of them ------------------------------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t x = random_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* One in so many states is tried. */
static int one_in = 1;

static void try_state(const crash *c)
{
    if (one_in > 1 && next_random() % (uint64_t)one_in) return;
    const char *fault = fault_of(c);
    if (!fault) return;
    fail_msg("after call %d, changes %" PRIx64 ", writes %" PRIx64 ", %s, %zu bytes cut: %s", c->at, c->changes,
             c->writes, c->whole_size ? "whole" : "short", c->cut, fault);
}

/* Every way for the writes to be there, each with three ends. */
static void try_writes(crash c)
{
    int writes = pending_writes(&c);
    assert_true(writes <= 12);
    for (c.writes = 0; c.writes < (uint64_t)1 << writes; c.writes++) {
        c.whole_size = false;
        c.cut = 0;
        try_state(&c);
        if (!writes) return;
        c.cut = 1 + next_random() % 400;
        try_state(&c);
        c.cut = 0;
        c.whole_size = true;
        try_state(&c);
    }
}

static int count_states(void)
{
    int count = 0;
    for (int at = 0; at <= op_count; at++) {
        crash c = {.at = at, .syncs_files = true, .syncs_folders = true};
        int writes = pending_writes(&c);
        count += (1 << pending_changes(&c)) * (writes ? 3 << writes : 1);
    }
    return count;
}

static void what_is_recorded_is_what_is_there(void **state)
{
    (void)state;
    crash all = {
        .at = op_count, .changes = UINT64_MAX, .writes = UINT64_MAX, .syncs_files = true, .syncs_folders = true};
    folder f = folder_of(&all);
    assert_int_equal(f.count, 2);
    for (int i = 0; i < f.count; i++) {
        char path[100];
        size_t bytes, real_bytes;
        unsigned char *data = content_of(&all, f.entry[i].file, &bytes);
        snprintf(path, sizeof path, "run/%s", f.entry[i].name);
        unsigned char *real = get_file(path, &real_bytes);
        assert_int_equal(bytes, real_bytes);
        assert_memory_equal(data, real, bytes);
        free(data);
        free(real);
    }
    int64_t commits = 0;
    for (int i = 0; i < op_count; i++)
        commits += ops[i].kind == COMMIT && ops[i].committed > 0;
    assert_int_equal(commits, CRASH_STEPS);
}

static void every_state_has_a_checkpoint(void **state)
{
    (void)state;
    int all = count_states();
    one_in = getenv("LINNET_SOAK") ? 1 : all / 2000 + 1;
    for (int at = 0; at <= op_count; at++) {
        crash c = {.at = at, .syncs_files = true, .syncs_folders = true};
        int changes = pending_changes(&c);
        assert_true(changes <= 12);
        for (c.changes = 0; c.changes < (uint64_t)1 << changes; c.changes++)
            try_writes(c);
    }
    print_message("%d calls, %d states after a crash, of which %d were tried\n", op_count, all, tried);
    assert_true(tried >= 200);
}

/* Random states of the log as it would be without some of its syncs: one of them must be lost, or this test shows nothing. */
static void check_lost(bool syncs_files, bool syncs_folders)
{
    int before = tried;
    const char *fault = NULL;
    while (!fault && tried < before + 3000) {
        crash c = {.at = (int)(next_random() % (uint64_t)(op_count + 1)),
                   .changes = next_random() | next_random(),
                   .writes = next_random() | next_random(),
                   .syncs_files = syncs_files,
                   .syncs_folders = syncs_folders};
        if (pending_changes(&c) <= 64 && pending_writes(&c) <= 64) fault = fault_of(&c);
    }
    if (!fault) fail_msg("without %s nothing is lost", syncs_files ? "syncs of the folder" : "syncs of files");
    print_message("lost after %d states without %s\n", tried - before,
                  syncs_files     ? "syncs of the folder"
                  : syncs_folders ? "syncs of files"
                                  : "syncs");
}

static void without_its_syncs_it_would_be_lost(void **state)
{
    (void)state;
    check_lost(false, false);
    check_lost(false, true);
    check_lost(true, false);
}

static int begin(void **state)
{
    if (enter_folder(state)) return -1;
    record_run();
    return 0;
}

int main(void)
{
    const char *seed = getenv("LINNET_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 " (LINNET_SEED=%" PRIu64 " repeats it)\n", random_state, random_state);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_recorded_is_what_is_there),
        cmocka_unit_test(every_state_has_a_checkpoint),
        cmocka_unit_test(without_its_syncs_it_would_be_lost),
    };
    int failed = cmocka_run_group_tests(tests, begin, NULL);
    remove_one("whole");
    remove_one("run");
    remove_one("crash");
    for (int i = 0; i < op_count; i++)
        free(ops[i].data);
    return failed || remove_folder(NULL);
}
