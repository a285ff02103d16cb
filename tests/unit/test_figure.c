/* Figures, panels, and what can be said of them. */
#include "support/support.h"

#include "report/figure.h"
#include "report/view.h"

#include <math.h>

static lin_axes *an_axes(lin_ctx *ctx)
{
    return lin_axes_at(lin_subplots(ctx, NULL), 0);
}

static void subplots(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_subplots(ctx, NULL);
    assert_int_equal(lin_panels(f), 1);
    assert_true(f->width == 3.5 * 72 && f->height == 2.5 * 72); /* the book's */
    assert_ptr_equal(lin_figure_context(f), ctx);
    f = lin_subplots(ctx, &(lin_figure_options){.nrows = 2, .ncols = 3}); /* every panel has as much */
    assert_true(f->width == 3 * 3.5 * 72 && f->height == 2 * 2.5 * 72);
    f = lin_subplots(ctx, &(lin_figure_options){.ncols = 400}); /* as far as a page goes */
    assert_true(f->width == 200 * 72 && f->height == 2.5 * 72);
    f = lin_subplots(
        ctx, &(lin_figure_options){.nrows = 2, .ncols = 3, .figsize = {6, 4}, .titles = (const char *const[6]){"a"}});
    assert_int_equal(lin_panels(f), 6);
    assert_true(f->width == 6 * 72 && f->height == 4 * 72);
    assert_int_equal(lin_set_size_inches(f, 0.5, 2.51), 0);
    assert_true(f->width == 36 && f->height == 181); /* whole points */
    assert_int_equal(lin_set_size_inches(f, 0, 3), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_size_inches: (0, 3); sides are 0.5 to 200 inches");
    assert_int_equal(lin_set_size_inches(f, 3, 201), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_int_equal(lin_set_size_inches(f, INFINITY, 3), LIN_EINVAL);
    lin_error_clear(ctx);
    assert_int_equal(lin_set_size_inches(NULL, 3, 3), LIN_EINVAL);
    assert_true(f->width == 36 && f->height == 181);
    assert_ptr_equal(lin_axes_at(f, -1), &f->panels[5]);
    assert_string_equal(f->panels[0].title, "a");
    assert_null(f->panels[1].title);
    assert_null(lin_axes_at(f, 6));
    check_error(ctx, LIN_EINVAL, "axes_at: there is no panel 6; the figure has 6");
    assert_null(lin_axes_at(f, -7));
    lin_error_clear(ctx);
    assert_null(lin_subplots(ctx, &(lin_figure_options){.nrows = -1}));
    check_error(ctx, LIN_EINVAL, "subplots: -1 x 0 panels; there can be 1 to 400");
    assert_null(lin_subplots(ctx, &(lin_figure_options){.nrows = 1 << 30, .ncols = 1 << 30}));
    check_error_has(ctx, LIN_EINVAL, "panels; there can be 1 to 400");
    assert_null(lin_subplots(ctx, &(lin_figure_options){.figsize = {0.1, 3}}));
    check_error(ctx, LIN_EINVAL, "subplots: a figsize of (0.1, 3); sides are 0.5 to 200 inches");
    assert_null(lin_subplots(ctx, &(lin_figure_options){.figsize = {NAN, 3}}));
    lin_error_clear(ctx);
    assert_null(lin_subplots(NULL, NULL));
    assert_null(lin_axes_at(NULL, 0));
    assert_int_equal(lin_panels(NULL), 0);
    assert_null(lin_figure_context(NULL));
}

static void set_axes(void **state)
{
    lin_ctx *ctx = *state;
    lin_axes *a = an_axes(ctx);
    assert_int_equal(lin_set_axes(a, &(lin_axes_options){.xlabel = "x", .ylim = {1, 2}, .legend = {"a", "b"}}), 0);
    assert_string_equal(a->x.label, "x");
    assert_string_equal(a->legend[1], "b");
    assert_null(a->legend[2]);
    assert_int_equal(lin_set_axes(a, NULL), 0); /* all of it */
    assert_null(a->x.label);
    assert_null(a->legend[0]);
    assert_int_equal(lin_set_axes(a, &(lin_axes_options){.xlim = {2, 1}}), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_axes: xlim is (2, 1); it takes two finite numbers, the smaller first");
    assert_int_equal(lin_set_axes(a, &(lin_axes_options){.ylim = {0, INFINITY}}), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "ylim is (0, inf)");
    assert_int_equal(lin_set_axes(a, &(lin_axes_options){.ylim = {-1, 2}, .yscale = LIN_SCALE_LOG}), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_axes: ylim begins at -1; a log scale has positive numbers only");
    assert_int_equal(lin_set_axes(a, &(lin_axes_options){.xscale = (lin_scale)7}), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "set_axes: there is no scale 7");
    assert_int_equal(lin_set_axes(NULL, NULL), LIN_EINVAL);
    assert_int_equal(lin_set_xticks(a, (const char *const[]){"a", NULL}, 2), 0);
    assert_string_equal(a->x.names[1], "");
    assert_int_equal(lin_set_xticks(a, NULL, 0), 0);
    assert_null(a->x.names);
    assert_int_equal(lin_set_yticks(NULL, NULL, 0), LIN_EINVAL);
}

/* What a stranger put into a label does not reach the terminal. */
static void labels_are_made_safe(void **state)
{
    lin_ctx *ctx = *state;
    lin_axes *a = an_axes(ctx);
    lin_set_axes(a, &(lin_axes_options){.title = "two\nlines", .xlabel = "red\033[31m", .ylabel = "\xff\xfe"});
    assert_string_equal(a->title, "two\nlines");
    assert_string_equal(a->x.label, "red\\x1B[31m");
    assert_string_equal(a->y.label, "\\xFF\\xFE");
    assert_null(strchr(lin_frame(a->figure, NULL), '\033'));
}

static void styles(void **state)
{
    static const struct {
        const char *fmt;
        lin__ink ink;
        lin__dash dash;
        lin__marker marker;
    } cases[] = {
        {"-", 0, LIN__SOLID, LIN__NO_MARKER},     {"m--", 3, LIN__DASHED, LIN__NO_MARKER},
        {"g-.", 2, LIN__DASHDOT, LIN__NO_MARKER}, {"r:", 1, LIN__DOTTED, LIN__NO_MARKER},
        {"bo", 0, LIN__NO_LINE, LIN__DOT},        {"k^-", LIN__INK_TEXT, LIN__SOLID, LIN__TRIANGLE},
        {"c", 4, LIN__SOLID, LIN__NO_MARKER},     {"--s", 0, LIN__DASHED, LIN__SQUARE},
        {"", 0, LIN__SOLID, LIN__NO_MARKER},
    };
    lin_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lin__look look = {.ink = LIN__INK_NONE, .dash = LIN__SOLID};
        assert_int_equal(lin__look_of(an_axes(ctx), &(lin_style){.fmt = cases[i].fmt}, "plot", &look), 0);
        if (look.ink != cases[i].ink || look.dash != cases[i].dash || look.marker != cases[i].marker)
            fail_msg("\"%s\" is colour %u, line %d, marker %d", cases[i].fmt, look.ink, look.dash, look.marker);
    }
}

static lin__ink ink_of(lin_ctx *ctx, const char *color)
{
    lin__look look = {.ink = LIN__INK_NONE};
    return lin__look_of(an_axes(ctx), &(lin_style){.color = color}, "plot", &look) ? LIN__INK_NONE : look.ink;
}

static void colours(void **state)
{
    lin_ctx *ctx = *state;
    assert_int_equal(ink_of(ctx, "C7"), 7);
    assert_int_equal(ink_of(ctx, "#ff8800"), LIN__INK_RGB | 0xff8800);
    assert_int_equal(ink_of(ctx, "#FF8800"), LIN__INK_RGB | 0xff8800);
    assert_int_equal(ink_of(ctx, "muted"), LIN__INK_MUTED);
    assert_int_equal(ink_of(ctx, "r"), 1);
    check_ok(ctx);
    static const char *const wrong[] = {"C8", "#ff880", "#ff88zz", "purple", "", "C"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(ink_of(ctx, wrong[i]), LIN__INK_NONE);
        check_error_has(ctx, LIN_EINVAL, "plot: color \"");
    }
    lin_axes *a = an_axes(ctx); /* one after the other, round and round */
    for (int i = 0; i < 9; i++)
        lin_plot(a, NULL, lin_ones(ctx, LIN_SHAPE(2)), NULL);
    const lin__artist *last = a->first;
    for (int i = 0; i < 8; i++, last = last->next)
        assert_int_equal(last->look.ink, i);
    assert_int_equal(last->look.ink, 0);
}

static void wrong_styles(void **state)
{
    lin_ctx *ctx = *state;
    lin_axes *a = an_axes(ctx);
    lin_tensor *y = lin_ones(ctx, LIN_SHAPE(3));
    assert_int_equal(lin_plot(a, NULL, y, &(lin_style){.fmt = "m-z"}), LIN_EINVAL);
    check_error(
        ctx, LIN_EINVAL,
        "plot: fmt \"m-z\"; it is made of a colour (b r g m c y k), a marker (. o x s ^ +) and a line (- -- -. :)");
    assert_int_equal(lin_scatter(a, y, y, &(lin_style){.alpha = 2}), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "scatter: linewidth 0, markersize 0, alpha 2;");
    assert_int_equal(lin_bar(a, NULL, y, &(lin_style){.linewidth = -1}), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "bar: linewidth -1");
    assert_null(a->first); /* nothing was added */
}

static void coordinates(void **state)
{
    lin_ctx *ctx = *state;
    lin_axes *a = an_axes(ctx);
    lin_tensor *x = lin_arange(ctx, 0, 6, 1, LIN_I64),
               *m = lin_reshape(lin_arange(ctx, 0, 6, 1, LIN_F32), LIN_SHAPE(2, 3));
    assert_int_equal(lin_plot(a, x, lin_transpose(m, 0, 1), NULL), 0); /* any type, any strides */
    const double *y = a->first->u.series.y;
    assert_true(y[0] == 0 && y[1] == 3 && y[2] == 1 && y[5] == 5);
    assert_int_equal(lin_plot(a, lin_slice(x, 0, 0, 5), m, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "plot: x has 5 elements, y has 6; they must be equal");
    assert_int_equal(lin_fill_between(a, x, m, lin_slice(x, 0, 0, 2), NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "fill_between: y2 has 2 elements, y1 has 6; they must be equal");
    assert_int_equal(lin_plot(a, x, NULL, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "plot: y is NULL");
    assert_int_equal(lin_plot(NULL, x, x, NULL), LIN_EINVAL);
    assert_int_equal(lin_plot(a, NULL, lin_zeros(ctx, LIN_SHAPE(0)), NULL), 0); /* no points at all */
    assert_int_equal(lin_axhline(a, NAN, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "axhline: nan is no place on an axis");
    assert_int_equal(lin_annotate(a, NULL, 0, 0, LIN_CENTER, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "annotate: the text is NULL");
    assert_int_equal(lin_annotate(a, "x", INFINITY, 0, LIN_CENTER, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "annotate: (inf, 0) is no point");
    assert_int_equal(lin_annotate(a, "x", 0, 0, (lin_place)9, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "annotate: there is no place 9");
}

static void images(void **state)
{
    lin_ctx *ctx = *state;
    lin_axes *a = an_axes(ctx);
    assert_int_equal(lin_imshow(a, lin_ones(ctx, LIN_SHAPE(1, 4, 5)), NULL), 0);
    assert_int_equal(a->first->u.cells.rows, 4);
    assert_int_equal(a->first->u.cells.columns, 5);
    assert_true(a->bare);
    assert_int_equal(lin_imshow(an_axes(ctx), lin_full_dtype(ctx, 3, LIN_SHAPE(4, 5, 3), LIN_U8), NULL), 0);
    assert_int_equal(lin_imshow(a, lin_ones(ctx, LIN_SHAPE(4)), NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "imshow: the image is f32 (4); it must be (H, W), (1, H, W), or u8 (H, W, 3)");
    assert_int_equal(lin_imshow(a, lin_ones(ctx, LIN_SHAPE(4, 0)), NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "imshow: the image is (4, 0); sides are 1 to 16384");
    assert_int_equal(lin_imshow(a, NULL, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "imshow: the image is NULL");
    assert_int_equal(lin_imshow(a, lin_ones(ctx, LIN_SHAPE(2, 2)), &(lin_imshow_options){.cmap = (lin_cmap)5}),
                     LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "imshow: there is no colour map 5");
    assert_int_equal(lin_imshow(a, lin_ones(ctx, LIN_SHAPE(2, 2)), &(lin_imshow_options){.vmin = 2, .vmax = 1}),
                     LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "imshow: vmin 2 and vmax 1; the smaller comes first");
    lin_axes *b = an_axes(ctx);
    const float odd[] = {NAN, INFINITY, -3, 1};
    assert_int_equal(
        lin_imshow(b, lin_from_f32(ctx, odd, LIN_SHAPE(2, 2)), &(lin_imshow_options){.cmap = LIN_DIVERGING}), 0);
    assert_true(b->first->u.cells.low == -3 && b->first->u.cells.high == 3); /* zero in the middle */
}

/* ---- What a panel shows ------------------------------------------------------------------------------------- */

static void check_range(const lin__range *r, double low, double high)
{
    if (fabs(r->low - low) > 1e-9 || fabs(r->high - high) > 1e-9)
        fail_msg("[%g, %g], expected [%g, %g]", r->low, r->high, low, high);
}

static lin__view view_of(lin_axes *a)
{
    lin__view v;
    lin__view_ranges(a, &v);
    return v;
}

static void ranges(void **state)
{
    lin_ctx *ctx = *state;
    lin_axes *a = an_axes(ctx);
    lin__view v = view_of(a);
    check_range(&v.x, 0, 1); /* nothing yet */
    lin_plot(a, NULL, lin_from_f64(ctx, (const double[]){1, NAN, 3, INFINITY, 2}, LIN_SHAPE(5)), NULL);
    v = view_of(a);
    check_range(&v.x, -0.16, 4.16);
    check_range(&v.y, 0.92, 3.08);
    assert_true(v.x.whole && v.y.whole);
    lin_set_axes(a, &(lin_axes_options){.xlim = {1, 2}});
    v = view_of(a);
    check_range(&v.x, 1, 2); /* as it was said */
    lin_axes *b = an_axes(ctx);
    lin_bar(b, NULL, lin_from_f64(ctx, (const double[]){1, 2.5}, LIN_SHAPE(2)), NULL);
    v = view_of(b);
    check_range(&v.x, -0.5, 1.5);
    check_range(&v.y, 0, 2.6); /* bars stand on the axis */
    lin_axes *c = an_axes(ctx);
    lin_plot(c, NULL, lin_full(ctx, 5, LIN_SHAPE(3)), NULL);
    v = view_of(c);
    check_range(&v.y, 4.75, 5.25); /* a constant is in the middle */
    lin_set_axes(c, &(lin_axes_options){.yscale = LIN_SCALE_LOG});
    v = view_of(c);
    check_range(&v.y, 2.5, 10);
    assert_true(isnan(lin__range_at(&v.y, 0)) && isnan(lin__range_at(&v.y, -1)));
    assert_true(fabs(lin__range_at(&v.y, 5) - 0.5) < 1e-12);
}

static void segments_are_clipped(void **state)
{
    (void)state;
    const lin__rect box = {0, 0, 10, 10};
    lin__point a = {-5, 5}, b = {15, 5};
    assert_true(lin__clip_segment(&box, &a, &b));
    assert_true(a.x == 0 && a.y == 5 && b.x == 10 && b.y == 5);
    a = (lin__point){1, 1}, b = (lin__point){9, 9};
    assert_true(lin__clip_segment(&box, &a, &b));
    assert_true(a.x == 1 && b.y == 9); /* untouched */
    a = (lin__point){-5, 0}, b = (lin__point){0, -5};
    assert_false(lin__clip_segment(&box, &a, &b)); /* past the corner */
    a = (lin__point){20, 20}, b = (lin__point){30, 30};
    assert_false(lin__clip_segment(&box, &a, &b));
    a = b = (lin__point){3, 3};
    assert_true(lin__clip_segment(&box, &a, &b));
}

static double area_of(const lin__point *p, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        lin__point a = p[i], b = p[i + 1 < n ? i + 1 : 0];
        sum += a.x * b.y - b.x * a.y;
    }
    return fabs(sum) / 2;
}

static void polygons_are_clipped(void **state)
{
    (void)state;
    const lin__rect box = {0, 0, 10, 10};
    const lin__point square[] = {{-5, -5}, {5, -5}, {5, 5}, {-5, 5}},
                     whole[] = {{-1, -1}, {11, -1}, {11, 11}, {-1, 11}};
    const lin__point saw[] = {{0, 5}, {2, 20}, {4, 5}, {6, 20}, {8, 5}, {10, 20}, {10, 0}, {0, 0}};
    lin__point out[56], spare[56];
    assert_true(area_of(out, lin__clip_polygon(&box, square, 4, out, spare)) == 25);
    assert_true(area_of(out, lin__clip_polygon(&box, whole, 4, out, spare)) == 100);
    int64_t n = lin__clip_polygon(&box, saw, 8, out, spare);
    for (int64_t i = 0; i < n; i++)
        assert_true(lin__inside(&box, out[i]));
    /* the gaps between the teeth are triangles of height 5 above y = 5 with bases 2/3 beside 0, 4/3 at 4 and at 8 */
    assert_true(fabs(area_of(out, n) - (100 - 5 * (2.0 / 3 + 4.0 / 3 + 4.0 / 3) / 2)) < 1e-9);
    assert_int_equal(lin__clip_polygon(&box, (const lin__point[]){{20, 20}, {30, 20}, {30, 30}}, 3, out, spare), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(subplots),
        TEST(set_axes),
        TEST(labels_are_made_safe),
        TEST(styles),
        TEST(colours),
        TEST(images),
        TEST(wrong_styles),
        TEST(coordinates),
        TEST(ranges),
        TEST(segments_are_clipped),
        TEST(polygons_are_clipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
