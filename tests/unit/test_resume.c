/* What is resumed ends with the same bits as what was never interrupted: every optimizer option, schedule, loss and place, with and
 * without workers. The last checkpoint of a run holds all of its state, so equal files are equal runs.
 *
 * fsync is left out (tests/CMakeLists.txt wraps it): what it is there for is held in tests/crash. Here a sample runs, whose seed is
 * printed; LINNET_SOAK=1 runs everything. */
#include "support/files.h"
#include "support/train.h"

#include <inttypes.h>
#include <time.h>

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

enum { ROWS = 18, FEATURES = 3, CLASSES = 4, BATCH = 5, STEPS = 4, EPOCHS = 3, ALL = STEPS * EPOCHS };

/* ---- What is varied -------------------------------------------------------------------------------------------------- */

static const lin_sgd_options optimizers[] = {
    {.lr = 0.05},
    {.lr = 0.05, .maximize = true},
    {.lr = 0.05, .weight_decay = 0.01},
    {.lr = 0.05, .weight_decay = 0.01, .maximize = true},
    {.lr = 0.05, .dampening = 0.5},
    {.lr = 0.05, .momentum = 0.9},
    {.lr = 0.05, .momentum = 0.9, .maximize = true},
    {.lr = 0.05, .momentum = 0.9, .dampening = 0.5},
    {.lr = 0.05, .momentum = 0.9, .dampening = 0.5, .maximize = true},
    {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.01},
    {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.01, .maximize = true},
    {.lr = 0.05, .momentum = 0.9, .dampening = 0.5, .weight_decay = 0.01},
    {.lr = 0.05, .momentum = 0.9, .dampening = 0.5, .weight_decay = 0.01, .maximize = true},
    {.lr = 0.05, .momentum = 0.9, .nesterov = true},
    {.lr = 0.05, .momentum = 0.9, .nesterov = true, .maximize = true},
    {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true},
    {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true, .maximize = true},
};

/* One that begins with "+" steps after every update. */
static const char *const schedules[] = {"",
                                        "step:2:0.5",
                                        "+step:3:0.5",
                                        "exponential:0.7",
                                        "+exponential:0.9",
                                        "cosine",
                                        "+cosine:9:0.001",
                                        "linear:0.2:1:2",
                                        "+linear:0.2:0.9:7",
                                        "plateau:0.5:0:0.3:1",
                                        "warmup:1,step:1:0.5",
                                        "+warmup:5,exponential:0.9",
                                        "+warmup:3,cosine:9"};

typedef enum target { NUMBERS, LABELS, DISTRIBUTIONS } target;

static lin_tensor *own_loss(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    (void)options;
    return lin_mean(lin_log(lin_add_scalar(lin_square(lin_sub(y_hat, y)), 1)));
}

static lin_tensor *as_probabilities(void *user, lin_tensor *X)
{
    (void)user;
    return lin_softmax(X, 1);
}

static lin_tensor *as_log_probabilities(void *user, lin_tensor *X)
{
    (void)user;
    return lin_log_softmax(X, 1);
}

static const int64_t ignored = 1; /* of which no batch is full */
static const struct loss {
    const char *name;
    lin_loss_fn *f;
    target target;
    lin_lambda_fn *last; /* behind the linear layer */
    lin_loss_options options;
    bool one_hot, weighted;
} losses[] = {
    {"mse", lin_mse, NUMBERS, NULL, {0}, false, false},
    {"squared", lin_squared, NUMBERS, NULL, {0}, false, false},
    {"squared, one-hot", lin_squared, LABELS, NULL, {0}, true, false},
    {"l1", lin_l1, NUMBERS, NULL, {0}, false, false},
    {"huber", lin_huber, NUMBERS, NULL, {.delta = 0.5}, false, false},
    {"smooth-l1", lin_smooth_l1, NUMBERS, NULL, {.beta = 0.5}, false, false},
    {"gaussian-nll", lin_gaussian_nll, NUMBERS, NULL, {.full = true}, false, true},
    {"cross-entropy", lin_cross_entropy, LABELS, NULL, {0}, false, false},
    {"cross-entropy, all options",
     lin_cross_entropy,
     LABELS,
     NULL,
     {.label_smoothing = 0.1, .ignore_index = &ignored},
     false,
     true},
    {"nll", lin_nll, LABELS, as_log_probabilities, {0}, false, false},
    {"distributions", lin_distribution_cross_entropy, DISTRIBUTIONS, as_probabilities, {0}, false, false},
    {"one of one's own", own_loss, NUMBERS, NULL, {0}, false, false},
};

