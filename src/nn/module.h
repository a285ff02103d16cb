/* nn/module.h: what a module is made of. A layer is one small file: a type (this table) and its constructor. */
#ifndef LINNET_NN_MODULE_H
#define LINNET_NN_MODULE_H

#include "tensor/tensor.h"
#include <linnet/autograd.h>
#include <linnet/nn.h>
#include <linnet/op.h>

/* Where in the tree a forward is: a child of a sequential at `up`. NULL is the module that lin_forward was given. */
typedef struct lin__path {
    const struct lin__path *up;
    int child;
} lin__path;

typedef struct lin__module_type {
    lin_module_kind kind;
    const char *name; /* "linear" */
    lin_tensor *(*forward)(lin_module *m, lin_tensor *X, const lin__path *path);
} lin__module_type;

struct lin_module {
    uint32_t live;  /* LIN__LIVE */
    uint32_t depth; /* the scope it lives in */
    lin_ctx *ctx;
    const lin__module_type *type;
    bool training;
    int height;                 /* of the tree below it: 0 without children */
    const char *text;           /* "linear(784 -> 10)" */
    int child_count, own_count; /* children; parameters of this module itself */
    lin_module **children;
    const char *own_name[2]; /* "weight", "bias" */
    lin_tensor *own[2];
    /* Of the whole tree, filled by lin__module_finish: by every name, and each parameter once with its first name. */
    int state_count, parameter_count;
    lin_tensor **state_tensors, **parameters;
    const char **state_names, **parameter_names;
    int64_t in, out; /* of a linear */
    lin_lambda_fn *lambda;
    void *user;
};
LIN__KNOWS_ITS_END(lin_module);

/* Usable: not NULL, nor, in debug builds, released. */
static inline bool lin__module_live(const lin_module *m, const char *name)
{
    return lin__is_live(m, name, "module");
}

/* A zeroed module of that type in the nearest scope, in train mode, with the type's name as its text; or NULL. */
lin_module *lin__module_new(lin_ctx *ctx, const lin__module_type *type);
/* Collect the parameters of the tree, with their names. m, or NULL. */
lin_module *lin__module_finish(lin_module *m);
/* Record a cause that names the layer: "sequential[1] linear(784 -> 10): …". Returns NULL. */
lin_tensor *lin__module_refuse(const lin_module *m, const lin__path *path, const char *format, ...) LIN_PRINTF(3, 4);

#endif
