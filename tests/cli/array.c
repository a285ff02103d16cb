/* array FILE DTYPE DIM,DIM,… VALUE…: write an array as npy, or as IDX if the file's name ends in .idx or -ubyte.
 * DTYPE is one of u1 i4 i8 f4 f8. Values are repeated until the array is full; "random:SEED" stands for any number of them,
 * between -1 and 1 (u1: 0 to 255). It shares no code with linnet: that is what it is for. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIMS = 8 };

static const struct {
    const char *name, *descr; /* descr: NumPy's, of this machine, which is little-endian */
    unsigned char idx;
    int bytes;
} types[] = {{"u1", "|u1", 0x08, 1},
             {"i4", "<i4", 0x0c, 4},
             {"i8", "<i8", 0, 8},
             {"f4", "<f4", 0x0d, 4},
             {"f8", "<f8", 0x0e, 8}};

typedef struct array {
    FILE *out;
    int type, dims;
    bool idx;
    uint32_t dim[MOST_DIMS];
} array;

static void fail(const char *what)
{
    fprintf(stderr, "array: %s\n", what);
    exit(2);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* IDX is big-endian, npy is written little-endian. */
static void put(const array *a, const void *value, int bytes)
{
    const unsigned char *b = value;
    for (int i = 0; i < bytes; i++)
        fputc(a->idx ? b[bytes - 1 - i] : b[i], a->out);
}

static void put_value(const array *a, double x, int64_t i8)
{
    uint8_t u1 = (uint8_t)x;
    int32_t i4 = (int32_t)x;
    float f4 = (float)x;
    const void *const values[] = {&u1, &i4, &i8, &f4, &x};
    put(a, values[a->type], types[a->type].bytes);
}

static void put_idx_head(const array *a)
{
    const unsigned char magic[] = {0, 0, types[a->type].idx, (unsigned char)a->dims};
    fwrite(magic, 1, sizeof magic, a->out);
    for (int i = 0; i < a->dims; i++)
        put(a, &a->dim[i], 4);
}

/* https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
static void put_npy_head(const array *a)
{
    char shape[128] = "", head[256];
    for (int i = 0, used = 0; i < a->dims; i++)
        used += snprintf(shape + used, sizeof shape - (size_t)used, "%u, ", a->dim[i]);
    snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", types[a->type].descr,
             shape);
    int padded = ((10 + (int)strlen(head) + 1 + 63) / 64) * 64 - 10;
    const unsigned char magic[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)padded, (unsigned char)(padded >> 8)};
    fwrite(magic, 1, sizeof magic, a->out);
    fprintf(a->out, "%-*s\n", padded - 1, head);
}

static double next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return (double)(*s >> 11) * 0x1p-53;
}

static void put_values(const array *a, int count, char **words)
{
    uint64_t total = 1, seed = 0;
    for (int i = 0; i < a->dims; i++)
        total *= a->dim[i];
    if (strncmp(words[0], "random:", 7) == 0) seed = strtoull(words[0] + 7, NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    for (uint64_t i = 0; i < total; i++) {
        const char *word = words[i % (uint64_t)count];
        double u = seed ? next_random(&seed) : 0, x = !seed          ? strtod(word, NULL)
                                                      : a->type == 0 ? floor(256 * u)
                                                                     : 2 * u - 1;
        put_value(a, x, seed ? (int64_t)x : strtoll(word, NULL, 10));
    }
}

int main(int argc, char **argv)
{
    if (argc < 5) fail("usage: array FILE u1|i4|i8|f4|f8 DIM,DIM,... VALUE...");
    array a = {
        .out = fopen(argv[1], "wb"), .type = -1, .idx = ends_with(argv[1], ".idx") || ends_with(argv[1], "-ubyte")};
    if (!a.out) fail("cannot open the file");
    for (int i = 0; i < (int)(sizeof types / sizeof *types); i++)
        if (strcmp(argv[2], types[i].name) == 0) a.type = i;
    if (a.type < 0 || (a.idx && !types[a.type].idx)) fail("no such type");
    for (char *dim = strtok(argv[3], ","); dim && a.dims < MOST_DIMS; dim = strtok(NULL, ","))
        a.dim[a.dims++] = (uint32_t)strtoul(dim, NULL, 10);
    if (a.idx)
        put_idx_head(&a);
    else
        put_npy_head(&a);
    put_values(&a, argc - 4, argv + 4);
    return fclose(a.out) == 0 ? 0 : 1;
}
