/* Curves that grow: in place on a terminal, which is left clean, and not at all elsewhere. */
#include "support/pty.h"
#include "support/screen.h"

#include <math.h>
#include <unistd.h>

enum { BYTES = 1 << 18 }; /* more than a pseudo-terminal holds */

static void set_terminal(void)
{
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    unsetenv("COLORFGBG");
}

/* What the terminal shows from `row` on is the frame, and the cursor stands below it. */
static void check_frame(const screen *s, int row, const char *frame)
{
    char line[4 * SCREEN_COLUMNS + 1];
    for (; *frame; row++) {
        size_t length = strcspn(frame, "\n");
        const char *shown = screen_line(s, row, line);
        if (strlen(shown) != length || strncmp(shown, frame, length) != 0)
            fail_msg("row %d is\n%s\nexpected\n%.*s", row, shown, (int)length, frame);
        frame += length + 1;
    }
    assert_int_equal(s->row, row);
    assert_int_equal(s->column, 0);
    assert_false(s->colored);
}

static const char *plain_frame(lin_animator *a, int columns, int rows)
{
    return lin_frame(lin_animator_figure(a), &(lin_terminal){.columns = columns, .rows = rows});
}

/* The first point is drawn at once, the last frame is the whole figure, and what stood above is still there. */
static void on_a_terminal(void **state)
{
    lin_ctx *ctx = *state;
    static char bytes[BYTES];
    set_terminal();
    pty p = pty_open(80, 24);
    lin_animator *a = lin_animator_new(
        ctx,
        &(lin_animator_options){.xlabel = "epoch", .legend = {"loss", "accuracy"}, .xlim = {1, 5}, .out = p.terminal});
    assert_non_null(a);
    fputs("before\n", p.terminal);
    screen s;
    screen_init(&s, 80, 24);
    assert_int_equal(LIN_ANIMATE(a, 1, 0.9, 0.2), 0);
    assert_true(pty_read(&p, bytes, sizeof bytes) > 0);
    screen_write(&s, bytes);
    char line[4 * SCREEN_COLUMNS + 1];
    for (int x = 2; x <= 5; x++) {
        assert_int_equal(LIN_ANIMATE(a, x, 1.0 / x, 1 - 0.9 / x), 0);
        pty_read(&p, bytes, sizeof bytes);
        screen_write(&s, bytes);
    }
    assert_int_equal(lin_animator_end(a), 0);
    pty_read(&p, bytes, sizeof bytes);
    screen_write(&s, bytes);
    check_ok(ctx);
    /* 23 rows of frame and the cursor's: "before" has scrolled away on so small a terminal */
    check_frame(&s, 0, plain_frame(a, 79, 23));
    assert_int_equal(lin_animator_end(a), 0); /* once is enough */
    assert_int_equal(pty_read(&p, bytes, sizeof bytes), 0);
    pty_close(&p);
    (void)line;
}

static void what_stands_above_stays(void **state)
{
    lin_ctx *ctx = *state;
    static char bytes[BYTES];
    set_terminal();
    pty p = pty_open(120, 50);
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.out = p.terminal});
    fputs("before\n", p.terminal);
    LIN_ANIMATE(a, 1, 0.9);
    LIN_ANIMATE(a, 2, 0.5);
    lin_animator_end(a);
    fputs("after\n", p.terminal);
    fflush(p.terminal);
    pty_read(&p, bytes, sizeof bytes);
    screen s;
    char line[4 * SCREEN_COLUMNS + 1];
    screen_init(&s, 120, 50);
    screen_write(&s, bytes);
    assert_string_equal(screen_line(&s, 0, line), "before");
    assert_string_equal(screen_line(&s, 25, line),
                        "after"); /* a frame is no higher than 24 rows, and no wider than 100 */
    assert_int_equal(s.row, 26);
    pty_close(&p);
}

