/* Files of one array: what the formats share, and which of them a file is. */
#include "data/array.h"

#include "base/error.h"
#include "base/region.h"
#include <linnet/data.h>

#include <inttypes.h>
#include <string.h>

/* ---- The elements behind a head -------------------------------------------------------------------- */

static lin_tensor *bad_length(lin_ctx *ctx, lin__input *in, const lin__head *head, int64_t at, const char *what)
{
    char shape[LIN__SHAPE_TEXT];
    lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), at, "%s: the head says %s of shape %s", what,
                   lin__stored_types[head->stored].name, lin__shape_text(shape, head->shape.dim, head->shape.ndim));
    return NULL;
}

static lin_tensor *too_short(lin_ctx *ctx, lin__input *in, const lin__head *head, size_t needed, size_t there)
{
    char what[100];
    snprintf(what, sizeof what, "the file is cut off: %zu bytes of elements follow, expected %zu", there, needed);
    return bad_length(ctx, in, head, lin__input_at(in), what);
}

/* The dimensions from the slowest to the fastest, as the elements lie in the file. */
static lin_shape shape_in_file(const lin__head *head)
{
    lin_shape shape = head->shape;
    for (int i = 0; head->fortran && i < shape.ndim; i++)
        shape.dim[i] = head->shape.dim[shape.ndim - 1 - i];
    return shape;
}

/* From a pipe or a gzip stream: nothing is allocated by what the head says alone. */
static lin_tensor *read_stream(lin_ctx *ctx, lin__input *in, uint32_t depth, const lin__head *head, size_t needed)
{
    bool as_is = lin__stored_as_is(head->stored);
    size_t got, bytes = lin__stored_types[head->stored].bytes;
    void *raw = lin__input_upto(in, as_is ? depth : lin__here(ctx), needed, &got);
    if (!raw) return NULL;
    if (got < needed) return too_short(ctx, in, head, needed, got);
    if (head->big_endian) lin__swap_bytes(bytes, needed / bytes, raw);
    lin_dtype type = lin__stored_types[head->stored].type;
    lin_shape shape = shape_in_file(head);
    if (as_is) return lin__tensor_over(ctx, depth, type, shape.dim, shape.ndim, raw);
    lin_tensor *t = lin__tensor_new(ctx, depth, type, shape.dim, shape.ndim, "load");
    if (!t || lin__widen(head->stored, (size_t)t->numel, raw, t->data)) return t;
    lin__fail_widen(ctx, in, "the array", raw, (size_t)t->numel);
    return NULL;
}

/* Do the elements lie in the file as tensors have them: their type, the order of their bytes, aligned? Not so i64: labels and
 * indices are checked and then used, and between the two a file can be written to. */
static bool may_stay(const lin__input *in, const lin__head *head)
{
    size_t bytes = lin__stored_types[head->stored].bytes;
    return lin__stored_as_is(head->stored) && head->stored != LIN__I64 && !(head->big_endian && bytes > 1) &&
           (size_t)lin__input_at(in) % bytes == 0;
}

/* What could not be mapped, though it may stay in its file, would not fit into memory either. */
static bool is_for_later(const lin_ctx *ctx, const lin__input *in, const lin__head *head, size_t needed)
{
    return head->later && !ctx->no_map && !head->fortran && may_stay(in, head) && needed >= LIN__LEAST_MAPPED;
}

/* What there is too little address space to map must leave some of it when it is read, too (a quarter of its own size does, for
 * small ones), or the next allocation fails in its stead. The memory for it may be a quarter larger than it is. */
static bool leaves_room(const lin_ctx *ctx, size_t needed)
{
    size_t reserve = needed / 4 < LIN__RESERVE ? needed / 4 : LIN__RESERVE, all;
    if (ctx->no_map || needed < LIN__LEAST_MAPPED) return true;
    return lin__add_size(needed + needed / 4, reserve, &all) && lin__has_room(all);
}

/* From a plain file, whose length is known to be right: mapped if that is possible, otherwise read. */
static lin_tensor *read_plain(lin_ctx *ctx, lin__input *in, uint32_t depth, const lin__head *head, size_t needed)
{
    lin_shape shape = shape_in_file(head);
    lin_dtype type = lin__stored_types[head->stored].type;
    void *data = NULL;
    if (may_stay(in, head) && lin__input_map(in, depth, needed, &data)) return NULL;
    if (data) return lin__tensor_over(ctx, depth, type, shape.dim, shape.ndim, data);
    if (is_for_later(ctx, in, head, needed)) {
        *head->later = lin__input_later(in, depth, needed);
        return *head->later ? lin__tensor_over(ctx, depth, type, shape.dim, shape.ndim, NULL) : NULL;
    }
    if (may_stay(in, head) && !leaves_room(ctx, needed)) return lin__fail_memory(ctx, needed), NULL;
    lin_tensor *t = lin__tensor_new(ctx, depth, type, shape.dim, shape.ndim, "load");
    return t && !lin__read_elements(in, head->stored, head->big_endian, t, "the array") ? t : NULL;
}

