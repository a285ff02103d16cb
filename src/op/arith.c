/* Arithmetic, element by element. Each op's backward stands beside it; backwards run with gradients off. */
#include "op/map.h"

#include <math.h>

#define OP(id) (&lin__ops[LIN__OP_##id])

/* The first input as it was when the op ran: an op in place has kept a copy of what it changed. */
static lin_tensor *first(const lin__node *node)
{
    return node->extra ? node->extra : node->in[0].tensor;
}

static lin_tensor *zero(const lin_tensor *like)
{
    return lin_full_dtype(like->ctx, 0, LIN_SCALAR, (lin_dtype)like->dtype);
}

/* ---- Two tensors ------------------------------------------------------------------------------------------------ */

LIN__HOT static lin_tensor *binary(lin__op_id id, lin_tensor *a, lin_tensor *b, lin_tensor *in[2])
{
    const char *name = lin__ops[id].name;
    in[0] = a;
    in[1] = b;
    if (!lin__args_typed(name, in, 2, !lin__map_has_integers(id))) return NULL;
    lin_tensor *y = lin__broadcast_result(name, a, b, (lin_dtype)a->dtype);
    if (!y) return NULL;
    lin__map_binary(id, in, y);
    return y;
}

/* Hand on ga and gb where they are wanted; both are expressions, evaluated only then. */
#define PASS_BOTH(ga, gb)                                                      \
    do {                                                                       \
        int code = lin__needs(node, 0) ? lin__pass_summed(node, 0, ga, g) : 0; \
        if (code || !lin__needs(node, 1)) return code;                         \
        return lin__pass_summed(node, 1, gb, g);                               \
    } while (0)

LIN__HOT lin_tensor *lin_add(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_add, a, b, in);
    return lin__record(y, OP(add), in, 2, LIN__SAVE_NONE, NULL);
}

LIN__HOT int lin__backward_add(lin__node *node, lin_tensor *g)
{
    PASS_BOTH(g, g);
}

LIN__HOT lin_tensor *lin_sub(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_sub, a, b, in);
    return lin__record(y, OP(sub), in, 2, LIN__SAVE_NONE, NULL);
}

LIN__HOT int lin__backward_sub(lin__node *node, lin_tensor *g)
{
    PASS_BOTH(g, lin_neg(g));
}

lin_tensor *lin_mul(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_mul, a, b, in);
    if (!y) return NULL;
    uint32_t saved = (b->requires_grad ? LIN__SAVE_A : 0) | (a->requires_grad ? LIN__SAVE_B : 0);
    return lin__record(y, OP(mul), in, 2, saved, NULL);
}

/* To factor i: g times the other one, written where it stays unless it has to be summed. */
static int pass_to_factor(lin__node *node, int i, lin_tensor *g, lin_tensor *other)
{
    if (!lin__same_shape(g, node->in[i].tensor)) return lin__pass_summed(node, i, lin_mul(g, other), g);
    lin_tensor *in[] = {g, other}, *y = lin__room(node, i, g);
    if (!y) return lin__pass(node, i, NULL);
    lin__map_binary(LIN__OP_mul, in, y);
    return lin__pass(node, i, y);
}

int lin__backward_mul(lin__node *node, lin_tensor *g)
{
    int code = lin__needs(node, 0) ? pass_to_factor(node, 0, g, node->in[1].tensor) : 0;
    return code || !lin__needs(node, 1) ? code : pass_to_factor(node, 1, g, first(node));
}

lin_tensor *lin_div(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_div, a, b, in);
    if (!y) return NULL;
    return lin__record(y, OP(div), in, 2, (b->requires_grad ? LIN__SAVE_A : 0) | LIN__SAVE_B, NULL);
}

/* d/da = 1/b, d/db = −(a/b)/b. */
int lin__backward_div(lin__node *node, lin_tensor *g)
{
    lin_tensor *b = node->in[1].tensor;
    PASS_BOTH(lin_div(g, b), lin_mul(lin_neg(g), lin_div(lin_div(first(node), b), b)));
}

lin_tensor *lin_pow(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_pow, a, b, in);
    if (!y) return NULL;
    return lin__record(y, OP(pow), in, 2, LIN__SAVE_A | LIN__SAVE_B | (b->requires_grad ? LIN__SAVE_OUT : 0), NULL);
}

/* d/da = b·a^(b−1), 0 where b is 0; d/db = a^b·log a, 0 where a is 0 and b ≥ 0. */
static lin_tensor *pow_base(lin__node *node, lin_tensor *g)
{
    lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor;
    lin_tensor *slope = lin_mul(g, lin_mul(b, lin_pow(a, lin_sub_scalar(b, 1))));
    return lin_where(lin_eq_scalar(b, 0), zero(a), slope);
}

