/* The header of a safetensors file: JSON to a checked table and back. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    lin_ctx *ctx;
    uint32_t depth;
    const char *path, *text;
    size_t bytes, data; /* of the text, and behind it */
    size_t member;      /* where the name of what is read stands in the text */
} reading;

/* The byte of the file where a part of the member at hand stands: "", "shape/1". */
static int64_t byte_of(const reading *r, const char *part)
{
    size_t colon = lin__json_behind_string(r->text, r->bytes, r->member);
    size_t value = lin__json_space(r->text, r->bytes, lin__json_space(r->text, r->bytes, colon) + 1);
    return LIN__HEADER_AT + (int64_t)lin__json_place(r->text, r->bytes, value, part);
}

#define BAD(r, part, ...) lin__fail_byte((r)->ctx, LIN_EDATA, (r)->path, byte_of(r, part), __VA_ARGS__)

/* Keep the spelling of linnet's JSON too: what is wrong in it is told by its byte. */
static int keep_spelling(const reading *r, lin__header *header)
{
    int64_t at = byte_of(r, "linnet");
    const char *quote = r->text + (at - LIN__HEADER_AT);
    header->raw = (lin__spelled){.text = "", .at = at}; /* if even its key is spelled with escapes */
    if (*quote != '"') return 0;
    size_t bytes =
        lin__json_behind_string(r->text, r->bytes, (size_t)(quote - r->text)) - (size_t)(quote - r->text) - 2;
    char *text = lin__alloc(r->ctx, r->depth, bytes + 1);
    if (!text) return LIN_ENOMEM;
    memcpy(text, quote + 1, bytes);
    text[bytes] = 0;
    header->raw = (lin__spelled){text, bytes, at + 1};
    return 0;
}

static int read_linnet(const reading *r, const char *value, size_t bytes, lin__header *header)
{
    if (strlen(value) != bytes) return BAD(r, "linnet", "__metadata__ \"linnet\" holds a NUL");
    header->linnet = value;
    return keep_spelling(r, header);
}

static int read_metadata(const reading *r, json_t *map, lin__header *header)
{
    if (!json_is_object(map)) return BAD(r, "", "__metadata__ is not an object");
    size_t count = json_object_size(map);
    header->metadata = lin__alloc_array(r->ctx, r->depth, 2 * count, sizeof *header->metadata);
    header->metadata_bytes = lin__alloc_array(r->ctx, r->depth, 2 * count, sizeof *header->metadata_bytes);
    if (!header->metadata || !header->metadata_bytes) return LIN_ENOMEM;
    const char *key;
    json_t *item;
    json_object_foreach(map, key, item)
    {
        if (!json_is_string(item)) return BAD(r, key, "__metadata__ \"%.100s\" is not a string", key);
        size_t bytes = json_string_length(item);
        char *value = lin__alloc(r->ctx, r->depth, bytes + 1);
        if (!value) return LIN_ENOMEM;
        memcpy(value, json_string_value(item), bytes + 1);
        if (!strcmp(key, "linnet")) {
            int code = read_linnet(r, value, bytes, header);
            if (code) return code;
            continue;
        }
        int at = 2 * header->metadata_count++;
        if (!(header->metadata[at] = lin__strdup(r->ctx, r->depth, key))) return LIN_ENOMEM;
        header->metadata_bytes[at] = strlen(key);
        header->metadata[at + 1] = value;
        header->metadata_bytes[at + 1] = bytes;
    }
    return 0;
}

