/* What linnet-pictures.so exports: its table. */
#include "pictures/pictures.h"

extern __attribute__((visibility("default"))) const lin__pictures lin__pictures_table;

const lin__pictures lin__pictures_table = {
    .version = LIN__PICTURES_VERSION,
    .draw = lin__draw_page,
    .read_png = lin__read_png,
    .free_pixels = lin__free_pixels,
    .text_width = lin__font_width,
    .font_family = lin__font_family,
};
