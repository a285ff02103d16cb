/* Schedules: PyTorch's numbers (tests/parity/schedule.txt, made by make_schedule.py), texts, states, and what is refused. */
#include "support/support.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

static lin_optimizer *optimizer(lin_ctx *ctx, double lr)
{
    return lin_sgd(LIN_TENSORS(lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)))), &(lin_sgd_options){.lr = lr});
}

static void check_lr(const lin_optimizer *o, double want, double tol)
{
    if (!(fabs(lin_lr(o) - want) <= tol)) fail_msg("lr is %.17g, expected %.17g", lin_lr(o), want);
}

/* ---- PyTorch's numbers ------------------------------------------------------------------------------------------- */

/* A case of schedule.txt; a list that it has not is empty. */
enum { LONGEST = 64 };
typedef struct list {
    int count;
    double at[LONGEST];
} list;
typedef struct torch_case {
    char text[100];
    double lr;
    list chained, closed, metric;
} torch_case;

/* PyTorch's closed forms but for the last bit, which is that of its libm's pow and cos. Its own steps multiply the rate before, so
 * that roundings add up; those of a plateau are ours. */
static void check_rate(const torch_case *c, int t, double lr)
{
    double chained = c->chained.at[t], closed = c->closed.count ? c->closed.at[t] : lr;
    double tol = c->metric.count ? 0 : 2e-14 * fmax(c->lr, chained);
    if (!(fabs(lr - chained) <= tol))
        fail_msg("%s %g, step %d: %.17g, PyTorch has %.17g", c->text, c->lr, t, lr, chained);
    double size = strstr(c->text, "cosine") ? c->lr : closed; /* 1 + cos loses digits near the end of the wave */
    if (!(fabs(lr - closed) <= 4.5e-16 * size))
        fail_msg("%s %g, step %d: %.17g, PyTorch's closed form is %.17g", c->text, c->lr, t, lr, closed);
}

static void check_case(lin_ctx *ctx, const torch_case *c)
{
    lin_region mark = lin_mark(ctx);
    lin_optimizer *o = optimizer(ctx, c->lr);
    lin_schedule *s = lin_schedule_from_text(o, c->text, 0);
    if (!s) fail_msg("%s: %s", c->text, lin_error(ctx));
    assert_int_equal(lin_schedule_needs_metric(s), c->metric.count > 0);
    for (int t = 0; t < c->chained.count; t++) {
        check_rate(c, t, lin_lr(o));
        if (t < c->metric.count)
            assert_int_equal(lin_schedule_metric(s, c->metric.at[t]), 0);
        else if (!c->metric.count)
            assert_int_equal(lin_schedule_step(s), 0);
    }
    lin_release(mark);
}

static void read_list(char *words, list *l)
{
    for (char *word; (word = strsep(&words, " "));) {
        assert_true(l->count < LONGEST);
        l->at[l->count++] = strtod(word, NULL);
    }
}

static int check_file(lin_ctx *ctx, FILE *in)
{
    char line[4096];
    int cases = 0;
    torch_case c = {0};
    while (fgets(line, sizeof line, in)) {
        if (line[0] == '#') continue;
        line[strcspn(line, "\n")] = 0;
        char *rest = line, *word = strsep(&rest, " ");
        list *l = !strcmp(word, "chained")  ? &c.chained
                  : !strcmp(word, "closed") ? &c.closed
                  : !strcmp(word, "metric") ? &c.metric
                                            : NULL;
        if (l) {
            read_list(rest, l);
            continue;
        }
        if (cases++) check_case(ctx, &c);
        c = (torch_case){.lr = strtod(rest, NULL)};
        snprintf(c.text, sizeof c.text, "%s", word);
    }
    check_case(ctx, &c);
    return cases;
}

static void the_numbers_of_torch(void **state)
{
    FILE *in = fopen(LINNET_SOURCE_DIR "/tests/parity/schedule.txt", "r");
    assert_non_null(in);
    assert_int_equal(check_file(*state, in), 85);
    fclose(in);
}

/* ---- How it is used ---------------------------------------------------------------------------------------------- */