/* A non-negative integer into *out. */
static bool size_value(const json_t *value, size_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static int read_shape(const reading *r, const json_t *list, lin__entry *e)
{
    if (!json_is_array(list)) return BAD(r, "shape", "tensor \"%.100s\": \"shape\" is not a list", e->name);
    size_t count = json_array_size(list);
    if (count > LIN_MAX_DIMS)
        return BAD(r, "shape", "tensor \"%.100s\" has %zu dimensions, linnet takes up to %d", e->name, count,
                   LIN_MAX_DIMS);
    e->shape.ndim = (int)count;
    for (size_t i = 0; i < count; i++) {
        size_t size;
        if (!size_value(json_array_get(list, i), &size)) {
            char part[40];
            snprintf(part, sizeof part, "shape/%zu", i);
            return BAD(r, part, "tensor \"%.100s\": size %zu of its shape is not a whole number from 0 on", e->name, i);
        }
        e->shape.dim[i] = (int64_t)size;
    }
    return 0;
}

static int read_dtype(const reading *r, const json_t *value, lin__entry *e)
{
    if (!json_is_string(value)) return BAD(r, "dtype", "tensor \"%.100s\": \"dtype\" is not a string", e->name);
    for (int i = 0; i < LIN__STORED_COUNT; i++)
        if (!strcmp(json_string_value(value), lin__stored_types[i].name)) {
            e->stored = (lin__stored)i;
            return 0;
        }
    return BAD(r, "dtype", "tensor \"%.100s\": dtype \"%.40s\" is not one that linnet reads", e->name,
               json_string_value(value));
}

static int read_entry(const reading *r, const json_t *value, lin__entry *e)
{
    if (!json_is_object(value)) return BAD(r, "", "tensor \"%.100s\" is not an object", e->name);
    int code = read_dtype(r, json_object_get(value, "dtype"), e);
    if (!code) code = read_shape(r, json_object_get(value, "shape"), e);
    if (code) return code;
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !size_value(json_array_get(offsets, 0), &e->begin) || !size_value(json_array_get(offsets, 1), &e->end))
        return BAD(r, "data_offsets", "tensor \"%.100s\": \"data_offsets\" are not two whole numbers from 0 on",
                   e->name);
    if (e->begin > e->end || e->end > r->data)
        return BAD(r, "data_offsets", "tensor \"%.100s\": data_offsets [%zu, %zu] do not lie in the %zu bytes of data",
                   e->name, e->begin, e->end, r->data);
    size_t bytes, widened;
    if (!lin__shape_bytes(e->shape.dim, e->shape.ndim, lin__stored_types[e->stored].bytes, &bytes) ||
        !lin__shape_bytes(e->shape.dim, e->shape.ndim, sizeof(int64_t), &widened))
        return BAD(r, "shape", "tensor \"%.100s\": its shape is too large", e->name);
    if (bytes != e->end - e->begin)
        return BAD(r, "data_offsets",
                   "tensor \"%.100s\": its shape and dtype need %zu bytes, data_offsets [%zu, %zu] give %zu", e->name,
                   bytes, e->begin, e->end, e->end - e->begin);
    return 0;
}

static int by_offset(const void *a, const void *b, void *user)
{
    const lin__entry *entries = user, *x = &entries[*(const int *)a], *y = &entries[*(const int *)b];
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return *(const int *)a < *(const int *)b ? -1 : 1;
}

/* The tensors cover the data from the first byte to the last, each byte once. */
static int check_cover(const reading *r, lin__header *header)
{
    header->by_offset = lin__alloc_array(r->ctx, r->depth, (size_t)header->count, sizeof *header->by_offset);
    if (!header->by_offset) return LIN_ENOMEM;
    for (int i = 0; i < header->count; i++)
        header->by_offset[i] = i;
    if (header->count) qsort_r(header->by_offset, (size_t)header->count, sizeof(int), by_offset, header->entries);
    size_t at = 0;
    for (int i = 0; i < header->count; i++) {
        const lin__entry *e = &header->entries[header->by_offset[i]];
        if (e->begin < at)
            return lin__fail_byte(r->ctx, LIN_EDATA, r->path, e->at,
                                  "tensor \"%.100s\" begins at %zu, within the tensor that ends at %zu", e->name,
                                  e->begin, at);
        if (e->begin > at)
            return lin__fail_byte(r->ctx, LIN_EDATA, r->path, header->data_at + (int64_t)at,
                                  "the data have a hole before tensor \"%.100s\": bytes %zu to %zu of them", e->name,
                                  at, e->begin);
        at = e->end;
    }
    if (at == r->data) return 0;
    return lin__fail_byte(r->ctx, LIN_EDATA, r->path, header->data_at + (int64_t)at,
                          "the tensors end after %zu bytes of data, the file has %zu", at, r->data);
}

