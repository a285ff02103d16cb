/* A history: one entry for each epoch. */
#include "base/error.h"
#include "base/region.h"
#include <linnet/train.h>

#include <string.h>

struct lin_history {
    uint32_t live;  /* LIN__LIVE */
    uint32_t depth; /* the scope it lives in */
    lin_ctx *ctx;
    int64_t count, capacity;
    lin_epoch *epochs;
};
LIN__KNOWS_ITS_END(lin_history);

static bool is_live(const lin_history *h, const char *name)
{
    return lin__is_live(h, name, "history");
}

lin_history *lin_history_new(lin_ctx *ctx)
{
    if (!ctx) return NULL;
    uint32_t depth = lin__scope(ctx);
    lin_history *h = lin__alloc_zeroed(ctx, depth, sizeof *h);
    if (!h) return NULL;
    h->live = LIN__LIVE;
    h->ctx = ctx;
    h->depth = depth;
    return h;
}

/* Room for one more. The entries that were lent out stay where they are until the scope ends. */
static int reserve(lin_history *h)
{
    if (h->count < h->capacity) return 0;
    int64_t capacity = h->capacity ? 2 * h->capacity : 16;
    lin_epoch *epochs = lin__alloc_array(h->ctx, h->depth, (size_t)capacity, sizeof *epochs);
    if (!epochs) return LIN_ENOMEM;
    if (h->count) memcpy(epochs, h->epochs, (size_t)h->count * sizeof *epochs);
    h->epochs = epochs;
    h->capacity = capacity;
    return 0;
}

int lin_history_add(lin_history *h, const lin_epoch *epoch)
{
    if (!is_live(h, "history_add")) return LIN_EINVAL;
    if (!epoch) return lin__fail_null(h->ctx, "history_add: the epoch");
    if (reserve(h)) return LIN_ENOMEM;
    h->epochs[h->count++] = *epoch;
    return 0;
}

int64_t lin_history_count(const lin_history *h)
{
    return is_live(h, "history_count") ? h->count : 0;
}

const lin_epoch *lin_history_at(const lin_history *h, int64_t i)
{
    if (!is_live(h, "history_at")) return NULL;
    if (i < 0) i += h->count;
    return i >= 0 && i < h->count ? &h->epochs[i] : NULL;
}
