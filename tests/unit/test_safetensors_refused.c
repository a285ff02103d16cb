/* Safetensors files that are refused: headers, sizes, other formats, limits, and what is no plain file. */
#include "model/safetensors.h"

#include "support/files.h"

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
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":^[2,6]}}",
     6, "tensor \"a\": its shape and dtype need 8 bytes, data_offsets [2, 6] give 4"},
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
        {"a,b\r\n1,2\r\n", "made: byte 0: this is text, expected a model in a safetensors file"},
        {"\ta,b\tc\n1\n", "made: byte 0: this is text, expected a model in a safetensors file"},
        {"\1,b,c\n1,2,3\n", "made: byte 0: the header would have"},
        {"a,b,c\n1\1,3\n", "made: byte 0: the header would have"},
        {"a,b,c\n\x0e,2,3\n", "made: byte 0: the header would have"},
        {"a,b,c\n1\x7f,3\n", "made: byte 0: the header would have"},
        {"\x80\5}q\1\1\1\1\1",
         "made: byte 0: this is no safetensors file but a zip or pickle, as torch.save writes: in Python"},
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
    static const unsigned char idx[][2] = {{8, 3}, {8, 0}, {14, 8}};
    for (size_t i = 0; i < sizeof idx / sizeof *idx; i++) {
        put_file(in_folder("made"), (unsigned char[9]){0, 0, idx[i][0], idx[i][1], 0, 0, 0, 10}, 9);
        assert_int_equal(lin_load_safetensors(*state, in_folder("made"), &s), LIN_EDATA);
        check_error_has(*state, LIN_EDATA, cases[3].message);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(headers_that_are_refused),         TEST(sizes_of_a_file),
        TEST(files_of_other_formats),           TEST(files_of_no_format),
        TEST(a_header_above_the_limit),         TEST(limits_of_the_header),
        TEST(brackets_in_strings_do_not_count), TEST(what_is_no_plain_file),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
