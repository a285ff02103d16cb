/* base/clock.h: seconds of a clock that only goes forwards, to measure how long something took. */
#ifndef LINNET_BASE_CLOCK_H
#define LINNET_BASE_CLOCK_H

#include <time.h>

static inline double lin__seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Never negative, whatever a virtual machine does to its clock. */
static inline double lin__seconds_since(double started)
{
    double seconds = lin__seconds() - started;
    return seconds > 0 ? seconds : 0;
}

#endif
