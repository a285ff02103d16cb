/* tests/onnx/case.c: see case.h. */
#include "case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The type in an npy header: 'descr': '<f4' → "f4". */
static bool stored_type(const char *path, char type[4])
{
    char header[512] = {0};
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(header, 1, sizeof header - 1, f) : 0;
    if (f) fclose(f);
    for (size_t i = 0; i + 12 < n; i++)
        if (!memcmp(header + i, "'descr': '", 10)) {
            memcpy(type, header + i + 11, 2); /* after the byte order */
            return true;
        }
    return false;
}

static lin_tensor *load(onnx_case *c, const char *directory, const char *kind, int i, char type[4])
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/%s_%d.npy", directory, c->name, kind, i);
    lin_tensor *t = lin_load_npy(c->ctx, path);
    if (!t || !stored_type(path, type)) fprintf(stderr, "%s: %s\n", path, lin_error(c->ctx));
    if (!strcmp(type, "f2")) c->half = true;
    return t;
}

static bool load_tensors(onnx_case *c, const char *directory)
{
    json_t *inputs = json_object_get(c->file, "node_inputs"), *outputs = json_object_get(c->file, "node_outputs");
    c->ins = (int)json_array_size(inputs), c->outs = (int)json_array_size(outputs);
    if (c->ins > MAX_IN || c->outs > MAX_OUT || json_integer_value(json_object_get(c->file, "sets")) != 1) {
        fprintf(stderr, "%s: more tensors or sets than this runner reads\n", c->name);
        return false;
    }
    for (int i = 0, file = 0; i < c->ins; i++)
        if (*json_string_value(json_array_get(inputs, (size_t)i)) &&
            !(c->in[i] = load(c, directory, "input", file++, c->in_type[i])))
            return false;
    char type[4] = "";
    for (int i = 0; i < c->outs; i++)
        if (!(c->want[i] = load(c, directory, "output", i, type))) return false;
    return true;
}

bool case_load(onnx_case *c, lin_ctx *ctx, const char *directory, const char *name)
{
    char path[4096];
    json_error_t error;
    *c = (onnx_case){.ctx = ctx, .name = name};
    snprintf(path, sizeof path, "%s/%s/attrs.json", directory, name);
    c->file = json_load_file(path, 0, &error);
    if (!c->file) {
        fprintf(stderr, "%s: %s\n", path, error.text);
        return false;
    }
    c->op = json_string_value(json_object_get(c->file, "op"));
    c->attributes = json_object_get(c->file, "attributes");
    return c->op && c->attributes && load_tensors(c, directory);
}

void case_free(onnx_case *c)
{
    json_decref(c->file);
}

/* ---- Comparing ---------------------------------------------------------------------------------------- */

static double number(lin_dtype type, const void *data, int64_t i)
{
    return type == LIN_F32   ? (double)((const float *)data)[i]
           : type == LIN_F64 ? ((const double *)data)[i]
           : type == LIN_I64 ? (double)((const int64_t *)data)[i]
                             : ((const uint8_t *)data)[i];
}

static bool near(const onnx_case *c, lin_dtype type, double a, double b)
{
    if (a == b || (isnan(a) && isnan(b))) return true;
    if (type == LIN_I64 || type == LIN_U8 || !isfinite(a) || !isfinite(b)) return false;
    if (c->half) return fabs(a - b) <= 1e-3 * (1 + fabs(b));
    if (type == LIN_F64) return fabs(a - b) <= 1e-12 * (1 + fabs(b));
    double relative = !strcmp(c->op, "Pow") || !strcmp(c->op, "Exp") ? 2e-6 : 1e-6;
    return fabs(a - b) <= 1e-7 + relative * fabs(b);
}

static bool same_elements(const onnx_case *c, const lin_tensor *got, const lin_tensor *want, void *a, void *b,
                          char *why, size_t size)
{
    lin_dtype type = lin_type(want);
    if (!a || !b || lin_copy_out(got, a) || lin_copy_out(want, b)) {
        snprintf(why, size, "it cannot be read");
        return false;
    }
    for (int64_t i = 0; i < lin_numel(want); i++)
        if (!near(c, type, number(type, a, i), number(type, b, i))) {
            snprintf(why, size, "element %lld is %.17g, expected %.17g", (long long)i, number(type, a, i),
                     number(type, b, i));
            return false;
        }
    return true;
}

bool case_same(const onnx_case *c, const lin_tensor *got, const lin_tensor *want, char *why, size_t size)
{
    lin_shape a = lin_size(got), b = lin_size(want);
    if (lin_type(got) != lin_type(want)) {
        snprintf(why, size, "type %s, expected %s", lin_dtype_name(lin_type(got)), lin_dtype_name(lin_type(want)));
        return false;
    }
    if (a.ndim != b.ndim || memcmp(a.dim, b.dim, sizeof *a.dim * (size_t)a.ndim)) {
        snprintf(why, size, "another shape: rank %d, expected %d", a.ndim, b.ndim);
        return false;
    }
    size_t bytes = (size_t)lin_numel(want) * lin_dtype_size(lin_type(want)) + 1;
    void *x = malloc(bytes), *y = malloc(bytes);
    bool ok = same_elements(c, got, want, x, y, why, size);
    free(x);
    free(y);
    return ok;
}

/* ---- Attributes ---------------------------------------------------------------------------------------- */

bool attr_has(const onnx_case *c, const char *key)
{
    return json_object_get(c->attributes, key) != NULL;
}

int64_t attr_int(const onnx_case *c, const char *key, int64_t otherwise)
{
    json_t *value = json_object_get(c->attributes, key);
    return value ? json_integer_value(value) : otherwise;
}

double attr_number(const onnx_case *c, const char *key, double otherwise)
{
    json_t *value = json_object_get(c->attributes, key);
    return value ? json_number_value(value) : otherwise;
}

const char *attr_text(const onnx_case *c, const char *key, const char *otherwise)
{
    json_t *value = json_object_get(c->attributes, key);
    return value ? json_string_value(value) : otherwise;
}

bool list_of(const onnx_case *c, const char *key, int i, lin_shape *list)
{
    json_t *value = json_object_get(c->attributes, key);
    *list = (lin_shape){0};
    if (value) {
        for (size_t k = 0; k < json_array_size(value) && list->ndim < LIN_MAX_DIMS; k++)
            list->dim[list->ndim++] = json_integer_value(json_array_get(value, k));
        return true;
    }
    if (i >= c->ins || !c->in[i]) return false;
    for (int64_t k = 0; k < lin_numel(c->in[i]) && k < LIN_MAX_DIMS; k++)
        list->dim[list->ndim++] = lin_i64(c->in[i])[k];
    return true;
}

void leave_out(onnx_case *c, const char *why)
{
    c->left_out = why;
}

bool run_from(const onnx_op *table, size_t count, onnx_case *c)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(table[i].name, c->op)) {
            table[i].run(c);
            return true;
        }
    return false;
}
