/* cli/inspect.h: what files are and hold. All return 0, or a failure. */
#ifndef LINNET_CLI_INSPECT_H
#define LINNET_CLI_INSPECT_H

#include <linnet.h>

/* A model, or other tensors. */
int inspect_safetensors(lin_ctx *ctx, const char *path, bool json);
/* An array, in an npy or IDX file. */
int inspect_array(lin_ctx *ctx, const char *path, bool json);

/* The library's name of a type that a file says, "F16": in small letters, as linnet writes its own. In a buffer of its own. */
const char *type_name(const char *stored);
/* "f16, read as f32", or the type alone where that is what is stored. In a buffer of its own. */
const char *type_text(const char *stored, lin_dtype type);

#endif
