/* linnet/optim.h: optimizers over a list of parameters, and schedules of their rate. They live in the nearest scope, with their
 * state. */
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
/* The rate from now on, and η₀ of the schedules that are made from now on. 0 or a code. */
LIN_API int lin_set_lr(lin_optimizer *o, double lr);
LIN_API lin_tensors lin_optimizer_parameters(const lin_optimizer *o);
LIN_API lin_ctx *lin_optimizer_context(const lin_optimizer *o);

/* ---- Schedules: the rate over time, as torch.optim.lr_scheduler has them ---------------------------------------------------
 * A schedule belongs to one optimizer. It sets the rate when it is made and at each of its steps: one after every epoch, as a
 * rule. η₀ is the rate that the optimizer was given, t the number of steps so far. But for reduce_lr_on_plateau the rate follows
 * from η₀ and t alone (torch's closed form): it does not depend on how t was reached, nor on what lin_set_lr did meanwhile.
 * NULL with a cause for options out of their range. */
typedef struct lin_schedule lin_schedule;

/* η₀·γ^⌊t / step_size⌋ */
typedef struct lin_step_lr_options {
    int64_t step_size; /* required, from 1 on */
    double gamma;      /* 0 means 0.1 */
} lin_step_lr_options;
LIN_API lin_schedule *lin_step_lr(lin_optimizer *o, const lin_step_lr_options *options);

/* η₀·γ^t; gamma above 0. */
LIN_API lin_schedule *lin_exponential_lr(lin_optimizer *o, double gamma);

/* η_min + (η₀ − η_min)·(1 + cos(π·t / T_max)) / 2: half a wave down from η₀ to η_min, and up again beyond T_max. */
typedef struct lin_cosine_annealing_lr_options {
    int64_t T_max; /* required, from 1 on */
    double eta_min;
} lin_cosine_annealing_lr_options;
LIN_API lin_schedule *lin_cosine_annealing_lr(lin_optimizer *o, const lin_cosine_annealing_lr_options *options);

/* η₀·(start + (end − start)·min(t, total) / total): a warm-up by default. */
typedef struct lin_linear_lr_options {
    double start_factor;      /* 0 means 1/3; at most 1 */
    const double *end_factor; /* NULL means 1; 0 to 1 */
    int64_t total_iters;      /* 0 means 5 */
} lin_linear_lr_options;
LIN_API lin_schedule *lin_linear_lr(lin_optimizer *o, const lin_linear_lr_options *options);

/* Times `factor` when a metric has not become better for more than `patience` steps: see lin_schedule_metric. Better is below
 * best·(1 − threshold), or best − threshold if `absolute`; for `maximize` above best·(1 + threshold), or best + threshold. */
typedef struct lin_reduce_lr_on_plateau_options {
    bool maximize;           /* the metric is to grow: an accuracy, say */
    double factor;           /* 0 means 0.1; below 1 */
    const int64_t *patience; /* NULL means 10 */
    const double *threshold; /* NULL means 1e-4 */
    bool absolute;
    int64_t cooldown;  /* steps after a reduction in which none is counted as bad */
    double min_lr;     /* it goes no lower */
    const double *eps; /* NULL means 1e-8: a smaller reduction is not made */
} lin_reduce_lr_on_plateau_options;
LIN_API lin_schedule *lin_reduce_lr_on_plateau(lin_optimizer *o, const lin_reduce_lr_on_plateau_options *options);

/* One after the other, as SequentialLR: list[0] until step milestones[0], then list[1], whose t begins at 0 there, and so on; one
 * milestone less than schedules. A linear warm-up before another is the usual one. Neither a plateau nor a sequence may be in
 * it. The list is copied; its schedules are not to be stepped any more. */
LIN_API lin_schedule *lin_sequential_lr(lin_optimizer *o, lin_schedule *const *list, const int64_t *milestones,
                                        int count);

/* The schedule that a text spells, as the command's --schedule takes it:
 *
 *     step:SIZE[:GAMMA]            exponential:GAMMA        cosine[:T_MAX[:ETA_MIN]]        linear[:START[:END[:TOTAL]]]
 *     plateau[:FACTOR[:PATIENCE[:THRESHOLD[:COOLDOWN[:MIN_LR[:EPS]]]]]][:absolute][:maximize]
 *     warmup:STEPS[:START],SCHEDULE        linear from START to 1 in STEPS steps, then the other
 *     SCHEDULE@STEP,SCHEDULE               the first until that step, then the other
 *
 * What is left out has the default above, and T_MAX the steps that are left of `total` (0: it must be given). */
LIN_API lin_schedule *lin_schedule_from_text(lin_optimizer *o, const char *text, int64_t total);
/* The schedule with all its numbers, as lin_schedule_from_text reads it; in the innermost region. NULL with a cause. */
LIN_API const char *lin_schedule_text(const lin_schedule *s);

/* The next step. 0 or a code: LIN_EINVAL for a plateau, which needs its metric, and if the rate would not be finite. */
LIN_API int lin_schedule_step(lin_schedule *s);
/* The next step with the metric that a plateau looks at; other schedules do without. 0 or a code. */
LIN_API int lin_schedule_metric(lin_schedule *s, double value);
LIN_API lin_optimizer *lin_schedule_optimizer(const lin_schedule *s);
/* Does it need a metric? */
LIN_API bool lin_schedule_needs_metric(const lin_schedule *s);

/* Where it stands: to be stored, and given to one that was made in the same way. */
typedef struct lin_schedule_state {
    int64_t steps; /* so far */
    double lr;     /* the rate that it set last */
    /* Of a plateau: the best metric so far, the steps since then that count as bad, the steps of cooldown that are left. */
    double best;
    int64_t bad_steps, cooldown;
} lin_schedule_state;
/* For NULL: all zero. */
LIN_API lin_schedule_state lin_schedule_state_of(const lin_schedule *s);
/* Go on from there: sets the optimizer's rate. 0, or LIN_EINVAL for a state that no schedule has. */
LIN_API int lin_schedule_set_state(lin_schedule *s, const lin_schedule_state *state);

#ifdef __cplusplus
}
#endif

#endif
