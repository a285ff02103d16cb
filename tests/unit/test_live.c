/* The command on a terminal: curves that grow while it trains, and what it leaves there, however it ends. */
#include "support/pty.h"
#include "support/screen.h"

#include <signal.h>
#include <sys/wait.h>

enum { BYTES = 1 << 22 };
static char all[BYTES]; /* what a run wrote, from its beginning */
static size_t used;

/* `linnet train …` with the terminal for all its streams, and as the one that controls it. */
static pid_t start(pty *p, const char *const *words)
{
    const char *command[16] = {LINNET_BINARY_DIR "/linnet", "train"};
    for (int i = 0; i < 12 && words[i]; i++)
        command[2 + i] = words[i];
    used = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = fileno(p->terminal);
        const int usual[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
        for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
            signal(usual[i], SIG_DFL);
        setsid();
        if (ioctl(fd, TIOCSCTTY, 0)) _exit(98);
        for (int stream = 0; stream <= 2; stream++)
            dup2(fd, stream);
        close(p->master);
        execv(command[0], (char **)command);
        _exit(99);
    }
    fclose(p->terminal);
    p->terminal = NULL;
    return child;
}

/* Read on until `text` comes, or the end; true if it came. */
static bool read_until(const pty *p, const char *text)
{
    size_t from = used;
    while (used + 1 < BYTES) {
        ssize_t got = read(p->master, all + used, BYTES - 1 - used);
        if (got <= 0) return false;
        used += (size_t)got;
        all[used] = '\0';
        if (text && strstr(all + from, text)) return true;
    }
    fail_msg("more than %d bytes", BYTES);
    return false;
}

static int finish(pty *p, pid_t child)
{
    int status;
    read_until(p, NULL);
    assert_int_equal(waitpid(child, &status, 0), child);
    pty_close(p);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void set_terminal(const char *term)
{
    setenv("TERM", term, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    unsetenv("COLORFGBG");
}

/* The row that begins with `text`, or -1. */
static int row_of(const screen *s, const char *text)
{
    char line[4 * SCREEN_COLUMNS + 1];
    for (int row = 0; row < s->rows; row++)
        if (strncmp(screen_line(s, row, line), text, strlen(text)) == 0) return row;
    return -1;
}

static void check_clean(const screen *s)
{
    assert_int_equal(s->column, 0);
    assert_false(s->colored);
    assert_null(strstr(all, "\033[?")); /* nothing was hidden, no other screen was opened */
}

static void the_last_frame_stays_with_the_results_below(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 50}, {60, 16}};
    for (int i = 0; i < 3; i++) {
        set_terminal("xterm-256color");
        pty p = pty_open(sizes[i][0], sizes[i][1]);
        pid_t child = start(&p, (const char *const[]){"synthetic", "--epochs", "30", NULL});
        assert_int_equal(finish(&p, child), 0);
        screen s;
        screen_init(&s, sizes[i][0], sizes[i][1]);
        screen_write(&s, all);
        check_clean(&s);
        char line[4 * SCREEN_COLUMNS + 1];
        int result = row_of(&s, "train: loss");
        assert_true(result > 3);
        assert_non_null(strstr(screen_line(&s, result - 1, line), "epoch"));
        assert_non_null(strstr(screen_line(&s, result - 3, line), "└"));
        assert_int_equal(row_of(&s, "epoch "), -1); /* no bar is left */
        if (sizes[i][1] >= 24) {
            int top = row_of(&s, "linnet: training on");
            assert_non_null(strstr(screen_line(&s, top + 1, line), "train loss")); /* the legend is seen, too */
        }
    }
}

/* The terminal's echo of Ctrl-C comes between any two bytes of what is written. Taken out where it splits a character or an escape
 * sequence: one frame is spoilt there, and the next one mends it. */
static void mend_echo(char *text)
{
    char *to = text;
    bool in_escape = false;
    for (const char *c = text; *c;) {
        if (c[0] == '^' && c[1] == 'C' && (in_escape || ((unsigned char)c[2] & 0xc0) == 0x80)) {
            c += 2;
            continue;
        }
        in_escape = *c == '\033' || (in_escape && !strchr("mAKJ", *c));
        *to++ = *c++;
    }
    *to = '\0';
}

