/* The command line of a verb: options by its table, the rest are arguments. */
#include "option.h"

#include "failure.h"
#include "words.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How far the reading is. */
typedef struct reader {
    const verb *verb;
    settings *s;
    int count, at;
    char *const *words;
} reader;

static void *field_of(settings *s, const option *o)
{
    return (char *)s + o->field;
}

/* ---- Values --------------------------------------------------------------------------------------- */

/* "must be from 1 to 1024". `over`: the number was too large even for its type, so the type's end is told. */
static void put_whole_range(char *out, size_t size, const option *o, bool over)
{
    if (o->most || over)
        snprintf(out, size, "must be from %" PRId64 " to %" PRId64, o->least, o->most ? o->most : INT64_MAX);
    else
        snprintf(out, size, "must be at least %" PRId64, o->least);
}

/* "must be at least 0 and below 1" */
static void put_real_range(char *out, size_t size, const option *o, bool over)
{
    int used = snprintf(out, size, "must be %s %g", o->from_open ? "above" : "at least", o->from);
    if (o->to > 0)
        snprintf(out + used, size - (size_t)used, " and %s %g", o->to_open ? "below" : "at most", o->to);
    else if (over)
        snprintf(out + used, size - (size_t)used, " and at most %g", DBL_MAX);
}

static int out_of_range(reader *r, const option *o, const char *value)
{
    char range[128];
    (o->kind == OPTION_WHOLE ? put_whole_range : put_real_range)(range, sizeof range, o, errno == ERANGE);
    return fail_usage(r->verb->name, "--%s %s: %s", o->name, value, range);
}

static int no_number(reader *r, const option *o, const char *value)
{
    return fail_usage(r->verb->name, "--%s %s: not a %snumber; try --%s %s", o->name, value,
                      o->kind != OPTION_REAL ? "whole " : "", o->name, o->example);
}

/* Digits, with a sign before them or not. */
static bool is_whole(const char *value)
{
    value += *value == '-' || *value == '+';
    return *value && strspn(value, "0123456789") == strlen(value);
}

static int read_seed(reader *r, const option *o, const char *value)
{
    if (!is_whole(value)) return no_number(r, o, value);
    errno = 0;
    unsigned long long seed = strtoull(value, NULL, 10);
    if (errno || *value == '-')
        return fail_usage(r->verb->name, "--%s %s: must be from 0 to %" PRIu64, o->name, value, UINT64_MAX);
    *(uint64_t *)field_of(r->s, o) = seed;
    r->s->seed_given = true;
    return 0;
}

static int read_whole(reader *r, const option *o, const char *value)
{
    int64_t *field = field_of(r->s, o);
    if (o->word && strcmp(value, o->word) == 0) {
        *field = INT64_MAX;
        return 0;
    }
    if (!is_whole(value)) return no_number(r, o, value);
    errno = 0;
    long long number = strtoll(value, NULL, 10);
    if (errno || number < o->least || (o->most && number > o->most)) return out_of_range(r, o, value);
    *field = number;
    return 0;
}

static int read_real(reader *r, const option *o, const char *value)
{
    char *end = NULL;
    errno = 0;
    double number = strtod(value, &end);
    bool plain = strspn(value, "+-.0123456789eE") == strlen(value); /* no "inf", no hexadecimal */
    if (!*end && !plain && !isfinite(number))
        return fail_usage(r->verb->name, "--%s %s: must be finite; try --%s %s", o->name, value, o->name, o->example);
    if (!plain || *end) return no_number(r, o, value);
    bool above = o->from_open ? number > o->from : number >= o->from;
    bool below = o->to == 0 || (o->to_open ? number < o->to : number <= o->to);
    if (!above || !below || !isfinite(number)) return out_of_range(r, o, value);
    *(double *)field_of(r->s, o) = number;
    return 0;
}

static int read_choice(reader *r, const option *o, const char *value)
{
    guess near = {0};
    const char *choices = o->value;
    int length;
    for (const char *c; (c = next_choice(&choices, &length));)
        offer(&near, value, c, length);
    if (!is_choice(value, o->value))
        return fail_usage(r->verb->name, "--%s %s: must be one of %s%s", o->name, value, o->value,
                          did_you_mean(&near, ""));
    *(const char **)field_of(r->s, o) = value;
    return 0;
}

