/* Numbers as text: the shortest decimal that reads back to the same bits. */
#include "base/context.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* digits · 10^exponent */
typedef struct decimal {
    uint64_t digits;
    int exponent;
} decimal;

/* x > 0, rounded to `count` significant digits. Whatever the locale has for a point is skipped. */
static decimal rounded(double x, int count)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", count - 1, x);
    decimal d = {0};
    const char *c = text;
    for (; *c != 'e'; c++)
        if (*c >= '0' && *c <= '9') d.digits = 10 * d.digits + (uint64_t)(*c - '0');
    d.exponent = (int)strtol(c + 1, NULL, 10) - (count - 1);
    return d;
}

/* An f32 has to come back through a double, too: JSON readers have no other type. */
static bool reads_back(decimal d, double x, lin_dtype dtype)
{
    char text[64];
    snprintf(text, sizeof text, "%" PRIu64 "e%d", d.digits, d.exponent);
    double back = strtod(text, NULL);
    return dtype == LIN_F32 ? strtof(text, NULL) == (float)x && (float)back == (float)x : back == x;
}

/* Fewer digits that do not read back end the search: what is no longer could not do so either. Beside the nearest decimal
 * its neighbour is tried, as below a power of two the gap is half as wide as above, and the nearest may lie there. */
static decimal shortest(double x, lin_dtype dtype)
{
    int count = dtype == LIN_F32 ? 9 : 17; /* always enough */
    decimal best = {0};
    while (count > 0) {
        decimal d = rounded(x, count);
        if (!reads_back(d, x, dtype)) d.digits++;
        if (!reads_back(d, x, dtype)) break;
        for (; d.digits % 10 == 0; d.exponent++)
            d.digits /= 10;
        best = d;
        count = -1;
        for (uint64_t rest = d.digits; rest; rest /= 10)
            count++;
    }
    return best;
}

/* Plain from 0.0001 up to sixteen digits before the point, otherwise with an exponent, as Python writes numbers. */
static void spell(char *out, size_t size, decimal d)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, d.digits);
    int before = count + d.exponent; /* digits before the point */
    if (before > 16 || before < -3)
        snprintf(out, size, "%c.%se%+03d", digits[0], count > 1 ? digits + 1 : "0", before - 1);
    else if (before <= 0)
        snprintf(out, size, "0.%.*s%s", -before, "000", digits);
    else if (before >= count)
        snprintf(out, size, "%s%.*s.0", digits, before - count, "000000000000000");
    else
        snprintf(out, size, "%.*s.%s", before, digits, digits + before);
}

char *lin_number_text(char *out, double x, lin_dtype dtype)
{
    char text[64] = "nan";
    if (x == 0)
        strcpy(text, "0.0");
    else if (isinf(x))
        strcpy(text, "inf");
    else if (!isnan(x))
        spell(text, sizeof text, shortest(fabs(x), dtype));
    out[0] = '-';
    memcpy(out + (signbit(x) && !isnan(x)), text, strlen(text) + 1);
    return out;
}
