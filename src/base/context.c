/* Contexts: made, asked, freed. */
#include "base/context.h"

#include "base/error.h"
#include "base/pool.h"
#include "base/region.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_THREADS = 1024, DEFAULT_THREADS = 64 };

const char *lin_version(void)
{
    return LIN_VERSION;
}

/* Without a context there is nowhere to record a cause; LIN_EXIT still says it. */
static lin_ctx *refuse(const lin_ctx_options *options, const char *why)
{
    if (options && options->on_error == LIN_EXIT) {
        fprintf(stderr, "linnet: no context: %s\n", why);
        exit(1);
    }
    return NULL;
}

/* Asking the system takes a dozen files, so only who does not say the number pays for that. */
static int default_threads(void)
{
    int cpus = lin__cpu_count();
    return cpus < DEFAULT_THREADS ? cpus : DEFAULT_THREADS;
}

lin_ctx *lin_ctx_new(const lin_ctx_options *options)
{
    static const lin_ctx_options defaults = {0};
    const lin_ctx_options *o = options ? options : &defaults;
    if (o->threads < 0 || o->threads > MOST_THREADS) return refuse(o, "threads must be 0 to 1024");
    if (o->dtype != LIN_F32 && o->dtype != LIN_F64) return refuse(o, "the default type must be LIN_F32 or LIN_F64");
    lin_ctx *ctx = calloc(1, sizeof *ctx);
    if (!ctx) return refuse(o, "out of memory");
    ctx->capacity = 16;
    ctx->regions = calloc(ctx->capacity, sizeof *ctx->regions);
    if (!ctx->regions) {
        free(ctx);
        return refuse(o, "out of memory");
    }
    ctx->generation = 1;
    ctx->regions[0] = (lin__region){.generation = 1, .grad = true};
    ctx->seed = o->seed;
    ctx->threads = o->threads ? o->threads : default_threads();
    ctx->dtype = o->dtype;
    ctx->on_error = o->on_error;
    ctx->no_map = o->no_map;
    ctx->log = o->log;
    ctx->log_user = o->log_user;
    return ctx;
}

void lin_ctx_free(lin_ctx *ctx)
{
    if (!ctx) return;
    lin__end_all(ctx); /* objects that use the pool let go of it here */
    lin__pool_free(ctx);
    free(ctx->regions);
    free(ctx);
}

uint64_t lin_seed(const lin_ctx *ctx)
{
    return ctx ? ctx->seed : 0;
}

LIN__HOT int lin_threads(const lin_ctx *ctx)
{
    return ctx ? ctx->threads : 1;
}

lin_dtype lin_default_dtype(const lin_ctx *ctx)
{
    return ctx ? ctx->dtype : LIN_F32;
}

int lin_set_default_dtype(lin_ctx *ctx, lin_dtype dtype)
{
    if (!ctx) return LIN_EINVAL;
    if (dtype != LIN_F32 && dtype != LIN_F64)
        return lin__fail(ctx, LIN_EINVAL, "set_default_dtype: the default type must be f32 or f64");
    ctx->dtype = dtype;
    return 0;
}
