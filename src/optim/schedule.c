/* Schedules of the learning rate: the formulas of torch.optim.lr_scheduler, in closed form where torch has one. */
#include "optim/optim.h"

#include "base/error.h"
#include "base/region.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Beyond it a number of steps is no exact double. */
static const int64_t most_steps = (int64_t)1 << 53;

static bool is_live(const lin_schedule *s, const char *name)
{
    return lin__is_live(s, name, "schedule");
}

/* ---- The rate ---------------------------------------------------------------------------------------------------- */

/* The place in its list of the schedule whose turn is at step t: the first whose milestone is yet to come. */
static int turn(const lin_schedule *s, int64_t t)
{
    int i = 0;
    while (i + 1 < s->count && t >= s->milestones[i])
        i++;
    return i;
}

/* η after t steps; torch's order of operations. Not of a plateau. */
static double rate(const lin_schedule *s, int64_t t)
{
    const double pi = 3.141592653589793, base = s->initial_lr, at = (double)t;
    if (s->kind == LIN__SEQUENTIAL_LR) {
        int i = turn(s, t);
        return rate(s->list[i], i ? t - s->milestones[i - 1] : t);
    }
    switch (s->kind) {
    case LIN__STEP_LR: {
        int64_t steps = t / s->size;
        return base * lin__pow(s->gamma, (double)steps);
    }
    case LIN__EXPONENTIAL_LR:
        return base * lin__pow(s->gamma, at);
    case LIN__COSINE_ANNEALING_LR:
        return s->eta_min + (base - s->eta_min) * (1 + lin__cos(pi * at / (double)s->size)) / 2;
    default: /* linear */
        return base * (s->start + (s->end - s->start) * (double)(t < s->size ? t : s->size) / (double)s->size);
    }
}

/* ---- Making ------------------------------------------------------------------------------------------------------ */

/* A schedule of o with its first rate yet to be set; NULL, with a cause where there is where to record one. */
static lin_schedule *new_schedule(lin_optimizer *o, lin__schedule_kind kind)
{
    if (!lin__is_live(o, "schedule", "optimizer")) return NULL;
    lin_ctx *ctx = lin_optimizer_context(o);
    lin_schedule *s = lin__alloc_zeroed(ctx, lin__scope(ctx), sizeof *s);
    if (!s) return NULL;
    s->live = LIN__LIVE;
    s->ctx = ctx;
    s->optimizer = o;
    s->kind = kind;
    s->initial_lr = lin__initial_lr(o);
    return s;
}

/* Record that `name` is `value`, but must be `expected`, unless it is `good`. */
static bool check(const lin_schedule *s, bool good, const char *name, double value, const char *expected)
{
    if (good) return true;
    lin__fail(s->ctx, LIN_EINVAL, "schedule: %s is %g; it must be %s", name, value, expected);
    return false;
}

static bool check_count(const lin_schedule *s, const char *name, int64_t value, int64_t least)
{
    return check(s, value >= least && value <= most_steps, name, (double)value,
                 least ? "a whole number from 1 on" : "a whole number from 0 on");
}

static bool not_negative(const lin_schedule *s, const char *name, double value)
{
    return check(s, isfinite(value) && value >= 0, name, value, "0 or more, and finite");
}

static lin_schedule *started(lin_schedule *s)
{
    s->state.lr = s->kind == LIN__REDUCE_LR_ON_PLATEAU ? lin_lr(s->optimizer) : rate(s, 0);
    lin__schedule_lr(s->optimizer, s->state.lr);
    return s;
}

lin_schedule *lin_step_lr(lin_optimizer *o, const lin_step_lr_options *options)
{
    lin_step_lr_options none = {0}, given = options ? *options : none;
    lin_schedule *s = new_schedule(o, LIN__STEP_LR);
    if (!s) return NULL;
    s->size = given.step_size;
    s->gamma = given.gamma == 0 ? 0.1 : given.gamma;
    bool good = check_count(s, "step_size", s->size, 1) &&
                check(s, isfinite(s->gamma) && s->gamma > 0, "gamma", s->gamma, "above 0, and finite");
    return good ? started(s) : NULL;
}

lin_schedule *lin_exponential_lr(lin_optimizer *o, double gamma)
{
    lin_schedule *s = new_schedule(o, LIN__EXPONENTIAL_LR);
    if (!s) return NULL;
    s->gamma = gamma;
    return check(s, isfinite(gamma) && gamma > 0, "gamma", gamma, "above 0, and finite") ? started(s) : NULL;
}

