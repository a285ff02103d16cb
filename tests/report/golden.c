/* Every figure of the gallery against what is stored in golden/: its scene and its frames word by word, its pixels within a
 * tolerance; and no text over another or beyond the page, at three sizes.
 *
 *     report_golden [--bless] [NAME…]
 */
#include "gallery.h"
#include "report/page.h"
#include "report/pictures.h"
#include "support/leaks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOLDEN LINNET_SOURCE_DIR "/tests/report/golden/"

static bool blessing;
static int failures, compared, left_out;

static void fault(const char *name, const char *what)
{
    printf("%s: %s\n", name, what);
    failures++;
}

/* ---- Texts ------------------------------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (text) text[fread(text, 1, (size_t)size, file)] = '\0';
    fclose(file);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    if (!file || fputs(text, file) < 0) fault(path, "cannot be written");
    if (file) fclose(file);
}

/* The first line in which two texts differ. */
static void say_difference(const char *path, const char *now, const char *stored)
{
    int line = 1;
    const char *a = now, *b = stored;
    while (*a && *a == *b) {
        if (*a == '\n') {
            line++;
            now = a + 1;
            stored = b + 1;
        }
        a++;
        b++;
    }
    printf("%s:%d:\n  stored: %.*s\n  now:    %.*s\n", path, line, (int)strcspn(stored, "\n"), stored,
           (int)strcspn(now, "\n"), now);
    failures++;
}

static void compare_text(const char *name, const char *ending, const char *now)
{
    char path[512];
    snprintf(path, sizeof path, GOLDEN "%s.%s", name, ending);
    if (!now) {
        fault(path, "nothing was drawn");
        return;
    }
    if (blessing) write_file(path, now);
    char *stored = read_file(path);
    if (!stored)
        fault(path, "is not stored: run with --bless, and look at it");
    else if (strcmp(now, stored) != 0)
        say_difference(path, now, stored);
    free(stored);
    compared++;
}

/* ---- Scenes ------------------------------------------------------------------------------------------------- */

