/* Downloads by libcurl. Which addresses may be asked is decided here, for each hop of a redirect anew: the URL is parsed
 * once, and what was judged is what curl is given. */
#include "net/net.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { MOST_REDIRECTS = 8, STALLED_BYTES_PER_SECOND = 1024 };

typedef struct transfer {
    const lin__net_request *request;
    CURL *curl;
    CURLU *url;
    int64_t got;
    char *text; /* the reason of a failure; curl's own words come from `curl_text` */
    char curl_text[CURL_ERROR_SIZE];
} transfer;

static bool failed(transfer *t, const char *why)
{
    snprintf(t->text, LIN__NET_TEXT, "%s", why);
    return false;
}

/* ---- Who may be asked ----------------------------------------------------------------------------- */

static bool is_this_machine(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcasecmp(host, "localhost") == 0) return true;
    if (inet_pton(AF_INET, host, &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
    char bare[INET6_ADDRSTRLEN]; /* curl has the brackets on */
    size_t length = strlen(host);
    if (length < 2 || length - 2 >= sizeof bare || host[0] != '[') return false;
    memcpy(bare, host + 1, length - 2);
    bare[length - 2] = '\0';
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Take `url`, if it may be asked. */
static bool go_to(transfer *t, const char *url)
{
    char *scheme = NULL, *host = NULL;
    bool parsed = curl_url_set(t->url, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  curl_url_get(t->url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  curl_url_get(t->url, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    bool https = parsed && strcmp(scheme, "https") == 0;
    bool http = parsed && strcmp(scheme, "http") == 0;
    bool good = https || (http && is_this_machine(host));
    if (!good)
        snprintf(t->text, LIN__NET_TEXT, "%.300s: %s", url,
                 http ? "http is for this machine only (127.0.0.0/8, ::1, localhost): use https" : "not an https URL");
    /* A proxy would carry what is meant for this machine away from it; NULL: the environment names one, or none. */
    good = good && curl_easy_setopt(t->curl, CURLOPT_PROXY, http ? "" : NULL) == CURLE_OK;
    curl_free(scheme);
    curl_free(host);
    return good;
}

/* ---- A transfer ----------------------------------------------------------------------------------- */

static long status_of(const transfer *t)
{
    long status = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static bool too_much(transfer *t)
{
    snprintf(t->text, LIN__NET_TEXT, "the server sends more than the %" PRId64 " bytes expected at most",
             t->request->limit);
    return false;
}

/* curl's write function: takes all, or ends the transfer by taking nothing. */
static size_t take(char *data, size_t one, size_t bytes, void *user)
{
    (void)one; /* always 1 */
    transfer *t = user;
    t->got += (int64_t)bytes;
    if (t->got > t->request->limit) return too_much(t);
    if (status_of(t) != 200) return bytes; /* the words around a redirect */
    if (t->request->write(t->request->user, data, bytes)) return bytes;
    return failed(t, "what came could not be kept");
}

static bool set_up(transfer *t)
{
    const lin__net_request *r = t->request;
    CURL *c = t->curl;
    return curl_easy_setopt(c, CURLOPT_CURLU, t->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->curl_text) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, r->agent) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)r->limit) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)r->connect_seconds) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)r->stall_seconds) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)STALLED_BYTES_PER_SECOND) == CURLE_OK;
}

/* curl's verdict in words, where `take` has not said it already. */
static bool explain(transfer *t, CURLcode code)
{
    if (*t->text) return false;
    if (code == CURLE_FILESIZE_EXCEEDED) return too_much(t);
    if (code == CURLE_HTTP_RETURNED_ERROR || code == CURLE_OK) {
        snprintf(t->text, LIN__NET_TEXT, "the server answers with status %ld", status_of(t));
        return false;
    }
    return failed(t, *t->curl_text ? t->curl_text : curl_easy_strerror(code));
}

/* Ask, and ask again where the answer is "elsewhere". */
static bool follow(transfer *t)
{
    const char *url = t->request->url;
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
        if (!go_to(t, url)) return *t->text ? false : failed(t, "curl refuses an option");
        t->got = 0;
        CURLcode code = curl_easy_perform(t->curl);
        if (code != CURLE_OK) return explain(t, code);
        if (status_of(t) == 200) return true;
        char *elsewhere = NULL;
        if (curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &elsewhere) != CURLE_OK || !elsewhere)
            return explain(t, code);
        url = elsewhere; /* curl's, until the next transfer: parsed before that begins */
    }
    return failed(t, "the server redirects in a circle");
}

/* ---- SIGPIPE -------------------------------------------------------------------------------------- */

/* A connection closed by its other end may raise SIGPIPE under TLS. It is held back in this thread alone, so that the
 * program's own handling of it stays as it is; one that came from here is taken away. */
typedef struct pipe_guard {
    sigset_t before, pipe;
    bool was_pending;
} pipe_guard;

static void hold_sigpipe(pipe_guard *g)
{
    sigset_t pending;
    sigemptyset(&g->pipe);
    sigaddset(&g->pipe, SIGPIPE);
    g->was_pending = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &g->pipe, &g->before);
}

static void let_sigpipe(pipe_guard *g)
{
    static const struct timespec at_once = {0};
    if (!g->was_pending)
        while (sigtimedwait(&g->pipe, NULL, &at_once) == SIGPIPE) {
        }
    pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

/* ---- The door -------------------------------------------------------------------------------------- */

static bool curl_is_up;

static void start_curl(void)
{
    curl_is_up = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

bool lin__download(const lin__net_request *request, char text[LIN__NET_TEXT])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    transfer t = {.request = request, .text = text};
    *text = '\0';
    pthread_once(&once, start_curl);
    if (!curl_is_up) return failed(&t, "libcurl cannot start");
    t.curl = curl_easy_init();
    t.url = curl_url();
    pipe_guard guard;
    hold_sigpipe(&guard);
    bool good = t.curl && t.url && set_up(&t) ? follow(&t) : failed(&t, "libcurl cannot be set up");
    curl_easy_cleanup(t.curl);
    curl_url_cleanup(t.url);
    let_sigpipe(&guard);
    return good;
}
