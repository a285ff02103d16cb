/* NumPy's files: a magic, the length of a head, the head (a Python dict of three keys, as text), the elements
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
#include "data/array.h"

#include "base/error.h"
#include "base/region.h"
#include <linnet/data.h>

#include <inttypes.h>
#include <string.h>

/* A head with one plain type is far below this, whatever its version. */
enum { HEAD_LIMIT = 65535 };

/* ---- The text of a head, from front to back --------------------------------------------------------- */

typedef struct text {
    lin_ctx *ctx;
    const char *path;
    int64_t byte; /* of `begin` in the file */
    const char *begin, *at, *end;
} text;

static int expected(const text *t, const char *what)
{
    int64_t byte = t->byte + (t->at - t->begin);
    if (t->at == t->end) return lin__fail_byte(t->ctx, LIN_EDATA, t->path, byte, "the head ends, expected %s", what);
    unsigned char c = (unsigned char)*t->at;
    return lin__fail_byte(t->ctx, LIN_EDATA, t->path, byte,
                          c > ' ' && c < 0x7f ? "the head has '%c', expected %s" : "the head has 0x%02X, expected %s",
                          c, what);
}

static char peek(text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t'))
        t->at++;
    return t->at < t->end ? *t->at : '\0';
}

static bool take(text *t, char c)
{
    if (peek(t) != c) return false;
    t->at++;
    return true;
}

enum { STRING = 32 };

/* A quoted string without escapes: the keys and types of plain arrays are short words. */
static int take_string(text *t, char out[STRING], const char *what)
{
    char quote = peek(t);
    if (quote != '\'' && quote != '"') return expected(t, what);
    const char *from = t->at + 1, *close = memchr(from, quote, (size_t)(t->end - from));
    if (!close || close - from >= STRING || memchr(from, '\\', (size_t)(close - from))) return expected(t, what);
    memcpy(out, from, (size_t)(close - from));
    out[close - from] = '\0';
    t->at = close + 1;
    return 0;
}

static int take_number(text *t, int64_t *out)
{
    if (peek(t) < '0' || *t->at > '9') return expected(t, "a dimension, a whole number from 0 on");
    int64_t value = 0;
    for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *t->at - '0', &value))
            return expected(t, "a dimension below 2^63");
    if (t->at < t->end && *t->at == 'L') t->at++; /* as Python 2 wrote */
    *out = value;
    return 0;
}

/* ---- The three keys -------------------------------------------------------------------------------- */

/* "<f4": order of bytes, kind, bytes; kinds of one byte have the order "|". */
static int take_type(text *t, lin__head *head)
{
    static const struct {
        const char *name;
        lin__stored stored;
    } types[] = {{"b1", LIN__BOOL}, {"u1", LIN__U8},  {"i1", LIN__I8},  {"u2", LIN__U16},
                 {"i2", LIN__I16},  {"u4", LIN__U32}, {"i4", LIN__I32}, {"u8", LIN__U64},
                 {"i8", LIN__I64},  {"f2", LIN__F16}, {"f4", LIN__F32}, {"f8", LIN__F64}};
    char descr[STRING] = "";
    if (peek(t) == '[')
        return expected(t, "a plain type: linnet reads no structured arrays, save one array for each field");
    int64_t byte = t->byte + (t->at - t->begin);
    int code = take_string(t, descr, "a type, such as '<f4'");
    if (code) return code;
    if (descr[0] == 'O' || descr[1] == 'O')
        return lin__fail_byte(t->ctx, LIN_EDATA, t->path, byte,
                              "the array holds Python objects, stored as pickle, which linnet never reads: "
                              "save it as numbers (array.astype(float))");
    head->big_endian = descr[0] == '>';
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(descr + 1, types[i].name) != 0) continue;
        head->stored = types[i].stored;
        if (strchr("<>", descr[0]) || (descr[0] == '|' && lin__stored_types[head->stored].bytes == 1)) return 0;
    }
    return lin__fail_byte(t->ctx, LIN_EDATA, t->path, byte,
                          "type '%s' is not one that linnet reads: bool, integers, f2, f4, f8", descr);
}

static int take_order(text *t, lin__head *head)
{
    static const char *const words[] = {"False", "True"};
    peek(t);
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(t->end - t->at) < length || memcmp(t->at, words[i], length) != 0) continue;
        t->at += length;
        head->fortran = i;
        return 0;
    }
    return expected(t, "True or False");
}

/* A tuple: (), (3,), (2, 3). */
static int take_shape(text *t, lin__head *head)
{
    if (!take(t, '(')) return expected(t, "the shape, such as (2, 3)");
    bool comma = true;
    while (peek(t) != ')') {
        if (!comma) return expected(t, "',' or ')'");
        if (head->shape.ndim == LIN_MAX_DIMS) return expected(t, "')': linnet takes up to 8 dimensions");
        int code = take_number(t, &head->shape.dim[head->shape.ndim]);
        if (code) return code;
        head->shape.ndim++;
        comma = take(t, ',');
    }
    if (head->shape.ndim == 1 && !comma) return expected(t, "',': a shape of one dimension is written (3,)");
    t->at++;
    return 0;
}

static int take_pair(text *t, lin__head *head, unsigned *seen)
{
    static const struct {
        const char *name;
        int (*take)(text *t, lin__head *head);
    } keys[] = {{"descr", take_type}, {"fortran_order", take_order}, {"shape", take_shape}};
    char name[STRING];
    text start = *t;
    peek(&start);
    int code = take_string(t, name, "'descr', 'fortran_order' or 'shape'");
    if (code) return code;
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(name, keys[i].name) != 0 || *seen & 1u << i) continue;
        *seen |= 1u << i;
        return take(t, ':') ? keys[i].take(t, head) : expected(t, "':'");
    }
    return expected(&start, "'descr', 'fortran_order' and 'shape', each once");
}

