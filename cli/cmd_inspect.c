/* linnet inspect: what a file is and holds. All of it is read. */
#include "context.h"
#include "failure.h"
#include "inspect.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef enum content { ARRAY, SAFETENSORS, STREAM, EMPTY } content;

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* By the first bytes; where they say nothing, the name tells which complaint helps most. What cannot be read, or is
 * nothing that linnet knows, is taken for an array: reading it will say why. */
static content content_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) return ARRAY;
    if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? ARRAY : STREAM;
    unsigned char b[9] = {0};
    FILE *in = fopen(path, "rb");
    if (!in) return ARRAY;
    size_t got = fread(b, 1, sizeof b, in);
    fclose(in);
    bool idx = got >= 2 && b[0] == 0 && b[1] == 0, npy = b[0] == 0x93, gzip = b[0] == 0x1f && b[1] == 0x8b;
    if (idx || npy || gzip) return ARRAY;
    bool header = got == sizeof b && b[8] == '{'; /* behind its length */
    if (header || ends_with(path, ".safetensors")) return SAFETENSORS;
    return got ? ARRAY : EMPTY;
}

static int inspect(lin_ctx *ctx, const char *path, bool json)
{
    switch (content_of(path)) {
    case SAFETENSORS:
        return inspect_safetensors(ctx, path, json);
    case ARRAY:
        return inspect_array(ctx, path, json);
    case STREAM:
        return fail_at(EXIT_DATA, path, "is not a plain file: store the stream in one first");
    default:
        return fail_at(EXIT_DATA, path, "is empty");
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
    "safetensors "
    "file, or an array in an npy or IDX file, gzipped or not. A damaged file is an error, with the place.",
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
