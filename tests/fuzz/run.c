/* tests/fuzz/run.c: mutants of valid files through the readers, in workers, so that one that kills its reader is named and kept.
 *
 *   fuzz_mutants                        $LINNET_FUZZ_COUNT mutants of each format (10,000) in $LINNET_FUZZ_JOBS workers (1), drawn
 *                                       from $LINNET_FUZZ_SEED (the time); a mutant is what its seed, format and number make it.
 *                                       $LINNET_FUZZ_FORMATS names the formats ("idx gz"); $LINNET_FUZZ_AGAIN=K reads only every
 *                                       K-th one a second time and from a pipe
 *   fuzz_mutants FORMAT FILE...         these files
 *   fuzz_mutants --corpus FORMAT DIR    write the valid files that mutants are made of */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS = 64, SECONDS = 2, WAITED = 30, KEPT = 5 };

/* What a worker has done so far, where its parent sees it after its death. */
typedef struct progress {
    long at, accepted, refused;
    size_t memory;
    char wrong[1500];
} progress;

typedef struct task {
    int format;
    long count, jobs, again;
    uint64_t seed;
    corpus files;
    int file[JOBS]; /* each worker's mutant */
    progress *done;
} task;

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text && *text ? atol(text) : otherwise;
}

/* Two seconds of its own time, whatever else the machine does; and an end to waiting for nothing. */
static void watch(void)
{
    setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = SECONDS}, NULL);
    alarm(WAITED);
}

/* ---- A worker ------------------------------------------------------------------------------------ */

static void make_mutant(const task *t, long k, bytes *out)
{
    fuzz_random r = {t->seed + (uint64_t)t->format * 0x10000000000u + (uint64_t)k * 0x632be59bd9b4e019u};
    fuzz_draw(&r);
    fuzz_mutate(&r, t->format, &t->files, out);
}

static void work(const task *t, int worker)
{
    static bytes mutant;
    progress *p = &t->done[worker];
    for (; p->at < t->count; p->at += t->jobs) {
        fuzz_verdict verdict;
        make_mutant(t, p->at, &mutant);
        watch();
        const char *wrong = fuzz_judge(t->format, mutant.at, mutant.size, p->at / t->jobs % t->again == 0, &verdict);
        if (wrong) {
            snprintf(p->wrong, sizeof p->wrong, "%s", wrong);
            _exit(1);
        }
        *(verdict.accepted ? &p->accepted : &p->refused) += 1;
        if (verdict.memory > p->memory) p->memory = verdict.memory;
    }
    _exit(0);
}

static pid_t start(const task *t, int worker)
{
    fflush(stdout);
    pid_t child = fork();
    if (child) return child;
    if (dup2(t->file[worker], fuzz_file()) < 0) _exit(2);
    work(t, worker);
    return 0;
}

/* ---- Their parent -------------------------------------------------------------------------------- */

/* The mutant that a worker ended at, as a file in this folder. */
static void keep(const task *t, int worker, int status)
{
    const progress *p = &t->done[worker];
    char path[100];
    static bytes b;
    b.size = 0;
    ssize_t size = pread(t->file[worker], b.at, BYTES_ROOM, 0);
    snprintf(path, sizeof path, "mutant-%s-%llu-%ld", fuzz_formats[t->format].name, (unsigned long long)t->seed, p->at);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    bool kept = fd >= 0 && size >= 0 && write(fd, b.at, (size_t)size) == size;
    if (fd >= 0) close(fd);
    const char *what = !WIFSIGNALED(status)          ? p->wrong
                       : WTERMSIG(status) == SIGPROF ? "it takes more than 2 s"
                       : WTERMSIG(status) == SIGALRM ? "it waits for something"
                                                     : strsignal(WTERMSIG(status));
    printf("%s: mutant %ld, %s %s: %s\n", fuzz_formats[t->format].name, p->at, kept ? "kept as" : "not kept as", path,
           *what ? what : "its worker ended");
}

/* Start a worker again behind what ended it. How many mutants were bad. */
static long oversee(task *t, pid_t worker[JOBS])
{
    long bad = 0;
    for (int status; (status = 0, true);) {
        pid_t ended = wait(&status);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) return bad;
        int w = 0;
        while (w < t->jobs && worker[w] != ended)
            w++;
        if (w == t->jobs || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) continue;
        keep(t, w, status);
        t->done[w].at += t->jobs;
        t->done[w].wrong[0] = 0;
        if (++bad < KEPT) worker[w] = start(t, w);
    }
    return bad;
}

