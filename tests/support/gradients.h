/* tests/support/gradients.h: cases of the gradient test. A case is a function of tensors, the kind of values that it is tried on
 * (at least 0.05 from every kink and tie), and the shapes of its arguments, at least 20 for each row of op.def. */
#ifndef LINNET_TESTS_GRADIENTS_H
#define LINNET_TESTS_GRADIENTS_H

#include "op/op.h"

#include <math.h>
#include <stdlib.h>

#include "support/support.h"

/* `user` is the number of the shape, k: a case uses it to try different dimensions, flags, scalars. */
static inline int number(void *user)
{
    return *(int *)user;
}

typedef enum values {
    NORMAL,   /* in ±[0.1, 1.6] */
    POSITIVE, /* in [0.3, 1.8] */
    APART,    /* multiples of 1/4, shifted by 1/8 for every other argument: no two arguments have a tie */
    DISTINCT, /* no two elements of an argument are nearer than 0.1 */
    DYADIC    /* multiples of 1/64 below 1: exact in f32, with a step of 1/1024 */
} values;

typedef struct gradient_case {
    lin__op_id id;
    lin_gradcheck_fn *f;
    values kind;
    const char *const *shapes; /* "2x3 3" is (2, 3) and (3), "-" is a scalar; ends with NULL */
} gradient_case;

/* A reproducible number in [0, 1) for element i of argument a of shape k. */
static inline double noise(int k, int a, int64_t i)
{
    uint32_t out[4];
    lin__philox((const uint32_t[]){(uint32_t)i, (uint32_t)a, (uint32_t)k, 0}, (const uint32_t[]){7, 7}, out);
    return (double)out[0] / 4294967296.0;
}

static inline double value_of(values kind, int k, int a, int64_t i)
{
    double u = noise(k, a, i);
    switch (kind) {
    case NORMAL:
        return u < 0.5 ? -0.1 - 3 * u : 0.1 + 3 * (u - 0.5);
    case POSITIVE:
        return 0.3 + 1.5 * u;
    case APART:
        return (double)(int)(u * 12 - 6) * 0.25 + (a % 2 ? 0.125 : 0);
    case DISTINCT:
        return (double)(i * 37 % 101) * 0.1 - 5 + 0.04 * u;
    case DYADIC:
        return (double)(int)(u * 120 - 60) / 64;
    }
    return 0;
}

/* The shape at *text, which moves on behind it. */
static inline lin_shape parse_shape(const char **text)
{
    lin_shape shape = {0};
    if (**text == '-')
        (*text)++;
    else
        for (;; (*text)++) {
            char *end;
            shape.dim[shape.ndim++] = strtol(*text, &end, 10);
            *text = end;
            if (*end != 'x') break;
        }
    if (**text == ' ') (*text)++;
    return shape;
}

static inline lin_tensor *make_input(lin_ctx *ctx, values kind, lin_shape shape, int k, int a)
{
    lin_tensor *t = lin_full_dtype(ctx, 0, shape, LIN_F64);
    assert_non_null(t);
    for (int64_t i = 0; i < lin_numel(t); i++)
        lin_f64(t)[i] = value_of(kind, k, a, i);
    return lin_requires_grad_(t, true);
}

enum { MOST_INPUTS = 8 };

/* The inputs of a case at its shape number k, in f64; how many they are. */
static inline int make_inputs(lin_ctx *ctx, const gradient_case *c, int k, lin_tensor *in[MOST_INPUTS])
{
    int count = 0;
    for (const char *text = c->shapes[k]; *text; count++) {
        lin_shape shape = parse_shape(&text);
        in[count] = make_input(ctx, c->kind, shape, k, count);
    }
    return count;
}

/* Check one case at its shape number k. */
static inline void check_gradient(lin_ctx *ctx, const gradient_case *c, int k)
{
    lin_tensor *in[MOST_INPUTS];
    lin_region mark = lin_mark(ctx);
    int count = make_inputs(ctx, c, k, in);
    lin_gradcheck_options options = {.eps = c->kind == DYADIC ? 1.0 / 1024 : 0};
    if (lin_gradcheck(c->f, &k, (lin_tensors){count, in}, &options))
        fail_msg("%s, shapes \"%s\": %s", lin__op_rows[c->id].name, c->shapes[k], lin_error(ctx));
    lin_release(mark);
}

/* ---- Shapes ------------------------------------------------------------------------------------------------------ */

#define FULL_SHAPES                                                                                                  \
    "1", "2", "3", "5", "17", "2x3", "3x2", "1x4", "4x1", "5x5", "9x2", "2x1x3", "2x3x4", "1x1x1", "3x1x2", "3x4x1", \
        "2x2x2x2", "1x2x3x1", "2x1x2x1x2", "2x3x1x1x2", "1x1x2x1x1x2x1x2"

static const char *const any_shape[] = {"-", FULL_SHAPES, "0", "2x0", "0x3", NULL};
static const char *const not_empty[] = {"-", FULL_SHAPES, NULL};
static const char *const with_dimensions[] = {FULL_SHAPES, NULL};
/* Two that broadcast together. */
static const char *const pairs[] = {
    "- -",     "3 3",     "1 3",     "3 1",     "- 3",       "2x3 -",       "2x3 2x3",     "2x3 3",       "3 2x3",
    "2x1 1x3", "2x3 2x1", "1x3 2x1", "2x3x4 4", "2x3x4 3x1", "2x1x4 3x1",   "2x3x4 2x1x1", "1x1 2x2",     "4 2x1x4",
    "5 5",     "0 1",     "2x0 1x1", "0x3 3",   "2x3 0x2x3", "1x2 2x2x1x2", "3x1x2 1x4x1", "2x2x2 2x2x2", NULL};
/* The second broadcasts to the first. */
static const char *const onto[] = {
    "- -",       "3 3",     "3 1",       "3 -",         "2x3 2x3",     "2x3 3",     "2x3 1x3", "2x3 2x1", "2x3 1x1",
    "2x3 -",     "2x3x4 4", "2x3x4 3x1", "2x3x4 2x1x1", "2x3x4 2x3x4", "2x1x4 1x4", "5 5",     "5 1",     "2x2x1x2 1x2",
    "2x2x1x2 1", "4x1 1x1", "7x2 2",     "0 1",         "2x0 1x1",     "0x3 3",     NULL};

#endif
