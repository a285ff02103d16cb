/* The labels of a source: class numbers, or numbers to predict. */
#include "failure.h"
#include "features.h"
#include "source.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* More classes than any data set that a linear network learns; labels that are really amounts have more. */
enum { MOST_CLASSES = 65536 };

bool source_has_integer_labels(const source *s)
{
    return lin_type(s->y) == LIN_I64 || lin_type(s->y) == LIN_U8;
}

/* ---- Classes -------------------------------------------------------------------------------------- */

/* (n) or (n, 1) as i64 (n). */
static lin_tensor *label_column(source *s)
{
    lin_ctx *ctx = lin_context(s->y);
    if (lin_numel(s->y) != lin_dim(s->y, 0)) {
        fail_at(EXIT_DATA, s->labels_name, "class labels are one number per row, an array (n) or (n, 1); here is %s",
                shape_text(lin_size(s->y)));
        return NULL;
    }
    lin_tensor *column = lin_contiguous(lin_reshape(lin_to(s->y, LIN_I64), LIN_SHAPE(-1)));
    if (!column) fail_reading(ctx, s->labels_name);
    return column;
}

/* Every label a class number. 0, or a failure that names the row. */
static int check_classes(const source *s, lin_tensor *column)
{
    const int64_t *label = lin_const_data_ptr(column);
    lin_tensor *stored = lin_reshape(s->y, LIN_SHAPE(-1));
    for (int64_t row = 0; row < lin_numel(column); row++) {
        double as_stored = source_has_integer_labels(s) ? (double)label[row] : lin_at(stored, LIN_SHAPE(row));
        if (as_stored != (double)label[row])
            return fail_at(EXIT_DATA, s->labels_name,
                           "row %" PRId64 " (counted from 0): the label %g is not a class number", row, as_stored);
        if (label[row] < 0)
            return fail_at(EXIT_DATA, s->labels_name,
                           "row %" PRId64 " (counted from 0): the label %" PRId64
                           " is negative, classes are 0, 1, 2 ...%s; for amounts use --task regression",
                           row, label[row], label[row] == -1 ? "; of -1 and 1 make 0 and 1, as (y + 1) / 2" : "");
        if (label[row] >= MOST_CLASSES)
            return fail_at(EXIT_DATA, s->labels_name,
                           "row %" PRId64 " (counted from 0): the label %" PRId64
                           " makes more than %d classes; for amounts use --task regression",
                           row, label[row], MOST_CLASSES);
    }
    return 0;
}

/* How many different labels there are; -1 with a failure. */
static int count_present(const lin_tensor *column)
{
    bool *seen = calloc(MOST_CLASSES, sizeof *seen);
    if (!seen) return fail(EXIT_FAILED, "out of memory"), -1;
    const int64_t *label = lin_const_data_ptr(column);
    int present = 0;
    for (int64_t row = 0; row < lin_numel(column); row++) {
        present += !seen[label[row]];
        seen[label[row]] = true;
    }
    free(seen);
    return present;
}

int source_as_classes(source *s)
{
    lin_tensor *column = label_column(s);
    if (!column || check_classes(s, column)) return failure_code();
    s->y = column;
    s->classes_present = count_present(column);
    if (s->classes_present < 0) return failure_code();
    if (s->classes) return 0;
    s->class_count = (int)lin_item_i64(lin_max(column)) + 1;
    return 0;
}

/* ---- Numbers -------------------------------------------------------------------------------------- */

int source_as_numbers(source *s)
{
    lin_ctx *ctx = lin_context(s->y);
    if (lin_ndim(s->y) > 2)
        return fail_at(EXIT_DATA, s->labels_name, "numbers to predict are an array (n) or (n, outputs); here is %s",
                       shape_text(lin_size(s->y)));
    lin_tensor *numbers = source_finite(s->y, s->labels_name);
    if (numbers && lin_ndim(numbers) == 1) numbers = lin_unsqueeze(numbers, 1);
    if (!numbers) return fail_library(ctx);
    s->y = numbers;
    s->class_count = 0;
    s->classes = NULL;
    return 0;
}

int source_seems_classes(const source *s)
{
    enum { FEW = 100, ROWS_OF_EACH = 10 };
    bool seen[FEW] = {0};
    int present = 0, classes = 0;
    int64_t rows = lin_dim(s->y, 0);
    const void *y = lin_numel(s->y) == rows && lin_is_contiguous(s->y) ? lin_const_data_ptr(s->y) : NULL;
    for (int64_t row = 0; y && row < rows; row++) {
        double label = lin_type(s->y) == LIN_F32 ? ((const float *)y)[row] : ((const double *)y)[row];
        if (label < 0 || label >= FEW || label != floor(label)) return 0;
        present += !seen[(int)label];
        seen[(int)label] = true;
        if ((int)label >= classes) classes = (int)label + 1;
    }
    return present == classes && classes > 1 && rows >= (int64_t)ROWS_OF_EACH * classes ? classes : 0;
}
