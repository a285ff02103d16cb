/* cli/progress.h: how the training goes, on stderr: growing curves and a bar on a terminal, lines elsewhere, or JSON. */
#ifndef LINNET_CLI_PROGRESS_H
#define LINNET_CLI_PROGRESS_H

#include "verb.h"

#include <linnet.h>

typedef enum progress_kind {
    PROGRESS_NONE,
    PROGRESS_PLAIN,
    PROGRESS_BAR,
    PROGRESS_CURVES,
    PROGRESS_JSON
} progress_kind;

typedef struct progress {
    progress_kind kind;
    bool classification, tested, scheduled;
    int64_t epochs;
    lin_animator *curves; /* PROGRESS_CURVES; a bar stands below them */
    const lin_history *history;
    int64_t drawn_epochs; /* of the history, in the curves */
    bool drawn;           /* a bar stands in the line of the cursor */
    double drawn_at;      /* seconds */
} progress;

/* `history` is what fit fills. */
progress progress_new(const settings *s, bool classification, bool tested, int64_t epochs, const lin_history *history,
                      lin_ctx *ctx);
void progress_step(progress *p, const lin_step_info *info);
void progress_epoch(progress *p, const lin_epoch *epoch);
/* No more of it. `interrupted`: by Ctrl-C, which a terminal shows, so what follows begins on a new line. */
void progress_end(progress *p, bool interrupted);
/* Clear the bar: other lines may follow. */
void progress_clear(progress *p);

/* Seconds on a clock that does not jump. */
double seconds_now(void);

#endif
