/* nn/module.h: what a module is made of. A layer is one small file: a type (this table) and its constructor. */
#ifndef LINNET_NN_MODULE_H
#define LINNET_NN_MODULE_H

#include "tensor/tensor.h"
#include <linnet/autograd.h>
#include <linnet/nn.h>
#include <linnet/op.h>

typedef struct lin__module_type {
    lin_module_kind kind;
    const char *name; /* "linear" */
    lin_tensor *(*forward)(lin_module *m, lin_tensor *X);
} lin__module_type;

struct lin_module {
    const lin__module_type *type;
    lin_ctx *ctx;
    uint32_t depth; /* the scope it lives in */
    bool training;
    const char *text;           /* "linear(784 -> 10)" */
    int child_count, own_count; /* children; parameters of this module itself */
    lin_module **children;
    const char *own_name[2]; /* "weight", "bias" */
    lin_tensor *own[2];
    int parameter_count; /* of the whole tree, filled by lin__module_finish */
    lin_tensor **parameters;
    const char **parameter_names;
    int64_t in, out; /* of a linear */
    lin_lambda_fn *lambda;
    void *user;
};

/* A zeroed module of that type in the nearest scope, or NULL. */
lin_module *lin__module_new(lin_ctx *ctx, const lin__module_type *type);
/* Collect the parameters of the tree, with their names. m, or NULL. */
lin_module *lin__module_finish(lin_module *m);

#endif
