/* Ticks at round numbers. Their text is made of integers, so that it is exact: a tick is k · m · 10^e with m = 1, 2
 * or 5. */
#include "report/ticks.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LOWEST_POWER = -320, HIGHEST_POWER = 308 };

/* 10^e, as near as a double comes. */
static double power_of_ten(int e)
{
    static const double powers[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int size = e < 0 ? -e : e;
    double p = 1;
    for (; size > 22; size -= 22)
        p = e < 0 ? p / 1e22 : p * 1e22;
    return e < 0 ? p / powers[size] : p * powers[size];
}

/* k · 10^e, exact where both are. */
static double scaled(double k, int e)
{
    return e < 0 && e >= -22 ? k / power_of_ten(-e) : k * power_of_ten(e);
}

/* The largest e with 10^e ≤ x, x > 0. */
static int exponent_of(double x)
{
    int e = 0;
    while (e < HIGHEST_POWER && power_of_ten(e + 1) <= x)
        e++;
    while (e > LOWEST_POWER && power_of_ten(e) > x)
        e--;
    return e;
}

/* ---- Spelling ------------------------------------------------------------------------------------------- */

static void append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s", text);
}

/* "10⁻³" or "1e-3", after a prefix. */
static void spell_power(char *out, size_t size, int e, lin__spelling spelling)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char digits[16];
    if (spelling == LIN__PLAIN) {
        snprintf(digits, sizeof digits, "1e%d", e);
        append(out, size, digits);
        return;
    }
    append(out, size, e < 0 ? "10⁻" : "10");
    snprintf(digits, sizeof digits, "%d", e < 0 ? -e : e);
    for (const char *d = digits; *d; d++)
        append(out, size, raised[*d - '0']);
}

/* k · 10^e with as many decimals as e says: (−25, −1) is −2.5. */
static void spell_decimal(char *out, size_t size, int64_t k, int e, lin__spelling spelling)
{
    char digits[400]; /* no double has more decimals */
    int64_t positive = k < 0 ? -k : k;
    int decimals = e >= 0 ? 0 : -e < 380 ? -e : 380;
    for (int i = 0; i < e; i++)
        positive *= 10;
    snprintf(digits, sizeof digits, "%0*" PRId64, decimals + 1, positive);
    int before = (int)strlen(digits) - decimals;
    const char *sign = k >= 0 ? "" : spelling == LIN__TYPESET ? "\u2212" : "-";
    snprintf(out, size, "%s%.*s%s%s", sign, before, digits, decimals ? "." : "", digits + before);
}

/* ---- Linear axes ---------------------------------------------------------------------------------------- */

typedef struct step {
    int m, e; /* m · 10^e */
} step;

static double step_size(step s)
{
    return scaled(s.m, s.e);
}

static step next_step(step s)
{
    return s.m == 1 ? (step){2, s.e} : s.m == 2 ? (step){5, s.e} : (step){1, s.e + 1};
}

/* First and last multiple of the step in the range; what rounding moved just outside counts. */
static void multiples(const lin__range *r, step s, int64_t *first, int64_t *last)
{
    double size = step_size(s);
    *first = (int64_t)ceil(r->low / size - 1e-9);
    *last = (int64_t)floor(r->high / size + 1e-9);
}

/* The finest step that gives at most so many ticks. */
static step find_step(const lin__range *r, int at_most)
{
    step s = {1, exponent_of((r->high - r->low) / (at_most + 1))};
    if (r->whole && s.e < 0) s = (step){1, 0};
    for (;;) {
        int64_t first, last;
        multiples(r, s, &first, &last);
        if (last - first + 1 <= at_most) return s;
        s = next_step(s);
    }
}

/* Numbers of many digits are written as a few digits and a factor. */
static int factor_of(const lin__range *r, step s)
{
    int largest = exponent_of(fmax(fabs(r->low), fabs(r->high)));
    if (largest >= 6 || (largest >= 5 && s.e >= 4) || largest <= -4) return largest;
    return 0;
}

