/* Elements of files: put into this machine's order of bytes and widened to a type that tensors have. */
#include "data/elements.h"

#include "base/error.h"
#include "kernel/kernel.h"

#include <inttypes.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "big-endian elements are swapped, others are taken as they are");

const lin__stored_type lin__stored_types[LIN__STORED_COUNT] = {
#define LIN__X(name, bytes, type) {#name, bytes, type},
    LIN__STORED_MAP(LIN__X)
#undef LIN__X
};

#define SWAP_EACH(T, SWAP)             \
    do {                               \
        T *x_ = elements;              \
        for (size_t i = 0; i < n; i++) \
            x_[i] = SWAP(x_[i]);       \
    } while (0)
void lin__swap_bytes(size_t bytes, size_t n, void *elements)
{
    if (bytes == 2) SWAP_EACH(uint16_t, __builtin_bswap16);
    if (bytes == 4) SWAP_EACH(uint32_t, __builtin_bswap32);
    if (bytes == 8) SWAP_EACH(uint64_t, __builtin_bswap64);
}

#define WIDEN_EACH(FROM, TO, EXPRESSION) \
    do {                                 \
        const FROM *from_ = from;        \
        TO *to_ = to;                    \
        for (size_t i = 0; i < n; i++) { \
            FROM v = from_[i];           \
            to_[i] = (EXPRESSION);       \
        }                                \
    } while (0)
bool lin__widen(lin__stored stored, size_t n, const void *from, void *to)
{
    switch (stored) {
    case LIN__F16:
        WIDEN_EACH(uint16_t, float, lin__from_f16(v));
        return true;
    case LIN__BF16:
        WIDEN_EACH(uint16_t, float, lin__from_bf16(v));
        return true;
    case LIN__I8:
        WIDEN_EACH(int8_t, int64_t, (int64_t)v);
        return true;
    case LIN__I16:
        WIDEN_EACH(int16_t, int64_t, v);
        return true;
    case LIN__I32:
        WIDEN_EACH(int32_t, int64_t, v);
        return true;
    case LIN__U16:
        WIDEN_EACH(uint16_t, int64_t, v);
        return true;
    case LIN__U32:
        WIDEN_EACH(uint32_t, int64_t, v);
        return true;
    case LIN__U64:
        for (size_t i = 0; i < n; i++)
            if (((const uint64_t *)from)[i] > INT64_MAX) return false;
        WIDEN_EACH(uint64_t, int64_t, (int64_t)v);
        return true;
    case LIN__BOOL:
        WIDEN_EACH(uint8_t, uint8_t, v != 0);
        return true;
    default:
        return false; /* nothing to widen */
    }
}

int lin__fail_widen(lin_ctx *ctx, const lin__input *in, const char *what, const uint64_t *from, size_t n)
{
    size_t i = 0;
    while (from[i] <= INT64_MAX)
        i++;
    return lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), lin__input_at(in) - (int64_t)((n - i) * sizeof *from),
                          "%s holds %" PRIu64 ", above 9223372036854775807, the largest of i64", what, from[i]);
}

int lin__read_elements(lin__input *in, lin__stored stored, bool big_endian, lin_tensor *t, const char *what)
{
    size_t bytes = lin__stored_types[stored].bytes, size = lin__size_of(t->dtype), count = (size_t)t->numel;
    if (lin__stored_as_is(stored)) {
        int code = lin__input_exactly(in, t->data, count * bytes, what);
        if (!code && big_endian) lin__swap_bytes(bytes, count, t->data);
        return code;
    }
    uint64_t piece[1024];
    for (size_t at = 0, n; at < count; at += n) {
        n = count - at < sizeof piece / bytes ? count - at : sizeof piece / bytes;
        int code = lin__input_exactly(in, piece, n * bytes, what);
        if (code) return code;
        if (big_endian) lin__swap_bytes(bytes, n, piece);
        if (!lin__widen(stored, n, piece, (char *)t->data + at * size))
            return lin__fail_widen(t->ctx, in, what, piece, n);
    }
    return 0;
}
