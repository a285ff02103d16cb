/* linnet plot: a picture of data, of a model, or of what the chapter explains. */
#include "plot.h"

#include "context.h"
#include "failure.h"
#include "picture.h"
#include "words.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct kind {
    const char *name, *arguments;
    int least, most;
    const char *options;
    lin_figure *(*make)(plot *p);
} kind;

static const kind all[] = {
#define PLOT_X(name, arguments, least, most, options, help) {#name, arguments, least, most, options, plot_##name},
    PLOT_KINDS(PLOT_X)
#undef PLOT_X
};
enum { KINDS = sizeof all / sizeof *all };

static const kind *find(const char *name)
{
    guess near = {0};
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(all[i].name, name) == 0) return &all[i];
        offer(&near, name, all[i].name, -1);
    }
    fail_usage("plot", "there is no picture '%s'%s", name, did_you_mean(&near, ""));
    return NULL;
}

static int check_arguments(const kind *k, const settings *s)
{
    if (s->argument_count < k->least)
        return fail_usage("plot", "%s takes %s: linnet plot %s %s", k->name, k->arguments, k->name, k->arguments);
    if (s->argument_count > k->most)
        return fail_usage("plot", "'%s' is one argument too many: linnet plot %s %s", s->argument[k->most], k->name,
                          k->arguments);
    return 0;
}

