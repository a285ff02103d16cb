/* base/module.h: optional parts of linnet, each a shared object of its own that exports one table of functions. The
 * library knows none of what they are linked with; they are opened when they are needed. */
#ifndef LINNET_BASE_MODULE_H
#define LINNET_BASE_MODULE_H

#include "base/context.h"

/* A table begins with its version, a uint32_t: library and module may come from two builds. */
typedef struct lin__module_name {
    const char *file;   /* "linnet-net.so" */
    const char *symbol; /* the table's */
    uint32_t version;
} lin__module_name;

/* The table of the module, for the whole life of the process, in *table; NULL where there is no module, *why says
 * where it was looked for, in the innermost region. A module of another version, and too little memory, are errors: 0 or
 * a code. */
int lin__module_find(lin_ctx *ctx, const lin__module_name *name, const void **table, const char **why);

#endif
