/* Modules: layers, sequences of them, their parameters by name. How parameters start is test_init.c's. */
#include "base/region.h"

#include "support/support.h"

#include <math.h>

static lin_tensor *range(lin_ctx *ctx, lin_shape shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape.ndim; i++)
        count *= shape.dim[i];
    return lin_reshape(lin_arange(ctx, 0, (double)count, 1, LIN_F32), shape);
}

static lin_tensor *twice(void *user, lin_tensor *X)
{
    if (user) ++*(int *)user;
    return lin_mul_scalar(X, 2);
}

static lin_tensor *nothing(void *user, lin_tensor *X)
{
    (void)user;
    (void)X;
    return NULL;
}

static lin_tensor *wrong_product(void *user, lin_tensor *X)
{
    return lin_matmul(X, user);
}

/* ---- Layers ------------------------------------------------------------------------------------------------------ */

static void a_linear_layer(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_linear(ctx, 2, 3);
    lin_tensor *w = lin_weight(m), *b = lin_bias(m);
    assert_int_equal(lin_dim(w, 0), 3);
    assert_int_equal(lin_dim(w, 1), 2);
    assert_int_equal(lin_ndim(b), 1);
    assert_true(lin_requires_grad(w) && lin_requires_grad(b) && lin_is_leaf(w) && lin_is_leaf(b));
    lin_copy_(lin_data(w), lin_from_f32(ctx, (float[]){1, 2, 3, 4, 5, 6}, LIN_SHAPE(3, 2)));
    lin_copy_(lin_data(b), lin_from_f32(ctx, (float[]){10, 20, 30}, LIN_SHAPE(3)));
    CHECK_VALUES(lin_forward(m, lin_from_f32(ctx, (float[]){1, -1}, LIN_SHAPE(1, 2))), 0, 9, 19, 29);
    /* Any leading dimensions, none among them. */
    CHECK_VALUES(lin_forward(m, lin_from_f32(ctx, (float[]){1, 1}, LIN_SHAPE(2))), 0, 13, 27, 41);
    lin_tensor *deep = lin_forward(m, lin_ones(ctx, LIN_SHAPE(4, 1, 5, 2)));
    check_text(lin_select(lin_detach(lin_reshape(deep, LIN_SHAPE(20, 3))), 0, 19), "tensor([13., 27., 41.])");
    assert_int_equal(lin_ndim(deep), 4);
    lin_tensor *none = lin_forward(m, lin_ones(ctx, LIN_SHAPE(0, 2)));
    assert_int_equal(lin_dim(none, 0), 0);
    assert_int_equal(lin_dim(none, 1), 3);
    check_ok(ctx);
}

static void the_default_type_is_that_of_the_parameters(void **state)
{
    lin_ctx *ctx = *state;
    lin_set_default_dtype(ctx, LIN_F64);
    lin_module *m = lin_linear(ctx, 4, 1);
    assert_int_equal(lin_type(lin_weight(m)), LIN_F64);
    assert_int_equal(lin_type(lin_bias(m)), LIN_F64);
    assert_null(lin_forward(m, lin_full_dtype(ctx, 1, LIN_SHAPE(3, 4), LIN_F32)));
    check_error(ctx, LIN_EINVAL, "linear(4 -> 1): input is f32, the weight f64; convert the input with lin_to");
    assert_null(lin_forward(m, lin_full_dtype(ctx, 1, LIN_SHAPE(3, 4), LIN_U8)));
    check_error(ctx, LIN_EINVAL, "linear(4 -> 1): input is u8, the weight f64; convert the input with lin_to");
}

static void sizes_that_a_linear_layer_cannot_have(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_linear(ctx, 0, 3));
    check_error(ctx, LIN_EINVAL, "linear: 0 inputs, 3 outputs; there must be 1 or more of each");
    assert_null(lin_linear(ctx, 3, -1));
    check_error(ctx, LIN_EINVAL, "linear: 3 inputs, -1 outputs; there must be 1 or more of each");
    assert_null(lin_linear(ctx, INT64_MAX, INT64_MAX));
    check_error_has(ctx, LIN_EINVAL, "linear: (9223372036854775807, 9223372036854775807) is not a shape");
    assert_null(lin_linear(NULL, 2, 3));
}

