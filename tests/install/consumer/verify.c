/* Is the net part found? The code tells with which the verification of what is not Fashion-MNIST ends. */
#include <linnet.h>

#include <stdio.h>

int main(void)
{
    lin_ctx *ctx = lin_ctx_new(NULL);
    int code = lin_fashion_mnist_verify(ctx);
    printf("%s\n", lin_error_name(code));
    if (code != LIN_EDATA) printf("%s\n", lin_error(ctx));
    lin_ctx_free(ctx);
    return 0;
}
