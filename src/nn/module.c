/* What all modules share: made, asked, walked, and run with errors that name the layer. */
#include "nn/module.h"

#include <stdio.h>

/* ---- Making ------------------------------------------------------------------------------------------------------ */

lin_module *lin__module_new(lin_ctx *ctx, const lin__module_type *type)
{
    if (!ctx) return NULL;
    uint32_t scope = lin__scope(ctx);
    lin_module *m = lin__alloc_zeroed(ctx, scope, sizeof *m);
    if (!m) return NULL;
    m->live = LIN__LIVE;
    m->type = type;
    m->ctx = ctx;
    m->depth = scope;
    m->training = true;
    m->text = type->name;
    return m;
}

static void *pointers(const lin_module *m, int count)
{
    return lin__alloc_array(m->ctx, m->depth, (size_t)count, sizeof(void *));
}

static bool add_state(lin_module *m, const char *name, lin_tensor *t)
{
    m->state_names[m->state_count] = name;
    m->state_tensors[m->state_count++] = t;
    return name != NULL;
}

/* Own parameters first, then the children's under their numbers, as PyTorch's state_dict goes. */
static bool collect_state(lin_module *m)
{
    for (int i = 0; i < m->own_count; i++)
        if (!add_state(m, m->own_name[i], m->own[i])) return false;
    for (int c = 0; c < m->child_count; c++) {
        const lin_module *child = m->children[c];
        for (int i = 0; i < child->state_count; i++) {
            const char *name = lin__format(m->ctx, m->depth, "%d.%s", c, child->state_names[i]);
            if (!add_state(m, name, child->state_tensors[i])) return false;
        }
    }
    return true;
}

static bool is_among(const lin_tensor *t, lin_tensor *const *list, int count)
{
    for (int i = 0; i < count; i++)
        if (list[i] == t) return true;
    return false;
}

/* A layer that stands in several places is one set of parameters to an optimizer. */
static void collect_parameters(lin_module *m)
{
    for (int i = 0; i < m->state_count; i++) {
        if (is_among(m->state_tensors[i], m->parameters, m->parameter_count)) continue;
        m->parameter_names[m->parameter_count] = m->state_names[i];
        m->parameters[m->parameter_count++] = m->state_tensors[i];
    }
}

lin_module *lin__module_finish(lin_module *m)
{
    int count = m->own_count;
    for (int c = 0; c < m->child_count; c++)
        count += m->children[c]->state_count;
    m->state_names = pointers(m, count);
    m->state_tensors = pointers(m, count);
    m->parameter_names = pointers(m, count);
    m->parameters = pointers(m, count);
    if (!m->state_names || !m->state_tensors || !m->parameter_names || !m->parameters) return NULL;
    if (!collect_state(m)) return NULL;
    collect_parameters(m);
    return m;
}

/* ---- Forward ----------------------------------------------------------------------------------------------------- */

LIN__HOT lin_tensor *lin_forward(lin_module *m, lin_tensor *X)
{
    if (X && !lin__alive(X, "forward")) return NULL;
    if (!m || !X) {
        lin__fail_null(m ? m->ctx : lin_context(X), m ? "forward: the input" : "forward: the module");
        return NULL;
    }
    if (!lin__module_live(m, "forward")) return NULL;
    if (m->ctx == X->ctx) return m->type->forward(m, X, NULL);
    lin__fail(m->ctx, LIN_EINVAL, "forward: the module and its input are of different contexts");
    return NULL;
}

/* "[0][1]" at out, from the root of the tree down; the end of it. */
static char *path_text(const lin__path *path, char *out, const char *end)
{
    if (!path) return out;
    out = path_text(path->up, out, end);
    int used = snprintf(out, (size_t)(end - out), "[%d]", path->child);
    return used > 0 && used < end - out ? out + used : out;
}

lin_tensor *lin__module_refuse(const lin_module *m, const lin__path *path, const char *format, ...)
{
    char where[1024] = "", what[512];
    path_text(path, where, where + sizeof where);
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    lin__fail(m->ctx, LIN_EINVAL, "%s%s%s%s: %s", path ? "sequential" : "", where, path ? " " : "", m->text, what);
    return NULL;
}

/* ---- Asking ------------------------------------------------------------------------------------------------------ */

lin_ctx *lin_module_context(const lin_module *m)
{
    return lin__context_of(m);
}

lin_module_kind lin_kind(const lin_module *m)
{
    return lin__module_live(m, "kind") ? m->type->kind : LIN_LAMBDA;
}

bool lin_is_linear(const lin_module *m)
{
    return lin__module_live(m, "is_linear") && m->type->kind == LIN_LINEAR;
}

const char *lin_module_text(const lin_module *m)
{
    return lin__module_live(m, "module_text") ? m->text : "no module";
}

int lin_children(const lin_module *m)
{
    return lin__module_live(m, "children") ? m->child_count : 0;
}

lin_module *lin_child(lin_module *m, int i)
{
    if (!lin__module_live(m, "child")) return NULL;
    if (i >= 0 && i < m->child_count) return m->children[i];
    lin__fail(m->ctx, LIN_EINVAL, "child: %s has no child %d; it has %d, counted from 0", m->text, i, m->child_count);
    return NULL;
}

static lin_tensor *own(lin_module *m, int i, const char *name)
{
    if (!lin__module_live(m, name)) return NULL;
    if (lin_is_linear(m)) return m->own[i];
    lin__fail(m->ctx, LIN_EINVAL, "%s: %s is not a linear layer; lin_child gives the layers of a sequential", name,
              m->text);
    return NULL;
}

lin_tensor *lin_weight(lin_module *m)
{
    return own(m, 0, "weight");
}

lin_tensor *lin_bias(lin_module *m)
{
    return own(m, 1, "bias");
}

lin_tensors lin_parameters(lin_module *m)
{
    if (!lin__module_live(m, "parameters")) return (lin_tensors){0};
    return (lin_tensors){.count = m->parameter_count, .at = m->parameters};
}

const char *lin_parameter_name(lin_module *m, int i)
{
    return lin__module_live(m, "parameter_name") && i >= 0 && i < m->parameter_count ? m->parameter_names[i] : NULL;
}

/* ---- The whole tree ---------------------------------------------------------------------------------------------- */

int lin_apply(lin_module *m, lin_apply_fn *f, void *user)
{
    if (!lin__module_live(m, "apply")) return LIN_EINVAL;
    if (!f) return lin__fail_null(m->ctx, "apply: the function");
    for (int i = 0; i < m->child_count; i++) {
        int code = lin_apply(m->children[i], f, user);
        if (code) return code;
    }
    bool failed = lin__failed(m->ctx);
    int code = f(user, m);
    return !code && !failed && lin__failed(m->ctx) ? LIN_EINVAL : code;
}

static void set_training(lin_module *m, bool on)
{
    m->training = on;
    for (int i = 0; i < m->child_count; i++)
        set_training(m->children[i], on);
}

void lin_train(lin_module *m)
{
    if (lin__module_live(m, "train")) set_training(m, true);
}

void lin_eval(lin_module *m)
{
    if (lin__module_live(m, "eval")) set_training(m, false);
}

bool lin_is_training(const lin_module *m)
{
    return lin__module_live(m, "is_training") && m->training;
}
