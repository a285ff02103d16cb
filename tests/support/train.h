/* tests/support/train.h: what the tests of training share: callbacks that note and stop, tiny data, a net that starts at zero. */
#ifndef LINNET_TESTS_TRAIN_H
#define LINNET_TESTS_TRAIN_H

#include "support/support.h"

#include <math.h>

/* What the callbacks saw. */
typedef struct seen {
    int64_t steps, epochs;
    int64_t stop_at_step, stop_at_epoch; /* 0: never */
    volatile sig_atomic_t *flag;         /* set instead of returning 1 */
    lin_ctx *fail;                       /* fail here instead */
    lin_step_info step[16];
    lin_epoch epoch;
} seen;

static inline int ask(seen *s)
{
    if (s->fail) return lin_fail(s->fail, LIN_EIO, "the disk is full");
    if (!s->flag) return 1;
    *s->flag = 1;
    return 0;
}

static inline int on_step(void *user, const lin_step_info *info)
{
    seen *s = user;
    s->step[s->steps++ % 16] = *info;
    return s->steps == s->stop_at_step ? ask(s) : 0;
}

static inline int on_epoch(void *user, const lin_epoch *epoch)
{
    seen *s = user;
    s->epoch = *epoch;
    return ++s->epochs == s->stop_at_epoch ? ask(s) : 0;
}

/* y = 2x for x = 1 … rows, as (rows, 1) both. */
static inline lin_dataset *doubles(lin_ctx *ctx, int rows)
{
    lin_tensor *X = lin_reshape(lin_arange(ctx, 1, rows + 1, 1, lin_default_dtype(ctx)), LIN_SHAPE(rows, 1));
    return lin_tensor_dataset(LIN_TENSORS(X, lin_mul_scalar(X, 2)));
}

static inline lin_module *zero_linear(lin_ctx *ctx, int64_t in, int64_t out)
{
    lin_module *net = lin_linear(ctx, in, out);
    lin_init_zeros(lin_weight(net));
    lin_init_zeros(lin_bias(net));
    return net;
}

static inline lin_optimizer *sgd(lin_module *net, double lr)
{
    return lin_sgd(lin_parameters(net), &(lin_sgd_options){.lr = lr});
}

static inline void check_near(double got, double want, double tol)
{
    if (!(fabs(got - want) <= tol)) fail_msg("%.17g, expected %.17g", got, want);
}

static inline lin_tensor *identity(void *user, lin_tensor *X)
{
    (void)user;
    return X;
}

#endif
