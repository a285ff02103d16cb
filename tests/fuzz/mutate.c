/* Mutants: a valid file with a few changes, of its bytes or of what they mean. A change of meaning keeps lengths and checksums
 * right, so that what stands behind them is reached. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Any bytes ----------------------------------------------------------------------------------- */

static const uint64_t extremes[] = {
    0,          1,          2,          7,         9,          0x7f,           0x80,       0xff,       0x100,
    0x7fff,     0x8000,     0xffff,     0x10000,   1u << 24,   0x7fffffff,     0x80000000, 0xffffffff, 1ull << 32,
    1ull << 40, 1ull << 61, 1ull << 62, INT64_MAX, 1ull << 63, UINT64_MAX - 1, UINT64_MAX};
enum { EXTREMES = sizeof extremes / sizeof *extremes };

static void put_number(bytes *b, size_t from, size_t width, uint64_t value, bool big_endian)
{
    if (width > b->size || from > b->size - width) return;
    for (size_t i = 0; i < width; i++)
        b->at[from + (big_endian ? width - 1 - i : i)] = (unsigned char)(value >> 8 * i);
}

static void extreme_number(fuzz_random *r, bytes *b, size_t from)
{
    uint64_t value = extremes[fuzz_below(r, EXTREMES)];
    if (fuzz_below(r, 4) == 0) value = b->size - fuzz_below(r, 16);
    put_number(b, from, (size_t)1 << fuzz_below(r, 4), value, fuzz_below(r, 2));
}

/* Half of the places lie in the first 64 bytes, where heads are. */
static size_t place(fuzz_random *r, const bytes *b)
{
    return fuzz_below(r, fuzz_below(r, 2) && b->size > 64 ? 64 : b->size + 1);
}

static void change_bytes(fuzz_random *r, const corpus *c, bytes *b)
{
    size_t from = place(r, b), count = fuzz_below(r, 1 + fuzz_below(r, 64)), left = b->size - from;
    if (count > left) count = left;
    const bytes *other = c->file[fuzz_below(r, (size_t)c->count)];
    unsigned char some[64];
    for (size_t i = 0; i < sizeof some; i++)
        some[i] = (unsigned char)fuzz_draw(r);
    switch (fuzz_below(r, 9)) {
    case 0:
    case 1:
        if (left) b->at[from] ^= (unsigned char)(1 << fuzz_below(r, 8));
        break;
    case 2:
        if (left) b->at[from] = some[0];
        break;
    case 3:
        extreme_number(r, b, from);
        break;
    case 4:
        bytes_replace(b, from, left, NULL, 0);
        break;
    case 5:
        bytes_replace(b, from, fuzz_below(r, 2) ? count : 0, some, fuzz_below(r, sizeof some));
        break;
    case 6:
        bytes_replace(b, from, count, NULL, 0);
        break;
    case 7:
        bytes_replace(b, place(r, b), 0, b->at + from, count);
        break;
    default: /* the end of another file behind the beginning of this one */
        count = fuzz_below(r, other->size + 1);
        bytes_replace(b, from, left, other->at + count, other->size - count);
    }
}

/* ---- Text ---------------------------------------------------------------------------------------- */

/* Words, numbers and strings are one token each, other characters too; spaces go with what follows. */
static size_t token_end(const bytes *b, size_t at, size_t end)
{
    while (at < end && b->at[at] == ' ')
        at++;
    if (at == end) return end;
    unsigned char c = b->at[at++];
    if (c == '"' || c == '\'') {
        while (at < end && b->at[at] != c)
            at += b->at[at] == '\\' && at + 1 < end ? 2 : 1;
        return at < end ? at + 1 : end;
    }
    if (strchr("{}[](),:", c)) return at;
    while (at < end && b->at[at] && !strchr(" {}[](),:\"'", b->at[at]))
        at++;
    return at;
}

static size_t pick_token(fuzz_random *r, const bytes *b, size_t from, size_t end, size_t *size)
{
    size_t starts[2000], count = 0;
    for (size_t at = from; at < end && count < 2000; at = token_end(b, at, end))
        starts[count++] = at;
    size_t at = count ? starts[fuzz_below(r, count)] : from;
    *size = token_end(b, at, end) - at;
    return at;
}

