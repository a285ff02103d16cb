/* Progress of a training on stderr. */
#include "progress.h"

#include "number.h"
#include "report.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BAR = 30 };

/* A terminal does not need to hear more often. */
static const double redraw_after = 0.05;

double seconds_now(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static progress_kind kind_of(const settings *s)
{
    const char *asked = s->progress ? s->progress : "auto";
    if (strcmp(asked, "json") == 0) return PROGRESS_JSON;
    if (s->quiet || strcmp(asked, "none") == 0) return PROGRESS_NONE;
    bool bar = strcmp(asked, "plain") != 0 && is_terminal(stderr);
    return bar ? PROGRESS_BAR : PROGRESS_PLAIN;
}

progress progress_new(const settings *s, bool classification, bool tested, int64_t epochs)
{
    return (progress){.kind = kind_of(s),
                      .classification = classification,
                      .tested = tested,
                      .scheduled = s->schedule != NULL,
                      .epochs = epochs};
}

void progress_clear(progress *p)
{
    if (p->drawn) fputs("\r\033[K", stderr);
    p->drawn = false;
}

void progress_end(progress *p, bool interrupted)
{
    progress_clear(p); /* the ^C that a terminal shows, too, if there is a bar */
    if (interrupted && p->kind != PROGRESS_BAR && is_terminal(stderr)) fputc('\n', stderr);
}

void progress_step(progress *p, const lin_step_info *info)
{
    if (p->kind != PROGRESS_BAR) return;
    double now = seconds_now();
    if (p->drawn && fabs(now - p->drawn_at) < redraw_after) return; /* a clock may be set back */
    p->drawn_at = now;
    p->drawn = true;
    int done = info->steps > 0 ? (int)(BAR * info->step / info->steps) : BAR;
    char line[160], loss[LIN_NUMBER_SIZE];
    snprintf(line, sizeof line, "epoch %" PRId64 "/%" PRId64 " [%.*s%.*s] %" PRId64 "/%" PRId64 "  loss %s",
             info->epoch, p->epochs, done, "##############################", BAR - done,
             "..............................", info->step, info->steps, number_brief(loss, info->loss));
    fprintf(stderr, "\r%.*s\033[K", terminal_width(stderr) - 1, line);
}

void progress_epoch(progress *p, const lin_epoch *epoch)
{
    progress_clear(p);
    if (p->kind == PROGRESS_JSON) {
        char *text = json_spell(report_epoch(epoch, p->classification, p->tested, p->scheduled));
        if (text) fprintf(stderr, "%s\n", text);
        free(text);
    } else if (p->kind != PROGRESS_NONE && !epoch->stopped) {
        fprintf(stderr, "epoch %" PRId64 "/%" PRId64 ": train ", epoch->epoch, p->epochs);
        report_scores(stderr, epoch->train_loss, epoch->train_acc);
        if (p->tested) {
            fputs("; test ", stderr);
            report_scores(stderr, epoch->test_loss, epoch->test_acc);
        }
        fprintf(stderr, " (%.2f s)\n", epoch->seconds);
    }
}
