/* The course of a training, from what linnet train printed: its --json result, or the lines of --progress json. */
#include "content.h"
#include "context.h"
#include "failure.h"
#include "json.h"
#include "plot.h"

#include <inttypes.h>
#include <math.h>

typedef struct course {
    const char *file;
    lin_history *history;
} course;

/* A number; NaN where there is none, as for what does not apply or is not finite. Other JSON is refused. */
static int read_number(const course *c, const json_t *o, const char *key, double *to)
{
    const json_t *value = json_object_get(o, key);
    *to = json_is_number(value) ? json_number_value(value) : NAN;
    if (!value || json_is_number(value) || json_is_null(value)) return 0;
    return fail_at(EXIT_DATA, c->file, "epoch %" PRId64 ": \"%s\" is no number", lin_history_count(c->history) + 1,
                   key);
}

static int check_epoch(const course *c, int64_t epoch, const json_t *o)
{
    if (epoch < 1 || !json_object_get(o, "train_loss"))
        return fail_at(EXIT_DATA, c->file, "epoch %" PRId64 " has no \"epoch\" from 1 or no \"train_loss\"",
                       lin_history_count(c->history) + 1);
    const lin_epoch *last = lin_history_at(c->history, -1);
    if (!last || epoch > last->epoch) return 0;
    return fail_at(EXIT_DATA, c->file,
                   "epoch %" PRId64 " comes after epoch %" PRId64 ": one training is drawn at a time", epoch,
                   last->epoch);
}

static int add_epoch(const course *c, const json_t *o)
{
    lin_epoch e = {.epoch = json_integer_value(json_object_get(o, "epoch"))};
    const struct {
        const char *key;
        double *to;
    } numbers[] = {{"train_loss", &e.train_loss},
                   {"train_acc", &e.train_acc},
                   {"test_loss", &e.test_loss},
                   {"test_acc", &e.test_acc},
                   {"lr", &e.lr},
                   {"seconds", &e.seconds}};
    if (check_epoch(c, e.epoch, o)) return failure_code();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (read_number(c, o, numbers[i].key, numbers[i].to)) return failure_code();
    return lin_history_add(c->history, &e) ? fail(EXIT_FAILED, "out of memory") : 0;
}

static int add_value(void *user, const json_t *value)
{
    const course *c = user;
    const json_t *epochs = json_object_get(value, "epochs");
    if (!epochs) return add_epoch(c, value);
    if (!json_is_array(epochs)) return fail_at(EXIT_DATA, c->file, "\"epochs\" is no list");
    for (size_t i = 0; i < json_array_size(epochs); i++)
        if (add_epoch(c, json_array_get(epochs, i))) return failure_code();
    return 0;
}

lin_figure *plot_curves(plot *p)
{
    if (content_of(p->s->argument[0]) == CONTENT_SAFETENSORS)
        return fail_at(EXIT_DATA, p->s->argument[0], "is a model; curves are in what linnet train --json prints"), NULL;
    p->ctx = context_new(p->s, LIN_F32);
    course c = {.file = p->s->argument[0], .history = lin_history_new(p->ctx)};
    if (!c.history || json_read(c.file, add_value, &c)) return NULL;
    if (lin_history_count(c.history)) return lin_history_figure(p->ctx, c.history);
    fail_at(EXIT_DATA, c.file, "has no epochs; linnet train --json prints them");
    return NULL;
}
