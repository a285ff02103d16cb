/* The folder of checkpoints: what is written when, what is kept, how a run goes on, what it says. */
#include "support/checkpoint.h"

/* ---- What is written ------------------------------------------------------------------------------------------------- */

static void the_newest_two_are_kept(void **state)
{
    (void)state;
    small_run("kept", false); /* 2, 4, 5 (an end), 6, 8, 10 (an end), 12, 14, 15 */
    assert_string_equal(names_in("kept"), "checkpoint-14.safetensors checkpoint-15.safetensors");
    remove_one("kept");
    small s;
    small_begin(&s, "kept", false);
    s.options.checkpoint.every = 0; /* at the ends of epochs alone */
    assert_int_equal(small_fit(&s), 0);
    assert_string_equal(names_in("kept"), "checkpoint-10.safetensors checkpoint-15.safetensors");
    assert_string_equal(s.said, "");
    small_end(&s);
    remove_one("kept");
}

static void one_is_kept_before_there_are_two(void **state)
{
    (void)state;
    for (int stop = 1; stop <= 4; stop++) {
        small_run_to("first", stop);
        const char *const names[] = {"checkpoint-1.safetensors", "checkpoint-2.safetensors",
                                     "checkpoint-2.safetensors checkpoint-3.safetensors",
                                     "checkpoint-2.safetensors checkpoint-4.safetensors"};
        assert_string_equal(names_in("first"), names[stop - 1]);
        remove_one("first");
    }
}

/* No run writes one of number 0, but it is a number: it is gone on from, and goes when there are two newer ones. */
static void one_of_number_0(void **state)
{
    (void)state;
    for (int alone = 0; alone < 2; alone++) {
        small_run_to("zero", 2);
        assert_int_equal(rename("zero/checkpoint-2.safetensors", "zero/checkpoint-0.safetensors"), 0);
        if (!alone) put_file("zero/checkpoint-20.safetensors", "junk", 4);
        int stop = 4;
        small s;
        small_begin(&s, "zero", true);
        s.options.on_step = stop_at_one;
        s.options.user = &stop;
        assert_int_equal(small_fit(&s), LIN_ESTOPPED);
        assert_non_null(strstr(s.said, "resumed from zero/checkpoint-0.safetensors, after step 2 of epoch 1\n"));
        assert_string_equal(names_in("zero"), "checkpoint-0.safetensors checkpoint-4.safetensors");
        small_end(&s);
        small_run("zero", true);
        assert_string_equal(names_in("zero"), "checkpoint-14.safetensors checkpoint-15.safetensors");
        check_same_files(whole_end(), "zero/checkpoint-15.safetensors");
        remove_one("zero");
    }
}

static void equal_runs_give_equal_files(void **state)
{
    (void)state;
    small_run("again", false);
    check_same_files(whole_end(), "again/checkpoint-15.safetensors");
    check_same_files("whole/checkpoint-14.safetensors", "again/checkpoint-14.safetensors");
    remove_one("again");
}

static void folders_are_made(void **state)
{
    (void)state;
    assert_int_equal(mkdir("deep", 0700), 0);
    small s;
    small_begin(&s, "deep/er/est", true);
    assert_int_equal(small_fit(&s), 0);
    assert_string_equal(s.said, "warning: no checkpoint in deep/er/est: starting afresh\n");
    check_same_files(whole_end(), "deep/er/est/checkpoint-15.safetensors");
    small_end(&s);
    remove_one("deep/er/est");
    remove_one("deep/er");
    remove_one("deep");
}

static void other_files_are_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"checkpoint-007.safetensors",
                                        "checkpoint-.safetensors",
                                        "checkpoint-3.safetensors.bak",
                                        "checkpoint-x.safetensors",
                                        "checkpoint-1000000000000000000.safetensors",
                                        "notes.txt",
                                        "model.safetensors"};
    const char *all = "checkpoint-.safetensors checkpoint-007.safetensors checkpoint-1000000000000000000.safetensors "
                      "checkpoint-3.safetensors.bak checkpoint-x.safetensors model.safetensors notes.txt";
    assert_int_equal(mkdir("others", 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[100];
        snprintf(path, sizeof path, "others/%s", names[i]);
        put_file(path, "x", 1);
    }
    assert_string_equal(names_in("others"), all);
    small s;
    small_begin(&s, "others", true);
    assert_int_equal(small_fit(&s), 0);
    assert_string_equal(s.said, "warning: no checkpoint in others: starting afresh\n");
    small_end(&s);
    remove("others/checkpoint-14.safetensors");
    remove("others/checkpoint-15.safetensors");
    assert_string_equal(names_in("others"), all);
    remove_one("others");
}

