/* Fashion-MNIST: its shapes and labels, how long a pass takes, and images of another size. */
#include <linnet/d2l.h>
#include <stdio.h>

static void show_shape(const char *what, lin_tensor *t)
{
    lin_shape shape = lin_size(t);
    printf("%s: (", what);
    for (int i = 0; i < shape.ndim; i++)
        printf(i ? ", %lld" : "%lld", (long long)shape.dim[i]);
    printf(") %s\n", lin_dtype_name(lin_type(t)));
}

/* One pass over the training images in mini-batches of 256. */
static void time_a_pass(lin_dataset *train, int workers)
{
    lin_loader *it = lin_loader_new(train, &(lin_loader_options){.batch_size = 256, .workers = workers});
    int64_t rows = 0, batches = 0;
    d2l_timer timer = d2l_Timer();
    for (lin_batch m = {0}; lin_loader_next(it, &m) > 0; batches++)
        rows += m.rows;
    double seconds = d2l_timer_stop(&timer);
    printf("%d workers: %lld rows in %lld batches, %.2f sec\n", workers, (long long)rows, (long long)batches, seconds);
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .on_error = LIN_EXIT});
    d2l_use_svg_display(ctx, argc > 1 ? argv[1] : NULL); /* pictures go to files of that name, too */
    lin_dataset *train = lin_fashion_mnist(ctx, true), *test = lin_fashion_mnist(ctx, false);
    printf("%lld training images, %lld test images\n", (long long)lin_rows(train), (long long)lin_rows(test));

    lin_tensor *image, *label;
    lin_row(train, 0, &image, &label);
    show_shape("mnist_train[0][0]", image);
    printf("mnist_train[0][1]: %lld\n", (long long)lin_item_i64(label));

    lin_loader *eighteen = lin_loader_new(train, &(lin_loader_options){.batch_size = 18, .in_order = true});
    lin_batch first = {0};
    lin_loader_first(eighteen, &first);
    const char *const *names = d2l_get_fashion_mnist_labels(first.y);
    for (int i = 0; i < 18; i++)
        printf("%s%s", names[i], i == 8 || i == 17 ? "\n" : ", ");
    d2l_show_images(first.X, 2, 9, names, 1);

    time_a_pass(train, 0);
    time_a_pass(train, 2);
    time_a_pass(train, d2l_get_dataloader_workers());

    lin_loader *train_iter, *test_iter;
    d2l_load_data_fashion_mnist(ctx, 32, 64, &train_iter, &test_iter);
    for (lin_batch m = {0}; lin_loader_next(train_iter, &m) > 0;) {
        show_shape("X", m.X);
        show_shape("y", m.y);
        break;
    }
    lin_ctx_free(ctx);
    return 0;
}
