/* What DATA means. */
#include "source.h"

#include "content.h"
#include "failure.h"
#include "features.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const known known_data[] = {
    {"fashion-mnist", "70,000 pictures of clothes, 28 x 28, in 10 classes (Zalando, real)", false},
    {"synthetic", "1,000 rows of y = 2 a - 3.4 b + 4.2 and a little noise (made from the seed)", true},
    {0},
};

const known *known_find(const char *name)
{
    for (const known *k = known_data; k->name; k++)
        if (strcmp(k->name, name) == 0) return k;
    return NULL;
}

const char *shape_text(lin_shape shape)
{
    static char text[24 * LIN_MAX_DIMS];
    int used = snprintf(text, sizeof text, "(");
    for (int i = 0; i < shape.ndim; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRId64, i ? ", " : "", shape.dim[i]);
    snprintf(text + used, sizeof text - (size_t)used, ")");
    return text;
}

static bool is_image(const lin_tensor *t)
{
    return lin_type(t) == LIN_U8 && (lin_ndim(t) == 3 || lin_ndim(t) == 4);
}

/* ---- Known data and directories ------------------------------------------------------------------- */

/* May they stay in their file, as reading them found no memory? */
static bool may_stay(const source_request *r, const lin_ctx *ctx)
{
    return !r->whole && lin_error_code_of(ctx) == LIN_ENOMEM;
}

/* What a dataset of the library holds. */
static int from_dataset(lin_ctx *ctx, lin_dataset *d, const source_request *r, source *out)
{
    if (!d) return fail_library(ctx);
    out->has_parts = true;
    out->y = lin_array(d, 1);
    out->classes = lin_classes(d, &out->class_count);
    if (!out->y) return fail_library(ctx);
    out->X = lin_array(d, 0);
    if (!out->X) {
        fail_reading(ctx, out->name);
        return may_stay(r, ctx) ? features_later(out, d) : failure_code();
    }
    if (lin_numel(out->X) == 0) return fail_at(EXIT_DATA, out->name, "has no images");
    if (!is_image(out->X)) out->X = source_finite(out->X, out->name);
    return failure_code();
}

/* The book's: w = (2, -3.4), b = 4.2, 1,000 rows, noise 0.01. */
static int synthetic(lin_ctx *ctx, source *out)
{
    lin_tensor *w = lin_to(lin_from_f64(ctx, (const double[]){2, -3.4}, LIN_SHAPE(2)), lin_default_dtype(ctx));
    return lin_synthetic_data(ctx, w, 4.2, 1000, 0.01, &out->X, &out->y) ? fail_library(ctx) : 0;
}

static int open_known(lin_ctx *ctx, const known *k, const source_request *r, source *out)
{
    if (r->target)
        return fail_usage(r->verb, "%s goes with a file of features; %s has its labels", r->target_option, k->name);
    return k->generated ? synthetic(ctx, out) : from_dataset(ctx, lin_fashion_mnist(ctx, r->train), r, out);
}

/* ---- Files ---------------------------------------------------------------------------------------- */

static lin_tensor *load(lin_ctx *ctx, const char *file)
{
    lin_tensor *t = lin_load_array(ctx, file);
    if (!t) {
        fail_reading(ctx, file);
    } else if (lin_ndim(t) == 0) {
        fail_at(EXIT_DATA, file, "holds a single number; rows are expected");
    } else if (lin_numel(t) == 0) {
        fail_at(EXIT_DATA, file, "is empty: an array %s", shape_text(lin_size(t)));
    } else {
        return lin_ndim(t) == 1 ? lin_unsqueeze(t, 1) : t;
    }
    return NULL;
}

static int read_all(lin_ctx *ctx, const char *file, source *out)
{
    lin_tensor *t = load(ctx, file);
    if (!t) return failure_code();
    if (lin_type(t) == LIN_U8 && !is_image(t)) out->largest_byte = (int)lin_item_i64(lin_max(t));
    out->X = is_image(t) ? lin_contiguous(t) : source_finite(t, file);
    return out->X ? 0 : fail_library(ctx);
}

/* What comes through a pipe comes once. */
static bool is_plain(const char *file)
{
    struct stat status;
    return stat(file, &status) == 0 && S_ISREG(status.st_mode);
}

static int read_features(lin_ctx *ctx, const source_request *r, source *out)
{
    if (!read_all(ctx, r->data, out)) return 0;
    return may_stay(r, ctx) && is_plain(r->data) ? features_later(out, NULL) : failure_code();
}

static int read_labels(lin_ctx *ctx, const source_request *r, source *out)
{
    out->y = load(ctx, r->target);
    if (!out->y) return failure_code();
    int64_t rows = source_rows(out), labels = lin_dim(out->y, 0);
    if (rows == labels) return 0;
    return fail_at(EXIT_DATA, r->target, "%" PRId64 " labels for the %" PRId64 " rows of %.500s", labels, rows,
                   r->data);
}

/* Neither a known name nor there: perhaps a misspelt name. */
static int not_there(const source_request *r, int error)
{
    guess near = {0};
    for (const known *k = known_data; k->name; k++)
        offer(&near, r->data, k->name, -1);
    if (error == ENOENT)
        return fail_at(EXIT_DATA, r->data, "there is no such file or directory, nor data of that name%s",
                       did_you_mean(&near, ""));
    return fail_at(EXIT_DATA, r->data, "cannot be read: %s", strerror(error));
}

static int open_files(lin_ctx *ctx, const source_request *r, source *out)
{
    struct stat status;
    if (stat(r->data, &status) != 0) return not_there(r, errno);
    if (S_ISDIR(status.st_mode)) {
        if (r->target)
            return fail_usage(r->verb, "%s goes with a file of features; the directory %s has its labels",
                              r->target_option, r->data);
        return from_dataset(ctx, lin_mnist(ctx, r->data, r->train), r, out);
    }
    switch (content_of(r->data)) {
    case CONTENT_SAFETENSORS:
        return fail_at(EXIT_DATA, r->data, "is a model, or another safetensors file, where data are expected");
    case CONTENT_PICTURE:
        return fail_picture(r->data);
    case CONTENT_PNG:
        return fail_at(EXIT_DATA, r->data, "is a picture; a PNG is predicted with linnet predict MODEL --image FILE");
    default:
        break;
    }
    if (!r->target && r->target_option)
        return fail_usage(r->verb, "%s is a file of features: %s FILE has to say where its labels are", r->data,
                          r->target_option);
    out->labels_name = r->target;
    if (read_features(ctx, r, out)) return failure_code();
    return r->target ? read_labels(ctx, r, out) : 0;
}

int source_open(lin_ctx *ctx, const source_request *r, source *out)
{
    *out = (source){.ctx = ctx, .name = r->data, .labels_name = r->data};
    const known *k = known_find(r->data);
    return k ? open_known(ctx, k, r, out) : open_files(ctx, r, out);
}