/* Every line of the old frame is broken in two by a terminal of half the width. */
static void a_narrower_terminal(void **state)
{
    lin_ctx *ctx = *state;
    static char bytes[BYTES];
    set_terminal();
    pty p = pty_open(80, 50);
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.xlim = {0, 1}, .ylim = {0, 1}, .out = p.terminal});
    LIN_ANIMATE(a, 0, 0.5);
    LIN_ANIMATE(a, 1, 0.5);
    pty_read(&p, bytes, sizeof bytes);
    pty_resize(&p, 40, 50);
    lin_animator_end(a);
    pty_read(&p, bytes, sizeof bytes);
    int up = 0;
    assert_int_equal(sscanf(bytes, "\033[%dA", &up), 1);
    assert_true(up > 24 && up <= 49); /* the axis and the numbers below it are two rows each now */
    pty_close(&p);
}

static void a_terminal_of_one_row(void **state)
{
    lin_ctx *ctx = *state;
    static char bytes[BYTES];
    set_terminal();
    pty p = pty_open(2, 1);
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.out = p.terminal});
    assert_int_equal(LIN_ANIMATE(a, 0, 0.5), 0);
    assert_int_equal(lin_animator_end(a), 0);
    assert_int_equal(pty_read(&p, bytes, sizeof bytes), 0);
    check_ok(ctx);
    pty_close(&p);
}

/* Its other end is gone: training goes on. */
static void a_terminal_that_is_gone(void **state)
{
    lin_ctx *ctx = *state;
    set_terminal();
    pty p = pty_open(80, 24);
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.out = p.terminal});
    close(p.master);
    p.master = -1;
    for (int i = 0; i < 3; i++)
        assert_int_equal(LIN_ANIMATE(a, i, 0.5), 0);
    assert_int_equal(lin_animator_end(a), 0);
    check_ok(ctx);
    pty_close(&p);
}

static void nothing_is_drawn_elsewhere(void **state)
{
    lin_ctx *ctx = *state;
    static char bytes[BYTES];
    set_terminal();
    FILE *file = tmpfile();
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.out = file});
    LIN_ANIMATE(a, 1, 0.5);
    assert_int_equal(lin_animator_end(a), 0);
    assert_int_equal(ftell(file), 0);
    fclose(file);

    pty p = pty_open(80, 24);
    a = lin_animator_new(ctx, &(lin_animator_options){.out = p.terminal, .quiet = true});
    LIN_ANIMATE(a, 1, 0.5);
    setenv("TERM", "dumb", 1); /* cannot go up */
    lin_animator *b = lin_animator_new(ctx, &(lin_animator_options){.out = p.terminal});
    LIN_ANIMATE(b, 1, 0.5);
    assert_int_equal(lin_animator_end(a) | lin_animator_end(b), 0);
    assert_int_equal(pty_read(&p, bytes, sizeof bytes), 0);
    pty_close(&p);
}

/* Far more points than frames; the memory of a frame is used again for the next. */
static void many_points(void **state)
{
    lin_ctx *ctx = *state;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    const lin_terminal t = {.columns = 80, .rows = 24, .in_place = true};
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.out = out, .terminal = &t});
    for (int i = 0; i < 20000; i++)
        assert_int_equal(LIN_ANIMATE(a, i, 1.0 / (1 + i)), 0);
    assert_int_equal(lin_animator_end(a), 0);
    fclose(out);
    int frames = 1;
    for (const char *c = bytes; (c = strstr(c, "A\r")); c++)
        frames++;
    assert_true(frames >= 2 && frames < 2000);
    screen s;
    screen_init(&s, 80, 24);
    screen_write(&s, bytes);
    check_frame(&s, 0, plain_frame(a, 79, 23));
    free(bytes);
}

