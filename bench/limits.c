/* limits.c: what this machine could do, in units per second, on all processors of this process (L2: on one): fused multiply-adds
 * in registers as wide as they come, beside what the clock allows; reading memory, reading the second-level cache. */
#include "bench.h"
#include "rate.h"

#include <sched.h>

/* Units for multiply-adds of a core. AMD since Zen 5 and Intel's servers have two of the widest; Zen 4 joins its two for 64 bytes and
 * gets half of this. */
enum { UNITS = 2 };

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
    return 0;
}
