/* Softmax regression on Fashion-MNIST from scratch; the data and the update are saved functions, as in the book. */
#include <linnet/d2l.h>
#include <stdio.h>

enum { EPOCHS = 10 };

typedef struct model {
    lin_tensor *W, *b;
} model;

static lin_tensor *softmax(lin_tensor *X)
{
    lin_tensor *X_exp = lin_exp(X), *partition = lin_sum_dim(X_exp, 1, true);
    return lin_div(X_exp, partition); /* the partition is broadcast over the columns */
}

static lin_tensor *net(const model *m, lin_tensor *X)
{
    lin_tensor *rows = lin_reshape(X, LIN_SHAPE(-1, lin_dim(m->W, 0)));
    return softmax(lin_add(lin_matmul(rows, m->W), m->b));
}

/* -log of the probability of the right class, picked by integer-array indexing: y_hat[range(n), y]. */
static lin_tensor *cross_entropy(lin_tensor *y_hat, lin_tensor *y)
{
    lin_tensor *rows = lin_arange(lin_context(y), 0, (double)lin_dim(y, 0), 1, LIN_I64);
    return lin_neg(lin_log(lin_index_at(y_hat, LIN_TENSORS(rows, y))));
}

/* The number of right predictions. */
static double accuracy(lin_tensor *y_hat, lin_tensor *y)
{
    return lin_item(lin_sum(lin_eq(lin_argmax_dim(y_hat, 1, false), y)));
}

/* Sums of n values. */
typedef struct accumulator {
    int n;
    double data[3];
} accumulator;

static void add(accumulator *a, const double *args)
{
    for (int i = 0; i < a->n; i++)
        a->data[i] += args[i];
}

static double evaluate_accuracy(const model *m, lin_loader *data_iter)
{
    accumulator metric = {.n = 2}; /* right predictions, predictions */
    lin_region mark = lin_mark(lin_context(m->W));
    lin_no_grad(mark.ctx);
    for (lin_batch batch = {0}; lin_loader_next(data_iter, &batch) > 0;)
        add(&metric, (double[]){accuracy(net(m, batch.X), batch.y), (double)batch.rows});
    lin_release(mark);
    return metric.data[0] / metric.data[1];
}

static void updater(const model *m, int64_t batch_size)
{
    d2l_sgd(LIN_TENSORS(m->W, m->b), 0.1, batch_size);
}

/* One pass; the sums of loss, right predictions and predictions. */
static accumulator train_epoch(const model *m, lin_loader *train_iter)
{
    accumulator metric = {.n = 3};
    for (lin_batch batch = {0}; lin_loader_next(train_iter, &batch) > 0;) {
        lin_tensor *y_hat = net(m, batch.X), *l = lin_sum(cross_entropy(y_hat, batch.y));
        lin_backward(l);
        updater(m, batch.rows);
        add(&metric, (double[]){lin_item(l), accuracy(y_hat, batch.y), (double)batch.rows});
    }
    return metric;
}

static void train(const model *m, lin_loader *train_iter, lin_loader *test_iter)
{
    lin_animator *animator =
        d2l_Animator(lin_context(m->W), &(lin_animator_options){.xlabel = "epoch",
                                                                .xlim = {1, EPOCHS},
                                                                .ylim = {0.3, 0.9},
                                                                .legend = {"train loss", "train acc", "test acc"}});
    double scores[EPOCHS][3];
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        accumulator metric = train_epoch(m, train_iter);
        scores[epoch][0] = metric.data[0] / metric.data[2];
        scores[epoch][1] = metric.data[1] / metric.data[2];
        scores[epoch][2] = evaluate_accuracy(m, test_iter);
        d2l_animator_add(animator, epoch + 1, scores[epoch], 3);
    }
    d2l_animator_end(animator);
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        printf("epoch %d, train loss %.4f, train acc %.4f, test acc %.4f\n", epoch + 1, scores[epoch][0],
               scores[epoch][1], scores[epoch][2]);
}

static void predict(const model *m, lin_loader *test_iter, int n)
{
    lin_region mark = lin_mark(lin_context(m->W));
    lin_no_grad(mark.ctx);
    lin_batch batch = {0};
    lin_loader_first(test_iter, &batch);
    const char *const *trues = d2l_get_fashion_mnist_labels(batch.y);
    const char *const *preds = d2l_get_fashion_mnist_labels(lin_argmax_dim(net(m, batch.X), 1, false));
    const char *titles[6];
    char text[6][32];
    for (int i = 0; i < n; i++) {
        snprintf(text[i], sizeof text[i], "%s\n%s", trues[i], preds[i]);
        titles[i] = text[i];
    }
    d2l_show_images(batch.X, 1, n, titles, 1.4);
    lin_release(mark);
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    lin_loader *train_iter, *test_iter;
    d2l_load_data_fashion_mnist(ctx, 256, 0, &train_iter, &test_iter);

    model m = {.W = lin_parameter(lin_normal(ctx, 0, 0.01, LIN_SHAPE(784, 10))),
               .b = lin_parameter(lin_zeros(ctx, LIN_SHAPE(10)))};
    train(&m, train_iter, test_iter);
    predict(&m, test_iter, 6);
    lin_ctx_free(ctx);
    return 0;
}
