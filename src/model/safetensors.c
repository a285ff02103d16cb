/* Safetensors files: tensors by name, read with every size checked first, written whole or not at all. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/region.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors are little-endian, and so is this code");

/* ---- Reading ------------------------------------------------------------------------------------ */

static int not_plain(lin_ctx *ctx, const char *path)
{
    return lin__fail_file(ctx, LIN_ENOFILE, path, "is not a plain file: store the stream in one first");
}

/* Opening a pipe would wait for its writer; sizes are checked against a file's. */
static bool is_stream(const char *path)
{
    struct stat status;
    return path && stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool is_text(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] < '\t' || (bytes[i] > '\r' && bytes[i] < ' ') || bytes[i] >= 0x7f) return false;
    return true;
}

/* What a file is whose first 8 bytes are no length of a header, and what to do; NULL: not known. */
static const char *other_format(const unsigned char b[8])
{
    if (!memcmp(b, "PK\3\4", 4) || (b[0] == 0x80 && b[1] >= 2 && b[1] <= 5))
        return "this is no safetensors file but a zip or pickle, as torch.save writes: in Python "
               "safetensors.torch.save_file(net.state_dict(), \"model.safetensors\") stores a model that linnet reads";
    if (b[0] == 0x1f && b[1] == 0x8b) return "this is gzipped: gunzip it first";
    if (!memcmp(b, "\x93NUMPY", 6) || (!b[0] && !b[1] && b[2] >= 8 && b[2] <= 14 && b[3] <= LIN_MAX_DIMS))
        return "this is an array (npy or IDX), expected a model in a safetensors file";
    return is_text(b, 8) ? "this is text, expected a model in a safetensors file" : NULL;
}

static int bad_length(lin_ctx *ctx, const char *path, const unsigned char b[8], uint64_t bytes, int64_t left)
{
    const char *other = other_format(b);
    if (other) return lin__fail_byte(ctx, LIN_EDATA, path, 0, "%s", other);
    if (bytes <= LIN__HEADER_LIMIT)
        return lin__fail_byte(ctx, LIN_EDATA, path, 0,
                              "the file is cut off, or no safetensors file: of a header of %" PRIu64 " bytes %" PRId64
                              " are there",
                              bytes, left);
    return lin__fail_byte(ctx, LIN_EDATA, path, 0,
                          "the header would have %" PRIu64 " bytes, the file has %" PRId64
                          " more (and %d are allowed): not a safetensors file",
                          bytes, left, (int)LIN__HEADER_LIMIT);
}

/* The header into region `depth`, its text into the innermost one. */
static int read_header(lin_ctx *ctx, lin__input *in, const char *path, uint32_t depth, lin__header *header)
{
    int64_t size = lin__input_stored(in);
    if (size < 0) return not_plain(ctx, path);
    if (size < 8)
        return lin__fail_file(ctx, LIN_EDATA, path, "has %" PRId64 " bytes, too few for a safetensors file", size);
    unsigned char length[8];
    int code = lin__input_exactly(in, length, sizeof length, "length of the header");
    if (code) return code;
    uint64_t bytes = 0;
    for (int i = 7; i >= 0; i--)
        bytes = bytes << 8 | length[i];
    if (bytes > LIN__HEADER_LIMIT || bytes > (uint64_t)size - 8) return bad_length(ctx, path, length, bytes, size - 8);
    char *text = lin__alloc(ctx, lin__here(ctx), (size_t)bytes);
    if (!text) return LIN_ENOMEM;
    code = lin__input_exactly(in, text, (size_t)bytes, "header");
    if (code) return code;
    return lin__header_parse(ctx, depth, path, text, (size_t)bytes, (size_t)((uint64_t)size - 8 - bytes), header);
}

static int read_elements(lin__input *in, const lin__entry *e, lin_tensor *t)
{
    char what[120];
    snprintf(what, sizeof what, "tensor \"%.100s\"", e->name);
    return lin__read_elements(in, e->stored, false, t, what);
}

/* The tensors in the order of the data, into the order of the header. */
static int read_tensors(lin_ctx *ctx, lin__input *in, const lin__header *header, lin_tensor **list)
{
    for (int i = 0; i < header->count; i++) {
        const lin__entry *e = &header->entries[header->by_offset[i]];
        lin_tensor *t = lin__tensor_new(ctx, lin__here(ctx), lin__stored_types[e->stored].type, e->shape.dim,
                                        e->shape.ndim, "load_safetensors");
        int code = t ? read_elements(in, e, t) : lin_error_code_of(ctx);
        if (code) return code;
        list[header->by_offset[i]] = t;
    }
    return 0;
}

