/* Figures as files: the right kind, the same bytes again, whole or not at all. */
#include "support/leaks.h"
#include "support/support.h"

#include "report/page.h"
#include "report/pictures.h"
#include "report/text.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/linnet-savefig-XXXXXX";

static int begin(void **state)
{
    (void)state;
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return rmdir(folder); /* every test leaves it empty */
}

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const lin__pictures *need_pictures(lin_ctx *ctx)
{
    const lin__pictures *pictures;
    if (!lin__pictures_find(ctx, "a picture", &pictures)) return pictures;
    lin_error_clear(ctx);
    skip();
    return NULL;
}

static lin_figure *a_figure(lin_ctx *ctx)
{
    lin_figure *f = lin_subplots(ctx, &(lin_figure_options){.suptitle = "Σ and 中文"});
    lin_plot(lin_axes_at(f, 0), NULL, lin_arange(ctx, 0, 5, 1, LIN_F64), &(lin_style){.fmt = "ro-", .label = "x"});
    return f;
}

static size_t contents(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t got = fread(out, 1, size, file);
    fclose(file);
    return got;
}

static void of_every_kind(void **state)
{
    static const char *const names[] = {"a.png", "b.SVG", "c.pdf"}, *const starts[] = {"\x89PNG", "<?xml", "%PDF"};
    static char once[1 << 18], twice[1 << 18];
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    for (int i = 0; i < 3; i++) {
        const char *path = in_folder(names[i]);
        assert_int_equal(lin_savefig(a_figure(ctx), path, NULL), 0);
        size_t bytes = contents(path, once, sizeof once);
        assert_true(bytes > 500 && bytes < sizeof once);
        assert_memory_equal(once, starts[i], 4);
        if (i != 1) { /* cairo numbers what it writes in an SVG */
            assert_int_equal(lin_savefig(a_figure(ctx), path, NULL), 0);
            assert_int_equal(contents(path, twice, sizeof twice), bytes);
            assert_memory_equal(once, twice, bytes);
        }
        unlink(path);
    }
    check_ok(ctx);
}

static void the_size_in_pixels(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    const char *path = in_folder("a.png");
    assert_int_equal(lin_savefig(a_figure(ctx), path, NULL), 0); /* 3.5 × 2.5 inches at 200 */
    lin_tensor *t = lin_imread(ctx, path);
    assert_int_equal(lin_dim(t, 0), 500);
    assert_int_equal(lin_dim(t, 1), 700);
    assert_int_equal(lin_savefig(a_figure(ctx), path, &(lin_savefig_options){.dpi = 72, .theme = LIN_DARK}), 0);
    t = lin_imread(ctx, path);
    assert_int_equal(lin_dim(t, 0), 180);
    assert_int_equal(lin_dim(t, 1), 252);
    CHECK_VALUES(lin_select(lin_select(t, 0, 0), 0, 0), 0, 0x16, 0x19, 0x1f); /* the dark paper */
    unlink(path);
}

/* The layout's tables are the font's: kerning aside. */
static void widths_are_the_fonts(void **state)
{
    static const char *const lines[] = {"train loss", "0123456789",     "features[:, 1]",
                                        "\u22125.00", "10\u207b\u00b3", "\u03c3\u00b2 = \u00bd",
                                        "Übergröße",  "Привет",         "most often confused: shirt"};
    lin_ctx *ctx = *state;
    const lin__pictures *pictures = need_pictures(ctx);
    char family[LIN__PICTURES_TEXT];
    pictures->font_family("0", family);
    if (strcmp(family, "DejaVu Sans") != 0) skip();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (int bold = 0; bold < 2; bold++) {
            double ours = lin__text_width(lines[i], strlen(lines[i]), 10, bold),
                   theirs = pictures->text_width(lines[i], 10, bold);
            if (fabs(ours - theirs) > 0.02 * theirs) fail_msg("\"%s\": %g points, drawn in %g", lines[i], ours, theirs);
        }
    pictures->font_family("中", family);
    if (*family) assert_true(fabs(pictures->text_width("中文", 10, false) - 20) < 0.5);
}

