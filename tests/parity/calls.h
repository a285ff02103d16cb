/* tests/parity/calls.h: from the names in the vectors to linnet's functions. */
#ifndef LINNET_TESTS_PARITY_CALLS_H
#define LINNET_TESTS_PARITY_CALLS_H

#include "vectors.h"

typedef lin_tensor *call_fn(const parity_case *c, lin_tensor **in);
typedef struct call {
    const char *name; /* as the vectors have it */
    const char *row;  /* the row of op.def that it covers; NULL for losses */
    call_fn *f;
} call;

extern const call op_calls[], loss_calls[]; /* each ends with a NULL name */

/* lin_sgd over the steps of a case; the parameter after each step goes to out. 0 or a code. */
int call_sgd(lin_ctx *ctx, const parity_case *c, lin_tensor **out);

#endif
