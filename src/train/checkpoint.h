/* train/checkpoint.h: what the writer and the reader of a checkpoint share: a safetensors file with the run's tensors, and the rest of
 * its state as JSON under __metadata__["linnet"]. docs/checkpoint-file.md has the format. */
#ifndef LINNET_TRAIN_CHECKPOINT_H
#define LINNET_TRAIN_CHECKPOINT_H

#include "model/safetensors.h"
#include "train/run.h"

/* The version of the JSON; the columns of the tensor "history": training loss and accuracy, test loss and accuracy, lr. */
enum { LIN__CHECKPOINT_FORMAT = 1, LIN__HISTORY_COLUMNS = 5 };

/* The names of the run's i-th parameter in its best epoch, and of the velocity (torch: momentum_buffer) of the optimizer's i-th
 * parameter; in the innermost region. NULL without memory. */
const char *lin__best_name(const lin__run *r, int i);
const char *lin__velocity_name(const lin__run *r, int i);

#endif
