/* A checkpoint among safetensors files: what tells it from a model, and a whole one from a damaged one. The rest is train's. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/region.h"
#include "kernel/kernel.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <string.h>

bool lin__is_checkpoint(const json_t *doc)
{
    return json_integer_value(json_object_get(doc, "checkpoint")) >= 1;
}

uint64_t lin__checkpoint_digest(const char *text, lin_state state)
{
    uint64_t hash = lin__hash(text, strlen(text), 0);
    for (int i = 0; i < state.count; i++) {
        const lin_tensor *t = state.tensors[i];
        hash = lin__hash(state.names[i], strlen(state.names[i]) + 1, hash);
        hash = lin__hash(&(uint8_t[]){t->dtype, t->ndim}, 2, hash);
        hash = lin__hash(t->dim, t->ndim * sizeof *t->dim, hash);
        hash = lin__hash(t->data, (size_t)t->numel * lin__size_of((lin_dtype)t->dtype), hash);
    }
    return hash;
}

int lin__checkpoint_whole(lin_ctx *ctx, const lin__header *header, json_t *doc, lin_state state)
{
    const char *named = json_string_value(json_object_get(doc, "digest"));
    char there[18], here[17]; /* a longer one is another one */
    snprintf(there, sizeof there, "%s", named ? named : "");
    json_object_del(doc, "digest");
    const char *text = lin__json_text(ctx, lin__here(ctx), doc);
    if (!text) return LIN_ENOMEM;
    snprintf(here, sizeof here, "%016" PRIx64, lin__checkpoint_digest(text, state));
    if (!strcmp(here, there)) return 0;
    return lin__fail_byte(ctx, LIN_EDATA, header->path, lin__linnet_byte(header, "digest"),
                          "the checkpoint is damaged: its content has the digest %s, and should have %s", here,
                          *there ? there : "one");
}
