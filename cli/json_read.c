/* JSON values from a file, one after the other. When the buffer in which jansson (2.14) keeps a token cannot grow, it drops a
 * character without a word, or ends in an assertion. So each value comes behind a string that is longer, and it is asked first
 * whether there is memory for that. */
#include "failure.h"
#include "json.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 << 20 };

/* ---- One value ------------------------------------------------------------------------------------ */

/* ["xxx…",TEXT] */
typedef struct feed {
    const char *text;
    size_t bytes, pad, at;
} feed;

static char feed_byte(const feed *f, size_t i)
{
    if (i < 2) return "[\""[i];
    if (i < 2 + f->pad) return 'x';
    if (i < 4 + f->pad) return "\","[i - 2 - f->pad];
    return i - 4 - f->pad < f->bytes ? f->text[i - 4 - f->pad] : ']';
}

static size_t feed_some(void *out, size_t size, void *arg)
{
    feed *f = arg;
    size_t total = f->pad + f->bytes + 5, done = 0;
    for (; done < size && f->at < total; f->at++)
        ((char *)out)[done++] = feed_byte(f, f->at);
    return done;
}

static bool there_is(size_t bytes)
{
    json_malloc_t take;
    json_free_t give;
    json_get_alloc_funcs(&take, &give);
    void *p = take(bytes);
    give(p);
    return p != NULL;
}

/* Bytes of the value that text begins with: up to the bracket that closes it; all, where none does. */
static size_t value_bytes(const char *text, size_t bytes)
{
    long depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth <= 0) {
            return i + 1;
        }
    }
    return bytes;
}

/* Where jansson gave up: the line of the file, of which the feed holds a value. */
static size_t line_of(const feed *f, const char *file_text, int position)
{
    size_t before = f->pad + 4, at = position > 0 ? (size_t)position : 0, line = 1;
    const char *end = f->text + (at < before ? 0 : at - before < f->bytes ? at - before : f->bytes);
    for (const char *c = file_text; c < end; c++)
        line += *c == '\n';
    return line;
}

/* The value of `bytes` bytes at `at` of the file's text. */
static int take_value(const char *file, const char *text, size_t at, size_t bytes, json_take *take, void *user)
{
    feed f = {.text = text + at, .bytes = bytes, .pad = bytes + 1};
    json_error_t error = {.text = ""};
    json_t *both = there_is(3 * f.pad) ? json_load_callback(feed_some, &f, JSON_REJECT_DUPLICATES, &error) : NULL;
    int code = 0;
    if (json_memory_failed())
        code = fail(EXIT_FAILED, "out of memory");
    else if (!both)
        code = fail_at(EXIT_DATA, file, "line %zu: not JSON: %s", line_of(&f, text, error.position), error.text);
    else
        code = take(user, json_array_get(both, 1));
    json_decref(both);
    return code;
}

/* ---- All of a file -------------------------------------------------------------------------------- */

/* malloc'd; NULL with a failure. */
static char *read_all(const char *file, size_t *bytes)
{
    FILE *in = fopen(file, "rb");
    if (!in && errno == ENOENT) {
        fail_at(EXIT_DATA, file, "there is no such file");
        return NULL;
    }
    if (!in) {
        fail_at(errno == ENOMEM ? EXIT_FAILED : EXIT_DATA, file, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    char *text = NULL;
    size_t room = 0, got = 1;
    for (*bytes = 0; got && *bytes < MOST_BYTES; *bytes += got) {
        if (*bytes == room) {
            char *more = realloc(text, room = room ? 2 * room : 1 << 14);
            if (!more) fail(EXIT_FAILED, "out of memory");
            if (!more) break;
            text = more;
        }
        got = fread(text + *bytes, 1, room - *bytes, in);
    }
    if (ferror(in)) fail_at(EXIT_DATA, file, "cannot be read: %s", strerror(errno));
    if (*bytes >= MOST_BYTES) fail_at(EXIT_DATA, file, "has 64 MB or more: too long for a result of linnet's");
    fclose(in);
    if (!failure_code()) return text;
    free(text);
    return NULL;
}

int json_read(const char *file, json_take *take, void *user)
{
    size_t bytes, at = 0;
    char *text = read_all(file, &bytes);
    while (text && !failure_code()) {
        while (at < bytes && isspace((unsigned char)text[at]))
            at++;
        if (at == bytes) break;
        size_t length = value_bytes(text + at, bytes - at);
        take_value(file, text, at, length, take, user);
        at += length;
    }
    free(text);
    return failure_code();
}
