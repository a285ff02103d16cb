/* Losses: values by hand, kinks, shapes, options, what is refused. Their gradients in double are test_loss_gradients.c's, and
 * tests/parity holds all of them to PyTorch. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>

static const lin_loss_options none = {.reduction = LIN_NONE}, sum = {.reduction = LIN_SUM};

static lin_tensor *f64(lin_ctx *ctx, int64_t n, const double *values)
{
    return lin_from_f64(ctx, values, LIN_SHAPE(n));
}
#define F64(ctx, ...) f64(ctx, LIN_COUNT(double, __VA_ARGS__), (double[]){__VA_ARGS__})
#define I64(ctx, ...) lin_from_i64(ctx, (int64_t[]){__VA_ARGS__}, LIN_SHAPE(LIN_COUNT(int64_t, __VA_ARGS__)))

/* ---- Two tensors, element by element ------------------------------------------------------------------------------ */

/* Losses and gradients of differences −3, −1, −0.5, 0, 0.5, 1, 3. */
static void check_curve(lin_ctx *ctx, lin_loss_fn *loss, const lin_loss_options *options, const double *losses,
                        const double *gradients)
{
    lin_tensor *y = F64(ctx, 1, 1, 1, 1, 1, 1, 1);
    lin_tensor *y_hat = lin_requires_grad_(F64(ctx, -2, 0, 0.5, 1, 1.5, 2, 4), true);
    lin_tensor *l = loss(y_hat, y, options);
    check_values(l, 7, losses, 1e-15);
    lin_backward(lin_sum(l));
    check_values(lin_grad(y_hat), 7, gradients, 1e-15);
    check_ok(ctx);
}
#define SEVEN(...)    \
    (const double[7]) \
    {                 \
        __VA_ARGS__   \
    }

static void values_gradients_and_kinks(void **state)
{
    lin_ctx *ctx = *state;
    lin_loss_options wide = {.reduction = LIN_NONE, .delta = 2}, half = {.reduction = LIN_NONE, .beta = 0.5};
    check_curve(ctx, lin_mse, &none, SEVEN(9, 1, .25, 0, .25, 1, 9), SEVEN(-6, -2, -1, 0, 1, 2, 6));
    check_curve(ctx, lin_squared, &none, SEVEN(4.5, .5, .125, 0, .125, .5, 4.5), SEVEN(-3, -1, -.5, 0, .5, 1, 3));
    check_curve(ctx, lin_l1, &none, SEVEN(3, 1, .5, 0, .5, 1, 3), SEVEN(-1, -1, -1, 0, 1, 1, 1));
    check_curve(ctx, lin_huber, &none, SEVEN(2.5, .5, .125, 0, .125, .5, 2.5), SEVEN(-1, -1, -.5, 0, .5, 1, 1));
    check_curve(ctx, lin_huber, &wide, SEVEN(4, .5, .125, 0, .125, .5, 4), SEVEN(-2, -1, -.5, 0, .5, 1, 2));
    check_curve(ctx, lin_smooth_l1, &none, SEVEN(2.5, .5, .125, 0, .125, .5, 2.5), SEVEN(-1, -1, -.5, 0, .5, 1, 1));
    check_curve(ctx, lin_smooth_l1, &half, SEVEN(2.75, .75, .25, 0, .25, .75, 2.75), SEVEN(-1, -1, -1, 0, 1, 1, 1));
}

static void the_three_reductions(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_zeros(ctx, LIN_SHAPE(2, 2));
    lin_tensor *y_hat = lin_requires_grad_(lin_from_f32(ctx, (float[]){1, 2, 3, 4}, LIN_SHAPE(2, 2)), true);
    assert_true(lin_item(lin_mse(y_hat, y, NULL)) == 7.5);
    assert_true(lin_item(lin_mse(y_hat, y, &(lin_loss_options){0})) == 7.5);
    assert_true(lin_item(lin_mse(y_hat, y, &sum)) == 30);
    check_text(lin_detach(lin_mse(y_hat, y, &none)), "tensor([[ 1.,  4.],\n        [ 9., 16.]])");
    lin_backward(lin_mse(y_hat, y, NULL));
    CHECK_VALUES(lin_grad(y_hat), 0, .5, 1, 1.5, 2);
    assert_true(lin_item(lin_l1(lin_ones(ctx, LIN_SCALAR), lin_zeros(ctx, LIN_SCALAR), NULL)) == 1);
    check_ok(ctx);
}

/* Of very different sizes, but for a first one that is 1: (n, 3), or (3, n) to be seen as columns. */
static lin_tensor *wide_values(lin_ctx *ctx, int64_t n, bool columns)
{
    lin_tensor *t = lin_normal(ctx, 0, 1, columns ? LIN_SHAPE(3, n) : LIN_SHAPE(n, 3));
    t = lin_mul(t, lin_exp(lin_mul_scalar(lin_normal(ctx, 0, 1, lin_size(t)), 8)));
    assert_non_null(lin_fill_(lin_select(lin_select(t, 0, 0), 0, 0), 1));
    return t;
}

