/* sequential: the children one after the other. */
#include "nn/module.h"

#include <string.h>

/* Forward, apply and the state recurse over the tree: this bounds it. */
enum { MAX_HEIGHT = 64 };

LIN__HOT static lin_tensor *forward(lin_module *m, lin_tensor *X, const lin__path *path)
{
    for (int i = 0; i < m->child_count && X; i++) {
        lin_module *child = m->children[i];
        X = child->type->forward(child, X, &(lin__path){path, i});
    }
    return X;
}

static const lin__module_type type = {LIN_SEQUENTIAL, "sequential", forward};

/* Every module lives in an open scope, the nearest one or further out: one that does not has been released. */
static bool check_child(lin_ctx *ctx, const lin_module *child, int i)
{
    if (!child)
        lin__fail(ctx, lin__failed(ctx) ? lin_error_code_of(ctx) : LIN_EINVAL, "sequential: child %d is NULL", i);
    else if (child->depth > lin__scope(ctx))
        lin__fail(ctx, LIN_EINVAL, "sequential: child %d was used after the scope that it was made in had ended", i);
    else if (child->ctx != ctx)
        lin__fail(ctx, LIN_EINVAL, "sequential: child %d is of another context", i);
    else if (child->height >= MAX_HEIGHT)
        lin__fail(ctx, LIN_EINVAL, "sequential: nested more than %d deep", MAX_HEIGHT);
    else
        return true;
    return false;
}

/* "sequential(flatten, linear(784 -> 10))" */
static const char *text_of(const lin_module *m)
{
    size_t bytes = sizeof "sequential()";
    for (int i = 0; i < m->child_count; i++)
        bytes += strlen(m->children[i]->text) + strlen(", ");
    char *text = lin__alloc(m->ctx, m->depth, bytes), *at = text;
    if (!text) return NULL;
    at = stpcpy(at, "sequential(");
    for (int i = 0; i < m->child_count; i++)
        at = stpcpy(stpcpy(at, i ? ", " : ""), m->children[i]->text);
    stpcpy(at, ")");
    return text;
}

lin_module *lin_sequential_of(lin_ctx *ctx, lin_module *const *children, int count)
{
    if (!ctx) return NULL;
    if (count < 0 || (count && !children)) {
        lin__fail(ctx, LIN_EINVAL, "sequential: no list of %d children", count);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        if (!check_child(ctx, children[i], i)) return NULL;
    lin_module *m = lin__module_new(ctx, &type);
    if (!m) return NULL;
    m->children = lin__alloc_array(ctx, m->depth, (size_t)count, sizeof(lin_module *));
    if (!m->children) return NULL;
    for (int i = 0; i < count; i++) {
        m->children[m->child_count++] = children[i];
        if (children[i]->height >= m->height) m->height = children[i]->height + 1;
    }
    m->text = text_of(m);
    return m->text ? lin__module_finish(m) : NULL;
}
