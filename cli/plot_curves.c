/* The course of a training, from what linnet train printed: its --json result, or the lines of --progress json. */
#include "context.h"
#include "failure.h"
#include "json.h"
#include "plot.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A number; NaN where there is none, as for what does not apply. */
static double number_at(const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Other JSON is told, and not drawn as nothing. */
static int add_epoch(const char *file, lin_ctx *ctx, lin_history *history, const json_t *o)
{
    lin_epoch e = {.epoch = json_integer_value(json_object_get(o, "epoch")),
                   .train_loss = number_at(o, "train_loss"),
                   .train_acc = number_at(o, "train_acc"),
                   .test_loss = number_at(o, "test_loss"),
                   .test_acc = number_at(o, "test_acc"),
                   .lr = number_at(o, "lr"),
                   .seconds = number_at(o, "seconds")};
    if (e.epoch < 1 || !json_object_get(o, "train_loss"))
        return fail_at(EXIT_DATA, file, "epoch %" PRId64 " has no \"epoch\" from 1 or no \"train_loss\"",
                       lin_history_count(history) + 1);
    return lin_history_add(history, &e) ? fail_library(ctx) : 0;
}

static int add_value(const char *file, lin_ctx *ctx, lin_history *history, const json_t *value)
{
    const json_t *epochs = json_object_get(value, "epochs");
    if (!epochs) return add_epoch(file, ctx, history, value);
    if (!json_is_array(epochs)) return fail_at(EXIT_DATA, file, "\"epochs\" is no list");
    for (size_t i = 0; i < json_array_size(epochs); i++)
        if (add_epoch(file, ctx, history, json_array_get(epochs, i))) return failure_code();
    return 0;
}

/* One value after the other, to the end. */
static int read_values(const char *file, FILE *in, lin_ctx *ctx, lin_history *history)
{
    for (;;) {
        int c;
        while ((c = fgetc(in)) != EOF && isspace(c))
            ;
        if (c == EOF) break;
        ungetc(c, in);
        json_error_t error;
        json_t *value = json_loadf(in, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
        if (!value) return fail_at(EXIT_DATA, file, "not JSON: %s", error.text);
        int code = add_value(file, ctx, history, value);
        json_decref(value);
        if (code) return code;
    }
    if (ferror(in)) return fail_at(EXIT_DATA, file, "cannot be read: %s", strerror(errno));
    if (lin_history_count(history)) return 0;
    return fail_at(EXIT_DATA, file, "has no epochs; linnet train --json prints them");
}

lin_figure *plot_curves(plot *p)
{
    const char *file = p->s->argument[0];
    p->ctx = context_new(p->s, LIN_F32);
    lin_history *history = lin_history_new(p->ctx);
    if (!history) return NULL;
    FILE *in = fopen(file, "r");
    if (!in) return fail_at(EXIT_DATA, file, "cannot be read: %s", strerror(errno)), NULL;
    int code = read_values(file, in, p->ctx, history);
    fclose(in);
    return code ? NULL : lin_history_figure(p->ctx, history);
}
