/* Pictures that explain a model. */
#include "context.h"
#include "failure.h"
#include "features.h"
#include "net.h"
#include "picture.h"
#include "plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Opening -------------------------------------------------------------------------------------- */

static lin_names class_names(const plot *p)
{
    return p->model.info.class_count ? names_of(p->model.info.classes, p->model.info.class_count)
                                     : names_of(p->data.classes, p->data.class_count);
}

/* MODEL and DATA, with labels that fit the model. 0, or a failure. */
static int open_both(plot *p)
{
    if (trained_open(p->s, "--target", &p->ctx, &p->model, &p->data)) return failure_code();
    return trained_labels(&p->model, &p->data);
}

static int open_classifier(plot *p, const char *what)
{
    if (open_both(p)) return failure_code();
    if (p->model.classification) return 0;
    return fail(EXIT_MISMATCH, "%s tells classes apart, and %.500s predicts numbers; try linnet plot residuals", what,
                p->model.path);
}

/* ---- Predictions and mistakes --------------------------------------------------------------------- */

static lin_tensor *classes_of(lin_tensor *outputs)
{
    return lin_argmax_dim(outputs, 1, false);
}

lin_figure *plot_predictions(plot *p)
{
    if (open_classifier(p, "predictions")) return NULL;
    int64_t count = p->s->count ? p->s->count : 6, rows = lin_dim(p->data.X, 0);
    if (count > rows) count = rows;
    lin_tensor *images = source_pictures(&p->data);
    lin_tensor *outputs = images ? trained_outputs(&p->model, &p->data, 0, count) : NULL;
    return lin_predictions_figure(images, p->data.y, classes_of(outputs), class_names(p), (int)count);
}

lin_figure *plot_mistakes(plot *p)
{
    if (open_classifier(p, "mistakes")) return NULL;
    lin_tensor *images = source_pictures(&p->data);
    lin_tensor *outputs = images ? trained_outputs(&p->model, &p->data, 0, lin_dim(p->data.X, 0)) : NULL;
    return lin_mistakes_figure(images, p->data.y, lin_softmax(outputs, 1), class_names(p), (int)p->s->count);
}

/* ---- Confusion ------------------------------------------------------------------------------------ */

/* Rows of a class that were taken for a class: (C, C). NULL with a cause. */
static lin_tensor *count_confusions(const plot *p, lin_tensor *guess)
{
    int64_t classes = net_outputs(p->model.net);
    lin_tensor *counts = lin_full_dtype(p->ctx, 0, LIN_SHAPE(classes, classes), LIN_I64);
    const int64_t *a = lin_const_data_ptr(p->data.y), *b = lin_const_data_ptr(guess);
    int64_t *at = lin_i64(counts);
    for (int64_t i = 0; a && b && at && i < lin_numel(guess); i++)
        at[a[i] * classes + b[i]]++;
    return a && b ? counts : NULL;
}

lin_figure *plot_confusion(plot *p)
{
    if (open_classifier(p, "confusion")) return NULL;
    lin_tensor *guess = classes_of(trained_outputs(&p->model, &p->data, 0, lin_dim(p->data.X, 0)));
    return lin_confusion_figure(guess ? count_confusions(p, guess) : NULL, class_names(p));
}

/* ---- One prediction ------------------------------------------------------------------------------- */

lin_figure *plot_proba(plot *p)
{
    if (trained_open(p->s, NULL, &p->ctx, &p->model, &p->data)) return NULL;
    int64_t row = p->s->row < 0 ? 0 : p->s->row, rows = lin_dim(p->data.X, 0);
    if (!p->model.classification)
        return fail(EXIT_MISMATCH, "proba tells classes apart, and %.500s predicts numbers", p->model.path), NULL;
    if (row >= rows)
        return fail_usage("plot", "--row %" PRId64 ": %s has %" PRId64 " rows, 0 to %" PRId64, row, p->data.name, rows,
                          rows - 1),
               NULL;
    p->data.y = NULL; /* nothing depends on it */
    lin_tensor *proba = lin_softmax(trained_outputs(&p->model, &p->data, row, row + 1), 1);
    lin_tensor *images = source_is_images(&p->data) ? source_pictures(&p->data) : NULL;
    return lin_proba_figure(proba, class_names(p), (int)p->s->top, images ? lin_select(images, 0, row) : NULL);
}

