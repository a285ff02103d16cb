/* Safetensors files: what is written, to the byte; what is read, of every type; and what is refused. */
#include "model/safetensors.h"

#include "support/files.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static lin_state state_of(int count, const char *const *names, lin_tensor *const *tensors)
{
    return (lin_state){.count = count, .names = names, .tensors = tensors};
}
#define STATE(count, ...) state_of(count, names, (lin_tensor *const[]){__VA_ARGS__})

static lin_tensor *tensor_of(lin_state state, const char *name)
{
    for (int i = 0; i < state.count; i++)
        if (!strcmp(state.names[i], name)) return state.tensors[i];
    fail_msg("no tensor \"%s\"", name);
    return NULL;
}

/* ---- Round trips -------------------------------------------------------------------------------- */

static void check_same(lin_tensor *a, lin_tensor *b)
{
    lin_shape x = lin_size(a), y = lin_size(b);
    assert_int_equal(lin_type(a), lin_type(b));
    assert_int_equal(x.ndim, y.ndim);
    assert_memory_equal(x.dim, y.dim, (size_t)x.ndim * sizeof x.dim[0]);
    size_t bytes = (size_t)lin_numel(a) * lin_dtype_size(lin_type(a));
    char *p = malloc(bytes + 1), *q = malloc(bytes + 1);
    assert_int_equal(lin_copy_out(a, p), 0);
    assert_int_equal(lin_copy_out(b, q), 0);
    assert_memory_equal(p, q, bytes);
    free(p);
    free(q);
}

static void every_type_and_rank(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("types.safetensors");
    const char *names[] = {"f32", "a \"quoted\\name\"\n", "größe", "", "scalar", "empty", "eight", "turned"};
    const float floats[] = {1.5f, -0.0f, INFINITY, NAN, 1e-45f, 3};
    lin_tensor *tensors[] = {lin_from_f32(ctx, floats, LIN_SHAPE(2, 3)),
                             lin_from_f64(ctx, (const double[]){0.1, -1e308}, LIN_SHAPE(2)),
                             lin_from_i64(ctx, (const int64_t[]){INT64_MIN, -1, INT64_MAX}, LIN_SHAPE(3)),
                             lin_from_u8(ctx, (const uint8_t[]){0, 127, 255}, LIN_SHAPE(3, 1)),
                             lin_full(ctx, 7, LIN_SCALAR),
                             lin_zeros(ctx, LIN_SHAPE(3, 0, 2)),
                             lin_uniform(ctx, 0, 1, LIN_SHAPE(1, 2, 1, 2, 1, 2, 1, 2)),
                             lin_transpose(lin_from_f32(ctx, floats, LIN_SHAPE(2, 3)), 0, 1)};
    assert_int_equal(lin_save_safetensors(ctx, path, state_of(8, names, tensors)), 0);
    lin_state back;
    assert_int_equal(lin_load_safetensors(ctx, path, &back), 0);
    assert_int_equal(back.count, 8);
    for (int i = 0; i < 8; i++) {
        assert_string_equal(back.names[i], names[i]); /* in the same order */
        check_same(back.tensors[i], tensors[i]);
    }
    check_ok(ctx);
}

/* u8 before f32 before f64 in the header; in the data the wide ones first, so that each is aligned. */
static void the_bytes_of_a_file(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("golden.safetensors"), *names[] = {"c", "b", "a"};
    assert_int_equal(lin_save_safetensors(ctx, path,
                                          STATE(3, lin_from_u8(ctx, (const uint8_t[]){9, 8, 7}, LIN_SHAPE(3)),
                                                lin_from_f32(ctx, (const float[]){1, -2}, LIN_SHAPE(1, 2)),
                                                lin_from_f64(ctx, (const double[]){0.5}, LIN_SCALAR))),
                     0);
    static const char expected[] = "\xa8\0\0\0\0\0\0\0"
                                   "{\"c\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[16,19]},"
                                   "\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]},"
                                   "\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}     "
                                   "\0\0\0\0\0\0\xe0\x3f"   /* 0.5 */
                                   "\0\0\x80\x3f\0\0\0\xc0" /* 1, -2 */
                                   "\x09\x08\x07";
    size_t bytes;
    unsigned char *got = get_file(path, &bytes);
    assert_int_equal(bytes, sizeof expected - 1);
    assert_memory_equal(got, expected, bytes);
    free(got);
}

