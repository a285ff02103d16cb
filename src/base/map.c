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

/* Without MAP_NORESERVE the system might set memory aside for changes of every page. */
int lin__map(lin_ctx *ctx, uint32_t depth, int fd, const char *path, int64_t offset, size_t bytes, void **data)
{
    *data = NULL;
    if (ctx->no_map) return 0;
    size_t before = (size_t)offset % (size_t)sysconf(_SC_PAGESIZE), whole;
    if (!lin__add_size(bytes, before, &whole)) return 0;
    mapping *m = lin__alloc(ctx, depth, sizeof *m);
    if (!m) return LIN_ENOMEM;
    char *at = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, offset - (int64_t)before);
    if (at == MAP_FAILED) return 0; /* it can still be read */
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