static void flattening(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_flatten(ctx);
    lin_tensor *y = lin_forward(m, range(ctx, LIN_SHAPE(2, 1, 2, 2)));
    check_text(y, "tensor([[0., 1., 2., 3.],\n        [4., 5., 6., 7.]])");
    assert_int_equal(lin_ndim(lin_forward(m, range(ctx, LIN_SHAPE(3, 2)))), 2);
    y = lin_forward(m, lin_ones(ctx, LIN_SHAPE(0, 3, 5)));
    assert_int_equal(lin_dim(y, 0), 0);
    assert_int_equal(lin_dim(y, 1), 15);
    check_ok(ctx);
    assert_null(lin_forward(m, range(ctx, LIN_SHAPE(5))));
    check_error(ctx, LIN_EINVAL, "flatten: input is (5), expected (n, ...) with two dimensions or more");
}

static void relu_and_its_gradient(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_requires_grad_(lin_from_f32(ctx, (float[]){-1, 0, 2}, LIN_SHAPE(3)), true);
    lin_tensor *y = lin_forward(lin_relu_layer(ctx), X);
    CHECK_VALUES(y, 0, 0, 0, 2);
    lin_backward(lin_sum(y));
    CHECK_VALUES(lin_grad(X), 0, 0, 0, 1);
}

static void a_function_as_a_layer(void **state)
{
    lin_ctx *ctx = *state;
    int calls = 0;
    lin_module *m = lin_lambda(ctx, twice, &calls);
    CHECK_VALUES(lin_forward(m, range(ctx, LIN_SHAPE(3))), 0, 0, 2, 4);
    assert_int_equal(calls, 1);
    assert_int_equal(lin_parameters(m).count, 0);
    assert_null(lin_lambda(ctx, NULL, NULL));
    check_error(ctx, LIN_EINVAL, "lambda: the function is NULL");
    assert_null(lin_lambda(NULL, twice, NULL));
    assert_null(lin_forward(lin_lambda(ctx, nothing, NULL), range(ctx, LIN_SHAPE(3))));
    check_error(ctx, LIN_EINVAL, "lambda: its function returned NULL");
    /* What failed inside is the cause. */
    lin_tensor *w = lin_ones(ctx, LIN_SHAPE(4, 2));
    assert_null(lin_forward(lin_lambda(ctx, wrong_product, w), lin_ones(ctx, LIN_SHAPE(2, 3))));
    check_error(ctx, LIN_EINVAL, "matmul: (2, 3) x (4, 2): 3 and 4 must be equal");
}

/* ---- Sequences --------------------------------------------------------------------------------------------------- */

static void layers_one_after_the_other(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 4, 3), lin_relu_layer(ctx));
    lin_tensor *X = range(ctx, LIN_SHAPE(2, 1, 2, 2)), *flat = lin_reshape(X, LIN_SHAPE(2, 4));
    lin_module *linear = lin_child(net, 1);
    lin_tensor *want = lin_relu(lin_affine(flat, lin_weight(linear), lin_bias(linear)));
    lin_tensor *got = lin_forward(net, X);
    assert_int_equal(lin_item_i64(lin_sum(lin_eq(got, want))), 6);
    lin_backward(lin_sum(got));
    assert_non_null(lin_grad(lin_weight(linear)));
    assert_non_null(lin_grad(lin_bias(linear)));
    check_ok(ctx);
}

static void no_layers_at_all(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential_of(ctx, NULL, 0);
    lin_tensor *X = range(ctx, LIN_SHAPE(3));
    assert_ptr_equal(lin_forward(net, X), X);
    assert_int_equal(lin_children(net), 0);
    assert_int_equal(lin_parameters(net).count, 0);
    assert_string_equal(lin_module_text(net), "sequential()");
    assert_int_equal(lin_load_state_dict(net, (lin_state){0}), 0);
    check_ok(ctx);
}