static void a_file_without_tensors(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("none.safetensors");
    assert_int_equal(lin_save_safetensors(ctx, path, (lin_state){0}), 0);
    lin_state back = {.count = 5};
    assert_int_equal(lin_load_safetensors(ctx, path, &back), 0);
    assert_int_equal(back.count, 0);
}

/* ---- Types that linnet has not ------------------------------------------------------------------- */

static void other_types_are_widened(void **state)
{
    lin_ctx *ctx = *state;
    const char *header = "{\"f16\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
                         "\"bf16\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[6,12]},"
                         "\"i8\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[12,14]},"
                         "\"i16\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[14,16]},"
                         "\"i32\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[16,20]},"
                         "\"u16\":{\"dtype\":\"U16\",\"shape\":[1],\"data_offsets\":[20,22]},"
                         "\"u32\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[22,26]},"
                         "\"u64\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[26,34]},"
                         "\"bool\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[34,37]}}";
    const unsigned char data[] = {0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc,             /* 1, 2^-24, -inf */
                                  0x80, 0x3f, 0x49, 0x40, 0x80, 0x7f,             /* 1, 3.140625, inf */
                                  0x80, 0x7f,                                     /* -128, 127 */
                                  0x00, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* -32768, -1, 65535 */
                                  0xff, 0xff, 0xff, 0xff,                         /* 4294967295 */
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
                                  0,    1,    2}; /* 2^63 - 1; false, true, true */
    lin_state s;
    const char *path = put_safetensors(in_folder("wide.safetensors"), header, data, sizeof data);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), 0);
    assert_int_equal(s.count, 9);
    CHECK_VALUES(tensor_of(s, "f16"), 0, 1, 0x1p-24, -INFINITY);
    CHECK_VALUES(tensor_of(s, "bf16"), 0, 1, 3.140625, INFINITY);
    CHECK_VALUES(tensor_of(s, "i8"), 0, -128, 127);
    CHECK_VALUES(tensor_of(s, "i16"), 0, -32768);
    CHECK_VALUES(tensor_of(s, "i32"), 0, -1);
    CHECK_VALUES(tensor_of(s, "u16"), 0, 65535);
    CHECK_VALUES(tensor_of(s, "u32"), 0, 4294967295.0);
    assert_int_equal(lin_item_i64(tensor_of(s, "u64")), INT64_MAX);
    CHECK_VALUES(tensor_of(s, "bool"), 0, 0, 1, 1);
    const lin_dtype types[] = {LIN_F32, LIN_F32, LIN_I64, LIN_I64, LIN_I64, LIN_I64, LIN_I64, LIN_I64, LIN_U8};
    for (int i = 0; i < 9; i++)
        assert_int_equal(lin_type(s.tensors[i]), types[i]);
    lin_model_info info;
    assert_int_equal(lin_load_safetensors_with(ctx, path, &s, &info), 0);
    const char *const stored[] = {"F16", "BF16", "I8", "I16", "I32", "U16", "U32", "U64", "BOOL"};
    for (int i = 0; i < 9; i++)
        assert_string_equal(info.stored[i], stored[i]);
}

static void an_unsigned_number_that_does_not_fit(void **state)
{
    lin_ctx *ctx = *state;
    lin_state s;
    const char *path =
        put_safetensors(in_folder("u64.safetensors"),
                        "{\"n\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}", "\0\0\0\0\0\0\0\x80", 8);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA,
                    "u64.safetensors: byte 62: tensor \"n\" holds 9223372036854775808, above 9223372036854775807");
}

/* More elements than are widened at a time. */
static void a_large_tensor_is_widened_in_pieces(void **state)
{
    lin_ctx *ctx = *state;
    enum { N = 20001 };
    static int16_t data[N];
    for (int i = 0; i < N; i++)
        data[i] = (int16_t)(i - 10000);
    lin_state s;
    const char *path =
        put_safetensors(in_folder("pieces.safetensors"),
                        "{\"n\":{\"dtype\":\"I16\",\"shape\":[20001],\"data_offsets\":[0,40002]}}", data, sizeof data);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(lin_i64(s.tensors[0])[i], i - 10000);
}

/* ---- Metadata ------------------------------------------------------------------------------------ */

