/* tests/onnx/arith.c: element by element: arithmetic, comparisons, Clip, Cast, Where, and what is composed of them. */
#include "case.h"

#include <math.h>

/* The type code of ONNX's Cast (TensorProto.DataType). */
enum { ONNX_FLOAT = 1, ONNX_FLOAT16 = 10, ONNX_DOUBLE = 11 };

#define UNARY(name, expression)          \
    static void run_##name(onnx_case *c) \
    {                                    \
        lin_tensor *x = c->in[0];        \
        c->got[0] = expression;          \
    }
#define BINARY(name, f)                    \
    static void run_##name(onnx_case *c)   \
    {                                      \
        c->got[0] = f(c->in[0], c->in[1]); \
    }
/* Any number of inputs, from the left. */
#define MANY(name, f)                           \
    static void run_##name(onnx_case *c)        \
    {                                           \
        c->got[0] = c->in[0];                   \
        for (int i = 1; i < c->ins; i++)        \
            c->got[0] = f(c->got[0], c->in[i]); \
    }

static lin_tensor *reciprocal(lin_tensor *x)
{
    return lin_div(lin_full_dtype(lin_context(x), 1, LIN_SCALAR, lin_type(x)), x);
}
/* tanh x = (e − 1) / (e + 1), e = exp 2x, and log(1 + exp x): in f64, where the differences keep their digits. */
static lin_tensor *hyperbolic(lin_tensor *x)
{
    lin_tensor *e = lin_exp(lin_mul_scalar(lin_to(x, LIN_F64), 2));
    return lin_to(lin_div(lin_add_scalar(e, -1), lin_add_scalar(e, 1)), lin_type(x));
}
static lin_tensor *softplus(lin_tensor *x)
{
    return lin_to(lin_log(lin_add_scalar(lin_exp(lin_to(x, LIN_F64)), 1)), lin_type(x));
}

/* clang-format off */
UNARY(abs, lin_abs(x)) UNARY(neg, lin_neg(x)) UNARY(sqrt, lin_sqrt(x)) UNARY(exp, lin_exp(x)) UNARY(log, lin_log(x))
UNARY(relu, lin_relu(x)) UNARY(sign, lin_sign(x)) UNARY(identity, lin_clone(x)) UNARY(isnan, lin_ne(x, x))
UNARY(reciprocal, reciprocal(x)) UNARY(tanh, hyperbolic(x)) UNARY(softplus, softplus(x))
UNARY(sigmoid, reciprocal(lin_add_scalar(lin_exp(lin_neg(x)), 1)))
BINARY(add, lin_add) BINARY(sub, lin_sub) BINARY(mul, lin_mul)
BINARY(equal, lin_eq) BINARY(greater, lin_gt) BINARY(greater_equal, lin_ge)
BINARY(less, lin_lt) BINARY(less_equal, lin_le)
MANY(sum, lin_add) MANY(max, lin_maximum) MANY(min, lin_minimum)
    /* clang-format on */

    static bool is_integer(const lin_tensor *t)
{
    return lin_type(t) == LIN_I64 || lin_type(t) == LIN_U8;
}

/* lin_div refuses integers and names lin_to: the quotient in f64, truncated toward zero on the way back. */
static void run_div(onnx_case *c)
{
    lin_tensor *a = c->in[0], *b = c->in[1];
    c->got[0] = is_integer(a) ? lin_to(lin_div(lin_to(a, LIN_F64), lin_to(b, LIN_F64)), lin_type(a)) : lin_div(a, b);
}

static void run_mean(onnx_case *c)
{
    run_sum(c);
    c->got[0] = lin_div_scalar(c->got[0], c->ins);
}

/* The base's type is the result's; integers are raised in f64. */
static void run_pow(onnx_case *c)
{
    lin_tensor *a = c->in[0], *b = c->in[1];
    lin_dtype type = is_integer(a) ? LIN_F64 : lin_type(a);
    c->got[0] = lin_to(lin_pow(lin_to(a, type), lin_to(b, type)), lin_type(a));
}

static void run_clip(onnx_case *c)
{
    bool low = c->ins > 1 && c->in[1], high = c->ins > 2 && c->in[2];
    c->got[0] = lin_clamp(c->in[0], low ? lin_item(c->in[1]) : -INFINITY, high ? lin_item(c->in[2]) : INFINITY);
}

static void run_cast(onnx_case *c)
{
    int64_t to = attr_int(c, "to", 0);
    if (to == ONNX_FLOAT || to == ONNX_DOUBLE)
        c->got[0] = lin_to(c->in[0], to == ONNX_FLOAT ? LIN_F32 : LIN_F64);
    else
        leave_out(c, to == ONNX_FLOAT16 ? "type: no float16" : "type: not one of linnet's");
}

static void run_where(onnx_case *c)
{
    c->got[0] = lin_where(c->in[0], c->in[1], c->in[2]);
}

static const onnx_op ops[] = {
    {"Abs", run_abs},           {"Neg", run_neg},
    {"Sqrt", run_sqrt},         {"Exp", run_exp},
    {"Log", run_log},           {"Relu", run_relu},
    {"Sign", run_sign},         {"Identity", run_identity},
    {"IsNaN", run_isnan},       {"Reciprocal", run_reciprocal},
    {"Sigmoid", run_sigmoid},   {"Tanh", run_tanh},
    {"Softplus", run_softplus}, {"Add", run_add},
    {"Sub", run_sub},           {"Mul", run_mul},
    {"Div", run_div},           {"Equal", run_equal},
    {"Greater", run_greater},   {"GreaterOrEqual", run_greater_equal},
    {"Less", run_less},         {"LessOrEqual", run_less_equal},
    {"Sum", run_sum},           {"Max", run_max},
    {"Min", run_min},           {"Mean", run_mean},
    {"Pow", run_pow},           {"Clip", run_clip},
    {"Cast", run_cast},         {"Where", run_where},
};

bool run_arith(onnx_case *c)
{
    return RUN_FROM(ops, c);
}
