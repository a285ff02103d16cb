/* cli/picture.h: a figure on standard output, or in a file. */
#ifndef LINNET_CLI_PICTURE_H
#define LINNET_CLI_PICTURE_H

#include "verb.h"

#include <linnet.h>

/* Could a picture be written to `path`, which `option` named? Better asked before the work; NULL asks for none. 0, or a
 * failure. */
int picture_check(const settings *s, const char *option, const char *path);
/* Into `path`; NULL: on standard output, as what that is can show it. 0, or a failure. */
int picture_put(const settings *s, lin_figure *figure, const char *path);
/* Names of classes: the model's or the data's own, or none. */
lin_names names_of(const char *const *names, int count);

#endif
