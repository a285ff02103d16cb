/* cli/completion.h: completions for shells, from the tables. */
#ifndef LINNET_CLI_COMPLETION_H
#define LINNET_CLI_COMPLETION_H

#include <stdio.h>

/* For "bash", "zsh" or "fish". */
void completion_write(FILE *out, const char *shell);

#endif
