/* What a file is: where it is given for something else, that tells what to try. */
#include "content.h"

#include "failure.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOKED_AT = 16 };

static bool begins(const unsigned char *b, size_t got, const char *with, size_t bytes)
{
    return got >= bytes && memcmp(b, with, bytes) == 0;
}

/* The format of a picture that is no PNG; NULL: it is none. */
static const char *picture_by(const unsigned char *b, size_t got)
{
    if (begins(b, got, "\xff\xd8\xff", 3)) return "JPEG";
    if (begins(b, got, "GIF8", 4)) return "GIF";
    if (begins(b, got, "BM", 2) && got >= 10 && memcmp(b + 6, "\0\0\0\0", 4) == 0) return "BMP";
    if (begins(b, got, "RIFF", 4) && got >= 12 && memcmp(b + 8, "WEBP", 4) == 0) return "WebP";
    return NULL;
}

/* An object or a list, after whatever blanks. */
static bool is_json(const unsigned char *b, size_t got)
{
    size_t i = 0;
    while (i < got && isspace(b[i]))
        i++;
    return i < got && (b[i] == '{' || b[i] == '[');
}

static content content_by(const unsigned char *b, size_t got)
{
    bool idx = got >= 2 && b[0] == 0 && b[1] == 0, gzip = begins(b, got, "\x1f\x8b", 2);
    if (idx || gzip || begins(b, got, "\x93", 1)) return CONTENT_ARRAY;
    bool short_header =
        got > 8 && memcmp(b + 4, "\0\0\0\0", 4) == 0; /* its length comes first, and may look like text */
    if (got > 8 && b[8] == '{' && (short_header || !is_json(b, 8))) return CONTENT_SAFETENSORS;
    if (begins(b, got, "\x89PNG", 4)) return CONTENT_PNG;
    if (picture_by(b, got)) return CONTENT_PICTURE;
    if (is_json(b, got)) return CONTENT_JSON;
    return got ? CONTENT_OTHER : CONTENT_EMPTY;
}

/* The first bytes of a file. False if it cannot be read. */
static bool look(const char *path, unsigned char b[LOOKED_AT], size_t *got)
{
    FILE *in = fopen(path, "rb");
    if (!in) return false;
    *got = fread(b, 1, LOOKED_AT, in);
    fclose(in);
    return true;
}

content content_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) return CONTENT_OTHER;
    if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? CONTENT_OTHER : CONTENT_STREAM;
    unsigned char b[LOOKED_AT] = {0};
    size_t got;
    return look(path, b, &got) ? content_by(b, got) : CONTENT_OTHER;
}

/* Can it be pasted into a command line as it is? */
static bool is_plain(const char *path)
{
    return *path != '-' && !path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789/._-+,=@")];
}

int fail_picture(const char *path)
{
    unsigned char b[LOOKED_AT] = {0};
    size_t got;
    const char *format = look(path, b, &got) ? picture_by(b, got) : NULL;
    const char *file = is_plain(path) ? path : "FILE";
    return fail_at(EXIT_DATA, path,
                   "is a %s, and linnet reads PNG: save it as PNG in any image program, or with ImageMagick: "
                   "convert %.500s %.500s.png",
                   format ? format : "picture", file, file);
}
