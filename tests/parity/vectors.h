/* tests/parity/vectors.h: the stored vectors: reading a case, and comparing a tensor with what PyTorch gave.
 * The container is described in vector_case.py. */
#ifndef LINNET_TESTS_PARITY_VECTORS_H
#define LINNET_TESTS_PARITY_VECTORS_H

#include <linnet.h>
#include <stdio.h>

enum { MAX_INS = 8, MAX_OUTS = 8, MAX_ATTRS = 12, NAME_SIZE = 40, TEXT_SIZE = 64 };

/* A stored tensor. data is NULL where the case has none. */
typedef struct stored {
    lin_dtype type;
    lin_shape shape;
    int64_t numel;
    void *data; /* owned; numel values of `type` (at least one byte) */
} stored;

typedef struct parity_case {
    const char *file;
    int line;
    char op[NAME_SIZE];
    int attrs, ins, outs;
    struct {
        char key[NAME_SIZE], value[TEXT_SIZE];
    } attr[MAX_ATTRS];
    struct {
        stored base;
        bool grad;
        char view[TEXT_SIZE]; /* steps from the base to the argument */
        bool none;            /* PyTorch has no gradient for it */
        stored gradient, scale;
    } in[MAX_INS];
    stored up, out[MAX_OUTS], scale;
} parity_case;

typedef struct reader {
    FILE *in;
    const char *file;
    int line;
    char *text; /* the current line; owned */
    size_t size;
    bool failed;
} reader;

/* The next case into c (freed with case_free). False at the end, or with r->failed and a message on stderr. */
bool case_read(reader *r, parity_case *c);
void case_free(parity_case *c);

/* ---- Attributes: the value, or what holds when the case does not name it ----------------------------- */
const char *attr_text(const parity_case *c, const char *key, const char *otherwise);
double attr_number(const parity_case *c, const char *key, double otherwise);
int attr_int(const parity_case *c, const char *key, int otherwise);
lin_shape attr_shape(const parity_case *c, const char *key); /* "2,-1" → (2, -1) */
bool attr_has(const parity_case *c, const char *key);

/* The argument i: `*leaf` gets the base, the result is the view of it. NULL on failure. */
lin_tensor *case_argument(lin_ctx *ctx, const parity_case *c, int i, lin_tensor **leaf);
lin_tensor *stored_tensor(lin_ctx *ctx, const stored *s);

/* got is `want`, within 1e-12 (f64) or 1e-5 (f32) of 1 + |want|, or of 1 + scale where there is one; integers exactly;
 * NaN is NaN. `signs`: zeros have want's sign. False, with a line in `why`, if not. */
bool same(const lin_tensor *got, const stored *want, const stored *scale, bool signs, char *why, size_t size);
/* Change want so that `same` must notice, however good the result was. */
void spoil(stored *want, const stored *scale);

#endif
