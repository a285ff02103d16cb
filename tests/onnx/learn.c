/* tests/onnx/learn.c: products, losses and the momentum update. */
#include "case.h"

static void run_matmul(onnx_case *c)
{
    c->got[0] = lin_matmul(c->in[0], c->in[1]);
}

/* α·A·B + β·C. */
static void run_gemm(onnx_case *c)
{
    lin_tensor *a = c->in[0], *b = c->in[1];
    if (attr_int(c, "transA", 0)) a = lin_transpose(a, 0, 1);
    if (attr_int(c, "transB", 0)) b = lin_transpose(b, 0, 1);
    c->got[0] = lin_mul_scalar(lin_matmul(a, b), attr_number(c, "alpha", 1));
    if (c->ins > 2 && c->in[2]) c->got[0] = lin_add(c->got[0], lin_mul_scalar(c->in[2], attr_number(c, "beta", 1)));
}

static void run_loss(onnx_case *c)
{
    const char *reduction = attr_text(c, "reduction", "mean");
    int64_t ignored = attr_int(c, "ignore_index", 0);
    lin_loss_options o = {
        .reduction = !strcmp(reduction, "none")  ? LIN_NONE
                     : !strcmp(reduction, "sum") ? LIN_SUM
                                                 : LIN_MEAN,
        .weight = c->ins > 2 ? c->in[2] : NULL,
        .ignore_index = attr_has(c, "ignore_index") ? &ignored : NULL,
    };
    if (!strcmp(c->op, "NegativeLogLikelihoodLoss")) {
        c->got[0] = lin_nll(c->in[0], c->in[1], &o);
        return;
    }
    c->got[0] = lin_cross_entropy(c->in[0], c->in[1], &o);
    if (c->outs > 1) c->got[1] = lin_log_softmax(c->in[0], 1);
}

/* ai.onnx.preview.training Momentum: g = c·x + ∇; v' = α·v + β'·g, β' = β but 1 at the first step; x' = x − r·v', or
 * x − r·(g + α·v') (nesterov). Inputs: r, t, then all x, all ∇, all v; outputs: all x', all v'. */
static void run_momentum(onnx_case *c)
{
    int n = (c->ins - 2) / 3;
    double r = lin_item(c->in[0]), alpha = attr_number(c, "alpha", 0), norm = attr_number(c, "norm_coefficient", 0);
    double beta = lin_item(c->in[1]) > 0 ? attr_number(c, "beta", 0) : 1;
    bool nesterov = !strcmp(attr_text(c, "mode", ""), "nesterov");
    for (int i = 0; i < n; i++) {
        lin_tensor *x = c->in[2 + i], *g = lin_add(lin_mul_scalar(x, norm), c->in[2 + n + i]);
        lin_tensor *v = lin_add(lin_mul_scalar(c->in[2 + 2 * n + i], alpha), lin_mul_scalar(g, beta));
        lin_tensor *by = nesterov ? lin_add(g, lin_mul_scalar(v, alpha)) : v;
        c->got[i] = lin_sub(x, lin_mul_scalar(by, r));
        c->got[n + i] = v;
    }
}

static const onnx_op ops[] = {
    {"MatMul", run_matmul},
    {"Gemm", run_gemm},
    {"SoftmaxCrossEntropyLoss", run_loss},
    {"NegativeLogLikelihoodLoss", run_loss},
    {"Momentum", run_momentum},
};

bool run_learn(onnx_case *c)
{
    return RUN_FROM(ops, c);
}