static void defaults_and_the_rate_at_the_start(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.3);
    lin_schedule *s = lin_linear_lr(o, NULL);
    check_lr(o, 0.1, 2e-17);
    for (int i = 0; i < 5; i++)
        assert_int_equal(lin_schedule_step(s), 0);
    check_lr(o, 0.3, 0);
    assert_ptr_equal(lin_schedule_optimizer(s), o);
    assert_string_equal(lin_schedule_text(lin_step_lr(o, &(lin_step_lr_options){.step_size = 3})), "step:3:0.1");
    assert_string_equal(lin_schedule_text(lin_reduce_lr_on_plateau(o, NULL)), "plateau:0.1:10:0.0001:0:0.0:1.0e-08");
    check_lr(o, 0.3, 0);
    double none = 0;
    int64_t at_once = 0;
    s = lin_reduce_lr_on_plateau(
        o, &(lin_reduce_lr_on_plateau_options){.patience = &at_once, .threshold = &none, .eps = &none});
    assert_string_equal(lin_schedule_text(s), "plateau:0.1:0:0.0:0:0.0:0.0");
    check_ok(ctx);
}

/* A schedule starts from the rate that was given, not from one that another schedule set. */
static void the_initial_rate(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.8);
    lin_linear_lr(o, &(lin_linear_lr_options){.start_factor = 0.5});
    check_lr(o, 0.4, 0);
    lin_schedule *s = lin_step_lr(o, &(lin_step_lr_options){.step_size = 1, .gamma = 0.5});
    check_lr(o, 0.8, 0);
    lin_set_lr(o, 0.2); /* lasts until the schedule's next step, and counts for schedules to come */
    check_lr(o, 0.2, 0);
    lin_schedule_step(s);
    check_lr(o, 0.4, 0);
    lin_exponential_lr(o, 0.5);
    check_lr(o, 0.2, 0);
}

static void a_plateau_goes_on_from_the_rate_of_the_hour(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.8);
    lin_schedule *s = lin_schedule_from_text(o, "plateau:0.5:0", 0);
    lin_schedule_metric(s, 1);
    lin_set_lr(o, 0.1);
    lin_schedule_metric(s, 1);
    check_lr(o, 0.05, 0);
    assert_int_equal(lin_schedule_step(s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "schedule_step: a plateau needs a metric: lin_schedule_metric");
    s = lin_exponential_lr(o, 0.5);
    assert_int_equal(lin_schedule_metric(s, NAN), 0); /* the others do without */
    check_lr(o, 0.05, 0);
}

static void sequences(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 1);
    lin_schedule *list[] = {lin_linear_lr(o, &(lin_linear_lr_options){.start_factor = 0.5, .total_iters = 2}),
                            lin_exponential_lr(o, 0.5)};
    int64_t milestone = 2;
    lin_schedule *s = lin_sequential_lr(o, list, &milestone, 2);
    list[0] = list[1] = NULL; /* copied */
    milestone = 0;
    const double want[] = {0.5, 0.75, 1, 0.5, 0.25};
    for (int i = 0; i < 5; i++) {
        check_lr(o, want[i], 0);
        lin_schedule_step(s);
    }
    assert_string_equal(lin_schedule_text(s), "linear:0.5:1.0:2@2,exponential:0.5");
    check_ok(ctx);
}

/* ---- States ------------------------------------------------------------------------------------------------------ */

static const char *const every_kind[] = {"step:3:0.7",
                                         "exponential:0.9",
                                         "cosine:8:0.01",
                                         "linear:0.1:0.5:6",
                                         "plateau:0.5:1:0.01:1:0:0:maximize",
                                         "warmup:4,step:3:0.7",
                                         "linear:0.5@2,exponential:0.9@5,cosine:8"};
enum { KINDS = sizeof every_kind / sizeof *every_kind };

