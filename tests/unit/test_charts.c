/* The ready-made figures: what they say is right, and wrong arguments are told. How they look is stored:
 * tests/report. */
#include "support/support.h"

#include "report/figure.h"

#include <linnet/op.h>
#include <math.h>

static const char *const names3[] = {"cat", "dog", "bird"};
static const lin_names three = {3, names3};

static const lin__artist *artist_at(const lin_figure *f, int panel, int i)
{
    const lin__artist *a = f->panels[panel].first;
    while (a && i-- > 0)
        a = a->next;
    assert_non_null(a);
    return a;
}

static void check_missing(lin_ctx *ctx, const lin_figure *f, const char *part)
{
    assert_null(f);
    check_error_has(ctx, LIN_EINVAL, part);
}

static void a_fitted_line(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *x = lin_from_f32(ctx, (const float[]){-1, 3, NAN, 0}, LIN_SHAPE(4, 1));
    lin_figure *f = lin_scatter_figure(x, x, &(lin_line){.fitted = true, .w = -2, .b = -0.5});
    const lin__artist *line = artist_at(f, 0, 1);
    const double *at = line->u.series.x, *y = line->u.series.y;
    assert_true(at[0] == -1 && at[1] == 3 && y[0] == 1.5 && y[1] == -6.5); /* from the first point to the last */
    assert_string_equal(line->label, "y = \u22122.00x \u2212 0.50");
    assert_string_equal(artist_at(f, 0, 0)->label, "data");
    assert_null(artist_at(lin_scatter_figure(x, x, NULL), 0, 0)->label);
    check_missing(ctx, lin_scatter_figure(x, lin_ones(ctx, LIN_SHAPE(3)), NULL), "scatter: x has 4 elements, y has 3");
    check_missing(ctx, lin_scatter_figure(x, x, &(lin_line){.fitted = true, .w = NAN}), "y = nan x + 0 is not finite");
    assert_null(lin_scatter_figure(NULL, NULL, NULL));
    lin_tensor *missing = lin_full(ctx, NAN, LIN_SHAPE(2));
    assert_null(
        artist_at(lin_scatter_figure(missing, missing, &(lin_line){.fitted = true}), 0, 0)->next); /* nothing to fit */
    check_ok(ctx);
}

static lin_figure *of_epochs(lin_ctx *ctx, const lin_epoch *epochs, int n)
{
    lin_history *h = lin_history_new(ctx);
    for (int i = 0; i < n; i++)
        assert_int_equal(lin_history_add(h, &epochs[i]), 0);
    return lin_history_figure(ctx, h);
}

static void the_course_of_a_training(void **state)
{
    lin_ctx *ctx = *state;
    const lin_epoch classes[] = {
        {.epoch = 1, .train_loss = 0.8, .train_acc = 0.7, .test_loss = 0.7, .test_acc = NAN},
        {.epoch = 2, .train_loss = 0.004, .train_acc = 0.8, .test_loss = NAN, .test_acc = NAN}};
    lin_figure *f = of_epochs(ctx, classes, 2);
    assert_string_equal(artist_at(f, 0, 0)->label, "train loss");
    assert_string_equal(artist_at(f, 0, 1)->label, "train acc");
    assert_string_equal(artist_at(f, 0, 2)->label, "test loss"); /* no test accuracy at all */
    assert_null(artist_at(f, 0, 2)->next);
    assert_true(f->panels[0].x.lim[0] == 1 && f->panels[0].x.lim[1] == 2);
    assert_int_equal(f->panels[0].y.scale, LIN_SCALE_LINEAR);
    const lin_epoch losses[] = {{.epoch = 1, .train_loss = 0.8, .train_acc = NAN, .test_loss = NAN, .test_acc = NAN},
                                {.epoch = 2, .train_loss = 5e-5, .train_acc = NAN, .test_loss = NAN, .test_acc = NAN}};
    assert_int_equal(of_epochs(ctx, losses, 2)->panels[0].y.scale, LIN_SCALE_LOG);
    /* one epoch is a point, which is seen */
    const char *frame = lin_frame(of_epochs(ctx, losses, 1), &(lin_terminal){.columns = 10, .rows = 3, .ascii = true});
    assert_string_equal(frame, "\n     *\n");
    assert_null(of_epochs(ctx, NULL, 0)->panels[0].first);
    check_ok(ctx);
    check_missing(ctx, lin_history_figure(ctx, NULL), "history_figure: the history is NULL");
    assert_null(lin_history_figure(NULL, NULL));
}

