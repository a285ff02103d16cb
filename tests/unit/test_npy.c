/* NumPy's files: every format, type and order that is read, the bytes that are written, and every way to be wrong. */
#include "support/gzip.h"

#include <math.h>

/* An npy file: version, head as it is, elements. Returns its path. */
static const char *put_npy(int version, const char *head, const void *data, size_t bytes)
{
    size_t length = strlen(head), at = version == 1 ? 10 : 12;
    unsigned char *all = calloc(at + length + bytes, 1);
    memcpy(all, "\x93NUMPY", 6);
    all[6] = (unsigned char)version;
    for (size_t i = 8; i < at; i++)
        all[i] = (unsigned char)(length >> 8 * (i - 8));
    memcpy(all + at, head, length);
    if (bytes) memcpy(all + at + length, data, bytes);
    put_file(in_folder("a.npy"), all, at + length + bytes);
    free(all);
    return in_folder("a.npy");
}

#define HEAD(type, fortran, shape) "{'descr': '" type "', 'fortran_order': " fortran ", 'shape': " shape ", }      \n"
#define BYTES(...)                 (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})
/* A vector of two elements of this type. */
#define TWO(type, ...)             lin_load_npy(*state, put_npy(1, HEAD(type, "False", "(2,)"), BYTES(__VA_ARGS__)))

/* ---- What is read ---------------------------------------------------------------------------------- */

static void every_type_is_read_and_widened(void **state)
{
    check_text(TWO("|u1", 1, 255), "tensor([  1, 255], dtype=torch.uint8)");
    check_text(TWO("|b1", 1, 0), "tensor([1, 0], dtype=torch.uint8)");
    check_text(TWO("|i1", 1, 255), "tensor([ 1, -1])");
    check_text(TWO("<u2", 1, 0, 255, 255), "tensor([    1, 65535])");
    check_text(TWO("<i2", 1, 0, 255, 255), "tensor([ 1, -1])");
    check_text(TWO("<u4", 1, 0, 0, 0, 255, 255, 255, 255), "tensor([         1, 4294967295])");
    check_text(TWO("<i4", 1, 0, 0, 0, 255, 255, 255, 255), "tensor([ 1, -1])");
    check_text(TWO("<u8", 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127),
               "tensor([                  1, 9223372036854775807])");
    check_text(TWO("<i8", 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255), "tensor([ 1, -1])");
    check_text(TWO("<f2", 0, 0x3c, 0xff, 0x7b), "tensor([1.0000e+00, 6.5504e+04])");
    check_text(TWO("<f4", 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0), "tensor([ 1.0000, -2.5000])");
    check_text(TWO("<f8", 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0),
               "tensor([ 1.0000, -2.5000], dtype=torch.float64)");
}

static void big_endian_elements_are_swapped(void **state)
{
    check_text(TWO(">i2", 0, 1, 255, 254), "tensor([ 1, -2])");
    check_text(TWO(">u4", 0, 0, 0, 1, 255, 255, 255, 255), "tensor([         1, 4294967295])");
    check_text(TWO(">i8", 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255), "tensor([ 1, -1])");
    check_text(TWO(">f2", 0x3c, 0, 0xc1, 0), "tensor([ 1.0000, -2.5000])");
    check_text(TWO(">f4", 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0), "tensor([ 1.0000, -2.5000])");
    check_text(TWO(">f8", 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0),
               "tensor([ 1.0000, -2.5000], dtype=torch.float64)");
}

static void every_half_is_the_float_it_names(void **state)
{
    static uint16_t halves[65536];
    for (int i = 0; i < 65536; i++)
        halves[i] = (uint16_t)i;
    lin_tensor *t = lin_load_npy(*state, put_npy(1, HEAD("<f2", "False", "(65536,)"), halves, sizeof halves));
    assert_non_null(t);
    for (int i = 0; i < 65536; i++) {
        int exponent = i >> 10 & 31, fraction = i & 1023;
        double x = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
        if (exponent == 31) x = fraction ? NAN : INFINITY;
        if (i & 0x8000) x = -x;
        float got = lin_f32(t)[i];
        assert_true(isnan(x) ? isnan(got) : (double)got == x && !signbit(got) == !signbit(x));
    }
}

