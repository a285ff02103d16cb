/* Schedules as text: "step:30:0.1", "warmup:5,cosine". */
#include "optim/optim.h"

#include "base/error.h"
#include "base/region.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NUMBERS = 6, MOST_PARTS = 16, PART_BYTES = 200 };

/* One schedule of a text, taken apart. */
typedef struct part {
    int count;
    double number[MOST_NUMBERS];
    bool absolute, maximize;
    int64_t end; /* the step behind "@", 0 if there is none */
} part;

/* What a schedule is made for: its steps from `begin` up to `end` of the whole, which is not known if it is 0. */
typedef struct span {
    int64_t begin, end;
} span;

static lin_schedule *make_step(lin_optimizer *o, const part *p, span at)
{
    (void)at;
    return lin_step_lr(o, &(lin_step_lr_options){.step_size = (int64_t)p->number[0], .gamma = p->number[1]});
}

static lin_schedule *make_exponential(lin_optimizer *o, const part *p, span at)
{
    (void)at;
    return lin_exponential_lr(o, p->number[0]);
}

static lin_schedule *make_cosine(lin_optimizer *o, const part *p, span at)
{
    int64_t T_max = p->count ? (int64_t)p->number[0] : at.end - at.begin;
    if (p->count || T_max > 0)
        return lin_cosine_annealing_lr(o, &(lin_cosine_annealing_lr_options){.T_max = T_max, .eta_min = p->number[1]});
    if (at.end)
        lin__fail(lin_optimizer_context(o), LIN_EINVAL,
                  "schedule: cosine begins after step %" PRId64 ", but there are only %" PRId64 " steps", at.begin,
                  at.end);
    else
        lin__fail(lin_optimizer_context(o), LIN_EINVAL, "schedule: cosine needs its number of steps: cosine:T_MAX");
    return NULL;
}

static lin_schedule *make_linear(lin_optimizer *o, const part *p, span at)
{
    (void)at;
    return lin_linear_lr(o, &(lin_linear_lr_options){.start_factor = p->number[0],
                                                     .end_factor = p->count > 1 ? &p->number[1] : NULL,
                                                     .total_iters = (int64_t)p->number[2]});
}

static lin_schedule *make_warmup(lin_optimizer *o, const part *p, span at)
{
    (void)at;
    return lin_linear_lr(o,
                         &(lin_linear_lr_options){.start_factor = p->number[1], .total_iters = (int64_t)p->number[0]});
}

static lin_schedule *make_plateau(lin_optimizer *o, const part *p, span at)
{
    (void)at;
    int64_t patience = (int64_t)p->number[1];
    return lin_reduce_lr_on_plateau(
        o, &(lin_reduce_lr_on_plateau_options){.factor = p->number[0],
                                               .patience = p->count > 1 ? &patience : NULL,
                                               .threshold = p->count > 2 ? &p->number[2] : NULL,
                                               .cooldown = (int64_t)p->number[3],
                                               .min_lr = p->number[4],
                                               .eps = p->count > 5 ? &p->number[5] : NULL,
                                               .absolute = p->absolute,
                                               .maximize = p->maximize});
}

/* One row for each name. The numbers whose bit is set must be whole, or above 0. */
typedef struct form {
    const char *name, *usage;
    lin_schedule *(*make)(lin_optimizer *o, const part *p, span at);
    int least, most;
    unsigned whole, positive;
} form;
static const form forms[] = {
    {"step", "step:SIZE[:GAMMA]", make_step, 1, 2, 1, 3},
    {"exponential", "exponential:GAMMA", make_exponential, 1, 1, 0, 1},
    {"cosine", "cosine[:T_MAX[:ETA_MIN]]", make_cosine, 0, 2, 1, 1},
    {"linear", "linear[:START[:END[:TOTAL]]]", make_linear, 0, 3, 4, 5},
    {"plateau", "plateau[:FACTOR[:PATIENCE[:THRESHOLD[:COOLDOWN[:MIN_LR[:EPS]]]]]][:absolute][:maximize]", make_plateau,
     0, 6, 10, 1},
    {"warmup", "warmup:STEPS[:START],SCHEDULE", make_warmup, 1, 2, 1, 3},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* A decimal without a sign, whatever the locale: its point is moved into the exponent. */
static bool read_number(const char *text, double *out)
{
    char digits[PART_BYTES], *end, whole[PART_BYTES + 32];
    int count = 0, behind = 0;
    bool point = false;
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        digits[count++] = *text;
        behind += point;
    }
    long exponent = 0;
    if (count && (*text == 'e' || *text == 'E') && strchr("+-0123456789", text[1])) {
        exponent = strtol(text + 1, &end, 10);
        if (end > text + 1) text = end;
    }
    if (!count || *text || exponent > 9999 || exponent < -9999) return false;
    snprintf(whole, sizeof whole, "%.*se%ld", count, digits, exponent - behind);
    *out = strtod(whole, NULL);
    return true;
}

static bool is_whole(double x)
{
    return x <= 9007199254740992.0 && x == (double)(int64_t)x;
}

static bool refuse(lin_ctx *ctx, const char *text, const char *expected)
{
    lin__fail(ctx, LIN_EINVAL, "schedule \"%.200s\": expected %s", text, expected);
    return false;
}

/* A word behind the name: a number, or what a plateau may say. */
static bool read_word(const form *f, const char *word, part *p)
{
    bool plateau = f->make == make_plateau;
    if (plateau && !strcmp(word, "absolute")) return p->absolute = true;
    if (plateau && !strcmp(word, "maximize")) return p->maximize = true;
    if (p->count == f->most || p->absolute || p->maximize || !read_number(word, &p->number[p->count])) return false;
    double x = p->number[p->count];
    unsigned bit = 1u << p->count++;
    return (!(f->whole & bit) || is_whole(x)) && (!(f->positive & bit) || x > 0);
}