static void linear_ticks(const lin__range *r, int at_most, lin__spelling spelling, lin__ticks *t)
{
    double span = r->high - r->low, far = fmax(fabs(r->low), fabs(r->high));
    if (!(span > 0) || !(span > 1e-9 * far) || !(far < 1e300) || far < 1e-300)
        return; /* no digits left to tell them apart */
    step s = find_step(r, at_most);
    int64_t first, last;
    multiples(r, s, &first, &last);
    int factor = factor_of(r, s);
    for (int64_t k = first; k <= last && t->count < LIN__MAX_TICKS; k++) {
        lin__tick *tick = &t->tick[t->count++];
        tick->at = scaled((double)(k * s.m), s.e);
        spell_decimal(tick->text, sizeof tick->text, k * s.m, s.e - factor, spelling);
    }
    if (!factor) return;
    append(t->factor, sizeof t->factor, spelling == LIN__TYPESET ? "×" : "x");
    spell_power(t->factor, sizeof t->factor, factor, spelling);
}

/* ---- Log axes ------------------------------------------------------------------------------------------- */

static void log_tick(lin__ticks *t, int m, int e, bool powers, lin__spelling spelling)
{
    if (t->count == LIN__MAX_TICKS) return;
    lin__tick *tick = &t->tick[t->count++];
    tick->at = scaled(m, e);
    tick->text[0] = '\0';
    if (powers)
        spell_power(tick->text, sizeof tick->text, e, spelling);
    else
        spell_decimal(tick->text, sizeof tick->text, m, e, spelling);
}

/* Decades, every n-th of them if there are many. Small and large ones are written as powers. */
static void decades(int first, int last, int at_most, lin__spelling spelling, lin__ticks *t)
{
    int every = 1;
    while ((last - first) / every + 1 > at_most)
        every++;
    bool powers = first < -3 || last > 4;
    for (int e = first; e <= last; e++)
        if ((e - first) % every == 0) log_tick(t, 1, e, powers, spelling);
}

static void log_ticks(const lin__range *r, int at_most, lin__spelling spelling, lin__ticks *t)
{
    if (!(r->low > 1e-300) || !(r->high < 1e300) || !(r->low < r->high)) return;
    double slack = 1e-9;
    int first = exponent_of(r->low * (1 - slack)), last = exponent_of(r->high * (1 + slack));
    if (power_of_ten(first) < r->low * (1 - slack)) first++;
    if (last - first >= 1) {
        decades(first, last, at_most, spelling, t);
        return;
    }
    static const int finer[] = {1, 2, 5}; /* less than two decades: 1, 2 and 5 of each */
    for (int e = first - 1; e <= last + 1; e++)
        for (int i = 0; i < 3; i++) {
            double at = scaled(finer[i], e);
            if (e >= -6 && e <= 6 && at >= r->low * (1 - slack) && at <= r->high * (1 + slack))
                log_tick(t, finer[i], e, false, spelling);
        }
    if (t->count >= 2 && t->count <= at_most) return;
    t->count = 0;
    linear_ticks(r, at_most, spelling, t);
}

void lin__ticks_make(const lin__range *range, int at_most, lin__spelling spelling, lin__ticks *ticks)
{
    ticks->count = 0;
    ticks->factor[0] = '\0';
    if (at_most > LIN__MAX_TICKS) at_most = LIN__MAX_TICKS;
    if (at_most < 1) at_most = 1;
    if (range->scale == LIN_SCALE_LOG)
        log_ticks(range, at_most, spelling, ticks);
    else
        linear_ticks(range, at_most, spelling, ticks);
    while (range->marked_to != 0 && ticks->count > 1 &&
           ticks->tick[ticks->count - 1].at > range->marked_to * (1 + 1e-9))
        ticks->count--;
}

void lin__ticks_name(int names, int step, lin__ticks *ticks)
{
    ticks->count = 0;
    ticks->factor[0] = '\0';
    for (int i = 0; i < names && ticks->count < LIN__MAX_TICKS; i += step)
        ticks->tick[ticks->count++].at = i;
}

int lin__coarser(int step)
{
    if (step % 10 == 0) return 10 * lin__coarser(step / 10);
    return step == 1 ? 2 : step == 2 ? 5 : 10;
}

const char *lin__axis_label(const char *label, const lin__ticks *ticks, char *out, size_t size)
{
    bool named = label && *label;
    if (!ticks->factor[0]) return named ? label : NULL;
    if (named)
        snprintf(out, size, "%s (%s)", label, ticks->factor);
    else
        snprintf(out, size, "%s", ticks->factor);
    return out;
}
