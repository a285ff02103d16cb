/* Numbers for people. */
#include "number.h"

#include <linnet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

char *number_brief(char *out, double x)
{
    double size = fabs(x);
    bool plain = size == 0 || (size >= 1e-3 && size < 1e3);
    snprintf(out, LIN_NUMBER_SIZE, plain ? "%#.4g" : size >= 1e3 && size < 1e6 ? "%.0f" : "%.4g", x);
    return out;
}

char *number_below_one(char *out, double x)
{
    number_brief(out, x);
    for (int digits = 5; x < 1 && strtod(out, NULL) >= 1 && digits < 17; digits++)
        snprintf(out, LIN_NUMBER_SIZE, "%.*g", digits, x);
    return out;
}
