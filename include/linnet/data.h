/* linnet/data.h: datasets, the loader, transforms, readers of IDX and npy files, Fashion-MNIST. */
#ifndef LINNET_DATA_H
#define LINNET_DATA_H

#include <linnet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lin_dataset lin_dataset;
typedef struct lin_loader lin_loader;

/* ---- Files of arrays ----------------------------------------------------------------------------
 * The tensor belongs to the innermost region. Types that linnet has not are widened: i8 to u32 → i64, u64 → i64 (an
 * error above 2^63 − 1), f16 → f32, bool → u8; big-endian and Fortran order too. Files are gzipped or not, told by
 * their content; pipes are read too. Reading a gzip stream takes at most 64 MB and four times the file as stored: one that
 * swells to more, as bombs do, is to be gunzipped first. Errors name the file and the byte. */
LIN_API lin_tensor *lin_load_npy(lin_ctx *ctx, const char *path);
/* NumPy's format 1.0, C order, little-endian; written to a temporary file, synced, renamed. 0 or a code. */
LIN_API int lin_save_npy(const lin_tensor *t, const char *path);
/* IDX (MNIST's format), any type, rank 0 to 8. */
LIN_API lin_tensor *lin_load_idx(lin_ctx *ctx, const char *path);
/* The first of the formats above that the content shows. */
LIN_API lin_tensor *lin_load_array(lin_ctx *ctx, const char *path);
/* The same, and what the file is, also where only its elements could not be read; info may be NULL. */
typedef struct lin_array_info {
    const char *format; /* "npy" or "idx" */
    const char *stored; /* the elements' type in the file, by safetensors' names: "F16", "I8", "BOOL" … */
} lin_array_info;
LIN_API lin_tensor *lin_load_array_with(lin_ctx *ctx, const char *path, lin_array_info *info);

/* ---- Datasets: "how many rows" and "give me these rows" ------------------------------------------
 * They live in the nearest scope. An array's rows are its first dimension; a batch has X = array 0, y = array 1. */

/* 1 to 16 arrays with the same number of rows. Values of an inner region and strided ones are copied, the others shared. */
LIN_API lin_dataset *lin_tensor_dataset(lin_tensors arrays);
/* Images or features and labels from two array files (labels may be NULL). Labels stored as bytes become i64. Where the
 * system gives no address space for rows that lie in their file as a tensor has them (f32, f64 or u8, in this machine's order of
 * bytes, row-major), they stay there and are read batch by batch; others are loaded whole (i64, types that are converted, Fortran
 * order, gzip). */
LIN_API lin_dataset *lin_file_dataset(lin_ctx *ctx, const char *features, const char *labels);
/* A directory with MNIST's four file names, .gz or not (train-images-idx3-ubyte …). Shapes are checked; labels become i64. */
LIN_API lin_dataset *lin_mnist(lin_ctx *ctx, const char *directory, bool train);
/* The real Fashion-MNIST: 60,000 or 10,000 images (28, 28) u8, labels i64, class names; from $LINNET_DATA/fashion-mnist
 * (your own, taken as it is), the cache, Debian's package, or downloaded ($LINNET_MIRROR: another source), verified when it
 * is first read, and unpacked into the cache: docs/design.md section 4. A download takes until it is done: install signal
 * handlers that only set a flag after it. */
LIN_API lin_dataset *lin_fashion_mnist(lin_ctx *ctx, bool train);
/* The directory that lin_fashion_mnist reads, in the innermost region; downloads if it must. */
LIN_API const char *lin_fashion_mnist_path(lin_ctx *ctx);
/* The same without a download; NULL, without a cause, if it lies nowhere. */
LIN_API const char *lin_fashion_mnist_find(lin_ctx *ctx);
/* Compare the four files that would be read, your own too, with the published SHA-256; downloads nothing. 0 or a code with
 * the file named. */
LIN_API int lin_fashion_mnist_verify(lin_ctx *ctx);