static void missing_values(void **state)
{
    lin_ctx *ctx = *state;
    lin_animator *a = lin_animator_new(
        ctx, &(lin_animator_options){.legend = {"loss", "train acc", "test acc"}, .fmts = {"-", "g-."}, .quiet = true});
    lin_animator *b = lin_animator_new(
        ctx, &(lin_animator_options){.legend = {"loss", "train acc", "test acc"}, .fmts = {"-", "g-."}, .quiet = true});
    LIN_ANIMATE(a, 1, 0.5, NAN, NAN);
    LIN_ANIMATE(a, NAN, 0.7);
    LIN_ANIMATE(a, 2, NAN, 0.4);
    LIN_ANIMATE(a, 3, 0.25);
    LIN_ANIMATE(a, 4, NAN, 0.6);
    LIN_ANIMATE(b, 1, 0.5);
    LIN_ANIMATE(b, 2, NAN, 0.4);
    LIN_ANIMATE(b, 3, 0.25);
    LIN_ANIMATE(b, 4, NAN, 0.6);
    const char *frame = plain_frame(a, 80, 24);
    assert_string_equal(frame, plain_frame(b, 80, 24));
    assert_null(strstr(frame, "test acc")); /* a curve begins with its first point */
    assert_non_null(strstr(frame, "train acc"));
}

static void several_panels(void **state)
{
    lin_ctx *ctx = *state;
    lin_animator *a = lin_animator_new(
        ctx, &(lin_animator_options){.ncols = 2, .legend = {"loss", "train acc", "test acc"}, .quiet = true});
    LIN_ANIMATE(a, 1, 0.5, 0.6, 0.7);
    LIN_ANIMATE(a, 2, 0.4, 0.7, 0.8);
    lin_figure *f = lin_animator_figure(a);
    assert_int_equal(lin_panels(f), 2);
    const char *frame = plain_frame(a, 100, 20), *end = strchr(frame, '\n');
    const char *loss = strstr(frame, "loss"), *train = strstr(frame, "train acc"), *test = strstr(frame, "test acc");
    assert_true(loss < train && train < test && test < end); /* side by side: the last panel has two */
}

static void wrong_use(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_animator_new(NULL, NULL));
    assert_null(lin_animator_figure(NULL));
    assert_int_equal(lin_animator_add(NULL, 1, (const double[]){1}, 1), LIN_EINVAL);
    assert_int_equal(lin_animator_end(NULL), LIN_EINVAL);
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.quiet = true});
    double many[LIN_LEGEND_MAX + 1] = {0};
    assert_int_equal(lin_animator_add(a, 1, many, LIN_LEGEND_MAX + 1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "animator: 17 values; there can be 0 to 16");
    assert_int_equal(lin_animator_add(a, 1, NULL, 1), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "animator: the values are NULL");
    assert_int_equal(lin_animator_add(a, 1, NULL, 0), 0);
    assert_null(lin_animator_new(ctx, &(lin_animator_options){.quiet = true, .fmts = {"-", "z"}}));
    check_error_has(ctx, LIN_EINVAL, "animator: fmt \"z\"");
    assert_null(lin_animator_new(ctx, &(lin_animator_options){.quiet = true, .xlim = {3, 1}}));
    check_error_has(ctx, LIN_EINVAL, "xlim is (3, 1)");
    assert_null(lin_animator_new(ctx, &(lin_animator_options){.quiet = true, .nrows = 100, .ncols = 100}));
    check_error_has(ctx, LIN_EINVAL, "100 x 100 panels");
    assert_null(lin_animator_new(ctx, &(lin_animator_options){.quiet = true, .file = "curves.bmp"}));
    check_error_has(ctx, LIN_EINVAL, "curves.bmp");
}

/* Made while a step is open, it outlives it; what it is given is copied. */
static void it_lives_in_the_scope(void **state)
{
    lin_ctx *ctx = *state;
    char name[] = "loss";
    lin_animator *a = lin_animator_new(ctx, &(lin_animator_options){.legend = {name}, .quiet = true});
    lin_region inner = lin_mark(ctx);
    memset(name, 'x', 4);
    for (int i = 0; i < 1000; i++)
        LIN_ANIMATE(a, i, i);
    lin_release(inner);
    assert_non_null(strstr(plain_frame(a, 80, 24), "loss"));
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(on_a_terminal),
        TEST(what_stands_above_stays),
        TEST(a_narrower_terminal),
        TEST(a_terminal_of_one_row),
        TEST(a_terminal_that_is_gone),
        TEST(nothing_is_drawn_elsewhere),
        TEST(many_points),
        TEST(missing_values),
        TEST(several_panels),
        TEST(wrong_use),
        TEST(it_lives_in_the_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
