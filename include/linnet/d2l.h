/* linnet/d2l.h: the functions that "Dive into Deep Learning" saves in its d2l package for chapter 3, by the book's names.
 * d2l.f in Python is d2l_f here. What needs a context and has no argument that carries one takes it first; several results
 * go to out-pointers; n = 0 means Python's default. */
#ifndef LINNET_D2L_H
#define LINNET_D2L_H

#include <linnet.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = Xw + b + N(0, 0.01²): w (d) → features (num_examples, d), labels (num_examples, 1). 0 or a code. */
LIN_API int d2l_synthetic_data(lin_tensor *w, double b, int64_t num_examples, lin_tensor **features,
                               lin_tensor **labels);
/* X·w + b: (n, d), (d, 1), (1) → (n, 1). */
LIN_API lin_tensor *d2l_linreg(lin_tensor *X, lin_tensor *w, lin_tensor *b);
/* (ŷ − y reshaped to ŷ)² / 2, of ŷ's shape. */
LIN_API lin_tensor *d2l_squared_loss(lin_tensor *y_hat, lin_tensor *y);
/* param ← param − lr · grad / batch_size, then grad ← 0, without recording. 0 or a code. */
LIN_API int d2l_sgd(lin_tensors params, double lr, int64_t batch_size);
/* A loader over arrays, shuffled if is_train. */
LIN_API lin_loader *d2l_load_array(lin_tensors data_arrays, int64_t batch_size, bool is_train);
LIN_API int d2l_get_dataloader_workers(void); /* 4 */
/* Fashion-MNIST as X (batch, 1, 28, 28) f32 and y (batch) i64; resize 0: none. 0 or a code. */
LIN_API int d2l_load_data_fashion_mnist(lin_ctx *ctx, int64_t batch_size, int64_t resize, lin_loader **train_iter,
                                        lin_loader **test_iter);
/* The names of labels (n): an array of n static strings in the innermost region. */
LIN_API const char *const *d2l_get_fashion_mnist_labels(lin_tensor *labels);
/* The *number* of correct rows: argmax over dimension 1 if y_hat has more than one dimension and more than one column,
 * otherwise y_hat is converted to y's type and compared. NaN on failure. */
LIN_API double d2l_accuracy(lin_tensor *y_hat, lin_tensor *y);
/* Correct / rows over the loader, in eval mode, without gradients. NaN on failure. */
LIN_API double d2l_evaluate_accuracy(lin_module *net, lin_loader *data_iter);

/* n sums in double, by value; n is 1 to LIN_ACCUMULATOR_MAX. */
typedef struct d2l_accumulator {
    lin_accumulator data;
} d2l_accumulator;
LIN_API d2l_accumulator d2l_Accumulator(int n);
LIN_API void d2l_accumulator_add(d2l_accumulator *a, const double *values); /* n values */
/* D2L_ADD(&metric, x, y): the values written out; sums beyond them stay as they are. */
#ifdef __cplusplus
#define D2L_ADD(accumulator, ...) d2l__add_list(accumulator, {__VA_ARGS__})
#else
#define D2L_ADD(accumulator, ...) d2l_accumulator_add(accumulator, (const double[LIN_ACCUMULATOR_MAX]){__VA_ARGS__})
#endif
LIN_API void d2l_accumulator_reset(d2l_accumulator *a);
LIN_API double d2l_accumulator_get(const d2l_accumulator *a,
                                   int i); /* a[i], from the end if negative; NaN when out of range */

/* ---- Drawing ---- What these show goes to stdout: as what a terminal can show, elsewhere as 80 columns of text. ---- */

