/* The book's Timer: how long something took, lap by lap. */
#include "base/clock.h"
#include <linnet/d2l.h>

#include <math.h>

d2l_timer d2l_Timer(void)
{
    return (d2l_timer){.started = lin__seconds()};
}

void d2l_timer_start(d2l_timer *t)
{
    if (t) t->started = lin__seconds();
}

double d2l_timer_stop(d2l_timer *t)
{
    if (!t) return NAN;
    t->last = lin__seconds_since(t->started);
    t->total += t->last;
    t->laps++;
    return t->last;
}

double d2l_timer_avg(const d2l_timer *t)
{
    return t && t->laps ? t->total / (double)t->laps : NAN;
}

double d2l_timer_sum(const d2l_timer *t)
{
    return t ? t->total : NAN;
}
