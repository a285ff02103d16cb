/* tests/crash/crash.h: the run that is crashed: three epochs of two steps, a checkpoint after each. */
#ifndef LINNET_TESTS_CRASH_CRASH_H
#define LINNET_TESTS_CRASH_CRASH_H

#include "support/checkpoint.h"

enum { CRASH_STEPS = 6 };

/* Knows which checkpoint stands: when a step is over, that of the step before has been written. */
typedef struct witness {
    volatile int64_t committed;
    void (*note)(int64_t committed); /* [OPTIONAL] */
} witness;

static inline int note_commit(void *user, const lin_step_info *info)
{
    witness *w = user;
    w->committed = 2 * (info->epoch - 1) + info->step - 1;
    if (w->note) w->note(w->committed);
    return 0;
}

static inline void crash_begin(small *s, const char *folder, witness *w)
{
    small_begin(s, folder, true);
    s->options.batch_size = 5;
    s->options.checkpoint.every = 1;
    if (!w) return;
    s->options.on_step = note_commit;
    s->options.user = w;
}

/* A whole run in "whole": its last checkpoint. */
static inline void crash_whole(void)
{
    small s;
    remove_one("whole");
    crash_begin(&s, "whole", NULL);
    if (small_fit(&s)) fail_msg("%s", lin_error(s.ctx));
    small_end(&s);
}

static inline bool equal_files(const char *a, const char *b)
{
    size_t a_bytes, b_bytes;
    unsigned char *x = get_file(a, &a_bytes), *y = get_file(b, &b_bytes);
    bool same = a_bytes == b_bytes && !memcmp(x, y, a_bytes);
    free(x);
    free(y);
    return same;
}

/* Resume in `folder`, where checkpoint `committed` has been written, and the one behind it may have been. NULL if that is as it
 * should be; otherwise what is wrong, in a buffer of its own. */
static inline const char *crash_resume(const char *folder, int64_t committed)
{
    static char fault[3000];
    small s;
    crash_begin(&s, folder, NULL);
    int code = small_fit(&s);
    long long from = 0;
    const char *resumed = strstr(s.said, "resumed from ");
    if (resumed) sscanf(strstr(resumed, "/checkpoint-"), "/checkpoint-%lld.", &from);
    fault[0] = 0;
    if (code)
        snprintf(fault, sizeof fault, "%s\n%s", lin_error(s.ctx), s.said);
    else if (from < committed || from > committed + 1)
        snprintf(fault, sizeof fault, "checkpoint %lld was written, and the run goes on from %lld\n%s",
                 (long long)committed, from, s.said);
    small_end(&s);
    if (!fault[0] && !equal_files("whole/checkpoint-6.safetensors", checkpoint_in(folder, CRASH_STEPS)))
        snprintf(fault, sizeof fault, "resumed from %lld the run has another end", from);
    return fault[0] ? fault : NULL;
}

#endif
