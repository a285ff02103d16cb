/* Regions: a stack of arenas. A region fills chunks from below; when it ends they go to the context's store, by size
 * class, and the next region takes them from there: a loop in steady state calls no malloc. */
#include "base/region.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct lin__chunk {
    lin__chunk *next;
    size_t size; /* of the whole, header included */
    int class;
    char pad[LIN__ALIGN - sizeof(lin__chunk *) - sizeof(size_t) - sizeof(int)];
};
_Static_assert(sizeof(lin__chunk) == LIN__ALIGN, "the memory after a chunk's header is aligned");

struct lin__finalizer {
    lin__finalizer *next;
    lin__end_fn *f;
    void *arg;
};

/* The first chunk of a region is small, 2^FIRST_BITS bytes, since an abandoned step holds it; each next one is twice as large, GROWTHS
 * times. What would not fit into half of it gets a chunk of its own. The sizes of classes follow from the same numbers: so a chunk of
 * twice the size is always LIN__DOUBLING classes on, by which lin__next_chunk finds it. */
enum { FIRST_BITS = 12, GROWTHS = 8, FIRST_CLASS = 0, LAST_GROWTH = GROWTHS * LIN__DOUBLING, LARGE_PAGE = 1 << 21 };
static const size_t first_chunk = (size_t)1 << FIRST_BITS, largest_growth = (size_t)1 << (FIRST_BITS + GROWTHS);

/* Class c = 4e + q has 4096 · 2^e · (4 + q) / 4 bytes: at most a quarter of a chunk is wasted. */
static size_t class_size(int class)
{
    return (first_chunk << (class / LIN__DOUBLING)) / LIN__DOUBLING * (size_t)(LIN__DOUBLING + class % LIN__DOUBLING);
}

/* The smallest class with `bytes`, or -1. */
static int class_of(size_t bytes)
{
    if (bytes <= first_chunk) return FIRST_CLASS;
    /* 4096 << e < bytes <= 4096 << (e + 1) */
    int e = 63 - __builtin_clzll((unsigned long long)(bytes - 1)) - FIRST_BITS;
    int first = e * LIN__DOUBLING;
    for (int class = first; class < LIN__SIZE_CLASSES && class <= first + LIN__DOUBLING; class ++)
        if (class_size(class) >= bytes) return class;
    return -1;
}

static void *payload(lin__chunk *c)
{
    return (char *)c + sizeof *c;
}

/* A large one asks for large pages: rows picked at random from hundreds of megabytes would otherwise wait for the page table at
 * each. It is advice: where it is not taken, nothing else changes. aligned_alloc may want whole pages, which 5 and 7 MiB are not; what
 * is beyond the size is never touched. */
