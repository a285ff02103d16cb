/* The parameters of a module by name: PyTorch's state_dict and load_state_dict. */
#include "nn/module.h"

#include <string.h>

lin_state lin_state_dict(lin_module *m)
{
    if (!lin__module_live(m, "state_dict")) return (lin_state){0};
    return (lin_state){.count = m->state_count, .names = m->state_names, .tensors = m->state_tensors};
}

/* The place of a name in a state, or -1. */
static int find(lin_state state, const char *name)
{
    for (int i = 0; i < state.count; i++)
        if (!strcmp(state.names[i], name)) return i;
    return -1;
}

static int check_given(const lin_module *m, lin_state state)
{
    if (state.count < 0 || (state.count && (!state.names || !state.tensors)))
        return lin__fail(m->ctx, LIN_EINVAL, "load_state_dict: no list of %d names and tensors", state.count);
    for (int i = 0; i < state.count; i++) {
        if (!state.names[i] || !state.tensors[i])
            return lin__failed(m->ctx)
                       ? lin_error_code_of(m->ctx)
                       : lin__fail(m->ctx, LIN_EINVAL, "load_state_dict: entry %d of the state is NULL", i);
        if (!lin__alive(state.tensors[i], "load_state_dict")) return LIN_EINVAL;
        if (state.tensors[i]->ctx != m->ctx)
            return lin__fail(m->ctx, LIN_EINVAL, "load_state_dict: \"%s\" is of another context", state.names[i]);
    }
    return 0;
}

/* Name by name, in the module's order, then what the state has beyond. */
static int check_agrees(const lin_module *m, lin_state own, lin_state state)
{
    char a[LIN__SHAPE_TEXT], b[LIN__SHAPE_TEXT];
    for (int i = 0; i < own.count; i++) {
        int at = find(state, own.names[i]);
        if (at < 0)
            return lin__fail(m->ctx, LIN_EMISMATCH, "load_state_dict: \"%s\" is missing from the state", own.names[i]);
        const lin_tensor *t = own.tensors[i], *s = state.tensors[at];
        if (!lin__same_shape(t, s))
            return lin__fail(m->ctx, LIN_EMISMATCH, "load_state_dict: \"%s\" is %s in the state and %s in the module",
                             own.names[i], lin__shape_text(a, s->dim, s->ndim), lin__shape_text(b, t->dim, t->ndim));
    }
    for (int i = 0; i < state.count; i++) {
        if (find(own, state.names[i]) < 0)
            return lin__fail(m->ctx, LIN_EMISMATCH, "load_state_dict: the module has no \"%s\"", state.names[i]);
        if (find(state, state.names[i]) < i)
            return lin__fail(m->ctx, LIN_EMISMATCH, "load_state_dict: \"%s\" is in the state twice", state.names[i]);
    }
    return 0;
}

/* All values are converted before the first one is written: nothing can fail then, and a state that holds the module's own
 * tensors under other names is read as it was. */
static int load(const lin_module *m, lin_state own, lin_state state)
{
    lin_ctx *ctx = m->ctx;
    lin_tensor **value = lin__alloc_array(ctx, lin__here(ctx), (size_t)own.count, sizeof *value);
    if (!value) return LIN_ENOMEM;
    for (int i = 0; i < own.count; i++) {
        lin_tensor *from = lin_detach(state.tensors[find(state, own.names[i])]);
        if (from && from->dtype != own.tensors[i]->dtype)
            value[i] = lin_to(from, (lin_dtype)own.tensors[i]->dtype);
        else
            value[i] = from ? lin__tensor_copy(from, lin__here(ctx)) : NULL;
        if (!value[i]) return lin_error_code_of(ctx);
    }
    for (int i = 0; i < own.count; i++) {
        lin__copy_elements(own.tensors[i], value[i]);
        own.tensors[i]->storage->version++;
    }
    return 0;
}

int lin_load_state_dict(lin_module *m, lin_state state)
{
    if (!lin__module_live(m, "load_state_dict")) return LIN_EINVAL;
    lin_state own = lin_state_dict(m);
    int code = check_given(m, state);
    if (!code) code = check_agrees(m, own, state);
    if (code) return code;
    lin_region scratch = lin_mark(m->ctx);
    if (!scratch.ctx) return LIN_ENOMEM;
    code = load(m, own, state);
    lin_release(scratch);
    return code;
}
