/* JSON for results. jansson has no shortest numbers (0.1 becomes 0.10000000000000001), so numbers are written here and
 * everything else by it. */
#include "json.h"

#include "streams.h"
#include "words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson builds trees piece by piece, and a piece that there is no memory for is missing without a word: so it is seen here. */
static bool out_of_memory;

static void *watched_malloc(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p) out_of_memory = true;
    return p;
}

void json_watch_memory(void)
{
    json_set_alloc_funcs(watched_malloc, free);
}

bool json_memory_failed(void)
{
    return out_of_memory;
}

/* JSON knows doubles only: an f32 becomes the double whose shortest decimal is the f32's. */
json_t *json_number(double x, lin_dtype dtype)
{
    if (!isfinite(x)) return json_null();
    if (dtype != LIN_F32) return json_real(x);
    char text[LIN_NUMBER_SIZE];
    return json_real(strtod(lin_number_text(text, x, LIN_F32), NULL));
}

json_t *json_seed(uint64_t seed)
{
    if (seed <= INT64_MAX) return json_integer((json_int_t)seed);
    char text[LIN_NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return json_string(text);
}

json_t *json_words(const char *text)
{
    json_t *words = json_string(text);
    if (words) return words;
    size_t size = 4 * strlen(text) + 1; /* an escape is four bytes */
    char *safe = watched_malloc(size);
    if (safe) words = json_string(lin_printable(safe, size, text));
    free(safe);
    return words;
}

json_t *json_list_of_words(const char *const *words, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_words(words[i]));
    return list;
}

json_t *json_shape(lin_shape shape)
{
    json_t *list = json_array();
    for (int i = 0; i < shape.ndim; i++)
        json_array_append_new(list, json_integer(shape.dim[i]));
    return list;
}

json_t *json_tensor(lin_tensor *t)
{
    if (lin_ndim(t) == 0) {
        if (lin_type(t) == LIN_I64 || lin_type(t) == LIN_U8) return json_integer(lin_item_i64(t));
        return json_number(lin_item(t), lin_type(t));
    }
    json_t *list = json_array();
    for (int64_t i = 0; i < lin_dim(t, 0); i++) {
        lin_region mark = lin_mark(lin_context(t));
        json_array_append_new(list, json_tensor(lin_select(t, 0, i)));
        lin_release(mark);
    }
    return list;
}

/* A text that grows. Its stream does not remember that there was no memory, so that is remembered here. */
typedef struct writer {
    FILE *out;
    bool failed;
} writer;

static void put(writer *w, const char *text)
{
    if (fputs(text, w->out) < 0) w->failed = true;
}

static void put_value(writer *w, json_t *value);

static void put_list(writer *w, const json_t *list)
{
    put(w, "[");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i) put(w, ",");
        put_value(w, json_array_get(list, i));
    }
    put(w, "]");
}

static void put_object(writer *w, json_t *object)
{
    const char *before = "{";
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        put(w, before);
        before = ",";
        json_t *key = json_string_nocheck(json_object_iter_key(i));
        put_value(w, key);
        json_decref(key);
        put(w, ":");
        put_value(w, json_object_iter_value(i));
    }
    put(w, json_object_size(object) ? "}" : "{}");
}

static bool is_ascii(const json_t *string)
{
    const char *text = json_string_value(string);
    for (size_t i = 0; i < json_string_length(string); i++)
        if ((unsigned char)text[i] >= 0x7f) return false;
    return true;
}

/* The code of a character of at most three bytes, as all have that a terminal obeys. */
static unsigned code_of(const char *c)
{
    const unsigned char *u = (const unsigned char *)c;
    if (u[0] < 0x80) return u[0];
    if (u[0] < 0xe0) return (u[0] & 0x1fU) << 6 | (u[1] & 0x3fU);
    return (u[0] & 0xfU) << 12 | (u[1] & 0x3fU) << 6 | (u[2] & 0x3fU);
}

/* jansson escapes the controls below the space; the others that a terminal obeys are escaped here. */
static void put_string(writer *w, const json_t *string)
{
    char one[CHARACTER], safe[4 * CHARACTER], *text = json_dumps(string, JSON_ENCODE_ANY);
    if (!text) w->failed = true;
    for (const char *at = text; at && *at;) {
        at = next_character(at, one);
        if (strcmp(lin_printable(safe, sizeof safe, one), one) != 0)
            snprintf(safe, sizeof safe, "\\u%04X", code_of(one));
        put(w, safe);
    }
    free(text);
}

/* The trees that the command makes are as deep as a tensor's rank. */
static void put_value(writer *w, json_t *value)
{
    char number[LIN_NUMBER_SIZE];
    if (json_is_array(value))
        put_list(w, value);
    else if (json_is_object(value))
        put_object(w, value);
    else if (json_is_real(value))
        put(w, lin_number_text(number, json_real_value(value), LIN_F64));
    else if (json_is_string(value) && !is_ascii(value))
        put_string(w, value);
    else if (json_dumpf(value, w->out, JSON_ENCODE_ANY | JSON_COMPACT) != 0)
        w->failed = true;
}

char *json_spell(json_t *value)
{
    char *text = NULL;
    size_t bytes;
    writer w = {.out = open_memstream(&text, &bytes)};
    if (w.out && value) put_value(&w, value);
    bool whole = value && w.out && !w.failed && !out_of_memory; /* jansson needs some to write a string, too */
    json_decref(value);
    if (w.out && fclose(w.out) == 0 && whole) return text;
    free(text);
    return NULL;
}

bool json_show(json_t *value)
{
    char *text = json_spell(value);
    if (!text) return false;
    stdout_put(text);
    stdout_put("\n");
    free(text);
    return true;
}