static void ctrl_c(void **state)
{
    (void)state;
    set_terminal("xterm-256color");
    pty p = pty_open(80, 24);
    pid_t child = start(&p, (const char *const[]){"synthetic", "--epochs", "100000000", NULL});
    assert_true(read_until(&p, "└"));
    assert_true(read_until(&p, "└")); /* a second frame */
    assert_int_equal(write(p.master, "\003", 1), 1);
    assert_int_equal(finish(&p, child), 130);
    screen s;
    screen_init(&s, 80, 24);
    mend_echo(all);
    screen_write(&s, all);
    check_clean(&s);
    char line[4 * SCREEN_COLUMNS + 1];
    int last = row_of(&s, "linnet: stopped by SIGINT");
    assert_true(last > 8);
    assert_non_null(strstr(screen_line(&s, last - 1, line), "epoch"));
    for (int row = 0; row < s.rows; row++)
        assert_null(strstr(screen_line(&s, row, line), "^C"));
}

/* The longest line of a frame that came after `from`, without its escape sequences. */
static int widest(const char *from)
{
    int most = 0, columns = 0;
    for (const char *c = from; *c;) {
        if (*c == '\033') {
            c += 2 + strcspn(c + 2, "mAKJ");
            c += *c != '\0';
            continue;
        }
        uint32_t code = lin__utf8_next(&c);
        columns = code == '\n' || code == '\r' ? 0 : columns + lin__char_columns(code);
        if (columns > most) most = columns;
    }
    return most;
}

static void a_terminal_that_changes_its_size(void **state)
{
    (void)state;
    set_terminal("xterm-256color");
    pty p = pty_open(100, 40);
    pid_t child = start(&p, (const char *const[]){"synthetic", "--epochs", "100000000", NULL});
    assert_true(read_until(&p, "└"));
    pty_resize(&p, 50, 20);
    assert_true(read_until(&p, "└"));
    assert_int_equal(write(p.master, "\003", 1), 1);
    assert_int_equal(finish(&p, child), 130);
    char *end = strstr(all, " stopped by"), *frame = NULL;
    assert_non_null(end);
    *end = '\0';
    for (char *c = all; (c = strstr(c, "A\r")); c++)
        frame = c + 2; /* the last one */
    assert_non_null(frame);
    assert_true(widest(frame) <= 49);
}

static void a_terminal_that_goes_away(void **state)
{
    (void)state;
    set_terminal("xterm-256color");
    pty p = pty_open(80, 24);
    pid_t child = start(&p, (const char *const[]){"synthetic", "--epochs", "100000000", NULL});
    assert_true(read_until(&p, "└"));
    close(p.master);
    p.master = -1;
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 129);
}

static void nothing_is_drawn_over_itself(const char *term, const char *const *words)
{
    set_terminal(term);
    if (words[0][0] == '!') setenv("NO_COLOR", "1", 1);
    pty p = pty_open(80, 24);
    pid_t child = start(&p, words + (words[0][0] == '!'));
    assert_int_equal(finish(&p, child), 0);
    assert_null(strchr(all, '\033'));
    assert_non_null(strstr(all, "train: loss"));
}

static void where_it_is_not_wanted(void **state)
{
    (void)state;
    nothing_is_drawn_over_itself("dumb", (const char *const[]){"synthetic", NULL});
    nothing_is_drawn_over_itself("xterm", (const char *const[]){"!", "synthetic", NULL});
    nothing_is_drawn_over_itself("xterm", (const char *const[]){"synthetic", "--color", "never", NULL});
    nothing_is_drawn_over_itself("xterm", (const char *const[]){"synthetic", "--progress", "plain", NULL});
    nothing_is_drawn_over_itself("xterm", (const char *const[]){"synthetic", "--progress", "none", NULL});
    nothing_is_drawn_over_itself("xterm", (const char *const[]){"synthetic", "--quiet", NULL});
}

/* Asked for, curves are drawn without colours, too. */
static void curves_without_colours(void **state)
{
    (void)state;
    set_terminal("xterm-256color");
    pty p = pty_open(80, 24);
    pid_t child = start(&p, (const char *const[]){"synthetic", "--progress", "curves", "--color", "never", NULL});
    assert_int_equal(finish(&p, child), 0);
    assert_non_null(strstr(all, "└"));
    assert_null(strstr(all, "m\xe2\x94\x82")); /* no colour before the axis */
    assert_null(strstr(all, "\033[0;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_frame_stays_with_the_results_below),
        cmocka_unit_test(ctrl_c),
        cmocka_unit_test(a_terminal_that_changes_its_size),
        cmocka_unit_test(a_terminal_that_goes_away),
        cmocka_unit_test(where_it_is_not_wanted),
        cmocka_unit_test(curves_without_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
