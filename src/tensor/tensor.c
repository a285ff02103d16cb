/* Tensors: made, viewed, copied, asked. */
#include "tensor/tensor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {[LIN_F32] = "f32", [LIN_F64] = "f64", [LIN_I64] = "i64", [LIN_U8] = "u8"};

const char *lin_dtype_name(lin_dtype dtype)
{
    return (unsigned)dtype <= LIN_U8 ? names[dtype] : "?";
}

size_t lin_dtype_size(lin_dtype dtype)
{
    return lin__size_of(dtype);
}

/* ---- Making -------------------------------------------------------------------------------------- */

/* A header, its storage and, in most cases, the elements behind them: one allocation. */
typedef struct made {
    _Alignas(LIN__ALIGN) lin_tensor tensor;
    lin__storage storage;
} made;

/* What of the shape and type is wrong. */
static void refuse_form(lin_ctx *ctx, lin_dtype dtype, const int64_t *dim, int ndim, const char *name)
{
    char shape[LIN__SHAPE_TEXT];
    if ((unsigned)dtype > LIN_U8)
        lin__fail(ctx, LIN_EINVAL, "%s: no type %d; see lin_dtype", name, (int)dtype);
    else if (ndim < 0 || ndim > LIN_MAX_DIMS)
        lin__fail(ctx, LIN_EINVAL, "%s: %d dimensions; at most %d", name, ndim, LIN_MAX_DIMS);
    else
        lin__fail(ctx, LIN_EINVAL, "%s: %s is not a shape: no size may be negative, and the product must fit", name,
                  lin__shape_text(shape, dim, ndim));
}

/* Bytes of the elements; false if type or shape cannot be. numel is what lin__row_major said: below 0 for no shape. */
static inline bool form_bytes(lin_dtype dtype, int64_t numel, size_t *bytes)
{
    static const struct {
        uint64_t most;
        int shift;
    } of[] = {[LIN_F32] = {PTRDIFF_MAX >> 2, 2},
              [LIN_F64] = {PTRDIFF_MAX >> 3, 3},
              [LIN_I64] = {PTRDIFF_MAX >> 3, 3},
              [LIN_U8] = {PTRDIFF_MAX, 0}};
    if ((unsigned)dtype > LIN_U8 || (uint64_t)numel > of[dtype].most) return false;
    *bytes = (size_t)numel << of[dtype].shift;
    return true;
}

/* The header of a contiguous tensor in `memory`, with its elements behind it. It is not zeroed as a whole, since its arrays are long,
 * and ops make many. */
static inline lin_tensor *fill_header(void *memory, lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim,
                                      int ndim, int64_t numel)
{
    made *m = memory;
    lin_tensor *t = &m->tensor;
    t->live = LIN__LIVE;
    t->depth = depth;
    t->ctx = ctx;
    t->data = m + 1;
    t->storage = &m->storage;
    t->node = NULL;
    t->grad = NULL;
    t->numel = numel;
    t->ndim = (uint8_t)ndim;
    t->dtype = (uint8_t)dtype;
    t->requires_grad = t->has_grad = t->is_view = t->borrowed = false;
    t->contiguous = true;
    t->graph_version = 0;
    m->storage.data = m + 1;
    m->storage.version = 0;
    m->storage.depth = depth;
    m->storage.graph_version = 0;
    m->storage.exposed = false;
    int64_t step = 1;
    for (ptrdiff_t i = ndim - 1; i >= 0; i--) {
        int64_t size = dim[i];
        t->dim[i] = size;
        t->stride[i] = step;
        step *= size ? size : 1;
    }
    return t;
}

/* Number and bytes of the elements of any shape; false with what is wrong with it. */
static bool check_form(lin_ctx *ctx, lin_dtype dtype, const int64_t *dim, int ndim, const char *name, int64_t *numel,
                       size_t *bytes)
{
    int64_t stride[LIN_MAX_DIMS];
    *numel = lin__row_major(dim, ndim, stride);
    if (form_bytes(dtype, *numel, bytes)) return true;
    refuse_form(ctx, dtype, dim, ndim, name);
    return false;
}

