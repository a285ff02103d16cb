/* tests/report/gallery.h: the figures whose pictures are stored. */
#ifndef LINNET_TESTS_GALLERY_H
#define LINNET_TESTS_GALLERY_H

#include <linnet.h>
#include <linnet/report.h>

typedef lin_figure *gallery_fn(lin_ctx *ctx);

typedef struct gallery_entry {
    const char *name;
    gallery_fn *make;
    lin_theme theme;
    bool in_color;     /* its frames are stored in colours and in ASCII, too */
    const char *needs; /* a character beyond the main font, or NULL */
} gallery_entry;

extern const gallery_entry gallery[];
extern const int gallery_count;

#endif
