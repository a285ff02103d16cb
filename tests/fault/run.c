/* tests/fault/run.c: programs whose calls fail, one after the other. Usage: fault PRELOAD FIXTURE CASES [WORD=PROGRAM…]
 *
 * CASES has a line per case: NAME: WORDS. `@NAME@` in them is the program given as NAME=PROGRAM; words before it are
 * VARIABLE=VALUE, of its environment. Signs before the name: `~`, standard output differs between equal runs (it holds times);
 * `1` or `3`, the exit code undisturbed, otherwise 0; `^`, only calls of the program, of linnet's modules, zlib, jansson and
 * libpng fail, for others that the case loads (GLib, libcrypto) end a program that has no memory.
 *
 * Each case runs in a copy of FIXTURE, first undisturbed, which gives its counts of calls, then with every n-th call of each kind
 * failing, once and from then on. Calls that are interrupted for ever are a program that never ends, and rightly so: instead a
 * hundred in a row are.
 *
 * Every time: an exit code of 0, 1 or 3, no signal, no hang; 0 only where undisturbed, with the same output; otherwise one or
 * more lines on standard error that begin with "linnet: " and hold no control byte; no descriptor and no allocation held that an
 * undisturbed run does not hold; every file as it was or as an undisturbed run leaves it, and no other file.
 *
 * $LINNET_FAULT_SAMPLE=K tries every K-th call, from a random first one, and prints which ($LINNET_FAULT_SEED repeats it). */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 40, VARIABLES = 8, TEXT = 1 << 16, HANG = 30, JOBS = 2 };

typedef struct trial { /* what to fail, as preload.c has it */
    const char *kind, *mode, *error;
    int at_count; /* index of its kind in report.calls */
} trial;
static const trial trials[] = {
    {"memory", "once", "ENOMEM", 0}, {"memory", "on", "ENOMEM", 0},   {"io", "once", "EIO", 1},
    {"io", "on", "EIO", 1},          {"io", "once", "ENOSPC", 1},     {"io", "on", "ENOSPC", 1},
    {"io", "once", "EINTR", 1},      {"io", "100", "EINTR", 1},       {"io", "once", "SHORT", 1},
    {"io", "on", "SHORT", 1},        {"thread", "once", "EAGAIN", 2}, {"thread", "on", "EAGAIN", 2},
};

typedef struct report {
    long calls[3], faults, live;
    int descriptors;
} report;

typedef struct outcome {
    int status; /* as waitpid gives it */
    char out[TEXT], err[TEXT];
    report report;
    bool reported;
} outcome;

typedef struct job {
    const char *preload, *name;
    char *words[WORDS + 1], *variables[VARIABLES + 1];
    bool varies;      /* its standard output holds times */
    bool ours;        /* only our own calls fail */
    int code;         /* as it ends undisturbed */
    char folder[300]; /* where it runs */
    char reports[300], out[300], err[300];
    snapshot before, after; /* the folder undisturbed */
    outcome calm;
} job;

static char fixture[4096];

/* ---- One run -------------------------------------------------------------------------------------- */

static void read_text(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    size_t bytes = file ? fread(text, 1, TEXT - 1, file) : 0;
    text[bytes] = '\0';
    if (file) fclose(file);
}

static void become(const job *j, const char *fault)
{
    int out = open(j->out, O_WRONLY | O_CREAT | O_TRUNC, 0666), err = open(j->err, O_WRONLY | O_CREAT | O_TRUNC, 0666),
        in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    close(in);
    close(out);
    close(err);
    if (chdir(j->folder) != 0) _exit(126);
    setenv("LD_PRELOAD", j->preload, 1);
    setenv("LINNET_FAULT_REPORT", j->reports, 1);
    if (fault) setenv("LINNET_FAULT", fault, 1);
    if (j->ours) setenv("LINNET_FAULT_CALLERS", "linnet libz. libjansson. libpng", 1);
    for (int i = 0; j->variables[i]; i++)
        putenv(j->variables[i]);
    alarm(HANG);
    execv(j->words[0], j->words);
    _exit(127);
}

static void run(const job *j, const char *fault, outcome *o)
{
    unlink(j->reports);
    pid_t child = fork();
    if (child == 0) become(j, fault);
    while (waitpid(child, &o->status, 0) < 0 && errno == EINTR)
        ;
    read_text(j->out, o->out);
    read_text(j->err, o->err);
    char line[TEXT];
    read_text(j->reports, line);
    report *r = &o->report;
    o->reported = sscanf(line, "%ld %ld %ld %ld %ld %d", &r->calls[0], &r->calls[1], &r->calls[2], &r->faults, &r->live,
                         &r->descriptors) == 6;
}