/* y = X·w + b + noise (the book's): X ~ N(0, 1) of shape (rows, len(w)), noise ~ N(0, std²), y (rows, 1). */
LIN_API int lin_synthetic_data(lin_ctx *ctx, lin_tensor *w, double b, int64_t rows, double std, lin_tensor **features,
                               lin_tensor **labels);

LIN_API int64_t lin_rows(const lin_dataset *d);
/* Number of arrays. */
LIN_API int lin_arrays(const lin_dataset *d);
/* Shape of one row of array i (without the row dimension) and its type, as stored (before transforms). */
LIN_API lin_shape lin_row_size(const lin_dataset *d, int i);
LIN_API lin_dtype lin_row_type(const lin_dataset *d, int i);
/* Row i, from the end if negative, with the dataset's transform, as d[i] in Python: X is one row without the batch
 * dimension, y (NULL allowed) its label. 0 or a code. */
LIN_API int lin_row(lin_dataset *d, int64_t i, lin_tensor **X, lin_tensor **y);
/* Array i as one tensor (rows, …) in the innermost region, as stored; it shares storage where that is possible, and is a copy
 * where rows are read from a file or are those of a split. */
LIN_API lin_tensor *lin_array(lin_dataset *d, int i);
/* Names of the classes and their number; NULL and 0 where there are none. Borrowed. lin_set_classes copies. */
LIN_API const char *const *lin_classes(const lin_dataset *d, int *count);
LIN_API int lin_set_classes(lin_dataset *d, const char *const *names, int count);
/* d's rows with y (rows, …) as their labels: array 1, in place of what d has there. A dataset of its own, in the nearest scope; d stays
 * as it is. It has d's class names and transforms, and shares its other arrays, rows that stay in their file too. y is taken as by
 * lin_tensor_dataset, and keeps its type: bytes stay bytes, which lin_file_dataset would widen. NULL with a cause where y has not as
 * many rows as d, and for a part of a split. */
LIN_API lin_dataset *lin_with_labels(lin_dataset *d, lin_tensor *y);
/* Rows from…to−1 of d as a dataset of its own (a train and a test part), sharing storage. */
LIN_API lin_dataset *lin_subset(lin_dataset *d, int64_t from, int64_t to);
/* A random split by the loader's keyed permutation: `fraction` of the rows, rounded, go to *second. Both share d's storage; no
 * row is copied, nor are their places kept. 0 or a code. */
LIN_API int lin_split(lin_dataset *d, double fraction, lin_dataset **first, lin_dataset **second);

/* ---- Transforms: applied to X when a batch is gathered -------------------------------------------- */
typedef enum lin_transform_kind {
    LIN_TO_TENSOR, /* u8 (H, W) → f32 (1, H, W), (H, W, C) and (C, H, W) → (C, H, W), x/255 correctly rounded */
    LIN_RESIZE, /* torchvision's Resize on an image of bytes, before to_tensor: antialiased bilinear, rounded to bytes */
    LIN_NORMALIZE, /* (x − mean) / std per channel, after to_tensor */
    LIN_FLATTEN    /* one row → (numel) */
} lin_transform_kind;
typedef struct lin_transform {
    lin_transform_kind kind;
    int64_t height, width; /* resize: width 0 sets the shorter side to `height`, keeping the aspect */
    int channels;          /* normalize: 1 to 4, or 1 for all */
    double mean[4], std[4];
} lin_transform;
LIN_API lin_transform lin_to_tensor(void);
LIN_API lin_transform lin_resize(int64_t height, int64_t width);
LIN_API lin_transform lin_normalize(double mean, double std);
LIN_API lin_transform lin_flatten_rows(void);
/* The transforms that a loader made from now on applies to X when its options name none. Image sets (u8, rank 3 or 4)
 * start with to_tensor, others with none. Images have 1 to 4 channels. Rows of three sizes are (H, W, C) wherever their last
 * size is 1 to 4; otherwise they have channels first, (C, H, W), as PyTorch's own; where neither fits, to_tensor is refused:
 * such bytes are no images, and want no transforms, or `raw` in the loader's options. Copies the list; an impossible list
 * (normalize of bytes, resize of floats) is an error, and changes nothing. 0 or a code. */
