/* A hash of the bits of every op and loss, with gradients, on many shapes; of bytes made floats; of random numbers; and of a training.
 * What it prints is the same for every compiler, path, number of threads and processor, and stands in bits.txt: check.sh compares.
 * With a seed, of every op and loss on random shapes: random.sh compares the paths.
 *
 *   bits [THREADS [SEED]]
 *
 * The cases are the gradient test's; what it takes of cmocka is little, and another processor's cmocka may not be at hand. */
#define LINNET_TESTS_SUPPORT_H
#include <linnet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define assert_non_null(x) ((void)(x))
#define fail_msg(...)      ((void)0)

#include "support/gradients_shape.h"

static bool is_nan(const lin_tensor *t, int64_t i)
{
    if (t->dtype == LIN_F32) return isnan(((const float *)t->data)[i]);
    return t->dtype == LIN_F64 && isnan(((const double *)t->data)[i]);
}

/* One NaN is like another. */
static uint64_t hash_of(lin_tensor *x, uint64_t seed)
{
    if (!x) return lin__hash("NULL", 4, seed);
    lin_tensor *t = lin_contiguous(lin_detach(x));
    size_t size = lin__size_of((lin_dtype)t->dtype);
    for (int64_t i = 0; i < lin_numel(t); i++)
        seed = is_nan(t, i) ? lin__hash("NaN", 3, seed) : lin__hash((char *)t->data + (size_t)i * size, size, seed);
    return seed;
}

static int refused; /* cases that gave no tensor */

/* The value of f, and the gradients of a sum of its squares. */
static uint64_t hash_case(lin_ctx *ctx, lin_gradcheck_fn *f, void *user, lin_tensors in, uint64_t seed)
{
    lin_tensor *y = f(user, in);
    if (!y) fprintf(stderr, "bits: refused: %s\n", lin_error(ctx));
    refused += !y;
    seed = hash_of(y, seed);
    if (y && lin_requires_grad(y) && !lin_backward(lin_sum(lin_square(y))))
        for (int i = 0; i < in.count; i++)
            seed = hash_of(lin_grad(in.at[i]), seed);
    lin_error_clear(ctx);
    return seed;
}

/* The case with these inputs, in f32 and in f64. */
static uint64_t hash_types(lin_ctx *ctx, const gradient_case *c, int k, lin_tensors in, uint64_t seed)
{
    for (int type = LIN_F32; type <= LIN_F64; type++) {
        lin_tensor *typed[MOST_INPUTS];
        for (int i = 0; i < in.count; i++) {
            typed[i] = lin_detach(lin_to(in.at[i], (lin_dtype)type));
            lin_requires_grad_(typed[i], true);
        }
        seed = hash_case(ctx, c->f, &k, (lin_tensors){in.count, typed}, seed);
    }
    return seed;
}

static void print_cases(lin_ctx *ctx, const gradient_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t h = 0;
        for (int k = 0; cases[i].shapes[k]; k++) {
            lin_tensor *in[MOST_INPUTS];
            lin_region mark = lin_mark(ctx);
            int inputs = make_inputs(ctx, &cases[i], k, in);
            h = hash_types(ctx, &cases[i], k, (lin_tensors){inputs, in}, h);
            lin_release(mark);
        }
        printf("%s %zu %016llx\n", lin__op_rows[cases[i].id].name, i, (unsigned long long)h);
    }
}

/* ---- Random shapes of every op ------------------------------------------------------------------------------------ */

/* What stands in the place of a size of a case of so many dimensions, for the shape with this number: the same for the same size, so
 * that what was alike still is. 0 and 1 stay. */
static int64_t drawn_size(int64_t size, int number, int dims)
{
    static const int most[] = {1, 3000, 120, 20, 7, 3, 3, 2, 2};
    return size < 2 ? size : 2 + (int64_t)(noise(number, 200 + (int)size, dims) * most[dims]);
}

/* Of this case a size is half of another, and none may be above 100. */
static int64_t scaled_size(int64_t size, int number)
{
    return size < 2 ? size : size * (1 + (int64_t)(noise(number, 200, 0) * 12));
}

/* The inputs of a case at its shape number k, with drawn sizes and other values; how many they are. */
static int draw_inputs(lin_ctx *ctx, const gradient_case *c, int k, int number, lin_tensor *in[MOST_INPUTS])
{
    lin_shape shapes[MOST_INPUTS];
    int count = 0, dims = 0;
    for (const char *text = c->shapes[k]; *text; count++) {
        shapes[count] = parse_shape(&text);
        dims = shapes[count].ndim > dims ? shapes[count].ndim : dims;
    }
    for (int i = 0; i < count; i++) {
        for (int d = 0; d < shapes[i].ndim; d++)
            shapes[i].dim[d] = c->f == affine_of_transposed ? scaled_size(shapes[i].dim[d], number)
                                                            : drawn_size(shapes[i].dim[d], number, dims);
        in[i] = make_input(ctx, c->kind, shapes[i], number, i);
    }
    return count;
}

