/* cli/inspect.h: what files are and hold. All return 0, or a failure. */
#ifndef LINNET_CLI_INSPECT_H
#define LINNET_CLI_INSPECT_H

#include <linnet.h>

/* A model, or other tensors. */
int inspect_safetensors(lin_ctx *ctx, const char *path, bool json);
/* An array, in an npy or IDX file. */
int inspect_array(lin_ctx *ctx, const char *path, bool json);

#endif
