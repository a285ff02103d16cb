/* Figures in a terminal: any size, any colours, nothing but what they should write. The pictures themselves are stored:
 * tests/report. */
#include "support/pty.h"
#include "support/screen.h"

#include <math.h>

static lin_figure *curves(lin_ctx *ctx)
{
    lin_figure *f = lin_subplots(ctx, NULL);
    lin_axes *a = lin_axes_at(f, 0);
    lin_set_axes(
        a, &(lin_axes_options){.title = "标题", .xlabel = "轮次 x", .ylabel = "loss", .legend = {"训练损失", "b"}});
    lin_plot(a, NULL, lin_arange(ctx, 0, 9, 1, LIN_F64), NULL);
    lin_plot(a, NULL, lin_neg(lin_arange(ctx, 0, 9, 1, LIN_F64)), &(lin_style){.fmt = "r--"});
    return f;
}

static lin_figure *mixed(lin_ctx *ctx)
{
    lin_figure *f = lin_subplots(
        ctx, &(lin_figure_options){.nrows = 2, .ncols = 2, .suptitle = "four", .caption = "a caption of words"});
    lin_tensor *y = lin_from_f64(ctx, (const double[]){3, -1, 2}, LIN_SHAPE(3));
    lin_bar(lin_axes_at(f, 0), NULL, y, NULL);
    lin_barh(lin_axes_at(f, 1), NULL, y, NULL);
    lin_set_yticks(lin_axes_at(f, 1), (const char *const[]){"一", "two", "three"}, 3);
    lin_imshow(lin_axes_at(f, 2), lin_reshape(lin_arange(ctx, 0, 64, 1, LIN_F32), LIN_SHAPE(8, 8)), NULL);
    lin_fill_between(lin_axes_at(f, 3), NULL, y, lin_neg(y), NULL);
    lin_annotate(lin_axes_at(f, 3), "note", 1, 0, LIN_LEFT, NULL);
    return f;
}

static lin_figure *grid(lin_ctx *ctx)
{
    const char *const titles[] = {"a", "文字标题", "a long title of an image", "d", "e"};
    return lin_show_images(lin_full(ctx, 0.5, LIN_SHAPE(5, 9, 7)), 1, 5, titles, 0);
}

static lin_figure *matrix(lin_ctx *ctx)
{
    const char *const names[] = {"first", "第二", "third"};
    return lin_confusion_figure(lin_from_i64(ctx, (const int64_t[]){5, 1, 0, 2, 7, 1, 0, 0, 9}, LIN_SHAPE(3, 3)),
                                (lin_names){3, names});
}

static lin_figure *network(lin_ctx *ctx)
{
    return lin_network_figure(ctx, 9, 2);
}

/* Lines no longer than the terminal, no more of them than it has rows; the small terminal knows every escape
 * sequence. */
static void check_size(const char *frame, int columns, int rows)
{
    int lines = 0;
    for (const char *c = frame; *c; lines++) {
        int used = 0;
        while (*c != '\n') {
            if (*c == '\033')
                c += strcspn(c, "m") + 1;
            else
                used += lin__char_columns(lin__utf8_next(&c));
        }
        c++;
        if (used > columns) fail_msg("line %d has %d columns of %d", lines, used, columns);
    }
    if (lines > rows) fail_msg("%d lines of %d", lines, rows);
    static screen s;
    if (columns > SCREEN_COLUMNS || rows >= SCREEN_ROWS) return;
    screen_init(&s, columns, rows + 1);
    screen_write(&s, frame);
    assert_false(s.colored);
}

static void any_size(void **state)
{
    static lin_figure *(*const figures[])(lin_ctx *) = {curves, mixed, grid, matrix, network};
    static const int sizes[][2] = {{1, 1},  {2, 2},   {3, 1},   {1, 9},   {5, 3},    {9, 4},   {12, 6},
                                   {17, 9}, {30, 10}, {60, 15}, {80, 24}, {133, 43}, {199, 7}, {300, 90}};
    lin_ctx *ctx = *state;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        lin_figure *f = figures[i](ctx);
        check_ok(ctx);
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            for (int variant = 0; variant < 6; variant++) {
                lin_region scratch = lin_mark(ctx);
                const lin_terminal t = {.columns = sizes[k][0],
                                        .rows = sizes[k][1],
                                        .colors = (lin_colors)(variant % 3),
                                        .ascii = variant >= 3};
                const char *frame = lin_frame(f, &t);
                assert_non_null(frame);
                check_size(frame, t.columns, t.rows);
                for (const char *c = frame; t.ascii && *c; c++)
                    assert_true((unsigned char)*c < 0x80);
                assert_true(t.colors || !strchr(frame, '\033'));
                lin_release(scratch);
            }
    }
    check_ok(ctx);
}

