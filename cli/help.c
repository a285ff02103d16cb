/* Help, made from the tables of the verbs. */
#include "help.h"

#include "failure.h"
#include "terminal.h"
#include "words.h"

#include <string.h>

enum { WIDTH = 80, INDENT = 2, TEXT_COLUMN = 26 };

const char about_linnet[] =
    "linnet trains linear, robust and softmax regression on data in files, and predicts with the "
    "models that it saves.";

const argument environment[] = {
    {"LINNET_DATA",
     "a folder of data sets of your own: fashion-mnist is looked for in $LINNET_DATA/fashion-mnist first", NULL},
    {"LINNET_MIRROR", "where fashion-mnist is downloaded from instead of its home on GitHub", NULL},
    {"XDG_CACHE_HOME", "where downloaded data are kept, in a folder linnet (default: ~/.cache)", NULL},
    {"COLORFGBG", "the terminal's colours, where it sets them: 0;15, dark on light, takes the light theme", NULL},
    {"NO_COLOR", "no colours, and no curves that grow, unless --color always is given", NULL},
    {0},
};

const argument exit_texts[] = {
#define EXIT_X(name, code, text) {#code, text, NULL},
    EXIT_MAP(EXIT_X)
#undef EXIT_X
        {0},
};

const char *option_spelling(const option *o)
{
    static char text[96];
    int used = o->letter ? snprintf(text, sizeof text, "-%c, ", o->letter) : snprintf(text, sizeof text, "    ");
    snprintf(text + used, sizeof text - (size_t)used, "--%s%s%s", o->name, o->value ? " " : "",
             o->value ? o->value : "");
    return text;
}

static void heading(FILE *out, const char *text)
{
    fprintf(out, "\n%s%s%s\n", paint(out, BOLD), text, paint(out, PLAIN));
}

/* A name and its text beside it, or below it if the name is long. */
static void row(FILE *out, const char *name, const char *text)
{
    int used = fprintf(out, "%*s%s", INDENT, "", name);
    if (used > TEXT_COLUMN - 2) {
        fputc('\n', out);
        used = 0;
    }
    fprintf(out, "%*s", TEXT_COLUMN - used, "");
    wrap(out, text, TEXT_COLUMN, TEXT_COLUMN, WIDTH);
}

static void rows(FILE *out, const char *title, const argument *list)
{
    heading(out, title);
    for (; list->name; list++)
        row(out, list->name, list->help);
}

void help_overview(FILE *out)
{
    fprintf(out, "Usage: linnet VERB [ARGUMENT...] [OPTION...]\n\n");
    wrap(out, about_linnet, 0, 0, WIDTH);
    heading(out, "Verbs");
    for (const verb *const *v = verbs; *v; v++)
        row(out, (*v)->name, (*v)->summary);
    heading(out, "To begin with");
    row(out, "linnet train fashion-mnist -o model.safetensors", "train on pictures of clothes, and keep the model");
    row(out, "linnet predict model.safetensors fashion-mnist", "say what is on the test pictures");
    rows(out, "Environment", environment);
    rows(out, "Exit codes", exit_texts);
    fprintf(out, "\nEach verb has help of its own: linnet help VERB. The version: linnet --version.\n");
}

void help_verb(FILE *out, const verb *v)
{
    int used = fprintf(out, "Usage: linnet %s ", v->name);
    wrap(out, v->usage, used, used, WIDTH);
    for (const char *const *text = v->about; *text; text++) {
        fputc('\n', out);
        wrap(out, *text, 0, 0, WIDTH);
    }
    if (v->kinds) rows(out, "Kinds", v->kinds);
    if (v->arguments->name) rows(out, "Arguments", v->arguments);
    heading(out, "Options");
    for (const option *o = v->options; o->name; o++)
        row(out, option_spelling(o), o->help);
    if (v->examples->command) heading(out, "Examples");
    for (const example *e = v->examples; e->command; e++) {
        fprintf(out, "  %s\n      ", e->command);
        wrap(out, e->what, 6, 6, WIDTH);
    }
}