/* Where the region's newest chunk is not the place. */
static __attribute__((noinline)) lin_tensor *make_alone(lin_ctx *ctx, uint32_t depth, lin_dtype dtype,
                                                        const int64_t *dim, int ndim, int64_t numel)
{
    void *memory = lin__alloc(ctx, depth, sizeof(made) + (size_t)numel * lin__size_of(dtype));
    return memory ? fill_header(memory, ctx, depth, dtype, dim, ndim, numel) : NULL;
}

static __attribute__((noinline)) lin_tensor *make_any(lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim,
                                                      int ndim, const char *name)
{
    int64_t numel;
    size_t bytes;
    if (!check_form(ctx, dtype, dim, ndim, name, &numel, &bytes)) return NULL;
    return make_alone(ctx, depth, dtype, dim, ndim, numel);
}

/* The number of elements of a shape whose sizes are all above 0; -1 for others, and where that is too many. */
static inline int64_t plain_numel(const int64_t *dim, int ndim)
{
    int64_t numel = ndim < 0 || ndim > LIN_MAX_DIMS ? -1 : 1;
    for (int i = 0; i < ndim && numel > 0; i++)
        if (dim[i] <= 0 || __builtin_mul_overflow(numel, dim[i], &numel)) numel = -1;
    return numel;
}

/* Of a plain shape, when the region's chunk has no room: once more in the next, without a second copy of what comes often. */
LIN__HOT static __attribute__((noinline)) lin_tensor *make_elsewhere(lin_ctx *ctx, uint32_t depth, lin_dtype dtype,
                                                                     const int64_t *dim, int ndim, int64_t numel)
{
    size_t bytes = sizeof(made) + (size_t)numel * lin__size_of(dtype);
    if (lin__next_chunk(ctx, depth, bytes)) return lin__tensor_new(ctx, depth, dtype, dim, ndim, "tensor");
    return make_alone(ctx, depth, dtype, dim, ndim, numel);
}

/* What comes often, a plain shape that has room in the region's chunk, is made without a call. */
static inline lin_tensor *make(lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim, int ndim,
                               int64_t numel, const char *name)
{
    size_t bytes;
    if (!form_bytes(dtype, numel, &bytes)) return make_any(ctx, depth, dtype, dim, ndim, name);
    void *memory = lin__alloc_quick(ctx, depth, sizeof(made) + bytes);
    return memory ? fill_header(memory, ctx, depth, dtype, dim, ndim, numel)
                  : make_elsewhere(ctx, depth, dtype, dim, ndim, numel);
}

LIN__HOT lin_tensor *lin__tensor_new(lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim, int ndim,
                                     const char *name)
{
    return make(ctx, depth, dtype, dim, ndim, plain_numel(dim, ndim), name);
}

/* The shape is one already, so of all that is checked above only the bytes can be too many. */
LIN__HOT lin_tensor *lin__tensor_like(const lin_tensor *t, lin_dtype dtype)
{
    return make(t->ctx, lin__here(t->ctx), dtype, t->dim, t->ndim, t->numel, "like");
}

lin_tensor *lin__tensor_over(lin_ctx *ctx, uint32_t depth, lin_dtype dtype, const int64_t *dim, int ndim, void *data)
{
    int64_t numel;
    size_t bytes;
    if (!check_form(ctx, dtype, dim, ndim, "tensor", &numel, &bytes)) return NULL;
    void *memory = lin__alloc(ctx, depth, sizeof(made));
    if (!memory) return NULL;
    lin_tensor *t = fill_header(memory, ctx, depth, dtype, dim, ndim, numel);
    t->data = t->storage->data = data;
    return t;
}

lin_tensor *lin__tensor_borrow(const lin_tensor *from, size_t offset, const int64_t *dim, int ndim)
{
    lin_ctx *ctx = from->ctx;
    lin_tensor *t =
        lin__tensor_over(ctx, lin__here(ctx), (lin_dtype)from->dtype, dim, ndim, (char *)from->data + offset);
    return t && lin__lend(from, t) ? t : NULL;
}

