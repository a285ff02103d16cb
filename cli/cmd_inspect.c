/* linnet inspect: what a file is and holds. All of it is read. */
#include "content.h"
#include "context.h"
#include "failure.h"
#include "inspect.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Where the first bytes say nothing, the name tells which complaint helps most. */
static int inspect(lin_ctx *ctx, const char *path, bool json)
{
    content is = content_of(path);
    switch (is == CONTENT_OTHER && ends_with(path, ".safetensors") ? CONTENT_SAFETENSORS : is) {
    case CONTENT_SAFETENSORS:
        return inspect_safetensors(ctx, path, json);
    case CONTENT_PICTURE:
        return fail_picture(path);
    case CONTENT_PNG:
        return fail_at(EXIT_DATA, path, "is a picture; what a model makes of a PNG is told by linnet predict --image");
    case CONTENT_JSON:
        return fail_at(EXIT_DATA, path, "is JSON; what linnet train --json printed is drawn by linnet plot curves");
    case CONTENT_STREAM:
        return fail_at(EXIT_DATA, path, "is not a plain file: store the stream in one first");
    case CONTENT_EMPTY:
        return fail_at(EXIT_DATA, path, "is empty");
    default:
        return inspect_array(ctx, path, json);
    }
}

static int run(const settings *s)
{
    lin_ctx *ctx = context_new(s, LIN_F32);
    if (ctx) inspect(ctx, s->argument[0], s->json);
    lin_ctx_free(ctx);
    return failure_code();
}

static const char *const about[] = {
    "Reads all of a file and says what it is and holds, told by its content, not by its name: a model or other "
    "safetensors file, or an array in an npy or IDX file, gzipped or not. A damaged file is an error, with the place.",
    NULL,
};
static const argument arguments[] = {{"FILE", "what to look into", NULL}, {0}};
static const option options[] = {{JSON_OPTION}, {COLOR_OPTION}, {QUIET_OPTION}, {HELP_OPTION}, {0}};
static const example examples[] = {
    {"linnet inspect model.safetensors", "the layers of a model, and how it was trained"},
    {"linnet inspect model.safetensors --json", "the weights, too, if it has one layer"},
    {0},
};

const verb verb_inspect = {
    .name = "inspect",
    .summary = "say what a file is and holds",
    .usage = "FILE [OPTION...]",
    .about = about,
    .arguments = arguments,
    .least_arguments = 1,
    .most_arguments = 1,
    .options = options,
    .examples = examples,
    .exits = "0|1|2|3|5",
    .run = run,
};