static void print_drawn(lin_ctx *ctx, const gradient_case *cases, size_t count, int seed)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t h = 0;
        for (int k = 0; cases[i].shapes[k]; k++) {
            lin_tensor *in[MOST_INPUTS];
            lin_region mark = lin_mark(ctx);
            int inputs = draw_inputs(ctx, &cases[i], k, seed + (int)i * 100 + k, in);
            h = hash_types(ctx, &cases[i], k, (lin_tensors){inputs, in}, h);
            lin_release(mark);
        }
        printf("drawn %s %zu %016llx\n", lin__op_rows[cases[i].id].name, i, (unsigned long long)h);
    }
}

/* ---- Shapes that are wider than a register, and longer than a block ---------------------------------------------- */

#define WIDE(name, expression)                          \
    static lin_tensor *name(void *user, lin_tensors in) \
    {                                                   \
        lin_tensor *a = in.at[0], *b = in.at[1];        \
        (void)user;                                     \
        (void)b;                                        \
        return expression;                              \
    }
WIDE(wide_matmul, lin_matmul(a, lin_transpose(b, 0, 1)))
WIDE(wide_outer, lin_matmul(lin_transpose(a, 0, 1), b))
WIDE(wide_affine, lin_affine(a, b, lin_mean_dim(b, 1, false)))
WIDE(wide_softmax, lin_softmax(a, 1))
WIDE(wide_log_softmax, lin_log_softmax(a, 1))
WIDE(wide_logsumexp, lin_logsumexp(a, 1, false))
WIDE(wide_nll, lin_softmax_nll(a, lin_argmax_dim(lin_neg(a), 1, false)))
WIDE(wide_sum, lin_add(lin_sum(a), lin_mean(a)))
WIDE(wide_sum_rows, lin_sum_dim(a, 0, false))
WIDE(wide_sum_cols, lin_sum_dim(a, 1, false))
WIDE(wide_max, lin_add(lin_max(a), lin_min(a)))
WIDE(wide_eq, lin_to(lin_lt(a, lin_square(a)), lin_type(a)))
WIDE(wide_equal, lin_eq(a, lin_relu(a)))
WIDE(wide_unequal, lin_ne(a, lin_relu(a)))
WIDE(wide_le, lin_le(a, lin_select(b, 0, 0)))
WIDE(wide_gt, lin_gt(a, lin_slice(b, 0, 0, 1)))
WIDE(wide_ge, lin_ge(lin_select(b, 0, 0), a))
WIDE(wide_eq_i64, lin_eq(lin_to(lin_mul_scalar(a, 4), LIN_I64), lin_to(lin_mul_scalar(lin_square(a), 4), LIN_I64)))
WIDE(wide_argmax, lin_argmax_dim(a, 1, false))
WIDE(wide_argmax_cols, lin_argmax_dim(a, 0, true))
WIDE(wide_argmax_all, lin_argmax(a))
WIDE(wide_argmax_tied, lin_argmax_dim(lin_sign(a), 1, false))
WIDE(wide_argmin, lin_argmin_dim(a, 1, false))
WIDE(wide_argmin_cols, lin_argmin_dim(a, 0, true))
WIDE(wide_argmin_all, lin_argmin(a))
WIDE(wide_one_hot, lin_one_hot(lin_argmax_dim(a, 1, false), lin_dim(a, 1)))
WIDE(wide_exp, lin_exp(lin_mul_scalar(a, 20)))
WIDE(wide_log, lin_log(lin_abs(a)))
WIDE(wide_pow, lin_pow(lin_abs(a), lin_mul_scalar(a, 7)))

/* In steps: C leaves open which argument comes first, and so in which order three gradients of a are added. */
static lin_tensor *wide_arith(void *user, lin_tensors in)
{
    lin_tensor *a = in.at[0], *over = lin_mul(a, a);
    (void)user;
    over = lin_sub(over, lin_relu(a));
    return lin_div(over, lin_add_scalar(lin_sqrt(lin_abs(in.at[0])), 0.5));
}

/* Losses of a against something like it. */
#define LOSS(name, call)                                \
    static lin_tensor *name(void *user, lin_tensors in) \
    {                                                   \
        lin_tensor *a = in.at[0];                       \
        lin_tensor *y = lin_detach(lin_square(a));      \
        (void)user;                                     \
        return call;                                    \
    }
