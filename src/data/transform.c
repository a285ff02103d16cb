/* Transforms of one row: what they make of its shape and type, and a plan that runs a list of them. */
#include "base/file.h"
#include "base/region.h"
#include "data/dataset.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

lin_transform lin_to_tensor(void)
{
    return (lin_transform){.kind = LIN_TO_TENSOR};
}

lin_transform lin_resize(int64_t height, int64_t width)
{
    return (lin_transform){.kind = LIN_RESIZE, .height = height, .width = width};
}

lin_transform lin_normalize(double mean, double std)
{
    return (lin_transform){.kind = LIN_NORMALIZE, .channels = 1, .mean = {mean}, .std = {std}};
}

lin_transform lin_flatten_rows(void)
{
    return (lin_transform){.kind = LIN_FLATTEN};
}

/* ---- What a transform makes of a row's shape and type --------------------------------------------- */

typedef struct form {
    lin_dtype type;
    int ndim;
    int64_t dim[LIN_MAX_DIMS];
    bool planes; /* an image with channels first, (C, H, W): read off the row as stored, since resizing could hide it */
} form;

static int64_t numel_of(const form *f)
{
    int64_t count = 1;
    for (int i = 0; i < f->ndim; i++)
        count *= f->dim[i];
    return count;
}

static bool is_channels(int64_t size)
{
    return size >= 1 && size <= 4;
}

/* The row of a dataset. Three sizes are (H, W, C), as torchvision reads an array, wherever that gives 1 to 4 channels. */
static form stored_form(const lin_tensor *X)
{
    form f = {.type = (lin_dtype)X->dtype, .ndim = X->ndim - 1};
    memcpy(f.dim, X->dim + 1, (size_t)f.ndim * sizeof *f.dim);
    f.planes = f.ndim == 3 && is_channels(f.dim[0]) && f.dim[2] > 4;
    return f;
}

/* Bytes (H, W), (H, W, C) or (C, H, W). */
static bool is_image(const form *f)
{
    if (f->type != LIN_U8) return false;
    return f->ndim == 2 || (f->ndim == 3 && is_channels(f->planes ? f->dim[0] : f->dim[2]));
}

static int64_t channels_of(const form *image)
{
    return image->ndim == 2 ? 1 : image->planes ? image->dim[0] : image->dim[2];
}

/* Height and width. */
static int64_t *sides_of(form *image)
{
    return image->dim + image->planes;
}

/* Resizing of an image, or of each of its planes; width 0 keeps the aspect: new_long = ⌊size · long / short⌋, as torchvision. */
static lin__resize resize_of(const form *image, const lin_transform *t)
{
    int64_t h = image->dim[image->planes], w = image->dim[image->planes + 1], size = t->height;
    lin__resize r = {.height = h,
                     .width = w,
                     .channels = image->planes ? 1 : channels_of(image),
                     .new_height = size,
                     .new_width = t->width};
    if (t->width || h == 0 || w == 0) return r; /* check refuses images without pixels */
    if (h > w) r.new_height = size * h / w;
    r.new_width = w > h ? size * w / h : size;
    return r;
}

/* The row's form after t, which it can have (see check). */
static form after(form f, const lin_transform *t)
{
    if (t->kind == LIN_TO_TENSOR)
        return (form){.type = LIN_F32, .ndim = 3, .dim = {channels_of(&f), sides_of(&f)[0], sides_of(&f)[1]}};
    if (t->kind == LIN_RESIZE) {
        const lin__resize r = resize_of(&f, t);
        const int64_t sides[] = {r.new_height, r.new_width};
        memcpy(sides_of(&f), sides, sizeof sides);
    }
    if (t->kind == LIN_FLATTEN) return (form){.type = f.type, .ndim = 1, .dim = {numel_of(&f)}};
    return f;
}

/* ---- Which lists a row can have ------------------------------------------------------------------- */

static const char *name_of(lin_transform_kind kind)
{
    static const char *const names[] = {"to_tensor", "resize", "normalize", "flatten"};
    return kind >= LIN_TO_TENSOR && kind <= LIN_FLATTEN ? names[kind] : "unknown";
}

/* transforms[1] normalize: rows are u8 (28, 28) here, … */
static int refuse(lin_ctx *ctx, int at, const lin_transform *t, const form *f, const char *needs)
{
    char shape[LIN__SHAPE_TEXT];
    return lin__fail(ctx, LIN_EINVAL, "transforms[%d] %s: rows are %s %s here; %s", at, name_of(t->kind),
                     lin_dtype_name(f->type), lin__shape_text(shape, f->dim, f->ndim), needs);
}

/* Three sizes of bytes without a dimension of channels are what a dataset of volumes or sequences has. */
static int refuse_image(lin_ctx *ctx, int at, const lin_transform *t, const form *f)
{
    if (f->type == LIN_U8 && f->ndim == 3)
        return refuse(ctx, at, t, f,
                      "neither the last nor the first size is 1 to 4 channels: permute them to (H, W, C), or have no "
                      "transforms (lin_set_transforms, or .raw of a loader)");
    return refuse(ctx, at, t, f,
                  t->kind == LIN_RESIZE ? "it takes images of bytes, u8 (H, W), (H, W, C) or (C, H, W): put it before "
                                          "to_tensor"
                                        : "it takes images of bytes, u8 (H, W), (H, W, C) or (C, H, W)");
}

