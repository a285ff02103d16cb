/* lin_print and lin_to_string: the layout is tensor/print.c's; here are the names that PyTorch has for what made a tensor. */
#include "op/op.h"

#include <stdio.h>

/* PyTorch's name of the node of a row; those of node_name depend on more. */
static const char *const nodes[LIN__OP_COUNT] = {
    [LIN__OP_add] = "AddBackward0",
    [LIN__OP_sub] = "SubBackward0",
    [LIN__OP_mul] = "MulBackward0",
    [LIN__OP_div] = "DivBackward0",
    [LIN__OP_pow] = "PowBackward1",
    [LIN__OP_maximum] = "MaximumBackward0",
    [LIN__OP_minimum] = "MinimumBackward0",
    [LIN__OP_add_scalar] = "AddBackward0",
    [LIN__OP_mul_scalar] = "MulBackward0",
    [LIN__OP_div_scalar] = "DivBackward0",
    [LIN__OP_pow_scalar] = "PowBackward0",
    [LIN__OP_neg] = "NegBackward0",
    [LIN__OP_abs] = "AbsBackward0",
    [LIN__OP_square] = "PowBackward0",
    [LIN__OP_sqrt] = "SqrtBackward0",
    [LIN__OP_exp] = "ExpBackward0",
    [LIN__OP_log] = "LogBackward0",
    [LIN__OP_relu] = "ReluBackward0",
    [LIN__OP_sign] = "SignBackward0",
    [LIN__OP_clamp] = "ClampBackward1",
    [LIN__OP_where] = "WhereBackward0",
    [LIN__OP_copy] = "CopyBackwards",
    [LIN__OP_fill] = "FillBackward0",
    [LIN__OP_affine] = "AddmmBackward0",
    [LIN__OP_reshape] = "ViewBackward0",
    [LIN__OP_permute] = "PermuteBackward0",
    [LIN__OP_expand] = "ExpandBackward0",
    [LIN__OP_slice] = "SliceBackward0",
    [LIN__OP_select] = "SelectBackward0",
    [LIN__OP_clone] = "CloneBackward0",
    [LIN__OP_to] = "ToCopyBackward0",
    [LIN__OP_max_dim] = "MaxBackward0",
    [LIN__OP_min_dim] = "MinBackward0",
    [LIN__OP_var] = "VarBackward0",
    [LIN__OP_logsumexp] = "LogsumexpBackward0",
    [LIN__OP_softmax] = "SoftmaxBackward0",
    [LIN__OP_log_softmax] = "LogSoftmaxBackward0",
    [LIN__OP_softmax_nll] = "NllLossBackward0",
    [LIN__OP_mse_loss] = "MseLossBackward0",
    [LIN__OP_index] = "IndexBackward0",
    [LIN__OP_index_select] = "IndexSelectBackward0",
    [LIN__OP_index_at] = "IndexBackward0",
    [LIN__OP_gather] = "GatherBackward0",
    [LIN__OP_cat] = "CatBackward0",
    [LIN__OP_stack] = "StackBackward0",
};

/* Reductions over all dimensions have a node of their own; so have the products of each rank. */
static const char *node_name(const lin__node *n)
{
    ptrdiff_t id = n->op - lin__ops;
    bool all = n->i[1];
    switch (id) {
    case LIN__OP_sum:
        return all ? "SumBackward0" : "SumBackward1";
    case LIN__OP_mean:
        return all ? "MeanBackward0" : "MeanBackward1";
    case LIN__OP_max:
        return all ? "MaxBackward1" : "AmaxBackward0";
    case LIN__OP_min:
        return all ? "MinBackward1" : "AminBackward0";
    case LIN__OP_matmul: {
        int a = n->in[0].tensor->ndim, b = n->in[1].tensor->ndim;
        return a > 2 || b > 2     ? "BmmBackward0"
               : a == 1 && b == 1 ? "DotBackward0"
               : b == 1           ? "MvBackward0"
                                  : "MmBackward0";
    }
    default:
        return id >= 0 && id < LIN__OP_COUNT && nodes[id] ? nodes[id] : n->op->name;
    }
}

int lin_print(const lin_tensor *t, FILE *out)
{
    if (!lin__alive(t, "print")) return LIN_EINVAL;
    return lin__print(t, t->node ? node_name(t->node) : NULL, out);
}

const char *lin_to_string(const lin_tensor *t)
{
    if (!lin__alive(t, "to_string")) return NULL;
    return lin__text(t, t->node ? node_name(t->node) : NULL);
}