static const char *const words[] = {"{",
                                    "}",
                                    "[",
                                    "]",
                                    "(",
                                    ")",
                                    ",",
                                    ":",
                                    "''",
                                    "\"\"",
                                    "0",
                                    "1",
                                    "2",
                                    "3",
                                    "-1",
                                    "-0",
                                    "1.0",
                                    "1e9",
                                    "1e999",
                                    "2147483648",
                                    "4294967296",
                                    "4611686018427387904",
                                    "9223372036854775807",
                                    "9223372036854775808",
                                    "18446744073709551616",
                                    "99999999999999999999999",
                                    "3L",
                                    "null",
                                    "true",
                                    "false",
                                    "True",
                                    "False",
                                    "'descr'",
                                    "'shape'",
                                    "'fortran_order'",
                                    "'<f4'",
                                    "'>f8'",
                                    "'|u1'",
                                    "'|O'",
                                    "'<U5'",
                                    "'|b1'",
                                    "'<i8'",
                                    "'>u8'",
                                    "[('a', '<f4')]",
                                    "\"dtype\"",
                                    "\"shape\"",
                                    "\"data_offsets\"",
                                    "\"__metadata__\"",
                                    "\"linnet\"",
                                    "\"F32\"",
                                    "\"F64\"",
                                    "\"I64\"",
                                    "\"U8\"",
                                    "\"BF16\"",
                                    "\"BOOL\"",
                                    "\"U64\"",
                                    "\"F8_E4M3\"",
                                    "\"weight\"",
                                    "\"bias\"",
                                    "\"0.weight\"",
                                    "\"1.weight\"",
                                    "\"kind\"",
                                    "\"layers\"",
                                    "\"linear\"",
                                    "\"sequential\"",
                                    "\"flatten\"",
                                    "\"relu\"",
                                    "\"lambda\"",
                                    "\"in\"",
                                    "\"out\"",
                                    "\"format\"",
                                    "\"architecture\"",
                                    "\"task\"",
                                    "\"classes\"",
                                    "\"input\"",
                                    "\"training\"",
                                    "\"checkpoint\"",
                                    "\"progress\"",
                                    "\"steps_done\"",
                                    "\"counters\"",
                                    "\"nan\"",
                                    "\"-inf\"",
                                    "\"regression\"",
                                    "\"classification\"",
                                    "\"u8\"",
                                    "\"a\\u0000b\"",
                                    "\"\\u001b[31m\"",
                                    "\"\\ud800\"",
                                    "\"\x1b[31m\"",
                                    "\"\xff\"",
                                    "\"\\u202e\"",
                                    "\t",
                                    "\n",
                                    "\r",
                                    "[[[[[[[[",
                                    "{\"a\":{\"a\":{\"a\":"};
enum { WORDS = sizeof words / sizeof *words };

/* One change of the tokens in [from, from + size); the new size. */
static size_t change_tokens(fuzz_random *r, bytes *b, size_t from, size_t size)
{
    size_t before = b->size, one, two, at = pick_token(r, b, from, from + size, &one),
           other = pick_token(r, b, from, from + size, &two);
    const char *word = words[fuzz_below(r, WORDS)];
    char digits[24];
    switch (fuzz_below(r, 6)) {
    case 0:
        bytes_replace(b, at, one, word, strlen(word));
        break;
    case 1:
        bytes_replace(b, at, 0, word, strlen(word));
        break;
    case 2:
        bytes_replace(b, at, one, NULL, 0);
        break;
    case 3: /* a copy of another */
        bytes_replace(b, at, fuzz_below(r, 2) ? one : 0, b->at + other, two);
        break;
    case 4: /* a stretch, again */
        if (other < at) bytes_replace(b, at, 0, b->at + other, at - other);
        break;
    default: /* a number a little larger or smaller */
        if (b->at[at] == ' ') at++, one--;
        if (b->at[at] < '0' || b->at[at] > '9') break;
        snprintf(digits, sizeof digits, "%llu", strtoull((const char *)b->at + at, NULL, 10) + fuzz_below(r, 5) - 2);
        bytes_replace(b, at, one, digits, strlen(digits));
    }
    return size + b->size - before;
}

/* ---- What the formats say ------------------------------------------------------------------------- */

static void change_idx(fuzz_random *r, bytes *b)
{
    static const unsigned char types[] = {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0x0A};
    if (b->size < 4) return;
    switch (fuzz_below(r, 4)) {
    case 0:
        b->at[2] = types[fuzz_below(r, sizeof types)];
        break;
    case 1:
        b->at[3] = (unsigned char)fuzz_below(r, 11);
        break;
    case 2:
        put_number(b, 4 + 4 * fuzz_below(r, 8), 4, extremes[fuzz_below(r, EXTREMES)], true);
        break;
    default: /* rank and dimensions that agree */
        bytes_replace(b, 4, 0, (unsigned char[]){0, 0, 0, (unsigned char)fuzz_below(r, 3)}, 4);
        b->at[3]++;
    }
}

static void change_npy(fuzz_random *r, bytes *b)
{
    if (b->size < 12) return;
    bool old = b->at[6] == 1;
    size_t head = old ? 10 : 12, size = b->at[8] | (size_t)b->at[9] << 8;
    if (size > b->size - head) return;
    size = change_tokens(r, b, head, size);
    if (fuzz_below(r, 8) == 0) size += fuzz_below(r, 3) - 1;
    put_number(b, 8, old ? 2 : 4, size, false);
}

