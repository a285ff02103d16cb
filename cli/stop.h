/* cli/stop.h: SIGINT, SIGTERM and SIGHUP during training. */
#ifndef LINNET_CLI_STOP_H
#define LINNET_CLI_STOP_H

#include <signal.h>

/* From now on the first of these signals sets the flag, and a second one ends the program at once. A signal that is
 * ignored already stays ignored. */
void stop_watch(void);
/* From now on they end the program at once again: what follows may wait for somebody else. */
void stop_unwatch(void);
/* The number of the signal that came; 0: none. */
extern volatile sig_atomic_t stop_signal;

#endif
