/* Memory that runs out while a net is made, trained, measured and loaded: a cause, never a crash, and nothing half done. Regions
 * take their chunks from aligned_alloc, which this program has of its own: it fails when it is told to. */
#include "base/context.h"

#include "support/support.h"

#include <stdlib.h>

static int allocations; /* since the last reset */
static int fail_from = -1, fail_to = -1;

void *aligned_alloc(size_t alignment, size_t size)
{
    int n = allocations++;
    void *p;
    if (n >= fail_from && n < fail_to) return NULL;
    return posix_memalign(&p, alignment, size) ? NULL : p;
}

static void fail_at(int from, int count)
{
    allocations = 0;
    fail_from = from;
    fail_to = from + count;
}

static void fail_never(void)
{
    fail_at(0, 0);
}

/* The loss, its gradient, and what is measured on it. In a region of its own, and a new region's chunks are small: most ops
 * take a chunk for themselves. */
static void learn_from(lin_ctx *ctx, lin_loss_fn *loss, lin_module *net, lin_tensor *X, lin_tensor *y,
                       const lin_loss_options *options)
{
    lin_mark(ctx);
    lin_tensor *y_hat = lin_forward(net, X);
    lin_backward(loss(loss == lin_distribution_cross_entropy ? lin_softmax(y_hat, 1) : y_hat, y, options));
}

static void measure(lin_ctx *ctx, lin_tensor *y_hat, lin_tensor *labels)
{
    lin_mark(ctx);
    lin_tensor *values, *indices;
    lin_top_k(y_hat, 3, &values, &indices);
    lin_margin(y_hat, labels);
    lin_mark(ctx);
    lin_accuracy(y_hat, labels);
    lin_mark(ctx);
    lin_top_k_accuracy(y_hat, labels, 3);
    lin_mark(ctx);
    lin_r2_of(y_hat, y_hat);
}

static void train(lin_ctx *ctx)
{
    int64_t ignored = 3;
    lin_module *net =
        lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 64, 40), lin_relu_layer(ctx), lin_linear(ctx, 40, 30));
    lin_optimizer *o = lin_sgd(lin_parameters(net), &(lin_sgd_options){.momentum = 0.9});
    lin_tensor *X = lin_normal(ctx, 0, 1, LIN_SHAPE(100, 8, 8)), *y = lin_softmax(lin_ones(ctx, LIN_SHAPE(100, 30)), 1);
    lin_tensor *labels = lin_full_dtype(ctx, 7, LIN_SHAPE(100), LIN_I64);
    lin_loss_options with_var = {.var = y};
    lin_loss_options all = {.label_smoothing = .1, .ignore_index = &ignored, .weight = lin_ones(ctx, LIN_SHAPE(30))};
    lin_region mark = lin_mark(ctx);
    learn_from(ctx, lin_mse, net, X, y, NULL);
    learn_from(ctx, lin_huber, net, X, y, NULL);
    learn_from(ctx, lin_gaussian_nll, net, X, y, &with_var);
    learn_from(ctx, lin_cross_entropy, net, X, labels, NULL);
    learn_from(ctx, lin_cross_entropy, net, X, labels, &all);
    learn_from(ctx, lin_cross_entropy, net, X, y, NULL);
    learn_from(ctx, lin_nll, net, X, labels, NULL);
    learn_from(ctx, lin_distribution_cross_entropy, net, X, y, NULL);
    lin_step(o);
    measure(ctx, lin_forward(net, X), labels);
    lin_mark(ctx);
    lin_load_state_dict(net, lin_state_dict(net));
    lin_release(mark);
}

/* The k-th chunk is not there, and then again none from the k-th on, for every k (under valgrind, which is slow, for some). */
static void any_chunk_may_be_missing(void **state)
{
    (void)state;
    static const int lengths[] = {1, 1 << 20};
    int stride = under_valgrind() ? 17 : 1;
    for (int mode = 0; mode < 2; mode++) {
        int code = LIN_ENOMEM, k = 0;
        for (; code; k += stride) {
            fail_never();
            lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
            assert_non_null(ctx);
            fail_at(k, lengths[mode]);
            train(ctx);
            code = lin_error_code_of(ctx);
            if (code) check_error_has(ctx, LIN_ENOMEM, "out of memory");
            assert_int_equal(ctx->depth, 0); /* no region is left open */
            fail_never();
            lin_ctx_free(ctx);
        }
        assert_true(k > 100); /* there were many to miss */
    }
}

/* All or nothing: a load that has no memory for the conversion leaves every parameter as it was. */
static void a_state_is_loaded_whole_or_not_at_all(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 500, 40), lin_linear(ctx, 40, 300));
    lin_state own = lin_state_dict(net);
    lin_tensor *doubles[4];
    for (int i = 0; i < own.count; i++) {
        doubles[i] = lin_full_dtype(ctx, 7, lin_size(own.tensors[i]), LIN_F64);
        lin_init_constant(own.tensors[i], 42);
    }
    int code = LIN_ENOMEM, k = 0;
    for (; code; k++) {
        lin_region fresh = lin_mark(ctx);
        fail_at(k, 1);
        code = lin_load_state_dict(net, (lin_state){own.count, own.names, doubles});
        fail_never();
        if (code) check_error_has(ctx, LIN_ENOMEM, "out of memory");
        for (int i = 0; i < own.count; i++)
            for (int64_t j = 0; j < lin_numel(own.tensors[i]); j += 97)
                assert_true(lin_f32(own.tensors[i])[j] == (code ? 42 : 7));
        lin_release(fresh);
    }
    assert_true(k > 2);
}

/* A step and zero_grad ask for none: they cannot fail halfway through the parameters. */
static void a_step_needs_no_memory(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = lin_parameter(lin_ones(ctx, LIN_SHAPE(100000)));
    lin_optimizer *o = lin_sgd(LIN_TENSORS(p), &(lin_sgd_options){.lr = 0.5, .momentum = 0.9});
    lin_backward(lin_sum(p));
    fail_at(0, 1 << 20);
    assert_int_equal(lin_step(o), 0);
    assert_int_equal(lin_zero_grad(o), 0);
    assert_int_equal(allocations, 0);
    fail_never();
    assert_true(lin_f32(p)[0] == 0.5f && lin_f32(p)[99999] == 0.5f);
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_chunk_may_be_missing),
        TEST(a_state_is_loaded_whole_or_not_at_all),
        TEST(a_step_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
