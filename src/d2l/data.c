/* The book's data: generated rows, loaders over arrays, Fashion-MNIST and the names of its classes. */
#include "base/error.h"
#include "base/region.h"
#include "data/known.h"
#include <linnet/d2l.h>

#include <inttypes.h>

int d2l_synthetic_data(lin_tensor *w, double b, int64_t num_examples, lin_tensor **features, lin_tensor **labels)
{
    return lin_synthetic_data(lin_context(w), w, b, num_examples, 0.01, features, labels);
}

lin_loader *d2l_load_array(lin_tensors data_arrays, int64_t batch_size, bool is_train)
{
    lin_dataset *dataset = lin_tensor_dataset(data_arrays);
    return lin_loader_new(dataset, &(lin_loader_options){.batch_size = batch_size, .in_order = !is_train});
}

int d2l_get_dataloader_workers(void)
{
    return 4;
}

/* ---- Fashion-MNIST ----------------------------------------------------------------------------------------------- */

static lin_loader *fashion_mnist_iter(lin_ctx *ctx, bool train, int64_t batch_size, int64_t resize)
{
    const lin_transform trans[] = {lin_resize(resize, 0), lin_to_tensor()};
    int first = resize == 0;
    return lin_loader_new(lin_fashion_mnist(ctx, train), &(lin_loader_options){.batch_size = batch_size,
                                                                               .in_order = !train,
                                                                               .workers = d2l_get_dataloader_workers(),
                                                                               .transforms = trans + first,
                                                                               .transform_count = 2 - first});
}

int d2l_load_data_fashion_mnist(lin_ctx *ctx, int64_t batch_size, int64_t resize, lin_loader **train_iter,
                                lin_loader **test_iter)
{
    if (!ctx) return LIN_EINVAL;
    if (!train_iter || !test_iter) return lin__fail_null(ctx, "d2l_load_data_fashion_mnist: train_iter or test_iter");
    *train_iter = fashion_mnist_iter(ctx, true, batch_size, resize);
    *test_iter = *train_iter ? fashion_mnist_iter(ctx, false, batch_size, resize) : NULL;
    return *test_iter ? 0 : lin_error_code_of(ctx);
}

static const char *name_of(lin_ctx *ctx, int64_t label, int64_t row)
{
    if (label >= 0 && label < LIN__FASHION_CLASSES) return lin__fashion_mnist_classes[label];
    lin__fail(ctx, LIN_EINVAL, "d2l_get_fashion_mnist_labels: label %" PRId64 " at row %" PRId64 " is outside [0, %d)",
              label, row, LIN__FASHION_CLASSES);
    return NULL;
}

const char *const *d2l_get_fashion_mnist_labels(lin_tensor *labels)
{
    lin_ctx *ctx = lin_context(labels);
    int64_t n = lin_numel(labels);
    const int64_t *label = lin_const_data_ptr(lin_contiguous(lin_to(labels, LIN_I64)));
    const char **names = label ? lin__alloc_array(ctx, lin__here(ctx), (size_t)n, sizeof *names) : NULL;
    if (!names) return NULL;
    for (int64_t i = 0; i < n; i++)
        if (!(names[i] = name_of(ctx, label[i], i))) return NULL;
    return names;
}
