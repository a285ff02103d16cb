/* tests/parity/run.c: the same numbers as PyTorch on stored vectors. Usage: parity DIRECTORY
 *
 * Reads every *.txt of DIRECTORY, computes each case with linnet and compares values and gradients. It also fails for a
 * case that it does not know, for a row of op.def or a loss without a case, and where a spoilt expectation goes
 * unnoticed: a test that cannot fail shows nothing. */
#include "calls.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 40 }; /* messages before the rest is only counted */

typedef struct tally {
    int cases, compared, failed;
    struct {
        int cases, gradients[2]; /* compared in f32, f64 */
    } seen[2][128];              /* of op_calls and of loss_calls */
    int sgd;
    int table, at; /* the call that runs */
} tally;

static void complain(tally *t, const parity_case *c, const char *what, const char *why)
{
    if (t->failed++ < SHOWN) fprintf(stderr, "%s:%d: %s: %s: %s\n", c->file, c->line, c->op, what, why);
}

/* One comparison, and its own check: it must not be content with a spoilt expectation. */
static void compare(tally *t, const parity_case *c, const char *what, const lin_tensor *got, stored *want,
                    const stored *scale, bool signs)
{
    char why[256];
    t->compared++;
    if (!same(got, want, scale, signs, why, sizeof why)) {
        complain(t, c, what, why);
        return;
    }
    spoil(want, scale);
    if (same(got, want, scale, signs, why, sizeof why)) complain(t, c, what, "a spoilt expectation is not noticed");
}

static void compare_gradients(tally *t, parity_case *c, lin_tensor **leaf)
{
    for (int i = 0; i < c->ins; i++) {
        char what[32];
        snprintf(what, sizeof what, "gradient %d", i);
        const lin_tensor *g = c->in[i].grad ? lin_grad(leaf[i]) : NULL;
        if (c->in[i].gradient.data && g) {
            compare(t, c, what, g, &c->in[i].gradient, &c->in[i].scale, false);
            t->seen[t->table][t->at].gradients[c->in[i].gradient.type == LIN_F64]++;
        } else if (c->in[i].gradient.data || (c->in[i].none && g))
            complain(t, c, what, g ? "there is one, PyTorch has none" : "there is none, PyTorch has one");
    }
}

static void run_call(tally *t, lin_ctx *ctx, parity_case *c, const call *f)
{
    lin_tensor *leaf[MAX_INS], *in[MAX_INS];
    for (int i = 0; i < c->ins; i++)
        in[i] = case_argument(ctx, c, i, &leaf[i]);
    lin_tensor *out = f->f(c, in);
    if (!out) {
        complain(t, c, "error", lin_error(ctx));
        return;
    }
    bool recorded = lin_requires_grad(out);
    compare(t, c, "result", out, &c->out[0], &c->scale, attr_has(c, "signs"));
    if (c->up.data) {
        if (lin_backward_with(out, stored_tensor(ctx, &c->up)))
            complain(t, c, "backward", lin_error(ctx));
        else
            compare_gradients(t, c, leaf);
    } else if (recorded && !attr_has(c, "forward")) {
        complain(t, c, "graph", "there is one, PyTorch has none");
    }
}

static void run_sgd(tally *t, lin_ctx *ctx, parity_case *c)
{
    lin_tensor *out[MAX_OUTS] = {0};
    t->sgd++;
    if (call_sgd(ctx, c, out)) {
        complain(t, c, "error", lin_error(ctx));
        return;
    }
    for (int k = 0; k < c->outs; k++) {
        char what[32];
        snprintf(what, sizeof what, "after step %d", k + 1);
        compare(t, c, what, out[k], &c->out[k], NULL, false);
    }
}

static const call *find(tally *t, const char *name)
{
    const call *tables[] = {op_calls, loss_calls};
    for (int k = 0; k < 2; k++)
        for (int i = 0; tables[k][i].name; i++)
            if (!strcmp(tables[k][i].name, name)) {
                t->seen[t->table = k][t->at = i].cases++;
                return &tables[k][i];
            }
    return NULL;
}

