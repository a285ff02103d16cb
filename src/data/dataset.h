/* data/dataset.h: what a dataset is made of: arrays that stay as stored, and the transforms of X. */
#ifndef LINNET_DATA_DATASET_H
#define LINNET_DATA_DATASET_H

#include "base/file.h"
#include "tensor/tensor.h"
#include <linnet/data.h>

enum { LIN__MAX_ARRAYS = 16, LIN__MAX_TRANSFORMS = 8 };

typedef struct lin__part lin__part; /* gather.h */

struct lin_dataset {
    uint32_t live;  /* LIN__LIVE */
    uint32_t depth; /* the scope it lives in */
    lin_ctx *ctx;
    int64_t rows;
    int array_count;
    lin_tensor *array[LIN__MAX_ARRAYS]; /* contiguous (rows, …); of a part, all rows that it is drawn from */
    lin__file *file[LIN__MAX_ARRAYS];   /* where the array's elements are read, and it has none; NULL: it has them */
    const lin__part *part;              /* which of those rows are the dataset's; NULL: all, as they lie */
    int transform_count;
    lin_transform transform[LIN__MAX_TRANSFORMS];
    int class_count;
    const char *const *classes;
};
LIN__KNOWS_ITS_END(lin_dataset);

/* Usable: not NULL, nor, in debug builds, released. */
static inline bool lin__dataset_live(const lin_dataset *d, const char *name)
{
    return lin__is_live(d, name, "dataset");
}

/* A dataset over contiguous arrays that live in `depth` or below; it takes them as they are. */
lin_dataset *lin__dataset_new(lin_ctx *ctx, lin_tensor *const *arrays, int count);

/* Do the rows of array k not lie one behind the other in memory? */
static inline bool lin__dataset_scattered(const lin_dataset *d, int k)
{
    return d->file[k] || d->part;
}
/* Rows from…to−1 of array k as they are stored: where they are, or brought into `buffer`. NULL with a cause. */
const void *lin__dataset_rows(const lin_dataset *d, int k, int64_t from, int64_t to, void *buffer);

/* ---- loader.c: what a checkpoint keeps of a loader ------------------------------------------------- */
/* Its number, which its orders depend on, modulo 2^24. */
uint64_t lin__loader_number(const lin_loader *l);
/* Give it another, before its first pass. */
void lin__loader_set_number(lin_loader *l, uint64_t number);

/* ---- files.c: MNIST's directories ------------------------------------------------------------------ */
/* DIRECTORY/NAME, or NAME.gz where only that is there; *path is NULL where neither is. 0 or a code. */
int lin__mnist_file(lin_ctx *ctx, const char *directory, const char *name, const char **path);
/* The dataset of two such files. */
lin_dataset *lin__mnist_of(lin_ctx *ctx, const char *images, const char *labels);

/* ---- transform.c: the plan of a list of transforms on rows of one shape and type ------------------- */
typedef struct lin__plan {
    int count; /* of the steps that move data: flatten only renames, and is left out. 0: a row is copied */
    lin_transform step[LIN__MAX_TRANSFORMS];
    lin_dtype in_type, out_type;
    int in_ndim, out_ndim;
    bool planes;                                 /* of an image with channels first, (C, H, W) */
    int64_t in[LIN_MAX_DIMS], out[LIN_MAX_DIMS]; /* one row */
    size_t in_bytes, out_bytes, scratch_bytes;   /* of one row */
    const void *table[LIN__MAX_TRANSFORMS];      /* of each step, what does not depend on the row; NULL: nothing */
} lin__plan;
/* 0, or LIN_EINVAL with a cause for a list that these rows cannot have. */
int lin__plan_make(lin_ctx *ctx, lin__plan *plan, const lin_dataset *d, const lin_transform *list, int count);
/* What the steps need that is the same for every row, in region `depth`: the weights of a resize. 0 or LIN_ENOMEM. */
int lin__plan_prepare(lin_ctx *ctx, uint32_t depth, lin__plan *plan);
/* One row in, one row out, by a plan that is prepared. Touches no context: workers call it. scratch has plan->scratch_bytes,
 * 64-byte aligned. */
void lin__plan_run(const lin__plan *plan, const void *in, void *out, void *scratch);

/* ---- resize.c: antialiased bilinear on an image of bytes (height, width, channels) ----------------- */
typedef struct lin__resize {
    int64_t height, width, channels;
    int64_t new_height, new_width;
} lin__resize;
enum { LIN__RESIZE_LIMIT = 1 << 16 }; /* of each side, old and new: what fits into 32 bits is then plain */
/* Bytes of its tables of weights, and of the scratch of one run; false on overflow. */
bool lin__resize_bytes(const lin__resize *r, size_t *tables, size_t *scratch);
/* Fill its tables, which are aligned for double. */
void lin__resize_weigh(const lin__resize *r, void *tables);
/* Touches no context, and of the tables reads only. scratch is aligned for int32_t. */
void lin__resize_run(const lin__resize *r, const void *tables, const uint8_t *in, uint8_t *out, void *scratch);

#endif