static lin_tensor *pow_exponent(lin__node *node, lin_tensor *g)
{
    lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor;
    lin_tensor *flat = lin_mul(lin_eq_scalar(a, 0), lin_ge_scalar(b, 0));
    return lin_mul(g, lin_where(flat, zero(a), lin_mul(node->out, lin_log(a))));
}

int lin__backward_pow(lin__node *node, lin_tensor *g)
{
    PASS_BOTH(pow_base(node, g), pow_exponent(node, g));
}

lin_tensor *lin_maximum(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_maximum, a, b, in);
    return lin__record(y, OP(maximum), in, 2, LIN__SAVE_A | LIN__SAVE_B, NULL);
}

/* g where it won, half of it at a tie: `lost` is 1 where it did not win. */
static lin_tensor *share(lin_tensor *g, lin_tensor *tie, lin_tensor *lost)
{
    return lin_where(lost, zero(g), lin_where(tie, lin_mul_scalar(g, 0.5), g));
}

int lin__backward_maximum(lin__node *node, lin_tensor *g)
{
    lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor, *tie = lin_eq(a, b);
    PASS_BOTH(share(g, tie, lin_lt(a, b)), share(g, tie, lin_gt(a, b)));
}

lin_tensor *lin_minimum(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[2], *y = binary(LIN__OP_minimum, a, b, in);
    return lin__record(y, OP(minimum), in, 2, LIN__SAVE_A | LIN__SAVE_B, NULL);
}

int lin__backward_minimum(lin__node *node, lin_tensor *g)
{
    lin_tensor *a = node->in[0].tensor, *b = node->in[1].tensor, *tie = lin_eq(a, b);
    PASS_BOTH(share(g, tie, lin_gt(a, b)), share(g, tie, lin_lt(a, b)));
}

/* ---- A tensor and a scalar: node->f[0] -------------------------------------------------------------------------- */

LIN__HOT static lin_tensor *scalar(lin__op_id id, const char *name, lin_tensor *a, double s, uint32_t saved)
{
    if (!lin__map_takes_scalar(id, a, s, name)) return NULL;
    lin_tensor *y = lin__tensor_like(a, (lin_dtype)a->dtype);
    if (!y) return NULL;
    lin__map_scalar(id, a, s, y);
    lin__node *node;
    y = lin__record(y, &lin__ops[id], &a, 1, saved, &node);
    if (node) node->f[0] = s;
    return y;
}

lin_tensor *lin_add_scalar(lin_tensor *a, double s)
{
    return scalar(LIN__OP_add_scalar, "add_scalar", a, s, LIN__SAVE_NONE);
}

lin_tensor *lin_sub_scalar(lin_tensor *a, double s)
{
    return scalar(LIN__OP_add_scalar, "sub_scalar", a, -s, LIN__SAVE_NONE);
}

int lin__backward_add_scalar(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, g);
}

LIN__HOT lin_tensor *lin_mul_scalar(lin_tensor *a, double s)
{
    return scalar(LIN__OP_mul_scalar, "mul_scalar", a, s, LIN__SAVE_NONE);
}

int lin__backward_mul_scalar(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_mul_scalar(g, node->f[0]));
}

LIN__HOT lin_tensor *lin_div_scalar(lin_tensor *a, double s)
{
    return scalar(LIN__OP_div_scalar, "div_scalar", a, s, LIN__SAVE_NONE);
}

LIN__HOT int lin__backward_div_scalar(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_div_scalar(g, node->f[0]));
}

lin_tensor *lin_pow_scalar(lin_tensor *a, double s)
{
    return scalar(LIN__OP_pow_scalar, "pow_scalar", a, s, LIN__SAVE_A);
}

/* s·a^(s−1); 0, whatever a is, for s = 0. */
int lin__backward_pow_scalar(lin__node *node, lin_tensor *g)
{
    double s = node->f[0];
    if (s == 0) return lin__pass(node, 0, lin_full_dtype(g->ctx, 0, lin_size(g), (lin_dtype)g->dtype));
    return lin__pass(node, 0, lin_mul(g, lin_mul_scalar(lin_pow_scalar(node->in[0].tensor, s - 1), s)));
}

/* ---- One tensor --------------------------------------------------------------------------------------------------- */

LIN__HOT static lin_tensor *unary(lin__op_id id, lin_tensor *a, uint32_t saved)
{
    const lin__op *op = &lin__ops[id];
    if (!lin__args_typed(op->name, &a, 1, !lin__map_has_integers(id))) return NULL;
    lin_tensor *y = lin__tensor_like(a, (lin_dtype)a->dtype);
    if (!y) return NULL;
    lin__map_unary(id, a, y);
    return lin__record(y, op, &a, 1, saved, NULL);
}

lin_tensor *lin_neg(lin_tensor *a)
{
    return unary(LIN__OP_neg, a, LIN__SAVE_NONE);
}

int lin__backward_neg(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_neg(g));
}

lin_tensor *lin_abs(lin_tensor *a)
{
    return unary(LIN__OP_abs, a, LIN__SAVE_A);
}