LIN__HOT lin_tensor *lin__tensor_view(const lin_tensor *t, const int64_t *dim, const int64_t *stride, int ndim,
                                      int64_t offset)
{
    lin_ctx *ctx = t->ctx;
    lin_tensor *v = lin__own(t) ? lin__alloc(ctx, lin__here(ctx), sizeof *v) : NULL;
    if (!v) return NULL;
    v->live = LIN__LIVE;
    v->depth = lin__here(ctx);
    v->ctx = ctx;
    v->data = (char *)t->data + offset * (int64_t)lin__size_of(t->dtype);
    v->storage = t->storage;
    v->node = NULL;
    v->grad = NULL;
    v->ndim = (uint8_t)ndim;
    v->dtype = t->dtype;
    v->requires_grad = v->has_grad = v->borrowed = false;
    v->is_view = true;
    v->graph_version = t->graph_version;
    int64_t numel = 1;
    bool dense = true; /* row-major without gaps; sizes of 1 may have any stride */
    for (int i = ndim - 1; i >= 0; i--) {
        v->dim[i] = dim[i];
        v->stride[i] = stride[i];
        dense &= dim[i] == 1 || stride[i] == numel;
        numel *= dim[i];
    }
    v->numel = numel;
    v->contiguous = dense || numel == 0;
    return v;
}

lin_tensor *lin__tensor_alias(const lin_tensor *t, uint32_t depth)
{
    lin_tensor *v = lin__own(t) ? lin__alloc(t->ctx, depth, sizeof *v) : NULL;
    if (!v) return NULL;
    *v = *t;
    v->depth = depth;
    v->node = NULL;
    v->grad = NULL;
    v->requires_grad = v->has_grad = false;
    v->is_view = true;
    return v;
}

lin_tensor *lin__tensor_copy(const lin_tensor *t, uint32_t depth)
{
    lin_tensor *copy = lin__tensor_new(t->ctx, depth, t->dtype, t->dim, t->ndim, "copy");
    if (copy) lin__copy_elements(copy, t);
    return copy;
}

lin_tensor *lin__tensor_sink(lin_tensor *t, uint32_t depth)
{
    /* A view may be of the region and its storage not, and the other way round. */
    return t->depth <= depth && t->storage->depth <= depth ? t : lin__tensor_copy(t, depth);
}

bool lin__check_alive(const lin_tensor *t, const char *name)
{
    if (t->live == LIN__RELEASED) /* region.c leaves the context in place */
        lin__fail(t->ctx, LIN_EINVAL, "%s: a tensor was used after its region had ended; see lin_keep", name);
    return t->live == LIN__LIVE;
}

lin_tensor *lin_keep(lin_tensor *t)
{
    if (!lin__alive(t, "keep")) return NULL;
    uint32_t here = lin__here(t->ctx);
    return lin__tensor_copy(t, here ? here - 1 : 0);
}

/* ---- Asking -------------------------------------------------------------------------------------- */

LIN__HOT lin_ctx *lin_context(const lin_tensor *t)
{
    return lin__context_of(t);
}

int lin_ndim(const lin_tensor *t)
{
    return lin__alive(t, "ndim") ? t->ndim : 0;
}

LIN__HOT int64_t lin_dim(const lin_tensor *t, int d)
{
    if (!lin__alive(t, "dim")) return 0;
    int at = lin__dim_index(t, d, "dim");
    if (at < 0) return 0;
    if (t->ndim == 0) {
        lin__fail(t->ctx, LIN_EINVAL, "dim: a scalar has no dimensions");
        return 0;
    }
    return t->dim[at];
}

LIN__HOT lin_shape lin_size(const lin_tensor *t)
{
    return lin__alive(t, "size") ? lin_shape_of(t->ndim, t->dim) : (lin_shape){.ndim = 0};
}

int64_t lin_numel(const lin_tensor *t)
{
    return lin__alive(t, "numel") ? t->numel : 0;
}

lin_dtype lin_type(const lin_tensor *t)
{
    return lin__alive(t, "type") ? (lin_dtype)t->dtype : LIN_F32;
}

int64_t lin_stride(const lin_tensor *t, int d)
{
    if (!lin__alive(t, "stride") || t->ndim == 0) return 0;
    int at = lin__dim_index(t, d, "stride");
    return at < 0 ? 0 : t->stride[at];
}

bool lin_is_contiguous(const lin_tensor *t)
{
    return lin__alive(t, "is_contiguous") && t->contiguous;
}