/* (n, 3) over t's own memory. */
static lin_tensor *as_rows(lin_tensor *t, bool columns)
{
    return columns ? lin_transpose(t, 0, 1) : t;
}

static void check_same_bits(lin_tensor *a, lin_tensor *b)
{
    assert_int_equal(lin_type(a), lin_type(b));
    assert_int_equal(lin_numel(a), lin_numel(b));
    assert_memory_equal(lin_const_data_ptr(a), lin_const_data_ptr(b),
                        (size_t)lin_numel(a) * lin_dtype_size(lin_type(a)));
}

/* The fused mean is the chain of three ops, to the bit, forward and back, for long and short and in any memory. */
static void the_fused_mean_squared_error(void **state)
{
    lin_ctx *ctx = *state;
    static const int64_t rows[] = {1, 3, 5, 10, 700, 30000};
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        lin_set_default_dtype(ctx, i % 2 ? LIN_F64 : LIN_F32);
        bool turned[] = {i % 3 == 0, i % 4 == 0};
        lin_tensor *p = wide_values(ctx, rows[i / 2], turned[0]), *q = wide_values(ctx, rows[i / 2], turned[1]);
        lin_tensor *a[2], *b[2], *l[2];
        for (int k = 0; k < 2; k++) {
            a[k] = lin_requires_grad_(lin_clone(p), true);
            b[k] = lin_requires_grad_(lin_clone(q), true);
            lin_tensor *y_hat = as_rows(a[k], turned[0]), *y = as_rows(b[k], turned[1]);
            l[k] = k ? lin_mean(lin_square(lin_sub(y_hat, y))) : lin_mse(y_hat, y, NULL);
            assert_int_equal(lin_backward(lin_mul_scalar(l[k], 0.3)), 0);
        }
        assert_string_equal(lin_grad_fn(l[0]), "mse_loss");
        check_same_bits(l[0], l[1]);
        check_same_bits(lin_grad(a[0]), lin_grad(a[1]));
        check_same_bits(lin_grad(b[0]), lin_grad(b[1]));
        check_ok(ctx);
    }
    lin_tensor *y = lin_ones(ctx, LIN_SHAPE(3, 1));
    assert_null(lin_mse_loss(y, lin_ones(ctx, LIN_SHAPE(3))));
    check_error(ctx, LIN_EINVAL, "mse_loss: y_hat is (3, 1) and y is (3): reshape one of them");
    assert_null(lin_mse_loss(y, NULL));
    check_error(ctx, LIN_EINVAL, "mse_loss: argument 2 is NULL");
}

/* As in PyTorch: the mean of nothing is nan, the sum 0. */
static void nothing_to_compare(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *empty = lin_requires_grad_(lin_zeros(ctx, LIN_SHAPE(0, 2)), true), *y = lin_zeros(ctx, LIN_SHAPE(0, 2));
    lin_loss_fn *const losses[] = {lin_mse, lin_squared, lin_l1, lin_huber, lin_smooth_l1};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        assert_true(isnan(lin_item(losses[i](empty, y, NULL))));
        assert_true(lin_item(losses[i](empty, y, &sum)) == 0);
        assert_int_equal(lin_dim(losses[i](empty, y, &none), 1), 2);
        assert_int_equal(lin_backward(losses[i](empty, y, NULL)), 0);
    }
    assert_true(isnan(lin_item(lin_gaussian_nll(empty, y, &(lin_loss_options){.var = y}))));
    assert_true(isnan(lin_item(lin_distribution_cross_entropy(empty, y, NULL))));
    lin_tensor *labels = lin_full_dtype(ctx, 0, LIN_SHAPE(0), LIN_I64);
    assert_true(isnan(lin_item(lin_cross_entropy(empty, labels, NULL))));
    assert_true(lin_item(lin_cross_entropy(empty, labels, &sum)) == 0);
    assert_true(isnan(lin_item(lin_cross_entropy(empty, y, NULL))));
    assert_true(isnan(lin_item(lin_nll(empty, labels, NULL))));
    assert_int_equal(lin_numel(lin_nll(empty, labels, &none)), 0);
    check_ok(ctx);
}

