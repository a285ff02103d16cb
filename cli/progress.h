/* cli/progress.h: how the training goes, on stderr: a bar on a terminal, lines elsewhere, or JSON. */
#ifndef LINNET_CLI_PROGRESS_H
#define LINNET_CLI_PROGRESS_H

#include "verb.h"

#include <linnet.h>

typedef enum progress_kind { PROGRESS_NONE, PROGRESS_PLAIN, PROGRESS_BAR, PROGRESS_JSON } progress_kind;

typedef struct progress {
    progress_kind kind;
    bool classification, tested, scheduled;
    int64_t epochs;
    bool drawn;      /* a bar stands in the line of the cursor */
    double drawn_at; /* seconds */
} progress;

progress progress_new(const settings *s, bool classification, bool tested, int64_t epochs);
void progress_step(progress *p, const lin_step_info *info);
void progress_epoch(progress *p, const lin_epoch *epoch);
/* No more of it. `interrupted`: by Ctrl-C, which a terminal shows, so what follows begins on a new line. */
void progress_end(progress *p, bool interrupted);
/* Clear the bar: other lines may follow. */
void progress_clear(progress *p);

/* Seconds on a clock that does not jump. */
double seconds_now(void);

#endif
