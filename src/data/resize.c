/* Resizing an image of bytes as Pillow does (ImagingResample), and so torchvision's Resize: a triangle filter that widens
 * with the shrink factor, weights in fixed point, rows first, then columns, rounded to bytes in between. (Pillow 13 takes
 * the columns first where the height shrinks by more than twice as many pixels as the width; older ones and torch do not.) */
#include "data/dataset.h"

#include "base/file.h"

#include <math.h>
#include <string.h>

/* Pillow's: 32 bits less 8 of a byte and 2 for overshoot. */
enum { PRECISION = 32 - 8 - 2 };

/* For each new position, the old ones that it is made of. */
typedef struct axis {
    int64_t old_size, new_size;
    double step;    /* old positions to a new one */
    double support; /* half width of the triangle: never less than one old position */
    int64_t taps;   /* room for the weights of one new position */
    int32_t *first, *count, *weight;
} axis;

static axis axis_of(int64_t old_size, int64_t new_size)
{
    axis a = {.old_size = old_size, .new_size = new_size, .step = (double)old_size / (double)new_size};
    a.support = a.step < 1 ? 1 : a.step;
    a.taps = (int64_t)ceil(a.support) * 2 + 1;
    return a;
}

/* ---- Tables: [exact weights of one position | both axes]; scratch: [sums of one row | the image between the passes] ---- */

typedef struct layout {
    axis across, down;
    size_t across_at, down_at, table_bytes;
    size_t between_at, scratch_bytes;
} layout;

static size_t axis_bytes(const axis *a)
{
    return (size_t)(a->new_size * (2 + a->taps)) * sizeof(int32_t);
}

/* The sides are limited, so only what grows with the number of channels can overflow. */
static bool lay_out(const lin__resize *r, layout *l)
{
    if (!lin__shape_bytes((int64_t[]){r->new_width, r->channels}, 2, sizeof(int32_t), &l->between_at)) return false;
    if (!lin__shape_bytes((int64_t[]){r->height, r->new_width, r->channels}, 3, 1, &l->scratch_bytes)) return false;
    l->across = axis_of(r->width, r->new_width);
    l->down = axis_of(r->height, r->new_height);
    l->across_at = (size_t)(l->across.taps > l->down.taps ? l->across.taps : l->down.taps) * sizeof(double);
    l->down_at = l->across_at + axis_bytes(&l->across);
    l->table_bytes = l->down_at + axis_bytes(&l->down);
    return lin__add_size(l->between_at, l->scratch_bytes, &l->scratch_bytes);
}

bool lin__resize_bytes(const lin__resize *r, size_t *tables, size_t *scratch)
{
    layout l;
    if (!lay_out(r, &l)) return false;
    *tables = l.table_bytes;
    *scratch = l.scratch_bytes;
    return true;
}

/* ---- Weights -------------------------------------------------------------------------------------- */

/* The weights of new position i, summing to 1: a triangle around its centre. */
static void weigh(const axis *a, int64_t i, double *exact)
{
    double centre = ((double)i + 0.5) * a->step, narrow = 1.0 / a->support, total = 0;
    int64_t first = (int64_t)(centre - a->support + 0.5), end = (int64_t)(centre + a->support + 0.5);
    if (first < 0) first = 0;
    if (end > a->old_size) end = a->old_size;
    int64_t count = end - first;
    for (int64_t k = 0; k < count; k++) {
        double distance = fabs(((double)(k + first) - centre + 0.5) * narrow);
        exact[k] = distance < 1 ? 1 - distance : 0;
        total += exact[k];
    }
    a->first[i] = (int32_t)first;
    a->count[i] = (int32_t)count;
    for (int64_t k = 0; k < count; k++)
        a->weight[i * a->taps + k] = (int32_t)(0.5 + exact[k] / total * (1 << PRECISION));
}

static void place(axis *a, void *memory)
{
    a->first = memory;
    a->count = a->first + a->new_size;
    a->weight = a->count + a->new_size;
}

/* A plan's layout with its tables in their places. */
static bool open_tables(const lin__resize *r, void *tables, layout *l)
{
    if (!lay_out(r, l)) return false; /* nothing could be made for it */
    place(&l->across, (char *)tables + l->across_at);
    place(&l->down, (char *)tables + l->down_at);
    return true;
}

void lin__resize_weigh(const lin__resize *r, void *tables)
{
    layout l;
    if (!open_tables(r, tables, &l)) return;
    for (int64_t i = 0; i < r->new_width; i++)
        weigh(&l.across, i, tables);
    for (int64_t i = 0; i < r->new_height; i++)
        weigh(&l.down, i, tables);
}

/* ---- The two passes ------------------------------------------------------------------------------- */

static uint8_t to_byte(int32_t sum)
{
    sum >>= PRECISION;
    return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

/* Every row (old width, channels) to (new width, channels). */
static void resize_rows(const axis *a, int64_t rows, int64_t channels, const uint8_t *in, uint8_t *out)
{
    for (int64_t row = 0; row < rows; row++, in += a->old_size * channels)
        for (int64_t i = 0; i < a->new_size; i++) {
            const int32_t *weight = a->weight + i * a->taps;
            const uint8_t *from = in + a->first[i] * channels;
            for (int64_t c = 0; c < channels; c++) {
                int32_t sum = 1 << (PRECISION - 1);
                for (int64_t k = 0; k < a->count[i]; k++)
                    sum += from[k * channels + c] * weight[k];
                *out++ = to_byte(sum);
            }
        }
}

/* Old height rows of `width` bytes to new height ones. */
static void resize_columns(const axis *a, int64_t width, const uint8_t *in, uint8_t *out, int32_t *sums)
{
    for (int64_t i = 0; i < a->new_size; i++, out += width) {
        const uint8_t *from = in + a->first[i] * width;
        for (int64_t x = 0; x < width; x++)
            sums[x] = 1 << (PRECISION - 1);
        for (int64_t k = 0; k < a->count[i]; k++, from += width) {
            int32_t weight = a->weight[i * a->taps + k];
            for (int64_t x = 0; x < width; x++)
                sums[x] += from[x] * weight;
        }
        for (int64_t x = 0; x < width; x++)
            out[x] = to_byte(sums[x]);
    }
}

/* A side that keeps its size has weights of exactly one and zero: its pass is left out. */
void lin__resize_run(const lin__resize *r, const void *tables, const uint8_t *in, uint8_t *out, void *scratch)
{
    layout l;
    if (!open_tables(r, (void *)tables, &l)) return;
    int64_t row = r->new_width * r->channels;
    bool columns = r->height != r->new_height;
    if (r->width != r->new_width) {
        uint8_t *wide = columns ? (uint8_t *)scratch + l.between_at : out;
        resize_rows(&l.across, r->height, r->channels, in, wide);
        in = wide;
    }
    if (columns)
        resize_columns(&l.down, row, in, out, scratch);
    else if (in != out)
        memcpy(out, in, (size_t)(r->new_height * row));
}
