/* linnet eval: how good a model is on data with labels. */
#include "context.h"
#include "failure.h"
#include "json.h"
#include "net.h"
#include "number.h"
#include "recipe.h"
#include "trained.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* y's class indices as rows of 0 and 1, for the loss that options->user points to. */
static lin_tensor *one_hot_loss(lin_tensor *y_hat, lin_tensor *y, const lin_loss_options *options)
{
    lin_loss_fn *const *loss = options->user;
    lin_loss_options inner = *options;
    inner.user = NULL;
    return (*loss)(y_hat, lin_to(lin_one_hot(y, lin_dim(y_hat, 1)), lin_type(y_hat)), &inner);
}

static int evaluate(const trained *model, const source *data, lin_scores *scores)
{
    lin_dataset *d = trained_dataset(model, data);
    if (!d) return failure_code();
    lin_loss_fn *loss = recipe_loss(model->info.training, model->classification);
    bool one_hot = model->classification && loss_takes_numbers(loss);
    lin_loss_options options = {.user = one_hot ? &loss : NULL};
    int code = lin_evaluate(model->net, d, one_hot ? one_hot_loss : loss, &options, scores);
    return code ? fail_library(data->ctx) : 0;
}

static int show(const lin_scores *s, bool classification, bool json)
{
    double r2 = s->rows > 1 ? s->r2 : NAN; /* one row has no variance to explain */
    if (json) {
        json_t *o = json_pack("{s:I, s:o}", "rows", (json_int_t)s->rows, "loss", json_number(s->loss, LIN_F64));
        if (classification) {
            json_object_set_new(o, "accuracy", json_number(s->accuracy, LIN_F64));
        } else {
            json_object_set_new(o, "r2", json_number(r2, LIN_F64));
            json_object_set_new(o, "mae", json_number(s->mae, LIN_F64));
            json_object_set_new(o, "rmse", json_number(s->rmse, LIN_F64));
        }
        return json_show(o) ? 0 : fail(EXIT_FAILED, "out of memory");
    }
    char text[LIN_NUMBER_SIZE];
    printf("rows:     %" PRId64 "\nloss:     %s\n", s->rows, number_brief(text, s->loss));
    if (classification) {
        printf("accuracy: %.4f\n", s->accuracy);
    } else {
        printf("r2:       %s\n", number_below_one(text, r2));
        printf("mae:      %s\n", number_brief(text, s->mae));
        printf("rmse:     %s\n", number_brief(text, s->rmse));
    }
    return 0;
}

static int run(const settings *s)
{
    lin_ctx *ctx = NULL;
    trained model;
    source data;
    lin_scores scores = {0};
    if (!trained_open(s, "--target", &ctx, &model, &data) && !trained_labels(&model, &data) &&
        !evaluate(&model, &data, &scores))
        show(&scores, model.classification, s->json);
    lin_ctx_free(ctx);
    return failure_code();
}

static const char *const about[] = {
    "Runs a model over data whose labels are known, and says how good it is: the mean loss, by the loss that it was "
    "trained with, and for classes the share of rows that it gets right (accuracy), for numbers R2 (1 is perfect, 0 no "
    "better than the mean), the mean absolute error and the root of the mean squared error.",
    NULL,
};
static const argument arguments[] = {
    {"MODEL", "a model that linnet train wrote, or another safetensors file of linear layers", NULL},
    {"DATA", "as for linnet train; a known name or a directory means its test part", "fashion-mnist|synthetic"},
    {0},
};
static const option options[] = {
    {TEXT("target", target, "FILE", "labels, or numbers to predict, for a file of features: npy or IDX")},
    {CHOICE("split", split, "train|test", "the part of DATA (default test)")},
    {SEED_OPTION("synthetic data")},
    {THREADS_OPTION},
    {JSON_OPTION},
    {COLOR_OPTION},
    {QUIET_OPTION},
    {HELP_OPTION},
    {0},
};
static const example examples[] = {
    {"linnet eval model.safetensors fashion-mnist", "on the test pictures"},
    {"linnet eval model.safetensors houses.npy --target prices.npy", "on data of your own"},
    {0},
};

const verb verb_eval = {
    .name = "eval",
    .summary = "say how good a model is",
    .usage = "MODEL DATA [--target FILE] [--split train|test] [OPTION...]",
    .about = about,
    .arguments = arguments,
    .least_arguments = 2,
    .most_arguments = 2,
    .options = options,
    .examples = examples,
    .exits = "0|1|2|3|5",
    .run = run,
};
