/* SIGINT, SIGTERM and SIGHUP: finish the step, keep the weights; the second one does not wait. */
#include "stop.h"

#include <stddef.h>

volatile sig_atomic_t stop_signal;

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(int number)
{
    stop_signal = number;
    stop_unwatch();
}

/* One that is ignored stays so. Only sigaction is called: the handler may. */
void stop_unwatch(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, old;
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        if (sigaction(watched[i], NULL, &old) == 0 && old.sa_handler == on_signal) sigaction(watched[i], &usual, NULL);
}

void stop_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, old;
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        sigaddset(&action.sa_mask,
                  watched[i]); /* a second one waits until the first has been heard, and then ends it all */
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
        if (sigaction(watched[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(watched[i], &action, NULL);
}