static void errors_name_the_layer(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_relu_layer(ctx), lin_linear(ctx, 784, 10));
    assert_null(lin_forward(net, lin_ones(ctx, LIN_SHAPE(256, 1, 28, 28))));
    check_error(ctx, LIN_EINVAL, "sequential[1] linear(784 -> 10): input is (256, 1, 28, 28), expected (*, 784)");
    assert_null(lin_forward(net, lin_ones(ctx, LIN_SCALAR)));
    check_error(ctx, LIN_EINVAL, "sequential[1] linear(784 -> 10): input is (), expected (*, 784)");
    lin_module *outer = lin_sequential(ctx, net, lin_sequential(ctx, lin_relu_layer(ctx), lin_linear(ctx, 9, 2)));
    assert_null(lin_forward(outer, lin_ones(ctx, LIN_SHAPE(2, 784))));
    check_error(ctx, LIN_EINVAL, "sequential[1][1] linear(9 -> 2): input is (2, 10), expected (*, 9)");
    assert_null(lin_forward(outer, lin_ones(ctx, LIN_SHAPE(2, 783))));
    check_error(ctx, LIN_EINVAL, "sequential[0][1] linear(784 -> 10): input is (2, 783), expected (*, 784)");
    assert_null(lin_forward(lin_sequential(ctx, lin_lambda(ctx, nothing, NULL)), lin_ones(ctx, LIN_SCALAR)));
    check_error(ctx, LIN_EINVAL, "sequential[0] lambda: its function returned NULL");
}

static void what_is_not_a_child(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_sequential(ctx, lin_relu_layer(ctx), NULL));
    check_error(ctx, LIN_EINVAL, "sequential: child 1 is NULL");
    /* A child that could not be made: its cause stays. */
    assert_null(lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 0, 1)));
    check_error(ctx, LIN_EINVAL, "linear: 0 inputs, 1 outputs; there must be 1 or more of each");
    lin_ctx *other = lin_ctx_new(NULL);
    assert_null(lin_sequential(ctx, lin_relu_layer(other)));
    check_error(ctx, LIN_EINVAL, "sequential: child 0 is of another context");
    lin_ctx_free(other);
    assert_null(lin_sequential_of(ctx, NULL, 2));
    check_error(ctx, LIN_EINVAL, "sequential: no list of 2 children");
    assert_null(lin_sequential_of(ctx, NULL, -1));
    check_error(ctx, LIN_EINVAL, "sequential: no list of -1 children");
    assert_null(lin_sequential_of(NULL, NULL, 0));
}

static void nesting_has_an_end(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_linear(ctx, 1, 1);
    for (int i = 0; i < 64; i++)
        m = lin_sequential(ctx, m);
    assert_non_null(lin_forward(m, lin_ones(ctx, LIN_SHAPE(1, 1))));
    assert_null(lin_forward(m, lin_ones(ctx, LIN_SHAPE(1, 2))));
    check_error_has(ctx, LIN_EINVAL, "[0][0] linear(1 -> 1): input is (1, 2), expected (*, 1)");
    assert_null(lin_sequential(ctx, m));
    check_error(ctx, LIN_EINVAL, "sequential: nested more than 64 deep");
}

/* ---- Regions ----------------------------------------------------------------------------------------------------- */

static void modules_live_in_the_nearest_scope(void **state)
{
    lin_ctx *ctx = *state;
    lin__open(ctx, true); /* a step */
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 2, 2), lin_relu_layer(ctx));
    lin_region inner = lin_mark(ctx);
    lin_module *longer = lin_sequential(ctx, net, lin_linear(ctx, 2, 1));
    assert_string_equal(lin_parameter_name(longer, 3), "1.bias");
    assert_non_null(lin_forward(longer, lin_ones(ctx, LIN_SHAPE(3, 2))));
    lin_release(inner);
    assert_non_null(lin_forward(net, lin_ones(ctx, LIN_SHAPE(3, 2)))); /* outlives what it was a child of */
    check_ok(ctx);
}

