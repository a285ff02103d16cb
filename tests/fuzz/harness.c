/* One format for libFuzzer, and for AFL++, which takes the same entry. FUZZ_FORMAT is the format's number. */
#include "fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

enum { SECONDS = 2 };

static void too_long(int number)
{
    static const char text[] = "it takes more than 2 s\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
    abort();
}

/* Seconds of its own time, whatever else the machine does. */
static void watch(int seconds)
{
    setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = seconds}, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static bool ready;
    if (!ready) signal(SIGPROF, too_long);
    ready = true;
    fuzz_verdict verdict;
    watch(SECONDS);
    const char *wrong = fuzz_judge(FUZZ_FORMAT, data, bytes, true, &verdict);
    watch(0);
    if (!wrong) return 0;
    fprintf(stderr, "%s: %s\n", fuzz_formats[FUZZ_FORMAT].name, wrong);
    abort();
}
