/* Losses as curves over the error of a prediction: the loss, its gradient by autograd, and the likelihood that it
 * stands for. */
#include "report/charts.h"

#include "autograd/tape.h"
#include "kernel/kernel.h"
#include <linnet/autograd.h>
#include <linnet/op.h>

#include <math.h>
#include <stdio.h>

enum { PLACES = 301 };
static const double far = 3; /* errors from −far to far */

typedef struct curves {
    double x[PLACES], loss[PLACES], gradient[PLACES], likelihood[PLACES];
} curves;

/* exp(−loss), so that it integrates to 1: the trapezoids of the places that are drawn. */
static void normalise(curves *c)
{
    double sum = 0;
    for (int i = 0; i < PLACES; i++) {
        c->likelihood[i] = lin__exp(-c->loss[i]);
        sum += c->likelihood[i] * (i == 0 || i == PLACES - 1 ? 0.5 : 1);
    }
    for (int i = 0; i < PLACES; i++)
        c->likelihood[i] /= sum * 2 * far / (PLACES - 1);
}

static int evaluate(lin_ctx *ctx, const lin_loss_curve *l, curves *c)
{
    const double step = 2 * far / (PLACES - 1);
    for (int i = 0, middle = PLACES / 2; i < PLACES; i++)
        c->x[i] = (i - middle) * step;
    lin_enable_grad(ctx); /* until the caller's region ends */
    lin_loss_options options = l->options;
    options.reduction = LIN_NONE;
    lin_tensor *y_hat = lin_requires_grad_(lin_from_f64(ctx, c->x, LIN_SHAPE(PLACES)), true);
    lin_tensor *loss = l->loss(y_hat, lin_full_dtype(ctx, 0, LIN_SHAPE(PLACES), LIN_F64), &options);
    if (loss && (lin_numel(loss) != PLACES || lin_type(loss) != LIN_F64))
        return lin__fail(ctx, LIN_EINVAL, "losses_figure: %s does not give one f64 for each row", l->name);
    int code = lin_backward(lin_sum(loss));
    if (!code) code = lin_copy_out(loss, c->loss);
    if (!code) code = lin_copy_out(lin_grad(y_hat), c->gradient);
    if (!code) normalise(c);
    return code;
}

static int draw(lin_axes *axes, const curves *c)
{
    const double *const values[] = {c->loss, c->gradient, c->likelihood};
    static const char *const names[] = {"loss", "gradient", "likelihood"};
    static const lin__dash dashes[] = {LIN__SOLID, LIN__DASHED, LIN__DASHDOT};
    int code = lin_set_axes(axes, &(lin_axes_options){.xlabel = "error", .ylim = {-3, 4.5}});
    for (int i = 0; i < 3 && !code; i++) {
        lin__look look = {.ink = (lin__ink)i, .dash = dashes[i], .width = 1.6, .alpha = 1};
        lin__artist *a = lin__curve_add(axes, c->x, values[i], PLACES, &look);
        if (!a) return LIN_ENOMEM;
        a->label = names[i];
    }
    return code;
}

static int check(lin_ctx *ctx, const lin_loss_curve *losses, int n)
{
    if (!losses || n < 1 || n > 12)
        return lin__fail(ctx, LIN_EINVAL, "losses_figure: %d losses; there can be 1 to 12", n);
    for (int i = 0; i < n; i++)
        if (!losses[i].loss) return lin__fail_null(ctx, "losses_figure: a loss");
    return 0;
}

lin_figure *lin_losses_figure(lin_ctx *ctx, const lin_loss_curve *losses, int n)
{
    if (!ctx || check(ctx, losses, n)) return NULL;
    int columns = n < 4 ? n : (n + 1) / 2, rows = n < 4 ? 1 : 2;
    lin_figure *f = lin_subplots(
        ctx,
        &(lin_figure_options){.nrows = rows, .ncols = columns, .figsize = {0.6 + 2.1 * columns, 0.6 + 1.9 * rows}});
    int code = f ? 0 : LIN_ENOMEM;
    if (f) f->shares = true;
    for (int i = n; f && i < rows * columns; i++)
        f->panels[i].bare = f->panels[i].keyless = true;
    for (int i = 0; i < n && !code; i++) {
        lin_region scratch = lin_mark(ctx);
        curves *c = !scratch.ctx ? NULL : lin__alloc(ctx, lin__here(ctx), sizeof *c);
        code = c ? evaluate(ctx, &losses[i], c) : LIN_ENOMEM;
        bool failed = false;
        f->panels[i].title = lin__shown(f, losses[i].name, &failed);
        if (!code) code = failed ? LIN_ENOMEM : draw(&f->panels[i], c);
        lin_release(scratch);
    }
    return code ? NULL : f;
}
