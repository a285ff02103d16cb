/* lin_print and lin_to_string, held to what PyTorch printed: tests/parity/print.txt, made by make_print.py. */
#include "support/support.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#define STORED LINNET_SOURCE_DIR "/tests/parity/print.txt"

static lin_dtype type_named(const char *name)
{
    for (int type = LIN_F32; type <= LIN_U8; type++)
        if (!strcmp(name, lin_dtype_name((lin_dtype)type))) return (lin_dtype)type;
    fail_msg("no type %s", name);
    return LIN_F32;
}

/* Elements gathered in both forms: integers do not fit into doubles. */
typedef struct elements {
    int64_t count, size;
    double *number;
    int64_t *integer;
} elements;

static void append(elements *e, const char *word)
{
    const char *star = strchr(word, '*');
    for (int64_t n = star ? atoll(star + 1) : 1; n > 0; n--) {
        if (e->count == e->size) {
            e->size = 2 * e->size + 64;
            e->number = realloc(e->number, (size_t)e->size * sizeof *e->number);
            e->integer = realloc(e->integer, (size_t)e->size * sizeof *e->integer);
            assert_true(e->number && e->integer);
        }
        e->number[e->count] = strtod(word, NULL);
        e->integer[e->count++] = strtoll(word, NULL, 10);
    }
}

static lin_tensor *made(lin_ctx *ctx, lin_dtype type, lin_shape shape, const elements *e)
{
    if (type == LIN_I64) return lin_from_i64(ctx, e->integer, shape);
    return lin_to(lin_from_f64(ctx, e->number, shape), type);
}

/* One case as it is read. */
typedef struct reading {
    lin_ctx *ctx;
    char name[100];
    lin_dtype type;
    lin_shape shape;
    lin_tensor *t;
} reading;

static void read_values(reading *c, char *words)
{
    elements e = {0};
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        append(&e, word);
    c->t = made(c->ctx, c->type, c->shape, &e);
    free(e.number);
    free(e.integer);
}

static void read_range(reading *c, const char *words)
{
    char *rest;
    double start = strtod(words, &rest), step = strtod(rest, NULL);
    int64_t count = 1;
    for (int i = 0; i < c->shape.ndim; i++)
        count *= c->shape.dim[i];
    double *x = malloc((size_t)count * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < count; i++)
        x[i] = start + (double)i * step;
    c->t = lin_to(lin_from_f64(c->ctx, x, c->shape), c->type);
    free(x);
}

static void read_line(reading *c, char *line)
{
    line[strcspn(line, "\n")] = 0;
    char *rest = line + strcspn(line, " ");
    if (*rest) *rest++ = 0;
    long long a[4] = {0};
    int numbers = sscanf(rest, "%lld %lld %lld %lld", &a[0], &a[1], &a[2], &a[3]);
    if (!strcmp(line, "case")) {
        snprintf(c->name, sizeof c->name, "%s", rest);
    } else if (!strcmp(line, "type")) {
        c->type = type_named(rest);
    } else if (!strcmp(line, "default")) {
        lin_set_default_dtype(c->ctx, type_named(rest));
    } else if (!strcmp(line, "shape")) {
        c->shape.ndim = 0;
        for (char *word = strtok(rest, " "); word; word = strtok(NULL, " "))
            c->shape.dim[c->shape.ndim++] = atoll(word);
    } else if (!strcmp(line, "values")) {
        read_values(c, rest);
    } else if (!strcmp(line, "range")) {
        read_range(c, rest);
    } else if (!strcmp(line, "transpose") && numbers == 2) {
        c->t = lin_transpose(c->t, (int)a[0], (int)a[1]);
    } else if (!strcmp(line, "slice") && numbers == 4) {
        c->t = lin_slice_step(c->t, (int)a[0], a[1], a[2], a[3]);
    } else if (!strcmp(line, "grad")) {
        c->t = lin_requires_grad_(c->t, true);
    } else {
        fail_msg("%s: what is \"%s\"?", c->name, line);
    }
}

