/* cli/advice.h: what to try where a training diverged. */
#ifndef LINNET_CLI_ADVICE_H
#define LINNET_CLI_ADVICE_H

#include "recipe.h"

/* Record the library's cause, and what in the data or the settings may be behind it. Returns the exit code. */
int fail_diverged(const recipe *r, const source *data);

#endif
