/* The gradient of every row of op.def, held to central differences in f64; and what holds of any graph. */

#include "support/gradients_shape.h"

enum {
    ENOUGH = 20,
    ARITH = sizeof arith_cases / sizeof *arith_cases,
    SHAPE = sizeof shape_cases / sizeof *shape_cases
};

static int shapes_of(const gradient_case *c)
{
    int count = 0;
    while (c->shapes[count])
        count++;
    return count;
}

static void check_cases(lin_ctx *ctx, const gradient_case *cases, int count, int *tried)
{
    for (int i = 0; i < count; i++)
        for (int k = 0; k < shapes_of(&cases[i]); k++) {
            check_gradient(ctx, &cases[i], k);
            tried[cases[i].id]++;
        }
}

/* Ops without a gradient, of arguments that require one. */
static lin_tensor *without_graph(lin__op_id id, lin_tensor *a, lin_tensor *b)
{
    switch (id) {
    case LIN__OP_eq:
        return lin_eq(a, b);
    case LIN__OP_ne:
        return lin_ne(a, b);
    case LIN__OP_lt:
        return lin_lt(a, b);
    case LIN__OP_le:
        return lin_le(a, b);
    case LIN__OP_gt:
        return lin_gt(a, b);
    case LIN__OP_ge:
        return lin_ge(a, b);
    case LIN__OP_argmax:
        return lin_argmax_dim(a, 0, false);
    case LIN__OP_argmin:
        return lin_argmin(a);
    case LIN__OP_one_hot:
        return lin_one_hot(lin_to(lin_abs(a), LIN_I64), 7);
    default:
        return NULL;
    }
}

static void check_no_graph(lin_ctx *ctx, const lin__op_row *row, lin__op_id id)
{
    lin_tensor *a = make_input(ctx, NORMAL, LIN_SHAPE(2, 3), 1, 0), *b = make_input(ctx, NORMAL, LIN_SHAPE(3), 1, 1);
    lin_tensor *y = without_graph(id, a, b);
    if (!y) fail_msg("%s: no case (%s)", row->name, lin_error(ctx));
    assert_null(lin_grad_fn(y));
    assert_false(lin_requires_grad(y));
    assert_true(lin_is_leaf(y));
    assert_null(lin__ops[id].backward);
}

static void every_row_of_op_def(void **state)
{
    lin_ctx *ctx = *state;
    int tried[LIN__OP_COUNT] = {0};
    check_cases(ctx, arith_cases, ARITH, tried);
    check_cases(ctx, shape_cases, SHAPE, tried);
    for (int id = 0; id < LIN__OP_COUNT; id++) {
        const lin__op_row *row = &lin__op_rows[id];
        if (!row->differentiable)
            check_no_graph(ctx, row, (lin__op_id)id);
        else if (tried[id] < ENOUGH)
            fail_msg("%s: %d gradient cases; a row of op.def needs %d", row->name, tried[id], ENOUGH);
    }
}

/* Broadcasting rows are tried on shapes that broadcast. */
static void broadcasting_rows_broadcast(void **state)
{
    (void)state;
    for (int id = 0; id < LIN__OP_COUNT; id++) {
        int repeated = 0;
        for (int i = 0; i < ARITH; i++)
            if ((int)arith_cases[i].id == id)
                for (int k = 0; k < shapes_of(&arith_cases[i]); k++) {
                    const char *text = arith_cases[i].shapes[k];
                    lin_shape a = parse_shape(&text), b = parse_shape(&text);
                    repeated += a.ndim != b.ndim || memcmp(a.dim, b.dim, sizeof a.dim) != 0;
                }
        if (lin__op_rows[id].differentiable && lin__op_rows[id].broadcasts) assert_true(repeated >= 5);
    }
}

/* ---- What holds of any graph ------------------------------------------------------------------------------------ */

static lin_tensor *diamond(void *user, lin_tensors in)
{
    (void)user;
    lin_tensor *a = lin_mul(in.at[0], in.at[1]), *b = lin_exp(a), *c = lin_add(b, lin_square(a));
    return lin_mul(lin_sub(c, b), lin_add(lin_mul(b, a), lin_matmul(lin_transpose(c, 0, 1), a)));
}

