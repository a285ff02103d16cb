/* cli/plot.h: the kinds of picture that linnet plot makes: one table for their names, help, arguments and functions. */
#ifndef LINNET_CLI_PLOT_H
#define LINNET_CLI_PLOT_H

#include "trained.h"
#include "verb.h"

/* What a kind is made from: settings whose arguments are the kind's own, and what it has opened. */
typedef struct plot {
    const settings *s;
    lin_ctx *ctx; /* freed by the caller */
    trained model;
    source data;
} plot;

/* X(name, its arguments, least and most of them, options of its own, what it shows) */
#define PLOT_KINDS(X)                                                                                                 \
    X(scatter, "DATA", 1, 1, "target|model|column|split|seed", "one feature against the labels, and the fitted line") \
    X(residuals, "MODEL DATA", 2, 2, "target|split|seed", "what a regression misses: label - prediction")             \
    X(curves, "FILE", 1, 1, "", "a training's course, from linnet train --json")                                      \
    X(images, "DATA", 1, 1, "target|split|count", "the first pictures of image data, with their labels")              \
    X(predictions, "MODEL DATA", 2, 2, "target|split|count", "the truth over the prediction; mistakes are marked")    \
    X(mistakes, "MODEL DATA", 2, 2, "target|split|count", "the wrong predictions of which a model is most sure")      \
    X(confusion, "MODEL DATA", 2, 2, "target|split|seed", "what is taken for what; the worst are named")              \
    X(proba, "MODEL DATA", 2, 2, "split|row|top|seed", "the likeliest classes of one row, as bars")                   \
    X(weights, "MODEL", 1, 1, "", "what a model looks for, class by class")                                           \
    X(network, "MODEL", 1, 2, "", "the diagram of a net; also: network INPUTS OUTPUTS")                               \
    X(normal, "[MEAN,STD...]", 0, 16, "", "normal densities (default: 0,1 0,2 3,1)")                                  \
    X(losses, "[LOSS...]", 0, 12, "", "losses, gradients, likelihoods (default: the book's)")

/* The figure, or NULL with a failure. */
#define PLOT_X(name, arguments, least, most, options, help) lin_figure *plot_##name(plot *p);
PLOT_KINDS(PLOT_X)
#undef PLOT_X

#endif
