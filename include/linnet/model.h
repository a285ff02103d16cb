/* linnet/model.h: safetensors files and models in them. */
#ifndef LINNET_MODEL_H
#define LINNET_MODEL_H

#include <linnet/nn.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a model file says beside its tensors. All of it optional; strings and lists are borrowed on saving, and live in the
 * model's scope after loading. Nothing in it differs between equal runs. */
typedef struct lin_model_info {
    const char *task; /* "classification", "regression" or NULL */
    const char *const
        *classes; /* names, in the order of the outputs and as many; they may hold control characters (lin_printable) */
    int class_count;
    lin_shape input;              /* one row as the data has it, for example (28, 28); ndim 0: not known */
    lin_dtype input_dtype;        /* u8: images, to_tensor applies */
    const char *training;         /* the training settings as one JSON object, or NULL */
    int format;                   /* [OUT] format version of the file; 0: not written by linnet */
    const char *const *metadata;  /* [OUT] all metadata but linnet's own: key, value, key, value … */
    int metadata_count;           /* [OUT] pairs */
    const size_t *metadata_bytes; /* [OUT] length of each of these strings: JSON's may hold a NUL */
    const char *const *stored;    /* [OUT] of load_safetensors_with: each tensor's type in the file, "BF16" */
    const char *checkpoint; /* [OUT] by lin_load_safetensors_with: what a checkpoint says of its training, as JSON */
} lin_model_info;

/* Write net as a safetensors file: tensors by PyTorch's state_dict names, the architecture and `info` (may be NULL) as one
 * JSON string under __metadata__["linnet"]. Temporary file, synced, renamed: a crash leaves the old file or the new
 * one. A net with a lambda (LIN_EINVAL), or with values that are not finite (LIN_EDIVERGED), is refused. 0 or a code. */
LIN_API int lin_save(lin_module *net, const char *path);
LIN_API int lin_save_with(lin_module *net, const char *path, const lin_model_info *info);
/* Read it back, in the nearest scope, in train mode; it draws no random numbers. A plain safetensors file without linnet's
 * metadata loads when its tensors are those of linear layers in sequence (0.weight, 0.bias …, from 1 on behind a flatten, or
 * weight, bias). What the file says is checked before a layer is made: LIN_EDATA, or LIN_EVERSION for a format newer than this
 * linnet. docs/model-file.md has the format. */
LIN_API lin_module *lin_load(lin_ctx *ctx, const char *path);
LIN_API lin_module *lin_load_with(lin_ctx *ctx, const char *path, lin_model_info *info);

/* Tensors by name. Reading: values of the innermost region, in the order of the file's header; types that linnet has not are
 * widened as for npy (BF16 too). Sizes, offsets, overlaps, holes, duplicates and depth are checked before anything is allocated. */
LIN_API int lin_save_safetensors(lin_ctx *ctx, const char *path, lin_state state);
LIN_API int lin_load_safetensors(lin_ctx *ctx, const char *path, lin_state *state);
/* The same, and the file's __metadata__ but for linnet's own: info->metadata…, values of the innermost region too;
 * info->format is 1 if there is linnet's own: then the file is a model, or a damaged one, whatever the tensors are. But it may
 * be a checkpoint, which is whole then: info->checkpoint (docs/checkpoint-file.md). */
LIN_API int lin_load_safetensors_with(lin_ctx *ctx, const char *path, lin_state *state, lin_model_info *info);

#ifdef __cplusplus
}
#endif

#endif
