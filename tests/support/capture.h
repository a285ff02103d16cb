/* tests/support/capture.h: what a function prints to stdout, as text. */
#ifndef LINNET_TESTS_CAPTURE_H
#define LINNET_TESTS_CAPTURE_H

#include "support/support.h"

#include <stdio_ext.h>
#include <unistd.h>

typedef struct capture {
    FILE *file;
    int saved;
    char text[1 << 15];
} capture;

/* Into this file, or, where it is NULL, a temporary one. */
static inline void capture_begin_in(capture *c, FILE *file)
{
    fflush(stdout);
    c->file = file ? file : tmpfile();
    assert_non_null(c->file);
    c->saved = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(c->file), STDOUT_FILENO) >= 0);
}

static inline void capture_begin(capture *c)
{
    capture_begin_in(c, NULL);
}

/* Nothing is asserted before stdout is back, so that a failure can be read. */
static inline const char *capture_end(capture *c)
{
    fflush(stdout);
    __fpurge(stdout); /* what could not be written */
    dup2(c->saved, STDOUT_FILENO);
    close(c->saved);
    rewind(c->file);
    c->text[fread(c->text, 1, sizeof c->text - 1, c->file)] = 0;
    fclose(c->file);
    return c->text;
}

#endif