static void run_case(tally *t, lin_ctx *ctx, parity_case *c)
{
    lin_region mark = lin_mark(ctx);
    const call *f = find(t, c->op);
    t->cases++;
    if (f)
        run_call(t, ctx, c, f);
    else if (!strcmp(c->op, "sgd"))
        run_sgd(t, ctx, c);
    else
        complain(t, c, "error", "this runner does not know it");
    lin_error_clear(ctx);
    lin_release(mark);
}

static void run_file(tally *t, lin_ctx *ctx, const char *path)
{
    const char *name = strrchr(path, '/');
    reader r = {.in = fopen(path, "r"), .file = name ? name + 1 : path};
    if (!r.in) {
        fprintf(stderr, "%s: cannot open\n", path);
        t->failed++;
        return;
    }
    parity_case c;
    for (; case_read(&r, &c); case_free(&c))
        run_case(t, ctx, &c);
    case_free(&c);
    t->failed += r.failed;
    free(r.text);
    fclose(r.in);
}

/* Everything that the vectors must cover, is. */
static void check_cover(tally *t)
{
    static const struct {
        const char *name;
        bool differentiable;
    } rows[] = {
#define LIN_OP(id, arity, differentiable, broadcasts) {#id, differentiable},
#include "op/op.def"
#undef LIN_OP
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        int cases = 0, f32 = 0, f64 = 0;
        for (int i = 0; op_calls[i].name; i++)
            if (!strcmp(op_calls[i].row, rows[r].name)) {
                cases += t->seen[0][i].cases;
                f32 += t->seen[0][i].gradients[0];
                f64 += t->seen[0][i].gradients[1];
            }
        if (cases && (!rows[r].differentiable || (f32 && f64))) continue;
        fprintf(stderr, "op.def: %s has no stored %s\n", rows[r].name, cases ? "gradient in f32 and f64" : "vector");
        t->failed++;
    }
    const call *tables[] = {op_calls, loss_calls};
    for (int k = 0; k < 2; k++)
        for (int i = 0; tables[k][i].name; i++)
            if (!t->seen[k][i].cases && ++t->failed) fprintf(stderr, "%s has no stored vector\n", tables[k][i].name);
    if (!t->sgd && ++t->failed) fprintf(stderr, "sgd has no stored vector\n");
}

/* An unknown name, and a wrong value, must each fail. */
static void check_runner(tally *t, lin_ctx *ctx)
{
    tally other = {.failed = SHOWN};
    float one = 1, two = 2;
    stored in = {LIN_F32, {.ndim = 0}, 1, &one}, out = {LIN_F32, {.ndim = 0}, 1, &two};
    parity_case unknown = {.file = "self-check", .op = "no_such_op", .ins = 1, .outs = 1};
    parity_case wrong = {.file = "self-check", .op = "neg", .ins = 1, .outs = 1};
    unknown.in[0].base = wrong.in[0].base = in;
    unknown.out[0] = wrong.out[0] = out;
    run_case(&other, ctx, &unknown);
    run_case(&other, ctx, &wrong);
    if (other.failed != SHOWN + 2 && ++t->failed) fprintf(stderr, "the runner does not notice what is wrong\n");
}

int main(int argc, char **argv)
{
    char pattern[4096];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s/*.txt", argc > 1 ? argv[1] : ".");
    if (glob(pattern, 0, NULL, &files)) {
        fprintf(stderr, "%s: no vectors\n", pattern);
        return 1;
    }
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 2});
    if (!ctx) return 1;
    tally t = {0};
    for (size_t i = 0; i < files.gl_pathc; i++)
        run_file(&t, ctx, files.gl_pathv[i]);
    check_cover(&t);
    check_runner(&t, ctx);
    printf("%d cases, %d comparisons, %d failures\n", t.cases, t.compared, t.failed);
    globfree(&files);
    lin_ctx_free(ctx);
    return t.failed ? 1 : 0;
}
