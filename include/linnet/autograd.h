/* linnet/autograd.h: gradients by reverse accumulation over the recorded graph. */
#ifndef LINNET_AUTOGRAD_H
#define LINNET_AUTOGRAD_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A leaf with a gradient buffer beside it: a copy of t's values, without its graph, in the nearest scope. f32 or f64. */
LIN_API lin_tensor *lin_parameter(lin_tensor *t);
/* Mark a leaf as requiring grad, or not; returns t. Floating types only; a tensor with a graph is an error. */
LIN_API lin_tensor *lin_requires_grad_(lin_tensor *t, bool on);
LIN_API bool lin_requires_grad(const lin_tensor *t);
LIN_API bool lin_is_leaf(const lin_tensor *t);
/* Name of the op that made t ("matmul"), NULL for a leaf. Static. */
LIN_API const char *lin_grad_fn(const lin_tensor *t);

/* Accumulate d t / d leaf into every leaf that requires grad. t has one element; lin_backward_with takes the upstream
 * gradient (t's shape and type) for any other. May be called again on the same graph: gradients add up.
 * 0 or a code: LIN_EINVAL if t requires no grad, or if a saved value was changed in place. */
LIN_API int lin_backward(lin_tensor *t);
LIN_API int lin_backward_with(lin_tensor *t, lin_tensor *gradient);

/* The gradient of a leaf: same shape and type; NULL, without a cause, until a backward has reached t. Lives as long as
 * t does, and may be changed in place. */
LIN_API lin_tensor *lin_grad(const lin_tensor *t);
/* As if no backward had reached t yet; its buffer is kept for the next. */
LIN_API void lin_zero_grad_of(lin_tensor *t);
/* The values of t without gradient, sharing storage, as `.data`: changes made through it are not seen by autograd. */
LIN_API lin_tensor *lin_data(lin_tensor *t);
/* The same values without graph, as t.detach(): shares storage and its version counter. */
LIN_API lin_tensor *lin_detach(lin_tensor *t);

/* Gradients off or on until the innermost region ends (a mark's release, a step's next batch); regions opened meanwhile
 * inherit it. A region opened later starts from the one below it. */
LIN_API void lin_no_grad(lin_ctx *ctx);
LIN_API void lin_enable_grad(lin_ctx *ctx);
LIN_API bool lin_grad_enabled(const lin_ctx *ctx);

/* A function of some tensors, to be checked: returns a tensor of any shape. */
typedef lin_tensor *lin_gradcheck_fn(void *user, lin_tensors inputs);
/* All zero means the defaults. */
typedef struct lin_gradcheck_options {
    double eps;    /* step of the central difference; 1e-4, scaled by max(1, |x|) */
    double tol;    /* |analytic − numeric| ≤ tol · max(1, |a|, |n|); 1e-7 */
    double *worst; /* [OUT, OPTIONAL] the largest |a − n| / max(1, |a|, |n|) seen */
} lin_gradcheck_options;
/* Compare the gradients of Σ w·f(inputs), with fixed pseudo-random w, against central differences in f64, for every
 * input that requires grad and every element. Inputs are f64 leaves. Extrapolated (Richardson) so that the error of
 * the difference is below tol. 0, or LIN_EINVAL with the input, element and both values in the cause. */
LIN_API int lin_gradcheck(lin_gradcheck_fn *f, void *user, lin_tensors inputs, const lin_gradcheck_options *options);

#ifdef __cplusplus
}
#endif

#endif