static void all_three_formats(void **state)
{
    for (int version = 1; version <= 3; version++) {
        lin_tensor *t = lin_load_npy(*state, put_npy(version, HEAD("|u1", "False", "(2, 1)"), "\1\2", 2));
        assert_non_null(t);
        assert_int_equal(lin_ndim(t), 2);
        CHECK_VALUES(t, 0, 1, 2);
    }
}

static void fortran_order_becomes_row_major(void **state)
{
    /* numpy.arange(24).reshape(2, 3, 4) saved in Fortran order: the first index runs fastest. */
    unsigned char bytes[24];
    for (int i = 0, at = 0; i < 4; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 2; k++)
                bytes[at++] = (unsigned char)(12 * k + 4 * j + i);
    for (int pass = 0; pass < 2; pass++) {
        const char *path = put_npy(1, HEAD("|i1", "True", "(2, 3, 4)"), bytes, 24);
        if (pass) { /* and from a stream */
            size_t length;
            unsigned char *all = get_file(path, &length);
            put_gzip(path, all, length);
            free(all);
        }
        lin_tensor *t = lin_load_npy(*state, path);
        assert_non_null(t);
        assert_true(lin_is_contiguous(t));
        assert_int_equal(lin_dim(t, 0), 2);
        assert_int_equal(lin_dim(t, 2), 4);
        for (int i = 0; i < 24; i++)
            assert_int_equal(lin_i64(t)[i], i);
    }
    check_text(lin_load_npy(*state, put_npy(1, HEAD("|u1", "True", "(2,)"), "\1\2", 2)),
               "tensor([1, 2], dtype=torch.uint8)");
    check_text(lin_load_npy(*state, put_npy(1, HEAD("|u1", "True", "()"), "\1", 1)), "tensor(1, dtype=torch.uint8)");
}

static void heads_as_others_write_them(void **state)
{
    static const char *const heads[] = {
        "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"|u1\"}", /* another order and quotes, no spaces, no newline */
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2L,)}\n", /* Python 2 */
        " { 'descr' : '<u1' ,\t'fortran_order':False,\n'shape':( 2 , ) , } \n\n",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2)}",
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        CHECK_VALUES(lin_load_npy(*state, put_npy(1, heads[i], "\1\2", 2)), 0, 1, 2);
}

static void a_head_of_64_kilobytes(void **state)
{
    static char head[65536];
    memset(head, ' ', 65535);
    memcpy(head, "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", 57);
    CHECK_VALUES(lin_load_npy(*state, put_npy(1, head, "\1\2", 2)), 0, 1, 2);
}

static void empty_arrays(void **state)
{
    lin_tensor *t = lin_load_npy(*state, put_npy(1, HEAD("<f4", "True", "(0, 9223372036854775807)"), NULL, 0));
    assert_null(t); /* 2^63 − 1 floats would be too much even for no rows of them */
    check_error_has(*state, LIN_EDATA, "more than any memory holds");
    t = lin_load_npy(*state, put_npy(1, HEAD("<f4", "False", "(3, 0)"), NULL, 0));
    assert_non_null(t);
    assert_int_equal(lin_dim(t, 0), 3);
    assert_int_equal(lin_numel(t), 0);
}

/* ---- What is refused ------------------------------------------------------------------------------- */

static void object_arrays_are_refused(void **state)
{
    static const char *const types[] = {"|O", "|O8", "O"};
    for (size_t i = 0; i < 3; i++) {
        char head[200];
        snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }\n", types[i]);
        assert_null(lin_load_npy(*state, put_npy(1, head, "\x80\4K\1.", 5)));
        check_error_has(*state, LIN_EDATA,
                        "a.npy: byte 20: the array holds Python objects, stored as pickle, which linnet "
                        "never reads: save it as numbers (array.astype(float))");
    }
}

#define REFUSED(head, text)                                             \
    do {                                                                \
        assert_null(lin_load_npy(*state, put_npy(1, head, "\1\2", 2))); \
        check_error_has(*state, LIN_EDATA, "a.npy: " text);             \
    } while (0)