enum {
    OPTIMIZERS = sizeof optimizers / sizeof *optimizers,
    SCHEDULES = sizeof schedules / sizeof *schedules,
    LOSSES = sizeof losses / sizeof *losses
};

typedef struct setup {
    int optimizer, schedule, loss;
    int workers;
    lin_early_stopping end;
    lin_dtype dtype;
    bool without_test;
} setup;

/* ---- A run ----------------------------------------------------------------------------------------------------------- */

typedef struct run {
    lin_ctx *ctx;
    lin_module *net;
    lin_optimizer *optimizer;
    lin_dataset *train, *test;
    lin_fit_options options;
} run;

static lin_tensor *targets(lin_ctx *ctx, target kind, int64_t rows)
{
    if (kind == NUMBERS) return lin_normal(ctx, 0, 1, LIN_SHAPE(rows, CLASSES));
    if (kind == DISTRIBUTIONS) return lin_softmax(lin_normal(ctx, 0, 1, LIN_SHAPE(rows, CLASSES)), 1);
    return lin_to(lin_uniform(ctx, 0, CLASSES, LIN_SHAPE(rows)), LIN_I64);
}

static lin_dataset *dataset(lin_ctx *ctx, target kind, int64_t rows)
{
    lin_tensor *X = lin_normal(ctx, 0, 1, LIN_SHAPE(rows, FEATURES));
    return lin_tensor_dataset(LIN_TENSORS(X, targets(ctx, kind, rows)));
}

static lin_loss_options loss_options(lin_ctx *ctx, const struct loss *loss)
{
    lin_loss_options o = loss->options;
    lin_tensor *positive = loss->weighted ? lin_add_scalar(lin_uniform(ctx, 0, 1, LIN_SHAPE(CLASSES)), 0.5) : NULL;
    if (loss->f == lin_gaussian_nll)
        o.var = positive;
    else
        o.weight = positive;
    return o;
}

static run begin(const setup *s, const char *folder, bool resume)
{
    const struct loss *loss = &losses[s->loss];
    const char *schedule = schedules[s->schedule];
    bool every_step = *schedule == '+';
    run r = {.ctx = lin_ctx_new(&(lin_ctx_options){.seed = 7, .threads = 1, .dtype = s->dtype})};
    lin_ctx *ctx = r.ctx;
    r.train = dataset(ctx, loss->target, ROWS);
    r.test = s->without_test ? NULL : dataset(ctx, loss->target, 7);
    lin_module *linear = lin_linear(ctx, FEATURES, CLASSES);
    r.net = loss->last ? lin_sequential(ctx, linear, lin_lambda(ctx, loss->last, NULL)) : linear;
    r.optimizer = lin_sgd(lin_parameters(r.net), &optimizers[s->optimizer]);
    r.options = (lin_fit_options){.loss = loss->f,
                                  .loss_options = loss_options(ctx, loss),
                                  .optimizer = r.optimizer,
                                  .epochs = EPOCHS,
                                  .batch_size = BATCH,
                                  .workers = s->workers,
                                  .one_hot = loss->one_hot,
                                  .early_stopping = s->end,
                                  .schedule_every_step = every_step,
                                  .history = lin_history_new(ctx),
                                  .checkpoint = {.directory = folder, .every = 1, .resume = resume}};
    if (*schedule)
        r.options.schedule = lin_schedule_from_text(r.optimizer, schedule + every_step, every_step ? ALL : EPOCHS);
    check_ok(ctx);
    return r;
}

