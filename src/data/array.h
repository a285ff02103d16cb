/* data/array.h: files of one array: a head that says its type and shape, and the elements behind it. */
#ifndef LINNET_DATA_ARRAY_H
#define LINNET_DATA_ARRAY_H

#include "data/elements.h"

/* What the head of a file says of its elements. */
typedef struct lin__head {
    const char *format; /* "npy" or "idx"; set by lin__any_head */
    lin__stored stored;
    bool big_endian;
    bool fortran; /* the first dimension runs fastest */
    lin_shape shape;
    /* Where it may be set, elements that could be mapped, were there address space, are left in the file: the tensor has none. */
    lin__file **later;
} lin__head;

/* The first bytes of every file of arrays: enough to know the format by. */
enum { LIN__MAGIC = 4 };

/* Readers of heads: `in` stands behind the magic. 0 or a code. */
typedef int lin__head_fn(lin_ctx *ctx, lin__input *in, const unsigned char magic[LIN__MAGIC], lin__head *head);
lin__head_fn lin__idx_head, lin__npy_head;

/* The array of a file, in region `depth`. NULL with a cause. */
lin_tensor *lin__array_load(lin_ctx *ctx, uint32_t depth, const char *path, lin__head_fn *read_head);
/* The same; where it does not fit into the address space, *later is set, and the tensor has a shape and a type, but no elements. */
lin_tensor *lin__array_rows(lin_ctx *ctx, uint32_t depth, const char *path, lin__head_fn *read_head, lin__file **later);
/* … of whatever format its content shows. */
lin__head_fn lin__any_head;

#endif
