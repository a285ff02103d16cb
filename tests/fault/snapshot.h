/* tests/fault/snapshot.h: the files and folders in a folder, to be compared and put back. */
#ifndef LINNET_TESTS_FAULT_SNAPSHOT_H
#define LINNET_TESTS_FAULT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SNAPSHOT_FILES = 100 };

typedef struct snapshot {
    int count;
    struct {
        char name[200]; /* within the folder */
        uint64_t hash;  /* of the content; 0 for a folder */
        bool matched;
    } file[SNAPSHOT_FILES];
} snapshot;

bool snapshot_take(snapshot *s, const char *folder);
bool snapshot_same(const snapshot *a, const snapshot *b);
/* Every file as it was before or as it is after; all as after if the run succeeded. NULL, or what is wrong, in `why`. */
const char *snapshot_compare(const snapshot *now, const snapshot *before, const snapshot *after, bool succeeded,
                             char *why, size_t size);
/* `folder` becomes a copy of `fixture`. */
bool snapshot_restore(const char *fixture, const char *folder);
void snapshot_remove(const char *folder);

#endif
