/* tests/onnx/index.c: Gather and its relatives, OneHot. */
#include "case.h"

/* Labels from the end made positive: i + n where i < 0. */
static lin_tensor *positive(lin_tensor *i, int64_t n)
{
    lin_tensor *negative = lin_to(lin_lt_scalar(i, 0), LIN_I64);
    return lin_add(i, lin_mul_scalar(negative, (double)n));
}

/* data[:, …, indices, …]: the chosen dimension to the front, rows, and back. */
static void run_gather(onnx_case *c)
{
    lin_tensor *data = c->in[0], *indices = c->in[1];
    int axis = (int)attr_int(c, "axis", 0), more = lin_ndim(indices);
    if (axis < 0) axis += lin_ndim(data);
    lin_shape front = {.ndim = 1, .dim = {axis}}, back = {0};
    for (int d = 0; d < lin_ndim(data); d++)
        if (d != axis) front.dim[front.ndim++] = d;
    for (int d = 0; d < axis; d++)
        back.dim[back.ndim++] = more + d;
    for (int d = 0; d < more; d++)
        back.dim[back.ndim++] = d;
    for (int d = axis + 1; d < lin_ndim(data); d++)
        back.dim[back.ndim++] = more + d - 1;
    c->got[0] = lin_permute(lin_index(lin_permute(data, front), indices), back);
}

static void run_gather_elements(onnx_case *c)
{
    int axis = (int)attr_int(c, "axis", 0);
    c->got[0] = lin_gather(c->in[0], axis, positive(c->in[1], lin_dim(c->in[0], axis)));
}

/* The last dimension of indices holds one index for each leading dimension of data, after the batch dimensions. */
static void run_gather_nd(onnx_case *c)
{
    int batch = (int)attr_int(c, "batch_dims", 0), n = 0;
    int64_t each = lin_dim(c->in[1], -1);
    lin_tensor *list[LIN_MAX_DIMS];
    if (batch > 1 || (batch == 1 && lin_ndim(c->in[1]) != 2)) {
        leave_out(c, "attribute: batch_dims beyond one index for each row");
        return;
    }
    if (batch) list[n++] = lin_arange(c->ctx, 0, (double)lin_dim(c->in[0], 0), 1, LIN_I64);
    for (int64_t i = 0; i < each; i++)
        list[n++] = lin_select(c->in[1], -1, i);
    c->got[0] = lin_index_at(c->in[0], (lin_tensors){.count = n, .at = list});
}

/* off + (on − off) · one_hot, the new dimension moved to `axis`. */
static void run_one_hot(onnx_case *c)
{
    int64_t depth = (int64_t)lin_item(c->in[1]);
    lin_tensor *indices = lin_to(c->in[0], LIN_I64), *values = c->in[2];
    lin_tensor *hot = lin_to(lin_one_hot(positive(indices, depth), depth), lin_type(values));
    lin_tensor *off = lin_select(values, 0, 0), *on = lin_select(values, 0, 1);
    int rank = lin_ndim(hot), axis = (int)attr_int(c, "axis", -1);
    if (axis < 0) axis += rank;
    lin_shape dims = {.ndim = rank};
    for (int d = 0; d < rank; d++)
        dims.dim[d] = d < axis ? d : d == axis ? rank - 1 : d - 1;
    c->got[0] = lin_permute(lin_add(lin_mul(hot, lin_sub(on, off)), off), dims);
}

static const onnx_op ops[] = {
    {"Gather", run_gather},
    {"GatherElements", run_gather_elements},
    {"GatherND", run_gather_nd},
    {"OneHot", run_one_hot},
};

bool run_index(onnx_case *c)
{
    return RUN_FROM(ops, c);
}