lin_schedule *lin_cosine_annealing_lr(lin_optimizer *o, const lin_cosine_annealing_lr_options *options)
{
    lin_cosine_annealing_lr_options none = {0}, given = options ? *options : none;
    lin_schedule *s = new_schedule(o, LIN__COSINE_ANNEALING_LR);
    if (!s) return NULL;
    s->size = given.T_max;
    s->eta_min = given.eta_min;
    return check_count(s, "T_max", s->size, 1) && not_negative(s, "eta_min", s->eta_min) ? started(s) : NULL;
}

lin_schedule *lin_linear_lr(lin_optimizer *o, const lin_linear_lr_options *options)
{
    lin_linear_lr_options none = {0}, given = options ? *options : none;
    lin_schedule *s = new_schedule(o, LIN__LINEAR_LR);
    if (!s) return NULL;
    s->start = given.start_factor == 0 ? 1.0 / 3 : given.start_factor;
    s->end = given.end_factor ? *given.end_factor : 1;
    s->size = given.total_iters == 0 ? 5 : given.total_iters;
    bool good = check(s, s->start > 0 && s->start <= 1, "start_factor", s->start, "above 0, and at most 1") &&
                check(s, s->end >= 0 && s->end <= 1, "end_factor", s->end, "from 0 to 1") &&
                check_count(s, "total_iters", s->size, 1);
    return good ? started(s) : NULL;
}

lin_schedule *lin_reduce_lr_on_plateau(lin_optimizer *o, const lin_reduce_lr_on_plateau_options *options)
{
    lin_reduce_lr_on_plateau_options none = {0}, given = options ? *options : none;
    lin_schedule *s = new_schedule(o, LIN__REDUCE_LR_ON_PLATEAU);
    if (!s) return NULL;
    s->plateau = (lin__plateau){.factor = given.factor == 0 ? 0.1 : given.factor,
                                .threshold = given.threshold ? *given.threshold : 1e-4,
                                .min_lr = given.min_lr,
                                .eps = given.eps ? *given.eps : 1e-8,
                                .patience = given.patience ? *given.patience : 10,
                                .cooldown = given.cooldown,
                                .absolute = given.absolute,
                                .maximize = given.maximize};
    const lin__plateau *p = &s->plateau;
    s->state.best = p->maximize ? -INFINITY : INFINITY;
    bool good = check(s, p->factor > 0 && p->factor < 1, "factor", p->factor, "above 0, and below 1") &&
                check_count(s, "patience", p->patience, 0) && not_negative(s, "threshold", p->threshold) &&
                check_count(s, "cooldown", p->cooldown, 0) && not_negative(s, "min_lr", p->min_lr) &&
                not_negative(s, "eps", p->eps);
    return good ? started(s) : NULL;
}

/* ---- Sequences --------------------------------------------------------------------------------------------------- */

static const char *fault_of(const lin_schedule *s, const lin_optimizer *o)
{
    if (s->optimizer != o) return "is of another optimizer";
    if (s->kind == LIN__REDUCE_LR_ON_PLATEAU) return "is a plateau, which needs a metric at each step";
    return s->kind == LIN__SEQUENTIAL_LR ? "is a sequence itself: put its schedules into this one" : NULL;
}

static bool check_list(const lin_optimizer *o, lin_schedule *const *list, const int64_t *milestones, int count)
{
    lin_ctx *ctx = lin_optimizer_context(o);
    if (count < 1 || !list || (count > 1 && !milestones)) {
        lin__fail(ctx, LIN_EINVAL, "sequential_lr: no list of %d schedules, and one milestone less", count);
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (list[i] && !is_live(list[i], "sequential_lr")) return false;
        const char *fault = list[i] ? fault_of(list[i], o) : "is NULL";
        if (!fault) continue;
        if (!list[i] && lin__failed(ctx)) return false;
        lin__fail(ctx, LIN_EINVAL, "sequential_lr: schedule %d %s", i, fault);
        return false;
    }
    for (int i = 0; i + 1 < count; i++) {
        int64_t before = i ? milestones[i - 1] : 0;
        if (milestones[i] > before && milestones[i] <= most_steps) continue;
        lin__fail(ctx, LIN_EINVAL, "sequential_lr: milestone %d is %" PRId64 "; it must come after %" PRId64, i,
                  milestones[i], before);
        return false;
    }
    return true;
}

