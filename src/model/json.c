/* JSON in and out: checked before jansson sees it, and written so that equal trees give equal bytes. */
#include "model/safetensors.h"

#include "base/error.h"
#include "base/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The bytes of the longest string, with its quotes, or number. */
static size_t longest_token(const char *text, size_t bytes)
{
    size_t longest = 0, begin = 0;
    bool in_string = false;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (!in_string && c && strchr(" \t\r\n,:[]{}", c)) {
            begin = i + 1;
            continue;
        }
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
            begin = i;
        }
        if (i + 1 - begin > longest) longest = i + 1 - begin;
    }
    return longest;
}

/* lin__json_excess, which tells the longest token too. */
static size_t excess(const char *text, size_t bytes, size_t *longest, const char **why)
{
    size_t values = 0;
    int depth = 0;
    bool in_string = false;
    *longest = longest_token(text, bytes);
    if (*longest > LIN__JSON_TOKEN) {
        *why = "a string is too long";
        return 1;
    }
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        bool opens = c == '{' || c == '[';
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        depth += opens - (c == '}' || c == ']');
        values += opens || c == ',';
        if (depth <= LIN__JSON_DEPTH && values <= LIN__JSON_VALUES) continue;
        *why = depth > LIN__JSON_DEPTH ? "nested too deeply" : "too many values";
        return i + 1;
    }
    return 0;
}

size_t lin__json_excess(const char *text, size_t bytes, const char **why)
{
    size_t longest;
    return excess(text, bytes, &longest, why);
}

/* What is wrong at byte `bad` (from 1). A text that is not of a file (no path) is the caller's own. */
static void refuse(lin_ctx *ctx, const char *path, const lin__spelled *raw, const char *what, size_t bad,
                   const char *why)
{
    if (path)
        lin__fail_byte(ctx, LIN_EDATA, path, lin__spelled_byte(raw, bad - 1), "%s: %s", what, why);
    else
        lin__fail(ctx, LIN_EINVAL, "%s, its byte %zu: %s", what, bad - 1, why);
}

/* ---- Reading without memory ------------------------------------------------------------------------------------------------
 * When the buffer that jansson (2.14) keeps a token in cannot grow, a character is dropped without a word: a number loses a digit, and
 * what is left of an escape ends in an assertion. So it grows at once, and it is seen whether it could: before the first key of the
 * text jansson is fed one of ours, longer than any token, which has to come out whole. */

/* The text with our key, a piece at a time: text[0 … split), "xxx…":0, and the rest. */
typedef struct feed {
    const char *text;
    size_t bytes, split, pad, at;
} feed;

static size_t key_bytes(const feed *f)
{
    return f->pad + strlen("\"\":0,");
}

static char feed_byte(const feed *f)
{
    if (f->at < f->split) return f->text[f->at];
    size_t i = f->at - f->split;
    return i == 0 ? '"' : i <= f->pad ? 'x' : "\":0,"[i - f->pad - 1];
}

static size_t feed_some(void *out, size_t size, void *arg)
{
    feed *f = arg;
    size_t key_end = f->split + key_bytes(f), done = 0;
    for (; done < size && f->at < key_end; f->at++)
        ((char *)out)[done++] = feed_byte(f);
    if (done == size) return done; /* of the text behind the key nothing yet */
    size_t at = f->at - key_bytes(f), left = f->bytes - at, n = size - done < left ? size - done : left;
    memcpy((char *)out + done, f->text + at, n);
    f->at += n;
    return done + n;
}

/* Could jansson have so much memory now? */
static bool there_is(size_t bytes)
{
    json_malloc_t take;
    json_free_t give;
    json_get_alloc_funcs(&take, &give);
    void *p = take(bytes);
    give(p);
    return p != NULL;
}

