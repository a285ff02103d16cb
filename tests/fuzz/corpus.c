/* Valid files of every format: all types, ranks and orders, sizes of zero, metadata; what the library writes, and what only
 * others do. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bytes *corpus_new(corpus *c)
{
    bytes *b = c->count < CORPUS_FILES ? malloc(sizeof *b) : NULL;
    if (!b) return NULL;
    b->size = 0;
    b->at[0] = 0;
    return c->file[c->count++] = b;
}

static bool take_file(corpus *c, const char *path)
{
    bytes *b = corpus_new(c);
    FILE *f = b ? fopen(path, "rb") : NULL;
    if (!f) return false;
    b->size = fread(b->at, 1, BYTES_ROOM, f);
    bool whole = feof(f) != 0;
    fclose(f);
    return whole;
}

static const lin_shape shapes[] = {
    {.ndim = 0},
    {.ndim = 1, .dim = {3}},
    {.ndim = 2, .dim = {2, 3}},
    {.ndim = 2, .dim = {0, 4}},
    {.ndim = 3, .dim = {2, 1, 2}},
    {.ndim = 8, .dim = {1, 2, 1, 1, 2, 1, 1, 1}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static size_t numel(const lin_shape *s)
{
    size_t n = 1;
    for (int i = 0; i < s->ndim; i++)
        n *= (size_t)s->dim[i];
    return n;
}

/* Small numbers of any type: no byte is above 127. */
static void append_elements(bytes *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes_append(b, &(unsigned char){(unsigned char)(i * 37 % 128)}, 1);
}

/* ---- IDX and npy --------------------------------------------------------------------------------- */

static void make_idx(corpus *c)
{
    static const struct {
        unsigned char type, bytes;
    } types[] = {{0x08, 1}, {0x09, 1}, {0x0B, 2}, {0x0C, 4}, {0x0D, 4}, {0x0E, 8}};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int s = 0; s < SHAPES; s++) {
            bytes *b = corpus_new(c);
            if (!b) return;
            bytes_append(b, (unsigned char[]){0, 0, types[t].type, (unsigned char)shapes[s].ndim}, 4);
            for (int i = 0; i < shapes[s].ndim; i++)
                bytes_append(b, (unsigned char[]){0, 0, 0, (unsigned char)shapes[s].dim[i]}, 4);
            append_elements(b, numel(&shapes[s]) * types[t].bytes);
        }
}

static void print_shape(bytes *b, const lin_shape *s, const char *open, const char *close)
{
    bytes_print(b, "%s", open);
    for (int i = 0; i < s->ndim; i++)
        bytes_print(b, "%s%lld", i ? ", " : "", (long long)s->dim[i]);
    bytes_print(b, "%s%s", s->ndim == 1 && *close == ')' ? "," : "", close);
}

static void make_foreign_npy(corpus *c)
{
    static const char *const types[] = {"|b1", "|u1", "|i1", "<u2", ">i2", ">u4", "<i4",
                                        ">u8", "<i8", "<f2", ">f4", "<f4", ">f8", "<f8"};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int s = 1; s < SHAPES; s += 2) {
            bytes *b = corpus_new(c);
            if (!b) return;
            int version = 1 + (int)t % 3;
            bytes_append(b, "\x93NUMPY", 6);
            bytes_append(b, (unsigned char[]){(unsigned char)version, 0, 0, 0, 0, 0}, version == 1 ? 4 : 6);
            size_t head = b->size;
            bytes_print(b, "{'descr': '%s', 'fortran_order': %s, 'shape': ", types[t], t % 2 ? "True" : "False");
            print_shape(b, &shapes[s], "(", ")");
            bytes_print(b, ", }   \n");
            b->at[8] = (unsigned char)(b->size - head);
            append_elements(b, numel(&shapes[s]) * (size_t)(types[t][2] - '0'));
        }
}

static bool make_own_npy(corpus *c, lin_ctx *ctx, const char *path)
{
    for (int type = LIN_F32; type <= LIN_U8; type++)
        for (int s = 0; s < SHAPES; s++) {
            lin_tensor *t = lin_to(lin_ones(ctx, shapes[s]), (lin_dtype)type);
            if (lin_save_npy(t, path) || !take_file(c, path)) return false;
        }
    return true;
}

