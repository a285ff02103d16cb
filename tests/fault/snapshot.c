/* Folders of small files: what is in them, and copies. */
#include "snapshot.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static snapshot *taken;
static size_t base;

/* FNV-1a, of words of eight bytes: this is done after every run. */
static uint64_t hash_of(const char *path)
{
    static uint64_t words[1 << 13];
    uint64_t hash = 0xcbf29ce484222325;
    FILE *file = fopen(path, "rb");
    for (size_t bytes; file && (bytes = fread(words, 1, sizeof words, file)) > 0;) {
        size_t count = (bytes + sizeof *words - 1) / sizeof *words;
        memset((char *)words + bytes, 0, count * sizeof *words - bytes);
        for (size_t i = 0; i < count; i++)
            hash = (hash ^ words[i]) * 0x100000001b3;
        hash = (hash ^ bytes) * 0x100000001b3; /* zeros at the end are something else than none */
    }
    if (file) fclose(file);
    return hash;
}

static int note(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    if ((type != FTW_F && type != FTW_D) || place->level == 0) return 0;
    if (taken->count == SNAPSHOT_FILES) return 1;
    snprintf(taken->file[taken->count].name, sizeof taken->file->name, "%s", path + base);
    taken->file[taken->count].hash = type == FTW_F ? hash_of(path) : 0;
    taken->count++;
    return 0;
}

bool snapshot_take(snapshot *s, const char *folder)
{
    *s = (snapshot){0};
    taken = s;
    base = strlen(folder) + 1;
    return nftw(folder, note, 16, FTW_PHYS) == 0;
}

/* The file of that name, or -1. */
static int find(const snapshot *s, const char *name)
{
    for (int i = 0; i < s->count; i++)
        if (!strcmp(s->file[i].name, name)) return i;
    return -1;
}

static bool holds(const snapshot *s, const char *name, uint64_t hash)
{
    int i = find(s, name);
    return i >= 0 && s->file[i].hash == hash;
}

bool snapshot_same(const snapshot *a, const snapshot *b)
{
    if (a->count != b->count) return false;
    for (int i = 0; i < a->count; i++)
        if (!holds(b, a->file[i].name, a->file[i].hash)) return false;
    return true;
}

const char *snapshot_compare(const snapshot *now, const snapshot *before, const snapshot *after, bool succeeded,
                             char *why, size_t size)
{
    if (succeeded) {
        if (snapshot_same(now, after)) return NULL;
        snprintf(why, size, "it succeeds, but its files are not as undisturbed");
        return why;
    }
    for (int i = 0; i < now->count; i++) {
        const char *name = now->file[i].name;
        if (holds(before, name, now->file[i].hash) || holds(after, name, now->file[i].hash)) continue;
        snprintf(why, size, "%s: %s", name,
                 find(before, name) >= 0 || find(after, name) >= 0 ? "neither as it was nor as it should become"
                                                                   : "left behind");
        return why;
    }
    for (int i = 0; i < before->count; i++) {
        if (find(now, before->file[i].name) >= 0 || find(after, before->file[i].name) < 0) continue;
        snprintf(why, size, "%s: gone", before->file[i].name);
        return why;
    }
    return NULL;
}

static bool runs(const char *program, char *const *words)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        execvp(program, words);
        _exit(127);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

void snapshot_remove(const char *folder)
{
    char *words[] = {"rm", "-rf", "--", (char *)(uintptr_t)folder, NULL};
    runs("rm", words);
}

bool snapshot_restore(const char *fixture, const char *folder)
{
    snapshot_remove(folder);
    char *words[] = {"cp", "-r", "--", (char *)(uintptr_t)fixture, (char *)(uintptr_t)folder, NULL};
    return runs("cp", words);
}
