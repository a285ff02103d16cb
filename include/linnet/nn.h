/* linnet/nn.h: modules: layers with parameters, put together in sequence. They live in the nearest scope. */
#ifndef LINNET_NN_H
#define LINNET_NN_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lin_module lin_module;

typedef enum lin_module_kind { LIN_SEQUENTIAL, LIN_LINEAR, LIN_FLATTEN_LAYER, LIN_RELU, LIN_LAMBDA } lin_module_kind;

/* The children one after the other. lin_sequential counts its arguments; a NULL child makes it NULL. */
LIN_API lin_module *lin_sequential_of(lin_ctx *ctx, lin_module *const *children, int count);
#ifdef __cplusplus
#define lin_sequential(ctx, ...) lin__sequential_list(ctx, {__VA_ARGS__})
#else
#define lin_sequential(ctx, ...) \
    lin_sequential_of(ctx, (lin_module *const[]){__VA_ARGS__}, LIN_COUNT(lin_module *, __VA_ARGS__))
#endif
/* (*, in) → (*, out): X·weightᵀ + bias; weight (out, in), bias (out), in the context's default type, started as
 * nn.Linear starts them: both U(−1/√in, 1/√in). */
LIN_API lin_module *lin_linear(lin_ctx *ctx, int64_t in, int64_t out);
/* (n, …) → (n, product). */
LIN_API lin_module *lin_flatten(lin_ctx *ctx);
LIN_API lin_module *lin_relu_layer(lin_ctx *ctx);
/* A module without parameters from a function of X. `user` is borrowed. */
typedef lin_tensor *lin_lambda_fn(void *user, lin_tensor *X);
LIN_API lin_module *lin_lambda(lin_ctx *ctx, lin_lambda_fn *f, void *user);

/* net(X). Errors name the layer: "sequential[1] linear(784 -> 10): input is (256, 1, 28, 28), expected (*, 784)". */
LIN_API lin_tensor *lin_forward(lin_module *m, lin_tensor *X);

LIN_API lin_ctx *lin_module_context(const lin_module *m);
LIN_API lin_module_kind lin_kind(const lin_module *m); /* LIN_LAMBDA for NULL */
LIN_API bool lin_is_linear(const lin_module *m);       /* type(m) == nn.Linear */
/* "linear(784 -> 10)", in the scope of m. Never NULL. */
LIN_API const char *lin_module_text(const lin_module *m);
LIN_API int lin_children(const lin_module *m);
LIN_API lin_module *lin_child(lin_module *m, int i); /* net[i]; NULL and a cause when out of range */
LIN_API lin_tensor *lin_weight(lin_module *m);       /* of a linear; NULL and a cause otherwise */
LIN_API lin_tensor *lin_bias(lin_module *m);

/* Call f on every module of the tree, children first, as net.apply(f). Stops at the first code that is not 0 and
 * returns it; a cause that f recorded counts as LIN_EINVAL. */
typedef int lin_apply_fn(void *user, lin_module *m);
LIN_API int lin_apply(lin_module *m, lin_apply_fn *f, void *user);

/* Train mode (the start) and eval mode, for the whole tree. */
LIN_API void lin_train(lin_module *m);
LIN_API void lin_eval(lin_module *m);
LIN_API bool lin_is_training(const lin_module *m);

/* All parameters in order; the list lives in m's scope. */
LIN_API lin_tensors lin_parameters(lin_module *m);
/* Name of the i-th parameter as PyTorch has it ("1.weight"); NULL when out of range. */
LIN_API const char *lin_parameter_name(lin_module *m, int i);

/* Names and tensors side by side, borrowed. */
typedef struct lin_state {
    int count;
    const char *const *names;
    lin_tensor *const *tensors;
} lin_state;
/* The parameters by name, as they are now (shared, not copied). */
LIN_API lin_state lin_state_dict(lin_module *m);
/* Copy values in; names, shapes and count must agree (types are converted). 0, or LIN_EMISMATCH naming the first that does not. */
LIN_API int lin_load_state_dict(lin_module *m, lin_state state);

/* ---- Init: fill a tensor in place, outside of any graph; returns it ------------------------------- */
LIN_API lin_tensor *lin_init_normal(lin_tensor *t, double mean, double std);
LIN_API lin_tensor *lin_init_uniform(lin_tensor *t, double low, double high);
LIN_API lin_tensor *lin_init_zeros(lin_tensor *t);
LIN_API lin_tensor *lin_init_constant(lin_tensor *t, double value);
/* U(−bound, bound), bound = √(6 / ((1 + a²) · fan_in)) (He et al. 2015); a = √5 is nn.Linear's. t (out, in). */
LIN_API lin_tensor *lin_init_kaiming_uniform(lin_tensor *t, double a);

#ifdef __cplusplus
}
#include <initializer_list>
inline lin_module *lin__sequential_list(lin_ctx *ctx, std::initializer_list<lin_module *> list)
{
    return lin_sequential_of(ctx, list.begin(), static_cast<int>(list.size()));
}
#endif

#endif
