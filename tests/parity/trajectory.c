/* tests/parity/trajectory.c: ten epochs of softmax regression, held to PyTorch's weights from the same start and order.
 *
 *   trajectory SET DIRECTORY          train, compare with DIRECTORY/SET-weight.npy and -bias.npy
 *   trajectory --write SET DIRECTORY  write what PyTorch needs: data, linnet's start, the order of its batches
 *
 * SET is synthetic or fashion-mnist, then -f32 or -f64. Exit code 77: Fashion-MNIST is not installed (nothing is
 * downloaded here).
 * make_trajectory.py runs --write, then PyTorch, and stores the weights. */
#include <linnet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EPOCHS = 10, SKIPPED = 77 };

typedef struct task {
    const char *name;
    lin_ctx *ctx;
    lin_dtype type;
    double tol;
    int64_t rows, batch_size, features;
    lin_dataset *data; /* X, y, the number of each row */
    lin_module *net;
    lin_loader *loader;
} task;

static int fail(const task *t, const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", t->name, what, lin_error(t->ctx));
    return 1;
}

/* Fashion-MNIST where it is installed, never a download; NULL without a cause where it is not. */
static lin_dataset *installed_fashion_mnist(lin_ctx *ctx)
{
    const char *data = getenv("LINNET_DATA"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char place[4][4096] = {"", "", "", "/usr/share/datasets/fashion-mnist"};
    if (data) snprintf(place[0], sizeof *place, "%s/fashion-mnist", data);
    if (cache) snprintf(place[1], sizeof *place, "%s/linnet/fashion-mnist", cache);
    if (home) snprintf(place[2], sizeof *place, "%s/.cache/linnet/fashion-mnist", home);
    for (int i = 0; i < 4; i++) {
        lin_dataset *d = *place[i] && !access(place[i], R_OK) ? lin_mnist(ctx, place[i], true) : NULL;
        if (d) return d;
        lin_error_clear(ctx);
    }
    return NULL;
}

/* 1,000 rows of 64 features in 10 classes: X ~ N(0, 1), y = argmax(X·W + noise). */
static int synthetic(task *t)
{
    lin_region mark = lin_mark(t->ctx);
    t->rows = 1000, t->features = 64, t->batch_size = 48; /* a short last batch too */
    lin_tensor *X = lin_normal(t->ctx, 0, 1, LIN_SHAPE(t->rows, t->features));
    lin_tensor *W = lin_normal(t->ctx, 0, 1, LIN_SHAPE(t->features, 10));
    lin_tensor *noise = lin_normal(t->ctx, 0, 2, LIN_SHAPE(t->rows, 10));
    lin_tensor *y = lin_argmax_dim(lin_add(lin_matmul(X, W), noise), 1, false);
    X = lin_keep(X), y = lin_keep(y);
    lin_release(mark);
    t->data = lin_tensor_dataset(LIN_TENSORS(X, y, lin_arange(t->ctx, 0, (double)t->rows, 1, LIN_I64)));
    return t->data ? 0 : fail(t, "data");
}

static int fashion_mnist(task *t)
{
    lin_dataset *d = installed_fashion_mnist(t->ctx);
    if (!d) {
        printf("SKIPPED: Fashion-MNIST is not installed ($LINNET_DATA/fashion-mnist, "
               "/usr/share/datasets/fashion-mnist)\n");
        return SKIPPED;
    }
    t->rows = lin_rows(d), t->features = 784, t->batch_size = 256;
    lin_tensor *images = lin_array(d, 0), *labels = lin_to(lin_array(d, 1), LIN_I64);
    t->data = lin_tensor_dataset(LIN_TENSORS(images, labels, lin_arange(t->ctx, 0, (double)t->rows, 1, LIN_I64)));
    if (!t->data || lin_set_transforms(t->data, (lin_transform[]){lin_to_tensor()}, 1)) return fail(t, "data");
    return 0;
}

/* Data, start and loader, always made in this order: the k-th creation draws from the stream k. */
static int set_up(task *t, const char *set)
{
    t->name = set;
    t->type = strstr(set, "f64") ? LIN_F64 : LIN_F32;
    t->tol = t->type == LIN_F64 ? 1e-10 : 1e-4;
    t->ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .dtype = t->type});
    if (!t->ctx) return fail(t, "context");
    int code = strstr(set, "synthetic") ? synthetic(t) : fashion_mnist(t);
    if (code) return code;
    t->net = lin_sequential(t->ctx, lin_flatten(t->ctx), lin_linear(t->ctx, t->features, 10));
    lin_module *linear = lin_child(t->net, 1);
    lin_init_normal(lin_weight(linear), 0, 0.01);
    lin_init_zeros(lin_bias(linear));
    t->loader = lin_loader_new(t->data, &(lin_loader_options){.batch_size = t->batch_size});
    return lin_error_code_of(t->ctx) ? fail(t, "start") : 0;
}