static void shapes_that_would_broadcast_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *column = lin_zeros(ctx, LIN_SHAPE(10, 1)), *line = lin_zeros(ctx, LIN_SHAPE(10));
    static const struct {
        lin_loss_fn *loss;
        const char *name;
    } cases[] = {
        {lin_mse, "mse"},
        {lin_squared, "squared"},
        {lin_l1, "l1"},
        {lin_huber, "huber"},
        {lin_smooth_l1, "smooth_l1"},
        {lin_gaussian_nll, "gaussian_nll"},
        {lin_distribution_cross_entropy, "distribution_cross_entropy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        assert_null(cases[i].loss(column, line, NULL));
        snprintf(text, sizeof text, "%s: y_hat is (10, 1) and y is (10): reshape one of them", cases[i].name);
        check_error(ctx, LIN_EINVAL, text);
        assert_null(cases[i].loss(line, lin_zeros(ctx, LIN_SCALAR), NULL));
        check_error_has(ctx, LIN_EINVAL, "y_hat is (10) and y is (): reshape one of them");
        assert_null(cases[i].loss(line, lin_to(line, LIN_F64), NULL));
        snprintf(text, sizeof text, "%s: f32 and f64 do not mix; convert one with lin_to", cases[i].name);
        check_error(ctx, LIN_EINVAL, text);
        assert_null(cases[i].loss(line, NULL, NULL));
        snprintf(text, sizeof text, "%s: argument 2 is NULL", cases[i].name);
        check_error(ctx, LIN_EINVAL, text);
        assert_null(cases[i].loss(NULL, NULL, NULL));
        check_ok(ctx);
    }
    lin_tensor *whole = lin_to(line, LIN_I64);
    assert_null(lin_mse(whole, whole, NULL));
    check_error(ctx, LIN_EINVAL, "mse: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_mse(line, whole, NULL));
    check_error(ctx, LIN_EINVAL, "mse: f32 and i64 do not mix; convert one with lin_to");
}

/* ---- Options ------------------------------------------------------------------------------------------------------ */

static void an_option_that_a_loss_does_not_know(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(2, 2)), *labels = I64(ctx, 0, 1);
    int64_t ignored = 0;
    const struct {
        lin_loss_fn *loss;
        lin_tensor *y;
        lin_loss_options options;
        const char *text;
    } cases[] = {
        {lin_mse, t, {.delta = 1}, "mse: this loss has no option delta; leave it zero"},
        {lin_huber, t, {.beta = 1}, "huber: this loss has no option beta; leave it zero"},
        {lin_smooth_l1, t, {.weight = t}, "smooth_l1: this loss has no option weight; leave it zero"},
        {lin_nll, labels, {.label_smoothing = 0.1}, "nll: this loss has no option label_smoothing; leave it zero"},
        {lin_l1, t, {.ignore_index = &ignored}, "l1: this loss has no option ignore_index; leave it zero"},
        {lin_squared, t, {.var = t}, "squared: this loss has no option var; leave it zero"},
        {lin_cross_entropy, t, {.eps = 1}, "cross_entropy: this loss has no option eps; leave it zero"},
        {lin_cross_entropy, labels, {.full = true}, "cross_entropy: this loss has no option full; leave it zero"},
        {lin_gaussian_nll, t, {.user = &ignored}, "gaussian_nll: this loss has no option user; leave it zero"},
        {lin_distribution_cross_entropy,
         t,
         {.weight = t},
         "distribution_cross_entropy: this loss has no option weight; leave it zero"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(cases[i].loss(t, cases[i].y, &cases[i].options));
        check_error(ctx, LIN_EINVAL, cases[i].text);
    }
}

static void options_out_of_range(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(2, 2)), *labels = I64(ctx, 0, 1);
    assert_null(lin_mse(t, t, &(lin_loss_options){.reduction = (lin_reduction)3}));
    check_error(ctx, LIN_EINVAL, "mse: reduction 3; it must be LIN_MEAN, LIN_SUM or LIN_NONE");
    assert_null(lin_mse(t, t, &(lin_loss_options){.reduction = (lin_reduction)-1}));
    check_error(ctx, LIN_EINVAL, "mse: reduction -1; it must be LIN_MEAN, LIN_SUM or LIN_NONE");
    assert_null(lin_huber(t, t, &(lin_loss_options){.delta = -1}));
    check_error(ctx, LIN_EINVAL, "huber: delta is -1; it must be above 0, and finite");
    assert_null(lin_huber(t, t, &(lin_loss_options){.delta = NAN}));
    check_error(ctx, LIN_EINVAL, "huber: delta is nan; it must be above 0, and finite");
    assert_null(lin_smooth_l1(t, t, &(lin_loss_options){.beta = INFINITY}));
    check_error(ctx, LIN_EINVAL, "smooth_l1: beta is inf; it must be above 0, and finite");
    assert_null(lin_gaussian_nll(t, t, &(lin_loss_options){.var = t, .eps = -1e-6}));
    check_error(ctx, LIN_EINVAL, "gaussian_nll: eps is -1e-06; it must be above 0, and finite");
    assert_null(lin_cross_entropy(t, labels, &(lin_loss_options){.label_smoothing = 1.5}));
    check_error(ctx, LIN_EINVAL, "cross_entropy: label_smoothing is 1.5; it must be from 0 to 1");
    assert_null(lin_cross_entropy(t, labels, &(lin_loss_options){.label_smoothing = NAN}));
    check_error(ctx, LIN_EINVAL, "cross_entropy: label_smoothing is nan; it must be from 0 to 1");
}

