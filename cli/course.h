/* cli/course.h: the course of a training: how the learning rate changes, when it ends early, its checkpoints. */
#ifndef LINNET_CLI_COURSE_H
#define LINNET_CLI_COURSE_H

#include "recipe.h"
#include "verb.h"

/* Do these options make sense together? Better asked before the data are read. 0, or a failure. */
int course_check(const settings *s, lin_ctx *ctx);
/* Fill in what the options say for a training on `rows` rows; the optimizer stands in fit's options. 0, or a failure. */
int course_set(const settings *s, const recipe *r, int64_t rows, lin_fit_options *options);
/* The folder of checkpoints, or NULL. */
const char *course_folder(const settings *s);

#endif
