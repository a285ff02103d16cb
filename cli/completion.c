/* Completions for bash, zsh and fish, made from the tables of the verbs. */
#include "completion.h"

#include "verb.h"
#include "words.h"

#include <string.h>

/* Is it a file that the value of this option names? */
static bool is_file(const option *o)
{
    return o->kind == OPTION_TEXT;
}

/* "a|b" as "a b" */
static void spaced(FILE *out, const char *choices)
{
    int length;
    const char *between = "";
    for (const char *c; (c = next_choice(&choices, &length)); between = " ")
        fprintf(out, "%s%.*s", between, length, c);
}

/* What a verb's arguments may be beside files. */
static void argument_words(FILE *out, const verb *v)
{
    const char *between = "";
    for (const argument *a = v->arguments; a->name; a++) {
        if (!a->words) continue;
        fputs(between, out);
        spaced(out, a->words);
        between = " ";
    }
}

/* Text within '…', with a backslash before each of `special`. */
static void quoted(FILE *out, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fprintf(out, "%s%c", strchr(special, *text) ? "\\" : "", *text);
    }
}

/* ---- bash ----------------------------------------------------------------------------------------- */

static void bash_verb(FILE *out, const verb *v)
{
    fprintf(out, "    %s)\n        case $before in\n", v->name);
    for (const option *o = v->options; o->name; o++) {
        if (o->kind == OPTION_FLAG || is_file(o)) continue;
        fprintf(out, "        --%s) values='", o->name);
        if (o->kind == OPTION_CHOICE) spaced(out, o->value);
        if (o->word) fputs(o->word, out);
        fputs("' ;;\n", out);
    }
    fputs("        esac\n        options='", out);
    for (const option *o = v->options; o->name; o++)
        fprintf(out, "%s--%s", o == v->options ? "" : " ", o->name);
    fprintf(out, "'\n        files=%s\n        case $place in\n", v->no_files ? "no" : "yes");
    int place = 0;
    for (const argument *a = v->arguments; a->name; a++, place++) {
        fprintf(out, "        %s) words='", a[1].name ? (char[]){(char)('0' + place), '\0'} : "*");
        if (a->words) spaced(out, a->words);
        fputs("' ;;\n", out);
    }
    fputs("        esac ;;\n", out);
}

/* "--loss=hu" is three words to bash, "=" is one of them. `place` counts the arguments before the word; names of files may hold
 * spaces, so they come line by line. */
static const char bash_begin[] =
    "# bash completion of linnet\n"
    "_linnet() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options='' words='' values=none\n"
    "    local files=yes place=0 i name\n"
    "    COMPREPLY=()\n"
    "    if [ \"$word\" = = ]; then\n"
    "        word=''\n"
    "    elif [ \"$before\" = = ]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -*) ;;\n"
    "        *) place=$((place + 1)) ;;\n"
    "        esac\n"
    "    done\n"
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "        COMPREPLY=($(compgen -W '";
static const char bash_end[] = "    esac\n"
                               "    if [ \"$values\" != none ]; then\n"
                               "        COMPREPLY=($(compgen -W \"$values\" -- \"$word\"))\n"
                               "        return\n"
                               "    elif [ \"${word#-}\" != \"$word\" ]; then\n"
                               "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                               "        return\n"
                               "    elif [ \"${before#--}\" = \"$before\" ]; then\n"
                               "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                               "        [ \"$files\" = yes ] || return\n"
                               "    fi\n"
                               "    while IFS= read -r name; do\n"
                               "        COMPREPLY+=(\"$name\")\n"
                               "    done < <(compgen -f -- \"$word\")\n"
                               "}\n"
                               "complete -o filenames -F _linnet linnet\n";

static void bash(FILE *out)
{
    fputs(bash_begin, out);
    for (const verb *const *v = verbs; *v; v++)
        fprintf(out, "%s ", (*v)->name);
    fputs("--help --version' -- \"$word\"))\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n", out);
    for (const verb *const *v = verbs; *v; v++)
        bash_verb(out, *v);
    fputs(bash_end, out);
}

/* ---- zsh ------------------------------------------------------------------------------------------ */

static void zsh_option(FILE *out, const option *o)
{
    if (o->letter)
        fprintf(out, "            '(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter, o->name);
    else
        fprintf(out, "            '--%s[", o->name);
    quoted(out, o->help, "[]:\\");
    fputc(']', out);
    if (o->kind != OPTION_FLAG) fprintf(out, ":%s:", o->kind == OPTION_CHOICE ? "one of" : o->value);
    if (o->kind == OPTION_CHOICE) {
        fputc('(', out);
        spaced(out, o->value);
        fputc(')', out);
    }
    if (is_file(o)) fputs("_files", out);
    fputs("' \\\n", out);
}

static void zsh(FILE *out)
{
    fputs("#compdef linnet\n_linnet() {\n    if (( CURRENT == 2 )); then\n        local -a verbs=(\n", out);
    for (const verb *const *v = verbs; *v; v++) {
        fprintf(out, "            '%s:", (*v)->name);
        quoted(out, (*v)->summary, ":\\");
        fputs("'\n", out);
    }
    fputs("        )\n        _describe verb verbs\n        return\n    fi\n"
          "    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $verb in\n",
          out);
    for (const verb *const *v = verbs; *v; v++) {
        fprintf(out, "    %s)\n        _arguments \\\n", (*v)->name);
        for (const option *o = (*v)->options; o->name; o++)
            zsh_option(out, o);
        fputs("            '*:argument:{compadd -- ", out);
        argument_words(out, *v);
        fprintf(out, "%s}' ;;\n", (*v)->no_files ? "" : "; _files");
    }
    fputs("    esac\n}\n"
          "if [ \"$funcstack[1]\" = _linnet ]; then\n    _linnet \"$@\"\nelse\n    compdef _linnet linnet\nfi\n",
          out);
}

/* ---- fish ----------------------------------------------------------------------------------------- */

static void fish_option(FILE *out, const verb *v, const option *o)
{
    fprintf(out, "complete -c linnet -n '__fish_seen_subcommand_from %s'", v->name);
    if (o->letter) fprintf(out, " -s %c", o->letter);
    fprintf(out, " -l %s", o->name);
    if (is_file(o)) fputs(" -r -F", out);
    if (o->kind != OPTION_FLAG && !is_file(o)) fputs(" -x", out);
    if (o->kind == OPTION_CHOICE || o->word) {
        fputs(" -a '", out);
        spaced(out, o->word ? o->word : o->value);
        fputc('\'', out);
    }
    fputs(" -d '", out);
    quoted(out, o->help, "");
    fputs("'\n", out);
}

static void fish(FILE *out)
{
    fputs("# fish completion of linnet\n", out);
    for (const verb *const *v = verbs; *v; v++) {
        fprintf(out, "complete -c linnet -n __fish_use_subcommand -f -a %s -d '", (*v)->name);
        quoted(out, (*v)->summary, "");
        fprintf(out, "'\ncomplete -c linnet -n '__fish_seen_subcommand_from %s'%s -a '", (*v)->name,
                (*v)->no_files ? " -f" : "");
        argument_words(out, *v);
        fputs("'\n", out);
        for (const option *o = (*v)->options; o->name; o++)
            fish_option(out, *v, o);
    }
}

void completion_write(FILE *out, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        bash(out);
    else if (strcmp(shell, "zsh") == 0)
        zsh(out);
    else
        fish(out);
}
