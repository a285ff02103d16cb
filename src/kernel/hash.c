/* XXH64 (Yann Collet; https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md): 64 bits that change with any byte, at about
 * the speed of memory. It finds damage and differences, not forgeries. */
#include "kernel/kernel.h"

#include <string.h>

static const uint64_t prime1 = 0x9E3779B185EBCA87, prime2 = 0xC2B2AE3D27D4EB4F, prime3 = 0x165667B19E3779F9,
                      prime4 = 0x85EBCA77C2B2AE63, prime5 = 0x27D4EB2F165667C5;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the words of a hash are little-endian, and so is this code");

static uint64_t word(const unsigned char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static uint64_t turned(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t mixed(uint64_t lane, uint64_t w)
{
    return turned(lane + w * prime2, 31) * prime1;
}

lin__hashing lin__hash_begin(uint64_t seed)
{
    return (lin__hashing){.seed = seed, .lane = {seed + prime1 + prime2, seed + prime2, seed, seed - prime1}};
}

void lin__hash_stripes(lin__hashing *h, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    uint64_t lane[4];
    memcpy(lane, h->lane, sizeof lane);
    for (size_t at = 0; bytes - at >= LIN__HASH_STRIPE; at += LIN__HASH_STRIPE)
        for (int i = 0; i < 4; i++)
            lane[i] = mixed(lane[i], word(p + at + 8 * i));
    memcpy(h->lane, lane, sizeof lane);
    h->bytes += bytes / LIN__HASH_STRIPE * LIN__HASH_STRIPE;
}

/* The four lanes in one. */
static uint64_t merged(const uint64_t lane[4])
{
    uint64_t h = turned(lane[0], 1) + turned(lane[1], 7) + turned(lane[2], 12) + turned(lane[3], 18);
    for (int i = 0; i < 4; i++)
        h = (h ^ mixed(0, lane[i])) * prime1 + prime4;
    return h;
}

uint64_t lin__hash_end(lin__hashing *hashing, const void *data, size_t bytes)
{
    lin__hash_stripes(hashing, data, bytes);
    const unsigned char *end = (const unsigned char *)data + bytes, *p = end - bytes % LIN__HASH_STRIPE;
    uint64_t h =
        (hashing->bytes ? merged(hashing->lane) : hashing->seed + prime5) + hashing->bytes + bytes % LIN__HASH_STRIPE;
    for (; end - p >= 8; p += 8)
        h = turned(h ^ mixed(0, word(p)), 27) * prime1 + prime4;
    if (end - p >= 4) {
        uint32_t half;
        memcpy(&half, p, sizeof half);
        h = turned(h ^ half * prime1, 23) * prime2 + prime3;
        p += 4;
    }
    for (; p < end; p++)
        h = turned(h ^ *p * prime5, 11) * prime1;
    h = (h ^ h >> 33) * prime2;
    h = (h ^ h >> 29) * prime3;
    return h ^ h >> 32;
}

uint64_t lin__hash(const void *data, size_t bytes, uint64_t seed)
{
    lin__hashing h = lin__hash_begin(seed);
    return lin__hash_end(&h, data, bytes);
}
