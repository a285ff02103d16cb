/* Where something stands in a file that its header's JSON says: jansson keeps no places, so the text is gone through once more
 * when something is wrong with it. It is well-formed JSON here, but may come from anyone. */
#include "model/safetensors.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- Within a text --------------------------------------------------------------------------------------------------------- */

size_t lin__json_space(const char *text, size_t bytes, size_t at)
{
    while (at < bytes && text[at] && strchr(" \t\r\n", text[at]))
        at++;
    return at;
}

size_t lin__json_behind_string(const char *text, size_t bytes, size_t at)
{
    for (at++; at < bytes && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < bytes ? at + 1 : bytes;
}

size_t lin__json_next(const char *text, size_t bytes, size_t at)
{
    for (int depth = 0; at < bytes;) {
        char c = text[at];
        if (c == '"') {
            at = lin__json_behind_string(text, bytes, at);
            continue;
        }
        bool closes = c == '}' || c == ']';
        if (depth == 0 && closes) return at;
        if (depth == 0 && c == ',') return lin__json_space(text, bytes, at + 1);
        depth += (c == '{' || c == '[') - closes;
        at++;
    }
    return bytes;
}

/* The value of the member whose key is at `at`. */
static size_t value_of(const char *text, size_t bytes, size_t at)
{
    at = lin__json_space(text, bytes, lin__json_behind_string(text, bytes, at));
    return at < bytes ? lin__json_space(text, bytes, at + 1) : bytes; /* behind the colon */
}

/* Is the key at `at` this one, spelled without escapes? */
static bool is_key(const char *text, size_t bytes, size_t at, const char *key, size_t length)
{
    return length + 2 <= bytes - at && !memcmp(text + at + 1, key, length) && text[at + 1 + length] == '"';
}

/* From the object or list at `at` to one of its values; 0 if it has none of that name. */
static size_t step(const char *text, size_t bytes, size_t at, const char *name, size_t length)
{
    bool list = text[at] == '[';
    if (!list && text[at] != '{') return 0;
    unsigned long number = list ? strtoul(name, NULL, 10) : 0;
    at = lin__json_space(text, bytes, at + 1);
    for (unsigned long i = 0; at < bytes && text[at] != '}' && text[at] != ']'; i++) {
        if (list && i == number) return at;
        if (!list && is_key(text, bytes, at, name, length)) return value_of(text, bytes, at);
        at = lin__json_next(text, bytes, at);
    }
    return 0;
}

size_t lin__json_place(const char *text, size_t bytes, size_t at, const char *path)
{
    at = lin__json_space(text, bytes, at);
    while (*path && at < bytes) {
        size_t length = strcspn(path, "/"), next = step(text, bytes, at, path, length);
        if (!next) break;
        at = next;
        path += length + (path[length] == '/');
    }
    return at;
}

/* ---- Within a string that holds JSON --------------------------------------------------------------------------------------- */

/* The bytes of the character that \uXXXX spells at `raw`, a pair of them one of four. */
static size_t bytes_of_escape(const char *raw, size_t *length)
{
    char digits[5] = {0};
    memcpy(digits, raw + 2, 4);
    unsigned long code = strtoul(digits, NULL, 16);
    bool pair = code >= 0xd800 && code < 0xdc00;
    *length = pair ? 12 : 6;
    return pair ? 4 : code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
}

/* Where in a string's spelling the byte at `offset` of what it holds comes from. */
static size_t unescaped(const char *raw, size_t bytes, size_t offset)
{
    size_t at = 0;
    for (size_t done = 0; at < bytes;) {
        size_t length = 1, made = 1;
        if (raw[at] == '\\') {
            length = 2;
            if (at + 6 <= bytes && raw[at + 1] == 'u') made = bytes_of_escape(raw + at, &length);
        }
        if (done + made > offset) return at;
        done += made;
        at += length;
    }
    return bytes;
}

int64_t lin__spelled_byte(const lin__spelled *s, size_t offset)
{
    return s->at + (int64_t)(s->text ? unescaped(s->text, s->bytes, offset) : offset);
}

/* ---- Within a file --------------------------------------------------------------------------------------------------------- */

int64_t lin__linnet_byte(const lin__header *header, const char *path)
{
    if (!header->linnet) return LIN__HEADER_AT;
    size_t offset = lin__json_place(header->linnet, strlen(header->linnet), 0, path);
    return lin__spelled_byte(&header->raw, offset);
}

const lin__entry *lin__entry_of(const lin__header *header, const char *name)
{
    for (int i = 0; i < header->count; i++)
        if (!strcmp(header->entries[i].name, name)) return &header->entries[i];
    return NULL;
}

int64_t lin__tensor_byte(const lin__header *header, const char *name)
{
    const lin__entry *e = lin__entry_of(header, name);
    return e ? e->at : LIN__HEADER_AT;
}
