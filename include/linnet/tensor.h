/* linnet/tensor.h: tensors: their shape, creation, reading and printing.
 *
 * A tensor is row-major with strides, of rank 0 to 8, of type f32 (default), f64, i64 or u8. Dimensions count
 * from 0 in PyTorch's order; a negative dimension counts from the end. Views share storage. Zero-size dimensions
 * are allowed. Every function that returns a tensor returns NULL on failure, with the cause in the context, and
 * the tensor belongs to the innermost region unless its comment says otherwise.
 */
#ifndef LINNET_TENSOR_H
#define LINNET_TENSOR_H

#include <linnet/base.h>
#include <stdio.h>

#ifdef __cplusplus
#include <initializer_list>
extern "C" {
#endif

#define LIN_MAX_DIMS 8

/* A shape, or a list of dimensions: by value. */
typedef struct lin_shape {
    int ndim;
    int64_t dim[LIN_MAX_DIMS];
} lin_shape;

/* A list of tensors: by value, borrowing the array. */
typedef struct lin_tensors {
    int count;
    lin_tensor *const *at;
} lin_tensors;

/* LIN_SHAPE(2, 3): the shape (2, 3). LIN_DIMS(0, -1): a list of dimensions. LIN_SCALAR: the shape ().
 * LIN_TENSORS(w, b): a list that lives as long as the block it is written in; in C++ only to the end of the full
 * expression, so there it is an argument. To keep one: `lin_tensor *at[] = {w, b}; lin_tensors list = {2, at};`, which is
 * as long-lived as the array. The functions beside them: lin_shape_of and a lin_tensors filled by hand. */
#define LIN_COUNT(type, ...) ((int)(sizeof((type[]){__VA_ARGS__}) / sizeof(type)))
#ifdef __cplusplus
#define LIN_SHAPE(...)   lin__shape_list({__VA_ARGS__})
#define LIN_SCALAR       lin__shape_list({})
#define LIN_TENSORS(...) lin__tensor_list({__VA_ARGS__})
#else
#define LIN_SHAPE(...) lin_shape_of(LIN_COUNT(int64_t, __VA_ARGS__), (const int64_t[]){__VA_ARGS__})
#define LIN_SCALAR     ((lin_shape){.ndim = 0})
#define LIN_TENSORS(...) \
    ((lin_tensors){.count = LIN_COUNT(lin_tensor *, __VA_ARGS__), .at = (lin_tensor *const[]){__VA_ARGS__}})
#endif
#define LIN_DIMS(...) LIN_SHAPE(__VA_ARGS__)

/* The shape of `ndim` sizes. More than LIN_MAX_DIMS gives a shape that every function refuses. */
LIN_API lin_shape lin_shape_of(int ndim, const int64_t *dims);

/* ---- Asking ------------------------------------------------------------------------------------- */

LIN_API lin_ctx *lin_context(const lin_tensor *t);      /* NULL for NULL */
LIN_API int lin_ndim(const lin_tensor *t);              /* rank; 0 for NULL */
LIN_API int64_t lin_dim(const lin_tensor *t, int d);    /* size of dimension d; 0 (and a cause) if there is none */
LIN_API lin_shape lin_size(const lin_tensor *t);        /* the whole shape, as t.size() */
LIN_API int64_t lin_numel(const lin_tensor *t);         /* number of elements; 0 for NULL */
LIN_API lin_dtype lin_type(const lin_tensor *t);        /* element type; LIN_F32 for NULL */
LIN_API int64_t lin_stride(const lin_tensor *t, int d); /* elements between neighbours along d */
LIN_API bool lin_is_contiguous(const lin_tensor *t);
LIN_API const char *lin_dtype_name(lin_dtype dtype); /* "f32", "f64", "i64", "u8" */
LIN_API size_t lin_dtype_size(lin_dtype dtype);      /* bytes of one element */

/* The only element as a double: of shape (), (1), (1, 1) …; NaN and a cause otherwise. */
LIN_API double lin_item(const lin_tensor *t);
/* The only element of an integer tensor, exactly; 0 and a cause otherwise. */
LIN_API int64_t lin_item_i64(const lin_tensor *t);
/* One element by its indices (as many as the rank, negative ones from the end); NaN and a cause when out of range. */
LIN_API double lin_at(const lin_tensor *t, lin_shape index);
/* The elements of a contiguous tensor, row-major, only to read; they are of lin_type(t). Valid until t, or the array
 * that a batch of a loader borrows its rows from, is changed. NULL and a cause if t is not contiguous (see
 * lin_contiguous). */
LIN_API const void *lin_const_data_ptr(const lin_tensor *t);
/* The same of a named type, to read or (outside of a graph) to write; NULL and a cause also if the type is another.
 * Writing through the pointer is not seen by the version counter. This exposes t: as it may be written at any time from
 * now on, a loader lends its rows to no batch any more, and copies them instead. Who only reads takes
 * lin_const_data_ptr. */
LIN_API float *lin_f32(const lin_tensor *t);
LIN_API double *lin_f64(const lin_tensor *t);
LIN_API int64_t *lin_i64(const lin_tensor *t);
LIN_API uint8_t *lin_u8(const lin_tensor *t);
/* Copy all elements, row-major, into `out` (lin_numel elements of t's type), whatever the strides. 0 or a code. */
LIN_API int lin_copy_out(const lin_tensor *t, void *out);

/* ---- Creation ----------------------------------------------------------------------------------- */

/* Filled with 0, 1 or a value, in the context's default type. */
LIN_API lin_tensor *lin_zeros(lin_ctx *ctx, lin_shape shape);
LIN_API lin_tensor *lin_ones(lin_ctx *ctx, lin_shape shape);
LIN_API lin_tensor *lin_full(lin_ctx *ctx, double value, lin_shape shape);
/* The same in a named type. */
LIN_API lin_tensor *lin_full_dtype(lin_ctx *ctx, double value, lin_shape shape, lin_dtype dtype);
/* start, start + step, … up to but without end: ceil((end − start) / step) values of `dtype`. */
LIN_API lin_tensor *lin_arange(lin_ctx *ctx, double start, double end, double step, lin_dtype dtype);
/* A copy of data: row-major, as many elements as the shape says. */
LIN_API lin_tensor *lin_from_data(lin_ctx *ctx, lin_dtype dtype, const void *data, lin_shape shape);
LIN_API lin_tensor *lin_from_f32(lin_ctx *ctx, const float *data, lin_shape shape);
LIN_API lin_tensor *lin_from_f64(lin_ctx *ctx, const double *data, lin_shape shape);
LIN_API lin_tensor *lin_from_i64(lin_ctx *ctx, const int64_t *data, lin_shape shape);
LIN_API lin_tensor *lin_from_u8(lin_ctx *ctx, const uint8_t *data, lin_shape shape);
/* N(mean, std²) and U[low, high), in the default type. Philox4x32-10: the k-th creation of a context draws from the
 * stream (seed, kind, k), so the values do not depend on threads or on what else was drawn. */
LIN_API lin_tensor *lin_normal(lin_ctx *ctx, double mean, double std, lin_shape shape);
LIN_API lin_tensor *lin_uniform(lin_ctx *ctx, double low, double high, lin_shape shape);
/* The numbers 0 … n − 1 in a random order, i64 (n): a keyed bijection, so no memory beyond the result. */
LIN_API lin_tensor *lin_randperm(lin_ctx *ctx, int64_t n);

/* A contiguous copy in the innermost region, with its graph (as torch.clone). */
LIN_API lin_tensor *lin_clone(lin_tensor *t);
/* t itself if it is contiguous, otherwise a contiguous copy, with its graph. */
LIN_API lin_tensor *lin_contiguous(lin_tensor *t);
/* Another type; floating to floating is differentiable. To integers truncates toward zero, and values out of range
 * saturate, NaN gives 0. t itself if it has the type already. */
LIN_API lin_tensor *lin_to(lin_tensor *t, lin_dtype dtype);
/* The value one region further out (at the root: the root), copied, without its graph. */
LIN_API lin_tensor *lin_keep(lin_tensor *t);

/* ---- Printing ----------------------------------------------------------------------------------- */

/* Print as PyTorch prints: `tensor([[1., 2.], [3., 4.]])` with its line breaks, widths, summary beyond 1,000 elements
 * and dtype suffix where it differs from the default. 0 or LIN_EIO. */
LIN_API int lin_print(const lin_tensor *t, FILE *out);
/* The same as a string in the innermost region; NULL on failure. */
LIN_API const char *lin_to_string(const lin_tensor *t);

#ifdef __cplusplus
}
inline lin_shape lin__shape_list(std::initializer_list<int64_t> dims)
{
    return lin_shape_of(static_cast<int>(dims.size()), dims.begin());
}
inline lin_tensors lin__tensor_list(std::initializer_list<lin_tensor *> list)
{
    return lin_tensors{static_cast<int>(list.size()), list.begin()};
}
#endif

#endif
