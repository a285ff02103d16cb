/* tests/support/files.h: a folder of a test program's own, and whole files in it. For cmocka_run_group_tests(tests,
 * new_folder, remove_folder). */
#ifndef LINNET_TESTS_FILES_H
#define LINNET_TESTS_FILES_H

#include "support/support.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char test_folder[4096];

static inline int new_folder(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/linnet-test-XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(test_folder) ? 0 : -1;
}

/* How many files there are; `f` (may be NULL) is called with the path of each. */
static inline int each_file(int (*f)(const char *path))
{
    int count = 0;
    DIR *dir = opendir(test_folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[sizeof test_folder + 300];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        snprintf(path, sizeof path, "%s/%s", test_folder, entry->d_name);
        if (f) f(path);
        count++;
    }
    closedir(dir);
    return count;
}

static inline int remove_folder(void **state)
{
    (void)state;
    each_file(remove);
    return rmdir(test_folder);
}

/* FOLDER/name, in one of four buffers that take turns. */
static inline const char *in_folder(const char *name)
{
    static char paths[4][sizeof test_folder + 300];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

static inline void put_file(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

/* All of it, malloc'd. */
static inline unsigned char *get_file(const char *path, size_t *bytes)
{
    struct stat status;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &status), 0);
    *bytes = (size_t)status.st_size;
    unsigned char *data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, f), *bytes);
    fclose(f);
    return data;
}

static inline void check_same_files(const char *a, const char *b)
{
    size_t a_bytes, b_bytes;
    unsigned char *x = get_file(a, &a_bytes), *y = get_file(b, &b_bytes);
    assert_int_equal(a_bytes, b_bytes);
    assert_memory_equal(x, y, a_bytes);
    free(x);
    free(y);
}

/* A safetensors file of this header, as it is, and `bytes` bytes of data. Returns path. */
static inline const char *put_safetensors(const char *path, const char *header, const void *data, size_t bytes)
{
    size_t length = strlen(header);
    unsigned char *all = malloc(8 + length + bytes);
    assert_non_null(all);
    for (int i = 0; i < 8; i++)
        all[i] = (unsigned char)((uint64_t)length >> 8 * i);
    memcpy(all + 8, header, length);
    if (bytes) memcpy(all + 8 + length, data, bytes);
    put_file(path, all, 8 + length + bytes);
    free(all);
    return path;
}

#endif
