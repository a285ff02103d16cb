/* cli/features.h: the features of a source: in memory, or left in their file where they do not fit. */
#ifndef LINNET_CLI_FEATURES_H
#define LINNET_CLI_FEATURES_H

#include "source.h"

/* Reading them found no memory, which is recorded: leave them in the file, or in that of d, unless it is NULL. 0, or a failure. */
int features_later(source *s, lin_dataset *d);
/* Rows from `from` on, up to *to − 1: all that are in memory; otherwise some, read into the innermost region. NULL with a
 * failure. */
lin_tensor *features_piece(const source *s, int64_t from, int64_t *to);

#endif
