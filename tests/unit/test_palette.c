/* The colours are told apart by everyone, and can be read on their paper. */
#include "support/support.h"

#include "report/palette.h"

#include <math.h>

/* Linear RGB as it is seen: Machado, Oliveira and Fernandes 2009, full severity. */
static const double eyes[][9] = {
    {1, 0, 0, 0, 1, 0, 0, 0, 1},
    {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},  /* protanopia */
    {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},   /* deuteranopia */
    {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900}}; /* tritanopia */

static double f(double t)
{
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

/* CIELAB (D65) of a colour seen by an eye. */
static void lab_of(uint32_t rgb, const double *eye, double lab[3])
{
    double linear[3], seen[3];
    for (int k = 0; k < 3; k++) {
        double c = (rgb >> (16 - 8 * k) & 0xff) / 255.0;
        linear[k] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
    }
    for (int k = 0; k < 3; k++)
        seen[k] = fmin(1, fmax(0, eye[3 * k] * linear[0] + eye[3 * k + 1] * linear[1] + eye[3 * k + 2] * linear[2]));
    double x = f((0.4124 * seen[0] + 0.3576 * seen[1] + 0.1805 * seen[2]) / 0.95047);
    double y = f(0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]);
    double z = f((0.0193 * seen[0] + 0.1192 * seen[1] + 0.9505 * seen[2]) / 1.08883);
    lab[0] = 116 * y - 16;
    lab[1] = 500 * (x - y);
    lab[2] = 200 * (y - z);
}

static double distance(uint32_t a, uint32_t b, const double *eye)
{
    double p[3], q[3];
    lab_of(a, eye, p);
    lab_of(b, eye, q);
    return sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
}

/* Two colours 2.3 apart are just told apart side by side; thin lines far from each other need several times that. */
static void any_two_colours(void **state)
{
    (void)state;
    for (int theme = LIN_LIGHT; theme <= LIN_DARK; theme++)
        for (int eye = 0; eye < 4; eye++)
            for (lin__ink i = 0; i < LIN__INK_CYCLE; i++)
                for (lin__ink j = 0; j < i; j++) {
                    uint32_t a = lin__ink_rgb((lin_theme)theme, i), b = lin__ink_rgb((lin_theme)theme, j);
                    if (distance(a, b, eyes[eye]) < 13.5)
                        fail_msg("theme %d, eye %d: colours %u and %u are %.1f apart", theme, eye, j, i,
                                 distance(a, b, eyes[eye]));
                }
}

static void on_their_paper(void **state)
{
    (void)state;
    for (int t = LIN_LIGHT; t <= LIN_DARK; t++) {
        lin_theme theme = (lin_theme)t;
        uint32_t paper = lin__ink_rgb(theme, LIN__INK_PAPER);
        assert_true(lin__contrast(lin__ink_rgb(theme, LIN__INK_TEXT), paper) > 12);
        assert_true(lin__contrast(lin__ink_rgb(theme, LIN__INK_MUTED), paper) > 4.5); /* WCAG AA for text */
        assert_true(lin__contrast(lin__ink_rgb(theme, LIN__INK_WRONG), paper) > 4.5);
        assert_true(lin__contrast(lin__ink_rgb(theme, LIN__INK_RIGHT), paper) > 4.5);
        assert_true(lin__contrast(lin__ink_rgb(theme, LIN__INK_TEXT), lin__ink_rgb(theme, LIN__INK_NODE)) > 7);
        for (lin__ink i = 0; i < 4; i++) /* the curves of most figures; WCAG for graphics */
            assert_true(lin__contrast(lin__ink_rgb(theme, i), paper) > 3);
        for (lin__ink i = 4; i < LIN__INK_CYCLE; i++)
            assert_true(lin__contrast(lin__ink_rgb(theme, i), paper) > 2.5);
    }
}

/* Numbers on any cell of a map can be read. */
static void on_every_cell(void **state)
{
    (void)state;
    for (int t = LIN_LIGHT; t <= LIN_DARK; t++)
        for (int map = LIN_GREY; map <= LIN_DIVERGING; map++)
            for (int i = 0; i <= 100; i++) {
                const lin__note note = {.cell = i / 100.0, .cmap = (lin_cmap)map};
                uint32_t cell = lin__cmap_rgb((lin_theme)t, note.cmap, note.cell);
                assert_true(lin__contrast(lin__note_rgb((lin_theme)t, LIN__INK_ON_CELL, &note), cell) > 4);
            }
}