/* A file whose name is a checkpoint's, but which is none: a folder, a pipe, a link to nowhere. None of them is opened. */
static void what_is_no_plain_file_is_no_checkpoint(void **state)
{
    (void)state;
    assert_int_equal(mkdir("odd", 0700) || mkdir("odd/checkpoint-97.safetensors", 0700) ||
                         mkfifo("odd/checkpoint-98.safetensors", 0600) ||
                         symlink("nowhere", "odd/checkpoint-99.safetensors"),
                     0);
    static const char *const others[] = {"checkpoint-.safetensors", "checkpoint-099.safetensors",
                                         "checkpoint-99.safetensor", "checkpoint-1234567890123456789.safetensors",
                                         "checkpoint-9x.safetensors"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char path[100];
        snprintf(path, sizeof path, "odd/%s", others[i]);
        put_file(path, "mine", 4);
    }
    small s;
    small_begin(&s, "odd", true);
    assert_int_equal(small_fit(&s), 0);
    check_same_files(whole_end(), "odd/checkpoint-15.safetensors");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_non_null(strstr(names_in("odd"), others[i]));
    small_end(&s);
    remove_one("odd");
}

/* Files that a killed run was writing go; those of a process that lives stay. */
static void what_a_killed_run_left(void **state)
{
    (void)state;
    char mine[100];
    snprintf(mine, sizeof mine, "left/.linnet-%ld-0.tmp", (long)getpid());
    assert_int_equal(mkdir("left", 0700), 0);
    put_file("left/.linnet-999999999-3.tmp", "half", 4); /* beyond any process number */
    put_file("left/.linnet-x-3.tmp", "half", 4);
    put_file("left/.linnet-7.txt", "half", 4);
    put_file("left/.linnet-4294967297-1.tmp", "half", 4); /* no process number at all */
    put_file("left/.linnet--1-1.tmp", "half", 4);
    put_file("left/.linnet-", "half", 4);
    put_file(mine, "half", 4);
    small_run("left", true);
    assert_int_equal(access("left/.linnet-999999999-3.tmp", F_OK), -1);
    assert_int_equal(access(mine, F_OK) || access("left/.linnet-x-3.tmp", F_OK) || access("left/.linnet-7.txt", F_OK) ||
                         access("left/.linnet-4294967297-1.tmp", F_OK) || access("left/.linnet--1-1.tmp", F_OK) ||
                         access("left/.linnet-", F_OK),
                     0);
    remove_one("left");
}

/* ---- Resuming -------------------------------------------------------------------------------------------------------- */

static void checkpoints_that_are_not_to_be_resumed(void **state)
{
    (void)state;
    small s;
    whole_end();
    small_begin(&s, "whole", false);
    assert_int_equal(small_fit(&s), LIN_EINVAL);
    check_error(s.ctx, LIN_EINVAL, "whole: holds checkpoints of a run: resume it, or name another folder");
    CHECK_VALUES(lin_weight(s.net), 0, 0);
    assert_string_equal(names_in("whole"), "checkpoint-14.safetensors checkpoint-15.safetensors");
    small_end(&s);
}