static void a_state_is_taken_up_at_every_step(void **state)
{
    lin_ctx *ctx = *state;
    for (int k = 0; k < KINDS; k++)
        for (int at = 0; at < 12; at++) {
            lin_optimizer *a = optimizer(ctx, 0.1), *b = optimizer(ctx, 0.1);
            lin_schedule *s = lin_schedule_from_text(a, every_kind[k], 0);
            for (int i = 0; i < at; i++)
                lin_schedule_metric(s, sin(i));
            lin_schedule_state stored = lin_schedule_state_of(s);
            assert_int_equal(stored.steps, at);
            assert_true(stored.lr == lin_lr(a));
            lin_schedule *t = lin_schedule_from_text(b, lin_schedule_text(s), 0);
            assert_non_null(t);
            assert_int_equal(lin_schedule_set_state(t, &stored), 0);
            for (int i = at; i < 20; i++) {
                assert_true(lin_lr(a) == lin_lr(b));
                lin_schedule_metric(s, sin(i));
                lin_schedule_metric(t, sin(i));
            }
            lin_schedule_state x = lin_schedule_state_of(s), y = lin_schedule_state_of(t);
            assert_true(x.steps == y.steps && x.lr == y.lr && x.best == y.best && x.bad_steps == y.bad_steps &&
                        x.cooldown == y.cooldown);
        }
    check_ok(ctx);
}

static void states_that_no_schedule_has(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.1);
    lin_schedule *s = lin_exponential_lr(o, 0.5);
    const lin_schedule_state bad[] = {
        {.steps = -1, .lr = 1},
        {.steps = INT64_MAX, .lr = 1},
        {.lr = NAN},
        {.lr = INFINITY},
        {.lr = -1},
        {.lr = 1, .best = NAN},
        {.lr = 1, .bad_steps = -1},
        {.lr = 1, .cooldown = -1},
        {.lr = 1, .bad_steps = INT64_MAX},
        {.lr = 1, .cooldown = INT64_MAX},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(lin_schedule_set_state(s, &bad[i]), LIN_EINVAL);
        check_error(ctx, LIN_EINVAL, "schedule_set_state: no schedule has this state");
    }
    check_lr(o, 0.1, 0);
    assert_int_equal(lin_schedule_set_state(s, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "schedule_set_state: the state is NULL");
}

