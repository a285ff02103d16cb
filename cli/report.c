/* The results of a training. */
#include "report.h"

#include "failure.h"
#include "net.h"
#include "number.h"
#include "streams.h"

#include <math.h>
#include <string.h>

/* The most parameters that are shown in words. */
enum { FEW = 16 };

void report_scores(FILE *out, double loss, const char *name, double accuracy)
{
    char text[LIN_NUMBER_SIZE];
    fprintf(out, "loss %s", number_brief(text, loss));
    if (!isnan(accuracy)) fprintf(out, ", %s %.4f", name, accuracy);
}

/* No clock is better than microseconds. */
static json_t *json_seconds(double seconds)
{
    return json_number(round(seconds * 1e6) / 1e6, LIN_F64);
}

json_t *report_epoch(const lin_epoch *e, bool classification, bool tested, bool scheduled)
{
    json_t *o =
        json_pack("{s:I, s:o}", "epoch", (json_int_t)e->epoch, "train_loss", json_number(e->train_loss, LIN_F64));
    if (classification) json_object_set_new(o, "train_acc", json_number(e->train_acc, LIN_F64));
    if (tested) json_object_set_new(o, "test_loss", json_number(e->test_loss, LIN_F64));
    if (tested && classification) json_object_set_new(o, "test_acc", json_number(e->test_acc, LIN_F64));
    if (scheduled) json_object_set_new(o, "lr", json_number(e->lr, LIN_F64));
    json_object_set_new(o, "seconds", json_seconds(e->seconds));
    return o;
}

static json_t *as_json(const report *r)
{
    int count;
    const char *const *names = lin_classes(r->train, &count);
    json_t *epochs = json_array();
    for (int64_t i = 0; i < lin_history_count(r->history); i++)
        json_array_append_new(epochs, report_epoch(lin_history_at(r->history, i), r->recipe->classification,
                                                   r->test != NULL, r->scheduled));
    json_t *o =
        json_pack("{s:s, s:I, s:I, s:o, s:I, s:o, s:i, s:o, s:o, s:o}", "task",
                  r->recipe->classification ? "classification" : "regression", "rows", (json_int_t)lin_rows(r->train),
                  "features", (json_int_t)net_features(r->net), "classes", json_list_of_words(names, count),
                  "parameters", (json_int_t)net_parameters(r->net), "seed", json_seed(r->recipe->seed), "threads",
                  lin_threads(lin_module_context(r->net)), "epochs", epochs, "seconds", json_seconds(r->seconds),
                  "model", r->model ? json_words(r->model) : json_null());
    if (r->test) json_object_set_new(o, "test_rows", json_integer(lin_rows(r->test)));
    if (r->best) json_object_set_new(o, "best_epoch", json_integer(r->best));
    return o;
}

/* Lines that a person can read, one for each output: only where there are few numbers. */
static void show_parameters(lin_module *net)
{
    lin_tensors all = lin_parameters(net);
    for (int i = 0; i < all.count; i++) {
        const char *name = lin_parameter_name(net, i), *point = strrchr(name, '.');
        lin_tensor *flat = lin_reshape(lin_data(all.at[i]), LIN_SHAPE(-1));
        if (!flat) return; /* the context knows why */
        printf("%s:", point ? point + 1 : name);
        int64_t width = lin_ndim(all.at[i]) == 2 ? lin_dim(all.at[i], 1) : lin_numel(flat);
        for (int64_t k = 0; k < lin_numel(flat); k++)
            printf("%s %.5g", k && k % width == 0 ? "\n       " : "", lin_at(flat, LIN_SHAPE(k)));
        putchar('\n');
    }
}

static void as_text(const report *r)
{
    const lin_epoch *last = lin_history_at(r->history, r->best - 1); /* 0: the last one */
    fputs("train: ", stdout);
    report_scores(stdout, last->train_loss, "accuracy", last->train_acc);
    if (r->test) {
        fputs("\ntest:  ", stdout);
        report_scores(stdout, last->test_loss, "accuracy", last->test_acc);
    }
    putchar('\n');
    if (!r->recipe->classification && net_parameters(r->net) <= FEW) show_parameters(r->net);
}

int report_write(const report *r, bool json)
{
    lin_ctx *ctx = lin_module_context(r->net);
    if (!json)
        as_text(r);
    else if (!json_show(as_json(r)))
        return fail(EXIT_FAILED, "out of memory");
    if (!json && lin_error_code_of(ctx)) return fail_library(ctx);
    stdout_stands(); /* out before remarks follow; if it could not be written, that is said at the end */
    return 0;
}
