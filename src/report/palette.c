/* Colours. The cycle was chosen so that any two can be told apart by people with each kind of colour blindness, and
 * that each stands out from the paper; tests/unit/test_palette.c measures both. */
#include "report/palette.h"

#include "kernel/kernel.h"

#include <math.h>

enum { MAP_COLORS = 5 };

typedef struct theme {
    uint32_t paper, text, muted, grid, right, wrong, node;
    uint32_t cycle[LIN__INK_CYCLE];
    uint32_t blues[MAP_COLORS], diverging[MAP_COLORS]; /* evenly apart */
} theme;

static const theme themes[] = {
    [LIN_LIGHT] = {.paper = 0xffffff,
                   .text = 0x1d2127,
                   .muted = 0x6a7078,
                   .grid = 0xe6e8eb,
                   .right = 0x0d7f60,
                   .wrong = 0xc22f1f,
                   .node = 0xdcebf8,
                   .cycle = {0x1f5fa8, 0xd4521d, 0x0f9a74, 0xc468b6, 0x4fa9de, 0xc29a10, 0x6e1a26, 0x606468},
                   .blues = {0xf6f9fc, 0xc6dcf0, 0x7fb2dc, 0x377cb8, 0x12447f},
                   .diverging = {0x14467f, 0x6ea6d3, 0xf7f7f7, 0xe5906a, 0x9e2a14}},
    [LIN_DARK] = {.paper = 0x16191f,
                  .text = 0xe6e8eb,
                  .muted = 0x9aa1ab,
                  .grid = 0x2c3139,
                  .right = 0x44d3a2,
                  .wrong = 0xff7a66,
                  .node = 0x1f3a57,
                  .cycle = {0x4f9df0, 0xf0824a, 0x44d3a2, 0xdb9be4, 0xb4f2ff, 0xf0d560, 0xc9485b, 0x8a8f98},
                  .blues = {0x1b2028, 0x1d3f66, 0x2b6aa8, 0x5ba3e0, 0xc4e2fa},
                  .diverging = {0x8cc8ff, 0x2f6fae, 0x1e2228, 0xb3502c, 0xffb08a}},
};

static const theme *theme_of(lin_theme t)
{
    return &themes[t == LIN_DARK ? LIN_DARK : LIN_LIGHT];
}

uint32_t lin__ink_rgb(lin_theme t, lin__ink ink)
{
    const theme *colors = theme_of(t);
    if (ink < LIN__INK_CYCLE) return colors->cycle[ink];
    if (ink & LIN__INK_RGB) return ink & 0xffffff;
    switch (ink) {
    case LIN__INK_MUTED:
        return colors->muted;
    case LIN__INK_GRID:
        return colors->grid;
    case LIN__INK_PAPER:
        return colors->paper;
    case LIN__INK_RIGHT:
        return colors->right;
    case LIN__INK_WRONG:
        return colors->wrong;
    case LIN__INK_NODE:
        return colors->node;
    default:
        return colors->text;
    }
}

/* ---- Maps ----------------------------------------------------------------------------------------------- */

static uint32_t mix(uint32_t a, uint32_t b, double part)
{
    uint32_t rgb = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double from = a >> shift & 0xff, to = b >> shift & 0xff;
        rgb |= (uint32_t)(from + part * (to - from) + 0.5) << shift;
    }
    return rgb;
}

uint32_t lin__cmap_rgb(lin_theme t, lin_cmap cmap, double place)
{
    if (!(place >= 0)) place = 0;
    if (place > 1) place = 1;
    if (cmap == LIN_GREY) return (uint32_t)(255 * place + 0.5) * 0x010101;
    const uint32_t *map = cmap == LIN_BLUES ? theme_of(t)->blues : theme_of(t)->diverging;
    int at = (int)(place * (MAP_COLORS - 1));
    if (at > MAP_COLORS - 2) at = MAP_COLORS - 2;
    return mix(map[at], map[at + 1], place * (MAP_COLORS - 1) - at);
}

enum { COARSE_BLUES = 7, COARSE_DIVERGING = 11 };