static void foreign_metadata(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = put_safetensors(
        in_folder("meta.safetensors"),
        "{\"__metadata__\":{\"format\":\"pt\",\"linnet\":\"{}\",\"n\\u00fcl\":\"a\\u0000b\",\"\":\"\"}}  ", NULL, 0);
    lin_state s;
    lin_model_info info = {.task = "left over"};
    assert_int_equal(lin_load_safetensors_with(ctx, path, &s, &info), 0);
    assert_null(info.task);
    assert_int_equal(info.format, 1); /* linnet's own is there, which does not count below */
    assert_int_equal(info.metadata_count, 3);
    const char *const expected[] = {"format", "pt", "nül", "a\0b", "", ""};
    const size_t bytes[] = {6, 2, 4, 3, 0, 0};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(info.metadata_bytes[i], bytes[i]);
        assert_memory_equal(info.metadata[i], expected[i], bytes[i] + 1); /* a NUL ends each */
    }
    assert_int_equal(lin_load_safetensors(ctx, path, &s), 0); /* nobody has to ask for it */
    path = put_safetensors(in_folder("other.safetensors"), "{\"__metadata__\":{\"a\":\"b\"}}", NULL, 0);
    assert_int_equal(lin_load_safetensors_with(ctx, path, &s, &info), 0);
    assert_int_equal(info.format, 0);
}

/* ---- What is refused on reading ------------------------------------------------------------------ */

