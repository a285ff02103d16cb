/* PNG files as rows. */
#include "image.h"

#include "content.h"
#include "context.h"
#include "failure.h"

#include <string.h>

/* Luma as Pillow's "L" and ITU-R BT.601 have it: (299 R + 587 G + 114 B) / 1000, in 16 bits behind the point. */
static uint8_t grey_of(const uint8_t *p)
{
    return (uint8_t)((p[0] * 19595u + p[1] * 38470u + p[2] * 7471u + 0x8000u) >> 16);
}

/* (H, W) or (H, W, 3) as (1, H, W). NULL with a cause. */
static lin_tensor *make_grey(lin_tensor *picture, bool invert)
{
    if (!picture) return NULL;
    int64_t height = lin_dim(picture, 0), width = lin_dim(picture, 1);
    int channels = lin_ndim(picture) == 3 ? 3 : 1;
    lin_tensor *grey = lin_full_dtype(lin_context(picture), 0, LIN_SHAPE(1, height, width), LIN_U8);
    const uint8_t *from = lin_const_data_ptr(picture);
    uint8_t *to = lin_u8(grey);
    for (int64_t i = 0; to && from && i < height * width; i++, from += channels) {
        uint8_t value = channels == 3 ? grey_of(from) : *from;
        to[i] = invert ? (uint8_t)(255 - value) : value;
    }
    return grey;
}

/* With the antialiasing of the transform that training has. */
static lin_tensor *resize(lin_tensor *grey, int64_t height, int64_t width)
{
    lin_dataset *d = grey ? lin_tensor_dataset(LIN_TENSORS(grey)) : NULL;
    const lin_transform to = lin_resize(height, width);
    lin_tensor *row = NULL;
    if (!d || lin_set_transforms(d, &to, 1) || lin_row(d, 0, &row, NULL)) return NULL;
    return lin_contiguous(lin_reshape(row, LIN_SHAPE(1, height, width)));
}

/* Most of what one photographs stands before something bright. */
static bool has_bright_edges(const lin_tensor *X)
{
    int64_t height = lin_dim(X, 1), width = lin_dim(X, 2), sum = 0, count = 0;
    const uint8_t *p = lin_const_data_ptr(X);
    for (int64_t i = 0; p && i < height; i++)
        for (int64_t j = 0; j < width; j++) {
            if (i > 0 && i < height - 1 && j > 0 && j < width - 1) continue;
            sum += p[i * width + j];
            count++;
        }
    return count && sum > 128 * count;
}

int image_open(const settings *s, lin_ctx *ctx, const trained *model, source *out)
{
    int64_t height, width;
    *out = (source){.ctx = ctx, .name = s->image, .labels_name = s->image};
    bool numbers = model->info.input.ndim > 0 && model->info.input_dtype != LIN_U8;
    if (numbers || !trained_image_size(model, &height, &width))
        return fail(EXIT_MISMATCH, "%.500s expects rows of numbers, and no images", model->path);
    if (content_of(s->image) == CONTENT_PICTURE) return fail_picture(s->image);
    out->X = resize(make_grey(lin_imread(ctx, s->image), s->invert), height, width);
    if (!out->X) return fail_library(ctx);
    if (!s->invert && has_bright_edges(out->X))
        remark(s,
               "the picture is bright around; if the model learnt from pictures on black, as fashion-mnist's are, try "
               "--invert");
    return 0;
}