static void types_that_tensors_have_not(void **state)
{
    REFUSED(HEAD("<c8", "False", "(2,)"),
            "byte 20: type '<c8' is not one that linnet reads: bool, integers, f2, f4, f8");
    REFUSED(HEAD("<f16", "False", "(2,)"), "byte 20: type '<f16' is not");
    REFUSED(HEAD("<U3", "False", "(2,)"), "byte 20: type '<U3' is not");
    REFUSED(HEAD("<M8[ns]", "False", "(2,)"), "byte 20: type '<M8[ns]' is not");
    REFUSED(HEAD("|f4", "False", "(2,)"), "byte 20: type '|f4' is not");
    REFUSED(HEAD("=f4", "False", "(2,)"), "byte 20: type '=f4' is not");
    REFUSED(HEAD("f4", "False", "(2,)"), "byte 20: type 'f4' is not");
    REFUSED(HEAD("", "False", "(2,)"), "byte 20: type '' is not");
    REFUSED("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
            "byte 20: the head has '[', expected a plain type: linnet reads no structured arrays, save one array for "
            "each field");
    REFUSED(HEAD("<f4abcdefghijklmnopqrstuvwxyz012", "False", "(2,)"),
            "byte 20: the head has ''', expected a type, such as '<f4'");
    REFUSED(HEAD("<f4abcdefghijklmnopqrstuvwxyz01", "False", "(2,)"),
            "byte 20: type '<f4abcdefghijklmnopqrstuvwxyz01' is not");
    REFUSED(HEAD("<f4abcdefghijklmnopqrstuvwxyzabcdefgh", "False", "(2,)"),
            "byte 20: the head has ''', expected a type, such as '<f4'");
}

static void heads_that_are_no_dict_of_three_keys(void **state)
{
    REFUSED("", "byte 10: the head ends, expected '{'");
    REFUSED("[]", "byte 10: the head has '[', expected '{'");
    REFUSED("{}", "byte 11: the head has '}', expected 'descr', 'fortran_order' and 'shape', each once");
    REFUSED("{'descr': '|u1', 'shape': (2,)}",
            "byte 40: the head has '}', expected 'descr', 'fortran_order' and 'shape', each once");
    REFUSED("{'descr': '|u1', 'descr': '|u1'}",
            "byte 27: the head has ''', expected 'descr', 'fortran_order' and 'shape', each once");
    REFUSED("{'descr': '|u1', 'extra': 1}",
            "byte 27: the head has ''', expected 'descr', 'fortran_order' and 'shape', each once");
    REFUSED("{descr: '|u1'}", "byte 11: the head has 'd', expected 'descr', 'fortran_order' or 'shape'");
    REFUSED("{'descr", "byte 11: the head has ''', expected 'descr', 'fortran_order' or 'shape'");
    REFUSED("{'descr' '|u1'}", "byte 19: the head has ''', expected ':'");
    REFUSED("{'descr': 4}", "byte 20: the head has '4', expected a type, such as '<f4'");
    REFUSED("{'descr': '|\\u1'}", "byte 20: the head has ''', expected a type, such as '<f4'");
    REFUSED("{'descr': '|u1' 'shape': (2,)}", "byte 26: the head has ''', expected ',' or '}'");
    REFUSED("{'descr': '|u1',, 'shape': (2,)}",
            "byte 26: the head has ',', expected 'descr', 'fortran_order' or 'shape'");
    REFUSED("{'fortran_order': false}", "byte 28: the head has 'f', expected True or False");
    REFUSED("{'fortran_order': True", "byte 32: the head ends, expected ',' or '}'");
    REFUSED("{'fortran_order': Fals", "byte 28: the head has 'F', expected True or False");
    REFUSED(HEAD("|u1", "False", "(2,)") "x", "byte 74: the head has 'x', expected nothing behind '}'");
    REFUSED(HEAD("|u1", "False", "(2,)") "\x1b", "byte 74: the head has 0x1B, expected nothing behind '}'");
    REFUSED(HEAD("|u1", "False", "(2,)") "\x7f", "byte 74: the head has 0x7F, expected nothing behind '}'");
    REFUSED(HEAD("|u1", "False", "(2,)") "~", "byte 74: the head has '~', expected nothing behind '}'");
    REFUSED(HEAD("|u1", "False", "(2,)") "!", "byte 74: the head has '!', expected nothing behind '}'");
}