/* ---- Gaussian NLL --------------------------------------------------------------------------------------------------- */

static void likelihood_of_gaussian_noise(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y_hat = F64(ctx, 1, 2), *y = F64(ctx, 0, 4), *var = F64(ctx, 1, 4);
    lin_loss_options o = {.reduction = LIN_NONE, .var = var};
    CHECK_VALUES(lin_gaussian_nll(y_hat, y, &o), 1e-15, 0.5, (log(4) + 1) / 2);
    o.full = true;
    double constant = log(2 * 3.14159265358979323846) / 2;
    CHECK_VALUES(lin_gaussian_nll(y_hat, y, &o), 1e-15, 0.5 + constant, (log(4) + 1) / 2 + constant);
    CHECK_VALUES(var, 0, 1, 4); /* as it was */
    /* One variance for all. */
    o = (lin_loss_options){.reduction = LIN_SUM, .var = lin_full_dtype(ctx, 2, LIN_SCALAR, LIN_F64)};
    assert_true(fabs(lin_item(lin_gaussian_nll(y_hat, y, &o)) - (log(2) + 1.25)) < 1e-15);
    check_ok(ctx);
}

/* Below eps it counts as eps, and its gradient is that at eps, as in PyTorch. */
static void a_least_variance(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *var = lin_requires_grad_(F64(ctx, 0, 0.25, 1), true), *y_hat = F64(ctx, 1, 1, 1),
               *y = F64(ctx, 0, 0, 0);
    lin_loss_options o = {.reduction = LIN_NONE, .var = var, .eps = 0.5};
    lin_tensor *l = lin_gaussian_nll(y_hat, y, &o);
    CHECK_VALUES(l, 1e-15, (log(.5) + 2) / 2, (log(.5) + 2) / 2, .5);
    lin_backward(lin_sum(l));
    CHECK_VALUES(lin_grad(var), 1e-15, -1, -1, 0); /* ½(1/σ² − d²/σ⁴) */
    CHECK_VALUES(var, 0, 0, 0.25, 1);
    /* The default keeps it finite. */
    o = (lin_loss_options){.var = lin_full_dtype(ctx, 0, LIN_SHAPE(3), LIN_F64)};
    assert_true(fabs(lin_item(lin_gaussian_nll(y, y, &o)) - log(1e-6) / 2) < 1e-14);
    check_ok(ctx);
}

static void variances_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(3, 2));
    assert_null(lin_gaussian_nll(t, t, NULL));
    check_error(ctx, LIN_EINVAL, "gaussian_nll: the option var, the variances, is NULL");
    assert_null(lin_gaussian_nll(t, t, &(lin_loss_options){.var = lin_ones(ctx, LIN_SHAPE(4))}));
    check_error(ctx, LIN_EINVAL, "gaussian_nll: y_hat is (3, 2) and var is (4), which does not broadcast to it");
    assert_null(lin_gaussian_nll(t, t, &(lin_loss_options){.var = lin_ones(ctx, LIN_SHAPE(5, 3, 2))}));
    check_error(ctx, LIN_EINVAL, "gaussian_nll: y_hat is (3, 2) and var is (5, 3, 2), which does not broadcast to it");
    assert_null(lin_gaussian_nll(t, t, &(lin_loss_options){.var = lin_full_dtype(ctx, 1, LIN_SCALAR, LIN_F64)}));
    check_error(ctx, LIN_EINVAL, "gaussian_nll: f32 and f64 do not mix; convert one with lin_to");
    lin_tensor *var = lin_from_f32(ctx, (float[]){-1, NAN}, LIN_SHAPE(2));
    assert_null(lin_gaussian_nll(t, t, &(lin_loss_options){.var = var}));
    check_error(ctx, LIN_EINVAL, "gaussian_nll: 1 of the variances are negative");
}

/* ---- Cross-entropy -------------------------------------------------------------------------------------------------- */

static const double book[] = {.1, .3, .6, .3, .2, .5};

static lin_tensor *book_logits(lin_ctx *ctx)
{
    return lin_log(lin_from_f64(ctx, book, LIN_SHAPE(2, 3)));
}