/* Train; `order` (EPOCHS, rows) gets the rows as they came, unless it is NULL. */
static int train(task *t, int64_t *order)
{
    lin_optimizer *sgd = lin_sgd(lin_parameters(t->net), &(lin_sgd_options){.lr = 0.1});
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int64_t rows;
        for (lin_batch m = {0}; (rows = lin_loader_next(t->loader, &m)) > 0;) {
            if (order) {
                if (lin_copy_out(m.arrays.at[2], order)) return fail(t, "order");
                order += rows;
                continue;
            }
            lin_zero_grad(sgd);
            lin_backward(lin_cross_entropy(lin_forward(t->net, lin_to(m.X, t->type)), m.y, NULL));
            if (lin_step(sgd) || lin_error_code_of(t->ctx)) return fail(t, "step");
        }
        if (rows < 0) return fail(t, "batch");
    }
    return 0;
}

static char *path(char *text, size_t size, const char *directory, const task *t, const char *what)
{
    snprintf(text, size, "%s/%s-%s.npy", directory, t->name, what);
    return text;
}

static int write_all(task *t, const char *directory)
{
    int64_t *order = malloc(sizeof *order * (size_t)(EPOCHS * t->rows));
    if (!order || train(t, order)) {
        free(order);
        return 1;
    }
    lin_module *linear = lin_child(t->net, 1);
    struct {
        const char *name;
        lin_tensor *t;
    } file[] = {
        {"X", lin_array(t->data, 0)},
        {"y", lin_array(t->data, 1)},
        {"order", lin_from_i64(t->ctx, order, LIN_SHAPE(EPOCHS, t->rows))},
        {"batch_size", lin_from_i64(t->ctx, &t->batch_size, LIN_SCALAR)},
        {"start_weight", lin_weight(linear)},
        {"start_bias", lin_bias(linear)},
    };
    char name[4096];
    int code = 0;
    for (size_t i = 0; !code && i < sizeof file / sizeof *file; i++)
        if (lin_save_npy(file[i].t, path(name, sizeof name, directory, t, file[i].name))) code = fail(t, "write");
    free(order);
    return code;
}

/* The largest |got − stored| within tol. */
static int compare(task *t, const char *directory, const char *what, lin_tensor *got)
{
    char name[4096];
    lin_tensor *want = lin_load_npy(t->ctx, path(name, sizeof name, directory, t, what));
    lin_tensor *most = lin_max(lin_abs(lin_sub(lin_detach(got), want)));
    if (!most) return fail(t, what);
    double worst = lin_item(most);
    printf("%s: %s: largest difference %.3g, allowed %.0e\n", t->name, what, worst, t->tol);
    return worst <= t->tol ? 0 : 1;
}

/* The training must have moved the weights, or the comparison says nothing. */
static int check(task *t, const char *directory)
{
    lin_module *linear = lin_child(t->net, 1);
    lin_tensor *start = lin_clone(lin_detach(lin_weight(linear)));
    int code = train(t, NULL);
    if (code) return code;
    lin_tensor *moved = lin_max(lin_abs(lin_sub(lin_detach(lin_weight(linear)), start)));
    if (!(lin_item(moved) > 100 * t->tol)) return fail(t, "the weights have not moved");
    return compare(t, directory, "weight", lin_weight(linear)) | compare(t, directory, "bias", lin_bias(linear));
}

int main(int argc, char **argv)
{
    bool writing = argc == 4 && !strcmp(argv[1], "--write");
    if (!writing && argc != 3) {
        fprintf(stderr, "usage: trajectory [--write] SET DIRECTORY\n");
        return 2;
    }
    task t = {0};
    int code = set_up(&t, argv[argc - 2]);
    if (!code) code = writing ? write_all(&t, argv[3]) : check(&t, argv[2]);
    lin_ctx_free(t.ctx);
    return code;
}
