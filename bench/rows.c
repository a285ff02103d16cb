/* rows.c: the rows of W4 in files, however many: rows ROWS FEATURES.npy LABELS.npy. They are written piece by piece: y = Xw + b +
 * noise, X of standard normals. */
#include "bench.h"

#include <string.h>

enum { COLUMNS = 28, PIECE = 1 << 16, HEADER = 128 };

/* NumPy's header, format 1.0, of (rows, columns) float32. */
static void header(FILE *f, long rows, int columns)
{
    char text[HEADER + 1], head[10] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER - 10, 0};
    int used =
        snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%ld, %d), }", rows, columns);
    memset(text + used, ' ', sizeof text - (size_t)used);
    text[HEADER - 10 - 1] = '\n';
    fwrite(head, 1, sizeof head, f);
    fwrite(text, 1, HEADER - sizeof head, f);
}

static void piece(lin_ctx *ctx, long rows, FILE *features, FILE *labels)
{
    lin_region mark = lin_mark(ctx);
    lin_tensor *X, *y;
    lin_tensor *w = lin_sub_scalar(lin_div_scalar(lin_arange(ctx, 0, COLUMNS, 1, LIN_F32), 10), 1.35);
    lin_synthetic_data(ctx, w, 0.5, rows, 0.1, &X, &y);
    fwrite(lin_const_data_ptr(X), sizeof(float), (size_t)lin_numel(X), features);
    fwrite(lin_const_data_ptr(y), sizeof(float), (size_t)lin_numel(y), labels);
    lin_release(mark);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    long rows = atol(argv[1]);
    FILE *features = fopen(argv[2], "wb"), *labels = fopen(argv[3], "wb");
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    if (!features || !labels) return 1;
    header(features, rows, COLUMNS);
    header(labels, rows, 1);
    for (long at = 0; at < rows; at += PIECE)
        piece(ctx, rows - at < PIECE ? rows - at : PIECE, features, labels);
    lin_ctx_free(ctx);
    bool failed = ferror(features) || ferror(labels);
    failed |= fclose(features) != 0;
    failed |= fclose(labels) != 0;
    return failed;
}
