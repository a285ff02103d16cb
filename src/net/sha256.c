/* SHA-256 by libcrypto. */
#include "net/net.h"

#include <openssl/evp.h>

/* Never defined: it is libcrypto's context under a name that net.h need not include OpenSSL for. */
static EVP_MD_CTX *evp(lin__sha256 *sha)
{
    return (EVP_MD_CTX *)sha;
}

lin__sha256 *lin__sha256_begin(void)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1) return (lin__sha256 *)md;
    EVP_MD_CTX_free(md);
    return NULL;
}

bool lin__sha256_add(lin__sha256 *sha, const void *data, size_t bytes)
{
    return EVP_DigestUpdate(evp(sha), data, bytes) == 1;
}

bool lin__sha256_end(lin__sha256 *sha, unsigned char digest[LIN__SHA256_BYTES])
{
    bool good = !digest || EVP_DigestFinal_ex(evp(sha), digest, NULL) == 1;
    EVP_MD_CTX_free(evp(sha));
    return good;
}
