/* cli/option.h: a verb's command line, read by its table. */
#ifndef LINNET_CLI_OPTION_H
#define LINNET_CLI_OPTION_H

#include "verb.h"

/* Read what follows the verb into s, which is filled with defaults first. --opt=value, --opt value, -o value, -ovalue;
 * after -- nothing is an option; the last of repeated options counts. 0, or what fail() returned; s->json and s->help
 * are right even then. */
int options_read(const verb *v, int count, char *const *words, settings *s);

#endif
