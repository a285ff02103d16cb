/* tiles.c: the products of gemm.inc on one thread, in cache, with every set of kernels that this machine has, beside its limit by
 * fused multiply-adds. Exit 1 if a size of product is much slower than its neighbours: a tile whose sums do not fit into the
 * registers costs ten times the time, and no test of its results sees it.
 * tiles: the tables. tiles --lines 1: what bench/run.py reads. */
#include "bench.h"
#include "kernel/kernel.h"
#include "rate.h"

#include <string.h>

/* A product may run at these fractions of the rate of its neighbours, and not below: the ragged size that has one row or one
 * column less; the best of the sizes that whole tiles make up, for each of them; the best of all ragged sizes, for the workloads';
 * and the same product in narrower registers. */
#define OF_SMALLER  0.40
#define OF_WHOLE    0.60
#define OF_RAGGED   0.65
#define OF_NARROWER 0.80

/* Eight rows are whole tiles of every path; with one column they are too few sums for what a multiply-add takes. */
enum { MOST_ROWS = 9, MOST_COLUMNS = 11, WHOLE_ROWS = 8, LONGEST = 784, TRIES = 7 };

static float *A32, *B32, *C32;
static double *A64, *B64, *C64;

/* ---- A product, and its rate ----------------------------------------------------------------------------------------- */

typedef enum sort {
    DOTS,     /* C (m, n) = A (m, k) · B (n, k)ᵀ, floats */
    DOTS_F64, /* the same, doubles */
    BLOCK     /* C (m, n) = A (k, m)ᵀ · B (k, n), floats; B as wide as an image */
} sort;

typedef struct shape {
    const char *name;
    sort sort;
    int64_t m, n, k;
    bool guarded; /* against the ragged sizes: long enough for its beginning and end not to count */
} shape;

static void multiply(const lin__kernels *set, const shape *s)
{
    if (s->sort == DOTS)
        set->f32.gemm_nt(s->m, s->n, s->k, A32, s->k, B32, s->k, NULL, C32, s->n);
    else if (s->sort == DOTS_F64)
        set->f64.gemm_nt(s->m, s->n, s->k, A64, s->k, B64, s->k, NULL, C64, s->n);
    else
        set->f32.gemm_block(s->k, s->m, s->n, A32, s->m, 1, B32, LONGEST, C32, s->n);
}

/* FLOP/s: the best of several tries of `flop` of work each. */
static double rate_of(const lin__kernels *set, const shape *s, double flop)
{
    double each = 2.0 * (double)(s->m * s->n * s->k), best = 0;
    long times = (long)(flop / each) + 1;
    multiply(set, s);
    for (int try = 0; try < TRIES; try++) {
        double begin = now();
        for (long i = 0; i < times; i++)
            multiply(set, s);
        double r = each * (double)times / (now() - begin);
        if (r > best) best = r;
    }
    return best;
}

/* ---- What is measured ------------------------------------------------------------------------------------------------- */

static const shape workload[] = {
    {"W1 forward", DOTS, 128, 10, 784, true},           {"W1 weight's gradient", BLOCK, 10, 112, 128, true},
    {"W1 forward, f64", DOTS_F64, 64, 10, 784, true},   {"W4 forward", DOTS, 128, 1, 28, false},
    {"W4 weight's gradient", BLOCK, 1, 28, 128, false},
};
enum { WORKLOADS = sizeof workload / sizeof *workload };

/* Every size up to 9 x 11; columns count as `wide` elements, which fill the registers (of dots any does) or do not. */
static const struct ragged {
    shape of;
    int64_t wide;
    bool full;
} ragged[] = {
    {{"dots", DOTS, 0, 0, 784, false}, 1, true},
    {{"dots, f64", DOTS_F64, 0, 0, 784, false}, 1, true},
    {{"sums of rows", BLOCK, 0, 0, 128, false}, 1, false},
    {{"sums of rows, columns by 16", BLOCK, 0, 0, 128, false}, 16, true},
};
enum { RAGGED = sizeof ragged / sizeof *ragged };

typedef struct rates {
    const lin__kernels *set;
    double limit, work[WORKLOADS], grid[RAGGED][MOST_ROWS][MOST_COLUMNS];
} rates;

