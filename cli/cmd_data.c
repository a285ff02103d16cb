/* linnet data: the data sets with a name: where they are, getting them here, and whether they are the real ones. */
#include "content.h"
#include "context.h"
#include "failure.h"
#include "json.h"
#include "picture.h"
#include "plot.h"
#include "source.h"
#include "words.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* An action on a data set that consists of files. 0, or a failure. */
typedef int action_fn(const settings *s, lin_ctx *ctx, const known *k);

static json_t *place_json(const known *k, const char *path)
{
    return json_pack("{s:s, s:o}", "name", k->name, "path", path ? json_words(path) : json_null());
}

static int show(json_t *result)
{
    return json_show(result) ? 0 : fail(EXIT_FAILED, "out of memory");
}

/* ---- The actions ---------------------------------------------------------------------------------- */

static int list(const settings *s, lin_ctx *ctx)
{
    json_t *sets = json_array();
    for (const known *k = known_data; k->name; k++) {
        const char *path = k->generated ? NULL : lin_fashion_mnist_find(ctx);
        if (lin_error_code_of(ctx)) break;
        json_t *entry = place_json(k, path);
        json_object_set_new(entry, "summary", json_string(k->summary));
        json_array_append_new(sets, entry);
        if (s->json) continue;
        char place[1024] = "made when it is used";
        if (path) lin_printable(place, sizeof place, path);
        if (!path && !k->generated)
            snprintf(place, sizeof place, "not on this machine yet: linnet data fetch %s", k->name);
        printf("%-15s %s\n%-15s %s\n", k->name, k->summary, "", place);
    }
    if (lin_error_code_of(ctx)) fail_library(ctx);
    if (!s->json || failure_code()) {
        json_decref(sets);
        return failure_code();
    }
    return show(json_pack("{s:o}", "data", sets));
}

static int show_path(const settings *s, lin_ctx *ctx, const known *k, const char *path)
{
    if (!path) return fail_library(ctx);
    if (s->json) return show(place_json(k, path));
    char shown[4 * PATH_MAX];
    puts(lin_printable(shown, sizeof shown, path));
    return 0;
}

/* Where it lies, without a download. */
static const char *find(lin_ctx *ctx, const known *k)
{
    const char *path = lin_fashion_mnist_find(ctx);
    if (!path && !lin_error_code_of(ctx))
        fail(EXIT_DATA, "%s is not on this machine; 'linnet data fetch %s' downloads it", k->name, k->name);
    else if (!path)
        fail_library(ctx);
    return path;
}

static int path(const settings *s, lin_ctx *ctx, const known *k)
{
    const char *path = find(ctx, k);
    return path ? show_path(s, ctx, k, path) : failure_code();
}

static int fetch(const settings *s, lin_ctx *ctx, const known *k)
{
    return show_path(s, ctx, k, lin_fashion_mnist_path(ctx));
}

static int verify(const settings *s, lin_ctx *ctx, const known *k)
{
    const char *path = find(ctx, k);
    if (!path) return failure_code();
    if (lin_fashion_mnist_verify(ctx)) return fail_library(ctx);
    if (s->json) return show(json_pack("{s:s, s:o, s:b}", "name", k->name, "path", json_words(path), "verified", 1));
    char place[1024];
    printf("%s: all files are the published ones (SHA-256), in %s\n", k->name,
           lin_printable(place, sizeof place, path));
    return 0;
}

/* The first pictures of those to learn from; of numbers one feature against the labels. */
static int draw(const settings *s, const known *k)
{
    settings own = *s;
    own.argument_count = 1;
    own.argument[0] = k->name;
    own.split = k->generated ? NULL : "train";
    plot p = {.s = &own};
    lin_figure *figure = k->generated ? plot_scatter(&p) : plot_images(&p);
    if (figure)
        picture_put(s, figure, NULL);
    else
        fail_library(p.ctx);
    lin_ctx_free(p.ctx);
    return failure_code();
}

