/* tensor/tensor.h: what a tensor is made of, and how one is made. */
#ifndef LINNET_TENSOR_TENSOR_H
#define LINNET_TENSOR_TENSOR_H

#include "base/error.h"
#include "base/region.h"
#include <linnet/tensor.h>

/* The elements. Views share one; `.data` has one of its own over the same bytes, so its version is its own. */
typedef struct lin__storage {
    void *data;
    uint32_t version;       /* grows with every change in place */
    uint32_t graph_version; /* grows with every change in place that recorded a graph: older views are stale then */
    uint32_t depth;         /* the region it lives in */
    bool exposed;           /* may be written at any time without a word: never lent */
} lin__storage;

struct lin_tensor {
    uint32_t live;  /* LIN__LIVE */
    uint32_t depth; /* the region that the tensor lives in */
    lin_ctx *ctx;
    void *data; /* the first element */
    lin__storage *storage;
    struct lin__node *node; /* the op that made it, if its graph is recorded */
    lin_tensor *grad;       /* a leaf's gradient buffer */
    int64_t numel;
    bool requires_grad;
    bool has_grad;          /* a backward has reached this leaf since zero_grad */
    bool is_view;           /* shares its storage with the tensor it was made from */
    bool borrowed;          /* its elements are another's: borrow.c */
    uint32_t graph_version; /* the storage's when this tensor's graph was recorded */
    bool contiguous;        /* row-major without gaps */
    uint8_t ndim;
    uint8_t dtype;
    int64_t dim[LIN_MAX_DIMS];
    int64_t stride[LIN_MAX_DIMS]; /* in elements */
};
LIN__KNOWS_ITS_END(lin_tensor);

static inline size_t lin__size_of(lin_dtype dtype)
{
    return dtype == LIN_F32 ? 4 : dtype == LIN_U8 ? 1 : 8;
}
static inline bool lin__is_floating(lin_dtype dtype)
{
    return dtype == LIN_F32 || dtype == LIN_F64;
}

/* A contiguous tensor with uninitialised elements in region `depth`. `name` is the op's, for the message when the shape is bad.
 * NULL with a cause. */
lin_tensor *lin__tensor_new(lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim, int ndim,
                            const char *name);
/* The same in the innermost region, shaped like t. */
lin_tensor *lin__tensor_like(const lin_tensor *t, lin_dtype dtype);
/* A contiguous tensor over memory that the caller owns and that lives as long as region `depth`. */
lin_tensor *lin__tensor_over(lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim, int ndim, void *data);
/* A view of t in the innermost region: same storage, `offset` elements on. Without a graph: the op records it. */
lin_tensor *lin__tensor_view(const lin_tensor *t, const int64_t *dim, const int64_t *stride, int ndim, int64_t offset);
/* Copy the header of t into region `depth`: same storage, no graph, no grad. */
lin_tensor *lin__tensor_alias(const lin_tensor *t, uint32_t depth);
/* The values of t, contiguous, in region `depth`, without graph. */
lin_tensor *lin__tensor_copy(const lin_tensor *t, uint32_t depth);
/* t if its region is at most `depth`, otherwise a copy there: "nothing refers to a region above its own". */
lin_tensor *lin__tensor_sink(lin_tensor *t, uint32_t depth);
/* A value of the innermost region, contiguous: what `from` has from byte `offset` on. It is a copy to all who look, but its elements
 * are copied only before it, or what it borrows from, is written. `from` lives longer, and is not exposed. NULL with a cause. */
lin_tensor *lin__tensor_borrow(const lin_tensor *from, size_t offset, const int64_t *dim, int ndim);

/* Is t usable? False for NULL; in debug builds also, with a cause, for a released tensor. */
bool lin__check_alive(const lin_tensor *t, const char *name);
static inline bool lin__alive(const lin_tensor *t, const char *name)
{
#ifdef NDEBUG
    (void)name;
    return t != NULL;
#else
    return t && lin__check_alive(t, name);
#endif
}

/* ---- copy.c ------------------------------------------------------------------------------------- */
/* As memmove, a long copy by all threads. */
void lin__move_bytes(lin_ctx *ctx, void *to, const void *from, size_t bytes);
/* Copy elements src → dst of the same shape and type, any strides. */
void lin__copy_elements(lin_tensor *dst, const lin_tensor *src);

