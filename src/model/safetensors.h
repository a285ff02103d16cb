/* model/safetensors.h: the parts of a safetensors file: 8 bytes of length (little-endian), a JSON header of that length,
 * then the tensors' bytes without holes (https://github.com/huggingface/safetensors#format). */
#ifndef LINNET_MODEL_SAFETENSORS_H
#define LINNET_MODEL_SAFETENSORS_H

#include "data/elements.h"
#include <linnet/model.h>

#include <jansson.h>

/* What a header may have: the format's own limit, and limits that keep jansson (which recurses, and takes up to 100 bytes for
 * two of the file) within bounds. A header of ours has a depth of 3, and 8 values for each matrix: 37,000 of them. */
enum { LIN__HEADER_LIMIT = 100000000, LIN__JSON_DEPTH = 64, LIN__JSON_VALUES = 300000, LIN__JSON_TOKEN = 1 << 24 };

/* The header's first byte, behind its length. */
enum { LIN__HEADER_AT = 8 };

/* The version of what stands under __metadata__["linnet"]; how deep sequentials may be nested (each takes two levels of JSON,
 * the whole and its innermost layer one each), and how many layers a net may have: a few bytes of JSON are a whole module. */
enum { LIN__MODEL_FORMAT = 1, LIN__NET_DEPTH = (LIN__JSON_DEPTH - 2) / 2, LIN__NET_LAYERS = 10000 };

typedef struct lin__entry {
    const char *name;
    lin__stored stored;
    lin_shape shape;
    size_t begin, end; /* within the buffer behind the header */
    int64_t at;        /* the byte of the file where its name stands */
} lin__entry;

/* A text in a file, and the byte where it begins. JSON within a string of JSON is spelled with escapes: this is how; NULL: as it
 * is. */
typedef struct lin__spelled {
    const char *text;
    size_t bytes;
    int64_t at;
} lin__spelled;

typedef struct lin__header {
    const char *path;
    int64_t data_at; /* the byte of the file where the buffer begins */
    int count;
    lin__entry *entries;   /* in the order of the header */
    int *by_offset;        /* their indices in the order of the buffer */
    const char *linnet;    /* __metadata__["linnet"], or NULL */
    lin__spelled raw;      /* the same as the file spells it */
    int metadata_count;    /* the other pairs */
    const char **metadata; /* key, value, … */
    size_t *metadata_bytes;
} lin__header;

/* ---- header.c ------------------------------------------------------------------------------------ */
/* Parse and check the header `text` of a file with `data` bytes behind it; what it holds lives in region `depth`, but for `path`.
 * 0 or LIN_EDATA. */
int lin__header_parse(lin_ctx *ctx, uint32_t depth, const char *path, const char *text, size_t bytes, size_t data,
                      lin__header *header);
/* The header's JSON for tensors whose begin and end are filled in, in the innermost region; NULL with a cause, for one that nobody
 * could read back, too. header->linnet may be NULL. */
char *lin__header_text(lin_ctx *ctx, const lin__header *header);
/* Hand the foreign metadata over. */
void lin__header_metadata(const lin__header *header, lin_model_info *info);

/* ---- json.c -------------------------------------------------------------------------------------- */
/* Is there more of it than jansson may be given? The byte (from 1) where the depth or the number of values passes its limit, byte 1
 * for a string or number that is too long, and why; 0 if nowhere. Values are counted as commas and opening brackets outside of
 * strings; all else is jansson's to judge. */
size_t lin__json_excess(const char *text, size_t bytes, const char **why);
/* jansson's tree of `text`, after its depth and number of values were checked. NULL with LIN_EDATA and the byte of the file, which
 * *raw tells; `what` is the text's name. Without a path it is not of a file: NULL with LIN_EINVAL. */
json_t *lin__json_parse(lin_ctx *ctx, const char *path, const lin__spelled *raw, const char *what, const char *text,
                        size_t bytes);
