/* tests/crash/calls.c: a run is killed before and after each of its system calls, by ptrace, and resumed. */
#include "crash.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A kill takes nothing out of the system's memory, so what a sync is good for is shown by states.c; in its place, a call that does
 * not wait for a disk, unless there is time. */
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    return getenv("LINNET_SOAK") ? __real_fsync(fd) : (int)syscall(SYS_getppid) & 0;
}

/* Seen by both processes. */
static witness *shared;

static void run_and_exit(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) _exit(SKIPPED);
    raise(SIGSTOP);
    small s;
    crash_begin(&s, "run", shared);
    _exit(small_fit(&s) ? 1 : 0);
}

/* Its next stop; false if it has come to its end. */
static bool next_stop(pid_t child, int *status)
{
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR) return false;
    return WIFSTOPPED(*status);
}

/* Let a new run come to the n-th beginning or end of a system call, and kill it there. False if it ends before. */
static bool killed_at(int n)
{
    int status;
    shared->committed = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) run_and_exit();
    bool stopped = next_stop(child, &status);
    if (!stopped && WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
        print_message("skipped: this process may trace no other\n");
        exit(SKIPPED);
    }
    for (int i = 0; stopped && i < n; i++) {
        if (ptrace(PTRACE_SYSCALL, child, NULL, NULL)) fail_msg("ptrace: %s", strerror(errno));
        stopped = next_stop(child, &status);
    }
    if (stopped) {
        kill(child, SIGKILL);
        next_stop(child, &status);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fail_msg("the run ended by itself with %x", status);
    }
    return stopped;
}

static void killed_at_every_system_call(void **state)
{
    (void)state;
    int kills = 0, last = 0;
    crash_whole();
    for (;; kills++) {
        remove_one("run");
        if (!killed_at(kills + 1)) break;
        last = (int)shared->committed;
        const char *fault = crash_resume("run", last);
        if (fault) fail_msg("killed at stop %d: %s", kills + 1, fault);
        if (strstr(names_in("run"), ".linnet")) fail_msg("killed at stop %d: %s is left", kills + 1, names_in("run"));
    }
    print_message("killed at %d stops, before and after each system call\n", kills);
    assert_int_equal(last, CRASH_STEPS - 1); /* the last kills came behind the last step */
    assert_true(kills > 200);
    remove_one("run");
    remove_one("whole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_at_every_system_call)};
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 1;
    return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