/* A parent lives in the nearest scope, so a living child is never above it; one that has ended is refused. */
static void a_child_whose_scope_has_ended(void **state)
{
#if defined(NDEBUG) || defined(LIN__ASAN)
    (void)state;
    skip(); /* release builds do not look; AddressSanitizer stops at the line */
#else
    lin_ctx *ctx = *state;
    lin_module *first = lin_flatten(ctx);
    lin_region mark = lin_mark(ctx);
    lin_module *child = lin_relu_layer(ctx);
    lin_release(mark);
    assert_null(lin_sequential(ctx, first, child));
    check_error(ctx, LIN_EINVAL, "sequential: child 1 was used after the scope that it was made in had ended");
#endif
}

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

static void kinds_and_texts(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 784, 10), lin_relu_layer(ctx),
                                     lin_lambda(ctx, twice, NULL), lin_sequential(ctx, lin_relu_layer(ctx)));
    static const lin_module_kind kinds[] = {LIN_FLATTEN_LAYER, LIN_LINEAR, LIN_RELU, LIN_LAMBDA, LIN_SEQUENTIAL};
    static const char *const texts[] = {"flatten", "linear(784 -> 10)", "relu", "lambda", "sequential(relu)"};
    assert_int_equal(lin_children(net), 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(lin_kind(lin_child(net, i)), kinds[i]);
        assert_string_equal(lin_module_text(lin_child(net, i)), texts[i]);
        assert_int_equal(lin_is_linear(lin_child(net, i)), i == 1);
        assert_ptr_equal(lin_module_context(lin_child(net, i)), ctx);
    }
    assert_int_equal(lin_kind(net), LIN_SEQUENTIAL);
    assert_string_equal(lin_module_text(net), "sequential(flatten, linear(784 -> 10), relu, lambda, sequential(relu))");
    check_ok(ctx);
}

static void questions_that_have_no_answer(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_relu_layer(ctx));
    assert_null(lin_child(net, 1));
    check_error(ctx, LIN_EINVAL, "child: sequential(relu) has no child 1; it has 1, counted from 0");
    assert_null(lin_child(net, -1));
    check_error(ctx, LIN_EINVAL, "child: sequential(relu) has no child -1; it has 1, counted from 0");
    assert_null(lin_weight(net));
    check_error(ctx, LIN_EINVAL,
                "weight: sequential(relu) is not a linear layer; lin_child gives the layers of a sequential");
    assert_null(lin_bias(lin_child(net, 0)));
    check_error(ctx, LIN_EINVAL, "bias: relu is not a linear layer; lin_child gives the layers of a sequential");
    assert_null(lin_parameter_name(net, 0));
    assert_null(lin_parameter_name(lin_linear(ctx, 1, 1), 2));
    assert_null(lin_parameter_name(lin_linear(ctx, 1, 1), -1));
    check_ok(ctx);
    assert_null(lin_forward(net, NULL));
    check_error(ctx, LIN_EINVAL, "forward: the input is NULL");
    assert_null(lin_forward(NULL, lin_ones(ctx, LIN_SCALAR)));
    check_error(ctx, LIN_EINVAL, "forward: the module is NULL");
    lin_ctx *other = lin_ctx_new(NULL);
    assert_null(lin_forward(net, lin_ones(other, LIN_SCALAR)));
    check_error(ctx, LIN_EINVAL, "forward: the module and its input are of different contexts");
    lin_ctx_free(other);
}

static void null_passes_through(void **state)
{
    (void)state;
    assert_null(lin_forward(NULL, NULL));
    assert_null(lin_module_context(NULL));
    assert_int_equal(lin_kind(NULL), LIN_LAMBDA);
    assert_false(lin_is_linear(NULL));
    assert_string_equal(lin_module_text(NULL), "no module");
    assert_int_equal(lin_children(NULL), 0);
    assert_null(lin_child(NULL, 0));
    assert_null(lin_weight(NULL));
    assert_null(lin_bias(NULL));
    assert_int_equal(lin_apply(NULL, NULL, NULL), LIN_EINVAL);
    lin_train(NULL);
    lin_eval(NULL);
    assert_false(lin_is_training(NULL));
    assert_int_equal(lin_parameters(NULL).count, 0);
    assert_null(lin_parameter_name(NULL, 0));
    assert_int_equal(lin_state_dict(NULL).count, 0);
    assert_int_equal(lin_load_state_dict(NULL, (lin_state){0}), LIN_EINVAL);
}