static double element(const lin_tensor *t, const void *p)
{
    switch ((lin_dtype)t->dtype) {
    case LIN_F32:
        return *(const float *)p;
    case LIN_F64:
        return *(const double *)p;
    case LIN_I64:
        return (double)*(const int64_t *)p;
    case LIN_U8:
        return *(const uint8_t *)p;
    }
    return NAN;
}

static bool has_one(const lin_tensor *t, const char *name)
{
    if (!lin__alive(t, name)) return false;
    if (t->numel == 1) return true;
    char shape[LIN__SHAPE_TEXT];
    lin__fail(t->ctx, LIN_EINVAL, "%s: a tensor of shape %s has %lld elements, not one", name,
              lin__shape_text(shape, t->dim, t->ndim), (long long)t->numel);
    return false;
}

double lin_item(const lin_tensor *t)
{
    return has_one(t, "item") ? element(t, t->data) : NAN;
}

int64_t lin_item_i64(const lin_tensor *t)
{
    if (!has_one(t, "item_i64")) return 0;
    if (t->dtype == LIN_I64) return *(const int64_t *)t->data;
    if (t->dtype == LIN_U8) return *(const uint8_t *)t->data;
    lin__fail(t->ctx, LIN_EINVAL, "item_i64: the tensor is %s, not an integer", lin_dtype_name(t->dtype));
    return 0;
}

double lin_at(const lin_tensor *t, lin_shape index)
{
    if (!lin__alive(t, "at")) return NAN;
    int64_t offset = 0;
    bool good = index.ndim == t->ndim;
    for (int i = 0; good && i < t->ndim; i++) {
        int64_t at = index.dim[i] < 0 ? index.dim[i] + t->dim[i] : index.dim[i];
        good = at >= 0 && at < t->dim[i];
        offset += at * t->stride[i];
    }
    if (good) return element(t, (const char *)t->data + offset * (int64_t)lin__size_of(t->dtype));
    char shape[LIN__SHAPE_TEXT], asked[LIN__SHAPE_TEXT];
    lin__fail(t->ctx, LIN_EINVAL, "at: no element %s in a tensor of shape %s",
              lin__shape_text(asked, index.dim, index.ndim), lin__shape_text(shape, t->dim, t->ndim));
    return NAN;
}

static bool is_dense(const lin_tensor *t, const char *name)
{
    if (t->contiguous) return true;
    lin__fail(t->ctx, LIN_EINVAL, "%s: the tensor is not contiguous; see lin_contiguous", name);
    return false;
}

const void *lin_const_data_ptr(const lin_tensor *t)
{
    return lin__alive(t, "const_data_ptr") && is_dense(t, "const_data_ptr") ? t->data : NULL;
}

static void *elements(const lin_tensor *t, lin_dtype dtype)
{
    if (!lin__alive(t, lin_dtype_name(dtype))) return NULL;
    if (t->dtype != dtype) {
        lin__fail(t->ctx, LIN_EINVAL, "%s: the tensor is %s; convert it with lin_to", lin_dtype_name(dtype),
                  lin_dtype_name(t->dtype));
        return NULL;
    }
    return is_dense(t, lin_dtype_name(dtype)) && lin__expose(t) ? t->data : NULL;
}

float *lin_f32(const lin_tensor *t)
{
    return elements(t, LIN_F32);
}

double *lin_f64(const lin_tensor *t)
{
    return elements(t, LIN_F64);
}

int64_t *lin_i64(const lin_tensor *t)
{
    return elements(t, LIN_I64);
}

uint8_t *lin_u8(const lin_tensor *t)
{
    return elements(t, LIN_U8);
}

int lin_copy_out(const lin_tensor *t, void *out)
{
    if (!lin__alive(t, "copy_out")) return LIN_EINVAL;
    if (!out && t->numel) return lin__fail_null(t->ctx, "copy_out: argument 2");
    lin_tensor dense = {.data = out, .dtype = t->dtype, .ndim = t->ndim, .numel = t->numel, .contiguous = true};
    memcpy(dense.dim, t->dim, sizeof dense.dim);
    lin__row_major(t->dim, t->ndim, dense.stride);
    lin__copy_elements(&dense, t);
    return 0;
}
