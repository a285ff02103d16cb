/* linnet train: a linear model from data. */
#include "advice.h"
#include "context.h"
#include "course.h"
#include "failure.h"
#include "features.h"
#include "fraction.h"
#include "net.h"
#include "picture.h"
#include "place.h"
#include "progress.h"
#include "recipe.h"
#include "report.h"
#include "stop.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct training {
    const settings *s;
    lin_ctx *ctx;
    source data; /* the training rows, and what they are called */
    lin_dataset *train, *test;
    recipe recipe;
    lin_module *net;
    lin_history *history;
    progress progress;
    double seconds;
    int64_t steps, epoch, step; /* all taken; the last one: its epoch, and its number in that */
    int64_t best;               /* the epoch whose weights are kept, 0: the last one */
    bool stopped;
} training;

/* ---- Before the work ------------------------------------------------------------------------------ */

/* Can the model be written, and over nothing that is read? Better asked now than after hours. */
static int check_output(const training *t)
{
    const settings *s = t->s;
    if (!s->output) return 0;
    const char *const inputs[] = {s->argument[0], s->target, s->test, s->test_target};
    if (is_result(s->output))
        return fail_usage("train", "-o %s is where the result is printed; give the model a file of its own", s->output);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (same_file(s->output, inputs[i])) return fail_usage("train", "-o %s would write over the data", s->output);
    if (same_place(s->output, s->plot))
        return fail_usage("train", "-o %s and --plot %s are one file; give the model its own", s->output, s->plot);
    return lin_can_write(t->ctx, s->output) ? fail_library(t->ctx) : 0;
}

/* ---- Data ----------------------------------------------------------------------------------------- */

static int split(training *t, double fraction)
{
    lin_dataset *all = t->train;
    if (lin_split(all, fraction, &t->train, &t->test)) return fail_library(t->ctx);
    if (lin_rows(t->train) && lin_rows(t->test)) return 0;
    return fail_usage("train", "--test %s leaves no row of %" PRId64 " to %s", t->s->test, lin_rows(all),
                      lin_rows(t->test) ? "train on" : "test on");
}

/* The test rows are of the same kind as those trained on. */
static int check_test_rows(const training *t, const source *test)
{
    lin_shape a = source_row(&t->data), b = source_row(test);
    bool same = a.ndim == b.ndim && memcmp(a.dim, b.dim, (size_t)a.ndim * sizeof *a.dim) == 0;
    if (same && source_is_images(&t->data) == source_is_images(test)) return 0;
    char row[256];
    snprintf(row, sizeof row, "%s", shape_text(a));
    return fail_at(EXIT_DATA, test->name, "rows are %s %s, those trained on are %s %s",
                   source_is_images(test) ? "images" : "numbers", shape_text(b),
                   source_is_images(&t->data) ? "images" : "numbers", row);
}

/* And so are their labels: what they are is settled by the task. */
static int check_test_labels(const training *t, source *test)
{
    if (t->recipe.classification ? source_as_classes(test) : source_as_numbers(test)) return failure_code();
    if (t->recipe.classification && test->class_count > t->data.class_count)
        return fail_at(EXIT_DATA, test->labels_name, "has the label %d; the rows trained on have %d classes, 0 to %d",
                       test->class_count - 1, t->data.class_count, t->data.class_count - 1);
    if (!t->recipe.classification && lin_dim(test->y, 1) != lin_dim(t->data.y, 1))
        return fail_at(EXIT_DATA, test->labels_name, "has %" PRId64 " numbers per row, those trained on have %" PRId64,
                       lin_dim(test->y, 1), lin_dim(t->data.y, 1));
    return 0;
}

static int open_test(training *t, const char *data)
{
    source test;
    source_request request = {
        .data = data, .target = t->s->test_target, .target_option = "--test-target", .verb = "train"};
    if (source_open(t->ctx, &request, &test)) return failure_code();
    if (check_test_rows(t, &test) || check_test_labels(t, &test)) return failure_code();
    t->test = source_dataset(&test);
    return failure_code();
}

static int open_data(training *t)
{
    const settings *s = t->s;
    double fraction;
    if (fraction_read(s->test, &fraction)) return failure_code();
    if (s->test_target && (!s->test || fraction > 0)) return fail_usage("train", "--test-target goes with --test FILE");
    source_request request = {
        .data = s->argument[0], .target = s->target, .target_option = "--target", .verb = "train", .train = true};
    if (source_open(t->ctx, &request, &t->data) || recipe_make(&t->recipe, s, &t->data)) return failure_code();
    t->train = source_dataset(&t->data);
    if (!t->train) return failure_code();
    if (fraction > 0) return split(t, fraction);
    if (s->test) return open_test(t, s->test);
    return t->data.has_parts ? open_test(t, s->argument[0]) : 0;
}