/* ---- The whole tree ---------------------------------------------------------------------------------------------- */

typedef struct visits {
    int count;
    lin_module *seen[8];
    lin_module *stop_at;
    bool record; /* a cause, instead of returning a code */
} visits;

static int visit(void *user, lin_module *m)
{
    visits *v = user;
    v->seen[v->count++] = m;
    if (m != v->stop_at) return 0;
    if (!v->record) return 7;
    lin_fail(lin_module_context(m), LIN_EDATA, "not this one");
    return 0;
}

static void apply_goes_to_children_first(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *a = lin_linear(ctx, 1, 1), *b = lin_relu_layer(ctx), *inner = lin_sequential(ctx, a, b);
    lin_module *c = lin_linear(ctx, 1, 1), *net = lin_sequential(ctx, inner, c);
    visits v = {0};
    assert_int_equal(lin_apply(net, visit, &v), 0);
    lin_module *order[] = {a, b, inner, c, net};
    assert_int_equal(v.count, 5);
    assert_memory_equal(v.seen, order, sizeof order);
    /* A code ends it … */
    v = (visits){.stop_at = inner};
    assert_int_equal(lin_apply(net, visit, &v), 7);
    assert_int_equal(v.count, 3);
    check_ok(ctx);
    /* … and so does a cause. */
    v = (visits){.stop_at = b, .record = true};
    assert_int_equal(lin_apply(net, visit, &v), LIN_EINVAL);
    assert_int_equal(v.count, 2);
    check_error(ctx, LIN_EDATA, "not this one");
    assert_int_equal(lin_apply(net, NULL, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "apply: the function is NULL");
}

static void an_older_cause_does_not_stop_apply(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_relu_layer(ctx), lin_relu_layer(ctx));
    lin_fail(ctx, LIN_EDATA, "before");
    visits v = {0};
    assert_int_equal(lin_apply(net, visit, &v), 0);
    assert_int_equal(v.count, 3);
    check_error(ctx, LIN_EDATA, "before");
}

static void train_and_eval_mode(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *leaf = lin_relu_layer(ctx), *inner = lin_sequential(ctx, leaf), *net = lin_sequential(ctx, inner);
    assert_true(lin_is_training(net) && lin_is_training(inner) && lin_is_training(leaf));
    lin_eval(net);
    assert_false(lin_is_training(net) || lin_is_training(inner) || lin_is_training(leaf));
    lin_train(inner);
    assert_true(!lin_is_training(net) && lin_is_training(inner) && lin_is_training(leaf));
    lin_train(net);
    assert_true(lin_is_training(net));
}

/* ---- Parameters -------------------------------------------------------------------------------------------------- */

static void parameters_by_pytorchs_names(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *first = lin_linear(ctx, 4, 3), *second = lin_linear(ctx, 3, 2);
    assert_string_equal(lin_parameter_name(first, 0), "weight");
    assert_string_equal(lin_parameter_name(first, 1), "bias");
    lin_module *net = lin_sequential(ctx, lin_sequential(ctx, lin_flatten(ctx), first), lin_relu_layer(ctx), second);
    static const char *const names[] = {"0.1.weight", "0.1.bias", "2.weight", "2.bias"};
    lin_tensor *own[] = {lin_weight(first), lin_bias(first), lin_weight(second), lin_bias(second)};
    lin_tensors p = lin_parameters(net);
    lin_state s = lin_state_dict(net);
    assert_int_equal(p.count, 4);
    assert_int_equal(s.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(lin_parameter_name(net, i), names[i]);
        assert_string_equal(s.names[i], names[i]);
        assert_ptr_equal(p.at[i], own[i]);
        assert_ptr_equal(s.tensors[i], own[i]);
    }
}

