/* A program of someone else's: 2 · 3 through the installed library. */
#include <linnet.h>
#include <linnet/d2l.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42});
    lin_tensor *product = lin_mul(lin_full(ctx, 2, LIN_SHAPE(1)), lin_full(ctx, 3, LIN_SHAPE(1)));
    double value = product ? lin_item(product) : 0;
    printf("linnet %s: %g\n", lin_version(), value);
    lin_ctx_free(ctx);
    return value == 6 && strcmp(lin_version(), LIN_VERSION) == 0 ? 0 : 1;
}