static void train(const setup *s, run *r)
{
    if (lin_fit(r->net, r->train, r->test, &r->options))
        fail_msg("loss %s, optimizer %d, schedule %s: %s", losses[s->loss].name, s->optimizer, schedules[s->schedule],
                 lin_error(r->ctx));
    check_ok(r->ctx);
}

/* ---- Folders --------------------------------------------------------------------------------------------------------- */

/* The folders lie in the test's own, which is the working directory. */
static int enter_folder(void **state)
{
    return new_folder(state) || chdir(test_folder);
}

static const char *checkpoint_in(const char *folder, int step)
{
    static char paths[4][100];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/checkpoint-%d.safetensors", folder, step);
    return path;
}

static void remove_one(const char *folder)
{
    for (int step = 0; step <= ALL; step++)
        remove(checkpoint_in(folder, step));
    rmdir(folder);
}

/* An empty folder of that name. */
static void new_empty(const char *folder)
{
    remove_one(folder);
    assert_int_equal(mkdir(folder, 0700), 0);
}

/* Keeps every checkpoint of a run, which keeps two: by a second name. */
typedef struct keeper {
    const char *from, *to;
    int steps;
} keeper;

static int keep(void *user, const lin_step_info *info)
{
    keeper *k = user;
    (void)info;
    if (k->steps) assert_int_equal(link(checkpoint_in(k->from, k->steps), checkpoint_in(k->to, k->steps)), 0);
    k->steps++;
    return 0;
}

static void same_state(const setup *s, const char *a, const char *b, int step)
{
    size_t x_bytes, y_bytes;
    unsigned char *x = get_file(a, &x_bytes), *y = get_file(b, &y_bytes);
    if (x_bytes != y_bytes || memcmp(x, y, x_bytes))
        fail_msg("loss %s, optimizer %d, schedule %s, %d workers: not the same after a resume at step %d",
                 losses[s->loss].name, s->optimizer, schedules[s->schedule], s->workers, step);
    free(x);
    free(y);
}

static void same_epochs(const lin_history *a, const lin_history *b)
{
    assert_int_equal(lin_history_count(a), lin_history_count(b));
    for (int64_t i = 0; i < lin_history_count(a); i++) {
        lin_epoch x = *lin_history_at(a, i), y = *lin_history_at(b, i);
        x.seconds = y.seconds = 0;
        const double *p = &x.train_loss, *q = &y.train_loss;
        assert_int_equal(x.epoch, y.epoch);
        assert_int_equal(x.stopped, y.stopped);
        for (int k = 0; k < 5; k++)
            assert_true(p[k] == q[k] || (isnan(p[k]) && isnan(q[k])));
    }
}

static void same_parameters(const run *a, const run *b)
{
    lin_tensors p = lin_parameters(a->net), q = lin_parameters(b->net);
    for (int i = 0; i < p.count; i++)
        assert_memory_equal(lin_dtype_size(lin_type(p.at[i])) == 4 ? (void *)lin_f32(p.at[i]) : lin_f64(p.at[i]),
                            lin_dtype_size(lin_type(q.at[i])) == 4 ? (void *)lin_f32(q.at[i]) : lin_f64(q.at[i]),
                            (size_t)lin_numel(p.at[i]) * lin_dtype_size(lin_type(p.at[i])));
    assert_true(lin_lr(a->optimizer) == lin_lr(b->optimizer));
}

/* Resume a copy of the run's checkpoint of that step, and hold its end against the whole run's. */
static void resume_at(const setup *s, const run *whole, const char *kept, const char *end, int step)
{
    static const char folder[] = "resumed";
    new_empty(folder);
    assert_int_equal(link(checkpoint_in(kept, step), checkpoint_in(folder, step)), 0);
    run r = begin(s, folder, true);
    train(s, &r);
    same_state(s, end, checkpoint_in(folder, (int)lin_history_count(r.options.history) * STEPS), step);
    same_epochs(whole->options.history, r.options.history);
    same_parameters(whole, &r);
    lin_ctx_free(r.ctx);
}

