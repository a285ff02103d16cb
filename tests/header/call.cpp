// One function of every public header, called from C++17, with the macros that C++ spells in its own way.
#include <linnet.h>
#include <linnet/d2l.h>

#include <cstdio>
#include <cstring>

static int failures = 0;

static void check(bool ok, const char *what)
{
    if (ok) return;
    std::fprintf(stderr, "header.call: %s\n", what);
    failures++;
}

static int count_epochs(void *user, const lin_epoch *)
{
    ++*static_cast<int *>(user);
    return 0;
}

int main()
{
    lin_ctx_options options = {};
    options.seed = 42;
    lin_ctx *ctx = lin_ctx_new(&options);
    check(ctx && std::strcmp(lin_version(), LIN_VERSION) == 0, "base.h");

    const float data[] = {1, 2, 3, 4, 5, 6};
    lin_tensor *X = lin_from_f32(ctx, data, LIN_SHAPE(3, 2));
    check(lin_dim(X, -1) == 2, "tensor.h");
    check(lin_item(lin_sum(X)) == 21, "op.h");

    lin_tensor *w = lin_parameter(lin_ones(ctx, LIN_SHAPE(2, 1)));
    check(lin_backward(lin_sum(lin_matmul(X, w))) == LIN_OK, "autograd.h");
    check(lin_at(lin_grad(w), LIN_SHAPE(0, 0)) == 9, "autograd.h: the gradient");

    lin_tensor *y = lin_sum_dim(X, 1, true);
    lin_tensor *arrays[] = {X, y};
    lin_tensors kept = {2, arrays}; // LIN_TENSORS would be gone at the end of this line: tensor.h
    lin_dataset *train = lin_tensor_dataset(kept);
    check(lin_rows(train) == 3, "data.h");
    check(lin_dim(lin_cat(kept, 1), 1) == 3, "tensor.h: a kept list");
    check(lin_dim(lin_cat(LIN_TENSORS(X, y), 1), 1) == 3, "tensor.h: a list as an argument");

    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 2, 4), lin_relu_layer(ctx), lin_linear(ctx, 4, 1));
    check(lin_children(net) == 3, "nn.h");
    check(lin_item(lin_mse(y, y, nullptr)) == 0, "loss.h");
    check(lin_r2_of(y, y) == 1, "metric.h");

    lin_sgd_options sgd = {};
    sgd.lr = 0.01;
    lin_fit_options fit = {};
    int epochs = 0;
    fit.loss = lin_mse;
    fit.optimizer = lin_sgd(lin_parameters(net), &sgd);
    fit.epochs = 2;
    fit.on_epoch = count_epochs;
    fit.user = &epochs;
    check(lin_lr(fit.optimizer) == 0.01, "optim.h");
    check(lin_fit(net, train, nullptr, &fit) == LIN_OK && epochs == 2, "train.h");
    check(lin_error_code_of(ctx) == LIN_OK, lin_error(ctx));

    check(!lin_load(ctx, "there/is/no/such/model") && lin_error_code_of(ctx) == LIN_ENOFILE, "model.h");
    lin_animator_options quiet = {};
    quiet.quiet = true;
    lin_animator *animator = lin_animator_new(ctx, &quiet);
    check(LIN_ANIMATE(animator, 1, 0.5, 0.25) == LIN_OK, "report.h");
    check(lin_panels(lin_animator_figure(animator)) == 1, "report.h: the animator's figure");

    check(d2l_get_dataloader_workers() == 4, "d2l.h");
    d2l_accumulator metric = d2l_Accumulator(2);
    D2L_ADD(&metric, 1, 2.5);
    check(d2l_accumulator_get(&metric, 1) == 2.5, "d2l.h: sums");
    lin_ctx_free(ctx);
    return failures != 0;
}
