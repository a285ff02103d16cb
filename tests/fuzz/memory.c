/* Allocations counted: by standing in for the allocator, or, where a sanitizer brings its own, by its hooks. */
#include "fuzz.h"

#include "base/region.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_long held, most;

static void count(long bytes)
{
    long now = atomic_fetch_add(&held, bytes) + bytes, before = atomic_load(&most);
    while (now > before && !atomic_compare_exchange_weak(&most, &before, now))
        ;
}

long memory_held(void)
{
    return atomic_load(&held);
}

static long marked;

void memory_mark(void)
{
    marked = memory_held();
    atomic_store(&most, marked);
}

size_t memory_most(void)
{
    return (size_t)(atomic_load(&most) - marked);
}

#ifdef LIN__ASAN

/* As <sanitizer/allocator_interface.h> has them; gcc has the functions, and not always that header. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *p);

static void allocated(const volatile void *p, size_t bytes)
{
    if (p) count((long)bytes);
}

static void freed(const volatile void *p)
{
    if (p) count(-(long)__sanitizer_get_allocated_size(p));
}

__attribute__((constructor)) static void begin(void)
{
    __sanitizer_install_malloc_and_free_hooks(allocated, freed);
}

#else

/* glibc's own, under the names that do not go through here. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

#pragma GCC visibility push(default) /* seen by the C library, zlib and jansson too */

static void *counted(void *p)
{
    if (p) count((long)malloc_usable_size(p));
    return p;
}

void *malloc(size_t bytes)
{
    return counted(__libc_malloc(bytes));
}

void *calloc(size_t number, size_t size)
{
    return counted(__libc_calloc(number, size));
}

void *realloc(void *old, size_t bytes)
{
    long before = old ? (long)malloc_usable_size(old) : 0;
    void *p = __libc_realloc(old, bytes);
    if (p || (old && !bytes)) count(-before);
    return counted(p);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return counted(__libc_memalign(alignment, bytes));
}

int posix_memalign(void **p, size_t alignment, size_t bytes)
{
    *p = counted(__libc_memalign(alignment, bytes));
    return *p ? 0 : ENOMEM;
}

void free(void *p)
{
    if (p) count(-(long)malloc_usable_size(p));
    __libc_free(p);
}

#pragma GCC visibility pop

#endif