static bool overlap(const lin__rect *a, const lin__rect *b)
{
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* No text over another, none beyond the page. */
static void check_boxes(const char *name, double scale, const lin__page *page)
{
    for (int64_t i = 0; i < page->count; i++) {
        const lin__item *a = &page->items[i];
        if (a->kind != LIN__LABEL) continue;
        const lin__rect *r = &a->box;
        if (r->x < 0 || r->y < 0 || r->x + r->w > page->width || r->y + r->h > page->height) {
            printf("%s at scale %g: \"%s\" leaves the page\n", name, scale, a->text);
            failures++;
        }
        for (int64_t j = 0; j < i; j++) {
            const lin__item *b = &page->items[j];
            if (b->kind != LIN__LABEL || !overlap(r, &b->box)) continue;
            printf("%s at scale %g: \"%s\" stands over \"%s\"\n", name, scale, a->text, b->text);
            failures++;
        }
    }
}

static void check_scene(const gallery_entry *e, lin_figure *f)
{
    static const double scales[] = {1, 0.8, 1.7};
    double width = f->width, height = f->height;
    for (int i = 0; i < 3; i++) {
        lin__page page;
        f->width = width * scales[i];
        f->height = height * scales[i];
        if (lin__page_of(f, e->theme, &page)) {
            fault(e->name, "no page");
            continue;
        }
        check_boxes(e->name, scales[i], &page);
        if (i == 0) compare_text(e->name, "scene", lin__page_text(f->ctx, &page));
    }
    f->width = width;
    f->height = height;
}

/* ---- Frames ------------------------------------------------------------------------------------------------- */

static void compare_frame(const char *name, lin_figure *f, const char *ending, lin_terminal t)
{
    compare_text(name, ending, lin_frame(f, &t));
}

static void check_frames(const gallery_entry *e, lin_figure *f)
{
    if (e->theme == LIN_DARK) return; /* the same figures as the light ones */
    compare_frame(e->name, f, "80x24.txt", (lin_terminal){.columns = 80, .rows = 24});
    compare_frame(e->name, f, "200x50.txt", (lin_terminal){.columns = 200, .rows = 50});
    if (!e->in_color) return;
    compare_frame(e->name, f, "80x24.ascii.txt", (lin_terminal){.columns = 80, .rows = 24, .ascii = true});
    compare_frame(e->name, f, "80x24.256.txt",
                  (lin_terminal){.columns = 80, .rows = 24, .colors = LIN_COLORS_256, .theme = LIN_DARK});
    compare_frame(e->name, f, "80x24.true.txt",
                  (lin_terminal){.columns = 80, .rows = 24, .colors = LIN_TRUE_COLORS, .theme = LIN_DARK});
}

/* ---- Pixels ------------------------------------------------------------------------------------------------- */

/* Other versions of the font library smooth edges in another way, so single pixels may differ, a little of them
 * much. */
static void compare_pixels(const char *path, lin_tensor *now, lin_tensor *stored)
{
    const double most_mean = 1.0, most_share = 0.005, much = 96;
    const uint8_t *a = lin_u8(now), *b = lin_u8(stored);
    if (!a || !b || lin_numel(now) != lin_numel(stored) || lin_dim(now, 0) != lin_dim(stored, 0)) {
        fault(path, "has another size");
        return;
    }
    double sum = 0, far = 0, n = (double)lin_numel(now);
    for (int64_t i = 0; i < lin_numel(now); i++) {
        double d = a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
        sum += d;
        far += d > much;
    }
    if (sum / n > most_mean || far / n > most_share) {
        printf("%s: pixels differ by %.2f on average, %.2f %% of them by much\n", path, sum / n, 100 * far / n);
        failures++;
    }
}

/* Are the fonts here those with which the pictures were stored? */
static bool same_fonts(const lin__pictures *pictures, const gallery_entry *e)
{
    char family[LIN__PICTURES_TEXT];
    pictures->font_family("0", family);
    if (strcmp(family, "DejaVu Sans") != 0) return false;
    if (!e->needs) return true;
    pictures->font_family(e->needs, family);
    return !strcmp(family, "Droid Sans Fallback");
}

static void check_pixels(const gallery_entry *e, lin_figure *f)
{
    char path[512], drawn[64] = "/tmp/linnet-golden-XXXXXX.png";
    const lin__pictures *pictures;
    snprintf(path, sizeof path, GOLDEN "%s.png", e->name);
    if (lin__pictures_find(f->ctx, path, &pictures) || !same_fonts(pictures, e)) {
        lin_error_clear(f->ctx);
        left_out++;
        return;
    }
    const lin_savefig_options options = {.theme = e->theme, .dpi = 100};
    int fd = mkstemps(drawn, 4);
    if (fd < 0 || lin_savefig(f, blessing ? path : drawn, &options)) {
        fault(e->name, lin_error(f->ctx));
    } else {
        lin_tensor *now = lin_imread(f->ctx, blessing ? path : drawn), *stored = lin_imread(f->ctx, path);
        if (now && stored)
            compare_pixels(path, now, stored);
        else
            fault(e->name, lin_error(f->ctx));
        compared++;
    }
    if (fd >= 0) {
        close(fd);
        unlink(drawn);
    }
}

/* ---- All of them --------------------------------------------------------------------------------------------- */

static void check(const gallery_entry *e)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42});
    lin_figure *f = e->make(ctx);
    if (!f || lin_error_code_of(ctx)) {
        fault(e->name, lin_error(ctx));
    } else {
        check_scene(e, f);
        check_frames(e, f);
        check_pixels(e, f);
    }
    lin_ctx_free(ctx);
}

static bool chosen(const char *name, int count, char *const *names)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(name, names[i])) return true;
    return count == 0;
}

int main(int argc, char **argv)
{
    blessing = argc > 1 && !strcmp(argv[1], "--bless");
    int first = blessing ? 2 : 1;
    for (int i = 0; i < gallery_count; i++)
        if (chosen(gallery[i].name, argc - first, argv + first)) check(&gallery[i]);
    printf("%d %s, %d failures", compared, blessing ? "stored" : "compared", failures);
    if (left_out) printf("; skipped: the pixels of %d figures (no pictures part, or other fonts)", left_out);
    printf("\n");
    return failures || !compared;
}
