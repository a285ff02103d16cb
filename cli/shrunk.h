/* cli/shrunk.h: a file that becomes shorter while it is mapped. */
#ifndef LINNET_CLI_SHRUNK_H
#define LINNET_CLI_SHRUNK_H

#include <stdbool.h>

/* From now on SIGBUS that such a file brings ends the command as bad data, with its name on stderr and, if `json`, on stdout. */
void shrunk_watch(bool json);

#endif