static void colours_are_asked_for(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = curves(ctx);
    assert_non_null(
        strstr(lin_frame(f, &(lin_terminal){.colors = LIN_TRUE_COLORS}), "\033[0;38;2;31;95;168m")); /* C0 */
    assert_non_null(strstr(lin_frame(f, &(lin_terminal){.colors = LIN_COLORS_256}), "\033[0;38;5;25m"));
    assert_null(strstr(lin_frame(f, &(lin_terminal){.colors = LIN_COLORS_256}), ";2;"));
}

static void wrong_use(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_frame(NULL, NULL));
    assert_null(lin_frame(curves(ctx), &(lin_terminal){.columns = 1001}));
    check_error(ctx, LIN_EINVAL, "frame: a terminal of 1001 x 24; there can be 1 to 1000 columns and rows");
    assert_null(lin_frame(curves(ctx), &(lin_terminal){.rows = -1}));
    lin_error_clear(ctx);
    assert_int_equal(lin_show(NULL, stdout), LIN_EINVAL);
    assert_int_equal(lin_show(curves(ctx), NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "show: the file is NULL");
}

/* ---- What a stream can show ------------------------------------------------------------------------------------ */

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static lin_terminal terminal_with(FILE *out, const char *term, const char *more, const char *no_color)
{
    set("TERM", term);
    set("COLORTERM", more);
    set("NO_COLOR", no_color);
    return lin_terminal_of(out);
}

static void of_a_terminal(void **state)
{
    (void)state;
    pty p = pty_open(132, 43);
    lin_terminal t = terminal_with(p.terminal, "xterm-256color", NULL, NULL);
    assert_int_equal(t.columns, 132);
    assert_int_equal(t.rows, 43);
    assert_int_equal(t.colors, LIN_COLORS_256);
    assert_true(t.in_place);
    assert_int_equal(terminal_with(p.terminal, "xterm", "truecolor", NULL).colors, LIN_TRUE_COLORS);
    assert_int_equal(terminal_with(p.terminal, "xterm-direct", NULL, NULL).colors, LIN_TRUE_COLORS);
    assert_int_equal(terminal_with(p.terminal, "xterm", "truecolor", "1").colors, LIN_NO_COLORS);
    assert_int_equal(terminal_with(p.terminal, "xterm", "truecolor", "").colors, LIN_TRUE_COLORS);
    t = terminal_with(p.terminal, "dumb", "truecolor", NULL);
    assert_true(t.colors == LIN_NO_COLORS && !t.in_place);
    t = terminal_with(p.terminal, NULL, NULL, NULL);
    assert_true(t.colors == LIN_NO_COLORS && !t.in_place);
    pty_resize(&p, 0, 0); /* it does not say */
    t = terminal_with(p.terminal, "xterm", NULL, NULL);
    assert_true(t.columns == 80 && t.rows == 24);
    pty_resize(&p, 5000, 5000);
    t = terminal_with(p.terminal, "xterm", NULL, NULL);
    assert_true(t.columns == LIN_TERMINAL_MAX && t.rows == LIN_TERMINAL_MAX);
    pty_close(&p);
}

static bool ascii_with(const char *all, const char *ctype, const char *lang)
{
    set("LC_ALL", all);
    set("LC_CTYPE", ctype);
    set("LANG", lang);
    return lin_terminal_of(stdout).ascii;
}

static void of_a_locale(void **state)
{
    (void)state;
    assert_false(ascii_with(NULL, NULL, "en_US.UTF-8"));
    assert_false(ascii_with("C.utf8", NULL, "C"));
    assert_false(ascii_with("", "de_DE.UTF-8", NULL));
    assert_true(ascii_with(NULL, NULL, NULL));
    assert_true(ascii_with("C", "de_DE.UTF-8", "de_DE.UTF-8"));
    assert_true(ascii_with(NULL, NULL, "de_DE.ISO-8859-1"));
}

static lin_theme theme_with(FILE *out, const char *colors)
{
    set("COLORFGBG", colors);
    return lin_terminal_of(out).theme;
}

static void of_a_background(void **state)
{
    (void)state;
    pty p = pty_open(80, 24);
    assert_int_equal(theme_with(p.terminal, "0;15"), LIN_LIGHT);
    assert_int_equal(theme_with(p.terminal, "0;default;7"), LIN_LIGHT);
    assert_int_equal(theme_with(p.terminal, "15;0"), LIN_DARK);
    assert_int_equal(theme_with(p.terminal, NULL), LIN_DARK);
    FILE *file = tmpfile(); /* where colours are asked for, it is on its way to a terminal */
    assert_int_equal(theme_with(file, "0;15"), LIN_LIGHT);
    assert_int_equal(theme_with(file, NULL), LIN_DARK);
    fclose(file);
    pty_close(&p);
}