/* ---- The verb ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    action_fn *run;
} actions[] = {{"path", path}, {"fetch", fetch}, {"verify", verify}};
enum { ACTIONS = sizeof actions / sizeof *actions };

static action_fn *find_action(const char *name)
{
    guess near = {0};
    for (size_t i = 0; i < ACTIONS; i++) {
        if (strcmp(actions[i].name, name) == 0) return actions[i].run;
        offer(&near, name, actions[i].name, -1);
    }
    offer(&near, name, "list", -1);
    offer(&near, name, "show", -1);
    fail_usage("data", "unknown action '%s'%s", name, did_you_mean(&near, ""));
    return NULL;
}

/* `generated`: one without files will do. */
static const known *find_data(const char *name, bool generated)
{
    guess near = {0};
    for (const known *k = known_data; k->name; k++) {
        if (strcmp(k->name, name) != 0)
            offer(&near, name, k->name, -1);
        else if (!k->generated || generated)
            return k;
        else
            fail_usage("data", "%s is made when it is used: there are no files of it", name);
    }
    content is = content_of(name);
    if (is == CONTENT_PICTURE) fail_picture(name);
    if (is == CONTENT_PNG)
        fail_at(EXIT_DATA, name, "is a picture; it is predicted with linnet predict MODEL --image FILE");
    if (is == CONTENT_ARRAY) fail_usage("data", "%s is a file; linnet plot images FILE draws a file of images", name);
    fail_usage("data", "no data set has the name '%s'%s", name,
               near.word ? did_you_mean(&near, "") : "; linnet data list shows all");
    return NULL;
}

static int act(const settings *s, lin_ctx *ctx)
{
    const char *action = s->argument[0], *name = s->argument_count > 1 ? s->argument[1] : NULL;
    if (strcmp(action, "list") == 0)
        return name ? fail_usage("data", "'%s' is one argument too many", name) : list(s, ctx);
    bool shows = strcmp(action, "show") == 0;
    action_fn *action_run = shows ? NULL : find_action(action);
    if (!action_run && !shows) return failure_code();
    if (!name) return fail_usage("data", "NAME is missing: linnet data %s NAME", action);
    if (shows && s->json) return fail_usage("data", "--json: a picture has none");
    const known *k = find_data(name, shows);
    if (k && shows) return draw(s, k);
    return k ? action_run(s, ctx, k) : failure_code();
}

static int run(const settings *s)
{
    lin_ctx *ctx = context_new(s, LIN_F32);
    if (ctx) act(s, ctx);
    lin_ctx_free(ctx);
    return failure_code();
}

static const char *const about[] = {
    "Data sets with a name can be given to train, eval and predict. They are looked for in $LINNET_DATA, then among "
    "what linnet downloaded before, then where Debian's packages put them; what is nowhere is downloaded when it is "
    "needed. What is read is checked against published digests first (SHA-256), but for what $LINNET_DATA has.",
    NULL,
};
static const argument arguments[] = {
    {"ACTION",
     "list: all of them, and where they are; show: draw the first rows of one; path: its folder; fetch: download it if "
     "it is not here; verify: "
     "compare its files with the published digests, whether they were checked before or not",
     "list|show|path|fetch|verify"},
    {"NAME", "of a data set, but for list", "fashion-mnist|synthetic"},
    {0},
};
static const option options[] = {{JSON_OPTION}, {COLOR_OPTION}, {QUIET_OPTION}, {HELP_OPTION}, {0}};
static const example examples[] = {
    {"linnet data list", "what there is"},
    {"linnet data show fashion-mnist", "how it looks"},
    {"linnet data fetch fashion-mnist", "have it here before it is needed"},
    {0},
};

const verb verb_data = {
    .name = "data",
    .summary = "show, fetch and verify the data sets with a name",
    .usage = "list | show NAME | path NAME | fetch NAME | verify NAME [OPTION...]",
    .about = about,
    .arguments = arguments,
    .least_arguments = 1,
    .most_arguments = 2,
    .options = options,
    .examples = examples,
    .no_files = true,
    .exits = "0|1|2|3",
    .run = run,
};