static void a_rate_that_would_not_be_finite(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.1);
    lin_schedule *s = lin_exponential_lr(o, 1e200);
    assert_int_equal(lin_schedule_step(s), 0);
    assert_int_equal(lin_schedule_step(s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "schedule: after 2 steps lr would be inf");
    check_lr(o, 1e199, 1e184);
    assert_int_equal(lin_schedule_state_of(s).steps, 1);
    assert_int_equal(lin_schedule_set_state(s, &(lin_schedule_state){.steps = (int64_t)1 << 53, .lr = 1}), 0);
    assert_int_equal(lin_schedule_step(s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "schedule: too many steps");
}

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

static void a_text_and_back(void **state)
{
    lin_ctx *ctx = *state;
    static const struct {
        const char *text;
        int64_t total;
        const char *whole;
    } cases[] = {
        {"step:30", 0, "step:30:0.1"},
        {"cosine", 12, "cosine:12:0.0"},
        {"warmup:5,cosine", 12, "linear:0.3333333333333333:1.0:5@5,cosine:7:0.0"},
        {"warmup:2:0.25,step:3", 1, "linear:0.25:1.0:2@2,step:3:0.1"},
        {"cosine@3,cosine@5,cosine", 9, "cosine:3:0.0@3,cosine:2:0.0@5,cosine:4:0.0"},
        {"linear:.5:1e0:1E1", 0, "linear:0.5:1.0:10"},
        {"linear:1:0", 0, "linear:1.0:0.0:5"},
        {"plateau:0.5:3:1e-3:2:1e-6:0", 0, "plateau:0.5:3:0.001:2:1.0e-06:0.0"},
        {"plateau:0.5", 0, "plateau:0.5:10:0.0001:0:0.0:1.0e-08"},
        {"plateau:0.5:3", 0, "plateau:0.5:3:0.0001:0:0.0:1.0e-08"},
        {"plateau:0.5:3:0", 0, "plateau:0.5:3:0.0:0:0.0:1.0e-08"},
        {"plateau:0.5:3:0:4:0.25", 0, "plateau:0.5:3:0.0:4:0.25:1.0e-08"},
        {"linear:0.25", 0, "linear:0.25:1.0:5"},
        {"plateau:maximize", 0, "plateau:0.1:10:0.0001:0:0.0:1.0e-08:maximize"},
        {"exponential:0.1234567890123456789", 0, "exponential:0.12345678901234568"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lin_optimizer *o = optimizer(ctx, 0.1);
        lin_schedule *s = lin_schedule_from_text(o, cases[i].text, cases[i].total);
        check_ok(ctx);
        assert_string_equal(lin_schedule_text(s), cases[i].whole);
        assert_string_equal(lin_schedule_text(lin_schedule_from_text(o, cases[i].whole, 0)), cases[i].whole);
    }
}

/* Whatever a locale has for a point. */
static void a_text_in_any_locale(void **state)
{
    lin_ctx *ctx = *state;
    const char *names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "C.UTF-8"};
    for (int i = 0; i < 4; i++)
        if (setlocale(LC_ALL, names[i])) break;
    lin_optimizer *o = optimizer(ctx, 0.1);
    assert_string_equal(lin_schedule_text(lin_schedule_from_text(o, "step:3:0.25", 0)), "step:3:0.25");
    setlocale(LC_ALL, "C");
    check_ok(ctx);
}

static void texts_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
#define KINDS_EXPECTED "expected step, exponential, cosine, linear, plateau or warmup"
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "schedule \"\": " KINDS_EXPECTED},
        {"cosin:3", "schedule \"cosin:3\": " KINDS_EXPECTED},
        {"step:3,", "schedule \"\": " KINDS_EXPECTED},
        {"@3", "schedule \"@3\": " KINDS_EXPECTED},
        {"step", "schedule \"step\": expected step:SIZE[:GAMMA]"},
        {"step:", "schedule \"step:\": expected step:SIZE[:GAMMA]"},
        {"step:0", "schedule \"step:0\": expected step:SIZE[:GAMMA]"},
        {"step:-3", "schedule \"step:-3\": expected step:SIZE[:GAMMA]"},
        {"step:2.5", "schedule \"step:2.5\": expected step:SIZE[:GAMMA]"},
        {"step:1e99", "schedule \"step:1e99\": expected step:SIZE[:GAMMA]"},
        {"step:3:0", "schedule \"step:3:0\": expected step:SIZE[:GAMMA]"},
        {"step:3:0.1:4", "schedule \"step:3:0.1:4\": expected step:SIZE[:GAMMA]"},
        {"step:3:1.2.3", "schedule \"step:3:1.2.3\": expected step:SIZE[:GAMMA]"},
        {"step:3:1e", "schedule \"step:3:1e\": expected step:SIZE[:GAMMA]"},
        {"step:3:nan", "schedule \"step:3:nan\": expected step:SIZE[:GAMMA]"},
        {"step:3:0.1 ", "schedule \"step:3:0.1 \": expected step:SIZE[:GAMMA]"},
        {"step:3:absolute", "schedule \"step:3:absolute\": expected step:SIZE[:GAMMA]"},
        {"exponential:.", "schedule \"exponential:.\": expected exponential:GAMMA"},
        {"exponential:1e9999", "schedule: gamma is inf; it must be above 0, and finite"},
        {"exponential:1e99999999999999999999",
         "schedule \"exponential:1e99999999999999999999\": expected exponential:GAMMA"},
        {"linear:2", "schedule: start_factor is 2; it must be above 0, and at most 1"},
        {"linear:0.5:1.5", "schedule: end_factor is 1.5; it must be from 0 to 1"},
        {"linear:0", "schedule \"linear:0\": expected linear[:START[:END[:TOTAL]]]"},
        {"plateau:1", "schedule: factor is 1; it must be above 0, and below 1"},
        {"plateau:maximize:0.5", "schedule \"plateau:maximize:0.5\": expected plateau[:FACTOR[:PATIENCE[:THRESHOLD["
                                 ":COOLDOWN[:MIN_LR[:EPS]]]]]][:absolute][:maximize]"},
        {"cosine", "schedule: cosine needs its number of steps: cosine:T_MAX"},
        {"warmup:3", "schedule \"warmup:3\": expected a schedule behind the last step: warmup:STEPS,SCHEDULE"},
        {"warmup:3@3,step:3", "schedule \"warmup:3@3\": expected warmup:STEPS[:START],SCHEDULE"},
        {"step:3@4", "schedule \"step:3@4\": expected a schedule behind the last step: warmup:STEPS,SCHEDULE"},
        {"step:3,step:4",
         "schedule \"step:3,step:4\": expected the step where each ends but the last: SCHEDULE@STEP,SCHEDULE"},
        {"step:3@0,step:4", "schedule \"step:3@0\": expected step:SIZE[:GAMMA]"},
        {"step:3@5,step:4@5,step:1", "sequential_lr: milestone 1 is 5; it must come after 5"},
        {"warmup:3,plateau", "sequential_lr: schedule 1 is a plateau, which needs a metric at each step"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lin_optimizer *o = optimizer(ctx, 0.1);
        if (lin_schedule_from_text(o, cases[i].text, 0)) fail_msg("%s is read", cases[i].text);
        check_error(ctx, LIN_EINVAL, cases[i].why);
    }
    lin_optimizer *o = optimizer(ctx, 0.1);
    assert_null(lin_schedule_from_text(o, "warmup:5,cosine", 5));
    check_error(ctx, LIN_EINVAL, "schedule: cosine begins after step 5, but there are only 5 steps");
    char many[400] = "", *end = many;
    for (int i = 1; i < 20; i++)
        end += sprintf(end, "step:1@%d,", i);
    assert_null(lin_schedule_from_text(o, many, 0));
    check_error_has(ctx, LIN_EINVAL, "expected less text");
    for (size_t length = 198; length <= 202; length++) { /* around the longest part */
        memset(many, '1', sizeof many);
        many[length] = 0;
        assert_null(lin_schedule_from_text(o, many, 0));
        check_error_has(ctx, LIN_EINVAL, length < 200 ? "expected step, exponential" : "expected less text");
    }
    assert_null(lin_schedule_from_text(o, NULL, 0));
    check_error(ctx, LIN_EINVAL, "schedule: the text is NULL");
}

