/* Pictures of what the chapter explains. */
#include "context.h"
#include "failure.h"
#include "plot.h"
#include "recipe.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Normal densities ------------------------------------------------------------------------------ */

/* "MEAN,STD" */
static int read_normal(const char *word, double *mean, double *std)
{
    char *end;
    *mean = strtod(word, &end);
    if (end == word || *end != ',') end = NULL;
    *std = end ? strtod(end + 1, &end) : 0;
    if (end && !*end && isfinite(*mean) && isfinite(*std) && *std > 0) return 0;
    return fail_usage("plot", "normal %s: a mean and a deviation above 0 are expected, as in 0,1", word);
}

lin_figure *plot_normal(plot *p)
{
    double means[MOST_ARGUMENTS] = {0, 0, 3}, stds[MOST_ARGUMENTS] = {1, 2, 1}; /* the book's */
    int count = p->s->argument_count;
    for (int i = 0; i < count; i++)
        if (read_normal(p->s->argument[i], &means[i], &stds[i])) return NULL;
    p->ctx = context_new(p->s, LIN_F64);
    return lin_normal_figure(p->ctx, means, stds, count ? count : 3);
}

/* ---- Losses ---------------------------------------------------------------------------------------- */

#define DRAWN "squared|mse|l1|mae|huber|smooth-l1"

static lin_loss_fn *find_loss(const char *name)
{
    guess near = {0};
    const char *choices = DRAWN;
    int length;
    if (is_choice(name, DRAWN)) return lin_loss_by_name(loss_called(name));
    for (const char *c; (c = next_choice(&choices, &length));)
        offer(&near, name, c, length);
    fail_usage("plot", "losses %s: must be one of %s%s", name, DRAWN, did_you_mean(&near, ""));
    return NULL;
}

lin_figure *plot_losses(plot *p)
{
    static const char *const book[] = {"squared", "l1", "huber"};
    int count = p->s->argument_count;
    const char *const *names = count ? p->s->argument : book;
    lin_loss_curve list[MOST_ARGUMENTS];
    if (!count) count = 3;
    for (int i = 0; i < count; i++) {
        list[i] = (lin_loss_curve){.name = names[i], .loss = find_loss(names[i])};
        if (!list[i].loss) return NULL;
    }
    p->ctx = context_new(p->s, LIN_F64);
    return lin_losses_figure(p->ctx, list, count);
}
