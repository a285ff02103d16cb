/* rate.c: how fast a loop of fused multiply-adds or of reads runs, on one thread or several at once. */
#include "rate.h"

#include "bench.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { CHAINS = 12 };

/* ---- The work of one thread: it returns how many units it did ------------------------------------------------------ */

typedef struct part {
    const float *data; /* what is read */
    size_t count, passes;
    float sum; /* so that nothing is left out */
} part;

#define FMA_LOOP(V, SET, FMA, STORE, WIDTH)        \
    V x[CHAINS], a = SET(0.999f), b = SET(0.001f); \
    for (int i = 0; i < CHAINS; i++)               \
        x[i] = SET((float)i);                      \
    for (size_t n = 0; n < p->passes; n++)         \
        for (int i = 0; i < CHAINS; i++)           \
            x[i] = FMA(x[i], a, b);                \
    float out[WIDTH];                              \
    for (int i = 0; i < CHAINS; i++) {             \
        STORE(out, x[i]);                          \
        p->sum += out[0];                          \
    }                                              \
    return 2.0 * WIDTH * CHAINS * (double)p->passes

/* Four sums, so that the reads and not the additions are what is measured. */
#define READ_LOOP(V, SET, LOAD, ADD, STORE, WIDTH)                               \
    V s0 = SET(0), s1 = SET(0), s2 = SET(0), s3 = SET(0);                        \
    for (size_t n = 0; n < p->passes; n++)                                       \
        for (const float *d = p->data; d < p->data + p->count; d += 4 * WIDTH) { \
            s0 = ADD(s0, LOAD(d));                                               \
            s1 = ADD(s1, LOAD(d + WIDTH));                                       \
            s2 = ADD(s2, LOAD(d + 2 * WIDTH));                                   \
            s3 = ADD(s3, LOAD(d + 3 * WIDTH));                                   \
        }                                                                        \
    float out[WIDTH];                                                            \
    STORE(out, ADD(ADD(s0, s1), ADD(s2, s3)));                                   \
    p->sum += out[0];                                                            \
    return (double)p->passes * (double)p->count * sizeof(float)

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static double fma_512(part *p)
{
    FMA_LOOP(__m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_storeu_ps, 16);
}
__attribute__((target("avx2,fma"))) static double fma_256(part *p)
{
    FMA_LOOP(__m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_storeu_ps, 8);
}
__attribute__((target("avx512f"))) static double read_512(part *p)
{
    READ_LOOP(__m512, _mm512_set1_ps, _mm512_loadu_ps, _mm512_add_ps, _mm512_storeu_ps, 16);
}
__attribute__((target("avx2"))) static double read_256(part *p)
{
    READ_LOOP(__m256, _mm256_set1_ps, _mm256_loadu_ps, _mm256_add_ps, _mm256_storeu_ps, 8);
}
#elif defined(__aarch64__)
#define FMA_NEON(x, y, z) vfmaq_f32(z, x, y)
static double fma_128(part *p)
{
    FMA_LOOP(float32x4_t, vdupq_n_f32, FMA_NEON, vst1q_f32, 4);
}
static double read_128(part *p)
{
    READ_LOOP(float32x4_t, vdupq_n_f32, vld1q_f32, vaddq_f32, vst1q_f32, 4);
}
#endif

#define SET_1(x)       (x)
#define FMA_1(x, y, z) __builtin_fmaf(x, y, z)
#define LOAD_1(p)      (*(p))
#define ADD_1(x, y)    ((x) + (y))
#define STORE_1(p, x)  (*(p) = (x))
static double fma_1(part *p)
{
    FMA_LOOP(float, SET_1, FMA_1, STORE_1, 1);
}
static double read_1(part *p)
{
    READ_LOOP(float, SET_1, LOAD_1, ADD_1, STORE_1, 1);
}

/* Additions that each wait for the one before: one a cycle, whatever the processor. The compiler may neither foretell nor join them. */
static double additions(part *p)
{
    enum { EACH = 64 };
    uint64_t x = p->passes, step = 3;
    __asm__ volatile("" : "+r"(step));
    for (size_t n = 0; n < p->passes; n++)
        for (int i = 0; i < EACH; i++) {
            x += step;
            __asm__ volatile("" : "+r"(x));
        }
    p->sum += (float)x;
    return (double)EACH * (double)p->passes;
}

typedef double work_fn(part *p);

/* The widest first; any machine has the last. */
static const struct width {
    const char *simd;
    int lanes;
    work_fn *fma, *read;
} widths[] = {
#if defined(__x86_64__)
    {"avx512", 16, fma_512, read_512},
    {"avx2", 8, fma_256, read_256},
#elif defined(__aarch64__)
    {"neon", 4, fma_128, read_128},
#endif
    {"scalar", 1, fma_1, read_1},
};

static bool is_here(const struct width *w)
{
#if defined(__x86_64__)
    if (!strcmp(w->simd, "avx512")) return __builtin_cpu_supports("avx512f");
    if (!strcmp(w->simd, "avx2")) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return w->simd != NULL;
}

static const struct width *width_of(const char *simd)
{
    const struct width *w = widths;
    while (simd ? strcmp(w->simd, simd) != 0 : !is_here(w))
        w++;
    return w;
}

/* ---- On several threads ----------------------------------------------------------------------------------------------- */

typedef struct worker {
    pthread_t thread;
    pthread_barrier_t *start;
    work_fn *work;
    part part;
    double units, begin, end;
} worker;

static void *run(void *arg)
{
    worker *w = arg;
    part warm = w->part;
    warm.passes = warm.passes / 10 + 1;
    w->units = w->work(&warm);
    pthread_barrier_wait(w->start);
    w->begin = now();
    w->units = w->work(&w->part);
    w->end = now();
    return NULL;
}

/* Units per second of `threads` threads; thread i has the i-th piece of `count` elements. */
static double rate(work_fn *work, int threads, const float *data, size_t count, size_t passes)
{
    worker w[RATE_MOST_THREADS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        w[i] = (worker){.start = &start,
                        .work = work,
                        .part = {.data = data ? data + (size_t)i * count : NULL, .count = count, .passes = passes}};
        if (pthread_create(&w[i].thread, NULL, run, &w[i]) != 0) exit(1);
    }
    double units = 0, begin = 1e300, end = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(w[i].thread, NULL);
        units += w[i].units;
        begin = w[i].begin < begin ? w[i].begin : begin;
        end = w[i].end > end ? w[i].end : end;
    }
    pthread_barrier_destroy(&start);
    return units / (end - begin);
}

/* The best of several tries: what the machine can do when nobody disturbs it. */
static double best_rate(work_fn *work, int threads, const float *data, size_t count, size_t passes)
{
    double best = 0;
    for (int i = 0; i < 9; i++) {
        double r = rate(work, threads, data, count, passes);
        best = r > best ? r : best;
    }
    return best;
}

double fma_rate(const char *simd, int threads)
{
    return best_rate(width_of(simd)->fma, threads, NULL, 0, 2000000);
}

double clock_rate(int threads)
{
    return best_rate(additions, threads, NULL, 0, 200000);
}

int widest_lanes(void)
{
    return width_of(NULL)->lanes;
}

double read_rate(int threads, const float *data, size_t count, size_t passes)
{
    return best_rate(width_of(NULL)->read, threads, data, count, passes);
}
