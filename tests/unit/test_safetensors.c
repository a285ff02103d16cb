/* Safetensors files: what is written, to the byte, and what is read back, of every type. */
#include "model/safetensors.h"

#include "kernel/kernel.h"
#include "support/model.h"

#include <inttypes.h>
#include <math.h>

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

/* To whoever asks for the tensors alone, what the file says of a net is no matter, good or bad. */
static void a_net_that_cannot_be_read(void **state)
{
    lin_ctx *ctx = *state;
    const char *path = put_safetensors(in_folder("net.safetensors"), "{\"__metadata__\":{\"linnet\":\"{\"}}", NULL, 0);
    lin_state s;
    lin_model_info info;
    assert_int_equal(lin_load_safetensors_with(ctx, path, &s, &info), 0);
    check_ok(ctx);
    assert_int_equal(info.format, 1);
    assert_null(info.checkpoint);
}

/* The hash of the JSON without the digest, then of each tensor's name with its NUL, type and rank, sizes and bytes. */
static void the_digest_of_a_checkpoint(void **state)
{
    lin_ctx *ctx = *state;
    static const char text[] = "{\"checkpoint\":1}", name[] = "a";
    static const int64_t values[] = {5, -1}, sizes[] = {2, 1};
    const char *names[] = {name};
    lin_state tensors = STATE(1, lin_from_i64(ctx, values, LIN_SHAPE(2, 1)));
    uint64_t hash = lin__hash(text, strlen(text), 0);
    assert_true(lin__checkpoint_digest(text, (lin_state){0}) == hash);
    hash = lin__hash(name, sizeof name, hash);
    hash = lin__hash((uint8_t[]){LIN_I64, 2}, 2, hash);
    hash = lin__hash(sizes, sizeof sizes, hash);
    hash = lin__hash(values, sizeof values, hash);
    assert_true(lin__checkpoint_digest(text, tensors) == hash);
    char linnet[80];
    snprintf(linnet, sizeof linnet, "{\"checkpoint\":1,\"digest\":\"%016" PRIx64 "\"}", hash);
    const char *path = in_folder("checkpoint.safetensors");
    lin_state back;
    lin_model_info info;
    assert_int_equal(lin__safetensors_write(ctx, path, tensors, linnet), 0);
    assert_int_equal(lin_load_safetensors_with(ctx, path, &back, &info), 0);
    assert_string_equal(info.checkpoint, linnet);
    assert_int_equal(info.format, 0);         /* it is no model */
    strcpy(strchr(linnet + 30, '"'), "0\"}"); /* one digit more */
    assert_int_equal(lin__safetensors_write(ctx, path, tensors, linnet), 0);
    assert_int_equal(lin_load_safetensors_with(ctx, path, &back, &info), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "the checkpoint is damaged: its content has the digest ");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_and_rank),
        TEST(the_bytes_of_a_file),
        TEST(a_file_without_tensors),
        TEST(other_types_are_widened),
        TEST(an_unsigned_number_that_does_not_fit),
        TEST(a_large_tensor_is_widened_in_pieces),
        TEST(tensors_at_the_same_place),
        TEST(foreign_metadata),
        TEST(loops_do_not_grow),
        TEST(the_text_of_the_header_goes),
        TEST(a_net_that_cannot_be_read),
        TEST(the_digest_of_a_checkpoint),
    };
    return cmocka_run_group_tests(tests, new_folder, remove_folder);
}