static void shared_parts_add_up(void **state)
{
    static const char *const shapes[] = {"2x2 2x2", "3x3 3", "1x1 -", "2x2 1x2", NULL};
    gradient_case c = {LIN__OP_mul, diamond, NORMAL, shapes};
    for (int k = 0; shapes[k]; k++)
        check_gradient(*state, &c, k);
}

static void two_backwards_add_up(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = make_input(ctx, NORMAL, LIN_SHAPE(3, 4), 1, 0), *b = make_input(ctx, NORMAL, LIN_SHAPE(4), 1, 1);
    lin_tensor *loss = lin_sum(lin_div(lin_exp(lin_mul(a, b)), lin_add_scalar(lin_square(b), 1)));
    assert_int_equal(lin_backward(loss), 0);
    lin_tensor *once = lin_clone(lin_grad(b));
    assert_int_equal(lin_backward(loss), 0);
    double twofold[4];
    for (int i = 0; i < 4; i++)
        twofold[i] = 2 * lin_f64(once)[i];
    check_values(lin_grad(b), 4, twofold, 1e-14); /* b is used twice: (g + h) + g + h rounds otherwise than 2 (g + h) */
    lin_zero_grad_of(b);
    assert_int_equal(lin_backward(lin_sum(lin_mul_scalar(b, 3))), 0);
    CHECK_VALUES(lin_grad(b), 0, 3, 3, 3, 3);
}

/* Deep, and with a second use of every value on the way: no recursion, no exponential walk. */
static void deep_chains(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_requires_grad_(lin_full_dtype(ctx, 1, LIN_SHAPE(2), LIN_F64), true), *y = x;
    for (int i = 0; i < 100000; i++)
        y = i % 2 ? lin_sub(lin_mul_scalar(y, 2), y) : lin_add_scalar(y, 1);
    assert_int_equal(lin_backward(lin_sum(y)), 0);
    CHECK_VALUES(lin_grad(x), 0, 1, 1);
    lin_tensor *z = lin_mul_scalar(x, 1);
    for (int i = 0; i < 100000; i++)
        z = lin_neg_(z);
    lin_zero_grad_of(x);
    assert_int_equal(lin_backward(lin_sum(z)), 0);
    CHECK_VALUES(lin_grad(x), 0, 1, 1);
}

static void only_what_requires_grad_gets_one(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = make_input(ctx, NORMAL, LIN_SHAPE(2, 3), 1, 0), *b = lin_detach(a),
               *c = lin_ones(ctx, LIN_SHAPE(2, 3));
    c = lin_to(c, LIN_F64);
    lin_tensor *ops[] = {lin_add(b, a),
                         lin_sub(b, a),
                         lin_mul(b, a),
                         lin_div(b, a),
                         lin_maximum(b, a),
                         lin_where(lin_eq(c, c), b, a),
                         lin_matmul(b, lin_transpose(a, 0, 1)),
                         lin_affine(b, a, NULL)};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        lin_zero_grad_of(a);
        assert_int_equal(lin_backward(lin_sum(ops[i])), 0);
        assert_non_null(lin_grad(a));
        assert_null(lin_grad(b));
    }
}

/* Zero-size shapes have zero-size gradients, or zeros. */
static void nothing_has_gradients(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *w = make_input(ctx, NORMAL, LIN_SHAPE(4, 3), 1, 0), *b = make_input(ctx, NORMAL, LIN_SHAPE(4), 1, 1);
    lin_tensor *X = make_input(ctx, NORMAL, LIN_SHAPE(0, 3), 1, 2);
    assert_int_equal(lin_backward(lin_sum(lin_affine(X, w, b))), 0);
    CHECK_VALUES(lin_grad(b), 0, 0, 0, 0, 0);
    CHECK_VALUES(lin_grad(w), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(lin_dim(lin_grad(X), 1), 3);
    assert_int_equal(lin_backward(lin_sum(lin_mul(lin_exp(X), lin_slice(b, 0, 0, 3)))), 0);
    CHECK_VALUES(lin_grad(b), 0, 0, 0, 0, 0);
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_row_of_op_def),   TEST(broadcasting_rows_broadcast),
        TEST(shared_parts_add_up),   TEST(two_backwards_add_up),
        TEST(deep_chains),           TEST(only_what_requires_grad_gets_one),
        TEST(nothing_has_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