static double integral(const lin__series *s)
{
    double sum = 0;
    for (int64_t i = 1; i < s->n; i++)
        sum += (s->x[i] - s->x[i - 1]) * (s->y[i] + s->y[i - 1]) / 2;
    return sum;
}

static void normal_densities(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_normal_figure(ctx, (const double[]){0, 0, 3}, (const double[]){1, 2, 1}, 3);
    for (int i = 0; i < 3; i++) {
        const lin__series *s = &artist_at(f, 0, i)->u.series;
        assert_true(s->x[0] == -7 && s->x[s->n - 1] == 7); /* the book's */
        assert_true(fabs(integral(s) - 1) < 1e-3);
    }
    assert_true(fabs(artist_at(f, 0, 0)->u.series.y[140] - 0.39894228040143267) < 1e-15);
    assert_string_equal(artist_at(f, 0, 2)->label, "mean 3, std 1");
    check_missing(ctx, lin_normal_figure(ctx, (const double[]){0}, (const double[]){0}, 1),
                  "N(0, 0²); the deviation must be positive");
    check_missing(ctx, lin_normal_figure(ctx, (const double[]){0}, (const double[]){1}, 0),
                  "0 densities; there can be 1 to 16");
    assert_null(lin_normal_figure(NULL, NULL, NULL, 1));
}

static lin_tensor *of_another_shape(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)y;
    (void)options;
    return lin_sum(y_hat);
}

/* Loss, gradient by autograd, likelihood: the half square's are e²/2, e, and the normal density. */
static void losses(void **state)
{
    lin_ctx *ctx = *state;
    const lin_loss_curve list[] = {{.name = "L2", .loss = lin_squared},
                                   {.name = "Huber", .loss = lin_huber, .options = {.delta = 0.5}}};
    lin_no_grad(ctx); /* the figure has its own */
    lin_figure *f = lin_losses_figure(ctx, list, 2);
    check_ok(ctx);
    assert_false(lin_grad_enabled(ctx));
    for (int panel = 0; panel < 2; panel++) {
        const lin__series *likelihood = &artist_at(f, panel, 2)->u.series;
        assert_true(fabs(integral(likelihood) - 1) < 1e-12);
    }
    const lin__series *loss = &artist_at(f, 0, 0)->u.series, *gradient = &artist_at(f, 0, 1)->u.series;
    for (int64_t i = 0; i < loss->n; i++) {
        double e = loss->x[i];
        assert_true(fabs(loss->y[i] - e * e / 2) < 1e-12 && fabs(gradient->y[i] - e) < 1e-12);
    }
    const lin__series *huber = &artist_at(f, 1, 1)->u.series;
    assert_true(huber->y[0] == -0.5 && huber->y[huber->n - 1] == 0.5); /* delta */
    assert_string_equal(f->panels[1].title, "Huber");
    check_missing(ctx, lin_losses_figure(ctx, NULL, 1), "1 losses; there can be 1 to 12");
    check_missing(ctx, lin_losses_figure(ctx, &(lin_loss_curve){.name = "none"}, 1), "losses_figure: a loss is NULL");
    check_missing(ctx, lin_losses_figure(ctx, &(lin_loss_curve){.name = "odd", .loss = of_another_shape}, 1),
                  "odd does not give one f64 for each row");
    assert_null(lin_losses_figure(NULL, list, 1));
}

