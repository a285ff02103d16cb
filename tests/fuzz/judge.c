/* One file through its reader, and what a reader promises held against what came. */
#include "fuzz.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the promise allows beside four times the file. */
enum { MEMORY = 64 << 20 };

typedef struct reading {
    int code;
    uint64_t hash;
    char message[1200];
} reading;

int fuzz_file(void)
{
    static int fd = -1;
    if (fd < 0) fd = memfd_create("mutant", MFD_CLOEXEC);
    return fd;
}

static void path_of(char path[40], int fd)
{
    snprintf(path, 40, "/proc/self/fd/%d", fd);
}

/* Where copies are saved: in memory where that is possible, as saving waits for the disk. One for each process. */
static const char *copy_path(void)
{
    static char path[80];
    static pid_t owner;
    if (owner == getpid()) return path;
    owner = getpid();
    snprintf(path, sizeof path, "%s/linnet-fuzz-%ld", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)owner);
    return path;
}

/* ---- A refusal ----------------------------------------------------------------------------------- */

/* Is there a figure behind one of these words: the byte, or how long the file is where that is what is wrong with it? */
static bool has_place(const char *text)
{
    static const char *const words[] = {"byte ", "ends after ", "has only ", "has "};
    if (!strncmp(text, ": is empty, ", 12)) return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]), digits = strspn(text + 2 + length, "0123456789");
        if (strncmp(text + 2, words[i], length) != 0 || !digits) continue;
        const char *behind = text + 2 + length + digits;
        return i == 0 ? !strncmp(behind, ": ", 2) || !strncmp(behind, " as stored: ", 12)
                      : !strncmp(behind, " bytes", 6);
    }
    return false;
}

static const char *judge_message(lin_ctx *ctx, int format, const char *path, int code)
{
    const char *text = lin_error(ctx);
    if (code != lin_error_code_of(ctx)) return "another code than the recorded one";
    bool newer = code == LIN_EVERSION && (format == FUZZ_MODEL || format == FUZZ_CHECKPOINT);
    bool another = code == LIN_EMISMATCH && format == FUZZ_CHECKPOINT; /* of another run */
    if (code != LIN_EDATA && !newer && !another) return "not LIN_EDATA";
    if (!lin_error_where(ctx).file || strcmp(lin_error_where(ctx).file, path) != 0) return "the place has another file";
    size_t length = strlen(path);
    if (strncmp(text, path, length) != 0 || strncmp(text + length, ": ", 2) != 0) return "does not begin with the file";
    if (!has_place(text + length)) return "the message says no place";
    char shown[4096]; /* twice the longest message */
    if (strcmp(lin_printable(shown, sizeof shown, text), text) != 0)
        return "the message has bytes that a terminal obeys, or that are no UTF-8";
    return NULL;
}

/* ---- One reading --------------------------------------------------------------------------------- */

static const char *read_once(int format, const char *path, const char *copy, reading *r)
{
    *r = (reading){.hash = 0xcbf29ce484222325u};
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
    if (!ctx) return "no context";
    r->code = fuzz_formats[format].read(ctx, path, copy, &r->hash);
    const char *wrong = NULL;
    if (r->code)
        wrong = judge_message(ctx, format, path, r->code);
    else if (lin_error_code_of(ctx))
        wrong = "read, with a cause recorded";
    snprintf(r->message, sizeof r->message, "%s", lin_error(ctx));
    lin_ctx_free(ctx);
    return wrong;
}

/* All of it stands in the pipe before it is read. */
static const char *read_pipe(int format, const void *data, size_t bytes, reading *r)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return "no pipe";
    if (write(ends[1], data, bytes) != (ssize_t)bytes) return "the pipe does not take it";
    close(ends[1]);
    char path[40];
    path_of(path, ends[0]);
    const char *wrong = read_once(format, path, NULL, r);
    close(ends[0]);
    return wrong;
}

static const char *judge_copy(int format, const char *copy, uint64_t hash)
{
    reading again;
    const char *wrong = read_once(fuzz_formats[format].saved_as, copy, NULL, &again);
    unlink(copy);
    if (wrong) return wrong;
    return again.code ? "what was saved is refused" : again.hash != hash ? "what was saved is something else" : NULL;
}

static const char *judge_readings(int format, const void *data, size_t bytes, bool again_too, reading *first)
{
    char path[40];
    path_of(path, fuzz_file());
    const char *wrong = read_once(format, path, copy_path(), first);
    if (wrong) return wrong;
    if (!first->code && (wrong = judge_copy(format, copy_path(), first->hash))) return wrong;
    if (!again_too) return NULL;
    reading again;
    wrong = read_once(format, path, NULL, &again);
    if (wrong) return wrong;
    if (again.code != first->code || again.hash != first->hash || strcmp(again.message, first->message) != 0)
        return "read again it is something else";
    if (!fuzz_formats[format].streams || bytes > BYTES_ROOM) return NULL;
    wrong = read_pipe(format, data, bytes, &again);
    if (wrong) return wrong;
    return again.code != first->code || again.hash != first->hash ? "from a pipe it is something else" : NULL;
}

/* ---- All of them --------------------------------------------------------------------------------- */

static bool put(const void *data, size_t bytes)
{
    int fd = fuzz_file();
    return fd >= 0 && pwrite(fd, data, bytes, 0) == (ssize_t)bytes && ftruncate(fd, (off_t)bytes) == 0;
}

/* What is allocated once and kept, by the C library say, is no leak: a leak comes every time. */
static const char *judge_memory(int format, const void *data, size_t bytes, bool again, fuzz_verdict *verdict,
                                reading *first)
{
    const char *wrong = NULL;
    for (int turn = 0; turn < 3; turn++) {
        long before = memory_held();
        memory_mark();
        wrong = judge_readings(format, data, bytes, again, first);
        *verdict = (fuzz_verdict){.accepted = !first->code, .memory = memory_most()};
        if (wrong) return wrong;
        if (verdict->memory > MEMORY + 4 * bytes) return "more memory than 64 MB + 4 x the file";
        if (memory_held() == before) return NULL;
    }
    return "memory is not freed";
}

const char *fuzz_judge(int format, const void *data, size_t bytes, bool again, fuzz_verdict *verdict)
{
    static char why[1400];
    reading first = {0};
    *verdict = (fuzz_verdict){0};
    const char *wrong =
        put(data, bytes) ? judge_memory(format, data, bytes, again, verdict, &first) : "the file cannot be written";
    if (!wrong) return NULL;
    snprintf(why, sizeof why, "%s (%s; %zu bytes, %zu of memory)", wrong, first.message, bytes, verdict->memory);
    return why;
}
