/* Every figure of the gallery when there is no memory: the N-th allocation fails, or all from the N-th on, for every
 * N. Then a figure, a frame and a page are whole, or missing with "out of memory" as the cause. The linker sends the
 * library's calls through the wrappers here. */
#include "gallery.h"
#include "report/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int calls, fail_at = -1;
static bool goes_on;

static bool granted(void)
{
    int n = calls++;
    return fail_at < 0 || n < fail_at || (n > fail_at && !goes_on);
}

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    return granted() ? __real_malloc(bytes) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return granted() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *p, size_t bytes)
{
    return granted() ? __real_realloc(p, bytes) : NULL;
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    return granted() ? __real_aligned_alloc(align, bytes) : NULL;
}

/* What comes of a figure: its frame and its page as text, NULL where they failed. */
typedef struct result {
    char *frame, *page;
    int code;
} result;

static char *copy_of(const char *text)
{
    if (!text) return NULL;
    char *copy = __real_malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static result run(const gallery_entry *e)
{
    result r = {0};
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 1});
    if (!ctx) return (result){.code = LIN_ENOMEM};
    lin_figure *f = e->make(ctx);
    lin__page page;
    if (f && !lin_error_code_of(ctx)) {
        r.frame = copy_of(lin_frame(f, &(lin_terminal){.colors = LIN_TRUE_COLORS}));
        if (r.frame && !lin__page_of(f, e->theme, &page)) r.page = copy_of(lin__page_text(ctx, &page));
    }
    r.code = lin_error_code_of(ctx);
    lin_ctx_free(ctx);
    return r;
}

static void forget(result *r)
{
    free(r->frame);
    free(r->page);
}

/* Whole, or missing for the right reason. */
static bool is_right(const result *r, const result *whole)
{
    if (r->frame && strcmp(r->frame, whole->frame) != 0) return false;
    if (r->page && strcmp(r->page, whole->page) != 0) return false;
    return r->frame && r->page ? r->code == 0 : r->code == LIN_ENOMEM;
}

static int check(const gallery_entry *e)
{
    int failures = 0;
    fail_at = -1;
    calls = 0;
    result whole = run(e);
    int most = calls;
    for (int n = 0; n < most; n++)
        for (int on = 0; on < 2; on++) {
            calls = 0;
            fail_at = n;
            goes_on = on;
            result r = run(e);
            fail_at = -1;
            if (!is_right(&r, &whole)) {
                printf("%s: allocation %d of %d fails%s: frame %s, page %s, %s\n", e->name, n, most,
                       on ? ", and all after it" : "", r.frame ? "drawn" : "missing", r.page ? "drawn" : "missing",
                       lin_error_name(r.code));
                failures++;
            }
            forget(&r);
        }
    forget(&whole);
    printf("%s: %d allocations\n", e->name, most);
    return failures;
}

int main(void)
{
    int failures = 0;
    for (int i = 0; i < gallery_count; i++)
        failures += check(&gallery[i]);
    return failures != 0;
}
