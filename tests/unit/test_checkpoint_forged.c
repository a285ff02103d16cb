/* Forged checkpoints: the digest is right, what they say is not, or just so. Nothing of a refused one is taken over. */
#include "train/checkpoint.h"

#include "support/checkpoint.h"

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

/* The least and the most that each may be. */
static void values_at_their_limits(void **state)
{
    (void)state;
    static const change changes[] = {
        {"progress", "rows", "0"},      {"progress", "rows", "9007199254740992"},
        {"progress", "labels", "0"},    {"progress", "labels", "9007199254740992"},
        {"progress", "correct", "0"},   {"progress", "loss", "\"-inf\""},
        {"progress", "lr", "0.0"},      {"progress", "classifies", "true"},
        {"optimizer", "lr", "0.0"},     {"best", "epoch", "0"},
        {"best", "epoch", "3"},         {"best", "bad_epochs", "0"},
        {"best", "bad_epochs", "3"},    {"best", "loss", "\"-inf\""},
        {"counters", "loader", "0"},    {"counters", "loader", "16777215"},
        {"counters", "loaders", "0"},   {"counters", "loaders", "9223372036854775807"},
        {"counters", "creations", "0"}, {"counters", "creations", "9223372036854775807"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        forge(set_key, &changes[i], true);
        check_forged(0, changes[i].key);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_no_run_has),
        cmocka_unit_test(values_at_their_limits),
        cmocka_unit_test(other_formats),
        cmocka_unit_test(tensors_that_no_run_has),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, NULL);
    remove_one("whole");
    remove_one("forged");
    return failed || remove_folder(NULL);
}
