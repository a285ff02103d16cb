/* bench.h: what the programs of the benchmark share: a clock, and the form of a result, which bench/run.py reads. */
#ifndef LINNET_BENCH_H
#define LINNET_BENCH_H

#include <linnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One line: the case, its seconds (or another number), and what shows that the work was done as well as the peers do it. */
static inline void result(const char *name, double value, const char *quality)
{
    printf("%s\t%.9g\t%s\n", name, value, quality);
    fflush(stdout);
}

/* The number after an option, or `otherwise`: `program --threads 2`. */
static inline long option(int argc, char **argv, const char *name, long otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        const char *a = argv[i], *b = name;
        while (*a && *a == *b)
            a++, b++;
        if (!*a && !*b) return atol(argv[i + 1]);
    }
    return otherwise;
}

static inline lin_ctx *bench_context(int argc, char **argv)
{
    return lin_ctx_new(
        &(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT, .threads = (int)option(argc, argv, "--threads", 0)});
}

#endif
