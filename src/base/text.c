/* Text that may be printed: file names and fields of files come from strangers. */
#include "base/file.h"

#include <stdio.h>
#include <string.h>

/* Length of the UTF-8 character at s, and its code; 0 if it is not well-formed (RFC 3629). */
static size_t utf8_length(const unsigned char *s, uint32_t *code)
{
    *code = s[0];
    if (s[0] < 0x80) return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    *code = s[0] & (0xff >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0; /* the terminating NUL, too */
        *code = *code << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool well_formed = *code >= least[length] && *code <= 0x10ffff && !(*code >= 0xd800 && *code <= 0xdfff);
    return well_formed ? length : 0;
}

bool lin__is_utf8(const char *text)
{
    uint32_t code;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t length = utf8_length(s, &code);
        if (!length) return false;
        s += length;
    }
    return true;
}

/* The same if it is no control character. C1 controls and the marks that turn the direction of a line are controls too: a
 * terminal obeys them. */
static size_t printable_length(const unsigned char *s)
{
    uint32_t code;
    size_t length = utf8_length(s, &code);
    bool turns = code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                 (code >= 0x2066 && code <= 0x2069); /* Unicode's Bidi_Control */
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || turns;
    return control ? 0 : length;
}

char *lin_printable(char *out, size_t size, const char *text)
{
    if (size == 0) return out;
    size_t at = 0;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t length = printable_length(s), needed = length ? length : 4;
        if (needed >= size - at) break; /* never half of a character */
        if (length)
            memcpy(out + at, s, length);
        else
            snprintf(out + at, size - at, "\\x%02X", *s);
        at += needed;
        s += length ? length : 1;
    }
    out[at] = '\0';
    return out;
}