static void the_books_example(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = I64(ctx, 0, 2), *o = lin_requires_grad_(book_logits(ctx), true);
    lin_tensor *l = lin_cross_entropy(o, y, &none);
    CHECK_VALUES(l, 1e-15, -log(.1), -log(.5));
    assert_string_equal(lin_grad_fn(l), "softmax_nll"); /* the fused op */
    lin_backward(lin_cross_entropy(o, y, NULL));
    CHECK_VALUES(lin_grad(o), 1e-15, -.45, .15, .3, .15, .1, -.25); /* (softmax − one_hot) / 2 */
    assert_true(fabs(lin_item(lin_cross_entropy(o, y, &sum)) - log(20)) < 1e-15);
    /* u8 labels; NLL of log-probabilities is the same. */
    CHECK_VALUES(lin_cross_entropy(o, lin_to(y, LIN_U8), &none), 1e-15, -log(.1), -log(.5));
    CHECK_VALUES(lin_nll(lin_log_softmax(o, 1), lin_to(y, LIN_U8), &none), 1e-15, -log(.1), -log(.5));
    /* The distribution p = (1, 0, 0) against q. */
    lin_tensor *q = F64(ctx, .7, .2, .1), *p = F64(ctx, 1, 0, 0);
    assert_true(fabs(lin_item(lin_distribution_cross_entropy(q, p, NULL)) + log(.7)) < 1e-15);
    check_ok(ctx);
}

static void large_logits_stay_finite(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *o = lin_from_f32(ctx, (float[]){1000, -1000, 0, 0, 1000, 1000}, LIN_SHAPE(2, 3));
    CHECK_VALUES(lin_cross_entropy(o, I64(ctx, 1, 2), &none), 1e-4, 2000, log(2));
    lin_loss_options smooth = {.reduction = LIN_NONE, .label_smoothing = 0.3};
    CHECK_VALUES(lin_cross_entropy(o, I64(ctx, 0, 1), &smooth), 1e-4, 300, log(2) + 100);
}

/* (C) with (), (N, C, d) with (N, d): the same losses, in other shapes. */
static void any_dimensions(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *rows = book_logits(ctx), *one = lin_select(rows, 0, 1);
    lin_tensor *label = lin_full_dtype(ctx, 2, LIN_SCALAR, LIN_I64);
    lin_tensor *l = lin_cross_entropy(one, label, &none);
    assert_int_equal(lin_ndim(l), 0);
    CHECK_VALUES(l, 1e-15, -log(.5));
    assert_true(fabs(lin_item(lin_nll(one, label, NULL)) + log(.5)) < 1e-15);
    /* (1, 3, 2): the two rows as two places of one image. */
    lin_tensor *image = lin_unsqueeze(lin_transpose(rows, 0, 1), 0), *y = lin_reshape(I64(ctx, 0, 2), LIN_SHAPE(1, 2));
    l = lin_cross_entropy(image, y, &none);
    assert_int_equal(lin_dim(l, 0), 1);
    CHECK_VALUES(l, 1e-15, -log(.1), -log(.5));
    CHECK_VALUES(lin_nll(image, y, &none), 1e-15, -log(.1), -log(.5));
    /* The places may be none. */
    lin_tensor *no_places = lin_full_dtype(ctx, 0, LIN_SHAPE(2, 0), LIN_I64);
    l = lin_cross_entropy(lin_zeros(ctx, LIN_SHAPE(2, 3, 0)), no_places, &none);
    assert_int_equal(lin_dim(l, 0), 2);
    assert_int_equal(lin_dim(l, 1), 0);
    check_ok(ctx);
}

static void class_weights(void **state)
{
    lin_ctx *ctx = *state;
    lin_loss_options o = {.reduction = LIN_NONE, .weight = F64(ctx, 2, 1, .5)};
    lin_tensor *y = I64(ctx, 0, 2), *logits = book_logits(ctx);
    CHECK_VALUES(lin_cross_entropy(logits, y, &o), 1e-15, -2 * log(.1), -.5 * log(.5));
    CHECK_VALUES(lin_nll(logits, y, &o), 1e-15, -2 * log(.1), -.5 * log(.5));
    o.reduction = LIN_MEAN; /* over the rows' weights */
    double mean = (-2 * log(.1) - .5 * log(.5)) / 2.5;
    assert_true(fabs(lin_item(lin_cross_entropy(logits, y, &o)) - mean) < 1e-15);
    assert_true(fabs(lin_item(lin_nll(logits, y, &o)) - mean) < 1e-15);
    o.weight = F64(ctx, 2, 1);
    assert_null(lin_cross_entropy(logits, y, &o));
    check_error(ctx, LIN_EINVAL, "cross_entropy: weight is (2); expected (3), one for each class");
    assert_null(lin_cross_entropy(logits, logits, &o));
    check_error(ctx, LIN_EINVAL, "cross_entropy: weight is (2); expected (3), one for each class");
    o.weight = lin_ones(ctx, LIN_SHAPE(3));
    assert_null(lin_nll(logits, y, &o));
    check_error(ctx, LIN_EINVAL, "nll: f64 and f32 do not mix; convert one with lin_to");
    /* A weight that could not be made is not "no weights". */
    o.weight = lin_zeros(ctx, LIN_SHAPE(-3));
    assert_null(lin_cross_entropy(logits, y, &o));
    check_error_has(ctx, LIN_EINVAL, "zeros: (-3) is not a shape");
}

