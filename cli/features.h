/* cli/features.h: the features of a source: in memory, or left in their file where they do not fit. */
#ifndef LINNET_CLI_FEATURES_H
#define LINNET_CLI_FEATURES_H

#include "source.h"

/* How many rows, their type, one's shape, and how many elements it has. */
int64_t source_rows(const source *s);
lin_dtype source_type(const source *s);
lin_shape source_row(const source *s);
int64_t source_columns(const source *s);
/* Is a row an image of bytes? */
bool source_is_images(const source *s);

/* What the library recorded, with the file named where there was no memory for it. */
int fail_reading(const lin_ctx *ctx, const char *file);
/* t in the context's type, all of it finite. NULL with a failure that names file, row and column. */
lin_tensor *source_finite(lin_tensor *t, const char *file);

/* Reading them found no memory, which is recorded: leave them in the file, or in that of d, unless it is NULL. 0, or a failure. */
int features_later(source *s, lin_dataset *d);
/* Rows from `from` on, up to *to − 1: all that are in memory; otherwise some, read into the innermost region. NULL with a
 * failure. */
lin_tensor *features_piece(const source *s, int64_t from, int64_t *to);

#endif
