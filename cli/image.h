/* cli/image.h: a PNG file as a row that a model takes. */
#ifndef LINNET_CLI_IMAGE_H
#define LINNET_CLI_IMAGE_H

#include "trained.h"

/* The picture at s->image, grey and as large as the model's images, light and dark exchanged where the command line says so.
 * 0, or a failure. */
int image_open(const settings *s, lin_ctx *ctx, const trained *model, source *out);

#endif
