/* Images and bars on a screen: half blocks in two colours; without colours braille dots or a ramp of characters. */
#include "report/screen.h"

#include "report/palette.h"

#include <math.h>

enum { ACROSS = 2, DOWN = 4 };

/* ---- Bars ------------------------------------------------------------------------------------------------------ */

/* Whole characters around the middle of [from, to): at least one. */
static void whole(double from, double to, int *first, int *count)
{
    *count = (int)floor(to - from + 1e-6);
    if (*count < 1) *count = 1;
    *first = (int)floor((from + to) / 2 - *count / 2.0 + 0.5 + 1e-6);
}

static void block(lin__screen *s, int column, int row, uint32_t code, int32_t front)
{
    if (s->terminal.ascii) code = '#';
    lin__screen_put(s, column, row, code, front);
}

/* How much of character i lies between two places, in eighths; but for the one with the free end, all or nothing. */
static int eighths(int i, double from, double to, bool free)
{
    int part = (int)floor(8 * (fmin(i + 1, to) - fmax(i, from)) + 0.5);
    return free ? part : part >= 4 ? 8 : 0;
}

/* From the foot up in eighths; what hangs down has only halves. */
static void standing(lin__screen *s, lin__rect b, bool down, int32_t front)
{
    int first, count;
    whole(b.x / ACROSS, (b.x + b.w) / ACROSS, &first, &count);
    double top = b.y / DOWN, bottom = (b.y + b.h) / DOWN;
    for (int row = (int)floor(top); row < bottom; row++) {
        bool free = down ? row + 1 >= bottom : row <= top;
        int part = eighths(row, top, bottom, free && !s->terminal.ascii);
        uint32_t code = part == 8 || (down && part > 4) ? 0x2588 : down ? 0x2580 : 0x2580u + (uint32_t)part;
        for (int i = 0; i < count && part > 0; i++)
            block(s, first + i, row, code, front);
    }
}

/* The same from the left; what is negative has only halves. */
static void lying(lin__screen *s, lin__rect b, bool left, int32_t front)
{
    int first, count;
    whole(b.y / DOWN, (b.y + b.h) / DOWN, &first, &count);
    double from = b.x / ACROSS, to = (b.x + b.w) / ACROSS;
    for (int column = (int)floor(from); column < to; column++) {
        bool free = left ? column <= from : column + 1 >= to;
        int part = eighths(column, from, to, free && !s->terminal.ascii);
        uint32_t code = part == 8 || (left && part > 4) ? 0x2588 : left ? 0x2590 : 0x2590u - (uint32_t)part;
        for (int i = 0; i < count && part > 0; i++)
            block(s, column, first + i, code, front);
    }
}

void lin__paint_bar(lin__canvas *c, lin__rect box, lin__end end, lin__ink ink, double alpha)
{
    (void)alpha;
    lin__screen *s = ((lin__paint *)c)->screen;
    int32_t front = lin__screen_ink(s, ink);
    if (end == LIN__END_TOP || end == LIN__END_BOTTOM)
        standing(s, box, end == LIN__END_BOTTOM, front);
    else
        lying(s, box, end == LIN__END_LEFT, front);
}

/* ---- Images ---------------------------------------------------------------------------------------------------- */

/* An image seen as so many pixels. */
typedef struct sampled {
    const lin__cells *cells;
    lin_terminal terminal;
    int64_t across, down;
} sampled;

/* Cells that pixel i of n covers, of `size`: those it lies on, or the one under its middle if it is smaller. */
static void covered(int64_t i, int64_t n, int64_t size, int64_t *first, int64_t *last)
{
    if (n >= size) {
        *first = *last = (2 * i + 1) * size / (2 * n);
        return;
    }
    *first = i * size / n;
    *last = ((i + 1) * size + n - 1) / n - 1;
    if (*last >= size) *last = size - 1;
}

/* The cells under a pixel. */
typedef struct patch {
    int64_t left, right, top, bottom;
} patch;

static patch patch_of(const sampled *s, int64_t x, int64_t y)
{
    patch p;
    covered(x, s->across, s->cells->columns, &p.left, &p.right);
    covered(y, s->down, s->cells->rows, &p.top, &p.bottom);
    return p;
}

static int64_t size_of(const patch *p)
{
    return (p->right - p->left + 1) * (p->bottom - p->top + 1);
}

/* The mean of their values on the map, 0 to 1; NaN if one is missing. */
static double mean_place(const lin__cells *cells, const patch *p)
{
    double sum = 0;
    if (!cells->value) return NAN;
    for (int64_t row = p->top; row <= p->bottom; row++)
        for (int64_t column = p->left; column <= p->right; column++)
            sum += lin__cell_place(cells, cells->value[row * cells->columns + column]);
    return sum / (double)size_of(p);
}