/* ---- gzip ---------------------------------------------------------------------------------------- */

/* Content that a few bytes of gzip swell to: more than a reader may take for so small a file, and almost. */
static void make_bombs(corpus *c)
{
    static const unsigned char heads[][8] = {{0, 0, 8, 1, 1, 0x80, 0, 0}, {0, 0, 9, 1, 0, 0x80, 0, 0}};
    for (int i = 0; i < 2; i++) {
        bytes *b = corpus_new(c);
        size_t size = i ? 1 << 23 : 3 << 23;
        unsigned char *all = calloc(1, 8 + size), *out = malloc(BYTES_ROOM);
        if (b && all && out) {
            memcpy(all, heads[i], 8);
            bytes_append(b, out, fuzz_gzip(all, 8 + size, out, 9));
        }
        free(all);
        free(out);
    }
}

static bool make_gz(corpus *c)
{
    make_idx(c);
    make_foreign_npy(c);
    for (int i = 0; i < c->count; i++)
        bytes_gzip(c->file[i], (unsigned)i * 7);
    bytes *two = corpus_new(c); /* two members and padding */
    if (!two) return false;
    *two = *c->file[0];
    bytes empty = {0};
    bytes_gzip(&empty, 1);
    bytes_append(two, empty.at, empty.size);
    bytes_append(two, (unsigned char[3]){0}, 3);
    make_bombs(c);
    return true;
}

/* ---- safetensors --------------------------------------------------------------------------------- */

static void put_length(bytes *b)
{
    size_t length = b->size - 8;
    for (int i = 0; i < 8; i++)
        b->at[i] = (unsigned char)((uint64_t)length >> 8 * i);
}

static void make_foreign_safetensors(corpus *c)
{
    static const struct {
        const char *name;
        size_t bytes;
    } types[] = {{"F32", 4}, {"F64", 8}, {"I64", 8}, {"U8", 1},  {"F16", 2}, {"BF16", 2}, {"I8", 1},
                 {"I16", 2}, {"I32", 4}, {"U16", 2}, {"U32", 4}, {"U64", 8}, {"BOOL", 1}};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        bytes *b = corpus_new(c);
        if (!b) return;
        size_t at = 0;
        bytes_append(b, (unsigned char[8]){0}, 8);
        bytes_print(b, "{\"__metadata__\": {\"format\": \"pt\", \"a \\u00e4\\n\": \"b\\u0000\\\"\"}");
        for (int s = 0; s < SHAPES; s++) {
            size_t size = numel(&shapes[s]) * types[t].bytes;
            bytes_print(b, ", \"t%d\": {\"dtype\": \"%s\", \"shape\": ", s, types[t].name);
            print_shape(b, &shapes[s], "[", "]");
            bytes_print(b, ", \"data_offsets\": [%zu, %zu]}", at, at + size);
            at += size;
        }
        bytes_print(b, "}  ");
        put_length(b);
        append_elements(b, at);
    }
}

static bool make_own_safetensors(corpus *c, lin_ctx *ctx, const char *path)
{
    for (int s = 0; s < SHAPES; s++) {
        const char *names[] = {"a", "layer.\303\244", "", "d"};
        lin_tensor *t[4];
        for (int type = LIN_F32; type <= LIN_U8; type++)
            t[type] = lin_to(lin_ones(ctx, shapes[s]), (lin_dtype)type);
        if (lin_save_safetensors(ctx, path, (lin_state){s % 5, names, t}) || !take_file(c, path)) return false;
    }
    return true;
}

/* ---- Models -------------------------------------------------------------------------------------- */

