/* Where names lead. */
#include "place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_one(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return a && b && stat(a, &x) == 0 && stat(b, &y) == 0 && is_one(&x, &y);
}

/* The last part of a path, and in `folder` what stands before it. */
static const char *name_in(const char *path, char folder[4096])
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    snprintf(folder, 4096, "%.*s.", (int)(name - path), path);
    return name;
}

bool same_place(const char *a, const char *b)
{
    char x[4096], y[4096];
    if (!a || !b) return false;
    return same_file(a, b) || (strcmp(name_in(a, x), name_in(b, y)) == 0 && same_file(x, y));
}

bool is_result(const char *path)
{
    struct stat x, y;
    if (stat(path, &x) != 0 || fstat(STDOUT_FILENO, &y) != 0 || !is_one(&x, &y)) return false;
    return !S_ISCHR(x.st_mode) || isatty(STDOUT_FILENO); /* /dev/null takes both */
}