/* A caret in front of what is wrong is not of the header: that byte is to be told. */
static const struct {
    const char *header;
    size_t data; /* bytes */
    const char *message;
} refused[] = {
    {"", 0, "byte 8: the header of a safetensors file begins with '{'"},
    {" {}", 0, "byte 8: the header of a safetensors file begins with '{'"},
    {"[]", 0, "byte 8: the header of a safetensors file begins with '{'"},
    {"{", 0, "byte 8: header: "},
    {"{}x", 0, "byte 10: header: end of file expected near 'x'"},
    {"{} ", 1, "byte 11: the tensors end after 0 bytes of data, the file has 1"},
    {"{\"a\":^1}", 0, "tensor \"a\" is not an object"},
    {"{\"a\":{\"dtype\":^5}}", 0, "tensor \"a\": \"dtype\" is not a string"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^5}}", 4,
     "tensor \"a\": \"data_offsets\" are not two whole numbers from 0 on"},
    {"{\"a\": ^{}}", 0, "tensor \"a\": \"dtype\" is not a string"},
    {"{\"a\":{\"dtype\":^\"F8_E4M3\"}}", 0, "tensor \"a\": dtype \"F8_E4M3\" is not one that linnet reads"},
    {"{\"a\":{\"dtype\" : ^\"f32\"}}", 0, "tensor \"a\": dtype \"f32\" is not one that linnet reads"},
    {"{\"a\":^{\"dtype\":\"F32\"}}", 0, "tensor \"a\": \"shape\" is not a list"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":^3}}", 0, "tensor \"a\": \"shape\" is not a list"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":^[1,1,1,1,1,1,1,1,1]}}", 0,
     "tensor \"a\" has 9 dimensions, linnet takes up to 8"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,^-1]}}", 0,
     "tensor \"a\": size 1 of its shape is not a whole number from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[^1.0]}}", 0,
     "tensor \"a\": size 0 of its shape is not a whole number from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[ ^1e2 ]}}", 0,
     "tensor \"a\": size 0 of its shape is not a whole number from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808]}}", 0, "too big integer"},
    {"{\"a\":^{\"dtype\":\"F32\",\"shape\":[1]}}", 4,
     "tensor \"a\": \"data_offsets\" are not two whole numbers from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^[0]}}", 4,
     "tensor \"a\": \"data_offsets\" are not two whole numbers from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^[0,4,8]}}", 4,
     "tensor \"a\": \"data_offsets\" are not two whole numbers from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^[-4,0]}}", 4,
     "tensor \"a\": \"data_offsets\" are not two whole numbers from 0 on"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^[0,4]}}", 3,
     "tensor \"a\": data_offsets [0, 4] do not lie in the 3 bytes of data"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^[4,0]}}", 4,
     "tensor \"a\": data_offsets [4, 0] do not lie in the 4 bytes of data"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":^[9223372036854775804,9223372036854775807]}}", 4,
     "tensor \"a\": data_offsets [9223372036854775804, 9223372036854775807] do not lie in the 4 bytes of data"},
    {"{\"x\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]},"
     "\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":^[0,4]}}",
     4, "tensor \"a\": its shape and dtype need 8 bytes, data_offsets [0, 4] give 4"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":^[0,4]}}", 4,
     "tensor \"a\": its shape and dtype need 0 bytes, data_offsets [0, 4] give 4"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":^[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
     "tensor \"a\": its shape is too large"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":^[0,4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
     "tensor \"a\": its shape is too large"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":^[0,9223372036854775807],\"data_offsets\":[0,0]}}", 0,
     "tensor \"a\": its shape is too large"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "^\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
     3, "tensor \"b\" begins at 1, within the tensor that ends at 2"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "^\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
     2, "tensor \"b\" begins at 0, within the tensor that ends at 2"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "^\"b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]}}",
     2, "tensor \"b\" begins at 1, within the tensor that ends at 2"},
    {"{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
     4, "byte 115: the data have a hole before tensor \"b\": bytes 2 to 3"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 5,
     "byte 63: the tensors end after 2 bytes of data, the file has 5"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
     0, "duplicate object key"},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"F32\"}}", 0, "duplicate object key"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "duplicate object key"},
    {"{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "NUL byte in object key"},
    {"{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "invalid Unicode '\\uD800'"},
    {"{\"__metadata__\":{\"k\":\"\\udc00\"}}", 0, "invalid Unicode '\\uDC00'"},
    {"{\"__metadata__\":{\"k\":\"\xff\"}}", 0, "byte 30: header: unable to decode byte 0xff"},
    {"{\"__metadata__\":{\"k\":\"\xed\xa0\x80\"}}", 0, "unable to decode byte 0xed"},
    {"{\"__metadata__\":{\"k\":1e400}}", 0, "real number overflow"},
    {"{\"__metadata__\":^[]}", 0, "__metadata__ is not an object"},
    {"{\"__metadata__\":{\"i\":\"\\\"}\",\"k\": ^1}}", 0, "__metadata__ \"k\" is not a string"},
    {"{\"__metadata__\":{\"linnet\":^\"{\\u0000}\"}}", 0, "__metadata__ \"linnet\" holds a NUL"},
    {"{\"a\\u001b[31m\":^1}", 0, "tensor \"a\\x1B[31m\" is not an object"}, /* nothing for a terminal to obey */
};

static void headers_that_are_refused(void **state)
{
    lin_ctx *ctx = *state;
    static const char zeros[64];
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *text = refused[i].header, *caret = strchr(text, '^'), *message = refused[i].message;
        size_t before = caret ? (size_t)(caret - text) : strlen(text);
        char header[300] = "", expected[400];
        memcpy(header, text, before);
        if (caret) strcpy(header + before, caret + 1);
        snprintf(expected, sizeof expected, "refused.safetensors: byte %zu: %s", 8 + before, message);
        const char *path = put_safetensors(in_folder("refused.safetensors"), header, zeros, refused[i].data);
        lin_state s = {.count = 1};
        int code = lin_load_safetensors(ctx, path, &s);
        if (code != LIN_EDATA) fail_msg("%s: code %d: %s", text, code, lin_error(ctx));
        assert_int_equal(s.count, 0);
        assert_string_equal(lin_error_where(ctx).file, path);
        if (!strstr(lin_error(ctx), "refused.safetensors: byte ")) fail_msg("no byte: %s", lin_error(ctx));
        check_error_has(ctx, LIN_EDATA, caret ? expected : message);
    }
}

static void sizes_of_a_file(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("short.safetensors");
    lin_state s;
    put_file(path, "", 0);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "short.safetensors: has 0 bytes, too few for a safetensors file");
    put_file(path, "\2\0\0\0\0\0\0", 7);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "has 7 bytes, too few for a safetensors file");
    put_file(path, "\3\0\0\0\0\0\0\0{}", 10);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA,
                    "byte 0: the file is cut off, or no safetensors file: of a header of 3 bytes 2 are there");
    put_file(path, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    assert_int_equal(lin_load_safetensors(ctx, path, &s), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "the header would have 18446744073709551615 bytes");
    assert_true(lin_memory(ctx) < 1 << 20); /* nothing was allocated for it */
}

