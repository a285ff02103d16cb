/* cli/help.h: help from the tables, in lines of 80 columns. */
#ifndef LINNET_CLI_HELP_H
#define LINNET_CLI_HELP_H

#include "verb.h"

#include <stdio.h>

/* The command in a page, and one of its verbs. */
void help_overview(FILE *out);
void help_verb(FILE *out, const verb *v);

/* The option as one writes it, "-o, --output MODEL"; in a buffer of its own. */
const char *option_spelling(const option *o);

/* Environment variables and exit codes, for help and man page. */
extern const argument environment[], exit_texts[];
/* What linnet is, in a sentence. */
extern const char about_linnet[];

#endif
