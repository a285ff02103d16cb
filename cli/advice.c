/* What to try where a training diverged. */
#include "advice.h"

#include "failure.h"
#include "features.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Above this a feature or a target is named: steps of the usual sizes are for numbers around 1. */
static const double far_from_one = 100;

/* The largest magnitude among numbers, and its column. */
typedef struct extreme {
    double x;
    int64_t column;
} extreme;

static extreme largest(const lin_tensor *t)
{
    const float *f = lin_type(t) == LIN_F32 ? lin_const_data_ptr(t) : NULL;
    const double *d = lin_type(t) == LIN_F64 ? lin_const_data_ptr(t) : NULL;
    extreme e = {0};
    if (!f && !d) return e;
    int64_t width = lin_numel(t) / lin_dim(t, 0);
    for (int64_t i = 0, n = lin_numel(t); i < n; i++) {
        double x = f ? (double)f[i] : d[i];
        if (fabs(x) > fabs(e.x)) e = (extreme){x, i % width};
    }
    return e;
}

static extreme largest_feature(const source *data)
{
    extreme e = {0};
    for (int64_t from = 0, to; !source_is_images(data) && from < source_rows(data); from = to) {
        lin_region mark = lin_mark(data->ctx);
        extreme next = largest(features_piece(data, from, &to));
        if (fabs(next.x) > fabs(e.x)) e = next;
        lin_release(mark);
    }
    return e;
}

static void put_extreme(char *out, size_t size, const char *what, extreme e, const char *file)
{
    if (fabs(e.x) <= far_from_one)
        *out = '\0';
    else
        snprintf(out, size, "; the largest %s is %g (column %" PRId64 " of %.500s, counted from 0)", what, e.x,
                 e.column, file);
}

/* A step multiplies weights by 1 - lr x decay: with momentum m they grow without end above 2 (1 + m). */
static bool decay_overshoots(const recipe *r)
{
    return r->lr * r->weight_decay > 2 * (1 + r->momentum);
}

int fail_diverged(const recipe *r, const source *data)
{
    const char *cause = lin_error(data->ctx);
    if (decay_overshoots(r))
        return fail(EXIT_DIVERGED, "%.1000s; --weight-decay %g with --lr %g makes weights grow at every step: try %g",
                    cause, r->weight_decay, r->lr, 0.1 / r->lr);
    char feature[700], target[700];
    put_extreme(feature, sizeof feature, "feature", largest_feature(data), data->name);
    const extreme none = {0}, most = r->classification ? none : largest(data->y);
    put_extreme(target, sizeof target, "target", most, data->labels_name);
    if (!*feature && !*target) return fail_library(data->ctx);
    return fail(EXIT_DIVERGED, "%.1000s%s%s; scale each column: subtract its mean, divide by its standard deviation",
                cause, feature, target);
}