static const form *form_of(const char *name)
{
    for (int i = 0; i < FORMS; i++)
        if (!strcmp(name, forms[i].name)) return &forms[i];
    return NULL;
}

/* Take "NAME:WORD:WORD@END" apart. NULL with a cause. */
static const form *read_part(lin_ctx *ctx, char *text, part *p)
{
    char whole[PART_BYTES];
    snprintf(whole, sizeof whole, "%s", text);
    *p = (part){0};
    double end = 0;
    char *at = strchr(text, '@');
    if (at) *at = 0;
    const form *f = form_of(strsep(&text, ":"));
    if (!f) {
        refuse(ctx, whole, "step, exponential, cosine, linear, plateau or warmup");
        return NULL;
    }
    bool good = !at || (read_number(at + 1, &end) && is_whole(end) && end > 0 && f->make != make_warmup);
    p->end = good ? (int64_t)end : 0;
    for (char *word; good && (word = strsep(&text, ":"));)
        good = read_word(f, word, p);
    return (good && p->count >= f->least) || refuse(ctx, whole, f->usage) ? f : NULL;
}

/* The parts of a text, made one after the other. */
typedef struct reading {
    lin_optimizer *o;
    lin_ctx *ctx;
    int64_t total;
    int count;
    lin_schedule *list[MOST_PARTS];
    int64_t end[MOST_PARTS]; /* where the turn of each ends; the last one's is 0 */
} reading;

static bool add_part(reading *r, char *text)
{
    part p;
    const form *f = read_part(r->ctx, text, &p);
    if (!f) return false;
    int64_t begin = r->count ? r->end[r->count - 1] : 0;
    int64_t end = f->make == make_warmup ? begin + (int64_t)p.number[0] : p.end;
    lin_schedule *s = f->make(r->o, &p, (span){begin, end ? end : r->total});
    r->list[r->count] = s;
    r->end[r->count++] = end;
    return s != NULL;
}

/* All but the last say where they end. */
static bool check_ends(const reading *r, const char *text)
{
    for (int i = 0; i < r->count; i++)
        if ((r->end[i] == 0) != (i + 1 == r->count))
            return refuse(r->ctx, text,
                          r->end[i] ? "a schedule behind the last step: warmup:STEPS,SCHEDULE"
                                    : "the step where each ends but the last: SCHEDULE@STEP,SCHEDULE");
    return true;
}

lin_schedule *lin_schedule_from_text(lin_optimizer *o, const char *text, int64_t total)
{
    if (!lin__is_live(o, "schedule", "optimizer")) return NULL;
    lin_ctx *ctx = lin_optimizer_context(o);
    if (!text) {
        lin__fail_null(ctx, "schedule: the text");
        return NULL;
    }
    reading r = {.o = o, .ctx = ctx, .total = total};
    for (const char *at = text, *comma; at; at = comma ? comma + 1 : NULL) {
        char one[PART_BYTES];
        comma = strchr(at, ',');
        size_t length = comma ? (size_t)(comma - at) : strlen(at);
        if (length >= sizeof one || r.count == MOST_PARTS) {
            refuse(ctx, text, "less text");
            return NULL;
        }
        memcpy(one, at, length);
        one[length] = 0;
        if (!add_part(&r, one)) return NULL;
    }
    if (!check_ends(&r, text)) return NULL;
    return r.count == 1 ? r.list[0] : lin_sequential_lr(o, r.list, r.end, r.count);
}

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

/* ":0.1" at out. */
static char *put_number(char *out, double x)
{
    char number[LIN_NUMBER_SIZE];
    return stpcpy(stpcpy(out, ":"), lin_number_text(number, x, LIN_F64));
}

static char *put_count(char *out, int64_t n)
{
    return out + sprintf(out, ":%" PRId64, n);
}

static char *put_plateau(char *out, const lin__plateau *p)
{
    out = put_count(put_number(out, p->factor), p->patience);
    out = put_count(put_number(out, p->threshold), p->cooldown);
    out = put_number(put_number(out, p->min_lr), p->eps);
    if (p->absolute) out = stpcpy(out, ":absolute");
    return p->maximize ? stpcpy(out, ":maximize") : out;
}

static char *put_schedule(char *out, const lin_schedule *s)
{
    switch (s->kind) {
    case LIN__STEP_LR:
        return put_number(put_count(stpcpy(out, "step"), s->size), s->gamma);
    case LIN__EXPONENTIAL_LR:
        return put_number(stpcpy(out, "exponential"), s->gamma);
    case LIN__COSINE_ANNEALING_LR:
        return put_number(put_count(stpcpy(out, "cosine"), s->size), s->eta_min);
    case LIN__LINEAR_LR:
        return put_count(put_number(put_number(stpcpy(out, "linear"), s->start), s->end), s->size);
    case LIN__REDUCE_LR_ON_PLATEAU:
        return put_plateau(stpcpy(out, "plateau"), &s->plateau);
    default:
        break;
    }
    for (int i = 0; i < s->count; i++) {
        out = put_schedule(out, s->list[i]);
        if (i + 1 < s->count) out += sprintf(out, "@%" PRId64 ",", s->milestones[i]);
    }
    return out;
}

/* No schedule takes more than PART_BYTES: a name, six numbers, two words and a milestone. */
const char *lin_schedule_text(const lin_schedule *s)
{
    if (!lin__is_live(s, "schedule_text", "schedule")) return NULL;
    size_t parts = s->count ? (size_t)s->count : 1;
    char *text = lin__alloc_array(s->ctx, lin__here(s->ctx), parts, PART_BYTES + LIN_NUMBER_SIZE);
    if (text) put_schedule(text, s);
    return text;
}