uint32_t lin__cmap_rgb_256(lin_theme t, lin_cmap cmap, double place)
{
    static const uint32_t blues[][COARSE_BLUES] = {
        [LIN_LIGHT] = {0xffffff, 0xd7d7ff, 0xafd7ff, 0x87afd7, 0x5f87d7, 0x005faf, 0x00005f},
        [LIN_DARK] = {0x1c1c1c, 0x00005f, 0x000087, 0x005faf, 0x0087d7, 0x5fafff, 0xafd7ff}};
    static const uint32_t diverging[][COARSE_DIVERGING] = {
        [LIN_LIGHT] = {0x00005f, 0x005faf, 0x5f87d7, 0xafd7ff, 0xd7d7ff, 0xeeeeee, 0xffd7d7, 0xffaf87, 0xd7875f,
                       0xd75f00, 0x870000},
        [LIN_DARK] = {0x87d7ff, 0x5fafff, 0x0087d7, 0x005faf, 0x00005f, 0x1c1c1c, 0x5f0000, 0xaf5f00, 0xd75f00,
                      0xff875f, 0xffaf87}};
    if (cmap == LIN_GREY) return lin__cmap_rgb(t, cmap, place);
    if (!(place >= 0)) place = 0;
    if (place > 1) place = 1;
    t = t == LIN_DARK ? LIN_DARK : LIN_LIGHT;
    if (cmap == LIN_BLUES) return blues[t][(int)(place * (COARSE_BLUES - 1) + 0.5)];
    return diverging[t][(int)(place * (COARSE_DIVERGING - 1) + 0.5)];
}

double lin__cell_place(const lin__cells *cells, double value)
{
    double span = cells->high - cells->low;
    if (!(span > 0)) return cells->cmap == LIN_DIVERGING ? 0.5 : 0;
    double place = (value - cells->low) / span;
    return place < 0 ? 0 : place > 1 ? 1 : place;
}

uint32_t lin__cell_rgb(lin_theme t, const lin__cells *cells, int64_t row, int64_t column)
{
    int64_t at = row * cells->columns + column;
    if (cells->rgb)
        return (uint32_t)cells->rgb[3 * at] << 16 | (uint32_t)cells->rgb[3 * at + 1] << 8 | cells->rgb[3 * at + 2];
    double value = cells->value[at];
    return isnan(value) ? LIN__NAN_RGB : lin__cmap_rgb(t, cells->cmap, lin__cell_place(cells, value));
}

uint32_t lin__note_rgb(lin_theme t, lin__ink ink, const lin__note *note)
{
    if (ink != LIN__INK_ON_CELL || !note) return lin__ink_rgb(t, ink);
    uint32_t cell = lin__cmap_rgb(t, note->cmap, note->cell);
    return lin__contrast(cell, 0xffffff) >= lin__contrast(cell, 0x14181d) ? 0xffffff : 0x14181d;
}

/* ---- Seeing --------------------------------------------------------------------------------------------- */

double lin__luminance(uint32_t rgb)
{
    static const double weight[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        double c = (rgb >> (16 - 8 * k) & 0xff) / 255.0;
        sum += weight[k] * (c <= 0.04045 ? c / 12.92 : lin__pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double lin__contrast(uint32_t a, uint32_t b)
{
    double x = lin__luminance(a), y = lin__luminance(b);
    return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

static int square_distance(uint32_t a, uint32_t b)
{
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        sum += d * d;
    }
    return sum;
}

/* xterm's cube has the levels 0, 95, 135, …, 255; its greys are 8, 18, …, 238. */
int lin__xterm_color(uint32_t rgb)
{
    uint32_t cube = 0;
    int index = 16;
    for (int k = 0, unit = 36; k < 3; k++, unit /= 6) {
        int c = (int)(rgb >> (16 - 8 * k) & 0xff);
        int level = c < 48 ? 0 : c < 115 ? 1 : (c - 35) / 40;
        index += unit * level;
        cube = cube << 8 | (uint32_t)(level ? 55 + 40 * level : 0);
    }
    int mean = (int)((rgb >> 16 & 0xff) + (rgb >> 8 & 0xff) + (rgb & 0xff)) / 3;
    int step = mean < 3 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
    uint32_t grey = (uint32_t)(8 + 10 * step) * 0x010101;
    return square_distance(rgb, grey) < square_distance(rgb, cube) ? 232 + step : index;
}