/* ---- Refused ----------------------------------------------------------------------------------------------------- */

static void options_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.1);
    double minus = -1;
    int64_t less = -1;
#define REFUSED(call, why)                 \
    do {                                   \
        assert_null(call);                 \
        check_error(ctx, LIN_EINVAL, why); \
    } while (0)
    REFUSED(lin_step_lr(o, NULL), "schedule: step_size is 0; it must be a whole number from 1 on");
    REFUSED(lin_step_lr(o, &(lin_step_lr_options){.step_size = 1, .gamma = -1}),
            "schedule: gamma is -1; it must be above 0, and finite");
    REFUSED(lin_exponential_lr(o, 0), "schedule: gamma is 0; it must be above 0, and finite");
    REFUSED(lin_exponential_lr(o, NAN), "schedule: gamma is nan; it must be above 0, and finite");
    REFUSED(lin_cosine_annealing_lr(o, NULL), "schedule: T_max is 0; it must be a whole number from 1 on");
    REFUSED(lin_cosine_annealing_lr(o, &(lin_cosine_annealing_lr_options){.T_max = 1, .eta_min = -1}),
            "schedule: eta_min is -1; it must be 0 or more, and finite");
    REFUSED(lin_linear_lr(o, &(lin_linear_lr_options){.start_factor = -1}),
            "schedule: start_factor is -1; it must be above 0, and at most 1");
    REFUSED(lin_linear_lr(o, &(lin_linear_lr_options){.total_iters = -1}),
            "schedule: total_iters is -1; it must be a whole number from 1 on");
    REFUSED(lin_reduce_lr_on_plateau(o, &(lin_reduce_lr_on_plateau_options){.patience = &less}),
            "schedule: patience is -1; it must be a whole number from 0 on");
    REFUSED(lin_reduce_lr_on_plateau(o, &(lin_reduce_lr_on_plateau_options){.threshold = &minus}),
            "schedule: threshold is -1; it must be 0 or more, and finite");
    REFUSED(lin_reduce_lr_on_plateau(o, &(lin_reduce_lr_on_plateau_options){.cooldown = -1}),
            "schedule: cooldown is -1; it must be a whole number from 0 on");
    REFUSED(lin_reduce_lr_on_plateau(o, &(lin_reduce_lr_on_plateau_options){.min_lr = -1}),
            "schedule: min_lr is -1; it must be 0 or more, and finite");
    REFUSED(lin_reduce_lr_on_plateau(o, &(lin_reduce_lr_on_plateau_options){.eps = &minus}),
            "schedule: eps is -1; it must be 0 or more, and finite");
    check_lr(o, 0.1, 0);
}