static void residuals(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *y_hat = lin_from_f64(ctx, (const double[]){1, 2, 4}, LIN_SHAPE(3));
    lin_tensor *y = lin_from_f64(ctx, (const double[]){1.5, 1, 4}, LIN_SHAPE(3, 1));
    lin_figure *f = lin_residuals_figure(y_hat, y);
    const double *rest = artist_at(f, 0, 1)->u.series.y;
    assert_true(rest[0] == 0.5 && rest[1] == -1 && rest[2] == 0);
    check_missing(ctx, lin_residuals_figure(y_hat, lin_ones(ctx, LIN_SHAPE(2))), "3 predictions, 2 truths");
    check_missing(ctx, lin_residuals_figure(y_hat, NULL), "an argument is NULL");
    assert_null(lin_residuals_figure(NULL, NULL));
}

static void show_images(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *images = lin_full_dtype(ctx, 7, LIN_SHAPE(3, 4, 5), LIN_U8);
    lin_figure *f = lin_show_images(images, 2, 2, names3, 0);
    assert_int_equal(lin_panels(f), 4);
    assert_string_equal(f->panels[2].title, "bird");
    assert_null(f->panels[3].first); /* there are three */
    assert_non_null(lin_show_images(lin_ones(ctx, LIN_SHAPE(3, 1, 4, 5)), 1, 2, NULL, 1));
    assert_non_null(lin_show_images(lin_full_dtype(ctx, 7, LIN_SHAPE(3, 4, 5, 3), LIN_U8), 1, 3, NULL, 1));
    check_ok(ctx);
    check_missing(ctx, lin_show_images(lin_ones(ctx, LIN_SHAPE(3, 4)), 1, 3, NULL, 1),
                  "show_images: the images are f32 (3, 4)");
    check_missing(ctx, lin_show_images(lin_ones(ctx, LIN_SHAPE(3, 2, 4, 5)), 1, 3, NULL, 1), "(n, H, W), (n, 1, H, W)");
    check_missing(ctx, lin_show_images(images, 1, 3, NULL, -1), "a scale of -1 inches");
    check_missing(ctx, lin_show_images(images, 1, 3, NULL, NAN), "a scale of nan inches");
    assert_null(lin_show_images(NULL, 1, 1, NULL, 0));
}

static void predictions(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *images = lin_ones(ctx, LIN_SHAPE(8, 2, 2));
    lin_tensor *y = lin_from_i64(ctx, (const int64_t[]){0, 1, 2, 0, 1, 2, 0, 7}, LIN_SHAPE(8));
    lin_tensor *guess = lin_from_i64(ctx, (const int64_t[]){0, 2, 2, 0, 1, 2, 0, 7}, LIN_SHAPE(8));
    lin_figure *f = lin_predictions_figure(images, y, guess, three, 0);
    assert_int_equal(lin_panels(f), 6);
    assert_string_equal(f->panels[0].subtitle, "cat");
    assert_int_equal(f->panels[0].subtitle_ink, LIN__INK_TEXT);
    assert_string_equal(f->panels[1].title, "dog");
    assert_string_equal(f->panels[1].subtitle, "✗ bird");
    assert_int_equal(f->panels[1].subtitle_ink, LIN__INK_WRONG);
    f = lin_predictions_figure(images, y, guess, three, 100);
    assert_int_equal(lin_panels(f), 12);          /* two rows of six */
    assert_string_equal(f->panels[7].title, "7"); /* a class without a name */
    check_missing(ctx, lin_predictions_figure(images, lin_slice(y, 0, 0, 3), guess, three, 0),
                  "predictions_figure: y: i64 (3); it must be i64 with a label for each of 6 images");
    check_missing(ctx, lin_predictions_figure(images, y, lin_to(guess, LIN_F32), three, 0), "predicted: f32 (8)");
    check_missing(ctx, lin_predictions_figure(images, y, NULL, three, 0), "an argument is NULL");
    check_missing(ctx, lin_predictions_figure(lin_ones(ctx, LIN_SHAPE(0, 2, 2)), y, guess, three, 0),
                  "there are no images");
    assert_null(lin_predictions_figure(NULL, y, guess, three, 0));
}

