/* base/clock.h: seconds of a clock that only goes forwards, to measure how long something took. */
#ifndef LINNET_BASE_CLOCK_H
#define LINNET_BASE_CLOCK_H

#include <time.h>

static inline double lin__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
