/* tests/onnx/shape.c: views, Concat, Split, Slice, Shape and Size. */
#include "case.h"

static void run_reshape(onnx_case *c)
{
    lin_shape shape, from = lin_size(c->in[0]);
    list_of(c, "shape", 1, &shape);
    for (int d = 0; d < shape.ndim; d++) /* 0 copies the size, unless allowzero */
        if (!shape.dim[d] && !attr_int(c, "allowzero", 0)) shape.dim[d] = from.dim[d];
    c->got[0] = lin_reshape(c->in[0], shape);
}

static int wrapped(int64_t axis, int rank)
{
    return (int)(axis < 0 ? axis + rank : axis);
}

static void run_flatten(onnx_case *c)
{
    int axis = wrapped(attr_int(c, "axis", 1), lin_ndim(c->in[0]));
    int64_t rows = 1;
    for (int d = 0; d < axis; d++)
        rows *= lin_dim(c->in[0], d);
    c->got[0] = lin_reshape(c->in[0], LIN_SHAPE(rows, -1));
}

/* The axes of Squeeze and Unsqueeze, wrapped into `rank`, as a set. */
static bool axes_of(onnx_case *c, int rank, bool has[LIN_MAX_DIMS])
{
    lin_shape axes;
    if (!list_of(c, "axes", 1, &axes)) return false;
    for (int i = 0; i < axes.ndim; i++)
        has[wrapped(axes.dim[i], rank)] = true;
    return true;
}

static void run_squeeze(onnx_case *c)
{
    bool has[LIN_MAX_DIMS] = {0};
    lin_tensor *t = c->in[0];
    if (!axes_of(c, lin_ndim(t), has)) {
        c->got[0] = lin_squeeze(t);
        return;
    }
    for (int d = lin_ndim(t) - 1; d >= 0; d--)
        if (has[d]) t = lin_squeeze_dim(t, d);
    c->got[0] = t;
}

static void run_unsqueeze(onnx_case *c)
{
    bool has[LIN_MAX_DIMS] = {0};
    lin_tensor *t = c->in[0];
    axes_of(c, lin_ndim(t) + (int)lin_numel(c->in[1]), has);
    for (int d = 0; d < LIN_MAX_DIMS; d++)
        if (has[d]) t = lin_unsqueeze(t, d);
    c->got[0] = t;
}

/* ONNX broadcasts both ways: a 1 in the new shape keeps the size. */
static void run_expand(onnx_case *c)
{
    lin_shape shape, from = lin_size(c->in[0]);
    list_of(c, "shape", 1, &shape);
    for (int d = 1; d <= shape.ndim && d <= from.ndim; d++)
        if (shape.dim[shape.ndim - d] == 1) shape.dim[shape.ndim - d] = from.dim[from.ndim - d];
    c->got[0] = lin_expand(c->in[0], shape);
}

static void run_transpose(onnx_case *c)
{
    lin_shape dims;
    if (!list_of(c, "perm", MAX_IN, &dims))
        for (int d = lin_ndim(c->in[0]) - 1; d >= 0; d--)
            dims.dim[dims.ndim++] = d;
    c->got[0] = lin_permute(c->in[0], dims);
}

static void run_concat(onnx_case *c)
{
    c->got[0] = lin_cat((lin_tensors){.count = c->ins, .at = c->in}, (int)attr_int(c, "axis", 0));
}

/* By the sizes of the second input, or in equal parts, the last one shorter. */
static void run_split(onnx_case *c)
{
    int axis = (int)attr_int(c, "axis", 0);
    lin_shape sizes;
    bool given = list_of(c, "split", 1, &sizes);
    int64_t part = (lin_dim(c->in[0], axis) + c->outs - 1) / c->outs, at = 0;
    for (int i = 0; i < c->outs; i++) {
        int64_t size = given ? sizes.dim[i] : part;
        c->got[i] = lin_slice(c->in[0], axis, at, at + size);
        at += size;
    }
}

static void run_slice(onnx_case *c)
{
    lin_shape starts, ends, axes, steps;
    list_of(c, "starts", 1, &starts);
    list_of(c, "ends", 2, &ends);
    bool some = list_of(c, "axes", 3, &axes), stepped = list_of(c, "steps", 4, &steps);
    lin_tensor *t = c->in[0];
    for (int i = 0; i < starts.ndim; i++) {
        int64_t step = stepped ? steps.dim[i] : 1;
        if (step < 1) {
            leave_out(c, "attribute: negative steps (strides are not negative, as in PyTorch)");
            return;
        }
        t = lin_slice_step(t, some ? (int)axes.dim[i] : i, starts.dim[i], ends.dim[i], step);
    }
    c->got[0] = t;
}

static void run_size_of(onnx_case *c)
{
    lin_shape shape = lin_size(c->in[0]);
    lin_tensor *all = lin_from_i64(c->ctx, shape.dim, LIN_SHAPE(shape.ndim));
    c->got[0] = lin_slice(all, 0, attr_int(c, "start", 0), attr_int(c, "end", shape.ndim));
}

static void run_numel(onnx_case *c)
{
    int64_t n = lin_numel(c->in[0]);
    c->got[0] = lin_from_i64(c->ctx, &n, LIN_SCALAR);
}

static const onnx_op ops[] = {
    {"Reshape", run_reshape}, {"Flatten", run_flatten},     {"Squeeze", run_squeeze}, {"Unsqueeze", run_unsqueeze},
    {"Expand", run_expand},   {"Transpose", run_transpose}, {"Concat", run_concat},   {"Split", run_split},
    {"Slice", run_slice},     {"Shape", run_size_of},       {"Size", run_numel},
};

bool run_shape(onnx_case *c)
{
    return RUN_FROM(ops, c);
}
