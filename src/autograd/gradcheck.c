/* Gradients against central differences, in f64.
 *
 * The checked number is L(x) = Σ w·f(x) with fixed w. D(h) = (L(x + h) − L(x − h)) / 2h has an error of order h²; Richardson's
 * (4·D(h/2) − D(h)) / 3 one of order h⁴, so that a step large enough to lose few digits is still exact enough. */
#include "autograd/tape.h"
#include "kernel/kernel.h"

#include <inttypes.h>
#include <math.h>

typedef struct check {
    lin_gradcheck_fn *f;
    void *user;
    lin_tensors inputs;
    lin_ctx *ctx;
    double *weight; /* of each element of f's result */
    int64_t count;
} check;

/* Weights in [0.5, 1.5): none is zero, none like another. */
static void fill_weights(check *c)
{
    lin__stream s = {.seed = 20, .kind = LIN__STREAM_UNIFORM};
    lin__uniform_f64(&s, 0, c->count, 0.5, 1.5, c->weight);
}

/* L at the inputs' present values; NaN with a cause on failure. */
static double evaluate(check *c)
{
    lin_region region = lin_mark(c->ctx);
    if (!region.ctx) return NAN;
    lin_no_grad(c->ctx);
    long double sum = 0;
    lin_tensor *y = c->f(c->user, c->inputs);
    lin_tensor *dense = y ? lin__tensor_copy(y, lin__here(c->ctx)) : NULL;
    if (dense && dense->dtype == LIN_F64 && dense->numel == c->count)
        for (int64_t i = 0; i < c->count; i++)
            sum += (long double)c->weight[i] * ((double *)dense->data)[i];
    else if (dense)
        lin__fail(c->ctx, LIN_EINVAL, "gradcheck: the function must give f64 and always the same shape");
    lin_release(region);
    return lin__failed(c->ctx) ? NAN : (double)sum;
}

static double difference(check *c, double *x, double h)
{
    double old = *x, high = old + h, low = old - h;
    *x = high;
    double above = evaluate(c);
    *x = low;
    double below = evaluate(c);
    *x = old;
    return (above - below) / (high - low);
}

/* Leave the analytic gradients in the inputs, and the weights in c. The caller's region keeps the weights. */
static int analytic(check *c, lin_tensor **result)
{
    lin_tensor *y = c->f(c->user, c->inputs);
    if (!y) return lin_error_code_of(c->ctx) ? lin_error_code_of(c->ctx) : LIN_EINVAL;
    if (y->dtype != LIN_F64) return lin__fail(c->ctx, LIN_EINVAL, "gradcheck: the function must give f64");
    lin_tensor *g = lin__tensor_like(y, LIN_F64);
    if (!g) return LIN_ENOMEM;
    c->weight = g->data;
    c->count = g->numel;
    fill_weights(c);
    *result = y;
    return y->requires_grad ? lin_backward_with(y, g) : 0;
}

static int check_element(check *c, int input, int64_t i, double eps, double tol, double *worst)
{
    lin_tensor *t = c->inputs.at[input];
    double *x = (double *)t->data + i, h = eps * fmax(1, fabs(*x));
    double n = (4 * difference(c, x, h / 2) - difference(c, x, h)) / 3;
    if (lin__failed(c->ctx)) return lin_error_code_of(c->ctx);
    double a = t->has_grad ? ((double *)t->grad->data)[i] : 0;
    double error = fabs(a - n) / fmax(1, fmax(fabs(a), fabs(n)));
    if (worst && !(error <= *worst)) *worst = error;
    if (error <= tol) return 0;
    return lin__fail(c->ctx, LIN_EINVAL,
                     "gradcheck: input %d, element %" PRId64 ": backward gives %.17g, the difference quotient %.17g",
                     input, i, a, n);
}

static int check_inputs(check *c)
{
    for (int k = 0; k < c->inputs.count; k++) {
        lin_tensor *t = c->inputs.at[k];
        if (!t->requires_grad) continue;
        if (t->node || t->dtype != LIN_F64 || !t->contiguous)
            return lin__fail(c->ctx, LIN_EINVAL, "gradcheck: input %d must be a contiguous f64 leaf", k);
        t->has_grad = false;
    }
    return 0;
}

static int run(check *c, double eps, double tol, double *worst)
{
    lin_tensor *y;
    int code = analytic(c, &y);
    for (int k = 0; k < c->inputs.count && !code; k++)
        for (int64_t i = 0; i < c->inputs.at[k]->numel && c->inputs.at[k]->requires_grad && !code; i++)
            code = check_element(c, k, i, eps, tol, worst);
    return code;
}

int lin_gradcheck(lin_gradcheck_fn *f, void *user, lin_tensors inputs, const lin_gradcheck_options *options)
{
    lin_ctx *ctx = NULL;
    for (int k = 0; k < inputs.count && !ctx; k++)
        ctx = lin_context(inputs.at[k]);
    if (!ctx) return LIN_EINVAL;
    if (!f) return lin__fail_null(ctx, "gradcheck: the function");
    for (int k = 0; k < inputs.count; k++)
        if (!lin__alive(inputs.at[k], "gradcheck")) return lin__fail_null(ctx, "gradcheck: an input");
    if (lin__failed(ctx)) return lin_error_code_of(ctx);
    check c = {.f = f, .user = user, .inputs = inputs, .ctx = ctx};
    int code = check_inputs(&c);
    lin_region region = lin_mark(ctx);
    if (!region.ctx) return LIN_ENOMEM;
    lin_enable_grad(ctx);
    if (options && options->worst) *options->worst = 0;
    if (!code)
        code = run(&c, options && options->eps > 0 ? options->eps : 1e-4,
                   options && options->tol > 0 ? options->tol : 1e-7, options ? options->worst : NULL);
    lin_release(region);
    for (int k = 0; k < inputs.count; k++)
        inputs.at[k]->has_grad = false;
    return code;
}
