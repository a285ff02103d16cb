/* A source as the library's dataset. */
#include "failure.h"
#include "source.h"

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

/* The library's to_tensor gives f32. For a model in f64 the bytes are divided in f64, and stay so. */
static lin_tensor *images_in_f64(lin_tensor *X)
{
    if (lin_ndim(X) == 4) X = lin_permute(X, LIN_DIMS(0, 3, 1, 2)); /* (n, H, W, C) -> (n, C, H, W) */
    return lin_div_scalar_(lin_to(X, LIN_F64), 255);
}

lin_dataset *source_dataset(const source *s)
{
    lin_ctx *ctx = lin_context(s->X);
    lin_tensor *X = source_is_images(s) && lin_default_dtype(ctx) == LIN_F64 ? images_in_f64(s->X) : s->X;
    lin_dataset *d = lin_tensor_dataset(s->y ? LIN_TENSORS(X, s->y) : LIN_TENSORS(X));
    if (!d || name_classes(s, d)) fail_library(ctx);
    return failure_code() ? NULL : d;
}
