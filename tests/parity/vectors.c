/* tests/parity/vectors.c: see vectors.h. */
#include "vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool fail(reader *r, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", r->file, r->line, what);
    r->failed = true;
    return false;
}

static bool next_line(reader *r)
{
    ssize_t length = getline(&r->text, &r->size, r->in);
    if (length < 0) return false;
    r->line++;
    if (length && r->text[length - 1] == '\n') r->text[length - 1] = 0;
    return true;
}

/* "2x3" or "2,3" → (2, 3); "()" and "" → (). */
static lin_shape parse_shape(const char *text)
{
    lin_shape shape = {0};
    if (!*text || !strcmp(text, "()")) return shape;
    for (char *end; shape.ndim < LIN_MAX_DIMS; text = end + 1) {
        shape.dim[shape.ndim++] = strtoll(text, &end, 10);
        if (!*end) break;
    }
    return shape;
}

static bool parse_type(const char *name, lin_dtype *type)
{
    for (lin_dtype t = LIN_F32; t <= LIN_U8; t++)
        if (!strcmp(name, lin_dtype_name(t))) {
            *type = t;
            return true;
        }
    return false;
}

static void put(stored *s, int64_t i, const char *text, char **end)
{
    switch (s->type) {
    case LIN_F32:
        ((float *)s->data)[i] = strtof(text, end);
        break;
    case LIN_F64:
        ((double *)s->data)[i] = strtod(text, end);
        break;
    case LIN_I64:
        ((int64_t *)s->data)[i] = strtoll(text, end, 10);
        break;
    case LIN_U8:
        ((uint8_t *)s->data)[i] = (uint8_t)strtoll(text, end, 10);
        break;
    }
}

/* The line of values after a record's header. */
static bool read_values(reader *r, stored *s, lin_dtype type, const char *shape)
{
    s->type = type;
    s->shape = parse_shape(shape);
    s->numel = 1;
    for (int d = 0; d < s->shape.ndim; d++)
        s->numel *= s->shape.dim[d];
    free(s->data);
    s->data = calloc((size_t)s->numel + 1, lin_dtype_size(type));
    if (!s->data || !next_line(r)) return fail(r, "no line of values");
    const char *at = r->text;
    for (int64_t i = 0; i < s->numel; i++) {
        char *end;
        put(s, i, at, &end);
        if (end == at) return fail(r, "too few values");
        at = end;
    }
    return at[strspn(at, " ")] ? fail(r, "too many values") : true;
}

static bool read_attrs(reader *r, parity_case *c)
{
    char *save, *word = strtok_r(r->text, " ", &save);
    word = strtok_r(NULL, " ", &save);
    if (!word || strlen(word) >= NAME_SIZE) return fail(r, "a case without a name");
    strcpy(c->op, word);
    while ((word = strtok_r(NULL, " ", &save))) {
        char *value = strchr(word, '=');
        if (!value || c->attrs == MAX_ATTRS || value - word >= NAME_SIZE || strlen(value) > TEXT_SIZE)
            return fail(r, "a bad attribute");
        *value++ = 0;
        strcpy(c->attr[c->attrs].key, word);
        strcpy(c->attr[c->attrs++].value, value);
    }
    return true;
}

/* in TYPE g|- SHAPE [VIEW] */
static bool read_in(reader *r, parity_case *c, char **word, int words)
{
    lin_dtype type;
    if (c->ins == MAX_INS || words < 4 || !parse_type(word[1], &type)) return fail(r, "a bad argument");
    int i = c->ins++;
    c->in[i].grad = word[2][0] == 'g';
    if (words > 4 && strlen(word[4]) < TEXT_SIZE) strcpy(c->in[i].view, word[4]);
    return read_values(r, &c->in[i].base, type, word[3]);
}

static bool read_record(reader *r, parity_case *c)
{
    char line[256], *save, *word[6] = {0};
    int words = 0;
    snprintf(line, sizeof line, "%s", r->text);
    for (char *w = strtok_r(line, " ", &save); w && words < 6; w = strtok_r(NULL, " ", &save))
        word[words++] = w;
    lin_dtype type;
    if (!strcmp(word[0], "in")) return read_in(r, c, word, words);
    if (!strcmp(word[0], "up") && words == 3 && parse_type(word[1], &type))
        return read_values(r, &c->up, type, word[2]);
    if (!strcmp(word[0], "out") && words == 3 && c->outs < MAX_OUTS && parse_type(word[1], &type))
        return read_values(r, &c->out[c->outs++], type, word[2]);
    if (words < 3) return fail(r, "a bad record");
    int i = atoi(word[1]);
    if (i < 0 || i >= c->ins) return fail(r, "a record of no argument");
    if (!strcmp(word[0], "scale"))
        return read_values(r, strcmp(word[1], "out") ? &c->in[i].scale : &c->scale, LIN_F64, word[2]);
    if (strcmp(word[0], "grad")) return fail(r, "an unknown record");
    c->in[i].none = !strcmp(word[2], "none");
    if (c->in[i].none) return true;
    return words == 4 && parse_type(word[2], &type) ? read_values(r, &c->in[i].gradient, type, word[3])
                                                    : fail(r, "a bad gradient");
}

