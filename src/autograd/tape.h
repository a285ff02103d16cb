/* autograd/tape.h: the recorded graph. A node stands for one op that was run; the nodes of a context are one list, newest
 * first, so walking it from the result backwards is a topological order. Releasing a region cuts its nodes off. */
#ifndef LINNET_AUTOGRAD_TAPE_H
#define LINNET_AUTOGRAD_TAPE_H

#include "tensor/tensor.h"
#include <linnet/autograd.h>

typedef struct lin__node lin__node;

/* Hand the upstream gradient (out's shape) on to the inputs with lin__pass. 0 or a code. Runs with gradients off. */
typedef int lin__backward_fn(lin__node *node, lin_tensor *gradient);

typedef struct lin__op {
    const char *name;
    lin__backward_fn *backward; /* NULL: not differentiable */
} lin__op;

/* An input as it was when the op ran. */
typedef struct lin__edge {
    lin_tensor *tensor;
    lin__node *node;  /* what made it; NULL: a leaf */
    uint32_t version; /* checked at backward if the op saved the value */
    bool needs_grad;
    bool saved;
} lin__edge;

struct lin__node {
    lin__node *prev; /* next older one of the tape */
    const lin__op *op;
    lin_tensor *out;
    lin_tensor *gradient; /* gathered so far in a running backward */
    uint32_t out_version;
    bool out_saved;
    int count;
    int64_t i[4]; /* the op's own: dimensions, flags … */
    double f[2];
    void *extra; /* the op's own, in the same region */
    lin__edge in[];
};

/* Are graphs recorded here, and does one of the inputs require grad? */
static inline bool lin__recording(const lin_ctx *ctx)
{
    return ctx->regions[ctx->depth].grad;
}
static inline bool lin__wants_graph(lin_tensor *const *in, int count)
{
    for (int i = 0; i < count; i++)
        if (in[i] && in[i]->requires_grad) return lin__recording(in[i]->ctx);
    return false;
}

/* Which values backward will read: a bit per input, LIN__SAVE_OUT for the result. */
enum {
    LIN__SAVE_NONE = 0,
    LIN__SAVE_A = 1,
    LIN__SAVE_B = 2,
    LIN__SAVE_C = 4,
    LIN__SAVE_OUT = 1 << 30,
    LIN__SAVE_INPUTS = (1 << 30) - 1
};
/* Record that `op` made `out` (a new tensor of the innermost region) from `in`, if a graph is wanted: sets out->node and
 * out->requires_grad. *node (may be NULL) is the new node, whose i, f and extra the op fills in, or NULL if none was needed.
 * Returns out, or NULL with a cause. */
lin_tensor *lin__record_node(lin_tensor *out, const lin__op *op, lin_tensor *const *in, int count, uint32_t saved,
                             lin__node **node);
static inline lin_tensor *lin__record(lin_tensor *out, const lin__op *op, lin_tensor *const *in, int count,
                                      uint32_t saved, lin__node **node)
{
    if (node) *node = NULL;
    if (!out || !op->backward || !lin__wants_graph(in, count)) return out;
    return lin__record_node(out, op, in, count, saved, node);
}

/* In a backward: does input i want a gradient? */
static inline bool lin__needs(const lin__node *node, int i)
{
    return node->in[i].needs_grad;
}
/* Add g (the input's shape and type; it may be shared, so it is never changed) to input i's gradient. NULL g: the cause's code. */
int lin__pass(lin__node *node, int i, lin_tensor *g);
/* A contiguous tensor of input i's shape to write its gradient into, from `upstream` and the inputs, and then to pass on: a leaf's own
 * buffer, if it has gathered nothing yet, otherwise a new one. NULL with a cause. */
lin_tensor *lin__room(lin__node *node, int i, const lin_tensor *upstream);

/* ---- Changes in place ------------------------------------------------------------------------------
 * Before:  if (!lin__inplace_begin(a, others, count, "add_", &before)) return NULL;
 * then change the elements, then:  return lin__inplace_end(a, before, op, others, count, saved, &node);
 * begin refuses what autograd must refuse; `before` is the tensor as it was (its header and graph), input 0 of the node. */
bool lin__inplace_begin(lin_tensor *a, lin_tensor *const *others, int count, const char *name, lin_tensor **before);
/* Saved bit 0 (the old value of a) cannot be kept: an op that needs it copies it first into node->extra. */
lin_tensor *lin__inplace_end(lin_tensor *a, lin_tensor *before, const lin__op *op, lin_tensor *const *others, int count,
                             uint32_t saved, lin__node **node);

/* Allocate t's gradient buffer beside it, if it has none. 0 or a code. */
int lin__grad_buffer(lin_tensor *t);

#endif