static int check_resize(lin_ctx *ctx, int at, const lin_transform *t, const form *f)
{
    if (t->height < 1 || t->height > LIN__RESIZE_LIMIT || t->width < 0 || t->width > LIN__RESIZE_LIMIT)
        return lin__fail(
            ctx, LIN_EINVAL,
            "transforms[%d] resize: to %lld x %lld; sides are from 1 to %d (width 0: height is the shorter)", at,
            (long long)t->height, (long long)t->width, LIN__RESIZE_LIMIT);
    if (!is_image(f)) return refuse_image(ctx, at, t, f);
    lin__resize r = resize_of(f, t);
    if (r.height < 1 || r.width < 1) return refuse(ctx, at, t, f, "an image without pixels cannot be resized");
    if (r.height > LIN__RESIZE_LIMIT || r.width > LIN__RESIZE_LIMIT)
        return refuse(ctx, at, t, f, "sides longer than 65536 cannot be resized");
    if (r.new_height > LIN__RESIZE_LIMIT || r.new_width > LIN__RESIZE_LIMIT)
        return refuse(ctx, at, t, f, "its longer side would become longer than 65536");
    return 0;
}

static int check_normalize(lin_ctx *ctx, int at, const lin_transform *t, const form *f)
{
    if (t->channels < 1 || t->channels > 4)
        return lin__fail(ctx, LIN_EINVAL, "transforms[%d] normalize: %d channels; there are 1 (for all) to 4", at,
                         t->channels);
    for (int c = 0; c < t->channels; c++)
        if (!isfinite(t->mean[c]) || !isfinite(t->std[c]) || t->std[c] == 0)
            return lin__fail(ctx, LIN_EINVAL,
                             "transforms[%d] normalize: mean %g and std %g; both must be finite, and std not 0", at,
                             t->mean[c], t->std[c]);
    if (!lin__is_floating(f->type)) return refuse(ctx, at, t, f, "it takes f32 or f64: put to_tensor before it");
    if (t->channels > 1 && (f->ndim < 1 || f->dim[0] != t->channels))
        return refuse(ctx, at, t, f, "their first dimension must be the channels that mean and std are given for");
    return 0;
}

static int check(lin_ctx *ctx, int at, const lin_transform *t, const form *f)
{
    switch (t->kind) {
    case LIN_TO_TENSOR:
        return is_image(f) ? 0 : refuse_image(ctx, at, t, f);
    case LIN_RESIZE:
        return check_resize(ctx, at, t, f);
    case LIN_NORMALIZE:
        return check_normalize(ctx, at, t, f);
    case LIN_FLATTEN:
        return 0;
    }
    return lin__fail(ctx, LIN_EINVAL, "transforms[%d]: there is no transform of kind %d", at, (int)t->kind);
}

/* ---- The plan ------------------------------------------------------------------------------------- */

static bool bytes_of(const form *f, size_t *bytes)
{
    return lin__shape_bytes(f->dim, f->ndim, lin__size_of(f->type), bytes);
}

static form form_in(const lin__plan *plan)
{
    form f = {.type = plan->in_type, .ndim = plan->in_ndim, .planes = plan->planes};
    memcpy(f.dim, plan->in, sizeof f.dim);
    return f;
}

/* Scratch: [results of the steps but the last | what the running step needs of its own]. False on overflow. */
static bool measure(lin__plan *plan)
{
    form from = form_in(plan);
    size_t results = 0;
    for (int i = 0; i < plan->count; i++) {
        const lin_transform *t = &plan->step[i];
        form to = after(from, t);
        size_t result, tables, own = 0, end;
        if (!bytes_of(&to, &result)) return false;
        if (i + 1 < plan->count && !lin__add_size(results, lin__round(result), &results)) return false;
        lin__resize r = t->kind == LIN_RESIZE ? resize_of(&from, t) : (lin__resize){0};
        if (t->kind == LIN_RESIZE && !lin__resize_bytes(&r, &tables, &own)) return false;
        if (!lin__add_size(results, own, &end) || end > PTRDIFF_MAX) return false;
        if (end > plan->scratch_bytes) plan->scratch_bytes = end;
        from = to;
    }
    return true;
}

