/* images FOLDER TRAIN TEST: MNIST's four files, with so many images of 8 x 8 in 4 classes: a bright quarter tells the class,
 * noise covers the rest. Made for tests: small, learnable, the same everywhere. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 8, CLASSES = 4 };

static uint64_t state = 42;

static unsigned next_byte(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 40) & 0xff;
}

static void put_size(FILE *out, uint32_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(n >> shift & 0xff), out);
}

static FILE *open_part(const char *folder, const char *part, const char *rest)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%s", folder, part, rest);
    FILE *out = fopen(path, "wb");
    if (!out) perror(path);
    if (!out) exit(1);
    return out;
}

static void put_image(FILE *out, unsigned class)
{
    for (unsigned row = 0; row < SIDE; row++)
        for (unsigned column = 0; column < SIDE; column++) {
            unsigned quarter = row / (SIDE / 2) * 2 + column / (SIDE / 2);
            fputc((int)(next_byte() / 2 + (quarter == class ? next_byte() / 2 : 0)), out);
        }
}

static int put_part(const char *folder, const char *part, uint32_t rows)
{
    FILE *images = open_part(folder, part, "images-idx3-ubyte"), *labels = open_part(folder, part, "labels-idx1-ubyte");
    put_size(images, 0x803);
    put_size(images, rows);
    put_size(images, SIDE);
    put_size(images, SIDE);
    put_size(labels, 0x801);
    put_size(labels, rows);
    for (uint32_t i = 0; i < rows; i++) {
        unsigned class = next_byte() % CLASSES;
        put_image(images, class);
        fputc((int)class, labels);
    }
    return fclose(images) || fclose(labels);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    return put_part(argv[1], "train", (uint32_t)strtoul(argv[2], NULL, 10)) ||
           put_part(argv[1], "t10k", (uint32_t)strtoul(argv[3], NULL, 10));
}
