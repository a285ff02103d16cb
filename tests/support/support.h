/* tests/support/support.h: what the unit tests share: cmocka's includes, a context per test, comparisons of tensors. */
#ifndef LINNET_TESTS_SUPPORT_H
#define LINNET_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linnet.h>

/* The exit code by which CTest knows a test that could not run. */
enum { SKIPPED = 77 };

/* valgrind runs everything thirty times slower: a long sweep takes a part of its steps there (script/valgrind says so). */
static inline bool under_valgrind(void)
{
    return getenv("LINNET_VALGRIND") != NULL;
}
/* Is it spared there what takes too long? With LINNET_SOAK set it is not. */
static inline bool valgrind_spares(void)
{
    return under_valgrind() && !getenv("LINNET_SOAK");
}
/* What only tries the same paths on other numbers takes every n-th of them there. */
static inline int valgrind_step(int n)
{
    return valgrind_spares() ? n : 1;
}

/* A context for one test: cmocka_unit_test_setup_teardown(test, new_ctx, free_ctx); the test's ctx is *state. */
static inline int new_ctx(void **state)
{
    *state = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2});
    return *state ? 0 : -1;
}
static inline int free_ctx(void **state)
{
    lin_ctx_free(*state);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_ctx, free_ctx)

/* The recorded cause is this one, with this code; it is cleared. */
static inline void check_error(lin_ctx *ctx, int code, const char *text)
{
    assert_int_equal(lin_error_code_of(ctx), code);
    assert_string_equal(lin_error(ctx), text);
    lin_error_clear(ctx);
}
/* The recorded cause contains `part`; it is cleared. */
static inline void check_error_has(lin_ctx *ctx, int code, const char *part)
{
    assert_int_equal(lin_error_code_of(ctx), code);
    if (!strstr(lin_error(ctx), part)) fail_msg("\"%s\" is not in \"%s\"", part, lin_error(ctx));
    lin_error_clear(ctx);
}
static inline void check_ok(const lin_ctx *ctx)
{
    if (lin_error_code_of(ctx)) fail_msg("unexpected cause: %s", lin_error(ctx));
}
/* The text of t (its shape and elements) as lin_print gives it. */
static inline void check_text(lin_tensor *t, const char *text)
{
    assert_non_null(t);
    assert_string_equal(lin_to_string(t), text);
}
/* Elements in row-major order, within tol. */
static inline void check_values(lin_tensor *t, int count, const double *expected, double tol)
{
    assert_non_null(t);
    assert_int_equal(lin_numel(t), count);
    lin_tensor *flat = lin_reshape(lin_detach(t), LIN_SHAPE(-1));
    assert_non_null(flat);
    for (int i = 0; i < count; i++) {
        double got = lin_at(flat, LIN_SHAPE(i)), want = expected[i];
        bool same = got == want || (got != got && want != want) || (got - want <= tol && want - got <= tol);
        if (!same) fail_msg("element %d is %.17g, expected %.17g", i, got, want);
    }
}
#define CHECK_VALUES(t, tol, ...) \
    check_values(t, (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (const double[]){__VA_ARGS__}, tol)

#endif
