/* tests/support/wait.h: waiting for another thread, but not for ever. */
#ifndef LINNET_TESTS_WAIT_H
#define LINNET_TESTS_WAIT_H

#include <errno.h>
#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

/* False after so long that nobody will come. */
static inline bool wait_for(sem_t *sem)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    int code;
    while ((code = sem_timedwait(sem, &until)) != 0 && errno == EINTR) {
    }
    return code == 0;
}

#endif
