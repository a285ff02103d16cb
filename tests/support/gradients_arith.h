/* tests/support/gradients_arith.h: gradient cases of arith.c, inplace.c and matmul.c. */
#ifndef LINNET_TESTS_GRADIENTS_ARITH_H
#define LINNET_TESTS_GRADIENTS_ARITH_H

#include "support/gradients.h"

#define CASE_1(name, expression)                        \
    static lin_tensor *name(void *user, lin_tensors in) \
    {                                                   \
        lin_tensor *a = in.at[0];                       \
        int k = number(user);                           \
        (void)k;                                        \
        return expression;                              \
    }
#define CASE_2(name, expression)                        \
    static lin_tensor *name(void *user, lin_tensors in) \
    {                                                   \
        lin_tensor *a = in.at[0], *b = in.at[1];        \
        (void)user;                                     \
        return expression;                              \
    }

/* A changeable tensor with a graph. */
static inline lin_tensor *twice(lin_tensor *t)
{
    return lin_mul_scalar(t, 2);
}

static inline double some_scalar(int k)
{
    static const double list[] = {0.75, -3, 2, -0.5, 1, 0.1};
    return list[k % 6];
}

static inline double some_power(int k)
{
    static const double list[] = {2, 3, 0.5, -1, 0, 1, 2.5, -2, -0.5};
    return list[k % 9];
}

CASE_2(add, lin_add(a, b))
CASE_2(sub, lin_sub(a, b))
CASE_2(mul, lin_mul(a, b))
CASE_2(div_, lin_div(a, b))
CASE_2(pow_, lin_pow(a, lin_sub_scalar(b, 1)))
CASE_2(maximum, lin_maximum(a, b))
CASE_2(minimum, lin_minimum(a, b))
CASE_1(add_scalar, k % 2 ? lin_sub_scalar(a, some_scalar(k)) : lin_add_scalar(a, some_scalar(k)))
CASE_1(mul_scalar, lin_mul_scalar(a, some_scalar(k)))
CASE_1(div_scalar, lin_div_scalar(a, some_scalar(k)))
CASE_1(pow_scalar, lin_pow_scalar(a, some_power(k)))
CASE_1(pow_scalar_of_any, lin_pow_scalar(a, 2 + k % 3))
CASE_1(neg, lin_neg(a))
CASE_1(abs_, lin_abs(a))
CASE_1(square, lin_square(a))
CASE_1(sqrt_, lin_sqrt(a))
CASE_1(exp_, lin_exp(a))
CASE_1(log_, lin_log(a))
CASE_1(relu, lin_relu(a))
CASE_1(sign, lin_sign(a))
CASE_1(clamp, lin_clamp(a, k % 3 == 1 ? -INFINITY : -0.625, k % 3 == 2 ? INFINITY : 0.375))

/* The condition is of another shape, too. */
static lin_tensor *where(void *user, lin_tensors in)
{
    (void)user;
    lin_tensor *a = in.at[0], *b = in.at[1], *c = in.at[2];
    return lin_where(lin_gt_scalar(lin_detach(c), 0), a, b);
}
static const char *const triples[] = {
    "- - -",     "3 3 3",   "3 1 3",   "1 3 3",   "3 3 1",       "- 3 2x1",     "2x3 2x3 2x3", "2x3 3 2x1",
    "3 2x1 2x3", "2x1 3 -", "2x3 - -", "- - 2x3", "2x3x4 4 3x1", "4 3x1 2x1x1", "2x1x1 3x1 4", "2x3x4 2x3x4 1",
    "1x1 2x2 2", "5 5 5",   "0 1 1",   "1 2x0 -", "0x3 3 -",     "2x2 2x2 2x2", "1x1x1 - 2",   NULL};

/* ---- In place ---- */
CASE_2(in_place_add, lin_add_(twice(a), b))
CASE_2(in_place_sub, lin_sub_(twice(a), b))
CASE_2(in_place_mul, lin_mul_(twice(a), b))
CASE_2(in_place_div, lin_div_(twice(a), b))
/* In two steps: C leaves open which argument comes first, and so in which order three gradients of b are added. */
static lin_tensor *in_place_chain(void *user, lin_tensors in)
{
    lin_tensor *a = in.at[0], *b = in.at[1], *factor = lin_exp(b);
    (void)user;
    return lin_mul_(lin_sub_(lin_mul_(lin_add_(twice(a), b), b), b), factor);
}
CASE_1(in_place_scalars,
       lin_div_scalar_(lin_sub_scalar_(lin_mul_scalar_(lin_add_scalar_(twice(a), 1.5), some_scalar(k)), 0.5), -0.75))
CASE_1(in_place_neg, lin_neg_(twice(a)))
CASE_1(in_place_abs, lin_abs_(twice(a)))
CASE_1(in_place_square, lin_square_(twice(a)))
CASE_1(in_place_sqrt, lin_sqrt_(twice(a)))
CASE_1(in_place_exp, lin_exp_(twice(a)))
CASE_1(in_place_log, lin_log_(twice(a)))
CASE_1(in_place_relu, lin_relu_(twice(a)))
CASE_1(in_place_clamp, lin_clamp_(twice(a), -0.625, 0.375))
CASE_1(in_place_unaries, lin_square_(lin_neg_(lin_log_(lin_square_(twice(a))))))
CASE_2(copy, lin_mul(lin_copy_(twice(a), b), a))
CASE_1(fill, lin_add(lin_fill_(twice(a), some_scalar(k)), a))
CASE_1(zero, lin_add(lin_zero_(twice(a)), a))

