/* linnet/base.h: contexts, errors and regions: what every other header stands on.
 *
 * A context owns everything that is made in it; lin_ctx_free is the only free. A context, and all that
 * belongs to it, is used by one thread at a time; contexts are independent of each other.
 */
#ifndef LINNET_BASE_H
#define LINNET_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0.x: no ABI promise; the SONAME has MAJOR.MINOR. */
#define LIN_VERSION_MAJOR 0
#define LIN_VERSION_MINOR 1
#define LIN_VERSION_PATCH 0
#define LIN_VERSION       "0.1.0"

#if defined(__GNUC__)
#define LIN_API                   __attribute__((visibility("default")))
#define LIN_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define LIN_API
#define LIN_PRINTF(string, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lin_ctx lin_ctx;
typedef struct lin_tensor lin_tensor;

/* Version of the library that runs, for example "0.1.0". Static. */
LIN_API const char *lin_version(void);

/* ---- Errors -------------------------------------------------------------------------------------
 * A function that makes something returns NULL when it fails, a function that acts returns one of these
 * codes. The first cause stays in the context until lin_error_clear; later calls go on working. NULL given
 * to an op passes through, so an expression needs one check, at its end.
 * One row per code: X(name, value, text). */
#define LIN_ERROR_MAP(X)                                                                    \
    X(LIN_OK, 0, "no error")                                                                \
    X(LIN_EINVAL, -1, "invalid argument") /* shape, type, value, order of calls */          \
    X(LIN_ENOMEM, -2, "out of memory")                                                      \
    X(LIN_EIO, -3, "input/output error")      /* a write, a full disk, a rename */          \
    X(LIN_EDATA, -4, "malformed data")        /* a file that does not say what it should */ \
    X(LIN_ENOFILE, -5, "cannot open or read") /* missing, no permission, a directory */     \
    X(LIN_EDIVERGED, -6, "training diverged") /* NaN or infinite loss or parameter */       \
    X(LIN_EMISMATCH, -7, "model and data disagree")                                         \
    X(LIN_EVERSION, -8, "made by a newer linnet")                                           \
    X(LIN_ESTOPPED, -9, "stopped") /* the stop flag, or a callback, asked */                \
    X(LIN_ENET, -10, "network error")                                                       \
    X(LIN_EUNSUPPORTED, -11, "not supported by this build")

typedef enum lin_error_code {
#define LIN_X(name, value, text) name = value,
    LIN_ERROR_MAP(LIN_X)
#undef LIN_X
} lin_error_code;

/* Where a cause lies in a file. `file` is NULL, `line` and `column` are 0 where they do not apply. */
typedef struct lin_error_place {
    const char *file;
    int64_t line;
    int64_t column;
} lin_error_place;

/* The recorded cause as one line of text: never NULL; "no error" when none is recorded, "no context" for a
 * NULL ctx. Control bytes of file names are escaped. Valid until the cause is cleared or the context freed. */
LIN_API const char *lin_error(const lin_ctx *ctx);
/* The recorded cause's code; LIN_OK when there is none, LIN_EINVAL for a NULL ctx. */
LIN_API int lin_error_code_of(const lin_ctx *ctx);
/* The recorded cause's place; `file` is borrowed and lives as long as the cause. */
LIN_API lin_error_place lin_error_where(const lin_ctx *ctx);
/* Forget the recorded cause. */
LIN_API void lin_error_clear(lin_ctx *ctx);
/* Record a cause as the library does (for user losses and modules); the first one stays. Returns `code`. */
LIN_API int lin_fail(lin_ctx *ctx, int code, const char *format, ...) LIN_PRINTF(3, 4);
/* The text and the name of a code ("out of memory", "LIN_ENOMEM"). Static, never NULL. */
LIN_API const char *lin_error_text(int code);
LIN_API const char *lin_error_name(int code);

/* ---- Contexts ----------------------------------------------------------------------------------- */

typedef enum lin_dtype {
    LIN_F32, /* float: the default */
    LIN_F64, /* double */
    LIN_I64, /* int64_t: labels, indices */
    LIN_U8   /* uint8_t: images, masks */
} lin_dtype;

typedef enum lin_on_error {
    LIN_RETURN, /* record the cause and return NULL or a code */
    LIN_EXIT    /* print the first cause to stderr, free the context, exit(1): for short programs */
} lin_on_error;

typedef enum lin_log_level { LIN_LOG_INFO, LIN_LOG_WARNING } lin_log_level;
typedef void lin_log_fn(void *user, lin_log_level level, const char *message);