/* Into a pipe or a file: 80 columns of plain text, whatever the environment says. */
static void of_a_file(void **state)
{
    lin_ctx *ctx = *state;
    set("LC_ALL", "C.UTF-8");
    FILE *file = tmpfile();
    lin_terminal t = terminal_with(file, "xterm", "truecolor", NULL);
    assert_true(t.columns == 80 && t.rows == 24 && t.colors == LIN_NO_COLORS && !t.in_place && !t.ascii);
    lin_figure *f = curves(ctx);
    assert_int_equal(lin_show(f, file), 0);
    long size = ftell(file);
    const char *frame = lin_frame(f, NULL);
    assert_int_equal(size, strlen(frame));
    char *text = calloc((size_t)size + 1, 1);
    rewind(file);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    assert_string_equal(text, frame);
    free(text);
    fclose(file);
    t = lin_terminal_of(NULL);
    assert_true(t.columns == 80 && !t.in_place);
}

static void a_full_device(void **state)
{
    lin_ctx *ctx = *state;
    FILE *full = fopen("/dev/full", "w");
    if (!full) skip();
    assert_int_equal(lin_show(curves(ctx), full), LIN_EIO);
    check_error_has(ctx, LIN_EIO, "show: the figure cannot be written");
    fclose(full);
}

/* One row is left for the prompt. */
static void shown_on_a_terminal(void **state)
{
    static char bytes[1 << 16];
    lin_ctx *ctx = *state;
    set("LC_ALL", "C.UTF-8");
    pty p = pty_open(60, 20);
    terminal_with(p.terminal, "xterm", NULL, "1");
    assert_int_equal(lin_show(curves(ctx), p.terminal), 0);
    pty_read(&p, bytes, sizeof bytes);
    assert_string_equal(bytes, lin_frame(curves(ctx), &(lin_terminal){.columns = 60, .rows = 19}));
    pty_close(&p);
}

/* ---- What is drawn --------------------------------------------------------------------------------------------- */

/* Braille dots of a line from corner to corner: one in every column of dots. */
static void a_diagonal(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_subplots(ctx, NULL);
    lin_axes *a = lin_axes_at(f, 0);
    lin_set_axes(a, &(lin_axes_options){.xlim = {0, 1}, .ylim = {0, 1}});
    lin_plot(a, lin_from_f64(ctx, (const double[]){0, 1}, LIN_SHAPE(2)),
             lin_from_f64(ctx, (const double[]){0, 1}, LIN_SHAPE(2)), NULL);
    assert_string_equal(lin_frame(f, &(lin_terminal){.columns = 8, .rows = 3}), "     ⢀⡠⠊\n   ⡠⠔⠁\n⣀⠔⠊\n");
    assert_string_equal(lin_frame(f, &(lin_terminal){.columns = 4, .rows = 3, .ascii = true}), "   *\n **\n**\n");
}

/* Two pixels to a character, each half in its colour. */
static void half_blocks(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_subplots(ctx, NULL);
    const uint8_t rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 0};
    lin_imshow(lin_axes_at(f, 0), lin_from_u8(ctx, rgb, LIN_SHAPE(2, 2, 3)), NULL);
    assert_string_equal(lin_frame(f, &(lin_terminal){.columns = 2, .rows = 1, .colors = LIN_TRUE_COLORS}),
                        "\033[0;38;2;255;0;0;48;2;0;0;255m▀\033[0;48;2;0;255;0m \033[0m\n");
    assert_string_equal(lin_frame(f, &(lin_terminal){.columns = 2, .rows = 1, .colors = LIN_COLORS_256}),
                        "\033[0;38;5;196;48;5;21m▀\033[0;48;5;46m \033[0m\n");
}

/* Eighths of a character: 0.5 of 8 columns is 4 whole ones; 0.55 four and three eighths. */
static void eighths_of_bars(void **state)
{
    lin_ctx *ctx = *state;
    lin_figure *f = lin_subplots(ctx, NULL);
    lin_axes *a = lin_axes_at(f, 0);
    lin_set_axes(a, &(lin_axes_options){.xlim = {0, 1}});
    lin_barh(a, NULL, lin_from_f64(ctx, (const double[]){0.5, 0.55, 1}, LIN_SHAPE(3)), NULL);
    assert_string_equal(lin_frame(f, &(lin_terminal){.columns = 8, .rows = 3}), "████████\n████▍\n████\n");
    assert_string_equal(lin_frame(f, &(lin_terminal){.columns = 8, .rows = 3, .ascii = true}),
                        "########\n####\n####\n");
    lin_figure *g = lin_subplots(ctx, NULL);
    lin_set_axes(lin_axes_at(g, 0), &(lin_axes_options){.ylim = {0, 1}});
    lin_bar(lin_axes_at(g, 0), NULL, lin_from_f64(ctx, (const double[]){0.5, 1, 0.25}, LIN_SHAPE(3)), NULL);
    assert_string_equal(lin_frame(g, &(lin_terminal){.columns = 6, .rows = 3}), "   █\n ▄ █\n █ █ ▆\n");
}