/* ---- Products ---- */
CASE_2(matmul, lin_matmul(a, b))
CASE_2(matmul_of_transposed, lin_matmul(lin_transpose(a, -2, -1), lin_transpose(b, -2, -1)))
static const char *const products[] = {
    "3 3",         "1 1",       "2x3 3",       "3 3x4",         "2x3 3x4",   "1x1 1x1", "1x3 3x1",   "3x1 1x3",
    "5x2x3 3x4",   "2x3 5x3x4", "2x2x3 2x3x2", "2x1x2x3 3x3x2", "2x2x3 3",   "3 2x3x2", "7x9 9x4",   "1x2x3 4x3x1",
    "4x1x2 1x2x3", "0x3 3x2",   "2x0 0x3",     "2x3 3x0",       "2x0x3 3x2", "0 0",     "0x2x3 3x2", "2x2x0 2x0x3",
    "3x5 5x18",    "2x2x3 3x0", "18x3 3x17",   "2x3x2x2 2x1",   "140x2 2x2", NULL};
static const char *const transposed_products[] = {"3x2 4x3", "3x1 1x3",   "2x3x2 4x3", "3x2 2x4x3",
                                                  "0x2 3x0", "4x17 17x4", NULL};

static lin_tensor *affine(void *user, lin_tensors in)
{
    (void)user;
    return lin_affine(in.at[0], in.at[1], in.count > 2 ? in.at[2] : NULL);
}
static lin_tensor *affine_of_transposed(void *user, lin_tensors in)
{
    (void)user;
    return lin_affine(lin_transpose(in.at[0], 0, 1), lin_transpose(in.at[1], 0, 1),
                      lin_slice_step(in.at[2], 0, 0, 100, 2));
}
static const char *const affines[] = {
    "2x3 4x3 4", "2x3 4x3",       "3 4x3 4",   "3 4x3",       "1x1 1x1 1",   "2x5x3 4x3 4", "2x5x3 4x3", "0x3 2x3 2",
    "2x0 3x0 3", "2x3 0x3 0",     "9x4 3x4 3", "131x2 2x2 2", "6x17 3x17 3", "2x3 1x3",     "1x7 2x7 2", "5x1 3x1 3",
    "5x1 1x1",   "2x2x2x3 2x3 2", "1 1x1 1",   "4x3 18x3 18", "2x9 9x9 9",   NULL};
static const char *const transposed_affines[] = {"3x2 3x4 8", "1x1 1x1 1", "5x3 5x2 4", NULL};

static const gradient_case arith_cases[] = {
    {LIN__OP_add, add, NORMAL, pairs},
    {LIN__OP_sub, sub, NORMAL, pairs},
    {LIN__OP_mul, mul, NORMAL, pairs},
    {LIN__OP_div, div_, NORMAL, pairs},
    {LIN__OP_pow, pow_, POSITIVE, pairs},
    {LIN__OP_maximum, maximum, APART, pairs},
    {LIN__OP_minimum, minimum, APART, pairs},
    {LIN__OP_add_scalar, add_scalar, NORMAL, any_shape},
    {LIN__OP_mul_scalar, mul_scalar, NORMAL, any_shape},
    {LIN__OP_div_scalar, div_scalar, NORMAL, any_shape},
    {LIN__OP_pow_scalar, pow_scalar, POSITIVE, any_shape},
    {LIN__OP_pow_scalar, pow_scalar_of_any, NORMAL, any_shape},
    {LIN__OP_neg, neg, NORMAL, any_shape},
    {LIN__OP_abs, abs_, NORMAL, any_shape},
    {LIN__OP_square, square, NORMAL, any_shape},
    {LIN__OP_sqrt, sqrt_, POSITIVE, any_shape},
    {LIN__OP_exp, exp_, NORMAL, any_shape},
    {LIN__OP_log, log_, POSITIVE, any_shape},
    {LIN__OP_relu, relu, NORMAL, any_shape},
    {LIN__OP_sign, sign, NORMAL, any_shape},
    {LIN__OP_clamp, clamp, APART, any_shape},
    {LIN__OP_where, where, NORMAL, triples},
    {LIN__OP_add, in_place_add, NORMAL, onto},
    {LIN__OP_sub, in_place_sub, NORMAL, onto},
    {LIN__OP_mul, in_place_mul, NORMAL, onto},
    {LIN__OP_div, in_place_div, NORMAL, onto},
    {LIN__OP_mul, in_place_chain, NORMAL, onto},
    {LIN__OP_add_scalar, in_place_scalars, NORMAL, any_shape},
    {LIN__OP_neg, in_place_neg, NORMAL, any_shape},
    {LIN__OP_abs, in_place_abs, NORMAL, any_shape},
    {LIN__OP_square, in_place_square, NORMAL, any_shape},
    {LIN__OP_sqrt, in_place_sqrt, POSITIVE, any_shape},
    {LIN__OP_exp, in_place_exp, NORMAL, any_shape},
    {LIN__OP_log, in_place_log, POSITIVE, any_shape},
    {LIN__OP_relu, in_place_relu, NORMAL, any_shape},
    {LIN__OP_clamp, in_place_clamp, APART, any_shape},
    {LIN__OP_square, in_place_unaries, NORMAL, any_shape},
    {LIN__OP_copy, copy, NORMAL, onto},
    {LIN__OP_fill, fill, NORMAL, any_shape},
    {LIN__OP_fill, zero, NORMAL, any_shape},
    {LIN__OP_matmul, matmul, NORMAL, products},
    {LIN__OP_matmul, matmul_of_transposed, NORMAL, transposed_products},
    {LIN__OP_affine, affine, NORMAL, affines},
    {LIN__OP_affine, affine_of_transposed, NORMAL, transposed_affines},
};

#endif