static bool make_nets(corpus *c, lin_ctx *ctx, const char *path)
{
    static const char *const names[] = {"yes", "n\303\266\n"};
    const lin_model_info infos[] = {{0},
                                    {.task = "classification",
                                     .classes = names,
                                     .class_count = 2,
                                     .input = LIN_SHAPE(2, 2),
                                     .input_dtype = LIN_U8,
                                     .training = "{\"lr\":0.1,\"of\":[1,true,null,\"x\"]}"},
                                    {.task = "regression", .input = LIN_SHAPE(4), .input_dtype = LIN_F64}};
    for (int i = 0; i < 3; i++) {
        lin_set_default_dtype(ctx, i == 1 ? LIN_F64 : LIN_F32);
        lin_module *nets[] = {
            lin_linear(ctx, 4, 2), lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 4, 2)),
            lin_sequential(ctx, lin_flatten(ctx),
                           lin_sequential(ctx, lin_linear(ctx, 4, 3), lin_sequential(ctx, lin_relu_layer(ctx))),
                           lin_linear(ctx, 3, 2))};
        for (int n = 0; n < 3; n++)
            if (lin_save_with(nets[n], path, &infos[i]) || !take_file(c, path)) return false;
    }
    return true;
}

/* Files of other programs: tensors, and nothing said of the net. */
static bool make_plain(corpus *c, lin_ctx *ctx, const char *path)
{
    const char *names[][4] = {
        {"weight", "bias"}, {"0.weight", "0.bias", "1.weight", "1.bias"}, {"1.bias", "1.weight", "2.bias", "2.weight"}};
    lin_tensor *t[][4] = {{lin_ones(ctx, LIN_SHAPE(2, 3)), lin_ones(ctx, LIN_SHAPE(2))},
                          {lin_ones(ctx, LIN_SHAPE(2, 3)), lin_ones(ctx, LIN_SHAPE(2)), lin_ones(ctx, LIN_SHAPE(1, 2)),
                           lin_ones(ctx, LIN_SHAPE(1))},
                          {lin_ones(ctx, LIN_SHAPE(2)), lin_ones(ctx, LIN_SHAPE(2, 3)), lin_ones(ctx, LIN_SHAPE(1)),
                           lin_ones(ctx, LIN_SHAPE(1, 2))}};
    for (int i = 0; i < 3; i++)
        if (lin_save_safetensors(ctx, path, (lin_state){i ? 4 : 2, names[i], t[i]}) || !take_file(c, path))
            return false;
    return true;
}

/* ---- Checkpoints --------------------------------------------------------------------------------- */

static bool take_checkpoint(void *c, const char *path)
{
    return take_file(c, path);
}

static bool make_checkpoints(corpus *c, lin_ctx *ctx, const char *path)
{
    char folder[100], file[200];
    snprintf(folder, sizeof folder, "%s.run", path);
    bool made = fuzz_make_checkpoints(ctx, folder, take_checkpoint, c);
    for (int step = 0; step < 100; step++) {
        snprintf(file, sizeof file, "%s/checkpoint-%d.safetensors", folder, step);
        unlink(file);
    }
    return rmdir(folder) == 0 && made;
}

/* ---- All ----------------------------------------------------------------------------------------- */

static bool make(corpus *c, int format, lin_ctx *ctx, const char *path)
{
    switch (format) {
    case FUZZ_IDX:
        make_idx(c);
        return true;
    case FUZZ_NPY:
        make_foreign_npy(c);
        return make_own_npy(c, ctx, path);
    case FUZZ_GZ:
        return make_gz(c);
    case FUZZ_SAFETENSORS:
        make_foreign_safetensors(c);
        return make_own_safetensors(c, ctx, path);
    case FUZZ_CHECKPOINT:
        return make_checkpoints(c, ctx, path);
    case FUZZ_PNG:
        fuzz_make_png(c);
        return true;
    default:
        return make_nets(c, ctx, path) && make_plain(c, ctx, path);
    }
}

bool corpus_make(corpus *c, int format)
{
    *c = (corpus){0};
    char path[] = "/tmp/linnet-corpus-XXXXXX";
    int fd = mkstemp(path);
    lin_ctx *ctx = fd < 0 ? NULL : lin_ctx_new(&(lin_ctx_options){.threads = 1});
    bool made = ctx && make(c, format, ctx, path);
    lin_ctx_free(ctx);
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return made;
}

void corpus_free(corpus *c)
{
    for (int i = 0; i < c->count; i++)
        free(c->file[i]);
    *c = (corpus){0};
}
