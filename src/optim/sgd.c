/* Stochastic gradient descent, exactly as torch.optim.SGD. */
#include "autograd/tape.h"
#include "base/pool.h"
#include "optim/optim.h"

#include <math.h>
#include <string.h>

/* One parameter; its velocity lives in the optimizer's scope, NULL without momentum. */
typedef struct slot {
    lin_tensor *parameter;
    void *velocity;
    bool started; /* has it had a gradient yet? */
} slot;

struct lin_optimizer {
    uint32_t live; /* LIN__LIVE */
    lin_ctx *ctx;
    lin__sgd options;
    double initial_lr; /* as it was given: schedules start from it */
    int count;
    slot *slots;
    lin_tensor **parameters; /* the same, as the list that was given */
};
LIN__KNOWS_ITS_END(lin_optimizer);

static bool is_live(const lin_optimizer *o, const char *name)
{
    return lin__is_live(o, name, "optimizer");
}

/* ---- Making ------------------------------------------------------------------------------------------------------ */

static bool check_number(lin_ctx *ctx, const char *name, double value)
{
    if (isfinite(value) && value >= 0) return true;
    lin__fail(ctx, LIN_EINVAL, "sgd: %s is %g; it must be 0 or more, and finite", name, value);
    return false;
}

static bool check_options(lin_ctx *ctx, const lin_sgd_options *o)
{
    if (!check_number(ctx, "lr", o->lr) || !check_number(ctx, "momentum", o->momentum) ||
        !check_number(ctx, "dampening", o->dampening) || !check_number(ctx, "weight_decay", o->weight_decay))
        return false;
    if (!o->nesterov || (o->momentum > 0 && o->dampening == 0)) return true;
    lin__fail(ctx, LIN_EINVAL, "sgd: nesterov needs a momentum above 0 and a dampening of 0");
    return false;
}

/* What is wrong with parameter i; NULL if nothing is. */
static const char *fault_of(lin_tensors p, int i, uint32_t scope)
{
    const lin_tensor *t = p.at[i];
    if (t->ctx != p.at[0]->ctx) return "is of another context than the first";
    if (t->node) return "is the result of an op, not a leaf; see lin_parameter";
    if (!t->requires_grad) return "does not require grad; see lin_parameter";
    if (t->depth > scope || t->storage->depth > scope)
        return "lives in a step, which ends before the optimizer does; see lin_parameter";
    if (!t->contiguous) return "is a view with gaps; see lin_parameter";
    for (int k = 0; k < i; k++)
        if (p.at[k] == t) return "is in the list already";
    return NULL;
}

/* The context of the first parameter that is there. */
static lin_ctx *context_of(lin_tensors p)
{
    for (int i = 0; p.at && i < p.count; i++)
        if (p.at[i]) return p.at[i]->ctx;
    return NULL;
}

static bool check_parameters(lin_ctx *ctx, lin_tensors p)
{
    for (int i = 0; i < p.count; i++) {
        if (!p.at[i]) {
            lin__fail(ctx, lin__failed(ctx) ? lin_error_code_of(ctx) : LIN_EINVAL, "sgd: parameter %d is NULL", i);
            return false;
        }
        if (!lin__alive(p.at[i], "sgd")) return false;
        const char *fault = fault_of(p, i, lin__scope(ctx));
        if (!fault) continue;
        char shape[LIN__SHAPE_TEXT];
        lin__fail(ctx, LIN_EINVAL, "sgd: parameter %d, of shape %s, %s", i,
                  lin__shape_text(shape, p.at[i]->dim, p.at[i]->ndim), fault);
        return false;
    }
    return true;
}

static bool fill_slots(lin_optimizer *o, lin_tensors p, uint32_t scope)
{
    for (; o->count < p.count; o->count++) {
        lin_tensor *t = p.at[o->count];
        void *velocity = NULL;
        if (o->options.momentum > 0) {
            velocity = lin__alloc_array(o->ctx, scope, (size_t)t->numel, lin__size_of((lin_dtype)t->dtype));
            if (!velocity) return false;
        }
        o->slots[o->count] = (slot){.parameter = t, .velocity = velocity};
        o->parameters[o->count] = t;
    }
    return true;
}

