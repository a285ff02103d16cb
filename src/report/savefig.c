/* Figures into files, and pixels out of them: by the pictures part, which is opened here and nowhere else. */
#include "report/page.h"
#include "report/pictures.h"

#include "base/file.h"
#include "base/module.h"
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { MAX_SIDE = 1 << 14, MAX_FILE = 256 << 20 };

int lin__pictures_find(lin_ctx *ctx, const char *path, const lin__pictures **pictures)
{
    static const lin__module_name name = {LIN__PICTURES_MODULE, LIN__PICTURES_SYMBOL, LIN__PICTURES_VERSION};
    const void *table;
    const char *why;
    int code = lin__module_find(ctx, &name, &table, &why);
    if (code) return code;
    *pictures = table;
    if (table) return 0;
    return lin__fail_file(
        ctx, LIN_EUNSUPPORTED, path,
        "pictures are a part of linnet that is not here: %s (build it with cairo, pangocairo and libpng)", why);
}

/* ---- Writing ------------------------------------------------------------------------------------------------ */

static int format_of(lin_ctx *ctx, const char *path, lin__file_kind *format)
{
    static const char *const endings[] = {[LIN__PNG] = ".png", [LIN__SVG] = ".svg", [LIN__PDF] = ".pdf"};
    if (!path || !*path)
        return lin__fail(ctx, LIN_EINVAL, "savefig: the name of the file is %s", path ? "empty" : "NULL");
    const char *dot = strrchr(path, '.');
    for (int i = LIN__PNG; dot && i <= LIN__PDF; i++) {
        if (strcasecmp(dot, endings[i]) != 0) continue;
        *format = (lin__file_kind)i;
        return 0;
    }
    return lin__fail(ctx, LIN_EINVAL, "savefig: %s: pictures are .png, .svg or .pdf, by the ending of the name", path);
}

static bool write_output(void *user, const void *data, size_t bytes)
{
    return lin__output_write(user, data, bytes) == 0;
}

static int draw_file(lin_ctx *ctx, const lin__pictures *pictures, const lin__page *page, lin__file_kind format,
                     double dpi, const char *path)
{
    char text[LIN__PICTURES_TEXT] = "";
    lin__output *out = lin__output_open(ctx, path);
    if (!out) return lin_error_code_of(ctx);
    if (pictures->draw(page, format, dpi, write_output, out, text)) return lin__output_commit(out);
    lin__output_discard(out);
    if (lin__failed(ctx)) return lin_error_code_of(ctx); /* it was the writing */
    return lin__fail_file(ctx, LIN_EIO, path, "cannot be drawn: %s", text);
}

int lin_savefig(lin_figure *figure, const char *path, const lin_savefig_options *options)
{
    if (!lin__figure_alive(figure, "savefig")) return LIN_EINVAL;
    lin_ctx *ctx = figure->ctx;
    lin_savefig_options o = options ? *options : (lin_savefig_options){0};
    double dpi = o.dpi != 0 ? o.dpi : 200;
    if (!(dpi >= 10 && dpi <= 2400))
        return lin__fail(ctx, LIN_EINVAL, "savefig: %g dots per inch; there can be 10 to 2400", dpi);
    lin__file_kind format = LIN__PNG;
    const lin__pictures *pictures;
    lin__page page;
    int code = format_of(ctx, path, &format);
    if (code) return code;
    lin_region scratch = lin_mark(ctx);
    code = scratch.ctx ? lin__pictures_find(ctx, path, &pictures) : LIN_ENOMEM;
    if (!code) code = lin__page_of(figure, o.theme, &page);
    if (!code) code = draw_file(ctx, pictures, &page, format, dpi, path);
    lin_release(scratch);
    return code;
}

int lin_can_savefig(lin_ctx *ctx, const char *path)
{
    if (!ctx) return LIN_EINVAL;
    lin__file_kind format;
    const lin__pictures *pictures;
    int code = format_of(ctx, path, &format);
    lin_region scratch = lin_mark(ctx);
    if (!code) code = scratch.ctx ? lin__pictures_find(ctx, path, &pictures) : LIN_ENOMEM;
    if (!code) code = lin_can_write(ctx, path);
    lin_release(scratch);
    return code;
}

/* ---- Reading ------------------------------------------------------------------------------------------------ */

/* Pixels that a tensor has taken over. */
typedef struct pixel_end {
    const lin__pictures *pictures;
    lin__pixels pixels;
} pixel_end;

static void end_pixels(void *arg)
{
    pixel_end *end = arg;
    end->pictures->free_pixels(&end->pixels);
}

/* The pixels as a tensor: theirs is the memory, until the region ends. They are freed where that fails. */
static lin_tensor *tensor_of(lin_ctx *ctx, const lin__pictures *pictures, lin__pixels *pixels)
{
    const int64_t dim[] = {pixels->rows, pixels->columns, 3};
    uint32_t depth = lin__here(ctx);
    pixel_end *end = lin__alloc(ctx, depth, sizeof *end);
    lin_tensor *t = end ? lin__tensor_over(ctx, depth, LIN_U8, dim, pixels->channels == 1 ? 2 : 3, pixels->at) : NULL;
    if (end) *end = (pixel_end){pictures, *pixels};
    if (t && lin__at_end(ctx, depth, end_pixels, end) == 0) return t;
    pictures->free_pixels(pixels);
    return NULL;
}

/* The whole file is held for a moment only. */
static int read_pixels(lin_ctx *ctx, const char *path, const lin__pictures *pictures, lin__pixels *pixels)
{
    char text[LIN__PICTURES_TEXT] = "";
    size_t bytes = 0;
    lin__input *in = lin__input_open(ctx, lin__here(ctx), path, false);
    if (!in) return lin_error_code_of(ctx);
    const uint8_t *file = lin__input_rest(in, lin__here(ctx), MAX_FILE, &bytes);
    lin__input_close(in);
    if (!file) return lin_error_code_of(ctx);
    if (pictures->read_png(file, bytes, MAX_SIDE, pixels, text)) return 0;
    return lin__fail_file(ctx, LIN_EDATA, path, "%s", text);
}

lin_tensor *lin_imread(lin_ctx *ctx, const char *path)
{
    if (!ctx) return NULL;
    const lin__pictures *pictures;
    lin__pixels pixels = {0};
    lin_region scratch = lin_mark(ctx);
    int code = scratch.ctx ? lin__pictures_find(ctx, path ? path : "imread", &pictures) : LIN_ENOMEM;
    if (!code) code = read_pixels(ctx, path, pictures, &pixels);
    lin_release(scratch);
    if (code) return NULL;
    return tensor_of(ctx, pictures, &pixels);
}
