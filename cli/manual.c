/* Man pages, made from the tables of the verbs. They hold no date, so equal programs give equal pages. */
#include "manual.h"

#include "help.h"
#include "words.h"

#include <linnet.h>

/* Text in roff: every '-' is the one of the keyboard, and nothing at the beginning of a line is a request. */
static void put(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'') fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '"')
            fputs("\\(dq", out);
        else
            fputc(*text, out);
    }
}

static void line(FILE *out, const char *macro, const char *text)
{
    if (*macro) fprintf(out, "%s ", macro);
    put(out, text);
    fputc('\n', out);
}

static void paragraph(FILE *out, const char *text)
{
    fputs(".PP\n", out);
    line(out, "", text);
}

static void item(FILE *out, const char *name, const char *text)
{
    fputs(".TP\n", out);
    line(out, ".B", name);
    line(out, "", text);
}

static void items(FILE *out, const char *title, const argument *list)
{
    fprintf(out, ".SH %s\n", title);
    for (; list->name; list++)
        item(out, list->name, list->help);
}

static void begin(FILE *out, const char *title, const char *name, const char *summary)
{
    fprintf(out, ".TH %s 1 \"\" \"linnet %s\" \"linnet\"\n.SH NAME\n", title, lin_version());
    put(out, name);
    fputs(" \\- ", out);
    put(out, summary);
    fputs("\n.SH SYNOPSIS\n", out);
}

static void see_also(FILE *out, const verb *self)
{
    fputs(".SH SEE ALSO\n", out);
    if (self) fprintf(out, ".BR linnet (1)");
    const char *between = self ? ",\n" : "";
    for (const verb *const *v = verbs; *v; v++) {
        if (*v == self) continue;
        fprintf(out, "%s.BR linnet\\-%s (1)", between, (*v)->name);
        between = ",\n";
    }
    fputc('\n', out);
}

static void upper(char *out, const char *text)
{
    for (; *text; text++)
        *out++ = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
    *out = '\0';
}

static void verb_page(FILE *out, const verb *v)
{
    char title[64] = "LINNET-", name[64];
    upper(title + 7, v->name);
    snprintf(name, sizeof name, "linnet-%s", v->name);
    begin(out, title, name, v->summary);
    fprintf(out, ".B linnet %s\n", v->name);
    line(out, "", v->usage);
    fputs(".SH DESCRIPTION\n", out);
    for (const char *const *text = v->about; *text; text++)
        paragraph(out, *text);
    if (v->kinds) items(out, "KINDS", v->kinds);
    if (v->arguments->name) items(out, "ARGUMENTS", v->arguments);
    fputs(".SH OPTIONS\nIf an option is repeated, the last one counts. After\n.B \\-\\-\nnothing is an option.\n", out);
    for (const option *o = v->options; o->name; o++)
        item(out, option_spelling(o) + (o->letter ? 0 : 4), o->help);
    if (v->examples->command) fputs(".SH EXAMPLES\n", out);
    for (const example *e = v->examples; e->command; e++)
        item(out, e->command, e->what);
    fputs(".SH EXIT STATUS\n", out);
    for (const argument *e = exit_texts; e->name; e++)
        if (is_choice(e->name, v->exits)) item(out, e->name, e->help);
    see_also(out, v);
}

static void overview_page(FILE *out)
{
    begin(out, "LINNET", "linnet", "train linear networks, and predict with them");
    fputs(".B linnet\n.I VERB\n[\\fIARGUMENT\\fR...] [\\fIOPTION\\fR...]\n.SH DESCRIPTION\n", out);
    paragraph(out, about_linnet);
    fputs(".PP\nResults go to standard output, everything else to standard error.\n", out);
    fputs(".SH VERBS\n", out);
    for (const verb *const *v = verbs; *v; v++)
        item(out, (*v)->name, (*v)->summary);
    items(out, "ENVIRONMENT", environment);
    items(out, "EXIT STATUS", exit_texts);
    see_also(out, NULL);
}

void manual_write(FILE *out, const verb *v)
{
    if (v)
        verb_page(out, v);
    else
        overview_page(out);
}