static int take_dict(text *t, lin__head *head)
{
    if (!take(t, '{')) return expected(t, "'{'");
    unsigned seen = 0;
    bool comma = true;
    while (peek(t) != '}') {
        if (!comma) return expected(t, "',' or '}'");
        int code = take_pair(t, head, &seen);
        if (code) return code;
        comma = take(t, ',');
    }
    if (seen != 7) return expected(t, "'descr', 'fortran_order' and 'shape', each once");
    t->at++;
    peek(t);
    return t->at < t->end ? expected(t, "nothing behind '}'") : 0;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* "PY", the version, the length of the head: 2 bytes in format 1.0, 4 in 2.0 and 3.0. The length, or a code. */
static int64_t head_bytes(lin_ctx *ctx, lin__input *in)
{
    unsigned char b[8];
    int code = lin__input_exactly(in, b, 4, "the magic of an npy file");
    if (code) return code;
    if (b[0] != 'P' || b[1] != 'Y')
        return lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), 4, "%02X %02X, expected \"PY\": not an npy file",
                              b[0], b[1]);
    if (b[2] < 1 || b[2] > 3 || b[3] != 0)
        return lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), 6, "npy format %d.%d; linnet reads 1.0, 2.0 and 3.0",
                              b[2], b[3]);
    memset(b + 4, 0, 4);
    code = lin__input_exactly(in, b + 4, b[2] == 1 ? 2 : 4, "the length of the head");
    if (code) return code;
    uint32_t bytes = b[4] | (uint32_t)b[5] << 8 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 24;
    if (bytes <= HEAD_LIMIT) return bytes;
    return lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), 8,
                          "a head of %" PRIu32 " bytes; linnet reads up to %d, enough for any plain array", bytes,
                          HEAD_LIMIT);
}

int lin__npy_head(lin_ctx *ctx, lin__input *in, const unsigned char magic[LIN__MAGIC], lin__head *head)
{
    if (memcmp(magic, "\x93NUM", LIN__MAGIC) != 0)
        return lin__fail_byte(ctx, LIN_EDATA, lin__input_path(in), 0,
                              "begins with %02X %02X %02X %02X, not with 93 4E 55 4D: not an npy file", magic[0],
                              magic[1], magic[2], magic[3]);
    int64_t bytes = head_bytes(ctx, in);
    if (bytes < 0) return (int)bytes;
    text t = {.ctx = ctx, .path = lin__input_path(in), .byte = lin__input_at(in)};
    char *all = lin__alloc(ctx, lin__here(ctx), (size_t)bytes);
    if (!all) return LIN_ENOMEM;
    int code = lin__input_exactly(in, all, (size_t)bytes, "the head");
    if (code) return code;
    t.begin = t.at = all;
    t.end = all + bytes;
    return take_dict(&t, head);
}

/* ---- Writing --------------------------------------------------------------------------------------- */

/* NumPy puts the elements at a multiple of 64 bytes, behind a space at least and room for the first dimension to grow to 21
 * digits. Of 8 dimensions, whose product is below 2^63, that is byte 128: the text has 105 bytes at most, 126 with the room. */
enum { NPY_PREFIX = 10, NPY_HEAD = 128 };

/* The whole head, as numpy.save writes it. */
static void write_head(const lin_tensor *t, char out[NPY_HEAD])
{
    static const char *const types[] = {[LIN_F32] = "<f4", [LIN_F64] = "<f8", [LIN_I64] = "<i8", [LIN_U8] = "|u1"};
    char *at = out + NPY_PREFIX, *end = out + NPY_HEAD;
    at += snprintf(at, (size_t)(end - at), "{'descr': '%s', 'fortran_order': False, 'shape': (", types[t->dtype]);
    for (int i = 0; i < t->ndim; i++) {
        const char *behind = i + 1 < t->ndim ? ", " : t->ndim == 1 ? "," : "";
        at += snprintf(at, (size_t)(end - at), "%" PRId64 "%s", t->dim[i], behind);
    }
    at += snprintf(at, (size_t)(end - at), "), }");
    memset(at, ' ', (size_t)(end - at));
    end[-1] = '\n';
    memcpy(out, "\x93NUMPY\1\0v", NPY_PREFIX); /* format 1.0, and the length of what follows: 118 */
}

static int save(const lin_tensor *t, const char *path)
{
    lin_ctx *ctx = t->ctx;
    if (!t->contiguous) t = lin__tensor_copy(t, lin__here(ctx));
    lin__output *out = t ? lin__output_open(ctx, path) : NULL;
    if (!out) return lin_error_code_of(ctx);
    char head[NPY_HEAD];
    write_head(t, head);
    int code = lin__output_write(out, head, sizeof head);
    if (!code) code = lin__output_write(out, t->data, (size_t)t->numel * lin__size_of((lin_dtype)t->dtype));
    if (!code) return lin__output_commit(out);
    lin__output_discard(out);
    return code;
}

int lin_save_npy(const lin_tensor *t, const char *path)
{
    if (!lin__alive(t, "save_npy")) return LIN_EINVAL;
    lin_region work = lin_mark(t->ctx); /* a copy, and what the output needs */
    if (!work.ctx) return LIN_ENOMEM;
    int code = save(t, path);
    lin_release(work);
    return code;
}
