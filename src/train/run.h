/* train/run.h: a run of fit: where it is, what it keeps of its best epoch, and its checkpoints. */
#ifndef LINNET_TRAIN_RUN_H
#define LINNET_TRAIN_RUN_H

#include "model/safetensors.h"
#include "train/task.h"

#include <jansson.h>

/* How far it is: what a checkpoint has to carry of the loop. */
typedef struct lin__progress {
    int64_t epoch, step, steps_done; /* the epoch, from 1; the updates made in it, and in all */
    int64_t rows, labels, correct;   /* of this epoch, as they were trained */
    double loss;                     /* Σ over the rows */
    double lr;                       /* of the last update */
    bool classifies;
} lin__progress;

/* The best epoch so far, by the loss that is watched; epoch 0: none yet. */
typedef struct lin__best {
    double loss;
    int64_t epoch, bad_epochs; /* in a row since then */
    lin_tensor **values;       /* of the run's parameters; NULL where they are not kept */
} lin__best;

/* The folder of its checkpoints. */
typedef struct lin__checkpoints {
    const char *directory;  /* NULL: none */
    int64_t newest, before; /* the numbers of the files that stand; -1: none */
    int64_t epoch, step;    /* where the newest one is */
    json_t *settings;       /* what makes the run what it is */
    lin_history *history;   /* its epochs, whether or not the caller wants them */
} lin__checkpoints;

typedef struct lin__run {
    lin_ctx *ctx;
    lin_module *net;
    lin_dataset *train, *test;
    const lin_fit_options *options;
    lin__task task;
    uint32_t depth; /* of its region */
    int64_t epochs; /* in all */
    lin_loader *loader;
    lin_state parameters; /* of the net, by name, and the optimizer's others */
    lin__progress at;
    bool stopped, failed_before;
    lin__best best;
    lin__checkpoints checkpoints;
} lin__run;

/* ---- begin.c ----------------------------------------------------------------------------------------------------- */
/* Check the arguments and options, and fill in what follows from them. 0 or a code. */
int lin__run_check(lin__run *r);
/* Make what the run needs in its region, which is open. 0 or a code. */
int lin__run_begin(lin__run *r);

/* ---- divergence.c ------------------------------------------------------------------------------------------------ */
/* Of the batch m, or of all training rows if that is NULL. 0 or LIN_EDIVERGED. */
int lin__check_loss(const lin__run *r, const lin_batch *m, double loss);
/* After every step, so that the first bad one is named. 0 or LIN_EDIVERGED. */
int lin__check_parameters(const lin__run *r, const lin_batch *m);

/* ---- early.c ----------------------------------------------------------------------------------------------------- */
/* The loss that is watched. */
double lin__watched(const lin__run *r, const lin_epoch *e);
/* Look at an epoch. 0 or LIN_ENOMEM. */
int lin__early_epoch(lin__run *r, const lin_epoch *e);
/* Room for the best values, which are then to be filled. 0 or LIN_ENOMEM. */
int lin__early_keep(lin__run *r);
/* Has it been long enough without a better loss? */
bool lin__early_over(const lin__run *r);
/* The last thing of a run that was not stopped: the parameters of the best epoch, if that was asked for. */
void lin__early_end(const lin__run *r);

/* ---- exact.c: doubles in JSON, which has no inf and nan ------------------------------------------------------------ */
json_t *lin__exact_write(double x);
/* Read one into *x; false for what is none. */
bool lin__exact_read(const json_t *value, double *x);

/* ---- settings.c -------------------------------------------------------------------------------------------------- */
/* What makes a run what it is, as one flat object; NULL with a cause. Its data are read once, for their digest. */
json_t *lin__settings(const lin__run *r);
/* Are these, of a file with that header, the same? 0, or LIN_EMISMATCH naming the first that differs. */
int lin__settings_agree(const lin__run *r, const lin__header *header, json_t *settings);

/* ---- checkpoint.c ------------------------------------------------------------------------------------------------ */
/* Write one. 0 or a code. */
int lin__checkpoint_write(lin__run *r, const char *path);
/* Read one, and make the run what it was: all is checked before anything is changed. 0 or a code. */
int lin__checkpoint_read(lin__run *r, const char *path);

/* ---- folder.c ---------------------------------------------------------------------------------------------------- */
/* Take the folder that the options name, if they do, and resume from it if they say so. 0 or a code. */
int lin__checkpoints_begin(lin__run *r);
/* Write a checkpoint of where the run is now, if there is a folder and the newest one is not of here. 0 or a code. */
int lin__checkpoints_save(lin__run *r);
/* The same after an update, where one is due. */
int lin__checkpoints_step(lin__run *r);

#endif
