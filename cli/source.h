/* cli/source.h: what DATA on the command line means: a known name, a directory of IDX files, or a file of features. */
#ifndef LINNET_CLI_SOURCE_H
#define LINNET_CLI_SOURCE_H

#include <linnet.h>

/* Data sets with a name. */
typedef struct known {
    const char *name, *summary;
    bool generated; /* from the seed: it has no files and no parts */
} known;
extern const known known_data[]; /* a NULL name ends it */
const known *known_find(const char *name);

/* What to open. */
typedef struct source_request {
    const char *data;
    const char *target;        /* the file of its labels, or NULL */
    const char *target_option; /* how that is given, "--target"; NULL: this verb needs no labels */
    const char *verb;
    bool whole; /* all features are wanted at once: they cannot stay in a file */
    bool train; /* of data with two parts: the part to train on, not the one to test on */
} source_request;

typedef struct source {
    lin_ctx *ctx;
    const char *name; /* as the command line has it */
    const char *labels_name;
    bool has_parts;
    lin_tensor *
        X; /* (n, H, W), (n, H, W, C) or (n, C, H, W) u8: images; otherwise (n, d …) of the context's default type, finite */
    lin_dataset *later; /* where there is no memory for them, X is NULL, and array 0 of this has them in its file */
    lin_tensor *y;      /* as stored, n rows; NULL without labels */
    const char *const *classes; /* names, or NULL */
    int class_count;
    int classes_present; /* how many occur among the labels, once they are class numbers */
    int largest_byte;    /* of features that are bytes and no images; 0: they are not */
} source;

/* 0, or what fail() returned. */
int source_open(lin_ctx *ctx, const source_request *request, source *out);
/* Are the labels whole numbers by their type? */
bool source_has_integer_labels(const source *s);
/* Make the labels class numbers, i64 (n), none negative; count the classes if they have no names. 0, or a failure. */
int source_as_classes(source *s);
/* Make the labels numbers of the context's type, (n, outputs). 0, or a failure. */
int source_as_numbers(source *s);
/* Do the numbers to predict, floats in one column, look like class numbers: 0, 1, 2 … and nothing else, each many times? How many classes
 * that would be, or 0. */
int source_seems_classes(const source *s);
/* A dataset of X and y (if there are labels), with the names of the classes: their numbers if they have none. NULL with a
 * failure. */
lin_dataset *source_dataset(const source *s);
/* The images as linnet/report.h takes them: (n, H, W) or (n, H, W, 3). NULL with a failure. */
lin_tensor *source_pictures(const source *s);

/* "(28, 28)" in a buffer of its own. */
const char *shape_text(lin_shape shape);

#endif