/* A file may be sparse, so its size is no promise of content. */
static void files_of_other_formats(void **state)
{
    static const struct {
        const char *content, *message;
    } cases[] = {
        {"PK\3\4\1\1\1\1\1",
         "made: byte 0: this is no safetensors file but a zip or pickle, as torch.save writes: in Python"},
        {"\x80\2}q\1\1\1\1\1",
         "made: byte 0: this is no safetensors file but a zip or pickle, as torch.save writes: in Python"},
        {"\x1f\x8b\1\1\1\1\1\1", "made: byte 0: this is gzipped: gunzip it first"},
        {"\x93NUMPY\1\1\1", "made: byte 0: this is an array (npy or IDX), expected a model in a safetensors file"},
        {"a,b,c\n1,2,3\n", "made: byte 0: this is text, expected a model in a safetensors file"},
        {"\x80\1}q\1\1\1\1\1", "made: byte 0: the header would have"},
        {"\x80\6}q\1\1\1\1\1", "made: byte 0: the header would have"},
        {"\x1f\x8c\1\1\1\1\1\1", "made: byte 0: the header would have"},
        {"\xff\xfe\1\1\1\1\1\1\1", "made: byte 0: the header would have"},
    };
    lin_state s;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file(in_folder("made"), cases[i].content, strlen(cases[i].content));
        assert_int_equal(lin_load_safetensors(*state, in_folder("made"), &s), LIN_EDATA);
        check_error_has(*state, LIN_EDATA, cases[i].message);
    }
    put_file(in_folder("made"), "\0\0\x08\3\0\0\0\x0a\0", 9);
    assert_int_equal(lin_load_safetensors(*state, in_folder("made"), &s), LIN_EDATA);
    check_error_has(*state, LIN_EDATA, cases[3].message);
}

/* Nearly the head of an IDX file: its second byte, a type below and above, a rank too large. */
static void files_of_no_format(void **state)
{
    static const unsigned char heads[][4] = {{0, 1, 8, 3}, {1, 0, 8, 3}, {0, 0, 7, 3}, {0, 0, 15, 3}, {0, 0, 8, 9}};
    lin_state s;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        unsigned char all[9] = {0, 0, 0, 0, 0, 0, 0, 10, 0};
        memcpy(all, heads[i], 4);
        put_file(in_folder("made"), all, sizeof all);
        assert_int_equal(lin_load_safetensors(*state, in_folder("made"), &s), LIN_EDATA);
        check_error_has(*state, LIN_EDATA, "made: byte 0: the header would have 7205759");
    }
}