static void sequences_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    lin_optimizer *o = optimizer(ctx, 0.1), *other = optimizer(ctx, 0.1);
    lin_schedule *a = lin_exponential_lr(o, 0.5), *b = lin_exponential_lr(other, 0.5), *list[] = {a, a};
    int64_t milestones[] = {0};
    REFUSED(lin_sequential_lr(o, NULL, NULL, 1), "sequential_lr: no list of 1 schedules, and one milestone less");
    REFUSED(lin_sequential_lr(o, list, NULL, 0), "sequential_lr: no list of 0 schedules, and one milestone less");
    REFUSED(lin_sequential_lr(o, list, NULL, 2), "sequential_lr: no list of 2 schedules, and one milestone less");
    REFUSED(lin_sequential_lr(o, list, milestones, 2), "sequential_lr: milestone 0 is 0; it must come after 0");
    milestones[0] = 3;
    list[1] = NULL;
    REFUSED(lin_sequential_lr(o, list, milestones, 2), "sequential_lr: schedule 1 is NULL");
    list[1] = b;
    REFUSED(lin_sequential_lr(o, list, milestones, 2), "sequential_lr: schedule 1 is of another optimizer");
    list[1] = lin_sequential_lr(o, &a, NULL, 1);
    assert_non_null(list[1]);
    REFUSED(lin_sequential_lr(o, list, milestones, 2),
            "sequential_lr: schedule 1 is a sequence itself: put its schedules into this one");
    lin_fail(ctx, LIN_EIO, "earlier");
    list[1] = NULL;
    assert_null(lin_sequential_lr(o, list, milestones, 2));
    check_error(ctx, LIN_EIO, "earlier");
}

static void null_goes_through(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin_step_lr(NULL, NULL));
    assert_null(lin_exponential_lr(NULL, 0.5));
    assert_null(lin_cosine_annealing_lr(NULL, NULL));
    assert_null(lin_linear_lr(NULL, NULL));
    assert_null(lin_reduce_lr_on_plateau(NULL, NULL));
    assert_null(lin_sequential_lr(NULL, NULL, NULL, 0));
    assert_null(lin_schedule_from_text(NULL, "step:3", 0));
    assert_null(lin_schedule_text(NULL));
    assert_null(lin_schedule_optimizer(NULL));
    assert_false(lin_schedule_needs_metric(NULL));
    assert_int_equal(lin_schedule_step(NULL), LIN_EINVAL);
    assert_int_equal(lin_schedule_metric(NULL, 1), LIN_EINVAL);
    assert_int_equal(lin_schedule_state_of(NULL).steps, 0);
    assert_int_equal(lin_schedule_set_state(NULL, NULL), LIN_EINVAL);
    check_ok(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_numbers_of_torch),
        TEST(defaults_and_the_rate_at_the_start),
        TEST(the_initial_rate),
        TEST(a_plateau_goes_on_from_the_rate_of_the_hour),
        TEST(sequences),
        TEST(a_state_is_taken_up_at_every_step),
        TEST(states_that_no_schedule_has),
        TEST(a_rate_that_would_not_be_finite),
        TEST(a_text_and_back),
        TEST(a_text_in_any_locale),
        TEST(texts_that_are_refused),
        TEST(options_that_are_refused),
        TEST(sequences_that_are_refused),
        TEST(null_goes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
