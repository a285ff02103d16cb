/* net/net.h: the net part as the rest of the house sees it: a table of functions, the one symbol of linnet-net.so.
 * The module knows nothing of the house: no context, no causes. What fails says why in a text. */
#ifndef LINNET_NET_NET_H
#define LINNET_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIN__NET_MODULE "linnet-net.so"
#define LIN__NET_SYMBOL "lin__net_table"

/* The version grows with every change of this header: library and module may come from two builds. */
enum { LIN__NET_VERSION = 1, LIN__NET_TEXT = 512, LIN__SHA256_BYTES = 32 };

typedef struct lin__sha256 lin__sha256;

typedef struct lin__net_request {
    const char *url;   /* https, or http to this machine: 127.0.0.0/8, ::1, localhost. So must be where it redirects */
    const char *agent; /* how to present oneself */
    int64_t limit;     /* the most bytes that may come */
    int connect_seconds; /* the longest wait for a connection */
    int stall_seconds;   /* give up when less than 1 KiB a second came for so long */
    bool (*write)(void *user, const void *data, size_t bytes); /* what came, in order; false ends it */
    void *user;
} lin__net_request;

typedef struct lin__net {
    uint32_t version; /* LIN__NET_VERSION; nothing else is looked at before it */
    /* NULL where libcrypto has no memory, or no SHA-256. */
    lin__sha256 *(*sha256_begin)(void);
    bool (*sha256_add)(lin__sha256 *sha, const void *data, size_t bytes);
    /* Ends it; digest NULL: drops it. */
    bool (*sha256_end)(lin__sha256 *sha, unsigned char digest[LIN__SHA256_BYTES]);
    /* Fetch a file, whole; false with the reason in `text`. */
    bool (*download)(const lin__net_request *request, char text[LIN__NET_TEXT]);
} lin__net;

/* ---- Within the module ---------------------------------------------------------------------------- */
lin__sha256 *lin__sha256_begin(void);
bool lin__sha256_add(lin__sha256 *sha, const void *data, size_t bytes);
bool lin__sha256_end(lin__sha256 *sha, unsigned char digest[LIN__SHA256_BYTES]);
bool lin__download(const lin__net_request *request, char text[LIN__NET_TEXT]);

#endif