static void compare(const reading *c, const char *expected)
{
    check_ok(c->ctx);
    const char *text = lin_to_string(c->t);
    assert_non_null(text);
    size_t n = strlen(text);
    if (strncmp(text, expected, n) != 0 || strcmp(expected + n, "\n") != 0)
        fail_msg("%s: linnet prints\n%s\nPyTorch\n%s", c->name, text, expected);
}

/* Every stored case; how many there were. */
static int run_stored(lin_ctx *ctx)
{
    FILE *file = fopen(STORED, "r");
    if (!file) fail_msg("cannot read %s", STORED);
    reading c = {.ctx = ctx};
    char *line = NULL, text[1 << 15];
    size_t size = 0, used = 0;
    bool in_text = false;
    int cases = 0;
    while (getline(&line, &size, file) > 0) {
        if (in_text && !strcmp(line, "end\n")) {
            compare(&c, text);
            in_text = false;
            cases++;
        } else if (in_text) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", line);
            assert_true(used < sizeof text);
        } else if (!strcmp(line, "text\n")) {
            in_text = true;
            used = 0;
            text[0] = 0;
        } else if (line[0] != '#') {
            read_line(&c, line);
        }
    }
    free(line);
    fclose(file);
    return cases;
}

static void stored_strings(void **state)
{
    assert_true(run_stored(*state) >= 100);
}

/* A locale with a decimal comma changes nothing. */
static void a_decimal_comma_changes_nothing(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE", "fa_IR.UTF-8"};
    lin_tensor *t = lin_from_f64(*state, (const double[]){0.5, 1e-7}, LIN_SHAPE(2));
    const char *before = lin_to_string(t);
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!setlocale(LC_NUMERIC, names[i])) continue;
        found = true;
        assert_string_equal(lin_to_string(t), before);
    }
    setlocale(LC_NUMERIC, "C");
    if (!found) skip(); /* no such locale here */
}

static void graphs_are_named(void **state)
{
    lin_tensor *w = lin_requires_grad_(lin_from_f32(*state, (const float[]){1, 2}, LIN_SHAPE(2)), true);
    check_text(w, "tensor([1., 2.], requires_grad=True)");
    check_text(lin_mul_scalar(w, 2), "tensor([2., 4.], grad_fn=<MulBackward0>)");
    check_text(lin_sum(w), "tensor(3., grad_fn=<SumBackward0>)");
    check_text(lin_mean_dim(w, 0, true), "tensor([1.5000], grad_fn=<MeanBackward1>)");
    check_text(lin_matmul(w, w), "tensor(5., grad_fn=<DotBackward0>)");
    check_text(lin_mse_loss(w, lin_detach(lin_neg(w))), "tensor(10., grad_fn=<MseLossBackward0>)");
    check_text(lin_detach(lin_neg(w)), "tensor([-1., -2.])");
}

static void to_a_file(void **state)
{
    lin_ctx *ctx = *state;
    lin_tensor *t = lin_arange(ctx, 0, 4, 1, LIN_I64);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(lin_print(lin_reshape(t, LIN_SHAPE(2, 2)), file), 0);
    rewind(file);
    char text[64] = "";
    assert_int_equal(fread(text, 1, sizeof text - 1, file), 33);
    assert_string_equal(text, "tensor([[0, 1],\n        [2, 3]])\n");
    fclose(file);
    assert_int_equal(lin_print(NULL, stdout), LIN_EINVAL);
    assert_null(lin_to_string(NULL));
    check_ok(ctx);
    assert_int_equal(lin_print(t, NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "print: the file is NULL");
}

static void a_full_device_is_an_error(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    if (!full) skip();
    setvbuf(full, NULL, _IONBF, 0);
    assert_int_equal(lin_print(lin_ones(*state, LIN_SHAPE(2)), full), LIN_EIO);
    check_error_has(*state, LIN_EIO, "print: the file cannot be written");
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stored_strings), TEST(a_decimal_comma_changes_nothing), TEST(graphs_are_named),
        TEST(to_a_file),      TEST(a_full_device_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
