/* A run with checkpoints that ends early: stopped, diverged, or unable to write. */
#include "support/checkpoint.h"

#include <inttypes.h>
#include <limits.h>

/* ---- Stopping -------------------------------------------------------------------------------------------------------- */

/* Stop a run after `step` updates, by the flag or by a callback's result or failure; then go on. */
static void stop_and_go_on(seen how, const char *said)
{
    volatile sig_atomic_t flag = 0;
    small s;
    small_begin(&s, "stopped", false);
    bool fails = how.fail, flags = how.flag;
    if (fails) how.fail = s.ctx;
    if (flags) how.flag = &flag;
    s.options.checkpoint.every = 0;
    s.options.on_step = on_step;
    s.options.on_epoch = on_epoch;
    s.options.user = &how;
    s.options.stop = &flag;
    assert_int_equal(small_fit(&s), fails ? LIN_EIO : LIN_ESTOPPED);
    small_end(&s);
    small_begin(&s, "stopped", true);
    assert_int_equal(small_fit(&s), 0);
    assert_string_equal(s.said, said);
    check_same_files(whole_end(), "stopped/checkpoint-15.safetensors");
    small_end(&s);
    remove_one("stopped");
}

static void a_stop_saves_first(void **state)
{
    (void)state;
    volatile sig_atomic_t flag;
    lin_ctx *some = lin_ctx_new(NULL);
    for (int way = 0; way < 3; way++)
        for (int64_t step = 1; step <= SMALL_ALL; step++) {
            seen how = {.stop_at_step = step, .flag = way == 1 ? &flag : NULL, .fail = way == 2 ? some : NULL};
            char said[200];
            int64_t epochs = (step - 1) / SMALL_STEPS; /* the last step of an epoch leaves its scores to be found */
            snprintf(said, sizeof said,
                     "resumed from stopped/checkpoint-%" PRId64 ".safetensors, after step %" PRId64 " of epoch %" PRId64
                     "\n",
                     step, step - epochs * SMALL_STEPS, epochs + 1);
            stop_and_go_on(how, said);
        }
    stop_and_go_on((seen){.stop_at_epoch = 2}, "resumed from stopped/checkpoint-10.safetensors, after epoch 2\n");
    stop_and_go_on((seen){.stop_at_epoch = 1, .flag = &flag},
                   "resumed from stopped/checkpoint-5.safetensors, after epoch 1\n");
    lin_ctx_free(some);
}

static void a_stop_before_the_first_step(void **state)
{
    (void)state;
    volatile sig_atomic_t flag = 1;
    small s;
    small_begin(&s, "early", false);
    s.options.stop = &flag;
    assert_int_equal(small_fit(&s), LIN_ESTOPPED);
    assert_string_equal(names_in("early"), "");
    small_end(&s);
    small_begin(&s, "early", true);
    s.options.stop = &flag;
    assert_int_equal(small_fit(&s), LIN_ESTOPPED);
    assert_string_equal(s.said, "warning: no checkpoint in early: starting afresh\n");
    small_end(&s);
    remove_one("early");
}

/* Stopped again and again, after one step each time. */
static void stopped_after_every_step(void **state)
{
    (void)state;
    int runs = 0;
    for (bool resume = false;; resume = true) {
        seen one = {.stop_at_step = 1};
        small s;
        small_begin(&s, "steps", resume);
        s.options.on_step = on_step;
        s.options.user = &one;
        int code = small_fit(&s);
        small_end(&s);
        runs++;
        if (code == 0) break;
        assert_int_equal(code, LIN_ESTOPPED);
    }
    assert_int_equal(runs, SMALL_ALL + 1);
    check_same_files(whole_end(), "steps/checkpoint-15.safetensors");
    remove_one("steps");
}

/* ---- Divergence ------------------------------------------------------------------------------------------------------ */

/* Spoil a parameter before the step that follows, or the data. */
static int spoil(void *user, const lin_step_info *info)
{
    small *s = user;
    if (info->epoch == 2 && info->step == 2) lin_f32(lin_array(s->train, 1))[0] = NAN;
    return 0;
}

static void a_diverged_run_leaves_the_good_ones(void **state)
{
    (void)state;
    small_run_to("good", 5);
    small s;
    small_begin(&s, "good", true);
    s.options.on_step = spoil;
    s.options.user = &s;
    s.options.checkpoint.every = 1;
    assert_int_equal(small_fit(&s), LIN_EDIVERGED);
    check_error_has(s.ctx, LIN_EDIVERGED, "training diverged at epoch ");
    int64_t last = s.steps;
    assert_true(last >= 7 && last < 13);
    small_end(&s);
    assert_int_equal(access(checkpoint_in("good", (int)last), F_OK), 0);
    assert_int_equal(access(checkpoint_in("good", (int)last + 1), F_OK), -1);
    small_begin(&s, "good", true); /* what stands is good: with the data as they were it goes on */
    assert_int_equal(small_fit(&s), 0);
    check_same_files(whole_end(), "good/checkpoint-15.safetensors");
    small_end(&s);
    remove_one("good");
}

