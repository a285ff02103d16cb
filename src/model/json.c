/* JSON in and out: checked before jansson sees it, and written so that equal trees give equal bytes. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Depth and number of values, without recursion: brackets and separators outside of strings. 0, or the byte (from 1) of the
 * first that is too many; everything else is jansson's to judge. */
static size_t too_much(const char *text, size_t bytes, const char **why)
{
    size_t values = 0;
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[') {
            *why = "nested too deeply";
            if (++depth > LIN__JSON_DEPTH) return i + 1;
        } else if (c == '}' || c == ']')
            depth--;
        *why = "too many values";
        if (strchr("{[,:", c) && c && ++values > LIN__JSON_VALUES) return i + 1;
    }
    return 0;
}

json_t *lin__json_parse(lin_ctx *ctx, const char *path, int64_t at, const char *what, const char *text, size_t bytes)
{
    const char *why = NULL;
    size_t bad = too_much(text, bytes, &why);
    json_error_t error = {0};
    json_t *value = NULL;
    if (!bad) {
        value = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        if (value) return value;
        if (json_error_code(&error) == json_error_out_of_memory) {
            lin__fail_memory(ctx, bytes);
            return NULL;
        }
        why = error.text;
        bad = error.position > 0 ? (size_t)error.position : 1;
    }
    if (at >= 0)
        lin__fail_at(ctx, LIN_EDATA, path, 0, 0, "%s, byte %" PRId64 ": %s", what, at + (int64_t)bad - 1, why);
    else
        lin__fail_at(ctx, LIN_EDATA, path, 0, 0, "%s, its byte %zu: %s", what, bad - 1, why);
    return NULL;
}

/* A growing text; `bytes` past the end of memory are not written, `failed` says so. */
typedef struct text {
    char *at;
    size_t used, size;
    bool failed;
} text;

static void put(text *t, const char *data, size_t bytes)
{
    if (t->failed) return;
    if (bytes > t->size - t->used) {
        size_t size = 2 * t->size + bytes + 256;
        char *grown = realloc(t->at, size);
        if (!grown) {
            t->failed = true;
            return;
        }
        t->at = grown;
        t->size = size;
    }
    memcpy(t->at + t->used, data, bytes);
    t->used += bytes;
}

static void put_real(text *t, double x)
{
    char number[LIN_NUMBER_SIZE];
    put(t, lin_number_text(number, x, LIN_F64), strlen(number));
}

static void put_string(text *t, const char *s, size_t bytes)
{
    put(t, "\"", 1);
    for (size_t i = 0; i < bytes; i++) {
        char escape[8];
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            put(t, (const char[]){'\\', (char)c}, 2);
        else if (c < 0x20)
            put(t, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        else
            put(t, s + i, 1);
    }
    put(t, "\"", 1);
}

/* The tree came through lin__json_parse or was made here: its depth is bounded. */
static void put_value(text *t, const json_t *value)
{
    char number[32];
    switch (json_typeof(value)) {
    case JSON_OBJECT: {
        const char *key;
        json_t *item;
        bool first = true;
        put(t, "{", 1);
        json_object_foreach((json_t *)(uintptr_t)value, key, item)
        {
            if (!first) put(t, ",", 1);
            first = false;
            put_string(t, key, strlen(key));
            put(t, ":", 1);
            put_value(t, item);
        }
        put(t, "}", 1);
        break;
    }
    case JSON_ARRAY:
        put(t, "[", 1);
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i) put(t, ",", 1);
            put_value(t, json_array_get(value, i));
        }
        put(t, "]", 1);
        break;
    case JSON_STRING:
        put_string(t, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        put(t, number, (size_t)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value)));
        break;
    case JSON_REAL:
        put_real(t, json_real_value(value));
        break;
    case JSON_TRUE:
        put(t, "true", 4);
        break;
    case JSON_FALSE:
        put(t, "false", 5);
        break;
    case JSON_NULL:
        put(t, "null", 4);
        break;
    }
}

char *lin__json_text(lin_ctx *ctx, uint32_t depth, const json_t *value)
{
    text t = {0};
    put_value(&t, value);
    put(&t, "", 1);
    char *copy = NULL;
    if (t.failed)
        lin__fail_memory(ctx, t.used);
    else if ((copy = lin__alloc(ctx, depth, t.used)))
        memcpy(copy, t.at, t.used);
    free(t.at);
    return copy;
}
