/* How many processors this process may use: those of its affinity mask, and no more than the quota of its control group allows. */
#include "base/pool.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 4096 };

/* The beginning of a small file of the system, as text. */
static bool read_text(const char *path, char text[TEXT])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t got = pread(fd, text, TEXT - 1, 0);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* The file `name` of a control group. */
static bool read_file(const char *group, const char *name, char text[TEXT])
{
    char path[2 * TEXT];
    int length = snprintf(path, sizeof path, "%s/%s", group, name);
    return length < (int)sizeof path && read_text(path, text);
}

/* Whole processors in so much time of each period: rounded down, as a thread that is stopped in the middle of a period holds up
 * the others. INT_MAX: no limit. */
static int whole(const char *quota, const char *period)
{
    double share = strtod(quota, NULL) / strtod(period, NULL); /* "max" and -1 are no limits */
    return !(share > 0 && share < INT_MAX) ? INT_MAX : share < 1 ? 1 : (int)share;
}

static int quota_of(const char *group, bool unified)
{
    char quota[TEXT], period[TEXT];
    if (unified) {
        if (!read_file(group, "cpu.max", quota)) return INT_MAX;
        char *space = strchr(quota, ' ');
        return space ? whole(quota, space) : INT_MAX;
    }
    return read_file(group, "cpu.cfs_quota_us", quota) && read_file(group, "cpu.cfs_period_us", period)
               ? whole(quota, period)
               : INT_MAX;
}

/* The least quota of the group at `path` and of those that it is in. In a container the path may be the host's, of which only
 * the root is to be seen. */
static int quota_upwards(const char *mount, const char *path, bool unified)
{
    char group[TEXT];
    int least = INT_MAX, length = snprintf(group, sizeof group, "%s%s", mount, path);
    if (length >= (int)sizeof group) return INT_MAX;
    for (char *end = group + length; end; end = strrchr(group + strlen(mount), '/')) {
        *end = '\0';
        int quota = quota_of(group, unified);
        least = quota < least ? quota : least;
    }
    return least;
}

/* Is "cpu" one of a list with commas? */
static bool has_cpu(const char *list)
{
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, "cpu", 3) && (at[3] == ',' || at[3] == '\0')) return true;
    return false;
}

int lin__cpu_quota(const char *self, const char *root)
{
    char text[TEXT], mount[TEXT], *rest = text;
    int least = INT_MAX;
    if (!read_text(self, text)) return INT_MAX;
    for (char *line;
         (line = strsep(&rest, "\n"));) { /* number:controllers:path; no controllers: the unified hierarchy */
        strsep(&line, ":");
        char *controllers = strsep(&line, ":");
        if (!line || (*controllers && !has_cpu(controllers))) continue;
        bool unified = *controllers == '\0';
        if (snprintf(mount, sizeof mount, "%s%s", root, unified ? "" : "/cpu") >= (int)sizeof mount) continue;
        int quota = quota_upwards(mount, line, unified);
        least = quota < least ? quota : least;
    }
    return least;
}

static int of_mask(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 && online < INT_MAX ? (int)online : 1;
}

int lin__cpu_count(void)
{
    int mask = of_mask(), quota = lin__cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    return mask < quota ? mask : quota;
}
