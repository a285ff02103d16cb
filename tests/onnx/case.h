/* tests/onnx/case.h: one ONNX node test: its inputs, attributes, expected outputs, and linnet's results. */
#ifndef LINNET_TESTS_ONNX_CASE_H
#define LINNET_TESTS_ONNX_CASE_H

#include <jansson.h>
#include <linnet.h>
#include <string.h>

enum { MAX_IN = 16, MAX_OUT = 8 };

typedef struct onnx_case {
    lin_ctx *ctx;
    const char *name, *op;
    json_t *file, *attributes; /* attrs.json, and its object of attributes */
    int ins, outs;
    lin_tensor *in[MAX_IN];  /* NULL: an optional input that is absent */
    char in_type[MAX_IN][4]; /* as stored, before linnet's readers widened it: "f4", "f2", "i1", "b1" … */
    lin_tensor *want[MAX_OUT], *got[MAX_OUT];
    bool half;            /* float16 among the tensors */
    const char *left_out; /* why the case cannot run: an op, attribute or type that linnet does not have */
} onnx_case;

/* Read the case from directory/name. False, with a message on stderr, if it cannot be read. */
bool case_load(onnx_case *c, lin_ctx *ctx, const char *directory, const char *name);
void case_free(onnx_case *c);

/* Within the tolerance of the reference's README: shapes, types and integers exact; f32 rtol 1e-6, atol 1e-7 (Pow and Exp
 * 2e-6), float16 1e-3. */
bool case_same(const onnx_case *c, const lin_tensor *got, const lin_tensor *want, char *why, size_t size);

/* ---- Attributes --------------------------------------------------------------------------------------- */
int64_t attr_int(const onnx_case *c, const char *key, int64_t otherwise);
double attr_number(const onnx_case *c, const char *key, double otherwise);
const char *attr_text(const onnx_case *c, const char *key, const char *otherwise);
bool attr_has(const onnx_case *c, const char *key);
/* A list attribute, or the i64 tensor of input `i`, as a shape. False if there is neither. */
bool list_of(const onnx_case *c, const char *key, int i, lin_shape *list);

/* Leave the case out. */
void leave_out(onnx_case *c, const char *why);

/* ---- Families: each runs the case into c->got and returns true if the op is its own ------------------- */
bool run_arith(onnx_case *c);
bool run_reduce(onnx_case *c);
bool run_shape(onnx_case *c);
bool run_index(onnx_case *c);
bool run_learn(onnx_case *c);

/* A table of a family: the op's name and the function that runs it. */
typedef struct onnx_op {
    const char *name;
    void (*run)(onnx_case *c);
} onnx_op;
bool run_from(const onnx_op *table, size_t count, onnx_case *c);
#define RUN_FROM(table, c) run_from(table, sizeof(table) / sizeof *(table), c)

#endif