static void mistakes(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *images = lin_ones(ctx, LIN_SHAPE(4, 2, 2)),
               *y = lin_from_i64(ctx, (const int64_t[]){0, 0, 1, 2}, LIN_SHAPE(4));
    const float p[] = {0.6f, 0.4f, 0, 0.2f, 0.8f, 0, 0, 0.04f, 0.96f, 0.997f, 0.003f, 0};
    lin_tensor *proba = lin_from_f32(ctx, p, LIN_SHAPE(4, 3));
    lin_figure *f = lin_mistakes_figure(images, y, proba, three, 0);
    assert_int_equal(lin_panels(f), 3);
    assert_string_equal(f->caption, "3 of 4 are wrong (75.0 %); the surest mistakes first.");
    assert_string_equal(f->panels[0].title, "bird");
    assert_string_equal(f->panels[0].subtitle, "✗ cat 99%");
    assert_string_equal(f->panels[1].subtitle, "✗ bird 96%");
    assert_string_equal(f->panels[2].subtitle, "✗ dog 80%");
    assert_int_equal(lin_panels(lin_mistakes_figure(images, y, proba, three, 2)), 2);
    /* A decimal where whole percents look alike, more where all do; never 100 %. */
    const float near[] = {0.004f, 0.996f, 0, 0.001f, 0.999f, 0, 0, 0, 1, 0.0001f, 0.9999f, 0};
    lin_tensor *cats = lin_from_i64(ctx, (const int64_t[]){0, 0, 0, 0}, LIN_SHAPE(4));
    f = lin_mistakes_figure(images, cats, lin_from_f32(ctx, near, LIN_SHAPE(4, 3)), three, 0);
    const char *one[] = {"✗ bird 99.9%", "✗ dog 99.9%", "✗ dog 99.9%", "✗ dog 99.6%"};
    for (int i = 0; i < 4; i++)
        assert_string_equal(f->panels[i].subtitle, one[i]);
    f = lin_mistakes_figure(images, cats, lin_from_f32(ctx, near, LIN_SHAPE(4, 3)), three, 3);
    const char *two[] = {"✗ bird 99.99%", "✗ dog 99.99%", "✗ dog 99.90%"};
    for (int i = 0; i < 3; i++)
        assert_string_equal(f->panels[i].subtitle, two[i]);
    lin_figure *none =
        lin_mistakes_figure(lin_slice(images, 0, 0, 1), lin_slice(y, 0, 0, 1), lin_slice(proba, 0, 0, 1), three, 0);
    assert_string_equal(none->caption, "0 of 1 are wrong (0.0 %).");
    check_ok(ctx);
    check_missing(ctx, lin_mistakes_figure(images, y, lin_slice(proba, 0, 0, 2), three, 0),
                  "4 images, but proba has 2 rows");
    check_missing(ctx, lin_mistakes_figure(images, y, y, three, 0), "proba: (4); it must have two dimensions");
    check_missing(ctx, lin_mistakes_figure(images, NULL, proba, three, 0), "an argument is NULL");
}

/* All classes on one scale, zero in its middle. */
static void templates(void **state)
{
    lin_ctx *ctx = *state;
    const float w[] = {1, 2, 3, 4, -8, 0, 0, 0};
    lin_tensor *weight = lin_parameter(lin_from_f32(ctx, w, LIN_SHAPE(2, 4)));
    lin_figure *f = lin_templates_figure(weight, 2, 2, (lin_names){0});
    for (int i = 0; i < 2; i++) {
        const lin__cells *cells = &artist_at(f, i, 0)->u.cells;
        assert_true(cells->low == -8 && cells->high == 8 && cells->rows == 2);
    }
    assert_string_equal(f->panels[1].title, "1");
    check_missing(ctx, lin_templates_figure(weight, 2, 3, three),
                  "weight is (2, 4); for images of 2 x 3 it must be (classes, height * width)");
    check_missing(ctx, lin_templates_figure(lin_ones(ctx, LIN_SHAPE(4)), 2, 2, three), "weight is (4);");
    assert_null(lin_templates_figure(NULL, 2, 2, three));
}