static void ignored_rows(void **state)
{
    lin_ctx *ctx = *state;
    int64_t ignored = -100;
    lin_loss_options o = {.ignore_index = &ignored};
    lin_tensor *logits = lin_requires_grad_(book_logits(ctx), true), *y = I64(ctx, -100, 2);
    assert_true(fabs(lin_item(lin_cross_entropy(logits, y, &o)) + log(.5)) < 1e-15);
    assert_true(fabs(lin_item(lin_nll(logits, y, &o)) + log(.5)) < 1e-15);
    lin_backward(lin_cross_entropy(logits, y, &o));
    CHECK_VALUES(lin_grad(logits), 1e-15, 0, 0, 0, .3, .2, -.5);
    o.label_smoothing = 0.3;
    double smooth = -.7 * log(.5) - .1 * (log(.3) + log(.2) + log(.5));
    assert_true(fabs(lin_item(lin_cross_entropy(logits, y, &o)) - smooth) < 1e-15);
    o = (lin_loss_options){.reduction = LIN_NONE, .ignore_index = &ignored};
    CHECK_VALUES(lin_cross_entropy(logits, y, &o), 1e-15, 0, -log(.5));
    /* All of them: 0/0, as in PyTorch. */
    o.reduction = LIN_MEAN;
    assert_true(isnan(lin_item(lin_cross_entropy(logits, I64(ctx, -100, -100), &o))));
    /* A loss that is not finite counts for nothing where it is ignored. */
    lin_tensor *wild = lin_from_f64(ctx, (double[]){0, -INFINITY, 0, .3, .2, .5}, LIN_SHAPE(2, 3));
    ignored = 1;
    assert_true(isfinite(lin_item(lin_nll(wild, I64(ctx, 1, 2), &o))));
    /* An index beyond 2⁵³ is exact. */
    ignored = ((int64_t)1 << 53) + 1;
    assert_null(lin_nll(wild, I64(ctx, 0, (int64_t)1 << 53), &o));
    check_error(ctx, LIN_EINVAL, "nll: label 9007199254740992 at row 1 is outside [0, 3)");
    assert_null(lin_cross_entropy(logits, logits, &o));
    check_error(ctx, LIN_EINVAL, "cross_entropy: ignore_index needs class indices, y has probabilities");
}

static void label_smoothing(void **state)
{
    lin_ctx *ctx = *state;
    lin_loss_options o = {.reduction = LIN_NONE, .label_smoothing = 0.3};
    lin_tensor *logits = book_logits(ctx), *y = I64(ctx, 0, 2);
    double all[] = {-log(.1) - log(.3) - log(.6), -log(.3) - log(.2) - log(.5)};
    CHECK_VALUES(lin_cross_entropy(logits, y, &o), 1e-15, -.7 * log(.1) + .1 * all[0], -.7 * log(.5) + .1 * all[1]);
    /* The same as the probabilities that it stands for. */
    lin_tensor *p = lin_from_f64(ctx, (double[]){.8, .1, .1, .1, .1, .8}, LIN_SHAPE(2, 3));
    CHECK_VALUES(lin_cross_entropy(logits, p, &none), 1e-15, -.7 * log(.1) + .1 * all[0], -.7 * log(.5) + .1 * all[1]);
    p = lin_to(lin_one_hot(y, 3), LIN_F64);
    CHECK_VALUES(lin_cross_entropy(logits, p, &o), 1e-15, -.7 * log(.1) + .1 * all[0], -.7 * log(.5) + .1 * all[1]);
    o.label_smoothing = 1;
    CHECK_VALUES(lin_cross_entropy(logits, y, &o), 1e-15, all[0] / 3, all[1] / 3);
    check_ok(ctx);
}

static void probabilities(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *logits = book_logits(ctx), *p = lin_to(lin_one_hot(I64(ctx, 0, 2), 3), LIN_F64);
    CHECK_VALUES(lin_cross_entropy(logits, p, &none), 1e-15, -log(.1), -log(.5));
    /* With weights the mean is over the rows, as in PyTorch. */
    lin_loss_options o = {.weight = F64(ctx, 2, 1, .5)};
    double mean = (-2 * log(.1) - .5 * log(.5)) / 2;
    assert_true(fabs(lin_item(lin_cross_entropy(logits, p, &o)) - mean) < 1e-15);
    /* Along dimension 1 of more. */
    lin_tensor *image = lin_unsqueeze(lin_transpose(logits, 0, 1), 0), *q = lin_unsqueeze(lin_transpose(p, 0, 1), 0);
    o.reduction = LIN_NONE;
    CHECK_VALUES(lin_cross_entropy(image, q, &o), 1e-15, -2 * log(.1), -.5 * log(.5));
    assert_true(fabs(lin_item(lin_cross_entropy(lin_select(logits, 0, 0), lin_select(p, 0, 0), NULL)) + log(.1)) <
                1e-15);
    check_ok(ctx);
}

