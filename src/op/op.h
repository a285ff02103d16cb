/* op/op.h: what the families of ops share. op.def has one row per op; each family file holds, side by side, an op's shape
 * rule, its forward and its backward. */
#ifndef LINNET_OP_OP_H
#define LINNET_OP_OP_H

#include "autograd/tape.h"
#include "base/pool.h"
#include "kernel/kernel.h"
#include <linnet/op.h>

/* LIN__OP_add, …: one per row of op.def. */
typedef enum lin__op_id {
#define LIN_OP(id, arity, differentiable, broadcasts) LIN__OP_##id,
#include "op/op.def"
#undef LIN_OP
    LIN__OP_COUNT
} lin__op_id;

/* The backward of each differentiable row, defined in its family file; table.c collects them. */
#define LIN_OP(id, arity, differentiable, broadcasts) lin__backward_fn lin__backward_##id;
#include "op/op.def"
#undef LIN_OP

extern const lin__op lin__ops[LIN__OP_COUNT];
/* What a row says of its op. */
typedef struct lin__op_row {
    const char *name;
    int arity; /* tensors it takes; 0: a list */
    bool differentiable, broadcasts;
} lin__op_row;
extern const lin__op_row lin__op_rows[LIN__OP_COUNT];

/* Check an op's tensor arguments: none NULL, none released, all of one context; `name` is the op's. False, with a cause where one
 * is due, if the op cannot run: then return NULL. */
bool lin__args_judged(const char *name, lin_tensor *const *in, int count);
static inline bool lin__args(const char *name, lin_tensor *const *in, int count)
{
    for (int i = 0; i < count; i++)
        if (!in[i] || in[i]->live != LIN__LIVE || in[i]->ctx != in[0]->ctx) return lin__args_judged(name, in, count);
    return true;
}
/* … and of one type; `floating`: that is f32 or f64. */
bool lin__args_refused(const char *name, lin_tensor *const *in, int count);
static inline bool lin__args_typed(const char *name, lin_tensor *const *in, int count, bool floating)
{
    if (!lin__args(name, in, count)) return false;
    bool good = !floating || count == 0 || lin__is_floating((lin_dtype)in[0]->dtype);
    for (int i = 1; i < count; i++)
        good &= in[i]->dtype == in[0]->dtype;
    return good || lin__args_refused(name, in, count);
}

/* Are contiguous i64 labels all in [0, classes)? False with the cause "NAME: label 11 at row 5 is outside [0, 10)". */
bool lin__check_labels(const char *name, const lin_tensor *labels, int64_t classes);
/* A prediction and its truth, to be compared element by element: floating tensors of one type and one shape. False with a cause. */
bool lin__args_alike(const char *name, lin_tensor *y_hat, lin_tensor *y);

/* g, of a broadcast shape, summed down to the shape of t: the backward of broadcasting. */
lin_tensor *lin__sum_to(lin_tensor *g, const lin_tensor *t);
/* lin__pass of g summed down to the shape of input i, from the upstream gradient that it was made of. */
int lin__pass_summed(lin__node *node, int i, lin_tensor *g, const lin_tensor *upstream);

/* The rows of a matrix, or of many: all dimensions but the last one. */
static inline int64_t lin__rows_of(const lin_tensor *t)
{
    int64_t rows = 1;
    for (int i = 0; i < t->ndim - 1; i++)
        rows *= t->dim[i];
    return rows;
}

#endif
