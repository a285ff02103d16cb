/* rate.h: what the machine itself can do: arithmetic in registers, reads. Each is the best of several tries. */
#ifndef LINNET_BENCH_RATE_H
#define LINNET_BENCH_RATE_H

#include <stddef.h>

enum { RATE_MOST_THREADS = 64 };

/* FLOP/s of independent fused multiply-adds of floats in the registers of a path of LINNET_SIMD, which this machine has; NULL:
 * as wide as they come. */
double fma_rate(const char *simd, int threads);
/* Cycles per second, of all threads together: additions that wait for each other. */
double clock_rate(int threads);
int widest_lanes(void); /* floats in a register, of the widest */
/* B/s of reading count floats `passes` times; thread i has the i-th such piece of the data. */
double read_rate(int threads, const float *data, size_t count, size_t passes);

#endif
