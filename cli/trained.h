/* cli/trained.h: a model from a file, and the data that it fits. */
#ifndef LINNET_CLI_TRAINED_H
#define LINNET_CLI_TRAINED_H

#include "source.h"
#include "verb.h"

typedef struct trained {
    const char *path;
    lin_module *net;
    lin_model_info info;
    bool classification;
} trained;

/* A model and the data beside it on the command line: MODEL DATA [--split] and, if the verb has it, [--target]. Of data
 * that have no labels the verb needs none. 0, or a failure: 5 where they do not fit each other. */
int trained_open(const settings *s, const char *target_option, lin_ctx **ctx, trained *model, source *data);
/* A model alone, in a context of its own. 0, or a failure. */
int trained_open_alone(const settings *s, const char *path, lin_ctx **ctx, trained *model);
/* The labels as the model's task has them; as many classes or numbers as it gives. 0, or a failure. */
int trained_labels(const trained *model, source *data);
/* What the net gives for the rows from `from` to `to` − 1 of the data: (rows, outputs). Gradients are off from then on. NULL
 * with a failure. */
lin_tensor *trained_outputs(const trained *model, const source *data, int64_t from, int64_t to);
/* Does it take images of one channel? Their size, which is a square where the file does not say. */
bool trained_image_size(const trained *model, int64_t *height, int64_t *width);
/* data as the net takes it. NULL with a failure. */
lin_dataset *trained_dataset(const trained *model, const source *data);
/* Name of class i: the model's, or its number in `buffer`, which has CLASS_NUMBER bytes. */
enum { CLASS_NUMBER = 24 };
const char *trained_class(const trained *model, int64_t i, char *buffer);

#endif