int lin__backward_abs(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_mul(g, lin_sign(first(node))));
}

LIN__HOT lin_tensor *lin_square(lin_tensor *a)
{
    return unary(LIN__OP_square, a, LIN__SAVE_A);
}

/* 2a·g. */
LIN__HOT int lin__backward_square(lin__node *node, lin_tensor *g)
{
    lin_tensor *in[] = {first(node), g}, *slope = lin__tensor_like(g, (lin_dtype)g->dtype);
    if (slope) lin__map_twice(in, slope);
    return lin__pass(node, 0, slope);
}

lin_tensor *lin_sqrt(lin_tensor *a)
{
    return unary(LIN__OP_sqrt, a, LIN__SAVE_OUT);
}

int lin__backward_sqrt(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_div(g, lin_mul_scalar(node->out, 2)));
}

lin_tensor *lin_exp(lin_tensor *a)
{
    return unary(LIN__OP_exp, a, LIN__SAVE_OUT);
}

int lin__backward_exp(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_mul(g, node->out));
}

lin_tensor *lin_log(lin_tensor *a)
{
    return unary(LIN__OP_log, a, LIN__SAVE_A);
}

int lin__backward_log(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_div(g, first(node)));
}

lin_tensor *lin_relu(lin_tensor *a)
{
    return unary(LIN__OP_relu, a, LIN__SAVE_OUT);
}

int lin__backward_relu(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_where(lin_le_scalar(node->out, 0), zero(g), g));
}

lin_tensor *lin_sign(lin_tensor *a)
{
    return unary(LIN__OP_sign, a, LIN__SAVE_NONE);
}

int lin__backward_sign(lin__node *node, lin_tensor *g)
{
    return lin__pass(node, 0, lin_full_dtype(g->ctx, 0, lin_size(g), (lin_dtype)g->dtype));
}

lin_tensor *lin_clamp(lin_tensor *a, double low, double high)
{
    if (!lin__args("clamp", &a, 1)) return NULL;
    lin_tensor *y = lin__tensor_like(a, (lin_dtype)a->dtype);
    if (!y) return NULL;
    lin__map m;
    lin__map_set_clamp(&m, (lin_dtype)a->dtype, low, high);
    lin__map_run(&m, &a, 1, y);
    lin__node *node;
    y = lin__record(y, OP(clamp), &a, 1, LIN__SAVE_A, &node);
    if (node) {
        node->f[0] = low;
        node->f[1] = high;
    }
    return y;
}

/* Within the bounds, and at them. */
int lin__backward_clamp(lin__node *node, lin_tensor *g)
{
    lin_tensor *a = first(node);
    lin_tensor *within = lin_mul(lin_ge_scalar(a, node->f[0]), lin_le_scalar(a, node->f[1]));
    return lin__pass(node, 0, lin_where(within, g, zero(g)));
}

/* ---- where ---------------------------------------------------------------------------------------------------------- */

static void where_run(const lin__map *m, int64_t n, void *const *p, const int64_t *s)
{
    lin__where_run(m->type, n, p[0], s[0], p[1], s[1], p[2], s[2], p[3], s[3]);
}

/* A result of the shape that all three broadcast to. */
static lin_tensor *where_result(const lin_tensor *c, const lin_tensor *a, const lin_tensor *b)
{
    lin_tensor both = {.ctx = a->ctx};
    int ndim = lin__broadcast(a, b, both.dim);
    if (ndim < 0) return lin__broadcast_result("where", a, b, (lin_dtype)a->dtype); /* for its cause */
    both.ndim = (uint8_t)ndim;
    return lin__broadcast_result("where", c, &both, (lin_dtype)a->dtype);
}

lin_tensor *lin_where(lin_tensor *condition, lin_tensor *a, lin_tensor *b)
{
    lin_tensor *in[] = {condition, a, b};
    if (!lin__args("where", in, 3) || !lin__args_typed("where", in + 1, 2, false)) return NULL;
    if (condition->dtype != LIN_U8) {
        lin__fail(a->ctx, LIN_EINVAL, "where: the condition is %s; it must be u8, as comparisons give",
                  lin_dtype_name((lin_dtype)condition->dtype));
        return NULL;
    }
    lin_tensor *y = where_result(condition, a, b);
    if (!y) return NULL;
    lin__map m = {.run = where_run, .type = (lin_dtype)a->dtype};
    lin__map_run(&m, in, 3, y);
    return lin__record(y, OP(where), in, 3, LIN__SAVE_A, NULL);
}

int lin__backward_where(lin__node *node, lin_tensor *g)
{
    lin_tensor *c = node->in[0].tensor;
    int code = 0;
    if (lin__needs(node, 1)) code = lin__pass_summed(node, 1, lin_where(c, g, zero(g)), g);
    if (lin__needs(node, 2) && !code) code = lin__pass_summed(node, 2, lin_where(c, zero(g), g), g);
    return code;
}
