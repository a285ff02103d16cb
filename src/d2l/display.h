/* d2l/display.h: where the book's functions show their figures. */
#ifndef LINNET_D2L_DISPLAY_H
#define LINNET_D2L_DISPLAY_H

#include "base/error.h"
#include "base/region.h"
#include <linnet/d2l.h>

/* f, if it could be made, on stdout and, if files were asked for, into the next one. f or NULL with a cause. */
lin_figure *lin__display(lin_figure *f);
/* Does stdout take frames that are drawn over each other? */
bool lin__display_is_live(void);

#endif
