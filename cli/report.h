/* cli/report.h: the results of a training. */
#ifndef LINNET_CLI_REPORT_H
#define LINNET_CLI_REPORT_H

#include "json.h"
#include "recipe.h"

#include <stdio.h>

typedef struct report {
    const recipe *recipe;
    lin_dataset *train, *test; /* test: or NULL */
    lin_module *net;
    const lin_history *history;
    int64_t best;   /* the epoch whose weights the net has; 0: the last */
    bool scheduled; /* the learning rates are worth a word */
    double seconds;
    const char *model; /* path, or NULL */
} report;

/* {"epoch", "train_loss", …}: what does not apply is absent. */
json_t *report_epoch(const lin_epoch *epoch, bool classification, bool tested, bool scheduled);
/* "loss 0.4470, accuracy 0.8484"; an accuracy that is NaN is left out. */
void report_scores(FILE *out, double loss, const char *name, double accuracy);
/* All of it on stdout, as text or JSON. 0, or a failure. */
int report_write(const report *r, bool json);

#endif
