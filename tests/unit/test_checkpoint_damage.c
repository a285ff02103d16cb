/* Checkpoints that are damaged anywhere, forged, or something else: the one before, or a clean error, never a wrong state.
 *
 * fsync is left out, and read fails on demand (tests/CMakeLists.txt wraps both). */
#include "train/checkpoint.h"

#include "kernel/kernel.h"
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
    for (size_t n = 0; n < bytes; n += getenv("LINNET_VALGRIND") ? 7 : 1) {
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
    size_t step = getenv("LINNET_SOAK") ? 1 : getenv("LINNET_VALGRIND") ? 17 : 3; /* no divisor of their number */
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
    for (size_t from = 0; from < bytes; from += 64)
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

/* ---- Forged: the digest is right, what it says is not ---------------------------------------------------------------- */

/* The whole run's last checkpoint with its JSON changed by f, and a digest for that, as the only one in "forged". */
typedef void change_fn(json_t *doc, const void *what);
static void forge(change_fn *f, const void *what, bool digest)
{
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin__header header = {0};
    lin_state tensors;
    assert_int_equal(lin__safetensors_read(ctx, whole_end(), &header, &tensors), 0);
    json_t *doc = json_loads(header.linnet, 0, NULL);
    assert_non_null(doc);
    json_object_del(doc, "digest");
    f(doc, what);
    char text[17];
    snprintf(text, sizeof text, "%016llx",
             (unsigned long long)lin__checkpoint_digest(lin__json_text(ctx, 0, doc), tensors));
    if (digest) json_object_set_new(doc, "digest", json_string(text));
    remove_one("forged");
    assert_int_equal(mkdir("forged", 0700), 0);
    assert_int_equal(
        lin__safetensors_write(ctx, "forged/checkpoint-15.safetensors", tensors, lin__json_text(ctx, 0, doc)), 0);
    json_decref(doc);
    lin_ctx_free(ctx);
}

static void check_forged(int code, const char *why)
{
    small s;
    small_begin(&s, "forged", true);
    lin_module *net = s.net;
    int got = small_fit(&s);
    if (got != code) fail_msg("%s: code %d, %s", why, got, lin_error(s.ctx));
    if (code) check_error_has(s.ctx, code, why);
    if (code) CHECK_VALUES(lin_weight(net), 0, 0); /* nothing of it was taken over */
    if (code) assert_int_equal(lin_history_count(s.options.history), 0);
    small_end(&s);
}

/* "object key": a new value as JSON, or NULL for none. */
typedef struct change {
    const char *object, *key, *value;
} change;

static void set_key(json_t *doc, const void *what)
{
    const change *c = what;
    json_t *object = *c->object ? json_object_get(doc, c->object) : doc;
    if (c->value)
        json_object_set_new(object, c->key, json_loads(c->value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(object, c->key);
}

static void nothing(json_t *doc, const void *what)
{
    (void)doc;
    (void)what;
}

static void values_that_no_run_has(void **state)
{
    (void)state;
    static const change changes[] = {
        {"progress", "epoch", NULL},
        {"progress", "epoch", "0"},
        {"progress", "epoch", "-1"},
        {"progress", "epoch", "4294967296"},
        {"progress", "epoch", "4.0"},
        {"progress", "epoch", "\"4\""},
        {"progress", "step", "-1"},
        {"progress", "step", "6"},
        {"progress", "steps_done", "14"},
        {"progress", "steps_done", "9223372036854775807"},
        {"progress", "steps_done", "null"},
        {"progress", "rows", "-1"},
        {"progress", "rows", "9007199254740993"},
        {"progress", "labels", "-1"},
        {"progress", "correct", "1"},
        {"progress", "loss", "0"},
        {"progress", "loss", "\"infinite\""},
        {"progress", "lr", "-0.5"},
        {"progress", "lr", "\"inf\""},
        {"progress", "classifies", "0"},
        {"optimizer", "lr", "\"nan\""},
        {"optimizer", "initial_lr", "-1.0"},
        {"best", "loss", "\"nan\""},
        {"best", "epoch", "4"},
        {"best", "bad_epochs", "9"},
        {"counters", "loader", "16777216"},
        {"counters", "pass", "2"},
        {"counters", "loaders", "-1"},
        {"counters", "creations", "[]"},
    };
    forge(nothing, NULL, true);
    check_forged(0, "");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char why[100];
        snprintf(why, sizeof why, "is no good checkpoint: \"%s\" of its \"%s\" is missing, or not what it can be",
                 changes[i].key, changes[i].object);
        forge(set_key, &changes[i], true);
        check_forged(LIN_EDATA, why);
    }
    static const char *const objects[] = {"progress", "optimizer", "best", "counters"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        for (int none = 0; none < 2; none++) {
            forge(set_key, &(change){"", objects[i], none ? NULL : "[1, 2]"}, true);
            check_forged(LIN_EDATA, "is no good checkpoint: \"");
        }
    forge(set_key, &(change){"", "run", NULL}, true);
    check_forged(LIN_EMISMATCH, "is of another run: seed: not said there, \"3\" here");
    forge(set_key, &(change){"run", "colour", "\"blue\""}, true);
    check_forged(LIN_EMISMATCH, "is of another run: it has settings that this run has not");
    forge(set_key, &(change){"progress", "loss", "1.0"}, false);
    check_forged(LIN_EDATA, ", and should have one");
    forge(set_key, &(change){"", "digest", "17"}, false);
    check_forged(LIN_EDATA, ", and should have one");
    forge(set_key, &(change){"", "digest", "\"0123456789abcdef0\""}, false);
    check_forged(LIN_EDATA, "is damaged: its content has the digest ");
}

static void other_formats(void **state)
{
    (void)state;
    forge(set_key, &(change){"", "checkpoint", "2"}, true);
    small s;
    small_begin(&s, "forged", true);
    assert_int_equal(small_fit(&s), LIN_EVERSION);
    check_error(s.ctx, LIN_EVERSION,
                "forged/checkpoint-15.safetensors: byte 65: this is a checkpoint of format 2, this linnet (" LIN_VERSION
                ") reads format 1: go on with the linnet that wrote it");
    small_end(&s);
    static const char *const none[] = {NULL, "0", "-1", "\"1\"", "1.0"};
    for (int i = 0; i < 5; i++) {
        forge(set_key, &(change){"", "checkpoint", none[i]}, true);
        check_forged(LIN_EDATA, "is no checkpoint: a model, or something else");
    }
    lin_ctx *ctx = lin_ctx_new(NULL);
    assert_int_equal(lin_save(lin_linear(ctx, 1, 1), "forged/checkpoint-15.safetensors"), 0);
    check_forged(LIN_EDATA, "is no checkpoint: a model, or something else");
    lin_state state_dict = lin_state_dict(lin_linear(ctx, 1, 1));
    assert_int_equal(lin_save_safetensors(ctx, "forged/checkpoint-15.safetensors", state_dict), 0);
    check_forged(LIN_EDATA, "is no checkpoint: a safetensors file of something else");
    lin_ctx_free(ctx);
}

/* Tensors left out, added, of another shape or type, with a digest that is right. */
static void forge_tensors(int left_out, lin_tensor *(*instead)(lin_ctx *ctx, lin_tensor *t), bool added)
{
    lin_ctx *ctx = lin_ctx_new(NULL);
    lin__header header = {0};
    lin_state tensors;
    assert_int_equal(lin__safetensors_read(ctx, whole_end(), &header, &tensors), 0);
    const char *names[10];
    lin_tensor *list[10];
    int count = 0;
    for (int i = 0; i < tensors.count; i++) {
        if (i == left_out && !instead) continue;
        names[count] = tensors.names[i];
        list[count++] = i == left_out ? instead(ctx, tensors.tensors[i]) : tensors.tensors[i];
    }
    if (added) names[count] = "more";
    if (added) list[count++] = tensors.tensors[0];
    lin_state forged = {count, names, list};
    json_t *doc = json_loads(header.linnet, 0, NULL);
    json_object_del(doc, "digest");
    char text[17];
    snprintf(text, sizeof text, "%016llx",
             (unsigned long long)lin__checkpoint_digest(lin__json_text(ctx, 0, doc), forged));
    json_object_set_new(doc, "digest", json_string(text));
    assert_int_equal(
        lin__safetensors_write(ctx, "forged/checkpoint-15.safetensors", forged, lin__json_text(ctx, 0, doc)), 0);
    json_decref(doc);
    lin_ctx_free(ctx);
}

static lin_tensor *of_other_type(lin_ctx *ctx, lin_tensor *t)
{
    (void)ctx;
    return lin_to(t, lin_type(t) == LIN_F64 ? LIN_F32 : LIN_F64);
}

static lin_tensor *of_other_shape(lin_ctx *ctx, lin_tensor *t)
{
    (void)ctx;
    return lin_unsqueeze(t, 0);
}

static void tensors_that_no_run_has(void **state)
{
    (void)state;
    forge(nothing, NULL, true); /* makes the folder */
    forge_tensors(-1, NULL, false);
    check_forged(0, "");
    forge_tensors(0, NULL, false);
    check_forged(LIN_EDATA, "is no good checkpoint: there is no tensor \"weight\" in it");
    forge_tensors(4, NULL, false);
    check_forged(LIN_EDATA, "is no good checkpoint: there is no tensor \"history\" in it");
    forge_tensors(-1, NULL, true);
    check_forged(LIN_EDATA, "is no good checkpoint: it has 6 tensors, of which 5 have a place in this run");
    forge_tensors(0, of_other_type, false);
    check_forged(LIN_EMISMATCH, "is of another run: tensor \"weight\": (1, 1) f64 there, (1, 1) f32 here");
    forge_tensors(2, of_other_shape, false);
    check_forged(LIN_EMISMATCH,
                 "is of another run: tensor \"optimizer.0.momentum_buffer\": (1, 1, 1) f32 there, (1, 1) f32 here");
    forge_tensors(4, of_other_type, false);
    check_forged(LIN_EMISMATCH, "is of another run: tensor \"history\": (3, 5) f32 there, (3, 5) f64 here");
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
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(every_byte_flipped),
        cmocka_unit_test(torn_files),
        cmocka_unit_test(none_is_whole),
        cmocka_unit_test(the_third_is_whole),
        cmocka_unit_test(a_disk_that_does_not_read),
        cmocka_unit_test(values_that_no_run_has),
        cmocka_unit_test(other_formats),
        cmocka_unit_test(tensors_that_no_run_has),
        cmocka_unit_test(looked_into),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, NULL);
    remove_one("whole");
    remove_one("damaged");
    remove_one("forged");
    return failed || remove_folder(NULL);
}