/* From now on what is shown is also drawn into PREFIX-1.svg, PREFIX-2.svg, …; NULL: into no files. 0 or a code. */
LIN_API int d2l_use_svg_display(lin_ctx *ctx, const char *prefix);
/* Inches of the figures that d2l_plot makes from now on; 0, 0: the book's 3.5 × 2.5. 0 or a code. */
LIN_API int d2l_set_figsize(lin_ctx *ctx, double width, double height);
LIN_API int d2l_set_axes(lin_axes *axes, const lin_axes_options *options); /* lin_set_axes */
/* plt.show(). 0 or a code. */
LIN_API int d2l_show(lin_figure *figure);
typedef struct d2l_plot_options {
    const char *xlabel, *ylabel;
    const char *legend[LIN_LEGEND_MAX];
    double xlim[2], ylim[2];
    lin_scale xscale, yscale;
    const char *fmts[LIN_LEGEND_MAX]; /* default: "-", "m--", "g-.", "r:" */
    double figsize[2];
    lin_axes *axes; /* draw into these, and show nothing */
} d2l_plot_options;
/* Curves: one X for all Y, or one for each; Y (lin_tensors){0}: X are the Y, over 0, 1, …. The figure, which is shown. */
LIN_API lin_figure *d2l_plot(lin_tensors X, lin_tensors Y, const d2l_plot_options *options);
/* lin_show_images, shown. */
LIN_API lin_figure *d2l_show_images(lin_tensor *imgs, int num_rows, int num_cols, const char *const *titles,
                                    double scale);
/* Curves that grow on stdout, if that is a terminal. The end shows the last frame, which stays; elsewhere the only one. */
LIN_API lin_animator *d2l_Animator(lin_ctx *ctx, const lin_animator_options *options);
LIN_API int d2l_animator_add(lin_animator *animator, double x, const double *y, int n); /* lin_animator_add */
LIN_API int d2l_animator_end(lin_animator *animator);

/* How train_epoch_ch3 updates: an optimizer (zero_grad, mean().backward(), step), or a function (sum().backward(), f(rows)). */
typedef int d2l_update_fn(int64_t batch_size, void *user);
typedef struct d2l_updater {
    lin_optimizer *optimizer;
    d2l_update_fn *update;
    void *user;
} d2l_updater;
LIN_API d2l_updater d2l_optimizer(lin_optimizer *optimizer);
LIN_API d2l_updater d2l_update(d2l_update_fn *update, void *user);

/* One pass in train mode: loss is called with reduction none and must give one value per row. Mean loss and accuracy. 0 or a code. */
LIN_API int d2l_train_epoch_ch3(lin_module *net, lin_loader *train_iter, lin_loss_fn *loss, d2l_updater updater,
                                double *train_loss, double *train_acc);
/* num_epochs of them. Train loss, train acc and test acc are curves over the epochs that grow on a terminal; elsewhere each
 * epoch is a line on stdout, and the curves follow. Then checks train_loss < 0.5, 0.7 < train_acc ≤ 1, 0.7 < test_acc ≤ 1,
 * and fails with the value if not. 0 or a code. */
LIN_API int d2l_train_ch3(lin_module *net, lin_loader *train_iter, lin_loader *test_iter, lin_loss_fn *loss,
                          int num_epochs, d2l_updater updater);
/* The first batch's truth over its predictions, n columns (0: 6), on stdout, and the images with both. 0 or a code. */
LIN_API int d2l_predict_ch3(lin_module *net, lin_loader *test_iter, int n);

/* Laps of wall-clock time, in seconds. Zero it and start. */
typedef struct d2l_timer {
    double started, total, last;
    int64_t laps;
} d2l_timer;
LIN_API d2l_timer d2l_Timer(void); /* started */
LIN_API void d2l_timer_start(d2l_timer *t);
LIN_API double d2l_timer_stop(d2l_timer *t); /* this lap */
LIN_API double d2l_timer_avg(const d2l_timer *t);
LIN_API double d2l_timer_sum(const d2l_timer *t);

#ifdef __cplusplus
}
inline void d2l__add_list(d2l_accumulator *a, std::initializer_list<double> list)
{
    double values[LIN_ACCUMULATOR_MAX] = {};
    int at = 0;
    for (double value : list)
        if (at < LIN_ACCUMULATOR_MAX) values[at++] = value;
    d2l_accumulator_add(a, values);
}
#endif

#endif