static void confusion(void **state)
{
    lin_ctx *ctx = *state;
    const int64_t counts[] = {8, 2, 0, 3, 7, 0, 2, 1, 7};
    lin_figure *f = lin_confusion_figure(lin_from_i64(ctx, counts, LIN_SHAPE(3, 3)), three);
    assert_string_equal(f->caption,
                        "Most often: dog taken for cat (3,\u00a030.0\u00a0%), cat taken for dog (2,\u00a020.0\u00a0%), "
                        "bird taken for cat (2,\u00a020.0\u00a0%)");
    assert_true(artist_at(f, 0, 0)->u.cells.value[3] == 0.3f); /* shares of the rows */
    lin_figure *none = lin_confusion_figure(lin_from_i64(ctx, (const int64_t[]){1, 0, 0, 0}, LIN_SHAPE(2, 2)), three);
    assert_string_equal(none->caption, "No mistakes.");
    check_missing(ctx, lin_confusion_figure(lin_ones(ctx, LIN_SHAPE(2, 3)), three),
                  "the counts are (2, 3); they must be (C, C)");
    check_missing(ctx, lin_confusion_figure(lin_ones(ctx, LIN_SHAPE(101, 101)), three), "with 1 to 100 classes");
    check_missing(ctx, lin_confusion_figure(lin_ones(ctx, LIN_SHAPE(4)), three), "it must have two dimensions");
    assert_null(lin_confusion_figure(NULL, three));
}

static void probabilities(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *p = lin_from_f32(ctx, (const float[]){0.05f, 0.9f, 0.05f}, LIN_SHAPE(3));
    lin_figure *f = lin_proba_figure(p, three, 2, NULL);
    assert_int_equal(lin_panels(f), 1);
    assert_int_equal(f->panels[0].y.name_count, 2);
    assert_string_equal(f->panels[0].y.names[0], "dog");
    assert_string_equal(f->panels[0].y.names[1], "cat"); /* a tie: the first of them */
    assert_string_equal(artist_at(f, 0, 1)->u.note.text, "90 %");
    assert_string_equal(artist_at(f, 0, 2)->u.note.text, "5.0 %");
    assert_int_equal(lin_panels(lin_proba_figure(p, three, 9, lin_ones(ctx, LIN_SHAPE(2, 2)))), 2);
    check_missing(ctx, lin_proba_figure(lin_ones(ctx, LIN_SHAPE(0)), three, 0, NULL),
                  "proba is (0); it must have 1 to 100 classes");
    check_missing(ctx, lin_proba_figure(p, three, -1, NULL), "top is -1");
    assert_null(lin_proba_figure(NULL, three, 0, NULL));
}

static void networks(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_network_figure(ctx, 4, 3);
    assert_int_equal(artist_at(f, 0, 0)->u.series.n, 2 * 4 * 3);
    f = lin_network_figure(ctx, 784, 1);
    assert_int_equal(artist_at(f, 0, 0)->u.series.n, 2 * 3); /* none from the dots */
    assert_non_null(strstr(lin_frame(f, &(lin_terminal){.ascii = true}), "(x784)"));
    check_missing(ctx, lin_network_figure(ctx, 0, 1), "0 inputs, 1 outputs");
    assert_null(lin_network_figure(NULL, 1, 1));
}

/* Made in an inner region of values, a figure keeps nothing of them. */
static void figures_outlive_their_values(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_subplots(ctx, NULL);
    lin_region inner = lin_mark(ctx);
    lin_tensor *t = lin_arange(ctx, 0, 16, 1, LIN_F32);
    lin_plot(lin_axes_at(f, 0), t, lin_neg(t), &(lin_style){.label = lin_to_string(t)});
    lin_release(inner);
    lin_fill_(lin_ones(ctx, LIN_SHAPE(64, 64)), 9); /* where they were */
    assert_non_null(strstr(lin_frame(f, NULL), "tensor([ 0."));
    assert_true(artist_at(f, 0, 0)->u.series.y[15] == -15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fitted_line),
        TEST(the_course_of_a_training),
        TEST(normal_densities),
        TEST(losses),
        TEST(residuals),
        TEST(show_images),
        TEST(predictions),
        TEST(mistakes),
        TEST(templates),
        TEST(confusion),
        TEST(probabilities),
        TEST(networks),
        TEST(figures_outlive_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
