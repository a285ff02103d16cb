/* tests/fault/fixture.c: the small files that the cases start from. Usage: fixture FOLDER */
#include <linnet.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

/* `rows` images of side × side bytes, brighter with their class, and their labels 0, 1, 2 in turn. */
static void write_images(const char *folder, const char *part, int rows, int side)
{
    char name[80];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", part);
    FILE *images = create(folder, name);
    fwrite((const unsigned char[]){0, 0, 8, 3, 0, 0, 0, (unsigned char)rows, 0, 0, 0, (unsigned char)side, 0, 0, 0,
                                   (unsigned char)side},
           1, 16, images);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", part);
    FILE *labels = create(folder, name);
    fwrite((const unsigned char[]){0, 0, 8, 1, 0, 0, 0, (unsigned char)rows}, 1, 8, labels);
    for (int i = 0; i < rows; i++) {
        for (int pixel = 0; pixel < side * side; pixel++)
            fputc(pixel % 3 == i % 3 ? 200 + i : 20 + pixel % 100, images);
        fputc(i % 3, labels);
    }
    if (fclose(images) || fclose(labels)) exit(1);
}

static void write_rows(lin_ctx *ctx, const char *folder, const char *prefix, int64_t rows)
{
    char path[4096];
    lin_tensor *X, *y, *w = lin_from_f32(ctx, (float[]){2, -3.4f}, LIN_SHAPE(2));
    lin_synthetic_data(ctx, w, 4.2, rows, 0.01, &X, &y);
    snprintf(path, sizeof path, "%s/%sX.npy", folder, prefix);
    lin_save_npy(X, path);
    snprintf(path, sizeof path, "%s/%sy.npy", folder, prefix);
    lin_save_npy(y, path);
}

enum { MAPPED_ROWS = 1 << 17 }; /* 1 MiB: what is less is read */

static void write_arrays(lin_ctx *ctx, const char *folder)
{
    char path[4096];
    write_rows(ctx, folder, "", 40);
    write_rows(ctx, folder, "large-", MAPPED_ROWS);
    snprintf(path, sizeof path, "%s/line.safetensors", folder);
    lin_save(lin_sequential(ctx, lin_linear(ctx, 2, 1)), path);
}

/* Training and test images in a new folder of that name. */
static void write_set(const char *folder, const char *name, int rows, int side)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (mkdir(path, 0777)) {
        perror(path);
        exit(1);
    }
    write_images(path, "train", rows, side);
    write_images(path, "t10k", 12, side);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    char data[4096];
    snprintf(data, sizeof data, "%s/data", argv[1]); /* for $LINNET_DATA */
    if (mkdir(argv[1], 0777) || mkdir(data, 0777)) {
        perror(argv[1]);
        return 1;
    }
    write_set(argv[1], "images", 60, 4);
    write_set(data, "fashion-mnist", 20, 28);
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 1, .on_error = LIN_EXIT});
    write_arrays(ctx, argv[1]);
    lin_ctx_free(ctx);
    return 0;
}
