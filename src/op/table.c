/* The table of ops, from op.def. */
#include "op/op.h"

#define BACKWARD_true(id)  lin__backward_##id
#define BACKWARD_false(id) NULL

const lin__op lin__ops[LIN__OP_COUNT] = {
#define LIN_OP(id, arity, differentiable, broadcasts) [LIN__OP_##id] = {#id, BACKWARD_##differentiable(id)},
#include "op/op.def"
#undef LIN_OP
};

const lin__op_row lin__op_rows[LIN__OP_COUNT] = {
#define LIN_OP(id, arity, differentiable, broadcasts) [LIN__OP_##id] = {#id, arity, differentiable, broadcasts},
#include "op/op.def"
#undef LIN_OP
};