static void maps(void **state)
{
    (void)state;
    assert_int_equal(lin__cmap_rgb(LIN_LIGHT, LIN_GREY, 0), 0);
    assert_int_equal(lin__cmap_rgb(LIN_LIGHT, LIN_GREY, 1), 0xffffff);
    assert_int_equal(lin__cmap_rgb(LIN_LIGHT, LIN_GREY, 7), 0xffffff);
    assert_int_equal(lin__cmap_rgb(LIN_LIGHT, LIN_GREY, NAN), 0);
    for (int i = 1; i <= 100; i++) /* brighter and brighter; darker and darker */
        assert_true(lin__luminance(lin__cmap_rgb(LIN_LIGHT, LIN_BLUES, i / 100.0)) <
                        lin__luminance(lin__cmap_rgb(LIN_LIGHT, LIN_BLUES, (i - 1) / 100.0)) &&
                    lin__luminance(lin__cmap_rgb(LIN_DARK, LIN_BLUES, i / 100.0)) >
                        lin__luminance(lin__cmap_rgb(LIN_DARK, LIN_BLUES, (i - 1) / 100.0)));
    lin__cells cells = {.cmap = LIN_DIVERGING, .low = -2, .high = 2};
    assert_true(lin__cell_place(&cells, 0) == 0.5 && lin__cell_place(&cells, 9) == 1 &&
                lin__cell_place(&cells, -2) == 0);
    cells.low = cells.high = 0;
    assert_true(lin__cell_place(&cells, 0) == 0.5);
    cells.cmap = LIN_GREY;
    assert_true(lin__cell_place(&cells, 0) == 0);
}

static uint32_t xterm_rgb(int index)
{
    if (index >= 232) return (uint32_t)(8 + 10 * (index - 232)) * 0x010101;
    static const uint32_t levels[] = {0, 95, 135, 175, 215, 255};
    index -= 16;
    return levels[index / 36] << 16 | levels[index / 6 % 6] << 8 | levels[index % 6];
}

static int apart(uint32_t a, uint32_t b)
{
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        sum += d * d;
    }
    return sum;
}

/* No other of the 240 is nearer. */
static void the_nearest_of_256(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4096 * 4; i++) {
        uint32_t rgb = i * 1021 % 0x1000000;
        int index = lin__xterm_color(rgb);
        assert_true(index >= 16 && index <= 255);
        for (int other = 16; other <= 255; other++)
            if (apart(rgb, xterm_rgb(other)) < apart(rgb, xterm_rgb(index)))
                fail_msg("#%06x: %d, but %d is nearer", rgb, index, other);
    }
}

/* The coarse maps are made of the 256 colours themselves, and go the same way as the fine ones. */
static void coarse_maps(void **state)
{
    (void)state;
    for (int t = LIN_LIGHT; t <= LIN_DARK; t++)
        for (int map = LIN_BLUES; map <= LIN_DIVERGING; map++)
            for (int i = 0; i <= 100; i++) {
                uint32_t rgb = lin__cmap_rgb_256((lin_theme)t, (lin_cmap)map, i / 100.0);
                assert_int_equal(xterm_rgb(lin__xterm_color(rgb)), rgb);
                if (map == LIN_DIVERGING && (i < 20 || i > 80)) /* blue and red to their ends */
                    assert_true((i < 50) == ((rgb & 0xff) > (rgb >> 16)));
            }
    for (int i = 1; i <= 6; i++)
        assert_true(lin__luminance(lin__cmap_rgb_256(LIN_LIGHT, LIN_BLUES, i / 6.0)) <
                        lin__luminance(lin__cmap_rgb_256(LIN_LIGHT, LIN_BLUES, (i - 1) / 6.0)) &&
                    (i < 2 || lin__luminance(lin__cmap_rgb_256(LIN_DARK, LIN_BLUES, i / 6.0)) >
                                  lin__luminance(lin__cmap_rgb_256(LIN_DARK, LIN_BLUES, (i - 1) / 6.0))));
    assert_int_equal(lin__cmap_rgb_256(LIN_DARK, LIN_BLUES, NAN), 0x1c1c1c);
    assert_int_equal(lin__cmap_rgb_256(LIN_DARK, LIN_GREY, 1), 0xffffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_two_colours),    TEST(on_their_paper), TEST(on_every_cell), TEST(maps),
        TEST(the_nearest_of_256), TEST(coarse_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
