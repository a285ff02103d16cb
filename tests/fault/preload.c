/* tests/fault/preload.c: loaded before a program (LD_PRELOAD), this fails its calls on purpose: allocations, input and output,
 * threads; the program's own and those of the libraries it uses.
 *
 *   LINNET_FAULT=KIND:N:MODE:ERROR    KIND memory, io or thread; N from 1; MODE once or on (N and all after);
 *                                     ERROR ENOMEM, EIO, ENOSPC, EINTR, EAGAIN, or SHORT (one byte is transferred)
 *   LINNET_FAULT_REPORT=FILE          at exit, one line: calls of each kind, faults, allocations and descriptors still held
 *
 * The C library's own calls of itself (stdio's writes) are not seen here; /dev/full shows those. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
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

static bool on;
static int fault_kind = -1, fault_error, fault_short;
static long fault_at;
static bool fault_goes_on;

static int error_of(const char *name)
{
    return !strcmp(name, "ENOMEM")   ? ENOMEM
           : !strcmp(name, "ENOSPC") ? ENOSPC
           : !strcmp(name, "EINTR")  ? EINTR
           : !strcmp(name, "EAGAIN") ? EAGAIN
                                     : EIO;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("LINNET_FAULT");
    char kind[16], mode[16], error[16];
    if (text && sscanf(text, "%15[^:]:%ld:%15[^:]:%15s", kind, &fault_at, mode, error) == 4) {
        for (int k = 0; k < KINDS; k++)
            if (!strcmp(kind, kind_name[k])) fault_kind = k;
        fault_goes_on = !strcmp(mode, "on");
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

/* Count a call; is it one that is to fail? */
static bool counted(int kind)
{
    if (!on) return false;
    long n = atomic_fetch_add(&calls[kind], 1) + 1;
    if (kind != fault_kind || n < fault_at || (n > fault_at && !fault_goes_on)) return false;
    atomic_fetch_add(&faults, 1);
    return true;
}

static bool fails(int kind)
{
    if (!counted(kind) || fault_short) return false;
    errno = fault_error;
    return true;
}

/* ---- Memory --------------------------------------------------------------------------------------- */

static void *held(void *p)
{
    if (p && on) atomic_fetch_add(&live, 1);
    return p;
}

void *malloc(size_t bytes)
{
    return fails(MEMORY) ? NULL : held(__libc_malloc(bytes));
}

void *calloc(size_t count, size_t size)
{
    return fails(MEMORY) ? NULL : held(__libc_calloc(count, size));
}

void *realloc(void *old, size_t bytes)
{
    if (fails(MEMORY)) return NULL;
    void *p = __libc_realloc(old, bytes);
    if (old && !p && !bytes && on) atomic_fetch_sub(&live, 1); /* freed */
    return old ? p : held(p);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return fails(MEMORY) ? NULL : held(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **p, size_t alignment, size_t bytes)
{
    if (fails(MEMORY)) return ENOMEM;
    *p = held(__libc_memalign(alignment, bytes));
    return *p ? 0 : ENOMEM;
}

void free(void *p)
{
    if (p && on) atomic_fetch_sub(&live, 1);
    __libc_free(p);
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    if (fails(MEMORY)) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
}

/* ---- Threads -------------------------------------------------------------------------------------- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return fails(THREAD) ? fault_error : real(thread, attributes, run, arg);
}

/* ---- Input and output ----------------------------------------------------------------------------- */

static int open_with(const char *path, int flags, va_list args)
{
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    return fails(IO) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int fd = open_with(path, flags, args);
    va_end(args);
    return fd;
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int fd = open_with(path, flags, args);
    va_end(args);
    return fd;
}

/* How much of a transfer is let through: all, one byte, or nothing (-1 with errno set). */
static ssize_t let_through(size_t bytes)
{
    if (!counted(IO)) return (ssize_t)bytes;
    if (fault_short) return bytes ? 1 : 0;
    errno = fault_error;
    return -1;
}

ssize_t read(int fd, void *out, size_t bytes)
{
    ssize_t some = let_through(bytes);
    return some < 0 ? -1 : syscall(SYS_read, fd, out, (size_t)some);
}

ssize_t pread(int fd, void *out, size_t bytes, off_t offset)
{
    ssize_t some = let_through(bytes);
    return some < 0 ? -1 : syscall(SYS_pread64, fd, out, (size_t)some, offset);
}

ssize_t pread64(int fd, void *out, size_t bytes, off64_t offset)
{
    return pread(fd, out, bytes, offset);
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    ssize_t some = let_through(bytes);
    return some < 0 ? -1 : syscall(SYS_write, fd, data, (size_t)some);
}

int fsync(int fd)
{
    return fails(IO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return fails(IO) ? -1 : (int)syscall(SYS_rename, from, to);
}

/* Linux closes the descriptor whatever close says. */
int close(int fd)
{
    bool failed = fails(IO);
    int error = errno, code = (int)syscall(SYS_close, fd);
    if (!failed) return code;
    errno = error;
    return -1;
}
