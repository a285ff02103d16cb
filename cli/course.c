/* The course of a training. */
#include "course.h"

#include "failure.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *course_folder(const settings *s)
{
    return s->resume ? s->resume : s->checkpoint;
}

static bool by_step(const settings *s)
{
    return s->schedule_by && strcmp(s->schedule_by, "step") == 0;
}

/* A schedule that is well spelt for some training, whose length is not known yet. */
static int check_schedule(const settings *s, lin_ctx *ctx)
{
    if (!s->schedule) return s->schedule_by ? fail_usage("train", "--schedule-by goes with --schedule") : 0;
    lin_region mark = lin_mark(ctx);
    lin_tensor *some = lin_parameter(lin_zeros(ctx, LIN_SHAPE(1)));
    lin_schedule *schedule = lin_schedule_from_text(lin_sgd(LIN_TENSORS(some), NULL), s->schedule, INT32_MAX);
    if (!schedule && lin_error_code_of(ctx) == LIN_EINVAL)
        fail_usage("train", "%s", lin_error(ctx));
    else if (!schedule)
        fail_library(ctx);
    else if (by_step(s) && lin_schedule_needs_metric(schedule))
        fail_usage("train", "--schedule-by step: a plateau looks at the loss of an epoch");
    lin_release(mark);
    return failure_code();
}

/* A run is not trained over. The library says so, too, but only once the data are read. */
static bool holds_checkpoints(const char *folder)
{
    DIR *names = opendir(folder);
    bool found = false;
    for (const struct dirent *entry; names && !found && (entry = readdir(names));)
        found = fnmatch("checkpoint-[0-9]*.safetensors", entry->d_name, 0) == 0;
    if (names) closedir(names);
    return found;
}

static int check_folder(const settings *s)
{
    const char *folder = course_folder(s), *option = s->resume ? "resume" : "checkpoint";
    struct stat status;
    if (!folder || stat(folder, &status) != 0) return 0;
    if (!S_ISDIR(status.st_mode))
        return fail_usage("train", "--%s %s: this is a file, and a folder for checkpoints is wanted", option, folder);
    if (s->resume || !holds_checkpoints(folder)) return 0;
    return fail_usage("train",
                      "--checkpoint %s: holds checkpoints of a run: go on with --resume %s, or name another folder",
                      folder, folder);
}

int course_check(const settings *s, lin_ctx *ctx)
{
    if (s->min_delta > 0 && !s->patience) return fail_usage("train", "--min-delta goes with --patience");
    if (s->checkpoint_every && !course_folder(s))
        return fail_usage("train", "--checkpoint-every goes with --checkpoint or --resume");
    if (s->resume && s->checkpoint && strcmp(s->resume, s->checkpoint) != 0)
        return fail_usage("train", "--resume %s writes its checkpoints there: leave out --checkpoint", s->resume);
    return check_folder(s) ? failure_code() : check_schedule(s, ctx);
}

/* How often a schedule steps in all. */
static int64_t schedule_steps(const settings *s, const recipe *r, int64_t rows)
{
    if (!by_step(s)) return r->epochs;
    int64_t batch = r->batch_size < rows ? r->batch_size : rows, batches = (rows + batch - 1) / batch;
    return batches <= INT64_MAX / r->epochs ? batches * r->epochs : INT64_MAX;
}

/* What fit does not know of the training, but its checkpoints must: in a buffer of its own. */
static const char *words_of(const recipe *r)
{
    static char words[40];
    snprintf(words, sizeof words, "--init %s", r->init);
    return words;
}

int course_set(const settings *s, const recipe *r, int64_t rows, lin_fit_options *options)
{
    if (s->schedule) {
        lin_ctx *ctx = lin_optimizer_context(options->optimizer);
        options->schedule = lin_schedule_from_text(options->optimizer, s->schedule, schedule_steps(s, r, rows));
        options->schedule_every_step = by_step(s);
        if (!options->schedule && lin_error_code_of(ctx) == LIN_EINVAL)
            return fail_usage("train", "%s", lin_error(ctx));
        if (!options->schedule) return fail_library(ctx);
    }
    options->early_stopping =
        (lin_early_stopping){.patience = s->patience, .min_delta = s->min_delta, .restore_best = s->patience > 0};
    options->checkpoint = (lin_checkpoint_options){.directory = course_folder(s),
                                                   .every = s->checkpoint_every,
                                                   .resume = s->resume != NULL,
                                                   .settings = course_folder(s) ? words_of(r) : NULL};
    return 0;
}
