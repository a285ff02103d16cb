/* The losses by name: what a command or a file says. */
#include "loss/loss.h"

#include <string.h>

static const struct {
    const char *name;
    lin_loss_fn *loss;
} losses[] = {
    {"mse", lin_mse},
    {"squared", lin_squared},
    {"l1", lin_l1},
    {"huber", lin_huber},
    {"smooth-l1", lin_smooth_l1},
    {"cross-entropy", lin_cross_entropy},
    {"nll", lin_nll},
    {"gaussian-nll", lin_gaussian_nll},
    {"distribution-cross-entropy", lin_distribution_cross_entropy},
};

lin_loss_fn *lin_loss_by_name(const char *name)
{
    for (size_t i = 0; name && i < sizeof losses / sizeof *losses; i++)
        if (!strcmp(losses[i].name, name)) return losses[i].loss;
    return NULL;
}

const char *lin_loss_name(lin_loss_fn *loss)
{
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        if (losses[i].loss == loss) return losses[i].name;
    return NULL;
}