/* As in PyTorch: a layer in two places has one set of parameters, and two names in the state. */
static void a_layer_in_two_places(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_linear(ctx, 2, 2), *net = lin_sequential(ctx, m, lin_relu_layer(ctx), m);
    assert_int_equal(lin_parameters(net).count, 2);
    assert_string_equal(lin_parameter_name(net, 1), "0.bias");
    lin_state s = lin_state_dict(net);
    assert_int_equal(s.count, 4);
    assert_string_equal(s.names[3], "2.bias");
    assert_ptr_equal(s.tensors[3], lin_bias(m));
    assert_int_equal(lin_load_state_dict(net, s), 0);
    assert_non_null(lin_sgd(lin_parameters(net), NULL));
    check_ok(ctx);
}

static void loading_what_another_net_has(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *from = lin_sequential(ctx, lin_linear(ctx, 3, 2)), *to = lin_sequential(ctx, lin_linear(ctx, 3, 2));
    lin_tensor *w = lin_weight(lin_child(to, 0));
    assert_int_equal(lin_load_state_dict(to, lin_state_dict(from)), 0);
    assert_int_equal(lin_item_i64(lin_sum(lin_eq(w, lin_weight(lin_child(from, 0))))), 6);
    assert_int_equal(lin_item_i64(lin_sum(lin_eq(lin_bias(lin_child(to, 0)), lin_bias(lin_child(from, 0))))), 2);
    /* Copied, not shared. */
    lin_fill_(lin_data(lin_weight(lin_child(from, 0))), 5);
    assert_true(lin_at(w, LIN_SHAPE(0, 0)) != 5);
    check_ok(ctx);
}

/* Any order, other types, strides; still a leaf that requires grad, and a graph from before is stale. */
static void loading_converts(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_linear(ctx, 2, 3);
    lin_tensor *before = lin_sum(lin_forward(m, lin_requires_grad_(lin_ones(ctx, LIN_SHAPE(1, 2)), true)));
    lin_tensor *w = lin_transpose(lin_reshape(lin_arange(ctx, 0, 6, 1, LIN_F64), LIN_SHAPE(2, 3)), 0, 1);
    lin_tensor *tensors[] = {lin_from_i64(ctx, (int64_t[]){7, 8, 9}, LIN_SHAPE(3)), w};
    lin_state s = {2, (const char *const[]){"bias", "weight"}, tensors};
    assert_int_equal(lin_load_state_dict(m, s), 0);
    CHECK_VALUES(lin_weight(m), 0, 0, 3, 1, 4, 2, 5);
    CHECK_VALUES(lin_bias(m), 0, 7, 8, 9);
    assert_int_equal(lin_type(lin_weight(m)), LIN_F32);
    assert_true(lin_requires_grad(lin_weight(m)) && lin_is_leaf(lin_weight(m)));
    check_ok(ctx);
    assert_int_equal(lin_backward(before), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "affine saved was changed in place");
}

/* The module's own tensors under each other's names are read as they were. */
static void loading_exchanges(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *a = lin_linear(ctx, 1, 1), *b = lin_linear(ctx, 1, 1), *net = lin_sequential(ctx, a, b);
    double wa = lin_item(lin_weight(a)), wb = lin_item(lin_weight(b));
    lin_tensor *tensors[] = {lin_weight(b), lin_bias(b), lin_weight(a), lin_bias(a)};
    assert_int_equal(lin_load_state_dict(net, (lin_state){4, lin_state_dict(net).names, tensors}), 0);
    assert_true(lin_item(lin_weight(a)) == wb && lin_item(lin_weight(b)) == wa);
}

static void check_refused(lin_module *m, lin_state s, int code, const char *text)
{
    lin_ctx *ctx = lin_module_context(m);
    lin_fill_(lin_data(lin_parameters(m).at[0]), 42);
    assert_int_equal(lin_load_state_dict(m, s), code);
    check_error(ctx, code, text);
    for (int64_t i = 0; i < lin_numel(lin_parameters(m).at[0]); i++) /* nothing was changed */
        assert_true(lin_at(lin_reshape(lin_detach(lin_parameters(m).at[0]), LIN_SHAPE(-1)), LIN_SHAPE(i)) == 42);
}

