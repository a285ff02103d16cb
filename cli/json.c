/* JSON for results. jansson has no shortest numbers (0.1 becomes 0.10000000000000001), so numbers are written here and
 * everything else by it. */
#include "json.h"

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

/* JSON knows doubles only: an f32 becomes the double whose shortest decimal is the f32's. */
json_t *json_number(double x, lin_dtype dtype)
{
    if (!isfinite(x)) return json_null();
    if (dtype != LIN_F32) return json_real(x);
    char text[LIN_NUMBER_SIZE];
    return json_real(strtod(lin_number_text(text, x, LIN_F32), NULL));
}

json_t *json_words(const char *text)
{
    json_t *words = json_string(text);
    if (words) return words;
    char safe[1024];
    return json_string(lin_printable(safe, sizeof safe, text));
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

static void write_value(json_t *value, FILE *out);

static void write_list(json_t *list, FILE *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        fputs(i ? "," : "[", out);
        write_value(json_array_get(list, i), out);
    }
    fputs(json_array_size(list) ? "]" : "[]", out);
}

static void write_object(json_t *object, FILE *out)
{
    const char *between = "{";
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        fputs(between, out);
        between = ",";
        json_t *key = json_string_nocheck(json_object_iter_key(i));
        write_value(key, out);
        json_decref(key);
        fputc(':', out);
        write_value(json_object_iter_value(i), out);
    }
    fputs(json_object_size(object) ? "}" : "{}", out);
}

/* The trees that the command makes are as deep as a tensor's rank. */
static void write_value(json_t *value, FILE *out)
{
    char number[LIN_NUMBER_SIZE];
    if (json_is_array(value))
        write_list(value, out);
    else if (json_is_object(value))
        write_object(value, out);
    else if (json_is_real(value))
        fputs(lin_number_text(number, json_real_value(value), LIN_F64), out);
    else
        json_dumpf(value, out, JSON_ENCODE_ANY | JSON_COMPACT);
}

char *json_spell(json_t *value)
{
    char *text = NULL;
    size_t bytes;
    FILE *out = value && !out_of_memory ? open_memstream(&text, &bytes) : NULL;
    if (out) {
        write_value(value, out);
        bool whole = !ferror(out) && !out_of_memory; /* jansson needs memory to write a string, too */
        if (fclose(out) != 0 || !whole) {
            free(text);
            text = NULL;
        }
    }
    json_decref(value);
    return text;
}

bool json_show(json_t *value)
{
    char *text = json_spell(value);
    if (!text) return false;
    puts(text);
    free(text);
    return true;
}