/* ---- What is wrong with it; NULL if nothing ------------------------------------------------------- */

static bool has_control_byte(const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s; s++)
        if ((*s < 0x20 && *s != '\n') || *s == 0x7f) return true;
    return false;
}

static const char *judge_error(const outcome *o)
{
    if (!*o->err) return "it fails without a word on standard error";
    if (has_control_byte(o->err)) return "a control byte is on standard error";
    for (const char *line = o->err; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (!strncmp(line, "linnet: ", 8)) return NULL;
    return "no line on standard error begins with \"linnet: \"";
}

static const char *judge(const job *j, const outcome *o, const trial *t)
{
    if (WIFSIGNALED(o->status)) return WTERMSIG(o->status) == SIGALRM ? "it hangs" : "a signal ends it";
    int code = WEXITSTATUS(o->status);
    if (code != 0 && code != 1 && code != 3) return "its exit code is not 0, 1 or 3";
    if (code == 0 && j->code != 0) return "it succeeds, which it does not undisturbed";
    if (!o->reported) return "it ends without its exit handlers";
    bool harmless = !strcmp(t->error, "EINTR") || !strcmp(t->error, "SHORT") || !strcmp(t->kind, "thread");
    if (harmless && code != j->code)
        return "it fails, though there is nothing that a retry or a single thread would not mend";
    if (o->report.live > j->calm.report.live) return "it holds more allocations at its end than undisturbed";
    if (o->report.descriptors > j->calm.report.descriptors) return "it holds a descriptor at its end";
    const char *wrong = code ? judge_error(o) : NULL;
    if (wrong || j->varies || (code && !harmless)) return wrong;
    return strcmp(o->out, j->calm.out) ? "it ends as undisturbed, but with another output" : NULL;
}

/* ---- All runs of a case --------------------------------------------------------------------------- */

typedef struct tally {
    long runs, faults, bad;
} tally;

/* A new copy of the fixture, if the run has changed anything. The fault in the folder, or NULL. */
static const char *check_folder(job *j, bool succeeded, char *why, size_t size)
{
    snapshot now;
    const char *wrong = snapshot_take(&now, j->folder)
                            ? snapshot_compare(&now, &j->before, &j->after, succeeded, why, size)
                            : "its folder cannot be read";
    if (!snapshot_same(&now, &j->before)) snapshot_restore(fixture, j->folder);
    return wrong;
}

static void try_one(job *j, const trial *t, long n, tally *sum)
{
    static outcome o;
    char fault[80], why[600];
    snprintf(fault, sizeof fault, "%s:%ld:%s:%s", t->kind, n, t->mode, t->error);
    run(j, fault, &o);
    const char *wrong = judge(j, &o, t);
    bool succeeded = WIFEXITED(o.status) && WEXITSTATUS(o.status) == 0 && j->code == 0;
    const char *folder = check_folder(j, succeeded, why, sizeof why);
    if (!wrong) wrong = folder;
    sum->runs++;
    sum->faults += o.report.faults > 0;
    if (!wrong) return;
    sum->bad++;
    if (sum->bad <= 10)
        printf("%s: LINNET_FAULT=%s: %s (status %#x, held %ld and %d)\n%.600s\n", j->name, fault, wrong,
               (unsigned)o.status, o.report.live, o.report.descriptors, o.err);
}

static bool calm_run(job *j)
{
    snapshot_restore(fixture, j->folder);
    if (!snapshot_take(&j->before, j->folder)) return false;
    run(j, NULL, &j->calm);
    if (!WIFEXITED(j->calm.status) || WEXITSTATUS(j->calm.status) != j->code || !j->calm.reported) {
        printf("%s: does not end as it should undisturbed (status %#x)\n%s\n", j->name, (unsigned)j->calm.status,
               j->calm.err);
        return false;
    }
    return snapshot_take(&j->after, j->folder) && snapshot_restore(fixture, j->folder);
}

/* The part of a case that falls to worker `k`. */
static tally work(job *j, int k, long every, long offset)
{
    tally sum = {0};
    if (!calm_run(j)) return (tally){.bad = 1};
    long turn = 0;
    for (size_t t = 0; t < sizeof trials / sizeof *trials; t++)
        for (long n = 1; n <= j->calm.report.calls[trials[t].at_count]; n++, turn++)
            if (turn % every == offset % every && turn / every % JOBS == k) try_one(j, &trials[t], n, &sum);
    if (k == 0)
        printf("%s: %ld allocations, %ld calls of input and output, %ld threads\n", j->name, j->calm.report.calls[0],
               j->calm.report.calls[1], j->calm.report.calls[2]);
    return sum;
}

static bool run_case(job *j, const char *scratch, long every, long offset, tally *total)
{
    int ends[JOBS][2];
    fflush(stdout);
    for (int k = 0; k < JOBS; k++) {
        if (pipe2(ends[k], O_CLOEXEC) != 0) return false;
        if (fork() != 0) continue;
        snprintf(j->folder, sizeof j->folder, "%s/%d", scratch, k);
        snprintf(j->reports, sizeof j->reports, "%s/report-%d", scratch, k);
        snprintf(j->out, sizeof j->out, "%s/out-%d", scratch, k);
        snprintf(j->err, sizeof j->err, "%s/err-%d", scratch, k);
        tally sum = work(j, k, every, offset);
        fflush(stdout);
        _exit(write(ends[k][1], &sum, sizeof sum) != sizeof sum);
    }
    tally sum = {0};
    for (int k = 0; k < JOBS; k++) {
        tally part = {.bad = 1};
        close(ends[k][1]);
        if (read(ends[k][0], &part, sizeof part) != sizeof part) part = (tally){.bad = 1};
        close(ends[k][0]);
        sum.runs += part.runs;
        sum.faults += part.faults;
        sum.bad += part.bad;
    }
    while (wait(NULL) > 0)
        ;
    printf("%s: %ld runs with %ld faults, %ld bad\n", j->name, sum.runs, sum.faults, sum.bad);
    total->runs += sum.runs;
    total->faults += sum.faults;
    total->bad += sum.bad;
    return true;
}

/* ---- Cases ---------------------------------------------------------------------------------------- */

/* "@NAME@" as main's argument NAME=PROGRAM has it; other words as they are. */
static char *program(char *word, char **named, int count)
{
    size_t length = strlen(word);
    if (length < 3 || word[0] != '@' || word[length - 1] != '@') return word;
    for (int i = 0; i < count; i++)
        if (!strncmp(named[i], word + 1, length - 2) && named[i][length - 2] == '=') return named[i] + length - 1;
    return NULL;
}

/* What stands before a case's name. */
static char *parse_signs(char *name, job *j)
{
    for (; !((*name >= 'a' && *name <= 'z') || *name == '\0'); name++) {
        if (*name == '~') j->varies = true;
        if (*name == '^') j->ours = true;
        if (*name >= '1' && *name <= '9') j->code = *name - '0';
    }
    return name;
}

/* False for a line that is no case, or whose program is not here. */
static bool parse(char *line, char **named, int count, job *j)
{
    line[strcspn(line, "\n")] = '\0';
    char *colon = strchr(line, ':');
    if (*line == '#' || !colon) return false;
    *colon = '\0';
    j->name = parse_signs(line, j);
    int words = 0, variables = 0;
    for (char *word = strtok(colon + 1, " "); word && words < WORDS; word = strtok(NULL, " "))
        if (!words && strchr(word, '=') && variables < VARIABLES)
            j->variables[variables++] = word;
        else
            j->words[words++] = program(word, named, count);
    j->words[words] = NULL;
    return words && j->words[0];
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: fault PRELOAD FIXTURE CASES [NAME=PROGRAM…]\n");
        return 2;
    }
    FILE *cases = fopen(argv[3], "r");
    char scratch[] = "/tmp/linnet-fault-XXXXXX", line[2000];
    if (!cases || !mkdtemp(scratch) || !realpath(argv[2], fixture)) {
        perror("fault");
        return 1;
    }
    const char *sample = getenv("LINNET_FAULT_SAMPLE"), *seed = getenv("LINNET_FAULT_SEED");
    long every = sample ? atol(sample) : 1, offset = seed ? atol(seed) : (long)(time(NULL) % 100000);
    if (every < 1) every = 1;
    printf("every call of %ld fails, LINNET_FAULT_SEED=%ld\n", every, offset);
    tally total = {0};
    while (fgets(line, sizeof line, cases)) {
        static job j;
        j = (job){.preload = argv[1]};
        if (parse(line, argv + 4, argc - 4, &j) && !run_case(&j, scratch, every, offset, &total)) total.bad++;
    }
    fclose(cases);
    snapshot_remove(scratch);
    printf("in all %ld runs with %ld faults, %ld bad\n", total.runs, total.faults, total.bad);
    return total.bad || total.faults == 0;
}