static int read_value(reader *r, const option *o, const char *value)
{
    if (!*value) return fail_usage(r->verb->name, "--%s is empty", o->name);
    switch (o->kind) {
    case OPTION_WHOLE:
        return read_whole(r, o, value);
    case OPTION_SEED:
        return read_seed(r, o, value);
    case OPTION_REAL:
        return read_real(r, o, value);
    case OPTION_CHOICE:
        return read_choice(r, o, value);
    default:
        *(const char **)field_of(r->s, o) = value;
        return 0;
    }
}

/* ---- Options -------------------------------------------------------------------------------------- */

/* Does the word look like an option? A negative number does not. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] && !strchr(".0123456789", word[1]);
}

/* `value` is what was written in the same word, or NULL: then it is the next word. */
static int take_option(reader *r, const option *o, const char *value)
{
    if (o->kind == OPTION_FLAG) {
        if (value) return fail_usage(r->verb->name, "--%s takes no value", o->name);
        *(bool *)field_of(r->s, o) = true;
        return 0;
    }
    if (!value && r->at < r->count && !is_option(r->words[r->at])) value = r->words[r->at++];
    if (!value) return fail_usage(r->verb->name, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    return read_value(r, o, value);
}

/* A result without a file of its own goes where the shell sends it. */
static int unknown(const reader *r, const char *word, const char *meant)
{
    bool output = word[1] == 'o' || strcmp(word, "--output") == 0;
    if (!output || !r->verb->redirect) return fail_usage(r->verb->name, "unknown option %s%s", word, meant);
    return fail_usage(r->verb->name, "unknown option %s: the result goes to standard output; for a file write > %s",
                      word, r->verb->redirect);
}

static int long_option(reader *r, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    guess near = {0};
    char typed[64];
    snprintf(typed, sizeof typed, "--%.*s", (int)length, name);
    for (const option *o = r->verb->options; o->name; o++) {
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return take_option(r, o, name[length] ? name + length + 1 : NULL);
        offer(&near, typed + 2, o->name, -1);
    }
    return unknown(r, typed, did_you_mean(&near, "--"));
}

static const option *find_letter(const verb *v, char letter)
{
    const option *o = v->options;
    while (o->name && o->letter != letter)
        o++;
    return o->name ? o : NULL;
}

/* Perhaps a long one with a '-' too few: -epochs. */
static int unknown_letter(reader *r, const char *word)
{
    guess near = {0};
    for (const option *o = r->verb->options; o->name; o++)
        offer(&near, word + 1, o->name, -1);
    return unknown(r, word, did_you_mean(&near, "--"));
}

/* -q, -o FILE, -oFILE, -qo FILE */
static int short_options(reader *r, const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const option *o = find_letter(r->verb, *letter);
        if (!o) return unknown_letter(r, word);
        bool flag = o->kind == OPTION_FLAG;
        int code = take_option(r, o, flag || !letter[1] ? NULL : letter + 1);
        if (code || !flag) return code;
    }
    return 0;
}

/* ---- The whole line ------------------------------------------------------------------------------- */

/* Argument number k; the last one that is described stands for more of its kind. */
static const char *argument_name(const verb *v, int k)
{
    const argument *a = v->arguments;
    for (; k > 0 && a[1].name; k--)
        a++;
    return a->name;
}

static int take_argument(reader *r, const char *word)
{
    settings *s = r->s;
    if (s->argument_count == r->verb->most_arguments)
        return fail_usage(r->verb->name, "'%s' is one argument too many", word);
    const char *name = argument_name(r->verb, s->argument_count);
    if (!*word) return fail_usage(r->verb->name, "%s is empty", name);
    if (strcmp(word, "-") == 0 && strcmp(name, "DATA") == 0 && access(word, F_OK) != 0)
        return fail_usage(r->verb->name, "- is no file; to read standard input write /dev/stdin");
    s->argument[s->argument_count++] = word;
    return 0;
}

static int missing_argument(const verb *v, int given)
{
    return fail_usage(v->name, "%s is missing: linnet %s %s", v->arguments[given].name, v->name, v->usage);
}

int options_read(const verb *v, int count, char *const *words, settings *s)
{
    *s = (settings){.verb = v, .seed = 42, .row = -1, .column = -1};
    reader r = {.verb = v, .s = s, .count = count, .words = words};
    bool options = true;
    while (r.at < count) { /* to the end whatever happens: fail() keeps the first cause, and --json may follow */
        const char *word = words[r.at++];
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0)
            long_option(&r, word);
        else if (options && is_option(word))
            short_options(&r, word);
        else
            take_argument(&r, word);
    }
    if (s->argument_count < v->least_arguments) missing_argument(v, s->argument_count);
    return failure_code();
}