LOSS(wide_mse, lin_mse(a, y, NULL))
LOSS(wide_squared, lin_squared(a, y, NULL))
LOSS(wide_l1, lin_l1(a, y, NULL))
LOSS(wide_huber, lin_huber(a, y, NULL))
LOSS(wide_smooth_l1, lin_smooth_l1(a, y, NULL))
LOSS(wide_gaussian, lin_gaussian_nll(a, y, &(lin_loss_options){.var = lin_exp(a)}))
LOSS(wide_smoothed, lin_cross_entropy(a, lin_argmax_dim(y, 1, false), &(lin_loss_options){.label_smoothing = 0.1}))
LOSS(wide_weighted,
     lin_cross_entropy(a, lin_argmax_dim(y, 1, false), &(lin_loss_options){.weight = lin_select(y, 0, 0)}))
LOSS(wide_probable, lin_cross_entropy(a, lin_softmax(y, 1), &(lin_loss_options){.label_smoothing = 0.1}))
LOSS(wide_log_nll, lin_nll(lin_log_softmax(a, 1), lin_argmax_dim(y, 1, false), NULL))
LOSS(wide_distribution, lin_distribution_cross_entropy(lin_softmax(a, 1), lin_softmax(y, 1), NULL))

static const struct wide {
    const char *name;
    lin_gradcheck_fn *f;
} wides[] = {
    {"matmul", wide_matmul},
    {"outer", wide_outer},
    {"affine", wide_affine},
    {"softmax", wide_softmax},
    {"log_softmax", wide_log_softmax},
    {"logsumexp", wide_logsumexp},
    {"softmax_nll", wide_nll},
    {"sum", wide_sum},
    {"sum_rows", wide_sum_rows},
    {"sum_cols", wide_sum_cols},
    {"max", wide_max},
    {"lt", wide_eq},
    {"exp", wide_exp},
    {"log", wide_log},
    {"pow", wide_pow},
    {"arith", wide_arith},
    {"mse", wide_mse},
    {"squared", wide_squared},
    {"l1", wide_l1},
    {"huber", wide_huber},
    {"smooth_l1", wide_smooth_l1},
    {"gaussian_nll", wide_gaussian},
    {"smoothed", wide_smoothed},
    {"weighted", wide_weighted},
    {"probabilities", wide_probable},
    {"nll", wide_log_nll},
    {"distribution", wide_distribution},
    {"eq", wide_equal},
    {"ne", wide_unequal},
    {"le", wide_le},
    {"gt", wide_gt},
    {"ge", wide_ge},
    {"eq_i64", wide_eq_i64},
    {"argmax", wide_argmax},
    {"argmax_cols", wide_argmax_cols},
    {"argmax_all", wide_argmax_all},
    {"argmax_tied", wide_argmax_tied},
    {"argmin", wide_argmin},
    {"argmin_cols", wide_argmin_cols},
    {"argmin_all", wide_argmin_all},
    {"one_hot", wide_one_hot},
};

enum { KNOWN = 5, SIZES = 20 };

/* Size number k: the first are what networks have, the rest at random. */
static int64_t size_of(int k, int which)
{
    static const int64_t known[][3] = {{256, 784, 10}, {256, 28, 1}, {300, 17, 3}, {3, 2500, 2}, {1000, 33, 5}};
    if (k < KNOWN) return known[k][which];
    static const int64_t most[] = {300, 200, 40};
    return 1 + (int64_t)(noise(k, 100 + which, 0) * (double)most[which]);
}

static void print_wide(lin_ctx *ctx, int from)
{
    for (size_t i = 0; i < sizeof wides / sizeof *wides; i++) {
        uint64_t h = 0;
        for (int k = from; k < from + SIZES; k++)
            for (int type = LIN_F32; type <= LIN_F64; type++) {
                lin_region mark = lin_mark(ctx);
                bool outer = wides[i].f == wide_outer;
                lin_shape A = LIN_SHAPE(size_of(k, 0), size_of(k, 1)),
                          B = LIN_SHAPE(size_of(k, outer ? 0 : 2), size_of(k, outer ? 2 : 1));
                lin_tensor *in[2] = {lin_detach(lin_to(make_input(ctx, NORMAL, A, k, 0), (lin_dtype)type)),
                                     lin_detach(lin_to(make_input(ctx, NORMAL, B, k, 1), (lin_dtype)type))};
                lin_requires_grad_(in[0], true);
                lin_requires_grad_(in[1], true);
                h = hash_case(ctx, wides[i].f, &k, (lin_tensors){2, in}, h);
                lin_release(mark);
            }
        printf("wide %s %016llx\n", wides[i].name, (unsigned long long)h);
    }
}

