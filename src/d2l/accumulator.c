/* The book's Accumulator: n sums. */
#include <linnet/d2l.h>

#include <math.h>

d2l_accumulator d2l_Accumulator(int n)
{
    return (d2l_accumulator){.data = lin_accumulator_of(n)};
}

void d2l_accumulator_add(d2l_accumulator *a, const double *values)
{
    if (a) lin_accumulator_add(&a->data, values);
}

void d2l_accumulator_reset(d2l_accumulator *a)
{
    if (a) lin_accumulator_reset(&a->data);
}

double d2l_accumulator_get(const d2l_accumulator *a, int i)
{
    if (a && i < 0) i += a->data.n; /* as Python's lists */
    return a && i >= 0 && i < a->data.n ? a->data.sum[i] : NAN;
}
