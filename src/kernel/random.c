/* Counted randomness: a value is a function of its stream and its place, so it can be made by any thread, at any time.
 *
 * Layout: key = seed (low, high); counter = {block low, block high, number low, number high (24 bits) << 8 | kind}. A block gives
 * 4 floats or 2 doubles. */
#include "kernel/kernel.h"

#include <math.h>

void lin__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53 * c0, b = (uint64_t)0xCD9E8D57 * c2;
        uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0, n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static void block_of(const lin__stream *s, uint64_t block, uint32_t out[4])
{
    uint32_t key[2] = {(uint32_t)s->seed, (uint32_t)(s->seed >> 32)};
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)s->number,
                           (uint32_t)(s->number >> 32) << 8 | (s->kind & 255)};
    lin__philox(counter, key, out);
}

/* 53 bits of a word pair: [0, 1). */
static double unit_f64(uint32_t low, uint32_t high)
{
    return (double)((uint64_t)high << 21 | low >> 11) * 1.1102230246251565e-16; /* 2^-53 */
}

/* ---- Normals ----
 * A pair of uniforms u in (0, 1], v in [0, 1) gives two; u of 32 bits reaches 6.66, of 53 bits 8.57. A few blocks at a time. */
enum { PAIRS = 64 };
typedef struct pairs {
    double u[PAIRS], v[PAIRS], x[PAIRS], y[PAIRS];
} pairs;

static void pairs_of_32_bits(const lin__stream *s, uint64_t block, pairs *p)
{
    for (int i = 0; i < PAIRS; i += 2) {
        uint32_t w[4];
        block_of(s, block + (uint64_t)i / 2, w);
        p->u[i] = ((double)w[0] + 1) * 2.3283064365386963e-10; /* 2^-32 */
        p->v[i] = (double)w[1] * 2.3283064365386963e-10;
        p->u[i + 1] = ((double)w[2] + 1) * 2.3283064365386963e-10;
        p->v[i + 1] = (double)w[3] * 2.3283064365386963e-10;
    }
}

static void pairs_of_53_bits(const lin__stream *s, uint64_t block, pairs *p)
{
    for (int i = 0; i < PAIRS; i++) {
        uint32_t w[4];
        block_of(s, block + (uint64_t)i, w);
        p->u[i] = unit_f64(w[0], w[1]) + 1.1102230246251565e-16;
        p->v[i] = unit_f64(w[2], w[3]);
    }
}

/* Elements at … at + n − 1, by groups of PAIRS whose first place is a multiple of 2 · PAIRS. */
#define NORMALS(FILL, BLOCKS, T)                                                   \
    const lin__kernels *kernels = lin__kernels_get();                              \
    for (int64_t i = 0; i < n;) {                                                  \
        pairs p;                                                                   \
        int64_t place = at + i, group = place / (2 * PAIRS);                       \
        FILL(s, (uint64_t)group *(BLOCKS), &p);                                    \
        kernels->box_muller(PAIRS, p.u, p.v, p.x, p.y);                            \
        for (int k = (int)(place % (2 * PAIRS)); k < 2 * PAIRS && i < n; k++, i++) \
            y[i] = (T)fma(std, k & 1 ? p.y[k / 2] : p.x[k / 2], mean);             \
    }

void lin__normal_f32(const lin__stream *s, int64_t at, int64_t n, double mean, double std, float *y)
{
    NORMALS(pairs_of_32_bits, PAIRS / 2, float)
}

void lin__normal_f64(const lin__stream *s, int64_t at, int64_t n, double mean, double std, double *y)
{
    NORMALS(pairs_of_53_bits, PAIRS, double)
}

/* ---- Uniforms ---- */

static void uniform_block_f32(const lin__stream *s, uint64_t block, double out[4])
{
    uint32_t w[4];
    block_of(s, block, w);
    for (int i = 0; i < 4; i++)
        out[i] = (double)(w[i] >> 8) * 5.9604644775390625e-8; /* 2^-24 */
}