static void shapes_that_are_no_tuple_of_sizes(void **state)
{
    REFUSED("{'shape': 2}", "byte 20: the head has '2', expected the shape, such as (2, 3)");
    REFUSED("{'shape': (2)}", "byte 22: the head has ')', expected ',': a shape of one dimension is written (3,)");
    REFUSED("{'shape': (,)}", "byte 21: the head has ',', expected a dimension, a whole number from 0 on");
    REFUSED("{'shape': (-2,)}", "byte 21: the head has '-', expected a dimension, a whole number from 0 on");
    REFUSED("{'shape': (2 3)}", "byte 23: the head has '3', expected ',' or ')'");
    REFUSED("{'shape': (2.0,)}", "byte 22: the head has '.', expected ',' or ')'");
    REFUSED("{'shape': (2,,)}", "byte 23: the head has ',', expected a dimension, a whole number from 0 on");
    REFUSED("{'shape': (2,", "byte 23: the head ends, expected a dimension, a whole number from 0 on");
    REFUSED("{'shape': (23", "byte 23: the head ends, expected ',' or ')'");
    REFUSED("{'shape': (9223372036854775807, 9223372036854775808)",
            "byte 60: the head has '8', expected a dimension below 2^63");
    REFUSED("{'shape': (92233720368547758070)", "byte 40: the head has '0', expected a dimension below 2^63");
    REFUSED("{'fortran_order': Tru", "byte 28: the head has 'T', expected True or False");
    REFUSED("{'shape': (9223372036854775808,)}", "byte 39: the head has '8', expected a dimension below 2^63");
    REFUSED("{'shape': (1,1,1,1,1,1,1,1,1)}",
            "byte 37: the head has '1', expected ')': linnet takes up to 8 dimensions");
    REFUSED(HEAD("|u1", "False", "(4611686018427387904, 4611686018427387904)"),
            "byte 112: that is more than any memory holds");
    REFUSED(HEAD("|u1", "False", "(3,)"),
            "byte 74: the file is cut off: 2 bytes of elements follow, expected 3: the head says U8 of shape (3)");
    REFUSED(HEAD("|u1", "False", "(1,)"),
            "byte 75: more follows behind the last element: the head says U8 of shape (1)");
}

static void unsigned_numbers_that_i64_has_not(void **state)
{
    static const unsigned char big[24] = {255, 255, 255,  255,         255,
                                          255, 255, 0x7f, [15] = 0x80, [23] = 0x90}; /* 2^63 - 1, 2^63, more */
    static const struct {
        const char *shape;
        int first, count;
    } cases[] = {{"(1,)", 1, 1}, {"(2,)", 1, 2}, {"(2,)", 0, 2}, {"(3,)", 0, 3}};
    for (int i = 0; i < 8; i++) {
        int first = cases[i / 2].first, count = cases[i / 2].count;
        char head[100], expected[200];
        snprintf(head, sizeof head, HEAD("<u8", "False", "%s"), cases[i / 2].shape);
        const char *path = put_npy(1, head, big + 8 * first, 8 * (size_t)count);
        size_t length;
        unsigned char *all = get_file(path, &length);
        if (i % 2) put_gzip(path, all, length);
        free(all);
        assert_null(lin_load_npy(*state, path));
        snprintf(expected, sizeof expected,
                 "a.npy: byte %d: the array holds 9223372036854775808, above 9223372036854775807, the largest of i64",
                 74 + (first ? 0 : 8));
        check_error_has(*state, LIN_EDATA, expected);
    }
}

