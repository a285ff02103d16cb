/* picture.c: what bench/report.py shows of the results: picture FILE.svg, with lines `workload<TAB>peer<TAB>ratio` on stdin, a
 * panel of bars on one log scale: how many times linnet's time everybody needs. Drawn by linnet's own report. */
#include "bench.h"

#include <string.h>

enum { MOST = 64, LONGEST = 96 };

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    static char names[MOST][LONGEST];
    const char *ticks[MOST];
    double ratio[MOST], place[MOST];
    int count = 0;
    char line[256];
    while (count < MOST && fgets(line, sizeof line, stdin)) {
        char *tab = strrchr(line, '\t');
        if (!tab) continue;
        *tab = 0;
        snprintf(names[count], LONGEST, "%.*s", LONGEST - 1, line);
        ratio[count++] = atof(tab + 1);
    }
    for (int i = 0; i < count; i++) { /* y grows upwards, and the first one is to stand on top */
        place[i] = count - 1 - i;
        ticks[count - 1 - i] = names[i];
    }
    if (!count) return 2;
    double low = ratio[0], high = ratio[0];
    for (int i = 1; i < count; i++) {
        low = ratio[i] < low ? ratio[i] : low;
        high = ratio[i] > high ? ratio[i] : high;
    }
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.on_error = LIN_EXIT});
    lin_figure *figure = lin_subplots(ctx, &(lin_figure_options){.figsize = {7.5, 0.6 + 0.22 * count}});
    lin_axes *axes = lin_axes_at(figure, 0);
    lin_tensor *x = lin_from_f64(ctx, ratio, LIN_SHAPE(count)), *y = lin_from_f64(ctx, place, LIN_SHAPE(count));
    lin_set_axes(axes, &(lin_axes_options){.xlabel = "times as long as linnet",
                                           .xscale = LIN_SCALE_LOG,
                                           .xlim = {low / 1.5, high * 2},
                                           .ylim = {-0.6, count - 0.4}});
    lin_barh(axes, y, x, NULL);
    lin_set_yticks(axes, ticks, count);
    for (int i = 0; i < count; i++) {
        char note[32];
        snprintf(note, sizeof note, ratio[i] < 10 ? "%.1f" : "%.0f", ratio[i]);
        lin_annotate(axes, note, ratio[i], place[i], LIN_RIGHT, NULL);
    }
    int code = lin_savefig(figure, argv[1], NULL);
    lin_ctx_free(ctx);
    return code ? 1 : 0;
}
