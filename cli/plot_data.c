/* Pictures of data. */
#include "context.h"
#include "failure.h"
#include "features.h"
#include "net.h"
#include "picture.h"
#include "plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* ---- Scatter -------------------------------------------------------------------------------------- */

/* Σ (a − mean a)(b − mean b) / n */
static double covariance(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *p = lin_sub_scalar(a, lin_item(lin_mean(a))), *q = lin_sub_scalar(b, lin_item(lin_mean(b)));
    return lin_item(lin_mean(lin_mul(p, q)));
}

static lin_tensor *column_of(lin_tensor *X, int64_t j)
{
    return lin_to(lin_select(X, 1, j), LIN_F64);
}

/* The column whose correlation with y is largest, of equal ones the first. */
static int64_t telling_column(lin_tensor *X, lin_tensor *y)
{
    int64_t best = 0;
    double most = -1;
    for (int64_t j = 0; j < lin_dim(X, 1); j++) {
        lin_region mark = lin_mark(lin_context(X));
        lin_tensor *x = column_of(X, j);
        double variance = covariance(x, x), size = variance > 0 ? fabs(covariance(x, y)) / sqrt(variance) : 0;
        if (size > most) best = j;
        if (size > most) most = size;
        lin_release(mark);
    }
    return best;
}

/* w = cov(x, y) / var(x), b = mean y − w · mean x */
static lin_line least_squares(lin_tensor *x, lin_tensor *y)
{
    double variance = covariance(x, x), w = variance > 0 ? covariance(x, y) / variance : 0;
    return (lin_line){.fitted = true, .w = w, .b = lin_item(lin_mean(y)) - w * lin_item(lin_mean(x))};
}

/* The model's weight of the column; the other columns at their means are a part of b. */
static lin_line line_of_model(lin_module *net, lin_tensor *X, int64_t column)
{
    lin_tensor *w = net_weight(net), *b = net_bias(net);
    lin_line line = {.fitted = true, .w = lin_at(w, LIN_SHAPE(0, column)), .b = b ? lin_at(b, LIN_SHAPE(0)) : 0};
    for (int64_t j = 0; j < lin_dim(X, 1); j++)
        if (j != column) line.b += lin_at(w, LIN_SHAPE(0, j)) * lin_item(lin_mean(column_of(X, j)));
    return line;
}

static int open_scatter(plot *p)
{
    const settings *s = p->s;
    if (!s->model) {
        const source_request request = {.data = s->argument[0],
                                        .target = s->target,
                                        .target_option = "--target",
                                        .verb = "plot",
                                        .whole = true,
                                        .train = s->split && s->split[1] == 'r'};
        p->ctx = context_new(s, LIN_F32);
        if (!p->ctx || source_open(p->ctx, &request, &p->data)) return failure_code();
    } else {
        settings both = *s;
        both.argument[1] = both.argument[0];
        both.argument[0] = s->model;
        both.argument_count = 2;
        if (trained_open(&both, "--target", &p->ctx, &p->model, &p->data)) return failure_code();
        if (net_layers(p->model.net) != 1 || net_outputs(p->model.net) != 1)
            return fail(EXIT_MISMATCH, "--model %.500s: a line is of one linear layer with one output", s->model);
    }
    if (source_is_images(&p->data))
        return fail_at(EXIT_DATA, p->data.name, "has images; scatter takes rows of numbers. Try linnet plot images");
    if (source_as_numbers(&p->data)) return failure_code();
    if (lin_dim(p->data.y, 1) != 1)
        return fail_at(EXIT_DATA, p->data.labels_name, "has %" PRId64 " numbers per row; scatter takes one",
                       lin_dim(p->data.y, 1));
    return 0;
}

lin_figure *plot_scatter(plot *p)
{
    if (open_scatter(p)) return NULL;
    lin_tensor *X = lin_reshape(p->data.X, LIN_SHAPE(lin_dim(p->data.X, 0), -1));
    lin_tensor *y = lin_to(lin_select(p->data.y, 1, 0), LIN_F64);
    int64_t columns = lin_dim(X, 1), column = p->s->column;
    if (column >= columns)
        return fail_usage("plot", "--column %" PRId64 ": %s has %" PRId64 " columns, 0 to %" PRId64, column,
                          p->data.name, columns, columns - 1),
               NULL;
    if (column < 0) column = telling_column(X, y);
    lin_tensor *x = column_of(X, column);
    lin_line line = p->s->model ? line_of_model(p->model.net, X, column) : least_squares(x, y);
    char label[48];
    snprintf(label, sizeof label, "features[:, %" PRId64 "]", column);
    line.xlabel = label;
    line.ylabel = "label";
    return lin_scatter_figure(x, y, &line);
}

/* ---- Images --------------------------------------------------------------------------------------- */

/* Titles where there are labels; in a row as many as fit a page. */
lin_figure *images_figure(source *data, int64_t count)
{
    enum { ACROSS = 9, MOST = 400 };
    lin_tensor *images = source_pictures(data);
    if (!images || (data->y && source_as_classes(data))) return NULL;
    const char *titles[MOST];
    char numbers[MOST][24];
    int64_t rows = lin_dim(images, 0), n = count < rows ? count : rows;
    const int64_t *label = data->y ? lin_const_data_ptr(data->y) : NULL;
    for (int64_t i = 0; label && i < n; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%" PRId64, label[i]);
        titles[i] = data->classes && label[i] < data->class_count ? data->classes[label[i]] : numbers[i];
    }
    int columns = n < ACROSS ? (int)n : ACROSS, lines = ((int)n + columns - 1) / columns;
    return lin_show_images(images, lines, columns, label ? titles : NULL, 1);
}

lin_figure *plot_images(plot *p)
{
    const settings *s = p->s;
    const source_request request = {.data = s->argument[0],
                                    .target = s->target,
                                    .target_option = s->target ? "--target" : NULL, /* labels are not needed */
                                    .verb = "plot",
                                    .whole = true,
                                    .train = s->split && s->split[1] == 'r'};
    p->ctx = context_new(s, LIN_F32);
    if (!p->ctx || source_open(p->ctx, &request, &p->data)) return NULL;
    return images_figure(&p->data, s->count ? s->count : 18);
}
