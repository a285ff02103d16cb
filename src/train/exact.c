/* Doubles in JSON: the shortest decimal that reads back to the same bits, and a name for what JSON has no number for. */
#include "train/run.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    double value;
} named[] = {{"nan", NAN}, {"inf", INFINITY}, {"-inf", -INFINITY}};
enum { NAMED = sizeof named / sizeof *named };

json_t *lin__exact_write(double x)
{
    if (isfinite(x)) return json_real(x);
    return json_string(named[isnan(x) ? 0 : x > 0 ? 1 : 2].name);
}

bool lin__exact_read(const json_t *value, double *x)
{
    if (json_is_real(value)) *x = json_real_value(value);
    if (json_is_real(value)) return true;
    const char *name = json_string_value(value);
    for (int i = 0; name && i < NAMED; i++)
        if (!strcmp(name, named[i].name)) {
            *x = named[i].value;
            return true;
        }
    return false;
}
