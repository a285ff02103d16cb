/* Debug builds: what was released is refused by every public function that takes it, with an error and not with a crash. */
#include "support/train.h"

#include "base/region.h"

#if defined(NDEBUG) || defined(LIN__ASAN)
static void needs_a_debug_build(void **state)
{
    (void)state;
    skip(); /* release builds do not look; AddressSanitizer stops at the line */
}
#define RELEASED_TESTS TEST(needs_a_debug_build)
#else

/* The call refuses its argument, under that name; its result is what a NULL would have given. */
#define REFUSES(name, what, condition)                                                     \
    do {                                                                                   \
        assert_true(condition);                                                            \
        check_error(ctx, LIN_EINVAL, name ": this " what " was released with its region"); \
    } while (0)
#define REFUSES_TENSOR(name, condition)                                                                    \
    do {                                                                                                   \
        assert_true(condition);                                                                            \
        check_error(ctx, LIN_EINVAL, name ": a tensor was used after its region had ended; see lin_keep"); \
    } while (0)

static void tensors(void **state)
{
    lin_ctx *ctx = *state;
    lin_region mark = lin_mark(ctx);
    lin_tensor *t = lin_ones(ctx, LIN_SHAPE(1));
    lin_release(mark);
    float out[1];
    assert_ptr_equal(lin_context(t), ctx); /* the context outlives it, and is where the errors go */
    check_ok(ctx);
    REFUSES_TENSOR("ndim", lin_ndim(t) == 0);
    REFUSES_TENSOR("dim", lin_dim(t, 0) == 0);
    REFUSES_TENSOR("size", lin_size(t).ndim == 0);
    REFUSES_TENSOR("numel", lin_numel(t) == 0);
    REFUSES_TENSOR("type", lin_type(t) == LIN_F32);
    REFUSES_TENSOR("stride", lin_stride(t, 0) == 0);
    REFUSES_TENSOR("is_contiguous", !lin_is_contiguous(t));
    REFUSES_TENSOR("item", isnan(lin_item(t)));
    REFUSES_TENSOR("item_i64", lin_item_i64(t) == 0);
    REFUSES_TENSOR("at", isnan(lin_at(t, LIN_SHAPE(0))));
    REFUSES_TENSOR("f32", !lin_f32(t));
    REFUSES_TENSOR("f64", !lin_f64(t));
    REFUSES_TENSOR("i64", !lin_i64(t));
    REFUSES_TENSOR("u8", !lin_u8(t));
    REFUSES_TENSOR("copy_out", lin_copy_out(t, out) == LIN_EINVAL);
    REFUSES_TENSOR("keep", !lin_keep(t));
    REFUSES_TENSOR("to_string", !lin_to_string(t));
    REFUSES_TENSOR("print", lin_print(t, stdout) == LIN_EINVAL);
    REFUSES_TENSOR("save_npy", lin_save_npy(t, "nowhere/at.npy") == LIN_EINVAL);
    REFUSES_TENSOR("tensor_dataset", !lin_tensor_dataset(LIN_TENSORS(t)));
    REFUSES_TENSOR("neg", !lin_neg(t));
    REFUSES_TENSOR("cat", !lin_cat(LIN_TENSORS(t), 0));
}

static void tensors_of_a_graph(void **state)
{
    lin_ctx *ctx = *state;
    lin_region mark = lin_mark(ctx);
    lin_tensor *t = lin_parameter(lin_ones(ctx, LIN_SHAPE(1)));
    lin_release(mark);
    REFUSES_TENSOR("grad", !lin_grad(t));
    REFUSES_TENSOR("requires_grad", !lin_requires_grad(t));
    REFUSES_TENSOR("requires_grad_", !lin_requires_grad_(t, true));
    REFUSES_TENSOR("is_leaf", !lin_is_leaf(t));
    REFUSES_TENSOR("grad_fn", !lin_grad_fn(t));
    REFUSES_TENSOR("data", !lin_data(t));
    REFUSES_TENSOR("detach", !lin_detach(t));
    REFUSES_TENSOR("parameter", !lin_parameter(t));
    REFUSES_TENSOR("backward", lin_backward(t) == LIN_EINVAL);
    REFUSES_TENSOR("zero_grad_of", (lin_zero_grad_of(t), true));
    REFUSES_TENSOR("sgd", !lin_sgd(LIN_TENSORS(t), NULL));
}