/* `both`: at each step without workers and with four; otherwise in turn. Under valgrind at every fifth of those, of each setup at
 * others. */
static void check_setup(setup s, bool both)
{
    keeper k = {"whole", "kept", 0};
    char end[100];
    new_empty(k.from);
    new_empty(k.to);
    run whole = begin(&s, k.from, false);
    whole.options.on_step = keep;
    whole.options.user = &k;
    train(&s, &whole);
    int last = (int)lin_history_count(whole.options.history) * STEPS, every = valgrind_step(5);
    snprintf(end, sizeof end, "%s", checkpoint_in(k.from, last));
    assert_int_equal(link(end, checkpoint_in(k.to, last)), 0);
    for (int i = (s.optimizer + s.schedule + s.loss) % every; i < (both ? 2 * last : last); i += every) {
        s.workers = s.workers ? 0 : 4;
        resume_at(&s, &whole, k.to, end, 1 + (both ? i / 2 : i));
    }
    lin_ctx_free(whole.ctx);
    remove_one(k.from);
    remove_one(k.to);
    remove_one("resumed");
}

/* ---- Samples --------------------------------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t x = random_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* One of so many in the sample. */
static int one_in(void)
{
    return getenv("LINNET_SOAK") ? 1 : under_valgrind() ? 400 : 20;
}

static void every_optimizer_schedule_and_loss(void **state)
{
    (void)state;
    int all = 0, tried = 0;
    bool whole = one_in() == 1;
    for (int o = 0; o < OPTIMIZERS; o++)
        for (int c = 0; c < SCHEDULES; c++)
            for (int l = 0; l < LOSSES; l++, all++) {
                if (next_random() % (uint64_t)one_in()) continue;
                tried++;
                check_setup((setup){.optimizer = o,
                                    .schedule = c,
                                    .loss = l,
                                    .workers = tried % 2 ? 4 : 0,
                                    .dtype = tried % 3 ? LIN_F32 : LIN_F64,
                                    .without_test = tried % 5 == 0},
                            whole);
            }
    print_message("%d of %d combinations resumed at each of their steps%s\n", tried, all,
                  whole ? ", without workers and with four" : "");
}

/* One by one: nothing is left out of any sample. */
static void each_option_by_itself(void **state)
{
    (void)state;
    for (int o = 0; o < OPTIMIZERS; o++)
        check_setup((setup){.optimizer = o, .loss = 7}, true);
    for (int c = 0; c < SCHEDULES; c++)
        check_setup((setup){.schedule = c, .loss = 0, .optimizer = 5}, true);
    for (int l = 0; l < LOSSES; l++)
        check_setup((setup){.loss = l, .workers = 4, .optimizer = 13}, true);
}

static void early_stopping_goes_on_where_it_was(void **state)
{
    (void)state;
    const lin_early_stopping ends[] = {{.patience = 1},
                                       {.patience = 1, .min_delta = 1e3},
                                       {.patience = 1, .min_delta = 1e3, .restore_best = true},
                                       {.patience = 2, .min_delta = 0.1, .restore_best = true, .watch_train = true},
                                       {.restore_best = true}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        for (int up = 0; up < 2; up++)
            check_setup((setup){.end = ends[i], .loss = 7, .optimizer = 5 + up, .schedule = 9}, true);
}

int main(void)
{
    const char *seed = getenv("LINNET_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 " (LINNET_SEED=%" PRIu64 " repeats it)\n", random_state, random_state);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_by_itself),
        cmocka_unit_test(early_stopping_goes_on_where_it_was),
        cmocka_unit_test(every_optimizer_schedule_and_loss),
    };
    return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