LIN_API int lin_set_transforms(lin_dataset *d, const lin_transform *list, int count);

/* ---- Loader ------------------------------------------------------------------------------------- */
/* All zero means the defaults. */
typedef struct lin_loader_options {
    int64_t batch_size; /* 0: 1, as PyTorch; LIN_FULL_BATCH: all rows */
    bool in_order;      /* default: a new order each pass, a function of (seed, loader's number, pass) */
    bool drop_last;     /* without a short last batch */
    /* 1 to 64 threads gather batches ahead. 0: in a context of several threads, one of them if rows are read from a file, or are
     * short, many and in a random order or of a split; those that are idle, if rows are transformed and a batch is worth it; none
     * otherwise, and none if a batch has more than 32 MiB. The bits do not depend on it. What they read are the dataset's arrays: an op in place
     * between two batches is seen by the next one; to write through a pointer (lin_f32) during a pass is a race, but in a context of
     * one thread with workers 0. */
    int workers;
    bool raw;                        /* no transforms at all: X as stored */
    const lin_transform *transforms; /* instead of the dataset's; copied */
    int transform_count;
} lin_loader_options;
#define LIN_FULL_BATCH INT64_MAX

/* The cursor of a pass, and its batch. Zero it to begin a fresh pass. A batch is a value of its own: neither is a change of it seen in
 * the dataset, nor one of the dataset's arrays in it. Rows in order that want no work are copied only before such a change; at once,
 * where arrays may be written unseen: whoever has asked for a pointer into one (lin_f32, lin_data), or made it a leaf. */
typedef struct lin_batch {
    lin_tensor *X; /* (rows, …) f32 or as stored */
    lin_tensor *y; /* (rows, …); NULL for a dataset of one array */
    int64_t rows;
    int64_t step;       /* number of this batch in the pass, from 0 */
    lin_tensors arrays; /* all arrays of the dataset: at[0] = X, at[1] = y … */
    struct {
        lin_region region;
        uint64_t pass;
        int64_t at;
        bool open;
    } cursor; /* the loader's own */
} lin_batch;

/* A loader over d, in the nearest scope. options may be NULL. */
LIN_API lin_loader *lin_loader_new(lin_dataset *d, const lin_loader_options *options);
/* Release what the last step made, open a step and put the next batch there. Its rows; 0 at the end and a negative code on
 * failure, where m is zeroed again (but the batch of another loader is refused, and left as it is). A batch is valid until
 * the next call of its own cursor or of one whose step was opened before it. `break` needs no clean-up. */
LIN_API int64_t lin_loader_next(lin_loader *loader, lin_batch *m);
/* Put the cursor before batch `step` of pass `pass` (both from 0, the step up to the number of batches, which is the end): the next
 * batch is the one that a loader made in the same way has there. Passes begun later follow that one. What the cursor's last step
 * held is released. 0 or a code. */
LIN_API int lin_loader_seek(lin_loader *loader, lin_batch *m, int64_t pass, int64_t step);
/* The first batch of a fresh pass as values of the caller's region, opening no step: next(iter(loader)). It counts as a
 * pass, and leaves m no cursor. Its rows; 0 if there is no batch; a negative code on failure. */
LIN_API int64_t lin_loader_first(lin_loader *loader, lin_batch *m);
LIN_API int64_t lin_loader_batches(const lin_loader *loader); /* batches of a pass */
LIN_API lin_dataset *lin_loader_dataset(const lin_loader *loader);
LIN_API int64_t lin_loader_batch_size(const lin_loader *loader); /* LIN_FULL_BATCH: the rows of the dataset */

#ifdef __cplusplus
}
#endif

#endif
