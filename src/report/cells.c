/* Images of cells: imshow. */
#include "report/figure.h"

#include "kernel/kernel.h"
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

enum { MAX_SIDE = 1 << 14 };

/* (H, W), (1, H, W), or (H, W, 3) of bytes. */
static int shape_of(const lin_tensor *t, lin__cells *cells, bool *rgb)
{
    int n = t->ndim;
    *rgb = n == 3 && t->dtype == LIN_U8 && t->dim[2] == 3 && t->dim[0] != 1;
    bool one = n == 3 && t->dim[0] == 1;
    char shape[LIN__SHAPE_TEXT];
    if (n != 2 && !one && !*rgb)
        return lin__fail(t->ctx, LIN_EINVAL,
                         "imshow: the image is %s %s; it must be (H, W), (1, H, W), or u8 (H, W, 3)",
                         lin_dtype_name((lin_dtype)t->dtype), lin__shape_text(shape, t->dim, n));
    cells->rows = t->dim[one];
    cells->columns = t->dim[one + 1];
    if (cells->rows < 1 || cells->columns < 1 || cells->rows > MAX_SIDE || cells->columns > MAX_SIDE)
        return lin__fail(t->ctx, LIN_EINVAL, "imshow: the image is %s; sides are 1 to %d",
                         lin__shape_text(shape, t->dim, n), MAX_SIDE);
    return 0;
}

/* The smallest and largest finite value; 0 and 1 if there is none. */
static void limits_of(const float *value, int64_t n, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(value[i])) continue;
        if (value[i] < *low) *low = value[i];
        if (value[i] > *high) *high = value[i];
    }
    if (*low > *high) {
        *low = 0;
        *high = 1;
    }
}

static int fill_cells(lin_axes *axes, const lin_tensor *t, bool rgb, lin__cells *cells)
{
    lin_figure *f = axes->figure;
    const lin_tensor *flat = t->contiguous ? t : lin__tensor_copy(t, lin__here(f->ctx));
    size_t size = rgb ? 1 : sizeof(float);
    void *copy = lin__alloc_array(f->ctx, f->depth, (size_t)t->numel, size);
    if (!flat || !copy) return LIN_ENOMEM;
    if (rgb)
        cells->rgb = memcpy(copy, flat->data, (size_t)t->numel);
    else
        lin__convert(LIN_F32, (lin_dtype)t->dtype, t->numel, flat->data, 1, copy, 1);
    if (!rgb) cells->value = copy;
    return 0;
}

static int check_options(lin_ctx *ctx, const lin_imshow_options *o)
{
    if (o->cmap < LIN_GREY || o->cmap > LIN_DIVERGING)
        return lin__fail(ctx, LIN_EINVAL, "imshow: there is no colour map %d", (int)o->cmap);
    if (!isfinite(o->vmin) || !isfinite(o->vmax) || o->vmin > o->vmax)
        return lin__fail(ctx, LIN_EINVAL, "imshow: vmin %g and vmax %g; the smaller comes first", o->vmin, o->vmax);
    return 0;
}

static void set_limits(lin__cells *cells, const lin_imshow_options *o)
{
    cells->cmap = o->cmap;
    cells->low = o->vmin;
    cells->high = o->vmax;
    if (o->vmin == 0 && o->vmax == 0 && cells->value)
        limits_of(cells->value, cells->rows * cells->columns, &cells->low, &cells->high);
    if (o->cmap != LIN_DIVERGING) return;
    cells->high = fmax(fabs(cells->low), fabs(cells->high));
    cells->low = -cells->high;
}

int lin_imshow(lin_axes *axes, lin_tensor *image, const lin_imshow_options *options)
{
    if (!lin__axes_alive(axes, "imshow")) return LIN_EINVAL;
    lin_ctx *ctx = axes->figure->ctx;
    lin_imshow_options o = options ? *options : (lin_imshow_options){0};
    lin__cells cells = {0};
    bool rgb = false;
    if (!lin__alive(image, "imshow")) return lin__fail_null(ctx, "imshow: the image");
    int code = check_options(ctx, &o);
    if (!code) code = shape_of(image, &cells, &rgb);
    lin_region scratch = lin_mark(ctx);
    if (!code) code = !scratch.ctx ? LIN_ENOMEM : fill_cells(axes, image, rgb, &cells);
    lin_release(scratch);
    if (code) return code;
    set_limits(&cells, &o);
    lin__artist *a = lin__artist_add(axes, LIN__CELLS, NULL);
    if (!a) return LIN_ENOMEM;
    a->u.cells = cells;
    axes->bare = !o.axis;
    axes->y_down = axes->equal = axes->keyless = true;
    return 0;
}
