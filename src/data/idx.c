/* The head of an IDX file (MNIST's format): 00 00, type, rank, then each dimension as 4 bytes, the most significant first,
 * as the elements are (http://yann.lecun.com/exdb/mnist). */
#include "data/array.h"

#include "base/error.h"

static int stored_of(unsigned char type)
{
    switch (type) {
    case 0x08:
        return LIN__U8;
    case 0x09:
        return LIN__I8;
    case 0x0B:
        return LIN__I16;
    case 0x0C:
        return LIN__I32;
    case 0x0D:
        return LIN__F32;
    case 0x0E:
        return LIN__F64;
    default:
        return -1;
    }
}

int lin__idx_head(lin_ctx *ctx, lin__input *in, const unsigned char magic[LIN__MAGIC], lin__head *head)
{
    const char *path = lin__input_path(in);
    if (magic[0] || magic[1])
        return lin__fail_byte(ctx, LIN_EDATA, path, 0, "begins with %02X %02X, not with 00 00: not an IDX file",
                              magic[0], magic[1]);
    int stored = stored_of(magic[2]);
    if (stored < 0)
        return lin__fail_byte(
            ctx, LIN_EDATA, path, 2,
            "type 0x%02X is not one of IDX's: 08 (u8), 09 (i8), 0B (i16), 0C (i32), 0D (f32), 0E (f64)", magic[2]);
    if (magic[3] > LIN_MAX_DIMS)
        return lin__fail_byte(ctx, LIN_EDATA, path, 3, "%d dimensions; linnet takes up to %d", magic[3], LIN_MAX_DIMS);
    unsigned char dims[4 * LIN_MAX_DIMS];
    int code = lin__input_exactly(in, dims, 4 * (size_t)magic[3], "the dimensions");
    if (code) return code;
    *head =
        (lin__head){.stored = (lin__stored)stored, .big_endian = true, .shape.ndim = magic[3], .later = head->later};
    for (int i = 0; i < magic[3]; i++) {
        const unsigned char *d = dims + 4 * i;
        head->shape.dim[i] = (int64_t)d[0] << 24 | (int64_t)d[1] << 16 | (int64_t)d[2] << 8 | d[3];
    }
    return 0;
}
