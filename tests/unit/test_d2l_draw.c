/* The book's functions that draw: on stdout, into numbered files if asked, and what they refuse. */
#include "support/capture.h"
#include "support/leaks.h"

#include <linnet/d2l.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

static void here(char path[64])
{
    strcpy(path, "/tmp/linnet-d2l-XXXXXX");
    assert_non_null(mkdtemp(path));
    setenv("LC_ALL", "C.UTF-8", 1);
}

static bool exists(const char *format, const char *folder, int n)
{
    char path[200];
    struct stat status;
    snprintf(path, sizeof path, format, folder, n);
    return stat(path, &status) == 0 && status.st_size > 0;
}

static void forget(const char *folder)
{
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static lin_tensor *line(lin_ctx *ctx)
{
    return lin_arange(ctx, 0, 10, 1, LIN_F64);
}

/* What d2l_plot prints is the frame of its figure. */
static void plot_shows_its_figure(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LC_ALL", "C.UTF-8", 1);
    capture out;
    capture_begin(&out);
    lin_figure *f = d2l_plot(LIN_TENSORS(line(ctx)), LIN_TENSORS(line(ctx), lin_square(line(ctx))),
                             &(d2l_plot_options){.xlabel = "x", .legend = {"x", "x²"}, .figsize = {4, 3}});
    const char *printed = capture_end(&out);
    check_ok(ctx);
    assert_non_null(f);
    assert_string_equal(printed, lin_frame(f, NULL));
    assert_non_null(strstr(printed, "x²"));

    capture_begin(&out); /* one argument: over 0, 1, … */
    lin_figure *alone = d2l_plot(LIN_TENSORS(lin_square(line(ctx))), (lin_tensors){0}, NULL);
    capture_end(&out);
    assert_non_null(alone);
    check_ok(ctx);
}

static void plot_into_axes_that_are_there(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *two = lin_subplots(ctx, &(lin_figure_options){.ncols = 2});
    capture out;
    capture_begin(&out);
    lin_figure *f =
        d2l_plot(LIN_TENSORS(line(ctx)), LIN_TENSORS(line(ctx)), &(d2l_plot_options){.axes = lin_axes_at(two, 1)});
    assert_string_equal(capture_end(&out), "");
    assert_ptr_equal(f, two);
    assert_int_equal(d2l_set_axes(lin_axes_at(two, 0), &(lin_axes_options){.xlabel = "epoch"}), 0);
    assert_non_null(strstr(lin_frame(two, NULL), "epoch"));
    check_ok(ctx);
}

static void what_plot_refuses(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(d2l_plot(LIN_TENSORS(line(ctx), line(ctx)), LIN_TENSORS(line(ctx), line(ctx), line(ctx)), NULL));
    check_error(ctx, LIN_EINVAL, "d2l_plot: 2 x for 3 y; one for all, or one for each");
    assert_null(d2l_plot((lin_tensors){0}, (lin_tensors){0}, NULL));
    assert_null(d2l_plot(LIN_TENSORS(line(ctx)), LIN_TENSORS(line(ctx)), &(d2l_plot_options){.fmts = {"?"}}));
    check_error_has(ctx, LIN_EINVAL, "?");
    assert_int_equal(d2l_set_figsize(ctx, -1, 2), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL,
                "d2l_set_figsize: -1 x 2 inches; both sides are above 0 and at most 100, or both 0: the default");
    assert_int_equal(d2l_set_figsize(ctx, 0, 5), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "0 x 5 inches; both sides");
    assert_int_equal(d2l_set_figsize(ctx, 5, 101), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "5 x 101 inches; both sides");
    assert_int_equal(d2l_set_figsize(ctx, 0, 0), 0);
    assert_int_equal(d2l_set_figsize(NULL, 1, 1), LIN_EINVAL);
    assert_int_equal(d2l_use_svg_display(NULL, "x"), LIN_EINVAL);
    assert_int_equal(d2l_show(NULL), LIN_EINVAL);
    assert_int_equal(d2l_animator_end(NULL), LIN_EINVAL);
    char far[2000];
    memset(far, 'x', sizeof far - 1);
    far[sizeof far - 1] = '\0';
    assert_int_equal(d2l_use_svg_display(ctx, far), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "d2l_use_svg_display: the prefix has 1999 bytes; that is too long");
}

/* What is shown is numbered, whatever shows it. */
static void files_are_numbered(void **state)
{
    lin_ctx *ctx = *state;
    char folder[64], prefix[80];
    here(folder);
    snprintf(prefix, sizeof prefix, "%s/figure", folder);
    if (d2l_use_svg_display(ctx, prefix) == LIN_EUNSUPPORTED) {
        forget(folder);
        skip();
    }
    check_ok(ctx);
    capture out;
    capture_begin(&out);
    assert_int_equal(d2l_set_figsize(ctx, 5, 2), 0);
    d2l_plot(LIN_TENSORS(line(ctx)), LIN_TENSORS(line(ctx)), NULL);
    d2l_show_images(lin_zeros(ctx, LIN_SHAPE(2, 4, 4)), 1, 2, NULL, 1);
    lin_animator *animator = d2l_Animator(ctx, &(lin_animator_options){.xlabel = "epoch", .legend = {"loss"}});
    assert_int_equal(d2l_animator_add(animator, 1, (const double[]){0.5}, 1), 0);
    assert_int_equal(d2l_animator_add(animator, 2, (const double[]){0.25}, 1), 0);
    assert_int_equal(d2l_animator_end(animator), 0);
    assert_int_equal(d2l_show(lin_network_figure(ctx, 4, 3)), 0);
    d2l_use_svg_display(ctx, NULL); /* from now on none */
    d2l_show(lin_network_figure(ctx, 4, 3));
    const char *printed = capture_end(&out);
    assert_non_null(strstr(printed, "epoch"));
    check_ok(ctx);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(exists("%s/figure-%d.svg", folder, i), i <= 4);
    forget(folder);
}

static void a_folder_that_is_not_there(void **state)
{
    lin_ctx *ctx = *state;
    int code = d2l_use_svg_display(ctx, "/tmp/no-such-folder/x");
    if (code == LIN_EUNSUPPORTED) skip();
    assert_int_equal(code, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "/tmp/no-such-folder/x-1.svg");
}

/* Six columns of truth and prediction; the images follow. */
static void predictions_with_images(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LC_ALL", "C.UTF-8", 1);
    lin_module *net = lin_sequential(ctx, lin_flatten(ctx), lin_linear(ctx, 16, 10));
    lin_tensor *X = lin_ones(ctx, LIN_SHAPE(3, 1, 4, 4)), *y = lin_from_i64(ctx, (int64_t[]){1, 2, 9}, LIN_SHAPE(3));
    lin_fill_(lin_data(lin_bias(lin_child(net, 1))), 0);
    lin_fill_(lin_data(lin_weight(lin_child(net, 1))), 0);
    lin_loader *iter = d2l_load_array(LIN_TENSORS(X, y), 3, false);
    capture out;
    capture_begin(&out);
    int code = d2l_predict_ch3(net, iter, 2);
    const char *printed = capture_end(&out);
    check_ok(ctx);
    assert_int_equal(code, 0);
    assert_int_equal(strncmp(printed, "truth       trouser     pullover\nprediction  t-shirt     t-shirt\n", 62), 0);
    assert_non_null(strstr(printed, "✗ t-shirt"));
    assert_null(strstr(printed, "ankle boot"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plot_shows_its_figure), TEST(plot_into_axes_that_are_there), TEST(what_plot_refuses),
        TEST(files_are_numbered),    TEST(a_folder_that_is_not_there),    TEST(predictions_with_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
