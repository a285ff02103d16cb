/* Files as memory. A mapping is private: changing it copies the page and leaves the file alone. Which file lies where is kept in
 * a small table of the process, so that a handler of SIGBUS can name the file that shrank. */
#include "base/file.h"

#include "base/error.h"
#include "base/region.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAMES = 64, NAME_BYTES = 1024 };

/* `name` is set last and cleared first: whoever finds it, finds the rest. */
static struct {
    _Atomic(uintptr_t) begin, end;
    _Atomic(const char *) name;
    atomic_bool taken;
} named[NAMES];

typedef struct mapping {
    void *at;
    size_t bytes;
    int slot; /* in the table; -1: it was full */
    char name[NAME_BYTES];
} mapping;

static int remember(const mapping *m)
{
    for (int i = 0; i < NAMES; i++) {
        if (atomic_exchange(&named[i].taken, true)) continue;
        atomic_store(&named[i].begin, (uintptr_t)m->at);
        atomic_store(&named[i].end, (uintptr_t)m->at + m->bytes);
        atomic_store(&named[i].name, m->name);
        return i;
    }
    return -1;
}

const char *lin_mapped_file(const void *address)
{
    for (int i = 0; i < NAMES; i++) {
        const char *name = atomic_load(&named[i].name);
        uintptr_t at = (uintptr_t)address;
        if (name && at >= atomic_load(&named[i].begin) && at < atomic_load(&named[i].end)) return name;
    }
    return NULL;
}

static void unmap(void *arg)
{
    mapping *m = arg;
    if (m->slot >= 0) {
        atomic_store(&named[m->slot].name, NULL);
        atomic_store(&named[m->slot].taken, false);
    }
    munmap(m->at, m->bytes);
}

bool lin__has_room(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return false;
    munmap(at, bytes);
    return true;
}

/* NULL: there is no room. Nor is there any where the file would take the last of the address space (ulimit -v): what comes next
 * would find none, though with less, the file not being mapped, all went well. Without MAP_NORESERVE the system might set memory
 * aside for changes of every page. */
static char *map_pages(int fd, off_t offset, size_t bytes)
{
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, offset);
    if (at == MAP_FAILED) return NULL;
    if (lin__has_room(LIN__RESERVE)) return at;
    munmap(at, bytes);
    return NULL;
}

int lin__map(lin_ctx *ctx, uint32_t depth, int fd, const char *path, int64_t offset, size_t bytes, void **data)
{
    *data = NULL;
    if (ctx->no_map) return 0;
    size_t before = (size_t)offset % (size_t)sysconf(_SC_PAGESIZE), whole;
    if (!lin__add_size(bytes, before, &whole)) return 0;
    mapping *m = lin__alloc(ctx, depth, sizeof *m);
    if (!m) return LIN_ENOMEM;
    char *at = map_pages(fd, offset - (int64_t)before, whole);
    if (!at) return 0; /* it can still be read */
    m->at = at;
    m->bytes = whole;
    lin_printable(m->name, sizeof m->name, path);
    m->slot = remember(m);
    int code = lin__at_end(ctx, depth, unmap, m);
    if (code) {
        unmap(m);
        return code;
    }
    *data = at + before;
    return 0;
}
