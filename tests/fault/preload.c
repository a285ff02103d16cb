/* tests/fault/preload.c: loaded before a program (LD_PRELOAD), this fails its calls on purpose: allocations, input and output,
 * threads; the program's own and those of the libraries it uses.
 *
 *   LINNET_FAULT=KIND:N:MODE:ERROR    KIND memory, io or thread; N from 1; MODE once, on (N and all after), or a number: so
 *                                     many from N on; ERROR ENOMEM, EIO, ENOSPC, EINTR, EAGAIN, or SHORT (one byte is
 *                                     transferred)
 *   LINNET_FAULT_CALLERS=WORD…        calls of the program and of the libraries whose names begin so are counted and fail;
 *                                     unset, those of all libraries
 *   LINNET_FAULT_HIDES=FOLDER         access() finds nothing in there
 *   LINNET_FAULT_REPORT=FILE          at exit, one line: calls of each kind, faults, allocations and descriptors still held
 *
 * The C library's own calls of itself are not seen here. So that stdio's are, standard output and what fopen opens are streams
 * whose bytes go through the functions below. What a program leaves to be written by exit() is written undisturbed. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's own, under the names that do not go through here. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

enum { MEMORY, IO, THREAD, KINDS };
static const char *const kind_name[KINDS] = {"memory", "io", "thread"};
static atomic_long calls[KINDS], faults, live;
static const char *callers, *hides;

static bool on;
static int fault_kind = -1, fault_error, fault_short;
static long fault_at, fault_count;

static int error_of(const char *name)
{
    return !strcmp(name, "ENOMEM")   ? ENOMEM
           : !strcmp(name, "ENOSPC") ? ENOSPC
           : !strcmp(name, "EINTR")  ? EINTR
           : !strcmp(name, "EAGAIN") ? EAGAIN
                                     : EIO;
}

static FILE *stream_of(int fd, const char *mode);

__attribute__((constructor)) static void begin(void)
{
    FILE *out = stream_of(STDOUT_FILENO, "w");
    if (out) stdout = out;
    const char *text = getenv("LINNET_FAULT");
    callers = getenv("LINNET_FAULT_CALLERS");
    hides = getenv("LINNET_FAULT_HIDES");
    char kind[16], mode[16], error[16];
    if (text && sscanf(text, "%15[^:]:%ld:%15[^:]:%15s", kind, &fault_at, mode, error) == 4) {
        for (int k = 0; k < KINDS; k++)
            if (!strcmp(kind, kind_name[k])) fault_kind = k;
        fault_count = !strcmp(mode, "once") ? 1 : !strcmp(mode, "on") ? LONG_MAX : atol(mode);
        fault_short = !strcmp(error, "SHORT");
        fault_error = error_of(error);
    }
    on = true;
}

static int descriptors(void)
{
    int count = 0;
    for (int fd = 3; fd < 256; fd++)
        if (syscall(SYS_fcntl, fd, F_GETFD) >= 0) count++;
    return count;
}

__attribute__((destructor)) static void end(void)
{
    on = false;
    const char *path = getenv("LINNET_FAULT_REPORT");
    if (!path) return;
    char line[200];
    int bytes = snprintf(line, sizeof line, "%ld %ld %ld %ld %ld %d\n", calls[MEMORY], calls[IO], calls[THREAD], faults,
                         live, descriptors());
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) return;
    syscall(SYS_write, fd, line, (size_t)bytes);
    syscall(SYS_close, fd);
}

/* ---- Whose call is it? ---------------------------------------------------------------------------- */

/* This file's own calls, for streams. */
#define SELF NULL

/* The library that the code at `pc` is of; "" is the program itself. */
static const char *library_of(void *pc)
{
#if __GLIBC_PREREQ(2, 35)
    struct dl_find_object found;
    return _dl_find_object(pc, &found) == 0 ? found.dlfo_link_map->l_name : "?";
#else
    Dl_info found;
    return dladdr(pc, &found) ? found.dli_fname : "?";
#endif
}