static shape cell(int g, int row, int column)
{
    shape s = ragged[g].of;
    s.m = row + 1;
    s.n = (column + 1) * ragged[g].wide;
    return s;
}

static double limit_of(const rates *r, sort sort)
{
    return sort == DOTS_F64 && strcmp(r->set->name, "scalar") ? r->limit / 2 : r->limit;
}

/* The scalar path is as slow as it is: a tenth of the work gives its figure as well. */
static void measure(rates *r)
{
    double work = strcmp(r->set->name, "scalar") ? 1 : 0.1;
    r->limit = fma_rate(r->set->name, 1);
    for (int i = 0; i < WORKLOADS; i++)
        r->work[i] = rate_of(r->set, &workload[i], work * 5e7);
    for (int g = 0; g < RAGGED; g++)
        for (int i = 0; i < MOST_ROWS; i++)
            for (int j = 0; j < MOST_COLUMNS; j++) {
                shape s = cell(g, i, j);
                r->grid[g][i][j] = rate_of(r->set, &s, work * 1e7);
            }
}

/* ---- The guard -------------------------------------------------------------------------------------------------------- */

/* A rate below a fraction of its neighbour's is measured again, both of them: the machine may have been busy. */
static int guard(const lin__kernels *set, const shape *s, const lin__kernels *beside, const shape *than,
                 double fraction)
{
    double own = 0, other = 0;
    for (int i = 0; i < 5; i++) {
        own = rate_of(set, s, 1e7);
        other = rate_of(beside, than, 1e7);
        if (own >= fraction * other) return 0;
    }
    fprintf(stderr, "tiles: %s, %s, %lld x %lld: %.1f GFLOP/s, less than %g of the %.1f of %s, %lld x %lld\n",
            set->name, s->name, (long long)s->m, (long long)s->n, own * 1e-9, fraction, other * 1e-9, beside->name,
            (long long)than->m, (long long)than->n);
    return 1;
}

/* Each size against those with one row or one column less. */
static int guard_grid(const rates *r, int g)
{
    int slow = 0;
    for (int i = 0; i < MOST_ROWS; i++)
        for (int j = 0; j < MOST_COLUMNS; j++) {
            shape s = cell(g, i, j), up = cell(g, i - (i > 0), j), left = cell(g, i, j - (j > 0));
            double own = r->grid[g][i][j];
            if (i && own < OF_SMALLER * r->grid[g][i - 1][j]) slow += guard(r->set, &s, r->set, &up, OF_SMALLER);
            if (j && own < OF_SMALLER * r->grid[g][i][j - 1]) slow += guard(r->set, &s, r->set, &left, OF_SMALLER);
        }
    return slow;
}

static int guard_whole(const rates *r, int g)
{
    const double *whole = r->grid[g][WHOLE_ROWS - 1];
    int best = 1, slow = 0;
    for (int j = 2; j < MOST_COLUMNS; j++)
        if (whole[j] > whole[best]) best = j;
    shape than = cell(g, WHOLE_ROWS - 1, best);
    for (int j = 1; j < MOST_COLUMNS && ragged[g].full; j++) {
        shape s = cell(g, WHOLE_ROWS - 1, j);
        if (whole[j] < OF_WHOLE * whole[best]) slow += guard(r->set, &s, r->set, &than, OF_WHOLE);
    }
    return slow;
}

static shape best_ragged(const rates *r, sort sort)
{
    shape best = {0};
    double rate = 0;
    for (int g = 0; g < RAGGED; g++)
        for (int i = 0; i < MOST_ROWS && ragged[g].of.sort == sort; i++)
            for (int j = 0; j < MOST_COLUMNS; j++)
                if (r->grid[g][i][j] > rate) {
                    rate = r->grid[g][i][j];
                    best = cell(g, i, j);
                }
    return best;
}

/* `narrower`: the rates of the next set, NULL for the last. */
static int guard_all(const rates *r, const rates *narrower)
{
    int slow = 0;
    for (int g = 0; g < RAGGED; g++)
        slow += guard_grid(r, g) + guard_whole(r, g);
    for (int i = 0; i < WORKLOADS; i++) {
        const shape *s = &workload[i], best = best_ragged(r, s->sort);
        if (s->guarded) slow += guard(r->set, s, r->set, &best, OF_RAGGED);
        if (narrower && r->work[i] < OF_NARROWER * narrower->work[i])
            slow += guard(r->set, s, narrower->set, s, OF_NARROWER);
    }
    return slow;
}

