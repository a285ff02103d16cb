/* The net part by itself: SHA-256, and what may be downloaded from where. */
#include "data/known.h"

#include "support/files.h"
#include "support/server.h"

#include <signal.h>

static server web;
static const lin__net *net;

typedef struct received {
    size_t bytes;
    char text[64];
    bool refuse;
} received;

static bool receive(void *user, const void *data, size_t bytes)
{
    received *r = user;
    for (size_t i = 0; i < bytes && r->bytes + i < sizeof r->text - 1; i++)
        r->text[r->bytes + i] = ((const char *)data)[i];
    r->bytes += bytes;
    return !r->refuse;
}

static bool get(const char *url, int64_t limit, received *r, char why[LIN__NET_TEXT])
{
    const lin__net_request request = {
        .url = url,
        .agent = "linnet/test",
        .limit = limit,
        .connect_seconds = 5,
        .stall_seconds = 1,
        .write = receive,
        .user = r,
    };
    return net->download(&request, why);
}

/* Fetching PATH from the server fails with these words; nothing but the path's own bytes came before. */
static void fails(const char *path, const char *words)
{
    char url[512], why[LIN__NET_TEXT];
    received r = {0};
    snprintf(url, sizeof url, "%s%s", web.base, path);
    assert_false(get(url, 1000, &r, why));
    if (!strstr(why, words)) fail_msg("%s: \"%s\" is not in \"%s\"", path, words, why);
}

/* The URL is refused, and nobody was asked. */
static void refused(const char *url, const char *words)
{
    char why[LIN__NET_TEXT];
    received r = {0};
    int before = atomic_load(&web.requests);
    assert_false(get(url, 1000, &r, why));
    if (!strstr(why, words)) fail_msg("%s: \"%s\" is not in \"%s\"", url, words, why);
    assert_int_equal(atomic_load(&web.requests), before);
    assert_int_equal(r.bytes, 0);
}

static void refused_here(const char *format, const char *words)
{
    char url[512];
    snprintf(url, sizeof url, format, web.port); // NOLINT(clang-diagnostic-format-nonliteral)
    refused(url, words);
}

/* ---- SHA-256 --------------------------------------------------------------------------------------- */

