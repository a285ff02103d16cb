/* Is the pictures part found? Draws into the file that is named. */
#include <linnet.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin_figure *f = lin_network_figure(ctx, 4, 3);
    int code = argc > 1 ? lin_savefig(f, argv[1], NULL) : LIN_EINVAL;
    printf("%s\n", lin_error_name(code));
    if (code) printf("%s\n", lin_error(ctx));
    lin_ctx_free(ctx);
    return 0;
}
