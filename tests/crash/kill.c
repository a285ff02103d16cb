/* tests/crash/kill.c: a training killed at random instants ends like one that was not. Usage: crash_kill LINNET
 *
 * Each chain is one training: begun, killed, resumed, killed … until it ends; then its model is held against that of a
 * training that nobody disturbed. The instants lie anywhere in it, as each kill comes a random time after the last. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double least_seconds = 5, most_delay = 0.9;

static const char *linnet;
static char epochs[24], folder_of_all[4096];

static void die(const char *what)
{
    fprintf(stderr, "crash_kill: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t random_state;

static double next_random(void) /* splitmix64, in [0, 1) */
{
    uint64_t x = random_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (double)((x ^ x >> 31) >> 11) * 0x1p-53;
}

/* ---- Runs ------------------------------------------------------------------------------------------------------------ */

/* linnet train with its checkpoints in `folder`; what it says goes to the file "said". */
static pid_t start(const char *folder, const char *model)
{
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child) return child;
    int said = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600), none = open("/dev/null", O_WRONLY);
    if (said < 0 || none < 0) _exit(99);
    dup2(said, STDERR_FILENO);
    dup2(none, STDOUT_FILENO);
    execl(linnet, linnet, "train", "synthetic", "--epochs", epochs, "--progress", "none", "--threads", "1",
          "--checkpoint-every", "20", "--resume", folder, "-o", model, (char *)NULL);
    _exit(98);
}

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) die("waitpid");
    return status;
}

static bool said(const char *words)
{
    char text[4096];
    FILE *in = fopen("said", "r");
    if (!in) die("said");
    size_t bytes = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[bytes] = 0;
    return strstr(text, words);
}

static void fail(const char *what)
{
    char command[] = "cat said >&2";
    fprintf(stderr, "crash_kill: %s; its files are in %s; it said:\n", what, folder_of_all);
    if (system(command)) fprintf(stderr, "nothing\n");
    exit(1);
}

/* Run it to its end. Seconds that it took. */
static double run_whole(const char *folder, const char *model)
{
    double began = now();
    int status = wait_for(start(folder, model));
    if (!WIFEXITED(status) || WEXITSTATUS(status)) fail("a run without a kill failed");
    return now() - began;
}

static void remove_folder(const char *folder)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command)) die("rm");
}

/* A number of epochs that takes long enough, and its model in "whole.safetensors". */
static void calibrate(void)
{
    double count = 100, seconds = 0;
    while (seconds < least_seconds) {
        if (seconds > 0) count *= seconds > 0.05 ? 1.25 * least_seconds / seconds : 20;
        snprintf(epochs, sizeof epochs, "%.0f", count);
        remove_folder("whole");
        seconds = run_whole("whole", "whole.safetensors");
    }
    printf("%s epochs take %.1f s when nobody disturbs them\n", epochs, seconds);
    remove_folder("whole");
}

static bool same_files(const char *a, const char *b)
{
    FILE *x = fopen(a, "rb"), *y = fopen(b, "rb");
    if (!x || !y) die(x ? b : a);
    int p, q;
    do {
        p = getc(x);
        q = getc(y);
    } while (p == q && p != EOF);
    fclose(x);
    fclose(y);
    return p == q;
}

/* ---- Kills ----------------------------------------------------------------------------------------------------------- */

typedef struct tally {
    int asked, tried, killed, resumed, chains;
} tally;

static void wait_a_while(void)
{
    double delay = most_delay * next_random();
    struct timespec t = {.tv_sec = (time_t)delay, .tv_nsec = (long)((delay - (double)(time_t)delay) * 1e9)};
    while (nanosleep(&t, &t) && errno == EINTR)
        continue;
}

/* One leg of a training: true if it came to its end. One that begins after a checkpoint stands goes on from there. */
static bool leg(tally *t, const char *folder, bool *has_checkpoint)
{
    pid_t child = start(folder, "model.safetensors");
    bool kills = t->killed < t->asked;
    if (kills) {
        wait_a_while();
        t->tried++;
        kill(child, SIGKILL);
    }
    int status = wait_for(child);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) fail("a resumed run failed");
    bool resumed = said("resumed from ");
    if (said("going back") || said("damaged")) fail("a checkpoint was damaged by a kill");
    if (*has_checkpoint && said("starting afresh")) fail("a checkpoint was lost");
    *has_checkpoint = *has_checkpoint || resumed;
    t->killed += killed;
    t->resumed += resumed;
    return !killed;
}

static void chain(tally *t)
{
    bool has_checkpoint = false;
    remove_folder("chain");
    unlink("model.safetensors");
    while (!leg(t, "chain", &has_checkpoint))
        continue;
    t->chains++;
    if (!same_files("model.safetensors", "whole.safetensors")) fail("the resumed run has another model");
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    linnet = realpath(argv[1], NULL);
    if (!linnet) die(argv[1]);
    const char *seed = getenv("LINNET_SEED"), *base = getenv("TMPDIR");
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 " (LINNET_SEED=%" PRIu64 " repeats the delays)\n", random_state, random_state);
    snprintf(folder_of_all, sizeof folder_of_all, "%s/linnet-crash-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder_of_all) || chdir(folder_of_all)) die(folder_of_all);
    calibrate();
    tally t = {.asked = getenv("LINNET_SOAK") ? 500 : 50};
    while (t.killed < t.asked)
        chain(&t);
    int rate = 100 * t.killed / t.tried;
    printf("%d kills in %d trainings, %d%% of %d tries in the middle of one; %d resumes; every model is the same\n",
           t.killed, t.chains, rate, t.tried, t.resumed);
    if (chdir("/")) die("/");
    remove_folder(folder_of_all);
    return rate >= 80 ? 0 : 1;
}
