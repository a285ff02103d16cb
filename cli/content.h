/* cli/content.h: what a file is, by its first bytes. */
#ifndef LINNET_CLI_CONTENT_H
#define LINNET_CLI_CONTENT_H

typedef enum content {
    CONTENT_OTHER, /* nothing that is told apart here, or not to be read: reading it will say why */
    CONTENT_ARRAY, /* npy or IDX, gzipped or not */
    CONTENT_SAFETENSORS,
    CONTENT_PNG,
    CONTENT_PICTURE, /* JPEG, GIF, BMP, WebP */
    CONTENT_JSON,
    CONTENT_STREAM, /* no plain file */
    CONTENT_EMPTY
} content;

content content_of(const char *path);
/* It is a CONTENT_PICTURE: fail with what it is, and how to make a PNG of it. */
int fail_picture(const char *path);

#endif