static int visit(void *user, lin_module *m)
{
    (void)user;
    (void)m;
    return 0;
}

static void modules(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(2, 3));
    lin_region mark = lin_mark(ctx);
    lin_module *m = lin_linear(ctx, 3, 1);
    lin_release(mark);
    assert_ptr_equal(lin_module_context(m), ctx);
    check_ok(ctx);
    REFUSES("forward", "module", !lin_forward(m, X));
    REFUSES("kind", "module", lin_kind(m) == LIN_LAMBDA);
    REFUSES("is_linear", "module", !lin_is_linear(m));
    REFUSES("module_text", "module", !strcmp(lin_module_text(m), "no module"));
    REFUSES("children", "module", lin_children(m) == 0);
    REFUSES("child", "module", !lin_child(m, 0));
    REFUSES("weight", "module", !lin_weight(m));
    REFUSES("bias", "module", !lin_bias(m));
    REFUSES("apply", "module", lin_apply(m, visit, NULL) == LIN_EINVAL);
    REFUSES("train", "module", (lin_train(m), true));
    REFUSES("eval", "module", (lin_eval(m), true));
    REFUSES("is_training", "module", !lin_is_training(m));
    REFUSES("parameters", "module", lin_parameters(m).count == 0);
    REFUSES("parameter_name", "module", !lin_parameter_name(m, 0));
    REFUSES("state_dict", "module", lin_state_dict(m).count == 0);
    REFUSES("load_state_dict", "module", lin_load_state_dict(m, (lin_state){0}) == LIN_EINVAL);
    REFUSES("save", "module", lin_save(m, "nowhere/at.safetensors") == LIN_EINVAL);
}

static void datasets(void **state)
{
    lin_ctx *ctx = *state;
    lin_dataset *whole = doubles(ctx, 4);
    lin_region mark = lin_mark(ctx);
    lin_dataset *d = doubles(ctx, 4), *other;
    lin_tensor *y = lin_ones(ctx, LIN_SHAPE(4));
    lin_release(mark);
    int count = -1;
    lin_tensor *X;
    const char *names[] = {"a"};
    REFUSES("rows", "dataset", lin_rows(d) == 0);
    REFUSES("arrays", "dataset", lin_arrays(d) == 0);
    REFUSES("row_size", "dataset", lin_row_size(d, 0).ndim == 0);
    REFUSES("row_type", "dataset", lin_row_type(d, 0) == LIN_F32);
    REFUSES("row", "dataset", lin_row(d, 0, &X, NULL) == LIN_EINVAL);
    REFUSES("array", "dataset", !lin_array(d, 0));
    REFUSES("classes", "dataset", !lin_classes(d, &count) && count == 0);
    REFUSES("set_classes", "dataset", lin_set_classes(d, names, 1) == LIN_EINVAL);
    REFUSES("with_labels", "dataset", !lin_with_labels(d, y));
    REFUSES_TENSOR("with_labels", !lin_with_labels(whole, y));
    REFUSES("subset", "dataset", !lin_subset(d, 0, 1));
    REFUSES("split", "dataset", lin_split(d, 0.5, &d, &other) == LIN_EINVAL);
}