static void uniform_block_f64(const lin__stream *s, uint64_t block, double out[2])
{
    uint32_t w[4];
    block_of(s, block, w);
    out[0] = unit_f64(w[0], w[1]);
    out[1] = unit_f64(w[2], w[3]);
}

/* Elements at … at + n − 1 of a stream whose blocks hold PER values. */
#define UNIFORMS(PER, BLOCK, EXPRESSION)                                   \
    for (int64_t i = 0; i < n;) {                                          \
        double value[PER];                                                 \
        int64_t place = at + i;                                            \
        BLOCK(s, (uint64_t)place / (PER), value);                          \
        for (int k = (int)(place % (PER)); k < (PER) && i < n; k++, i++) { \
            double v = value[k];                                           \
            y[i] = (EXPRESSION);                                           \
        }                                                                  \
    }

/* Rounding must not reach `high`. */
static float below_f32(double x, float high, float low)
{
    float y = (float)x;
    return y < high || high <= low ? y : nextafterf(high, low);
}

static double below_f64(double x, double high, double low)
{
    return x < high || high <= low ? x : nextafter(high, low);
}

void lin__uniform_f32(const lin__stream *s, int64_t at, int64_t n, double low, double high, float *y)
{
    UNIFORMS(4, uniform_block_f32, below_f32(fma(high - low, v, low), (float)high, (float)low))
}

void lin__uniform_f64(const lin__stream *s, int64_t at, int64_t n, double low, double high, double *y)
{
    UNIFORMS(2, uniform_block_f64, below_f64(fma(high - low, v, low), high, low))
}

/* ---- The keyed bijection ---- */

/* In each half: on halves of 1 and 2 bits even a perfect round function favours some orders (measured). */
enum { FEWEST_BITS = 4 };

void lin__perm_init(lin__perm *p, const lin__stream *s, int64_t n)
{
    int bits = 0;
    while (bits < 62 && ((uint64_t)1 << bits) < (uint64_t)n)
        bits++;
    p->n = (uint64_t)n;
    p->half_bits = bits < 2 * FEWEST_BITS ? FEWEST_BITS : (bits + 1) / 2;
    p->mask = ((uint64_t)1 << p->half_bits) - 1;
    for (uint64_t b = 0; b < 2 * LIN__PERM_ROUNDS / 4; b++)
        block_of(s, b, p->key + 4 * b);
}

/* Those that fall outside of [0, n) are sent on until they are inside. */
int64_t lin__perm_at(const lin__perm *p, int64_t i)
{
    uint64_t x = (uint64_t)i;
    do
        lin__kernels_get()->permute(p, 1, &x);
    while (x >= p->n);
    return (int64_t)x;
}

/* Up to GROUP indices: those that fall outside are gathered and go on together, which may be two in five of them. */
enum { GROUP = 256 };
static void permute_group(const lin__perm *p, int64_t count, int64_t *out)
{
    const lin__kernels *k = lin__kernels_get();
    uint64_t x[GROUP];
    uint16_t place[GROUP];
    for (int64_t j = 0; j < count; j++) {
        x[j] = (uint64_t)out[j];
        place[j] = (uint16_t)j;
    }
    while (count) {
        k->permute(p, count, x);
        int64_t outside = 0;
        for (int64_t j = 0; j < count; j++) {
            uint64_t value = x[j];
            uint16_t at = place[j];
            out[at] = (int64_t)value; /* it will be overwritten if it is outside */
            x[outside] = value;
            place[outside] = at;
            outside += value >= p->n;
        }
        count = outside;
    }
}

void lin__perm_each(const lin__perm *p, int64_t count, int64_t *x)
{
    for (int64_t j = 0; j < count; j += GROUP)
        permute_group(p, count - j < GROUP ? count - j : GROUP, x + j);
}

void lin__perm_fill(const lin__perm *p, int64_t from, int64_t count, int64_t *out)
{
    for (int64_t j = 0; j < count; j++)
        out[j] = from + j;
    lin__perm_each(p, count, out);
}