/* The parameters are finite, their sums are not: a loss over all rows that diverges ends the epoch without a checkpoint. */
static void a_parameter_that_is_not_finite(void **state)
{
    (void)state;
    small s;
    small_begin(&s, "huge", false);
    lin_set_lr(s.options.optimizer, 1e30);
    s.options.checkpoint.every = 1;
    assert_int_equal(small_fit(&s), LIN_EDIVERGED);
    check_error_has(s.ctx, LIN_EDIVERGED, "training diverged at epoch 1, step 2");
    assert_string_equal(names_in("huge"), "checkpoint-1.safetensors"); /* of the step before, which was finite */
    small_end(&s);
    remove_one("huge");
}

/* ---- What cannot be written ------------------------------------------------------------------------------------------ */

/* One byte more than a path may have: nothing of the way there is made. */
static void a_path_that_is_too_long(void **state)
{
    (void)state;
    char path[PATH_MAX + 1];
    memset(path, 'n', sizeof path);
    for (size_t i = 100; i < PATH_MAX; i += 100)
        path[i] = '/';
    path[PATH_MAX] = '\0';
    small s;
    small_begin(&s, path, false);
    assert_int_equal(small_fit(&s), LIN_EIO);
    check_error_has(s.ctx, LIN_EIO, "this folder cannot be made: File name too long");
    path[100] = '\0';
    assert_int_equal(access(path, F_OK), -1);
    small_end(&s);
}

static void folders_that_cannot_be_had(void **state)
{
    (void)state;
    put_file("plain", "x", 1);
    small s;
    small_begin(&s, "plain", false);
    assert_int_equal(small_fit(&s), LIN_EIO);
    check_error(s.ctx, LIN_EIO, "plain: this folder cannot be made: Not a directory");
    s.options.checkpoint.directory = "plain/below";
    assert_int_equal(small_fit(&s), LIN_EIO);
    check_error(s.ctx, LIN_EIO, "plain: this folder cannot be made: Not a directory");
    s.options.checkpoint.directory = "";
    assert_int_equal(small_fit(&s), LIN_EINVAL);
    check_error(s.ctx, LIN_EINVAL, "the path of a folder is empty");
    char name[400];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    s.options.checkpoint.directory = name;
    assert_int_equal(small_fit(&s), LIN_EIO);
    check_error_has(s.ctx, LIN_EIO, "this folder cannot be made: File name too long");
    CHECK_VALUES(lin_weight(s.net), 0, 0); /* all of it was asked before the first step */
    small_end(&s);
    remove("plain");
}

static int take_away(void *user, const lin_step_info *info)
{
    (void)user;
    if (info->epoch == 2 && info->step == 3) assert_int_equal(rename("gone", "kept-safe"), 0);
    return 0;
}

/* It ends, and what stands stays good. */
static void one_that_cannot_be_written_ends_the_run(void **state)
{
    (void)state;
    small s;
    small_begin(&s, "gone", false);
    s.options.on_step = take_away;
    assert_int_equal(small_fit(&s), LIN_EIO);
    check_error(s.ctx, LIN_EIO,
                "gone/checkpoint-8.safetensors: cannot be created: No such file or directory: make its folder first");
    assert_int_equal(s.steps, 8);
    small_end(&s);
    assert_string_equal(names_in("kept-safe"), "checkpoint-5.safetensors checkpoint-6.safetensors");
    small_run("kept-safe", true);
    check_same_files(whole_end(), "kept-safe/checkpoint-15.safetensors");
    remove_one("kept-safe");
}

static int fit_within(void *user, const lin_step_info *info)
{
    int *code = user;
    if (info->epoch != 1 || info->step != 3) return 0;
    small s;
    small_begin(&s, "mine", true);
    *code = small_fit(&s);
    check_error(s.ctx, LIN_EIO, "mine: another run is writing its checkpoints there");
    small_end(&s);
    return 0;
}

static void a_folder_of_its_own(void **state)
{
    (void)state;
    int code = 0;
    small s;
    small_begin(&s, "mine", false);
    s.options.on_step = fit_within;
    s.options.user = &code;
    assert_int_equal(small_fit(&s), 0);
    assert_int_equal(code, LIN_EIO);
    small_end(&s);
    check_same_files(whole_end(), "mine/checkpoint-15.safetensors");
    small_run("mine", true); /* it is free again */
    remove_one("mine");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_saves_first),
        cmocka_unit_test(a_stop_before_the_first_step),
        cmocka_unit_test(stopped_after_every_step),
        cmocka_unit_test(a_diverged_run_leaves_the_good_ones),
        cmocka_unit_test(a_parameter_that_is_not_finite),
        cmocka_unit_test(a_path_that_is_too_long),
        cmocka_unit_test(folders_that_cannot_be_had),
        cmocka_unit_test(one_that_cannot_be_written_ends_the_run),
        cmocka_unit_test(a_folder_of_its_own),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, NULL);
    remove_one("whole");
    return failed || remove_folder(NULL);
}
