/* tests/parity/call_ops.c: every op of <linnet/op.h>, by its name in the vectors. */
#include "calls.h"

#include <math.h>
#include <string.h>

/* A function's result is not used elsewhere in its row: UNARY(neg) is the call of lin_neg. */
#define UNARY(name)                                                       \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in) \
    {                                                                     \
        (void)c;                                                          \
        return lin_##name(in[0]);                                         \
    }
#define BINARY(name)                                                      \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in) \
    {                                                                     \
        (void)c;                                                          \
        return lin_##name(in[0], in[1]);                                  \
    }
#define SCALAR(name)                                                      \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in) \
    {                                                                     \
        return lin_##name(in[0], attr_number(c, "s", NAN));               \
    }
/* In place: on a clone, as a leaf that requires grad may not be changed. */
#define UNARY_(name)                                                      \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in) \
    {                                                                     \
        (void)c;                                                          \
        return lin_##name(lin_clone(in[0]));                              \
    }
/* then=1: (1.5·a changed in place) · b, a changed value within a longer graph. */
#define BINARY_(name)                                                                                             \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in)                                         \
    {                                                                                                             \
        if (attr_has(c, "then")) return lin_mul(lin_##name(lin_mul_scalar(lin_clone(in[0]), 1.5), in[1]), in[1]); \
        return lin_##name(lin_clone(in[0]), in[1]);                                                               \
    }
#define SCALAR_(name)                                                     \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in) \
    {                                                                     \
        return lin_##name(lin_clone(in[0]), attr_number(c, "s", NAN));    \
    }
#define ALONG(name)                                                                 \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in)           \
    {                                                                               \
        return lin_##name(in[0], attr_int(c, "dim", 0), attr_int(c, "keepdim", 0)); \
    }
#define OVER(name)                                                                  \
    static lin_tensor *call_##name(const parity_case *c, lin_tensor **in)           \
    {                                                                               \
        return lin_##name(in[0], attr_shape(c, "dims"), attr_int(c, "keepdim", 0)); \
    }

/* clang-format off */
BINARY(add) BINARY(sub) BINARY(mul) BINARY(div) BINARY(pow) BINARY(maximum) BINARY(minimum)
SCALAR(add_scalar) SCALAR(sub_scalar) SCALAR(mul_scalar) SCALAR(div_scalar) SCALAR(pow_scalar)
UNARY(neg) UNARY(abs) UNARY(square) UNARY(sqrt) UNARY(exp) UNARY(log) UNARY(relu) UNARY(sign)
BINARY(eq) BINARY(ne) BINARY(lt) BINARY(le) BINARY(gt) BINARY(ge)
SCALAR(eq_scalar) SCALAR(ne_scalar) SCALAR(lt_scalar) SCALAR(le_scalar) SCALAR(gt_scalar) SCALAR(ge_scalar)
BINARY_(add_) BINARY_(sub_) BINARY_(mul_) BINARY_(div_) BINARY_(copy_)
SCALAR_(add_scalar_) SCALAR_(sub_scalar_) SCALAR_(mul_scalar_) SCALAR_(div_scalar_) SCALAR_(fill_)
UNARY_(neg_) UNARY_(abs_) UNARY_(square_) UNARY_(sqrt_) UNARY_(exp_) UNARY_(log_) UNARY_(relu_) UNARY_(zero_)
BINARY(matmul)
UNARY(squeeze) UNARY(clone) UNARY(contiguous)
UNARY(sum) UNARY(mean) UNARY(max) UNARY(min) UNARY(argmax) UNARY(argmin)
ALONG(sum_dim) ALONG(mean_dim) ALONG(max_dim) ALONG(min_dim) ALONG(argmax_dim) ALONG(argmin_dim) ALONG(logsumexp)
OVER(sum_dims) OVER(mean_dims) OVER(max_dims) OVER(min_dims) OVER(logsumexp_dims)
BINARY(softmax_nll) BINARY(mse_loss) BINARY(index)
    /* clang-format on */

    static lin_tensor *call_clamp(const parity_case *c, lin_tensor **in)
{
    return lin_clamp(in[0], attr_number(c, "low", NAN), attr_number(c, "high", NAN));
}
static lin_tensor *call_clamp_(const parity_case *c, lin_tensor **in)
{
    return lin_clamp_(lin_clone(in[0]), attr_number(c, "low", NAN), attr_number(c, "high", NAN));
}
static lin_tensor *call_where(const parity_case *c, lin_tensor **in)
{
    (void)c;
    return lin_where(in[0], in[1], in[2]);
}
static lin_tensor *call_affine(const parity_case *c, lin_tensor **in)
{
    return lin_affine(in[0], in[1], c->ins > 2 ? in[2] : NULL);
}
static lin_tensor *call_reshape(const parity_case *c, lin_tensor **in)
{
    return lin_reshape(in[0], attr_shape(c, "shape"));
}
static lin_tensor *call_permute(const parity_case *c, lin_tensor **in)
{
    return lin_permute(in[0], attr_shape(c, "dims"));
}
static lin_tensor *call_transpose(const parity_case *c, lin_tensor **in)
{
    return lin_transpose(in[0], attr_int(c, "dim0", 0), attr_int(c, "dim1", 0));
}
static lin_tensor *call_squeeze_dim(const parity_case *c, lin_tensor **in)
{
    return lin_squeeze_dim(in[0], attr_int(c, "dim", 0));
}
static lin_tensor *call_unsqueeze(const parity_case *c, lin_tensor **in)
{
    return lin_unsqueeze(in[0], attr_int(c, "dim", 0));
}
static lin_tensor *call_flatten_dims(const parity_case *c, lin_tensor **in)
{
    return lin_flatten_dims(in[0], attr_int(c, "start", 0), attr_int(c, "end", 0));
}
static lin_tensor *call_expand(const parity_case *c, lin_tensor **in)
{
    return lin_expand(in[0], attr_shape(c, "shape"));
}
static lin_tensor *call_slice(const parity_case *c, lin_tensor **in)
{
    return lin_slice(in[0], attr_int(c, "dim", 0), attr_int(c, "start", 0), attr_int(c, "end", 0));
}
static lin_tensor *call_slice_step(const parity_case *c, lin_tensor **in)
{
    return lin_slice_step(in[0], attr_int(c, "dim", 0), attr_int(c, "start", 0), attr_int(c, "end", 0),
                          attr_int(c, "step", 0));
}
static lin_tensor *call_select(const parity_case *c, lin_tensor **in)
{
    return lin_select(in[0], attr_int(c, "dim", 0), attr_int(c, "index", 0));
}
static lin_tensor *call_to(const parity_case *c, lin_tensor **in)
{
    const char *to = attr_text(c, "to", "");
    for (lin_dtype t = LIN_F32; t <= LIN_U8; t++)
        if (!strcmp(to, lin_dtype_name(t))) return lin_to(in[0], t);
    return NULL;
}
static lin_tensor *call_var(const parity_case *c, lin_tensor **in)
{
    return lin_var(in[0], attr_int(c, "correction", 0));
}
static lin_tensor *call_var_dims(const parity_case *c, lin_tensor **in)
{
    return lin_var_dims(in[0], attr_shape(c, "dims"), attr_int(c, "correction", 0), attr_int(c, "keepdim", 0));
}
static lin_tensor *call_softmax(const parity_case *c, lin_tensor **in)
{
    return lin_softmax(in[0], attr_int(c, "dim", 0));
}
static lin_tensor *call_log_softmax(const parity_case *c, lin_tensor **in)
{
    return lin_log_softmax(in[0], attr_int(c, "dim", 0));
}
static lin_tensor *call_index_select(const parity_case *c, lin_tensor **in)
{
    return lin_index_select(in[0], attr_int(c, "dim", 0), in[1]);
}
static lin_tensor *call_index_at(const parity_case *c, lin_tensor **in)
{
    return lin_index_at(in[0], (lin_tensors){.count = c->ins - 1, .at = in + 1});
}
static lin_tensor *call_gather(const parity_case *c, lin_tensor **in)
{
    return lin_gather(in[0], attr_int(c, "dim", 0), in[1]);
}
static lin_tensor *call_one_hot(const parity_case *c, lin_tensor **in)
{
    return lin_one_hot(in[0], attr_int(c, "classes", 0));
}
static lin_tensor *call_cat(const parity_case *c, lin_tensor **in)
{
    return lin_cat((lin_tensors){.count = c->ins, .at = in}, attr_int(c, "dim", 0));
}
static lin_tensor *call_stack(const parity_case *c, lin_tensor **in)
{
    return lin_stack((lin_tensors){.count = c->ins, .at = in}, attr_int(c, "dim", 0));
}

#define CALL(name)                \
    {                             \
#name, #name, call_##name \
    }
#define CALL_AS(name, op)       \
    {                           \
#name, #op, call_##name \
    }

const call op_calls[] = {
    CALL(add),
    CALL(sub),
    CALL(mul),
    CALL(div),
    CALL(pow),
    CALL(maximum),
    CALL(minimum),
    CALL(add_scalar),
    CALL_AS(sub_scalar, add_scalar),
    CALL(mul_scalar),
    CALL(div_scalar),
    CALL(pow_scalar),
    CALL(neg),
    CALL(abs),
    CALL(square),
    CALL(sqrt),
    CALL(exp),
    CALL(log),
    CALL(relu),
    CALL(sign),
    CALL(clamp),
    CALL(where),
    CALL(eq),
    CALL(ne),
    CALL(lt),
    CALL(le),
    CALL(gt),
    CALL(ge),
    CALL_AS(eq_scalar, eq),
    CALL_AS(ne_scalar, ne),
    CALL_AS(lt_scalar, lt),
    CALL_AS(le_scalar, le),
    CALL_AS(gt_scalar, gt),
    CALL_AS(ge_scalar, ge),
    CALL_AS(add_, add),
    CALL_AS(sub_, sub),
    CALL_AS(mul_, mul),
    CALL_AS(div_, div),
    CALL_AS(add_scalar_, add_scalar),
    CALL_AS(sub_scalar_, add_scalar),
    CALL_AS(mul_scalar_, mul_scalar),
    CALL_AS(div_scalar_, div_scalar),
    CALL_AS(neg_, neg),
    CALL_AS(abs_, abs),
    CALL_AS(square_, square),
    CALL_AS(sqrt_, sqrt),
    CALL_AS(exp_, exp),
    CALL_AS(log_, log),
    CALL_AS(relu_, relu),
    CALL_AS(clamp_, clamp),
    CALL_AS(copy_, copy),
    CALL_AS(fill_, fill),
    CALL_AS(zero_, fill),
    CALL(matmul),
    CALL(affine),
    CALL(reshape),
    CALL(permute),
    CALL_AS(transpose, permute),
    CALL_AS(squeeze, reshape),
    CALL_AS(squeeze_dim, reshape),
    CALL_AS(unsqueeze, reshape),
    CALL_AS(flatten_dims, reshape),
    CALL(expand),
    CALL(slice),
    CALL_AS(slice_step, slice),
    CALL(select),
    CALL(clone),
    CALL_AS(contiguous, clone),
    CALL(to),
    CALL(sum),
    CALL_AS(sum_dim, sum),
    CALL_AS(sum_dims, sum),
    CALL(mean),
    CALL_AS(mean_dim, mean),
    CALL_AS(mean_dims, mean),
    CALL(max),
    CALL(min),
    CALL_AS(max_dims, max),
    CALL_AS(min_dims, min),
    CALL(max_dim),
    CALL(min_dim),
    CALL(argmax),
    CALL(argmin),
    CALL_AS(argmax_dim, argmax),
    CALL_AS(argmin_dim, argmin),
    CALL(var),
    CALL_AS(var_dims, var),
    CALL(logsumexp),
    CALL_AS(logsumexp_dims, logsumexp),
    CALL(softmax),
    CALL(log_softmax),
    CALL(softmax_nll),
    CALL(mse_loss),
    CALL(index),
    CALL(index_select),
    CALL(index_at),
    CALL(gather),
    CALL(one_hot),
    CALL(cat),
    CALL(stack),
    {0},
};