static void files_that_are_not_npy(void **state)
{
    const char *path = in_folder("a");
    put_file(path, "\x93NUMPX\1\0\0\0", 10);
    assert_null(lin_load_npy(*state, path));
    check_error_has(*state, LIN_EDATA, "a: byte 4: 50 58, expected \"PY\": not an npy file");
    put_file(path, "\x93NUMPY\4\0\0\0", 10);
    assert_null(lin_load_npy(*state, path));
    check_error_has(*state, LIN_EDATA, "a: byte 6: npy format 4.0; linnet reads 1.0, 2.0 and 3.0");
    put_file(path, "\x93NUMPY\1\1\0\0", 10);
    assert_null(lin_load_npy(*state, path));
    check_error_has(*state, LIN_EDATA, "a: byte 6: npy format 1.1; linnet reads 1.0, 2.0 and 3.0");
    put_file(path, "\x93NUMPY\2\0\0\0\1\0", 12);
    assert_null(lin_load_npy(*state, path));
    check_error_has(*state, LIN_EDATA,
                    "a: byte 8: a head of 65536 bytes; linnet reads up to 65535, enough for any plain array");
    put_file(path, "1,2\n3,4\n", 8);
    assert_null(lin_load_npy(*state, path));
    check_error_has(*state, LIN_EDATA, "a: byte 0: begins with 31 2C 32 0A, not with 93 4E 55 4D: not an npy file");
    assert_null(lin_load_npy(*state, test_folder));
    check_error_has(*state, LIN_ENOFILE, "is a directory, expected a file");
}

static void a_file_cut_or_flipped_anywhere(void **state)
{
    lin_ctx *ctx = *state;
    assert_int_equal(lin_save_npy(lin_from_f32(ctx, (float[]){1, 2, 3}, LIN_SHAPE(3)), in_folder("a.npy")), 0);
    size_t length;
    unsigned char *all = get_file(in_folder("a.npy"), &length);
    for (size_t cut = 0; cut < length; cut++) {
        put_file(in_folder("a.npy"), all, cut);
        assert_null(lin_load_npy(ctx, in_folder("a.npy")));
        check_error_has(ctx, LIN_EDATA, in_folder("a.npy: "));
    }
    for (size_t bit = 0; bit < 8 * length; bit++) {
        all[bit / 8] ^= (unsigned char)(1 << bit % 8);
        put_file(in_folder("a.npy"), all, length);
        all[bit / 8] ^= (unsigned char)(1 << bit % 8);
        lin_region mark = lin_mark(ctx);
        if (lin_load_npy(ctx, in_folder("a.npy")))
            check_ok(ctx);
        else
            check_error_has(ctx, LIN_EDATA, in_folder("a.npy: "));
        assert_true(lin_memory(ctx) < 1 << 20);
        lin_release(mark);
    }
    free(all);
}

/* ---- By content ------------------------------------------------------------------------------------ */

static void any_array_by_its_content(void **state)
{
    CHECK_VALUES(lin_load_array(*state, put_npy(1, HEAD("|u1", "False", "(2,)"), "\1\2", 2)), 0, 1, 2);
    put_file(in_folder("a"), "\0\0\x08\1\0\0\0\2\3\4", 10);
    CHECK_VALUES(lin_load_array(*state, in_folder("a")), 0, 3, 4);
    put_gzip(in_folder("a"), "\0\0\x08\1\0\0\0\2\5\6", 10);
    CHECK_VALUES(lin_load_array(*state, in_folder("a")), 0, 5, 6);
    put_file(in_folder("a"), "PK\3\4....", 8);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA,
                    "a: byte 0: this is a zip file (npz is one): unpack it, and load the .npy files in it");
    put_file(in_folder("a"), "1,2\n", 4);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(
        *state, LIN_EDATA,
        "a: byte 0: looks like text; arrays are read from IDX and npy files: in Python numpy.save(\"X.npy\", "
        "numpy.loadtxt(\"X.csv\", delimiter=\",\")) makes npy of CSV");
    put_file(in_folder("a"), "\x89PNG", 4);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(
        *state, LIN_EDATA,
        "a: byte 0: begins with 89 50 4E 47: neither an IDX file (00 00, type, rank) nor npy (93 4E 55 4D)");
    assert_null(lin_load_array(NULL, "a"));
    assert_null(lin_load_npy(NULL, "a"));
}

