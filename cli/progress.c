/* Progress of a training on stderr. Between two writes a terminal is clean but for the bar, which has no colours. */
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

static bool says(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

/* Nothing is drawn over itself unasked where colours are not wanted. */
static bool wants_no_color(const settings *s)
{
    const char *no_color = getenv("NO_COLOR");
    return says(s->color, "never") || (no_color && *no_color && !says(s->color, "always"));
}

/* One epoch makes no curve. */
static progress_kind kind_of(const settings *s, int64_t epochs)
{
    const char *asked = s->progress ? s->progress : "auto";
    bool curves = says(asked, "curves"), bar = says(asked, "bar");
    if (says(asked, "json")) return PROGRESS_JSON;
    if (s->quiet || says(asked, "none")) return PROGRESS_NONE;
    if (says(asked, "plain") || !is_terminal(stderr)) return PROGRESS_PLAIN;
    if (!curves && !bar && wants_no_color(s)) return PROGRESS_PLAIN;
    return bar || epochs == 1 ? PROGRESS_BAR : PROGRESS_CURVES;
}

/* Losses alone fall by powers of ten. */
static lin_animator *curves_new(const settings *s, bool classification, int64_t epochs, lin_ctx *ctx)
{
    return lin_animator_new(ctx, &(lin_animator_options){
                                     .xlabel = "epoch",
                                     .legend = {"train loss", "train acc", "test acc", "test loss"},
                                     .xlim = {1, (double)epochs},
                                     .yscale = classification ? LIN_SCALE_LINEAR : LIN_SCALE_LOG,
                                     .colorless = wants_no_color(s),
                                     .room = 4, /* for the results */
                                 });
}

progress progress_new(const settings *s, bool classification, bool tested, int64_t epochs, const lin_history *history,
                      lin_ctx *ctx)
{
    progress p = {.kind = kind_of(s, epochs),
                  .classification = classification,
                  .tested = tested,
                  .scheduled = s->schedule != NULL,
                  .epochs = epochs,
                  .history = history};
    if (p.kind == PROGRESS_CURVES) p.curves = curves_new(s, classification, epochs, ctx);
    return p;
}

void progress_clear(progress *p)
{
    if (p->drawn) fputs("\r\033[K", stderr);
    p->drawn = false;
}

void progress_end(progress *p, bool interrupted)
{
    bool bar = p->kind == PROGRESS_BAR || p->kind == PROGRESS_CURVES;
    progress_clear(p); /* the ^C that a terminal shows, too, if there is a bar */
    if (interrupted && !bar && is_terminal(stderr)) fputc('\n', stderr);
    if (p->drawn_epochs) lin_animator_end(p->curves);
}

/* "[###...] " in the room that the numbers leave; nothing where that is little. */
static const char *bar_text(char out[BAR + 4], int room, const lin_step_info *info)
{
    int size = room - 3 < BAR ? room - 3 : BAR;
    out[0] = '\0';
    if (size < 4) return out;
    int done = info->steps > 0 ? (int)(size * info->step / info->steps) : size;
    memset(out + 1, '#', (size_t)done);
    memset(out + 1 + done, '.', (size_t)(size - done));
    memcpy(out + 1 + size, "] ", sizeof "] ");
    out[0] = '[';
    return out;
}

void progress_step(progress *p, const lin_step_info *info)
{
    if (p->kind != PROGRESS_BAR && p->kind != PROGRESS_CURVES) return;
    double now = seconds_now();
    if (p->drawn && fabs(now - p->drawn_at) < redraw_after) return; /* a clock may be set back */
    p->drawn_at = now;
    p->drawn = true;
    char before[64], behind[96], bar[BAR + 4], line[sizeof before + sizeof behind + sizeof bar], loss[LIN_NUMBER_SIZE];
    int width = terminal_width(stderr) - 1, used;
    used = snprintf(before, sizeof before, "epoch %" PRId64 "/%" PRId64 " ", info->epoch, p->epochs);
    used += snprintf(behind, sizeof behind, "%" PRId64 "/%" PRId64 "  loss %s", info->step, info->steps,
                     number_brief(loss, info->loss));
    snprintf(line, sizeof line, "%s%s%s", before, bar_text(bar, width - used, info), behind);
    fprintf(stderr, "\r%.*s\033[K", width, line);
}

/* Those of a run that is resumed, too. */
static void draw_epochs(progress *p)
{
    for (; p->drawn_epochs < lin_history_count(p->history); p->drawn_epochs++) {
        const lin_epoch *e = lin_history_at(p->history, p->drawn_epochs);
        LIN_ANIMATE(p->curves, (double)e->epoch, e->train_loss, e->train_acc, e->test_acc, e->test_loss);
    }
}

void progress_epoch(progress *p, const lin_epoch *epoch)
{
    progress_clear(p);
    if (p->kind == PROGRESS_JSON) {
        char *text = json_spell(report_epoch(epoch, p->classification, p->tested, p->scheduled));
        if (text) fprintf(stderr, "%s\n", text);
        free(text);
    } else if (p->kind == PROGRESS_CURVES) {
        if (!epoch->stopped) draw_epochs(p);
    } else if (p->kind != PROGRESS_NONE && !epoch->stopped) {
        fprintf(stderr, "epoch %" PRId64 "/%" PRId64 ": train ", epoch->epoch, p->epochs);
        report_scores(stderr, epoch->train_loss, "acc", epoch->train_acc);
        if (p->tested) {
            fputs("; test ", stderr);
            report_scores(stderr, epoch->test_loss, "acc", epoch->test_acc);
        }
        fprintf(stderr, " (%.2f s)\n", epoch->seconds);
    }
}
