/* tests/fuzz/fuzz.h: the readers of files, fed with files made to break them. A format is a row of fuzz_formats; libFuzzer, AFL++
 * and our own mutator (run.c) all go through fuzz_judge. */
#ifndef LINNET_TESTS_FUZZ_H
#define LINNET_TESTS_FUZZ_H

#include <linnet.h>

enum { FUZZ_IDX, FUZZ_NPY, FUZZ_GZ, FUZZ_SAFETENSORS, FUZZ_MODEL, FUZZ_CHECKPOINT, FUZZ_PNG, FUZZ_FORMATS };

typedef struct fuzz_format {
    const char *name;
    bool streams; /* is it read from a pipe too? */
    int saved_as; /* the format that what was read is saved in */
    /* Read `path`; what came of it is folded into *hash, and saved to `copy` if that is not NULL. 0 or the code. */
    int (*read)(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash);
} fuzz_format;
extern const fuzz_format fuzz_formats[FUZZ_FORMATS];

/* Is there a part of linnet that reads it? */
bool fuzz_is_read(int format);

/* ---- judge.c ------------------------------------------------------------------------------------- */
typedef struct fuzz_verdict {
    bool accepted;
    size_t memory; /* the most that was allocated at once */
} fuzz_verdict;
/* Read these bytes as a file of the format: refused with a clean message, or read, and then saved and read again with the same
 * result; with `again` the same each time and from a pipe too; within the bound of memory, all of it freed. NULL, or what is
 * wrong. */
const char *fuzz_judge(int format, const void *data, size_t bytes, bool again, fuzz_verdict *verdict);
/* The file that fuzz_judge writes the bytes to; a process that dies leaves them there. Made at first need, or here. */
int fuzz_file(void);

/* ---- memory.c ------------------------------------------------------------------------------------ */
/* Counts every allocation of the program, of zlib's and jansson's too: bytes held now, and the most since the last mark. */
long memory_held(void);
void memory_mark(void);
size_t memory_most(void);

/* ---- bytes.c ------------------------------------------------------------------------------------- */
/* A file being made: at most as much as a pipe takes before anyone reads. */
enum { BYTES_ROOM = 1 << 15 };
typedef struct bytes {
    size_t size;
    unsigned char at[BYTES_ROOM + 1]; /* a 0 stands behind the last one, so that text can be searched */
} bytes;
/* `count` bytes from `from` on become the `size` ones of `with`, which may be of `b` itself. Without room nothing happens. */
void bytes_replace(bytes *b, size_t from, size_t count, const void *with, size_t size);
void bytes_append(bytes *b, const void *data, size_t size);
void bytes_print(bytes *b, const char *format, ...) LIN_PRINTF(2, 3);
/* One gzip member of it, made in a way that `how` chooses: its size, 0 without room. And all of b as one. */
size_t fuzz_gzip(const void *data, size_t size, unsigned char out[BYTES_ROOM], unsigned how);
void bytes_gzip(bytes *b, unsigned how);

/* SplitMix64: the n-th mutant of a seed is the same everywhere. */
typedef struct fuzz_random {
    uint64_t state;
} fuzz_random;
uint64_t fuzz_draw(fuzz_random *r);
size_t fuzz_below(fuzz_random *r, size_t n); /* 0 for n = 0 */

/* ---- checkpoint.c -------------------------------------------------------------------------------- */
/* fuzz_format's read. */
int fuzz_read_checkpoint(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash);
/* Train with checkpoints in `folder`, which is new, and have `take` called with each. */
bool fuzz_make_checkpoints(lin_ctx *ctx, const char *folder, bool (*take)(void *user, const char *path), void *user);
/* Give a changed checkpoint the digest that it should have, if it can be read so far. fd: a file in memory to do it in. */
void fuzz_mend_checkpoint(bytes *b, int fd);

/* ---- png.c --------------------------------------------------------------------------------------- */
struct corpus;
void fuzz_make_png(struct corpus *c);
/* Change a chunk, and mend its checksum. */
void fuzz_change_png(fuzz_random *r, bytes *b);

/* ---- corpus.c, mutate.c -------------------------------------------------------------------------- */
enum { CORPUS_FILES = 120 };
typedef struct corpus {
    int count;
    bytes *file[CORPUS_FILES];
} corpus;
/* Valid files of the format, malloc'd, made by the library where it writes the format. False without memory or disk. */
bool corpus_make(corpus *c, int format);
void corpus_free(corpus *c);
/* An empty file more; NULL without memory or room. */
bytes *corpus_new(corpus *c);
/* A file of the corpus, changed in one to four places. */
void fuzz_mutate(fuzz_random *r, int format, const corpus *c, bytes *out);

#endif
