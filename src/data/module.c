/* Opening the net part. The library knows neither curl nor crypto; it asks for them when it is to fetch or to verify.
 * */
#include "data/known.h"

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

/* Is it the module that is missing, and not something that it needs? Of a bare name the loader says where it found it.
 * */
static bool is_absent(const char *path, const char *error)
{
    return strchr(path, '/') ? access(path, F_OK) != 0 : strncmp(error, path, strlen(path)) == 0;
}

/* The first of these that is there; *net and *why are left alone if none is. The handle is never closed: curl and
 * crypto keep things for the whole process. Opened twice, it is the same one. */
static int open_first(lin_ctx *ctx, const char *const *path, int count, const lin__net **net, const char **why)
{
    for (int i = 0; i < count; i++) {
        void *handle = dlopen(path[i], RTLD_NOW | RTLD_LOCAL);
        const char *error = handle ? NULL : dlerror();
        if (!handle && is_absent(path[i], error)) continue;
        if (!handle) {
            *why = lin__strdup(ctx, lin__here(ctx), error);
            return *why ? 0 : LIN_ENOMEM;
        }
        const lin__net *table = dlsym(handle, LIN__NET_SYMBOL);
        if (!table || table->version != LIN__NET_VERSION)
            return lin__fail_at(
                ctx, LIN_EUNSUPPORTED, path[i], 0, 0,
                "belongs to another version of linnet: install the library and its modules from one build");
        *net = table;
        return 0;
    }
    return 0;
}

/* Beside the running program, as in a build tree; where the loader finds it, which for the installed command and
 * liblinnet.so is relative to their own place; where linnet was to be installed. $LINNET_MODULES, for tests and
 * packagers, is the only folder if it is set; a program with more rights than its user does not heed it. */
int lin__net_find(lin_ctx *ctx, const lin__net **net, const char **why)
{
    uint32_t here = lin__here(ctx);
    char beside[PATH_MAX];
    const char *named = secure_getenv("LINNET_MODULES");
    bool only = named && *named;
    program_folder(beside);
    const char *path[] = {lin__format(ctx, here, "%s/" LIN__NET_MODULE, only ? named : beside), LIN__NET_MODULE,
                          LINNET_LIBDIR "/linnet/" LIN__NET_MODULE};
    *net = NULL;
    *why = NULL;
    int code = path[0] ? open_first(ctx, path, only ? 1 : 3, net, why) : LIN_ENOMEM;
    if (code || *net || *why) return code;
    *why = only ? lin__format(ctx, here, "there is no %s", path[0])
                : lin__format(ctx, here, "there is neither %s nor %s", path[0], path[2]);
    return *why ? 0 : LIN_ENOMEM;
}
