/* limits.c: what this machine could do, in units per second, on all processors of this process (L2: on one): fused multiply-adds
 * in registers as wide as they come, beside what the clock allows; reading memory, reading the second-level cache; and how long a
 * line of the cache takes from one processor to another and back: a virtual machine's may be near each other or far apart. */
#include "bench.h"
#include "rate.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* Units for multiply-adds of a core. AMD since Zen 5 and Intel's servers have two of the widest; Zen 4 joins its two for 64 bytes and
 * gets half of this. */
enum { UNITS = 2 };

/* ---- There and back: one thread makes the number odd, the other even ------------------------------------------------ */

enum { TRIPS = 100000 };

typedef struct ball {
    _Alignas(64) atomic_int at; /* a line of its own */
} ball;

static void *send_back(void *arg)
{
    ball *b = arg;
    for (int i = 0; i < TRIPS; i++) {
        while (atomic_load(&b->at) != 2 * i + 1) {
        }
        atomic_store(&b->at, 2 * i + 2);
    }
    return NULL;
}

/* This thread on `here`, the other on `there`. 0, or an error: on one processor each would wait until the other's turn ends. */
static int begin_apart(int here, int there, ball *b, pthread_t *other)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(here, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return -1;
    CPU_CLR(here, &one);
    CPU_SET(there, &one);
    pthread_attr_t on_there;
    int error = pthread_attr_init(&on_there);
    if (error) return error;
    error = pthread_attr_setaffinity_np(&on_there, sizeof one, &one);
    if (!error) error = pthread_create(other, &on_there, send_back, b);
    pthread_attr_destroy(&on_there);
    return error;
}

/* Seconds of a trip between the first two processors of the set; this thread stays on the first. 0: there is no second thread there. */
static double round_trip(const cpu_set_t *set)
{
    ball b = {.at = 0};
    int cpu[2] = {0};
    for (int i = 0, found = 0; i < CPU_SETSIZE && found < 2; i++)
        if (CPU_ISSET(i, set)) cpu[found++] = i;
    pthread_t other;
    if (begin_apart(cpu[0], cpu[1], &b, &other) != 0) return 0;
    double begin = 0;
    for (int i = 0; i < TRIPS; i++) {
        if (i == TRIPS / 10) begin = now(); /* both have been running for a while */
        atomic_store(&b.at, 2 * i + 1);
        while (atomic_load(&b.at) != 2 * i + 2) {
        }
    }
    double end = now();
    pthread_join(other, NULL);
    return (end - begin) / (TRIPS - TRIPS / 10);
}

int main(void)
{
    cpu_set_t set;
    int threads = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (threads > RATE_MOST_THREADS) threads = RATE_MOST_THREADS;
    const size_t memory = (size_t)1 << 28, cache = (size_t)512 << 10; /* bytes of a thread */
    const size_t floats = memory / sizeof(float), cached = cache / sizeof(float);
    float *data = aligned_alloc(64, memory * (size_t)threads);
    if (!data) return 1;
    for (size_t i = 0; i < floats * (size_t)threads; i++)
        data[i] = (float)(i % 7);
    char note[64];
    snprintf(note, sizeof note, "FLOP/s, %d threads", threads);
    result("fma", fma_rate(NULL, threads), note);
    double cycles = clock_rate(threads);
    snprintf(note, sizeof note, "FLOP/s, clock × %d lanes × %d units × 2", widest_lanes(), UNITS);
    result("fma by the clock", cycles * widest_lanes() * UNITS * 2, note);
    snprintf(note, sizeof note, "Hz, %d threads together", threads);
    result("clock", cycles, note);
    result("fma of one", fma_rate(NULL, 1), "FLOP/s, 1 thread");
    snprintf(note, sizeof note, "B/s, %d threads", threads);
    result("memory", read_rate(threads, data, floats, 1), note);
    result("memory of one", read_rate(1, data, floats, 1), "B/s, 1 thread");
    result("L2 of one", read_rate(1, data, cached, 5000), "B/s, 1 thread");
    free(data);
    double trip = threads > 1 ? round_trip(&set) : 0;
    if (trip > 0) result("a line there and back", trip, "s, between two processors");
    return 0;
}