static void labels_out_of_range(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *o = lin_zeros(ctx, LIN_SHAPE(6, 10)), *y = I64(ctx, 0, 1, 2, 3, 4, 11);
    lin_loss_options smooth = {.label_smoothing = 0.1};
    assert_null(lin_cross_entropy(o, y, NULL));
    check_error(ctx, LIN_EINVAL, "cross_entropy: label 11 at row 5 is outside [0, 10)");
    assert_null(lin_cross_entropy(o, y, &smooth));
    check_error(ctx, LIN_EINVAL, "cross_entropy: label 11 at row 5 is outside [0, 10)");
    lin_i64(y)[5] = -1;
    assert_null(lin_nll(o, y, NULL));
    check_error(ctx, LIN_EINVAL, "nll: label -1 at row 5 is outside [0, 10)");
    lin_tensor *image = lin_zeros(ctx, LIN_SHAPE(2, 3, 3)),
               *places = lin_reshape(I64(ctx, 0, 1, 2, 0, 3, 0), LIN_SHAPE(2, 3));
    assert_null(lin_cross_entropy(image, places, NULL));
    check_error(ctx, LIN_EINVAL, "cross_entropy: label 3 at (1, 1) is outside [0, 3)");
    assert_null(lin_nll(lin_zeros(ctx, LIN_SHAPE(3)), lin_full_dtype(ctx, 3, LIN_SCALAR, LIN_I64), NULL));
    check_error(ctx, LIN_EINVAL, "nll: label 3 is outside [0, 3)");
}

static void shapes_of_scores_and_labels(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *o = lin_zeros(ctx, LIN_SHAPE(6, 10)), *y = lin_full_dtype(ctx, 0, LIN_SHAPE(6, 1), LIN_I64);
    assert_null(lin_cross_entropy(o, y, NULL));
    check_error(ctx, LIN_EINVAL,
                "cross_entropy: y_hat is f32 (6, 10) and y is i64 (6, 1): expected (C) or (N, C, ...) logits with i64 "
                "class indices, () or (N, ...), or f32 probabilities of y_hat's shape");
    assert_null(lin_cross_entropy(o, lin_zeros(ctx, LIN_SHAPE(6)), NULL)); /* labels as floats */
    check_error_has(ctx, LIN_EINVAL, "cross_entropy: y_hat is f32 (6, 10) and y is f32 (6): expected");
    assert_null(lin_cross_entropy(o, lin_one_hot(lin_select(y, 1, 0), 10), NULL)); /* one_hot gives i64 */
    check_error_has(ctx, LIN_EINVAL, "cross_entropy: y_hat is f32 (6, 10) and y is i64 (6, 10): expected");
    assert_null(lin_cross_entropy(o, lin_to(o, LIN_F64), NULL));
    check_error_has(ctx, LIN_EINVAL, "cross_entropy: y_hat is f32 (6, 10) and y is f64 (6, 10): expected");
    lin_tensor *scalar = lin_zeros(ctx, LIN_SCALAR);
    assert_null(lin_cross_entropy(scalar, scalar, NULL));
    check_error_has(ctx, LIN_EINVAL, "cross_entropy: y_hat is f32 () and y is f32 (): expected");
    assert_null(lin_nll(scalar, lin_to(scalar, LIN_I64), NULL));
    check_error_has(ctx, LIN_EINVAL, "nll: y_hat is () and y is i64 (): expected");
    assert_null(lin_nll(o, o, NULL));
    check_error(ctx, LIN_EINVAL,
                "nll: y_hat is (6, 10) and y is f32 (6, 10): expected (C) or (N, C, ...) log-probabilities with i64 "
                "class indices, () or (N, ...)");
    assert_null(lin_cross_entropy(y, y, NULL));
    check_error(ctx, LIN_EINVAL, "cross_entropy: the tensor is i64; it must be f32 or f64, see lin_to");
    assert_null(lin_nll(o, NULL, NULL));
    check_error(ctx, LIN_EINVAL, "nll: argument 2 is NULL");
    assert_null(lin_cross_entropy(NULL, NULL, NULL));
    check_ok(ctx);
}

/* ---- Two distributions ---------------------------------------------------------------------------------------------- */