static lin__chunk *fresh_chunk(size_t size)
{
    if (size < 2 * LARGE_PAGE) return aligned_alloc(LIN__ALIGN, size);
    lin__chunk *chunk = aligned_alloc(LARGE_PAGE, (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
    if (chunk) madvise(chunk, size, MADV_HUGEPAGE);
    return chunk;
}

static lin__chunk *take_chunk(lin_ctx *ctx, size_t bytes)
{
    int class = bytes <= PTRDIFF_MAX / 2 ? class_of(bytes) : -1;
    if (class < 0) return NULL;
    for (int c = class; c < class + LIN__DOUBLING && c < LIN__SIZE_CLASSES; c++) {
        lin__chunk *chunk = ctx->store[c];
        if (!chunk) continue;
        ctx->store[c] = chunk->next;
        return chunk;
    }
    size_t size = class_size(class);
    lin__chunk *chunk = fresh_chunk(size);
    if (!chunk) return NULL;
    chunk->size = size;
    chunk->class = class;
    ctx->bytes += size;
    LIN__POISON(payload(chunk), size - sizeof *chunk);
    return chunk;
}

static void give_chunk(lin_ctx *ctx, lin__chunk *chunk)
{
    size_t bytes = chunk->size - sizeof *chunk;
#if defined(LIN__ASAN)
    LIN__POISON(payload(chunk), bytes);
#elif !defined(NDEBUG)
    lin__released_line *line = payload(chunk);
    for (size_t i = 0; i < bytes / sizeof *line; i++) {
        memset(&line[i], 0xdd, sizeof *line);
        line[i].mark = LIN__RELEASED;
        line[i].ctx = ctx;
    }
#else
    (void)bytes;
#endif
    chunk->next = ctx->store[chunk->class];
    ctx->store[chunk->class] = chunk;
}

bool lin__check_live(const void *thing, const char *name, const char *what)
{
    const lin__released_line *line = thing;
    if (line->mark == LIN__RELEASED)
        lin__fail(line->ctx, LIN_EINVAL, "%s: this %s was released with its region", name, what);
    return line->mark == LIN__LIVE;
}

LIN__HOT lin_ctx *lin__context_of(const void *thing)
{
    const lin__released_line *line = thing;
    if (!line) return NULL;
#ifndef NDEBUG
    if (line->mark != LIN__LIVE && line->mark != LIN__RELEASED) return NULL; /* other things are there by now */
#endif
    return line->ctx;
}

/* The region goes on in this chunk, whose first bytes are given away. */
static void *begin_chunk(lin__region *r, lin__chunk *chunk, size_t rounded)
{
    char *p = payload(chunk);
    chunk->next = r->chunks;
    r->chunks = chunk;
    r->at = p + rounded;
    r->end = (char *)chunk + chunk->size;
    return p;
}

static __attribute__((noinline)) void *alloc_in_next(lin_ctx *ctx, lin__region *r, size_t bytes)
{
    size_t rounded = lin__round(bytes);
    if (rounded < bytes || rounded > PTRDIFF_MAX / 2) {
        lin__fail_memory(ctx, bytes);
        return NULL;
    }
    size_t grow = r->chunks ? 2 * (size_t)(r->end - (char *)r->chunks) : first_chunk;
    if (grow > largest_growth) grow = largest_growth;
    bool own = r->chunks && rounded > grow / 2;
    size_t want = own || rounded + sizeof(lin__chunk) > grow ? rounded + sizeof(lin__chunk) : grow;
    lin__chunk *chunk = take_chunk(ctx, want);
    if (!chunk) {
        lin__fail_memory(ctx, bytes);
        return NULL;
    }
    char *p = payload(chunk);
    LIN__UNPOISON(p, bytes);
    if (own) { /* behind the newest, whose free part stays in use */
        chunk->next = r->chunks->next;
        r->chunks->next = chunk;
        return p;
    }
    return begin_chunk(r, chunk, rounded);
}

/* What a loop does at each step: the next chunk is stored, and `bytes` are no more than half of it, or it is the first. */
LIN__HOT bool lin__next_chunk(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    lin__region *r = &ctx->regions[depth];
    const lin__chunk *newest = r->chunks;
    int class = newest ? newest->class + LIN__DOUBLING : FIRST_CLASS;
    lin__chunk *stored = class <= LAST_GROWTH ? ctx->store[class] : NULL;
    if (!stored || bytes > (newest ? newest->size : first_chunk) - sizeof *stored) return false;
    ctx->store[class] = stored->next;
    begin_chunk(r, stored, 0);
    return true;
}

LIN__HOT void *lin__alloc_slow(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    if (lin__next_chunk(ctx, depth, bytes)) return lin__alloc_quick(ctx, depth, bytes + !bytes);
    return alloc_in_next(ctx, &ctx->regions[depth], bytes);
}

void *lin__alloc_zeroed(lin_ctx *ctx, uint32_t depth, size_t bytes)
{
    void *p = lin__alloc(ctx, depth, bytes);
    if (p) memset(p, 0, bytes);
    return p;
}

LIN__HOT void *lin__alloc_array(lin_ctx *ctx, uint32_t depth, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        lin__fail_memory(ctx, SIZE_MAX);
        return NULL;
    }
    return lin__alloc(ctx, depth, bytes);
}

char *lin__strdup(lin_ctx *ctx, uint32_t depth, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = lin__alloc(ctx, depth, bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *lin__format(lin_ctx *ctx, uint32_t depth, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : lin__alloc(ctx, depth, (size_t)length + 1);
    if (text) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

int lin__at_end(lin_ctx *ctx, uint32_t depth, lin__end_fn *f, void *arg)
{
    lin__finalizer *node = lin__alloc(ctx, depth, sizeof *node);
    if (!node) return LIN_ENOMEM;
    *node = (lin__finalizer){ctx->regions[depth].finalizers, f, arg};
    ctx->regions[depth].finalizers = node;
    return 0;
}

uint32_t lin__scope(const lin_ctx *ctx)
{
    uint32_t depth = ctx->depth;
    while (ctx->regions[depth].is_step)
        depth--;
    return depth; /* the root is a scope */
}

LIN__HOT lin_region lin__open(lin_ctx *ctx, bool is_step)
{
    if (ctx->depth + 1 == ctx->capacity) {
        uint32_t capacity = 2 * ctx->capacity;
        lin__region *grown = realloc(ctx->regions, capacity * sizeof *grown);
        if (!grown) {
            lin__fail_memory(ctx, capacity * sizeof *grown);
            return (lin_region){0};
        }
        ctx->regions = grown;
        ctx->capacity = capacity;
    }
    bool grad = ctx->regions[ctx->depth].grad;
    ctx->regions[++ctx->depth] = (lin__region){
        .tape = ctx->tape, .loans = ctx->loans, .generation = ++ctx->generation, .is_step = is_step, .grad = grad};
    return (lin_region){ctx, ctx->depth, ctx->generation};
}

LIN__HOT bool lin__is_open(lin_region region)
{
    return region.ctx && region.depth <= region.ctx->depth &&
           region.ctx->regions[region.depth].generation == region.generation;
}

/* End the innermost region. */
static void end_region(lin_ctx *ctx)
{
    lin__region *r = &ctx->regions[ctx->depth];
    while (r->finalizers) {
        lin__finalizer *node = r->finalizers;
        r->finalizers = node->next;
        node->f(node->arg);
    }
    ctx->tape = r->tape;
    ctx->loans = r->loans;
    for (lin__chunk *chunk = r->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        give_chunk(ctx, chunk);
    }
    r->chunks = NULL;
    r->at = r->end = NULL;
}

LIN__HOT lin_region lin_mark(lin_ctx *ctx)
{
    return ctx ? lin__open(ctx, false) : (lin_region){0};
}

LIN__HOT int lin_release(lin_region region)
{
    lin_ctx *ctx = region.ctx;
    if (!ctx) return 0;
    if (region.depth == 0 || !lin__is_open(region))
        return lin__fail(ctx, LIN_EINVAL, "release: this region has ended already");
    while (ctx->depth >= region.depth) {
        end_region(ctx);
        ctx->depth--;
    }
    return 0;
}

void lin__end_all(lin_ctx *ctx)
{
    for (;;) {
        end_region(ctx);
        if (ctx->depth == 0) break;
        ctx->depth--;
    }
    for (int class = 0; class < LIN__SIZE_CLASSES; class ++)
        for (lin__chunk *chunk = ctx->store[class], *next; chunk; chunk = next) {
            next = chunk->next;
            LIN__UNPOISON(payload(chunk), chunk->size - sizeof *chunk);
            free(chunk);
        }
}

size_t lin_memory(const lin_ctx *ctx)
{
    return ctx ? ctx->bytes : 0;
}