/* A run that is over says its result once more. */
static void a_run_that_is_over(void **state)
{
    (void)state;
    small whole, s;
    small_begin(&whole, NULL, false);
    whole.options.checkpoint = (lin_checkpoint_options){0};
    assert_int_equal(small_fit(&whole), 0);
    struct stat before, behind;
    assert_int_equal(stat(whole_end(), &before), 0);
    small_begin(&s, "whole", true);
    seen none = {0};
    s.options.on_step = on_step;
    s.options.on_epoch = on_epoch;
    s.options.user = &none;
    assert_int_equal(small_fit(&s), 0);
    assert_int_equal(none.steps + none.epochs, 0);
    assert_int_equal(s.steps, SMALL_ALL);
    assert_string_equal(s.said, "resumed from whole/checkpoint-15.safetensors, after epoch 3\n");
    assert_memory_equal(lin_f32(lin_weight(s.net)), lin_f32(lin_weight(whole.net)), sizeof(float));
    assert_memory_equal(lin_f32(lin_bias(s.net)), lin_f32(lin_bias(whole.net)), sizeof(float));
    assert_int_equal(lin_history_count(s.options.history), 3);
    for (int i = 0; i < 3; i++) {
        const lin_epoch *a = lin_history_at(s.options.history, i), *b = lin_history_at(whole.options.history, i);
        assert_true(a->test_loss == b->test_loss && a->train_loss == b->train_loss && a->lr == b->lr);
        assert_int_equal(a->epoch, i + 1);
        assert_true(isnan(a->seconds) && isnan(a->train_acc) && !isnan(b->seconds));
    }
    assert_string_equal(names_in("whole"), "checkpoint-14.safetensors checkpoint-15.safetensors");
    assert_int_equal(stat(whole_end(), &behind), 0);
    assert_int_equal(behind.st_ino, before.st_ino); /* it is not written once more */
    small_end(&s);
    small_end(&whole);
}

static void more_epochs_and_fewer(void **state)
{
    (void)state;
    small_run("more", false);
    small s;
    for (int epochs = 1; epochs <= 2; epochs++) {
        small_begin(&s, "more", true);
        s.options.epochs = epochs;
        assert_int_equal(small_fit(&s), LIN_EMISMATCH);
        char expected[200];
        snprintf(expected, sizeof expected, ".safetensors: the checkpoint has gone through more than the %s asked for",
                 epochs == 1 ? "1 epoch that is" : "2 epochs that are");
        check_error_has(s.ctx, LIN_EMISMATCH, expected);
        CHECK_VALUES(lin_weight(s.net), 0, 0);
        small_end(&s);
    }
    small_begin(&s, "more", true);
    s.options.epochs = 5;
    assert_int_equal(small_fit(&s), 0);
    assert_int_equal(s.steps, 25);
    small_end(&s);
    small_begin(&s, "longer", false);
    s.options.epochs = 5;
    assert_int_equal(small_fit(&s), 0);
    small_end(&s);
    check_same_files("more/checkpoint-25.safetensors", "longer/checkpoint-25.safetensors");
    /* Half of an epoch beyond those that are asked for. */
    assert_int_equal(remove("longer/checkpoint-25.safetensors"), 0);
    small_begin(&s, "longer", true);
    s.options.epochs = 4;
    assert_int_equal(small_fit(&s), LIN_EMISMATCH);
    check_error_has(s.ctx, LIN_EMISMATCH, "more than the 4 epochs that are asked for");
    small_end(&s);
    remove_one("more");
    remove_one("longer");
}

/* Nothing but the run itself counts: not how often it wrote, with how many workers, nor in which folder. */
static void what_may_differ(void **state)
{
    (void)state;
    whole_end();
    small_run_to("here", 3);
    assert_int_equal(rename("here", "there"), 0);
    small s;
    small_begin(&s, "there", true);
    s.options.checkpoint.every = 7;
    s.options.workers = 3;
    s.options.history = NULL;
    lin_loader_new(s.train, NULL); /* this one's number is another's now */
    lin_normal(s.ctx, 0, 1, LIN_SHAPE(3));
    assert_int_equal(small_fit(&s), 0);
    check_same_files(whole_end(), "there/checkpoint-15.safetensors");
    small_end(&s);
    remove_one("there");
}

/* ---- Parameters beyond the net --------------------------------------------------------------------------------------- */

typedef struct weights {
    lin_tensor *w, *b;
} weights;

static lin_tensor *by_hand(void *user, lin_tensor *X)
{
    const weights *p = user;
    return lin_add(lin_matmul(X, p->w), p->b);
}

