/* Is a file the published one? SHA-256 of its unpacked content: two archives of one content differ. */
#include "data/known.h"

#include "base/error.h"
#include "base/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HEX = 2 * LIN__SHA256_BYTES + 1, PIECE = 1 << 16 };

static int no_digest(lin_ctx *ctx)
{
    return lin__fail(ctx, LIN_EUNSUPPORTED, "libcrypto cannot compute a SHA-256");
}

/* Feed all of `in`, at most the file's bytes, to sha and the copy. 0, a code, or LIN_EDATA for more. */
static int feed(lin_ctx *ctx, const lin__net *net, lin__sha256 *sha, lin__input *in, const lin__check *check)
{
    int64_t limit = check->file->bytes;
    unsigned char piece[PIECE];
    for (;;) {
        int64_t got = lin__input_read(in, piece, sizeof piece);
        if (got < 0) return (int)got;
        if (lin__input_at(in) > limit)
            return lin__fail(ctx, LIN_EDATA, "its content has more than %" PRId64 " bytes", limit);
        if (!net->sha256_add(sha, piece, (size_t)got)) return no_digest(ctx);
        if (check->copy) lin__copy_add(ctx, check->copy, piece, (size_t)got);
        if ((size_t)got < sizeof piece) return 0;
    }
}

static int digest_of(lin_ctx *ctx, const lin__net *net, const lin__check *check, char hex[HEX])
{
    unsigned char digest[LIN__SHA256_BYTES] = {0};
    lin__input *in = lin__input_open(ctx, lin__here(ctx), check->path, true);
    if (!in) return lin_error_code_of(ctx);
    lin__sha256 *sha = net->sha256_begin();
    int code = sha ? feed(ctx, net, sha, in, check) : no_digest(ctx);
    if (sha && !net->sha256_end(sha, code ? NULL : digest) && !code) code = no_digest(ctx);
    lin__input_close(in);
    for (int i = 0; !code && i < LIN__SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return code;
}

int lin__digest_check(lin_ctx *ctx, const lin__net *net, const lin__check *check)
{
    const lin__known_file *file = check->file;
    char hex[HEX];
    lin__trial trial;
    lin__try(ctx, &trial); /* damage is told as what it means here, whatever the reader makes of it */
    int code = digest_of(ctx, net, check, hex);
    lin__try_end(ctx, &trial, code != LIN_EDATA);
    if (code == LIN_EDATA)
        return lin__fail_file(ctx, LIN_EDATA, check->name,
                              "is not the published file: it cannot be unpacked to its %" PRId64
                              " bytes (SHA-256 %s): %s",
                              file->bytes, file->sha256, check->remedy);
    if (code || strcmp(hex, file->sha256) == 0) return code;
    return lin__fail_file(ctx, LIN_EDATA, check->name,
                          "is not the published file: the SHA-256 of its content is %s, expected %s: %s", hex,
                          file->sha256, check->remedy);
}
