/* report/pictures.h: the pictures part, opened when it is needed. */
#ifndef LINNET_REPORT_PICTURES_H
#define LINNET_REPORT_PICTURES_H

#include "base/context.h"
#include "pictures/pictures.h"

/* The pictures part, for the file `path`; 0 or a code, where it is missing LIN_EUNSUPPORTED. */
int lin__pictures_find(lin_ctx *ctx, const char *path, const lin__pictures **pictures);

#endif
