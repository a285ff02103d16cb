/* linnet/optim.h: optimizers over a list of parameters. They live in the nearest scope, with their state. */
#ifndef LINNET_OPTIM_H
#define LINNET_OPTIM_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lin_optimizer lin_optimizer;

/* As torch.optim.SGD; all zero means its defaults. */
typedef struct lin_sgd_options {
    double lr; /* 0 means 1e-3 */
    double momentum;
    double dampening;
    double weight_decay; /* added to the gradient: L2 */
    bool nesterov;       /* needs momentum > 0 and dampening 0 */
    bool maximize;
} lin_sgd_options;
/* g ← ∇ + λθ; v ← μv + (1 − τ)g (v = g at the first step); g ← g + μv (Nesterov) or v; θ ← θ − η·g. */
LIN_API lin_optimizer *lin_sgd(lin_tensors parameters, const lin_sgd_options *options);
/* One update from the gradients; a parameter without one is skipped. 0 or a code. */
LIN_API int lin_step(lin_optimizer *o);
/* Every parameter's gradient back to "none" (torch's set_to_none). 0, or LIN_EINVAL for NULL. */
LIN_API int lin_zero_grad(lin_optimizer *o);
LIN_API double lin_lr(const lin_optimizer *o);
LIN_API int lin_set_lr(lin_optimizer *o, double lr);
LIN_API lin_tensors lin_optimizer_parameters(const lin_optimizer *o);
LIN_API lin_ctx *lin_optimizer_context(const lin_optimizer *o);

#ifdef __cplusplus
}
#endif

#endif