/* ---- Bytes to floats ------------------------------------------------------------------------------------------------ */

/* Every byte, from any place and of any length about a register's, asking memory for other rows and not. */
static void print_bytes(void)
{
    enum { MOST = 300 };
    uint8_t bytes[MOST + 64];
    float floats[MOST];
    uint64_t h = 0;
    for (int i = 0; i < MOST + 64; i++)
        bytes[i] = (uint8_t)(i * 167);
    for (int n = 0; n <= MOST; n++)
        for (int from = 0; from < 64; from += 21) {
            lin__kernels_get()->unit_from_u8(n, bytes + from, floats, n % 2 ? bytes : NULL);
            h = lin__hash(floats, (size_t)n * sizeof *floats, h);
        }
    printf("bytes %016llx\n", (unsigned long long)h);
}

/* ---- Randomness, and a training ---------------------------------------------------------------------------------- */

static void print_random(lin_ctx *ctx)
{
    uint64_t h = hash_of(lin_normal(ctx, 1, 2, LIN_SHAPE(10001)), 0);
    h = hash_of(lin_uniform(ctx, -1, 3, LIN_SHAPE(777, 13)), h);
    printf("random %016llx\n", (unsigned long long)hash_of(lin_randperm(ctx, 12345), h));
}

static uint64_t trained(lin_ctx *ctx, lin_dtype type)
{
    enum { ROWS = 600, FEATURES = 100, CLASSES = 10, BATCH = 200, STEPS = 12 };
    lin_set_default_dtype(ctx, type);
    lin_tensor *X = lin_normal(ctx, 0, 1, LIN_SHAPE(ROWS, FEATURES));
    lin_tensor *truth = lin_normal(ctx, 0, 1, LIN_SHAPE(FEATURES, CLASSES));
    lin_tensor *y = lin_argmax_dim(lin_matmul(X, truth), 1, false);
    lin_module *net =
        lin_sequential(ctx, lin_linear(ctx, FEATURES, 32), lin_relu_layer(ctx), lin_linear(ctx, 32, CLASSES));
    lin_sgd_options how = {.lr = 0.1f, .momentum = 0.9f, .weight_decay = 1e-3f, .nesterov = true};
    lin_optimizer *optimizer = lin_sgd(lin_parameters(net), &how);
    uint64_t h = 0;
    for (int step = 0; step < STEPS; step++) {
        lin_region mark = lin_mark(ctx);
        int64_t from = step * BATCH % ROWS;
        lin_tensor *l = lin_cross_entropy(lin_forward(net, lin_slice(X, 0, from, from + BATCH)),
                                          lin_slice(y, 0, from, from + BATCH), NULL);
        h = hash_of(l, h);
        lin_zero_grad(optimizer);
        lin_backward(l);
        lin_step(optimizer);
        lin_release(mark);
    }
    lin_tensors all = lin_parameters(net);
    for (int i = 0; i < all.count; i++)
        h = hash_of(all.at[i], h);
    return h;
}

static void print_known(lin_ctx *ctx)
{
    print_cases(ctx, arith_cases, sizeof arith_cases / sizeof *arith_cases);
    print_cases(ctx, shape_cases, sizeof shape_cases / sizeof *shape_cases);
    print_wide(ctx, 0);
    print_bytes();
    print_random(ctx);
    printf("training f32 %016llx\n", (unsigned long long)trained(ctx, LIN_F32));
    printf("training f64 %016llx\n", (unsigned long long)trained(ctx, LIN_F64));
}

static void print_seeded(lin_ctx *ctx, int seed)
{
    print_drawn(ctx, arith_cases, sizeof arith_cases / sizeof *arith_cases, seed);
    print_drawn(ctx, shape_cases, sizeof shape_cases / sizeof *shape_cases, seed + 10000);
    print_wide(ctx, KNOWN + seed);
}

int main(int argc, char **argv)
{
    lin_ctx *ctx = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = argc > 1 ? atoi(argv[1]) : 1});
    fprintf(stderr, "kernels: %s\n", lin_simd());
    if (argc > 2)
        print_seeded(ctx, atoi(argv[2]) % 1000000000);
    else
        print_known(ctx);
    int code = lin_error_code_of(ctx);
    if (code) fprintf(stderr, "bits: %s\n", lin_error(ctx));
    lin_ctx_free(ctx);
    return code != 0 || refused > 0;
}
