/* A published file comes here: fetched into a temporary file, verified, put in its place. A program that is killed
 * meanwhile leaves at most that temporary file (.linnet-*.tmp), which nothing ever reads. */
#include "data/known.h"

#include "base/error.h"
#include "base/file.h"
#include "base/region.h"

#include <inttypes.h>
#include <string.h>

/* An archive may be somewhat longer than what it holds: gzip stores what it cannot compress. */
enum { PACKING = 1 << 16, CONNECT_SECONDS = 30, STALL_SECONDS = 30 };

typedef struct sink {
    lin__output *out;
    int code; /* of the first write that failed */
} sink;

static bool keep(void *user, const void *data, size_t bytes)
{
    sink *s = user;
    s->code = lin__output_write(s->out, data, bytes);
    return s->code == 0;
}

static int receive(lin_ctx *ctx, const lin__net *net, const char *url, const lin__known_file *file, lin__output *out)
{
    char why[LIN__NET_TEXT];
    sink s = {.out = out};
    const lin__net_request request = {
        .url = url,
        .agent = "linnet/" LIN_VERSION,
        .limit = file->bytes + PACKING,
        .connect_seconds = CONNECT_SECONDS,
        .stall_seconds = STALL_SECONDS,
        .write = keep,
        .user = &s,
    };
    lin__say(ctx, LIN_LOG_INFO, "downloading %s (%" PRId64 " kB)", url, (file->packed + 999) / 1000);
    if (net->download(&request, why)) return 0;
    if (s.code) return s.code;
    lin__output_discard(out);
    return lin__fail(ctx, LIN_ENET,
                     "%s cannot be downloaded: %s (what may help: $https_proxy for a proxy, $LINNET_MIRROR for another "
                     "source, or Debian's package dataset-fashion-mnist)",
                     url, why);
}

/* The file behind `url` stands at `path` afterwards, or nothing does. */
static int fetch(lin_ctx *ctx, const lin__net *net, const char *url, const char *path, const lin__known_file *file)
{
    lin__output *out = lin__output_open(ctx, path);
    if (!out) return lin_error_code_of(ctx);
    int code = receive(ctx, net, url, file, out);
    if (!code)
        code = lin__digest_check(ctx, net,
                                 &(lin__check){.path = lin__output_written(out),
                                               .name = url,
                                               .file = file,
                                               .remedy = "try again, or set $LINNET_MIRROR to another source"});
    if (!code) return lin__output_commit(out);
    lin__output_discard(out);
    return code;
}

int lin__fetch(lin_ctx *ctx, const lin__net *net, const char *base, const char *folder, const lin__known_file *file)
{
    lin_region mark = lin_mark(ctx);
    size_t length = strlen(base);
    const char *slash = length && base[length - 1] == '/' ? "" : "/";
    const char *url = lin__format(ctx, lin__here(ctx), "%s%s%s.gz", base, slash, file->name);
    const char *path = lin__format(ctx, lin__here(ctx), "%s/%s.gz", folder, file->name);
    int code = url && path ? fetch(ctx, net, url, path, file) : LIN_ENOMEM;
    const char *stamp = code ? NULL : lin__stamp(ctx, path, file);
    if (stamp) lin__stamp_keep(ctx, folder, stamp, path);
    lin_release(mark);
    return code;
}