/* Tensors of no bytes share a place, and stay in the order of the header. */
static void tensors_at_the_same_place(void **state)
{
    static const unsigned char data[4] = {0, 0, 0x80, 0x3f};
    lin_state s;
    put_safetensors(in_folder("made"),
                    "{\"d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                    "\"c\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
                    "\"b\":{\"dtype\":\"U8\",\"shape\":[0,3],\"data_offsets\":[4,4]},"
                    "\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
                    "\"`\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
                    "\"_\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                    data, sizeof data);
    assert_int_equal(lin_load_safetensors(*state, in_folder("made"), &s), 0);
    assert_int_equal(s.count, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(s.names[i][0], 'd' - i);
    CHECK_VALUES(s.tensors[0], 0, 1);
}

static void a_header_above_the_limit(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("limit.safetensors");
    put_file(path, "\x01\xe1\xf5\x05\0\0\0\0{}", 10); /* 100,000,001 */
    assert_int_equal(truncate(path, 200000000), 0);
    lin_state s;
    assert_int_equal(lin_load_safetensors(ctx, path, &s), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "the header would have 100000001 bytes");
    assert_true(lin_memory(ctx) < 1 << 20);
    assert_int_equal(unlink(path), 0);
}

/* "[[…]]" in a metadata value, or as many values as asked for; NULL-terminated, malloc'd. */
static char *nested(int depth)
{
    char *header = malloc(2 * (size_t)depth + 100), *at = stpcpy(header, "{\"__metadata__\":{\"k\":");
    for (int i = 2; i < depth; i++)
        *at++ = '[';
    for (int i = 2; i < depth; i++)
        *at++ = ']';
    strcpy(at, "}}");
    return header;
}

static char *values(int count)
{
    char *header = malloc(2 * (size_t)count + 100), *at = stpcpy(header, "{\"__metadata__\":{\"k\":[1");
    for (int i = 3; i < count; i++)
        at = stpcpy(at, ",1");
    strcpy(at, "]}}");
    return header;
}

static void check_header(lin_ctx *ctx, char *header, const char *message)
{
    lin_state s;
    assert_int_equal(lin_load_safetensors(ctx, put_safetensors(in_folder("many.safetensors"), header, NULL, 0), &s),
                     LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, message);
    free(header);
}

/* A string of so many bytes, with its quotes. */
static char *long_string(size_t bytes)
{
    static const char before[] = "{\"__metadata__\":\"";
    char *text = malloc(sizeof before + bytes + 1);
    strcpy(text, before);
    memset(text + sizeof before - 1, 'x', bytes - 2);
    strcpy(text + sizeof before - 1 + bytes - 2, "\"}");
    return text;
}

static void limits_of_the_header(void **state)
{
    lin_ctx *ctx = *state;
    check_header(ctx, nested(LIN__JSON_DEPTH), "__metadata__ \"k\" is not a string");
    check_header(ctx, nested(LIN__JSON_DEPTH + 1), "byte 91: header: nested too deeply");
    check_header(ctx, nested(1000000), "nested too deeply");
    check_header(ctx, values(LIN__JSON_VALUES), "__metadata__ \"k\" is not a string");
    check_header(ctx, values(LIN__JSON_VALUES + 1), "too many values");
    check_header(ctx, long_string(LIN__JSON_TOKEN), "__metadata__ is not an object");
    check_header(ctx, long_string(LIN__JSON_TOKEN + 1), "byte 8: header: a string is too long");
}

static void brackets_in_strings_do_not_count(void **state)
{
    lin_ctx *ctx = *state;
    char header[1000], *at = stpcpy(header, "{\"__metadata__\":{\"k\":\"\\\"");
    for (int i = 0; i < 300; i++)
        at = stpcpy(at, "[");
    strcpy(at, "\\\\\"}}");
    lin_state s;
    lin_model_info info;
    const char *path = put_safetensors(in_folder("strings.safetensors"), header, NULL, 0);
    assert_int_equal(lin_load_safetensors_with(ctx, path, &s, &info), 0);
    assert_int_equal(info.metadata_bytes[1], 302);
}

static void what_is_no_plain_file(void **state)
{
    lin_ctx *ctx = *state;
    lin_state s;
    assert_int_equal(lin_load_safetensors(ctx, in_folder("missing.safetensors"), &s), LIN_ENOFILE);
    check_error_has(ctx, LIN_ENOFILE, "missing.safetensors: there is no such file");
    assert_int_equal(lin_load_safetensors(ctx, test_folder, &s), LIN_ENOFILE);
    check_error_has(ctx, LIN_ENOFILE, "is a directory, expected a file");
    const char *fifo = in_folder("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(lin_load_safetensors(ctx, fifo, &s), LIN_ENOFILE); /* at once: nobody writes to it */
    check_error_has(ctx, LIN_ENOFILE, "fifo: is not a plain file: store the stream in one first");
    assert_int_equal(unlink(fifo), 0);
    assert_int_equal(lin_load_safetensors(ctx, "/dev/zero", &s), LIN_ENOFILE);
    check_error(ctx, LIN_ENOFILE, "/dev/zero: is not a plain file: store the stream in one first");
    assert_int_equal(lin_load_safetensors(ctx, "", &s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to read is empty");
    assert_int_equal(lin_load_safetensors(ctx, NULL, &s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to read is NULL");
    assert_int_equal(lin_load_safetensors(ctx, "x", NULL), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "load_safetensors: the state is NULL");
    assert_int_equal(lin_load_safetensors(NULL, "x", &s), LIN_EINVAL);
}

/* ---- What is refused on writing ------------------------------------------------------------------ */

static void check_refused(lin_ctx *ctx, lin_state s, const char *message)
{
    const char *path = in_folder("never.safetensors");
    assert_int_equal(lin_save_safetensors(ctx, path, s), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, message);
    assert_int_equal(access(path, F_OK), -1);
}

static void states_that_are_refused(void **state)
{
    lin_ctx *ctx = *state, *other = lin_ctx_new(NULL);
    lin_tensor *t = lin_zeros(ctx, LIN_SHAPE(1));
    const char *names[] = {"a", "a"};
    check_refused(ctx, STATE(2, t, t), "save_safetensors: two tensors have the name \"a\"");
    check_refused(ctx, STATE(1, NULL), "save_safetensors: tensor 0 is NULL");
    check_refused(ctx, STATE(1, lin_zeros(other, LIN_SHAPE(1))), "save_safetensors: tensor 0 is of another context");
    names[0] = NULL;
    check_refused(ctx, STATE(1, t), "save_safetensors: the name of tensor 0 is NULL");
    names[0] = "__metadata__";
    check_refused(ctx, STATE(1, t), "save_safetensors: a tensor cannot have the name __metadata__");
    names[0] = "\xff";
    check_refused(ctx, STATE(1, t), "save_safetensors: the name of tensor 0 is not UTF-8");
    check_refused(ctx, (lin_state){.count = 1}, "save_safetensors: a state of 1 tensors without its lists");
    check_refused(ctx, (lin_state){.count = -1}, "save_safetensors: a state of -1 tensors without its lists");
    assert_int_equal(lin_save_safetensors(NULL, "x", (lin_state){0}), LIN_EINVAL);
    assert_int_equal(lin_save_safetensors(ctx, NULL, (lin_state){0}), LIN_EINVAL);
    check_error(ctx, LIN_EINVAL, "the path of a file to write is NULL");
    lin_ctx_free(other);
}

/* What could not be read back is not written: a scalar takes 6 values of the header's 300,000, and the root one. */
static void more_tensors_than_a_header_may_have(void **state)
{
    lin_ctx *ctx = *state;
    enum { MOST = 50000 };
    static char text[MOST][12];
    static const char *names[MOST];
    static lin_tensor *tensors[MOST];
    for (int i = 0; i < MOST; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        names[i] = text[i];
        tensors[i] = lin_zeros(ctx, LIN_SCALAR);
    }
    check_refused(ctx, state_of(MOST, names, tensors),
                  "save_safetensors: the header of this file would be refused: too many values");
    const char *path = in_folder("most.safetensors");
    lin_state back;
    assert_int_equal(lin_save_safetensors(ctx, path, state_of(42857, names, tensors)), 0);
    assert_int_equal(lin_load_safetensors(ctx, path, &back), 0);
    assert_int_equal(back.count, 42857);
}

/* ---- A failed write leaves the old file, and nothing else ------------------------------------------ */

static void save_ones(lin_ctx *ctx, const char *path, int64_t n, int expected)
{
    const char *names[] = {"a"};
    assert_int_equal(lin_save_safetensors(ctx, path, STATE(1, lin_ones(ctx, LIN_SHAPE(n)))), expected);
}

static void check_old(lin_ctx *ctx, const char *path, int files)
{
    lin_state s;
    assert_int_equal(lin_load_safetensors(ctx, path, &s), 0);
    CHECK_VALUES(s.tensors[0], 0, 1, 1);
    assert_int_equal(each_file(NULL), files);
}

static void a_full_disk(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("old.safetensors");
    save_ones(ctx, path, 2, 0);
    int files = each_file(NULL);
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 1000, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    save_ones(ctx, path, 100000, LIN_EIO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    check_error_has(ctx, LIN_EIO, "old.safetensors: cannot be written: File too large");
    check_old(ctx, path, files);
    save_ones(ctx, "/dev/full", 2, LIN_EIO);
    check_error(ctx, LIN_EIO, "/dev/full: cannot be written: No space left on device: make room, or write elsewhere");
}

static void a_folder_that_cannot_be_written(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("old.safetensors");
    save_ones(ctx, path, 2, 0);
    int files = each_file(NULL);
    uid_t user = geteuid();
    assert_int_equal(chmod(test_folder, 0555), 0);
    if (user == 0) assert_int_equal(seteuid(65534), 0); /* root may write anywhere */
    save_ones(ctx, path, 5, LIN_EIO);
    if (user == 0) assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(test_folder, 0755), 0);
    check_error_has(ctx, LIN_EIO, "old.safetensors: cannot be created: Permission denied: write elsewhere");
    check_old(ctx, path, files);
    save_ones(ctx, in_folder("no/such/folder"), 2, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "no/such/folder: cannot be created: No such file or directory");
    save_ones(ctx, test_folder, 2, LIN_EIO);
    check_error_has(ctx, LIN_EIO, "cannot be written: Is a directory");
    assert_int_equal(each_file(NULL), files);
}

/* ---- Memory -------------------------------------------------------------------------------------- */

static void loops_do_not_grow(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = in_folder("loop.safetensors"), *names[] = {"a", "b"};
    lin_tensor *a = lin_uniform(ctx, 0, 1, LIN_SHAPE(300, 50)), *b = lin_transpose(a, 0, 1);
    size_t held = 0;
    for (int i = 0; i < 30; i++) {
        assert_int_equal(lin_save_safetensors(ctx, path, STATE(2, a, b)), 0); /* at the root */
        lin_region mark = lin_mark(ctx);
        lin_state s;
        assert_int_equal(lin_load_safetensors(ctx, path, &s), 0);
        check_same(tensor_of(s, "b"), b);
        lin_release(mark);
        if (i == 0) held = lin_memory(ctx);
    }
    assert_int_equal(lin_memory(ctx), held);
}

/* The text of a large header does not stay with the tensors. */
static void the_text_of_the_header_goes(void **state)
{
    lin_ctx *ctx = *state;
    enum { SPACES = 4000000 };
    char *header = malloc(SPACES + 3);
    memset(header, ' ', SPACES + 2);
    memcpy(header, "{}", 2);
    header[SPACES + 2] = 0;
    const char *path = put_safetensors(in_folder("spaces.safetensors"), header, NULL, 0);
    free(header);
    lin_state s;
    size_t held = 0;
    for (int i = 0; i < 5; i++) { /* at the root */
        assert_int_equal(lin_load_safetensors(ctx, path, &s), 0);
        if (i == 0) held = lin_memory(ctx);
    }
    assert_true(lin_memory(ctx) < held + (1 << 20));
}

/* ---- JSON ---------------------------------------------------------------------------------------- */

static void json_is_compact_and_shortest(void **state)
{
    lin_ctx *ctx = *state;
    const char *text = "{ \"b\": [1, -0.0, 0.1, 1e300, 2.5e-8, 123456789.0, true, false, null, []], \"a\": {},\n"
                       "\"s\": \"\\u0000\\u001f\\\"\\\\\\/\\u00e9\" , \"n\": -9223372036854775808}";
    json_t *doc = lin__json_parse(ctx, "file", &(lin__spelled){0}, "text", text, strlen(text));
    assert_non_null(doc);
    const char *expected = "{\"b\":[1,-0.0,0.1,1.0e+300,2.5e-08,123456789.0,true,false,null,[]],\"a\":{},"
                           "\"s\":\"\\u0000\\u001f\\\"\\\\/é\",\"n\":-9223372036854775808}";
    assert_string_equal(lin__json_text(ctx, 0, doc), expected);
    json_decref(doc);
}

static void json_of_the_callers_own(void **state)
{
    lin_ctx *ctx = *state;
    assert_null(lin__json_parse(ctx, NULL, NULL, "settings", "[1,]", 4));
    check_error_has(ctx, LIN_EINVAL, "settings, its byte 3: unexpected token near ']'");
    assert_null(lin__json_parse(ctx, "file", &(lin__spelled){.at = 100}, "settings", "[1,]", 4));
    check_error_has(ctx, LIN_EDATA, "file: byte 103: settings: unexpected token near ']'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_and_rank),
        TEST(the_bytes_of_a_file),
        TEST(a_file_without_tensors),
        TEST(other_types_are_widened),
        TEST(an_unsigned_number_that_does_not_fit),
        TEST(a_large_tensor_is_widened_in_pieces),
        TEST(foreign_metadata),
        TEST(headers_that_are_refused),
        TEST(sizes_of_a_file),
        TEST(files_of_other_formats),
        TEST(files_of_no_format),
        TEST(tensors_at_the_same_place),
        TEST(a_header_above_the_limit),
        TEST(limits_of_the_header),
        TEST(brackets_in_strings_do_not_count),
        TEST(what_is_no_plain_file),
        TEST(states_that_are_refused),
        TEST(more_tensors_than_a_header_may_have),
        TEST(a_full_disk),
        TEST(a_folder_that_cannot_be_written),
        TEST(loops_do_not_grow),
        TEST(the_text_of_the_header_goes),
        TEST(json_is_compact_and_shortest),
        TEST(json_of_the_callers_own),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
