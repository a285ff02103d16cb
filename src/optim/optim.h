/* optim/optim.h: what schedules and checkpoints ask of an optimizer, and what a schedule is made of. */
#ifndef LINNET_OPTIM_OPTIM_H
#define LINNET_OPTIM_OPTIM_H

#include "kernel/kernel.h"
#include "tensor/tensor.h"
#include <linnet/optim.h>

/* ---- sgd.c ------------------------------------------------------------------------------------------------------- */
/* The rate that the optimizer was given. */
double lin__initial_lr(const lin_optimizer *o);
/* Set the rate and leave that one as it is. */
void lin__schedule_lr(lin_optimizer *o, double lr);
const lin__sgd *lin__sgd_options(const lin_optimizer *o);

/* Does parameter i have a velocity: is there momentum, and has it had a gradient? */
bool lin__has_velocity(const lin_optimizer *o, int i);
/* The velocity of parameter i, to be read or written, as a tensor of the innermost region over the optimizer's memory; only where
 * there is momentum. NULL with a cause. */
lin_tensor *lin__velocity(const lin_optimizer *o, int i);
/* Say whether parameter i has had a gradient, so that its velocity counts. */
void lin__set_started(lin_optimizer *o, int i, bool started);

/* ---- schedule.c, schedule_text.c --------------------------------------------------------------------------------- */
typedef enum lin__schedule_kind {
    LIN__STEP_LR,
    LIN__EXPONENTIAL_LR,
    LIN__COSINE_ANNEALING_LR,
    LIN__LINEAR_LR,
    LIN__REDUCE_LR_ON_PLATEAU,
    LIN__SEQUENTIAL_LR
} lin__schedule_kind;

/* The numbers of a plateau, with its defaults filled in. */
typedef struct lin__plateau {
    double factor, threshold, min_lr, eps;
    int64_t patience, cooldown;
    bool absolute, maximize;
} lin__plateau;

struct lin_schedule {
    uint32_t live; /* LIN__LIVE */
    lin_ctx *ctx;
    lin_optimizer *optimizer;
    lin__schedule_kind kind;
    double initial_lr; /* η₀ */
    int64_t size;      /* step_size, T_max, total_iters */
    double gamma;      /* of step and exponential */
    double eta_min;    /* of cosine */
    double start, end; /* factors of linear */
    lin__plateau plateau;
    int count; /* of a sequence: */
    lin_schedule **list;
    int64_t *milestones; /* count − 1 */
    lin_schedule_state state;
};
LIN__KNOWS_ITS_END(lin_schedule);

#endif
