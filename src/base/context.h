/* base/context.h: what a context is made of. Only base/ touches the fields of a region; the rest uses region.h. */
#ifndef LINNET_BASE_CONTEXT_H
#define LINNET_BASE_CONTEXT_H

#include <linnet/base.h>

struct lin__node;    /* autograd/tape.h */
struct lin__loan;    /* tensor/borrow.c */
struct lin__pool;    /* base/pool.h */
struct lin__display; /* d2l/display.c */

/* A step of a small model runs from end to end, each function once or a few times: 25 KB of instructions. The nearest cache holds
 * more, but scattered over the library they crowd into some of its sets and push each other out, and the step waits for them longer
 * than for anything else. So compiler and linker put side by side what such steps run; who calls what refuses has the way to it out
 * of line. */
#define LIN__HOT  __attribute__((hot))
#define LIN__COLD __attribute__((cold))

typedef struct lin__chunk lin__chunk;         /* base/region.c: memory in one piece */
typedef struct lin__finalizer lin__finalizer; /* base/region.c: what to call when a region ends */

/* One level of the stack of regions. A chunk is filled from `at` upwards; the older chunks hang behind it.
 *
 *   chunks -> [header | used ........ at   free   end] -> [header | used ...........] -> ...
 */
typedef struct lin__region {
    char *at, *end;
    lin__chunk *chunks;
    lin__finalizer *finalizers;
    struct lin__node *tape;  /* the newest node when the region was opened */
    struct lin__loan *loans; /* and the newest loan */
    uint32_t generation;
    bool is_step; /* opened by a loader; otherwise a scope */
    bool grad;    /* are graphs recorded? */
    uint64_t pad;
} lin__region;
_Static_assert(sizeof(lin__region) == 64, "every allocation looks for its region, which is a shift then");

typedef struct lin__cause {
    int code;
    int64_t line, column;
    bool has_file;
    char text[2048];
    char file[1024];
} lin__cause;

/* Chunk sizes: four classes to a doubling, from 4 KiB. */
enum { LIN__DOUBLING = 4, LIN__SIZE_CLASSES = 40 * LIN__DOUBLING };

struct lin_ctx {
    lin__region *regions; /* a stack: [0] is the root, [depth] the innermost */
    uint32_t depth, capacity;
    uint32_t generation; /* of the region opened last */
    struct lin__node *tape;
    struct lin__loan *loans;              /* elements that are lent, newest first */
    int64_t pending;                      /* nodes with a gradient that a running backward has yet to visit */
    lin__chunk *store[LIN__SIZE_CLASSES]; /* released chunks, to be used again */
    size_t bytes;                         /* held in all chunks, used or stored */
    struct lin__pool *pool;               /* started at first need */
    uint64_t seed;
    uint64_t creations; /* how many random tensors were made: the k of their streams */
    uint64_t loaders;   /* how many loaders were made: their numbers */
    int threads;
    lin_dtype dtype;
    lin_on_error on_error;
    bool no_map; /* files are read, not mapped */
    lin_log_fn *log;
    void *log_user;
    struct lin__display *display; /* how the book's functions show figures; in the root */
    bool unverified_said;         /* the warning that data are read unverified */
    lin__cause cause;
};

#endif
