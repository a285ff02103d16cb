/* data/gather.h: rows of a dataset, picked in an order and brought into the form of a batch. All that a gather needs is in its
 * struct: it touches neither context nor regions, so workers can run it. */
#ifndef LINNET_DATA_GATHER_H
#define LINNET_DATA_GATHER_H

#include "data/dataset.h"
#include "kernel/kernel.h"

#include <stdatomic.h>

/* Rows as they are stored, or by the keyed bijection of a stream: of all that are stored, or of a part. */
typedef struct lin__order {
    bool shuffled;
    lin__perm perm;
    const lin__part *part; /* NULL: of all */
} lin__order;
/* A part of the rows: those at places `first` and on of another order. It holds no row, and takes no memory for one. */
struct lin__part {
    lin__order order;
    int64_t first;
};
/* The rows at places first … first + count − 1 of an order. */
void lin__order_rows(const lin__order *order, int64_t first, int64_t count, int64_t *rows);

/* The rows of one array: where they are stored, and what one is in a batch. */
typedef struct lin__column {
    const char *from;
    const lin__file *file;      /* not NULL: they are read from there */
    size_t in_bytes, out_bytes; /* of one row */
    bool large;                 /* a row at random is not in the cache */
    lin_dtype type;
    lin_shape row;
} lin__column;

/* What is done with the rows of X. */
typedef enum lin__how {
    LIN__COPY,
    LIN__UNIT, /* bytes to x/255 as they lie: to_tensor of images with one channel */
    LIN__PLAN
} lin__how;

typedef struct lin__rows {
    int count;
    lin__column column[LIN__MAX_ARRAYS];
    lin__how how;
    lin__plan plan;
    bool from_files, large;     /* at least one array */
    double in_bytes, out_bytes; /* of one row of all arrays */
    /* What one gather at a time needs: the plan's scratch, then room for rows of X that are read before they are transformed. */
    size_t raw_at, raw_bytes, scratch_bytes;
} lin__rows;
/* The rows of d, X transformed by the list; what that needs lives in region `depth`. 0, or a code for a list that they
 * cannot have. */
int lin__rows_make(lin__rows *rows, uint32_t depth, const lin_dataset *d, const lin_transform *list, int count);
/* Rows of a task, where `count` of them are cut into as many as are of use. */
int64_t lin__rows_per_task(const lin_ctx *ctx, const lin__rows *rows, int64_t count);

/* `count` rows from place `first` of an order, into out[k] for array k. */
typedef struct lin__gather {
    const lin__rows *rows;
    lin__order order;
    const int64_t *picked; /* [OPTIONAL] what the order says of those places, where it is known already */
    int64_t first, count;
    void *out[LIN__MAX_ARRAYS];
    int64_t per_task; /* rows of a task */
    char *scratch;    /* the rows' scratch_bytes for each task, 64-byte aligned */
    atomic_int error; /* what a read gave first, and of which array: lin__gather_code knows; 0: none */
} lin__gather;
/* Rows from…to−1 of it. `scratch` has the rows' scratch_bytes, 64-byte aligned. */
void lin__gather_part(lin__gather *g, int64_t from, int64_t to, void *scratch);
/* Its tasks, which any threads may run. */
int64_t lin__gather_tasks(const lin__gather *g);
void lin__gather_task(lin__gather *g, int64_t task);
/* What became of it: 0, or a code with the cause. */
int lin__gather_code(lin_ctx *ctx, const lin__gather *g);
/* All of it, on the pool's threads where that pays. 0 or a code. */
int lin__gather_run(lin_ctx *ctx, lin__gather *g);

#endif
