/* tests/support/checkpoint.h: what the tests of checkpoints share: a small run that can be begun again and again, what the log said,
 * and folders of checkpoints. The working directory is the test's own folder: cmocka_run_group_tests(tests, enter_folder,
 * remove_folder). */
#ifndef LINNET_TESTS_CHECKPOINT_H
#define LINNET_TESTS_CHECKPOINT_H

#include "support/files.h"
#include "support/train.h"

#include <fcntl.h>

static inline int enter_folder(void **state)
{
    return new_folder(state) || chdir(test_folder);
}

static inline const char *checkpoint_in(const char *folder, int step)
{
    static char paths[4][200];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/checkpoint-%d.safetensors", folder, step);
    return path;
}

/* Remove a folder and what is in it, if it is there. */
static inline void remove_one(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            if (unlinkat(dirfd(dir), entry->d_name, 0)) unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
        }
    }
    if (dir) closedir(dir);
    rmdir(folder);
}

static inline int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The names in a folder, sorted, with a space between two. */
static inline const char *names_in(const char *folder)
{
    static char text[2000];
    char names[20][80];
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            assert_true(count < 20);
            snprintf(names[count++], sizeof names[0], "%.79s", entry->d_name);
        }
    closedir(dir);
    qsort(names, (size_t)count, sizeof names[0], compare_names);
    text[0] = 0;
    for (int i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", names[i]);
    return text;
}

/* ---- A run: three epochs of five steps, y = 2·x over ten rows, a linear layer in f32 with momentum --------------------- */

enum { SMALL_STEPS = 5, SMALL_EPOCHS = 3, SMALL_ALL = SMALL_STEPS * SMALL_EPOCHS };

typedef struct small {
    lin_ctx *ctx;
    lin_module *net;
    lin_dataset *train, *test;
    lin_fit_options options;
    int64_t steps;
    char said[2000]; /* the log, a line each */
} small;

static inline void note_log(void *user, lin_log_level level, const char *message)
{
    small *s = user;
    size_t used = strlen(s->said);
    snprintf(s->said + used, sizeof s->said - used, "%s%s\n", level == LIN_LOG_WARNING ? "warning: " : "", message);
}

/* Its data and options, to be varied; s stays where it is. */
static inline void small_begin(small *s, const char *folder, bool resume)
{
    *s = (small){0};
    s->ctx = lin_ctx_new(&(lin_ctx_options){.seed = 3, .threads = 1, .log = note_log, .log_user = s});
    lin_ctx *ctx = s->ctx;
    s->train = doubles(ctx, 10);
    s->test = doubles(ctx, 4);
    s->net = zero_linear(ctx, 1, 1);
    lin_sgd_options sgd_options = {.lr = 1e-3, .momentum = 0.5};
    s->options = (lin_fit_options){.loss = lin_mse,
                                   .optimizer = lin_sgd(lin_parameters(s->net), &sgd_options),
                                   .epochs = SMALL_EPOCHS,
                                   .batch_size = 2,
                                   .history = lin_history_new(ctx),
                                   .steps_done = &s->steps,
                                   .checkpoint = {.directory = folder, .every = 2, .resume = resume}};
    check_ok(ctx);
}

static inline int small_fit(small *s)
{
    return lin_fit(s->net, s->train, s->test, &s->options);
}

static inline void small_end(small *s)
{
    lin_ctx_free(s->ctx);
    s->ctx = NULL;
}

/* Ends the run after that step of the first epoch. */
static inline int stop_at_one(void *user, const lin_step_info *info)
{
    return info->epoch == 1 && info->step == *(int *)user;
}

/* A new run that ends after step `stop` of its first epoch. */
static inline void small_run_to(const char *folder, int stop)
{
    small s;
    small_begin(&s, folder, false);
    s.options.on_step = stop_at_one;
    s.options.user = &stop;
    assert_int_equal(small_fit(&s), LIN_ESTOPPED);
    small_end(&s);
}

/* One run from begin to end, which must be good. */
static inline void small_run(const char *folder, bool resume)
{
    small s;
    small_begin(&s, folder, resume);
    if (small_fit(&s)) fail_msg("%s", lin_error(s.ctx));
    small_end(&s);
}

/* The last checkpoint of a whole run: all that it was. In "whole", which is made once. */
static inline const char *whole_end(void)
{
    static bool made;
    if (!made) small_run("whole", false);
    made = true;
    return "whole/checkpoint-15.safetensors";
}

#endif