static void a_state_that_does_not_fit(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *m = lin_linear(ctx, 2, 3);
    lin_tensor *w = lin_ones(ctx, LIN_SHAPE(3, 2)), *turned = lin_ones(ctx, LIN_SHAPE(2, 3));
    lin_tensor *b = lin_ones(ctx, LIN_SHAPE(3));
#define STATE(count, name0, name1, name2, ...)                                   \
    (lin_state)                                                                  \
    {                                                                            \
        count, (const char *const[]){name0, name1, name2}, (lin_tensor *const[]) \
        {                                                                        \
            __VA_ARGS__                                                          \
        }                                                                        \
    }
    check_refused(m, STATE(1, "weight", NULL, NULL, w), LIN_EMISMATCH,
                  "load_state_dict: \"bias\" is missing from the state");
    check_refused(m, STATE(2, "weight", "0.bias", NULL, w, b), LIN_EMISMATCH,
                  "load_state_dict: \"bias\" is missing from the state");
    check_refused(m, STATE(2, "weight", "bias", NULL, turned, b), LIN_EMISMATCH,
                  "load_state_dict: \"weight\" is (2, 3) in the state and (3, 2) in the module");
    check_refused(m, STATE(2, "weight", "bias", NULL, w, turned), LIN_EMISMATCH,
                  "load_state_dict: \"bias\" is (2, 3) in the state and (3) in the module");
    check_refused(m, STATE(3, "weight", "bias", "scale", w, b, b), LIN_EMISMATCH,
                  "load_state_dict: the module has no \"scale\"");
    check_refused(m, STATE(3, "weight", "bias", "weight", w, b, w), LIN_EMISMATCH,
                  "load_state_dict: \"weight\" is in the state twice");
    check_refused(m, STATE(2, "weight", NULL, NULL, w, b), LIN_EINVAL, "load_state_dict: entry 1 of the state is NULL");
    check_refused(m, STATE(2, "weight", "bias", NULL, w, NULL), LIN_EINVAL,
                  "load_state_dict: entry 1 of the state is NULL");
    check_refused(m, (lin_state){.count = -1}, LIN_EINVAL, "load_state_dict: no list of -1 names and tensors");
    check_refused(m, (lin_state){.count = 2}, LIN_EINVAL, "load_state_dict: no list of 2 names and tensors");
    lin_ctx *other = lin_ctx_new(NULL);
    check_refused(m, STATE(2, "weight", "bias", NULL, w, lin_ones(other, LIN_SHAPE(3))), LIN_EINVAL,
                  "load_state_dict: \"bias\" is of another context");
    lin_ctx_free(other);
}

static void training_takes_no_more_memory(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 16, 4));
    lin_state s = lin_state_dict(lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 16, 4)));
    size_t after_two = 0;
    for (int i = 0; i < 50; i++) {
        lin_region mark = lin_mark(ctx);
        lin_backward(lin_mean(lin_forward(net, lin_ones(ctx, LIN_SHAPE(8, 4, 4)))));
        lin_release(mark);
        lin_load_state_dict(net, s);
        if (i == 1)
            after_two = lin_memory(ctx); /* the first one writes its gradients where they stay, the others add */
    }
    assert_int_equal(lin_memory(ctx), after_two);
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_linear_layer),
        TEST(the_default_type_is_that_of_the_parameters),
        TEST(sizes_that_a_linear_layer_cannot_have),
        TEST(flattening),
        TEST(relu_and_its_gradient),
        TEST(a_function_as_a_layer),
        TEST(layers_one_after_the_other),
        TEST(no_layers_at_all),
        TEST(errors_name_the_layer),
        TEST(what_is_not_a_child),
        TEST(nesting_has_an_end),
        TEST(modules_live_in_the_nearest_scope),
        TEST(a_child_whose_scope_has_ended),
        TEST(kinds_and_texts),
        TEST(questions_that_have_no_answer),
        TEST(null_passes_through),
        TEST(apply_goes_to_children_first),
        TEST(an_older_cause_does_not_stop_apply),
        TEST(train_and_eval_mode),
        TEST(parameters_by_pytorchs_names),
        TEST(a_layer_in_two_places),
        TEST(loading_what_another_net_has),
        TEST(loading_converts),
        TEST(loading_exchanges),
        TEST(a_state_that_does_not_fit),
        TEST(training_takes_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
