/* tests/support/server.h: a small HTTP server in a thread of the test, on 127.0.0.1, for downloads good and bad. The
 * first part of a path says how it answers: /files/NAME sends a file of its folder, /missing/NAME is a 404 … */
#ifndef LINNET_TESTS_SERVER_H
#define LINNET_TESTS_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct server {
    char folder[5000];  /* what /files, /short and /cut send */
    char redirect[256]; /* where /elsewhere/NAME leads, without the name */
    char base[64];      /* http://127.0.0.1:PORT */
    int port;
    int listener;
    atomic_int requests;
    pthread_t thread;
} server;

static inline bool server_send(int fd, const void *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t sent = send(fd, (const char *)data + done, bytes - done, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        done += (size_t)sent;
    }
    return true;
}

/* The head of an answer; a negative length is not told. */
static inline bool server_head(int fd, const char *status, int64_t length, const char *more)
{
    char head[1024], told[64] = "";
    if (length >= 0) snprintf(told, sizeof told, "Content-Length: %lld\r\n", (long long)length);
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nConnection: close\r\n%s%s\r\n", status, told, more);
    return server_send(fd, head, strlen(head));
}

/* `told` is the length in the head: more than what is sent, or negative for none. */
static inline void server_send_file(const server *s, int fd, const char *name, int64_t told_more, bool half)
{
    char path[sizeof s->folder + 300];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        server_head(fd, "404 Not Found", 0, "");
        return;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)size + 1);
    size_t got = bytes ? fread(bytes, 1, (size_t)size, file) : 0;
    if (server_head(fd, "200 OK", told_more < 0 ? -1 : size + told_more, ""))
        server_send(fd, bytes, half ? got / 2 : got);
    free(bytes);
    fclose(file);
}

static inline void server_send_endlessly(int fd)
{
    static const char zeros[1 << 14];
    if (!server_head(fd, "200 OK", -1, "")) return;
    while (server_send(fd, zeros, sizeof zeros)) {
    }
}

static inline void server_wait_for_the_end(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

static inline void server_answer(server *s, int fd, const char *how, const char *name)
{
    char location[768];
    snprintf(location, sizeof location, "Location: %s/%s\r\n", s->redirect, name);
    if (!strcmp(how, "files")) server_send_file(s, fd, name, 0, false);
    if (!strcmp(how, "short")) server_send_file(s, fd, name, 100, false);
    if (!strcmp(how, "cut")) server_send_file(s, fd, name, -1, true);
    if (!strcmp(how, "missing")) server_head(fd, "404 Not Found", 0, "");
    if (!strcmp(how, "nothing")) server_head(fd, "204 No Content", -1, "");
    if (!strcmp(how, "long")) server_head(fd, "200 OK", (int64_t)1 << 40, "");
    if (!strcmp(how, "endless")) server_send_endlessly(fd);
    if (!strcmp(how, "elsewhere")) server_head(fd, "302 Found", 0, location);
    if (!strcmp(how, "silent")) server_wait_for_the_end(fd);
    if (!strcmp(how, "stalled") && server_head(fd, "200 OK", 500, "")) server_wait_for_the_end(fd);
    /* whatever else: closed without a word */
}

static inline void server_serve(server *s, int fd)
{
    char request[4096], how[64], name[256];
    size_t used = 0;
    while (used < sizeof request - 1) {
        ssize_t got = recv(fd, request + used, sizeof request - 1 - used, 0);
        if (got <= 0) return;
        used += (size_t)got;
        request[used] = '\0';
        if (strstr(request, "\r\n\r\n")) break;
    }
    atomic_fetch_add(&s->requests, 1);
    if (sscanf(request, "GET /%63[^/ ]/%255[^ ] ", how, name) == 2) server_answer(s, fd, how, name);
}

static inline void *server_run(void *arg)
{
    server *s = arg;
    for (int fd; (fd = accept(s->listener, NULL, NULL)) >= 0; close(fd))
        server_serve(s, fd);
    return NULL;
}

static inline bool server_start(server *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, size) || listen(s->listener, 16) ||
        getsockname(s->listener, (struct sockaddr *)&at, &size))
        return false;
    s->port = ntohs(at.sin_port);
    snprintf(s->base, sizeof s->base, "http://127.0.0.1:%d", s->port);
    return pthread_create(&s->thread, NULL, server_run, s) == 0;
}

static inline void server_stop(server *s)
{
    shutdown(s->listener, SHUT_RDWR); /* ends the accept */
    pthread_join(s->thread, NULL);
    close(s->listener);
}

#endif
