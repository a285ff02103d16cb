/* n running sums in double. */
#include <linnet/metric.h>

lin_accumulator lin_accumulator_of(int n)
{
    return (lin_accumulator){.n = n < 0 ? 0 : n > LIN_ACCUMULATOR_MAX ? LIN_ACCUMULATOR_MAX : n};
}

void lin_accumulator_add(lin_accumulator *a, const double *values)
{
    for (int i = 0; a && values && i < a->n; i++)
        a->sum[i] += values[i];
}

void lin_accumulator_reset(lin_accumulator *a)
{
    if (a) *a = lin_accumulator_of(a->n);
}
