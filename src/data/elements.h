/* data/elements.h: element types as files store them (safetensors, npy, IDX), and what tensors have for them. */
#ifndef LINNET_DATA_ELEMENTS_H
#define LINNET_DATA_ELEMENTS_H

#include "base/file.h"
#include "tensor/tensor.h"

/* X(name, bytes, widened to). The names are those of safetensors; the four that tensors have come first. */
#define LIN__STORED_MAP(X) \
    X(F32, 4, LIN_F32)     \
    X(F64, 8, LIN_F64)     \
    X(I64, 8, LIN_I64)     \
    X(U8, 1, LIN_U8)       \
    X(F16, 2, LIN_F32)     \
    X(BF16, 2, LIN_F32)    \
    X(I8, 1, LIN_I64)      \
    X(I16, 2, LIN_I64)     \
    X(I32, 4, LIN_I64)     \
    X(U16, 2, LIN_I64)     \
    X(U32, 4, LIN_I64)     \
    X(U64, 8, LIN_I64)     \
    X(BOOL, 1, LIN_U8)
typedef enum lin__stored {
#define LIN__X(name, bytes, type) LIN__##name,
    LIN__STORED_MAP(LIN__X)
#undef LIN__X
        LIN__STORED_COUNT
} lin__stored;
typedef struct lin__stored_type {
    const char *name;
    size_t bytes;
    lin_dtype type;
} lin__stored_type;
extern const lin__stored_type lin__stored_types[LIN__STORED_COUNT];

/* Are elements of this type stored as tensors have them? */
static inline bool lin__stored_as_is(lin__stored stored)
{
    return stored <= LIN__U8;
}
/* n elements of `bytes` bytes from the other order of bytes to this machine's, in place. */
void lin__swap_bytes(size_t bytes, size_t n, void *elements);
/* n elements that are not stored as tensors have them. False for an unsigned number that i64 cannot hold. */
bool lin__widen(lin__stored stored, size_t n, const void *from, void *to);
/* Its cause, where the n numbers `from` have just been read; `what` names them in messages. */
int lin__fail_widen(lin_ctx *ctx, const lin__input *in, const char *what, const uint64_t *from, size_t n);
/* The elements of the contiguous t, row-major, from the file. 0 or a code. */
int lin__read_elements(lin__input *in, lin__stored stored, bool big_endian, lin_tensor *t, const char *what);

#endif
