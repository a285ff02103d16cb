/* linnet: the command. This file finds the verb; a verb is a file cmd_*.c. */
#include "failure.h"
#include "help.h"
#include "json.h"
#include "option.h"
#include "streams.h"
#include "terminal.h"
#include "words.h"

#include <string.h>

const verb *const verbs[] = {&verb_train,   &verb_eval, &verb_predict, &verb_plot,
                             &verb_inspect, &verb_data, &verb_help,    NULL};

const verb *verb_find(const char *name)
{
    guess near = {0};
    for (const verb *const *v = verbs; *v; v++) {
        if (strcmp((*v)->name, name) == 0) return *v;
        offer(&near, name, (*v)->name, -1);
    }
    bool version = strcmp(name, "version") == 0;
    fail_usage(NULL, "unknown verb '%s'%s", name, version ? "; did you mean --version?" : did_you_mean(&near, ""));
    return NULL;
}

/* An option in the place of the verb. */
static void without_verb(const char *word)
{
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        help_overview(stdout);
    else if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
        printf("linnet %s\n", lin_version());
    else if (strcmp(word, "-v") == 0)
        fail_usage(NULL, "-v: did you mean --version?");
    else
        fail_usage(NULL, "%s: options follow the verb, as in 'linnet train fashion-mnist %s'", word, word);
}

/* Where no table says which words are options. */
static bool has_json(int count, char *const *words)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], "--json") == 0) return true;
    return false;
}

static int run(const verb *v, int count, char *const *words)
{
    settings s;
    int code = options_read(v, count, words, &s);
    terminal_set_color(s.color);
    if (s.help) {
        failure_clear();
        help_verb(stdout, v);
    } else if (code == 0) {
        v->run(&s);
    }
    return failure_report(s.json || has_json(count, words)); /* a verb without --json fails in JSON all the same */
}

int main(int argc, char **argv)
{
    streams_prepare();
    json_watch_memory();
    if (argc < 2) {
        help_overview(stderr);
        return EXIT_USAGE;
    }
    bool option = argv[1][0] == '-';
    const verb *v = option ? NULL : verb_find(argv[1]);
    if (option) without_verb(argv[1]);
    return streams_finish(v ? run(v, argc - 2, argv + 2) : failure_report(has_json(argc, argv)));
}
