/* How many processors a process may use: quotas of control groups, both kinds, from files as the system shows them; and how many
 * threads a context has that is not told. */
#include "base/pool.h"

#include "support/support.h"

#include <limits.h>
#include <sched.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdarg.h>

static char root[64], self[80];

/* The mask has so many processors, and the system's files of groups are those of this test; 0: as they are. */
static int pretended;

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    static const char groups[] = "/sys/fs/cgroup";
    char other[4096];
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (!pretended) return __real_open(path, flags, mode);
    if (!strcmp(path, "/proc/self/cgroup")) return __real_open(self, flags, mode);
    if (strncmp(path, groups, strlen(groups)) != 0) return __real_open(path, flags, mode);
    snprintf(other, sizeof other, "%s%s", root, path + strlen(groups));
    return __real_open(other, flags, mode);
}

int __real_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    if (!pretended) return __real_sched_getaffinity(pid, size, set);
    CPU_ZERO_S(size, set);
    for (int i = 0; i < pretended; i++)
        CPU_SET_S((size_t)i, size, set);
    return 0;
}

static void put(const char *path, const char *text)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/linnet-cpus-XXXXXX");
    if (!mkdtemp(root)) return -1;
    snprintf(self, sizeof self, "%s/self", root);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static void unified_groups(void **state)
{
    (void)state;
    put("self", "0::/a/b\n");
    assert_int_equal(lin__cpu_quota(self, root), INT_MAX); /* no files: no limit */
    put("a/b/cpu.max", "max 100000\n");
    assert_int_equal(lin__cpu_quota(self, root), INT_MAX);
    put("a/b/cpu.max", "400000 100000\n");
    assert_int_equal(lin__cpu_quota(self, root), 4);
    put("a/cpu.max", "250000 100000\n"); /* the group that it is in has less: 2.5 is 2 */
    assert_int_equal(lin__cpu_quota(self, root), 2);
    put("cpu.max", "50000 100000\n"); /* half of one is one */
    assert_int_equal(lin__cpu_quota(self, root), 1);
}

static void separate_groups(void **state)
{
    (void)state;
    put("self", "5:cpuset:/x\n4:cpu,cpuacct:/x/y\n3:memory:/\n0::/\n");
    put("cpu/x/y/cpu.cfs_quota_us", "-1\n");
    put("cpu/x/y/cpu.cfs_period_us", "100000\n");
    assert_int_equal(lin__cpu_quota(self, root), INT_MAX);
    put("cpu/x/cpu.cfs_quota_us", "300000\n");
    put("cpu/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(lin__cpu_quota(self, root), 3);
    put("self", "4:cpuacct,cpu:/elsewhere/of/the/host\n"); /* of which only the root is seen */
    put("cpu/cpu.cfs_quota_us", "200000\n");
    put("cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(lin__cpu_quota(self, root), 2);
}

static void nonsense_is_no_limit(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "0", "0:", "0:cpu", "abc\n", "0::", "::\n::\n", "4:cpuset:/a\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put("self", texts[i]);
        assert_int_equal(lin__cpu_quota(self, root), INT_MAX);
    }
    put("self", "0::/\n");
    static const char *const quotas[] = {"", "max", "5", "0 0", "1 0", "-1 100000", "x y"};
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        put("cpu.max", quotas[i]);
        assert_int_equal(lin__cpu_quota(self, root), INT_MAX);
    }
    assert_int_equal(lin__cpu_quota("/nowhere", root), INT_MAX);
}

static void no_more_than_the_mask(void **state)
{
    (void)state;
    cpu_set_t old, one;
    assert_int_equal(sched_getaffinity(0, sizeof old, &old), 0);
    assert_in_range(lin__cpu_count(), 1, CPU_COUNT(&old));
    int first = 0;
    while (!CPU_ISSET(first, &old))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(lin__cpu_count(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof old, &old), 0);
}

static int threads_of(int asked)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = asked});
    assert_non_null(ctx);
    int threads = lin_threads(ctx);
    lin_ctx_free(ctx);
    return threads;
}

static void a_context_has_the_lesser_of_mask_and_quota(void **state)
{
    (void)state;
    put("self", "0::/a\n");
    put("a/cpu.max", "300000 100000\n");
    pretended = 8;
    assert_int_equal(threads_of(0), 3);
    pretended = 2;
    assert_int_equal(threads_of(0), 2);
    put("a/cpu.max", "max 100000\n");
    pretended = 5;
    assert_int_equal(threads_of(0), 5);
    pretended = 200;
    assert_int_equal(threads_of(0), 64);
    put("a/cpu.max", "6500000 100000\n"); /* 65 */
    assert_int_equal(threads_of(0), 64);
    assert_int_equal(threads_of(100), 100); /* who is told asks nobody */
    pretended = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unified_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(separate_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(nonsense_is_no_limit, setup, teardown),
        cmocka_unit_test(no_more_than_the_mask),
        cmocka_unit_test_setup_teardown(a_context_has_the_lesser_of_mask_and_quota, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
