/* cli/manual.h: man pages from the tables. */
#ifndef LINNET_CLI_MANUAL_H
#define LINNET_CLI_MANUAL_H

#include "verb.h"

#include <stdio.h>

/* The page linnet(1), or linnet-VERB(1), in man(7)'s macros. */
void manual_write(FILE *out, const verb *v);

#endif