/* The tree of an object that has a key; NULL with `error`, which has no text where there was no memory. */
static json_t *load_object(const char *text, size_t bytes, size_t split, size_t longest, json_error_t *error)
{
    feed f = {.text = text, .bytes = bytes, .split = split, .pad = longest + 1};
    if (!there_is(3 * f.pad)) return NULL;
    json_t *value = json_load_callback(feed_some, &f, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
    if (!value) { /* our key is faultless */
        bool ours = error->position <= (int)(split + key_bytes(&f));
        if (ours) *error->text = 0;
        error->position -= ours ? 0 : (int)key_bytes(&f);
        return NULL;
    }
    const char *key = json_object_iter_key(json_object_iter(value)); /* the first is ours */
    bool whole = strlen(key) == f.pad;
    json_object_del(value, key);
    if (whole) return value;
    json_decref(value);
    return NULL;
}

static json_t *load(const char *text, size_t bytes, size_t longest, json_error_t *error)
{
    size_t open = lin__json_space(text, bytes, 0), first = lin__json_space(text, bytes, open + 1);
    if (first < bytes && text[open] == '{' && text[first] == '"')
        return load_object(text, bytes, open + 1, longest, error);
    return json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
                      error); /* {} or none that is of use to us */
}

json_t *lin__json_parse(lin_ctx *ctx, const char *path, const lin__spelled *raw, const char *what, const char *text,
                        size_t bytes)
{
    const char *why;
    size_t longest, bad = excess(text, bytes, &longest, &why);
    if (bad) {
        refuse(ctx, path, raw, what, bad, why);
        return NULL;
    }
    json_error_t error = {0};
    json_t *value = load(text, bytes, longest, &error);
    if (value) return value;
    enum json_error_code code = json_error_code(&error);
    bad = (size_t)error.position + (code == json_error_invalid_utf8); /* that byte was not taken */
    if (code == json_error_out_of_memory || !*error.text)
        lin__fail_memory(ctx, bytes);
    else
        refuse(ctx, path, raw, what, bad ? bad : 1, error.text);
    return NULL;
}

json_t *lin__linnet_parse(lin_ctx *ctx, const lin__header *header)
{
    return lin__json_parse(ctx, header->path, &header->raw, "__metadata__ \"linnet\"", header->linnet,
                           strlen(header->linnet));
}

/* ---- Writing ------------------------------------------------------------------------------------ */

/* A text that is written, or, without memory, only measured. */
typedef struct text {
    char *at;
    size_t used;
} text;

static void put(text *t, const char *data, size_t bytes)
{
    if (t->at) memcpy(t->at + t->used, data, bytes);
    t->used += bytes;
}

static void put_real(text *t, double x)
{
    char number[LIN_NUMBER_SIZE];
    lin_number_text(number, x, LIN_F64);
    put(t, number, strlen(number));
}

/* The bytes up to the first that is spelled with an escape. */
static size_t plain_bytes(const char *s, size_t bytes)
{
    size_t n = 0;
    while (n < bytes && (unsigned char)s[n] >= 0x20 && s[n] != '"' && s[n] != '\\')
        n++;
    return n;
}

static void put_escape(text *t, char c)
{
    char escape[8];
    if (c == '"' || c == '\\')
        put(t, (const char[]){'\\', c}, 2);
    else
        put(t, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c));
}

static void put_string(text *t, const char *s, size_t bytes)
{
    put(t, "\"", 1);
    for (size_t i = 0; i < bytes; i++) { /* a run, and the byte that ends it */
        size_t n = plain_bytes(s + i, bytes - i);
        put(t, s + i, n);
        i += n;
        if (i < bytes) put_escape(t, s[i]);
    }
    put(t, "\"", 1);
}

static void put_value(text *t, json_t *value);

static void put_object(text *t, json_t *object)
{
    const char *key, *before = "{";
    json_t *item;
    json_object_foreach(object, key, item)
    {
        put(t, before, 1);
        put_string(t, key, strlen(key));
        put(t, ":", 1);
        put_value(t, item);
        before = ",";
    }
    if (*before == '{') put(t, before, 1);
    put(t, "}", 1);
}

static void put_array(text *t, const json_t *array)
{
    put(t, "[", 1);
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i) put(t, ",", 1);
        put_value(t, json_array_get(array, i));
    }
    put(t, "]", 1);
}

/* The tree came through lin__json_parse or was made here: its depth is bounded. */
static void put_value(text *t, json_t *value)
{
    char number[32];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(t, value);
        break;
    case JSON_ARRAY:
        put_array(t, value);
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

char *lin__json_text(lin_ctx *ctx, uint32_t depth, json_t *value)
{
    text t = {0};
    put_value(&t, value);
    t.at = lin__alloc(ctx, depth, t.used + 1);
    if (!t.at) return NULL;
    t.used = 0;
    put_value(&t, value);
    t.at[t.used] = 0;
    return t.at;
}
