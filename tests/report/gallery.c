/* One figure of every kind, of real data where there are any. */
#include "gallery.h"

#include <math.h>
#include <stdio.h>

#define DATA LINNET_SOURCE_DIR "/tests/report/data/"

static const char *const names[] = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                    "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
static const lin_names classes = {10, names};

/* ---- Curves --------------------------------------------------------------------------------------------- */

/* The book's figure of train_ch3, by the animator. */
static lin_figure *curves_named(lin_ctx *ctx, const char *xlabel, const char *const legend[3])
{
    lin_tensor *history = lin_load_npy(ctx, DATA "history.npy");
    lin_animator *animator = lin_animator_new(ctx, &(lin_animator_options){.xlabel = xlabel,
                                                                           .xlim = {1, 10},
                                                                           .ylim = {0.3, 0.9},
                                                                           .legend = {legend[0], legend[1], legend[2]},
                                                                           .quiet = true});
    for (int epoch = 0; epoch < 10; epoch++)
        LIN_ANIMATE(animator, epoch + 1, lin_at(history, LIN_SHAPE(epoch, 0)), lin_at(history, LIN_SHAPE(epoch, 1)),
                    lin_at(history, LIN_SHAPE(epoch, 2)));
    return lin_animator_figure(animator);
}

static lin_figure *curves(lin_ctx *ctx)
{
    return curves_named(ctx, "epoch", (const char *const[]){"train loss", "train acc", "test acc"});
}

static lin_figure *curves_cjk(lin_ctx *ctx)
{
    return curves_named(ctx, "迭代周期", (const char *const[]){"训练损失", "训练精度", "测试精度"});
}

/* What linnet train --plot draws: the same course as a history. */
static lin_figure *history(lin_ctx *ctx)
{
    lin_tensor *t = lin_load_npy(ctx, DATA "history.npy");
    lin_history *h = lin_history_new(ctx);
    for (int i = 0; t && i < 10; i++) {
        const lin_epoch e = {.epoch = i + 1,
                             .train_loss = lin_at(t, LIN_SHAPE(i, 0)),
                             .train_acc = lin_at(t, LIN_SHAPE(i, 1)),
                             .test_acc = lin_at(t, LIN_SHAPE(i, 2)),
                             .test_loss = NAN};
        lin_history_add(h, &e);
    }
    return lin_history_figure(ctx, h);
}

/* A regression's: the loss alone, on a log scale. */
static lin_figure *history_loss(lin_ctx *ctx)
{
    static const double losses[] = {3.1e-2, 1.2e-4, 5.4e-5};
    lin_history *h = lin_history_new(ctx);
    for (int i = 0; i < 3; i++)
        lin_history_add(
            h,
            &(lin_epoch){.epoch = i + 1, .train_loss = losses[i], .train_acc = NAN, .test_acc = NAN, .test_loss = NAN});
    return lin_history_figure(ctx, h);
}

/* A loss that falls by powers of ten. */
static lin_figure *log_curve(lin_ctx *ctx)
{
    lin_tensor *x = lin_arange(ctx, 0, 60, 1, LIN_F64);
    lin_tensor *fast = lin_add_scalar(lin_exp(lin_mul_scalar(x, -0.3)), 5e-5);
    lin_tensor *slow = lin_add_scalar(lin_exp(lin_mul_scalar(x, -0.12)), 5e-5);
    lin_figure *f = lin_subplots(ctx, NULL);
    lin_axes *axes = lin_axes_at(f, 0);
    lin_set_axes(axes,
                 &(lin_axes_options){
                     .xlabel = "step", .ylabel = "loss", .yscale = LIN_SCALE_LOG, .legend = {"lr 0.03", "lr 0.012"}});
    lin_plot(axes, x, fast, NULL);
    lin_plot(axes, x, slow, &(lin_style){.fmt = "r--"});
    return f;
}