/* ---- Residuals ------------------------------------------------------------------------------------ */

lin_figure *plot_residuals(plot *p)
{
    if (open_both(p)) return NULL;
    if (p->model.classification)
        return fail(EXIT_MISMATCH,
                    "residuals are of numbers, and %.500s tells classes apart; try linnet plot confusion",
                    p->model.path),
               NULL;
    lin_tensor *outputs = trained_outputs(&p->model, &p->data, 0, lin_dim(p->data.X, 0));
    return lin_residuals_figure(outputs, p->data.y);
}

/* ---- The model alone ------------------------------------------------------------------------------ */

static int open_model(plot *p)
{
    return trained_open_alone(p->s, p->s->argument[0], &p->ctx, &p->model);
}

/* A page on which cells are as large as names beside them need, and no side is longer than a sheet. */
static lin_figure *matrix_page(lin_ctx *ctx, int64_t rows, int64_t columns)
{
    const double around[] = {1.4, 1.1}, sheet = 9;
    double cell = fmin(0.2, sheet / (double)(rows > columns ? rows : columns));
    return lin_subplots(
        ctx, &(lin_figure_options){
                 .figsize = {fmax(around[0] + cell * (double)columns, 3.5), fmax(around[1] + cell * (double)rows, 1.5)},
                 .caption = "Red (+): a larger feature speaks for the output; blue (\u2212): against it."});
}

/* Bars, one for each weight of the only output; several outputs are the rows of a matrix. */
static lin_figure *weights_as_numbers(plot *p, lin_tensor *weight)
{
    int64_t outputs = lin_dim(weight, 0);
    lin_figure *f = outputs == 1 ? lin_subplots(p->ctx, NULL) : matrix_page(p->ctx, outputs, lin_dim(weight, 1));
    lin_axes *axes = lin_axes_at(f, 0);
    lin_set_axes(axes, &(lin_axes_options){.xlabel = "feature", .ylabel = outputs == 1 ? "weight" : "output"});
    if (outputs == 1)
        lin_bar(axes, NULL, lin_reshape(weight, LIN_SHAPE(-1)), NULL);
    else
        lin_imshow(axes, weight, &(lin_imshow_options){.cmap = LIN_DIVERGING, .axis = true});
    lin_names names = class_names(p);
    if (names.count == outputs) lin_set_yticks(axes, names.at, names.count);
    return f;
}

lin_figure *plot_weights(plot *p)
{
    int64_t height, width;
    if (open_model(p)) return NULL;
    if (net_features(p->model.net) == 0 || net_layers(p->model.net) > 1)
        return fail(EXIT_MISMATCH, "%.500s has %d linear layers; what a model looks for is seen in one", p->model.path,
                    net_layers(p->model.net)),
               NULL;
    lin_tensor *weight = net_weight(p->model.net);
    if (trained_image_size(&p->model, &height, &width))
        return lin_templates_figure(weight, height, width, class_names(p));
    lin_figure *f = weights_as_numbers(p, weight);
    return lin_error_code_of(p->ctx) ? NULL : f;
}

/* INPUTS OUTPUTS as numbers. */
static int64_t count_of(const char *word)
{
    char *end;
    long long n = strtoll(word, &end, 10);
    if (*end || n < 1 || n > INT32_MAX)
        fail_usage("plot", "network %s: not a number of inputs or outputs; try linnet plot network 4 3", word);
    return n;
}

lin_figure *plot_network(plot *p)
{
    int64_t inputs, outputs;
    if (p->s->argument_count == 1) {
        const char *word = p->s->argument[0];
        if (!word[strspn(word, "0123456789")] && access(word, F_OK) != 0)
            return fail_usage("plot", "network %s: the number of outputs is missing; try linnet plot network %s 3",
                              word, word),
                   NULL;
        if (open_model(p)) return NULL;
        inputs = net_features(p->model.net);
        outputs = net_outputs(p->model.net);
    } else {
        inputs = count_of(p->s->argument[0]);
        outputs = count_of(p->s->argument[1]);
        p->ctx = failure_code() ? NULL : context_new(p->s, LIN_F32);
    }
    return failure_code() ? NULL : lin_network_figure(p->ctx, inputs, outputs);
}
