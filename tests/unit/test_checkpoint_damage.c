/* Checkpoints that are damaged anywhere: the one before, or a clean error, never a wrong state.
 *
 * fsync is left out, and read fails on demand (tests/CMakeLists.txt wraps both). */
#include "train/checkpoint.h"

#include "support/checkpoint.h"

#include <errno.h>

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

static int reads_until_failure; /* 0: none fails */
ssize_t __real_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes)
{
    if (!reads_until_failure || --reads_until_failure) return __real_read(fd, out, bytes);
    errno = EIO;
    return -1;
}

/* "damaged" with the whole run's 14, and `data` as its newest. Its number is one that no run comes to: a file system may write a
 * file at once when it is renamed over another, and thousands of those would take their time. */
static void damaged_folder(const void *data, size_t bytes)
{
    remove_one("damaged");
    assert_int_equal(mkdir("damaged", 0700), 0);
    assert_int_equal(link("whole/checkpoint-14.safetensors", "damaged/checkpoint-14.safetensors"), 0);
    put_file("damaged/checkpoint-20.safetensors", data, bytes);
}

/* Resume there: the end is that of the whole run, whichever file it came from. True if it was the older one, which was said. */
static bool goes_back(size_t at)
{
    small s;
    small_begin(&s, "damaged", true);
    s.ctx->on_error = LIN_EXIT; /* what is only tried ends no program, and leaves no cause */
    if (small_fit(&s)) fail_msg("byte %zu: %s", at, lin_error(s.ctx));
    assert_int_equal(s.ctx->on_error, LIN_EXIT);
    check_ok(s.ctx);
    bool back = strstr(s.said, "resumed from damaged/checkpoint-14.safetensors, after step 4 of epoch 3\n");
    if (back != (strstr(s.said, "warning: damaged/checkpoint-20.safetensors: ") == s.said) ||
        back != (strstr(s.said, "; going back to the one before\n") != NULL))
        fail_msg("byte %zu: %s", at, s.said);
    for (const char *c = s.said; *c; c++)
        assert_true(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
    lin_state whole;
    assert_int_equal(lin_load_safetensors(s.ctx, whole_end(), &whole), 0);
    for (int i = 0; i < 2; i++)
        assert_memory_equal(lin_f32(whole.tensors[i]), lin_f32(lin_parameters(s.net).at[i]), sizeof(float));
    small_end(&s);
    if (back) check_same_files(whole_end(), "damaged/checkpoint-15.safetensors");
    return back;
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    size_t bytes;
    unsigned char *data = get_file(whole_end(), &bytes);
    for (size_t n = 0; n < bytes; n += (size_t)valgrind_step(23)) {
        damaged_folder(data, n);
        if (!goes_back(n)) fail_msg("%zu of %zu bytes are taken for all", n, bytes);
    }
    free(data);
}

/* What is foreign to linnet in the file: "format":"pt", for readers in Python, and the spaces that fill up the header. */
static bool is_foreign(const unsigned char *data, size_t at)
{
    const char *header = (const char *)data + 8, *format = strstr(header, "\"format\":\"pt\"");
    size_t end = 8 + (size_t)data[0] + 256 * (size_t)data[1], last = end;
    while (data[last - 1] == ' ')
        last--;
    size_t from = (size_t)((const unsigned char *)format - data);
    return (at >= last && at < end) || (at >= from && at < from + strlen("\"format\":\"pt\""));
}

static void every_byte_flipped(void **state)
{
    (void)state;
    size_t bytes, harmless = 0;
    unsigned char *data = get_file(whole_end(), &bytes);
    static const unsigned char flips[] = {0x01, 0x04, 0x20, 0x80, 0xff};
    size_t step = getenv("LINNET_SOAK") ? 1 : under_valgrind() ? 61 : 3; /* no divisor of their number */
    for (size_t i = 0; i < bytes; i++)
        for (size_t f = 0; f < sizeof flips; f++) {
            if ((i * sizeof flips + f) % step) continue;
            data[i] ^= flips[f];
            damaged_folder(data, bytes);
            data[i] ^= flips[f];
            if (goes_back(i)) continue;
            harmless++;
            if (!is_foreign(data, i)) fail_msg("byte %zu may be ^ %02x without notice", i, flips[f]);
        }
    assert_true(harmless > 0 || step > 3);
    assert_true(harmless < 100);
    free(data);
}

/* Parts of the file at other places: another's header, zeros for a block, the tail of the one before. */
static void torn_files(void **state)
{
    (void)state;
    size_t bytes, old_bytes;
    unsigned char *data = get_file(whole_end(), &bytes), *old = get_file("whole/checkpoint-14.safetensors", &old_bytes);
    for (size_t from = 0; from < bytes; from += 64 * (size_t)valgrind_step(5))
        for (size_t length = 64; length <= 1024; length *= 4) {
            unsigned char *torn = malloc(bytes);
            assert_non_null(torn);
            for (int with_old = 0; with_old < 2; with_old++) {
                memcpy(torn, data, bytes);
                for (size_t i = from; i < from + length && i < bytes; i++)
                    torn[i] = with_old && i < old_bytes ? old[i] : 0;
                damaged_folder(torn, bytes);
                if (memcmp(torn, data, bytes)) assert_true(goes_back(from));
            }
            free(torn);
        }
    free(data);
    free(old);
}

static void none_is_whole(void **state)
{
    (void)state;
    static const char *const junk[] = {"", "x", "0123456789abcdef0123456789abcdef"};
    for (int i = 0; i < 3; i++) {
        remove_one("damaged");
        assert_int_equal(mkdir("damaged", 0700), 0);
        for (int step = 1; step <= 3; step++)
            put_file(checkpoint_in("damaged", step), junk[i], strlen(junk[i]));
        small s;
        small_begin(&s, "damaged", true);
        assert_int_equal(small_fit(&s), LIN_EDATA);
        assert_string_equal(lin_error_where(s.ctx).file, "damaged/checkpoint-1.safetensors");
        assert_non_null(strstr(s.said, "warning: damaged/checkpoint-3.safetensors: "));
        assert_non_null(strstr(s.said, "warning: damaged/checkpoint-2.safetensors: "));
        assert_null(strstr(s.said, "checkpoint-1.safetensors"));
        assert_non_null(strstr(s.said, "warning: no checkpoint in damaged is whole; without them the training begins"));
        CHECK_VALUES(lin_weight(s.net), 0, 0);
        assert_string_equal(names_in("damaged"),
                            "checkpoint-1.safetensors checkpoint-2.safetensors checkpoint-3.safetensors");
        small_end(&s);
    }
}

/* Two steps back; the damaged ones go when there is a new one. */
static void the_third_is_whole(void **state)
{
    (void)state;
    damaged_folder("junk", 4);
    put_file("damaged/checkpoint-99.safetensors", "junk", 4);
    assert_true(rename("damaged/checkpoint-14.safetensors", "damaged/checkpoint-7.safetensors") == 0);
    small s;
    small_begin(&s, "damaged", true);
    assert_int_equal(small_fit(&s), 0);
    assert_non_null(strstr(s.said, "resumed from damaged/checkpoint-7.safetensors, after step 4 of epoch 3\n"));
    small_end(&s);
    assert_string_equal(names_in("damaged"), "checkpoint-15.safetensors checkpoint-7.safetensors");
    check_same_files(whole_end(), "damaged/checkpoint-15.safetensors");
}

static void a_disk_that_does_not_read(void **state)
{
    (void)state;
    size_t bytes;
    unsigned char *data = get_file(whole_end(), &bytes);
    int failed = 0;
    for (int n = 1; n < 20; n++) {
        damaged_folder(data, bytes);
        reads_until_failure = n;
        small s;
        small_begin(&s, "damaged", true);
        assert_int_equal(small_fit(&s), 0);
        bool all_read = reads_until_failure > 0;
        reads_until_failure = 0;
        assert_true(all_read == !strstr(s.said, "warning: damaged/checkpoint-20.safetensors: "));
        small_end(&s);
        check_same_files(whole_end(), checkpoint_in("damaged", all_read ? 20 : 15));
        failed += !all_read;
    }
    assert_true(failed > 0 && failed < 19);
    free(data);
}

/* What looks into any safetensors file knows a checkpoint, and a damaged one. */
static void looked_into(void **state)
{
    (void)state;
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin_state tensors;
    lin_model_info info;
    assert_int_equal(lin_load_safetensors_with(ctx, whole_end(), &tensors, &info), 0);
    assert_int_equal(tensors.count, 5);
    assert_int_equal(info.format, 0);
    static const char begins[] = "{\"checkpoint\":1,\"run\":{\"seed\":\"3\",";
    assert_int_equal(strncmp(info.checkpoint, begins, strlen(begins)), 0);
    size_t bytes;
    unsigned char *data = get_file(whole_end(), &bytes);
    data[bytes - 1] ^= 1;
    damaged_folder(data, bytes);
    assert_int_equal(lin_load_safetensors_with(ctx, "damaged/checkpoint-20.safetensors", &tensors, &info), LIN_EDATA);
    check_error_has(ctx, LIN_EDATA, "the checkpoint is damaged: its content has the digest ");
    assert_int_equal(lin_load_safetensors(ctx, "damaged/checkpoint-20.safetensors", &tensors),
                     0); /* tensors are tensors */
    free(data);
    lin_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),  cmocka_unit_test(every_byte_flipped),
        cmocka_unit_test(torn_files),         cmocka_unit_test(none_is_whole),
        cmocka_unit_test(the_third_is_whole), cmocka_unit_test(a_disk_that_does_not_read),
        cmocka_unit_test(looked_into),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, NULL);
    remove_one("whole");
    remove_one("damaged");
    return failed || remove_folder(NULL);
}
