/* Opening the optional parts. The handle is never closed: what they are linked with keeps things for the whole
 * process. */
#include "base/module.h"

#include "base/error.h"
#include "base/region.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program; "" where /proc does not say. */
static void program_folder(char out[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash) *slash = '\0';
}

/* Is it the module that is missing, and not something that it needs? Of a bare name the loader says where it found
 * it. */
static bool is_absent(const char *path, const char *error)
{
    return strchr(path, '/') ? access(path, F_OK) != 0 : strncmp(error, path, strlen(path)) == 0;
}

/* The first of these that is there; *table and *why are left alone if none is. Opened twice, it is the same one. */
static int open_first(lin_ctx *ctx, const lin__module_name *name, const char *const *path, int count,
                      const void **table, const char **why)
{
    for (int i = 0; i < count; i++) {
        void *handle = dlopen(path[i], RTLD_NOW | RTLD_LOCAL);
        const char *error = handle ? NULL : dlerror();
        if (!handle && is_absent(path[i], error)) continue;
        if (!handle) {
            *why = lin__strdup(ctx, lin__here(ctx), error);
            return *why ? 0 : LIN_ENOMEM;
        }
        const uint32_t *version = dlsym(handle, name->symbol);
        if (!version || *version != name->version)
            return lin__fail_file(
                ctx, LIN_EUNSUPPORTED, path[i],
                "belongs to another version of linnet: install the library and its modules from one build");
        *table = version;
        return 0;
    }
    return 0;
}

/* Beside the running program, as in a build tree; where the loader finds it, which for the installed command and
 * liblinnet.so is relative to their own place; where linnet was to be installed. $LINNET_MODULES, for tests and
 * packagers, is the only folder if it is set; a program with more rights than its user does not heed it. */
int lin__module_find(lin_ctx *ctx, const lin__module_name *name, const void **table, const char **why)
{
    uint32_t here = lin__here(ctx);
    char beside[PATH_MAX];
    const char *named = secure_getenv("LINNET_MODULES");
    bool only = named && *named;
    program_folder(beside);
    const char *path[] = {lin__format(ctx, here, "%s/%s", only ? named : beside, name->file), name->file,
                          lin__format(ctx, here, LINNET_LIBDIR "/linnet/%s", name->file)};
    *table = NULL;
    *why = NULL;
    int code = path[0] && path[2] ? open_first(ctx, name, path, only ? 1 : 3, table, why) : LIN_ENOMEM;
    if (code || *table || *why) return code;
    *why = only ? lin__format(ctx, here, "there is no %s", path[0])
                : lin__format(ctx, here, "there is neither %s nor %s", path[0], path[2]);
    return *why ? 0 : LIN_ENOMEM;
}