static bool is_watched(void *caller)
{
    if (!callers || caller == SELF) return true;
    const char *path = library_of(caller), *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!*name) return true;
    for (const char *word = callers; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (!strncmp(name, word, length)) return true;
        word += length;
    }
    return false;
}

/* Count a call; is it one that is to fail? */
static bool counted(int kind, void *caller)
{
    if (!on || !is_watched(caller)) return false;
    long n = atomic_fetch_add(&calls[kind], 1) + 1;
    if (kind != fault_kind || n < fault_at || n - fault_at >= fault_count) return false;
    atomic_fetch_add(&faults, 1);
    return true;
}

static bool fails(int kind, void *caller)
{
    if (!counted(kind, caller) || fault_short) return false;
    errno = fault_error;
    return true;
}

/* Of the function that this is written in. */
#define CALLER __builtin_return_address(0)

/* ---- Memory --------------------------------------------------------------------------------------- */

/* The pieces that watched calls have got: a hash table with linear probing. What was given back leaves GONE. */
enum { PIECES = 1 << 16 };
static _Atomic(void *) piece[PIECES];
#define GONE ((void *)1)

static size_t place_of(const void *p, size_t probe)
{
    return (((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u + probe) % PIECES;
}

static void *held(void *p, void *caller)
{
    if (!p || !on || !is_watched(caller)) return p;
    for (size_t i = 0; i < PIECES; i++) {
        void *there = atomic_load(&piece[place_of(p, i)]);
        if (there && there != GONE) continue;
        if (!atomic_compare_exchange_strong(&piece[place_of(p, i)], &there, p)) continue;
        atomic_fetch_add(&live, 1);
        break;
    }
    return p;
}

/* Was it held? */
static bool let_go(void *p)
{
    for (size_t i = 0; p && i < PIECES; i++) {
        void *there = atomic_load(&piece[place_of(p, i)]);
        if (!there) return false;
        if (there != p) continue;
        atomic_store(&piece[place_of(p, i)], GONE);
        atomic_fetch_sub(&live, 1);
        return true;
    }
    return false;
}

void *malloc(size_t bytes)
{
    return fails(MEMORY, CALLER) ? NULL : held(__libc_malloc(bytes), CALLER);
}

void *calloc(size_t count, size_t size)
{
    return fails(MEMORY, CALLER) ? NULL : held(__libc_calloc(count, size), CALLER);
}

void *realloc(void *old, size_t bytes)
{
    if (fails(MEMORY, CALLER)) return NULL;
    bool was_held = let_go(old);
    void *p = __libc_realloc(old, bytes), *stands = p || !bytes ? p : old;
    if (was_held || !old) held(stands, CALLER);
    return p;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fails(MEMORY, CALLER) ? NULL : held(__libc_memalign(alignment, bytes), CALLER);
}

int posix_memalign(void **p, size_t alignment, size_t bytes)
{
    if (fails(MEMORY, CALLER)) return ENOMEM;
    *p = held(__libc_memalign(alignment, bytes), CALLER);
    return *p ? 0 : ENOMEM;
}

void free(void *p)
{
    let_go(p);
    __libc_free(p);
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    if (fails(MEMORY, CALLER)) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
}

/* ---- Threads -------------------------------------------------------------------------------------- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return fails(THREAD, CALLER) ? fault_error : real(thread, attributes, run, arg);
}

/* ---- Input and output ----------------------------------------------------------------------------- */

static int open_with(const char *path, int flags, va_list args, void *caller)
{
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    return fails(IO, caller) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int fd = open_with(path, flags, args, CALLER);
    va_end(args);
    return fd;
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int fd = open_with(path, flags, args, CALLER);
    va_end(args);
    return fd;
}

/* How much of a transfer is let through: all, one byte, or nothing (-1 with errno set). */
static ssize_t let_through(size_t bytes, void *caller)
{
    if (!counted(IO, caller)) return (ssize_t)bytes;
    if (fault_short) return bytes ? 1 : 0;
    errno = fault_error;
    return -1;
}

ssize_t read(int fd, void *out, size_t bytes)
{
    ssize_t some = let_through(bytes, CALLER);
    return some < 0 ? -1 : syscall(SYS_read, fd, out, (size_t)some);
}

ssize_t pread(int fd, void *out, size_t bytes, off_t offset)
{
    ssize_t some = let_through(bytes, CALLER);
    return some < 0 ? -1 : syscall(SYS_pread64, fd, out, (size_t)some, offset);
}

ssize_t pread64(int fd, void *out, size_t bytes, off64_t offset)
{
    ssize_t some = let_through(bytes, CALLER);
    return some < 0 ? -1 : syscall(SYS_pread64, fd, out, (size_t)some, offset);
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    ssize_t some = let_through(bytes, CALLER);
    return some < 0 ? -1 : syscall(SYS_write, fd, data, (size_t)some);
}

int fsync(int fd)
{
    return fails(IO, CALLER) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return fails(IO, CALLER) ? -1 : (int)syscall(SYS_rename, from, to);
}

/* Linux closes the descriptor whatever close says. */
static int close_with(int fd, bool failed)
{
    int error = errno, code = (int)syscall(SYS_close, fd);
    if (!failed) return code;
    errno = error;
    return -1;
}

int close(int fd)
{
    return close_with(fd, fails(IO, CALLER));
}

int access(const char *path, int how)
{
    if (hides && !strncmp(path, hides, strlen(hides))) {
        errno = ENOENT;
        return -1;
    }
    return (int)syscall(SYS_faccessat, AT_FDCWD, path, how);
}

/* ---- Streams -------------------------------------------------------------------------------------- */

/* stdio takes an interrupted call for an error, which is right: where signals are caught, the command asks for such calls to be
 * made again (SA_RESTART), so none of its streams ever sees one. */
static bool is_interruption(void)
{
    return fault_kind == IO && !fault_short && fault_error == EINTR;
}

static int descriptor_of(const void *cookie)
{
    return (int)(intptr_t)cookie;
}

/* Streams of libraries that are not watched are the C library's own, but for standard output: so what comes here counts. */
static ssize_t stream_allows(size_t bytes)
{
    return is_interruption() ? (ssize_t)bytes : let_through(bytes, SELF);
}

static ssize_t stream_read(void *cookie, char *out, size_t bytes)
{
    ssize_t some = stream_allows(bytes);
    return some < 0 ? -1 : syscall(SYS_read, descriptor_of(cookie), out, (size_t)some);
}

/* All of it, as the C library's own streams do; 0 is an error. */
static ssize_t stream_write(void *cookie, const char *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t some = stream_allows(bytes - done);
        if (some > 0) some = syscall(SYS_write, descriptor_of(cookie), data + done, (size_t)some);
        if (some <= 0) return 0;
        done += (size_t)some;
    }
    return (ssize_t)bytes;
}

static int stream_close(void *cookie)
{
    bool failed = !is_interruption() && fails(IO, SELF);
    return close_with(descriptor_of(cookie), failed);
}

static FILE *stream_of(int fd, const char *mode)
{
    const cookie_io_functions_t functions = {.read = stream_read, .write = stream_write, .close = stream_close};
    return fopencookie((void *)(intptr_t)fd, mode, functions);
}

static FILE *open_stream(const char *path, const char *mode)
{
    int flags = *mode == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
    if (!is_interruption() && fails(IO, SELF)) return NULL;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0666);
    if (fd < 0) return NULL;
    FILE *stream = stream_of(fd, mode);
    int error = errno;
    if (!stream) syscall(SYS_close, fd);
    errno = error;
    return stream;
}

static FILE *open_other(const char *path, const char *mode)
{
    static FILE *(*real)(const char *, const char *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fopen");
    return real(path, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    return is_watched(CALLER) ? open_stream(path, mode) : open_other(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    return is_watched(CALLER) ? open_stream(path, mode) : open_other(path, mode);
}
