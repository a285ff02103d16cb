/* base/region.h: allocation in regions. A step in steady state calls no malloc: released chunks are used again. */
#ifndef LINNET_BASE_REGION_H
#define LINNET_BASE_REGION_H

#include "base/context.h"

#if defined(__SANITIZE_ADDRESS__)
#define LIN__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIN__ASAN 1
#endif
#endif
#ifdef LIN__ASAN
#include <sanitizer/asan_interface.h>
#define LIN__POISON(p, n)   __asan_poison_memory_region(p, n)
#define LIN__UNPOISON(p, n) __asan_unpoison_memory_region(p, n)
#else
#define LIN__POISON(p, n)   ((void)(p), (void)(n))
#define LIN__UNPOISON(p, n) ((void)(p), (void)(n))
#endif

/* Allocations are whole cache lines: aligned for any vector, and no two share a line. */
enum { LIN__ALIGN = 64 };

/* In debug builds a released line of memory begins with this mark and the context: the use of a released tensor is seen,
 * and there is where to say so. */
enum { LIN__RELEASED = 0x676f6e65 };
typedef struct lin__released_line {
    uint32_t mark, unused;
    lin_ctx *ctx;
    unsigned char pattern[LIN__ALIGN - 16];
} lin__released_line;

/* Things that users hold begin with `uint32_t live`, this mark while their region is open, and have their context at byte 8. */
enum { LIN__LIVE = 0x4c696e74 }; /* "Lint" */
#define LIN__KNOWS_ITS_END(type)                                                                          \
    _Static_assert(offsetof(type, live) == 0 && offsetof(type, ctx) == offsetof(lin__released_line, ctx), \
                   "region.c leaves its mark and the context in what is released")
bool lin__check_live(const void *thing, const char *name, const char *what);
/* Is it usable? False for NULL; in debug builds also, with the cause "NAME: this WHAT was released with its region". */
static inline bool lin__is_live(const void *thing, const char *name, const char *what)
{
#ifdef NDEBUG
    (void)name, (void)what;
    return thing != NULL;
#else
    return thing && lin__check_live(thing, name, what);
#endif
}
/* Its context, which outlives it; NULL for NULL, and in debug builds for what is neither live nor known as released. */
lin_ctx *lin__context_of(const void *thing);

/* Where values go: the innermost region. */
static inline uint32_t lin__here(const lin_ctx *ctx)
{
    return ctx->depth;
}
/* Where things with identity go: the nearest scope. */
uint32_t lin__scope(const lin_ctx *ctx);

/* Whole cache lines, one for nothing: a pointer of its own, never NULL. 0 on overflow. */
static inline size_t lin__round(size_t bytes)
{
    return (bytes + !bytes + LIN__ALIGN - 1) & ~(size_t)(LIN__ALIGN - 1);
}

/* The region goes on in a stored chunk with room for `bytes`, which were too many for its newest one: ask again. False if they do not
 * belong into the next, or none is stored: then lin__alloc_slow. Functions that come here and then begin anew, as those that make
 * tensors and nodes do, end: after true lin__alloc_quick has room for these bytes. */
bool lin__next_chunk(lin_ctx *ctx, uint32_t depth, size_t bytes);
void *lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes);

/* What lin__alloc below does, for 1 byte or more and only while the region's chunk has room; NULL without a cause if it has none. The
 * room is whole lines: what fits into it does so rounded up, too. */
static inline void *lin__alloc_quick(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    lin__region *r = &ctx->regions[depth];
    if (bytes > (size_t)(r->end - r->at)) return NULL;
    char *p = r->at;
    if (!p) __builtin_unreachable(); /* a region without a chunk has no room: spares who asks a comparison */
    r->at = p + ((bytes + LIN__ALIGN - 1) & ~(size_t)(LIN__ALIGN - 1));
    LIN__UNPOISON(p, bytes);
    return p;
}

/* `bytes` of memory, 64-byte aligned, not zeroed, that live as long as region `depth`. NULL, with the cause recorded, when
 * there is none. 0 bytes give a pointer that may not be read. */
static inline void *lin__alloc(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    void *p = lin__alloc_quick(ctx, depth, bytes + !bytes);
    return p ? p : lin__alloc_slow(ctx, depth, bytes);
}
void *lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes);
/* count * size bytes, checked. */
void *lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size);
char *lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text);
char *lin__format(lin_ctx *ctx, uint32_t depth, const char *format, ...) LIN_PRINTF(3, 4);

/* Have f(arg) called when region `depth` ends, newest first, before its memory goes. 0 or LIN_ENOMEM. */
typedef void lin__end_fn(void *arg);
int lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg);

/* Open a step (is_step) or a scope. A region whose ctx is NULL on failure. */
lin_region lin__open(lin_ctx *ctx, bool is_step);
/* Is it open still? */
bool lin__is_open(lin_region region);
/* End every region and free all chunks: the end of a context. */
void lin__end_all(lin_ctx *ctx);

#endif