/* What the header names, in its order. */
static int read_state(lin_ctx *ctx, lin__input *in, const lin__header *header, lin_state *state)
{
    const char **names = lin__alloc_array(ctx, lin__here(ctx), (size_t)header->count, sizeof *names);
    lin_tensor **tensors = lin__alloc_array(ctx, lin__here(ctx), (size_t)header->count, sizeof *tensors);
    if (!names || !tensors) return LIN_ENOMEM;
    for (int i = 0; i < header->count; i++)
        names[i] = header->entries[i].name;
    int code = read_tensors(ctx, in, header, tensors);
    if (!code) *state = (lin_state){header->count, names, tensors};
    return code;
}

int lin__safetensors_read(lin_ctx *ctx, const char *path, lin__header *header, lin_state *state)
{
    if (is_stream(path)) return not_plain(ctx, path);
    lin__input *in = lin__input_open(ctx, lin__here(ctx), path, false);
    if (!in) return lin_error_code_of(ctx);
    uint32_t depth = lin__here(ctx);
    lin_region mark = lin_mark(ctx); /* the header's text may be large, and goes again */
    int code = mark.ctx ? read_header(ctx, in, path, depth, header) : LIN_ENOMEM;
    lin_release(mark);
    if (!code) code = read_state(ctx, in, header, state);
    lin__input_close(in);
    return code;
}

/* The types as the file has them, in the order of the header. */
static int stored_types(lin_ctx *ctx, const lin__header *header, lin_model_info *info)
{
    const char **stored = lin__alloc_array(ctx, lin__here(ctx), (size_t)header->count, sizeof *stored);
    if (!stored) return LIN_ENOMEM;
    for (int i = 0; i < header->count; i++)
        stored[i] = lin__stored_types[header->entries[i].stored].name;
    info->stored = stored;
    return 0;
}

/* Is it a checkpoint, and whole? JSON that cannot be read is that of a damaged model. */
static int look_for_checkpoint(lin_ctx *ctx, const lin__header *header, lin_state state, lin_model_info *info)
{
    lin__trial trial;
    lin__try(ctx, &trial);
    json_t *doc = lin__linnet_parse(ctx, header);
    int code = doc || lin_error_code_of(ctx) != LIN_ENOMEM ? 0 : LIN_ENOMEM;
    lin__try_end(ctx, &trial, code != 0);
    if (lin__is_checkpoint(doc)) {
        info->checkpoint = header->linnet;
        info->format = 0;
        code = lin__checkpoint_whole(ctx, header, doc, state);
    }
    json_decref(doc);
    return code;
}

int lin_load_safetensors_with(lin_ctx *ctx, const char *path, lin_state *state, lin_model_info *info)
{
    if (!ctx || !state) return lin__fail_null(ctx, "load_safetensors: the state");
    *state = (lin_state){0};
    if (info) *info = (lin_model_info){0};
    lin__header header = {0};
    int code = lin__safetensors_read(ctx, path, &header, state);
    if (code || !info) return code;
    lin__header_metadata(&header, info);
    info->format = header.linnet != NULL;
    code = stored_types(ctx, &header, info);
    if (code || !header.linnet) return code;
    return look_for_checkpoint(ctx, &header, *state, info);
}

int lin_load_safetensors(lin_ctx *ctx, const char *path, lin_state *state)
{
    return lin_load_safetensors_with(ctx, path, state, NULL);
}

/* ---- Writing ------------------------------------------------------------------------------------ */

static lin__stored stored_as(lin_dtype type)
{
    return type == LIN_F32 ? LIN__F32 : type == LIN_F64 ? LIN__F64 : type == LIN_I64 ? LIN__I64 : LIN__U8;
}

static int check_tensor(lin_ctx *ctx, const lin_tensor *t, int i)
{
    if (!t) return lin__fail(ctx, LIN_EINVAL, "save_safetensors: tensor %d is NULL", i);
    if (!lin__alive(t, "save_safetensors")) return LIN_EINVAL;
    if (t->ctx != ctx) return lin__fail(ctx, LIN_EINVAL, "save_safetensors: tensor %d is of another context", i);
    return 0;
}

