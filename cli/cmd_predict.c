/* linnet predict: what a model says of each row, as CSV or JSON. */
#include "csv.h"
#include "failure.h"
#include "features.h"
#include "image.h"
#include "json.h"
#include "net.h"
#include "picture.h"
#include "streams.h"
#include "trained.h"

#include <inttypes.h>
#include <stdio.h>

/* Rows that are predicted at a time. */
enum { BATCH = 1024 };

/* Where predictions go: CSV as they come, JSON at the end, as it is nothing until it is whole. */
typedef struct sink {
    const trained *model;
    const char *data; /* as the command line has it */
    bool probabilities;
    json_t *predictions, *proba; /* NULL for CSV */
} sink;

/* ---- CSV ------------------------------------------------------------------------------------------ */

static void csv_header(const sink *k)
{
    int64_t outputs = net_outputs(k->model->net);
    char number[CLASS_NUMBER];
    if (k->model->classification || outputs == 1)
        fputs("prediction", stdout);
    else
        for (int64_t i = 0; i < outputs; i++)
            printf("%sprediction_%" PRId64, i ? "," : "", i);
    for (int64_t i = 0; k->probabilities && i < outputs; i++) {
        putchar(',');
        csv_words(stdout, "p_", trained_class(k->model, i, number));
    }
    putchar('\n');
}

static void csv_numbers(lin_tensor *table, int64_t row, const char *before)
{
    char text[LIN_NUMBER_SIZE];
    for (int64_t i = 0; i < lin_dim(table, 1); i++) {
        printf("%s%s", before, lin_number_text(text, lin_at(table, LIN_SHAPE(row, i)), lin_type(table)));
        before = ",";
    }
}

/* ---- Rows ----------------------------------------------------------------------------------------- */

static void put_class(const sink *k, int64_t i)
{
    char number[CLASS_NUMBER];
    const char *name = trained_class(k->model, i, number);
    if (k->predictions)
        json_array_append_new(k->predictions, json_words(name));
    else
        csv_words(stdout, "", name);
}

static void put_classes(const sink *k, lin_tensor *outputs)
{
    lin_tensor *classes = lin_argmax_dim(outputs, 1, false);
    const int64_t *class = lin_const_data_ptr(classes);
    lin_tensor *p = k->probabilities ? lin_softmax(outputs, 1) : NULL;
    if (!class || (k->probabilities && !p)) return;
    for (int64_t row = 0; row < lin_dim(outputs, 0); row++) {
        put_class(k, class[row]);
        if (k->proba) json_array_append_new(k->proba, json_tensor(lin_select(p, 0, row)));
        if (k->predictions) continue;
        if (p) csv_numbers(p, row, ",");
        putchar('\n');
    }
}

static void put_numbers(const sink *k, lin_tensor *outputs)
{
    if (lin_dim(outputs, 1) == 1 && k->predictions) outputs = lin_squeeze_dim(outputs, 1);
    for (int64_t row = 0; row < lin_dim(outputs, 0); row++) {
        if (k->predictions) {
            json_array_append_new(k->predictions, json_tensor(lin_select(outputs, 0, row)));
        } else {
            csv_numbers(outputs, row, "");
            putchar('\n');
        }
    }
}

/* All rows, batch by batch; nobody reading any more ends it, as does JSON that has no room. False where the library recorded why not all. */
static bool predict(const sink *k, lin_dataset *d)
{
    lin_ctx *ctx = lin_module_context(k->model->net);
    lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = BATCH, .in_order = true});
    lin_no_grad(ctx);
    int64_t rows;
    lin_batch m = {0};
    while ((rows = lin_loader_next(loader, &m)) > 0) {
        lin_tensor *outputs = lin_forward(k->model->net, m.X);
        if (outputs) (k->model->classification ? put_classes : put_numbers)(k, outputs);
        bool goes_on = k->predictions ? !json_memory_failed() : stdout_stands();
        if (lin_error_code_of(ctx) || !goes_on) break;
    }
    return !lin_error_code_of(ctx) && rows >= 0;
}

/* ---- The verb ------------------------------------------------------------------------------------- */

static int fail_json(const sink *k)
{
    return fail_at(EXIT_FAILED, k->data,
                   "out of memory: --json holds all predictions; without it they are written row by row");
}

static int show_json(sink *k)
{
    json_t *o = json_pack("{s:o}", "predictions", k->predictions);
    if (k->proba) json_object_set_new(o, "proba", k->proba);
    return json_show(o) ? 0 : fail_json(k);
}