/* ---- Names and numbers of a matrix ------------------------------------------------------------------------------ */

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

/* A classifier of n classes that is right so often, and takes every class for the next one once. */
static lin_figure *square(lin_ctx *ctx, int64_t n, int64_t right)
{
    lin_tensor *counts = lin_full_dtype(ctx, 0, LIN_SHAPE(n, n), LIN_I64);
    for (int64_t i = 0; i < n; i++) {
        lin_i64(counts)[i * n + i] = right;
        lin_i64(counts)[i * n + (i + 1) % n] = 1;
    }
    return lin_confusion_figure(counts, (lin_names){0});
}

/* Where rows may scroll away, every class has its own, on which its counts stand. */
static void every_class_has_a_row(void **state)
{
    lin_ctx *ctx = *state;
    const char *frame = lin_frame(square(ctx, 20, 10), &(lin_terminal){.columns = 80, .rows = 12, .scrolls = true});
    assert_int_equal(count_of(frame, "┤"), 20);
    assert_int_equal(count_of(frame, " 10 "), 20); /* on the diagonal but at its end, and as a name */
    assert_non_null(strstr(frame, "\n 3 ┤          10 1\n 4 ┤             10 1\n"));
    assert_non_null(strstr(frame, "\n\nMost often: "));
    frame = lin_frame(square(ctx, 100, 10), &(lin_terminal){.columns = 80, .rows = 12, .scrolls = true});
    assert_int_equal(count_of(frame, "┤"), 100);
    check_ok(ctx);
}

/* Where they may not, every second name is left out, and all the numbers: shades tell the counts. */
static void rows_too_few_for_classes(void **state)
{
    lin_ctx *ctx = *state;
    const char *frame = lin_frame(square(ctx, 20, 10), &(lin_terminal){.columns = 80, .rows = 18});
    assert_int_equal(count_of(frame, "┤"), 10);
    assert_non_null(strstr(frame, "\n18 ┤"));
    assert_null(strstr(frame, "\n19 ┤"));
    assert_int_equal(count_of(frame, " 10 "), 1);
    assert_int_equal(count_of(frame, "===+++\n"), 8); /* a row is one class or two */
}

/* No number without a blank before the next. */
static void columns_too_few_for_numbers(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *counts = lin_from_i64(ctx, (const int64_t[]){123, 456, 789, 321}, LIN_SHAPE(2, 2));
    lin_figure *f = lin_confusion_figure(counts, (lin_names){0});
    const char *frame = lin_frame(f, &(lin_terminal){.columns = 12, .rows = 9});
    assert_non_null(strstr(frame, "123 456"));
    frame = lin_frame(f, &(lin_terminal){.columns = 6, .rows = 9}); /* no axes, three columns to a cell */
    assert_null(strstr(frame, "123"));
    counts = lin_from_i64(ctx, (const int64_t[]){123, 4, 5, 321}, LIN_SHAPE(2, 2));
    frame = lin_frame(lin_confusion_figure(counts, (lin_names){0}), &(lin_terminal){.columns = 12, .rows = 9});
    assert_non_null(strstr(frame, "123 "));
}

/* Names that are numbers are not said twice; those that do not fit are left out in equal steps. */
static void names_that_are_numbers(void **state)
{
    lin_ctx *ctx = *state;
    const char *frame = lin_frame(square(ctx, 30, 5), &(lin_terminal){.columns = 80, .rows = 24, .scrolls = true});
    assert_null(strstr(frame, "1 1 ┤"));
    assert_non_null(strstr(frame, "\n 1 ┤"));
    assert_non_null(strstr(frame, "\n     0   2   4   6   8   10  12  14  16  18  20  22  24  26  28\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_size),
        TEST(colours_are_asked_for),
        TEST(wrong_use),
        TEST(of_a_terminal),
        TEST(of_a_locale),
        TEST(of_a_background),
        TEST(of_a_file),
        TEST(a_full_device),
        TEST(a_diagonal),
        TEST(half_blocks),
        TEST(shown_on_a_terminal),
        TEST(eighths_of_bars),
        TEST(every_class_has_a_row),
        TEST(rows_too_few_for_classes),
        TEST(columns_too_few_for_numbers),
        TEST(names_that_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
