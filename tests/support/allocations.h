/* tests/support/allocations.h: the library's calls for memory counted, and one of them refused. The linker sends them here (--wrap,
 * in tests/CMakeLists.txt). */
#ifndef LINNET_TESTS_ALLOCATIONS_H
#define LINNET_TESTS_ALLOCATIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

static atomic_int allocations;
static atomic_int refused_allocation = -1; /* the call, from 0, that gets nothing */

static bool allocation_granted(void)
{
    return atomic_fetch_add(&allocations, 1) != atomic_load(&refused_allocation);
}

/* The definition of NAME's wrapper: counts, and passes on or gives `none`. */
#define WRAP_ALLOCATION(name, none, parameters, arguments)              \
    void *__real_##name parameters;                                     \
    void *__wrap_##name parameters;                                     \
    void *__wrap_##name parameters                                      \
    {                                                                   \
        return allocation_granted() ? __real_##name arguments : (none); \
    }
WRAP_ALLOCATION(malloc, NULL, (size_t bytes), (bytes))
WRAP_ALLOCATION(calloc, NULL, (size_t count, size_t size), (count, size))
WRAP_ALLOCATION(realloc, NULL, (void *p, size_t bytes), (p, bytes))
WRAP_ALLOCATION(aligned_alloc, NULL, (size_t align, size_t bytes), (align, bytes))
WRAP_ALLOCATION(mmap, MAP_FAILED, (void *at, size_t bytes, int access, int flags, int fd, off_t offset),
                (at, bytes, access, flags, fd, offset))
#undef WRAP_ALLOCATION

#endif
