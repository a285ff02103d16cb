/* Printing in PyTorch's layout: precision 4, lines of 80, a summary of 3 elements at each edge beyond 1,000. The rules are those
 * of torch/_tensor_str.py; tests/parity/make_print.py stores what PyTorch prints, and the tests hold this file to it. */
#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { THRESHOLD = 1000, EDGE = 3, LINE = 80, INDENT = 7 /* of "tensor(" */ };

/* Where the text goes: to a file, into memory, or nowhere, to be counted. */
typedef struct sink {
    FILE *file;
    char *out;
    size_t used, line; /* bytes so far, and since the last line break */
    bool failed;
} sink;

static void put(sink *s, const char *text, size_t n)
{
    if (s->out) memcpy(s->out + s->used, text, n);
    if (s->file && fwrite(text, 1, n, s->file) != n) s->failed = true;
    s->used += n;
    s->line += n;
}

static void put_text(sink *s, const char *text)
{
    put(s, text, strlen(text));
}

static void put_spaces(sink *s, int64_t n)
{
    for (; n > 0; n--)
        put(s, " ", 1);
}

static void put_break(sink *s, int lines, int64_t indent)
{
    for (; lines > 0; lines--)
        put(s, "\n", 1);
    s->line = 0;
    put_spaces(s, indent);
}

/* ---- Elements ------------------------------------------------------------------------------------ */

/* How all elements of a tensor are written: one width, and one form. */
typedef struct format {
    lin_dtype type;
    bool summary;
    bool whole;      /* every number is an integer: "3." */
    bool scientific; /* "1.0000e-05" */
    int width;
} format;

enum { TEXT = 48 };

/* The locale's decimal point, whatever its bytes, becomes a dot. */
static void plain_point(char *text)
{
    char *to = text;
    for (const char *p = text; *p;) {
        if ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == 'e') {
            *to++ = *p++;
            continue;
        }
        *to++ = '.';
        while (*p && (*p < '0' || *p > '9'))
            p++;
    }
    *to = 0;
}

static int float_text(char out[TEXT], const format *f, double x)
{
    if (isnan(x)) return snprintf(out, TEXT, "nan");
    if (isinf(x)) return snprintf(out, TEXT, x < 0 ? "-inf" : "inf");
    if (!f->scientific && f->whole) return snprintf(out, TEXT, "%.0f.", x);
    snprintf(out, TEXT, f->scientific ? "%.4e" : "%.4f", x);
    plain_point(out);
    return (int)strlen(out);
}

static int element_text(char out[TEXT], const format *f, const void *p)
{
    switch (f->type) {
    case LIN_F32:
        return float_text(out, f, *(const float *)p);
    case LIN_F64:
        return float_text(out, f, *(const double *)p);
    case LIN_I64:
        return snprintf(out, TEXT, "%" PRId64, *(const int64_t *)p);
    case LIN_U8:
        break;
    }
    return snprintf(out, TEXT, "%u", *(const uint8_t *)p);
}

static void put_element(sink *s, const format *f, const void *p)
{
    char text[TEXT];
    int n = element_text(text, f, p);
    put_spaces(s, f->width - n);
    put(s, text, (size_t)n);
}

/* ---- The elements that are shown ------------------------------------------------------------------- */

static const char *element_at(const lin_tensor *t, int dim, const char *p, int64_t i)
{
    return p + i * t->stride[dim] * (int64_t)lin__size_of(t->dtype);
}

/* After index i of a dimension of `size` comes i + 1, or, in a summary, the first of the last three. */
static int64_t next_index(const format *f, int64_t i, int64_t size)
{
    return f->summary && size > 2 * EDGE && i == EDGE - 1 ? size - EDGE : i + 1;
}

typedef void look_fn(void *arg, const format *f, const void *element);

static void look(const lin_tensor *t, const format *f, int dim, const char *p, look_fn *see, void *arg)
{
    if (dim == t->ndim) {
        see(arg, f, p);
        return;
    }
    for (int64_t i = 0; i < t->dim[dim]; i = next_index(f, i, t->dim[dim]))
        look(t, f, dim + 1, element_at(t, dim, p, i), see, arg);
}

/* What the form depends on: the numbers that are neither 0 nor infinite nor NaN. */
typedef struct range {
    double least, most;
    bool any, fraction;
} range;

static void see_range(void *arg, const format *f, const void *element)
{
    range *r = arg;
    double x = f->type == LIN_F32 ? *(const float *)element : *(const double *)element, size = fabs(x);
    if (x == 0 || !isfinite(x)) return;
    if (!r->any || size < r->least) r->least = size;
    if (!r->any || size > r->most) r->most = size;
    r->any = true;
    r->fraction |= x != ceil(x);
}

/* Zeros and what is not finite do not count, as in PyTorch: they may stick out. */
static void see_width(void *arg, const format *f, const void *element)
{
    if (lin__is_floating(f->type)) {
        double x = f->type == LIN_F32 ? *(const float *)element : *(const double *)element;
        if (x == 0 || !isfinite(x)) return;
    }
    char text[TEXT];
    int n = element_text(text, f, element), *width = arg;
    if (n > *width) *width = n;
}