static void append_escaped(bytes *b, unsigned char c)
{
    if (c == '"' || c == '\\') bytes_append(b, "\\", 1);
    bytes_append(b, &c, 1);
}

/* The string of a model's own JSON within the header: its text without the escapes, changed, and put back. */
static size_t change_linnet(fuzz_random *r, bytes *b, size_t size)
{
    static bytes inner, outer;
    static const char key[] = "\"linnet\":\"";
    unsigned char *found = memmem(b->at + 8, size, key, sizeof key - 1);
    if (!found) return change_tokens(r, b, 8, size);
    size_t from = (size_t)(found - b->at) + sizeof key - 2, end = token_end(b, from, 8 + size), before = b->size;
    inner.size = outer.size = 0;
    for (size_t i = from + 1; i + 1 < end; i++) {
        if (b->at[i] == '\\' && i + 2 < end && strchr("\"\\", b->at[i + 1])) i++;
        bytes_append(&inner, b->at + i, 1);
    }
    change_tokens(r, &inner, 0, inner.size);
    bytes_append(&outer, "\"", 1);
    for (size_t i = 0; i < inner.size; i++)
        if (inner.at[i] >= ' ') append_escaped(&outer, inner.at[i]);
    bytes_append(&outer, "\"", 1);
    bytes_replace(b, from, end - from, outer.at, outer.size);
    return size + b->size - before;
}

static void change_safetensors(fuzz_random *r, bytes *b, bool model)
{
    size_t size = 0;
    for (size_t i = 8; i-- > 0 && b->size >= 8;)
        size = size << 8 | b->at[i];
    if (b->size < 8 || size > b->size - 8) return;
    size = model && fuzz_below(r, 3) ? change_linnet(r, b, size) : change_tokens(r, b, 8, size);
    if (fuzz_below(r, 8) == 0) size += fuzz_below(r, 3) - 1;
    put_number(b, 0, 8, size, false);
    static const unsigned char nothing[64];
    size_t room = fuzz_below(r, 4) ? 0 : fuzz_below(r, sizeof nothing);
    if (fuzz_below(r, 4) == 0) bytes_append(b, nothing, room);
}

static void change_meaning(fuzz_random *r, int format, bytes *b)
{
    if (format == FUZZ_IDX) change_idx(r, b);
    if (format == FUZZ_NPY) change_npy(r, b);
    if (format == FUZZ_PNG)
        fuzz_change_png(r, b);
    else if (format >= FUZZ_SAFETENSORS)
        change_safetensors(r, b, format != FUZZ_SAFETENSORS);
}

/* ---- A mutant ------------------------------------------------------------------------------------ */

static void change(fuzz_random *r, int format, const corpus *c, bytes *b)
{
    for (size_t n = 1 + fuzz_below(r, 1 + fuzz_below(r, 4)); n > 0; n--)
        if (fuzz_below(r, 3) == 0)
            change_bytes(r, c, b);
        else
            change_meaning(r, format, b);
}

/* Most streams are whole, and hold a mutant of another format; in the others the stream itself is changed. The last two files
 * of the corpus are bombs, which take their time: a hundred times that of others. */
static void mutate_gz(fuzz_random *r, const corpus *c, bytes *out)
{
    static corpus inner[2];
    static int inside[] = {FUZZ_IDX, FUZZ_NPY};
    size_t which = fuzz_below(r, 2);
    if (fuzz_below(r, 4000) == 0) {
        *out = *c->file[c->count - 1 - (int)which];
        if (fuzz_below(r, 2)) change_bytes(r, c, out);
    } else if (fuzz_below(r, 3)) {
        if (!inner[which].count) corpus_make(&inner[which], inside[which]);
        fuzz_mutate(r, inside[which], &inner[which], out);
        bytes_gzip(out, (unsigned)fuzz_draw(r));
        if (fuzz_below(r, 8) == 0) extreme_number(r, out, out->size - fuzz_below(r, 9)); /* the checksum, the length */
    } else {
        *out = *c->file[fuzz_below(r, (size_t)c->count - 2)];
        for (size_t n = 1 + fuzz_below(r, 3); n > 0; n--)
            change_bytes(r, c, out);
    }
}

void fuzz_mutate(fuzz_random *r, int format, const corpus *c, bytes *out)
{
    if (format == FUZZ_GZ) {
        mutate_gz(r, c, out);
        return;
    }
    *out = *c->file[fuzz_below(r, (size_t)c->count)];
    change(r, format, c, out);
    if (format == FUZZ_CHECKPOINT && fuzz_below(r, 8)) fuzz_mend_checkpoint(out, fuzz_file());
}