/* ---- borrow.c: copies that are made when they are needed ------------------------------------------ */
/* t, whose elements are those of `from`, borrows them from now on. False with a cause. */
bool lin__lend(const lin_tensor *from, lin_tensor *t);
/* A borrowed t gets elements of its own: asked for through lin__own. */
bool lin__repay(const lin_tensor *t);
/* All that borrow from t's storage get elements of their own. */
bool lin__recall(const lin_tensor *t);
/* t has elements of its own from now on: what shares its storage calls this first. The value stays, so t may be const. False with a
 * cause, and nothing changed, where there is no memory. */
static inline bool lin__own(const lin_tensor *t)
{
    return !t->borrowed || lin__repay(t);
}
/* The same, and nobody borrows from t's storage any more: what changes elements calls this first. */
static inline bool lin__before_change(const lin_tensor *t)
{
    return !t->ctx->loans || (lin__own(t) && lin__recall(t));
}
/* The same, and nobody will: from now on they may be written by who does not call it (through a pointer; by an optimizer). */
static inline bool lin__expose(const lin_tensor *t)
{
    if (!lin__before_change(t)) return false;
    t->storage->exposed = true;
    return true;
}

/* ---- create.c ----------------------------------------------------------------------------------- */
/* Fill a contiguous floating tensor from the context's next stream of its kind: the k-th creation has the number k. */
void lin__fill_normal(lin_tensor *t, double mean, double std);
void lin__fill_uniform(lin_tensor *t, double low, double high);

/* ---- print.c ------------------------------------------------------------------------------------ */
/* t as PyTorch prints it, with "grad_fn=<…>" where one is given: lin_to_string and lin_print know the names (op/show.c). The text
 * lives in the innermost region. */
const char *lin__text(const lin_tensor *t, const char *grad_fn);
int lin__print(const lin_tensor *t, const char *grad_fn, FILE *out);

/* ---- shape.c ------------------------------------------------------------------------------------ */
/* "(256, 784)"; (5) prints as "(5,)" would in Python: "(5)". Returns out. */
enum { LIN__SHAPE_TEXT = 200 };
char *lin__shape_text(char out[LIN__SHAPE_TEXT], const int64_t *dim, int ndim);
/* dim counted from the end if negative; -1 with a cause "NAME: dimension 3 of a tensor of shape (2, 3)" when out of range. */
int lin__dim_index(const lin_tensor *t, int dim, const char *name);
/* The broadcast shape of a and b into dim[]; its rank, or -1 if they do not broadcast. */
int lin__broadcast(const lin_tensor *a, const lin_tensor *b, int64_t dim[LIN_MAX_DIMS]);
/* t's strides seen in the broadcast shape: 0 where t is repeated. */
void lin__broadcast_strides(const lin_tensor *t, const int64_t *dim, int ndim, int64_t stride[LIN_MAX_DIMS]);
static inline bool lin__same_shape(const lin_tensor *a, const lin_tensor *b)
{
    bool same = a->ndim == b->ndim;
    for (int i = 0; same && i < a->ndim; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}
/* Row-major strides of a shape; its number of elements, or -1 on overflow, a negative size or too many dimensions. */
int64_t lin__row_major(const int64_t *dim, int ndim, int64_t *stride);
/* A bit per dimension of the list (an empty list: all); false with a cause for out of range and repeated ones. */
bool lin__dim_mask(const lin_tensor *t, lin_shape dims, const char *name, uint32_t *mask);

/* ---- walk.c: loops over strided elements ---------------------------------------------------------- */
/* Up to 4 operands walked over one shape. Adjacent dimensions that can be are merged; f sees runs of `n` elements along the
 * innermost one: for (;;) f(n, pointer of each operand) with its inner strides. */
typedef struct lin__walk {
    int ndim, operands;
    int64_t dim[LIN_MAX_DIMS];
    int64_t stride[4][LIN_MAX_DIMS]; /* in elements */
    char *base[4];
    size_t size[4]; /* bytes of an element */
    int64_t runs;   /* product of all but the innermost dimension */
} lin__walk;
/* Prepare for `shape`; operand k has strides s[k] over it (see lin__broadcast_strides). */
void lin__walk_init(lin__walk *w, const int64_t *dim, int ndim, int operands, void *const *data, const size_t *size,
                    const int64_t (*stride)[LIN_MAX_DIMS]);
/* Length of a run, and the stride of operand k along it. */
static inline int64_t lin__walk_n(const lin__walk *w)
{
    return w->dim[w->ndim - 1];
}
static inline int64_t lin__walk_stride(const lin__walk *w, int k)
{
    return w->stride[k][w->ndim - 1];
}
/* Pointers of run r (0 ≤ r < w->runs). */
void lin__walk_run(const lin__walk *w, int64_t r, void **pointers);

#endif
