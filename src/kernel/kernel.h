/* kernel/kernel.h: the arithmetic. Pointers in, pointers out: no allocation, no errors, no context; the only folder with
 * SIMD code. One source, compiled once for each instruction set (LIN__SIMD), equal to the bit:
 *
 *   lanes   a float is summed in 16 virtual lanes, a double in 8: lane l takes the elements i with i mod lanes = l, in order.
 *           Lanes are added as a tree: l and l + lanes/2, then l and l + lanes/4, … .
 *   blocks  reductions along a contiguous vector run over blocks of 128 · lanes elements (2,048 floats, 1,024 doubles);
 *           reductions over rows run over blocks of 128 rows, in order within a block.
 *   tree    block results are combined by T(first p) + T(rest), p = the largest power of two below their number.
 *
 * A last, short group of lanes is filled with the neutral element. Multiply-add is always fma, and contraction is off. A
 * change of any of these constants changes stored results: see docs/design.md section 3.
 */
#ifndef LINNET_KERNEL_KERNEL_H
#define LINNET_KERNEL_KERNEL_H

#include <linnet/base.h>
#include <stdatomic.h>

enum {
    LIN__ROW_BLOCK = 128,
    LIN__LANES_F32 = 16,
    LIN__LANES_F64 = 8,
    LIN__BLOCK_F32 = LIN__ROW_BLOCK * LIN__LANES_F32,
    LIN__BLOCK_F64 = LIN__ROW_BLOCK * LIN__LANES_F64
};

/* y[i·sy] = f(x[i·sx]). In maps y may be an operand itself, element by element, and overlaps none otherwise: where it did, vectors of
 * different widths would give different bits. */
#define LIN__UNARY_MAP(X)  X(neg) X(abs) X(square) X(sqrt) X(exp) X(log) X(relu) X(sign)
/* y[i·sy] = f(a[i·sa], b[i·sb]); a stride of 0 is a scalar. maximum and minimum give NaN if either is. */
#define LIN__BINARY_MAP(X) LIN__OFTEN_MAP(X) LIN__RARE_MAP(X)
/* Those of them that small models live by have their loops in the table too: all side by side, and with one scalar. */
#define LIN__OFTEN_MAP(X)  X(add) X(sub) X(mul) X(div)
#define LIN__RARE_MAP(X)   X(pow) X(maximum) X(minimum)

typedef struct lin__sgd {
    double lr, momentum, dampening, weight_decay;
    bool nesterov, maximize, first;
} lin__sgd;

/* A keyed bijection of [0, n): balanced Feistel network, its keys from Philox, with cycle walking; any n from 1 to 2^62. */
enum { LIN__PERM_ROUNDS = 8 };
typedef struct lin__perm {
    uint64_t n, mask;
    int half_bits;
    uint32_t key[2 * LIN__PERM_ROUNDS];
} lin__perm;

