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
/* data as the net takes it. NULL with a failure. */
lin_dataset *trained_dataset(const trained *model, const source *data);
/* Name of class i: the model's, or its number in `buffer`, which has CLASS_NUMBER bytes. */
enum { CLASS_NUMBER = 24 };
const char *trained_class(const trained *model, int64_t i, char *buffer);

#endif
