/* cli/place.h: where names lead, for what must not be written over. */
#ifndef LINNET_CLI_PLACE_H
#define LINNET_CLI_PLACE_H

#include <stdbool.h>

/* Are both names of one file that is there? NULL names none. */
bool same_file(const char *a, const char *b);
/* The same of files that are yet to be written. */
bool same_place(const char *a, const char *b);
/* Does it lead to standard output? What is written there would be mixed into it. */
bool is_result(const char *path);

#endif