/* ---- Training ------------------------------------------------------------------------------------- */

static int on_step(void *user, const lin_step_info *info)
{
    training *t = user;
    t->epoch = info->epoch;
    t->step = info->step;
    progress_step(&t->progress, info);
    return 0;
}

static int on_epoch(void *user, const lin_epoch *epoch)
{
    training *t = user;
    progress_epoch(&t->progress, epoch);
    return 0;
}

static int train(training *t)
{
    const recipe *r = &t->recipe;
    lin_fit_options options = {
        .loss = r->loss,
        .optimizer = lin_sgd(lin_parameters(t->net),
                             &(lin_sgd_options){.lr = r->lr, .momentum = r->momentum, .weight_decay = r->weight_decay}),
        .epochs = r->epochs,
        .batch_size = r->batch_size,
        .in_order = r->in_order,
        .workers = (int)t->s->workers,
        .one_hot = r->one_hot,
        .on_step = on_step,
        .on_epoch = on_epoch,
        .user = t,
        .stop = &stop_signal,
        .history = t->history,
        .steps_done = &t->steps,
        .best_epoch = t->s->patience ? &t->best : NULL,
    };
    if (!options.optimizer) return fail_library(t->ctx);
    if (course_set(t->s, r, lin_rows(t->train), &options)) return failure_code();
    stop_watch();
    double began = seconds_now();
    int code = lin_fit(t->net, t->train, t->test, &options);
    t->seconds = fmax(seconds_now() - began, 0); /* whatever a clock does */
    progress_end(&t->progress, stop_signal == SIGINT);
    t->stopped = code == LIN_ESTOPPED && !lin_error_code_of(t->ctx);
    if (code == 0 || t->stopped) return 0;
    return code == LIN_EDIVERGED ? fail_diverged(r, &t->data) : fail_library(t->ctx);
}

/* ---- After the work ------------------------------------------------------------------------------- */

