/* A page as text, an item a line: what tests compare, to a hundredth of a point. */
#include "report/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Text that grows. */
typedef struct buffer {
    lin_ctx *ctx;
    uint32_t depth;
    char *text;
    size_t used, room;
    bool failed;
} buffer;

static void LIN_PRINTF(2, 3) say(buffer *b, const char *format, ...)
{
    va_list args;
    char piece[256];
    va_start(args, format);
    int length = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    size_t bytes = length < 0 ? 0 : (size_t)length < sizeof piece ? (size_t)length : sizeof piece - 1;
    if (b->failed) return;
    if (b->used + bytes + 1 > b->room) {
        size_t room = 2 * (b->room + bytes) + 4096;
        char *text = lin__alloc(b->ctx, b->depth, room);
        if (!text) {
            b->failed = true;
            return;
        }
        if (b->used) memcpy(text, b->text, b->used);
        b->text = text;
        b->room = room;
    }
    memcpy(b->text + b->used, piece, bytes + 1);
    b->used += bytes;
}

/* -0.00 is 0.00. */
static double hundredths(double x)
{
    return x > -0.005 && x < 0 ? 0 : x;
}

static void say_point(buffer *b, lin__point p)
{
    say(b, " %.2f,%.2f", hundredths(p.x), hundredths(p.y));
}

static void say_box(buffer *b, lin__rect r)
{
    say(b, " %.2f,%.2f %.2fx%.2f", hundredths(r.x), hundredths(r.y), r.w, r.h);
}

/* FNV-1a: the pixels themselves would be too much to read. */
static uint32_t hash(const uint8_t *bytes, int64_t n)
{
    uint32_t h = 2166136261u;
    for (int64_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 16777619u;
    return h;
}

static void say_label(buffer *b, const lin__item *item)
{
    static const char *const anchors[] = {"ends", "centred", "begins"};
    say(b, "text #%06" PRIx32 " %.2f%s%s %s", item->color, item->size, item->bold ? " bold" : "",
        item->upwards ? " upwards" : "", anchors[item->anchor + 1]);
    say_point(b, item->at);
    say(b, " in");
    say_box(b, item->box);
    say(b, ": ");
    for (const char *s = item->text; *s; s++)
        say(b, "%c", *s);
    say(b, "\n");
}

static void say_shape(buffer *b, const lin__item *item)
{
    static const char *const names[] = {[LIN__FILL] = "fill", [LIN__STROKE] = "line", [LIN__DISCS] = "discs"};
    say(b, "%s #%06" PRIx32, names[item->kind], item->color);
    if (item->alpha < 1) say(b, " alpha %.2f", item->alpha);
    if (item->kind == LIN__STROKE) say(b, " width %.2f", item->width);
    if (item->kind == LIN__DISCS) say(b, " radius %.2f", item->radius);
    for (int i = 0; i < 4 && item->dash[0] > 0; i++)
        say(b, "%s%.2f", i ? "," : " dash ", item->dash[i]);
    say(b, ":");
    for (int64_t i = 0; i < item->count; i++)
        say_point(b, item->points[i]);
    say(b, "\n");
}

static void say_image(buffer *b, const lin__item *item)
{
    say(b, "image %" PRId64 "x%" PRId64 " in", item->columns, item->rows);
    say_box(b, item->box);
    say(b, ": hash %08" PRIx32 "\n", hash(item->rgb, 3 * item->rows * item->columns));
}

const char *lin__page_text(lin_ctx *ctx, const lin__page *page)
{
    buffer b = {.ctx = ctx, .depth = lin__here(ctx)};
    say(&b, "page %.2fx%.2f #%06" PRIx32 "\n", page->width, page->height, page->paper);
    for (int64_t i = 0; i < page->count; i++) {
        const lin__item *item = &page->items[i];
        if (item->kind == LIN__LABEL)
            say_label(&b, item);
        else if (item->kind == LIN__IMAGE)
            say_image(&b, item);
        else
            say_shape(&b, item);
    }
    return b.failed ? NULL : b.text;
}
