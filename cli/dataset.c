/* A source as the library's dataset. */
#include "failure.h"
#include "features.h"
#include "source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* "0", "1", … in one piece of memory; NULL with a failure. */
static const char *const *numbered(int count)
{
    enum { LONGEST = 12 };
    const char **names = calloc((size_t)count, sizeof *names + LONGEST);
    if (!names) {
        fail(EXIT_FAILED, "out of memory");
        return NULL;
    }
    char *text = (char *)(names + count);
    for (int i = 0; i < count; i++, text += LONGEST) {
        snprintf(text, LONGEST, "%d", i);
        names[i] = text;
    }
    return names;
}

static int name_classes(const source *s, lin_dataset *d)
{
    if (s->class_count == 0) return 0;
    const char *const *names = s->classes ? s->classes : numbered(s->class_count);
    if (!names) return failure_code();
    int code = lin_set_classes(d, names, s->class_count);
    if (names != s->classes) free((void *)names);
    return code;
}

enum { MOST_CHANNELS = 4 };

/* Do rows of bytes have their channels last, (H, W, C)? Otherwise first, (C, H, W), as PyTorch's own. */
static bool channels_last(lin_shape row)
{
    return row.dim[2] <= MOST_CHANNELS;
}

static bool check_images(const source *s)
{
    lin_shape row = source_row(s);
    if (row.ndim < 3 || channels_last(row) || row.dim[0] <= MOST_CHANNELS) return true;
    fail_at(EXIT_DATA, s->name,
            "rows are u8 %s: images of bytes have 1 to 4 channels, last or first; "
            "rows that are no images should be floats, or flat",
            shape_text(row));
    return false;
}

lin_tensor *source_pictures(const source *s)
{
    if (!source_is_images(s)) {
        fail_at(EXIT_DATA, s->name, "has rows of numbers %s, and no images", shape_text(source_row(s)));
        return NULL;
    }
    if (!check_images(s)) return NULL;
    if (lin_ndim(s->X) == 3) return s->X;
    lin_tensor *X = channels_last(source_row(s)) ? s->X : lin_permute(s->X, LIN_DIMS(0, 2, 3, 1));
    int64_t channels = lin_dim(X, 3);
    if (channels == 1) X = lin_select(X, 3, 0);
    if (channels == 1 || channels == 3) return X;
    fail_at(EXIT_DATA, s->name, "has images of %" PRId64 " channels; grey ones and those in RGB are drawn", channels);
    return NULL;
}

/* The library's to_tensor gives f32. For a model in f64 the bytes are divided in f64, and stay so, channels first. */
static lin_tensor *images_in_f64(const source *s)
{
    lin_tensor *X = s->X;
    if (lin_ndim(X) == 4 && channels_last(source_row(s))) X = lin_permute(X, LIN_DIMS(0, 3, 1, 2));
    return lin_div_scalar_(lin_to(X, LIN_F64), 255);
}

static lin_dataset *in_memory(const source *s)
{
    bool divided = source_is_images(s) && lin_default_dtype(s->ctx) == LIN_F64;
    lin_tensor *X = divided ? images_in_f64(s) : s->X;
    return lin_tensor_dataset(s->y ? LIN_TENSORS(X, s->y) : LIN_TENSORS(X));
}

lin_dataset *source_dataset(const source *s)
{
    if (source_is_images(s) && !check_images(s)) return NULL;
    lin_dataset *d = s->X ? in_memory(s) : s->y ? lin_with_labels(s->later, s->y) : s->later;
    if (!d || name_classes(s, d)) fail_library(s->ctx);
    return failure_code() ? NULL : d;
}
