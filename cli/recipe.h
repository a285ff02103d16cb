/* cli/recipe.h: how to train: what the command line says, and the book's defaults for the rest. */
#ifndef LINNET_CLI_RECIPE_H
#define LINNET_CLI_RECIPE_H

#include "source.h"
#include "verb.h"

/* The losses of --loss; mae is another name of l1. */
#define LOSSES "squared|mse|l1|mae|huber|cross-entropy"
/* The library's name of one. */
const char *loss_called(const char *name);

typedef struct recipe {
    bool classification, in_order;
    bool one_hot; /* class labels as rows of 0 and 1, for a loss of numbers */
    const char *loss_name, *init;
    lin_loss_fn *loss;
    int64_t epochs, batch_size, patience;
    uint64_t seed;
    double lr, momentum, weight_decay, min_delta;
    const char *schedule, *schedule_by; /* NULL: the rate stays */
    lin_dtype dtype;
} recipe;

/* The type that --dtype says. */
lin_dtype recipe_dtype(const settings *s);
/* Decide for this data, and make its labels what the task needs. 0, or a failure. */
int recipe_make(recipe *r, const settings *s, source *data);
/* A net for it: linear, behind flatten where a row is more than a list of numbers. NULL with a failure. */
lin_module *recipe_net(const recipe *r, const source *data);
/* The settings as one JSON object, without what does not change the model (threads, paths, times): malloc'd, free() it.
 * NULL with a failure. */
char *recipe_text(const recipe *r, int64_t steps);

/* The loss that a model was trained with, read from that text (NULL allowed); of the task where it does not say. */
lin_loss_fn *recipe_loss(const char *text, bool classification);
/* Does that loss compare with one-hot rows if the labels are classes? */
bool loss_takes_numbers(lin_loss_fn *loss);

#endif