/* A name that is neither doubled nor the metadata's; `seen` has those before. */
static int check_name(lin_ctx *ctx, json_t *seen, const char *name, int i)
{
    if (!name) return lin__fail(ctx, LIN_EINVAL, "save_safetensors: the name of tensor %d is NULL", i);
    if (!strcmp(name, "__metadata__"))
        return lin__fail(ctx, LIN_EINVAL, "save_safetensors: a tensor cannot have the name __metadata__");
    if (!lin__is_utf8(name))
        return lin__fail(ctx, LIN_EINVAL, "save_safetensors: the name of tensor %d is not UTF-8", i);
    if (json_object_get(seen, name))
        return lin__fail(ctx, LIN_EINVAL, "save_safetensors: two tensors have the name \"%.100s\"", name);
    return json_object_set_new(seen, name, json_null()) ? lin__fail_memory(ctx, strlen(name)) : 0;
}

static int check_state(lin_ctx *ctx, lin_state state)
{
    if (state.count < 0 || (state.count && (!state.names || !state.tensors)))
        return lin__fail(ctx, LIN_EINVAL, "save_safetensors: a state of %d tensors without its lists", state.count);
    json_t *seen = json_object();
    int code = seen ? 0 : lin__fail_memory(ctx, sizeof *seen);
    for (int i = 0; !code && i < state.count; i++) {
        code = check_tensor(ctx, state.tensors[i], i);
        if (!code) code = check_name(ctx, seen, state.names[i], i);
    }
    json_decref(seen);
    return code;
}

/* Offsets in falling order of element size, so that every tensor is aligned to its own. */
static int lay_out(lin_ctx *ctx, lin_state state, lin__header *header)
{
    header->count = state.count;
    header->entries = lin__alloc_array(ctx, lin__here(ctx), (size_t)state.count, sizeof *header->entries);
    header->by_offset = lin__alloc_array(ctx, lin__here(ctx), (size_t)state.count, sizeof *header->by_offset);
    if (!header->entries || !header->by_offset) return LIN_ENOMEM;
    size_t at = 0;
    int placed = 0;
    for (size_t size = 8; size; size /= 2)
        for (int i = 0; i < state.count; i++) {
            const lin_tensor *t = state.tensors[i];
            if (lin__size_of(t->dtype) != size) continue;
            lin__entry *e = &header->entries[i];
            *e = (lin__entry){.name = state.names[i], .stored = stored_as(t->dtype), .shape = lin_size(t), .begin = at};
            if (!lin__add_size(at, (size_t)t->numel * size, &at))
                return lin__fail(ctx, LIN_EINVAL, "save_safetensors: the tensors are too large");
            e->end = at;
            header->by_offset[placed++] = i;
        }
    return 0;
}

/* The length, the header and spaces up to a multiple of 8, so that the data are aligned. */
static int write_header(lin__output *out, const char *text)
{
    size_t bytes = strlen(text), padding = (8 - bytes % 8) % 8;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)(bytes + padding) >> 8 * i);
    int code = lin__output_write(out, length, sizeof length);
    if (!code) code = lin__output_write(out, text, bytes);
    return code ? code : lin__output_write(out, "        ", padding);
}

static int write_all(lin__output *out, lin_state state, const lin__header *header, const char *text)
{
    int code = write_header(out, text);
    for (int i = 0; !code && i < state.count; i++) {
        lin_tensor *t = state.tensors[header->by_offset[i]];
        if (!t->contiguous) t = lin__tensor_copy(t, lin__here(t->ctx));
        code = t ? lin__output_write(out, t->data, (size_t)t->numel * lin__size_of(t->dtype)) : LIN_ENOMEM;
    }
    return code;
}

static int write_file(lin_ctx *ctx, const char *path, lin_state state, const char *linnet)
{
    lin__header header = {.linnet = linnet};
    int code = check_state(ctx, state);
    if (!code) code = lay_out(ctx, state, &header);
    if (code) return code;
    char *text = lin__header_text(ctx, &header);
    lin__output *out = text ? lin__output_open(ctx, path) : NULL;
    if (!out) return lin_error_code_of(ctx);
    code = write_all(out, state, &header, text);
    if (!code) return lin__output_commit(out);
    lin__output_discard(out);
    return code;
}

int lin__safetensors_write(lin_ctx *ctx, const char *path, lin_state state, const char *linnet)
{
    lin_region mark = lin_mark(ctx);
    int code = mark.ctx ? write_file(ctx, path, state, linnet) : LIN_ENOMEM;
    lin_release(mark);
    return code;
}

int lin_save_safetensors(lin_ctx *ctx, const char *path, lin_state state)
{
    return ctx ? lin__safetensors_write(ctx, path, state, NULL) : LIN_EINVAL;
}
