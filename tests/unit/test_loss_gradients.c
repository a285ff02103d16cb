/* The gradients of every loss, in every reduction and with its options, against central differences in double. */
#include "support/gradients.h"

typedef struct loss_case {
    const char *name;
    lin_loss_fn *loss;
    lin_loss_options options;
    const char *shapes; /* of y_hat, then of y and of var where those are floating inputs */
    values kind;
    const int64_t *labels; /* y, where it holds class indices */
    lin_shape labels_shape;
    bool distributions; /* the inputs are made probabilities along `along` */
    int along;
    bool weighted; /* class weights 0.5, 1, 1.5 … */
} loss_case;

static lin_tensor *class_weight(lin_ctx *ctx, int64_t classes)
{
    return lin_mul_scalar(lin_arange(ctx, 1, (double)classes + 1, 1, LIN_F64), 0.5);
}

/* The loss of the inputs, by the case. */
static lin_tensor *loss_of(void *user, lin_tensors in)
{
    const loss_case *c = user;
    lin_ctx *ctx = lin_context(in.at[0]);
    lin_loss_options o = c->options;
    lin_tensor *y_hat = in.at[0], *y = in.count > 1 ? in.at[1] : NULL;
    if (in.count > 2) o.var = in.at[2];
    if (c->labels) y = lin_from_i64(ctx, c->labels, c->labels_shape);
    if (c->weighted) o.weight = class_weight(ctx, lin_dim(y_hat, lin_ndim(y_hat) > 1 ? 1 : 0));
    if (c->distributions) y = lin_softmax(y, c->along);
    if (c->distributions && c->loss == lin_distribution_cross_entropy) y_hat = lin_softmax(y_hat, c->along);
    return c->loss(y_hat, y, &o);
}

static void check_loss(lin_ctx *ctx, const loss_case *given)
{
    loss_case c = *given;
    for (lin_reduction r = LIN_MEAN; r <= LIN_NONE; r++) {
        const char *text = c.shapes;
        lin_tensor *in[3];
        int count = 0;
        lin_region mark = lin_mark(ctx);
        for (; *text; count++)
            in[count] = make_input(ctx, count == 2 ? POSITIVE : c.kind, parse_shape(&text), (int)r, count);
        c.options.reduction = r;
        if (lin_gradcheck(loss_of, &c, (lin_tensors){count, in}, NULL))
            fail_msg("%s %s, reduction %d: %s", c.name, c.shapes, (int)r, lin_error(ctx));
        lin_release(mark);
    }
}

#define CHECK_ALL(ctx, cases)                                    \
    for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++) \
    check_loss(ctx, &(cases)[i])

/* Differences of APART inputs are multiples of 1/4 plus 1/8: never 0, 1 or ½. */
static void losses_of_two_tensors(void **state)
{
    static const loss_case cases[] = {
        {"mse", lin_mse, .shapes = "5 5", .kind = APART},
        {"mse", lin_mse, .shapes = "- -", .kind = APART},
        {"squared", lin_squared, .shapes = "3x2 3x2", .kind = APART},
        {"l1", lin_l1, .shapes = "3x4 3x4", .kind = APART},
        {"huber", lin_huber, .shapes = "4x5 4x5", .kind = APART},
        {"huber", lin_huber, {.delta = 0.5}, .shapes = "4x5 4x5", .kind = APART},
        {"huber", lin_huber, {.delta = 2}, .shapes = "4x5 4x5", .kind = APART},
        {"smooth_l1", lin_smooth_l1, .shapes = "4x5 4x5", .kind = APART},
        {"smooth_l1", lin_smooth_l1, {.beta = 0.5}, .shapes = "4x5 4x5", .kind = APART},
        {"gaussian_nll", lin_gaussian_nll, .shapes = "3x2 3x2 3x2", .kind = NORMAL},
        {"gaussian_nll", lin_gaussian_nll, {.full = true}, .shapes = "3x2 3x2 3x1", .kind = NORMAL},
        {"gaussian_nll", lin_gaussian_nll, .shapes = "3x2 3x2 -", .kind = NORMAL},
    };
    CHECK_ALL(*state, cases);
}

static const int64_t labels[] = {2, 0, 1, 2, 1, 0}, ignored = 1;

static void losses_of_class_indices(void **state)
{
#define LABELS(...) .labels = labels, .labels_shape = { __VA_ARGS__ }
    static const loss_case cases[] = {
        {"plain", lin_cross_entropy, .shapes = "4x3", LABELS(1, {4})},
        {"one row", lin_cross_entropy, .shapes = "3", LABELS(0, {0})},
        {"places", lin_cross_entropy, .shapes = "2x3x2", LABELS(2, {2, 2})},
        {"more places", lin_cross_entropy, .shapes = "1x3x2x3", LABELS(3, {1, 2, 3})},
        {"weight", lin_cross_entropy, .shapes = "4x3", LABELS(1, {4}), .weighted = true},
        {"ignore", lin_cross_entropy, {.ignore_index = &ignored}, .shapes = "4x3", LABELS(1, {4})},
        {"smooth", lin_cross_entropy, {.label_smoothing = 0.2}, .shapes = "4x3", LABELS(1, {4})},
        {"all options",
         lin_cross_entropy,
         {.label_smoothing = 0.2, .ignore_index = &ignored},
         .shapes = "2x3x2",
         LABELS(2, {2, 2}),
         .weighted = true},
        {"nll", lin_nll, .shapes = "4x3", LABELS(1, {4})},
        {"nll, one row", lin_nll, .shapes = "3", LABELS(0, {0}), .weighted = true},
        {"nll, all options",
         lin_nll,
         {.ignore_index = &ignored},
         .shapes = "2x3x2",
         LABELS(2, {2, 2}),
         .weighted = true},
    };
    CHECK_ALL(*state, cases);
}

static void losses_of_distributions(void **state)
{
#define ALONG(dim) .distributions = true, .along = dim
    static const loss_case cases[] = {
        {"probabilities", lin_cross_entropy, .shapes = "4x3 4x3", ALONG(1)},
        {"probabilities of one", lin_cross_entropy, .shapes = "3 3", ALONG(0), .weighted = true},
        {"probabilities, places", lin_cross_entropy, .shapes = "2x3x2 2x3x2", ALONG(1)},
        {"probabilities, all options",
         lin_cross_entropy,
         {.label_smoothing = 0.2},
         .shapes = "2x3x2 2x3x2",
         ALONG(1),
         .weighted = true},
        {"distributions", lin_distribution_cross_entropy, .shapes = "4x3 4x3", ALONG(-1)},
        {"distributions", lin_distribution_cross_entropy, .shapes = "3 3", ALONG(-1)},
        {"distributions", lin_distribution_cross_entropy, .shapes = "2x2x3 2x2x3", ALONG(-1)},
    };
    CHECK_ALL(*state, cases);
}

/* A check that cannot fail shows nothing: (ŷ − y)² of which only half is differentiated. */
static lin_tensor *half_forgotten(void *user, lin_tensors in)
{
    (void)user;
    lin_tensor *d = lin_sub(in.at[0], in.at[1]);
    return lin_mul(d, lin_detach(d));
}

static void a_wrong_gradient_is_noticed(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *a = make_input(ctx, APART, LIN_SHAPE(3), 0, 0), *b = make_input(ctx, APART, LIN_SHAPE(3), 0, 1);
    assert_int_equal(lin_gradcheck(half_forgotten, NULL, LIN_TENSORS(a, b), NULL), LIN_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(losses_of_two_tensors),
        TEST(losses_of_class_indices),
        TEST(losses_of_distributions),
        TEST(a_wrong_gradient_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