/* Is there room for the elements, for what they are widened to, and for another copy in row-major order? */
static bool has_room(const lin__input *in, const lin__head *head, size_t needed, size_t widened)
{
    size_t copies = (size_t)head->fortran + !lin__stored_as_is(head->stored), all;
    return lin__mul_size(copies, widened, &all) && lin__add_size(all, needed, &all) && all <= lin__input_room(in);
}

/* A bomb, or what only looks like one. */
static lin_tensor *too_swollen(lin_ctx *ctx, lin__input *in, const lin__head *head, size_t needed)
{
    char what[120];
    snprintf(what, sizeof what, "%zu bytes are more than linnet takes from so small a gzip stream: gunzip it first",
             needed);
    return bad_length(ctx, in, head, lin__input_at(in), what);
}

/* The elements in the order of the file, to its end. */
static lin_tensor *read_elements(lin_ctx *ctx, lin__input *in, uint32_t depth, const lin__head *head)
{
    const lin_shape *shape = &head->shape;
    const lin__stored_type *type = &lin__stored_types[head->stored];
    size_t needed, widened;
    if (!lin__shape_bytes(shape->dim, shape->ndim, type->bytes, &needed) ||
        !lin__shape_bytes(shape->dim, shape->ndim, lin__size_of(type->type), &widened))
        return bad_length(ctx, in, head, lin__input_at(in), "that is more than any memory holds");
    int64_t left = lin__input_left(in);
    if (left >= 0 && (uint64_t)left < needed) return too_short(ctx, in, head, needed, (size_t)left);
    if (lin__input_swells(in) && !has_room(in, head, needed, widened)) return too_swollen(ctx, in, head, needed);
    lin_tensor *t = left >= 0 ? read_plain(ctx, in, depth, head, needed) : read_stream(ctx, in, depth, head, needed);
    if (!t) return NULL;
    int64_t end = lin__input_at(in);
    unsigned char next;
    int64_t more = lin__input_read(in, &next, 1); /* and a gzip stream's checksum is checked */
    if (more > 0) return bad_length(ctx, in, head, end, "more follows behind the last element");
    return more < 0 ? NULL : t;
}

/* t, whose dimensions are reversed, with the last one running fastest, in region `depth`. */
static lin_tensor *row_major(const lin_tensor *t, uint32_t depth)
{
    int64_t dim[LIN_MAX_DIMS], stride[LIN_MAX_DIMS];
    for (int i = 0; i < t->ndim; i++) {
        dim[i] = t->dim[t->ndim - 1 - i];
        stride[i] = t->stride[t->ndim - 1 - i];
    }
    lin_tensor *view = lin__tensor_view(t, dim, stride, t->ndim, 0);
    return view ? lin__tensor_copy(view, depth) : NULL;
}

/* ---- Loading -------------------------------------------------------------------------------------- */

static int read_magic(lin_ctx *ctx, lin__input *in, unsigned char magic[LIN__MAGIC])
{
    int64_t got = lin__input_read(in, magic, LIN__MAGIC);
    if (got == LIN__MAGIC || got < 0) return got < 0 ? (int)got : 0;
    return lin__fail_file(
        ctx, LIN_EDATA, lin__input_path(in),
        got ? "has only %d bytes, too few for an IDX or npy file" : "is empty, expected an IDX or npy file", (int)got);
}

static lin_tensor *read_array(lin_ctx *ctx, uint32_t depth, const char *path, lin__head_fn *read_head, lin__head *head)
{
    lin__input *in = lin__input_open(ctx, lin__here(ctx), path, true);
    if (!in) return NULL;
    unsigned char magic[LIN__MAGIC];
    if (read_magic(ctx, in, magic) || read_head(ctx, in, magic, head)) return NULL;
    if (!head->fortran) return read_elements(ctx, in, depth, head);
    lin_tensor *t = read_elements(ctx, in, lin__here(ctx), head);
    return t ? row_major(t, depth) : NULL;
}

