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
    int cpu[2];
} ball;

static void stay_on(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void *send_back(void *arg)
{
    ball *b = arg;
    stay_on(b->cpu[1]);
    for (int i = 0; i < TRIPS; i++) {
        while (atomic_load(&b->at) != 2 * i + 1) {
        }
        atomic_store(&b->at, 2 * i + 2);
    }
    return NULL;
}

/* Seconds of a trip between the first two processors of the set; this thread stays on the first. 0: there is no second thread. */
static double round_trip(const cpu_set_t *set)
{
    ball b = {.at = 0};
    for (int cpu = 0, found = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
        if (CPU_ISSET(cpu, set)) b.cpu[found++] = cpu;
    pthread_t other;
    if (pthread_create(&other, NULL, send_back, &b) != 0) return 0;
    stay_on(b.cpu[0]);
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
    if (threads > 1) result("a line there and back", round_trip(&set), "s, between two processors");
    return 0;
}