static long run_workers(task *t)
{
    pid_t worker[JOBS] = {0};
    for (int w = 0; w < t->jobs; w++) {
        t->done[w].at = w;
        t->file[w] = memfd_create("mutant", MFD_CLOEXEC);
        worker[w] = start(t, w);
        if (worker[w] < 0 || t->file[w] < 0) return 1;
    }
    long bad = oversee(t, worker);
    for (int w = 0; w < t->jobs; w++)
        close(t->file[w]);
    return bad;
}

/* Both verdicts have to come up: a reader that refuses all, or takes all, is not tried. */
static bool run_format(const task *asked, int format)
{
    static task t;
    t = *asked;
    t.format = format;
    long count = t.count, jobs = t.jobs;
    size_t size = (size_t)jobs * sizeof *t.done;
    t.done = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t.done == MAP_FAILED || fuzz_file() < 0 || !corpus_make(&t.files, format)) {
        printf("%s: no corpus: %s\n", fuzz_formats[format].name, strerror(errno));
        return false;
    }
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    long bad = run_workers(&t), accepted = 0, refused = 0;
    clock_gettime(CLOCK_MONOTONIC, &to);
    size_t memory = 0;
    for (int w = 0; w < jobs; w++) {
        accepted += t.done[w].accepted;
        refused += t.done[w].refused;
        if (t.done[w].memory > memory) memory = t.done[w].memory;
    }
    printf("%s: %ld mutants of %d files: %ld read, %ld refused, %ld bad; at most %.1f MB of memory; %.1f s\n",
           fuzz_formats[format].name, count, t.files.count, accepted, refused, bad, (double)memory / 1e6,
           (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
    corpus_free(&t.files);
    munmap(t.done, size);
    return bad == 0 && (count < 1000 || (accepted > count / 100 && refused > count / 100));
}

/* ---- Files --------------------------------------------------------------------------------------- */

static bool judge_file(int format, const char *path)
{
    static unsigned char data[1 << 24];
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return false;
    }
    size_t size = fread(data, 1, sizeof data, f);
    fclose(f);
    fuzz_verdict verdict = {0};
    const char *wrong = fuzz_judge(format, data, size, true, &verdict);
    printf("%s: %s\n", path, wrong ? wrong : verdict.accepted ? "read" : "refused");
    return !wrong;
}

static bool write_corpus(int format, const char *folder)
{
    corpus c;
    bool good = corpus_make(&c, format);
    for (int i = 0; good && i < c.count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s-%03d", folder, fuzz_formats[format].name, i);
        FILE *f = fopen(path, "wb");
        good = f && fwrite(c.file[i]->at, 1, c.file[i]->size, f) == c.file[i]->size;
        if (f && fclose(f) != 0) good = false;
    }
    if (!good) perror(folder);
    corpus_free(&c);
    return good;
}

/* Is it one of the words of the list? Without a list it is. */
static bool is_asked(const char *name, const char *list)
{
    size_t length = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)); at++)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return true;
    return !list;
}

static int format_of(const char *name)
{
    for (int i = 0; i < FUZZ_FORMATS; i++)
        if (!strcmp(name, fuzz_formats[i].name)) return i;
    fprintf(stderr, "fuzz_mutants: no format %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "--corpus")) return !write_corpus(format_of(argv[2]), argv[3]);
    bool good = true;
    for (int i = 2; i < argc; i++)
        good &= judge_file(format_of(argv[1]), argv[i]);
    if (argc > 1) return !good;
    task t = {.count = number("LINNET_FUZZ_COUNT", 10000),
              .jobs = number("LINNET_FUZZ_JOBS", 1),
              .again = number("LINNET_FUZZ_AGAIN", 1),
              .seed = (uint64_t)number("LINNET_FUZZ_SEED", (long)time(NULL))};
    if (t.jobs < 1 || t.jobs > JOBS) t.jobs = 1;
    if (t.again < 1) t.again = 1;
    printf("LINNET_FUZZ_SEED=%llu\n", (unsigned long long)t.seed);
    int asked = 0;
    for (int format = 0; format < FUZZ_FORMATS; format++)
        if (is_asked(fuzz_formats[format].name, getenv("LINNET_FUZZ_FORMATS"))) {
            if (fuzz_is_read(format))
                good &= run_format(&t, format);
            else
                printf("%s: skipped: linnet is built without pictures\n", fuzz_formats[format].name);
            asked++;
        }
    return !good || !asked;
}