/* The mean of their colours. */
static uint32_t mean_rgb(const lin__cells *cells, const patch *p)
{
    int64_t sum[3] = {0}, count = size_of(p);
    for (int64_t row = p->top; row <= p->bottom; row++)
        for (int64_t column = p->left; column <= p->right; column++)
            for (int k = 0; k < 3; k++)
                sum[k] += cells->rgb[3 * (row * cells->columns + column) + k];
    uint32_t rgb = 0;
    for (int k = 0; k < 3; k++)
        rgb = rgb << 8 | (uint32_t)((sum[k] + count / 2) / count);
    return rgb;
}

static uint32_t sample(const sampled *s, int64_t x, int64_t y)
{
    const lin__cells *cells = s->cells;
    patch p = patch_of(s, x, y);
    if (cells->rgb) return mean_rgb(cells, &p);
    double place = mean_place(cells, &p);
    if (isnan(place)) return LIN__NAN_RGB;
    if (s->terminal.colors == LIN_COLORS_256) return lin__cmap_rgb_256(s->terminal.theme, cells->cmap, place);
    return lin__cmap_rgb(s->terminal.theme, cells->cmap, place);
}

/* How bright, 0 to 255. */
static int brightness(const sampled *s, int64_t x, int64_t y)
{
    uint32_t rgb = sample(s, x, y);
    return (int)((2126 * (rgb >> 16) + 7152 * (rgb >> 8 & 0xff) + 722 * (rgb & 0xff) + 5000) / 10000);
}

/* Two pixels to a character, one where there is only ASCII; one colour is a space, over which text can be written. */
static void half_blocks(lin__screen *s, const lin__area *a, const sampled *image)
{
    int64_t pixels = image->down / a->rows;
    for (int row = 0; row < a->rows; row++)
        for (int column = 0; column < a->columns; column++) {
            uint32_t top = sample(image, column, pixels * row),
                     bottom = sample(image, column, pixels * row + pixels - 1);
            lin__glyph *g = lin__screen_at(s, a->column + column, a->row + row);
            if (!g) continue;
            *g = (lin__glyph){.code = top == bottom ? ' ' : 0x2580, .front = (int32_t)top, .back = (int32_t)bottom};
        }
}

/* Bright places have many dots: ordered dithering with Bayer's matrix (1973). */
static void dithered(lin__screen *s, const lin__area *a, const sampled *image)
{
    static const uint8_t bits[DOWN][ACROSS] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    static const int bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    for (int64_t y = 0; y < image->down; y++)
        for (int64_t x = 0; x < image->across; x++) {
            lin__glyph *g = lin__screen_at(s, a->column + (int)(x / ACROSS), a->row + (int)(y / DOWN));
            if (g && brightness(image, x, y) * 16 > 255 * bayer[y % 4][x % 4] + 127)
                g->dots |= bits[y % DOWN][x % ACROSS];
        }
}

/* A character to each place: the brighter, the fuller; of a diverging map, minus and plus signs. */
static void ramped(lin__screen *s, const lin__area *a, const sampled *image)
{
    static const char ramp[] = " .:-=+*#%@", signs[] = "#=-  .+@";
    const lin__cells *cells = image->cells;
    bool diverging = cells->cmap == LIN_DIVERGING && cells->value;
    int steps = (int)(diverging ? sizeof signs : sizeof ramp) - 1;
    for (int row = 0; row < a->rows; row++)
        for (int column = 0; column < a->columns; column++) {
            patch p = patch_of(image, column, row);
            double place = cells->value ? mean_place(cells, &p) : brightness(image, column, row) / 255.0;
            if (diverging) place = 0.5 + copysign(sqrt(fabs(2 * place - 1)) / 2, place - 0.5); /* most are small */
            int step = isnan(place) ? 0 : (int)(place * steps);
            if (step > steps - 1) step = steps - 1;
            char code = isnan(place) ? '?' : diverging ? signs[step] : ramp[step];
            if (code != ' ') lin__screen_put(s, a->column + column, a->row + row, (unsigned char)code, LIN__NO_COLOR);
        }
}

/* Where there are no colours, a matrix of counts is told by its numbers, if they have room. */
void lin__paint_cells(lin__canvas *c, lin__rect box, const lin__cells *cells)
{
    const lin__paint *p = (lin__paint *)c;
    lin__screen *s = p->screen;
    const lin__area a = {(int)floor(box.x / ACROSS + 0.5), (int)floor(box.y / DOWN + 0.5),
                         (int)floor(box.w / ACROSS + 0.5), (int)floor(box.h / DOWN + 0.5)};
    if (a.columns < 1 || a.rows < 1) return;
    sampled image = {cells, s->terminal, a.columns, s->terminal.ascii ? a.rows : 2 * a.rows};
    if (s->terminal.colors != LIN_NO_COLORS) {
        half_blocks(s, &a, &image);
        return;
    }
    if (cells->cmap == LIN_BLUES && p->told) return;
    image.across = ACROSS * a.columns;
    image.down = DOWN * a.rows;
    bool grey = cells->rgb || cells->cmap == LIN_GREY;
    if (grey && !s->terminal.ascii) {
        dithered(s, &a, &image);
        return;
    }
    image.across = a.columns;
    image.down = a.rows;
    ramped(s, &a, &image);
}