/* All zero means the defaults. */
typedef struct lin_ctx_options {
    uint64_t seed;         /* 0 is the seed 0 */
    int threads;           /* threads of the kernels; 1 to 1024; 0: as many as this process may use, at most 64: by
                            * its affinity mask and the whole processors of its control group's quota */
    lin_dtype dtype;       /* default of creation functions: LIN_F32 or LIN_F64 */
    lin_on_error on_error; /* LIN_RETURN */
    bool no_map;           /* read files of arrays whole; otherwise large ones are mapped: see lin_mapped_file */
    lin_log_fn *log;       /* called on the caller's thread; NULL: the library is silent */
    void *log_user;
} lin_ctx_options;

/* A new context; `options` may be NULL. NULL when there is no memory or an option is out of range: threads not 0 to 1024, dtype
 * not LIN_F32 or LIN_F64. There is no context then that could hold the cause, and lin_error(NULL) says "no context" whatever it
 * was: check for NULL here, or set .on_error to LIN_EXIT, which prints the cause. */
LIN_API lin_ctx *lin_ctx_new(const lin_ctx_options *options);
/* Join the pool, end every region, free all that was made. NULL is allowed. */
LIN_API void lin_ctx_free(lin_ctx *ctx);
LIN_API uint64_t lin_seed(const lin_ctx *ctx);
LIN_API int lin_threads(const lin_ctx *ctx);
/* The type that creation functions give when none is named: LIN_F32 or LIN_F64, as torch.set_default_dtype. */
LIN_API int lin_set_default_dtype(lin_ctx *ctx, lin_dtype dtype);
LIN_API lin_dtype lin_default_dtype(const lin_ctx *ctx);
/* Name of the kernels' instruction set in use: "avx512", "avx2", "neon" or "scalar", the best that the machine has; all give the same
 * bits. $LINNET_SIMD picks one; a name that is unknown, or that this machine lacks, is ignored. */
LIN_API const char *lin_simd(void);

/* ---- Regions ------------------------------------------------------------------------------------
 * Every object belongs to a region; regions nest as a stack; releasing one frees all it holds. A scope is
 * the root (as long as the context) or lin_mark … lin_release. A step is opened by a loader at each batch.
 * Values (tensors made by ops) live in the innermost region; things with identity (parameters, modules,
 * optimizers, datasets, loaders, histories) live in the nearest scope. Nothing refers to a region above its own. */
typedef struct lin_region {
    lin_ctx *ctx;
    uint32_t depth;
    uint32_t generation;
} lin_region;

/* Open a scope. On failure the cause is recorded and the result is a region whose release does nothing. */
LIN_API lin_region lin_mark(lin_ctx *ctx);
/* End the region and every one above it. 0, or LIN_EINVAL for a region that has ended already. */
LIN_API int lin_release(lin_region region);

/* ---- Text and files that are shown or written -----------------------------------------------------
 * `text` with what a terminal obeys (control characters, marks that turn the direction of a line) and invalid UTF-8 escaped
 * as \xNN, cut to fit into `out`: file names, class names and the fields of files come from strangers. Returns out. */
LIN_API char *lin_printable(char *out, size_t size, const char *text);
/* The shortest decimal that reads back to the same bits, of an f32 or (any other dtype) f64, always with a point, whatever
 * the locale: "0.1", "100.0", "1.0e-05", "nan", "-inf". Returns out, which has LIN_NUMBER_SIZE bytes. */
#define LIN_NUMBER_SIZE 32
LIN_API char *lin_number_text(char *out, double x, lin_dtype dtype);
/* Arrays in large files are not read but mapped: nothing is loaded before it is used, and data may be larger than memory. While
 * a context uses such a file it must neither shrink (the system answers with SIGBUS) nor be written to (the values change). To
 * replace it is harmless: write another and rename it. i64, by which others are looked up, is always read; `no_map` of
 * lin_ctx_new reads all. For a handler of SIGBUS, async-signal-safe: the file that is
 * mapped to the address, printable; NULL if none is, or more than 64 are. */
LIN_API const char *lin_mapped_file(const void *address);
/* Could a file be saved there? Tried with an empty one beside it, which is removed again; what stands there is not touched.
 * To be asked before hours of work. 0 or a code. */
LIN_API int lin_can_write(lin_ctx *ctx, const char *path);

/* Bytes held by the context now, in all regions and in its store of reusable chunks. */
LIN_API size_t lin_memory(const lin_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
