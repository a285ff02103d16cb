/* Numbers for people. */
#include "number.h"

#include <linnet.h>
#include <math.h>
#include <stdio.h>

char *number_brief(char *out, double x)
{
    double size = fabs(x);
    bool plain = size == 0 || (size >= 1e-3 && size < 1e3);
    snprintf(out, LIN_NUMBER_SIZE, plain ? "%#.4g" : size >= 1e3 && size < 1e6 ? "%.0f" : "%.4g", x);
    return out;
}