static void transforms_and_loaders(void **state)
{
    lin_ctx *ctx = *state;
    lin_region mark = lin_mark(ctx);
    lin_dataset *d = doubles(ctx, 4);
    lin_loader *l = lin_loader_new(d, NULL);
    lin_release(mark);
    lin_batch m = {0};
    REFUSES("set_transforms", "dataset", lin_set_transforms(d, NULL, 0) == LIN_EINVAL);
    REFUSES("loader", "dataset", !lin_loader_new(d, NULL));
    REFUSES("loader_next", "loader", lin_loader_next(l, &m) == LIN_EINVAL);
    REFUSES("loader_first", "loader", lin_loader_first(l, &m) == LIN_EINVAL);
    REFUSES("loader_seek", "loader", lin_loader_seek(l, &m, 0, 0) == LIN_EINVAL);
    REFUSES("loader_batches", "loader", lin_loader_batches(l) == 0);
    REFUSES("loader_dataset", "loader", !lin_loader_dataset(l));
    REFUSES("loader_batch_size", "loader", lin_loader_batch_size(l) == 0);
}

static void optimizers_and_histories(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_linear(ctx, 1, 1);
    lin_region mark = lin_mark(ctx);
    lin_optimizer *o = sgd(net, 0.1);
    lin_history *h = lin_history_new(ctx);
    lin_release(mark);
    assert_ptr_equal(lin_optimizer_context(o), ctx);
    REFUSES("step", "optimizer", lin_step(o) == LIN_EINVAL);
    REFUSES("zero_grad", "optimizer", lin_zero_grad(o) == LIN_EINVAL);
    REFUSES("lr", "optimizer", isnan(lin_lr(o)));
    REFUSES("set_lr", "optimizer", lin_set_lr(o, 1) == LIN_EINVAL);
    REFUSES("optimizer_parameters", "optimizer", lin_optimizer_parameters(o).count == 0);
    REFUSES("history_add", "history", lin_history_add(h, &(lin_epoch){0}) == LIN_EINVAL);
    REFUSES("history_count", "history", lin_history_count(h) == 0);
    REFUSES("history_at", "history", !lin_history_at(h, 0));
}

static void schedules(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_linear(ctx, 1, 1);
    lin_optimizer *kept = sgd(net, 0.1);
    lin_region mark = lin_mark(ctx);
    lin_optimizer *o = sgd(net, 0.1);
    lin_schedule *s = lin_exponential_lr(kept, 0.5);
    lin_release(mark);
    lin_schedule_state at = {.lr = 1};
    REFUSES("schedule", "optimizer", !lin_exponential_lr(o, 0.5));
    REFUSES("schedule", "optimizer", !lin_schedule_from_text(o, "step:3", 0));
    REFUSES("sequential_lr", "optimizer", !lin_sequential_lr(o, &s, NULL, 1));
    REFUSES("sequential_lr", "schedule", !lin_sequential_lr(kept, &s, NULL, 1));
    REFUSES("schedule_text", "schedule", !lin_schedule_text(s));
    REFUSES("schedule_step", "schedule", lin_schedule_step(s) == LIN_EINVAL);
    REFUSES("schedule_metric", "schedule", lin_schedule_metric(s, 1) == LIN_EINVAL);
    REFUSES("schedule_optimizer", "schedule", !lin_schedule_optimizer(s));
    REFUSES("schedule_needs_metric", "schedule", !lin_schedule_needs_metric(s));
    REFUSES("schedule_state_of", "schedule", lin_schedule_state_of(s).lr == 0);
    REFUSES("schedule_set_state", "schedule", lin_schedule_set_state(s, &at) == LIN_EINVAL);
}