static int predict_all(const settings *s, const trained *model, const source *data)
{
    if (s->proba && !model->classification)
        return fail_usage("predict", "--proba: %s predicts numbers, not classes", model->path);
    lin_dataset *d = trained_dataset(model, data);
    if (!d) return failure_code();
    sink k = {.model = model, .data = data->name, .probabilities = model->classification && (s->proba || s->json)};
    if (!s->json) {
        csv_header(&k);
        return predict(&k, d) ? 0 : fail_reading(data->ctx, data->name);
    }
    k.predictions = json_array();
    k.proba = k.probabilities ? json_array() : NULL;
    if (predict(&k, d)) return show_json(&k);
    json_decref(k.predictions); /* before anything is said: that takes memory, too */
    json_decref(k.proba);
    return lin_error_code_of(data->ctx) == LIN_ENOMEM ? fail_json(&k) : fail_library(data->ctx);
}

/* What the command line says must belong together. */
static int check(const settings *s)
{
    if (!s->image && s->argument_count < 2)
        return fail_usage("predict", "DATA is missing: linnet predict %s", s->verb->usage);
    if (!s->image && (s->top || s->invert))
        return fail_usage("predict", "--%s goes with --image", s->top ? "top" : "invert");
    if (!s->image) return 0;
    if (s->argument_count > 1)
        return fail_usage("predict", "--image %s stands for the data: leave out %s", s->image, s->argument[1]);
    if (s->proba || s->split)
        return fail_usage("predict", "--%s goes with DATA%s", s->proba ? "proba" : "split",
                          s->proba ? "; for the numbers of an image take --json" : "");
    return 0;
}

static int predict_data(const settings *s, lin_ctx **ctx)
{
    trained model;
    source data;
    if (trained_open(s, NULL, ctx, &model, &data)) return failure_code();
    data.y = NULL; /* nothing depends on it */
    return predict_all(s, &model, &data);
}

/* Classes as a picture, unless JSON is asked for; numbers as ever. */
static int predict_image(const settings *s, lin_ctx **ctx)
{
    trained model;
    source data;
    if (trained_open_alone(s, s->argument[0], ctx, &model) || image_open(s, *ctx, &model, &data)) return failure_code();
    if (s->json || !model.classification) return predict_all(s, &model, &data);
    lin_tensor *proba = lin_softmax(trained_outputs(&model, &data, 0, 1), 1);
    lin_names names = names_of(model.info.classes, model.info.class_count);
    lin_figure *figure = lin_proba_figure(proba, names, (int)s->top, lin_select(data.X, 0, 0));
    return figure ? picture_put(s, figure, NULL) : fail_library(*ctx);
}

static int run(const settings *s)
{
    lin_ctx *ctx = NULL;
    if (!check(s)) (s->image ? predict_image : predict_data)(s, &ctx);
    lin_ctx_free(ctx);
    return failure_code();
}

static const char *const about[] = {
    "Prints what a model says of each row: CSV with a header line, the prediction in the first column. For classes "
    "that is "
    "the name of the likeliest one; with --proba the probabilities of all follow, in columns p_NAME. For several "
    "numbers the columns are prediction_0, prediction_1 and so on. Numbers are as short as they can be to read back "
    "the same. "
    "Control characters in the names of classes are escaped, as \\x1B in CSV and as \\u001B in JSON.",
    "With --image a single picture is classified, and drawn beside the likeliest classes: a PNG of up to 12 million "
    "pixels, which is made grey and as large as the model's images, whatever its sides. Programs take --json instead.",
    "With --json it is {\"predictions\": [...], \"proba\": [[...]]}; proba for classes only. "
    "It is held in memory until it is whole, where CSV comes row by row.",
    NULL,
};
static const argument arguments[] = {
    {"MODEL", "a model that linnet train wrote, or another safetensors file of linear layers", NULL},
    {"DATA", "as for linnet train, labels are not needed; a known name or a directory means its test part",
     "fashion-mnist|synthetic"},
    {0},
};
static const option options[] = {
    {TEXT("image", image, "FILE.png", "a picture instead of DATA; the model must be one of images")},
    {FLAG("invert", invert,
          "exchange light and dark in it: for a picture on white, where the model learnt from black")},
    {WHOLE("top", top, "N", "3", "how many classes are shown of it, the likeliest first (default 3)"), .least = 1,
     .most = 100},
    {FLAG("proba", proba, "the probabilities of the classes, too (softmax of the outputs)")},
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
    {"linnet predict model.safetensors fashion-mnist | head", "what is on the first test pictures"},
    {"linnet predict model.safetensors --image boot.png --top 3", "what is on a picture of your own"},
    {"linnet predict model.safetensors houses.npy > prices.csv", "predictions for data of your own"},
    {0},
};

const verb verb_predict = {
    .name = "predict",
    .summary = "say what a model makes of data",
    .usage = "MODEL DATA|--image FILE.png [--proba] [OPTION...]",
    .about = about,
    .arguments = arguments,
    .least_arguments = 1,
    .most_arguments = 2,
    .options = options,
    .examples = examples,
    .redirect = "predictions.csv",
    .exits = "0|1|2|3|5",
    .run = run,
};
