/* tests/onnx/run.c: the ONNX node tests of $LINNET_REFERENCE/onnx, through linnet's public ops. Usage: onnx [CASE…]
 *
 * A case is left out only for an op, attribute or type that linnet does not have; each is listed with the reason. At
 * least 280 must run, and all that run must pass. Exit code 77 without the reference. */
#include "case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_LEAST = 280, SKIPPED = 77 };

typedef struct tally {
    int ran, failed, left_out;
} tally;

static bool dispatch(onnx_case *c)
{
    return run_arith(c) || run_reduce(c) || run_shape(c) || run_index(c) || run_learn(c);
}

static const char *compare(onnx_case *c, char *why, size_t size)
{
    for (int i = 0; i < c->outs; i++) {
        if (!c->got[i]) return lin_error(c->ctx);
        if (!case_same(c, c->got[i], c->want[i], why, size)) return why;
    }
    return NULL;
}

/* The comparison must notice another type, and one element that is off. */
static const char *check_comparison(onnx_case *c, char *why, size_t size)
{
    lin_tensor *want = c->want[0];
    if (case_same(c, c->got[0], lin_unsqueeze(want, 0), why, size)) return "another shape is not noticed";
    if (!lin_numel(want)) return NULL;
    lin_tensor *flat = lin_reshape(lin_clone(want), LIN_SHAPE(-1)), *last = lin_slice(flat, 0, -1, INT64_MAX);
    double value = lin_item(last);
    lin_fill_(last, isfinite(value) ? value + 1 + 0.01 * fabs(value) : 7);
    return case_same(c, lin_reshape(lin_clone(c->got[0]), LIN_SHAPE(-1)), flat, why, size)
               ? "a wrong element is not noticed"
               : NULL;
}

static void run_case(tally *t, lin_ctx *ctx, const char *directory, const char *name)
{
    lin_region mark = lin_mark(ctx);
    onnx_case c;
    char why[256];
    const char *failure = NULL;
    if (!case_load(&c, ctx, directory, name))
        failure = "cannot be read";
    else if (!dispatch(&c))
        leave_out(&c, "op: linnet does not have it");
    if (c.left_out) {
        t->left_out++;
        printf("left out: %-60s %s: %s\n", name, c.op, c.left_out);
    } else {
        t->ran++;
        if (!failure) failure = compare(&c, why, sizeof why);
        if (!failure) failure = check_comparison(&c, why, sizeof why);
        if (failure && ++t->failed) printf("FAILED: %s (%s): %s\n", name, c.op ? c.op : "?", failure);
    }
    case_free(&c);
    lin_error_clear(ctx);
    lin_release(mark);
}

static int run_all(tally *t, lin_ctx *ctx, const char *directory)
{
    char path[8192];
    json_error_t error;
    snprintf(path, sizeof path, "%s/INDEX.json", directory);
    json_t *index = json_load_file(path, 0, &error), *list = json_object_get(index, "index");
    if (!list) {
        fprintf(stderr, "%s: %s\n", path, error.text);
        json_decref(index);
        return 1;
    }
    for (size_t i = 0; i < json_array_size(list); i++)
        run_case(t, ctx, directory, json_string_value(json_object_get(json_array_get(list, i), "case")));
    printf("%zu cases: %d ran, %d failed, %d left out\n", json_array_size(list), t->ran, t->failed, t->left_out);
    json_decref(index);
    if (t->ran < AT_LEAST) printf("fewer than %d ran\n", AT_LEAST);
    return t->ran < AT_LEAST;
}

int main(int argc, char **argv)
{
    const char *reference = getenv("LINNET_REFERENCE");
    if (!reference || !*reference) {
        printf("SKIPPED: the ONNX node tests: $LINNET_REFERENCE is not set\n");
        return SKIPPED;
    }
    char directory[4096];
    snprintf(directory, sizeof directory, "%s/onnx", reference);
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 2});
    if (!ctx) return 1;
    tally t = {0};
    int code = 0;
    for (int i = 1; i < argc; i++)
        run_case(&t, ctx, directory, argv[i]);
    if (argc < 2) code = run_all(&t, ctx, directory);
    lin_ctx_free(ctx);
    return code || t.failed;
}
