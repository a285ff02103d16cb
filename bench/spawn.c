/* spawn.c: run a command to its end so many times, and say for each how long it took and how much memory it had at most.
 * spawn TIMES NAME COMMAND ARGUMENT… */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    for (int i = atoi(argv[1]); i > 0; i--) {
        pid_t pid;
        int status;
        struct rusage used;
        double begin = now();
        if (posix_spawnp(&pid, argv[3], &quiet, NULL, argv + 3, environ) != 0) return 1;
        if (wait4(pid, &status, 0, &used) != pid || status != 0) return 1;
        double seconds = now() - begin;
        char quality[48];
        snprintf(quality, sizeof quality, "%.1f MB", (double)used.ru_maxrss / 1024);
        result(argv[2], seconds, quality);
    }
    posix_spawn_file_actions_destroy(&quiet);
    return 0;
}