lin_schedule *lin_sequential_lr(lin_optimizer *o, lin_schedule *const *list, const int64_t *milestones, int count)
{
    if (!lin__is_live(o, "sequential_lr", "optimizer") || !check_list(o, list, milestones, count)) return NULL;
    lin_schedule *s = new_schedule(o, LIN__SEQUENTIAL_LR);
    if (!s) return NULL;
    uint32_t depth = lin__scope(s->ctx);
    s->list = lin__alloc_array(s->ctx, depth, (size_t)count, sizeof(lin_schedule *));
    s->milestones = lin__alloc_array(s->ctx, depth, (size_t)count, sizeof *s->milestones);
    if (!s->list || !s->milestones) return NULL;
    s->count = count;
    memcpy(s->list, list, (size_t)count * sizeof(lin_schedule *));
    if (count > 1) memcpy(s->milestones, milestones, (size_t)(count - 1) * sizeof *milestones);
    return started(s);
}

/* ---- Stepping ---------------------------------------------------------------------------------------------------- */

static bool is_better(const lin__plateau *p, double value, double best)
{
    if (p->maximize) return value > (p->absolute ? best + p->threshold : best * (p->threshold + 1));
    return value < (p->absolute ? best - p->threshold : best * (1 - p->threshold));
}

/* ReduceLROnPlateau.step, line by line. */
static double plateau_rate(const lin_schedule *s, lin_schedule_state *at, double value)
{
    const lin__plateau *p = &s->plateau;
    double lr = lin_lr(s->optimizer);
    at->bad_steps++;
    if (is_better(p, value, at->best)) {
        at->best = value;
        at->bad_steps = 0;
    }
    if (at->cooldown > 0) {
        at->cooldown--;
        at->bad_steps = 0;
    }
    if (at->bad_steps <= p->patience) return lr;
    at->cooldown = p->cooldown;
    at->bad_steps = 0;
    double lower = fmax(lr * p->factor, p->min_lr);
    return lr - lower > p->eps ? lower : lr;
}

static int step(lin_schedule *s, double value)
{
    lin_schedule_state next = s->state;
    if (next.steps++ >= most_steps) return lin__fail(s->ctx, LIN_EINVAL, "schedule: too many steps");
    next.lr = s->kind == LIN__REDUCE_LR_ON_PLATEAU ? plateau_rate(s, &next, value) : rate(s, next.steps);
    if (!isfinite(next.lr))
        return lin__fail(s->ctx, LIN_EINVAL, "schedule: after %" PRId64 " steps lr would be %g", next.steps, next.lr);
    s->state = next;
    lin__schedule_lr(s->optimizer, next.lr);
    return 0;
}

int lin_schedule_step(lin_schedule *s)
{
    if (!is_live(s, "schedule_step")) return LIN_EINVAL;
    if (s->kind != LIN__REDUCE_LR_ON_PLATEAU) return step(s, 0);
    return lin__fail(s->ctx, LIN_EINVAL, "schedule_step: a plateau needs a metric: lin_schedule_metric");
}

int lin_schedule_metric(lin_schedule *s, double value)
{
    return is_live(s, "schedule_metric") ? step(s, value) : LIN_EINVAL;
}

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

lin_optimizer *lin_schedule_optimizer(const lin_schedule *s)
{
    return is_live(s, "schedule_optimizer") ? s->optimizer : NULL;
}

bool lin_schedule_needs_metric(const lin_schedule *s)
{
    return is_live(s, "schedule_needs_metric") && s->kind == LIN__REDUCE_LR_ON_PLATEAU;
}

lin_schedule_state lin_schedule_state_of(const lin_schedule *s)
{
    return is_live(s, "schedule_state_of") ? s->state : (lin_schedule_state){0};
}

int lin_schedule_set_state(lin_schedule *s, const lin_schedule_state *state)
{
    if (!is_live(s, "schedule_set_state")) return LIN_EINVAL;
    if (!state) return lin__fail_null(s->ctx, "schedule_set_state: the state");
    bool good = state->steps >= 0 && state->steps <= most_steps && isfinite(state->lr) && state->lr >= 0 &&
                !isnan(state->best) && state->bad_steps >= 0 && state->bad_steps <= most_steps &&
                state->cooldown >= 0 && state->cooldown <= most_steps;
    if (!good) return lin__fail(s->ctx, LIN_EINVAL, "schedule_set_state: no schedule has this state");
    s->state = *state;
    lin__schedule_lr(s->optimizer, state->lr);
    return 0;
}