/* The tree of linnet's own JSON in a header, which has it. NULL with a cause. */
json_t *lin__linnet_parse(lin_ctx *ctx, const lin__header *header);
/* Compact JSON with the shortest numbers that read back to the same bits: equal trees give equal texts. In region `depth`. */
char *lin__json_text(lin_ctx *ctx, uint32_t depth, json_t *value);

/* ---- place.c ------------------------------------------------------------------------------------- */
/* In well-formed JSON: behind spaces; behind the string that begins at `at`; from a member or an item to the next one, or to the
 * bracket that closes. */
size_t lin__json_space(const char *text, size_t bytes, size_t at);
size_t lin__json_behind_string(const char *text, size_t bytes, size_t at);
size_t lin__json_next(const char *text, size_t bytes, size_t at);
/* Where the value at a path of keys and numbers ("layers/0/in") of the value at `at` begins; of what is not there, where the last
 * value on the way to it does. */
size_t lin__json_place(const char *text, size_t bytes, size_t at, const char *path);
/* The byte of the file that the one at `offset` of the text comes from. */
int64_t lin__spelled_byte(const lin__spelled *s, size_t offset);
/* The byte of the file where the value at a path of linnet's JSON stands; where the header begins if there is none. */
int64_t lin__linnet_byte(const lin__header *header, const char *path);
/* A tensor by its name, or NULL; the byte of the file where its name stands in the header. */
const lin__entry *lin__entry_of(const lin__header *header, const char *name);
int64_t lin__tensor_byte(const lin__header *header, const char *name);

/* ---- safetensors.c ------------------------------------------------------------------------------- */
/* Read a file: header and tensors, as values of the innermost region. 0 or a code. */
int lin__safetensors_read(lin_ctx *ctx, const char *path, lin__header *header, lin_state *state);
/* Write one; linnet's metadata may be NULL. 0 or a code. */
int lin__safetensors_write(lin_ctx *ctx, const char *path, lin_state state, const char *linnet);

/* ---- checkpoint.c -------------------------------------------------------------------------------- */
/* Is linnet's JSON that of a checkpoint? */
bool lin__is_checkpoint(const json_t *doc);
/* The digest that shows damage anywhere, whatever the version: over the JSON without it, and each tensor with its name, type and
 * shape. */
uint64_t lin__checkpoint_digest(const char *text, lin_state state);
/* Hold the digest that doc names, which is taken out of it, against what the file has. 0 or LIN_EDATA. */
int lin__checkpoint_whole(lin_ctx *ctx, const lin__header *header, json_t *doc, lin_state state);

/* ---- architecture.c ------------------------------------------------------------------------------ */
/* The layers of a net as JSON; NULL with a cause for a lambda or without memory. */
json_t *lin__architecture_write(lin_ctx *ctx, lin_module *net);
/* The same for the net that a plain file's tensors are those of. NULL with a cause. */
json_t *lin__architecture_guess(lin_ctx *ctx, const lin__header *header, lin_state state);
/* Hold such a description against the tensors: each linear layer has its own, in its size, and none is left over. *state is put
 * into the order of the net. 0 or LIN_EDATA. */
int lin__architecture_check(lin_ctx *ctx, const lin__header *header, json_t *doc, lin_state *state);
/* Make the net of a description that was checked, with the values of `state`, in the nearest scope. NULL with a cause. */
lin_module *lin__architecture_build(lin_ctx *ctx, json_t *doc, lin_state state);

/* ---- info.c -------------------------------------------------------------------------------------- */
/* Add what info says to doc; `outputs` is how many values the net gives, -1 if not known. 0, or LIN_EINVAL for what no file may say. */
int lin__info_write(lin_ctx *ctx, json_t *doc, const lin_model_info *info, int64_t outputs);
/* Read it from doc, into region `depth`. 0 or LIN_EDATA. */
int lin__info_read(lin_ctx *ctx, uint32_t depth, const lin__header *header, json_t *doc, int64_t outputs,
                   lin_model_info *info);
/* Copy the foreign metadata into region `depth`. 0 or a code. */
int lin__info_metadata(lin_ctx *ctx, uint32_t depth, const lin__header *header, lin_model_info *info);

#endif