static void what_a_file_of_an_array_is(void **state)
{
    lin_array_info info;
    assert_non_null(lin_load_array_with(*state, put_npy(1, HEAD("<f2", "False", "(1,)"), "\0\x3c", 2), &info));
    assert_string_equal(info.format, "npy");
    assert_string_equal(info.stored, "F16");
    put_file(in_folder("a"), "\0\0\x09\1\0\0\0\2\3\4", 10);
    assert_non_null(lin_load_array_with(*state, in_folder("a"), &info));
    assert_string_equal(info.format, "idx");
    assert_string_equal(info.stored, "I8");
    put_file(in_folder("a"), "\0\0\x09\1\0\0\0\2\3", 9); /* the head stands, an element is missing */
    assert_null(lin_load_array_with(*state, in_folder("a"), &info));
    assert_string_equal(info.format, "idx");
    assert_string_equal(info.stored, "I8");
    lin_error_clear(*state);
    put_file(in_folder("a"), "\x80\2}q", 4);
    assert_null(lin_load_array_with(*state, in_folder("a"), &info));
    assert_null(info.format);
    check_error_has(*state, LIN_EDATA, "a: byte 0: this is a Python pickle, which linnet never reads");
    static const unsigned char near[] = {1, 6}; /* pickle's versions are 2 to 5 */
    for (int i = 0; i < 2; i++) {
        put_file(in_folder("a"), (unsigned char[]){0x80, near[i], 3, 0, 0}, 5);
        assert_null(lin_load_array(*state, in_folder("a")));
        check_error_has(*state, LIN_EDATA, "a: byte 0: begins with 80");
    }
    put_file(in_folder("a"), "\x80\5}q", 4);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: this is a Python pickle");
    static const char text[] = "\t\r ~aaaaaa", none[] = {8, 14, 31, 127};
    put_file(in_folder("a"), text, 10);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: looks like text");
    for (int i = 0; i < 4; i++) {
        char file[] = "aaaaaaaaaa";
        file[i] = none[i];
        put_file(in_folder("a"), file, 10);
        assert_null(lin_load_array(*state, in_folder("a")));
        check_error_has(*state, LIN_EDATA, "a: byte 0: begins with ");
    }
    put_file(in_folder("a"), (unsigned char[]){5, 0, 8, 0, 0}, 5);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: begins with 05 00 08 00: neither an IDX file");
    put_file(in_folder("a"), (unsigned char[]){0, 1, 8, 0, 0}, 5);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: begins with 00 01 08 00: neither an IDX file");
    put_file(in_folder("a"), "\x30\2\0\0\0\0\0\0{}", 10);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: this holds safetensors, perhaps a model: expected an array");
    put_gzip(in_folder("a"), "\x30\2\0\0\0\0\0\0{}", 10);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: this holds safetensors, perhaps a model: expected an array");
    put_file(in_folder("a"), "\x30\2\0\1\0\0\0\0", 8);
    assert_null(lin_load_array(*state, in_folder("a")));
    check_error_has(*state, LIN_EDATA, "a: byte 0: begins with 30 02 00 01");
}

/* ---- What is written ------------------------------------------------------------------------------- */

/* t is saved as numpy.save (2.4) saves it: this text, spaces up to the newline at byte 127, the elements. */
static void check_saved(lin_tensor *t, const char *dict, const void *elements)
{
    size_t length, bytes = (size_t)lin_numel(t) * lin_dtype_size(lin_type(t));
    assert_int_equal(lin_save_npy(t, in_folder("a.npy")), 0);
    unsigned char *all = get_file(in_folder("a.npy"), &length), head[128];
    memset(head, ' ', sizeof head);
    memcpy(head, "\x93NUMPY\1\0v\0", 10);
    memcpy(head + 10, dict, strlen(dict));
    head[127] = '\n';
    assert_int_equal(length, sizeof head + bytes);
    assert_memory_equal(all, head, sizeof head);
    assert_memory_equal(all + sizeof head, elements, bytes);
    free(all);
}

