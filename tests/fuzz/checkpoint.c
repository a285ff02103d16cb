/* Checkpoints: read into a run as a resume does, and made by one. A mutant's digest may be mended, so that what it hides is reached. */
#include "fuzz.h"

#include "base/region.h"
#include "optim/optim.h"
#include "train/checkpoint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A run of which a checkpoint holds all that it may: velocities, a plateau, the best epoch. r->options is *options. */
static int begin(lin_ctx *ctx, lin__run *r, lin_fit_options *options)
{
    lin_tensor *X = lin_reshape(lin_arange(ctx, 0, 12, 0.5, LIN_F32), LIN_SHAPE(12, 2));
    lin_module *net = lin_sequential(ctx, lin_linear(ctx, 2, 3), lin_relu_layer(ctx), lin_linear(ctx, 3, 1));
    lin_dataset *data = lin_tensor_dataset(LIN_TENSORS(X, lin_sum_dims(X, LIN_DIMS(1), true)));
    lin_sgd_options sgd = {.lr = 1e-3, .momentum = 0.5};
    *options = (lin_fit_options){.loss = lin_mse,
                                 .optimizer = lin_sgd(lin_parameters(net), &sgd),
                                 .epochs = 3,
                                 .batch_size = 4,
                                 .early_stopping = {.restore_best = true}};
    options->schedule = lin_schedule_from_text(options->optimizer, "plateau:0.5:0", 0);
    *r = (lin__run){.net = net, .train = data, .options = options};
    int code = lin__run_check(r);
    return code ? code : lin__run_begin(r);
}

static void fold(uint64_t *hash, const void *data, size_t bytes)
{
    *hash = lin__hash(data, bytes, *hash);
}

static void fold_tensor(uint64_t *hash, const lin_tensor *t)
{
    fold(hash, t->data, (size_t)t->numel * lin__size_of((lin_dtype)t->dtype));
}

/* All that was taken over. */
static void fold_run(uint64_t *hash, const lin__run *r)
{
    const lin_optimizer *o = r->options->optimizer;
    const lin__progress *p = &r->at;
    fold(hash, (int64_t[]){p->epoch, p->step, p->steps_done, p->rows, p->labels, p->correct, p->classifies},
         7 * sizeof(int64_t));
    fold(hash, (int64_t[]){r->best.epoch, r->best.bad_epochs, (int64_t)r->ctx->loaders, (int64_t)r->ctx->creations},
         4 * sizeof(int64_t));
    fold(hash, (double[]){p->loss, p->lr, r->best.loss, lin_lr(o), lin__initial_lr(o)}, 5 * sizeof(double));
    lin_schedule_state s = lin_schedule_state_of(r->options->schedule);
    fold(hash, (int64_t[]){s.steps, s.bad_steps, s.cooldown}, 3 * sizeof(int64_t));
    fold(hash, (double[]){s.lr, s.best}, 2 * sizeof(double));
    for (int i = 0; i < r->parameters.count; i++) {
        fold_tensor(hash, r->parameters.tensors[i]);
        if (r->best.values) fold_tensor(hash, r->best.values[i]);
        if (lin__has_velocity(o, i)) fold_tensor(hash, lin__velocity(o, i));
    }
    for (int64_t i = 0; i < lin_history_count(r->checkpoints.history); i++) {
        const lin_epoch *e = lin_history_at(r->checkpoints.history, i);
        const double scores[] = {e->train_loss, e->train_acc, e->test_loss, e->test_acc, e->lr};
        for (int k = 0; k < 5; k++) /* one NaN is as good as another */
            fold(hash, scores[k] == scores[k] ? &scores[k] : &(double){-1}, sizeof(double));
    }
}

int fuzz_read_checkpoint(lin_ctx *ctx, const char *path, const char *copy, uint64_t *hash)
{
    lin__run r;
    lin_fit_options options;
    lin_region mark = lin_mark(ctx);
    int code = begin(ctx, &r, &options);
    if (code) return code;
    r.checkpoints.settings = lin__settings(&r);
    r.checkpoints.history = lin_history_new(ctx);
    code = lin__checkpoint_read(&r, path);
    if (!code) fold_run(hash, &r);
    if (!code && copy) code = lin__checkpoint_write(&r, copy);
    json_decref(r.checkpoints.settings);
    lin_release(mark);
    return code;
}

/* ---- Making ---------------------------------------------------------------------------------------------------------- */

typedef struct maker {
    lin__run *r;
    const char *path;
    bool (*take)(void *user, const char *path);
    void *user;
    bool bad;
} maker;

static int each_step(void *user, const lin_step_info *info)
{
    maker *m = user;
    (void)info;
    for (int64_t step = 1; step <= 9; step++) {
        char path[200];
        snprintf(path, sizeof path, "%s/checkpoint-%d.safetensors", m->path, (int)step);
        if (access(path, R_OK) == 0 && !m->take(m->user, path)) m->bad = true;
    }
    return 0;
}

bool fuzz_make_checkpoints(lin_ctx *ctx, const char *folder, bool (*take)(void *user, const char *path), void *user)
{
    lin__run r;
    lin_fit_options options;
    maker m = {.path = folder, .take = take, .user = user};
    lin_region mark = lin_mark(ctx);
    int code = begin(ctx, &r, &options);
    options.checkpoint = (lin_checkpoint_options){.directory = folder, .every = 1};
    options.on_step = each_step;
    options.user = &m;
    if (!code) code = lin_fit((lin_module *)r.net, (lin_dataset *)r.train, NULL, &options);
    each_step(&m, NULL);
    lin_release(mark);
    return !code && !m.bad;
}

/* ---- Mending --------------------------------------------------------------------------------------------------------- */

/* The right digest for the file in fd, or false if it cannot be read so far. */
static bool digest_of(int fd, char digest[17])
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.threads = 1});
    lin__header header = {0};
    lin_state state;
    bool good = ctx && !lin__safetensors_read(ctx, path, &header, &state) && header.linnet;
    json_t *doc = good ? json_loads(header.linnet, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL) : NULL;
    good = json_is_object(doc);
    if (good) {
        json_object_del(doc, "digest");
        const char *text = lin__json_text(ctx, lin__here(ctx), doc);
        snprintf(digest, 17, "%016llx", (unsigned long long)lin__checkpoint_digest(text, state));
    }
    json_decref(doc);
    lin_ctx_free(ctx);
    return good;
}

void fuzz_mend_checkpoint(bytes *b, int fd)
{
    static const char key[] = "\\\"digest\\\":\\\"";
    unsigned char *at = memmem(b->at, b->size, key, sizeof key - 1);
    char digest[17];
    if (!at || at + sizeof key + 16 > b->at + b->size) return;
    if (pwrite(fd, b->at, b->size, 0) != (ssize_t)b->size || ftruncate(fd, (off_t)b->size)) return;
    if (digest_of(fd, digest)) memcpy(at + sizeof key - 1, digest, 16);
}
