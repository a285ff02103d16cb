/* Fractions of rows: plain decimal ones, as all numbers of the command line. */
#include "fraction.h"

#include "failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_fraction(double x)
{
    return x > 0 && x < 1;
}

/* The fraction that "20%", "0,2" or "0x.8" stands for, 0 if none. */
static double meant(const char *test)
{
    char text[32], *end;
    snprintf(text, sizeof text, "%s", test);
    char *comma = strchr(text, ',');
    if (comma) *comma = '.';
    double x = strtod(text, &end);
    if (end == text || strlen(test) >= sizeof text) return 0;
    bool percent = *end == '%';
    if (percent) x /= 100;
    return !end[percent] && is_fraction(x) ? x : 0;
}

int fraction_read(const char *test, double *fraction)
{
    char *end = "";
    *fraction = 0;
    if (!test) return 0;
    bool plain = strspn(test, "+-.0123456789eE") == strlen(test); /* no hexadecimal */
    double x = strtod(test, &end);
    if (plain && !*end && !is_fraction(x))
        return fail_usage("train", "--test %s: a fraction must be above 0 and below 1", test);
    if (plain && !*end) *fraction = x;
    if (*fraction > 0 || access(test, F_OK) == 0 || meant(test) == 0) return 0;
    return fail_usage("train", "--test %s: there is no such file; did you mean --test %g?", test, meant(test));
}