/* What comes nearest to the bounds. */
static double least_of_whole(const rates *r, int g)
{
    const double *whole = r->grid[g][WHOLE_ROWS - 1];
    double least = whole[1], best = whole[1];
    for (int j = 2; j < MOST_COLUMNS; j++) {
        if (whole[j] < least) least = whole[j];
        if (whole[j] > best) best = whole[j];
    }
    return least / best;
}
static double least_of_smaller(const rates *r, int g)
{
    double least = 1;
    for (int i = 0; i < MOST_ROWS; i++)
        for (int j = 0; j < MOST_COLUMNS; j++) {
            double own = r->grid[g][i][j], up = r->grid[g][i - (i > 0)][j], left = r->grid[g][i][j - (j > 0)];
            double fraction = own / (up > left ? up : left);
            if (fraction < least) least = fraction;
        }
    return least;
}

/* ---- What is printed -------------------------------------------------------------------------------------------------- */

static void print_tables(const rates *r)
{
    printf("%s: %.1f GFLOP/s by fused multiply-adds in registers, one thread\n\n", r->set->name, r->limit * 1e-9);
    for (int i = 0; i < WORKLOADS; i++)
        printf("  %-22s %4lld x %3lld by %3lld  %7.1f GFLOP/s  %3.0f %%\n", workload[i].name, (long long)workload[i].m,
               (long long)workload[i].n, (long long)workload[i].k, r->work[i] * 1e-9,
               100 * r->work[i] / limit_of(r, workload[i].sort));
    for (int g = 0; g < RAGGED; g++) {
        printf("\n  %s, %% of the limit\n  rows ", ragged[g].of.name);
        for (int j = 0; j < MOST_COLUMNS; j++)
            printf("%5lld", (long long)cell(g, 0, j).n);
        for (int i = 0; i < MOST_ROWS; i++) {
            printf("\n  %4d ", i + 1);
            for (int j = 0; j < MOST_COLUMNS; j++)
                printf("%5.0f", 100 * r->grid[g][i][j] / limit_of(r, ragged[g].of.sort));
        }
        printf("\n  at least %.2f of a size that is smaller by one\n", least_of_smaller(r, g));
        if (ragged[g].full) printf("  with 8 rows, at least %.2f of the best of these\n", least_of_whole(r, g));
    }
    printf("\n");
}

static void print_lines(const rates *r)
{
    for (int i = 0; i < WORKLOADS; i++) {
        char name[64], note[64];
        snprintf(name, sizeof name, "%s, %s", workload[i].name, r->set->name);
        snprintf(note, sizeof note, "FLOP/s, %.0f %% of the limit", 100 * r->work[i] / limit_of(r, workload[i].sort));
        result(name, r->work[i], note);
    }
}

/* ---- All -------------------------------------------------------------------------------------------------------------- */

static void *numbers(size_t size)
{
    void *p = aligned_alloc(64, (size_t)256 * LONGEST * size);
    if (!p) exit(1);
    for (size_t i = 0; i < (size_t)256 * LONGEST; i++)
        if (size == sizeof(float))
            ((float *)p)[i] = (float)(i % 7) - 3;
        else
            ((double *)p)[i] = (double)(i % 7) - 3;
    return p;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"avx512", "avx2", "neon", "scalar"};
    static rates all[4];
    bool lines = option(argc, argv, "--lines", 0);
    int count = 0, slow = 0;
    A32 = numbers(sizeof *A32), B32 = numbers(sizeof *B32), C32 = numbers(sizeof *C32);
    A64 = numbers(sizeof *A64), B64 = numbers(sizeof *B64), C64 = numbers(sizeof *C64);
    for (int i = 0; i < 4; i++) {
        all[count].set = lin__kernels_named(names[i]);
        if (!all[count].set) continue;
        measure(&all[count]);
        (lines ? print_lines : print_tables)(&all[count]);
        count++;
    }
    for (int i = 0; i < count; i++)
        slow += guard_all(&all[i], i + 1 < count ? &all[i + 1] : NULL);
    if (!lines) printf("%d sizes are slower than they may be\n", slow);
    free(A32), free(B32), free(C32), free(A64), free(B64), free(C64);
    return slow > 0;
}
