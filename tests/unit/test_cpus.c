/* How many processors a process may use: quotas of control groups, both kinds, from files as the system shows them. */
#include "base/pool.h"

#include "support/support.h"

#include <limits.h>
#include <sched.h>
#include <sys/stat.h>

static char root[64], self[80];

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unified_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(separate_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(nonsense_is_no_limit, setup, teardown),
        cmocka_unit_test(no_more_than_the_mask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
