/* cli/verb.h: what a verb of the command is: one table that drives parsing, help, the man page and completions. */
#ifndef LINNET_CLI_VERB_H
#define LINNET_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_ARGUMENTS = 17 };

/* What the command line says, for all verbs. Zero, NULL and false: not given (no option has 0 for a sensible value but
 * those whose default it is). */
typedef struct settings {
    const struct verb *verb;
    int argument_count;
    const char *argument[MOST_ARGUMENTS];
    bool help, json, quiet, in_order, proba, man, invert;
    const char *color, *progress, *completion;
    const char *output, *target, *test, *test_target, *split, *task, *loss, *init, *dtype;
    const char *schedule, *schedule_by, *checkpoint, *resume;
    const char *model, *theme, *plot, *image, *size;
    uint64_t seed;
    bool seed_given;
    int64_t epochs, batch_size, threads, workers, patience, checkpoint_every;
    int64_t count, row, top, dpi, column; /* row, column: −1 if it is not given */
    double lr, momentum, weight_decay, min_delta;
} settings;

typedef enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_CHOICE,
    OPTION_WHOLE,
    OPTION_SEED,
    OPTION_REAL
} option_kind;

typedef struct option {
    const char *name; /* "batch-size"; NULL ends a table */
    option_kind kind;
    char letter;             /* 'o' for -o, or 0 */
    bool from_open, to_open; /* OPTION_REAL: that end of the range is not in it */
    size_t field;            /* of settings */
    const char *value;       /* what stands for its value in help, "N"; the choices themselves, "f32|f64" */
    const char *help;
    const char *example; /* of a number, shown to who did not give one */
    int64_t least, most; /* OPTION_WHOLE; most 0: no limit */
    const char *word;    /* OPTION_WHOLE: a word for INT64_MAX, "full" */
    double from, to;     /* OPTION_REAL; to 0: no limit */
} option;
#define FIELD(name)                offsetof(settings, name)

/* Most of a row in a table of options: {FLAG(…)}, {TEXT(…), .letter = 'o'}. */
#define FLAG(name_, field_, help_) .name = name_, .kind = OPTION_FLAG, .field = FIELD(field_), .help = help_
#define TEXT(name_, field_, value_, help_) \
    .name = name_, .kind = OPTION_TEXT, .field = FIELD(field_), .value = value_, .help = help_
#define CHOICE(name_, field_, choices_, help_) \
    .name = name_, .kind = OPTION_CHOICE, .field = FIELD(field_), .value = choices_, .help = help_
#define WHOLE(name_, field_, value_, example_, help_) \
    .name = name_, .kind = OPTION_WHOLE, .field = FIELD(field_), .value = value_, .example = example_, .help = help_
#define REAL(name_, field_, example_, help_) \
    .name = name_, .kind = OPTION_REAL, .field = FIELD(field_), .value = "X", .example = example_, .help = help_

/* The same of options that several verbs have; all have the last three. */
#define SEED_OPTION(of)                                                                       \
    .name = "seed", .kind = OPTION_SEED, .field = FIELD(seed), .value = "N", .example = "42", \
    .help = "seed of " of ", from 0 to 2^64 - 1 (default 42)"
#define THREADS_OPTION                                                                                           \
    WHOLE("threads", threads, "N", "2",                                                                          \
          "threads to compute with (default: one per processor, at most 64); the result does not depend on it"), \
        .least = 1, .most = 1024
#define JSON_OPTION  FLAG("json", json, "the result as one JSON object, errors too")
#define COLOR_OPTION CHOICE("color", color, "auto|always|never", "colours; auto: on a terminal, unless NO_COLOR is set")
#define QUIET_OPTION FLAG("quiet", quiet, "no progress and no remarks: errors only"), .letter = 'q'
#define HELP_OPTION  FLAG("help", help, "show this help"), .letter = 'h'

typedef struct argument {
    const char *name, *help; /* NULL ends a list */
    const char *words;       /* what it may be beside a file, "list|path", for completion; or NULL */
} argument;

typedef struct example {
    const char *command, *what; /* NULL ends a list */
} example;

typedef struct verb {
    const char *name, *summary;
    const char *usage;        /* what follows the name */
    const char *const *about; /* paragraphs; NULL ends them */
    const argument *kinds;    /* [OPTIONAL] what its first argument may be, in help */
    const argument *arguments;
    int least_arguments, most_arguments;
    const option *options;
    const example *examples;
    const char *redirect;          /* a file that its result may go to, "out.csv", where there is no -o; or NULL */
    bool no_files;                 /* its arguments are words only */
    const char *exits;             /* the exit codes that it can give, "0|1|2" */
    int (*run)(const settings *s); /* 0, or what fail() returned */
} verb;

extern const verb verb_train, verb_eval, verb_predict, verb_plot, verb_inspect, verb_data, verb_help;

/* The verbs in the order of the help; NULL ends them. */
extern const verb *const verbs[];

/* NULL, with the failure and a suggestion recorded, where there is none of that name. */
const verb *verb_find(const char *name);

#endif
