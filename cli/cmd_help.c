/* linnet help: help as text, as man pages, and as completions for shells. */
#include "completion.h"
#include "failure.h"
#include "help.h"
#include "manual.h"

static int run(const settings *s)
{
    const verb *about = NULL;
    if (s->argument_count && !(about = verb_find(s->argument[0]))) return failure_code();
    if (s->completion) {
        completion_write(stdout, s->completion);
    } else if (s->man) {
        manual_write(stdout, about);
    } else if (about) {
        help_verb(stdout, about);
    } else {
        help_overview(stdout);
    }
    return 0;
}

static const char *const about[] = {
    "Shows what linnet can do, or how to use one of its verbs; 'linnet VERB --help' is the same. --man and "
    "--completion "
    "are for those who package linnet: they print the man pages and the completions that shells know.",
    NULL,
};
static const argument arguments[] = {
    {"VERB", "train, eval, predict, plot, inspect, data or help", "train|eval|predict|plot|inspect|data|help"}, {0}};
static const option options[] = {
    {FLAG("man", man, "print the man page of the command, or of VERB, for man(1)")},
    {CHOICE("completion", completion, "bash|zsh|fish", "print a completion for that shell")},
    {COLOR_OPTION},
    {QUIET_OPTION},
    {HELP_OPTION},
    {0},
};
static const example examples[] = {
    {"linnet help train", "how to train"},
    {"eval \"$(linnet help --completion bash)\"", "complete verbs, options and files with the Tab key in this shell"},
    {0},
};

const verb verb_help = {
    .name = "help",
    .summary = "tell how to use linnet, or one of its verbs",
    .usage = "[VERB] [--man|--completion SHELL]",
    .about = about,
    .arguments = arguments,
    .most_arguments = 1,
    .options = options,
    .examples = examples,
    .no_files = true,
    .exits = "0|1|2",
    .run = run,
};