static void what_training_is_given(void **state)
{
    lin_ctx *ctx = *state;
    lin_module *net = lin_linear(ctx, 1, 1);
    lin_dataset *d = doubles(ctx, 4);
    lin_fit_options good = {.loss = lin_mse, .optimizer = sgd(net, 0.1)}, bad = good, worse = good, worst = good;
    lin_region mark = lin_mark(ctx);
    lin_module *gone = lin_linear(ctx, 1, 1);
    lin_dataset *lost = doubles(ctx, 4);
    bad.optimizer = sgd(gone, 0.1);
    worse.history = lin_history_new(ctx);
    worst.schedule = lin_exponential_lr(good.optimizer, 0.5);
    lin_release(mark);
    lin_scores scores;
    REFUSES("fit", "module", lin_fit(gone, d, NULL, &good) == LIN_EINVAL);
    REFUSES("fit", "dataset", lin_fit(net, lost, NULL, &good) == LIN_EINVAL);
    REFUSES("fit", "dataset", lin_fit(net, d, lost, &good) == LIN_EINVAL);
    REFUSES("fit", "optimizer", lin_fit(net, d, NULL, &bad) == LIN_EINVAL);
    REFUSES("fit", "schedule", lin_fit(net, d, NULL, &worst) == LIN_EINVAL);
    REFUSES("fit", "history", lin_fit(net, d, NULL, &worse) == LIN_EINVAL);
    REFUSES("evaluate", "module", lin_evaluate(gone, d, NULL, NULL, &scores) == LIN_EINVAL);
    REFUSES("evaluate", "dataset", lin_evaluate(net, lost, NULL, NULL, &scores) == LIN_EINVAL);
}

static void figures(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y = lin_ones(ctx, LIN_SHAPE(3));
    lin_region mark = lin_mark(ctx);
    lin_figure *f = lin_subplots(ctx, &(lin_figure_options){.ncols = 3});
    lin_axes *panels[] = {lin_axes_at(f, 0), lin_axes_at(f, 2)};
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.quiet = true});
    lin_release(mark);
    REFUSES("axes_at", "figure", !lin_axes_at(f, 0));
    REFUSES("panels", "figure", lin_panels(f) == 0);
    REFUSES("frame", "figure", !lin_frame(f, NULL));
    REFUSES("show", "figure", lin_show(f, stdout) == LIN_EINVAL);
    REFUSES("savefig", "figure", lin_savefig(f, "x.png", NULL) == LIN_EINVAL);
    for (int i = 0; i < 2; i++) {
        lin_axes *axes = panels[i];
        REFUSES("axes_figure", "panel", !lin_axes_figure(axes));
        REFUSES("set_axes", "panel", lin_set_axes(axes, NULL) == LIN_EINVAL);
        REFUSES("set_xticks", "panel", lin_set_xticks(axes, NULL, 0) == LIN_EINVAL);
        REFUSES("set_yticks", "panel", lin_set_yticks(axes, NULL, 0) == LIN_EINVAL);
        REFUSES("plot", "panel", lin_plot(axes, NULL, y, NULL) == LIN_EINVAL);
        REFUSES("scatter", "panel", lin_scatter(axes, y, y, NULL) == LIN_EINVAL);
        REFUSES("axhline", "panel", lin_axhline(axes, 0, NULL) == LIN_EINVAL);
        REFUSES("annotate", "panel", lin_annotate(axes, "a", 0, 0, LIN_CENTER, NULL) == LIN_EINVAL);
        REFUSES("imshow", "panel", lin_imshow(axes, lin_ones(ctx, LIN_SHAPE(2, 2)), NULL) == LIN_EINVAL);
    }
    REFUSES("animator_add", "animator", LIN_ANIMATE(a, 1, 1) == LIN_EINVAL);
    REFUSES("animator_end", "animator", lin_animator_end(a) == LIN_EINVAL);
    REFUSES("animator_figure", "animator", !lin_animator_figure(a));
}

#define RELEASED_TESTS                                                                                    \
    TEST(tensors), TEST(tensors_of_a_graph), TEST(modules), TEST(datasets), TEST(transforms_and_loaders), \
        TEST(optimizers_and_histories), TEST(schedules), TEST(what_training_is_given), TEST(figures)
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {RELEASED_TESTS};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