static format choose_format(const lin_tensor *t)
{
    format f = {.type = (lin_dtype)t->dtype, .summary = t->numel > THRESHOLD, .whole = true, .width = 1};
    if (lin__is_floating(f.type)) {
        range r = {0};
        look(t, &f, 0, t->data, see_range, &r);
        f.whole = !r.fraction;
        f.scientific = r.any && (r.most / r.least > 1000.0 || r.most > 1.0e8 || r.least < 1.0e-4);
    }
    int width = 1;
    look(t, &f, 0, t->data, see_width, &width);
    f.width = width;
    return f;
}

/* ---- Brackets ---------------------------------------------------------------------------------------- */

static void put_vector(sink *s, const lin_tensor *t, const format *f, int dim, const char *p, int64_t indent)
{
    int64_t size = t->dim[dim], per_line = (LINE - indent) / (f->width + 2), items = 0;
    if (per_line < 1) per_line = 1;
    bool cut = f->summary && size > 2 * EDGE;
    put(s, "[", 1);
    for (int64_t i = 0; i < size; i = next_index(f, i, size)) {
        for (int gap = cut && i == size - EDGE; gap >= 0; gap--, items++) { /* the dots are an item of their own */
            if (items) put(s, ",", 1);
            if (items && items % per_line == 0)
                put_break(s, 1, indent + 1);
            else if (items)
                put(s, " ", 1);
            if (gap)
                put_text(s, " ...");
            else
                put_element(s, f, element_at(t, dim, p, i));
        }
    }
    put(s, "]", 1);
}

static void put_tensor(sink *s, const lin_tensor *t, const format *f, int dim, const char *p, int64_t indent)
{
    if (dim == t->ndim) {
        put_element(s, f, p);
        return;
    }
    if (dim == t->ndim - 1) {
        put_vector(s, t, f, dim, p, indent);
        return;
    }
    int64_t size = t->dim[dim];
    put(s, "[", 1);
    for (int64_t i = 0; i < size; i = next_index(f, i, size)) {
        for (int gap = f->summary && size > 2 * EDGE && i == size - EDGE; gap >= 0; gap--) {
            if (i) {
                put(s, ",", 1);
                put_break(s, t->ndim - dim - 1, indent + 1);
            }
            if (gap)
                put_text(s, "...");
            else
                put_tensor(s, t, f, dim + 1, element_at(t, dim, p, i), indent + 1);
        }
    }
    put(s, "]", 1);
}

/* ---- Suffixes ------------------------------------------------------------------------------------------ */

/* ", dtype=torch.float64", on a line of its own if it does not fit. `line`: PyTorch's count of the last line. */
static void put_suffix(sink *s, size_t *line, const char *suffix)
{
    size_t n = strlen(suffix);
    if (*line + n + 2 > LINE) {
        put(s, ",", 1);
        put_break(s, 1, INDENT);
        *line = INDENT + n;
    } else {
        put_text(s, ", ");
        *line += n + 2;
    }
    put(s, suffix, n);
}

/* "size=(0, 3)", as Python writes a tuple. */
static void put_size(sink *s, size_t *line, const lin_tensor *t)
{
    char text[LIN__SHAPE_TEXT + 8], shape[LIN__SHAPE_TEXT];
    snprintf(text, sizeof text, "size=%s", lin__shape_text(shape, t->dim, t->ndim));
    put_suffix(s, line, text);
}

static void put_suffixes(sink *s, const lin_tensor *t, const char *grad_fn)
{
    static const char *const types[] = {[LIN_F32] = "dtype=torch.float32",
                                        [LIN_F64] = "dtype=torch.float64",
                                        [LIN_I64] = "dtype=torch.int64",
                                        [LIN_U8] = "dtype=torch.uint8"};
    size_t line = s->line + 2;
    if (t->numel == 0 && t->ndim != 1) put_size(s, &line, t);
    if (t->dtype != t->ctx->dtype && (t->dtype != LIN_I64 || t->numel == 0)) put_suffix(s, &line, types[t->dtype]);
    if (grad_fn) {
        char text[TEXT];
        snprintf(text, sizeof text, "grad_fn=<%s>", grad_fn);
        put_suffix(s, &line, text);
    } else if (t->requires_grad) {
        put_suffix(s, &line, "requires_grad=True");
    }
}

static void put_all(sink *s, const lin_tensor *t, const format *f, const char *grad_fn)
{
    put_text(s, "tensor(");
    if (t->numel)
        put_tensor(s, t, f, 0, t->data, INDENT);
    else
        put_text(s, "[]");
    put_suffixes(s, t, grad_fn);
    put_text(s, ")");
}

const char *lin__text(const lin_tensor *t, const char *grad_fn)
{
    if (!lin__alive(t, "to_string")) return NULL;
    format f = choose_format(t);
    sink s = {0};
    put_all(&s, t, &f, grad_fn); /* counts */
    char *text = lin__alloc(t->ctx, lin__here(t->ctx), s.used + 1);
    if (!text) return NULL;
    s = (sink){.out = text};
    put_all(&s, t, &f, grad_fn);
    text[s.used] = 0;
    return text;
}

int lin__print(const lin_tensor *t, const char *grad_fn, FILE *out)
{
    if (!lin__alive(t, "print")) return LIN_EINVAL;
    if (!out) return lin__fail_null(t->ctx, "print: the file");
    format f = choose_format(t);
    sink s = {.file = out};
    put_all(&s, t, &f, grad_fn);
    put(&s, "\n", 1);
    return s.failed ? lin__fail(t->ctx, LIN_EIO, "print: the file cannot be written") : 0;
}