lin_optimizer *lin_sgd(lin_tensors parameters, const lin_sgd_options *options)
{
    lin_sgd_options none = {0}, given = options ? *options : none;
    lin_ctx *ctx = context_of(parameters);
    if (!ctx || !check_options(ctx, &given) || !check_parameters(ctx, parameters)) return NULL;
    uint32_t scope = lin__scope(ctx);
    size_t count = (size_t)parameters.count;
    lin_optimizer *o = lin__alloc_zeroed(ctx, scope, sizeof *o);
    if (!o) return NULL;
    o->live = LIN__LIVE;
    o->ctx = ctx;
    o->options = (lin__sgd){.lr = given.lr == 0 ? 1e-3 : given.lr,
                            .momentum = given.momentum,
                            .dampening = given.dampening,
                            .weight_decay = given.weight_decay,
                            .nesterov = given.nesterov,
                            .maximize = given.maximize};
    o->initial_lr = o->options.lr;
    o->slots = lin__alloc_array(ctx, scope, count, sizeof *o->slots);
    o->parameters = lin__alloc_array(ctx, scope, count, sizeof *o->parameters);
    return o->slots && o->parameters && fill_slots(o, parameters, scope) ? o : NULL;
}

/* ---- Stepping ---------------------------------------------------------------------------------------------------- */

/* Elements that one thread takes at a time; each is computed alone, so the split is not seen in the result. */
enum { TASK = 1 << 15 };

typedef struct update {
    lin__sgd options;
    lin_dtype type;
    int64_t n;
    char *theta, *velocity;
    const char *gradient;
} update;

LIN__HOT static void update_task(void *arg, int64_t task)
{
    const update *u = arg;
    int64_t first = task * TASK, n = u->n - first < TASK ? u->n - first : TASK;
    size_t at = (size_t)first * lin__size_of(u->type);
    void *theta = u->theta + at, *velocity = u->velocity ? u->velocity + at : NULL;
    const void *gradient = u->gradient + at;
    if (u->type == LIN_F32)
        lin__kernels_get()->f32.sgd(n, &u->options, gradient, velocity, theta);
    else
        lin__kernels_get()->f64.sgd(n, &u->options, gradient, velocity, theta);
}

static void step(lin_optimizer *o, slot *s)
{
    lin_tensor *t = s->parameter;
    update u = {.options = o->options,
                .type = (lin_dtype)t->dtype,
                .n = t->numel,
                .theta = t->data,
                .velocity = s->velocity,
                .gradient = t->grad->data};
    u.options.first = !s->started;
    lin__pool_run(o->ctx, (t->numel + TASK - 1) / TASK, update_task, &u);
    s->started = true;
    t->storage->version++; /* a graph that saved the old value is stale */
}

LIN__HOT int lin_step(lin_optimizer *o)
{
    if (!is_live(o, "step")) return LIN_EINVAL;
    for (int i = 0; i < o->count; i++)
        if (o->slots[i].parameter->has_grad) step(o, &o->slots[i]);
    return 0;
}

LIN__HOT int lin_zero_grad(lin_optimizer *o)
{
    if (!is_live(o, "zero_grad")) return LIN_EINVAL;
    for (int i = 0; i < o->count; i++)
        lin_zero_grad_of(o->slots[i].parameter);
    return 0;
}

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

double lin_lr(const lin_optimizer *o)
{
    return is_live(o, "lr") ? o->options.lr : NAN;
}

int lin_set_lr(lin_optimizer *o, double lr)
{
    if (!is_live(o, "set_lr") || !check_number(o->ctx, "lr", lr)) return LIN_EINVAL;
    o->options.lr = o->initial_lr = lr;
    return 0;
}

lin_tensors lin_optimizer_parameters(const lin_optimizer *o)
{
    if (!is_live(o, "optimizer_parameters")) return (lin_tensors){0};
    return (lin_tensors){.count = o->count, .at = o->parameters};
}

lin_ctx *lin_optimizer_context(const lin_optimizer *o)
{
    return lin__context_of(o);
}

/* ---- For schedules and checkpoints ------------------------------------------------------------------------------- */

double lin__initial_lr(const lin_optimizer *o)
{
    return o->initial_lr;
}

void lin__schedule_lr(lin_optimizer *o, double lr)
{
    o->options.lr = lr;
}

const lin__sgd *lin__sgd_options(const lin_optimizer *o)
{
    return &o->options;
}

lin_tensor *lin__velocity(const lin_optimizer *o, int i)
{
    const slot *s = &o->slots[i];
    const lin_tensor *t = s->parameter;
    return lin__tensor_over(o->ctx, lin__here(o->ctx), (lin_dtype)t->dtype, t->dim, t->ndim, s->velocity);
}

bool lin__has_velocity(const lin_optimizer *o, int i)
{
    return o->slots[i].velocity && o->slots[i].started;
}

void lin__set_started(lin_optimizer *o, int i, bool started)
{
    o->slots[i].started = started;
}