/* Four panels with different things in them. */
static lin_figure *panels(lin_ctx *ctx)
{
    lin_tensor *x = lin_arange(ctx, -3, 3.05, 0.1, LIN_F64), *p = lin_exp(lin_mul_scalar(lin_square(x), -0.5));
    lin_tensor *low = lin_mul_scalar(p, 0.7), *high = lin_add_scalar(p, 0.1);
    lin_figure *f =
        lin_subplots(ctx, &(lin_figure_options){.nrows = 2,
                                                .ncols = 2,
                                                .figsize = {6.5, 4.5},
                                                .suptitle = "Four kinds of panel",
                                                .titles = (const char *const[]){"a curve and its band", "bars",
                                                                                "large numbers", "markers"}});
    lin_set_axes(lin_axes_at(f, 0), &(lin_axes_options){.xlabel = "x", .ylabel = "y"});
    lin_fill_between(lin_axes_at(f, 0), x, low, high, &(lin_style){.color = "C0"});
    lin_plot(lin_axes_at(f, 0), x, p, &(lin_style){.color = "C0"});
    lin_axvline(lin_axes_at(f, 0), 0, NULL);
    lin_annotate(lin_axes_at(f, 0), "mode", 0, 0.2, LIN_RIGHT, NULL);
    lin_bar(lin_axes_at(f, 1), NULL, lin_from_f64(ctx, (const double[]){3, 7, -2, 5, 4}, LIN_SHAPE(5)), NULL);
    lin_set_xticks(lin_axes_at(f, 1), (const char *const[]){"bias", "area", "age", "rooms", "baths"}, 5);
    lin_set_axes(lin_axes_at(f, 2), &(lin_axes_options){.xlabel = "rows", .ylabel = "seconds"});
    lin_plot(lin_axes_at(f, 2), lin_mul_scalar(lin_arange(ctx, 0, 6, 1, LIN_F64), 1e6),
             lin_mul_scalar(lin_arange(ctx, 0, 6, 1, LIN_F64), 2e-5), &(lin_style){.fmt = "o-"});
    lin_plot(lin_axes_at(f, 3), NULL, lin_arange(ctx, 0, 6, 1, LIN_F64), &(lin_style){.fmt = "bo", .label = "disc"});
    lin_plot(lin_axes_at(f, 3), NULL, lin_arange(ctx, 1, 7, 1, LIN_F64), &(lin_style){.fmt = "rs", .label = "square"});
    lin_plot(lin_axes_at(f, 3), NULL, lin_arange(ctx, 2, 8, 1, LIN_F64),
             &(lin_style){.fmt = "g^", .label = "triangle"});
    lin_plot(lin_axes_at(f, 3), NULL, lin_arange(ctx, 3, 9, 1, LIN_F64), &(lin_style){.fmt = "mx", .label = "cross"});
    lin_plot(lin_axes_at(f, 3), NULL, lin_arange(ctx, 4, 10, 1, LIN_F64), &(lin_style){.fmt = "y+", .label = "plus"});
    return f;
}

/* ---- Regression ------------------------------------------------------------------------------------------- */

static void synthetic(lin_ctx *ctx, lin_tensor **features, lin_tensor **labels)
{
    lin_tensor *w = lin_from_f32(ctx, (const float[]){2, -3.4f}, LIN_SHAPE(2));
    lin_synthetic_data(ctx, w, 4.2, 1000, 0.01, features, labels);
}

static lin_figure *scatter(lin_ctx *ctx)
{
    lin_tensor *features, *labels;
    synthetic(ctx, &features, &labels);
    return lin_scatter_figure(
        lin_select(features, 1, 1), labels,
        &(lin_line){.fitted = true, .w = -3.4, .b = 4.2, .xlabel = "features[:, 1]", .ylabel = "label"});
}

/* What is left when the second feature alone explains the label. */
static lin_figure *residuals(lin_ctx *ctx)
{
    lin_tensor *features, *labels;
    synthetic(ctx, &features, &labels);
    lin_tensor *fitted = lin_add_scalar(lin_mul_scalar(lin_select(features, 1, 1), -3.4), 4.2);
    return lin_residuals_figure(lin_slice(fitted, 0, 0, 200), lin_slice(lin_reshape(labels, LIN_SHAPE(-1)), 0, 0, 200));
}

static lin_figure *normal(lin_ctx *ctx)
{
    return lin_normal_figure(ctx, (const double[]){0, 0, 3}, (const double[]){1, 2, 1}, 3);
}

static lin_figure *losses(lin_ctx *ctx)
{
    const lin_loss_curve list[] = {
        {.name = "L2", .loss = lin_squared}, {.name = "L1", .loss = lin_l1}, {.name = "Huber", .loss = lin_huber}};
    return lin_losses_figure(ctx, list, 3);
}

/* Five in two rows: the sixth place is empty. */
static lin_figure *losses_five(lin_ctx *ctx)
{
    const lin_loss_curve list[] = {{.name = "squared", .loss = lin_squared},
                                   {.name = "mse", .loss = lin_mse},
                                   {.name = "l1", .loss = lin_l1},
                                   {.name = "smooth-l1", .loss = lin_smooth_l1},
                                   {.name = "huber", .loss = lin_huber}};
    return lin_losses_figure(ctx, list, 5);
}

