/* data/known.h: data sets known by name: where they lie, whether they are the published ones, how they get here. */
#ifndef LINNET_DATA_KNOWN_H
#define LINNET_DATA_KNOWN_H

#include "base/file.h"
#include "net/net.h"

typedef struct lin__known_file {
    const char *name;   /* unpacked; stored under it, or as NAME.gz */
    const char *sha256; /* of the unpacked content, in hex */
    int64_t bytes;      /* of it */
    int64_t packed;     /* about so many of NAME.gz */
} lin__known_file;

/* Where a data set lies. */
typedef struct lin__place {
    const char *folder;
    bool own;           /* the user's own: no digest is asked for */
    const char *remedy; /* what to do when a file there is not the published one */
} lin__place;

/* ---- module.c -------------------------------------------------------------------------------------- */
/* The net part. Its absence is no failure: *net is NULL then, and *why says what is missing. 0 or a code. */
int lin__net_find(lin_ctx *ctx, const lin__net **net, const char **why);

/* ---- digest.c -------------------------------------------------------------------------------------- */
typedef struct lin__check {
    const char *path, *name; /* of the file to look at; what messages call it */
    const lin__known_file *file;
    const char *remedy; /* how messages end */
    lin__output *copy;  /* where the unpacked content goes, too; may be NULL */
} lin__check;
/* Hold the unpacked content of a file against the published digest: 0, LIN_EDATA if it is another, or another code. */
int lin__digest_check(lin_ctx *ctx, const lin__net *net, const lin__check *check);

/* ---- cache.c --------------------------------------------------------------------------------------- */
/* The folder in which linnet keeps what it fetched under `name`, whether or not it exists; *folder is NULL where the
 * environment names none. 0 or a code. */
int lin__cache_folder(lin_ctx *ctx, const char *name, const char **folder);
/* It is the user's own: the mode of folders that are made for it. */
enum { LIN__CACHE_MODE = 0700 };
/* The stamp of a verified file as it is now: any change of the file changes it. NULL without memory or file. */
const char *lin__stamp(lin_ctx *ctx, const char *path, const lin__known_file *file);
/* Is it among those kept in the cache folder? Keep it there. Neither can fail: an unknown stamp costs a second
 * look. */
bool lin__stamp_known(lin_ctx *ctx, const char *folder, const char *stamp);
void lin__stamp_keep(lin_ctx *ctx, const char *folder, const char *stamp, const char *path);

/* ---- copy.c ---------------------------------------------------------------------------------------- */
/* Where the unpacked copy of `file`, stored at `path`, is or will be; NULL if it needs none, or has no cache. */
const char *lin__copy_path(lin_ctx *ctx, const char *cache, const lin__known_file *file, const char *path);
/* Is it there, as it was written after its content was found good? */
bool lin__copy_known(lin_ctx *ctx, const char *cache, const lin__known_file *file, const char *copy);
/* Write one: NULL where that cannot be. What fails then shows in the end: the copy stands, and is known, or not. */
lin__output *lin__copy_begin(lin_ctx *ctx, const char *cache, const char *copy);
void lin__copy_add(lin_ctx *ctx, lin__output *out, const void *data, size_t bytes);
bool lin__copy_end(lin_ctx *ctx, const char *cache, const lin__known_file *file, const char *copy, lin__output *out);

/* ---- download.c ------------------------------------------------------------------------------------ */
/* Bring NAME.gz from base/NAME.gz into the folder; it stands there only after it was verified. 0 or a code. */
int lin__fetch(lin_ctx *ctx, const lin__net *net, const char *base, const char *folder, const lin__known_file *file);

/* ---- fashion_mnist.c ------------------------------------------------------------------------------- */
enum { LIN__FASHION_FILES = 4, LIN__FASHION_CLASSES = 10 };
extern const char *const lin__fashion_mnist_classes[LIN__FASHION_CLASSES];
extern const lin__known_file lin__fashion_mnist_files[LIN__FASHION_FILES];
/* Where it lies; place->folder is NULL if nowhere. `installed` is the system's folder for it. 0 or a code. */
int lin__fashion_mnist_look(lin_ctx *ctx, const char *installed, lin__place *place);
/* The same, and downloaded if it lies nowhere. */
int lin__fashion_mnist_find(lin_ctx *ctx, const char *installed, lin__place *place);
/* Are `count` of the files, from `first` on, the published ones? Those that were found good before and have not
 * changed since are not hashed again, but for `anew`. paths[], which may be NULL, is where to read each: a copy in the cache,
 * if there is or can be one. 0 or a code. */
int lin__fashion_mnist_check(lin_ctx *ctx, const lin__place *place, int first, int count, bool anew,
                             const char **paths);

#endif
