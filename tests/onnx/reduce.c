/* tests/onnx/reduce.c: reductions, ArgMax and ArgMin, softmax. */
#include "case.h"

typedef lin_tensor *reduce_fn(lin_tensor *t, lin_shape dims, bool keepdim);

/* Axes from the attribute or the second input; none means all, unless noop_with_empty_axes. */
static lin_tensor *reduce(onnx_case *c, lin_tensor *t, reduce_fn *f)
{
    lin_shape axes;
    bool given = list_of(c, "axes", 1, &axes) && axes.ndim;
    if (!given && attr_int(c, "noop_with_empty_axes", 0)) return lin_clone(t);
    if (!given)
        for (int d = 0; d < lin_ndim(t); d++)
            axes.dim[axes.ndim++] = d;
    return f(t, axes, attr_int(c, "keepdims", 1));
}

#define REDUCE(name, f, before, after)        \
    static void run_##name(onnx_case *c)      \
    {                                         \
        lin_tensor *x = c->in[0];             \
        lin_tensor *y = reduce(c, before, f); \
        c->got[0] = after;                    \
    }

REDUCE(sum, lin_sum_dims, x, y)
REDUCE(mean, lin_mean_dims, x, y)
REDUCE(l1, lin_sum_dims, lin_abs(x), y)
REDUCE(l2, lin_sum_dims, lin_square(x), lin_sqrt(y))
REDUCE(sum_square, lin_sum_dims, lin_square(x), y)
REDUCE(log_sum, lin_sum_dims, x, lin_log(y))
REDUCE(log_sum_exp, lin_logsumexp_dims, x, y)
REDUCE(max_dims, lin_max_dims, x, y)
REDUCE(min_dims, lin_min_dims, x, y)

static void run_max(onnx_case *c)
{
    if (!lin_numel(c->in[0]))
        leave_out(c, "op: the maximum of nothing is an error in linnet, as in PyTorch");
    else
        run_max_dims(c);
}

static void run_min(onnx_case *c)
{
    if (!lin_numel(c->in[0]))
        leave_out(c, "op: the minimum of nothing is an error in linnet, as in PyTorch");
    else
        run_min_dims(c);
}

static void run_arg(onnx_case *c)
{
    if (attr_int(c, "select_last_index", 0)) {
        leave_out(c, "attribute: select_last_index (argmax and argmin give the first)");
        return;
    }
    int axis = (int)attr_int(c, "axis", 0);
    bool keep = attr_int(c, "keepdims", 1);
    c->got[0] = strcmp(c->op, "ArgMax") ? lin_argmin_dim(c->in[0], axis, keep) : lin_argmax_dim(c->in[0], axis, keep);
}

static void run_softmax(onnx_case *c)
{
    c->got[0] = lin_softmax(c->in[0], (int)attr_int(c, "axis", -1));
}

static void run_log_softmax(onnx_case *c)
{
    c->got[0] = lin_log_softmax(c->in[0], (int)attr_int(c, "axis", -1));
}

static const onnx_op ops[] = {
    {"ReduceSum", run_sum},
    {"ReduceMean", run_mean},
    {"ReduceL1", run_l1},
    {"ReduceL2", run_l2},
    {"ReduceSumSquare", run_sum_square},
    {"ReduceLogSum", run_log_sum},
    {"ReduceLogSumExp", run_log_sum_exp},
    {"ReduceMax", run_max},
    {"ReduceMin", run_min},
    {"ArgMax", run_arg},
    {"ArgMin", run_arg},
    {"Softmax", run_softmax},
    {"LogSoftmax", run_log_softmax},
};

bool run_reduce(onnx_case *c)
{
    return RUN_FROM(ops, c);
}