bool case_read(reader *r, parity_case *c)
{
    *c = (parity_case){.file = r->file};
    do
        if (!next_line(r)) return false;
    while (!*r->text || *r->text == '#');
    c->line = r->line;
    if (strncmp(r->text, "case ", 5)) return fail(r, "a case is expected");
    if (!read_attrs(r, c)) return false;
    while (next_line(r) && *r->text)
        if (!read_record(r, c)) return false;
    return c->outs ? true : fail(r, "a case without a result");
}

void case_free(parity_case *c)
{
    for (int i = 0; i < c->ins; i++) {
        free(c->in[i].base.data);
        free(c->in[i].gradient.data);
        free(c->in[i].scale.data);
    }
    for (int i = 0; i < c->outs; i++)
        free(c->out[i].data);
    free(c->up.data);
    free(c->scale.data);
}

const char *attr_text(const parity_case *c, const char *key, const char *otherwise)
{
    for (int i = 0; i < c->attrs; i++)
        if (!strcmp(c->attr[i].key, key)) return c->attr[i].value;
    return otherwise;
}

bool attr_has(const parity_case *c, const char *key)
{
    return attr_text(c, key, NULL) != NULL;
}

double attr_number(const parity_case *c, const char *key, double otherwise)
{
    const char *text = attr_text(c, key, NULL);
    return text ? strtod(text, NULL) : otherwise;
}

int attr_int(const parity_case *c, const char *key, int otherwise)
{
    return (int)attr_number(c, key, otherwise);
}

lin_shape attr_shape(const parity_case *c, const char *key)
{
    return parse_shape(attr_text(c, key, ""));
}

lin_tensor *stored_tensor(lin_ctx *ctx, const stored *s)
{
    return lin_from_data(ctx, s->type, s->data, s->shape);
}

lin_tensor *case_argument(lin_ctx *ctx, const parity_case *c, int i, lin_tensor **leaf)
{
    lin_tensor *t = *leaf = stored_tensor(ctx, &c->in[i].base);
    if (c->in[i].grad) lin_requires_grad_(t, true);
    for (const char *step = c->in[i].view; t && *step; step += strcspn(step, ",") + (strchr(step, ',') != NULL)) {
        long n[4] = {0};
        char text[TEXT_SIZE];
        snprintf(text, sizeof text, "%.*s", (int)strcspn(step, ","), step);
        if (*step != 'x') sscanf(text + 2, "%ld:%ld:%ld:%ld", n, n + 1, n + 2, n + 3);
        t = *step == 't'   ? lin_transpose(t, (int)n[0], (int)n[1])
            : *step == 's' ? lin_slice_step(t, (int)n[0], n[1], n[2], n[3])
            : *step == 'i' ? lin_select(t, (int)n[0], n[1])
                           : lin_expand(t, parse_shape(text + 2));
    }
    return t;
}

/* ---- Comparing --------------------------------------------------------------------------------------- */

static double number(const stored *s, int64_t i)
{
    return s->type == LIN_F32   ? (double)((const float *)s->data)[i]
           : s->type == LIN_F64 ? ((const double *)s->data)[i]
           : s->type == LIN_I64 ? (double)((const int64_t *)s->data)[i]
                                : ((const uint8_t *)s->data)[i];
}

static double tolerance(const stored *want, const stored *scale, int64_t i)
{
    double size = scale && scale->data ? ((const double *)scale->data)[i] : fabs(number(want, i));
    return (want->type == LIN_F64 ? 1e-12 : want->type == LIN_F32 ? 1e-5 : 0) * (1 + size);
}

static bool same_shape(lin_shape a, lin_shape b)
{
    return a.ndim == b.ndim && !memcmp(a.dim, b.dim, (size_t)a.ndim * sizeof *a.dim);
}

bool same(const lin_tensor *got, const stored *want, const stored *scale, bool signs, char *why, size_t size)
{
    if (lin_type(got) != want->type || !same_shape(lin_size(got), want->shape)) {
        int at = snprintf(why, size, "it is %s (", lin_dtype_name(lin_type(got)));
        for (int d = 0; d < lin_ndim(got); d++)
            at += snprintf(why + at, size - (size_t)at, " %lld", (long long)lin_size(got).dim[d]);
        snprintf(why + at, size - (size_t)at, " )");
        return false;
    }
    stored have = *want;
    have.data = calloc((size_t)want->numel + 1, lin_dtype_size(want->type));
    bool ok = have.data && !lin_copy_out(got, have.data);
    if (!ok) snprintf(why, size, "it cannot be read");
    for (int64_t i = 0; ok && i < want->numel; i++) {
        double a = number(&have, i), b = number(want, i);
        ok = (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= (isfinite(b) ? tolerance(want, scale, i) : 0);
        if (ok && signs && a == 0 && b == 0) ok = !signbit(a) == !signbit(b);
        if (!ok) snprintf(why, size, "element %lld is %.17g, PyTorch's %.17g", (long long)i, a, b);
    }
    free(have.data);
    return ok;
}

void spoil(stored *want, const stored *scale)
{
    if (!want->numel) {
        want->shape.dim[want->shape.ndim++] = 1;
        return;
    }
    int64_t i = want->numel - 1;
    double value = number(want, i), by = 4 * tolerance(want, scale, i);
    if (want->type == LIN_F32)
        ((float *)want->data)[i] = isfinite(value) ? (float)(value + by) : 0;
    else if (want->type == LIN_F64)
        ((double *)want->data)[i] = isfinite(value) ? value + by : 0;
    else if (want->type == LIN_I64)
        ((int64_t *)want->data)[i] += 1;
    else
        ((uint8_t *)want->data)[i] ^= 1;
}