static void saved_as_numpy_saves(void **state)
{
    float f[] = {1, -2, 3, 4, 5, 6};
    double d[] = {0.1, 0.2};
    int64_t l[] = {-1, 2, 3};
    check_saved(lin_from_f32(*state, f, LIN_SCALAR), "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", f);
    check_saved(lin_from_f32(*state, f, LIN_SHAPE(2, 3)), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                f);
    check_saved(lin_from_f64(*state, d, LIN_SHAPE(2)), "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", d);
    check_saved(lin_from_i64(*state, l, LIN_SHAPE(3, 1)), "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 1), }",
                l);
    check_saved(lin_from_u8(*state, (uint8_t *)f, LIN_SHAPE(2, 2, 2)),
                "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2), }", f);
    check_saved(lin_zeros(*state, LIN_SHAPE(0, 5)), "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }", f);
    float turned[] = {1, 4, -2, 5, 3, 6}; /* a view is saved as what it shows */
    check_saved(lin_transpose(lin_from_f32(*state, f, LIN_SHAPE(2, 3)), 0, 1),
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", turned);
}

/* Where the text would end at a multiple of 64, NumPy adds 64 spaces more. */
static void the_padding_is_never_empty(void **state)
{
    for (int64_t rows = 1; rows < 1000000; rows *= 10)
        for (int rank = 1; rank <= LIN_MAX_DIMS; rank++) {
            lin_shape shape = {.ndim = rank, .dim = {rows, 0, rows, 10, 100, 7, 1, 1}};
            if (rank == 1) shape.dim[0] = 0;
            lin_tensor *t = lin_zeros(*state, shape);
            assert_int_equal(lin_save_npy(t, in_folder("a.npy")), 0);
            size_t length;
            unsigned char *all = get_file(in_folder("a.npy"), &length);
            assert_int_equal(length % 64, 0);
            assert_int_equal(length, 10 + all[8] + all[9] * 256);
            assert_int_equal(all[length - 2], ' ');
            assert_int_equal(all[length - 1], '\n');
            free(all);
            lin_tensor *back = lin_load_npy(*state, in_folder("a.npy"));
            assert_non_null(back);
            for (int i = 0; i < rank; i++)
                assert_int_equal(lin_dim(back, i), shape.dim[i]);
        }
}

static void saving_fails_with_a_cause(void **state)
{
    lin_tensor *t = lin_zeros(*state, LIN_SHAPE(2));
    assert_int_equal(lin_save_npy(NULL, "a"), LIN_EINVAL);
    check_ok(*state); /* a NULL tensor has no context to record a cause in */
    assert_int_equal(lin_save_npy(t, NULL), LIN_EINVAL);
    check_error(*state, LIN_EINVAL, "the path of a file to write is NULL");
    assert_int_equal(lin_save_npy(t, test_folder), LIN_EIO);
    check_error_has(*state, LIN_EIO, "cannot be written: Is a directory");
    assert_int_equal(lin_save_npy(t, in_folder("no/such")), LIN_EIO);
    check_error_has(*state, LIN_EIO, "no/such: cannot be created");
    assert_int_equal(lin_save_npy(t, "/dev/full"), LIN_EIO);
    check_error(*state, LIN_EIO,
                "/dev/full: cannot be written: No space left on device: make room, or write elsewhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_is_read_and_widened),
        TEST(big_endian_elements_are_swapped),
        TEST(every_half_is_the_float_it_names),
        TEST(all_three_formats),
        TEST(fortran_order_becomes_row_major),
        TEST(heads_as_others_write_them),
        TEST(a_head_of_64_kilobytes),
        TEST(empty_arrays),
        TEST(object_arrays_are_refused),
        TEST(types_that_tensors_have_not),
        TEST(heads_that_are_no_dict_of_three_keys),
        TEST(shapes_that_are_no_tuple_of_sizes),
        TEST(unsigned_numbers_that_i64_has_not),
        TEST(files_that_are_not_npy),
        TEST(a_file_cut_or_flipped_anywhere),
        TEST(any_array_by_its_content),
        TEST(what_a_file_of_an_array_is),
        TEST(saved_as_numpy_saves),
        TEST(the_padding_is_never_empty),
        TEST(saving_fails_with_a_cause),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
