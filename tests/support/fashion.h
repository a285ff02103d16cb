/* tests/support/fashion.h: what the tests of Fashion-MNIST share: a folder, an environment and a context for each
 * test; sets of files, made small or installed; what the library says. */
#ifndef LINNET_TESTS_FASHION_H
#define LINNET_TESTS_FASHION_H

#include "data/known.h"

#include "support/gzip.h"

#include <ftw.h>

#define INSTALLED "/usr/share/datasets/fashion-mnist"
#define NOWHERE   "/nonexistent"
#define DAMAGE    "is not the published file: it cannot be unpacked to its"

static const lin__known_file *const files = lin__fashion_mnist_files;
/* ---- What was said ----------------------------------------------------------------------------------- */

typedef struct heard {
    int infos, warnings;
    char last[1024];
} heard;

static inline void hear(void *user, lin_log_level level, const char *message)
{
    heard *h = user;
    if (level == LIN_LOG_INFO) h->infos++;
    if (level == LIN_LOG_WARNING) h->warnings++;
    snprintf(h->last, sizeof h->last, "%s", message);
}

static heard said;

/* ---- Files ------------------------------------------------------------------------------------------ */

static inline void make_folders(const char *path)
{
    char text[sizeof test_folder + 512];
    snprintf(text, sizeof text, "%s", path);
    for (char *slash = text; (slash = strchr(slash + 1, '/')); *slash = '/') {
        *slash = '\0';
        mkdir(text, 0700);
    }
    mkdir(text, 0700);
}

static inline void put_size(unsigned char *out, int size)
{
    out[0] = out[1] = 0;
    out[2] = (unsigned char)(size >> 8);
    out[3] = (unsigned char)size;
}

/* FOLDER/NAME, or NAME.gz. */
static inline void put_content(const char *folder, const char *name, const void *bytes, size_t count, bool packed)
{
    char path[sizeof test_folder + 512];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, packed ? ".gz" : "");
    if (packed)
        put_gzip(path, bytes, count);
    else
        put_file(path, bytes, count);
}

/* `rows` images (side, side) and labels 0, 1, … below `classes`, as train and test part. */
static inline void put_set(const char *folder, int rows, int side, int classes, bool packed)
{
    unsigned char images[20000] = {0, 0, 8, 3}, labels[200] = {0, 0, 8, 1};
    put_size(images + 4, rows);
    put_size(images + 8, side);
    put_size(images + 12, side);
    put_size(labels + 4, rows);
    for (int i = 0; i < rows; i++)
        labels[8 + i] = (unsigned char)(i % classes);
    make_folders(folder);
    for (int part = 0; part < LIN__FASHION_FILES; part += 2) {
        put_content(folder, files[part].name, images, 16 + (size_t)(rows * side * side), packed);
        put_content(folder, files[part + 1].name, labels, 8 + (size_t)rows, packed);
    }
}

/* How many entries a folder has; 0 if it is not there. */
static inline int entries(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    if (dir) closedir(dir);
    return count;
}

/* The installed files in a folder of the test's own. */
static inline void link_installed(const char *folder)
{
    make_folders(folder);
    for (int i = 0; i < LIN__FASHION_FILES; i++) {
        char from[256], to[sizeof test_folder + 512];
        snprintf(from, sizeof from, INSTALLED "/%s.gz", files[i].name);
        snprintf(to, sizeof to, "%s/%s.gz", folder, files[i].name);
        assert_int_equal(symlink(from, to), 0);
    }
}

static inline bool is_installed(void)
{
    return access(INSTALLED "/t10k-labels-idx1-ubyte.gz", R_OK) == 0;
}

#define NEEDS_NET() \
    if (!LINNET_HAS_NET) skip()
#define NEEDS_THE_FILES() \
    if (!is_installed()) skip()

/* ---- Each test has a folder, an environment and a context of its own ---------------------------------- */

static inline int begin(void **state)
{
    if (new_folder(state)) return -1;
    setenv("LINNET_MODULES", LINNET_BINARY_DIR, 1);
    setenv("XDG_CACHE_HOME", in_folder("cache"), 1);
    setenv("HOME", in_folder("home"), 1);
    unsetenv("LINNET_DATA");
    unsetenv("LINNET_MIRROR");
    said = (heard){0};
    *state = lin_ctx_new(&(lin_ctx_options){.seed = 42, .threads = 2, .log = hear, .log_user = &said});
    return *state ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline int end(void **state)
{
    lin_ctx_free(*state);
    return nftw(test_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline lin__place found(lin_ctx *ctx, const char *installed)
{
    lin__place place;
    int code = lin__fashion_mnist_find(ctx, installed, &place);
    if (code) fail_msg("%s", lin_error(ctx));
    return place;
}
#define FASHION_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