/* What is only needed while reading goes with a region of its own. */
static lin_tensor *load(lin_ctx *ctx, uint32_t depth, const char *path, lin__head_fn *read_head, lin__head *head)
{
    lin_region work = lin_mark(ctx);
    if (!work.ctx) return NULL;
    lin_tensor *t = read_array(ctx, depth, path, read_head, head);
    lin_release(work);
    return t;
}

lin_tensor *lin__array_load(lin_ctx *ctx, uint32_t depth, const char *path, lin__head_fn *read_head)
{
    lin__head head = {0};
    return load(ctx, depth, path, read_head, &head);
}

lin_tensor *lin__array_rows(lin_ctx *ctx, uint32_t depth, const char *path, lin__head_fn *read_head, lin__file **later)
{
    lin__head head = {.later = later};
    *later = NULL;
    return load(ctx, depth, path, read_head, &head);
}

static bool is_text(const unsigned char magic[LIN__MAGIC])
{
    for (int i = 0; i < LIN__MAGIC; i++)
        if (magic[i] < '\t' || (magic[i] > '\r' && magic[i] < ' ') || magic[i] >= 0x7f) return false;
    return true;
}

/* Behind the magic of a safetensors file are the rest of its header's length, below 2^32, and that header. */
static bool is_safetensors(lin__input *in)
{
    unsigned char next[5];
    return lin__input_read(in, next, sizeof next) == sizeof next && !memcmp(next, "\0\0\0\0{", sizeof next);
}

/* Why a file of none of the formats is not one. */
static int unknown_format(lin_ctx *ctx, lin__input *in, const unsigned char magic[LIN__MAGIC])
{
    const char *why = NULL;
    if (!memcmp(magic, "PK\3\4", LIN__MAGIC))
        why =
            "this is a zip file (npz is one): unpack it, and load the .npy files in it; of what torch.save wrote make "
            "arrays with numpy.save, or a model with safetensors.torch.save_file(net.state_dict(), "
            "\"model.safetensors\")";
    else if (magic[0] == 0x80 && magic[1] >= 2 && magic[1] <= 5)
        why = "this is a Python pickle, which linnet never reads: store arrays with numpy.save, models with "
              "safetensors.torch.save_file(net.state_dict(), \"model.safetensors\")";
    else if (is_text(magic))
        why = "looks like text; arrays are read from IDX and npy files: in Python "
              "numpy.save(\"X.npy\", numpy.loadtxt(\"X.csv\", delimiter=\",\")) makes npy of CSV";
    else if (is_safetensors(in))
        why = "this holds safetensors, perhaps a model: expected an array in an IDX or npy file";
    else if (lin_error_code_of(ctx))
        return lin_error_code_of(ctx);
    if (why) return lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), 0, "%s", why);
    return lin__fail_byte(
        ctx, LIN_EDATA, lin__input_path(in), 0,
        "begins with %02X %02X %02X %02X: neither an IDX file (00 00, type, rank) nor npy (93 4E 55 4D)", magic[0],
        magic[1], magic[2], magic[3]);
}

int lin__any_head(lin_ctx *ctx, lin__input *in, const unsigned char magic[LIN__MAGIC], lin__head *head)
{
    bool idx = magic[0] == 0 && magic[1] == 0;
    if (!idx && magic[0] != 0x93) return unknown_format(ctx, in, magic);
    int code = (idx ? lin__idx_head : lin__npy_head)(ctx, in, magic, head);
    if (!code) head->format = idx ? "idx" : "npy";
    return code;
}

lin_tensor *lin_load_array_with(lin_ctx *ctx, const char *path, lin_array_info *info)
{
    if (info) *info = (lin_array_info){0};
    lin__head head = {0};
    lin_tensor *t = ctx ? load(ctx, lin__here(ctx), path, lin__any_head, &head) : NULL;
    if (info && head.format) *info = (lin_array_info){head.format, lin__stored_types[head.stored].name};
    return t;
}

lin_tensor *lin_load_array(lin_ctx *ctx, const char *path)
{
    return lin_load_array_with(ctx, path, NULL);
}

lin_tensor *lin_load_idx(lin_ctx *ctx, const char *path)
{
    return ctx ? lin__array_load(ctx, lin__here(ctx), path, lin__idx_head) : NULL;
}

lin_tensor *lin_load_npy(lin_ctx *ctx, const char *path)
{
    return ctx ? lin__array_load(ctx, lin__here(ctx), path, lin__npy_head) : NULL;
}
