/* Datasets from files: features and labels in array files, and MNIST's directories of them. */
#include "data/array.h"
#include "data/dataset.h"

#include "base/error.h"
#include "base/region.h"
#include "kernel/kernel.h"

#include <errno.h>
#include <unistd.h>

/* ---- Features and labels ----------------------------------------------------------------------------- */

/* The rows of a file, in the nearest scope, where the dataset will be. Where they fit into no memory *later is set: `array.h`. */
static lin_tensor *load_rows(lin_ctx *ctx, const char *path, lin__head_fn *read_head, lin__file **later)
{
    lin_tensor *t = lin__array_rows(ctx, lin__scope(ctx), path, read_head, later);
    if (!t || t->ndim > 0) return t;
    lin__fail_file(ctx, LIN_EDATA, path, "holds a single number, expected rows");
    return NULL;
}

/* Labels stored as bytes become i64, as losses take them. */
static lin_tensor *load_labels(lin_ctx *ctx, const char *path, lin__head_fn *read_head, lin__file **later)
{
    lin_tensor *bytes = load_rows(ctx, path, read_head, later);
    if (!bytes || bytes->dtype != LIN_U8) return bytes;
    if (*later) bytes = lin__array_load(ctx, lin__here(ctx), path, read_head);
    *later = NULL;
    lin_tensor *labels =
        bytes ? lin__tensor_new(ctx, lin__scope(ctx), LIN_I64, bytes->dim, bytes->ndim, "labels") : NULL;
    if (labels) lin__convert(LIN_I64, LIN_U8, bytes->numel, bytes->data, 1, labels->data, 1);
    return labels;
}

static lin_dataset *with_files(lin_dataset *d, lin__file *const *later)
{
    for (int k = 0; d && k < d->array_count; k++)
        d->file[k] = later[k];
    return d;
}

static bool same_rows(const lin_tensor *X, const char *features, const lin_tensor *y, const char *labels)
{
    if (X->dim[0] == y->dim[0]) return true;
    lin__fail_file(X->ctx, LIN_EDATA, features, "has %lld rows, but %s has %lld labels: they must be as many",
                   (long long)X->dim[0], labels, (long long)y->dim[0]);
    return false;
}

lin_dataset *lin_file_dataset(lin_ctx *ctx, const char *features, const char *labels)
{
    if (!ctx) return NULL;
    lin__file *later[2];
    lin_tensor *X = load_rows(ctx, features, lin__any_head, &later[0]);
    if (!X) return NULL;
    if (!labels) return with_files(lin__dataset_new(ctx, &X, 1), later);
    lin_tensor *y = load_labels(ctx, labels, lin__any_head, &later[1]);
    if (!y || !same_rows(X, features, y, labels)) return NULL;
    return with_files(lin__dataset_new(ctx, (lin_tensor *[]){X, y}, 2), later);
}

/* ---- MNIST's directories ----------------------------------------------------------------------------- */

int lin__mnist_file(lin_ctx *ctx, const char *directory, const char *name, const char **path)
{
    for (int i = 0; i < 2; i++) {
        *path = lin__format(ctx, lin__here(ctx), "%s/%s%s", directory, name, i ? ".gz" : "");
        if (!*path) return LIN_ENOMEM;
        if (access(*path, F_OK) == 0) return 0;
    }
    *path = NULL;
    return 0;
}

/* The file of that name; NULL with a cause where there is none. */
static const char *find(lin_ctx *ctx, const char *directory, const char *name)
{
    const char *path;
    if (lin__mnist_file(ctx, directory, name, &path) || path) return path;
    if (access(directory, X_OK) == 0)
        lin__fail_file(ctx, LIN_ENOFILE, directory, "has no %s (or .gz)", name);
    else if (errno == ENOENT)
        lin__fail_file(ctx, LIN_ENOFILE, directory, "there is no such directory");
    else
        return lin__format(ctx, lin__here(ctx), "%s/%s", directory, name); /* opening it will say what is wrong */
    return NULL;
}

static bool check_mnist(const char *path, const lin_tensor *t, bool right, const char *expected)
{
    if (right) return true;
    char shape[LIN__SHAPE_TEXT];
    lin__fail_file(t->ctx, LIN_EDATA, path, "holds %s of shape %s, expected %s", lin_dtype_name((lin_dtype)t->dtype),
                   lin__shape_text(shape, t->dim, t->ndim), expected);
    return false;
}

lin_dataset *lin__mnist_of(lin_ctx *ctx, const char *images, const char *labels)
{
    lin__file *later[2];
    lin_tensor *X = load_rows(ctx, images, lin__idx_head, &later[0]);
    if (!X || !check_mnist(images, X, X->dtype == LIN_U8 && X->ndim >= 3, "images: u8 of shape (rows, height, width)"))
        return NULL;
    lin_tensor *y = load_labels(ctx, labels, lin__idx_head, &later[1]);
    if (!y || !check_mnist(labels, y, y->dtype == LIN_I64 && y->ndim == 1, "labels: whole numbers of shape (rows)"))
        return NULL;
    if (!same_rows(X, images, y, labels)) return NULL;
    return with_files(lin__dataset_new(ctx, (lin_tensor *[]){X, y}, 2), later);
}

lin_dataset *lin_mnist(lin_ctx *ctx, const char *directory, bool train)
{
    if (!ctx) return NULL;
    if (!directory) {
        lin__fail_null(ctx, "mnist: the directory");
        return NULL;
    }
    const char *images = find(ctx, directory, train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte");
    const char *labels =
        images ? find(ctx, directory, train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte") : NULL;
    return labels ? lin__mnist_of(ctx, images, labels) : NULL;
}