int lin__plan_make(lin_ctx *ctx, lin__plan *plan, const lin_dataset *d, const lin_transform *list, int count)
{
    if (count < 0 || count > LIN__MAX_TRANSFORMS || (count && !list))
        return lin__fail(ctx, LIN_EINVAL, "transforms: %d of them%s; there can be 0 to %d", count,
                         list ? "" : ", and the list is NULL", LIN__MAX_TRANSFORMS);
    form f = stored_form(d->array[0]);
    *plan = (lin__plan){.in_type = f.type, .in_ndim = f.ndim, .planes = f.planes};
    memcpy(plan->in, f.dim, sizeof f.dim);
    bool fits = bytes_of(&f, &plan->in_bytes);
    for (int i = 0; i < count && fits; i++) {
        int code = check(ctx, i, &list[i], &f);
        if (code) return code;
        if (list[i].kind != LIN_FLATTEN) plan->step[plan->count++] = list[i];
        f = after(f, &list[i]);
        fits = bytes_of(&f, &plan->out_bytes);
    }
    if (!count) plan->out_bytes = plan->in_bytes;
    plan->out_type = f.type;
    plan->out_ndim = f.ndim;
    memcpy(plan->out, f.dim, sizeof f.dim);
    if (fits && measure(plan)) return 0;
    return lin__fail(ctx, LIN_EINVAL, "transforms: a row would not fit into memory");
}

int lin__plan_prepare(lin_ctx *ctx, uint32_t depth, lin__plan *plan)
{
    form from = form_in(plan);
    for (int i = 0; i < plan->count; i++) {
        const lin_transform *t = &plan->step[i];
        size_t tables, scratch;
        lin__resize r = t->kind == LIN_RESIZE ? resize_of(&from, t) : (lin__resize){0};
        if (t->kind == LIN_RESIZE && lin__resize_bytes(&r, &tables, &scratch)) {
            void *table = lin__alloc(ctx, depth, tables);
            if (!table) return LIN_ENOMEM;
            lin__resize_weigh(&r, table);
            plan->table[i] = table;
        }
        from = after(from, t);
    }
    return 0;
}

/* ---- Running it ----------------------------------------------------------------------------------- */

enum { PIECE = 1024 };

/* Bytes to (C, H, W) floats; those of (H, W, C) a channel's piece at a time. */
static void to_tensor(const form *image, const uint8_t *in, float *out)
{
    int64_t channels = channels_of(image);
    if (channels == 1 || image->planes) {
        lin__kernels_get()->unit_from_u8(numel_of(image), in, out, NULL);
        return;
    }
    int64_t pixels = image->dim[0] * image->dim[1];
    uint8_t piece[PIECE];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t at = 0, n; at < pixels; at += n, out += n) {
            n = pixels - at < PIECE ? pixels - at : PIECE;
            for (int64_t i = 0; i < n; i++)
                piece[i] = in[(at + i) * channels + c];
            lin__kernels_get()->unit_from_u8(n, piece, out, NULL);
        }
}

static void resize(const form *image, const lin_transform *t, const void *table, const uint8_t *in, uint8_t *out,
                   void *own)
{
    lin__resize r = resize_of(image, t);
    int64_t planes = image->planes ? image->dim[0] : 1;
    for (int64_t c = 0; c < planes; c++) {
        lin__resize_run(&r, table, in, out, own);
        in += r.height * r.width * r.channels;
        out += r.new_height * r.new_width * r.channels;
    }
}

/* (x − mean) / std, each rounded as torchvision's sub and div are. */
#define NORMALIZE_OF(T, SUFFIX)                                                            \
    static void normalize_##SUFFIX(const lin_transform *t, int64_t n, const T *in, T *out) \
    {                                                                                      \
        const lin__kernels *kernels = lin__kernels_get();                                  \
        int64_t each = n / t->channels;                                                    \
        for (int c = 0; c < t->channels; c++, in += each, out += each) {                   \
            T mean = (T)t->mean[c], std = (T)t->std[c];                                    \
            kernels->SUFFIX.sub(each, in, 1, &mean, 0, out, 1);                            \
            kernels->SUFFIX.div(each, out, 1, &std, 0, out, 1);                            \
        }                                                                                  \
    }
NORMALIZE_OF(float, f32)
NORMALIZE_OF(double, f64)

static void run_step(const lin__plan *plan, int i, const form *from, const void *in, void *out, void *own)
{
    const lin_transform *t = &plan->step[i];
    if (t->kind == LIN_TO_TENSOR) to_tensor(from, in, out);
    if (t->kind == LIN_RESIZE) resize(from, t, plan->table[i], in, out, own);
    if (t->kind == LIN_NORMALIZE && from->type == LIN_F32) normalize_f32(t, numel_of(from), in, out);
    if (t->kind == LIN_NORMALIZE && from->type == LIN_F64) normalize_f64(t, numel_of(from), in, out);
}

void lin__plan_run(const lin__plan *plan, const void *in, void *out, void *scratch)
{
    if (plan->count == 0) memcpy(out, in, plan->in_bytes);
    form from = form_in(plan);
    char *results = scratch;
    for (int i = 0; i < plan->count; i++) {
        form to = after(from, &plan->step[i]);
        void *result = out;
        if (i + 1 < plan->count) {
            result = results;
            results += lin__round((size_t)numel_of(&to) * lin__size_of(to.type));
        }
        run_step(plan, i, &from, in, result, results);
        in = result;
        from = to;
    }
}