static void check_sha256(const char *text, int times, const char *expected)
{
    unsigned char digest[LIN__SHA256_BYTES];
    char hex[2 * LIN__SHA256_BYTES + 1];
    lin__sha256 *sha = net->sha256_begin();
    assert_non_null(sha);
    for (int i = 0; i < times; i++)
        assert_true(net->sha256_add(sha, text, strlen(text)));
    assert_true(net->sha256_end(sha, digest));
    for (int i = 0; i < LIN__SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
}

/* FIPS 180-4's examples. */
static void sha256_is_sha256(void **state)
{
    (void)state;
    check_sha256("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha256("aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_true(net->sha256_end(net->sha256_begin(), NULL)); /* dropped: the leak checkers watch */
}

/* ---- What comes ------------------------------------------------------------------------------------ */

static void good(const char *path)
{
    char url[512], why[LIN__NET_TEXT];
    received r = {0};
    snprintf(url, sizeof url, "%s%s", web.base, path);
    if (!get(url, 1000, &r, why)) fail_msg("%s: %s", path, why);
    assert_string_equal(r.text, "seven\nand more\n");
}

static void a_file_comes_whole(void **state)
{
    (void)state;
    good("/files/page");
    char url[512], why[LIN__NET_TEXT];
    received r = {0};
    snprintf(url, sizeof url, "http://LOCALHOST:%d/files/page", web.port);
    if (!get(url, 15, &r, why)) fail_msg("%s: %s", url, why); /* 15: the limit is what may come */
    r = (received){0};
    snprintf(url, sizeof url, "http://127.1:%d/files/page", web.port); /* 127.0.0.1, as inet_aton reads it */
    if (!get(url, 15, &r, why)) fail_msg("%s: %s", url, why);
}

static void a_proxy_is_not_asked_for_this_machine(void **state)
{
    (void)state;
    setenv("http_proxy", "http://192.0.2.1:9", 1);
    setenv("all_proxy", "http://192.0.2.1:9", 1);
    good("/files/page");
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

static void bad_answers(void **state)
{
    (void)state;
    fails("/missing/page", "the server answers with status 404");
    fails("/files/other", "the server answers with status 404");
    fails("/nothing/page", "the server answers with status 204");
    fails("/short/page", "100 bytes");
    fails("/closed/page", "mpty reply");
    fails("/long/page", "the server sends more than the 1000 bytes expected at most");
    fails("/endless/page", "the server sends more than the 1000 bytes expected at most");
}

static void a_server_that_falls_silent(void **state)
{
    (void)state;
    fails("/silent/page", "too slow");
    fails("/stalled/page", "too slow");
}

static void nobody_listens(void **state)
{
    (void)state;
    char why[LIN__NET_TEXT];
    received r = {0};
    assert_false(get("http://127.0.0.1:1/files/page", 1000, &r, why));
    assert_non_null(strstr(why, "connect to"));
}

static void the_receiver_may_end_it(void **state)
{
    (void)state;
    char url[512], why[LIN__NET_TEXT];
    received r = {.refuse = true};
    snprintf(url, sizeof url, "%s/endless/page", web.base);
    assert_false(get(url, (int64_t)1 << 40, &r, why));
    assert_string_equal(why, "what came could not be kept");
}

/* ---- Who may be asked ------------------------------------------------------------------------------ */

/* 0.0.0.0 reaches this machine's own server, and so shows whether it was asked; yet it is no loopback address. */
static void only_https_but_to_this_machine(void **state)
{
    (void)state;
    const char *http = "http is for this machine only (127.0.0.0/8, ::1, localhost): use https";
    refused_here("http://0.0.0.0:%d/files/page", http);
    refused_here("http://127.0.0.1@0.0.0.0:%d/files/page", http);
    refused_here("http://0:%d/files/page", http);
    refused_here("http://[::]:%d/files/page", http);
    refused_here("http://[::ffff:0.0.0.0]:%d/files/page", http);
    refused("http://example.com/page", http);
    refused("http://localhost.example.com/page", http);
    refused("http://127.0.0.1.example.com/page", http);
    refused("HTTP://192.0.2.1/page", http);
    refused("file:///etc/passwd", "file:///etc/passwd: not an https URL");
    refused("ftp://127.0.0.1/page", "not an https URL");
    refused_here("gopher://127.0.0.1:%d/files/page", "not an https URL");
    refused_here("127.0.0.1:%d/files/page", "not an https URL");
    refused("page", "not an https URL");
    refused("", "not an https URL");
    refused("http://", "not an https URL");
}

/* Allowed, though nobody may listen there: another reason than the rule's. */
static void loopback_by_its_other_names(void **state)
{
    (void)state;
    static const char *const urls[] = {"http://[::1]:1/page", "http://127.200.3.4:1/page", "https://127.0.0.1:1/page"};
    for (int i = 0; i < 3; i++) {
        char why[LIN__NET_TEXT];
        received r = {0};
        assert_false(get(urls[i], 1000, &r, why));
        if (strstr(why, "http is") || strstr(why, "https URL")) fail_msg("%s: %s", urls[i], why);
    }
}

static void redirects(void **state)
{
    (void)state;
    snprintf(web.redirect, sizeof web.redirect, "%s/files", web.base);
    good("/elsewhere/page");
    snprintf(web.redirect, sizeof web.redirect, "/files");
    good("/elsewhere/page");
    snprintf(web.redirect, sizeof web.redirect, "/missing");
    fails("/elsewhere/page", "the server answers with status 404");
    int before = atomic_load(&web.requests);
    snprintf(web.redirect, sizeof web.redirect, "http://0.0.0.0:%d/files", web.port);
    fails("/elsewhere/page", "/files/page: http is for this machine only");
    snprintf(web.redirect, sizeof web.redirect, "file:///etc");
    fails("/elsewhere/passwd", "file:///etc/passwd: not an https URL");
    assert_int_equal(atomic_load(&web.requests), before + 2); /* the two redirects, and nothing after them */
    snprintf(web.redirect, sizeof web.redirect, "/elsewhere");
    fails("/elsewhere/page", "the server redirects in a circle");
}

/* `openssl s_server`, for one visit, with a certificate that it signed itself. Its port is 0 where there is no such program. */
static FILE *serve_tls(int *port)
{
    const char *key = in_folder("key.pem"), *certificate = in_folder("certificate.pem");
    char command[4 * sizeof test_folder], line[256];
    snprintf(
        command, sizeof command,
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout '%s' -out '%s' 2>/dev/null && "
        "exec openssl s_server -accept 127.0.0.1:0 -naccept 1 -www -key '%s' -cert '%s' 2>/dev/null",
        key, certificate, key, certificate);
    FILE *out = popen(command, "r");
    *port = 0;
    while (out && *port == 0 && fgets(line, sizeof line, out))
        sscanf(line, "ACCEPT 127.0.0.1:%d", port);
    return out;
}

static void a_certificate_that_nobody_signed(void **state)
{
    (void)state;
    char url[64], why[LIN__NET_TEXT];
    received r = {0};
    int port;
    FILE *server = serve_tls(&port);
    snprintf(url, sizeof url, "https://localhost:%d/", port);
    bool came = port && get(url, 1000000, &r, why);
    if (server) pclose(server);
    if (!port) skip(); /* there is no openssl program */
    assert_false(came);
    if (!strstr(why, "certificate")) fail_msg("%s", why);
    assert_int_equal(r.bytes, 0);
}

static void signals_are_left_as_they_were(void **state)
{
    (void)state;
    sigset_t before, after;
    struct sigaction action_before, action_after;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    sigaction(SIGPIPE, NULL, &action_before);
    good("/files/page");
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    sigaction(SIGPIPE, NULL, &action_after);
    for (int i = 1; i < NSIG; i++)
        assert_int_equal(sigismember(&before, i), sigismember(&after, i));
    assert_true(action_before.sa_handler == action_after.sa_handler);
}

/* ---- The group ------------------------------------------------------------------------------------- */

static int start(void **state)
{
    static const char page[] = "seven\nand more\n";
    if (new_folder(state)) return -1;
    put_file(in_folder("page"), page, strlen(page));
    snprintf(web.folder, sizeof web.folder, "%s", test_folder);
    return server_start(&web) ? 0 : -1;
}

static int stop(void **state)
{
    server_stop(&web);
    return remove_folder(state);
}

int main(void)
{
    const char *why = "";
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    lin_ctx *ctx = lin_ctx_new(NULL);
    if (!ctx || lin__net_find(ctx, &net, &why) || (!net && LINNET_HAS_NET)) {
        printf("the net part cannot be opened: %s %s\n", lin_error(ctx), why);
        return 1;
    }
    if (!net) {
        printf("SKIPPED: built without the net part: %s\n", why);
        lin_ctx_free(ctx);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_sha256),
        cmocka_unit_test(a_file_comes_whole),
        cmocka_unit_test(a_proxy_is_not_asked_for_this_machine),
        cmocka_unit_test(bad_answers),
        cmocka_unit_test(a_server_that_falls_silent),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(the_receiver_may_end_it),
        cmocka_unit_test(only_https_but_to_this_machine),
        cmocka_unit_test(loopback_by_its_other_names),
        cmocka_unit_test(redirects),
        cmocka_unit_test(a_certificate_that_nobody_signed),
        cmocka_unit_test(signals_are_left_as_they_were),
    };
    int failed = cmocka_run_group_tests(tests, start, stop);
    lin_ctx_free(ctx);
    return failed;
}