/* An option that this kind does not know would be passed over without a word. */
static int check_options(const kind *k, const settings *s)
{
    const struct {
        const char *name;
        bool given;
    } some[] = {{"target", s->target != NULL}, {"model", s->model != NULL}, {"column", s->column >= 0},
                {"split", s->split != NULL},   {"count", s->count != 0},    {"row", s->row >= 0},
                {"top", s->top != 0},          {"seed", s->seed_given}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (some[i].given && !is_choice(some[i].name, k->options))
            return fail_usage("plot", "--%s means nothing to %s", some[i].name, k->name);
    if (s->dpi && !s->output) return fail_usage("plot", "--dpi goes with -o FILE.png");
    if (s->size && !s->output) return fail_usage("plot", "--size goes with -o FILE; a terminal has its own size");
    return 0;
}

/* A PNG of more is refused by lin_savefig, too, but only after the work. 0, or a failure. */
static int check_pixels(const settings *s, double inches)
{
    const double most = 16384, dpi = s->dpi ? (double)s->dpi : 200;
    const char *dot = strrchr(s->output, '.');
    if (!dot || strcasecmp(dot, ".png") != 0 || inches * dpi <= most) return 0;
    return fail_usage("plot",
                      "--size %s: %g inches at %g dots per inch are %.0f pixels, and a PNG has at most %g a side: try "
                      "--dpi %g",
                      s->size, inches, dpi, ceil(inches * dpi), most, floor(most / inches));
}

/* A side in inches at *text, which is moved behind it; 0 for none. strtod alone would take a blank, a sign and 0x7. */
static double read_side(const char **text)
{
    const char *at = *text;
    char *end;
    bool hexadecimal = at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
    if (hexadecimal || !(isdigit((unsigned char)*at) || *at == '.')) return 0;
    double side = strtod(at, &end);
    *text = end;
    return side >= 0.5 && side <= 200 ? side : 0;
}

/* Two numbers of inches, "7x5"; none where none are given. 0, or a failure. */
static int read_size(const settings *s, double *width, double *height)
{
    if (!s->size) return 0;
    const char *at = s->size;
    *width = read_side(&at);
    if (*at == 'x') {
        at++;
        *height = read_side(&at);
    }
    if (*at || *width == 0 || *height == 0)
        return fail_usage("plot", "--size %s: must be WIDTHxHEIGHT in inches, both from 0.5 to 200; try --size 7x5",
                          s->size);
    return check_pixels(s, fmax(*width, *height));
}

static int run(const settings *s)
{
    settings own = *s; /* its arguments are the kind's */
    own.argument_count--;
    memmove(own.argument, own.argument + 1, (size_t)own.argument_count * sizeof *own.argument);
    const kind *k = find(s->argument[0]);
    double width = 0, height = 0;
    if (!k || check_arguments(k, &own) || check_options(k, s) || read_size(s, &width, &height) ||
        picture_check(s, "-o", s->output))
        return failure_code();
    plot p = {.s = &own};
    lin_figure *figure = k->make(&p);
    if (figure && width > 0) lin_set_size_inches(figure, width, height);
    if (figure)
        picture_put(s, figure, s->output);
    else
        fail_library(p.ctx);
    lin_ctx_free(p.ctx);
    return failure_code();
}

/* ---- The table ------------------------------------------------------------------------------------ */

static const char *const about[] = {
    "Draws a picture: in the terminal, or with -o into a PNG, SVG or PDF file. Where standard output is no terminal, "
    "it is plain text of 80 columns.",
    NULL,
};
static const argument kinds[] = {
#define PLOT_X(name, arguments, least, most, options, help) {#name " " arguments, help, NULL},
    PLOT_KINDS(PLOT_X)
#undef PLOT_X
        {0},
};
static const argument arguments[] = {
    {"KIND", "which picture",
#define PLOT_X(name, arguments, least, most, options, help) #name "|"
     PLOT_KINDS(PLOT_X)
#undef PLOT_X
    },
    {"ARGUMENT",
     "what the picture is made from. MODEL is a file that linnet train wrote. DATA is what train takes; a known name "
     "or a directory means its test part",
     "fashion-mnist|synthetic"},
    {0},
};
static const option options[] = {
    {TEXT("output", output, "FILE", "draw into this file: .png, .svg or .pdf"), .letter = 'o'},
    {TEXT("target", target, "FILE", "labels, or numbers to predict, for a file of features: npy or IDX")},
    {TEXT("model", model, "MODEL",
          "scatter: draw this model's line (default: the least squares of that column alone)")},
    {WHOLE("column", column, "N", "1",
           "scatter: the column of the features, counted from 0 (default: the one that tells most)")},
    {CHOICE("split", split, "train|test", "the part of DATA (default test)")},
    {WHOLE("count", count, "N", "12", "how many pictures (default: 18 images, 6 predictions, 12 mistakes)"), .least = 1,
     .most = 400},
    {WHOLE("row", row, "N", "7", "proba: the row of DATA, counted from 0 (default 0)")},
    {WHOLE("top", top, "N", "3", "proba: how many classes, the likeliest first (default 3)"), .least = 1, .most = 100},
    {CHOICE("theme", theme, "light|dark",
            "colours for light or dark paper (default: light in files, dark in a terminal)")},
    {TEXT("size", size, "WIDTHxHEIGHT", "inches of the picture in the file, 7x5 (default: as it needs)")},
    {WHOLE("dpi", dpi, "N", "200", "dots per inch of a PNG (default 200)"), .least = 10, .most = 2400},
    {SEED_OPTION("synthetic data")},
    {THREADS_OPTION},
    {COLOR_OPTION},
    {QUIET_OPTION},
    {HELP_OPTION},
    {0},
};
static const example examples[] = {
    {"linnet plot confusion model.safetensors fashion-mnist", "what the model mixes up"},
    {"linnet plot weights model.safetensors -o weights.svg", "what it looks for, as a file"},
    {"linnet train fashion-mnist --json >run.json && linnet plot curves run.json", "how a training went"},
    {"linnet plot scatter synthetic --column 1", "the chapter's first picture"},
    {0},
};

const verb verb_plot = {
    .name = "plot",
    .summary = "draw data, a model, or what it gets wrong",
    .usage = "KIND [ARGUMENT...] [-o FILE] [OPTION...]",
    .about = about,
    .kinds = kinds,
    .arguments = arguments,
    .least_arguments = 1,
    .most_arguments = MOST_ARGUMENTS,
    .options = options,
    .examples = examples,
    .exits = "0|1|2|3|5",
    .run = run,
};