static int read_member(const reading *r, const char *key, json_t *item, lin__header *header)
{
    if (!strcmp(key, "__metadata__")) return read_metadata(r, item, header);
    lin__entry *e = &header->entries[header->count++];
    *e = (lin__entry){.name = lin__strdup(r->ctx, r->depth, key), .at = LIN__HEADER_AT + (int64_t)r->member};
    return e->name ? read_entry(r, item, e) : LIN_ENOMEM;
}

/* jansson keeps the order of the text, so the two are gone through side by side. */
static int read_root(reading *r, json_t *root, lin__header *header)
{
    header->entries = lin__alloc_array(r->ctx, r->depth, json_object_size(root), sizeof *header->entries);
    if (!header->entries) return LIN_ENOMEM;
    r->member = lin__json_space(r->text, r->bytes, 1);
    const char *key;
    json_t *item;
    json_object_foreach(root, key, item)
    {
        int code = read_member(r, key, item, header);
        if (code) return code;
        r->member = lin__json_next(r->text, r->bytes, r->member);
    }
    return check_cover(r, header);
}

int lin__header_parse(lin_ctx *ctx, uint32_t depth, const char *path, const char *text, size_t bytes, size_t data,
                      lin__header *header)
{
    reading r = {.ctx = ctx, .depth = depth, .path = path, .text = text, .bytes = bytes, .data = data};
    *header = (lin__header){.path = path, .data_at = LIN__HEADER_AT + (int64_t)bytes};
    if (!bytes || text[0] != '{')
        return lin__fail_byte(ctx, LIN_EDATA, path, LIN__HEADER_AT, "the header of a safetensors file begins with '{'");
    json_t *root = lin__json_parse(ctx, path, &(lin__spelled){.at = LIN__HEADER_AT}, "header", text, bytes);
    if (!root) return lin_error_code_of(ctx);
    int code = read_root(&r, root, header);
    json_decref(root);
    return code;
}

static json_t *entry_json(const lin__entry *e)
{
    json_t *shape = json_array();
    for (int i = 0; shape && i < e->shape.ndim; i++)
        if (json_array_append_new(shape, json_integer(e->shape.dim[i]))) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", lin__stored_types[e->stored].name, "shape", shape, "data_offsets",
                     (json_int_t)e->begin, (json_int_t)e->end);
}

/* jansson keeps keys in the order in which they were set. "format": "pt" is what readers in Python ask for. */
static json_t *header_json(const lin__header *header)
{
    json_t *root = json_object();
    bool good = root != NULL;
    if (good && header->linnet)
        good = !json_object_set_new(root, "__metadata__",
                                    json_pack("{s:s, s:s}", "format", "pt", "linnet", header->linnet));
    for (int i = 0; good && i < header->count; i++)
        good = !json_object_set_new(root, header->entries[i].name, entry_json(&header->entries[i]));
    if (good) return root;
    json_decref(root);
    return NULL;
}

char *lin__header_text(lin_ctx *ctx, const lin__header *header)
{
    json_t *root = header_json(header);
    if (!root) {
        lin__fail(ctx, LIN_ENOMEM, "out of memory: the header of a safetensors file");
        return NULL;
    }
    char *text = lin__json_text(ctx, lin__here(ctx), root);
    json_decref(root);
    if (!text) return NULL;
    size_t bytes = strlen(text);
    const char *why = "too long";
    if (bytes <= LIN__HEADER_LIMIT && !lin__json_excess(text, bytes, &why)) return text;
    lin__fail(ctx, LIN_EINVAL, "save_safetensors: the header of this file would be refused: %s", why);
    return NULL;
}

void lin__header_metadata(const lin__header *header, lin_model_info *info)
{
    info->metadata = header->metadata;
    info->metadata_count = header->metadata_count;
    info->metadata_bytes = header->metadata_bytes;
}
