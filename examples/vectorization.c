/* Vectorization for speed: ten thousand additions, one element at a time and all at once. */
#include <linnet/d2l.h>
#include <stdio.h>

enum { N = 10000 };

/* c[i] = a[i] + b[i], as the book's loop has it: a view of each element, and an operation for each sum. */
static lin_tensor *add_in_a_loop(lin_tensor *a, lin_tensor *b)
{
    lin_tensor *c = lin_zeros(lin_context(a), LIN_SHAPE(N));
    for (int i = 0; i < N; i++) {
        lin_region mark = lin_mark(lin_context(a));
        lin_copy_(lin_select(c, 0, i), lin_add(lin_select(a, 0, i), lin_select(b, 0, i)));
        lin_release(mark);
    }
    return c;
}

static void show(const char *how, lin_tensor *sum, double seconds)
{
    printf("%s: %.5f sec, the sum of all is %.0f\n", how, seconds, lin_item(lin_sum(sum)));
}

int main(void)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    lin_tensor *a = lin_ones(ctx, LIN_SHAPE(N)), *b = lin_ones(ctx, LIN_SHAPE(N));

    d2l_timer timer = d2l_Timer();
    lin_tensor *c = add_in_a_loop(a, b);
    show("a loop over the elements", c, d2l_timer_stop(&timer));

    d2l_timer_start(&timer);
    lin_tensor *d = lin_add(a, b);
    show("one vectorized addition", d, d2l_timer_stop(&timer));

    printf("both give the same: %s\n", lin_item_i64(lin_sum(lin_eq(c, d))) == N ? "yes" : "no");
    lin_ctx_free(ctx);
    return 0;
}
