/* The command's DATA: what it checks is lent to batches all the same. */
#include "cli/failure.h"
#include "cli/source.h"
#include "tensor/tensor.h"

#include "support/batches.h"

#include <unistd.h>

enum { ROWS = 64 };

/* A file of its own with t in it. */
static const char *saved(lin_tensor *t, char path[])
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(lin_save_npy(t, path), 0);
    return path;
}

static void check_lent(const source *s)
{
    lin_dataset *d = source_dataset(s);
    lin_loader *loader = lin_loader_new(d, &(lin_loader_options){.batch_size = 16, .in_order = true});
    lin_batch m = {0};
    assert_int_equal(lin_loader_next(loader, &m), 16);
    assert_true(m.X->borrowed && m.y->borrowed);
    assert_int_equal(failure_code(), 0);
}

static void rows_of_files_are_lent(void **state)
{
    lin_ctx *ctx = *state;
    char features[] = "/tmp/linnet-source-XXXXXX", labels[] = "/tmp/linnet-source-XXXXXX";
    const source_request request = {.data = saved(lin_ones(ctx, LIN_SHAPE(ROWS, 3)), features),
                                    .target = saved(lin_full_dtype(ctx, 1, LIN_SHAPE(ROWS), LIN_I64), labels)};
    source s;
    assert_int_equal(source_open(ctx, &request, &s), 0);
    assert_int_equal(source_as_classes(&s), 0);
    check_lent(&s);
    remove(features);
    remove(labels);
}

static void so_are_numbers_made_from_the_seed(void **state)
{
    lin_ctx *ctx = *state;
    source s;
    assert_int_equal(source_open(ctx, &(source_request){.data = "synthetic"}, &s), 0);
    assert_int_equal(source_as_numbers(&s), 0);
    check_lent(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_files_are_lent),
        TEST(so_are_numbers_made_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