static void two_distributions(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *q = lin_requires_grad_(lin_from_f64(ctx, (double[]){.7, .2, .1, 0, .5, .5}, LIN_SHAPE(2, 3)), true);
    lin_tensor *p = lin_requires_grad_(lin_from_f64(ctx, (double[]){1, 0, 0, 0, 1, 0}, LIN_SHAPE(2, 3)), true);
    lin_tensor *h = lin_distribution_cross_entropy(q, p, &none);
    CHECK_VALUES(h, 1e-15, -log(.7), -log(.5));
    lin_backward(lin_sum(h));
    CHECK_VALUES(lin_grad(q), 1e-15, -1 / .7, 0, 0, 0, -2, 0); /* 0 where both are 0 */
    CHECK_VALUES(lin_grad(p), 1e-15, -log(.7), -log(.2), -log(.1), 0, -log(.5), -log(.5));
    /* What cannot happen under q is infinitely surprising. */
    assert_true(lin_item(lin_distribution_cross_entropy(F64(ctx, 0, 1), F64(ctx, .5, .5), NULL)) == INFINITY);
    lin_tensor *scalar = lin_ones(ctx, LIN_SCALAR);
    assert_null(lin_distribution_cross_entropy(scalar, scalar, NULL));
    check_error(ctx, LIN_EINVAL,
                "distribution_cross_entropy: y_hat is a scalar; expected probabilities along its last dimension");
}

/* ---- Names and bits ------------------------------------------------------------------------------------------------- */

static void losses_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"mse",   "squared",      "l1",
                                        "huber", "smooth-l1",    "cross-entropy",
                                        "nll",   "gaussian-nll", "distribution-cross-entropy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(lin_loss_name(lin_loss_by_name(names[i])), names[i]);
    assert_ptr_equal(lin_loss_by_name("squared"), lin_squared);
    assert_ptr_equal(lin_loss_by_name("cross-entropy"), lin_cross_entropy);
    assert_null(lin_loss_by_name("cross_entropy"));
    assert_null(lin_loss_by_name(""));
    assert_null(lin_loss_by_name(NULL));
    assert_null(lin_loss_name(NULL));
}

/* Loss and gradient of every loss on data that is split over the pool. */
static void fill_with_losses(int threads, float *out)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 5, .threads = threads});
    lin_tensor *y_hat = lin_requires_grad_(lin_normal(ctx, 0, 2, LIN_SHAPE(20000, 10)), true);
    lin_tensor *y = lin_normal(ctx, 0, 2, LIN_SHAPE(20000, 10)), *labels = lin_argmax_dim(y, 1, false);
    lin_tensor *p = lin_softmax(y, 1), *var = lin_add_scalar(lin_square(y), 0.1);
    lin_loss_options with_var = {.var = var}, smooth = {.label_smoothing = 0.1};
    lin_tensor *losses[] = {
        lin_mse(y_hat, y, NULL),
        lin_squared(y_hat, y, NULL),
        lin_l1(y_hat, y, NULL),
        lin_huber(y_hat, y, NULL),
        lin_smooth_l1(y_hat, y, NULL),
        lin_gaussian_nll(y_hat, y, &with_var),
        lin_cross_entropy(y_hat, labels, NULL),
        lin_cross_entropy(y_hat, labels, &smooth),
        lin_cross_entropy(y_hat, p, NULL),
        lin_nll(lin_log_softmax(y_hat, 1), labels, NULL),
        lin_distribution_cross_entropy(lin_softmax(y_hat, 1), p, NULL),
    };
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        *out++ = (float)lin_item(losses[i]);
        assert_true(isfinite(out[-1]) && out[-1] != 0);
        assert_int_equal(lin_backward(losses[i]), 0);
    }
    lin_copy_out(lin_grad(y_hat), out);
    check_ok(ctx);
    lin_ctx_free(ctx);
}

static void the_same_bits_for_any_threads(void **state)
{
    (void)state;
    enum { N = 11 + 200000 };
    float *first = calloc(2 * N, sizeof *first), *other = first + N;
    assert_non_null(first);
    fill_with_losses(1, first);
    for (int threads = 2; threads <= 4; threads++) {
        fill_with_losses(threads, other);
        assert_memory_equal(other, first, N * sizeof *first);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_gradients_and_kinks),
        TEST(the_three_reductions),
        TEST(the_fused_mean_squared_error),
        TEST(nothing_to_compare),
        TEST(shapes_that_would_broadcast_are_refused),
        TEST(an_option_that_a_loss_does_not_know),
        TEST(options_out_of_range),
        TEST(likelihood_of_gaussian_noise),
        TEST(a_least_variance),
        TEST(variances_that_are_refused),
        TEST(the_books_example),
        TEST(large_logits_stay_finite),
        TEST(any_dimensions),
        TEST(class_weights),
        TEST(ignored_rows),
        TEST(label_smoothing),
        TEST(probabilities),
        TEST(labels_out_of_range),
        TEST(shapes_of_scores_and_labels),
        TEST(two_distributions),
        TEST(losses_by_name),
        TEST(the_same_bits_for_any_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