static void names_that_are_not_pictures(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = a_figure(ctx);
    assert_int_equal(lin_savefig(NULL, "a.png", NULL), LIN_EINVAL);
    assert_int_equal(lin_savefig(f, NULL, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "savefig: the name of the file is NULL");
    assert_int_equal(lin_savefig(f, "", NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "savefig: the name of the file is empty");
    assert_int_equal(lin_savefig(f, "curves.jpg", NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "savefig: curves.jpg: pictures are .png, .svg or .pdf, by the ending of the name");
    assert_int_equal(lin_can_savefig(ctx, "curves"), LIN_EINVAL);
    check_error_has(ctx, LIN_EINVAL, "savefig: curves: pictures are");
    assert_int_equal(lin_savefig(f, "a.png", &(lin_savefig_options){.dpi = 1}), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "savefig: 1 dots per inch; there can be 10 to 2400");
    assert_int_equal(lin_can_savefig(NULL, "a.png"), LIN_EINVAL);
}

static void where_nothing_can_be_written(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    lin_figure *f = a_figure(ctx);
    assert_int_equal(lin_savefig(f, "/there/is/no/folder/a.png", NULL), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "/there/is/no/folder/a.png");
    assert_int_equal(lin_can_savefig(ctx, "/there/is/no/folder/a.svg"), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "/there/is/no/folder/a.svg");
    const char *path = in_folder("full.pdf");
    if (access("/dev/full", W_OK) == 0 && symlink("/dev/full", path) == 0) {
        assert_int_equal(lin_savefig(f, path, NULL), LIN_EIO);
        check_error_has(ctx, LIN_EIO, "full.pdf: cannot be written");
        unlink(path);
    }
    assert_int_equal(lin_savefig(f, in_folder("a.png"), NULL), 0);
    unlink(in_folder("a.png"));
    check_ok(ctx);
}

static void too_many_pixels(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    lin_figure *f = lin_subplots(ctx, &(lin_figure_options){.figsize = {100, 100}});
    assert_int_equal(lin_savefig(f, in_folder("a.png"), NULL), LIN_EIO);
    check_error_has(ctx, LIN_EIO,
                    "a.png: cannot be drawn: the picture would have more than 16384 pixels a side; "
                    "try fewer dots per inch");
}

static void without_the_pictures_part(void **state)
{
    lin_ctx *ctx = *state;
    setenv("LINNET_MODULES", folder, 1);
    int code = lin_savefig(a_figure(ctx), "a.svg", NULL);
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    assert_int_equal(code, LIN_EUNSUPPORTED);
    check_error_has(ctx, LIN_EUNSUPPORTED, "a.svg: pictures are a part of linnet that is not here: there is no ");
    assert_int_not_equal(access("a.svg", F_OK), 0);
}

/* Nothing of a figure is needed to draw an empty one, and a picture of it is no larger than its page. */
static void an_empty_figure(void **state)
{
    lin_ctx *ctx = *state;
    need_pictures(ctx);
    assert_int_equal(lin_savefig(lin_subplots(ctx, NULL), in_folder("a.svg"), NULL), 0);
    unlink(in_folder("a.svg"));
    assert_int_equal(
        lin_savefig(lin_subplots(ctx, &(lin_figure_options){.figsize = {0.5, 0.5}}), in_folder("a.png"), NULL), 0);
    unlink(in_folder("a.png"));
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_every_kind),   TEST(the_size_in_pixels),          TEST(widths_are_the_fonts),
        TEST(too_many_pixels), TEST(names_that_are_not_pictures), TEST(where_nothing_can_be_written),
        TEST(an_empty_figure), TEST(without_the_pictures_part),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