/* From scratch: the net is a function of parameters that only the optimizer knows. */
static double from_scratch(const char *folder, bool resume, int stop)
{
    small s;
    small_begin(&s, folder, resume);
    lin_ctx *ctx = s.ctx;
    weights p = {lin_parameter(lin_normal(ctx, 0, 1, LIN_SHAPE(1, 1))), lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)))};
    s.net = lin_lambda(ctx, by_hand, &p);
    s.options.optimizer = lin_sgd(LIN_TENSORS(p.w, p.b), &(lin_sgd_options){.lr = 1e-3, .momentum = 0.9});
    s.options.early_stopping.restore_best = true;
    s.options.on_step = stop_at_one;
    s.options.user = &stop;
    int code = small_fit(&s);
    if (code != (stop ? LIN_ESTOPPED : 0)) fail_msg("%s", lin_error(ctx));
    double result = lin_item(p.w) + 1000 * lin_item(p.b);
    small_end(&s);
    return result;
}

static void parameters_that_only_the_optimizer_knows(void **state)
{
    (void)state;
    double whole = from_scratch("scratch", false, 0);
    remove_one("scratch");
    from_scratch("scratch", false, 3);
    assert_true(from_scratch("scratch", true, 0) == whole);
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin_state tensors;
    assert_int_equal(lin_load_safetensors(ctx, "scratch/checkpoint-15.safetensors", &tensors), 0);
    static const char *const names[] = {"optimizer.0",
                                        "optimizer.1",
                                        "best.optimizer.0",
                                        "best.optimizer.1",
                                        "optimizer.0.momentum_buffer",
                                        "optimizer.1.momentum_buffer",
                                        "history"};
    assert_int_equal(tensors.count, 7);
    for (int i = 0; i < 7; i++)
        assert_string_equal(tensors.names[i], names[i]);
    assert_null(lin_load(ctx, "scratch/checkpoint-15.safetensors"));
    check_error(ctx, LIN_EDATA,
                "scratch/checkpoint-15.safetensors: byte 65: this is a checkpoint of a training, not a model: it is "
                "there to be "
                "resumed");
    lin_ctx_free(ctx);
    remove_one("scratch");
}

/* One that had no gradient yet has no velocity, and its first step is a first step after a resume too. */
static lin_tensor *first_layer_only(void *user, lin_tensor *X)
{
    return lin_forward(user, X);
}

static void a_velocity_that_has_not_begun(void **state)
{
    (void)state;
    double results[2];
    for (int way = 0; way < 2; way++) {
        for (int part = 0; part <= way; part++) {
            int stop = way && !part ? 3 : 0;
            small s;
            small_begin(&s, "idle", part);
            lin_module *used = zero_linear(s.ctx, 1, 1), *idle = zero_linear(s.ctx, 1, 1);
            s.net = lin_lambda(s.ctx, first_layer_only, used);
            s.options.optimizer = lin_sgd(LIN_TENSORS(lin_weight(idle), lin_weight(used)),
                                          &(lin_sgd_options){.lr = 1e-3, .momentum = 0.9, .dampening = 0.5});
            s.options.on_step = stop_at_one;
            s.options.user = &stop;
            assert_int_equal(small_fit(&s), stop ? LIN_ESTOPPED : 0);
            lin_backward(lin_sum(lin_weight(idle))); /* its first gradient: v = g, not dampened */
            lin_zero_grad_of(lin_weight(used));
            lin_step(s.options.optimizer);
            CHECK_VALUES(lin_weight(idle), 1e-9, -1e-3);
            results[way] = lin_item(lin_weight(used));
            small_end(&s);
        }
        remove_one("idle");
    }
    assert_true(results[0] == results[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_two_are_kept),
        cmocka_unit_test(one_is_kept_before_there_are_two),
        cmocka_unit_test(equal_runs_give_equal_files),
        cmocka_unit_test(folders_are_made),
        cmocka_unit_test(other_files_are_left_alone),
        cmocka_unit_test(what_is_no_plain_file_is_no_checkpoint),
        cmocka_unit_test(what_a_killed_run_left),
        cmocka_unit_test(checkpoints_that_are_not_to_be_resumed),
        cmocka_unit_test(a_run_that_is_over),
        cmocka_unit_test(more_epochs_and_fewer),
        cmocka_unit_test(what_may_differ),
        cmocka_unit_test(parameters_that_only_the_optimizer_knows),
        cmocka_unit_test(a_velocity_that_has_not_begun),
        cmocka_unit_test(one_of_number_0),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, NULL);
    remove_one("whole");
    return failed || remove_folder(NULL);
}
