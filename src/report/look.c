/* Styles in matplotlib's words: "m--", "g-.", "ro", "C3", "#ff8800". */
#include "report/figure.h"

#include <math.h>
#include <string.h>

/* The letters are those colours of the cycle that come nearest, so that red and green can be told apart by everyone. */
static bool letter_ink(char c, lin__ink *ink)
{
    static const char letters[] = "brgmcyk";
    static const lin__ink inks[] = {0, 1, 2, 3, 4, 5, LIN__INK_TEXT};
    const char *at = c ? strchr(letters, c) : NULL;
    if (at) *ink = inks[at - letters];
    return at;
}

static bool marker_of(char c, lin__marker *marker)
{
    static const char letters[] = ".oxs^+";
    static const lin__marker markers[] = {LIN__DOT, LIN__DOT, LIN__CROSS, LIN__SQUARE, LIN__TRIANGLE, LIN__PLUS};
    const char *at = c ? strchr(letters, c) : NULL;
    if (at) *marker = markers[at - letters];
    return at;
}

/* Length of the line style at s, the longest that fits; 0 for none. */
static size_t dash_of(const char *s, lin__dash *dash)
{
    static const struct {
        const char *text;
        lin__dash dash;
    } styles[] = {{"--", LIN__DASHED}, {"-.", LIN__DASHDOT}, {"-", LIN__SOLID}, {":", LIN__DOTTED}};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        size_t length = strlen(styles[i].text);
        if (strncmp(s, styles[i].text, length) != 0) continue;
        *dash = styles[i].dash;
        return length;
    }
    return 0;
}

/* What a fmt names counts alone: "o" is a marker without a line. */
static bool parse_fmt(const char *fmt, lin__look *look)
{
    lin__dash dash = LIN__NO_LINE;
    lin__marker marker = LIN__NO_MARKER;
    for (const char *s = fmt; *s;) {
        size_t length = dash_of(s, &dash);
        if (!length && !letter_ink(*s, &look->ink) && !marker_of(*s, &marker)) return false;
        s += length ? length : 1;
    }
    if (dash == LIN__NO_LINE && marker == LIN__NO_MARKER) return true;
    look->dash = dash;
    look->marker = marker;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_color(const char *color, lin__ink *ink)
{
    static const struct {
        const char *name;
        lin__ink ink;
    } named[] = {
        {"text", LIN__INK_TEXT}, {"muted", LIN__INK_MUTED}, {"right", LIN__INK_RIGHT}, {"wrong", LIN__INK_WRONG}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (!strcmp(color, named[i].name)) return *ink = named[i].ink, true;
    if (strlen(color) == 1) return letter_ink(*color, ink);
    if (color[0] == 'C' && color[1] >= '0' && color[1] < '0' + LIN__INK_CYCLE && !color[2])
        return *ink = (lin__ink)(color[1] - '0'), true;
    if (color[0] != '#' || strlen(color) != 7) return false;
    uint32_t rgb = 0;
    for (int i = 1; i < 7; i++) {
        int digit = hex_digit(color[i]);
        if (digit < 0) return false;
        rgb = rgb << 4 | (uint32_t)digit;
    }
    *ink = LIN__INK_RGB | rgb;
    return true;
}

static bool good_number(double x, double most)
{
    return isfinite(x) && x >= 0 && x <= most;
}

int lin__look_of(lin_axes *axes, const lin_style *style, const char *what, lin__look *look)
{
    lin_ctx *ctx = axes->figure->ctx;
    lin_style s = style ? *style : (lin_style){0};
    if (s.fmt && !parse_fmt(s.fmt, look))
        return lin__fail(ctx, LIN_EINVAL,
                         "%s: fmt \"%s\"; it is made of a colour (b r g m c y k), a marker (. o x s ^ +) and a line "
                         "(- -- -. :)",
                         what, s.fmt);
    if (s.color && !parse_color(s.color, &look->ink))
        return lin__fail(ctx, LIN_EINVAL,
                         "%s: color \"%s\"; it is a letter (b r g m c y k), \"C0\" to \"C7\", \"#rrggbb\", \"text\" or "
                         "\"muted\"",
                         what, s.color);
    if (!good_number(s.linewidth, 100) || !good_number(s.markersize, 100) || !good_number(s.alpha, 1))
        return lin__fail(ctx, LIN_EINVAL,
                         "%s: linewidth %g, markersize %g, alpha %g; sizes are 0 to 100 points, alpha is 0 to 1", what,
                         s.linewidth, s.markersize, s.alpha);
    if (look->ink == LIN__INK_NONE) look->ink = (lin__ink)(axes->cycle++ % LIN__INK_CYCLE);
    if (s.linewidth != 0) look->width = s.linewidth;
    if (s.markersize != 0) look->size = s.markersize;
    if (s.alpha != 0) look->alpha = s.alpha;
    return 0;
}
