/* data/prefetch.h: batches gathered ahead, on the pool's threads, for the latest pass of a loader. */
#ifndef LINNET_DATA_PREFETCH_H
#define LINNET_DATA_PREFETCH_H

#include "data/gather.h"

typedef struct lin__prefetch lin__prefetch;

/* Its buffers live in region `depth`; what is under way is taken back when that ends. `rows` and d stay in place that long.
 * A batch has at most `batch_size` rows. Without `patience` nobody waits for a worker that takes long. NULL with a cause. */
lin__prefetch *lin__prefetch_new(lin_ctx *ctx, uint32_t depth, const lin_dataset *d, const lin__rows *rows,
                                 int64_t batch_size, int workers, bool patience);
/* From now on for another pass, of `batches` batches in that order. */
void lin__prefetch_begin(lin__prefetch *p, const lin__order *order, int64_t batches);
/* Batch `index` of the pass is wanted now, and those that follow soon. *out is where its arrays are, for as long as the
 * innermost region lives; NULL if it was not gathered ahead, or not as the arrays are now: then the caller does it. 0 or a code:
 * LIN_ENOMEM, or what reading a file gave. */
int lin__prefetch_take(lin__prefetch *p, int64_t index, void *const **out);

#endif