/* The kernels of one floating type T. Matrices are row-major with a leading dimension (ld): elements from row to row. */
#define LIN__KERNELS_OF(T, SUFFIX)                                                                                                 \
    typedef void lin__unary_##SUFFIX(int64_t n, const T *x, int64_t sx, T *y, int64_t sy);                                         \
    typedef void lin__binary_##SUFFIX(int64_t n, const T *a, int64_t sa, const T *b, int64_t sb, T *y, int64_t sy);                \
    /* y[i] = f(a[i], b[i]). */                                                                                                    \
    typedef void lin__loop_##SUFFIX(int64_t n, const T *a, const T *b, T *y);                                                      \
    /* y[i] = f(a[i], b). */                                                                                                       \
    typedef void lin__each_##SUFFIX(int64_t n, const T *a, T b, T *y);                                                             \
    typedef struct lin__kernels_##SUFFIX {                                                                                         \
        LIN__UNARY_MAP(LIN__UNARY_FIELD_##SUFFIX)                                                                                  \
        LIN__BINARY_MAP(LIN__BINARY_FIELD_##SUFFIX)                                                                                \
        LIN__OFTEN_MAP(LIN__OFTEN_FIELDS_##SUFFIX)                                                                                 \
        /* y = 2a·b: the slope of a², times b. */                                                                                \
        lin__binary_##SUFFIX *twice;                                                                                               \
        lin__loop_##SUFFIX *twice_loop;                                                                                            \
        /* y[i] += s·x[i], by fma; contiguous. */                                                                                 \
        void (*axpy)(int64_t n, T s, const T *x, T *y);                                                                            \
        /* Σ x, contiguous, over its blocks and their tree. */                                                                    \
        T (*sum)(int64_t n, const T *x);                                                                                           \
        /* Blocks first…last−1 of the same sum, into partial[0 …]; combine all with `tree` for the same bits. */             \
        void (*sum_blocks)(int64_t n, const T *x, int64_t first, int64_t last, T *partial);                                        \
        /* T(partial[0 … count−1]); overwrites partial. 0 for count 0. */                                                      \
        T (*tree)(int64_t count, T *partial);                                                                                      \
        /* Σ (x − m)², as sum. */                                                                                              \
        T (*sum_squared_diff)(int64_t n, const T *x, T m);                                                                         \
        /* Σ x², each square rounded before it is added: the sum of what the map `square` gives. */                              \
        T (*sum_squares)(int64_t n, const T *x);                                                                                   \
        /* Largest and smallest of n ≥ 1; NaN if one is. */                                                                      \
        T (*max)(int64_t n, const T *x);                                                                                           \
        T (*min)(int64_t n, const T *x);                                                                                           \
        /* Σ a·b by fma, in lanes, blocks and tree. */                                                                           \
        T (*dot)(int64_t n, const T *a, const T *b);                                                                               \
        /* y[j] = Σ_r x[r][j] over at most 128 rows, in order. y (cols). */                                                       \
        void (*sum_rows)(int64_t rows, int64_t cols, const T *x, int64_t ldx, T *y);                                               \
        /* C (m, n) = A (m, k) · B (n, k)ᵀ [+ bias (n)]; each element is dot(A row, B row), plus bias last. */                  \
        void (*gemm_nt)(int64_t m, int64_t n, int64_t k, const T *A, int64_t lda, const T *B, int64_t ldb,                         \
                        const T *bias /* [OPTIONAL] */, T *C, int64_t ldc);                                                        \
        /* C (m, n) = Σ_r A(r, i)·B(r, j) over at most 128 rows r, in order from 0, by fma. A(r, i) is A[r·ar + i·ai]; \
         * B (rows, n) and C have contiguous rows. The partial product of one row block: combine blocks by the tree. \
         * Where C is one row (m = 1), up to 256 rows r: two blocks, added. */       \
        void (*gemm_block)(int64_t rows, int64_t m, int64_t n, const T *A, int64_t ar, int64_t ai, const T *B,                     \
                           int64_t ldb, T *C, int64_t ldc);                                                                        \
        /* Rows of c contiguous elements: y = exp(x − max) / Σ, y = x − max − log Σ exp(x − max),                      \
         * out[row] = max + log Σ exp(x − max). A row of −inf gives NaN, NaN and −inf, as PyTorch. y may be x. */ \
        void (*softmax_rows)(int64_t rows, int64_t c, const T *x, T *y);                                                           \
        void (*log_softmax_rows)(int64_t rows, int64_t c, const T *x, T *y);                                                       \
        void (*logsumexp_rows)(int64_t rows, int64_t c, const T *x, T *out);                                                       \
        /* softmax_rows into p, and loss[row] = −log p[row][label[row]]. */                                                      \
        void (*softmax_nll_rows)(int64_t rows, int64_t c, const T *x, const int64_t *label, T *p, T *loss);                        \
        /* The place of the first largest of each row of c ≥ 1; of the first NaN if there is one. */                             \
        void (*argmax_rows)(int64_t rows, int64_t c, const T *x, int64_t *place);                                                  \
        /* θ −= lr·g' as torch.optim.SGD; velocity NULL without momentum; `first`: velocity = g. */                            \
        void (*sgd)(int64_t n, const lin__sgd *o, const T *gradient, T *velocity, T *theta);                                       \
        /* All finite? (Σ 0·x is 0.) */                                                                                          \
        bool (*all_finite)(int64_t n, const T *x);                                                                                 \
    } lin__kernels_##SUFFIX;
#define LIN__UNARY_FIELD_f32(name)  lin__unary_f32 *name;
#define LIN__UNARY_FIELD_f64(name)  lin__unary_f64 *name;
#define LIN__BINARY_FIELD_f32(name) lin__binary_f32 *name;
#define LIN__BINARY_FIELD_f64(name) lin__binary_f64 *name;
#define LIN__OFTEN_FIELDS_f32(name) \
    lin__loop_f32 *name##_loop;     \
    lin__each_f32 *name##_each;
#define LIN__OFTEN_FIELDS_f64(name) \
    lin__loop_f64 *name##_loop;     \
    lin__each_f64 *name##_each;

LIN__KERNELS_OF(float, f32)
LIN__KERNELS_OF(double, f64)

typedef struct lin__kernels {
    const char *name; /* "scalar", "avx2", "avx512", "neon" */
    lin__kernels_f32 f32;
    lin__kernels_f64 f64;
    /* y = x / 255, correctly rounded: fma(x, hi, x·lo) with hi + lo = 1/255. On the way n other bytes, which are wanted soon, are
     * asked of memory: waiting and computing overlap. */
    void (*unit_from_u8)(int64_t n, const uint8_t *x, float *y, const uint8_t *soon /* [OPTIONAL] */);
    /* n pairs of normals from u in (0, 1], v in [0, 1]: x = r·cos 2πv, y = r·sin 2πv, r = √(−2 log u) (Box and Muller 1958). */
    void (*box_muller)(int64_t n, const double *u, const double *v, double *x, double *y);
    /* Each of n numbers of 2·half_bits bits sent once through p's network; it may leave [0, p->n). */
    void (*permute)(const lin__perm *p, int64_t n, uint64_t *x);
} lin__kernels;

/* The kernels of this machine, or those that $LINNET_SIMD names if it has them; chosen once. */
extern _Atomic(const lin__kernels *) lin__kernels_chosen;
const lin__kernels *lin__kernels_choose(void);
static inline const lin__kernels *lin__kernels_get(void)
{
    const lin__kernels *k = atomic_load_explicit(&lin__kernels_chosen, memory_order_acquire);
    return k ? k : lin__kernels_choose();
}
/* A named set, or NULL: for tests. */
const lin__kernels *lin__kernels_named(const char *name);

/* ---- kernel/integer.c: exact, so one build serves all ---------------------------------------------- */
typedef enum lin__compare { LIN__EQ, LIN__NE, LIN__LT, LIN__LE, LIN__GT, LIN__GE } lin__compare;
/* Both of one type; y is 0 or 1. */
void lin__compare_run(lin__compare how, lin_dtype type, int64_t n, const void *a, int64_t sa, const void *b, int64_t sb,
                      uint8_t *y, int64_t sy);
/* y = c ? a : b, all of type but c. */
void lin__where_run(lin_dtype type, int64_t n, const uint8_t *c, int64_t sc, const void *a, int64_t sa, const void *b,
                    int64_t sb, void *y, int64_t sy);
/* The maps that integers have too (wrapping; NULL for those they have not), for i64 and u8. */
typedef void lin__integer_fn(int64_t n, const void *a, int64_t sa, const void *b, int64_t sb, void *y, int64_t sy);
typedef enum lin__integer_op {
    LIN__INT_ADD,
    LIN__INT_SUB,
    LIN__INT_MUL,
    LIN__INT_MAXIMUM,
    LIN__INT_MINIMUM,
    LIN__INT_NEG,
    LIN__INT_ABS,
    LIN__INT_SQUARE,
    LIN__INT_SIGN,
    LIN__INT_RELU /* these read a only */
} lin__integer_op;
lin__integer_fn *lin__integer_get(lin__integer_op op, lin_dtype type);

/* ---- Asking memory ---------------------------------------------------------------------------------- */
enum { LIN__CACHE_LINE = 64 };
/* Have the line at p, which need not be anyone's, on its way. The empty asm is there because GCC takes a function that only asks for
 * one that does nothing, and leaves out its calls. */
static inline __attribute__((always_inline)) void lin__ask(const void *p)
{
    __builtin_prefetch(p);
    __asm__ volatile("");
}
/* All lines of so many bytes. */
static inline __attribute__((always_inline)) void lin__ask_for(const char *p, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += LIN__CACHE_LINE)
        lin__ask(p + at);
    if (bytes) lin__ask(p + bytes - 1); /* they begin anywhere in a line */
}

/* ---- kernel/convert.c ------------------------------------------------------------------------------ */
/* y of type `to` from x of type `from`, n elements with strides: float to integer truncates, saturates, NaN gives 0. */
void lin__convert(lin_dtype to, lin_dtype from, int64_t n, const void *x, int64_t sx, void *y, int64_t sy);
/* Row index[i] of `from` to row i of `to`, for i < n; rows have `bytes` bytes. */
void lin__pick_rows(int64_t n, size_t bytes, const void *from, const int64_t *index, void *to);
float lin__from_f16(uint16_t bits);
float lin__from_bf16(uint16_t bits);

/* ---- kernel/math.h's functions, one value at a time (the vector ones give the same bits) ------------- */
float lin__expf(float x);
float lin__logf(float x);
float lin__powf(float x, float y);
double lin__exp(double x);
double lin__log(double x);
double lin__pow(double x, double y);
double lin__sin(double x);
double lin__cos(double x);

/* ---- kernel/hash.c ----------------------------------------------------------------------------------- */
/* XXH64 of some bytes. What is in several pieces goes through it piece by piece, each with the hash before as its seed. */
uint64_t lin__hash(const void *data, size_t bytes, uint64_t seed);
/* The same of bytes that are not there all at once: whole stripes as they come, then the rest, which may be none or all. */
enum { LIN__HASH_STRIPE = 32 };
typedef struct lin__hashing {
    uint64_t seed, lane[4], bytes;
} lin__hashing;
lin__hashing lin__hash_begin(uint64_t seed);
void lin__hash_stripes(lin__hashing *h, const void *data, size_t bytes);
uint64_t lin__hash_end(lin__hashing *h, const void *data, size_t bytes);

/* ---- kernel/random.c: counted randomness ------------------------------------------------------------ */
/* Philox4x32-10 (Salmon et al. 2011; the vectors of Random123). */
void lin__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* What a stream is for: part of its counter. */
typedef enum lin__stream_kind {
    LIN__STREAM_NORMAL = 1,
    LIN__STREAM_UNIFORM,
    LIN__STREAM_PERM,
    LIN__STREAM_LOADER,
    LIN__STREAM_SPLIT
} lin__stream_kind;
typedef struct lin__stream {
    uint64_t seed;
    uint32_t kind;
    uint64_t number; /* the k-th creation, below 2^56 */
} lin__stream;
/* Elements at, at+1, … of the stream: N(mean, std²) by Box–Muller on our own log, sin and cos; U[low, high) from 24 (f32) or 53
 * (f64) bits. A value depends only on its stream and its place. */
void lin__normal_f32(const lin__stream *s, int64_t at, int64_t n, double mean, double std, float *y);
void lin__normal_f64(const lin__stream *s, int64_t at, int64_t n, double mean, double std, double *y);
void lin__uniform_f32(const lin__stream *s, int64_t at, int64_t n, double low, double high, float *y);
void lin__uniform_f64(const lin__stream *s, int64_t at, int64_t n, double low, double high, double *y);

void lin__perm_init(lin__perm *p, const lin__stream *s, int64_t n);
int64_t lin__perm_at(const lin__perm *p, int64_t i);
/* x[j] = perm(x[j]). */
void lin__perm_each(const lin__perm *p, int64_t count, int64_t *x);
/* out[j] = perm(from + j). */
void lin__perm_fill(const lin__perm *p, int64_t from, int64_t count, int64_t *out);

#endif