static bool is_pipe(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Of a training that was stopped, checkpoints are what it leaves: a model stays as it was. */
static int save(const training *t)
{
    if (!t->s->output || (t->stopped && course_folder(t->s))) return 0;
    if (is_pipe(t->s->output)) stop_unwatch(); /* it may wait for a reader without end */
    int count;
    lin_model_info info = {
        .task = t->recipe.classification ? "classification" : "regression",
        .classes = lin_classes(t->train, &count),
        .class_count = count,
        .input = source_row(&t->data),
        .input_dtype = source_type(&t->data),
    };
    info.class_count = count;
    char *settings = recipe_text(&t->recipe, t->steps);
    if (!settings) return failure_code();
    info.training = settings;
    int code = lin_save_with(t->net, t->s->output, &info);
    free(settings);
    return code ? fail_library(t->ctx) : 0;
}

/* The course of the training, as far as it came. */
static int draw(const training *t)
{
    if (!t->s->plot || !lin_history_count(t->history)) return 0;
    lin_figure *figure = lin_history_figure(t->ctx, t->history);
    return figure ? picture_put(t->s, figure, t->s->plot) : fail_library(t->ctx);
}

static int tell_stop(const training *t)
{
    static const struct {
        exit_code code;
        const char *name;
    } signals[] = {{EXIT_INTERRUPTED, "SIGINT"}, {EXIT_TERMINATED, "SIGTERM"}, {EXIT_HUNG_UP, "SIGHUP"}};
    int i = stop_signal == SIGINT ? 0 : stop_signal == SIGTERM ? 1 : 2;
    const char *output = t->s->output, *folder = course_folder(t->s);
    char place[80] = "";
    if (t->step) snprintf(place, sizeof place, " after step %" PRId64 " of epoch %" PRId64, t->step, t->epoch);
    return fail(signals[i].code, "stopped by %s%s (%" PRId64 " steps in all); %s%.1000s", signals[i].name, place,
                t->steps,
                folder   ? "to go on: --resume "
                : output ? "the weights so far are in "
                         : "without -o the weights are lost",
                folder   ? folder
                : output ? output
                         : "");
}

static const char *several(int64_t count, const char *ending)
{
    return count == 1 ? "" : ending;
}

static void tell_sizes(const training *t)
{
    int64_t rows = lin_rows(t->train), features = net_features(t->net), outputs = net_outputs(t->net);
    bool classes = t->recipe.classification;
    char test[48] = "";
    if (t->test) snprintf(test, sizeof test, ", testing on %" PRId64, lin_rows(t->test));
    remark(t->s, "training on %" PRId64 " row%s%s: %" PRId64 " feature%s, %" PRId64 " %s%s", rows, several(rows, "s"),
           test, features, several(features, "s"), outputs, classes ? "class" : "output",
           several(outputs, classes ? "es" : "s"));
}

static int work(training *t)
{
    if (course_check(t->s, t->ctx) || check_output(t) || picture_check(t->s, "--plot", t->s->plot) || open_data(t))
        return failure_code();
    if (t->data.largest_byte > 1)
        remark(t->s,
               "the features are bytes up to %d, and are used as they are; images of shape (n, height, width) are "
               "divided by 255",
               t->data.largest_byte);
    t->net = recipe_net(&t->recipe, &t->data);
    if (!t->net) return failure_code();
    tell_sizes(t);
    t->history = lin_history_new(t->ctx);
    t->progress = progress_new(t->s, t->recipe.classification, t->test != NULL, t->recipe.epochs, t->history, t->ctx);
    if (lin_error_code_of(t->ctx)) return fail_library(t->ctx);
    if (train(t) || save(t) || draw(t)) return failure_code();
    if (t->stopped) return tell_stop(t);
    report result = {.recipe = &t->recipe,
                     .train = t->train,
                     .test = t->test,
                     .net = t->net,
                     .history = t->history,
                     .best = t->best,
                     .scheduled = t->s->schedule != NULL,
                     .seconds = t->seconds,
                     .model = t->s->output};
    if (report_write(&result, t->s->json)) return failure_code();
    if (t->best && t->best != lin_history_count(t->history))
        remark(t->s, "the weights are those of epoch %" PRId64 ", the best one", t->best);
    if (t->s->output)
        remark(t->s, "the model is in %s", t->s->output);
    else
        remark(t->s, "nothing was written; to keep the model, train with -o model.safetensors");
    return 0;
}

static int run(const settings *s)
{
    training t = {.s = s, .ctx = context_new(s, recipe_dtype(s))};
    if (t.ctx) work(&t);
    lin_ctx_free(t.ctx);
    return failure_code();
}

/* ---- The table ------------------------------------------------------------------------------------ */

static const char *const about[] = {
    "Trains a linear model: softmax regression where the labels are classes, linear regression where they are numbers. "
    "Progress goes to standard error, the result to standard output; the model goes to the file that -o names.",
    "Without further options the settings are those of the book Dive into Deep Learning, chapter 3: for classes 10 "
    "epochs in batches of 256 with a learning rate of 0.1, for numbers 3 epochs in batches of 10 with 0.03. The same "
    "seed gives the same model, bit by bit, on any number of threads.",
    "Columns far from 1, such as areas, years or prices, make a training diverge. Scale them first, in Python with "
    "mean, std = X.mean(0), X.std(0) and numpy.save(\"scaled.npy\", (X - mean) / std); rows to predict later are "
    "scaled with the same mean and std. Scale targets far from 1, too: losses huber and l1 have gradients of at most 1 "
    "and would hardly come near them; what is predicted is scaled back, as prediction * std + mean.",
    "Features need not fit into memory: npy files of f32 (with --dtype f64: f64) and images of bytes, not gzipped, are "
    "read batch by batch where they cannot be mapped, by eval and predict, too (but --json of predict holds all "
    "predictions). The model is the same, bit by bit.",
    "The train loss of classes is the mean over the epoch's steps, as in the book, that of numbers the loss over all "
    "rows after the epoch.",
    "Ctrl-C ends the training after the step that runs; the weights so far are written. A second one ends it at once. "
    "SIGTERM and SIGHUP do the same. With --checkpoint the model is left as it was, and --resume goes on; the result "
    "is the "
    "same, bit by bit.",
    NULL,
};
static const argument arguments[] = {
    {"DATA",
     "what to learn from: fashion-mnist or synthetic (see linnet data list); a directory with MNIST's four IDX files; "
     "or a "
     "file of features (npy, or IDX, gzipped or not), a row for each example, with --target for the labels",
     "fashion-mnist|synthetic"},
    {0},
};
static const option options[] = {
    {TEXT("output", output, "MODEL", "write the model to this file, in the safetensors format"), .letter = 'o'},
    {TEXT("target", target, "FILE", "labels, or numbers to predict, for a file of features: npy or IDX")},
    {TEXT("test", test, "DATA|FRACTION",
          "rows to test on after each epoch: other data, or a fraction of DATA's rows, drawn at random and not trained "
          "on, as 0.2 (default: the test part, where DATA has one)")},
    {TEXT("test-target", test_target, "FILE", "labels for a file of features given to --test")},
    {CHOICE("task", task, "regression|classification",
            "what to learn (default: classification if the labels are of an integer type)")},
    {CHOICE("loss", loss, LOSSES,
            "what to make small (default: cross-entropy for classes, squared, which is half of mse, for numbers; mae "
            "is l1); on "
            "classes the others compare with rows of 0 and 1")},
    {WHOLE("epochs", epochs, "N", "10", "passes over the rows (default: 10 for classes, 3 for numbers)"), .least = 1},
    {WHOLE("batch-size", batch_size, "N|full", "256",
           "rows in a step; full: all of them (default: 256 for classes, 10 for numbers)"),
     .least = 1, .word = "full"},
    {REAL("lr", lr, "0.1", "learning rate (default: 0.1 for classes, 0.03 for numbers)"), .from_open = true},
    {REAL("momentum", momentum, "0.9", "momentum of the steps, at least 0 and below 1 (default 0)"), .to = 1,
     .to_open = true},
    {REAL("weight-decay", weight_decay, "0.0001", "how strongly weights are drawn to 0 (default 0)")},
    {TEXT("schedule", schedule, "SCHEDULE",
          "how the learning rate changes from epoch to epoch: step:SIZE[:GAMMA], exponential:GAMMA, "
          "cosine[:EPOCHS[:LEAST]], linear[:FROM[:TO[:EPOCHS]]], plateau[:FACTOR[:PATIENCE]], or warmup:EPOCHS[:FROM] "
          "before another, as warmup:2,cosine")},
    {CHOICE("schedule-by", schedule_by, "epoch|step", "what the numbers of --schedule count (default epoch)")},
    {WHOLE(
         "patience", patience, "EPOCHS", "5",
         "end when the loss (of the test rows, where there are any) has not become better for so many epochs, and keep "
         "the weights of the best one"),
     .least = 1},
    {REAL("min-delta", min_delta, "0.001",
          "how much lower a loss must be to count as better, for --patience (default 0)")},
    {TEXT("checkpoint", checkpoint, "DIR",
          "keep all of the training in this folder, after every epoch and when it is stopped, to resume it")},
    {WHOLE("checkpoint-every", checkpoint_every, "STEPS", "100", "keep it after every so many steps, too"), .least = 1},
    {TEXT(
        "resume", resume, "DIR",
        "go on from the newest checkpoint in this folder, with the same data and settings, as if nothing had happened; "
        "without one, begin and keep them there")},
    {CHOICE("init", init, "normal|zeros|kaiming",
            "how weights begin: N(0, 0.01) with bias 0, all 0, or as PyTorch's nn.Linear (default normal)")},
    {FLAG("in-order", in_order, "take the rows as they come, without shuffling")},
    {CHOICE("dtype", dtype, "f32|f64", "numbers to compute with (default f32)")},
    {SEED_OPTION("all that is random")},
    {THREADS_OPTION},
    {WHOLE("workers", workers, "N", "2",
           "threads that prepare batches ahead (default 0); the result does not depend on it"),
     .most = 64},
    {JSON_OPTION},
    {TEXT("plot", plot, "FILE", "draw losses and accuracies over the epochs into this file: .png, .svg or .pdf")},
    {CHOICE("progress", progress, "auto|curves|bar|plain|json|none",
            "how progress is shown; auto: curves that grow on a terminal, unless NO_COLOR is set, lines elsewhere; "
            "json: an object per epoch, even with --quiet")},
    {COLOR_OPTION},
    {QUIET_OPTION},
    {HELP_OPTION},
    {0},
};
static const example examples[] = {
    {"linnet train fashion-mnist -o model.safetensors", "learn to tell clothes apart, and keep the model"},
    {"linnet train synthetic", "linear regression on generated data: find the line that it was made from"},
    {"linnet train houses.npy --target prices.npy --test 0.2", "data of your own; a fifth of the rows is for testing"},
    {"linnet train fashion-mnist --resume run -o model.safetensors",
     "a training that survives whatever stops it: the same command goes on"},
    {"linnet train fashion-mnist --plot curves.svg", "its curves as a file, too"},
    {"linnet train fashion-mnist --epochs 2 --json --quiet", "the result for other programs"},
    {0},
};

const verb verb_train = {
    .name = "train",
    .summary = "train a model",
    .usage = "DATA [--target FILE] [--test DATA|FRACTION] [-o MODEL] [OPTION...]",
    .about = about,
    .arguments = arguments,
    .least_arguments = 1,
    .most_arguments = 1,
    .options = options,
    .examples = examples,
    .exits = "0|1|2|3|4|5|129|130|143",
    .run = run,
};