/* More names than the page has room for, along both sides. */
static lin_figure *many_names(lin_ctx *ctx)
{
    enum { NAMES = 40 };
    static char text[NAMES][24];
    const char *at[NAMES];
    for (int i = 0; i < NAMES; i++) {
        snprintf(text[i], sizeof text[i], "class %d", i);
        at[i] = text[i];
    }
    lin_tensor *x = lin_arange(ctx, 0, NAMES, 1, LIN_F32);
    lin_figure *f = lin_subplots(ctx, NULL);
    lin_axes *axes = lin_axes_at(f, 0);
    lin_imshow(axes, lin_sub(lin_reshape(x, LIN_SHAPE(-1, 1)), x),
               &(lin_imshow_options){.cmap = LIN_DIVERGING, .axis = true});
    lin_set_xticks(axes, at, NAMES);
    lin_set_yticks(axes, at, NAMES);
    return f;
}

/* ---- Images ------------------------------------------------------------------------------------------------- */

static lin_figure *images(lin_ctx *ctx)
{
    lin_tensor *X = lin_slice(lin_load_npy(ctx, DATA "images.npy"), 0, 0, 18),
               *y = lin_load_npy(ctx, DATA "labels.npy");
    const char *titles[18];
    for (int i = 0; y && i < 18; i++)
        titles[i] = names[(int)lin_at(y, LIN_SHAPE(i))];
    return y ? lin_show_images(X, 2, 9, titles, 1.0) : NULL;
}

static lin_figure *predictions(lin_ctx *ctx)
{
    lin_tensor *proba = lin_load_npy(ctx, DATA "proba.npy");
    lin_tensor *X = lin_slice(lin_load_npy(ctx, DATA "images.npy"), 0, 12, 18);
    return lin_predictions_figure(X, lin_slice(lin_load_npy(ctx, DATA "labels.npy"), 0, 12, 18),
                                  lin_argmax_dim(lin_slice(proba, 0, 12, 18), 1, false), classes, 6);
}

static lin_figure *mistakes(lin_ctx *ctx)
{
    return lin_mistakes_figure(lin_load_npy(ctx, DATA "images.npy"), lin_load_npy(ctx, DATA "labels.npy"),
                               lin_load_npy(ctx, DATA "proba.npy"), classes, 12);
}

static lin_figure *templates(lin_ctx *ctx)
{
    return lin_templates_figure(lin_load_npy(ctx, DATA "weight.npy"), 28, 28, classes);
}

static lin_figure *confusion(lin_ctx *ctx)
{
    return lin_confusion_figure(lin_load_npy(ctx, DATA "confusion.npy"), classes);
}

static lin_figure *proba(lin_ctx *ctx)
{
    lin_tensor *X = lin_load_npy(ctx, DATA "images.npy"), *p = lin_load_npy(ctx, DATA "proba.npy");
    return lin_proba_figure(lin_select(p, 0, 17), classes, 5, lin_select(X, 0, 17));
}

/* ---- Diagrams ------------------------------------------------------------------------------------------------ */

static lin_figure *network_linear(lin_ctx *ctx)
{
    return lin_network_figure(ctx, 784, 1);
}

static lin_figure *network_softmax(lin_ctx *ctx)
{
    return lin_network_figure(ctx, 4, 3);
}

const gallery_entry gallery[] = {
    {.name = "curves", .make = curves, .in_color = true},
    {.name = "curves_dark", .make = curves, .theme = LIN_DARK},
    {.name = "curves_cjk", .make = curves_cjk, .needs = "训"},
    {.name = "history", .make = history},
    {.name = "history_loss", .make = history_loss},
    {.name = "log_curve", .make = log_curve},
    {.name = "panels", .make = panels},
    {.name = "scatter", .make = scatter},
    {.name = "residuals", .make = residuals},
    {.name = "normal", .make = normal},
    {.name = "losses", .make = losses},
    {.name = "losses_five", .make = losses_five},
    {.name = "many_names", .make = many_names},
    {.name = "images", .make = images},
    {.name = "predictions", .make = predictions, .in_color = true},
    {.name = "mistakes", .make = mistakes},
    {.name = "templates", .make = templates, .in_color = true},
    {.name = "templates_dark", .make = templates, .theme = LIN_DARK},
    {.name = "confusion", .make = confusion, .in_color = true},
    {.name = "confusion_dark", .make = confusion, .theme = LIN_DARK},
    {.name = "proba", .make = proba},
    {.name = "network_linear", .make = network_linear},
    {.name = "network_softmax", .make = network_softmax},
};
const int gallery_count = sizeof gallery / sizeof *gallery;
