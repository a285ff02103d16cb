/* Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): looked up, verified, downloaded if it is nowhere. */
#include "data/dataset.h"
#include "data/known.h"

#include "base/error.h"
#include "base/file.h"
#include "base/region.h"

#include <inttypes.h>
#include <stdlib.h>

#define NAME          "fashion-mnist"
#define ARCHIVE       "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
#define INSTALLED     "/usr/share/datasets/" NAME
#define ABSENT        NAME " is not on this machine"
#define FETCH_AGAIN   "remove it; it is downloaded again if need be"
#define INSTALL_AGAIN "reinstall the package dataset-fashion-mnist"
#define BY_HAND                                                                                               \
    "install Debian's package dataset-fashion-mnist, or put train-images-idx3-ubyte.gz, "                     \
    "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz into a folder " NAME \
    " and set $LINNET_DATA to the folder above it"

/* The training part's files come first. */
const lin__known_file lin__fashion_mnist_files[LIN__FASHION_FILES] = {
    {"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 47040016, 26421880},
    {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 60008, 29515},
    {"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 7840016, 4422102},
    {"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 10008, 5148},
};

const char *const lin__fashion_mnist_classes[LIN__FASHION_CLASSES] = {
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"};
enum { SIDE = 28 };

/* ---- Where it lies --------------------------------------------------------------------------------- */

/* How many of the four files the folder has, or a code; *missing is the last one that it has not. */
static int files_in(lin_ctx *ctx, const char *folder, const char **missing)
{
    int count = 0;
    for (int i = 0; i < LIN__FASHION_FILES; i++) {
        const lin__known_file *file = &lin__fashion_mnist_files[i];
        const char *path;
        int code = lin__mnist_file(ctx, folder, file->name, &path);
        if (code) return code;
        if (path) count++;
        if (!path) *missing = file->name;
    }
    return count;
}

/* $LINNET_DATA/fashion-mnist. Half a set there is a mistake worth telling; none at all, and the search goes on. */
static int find_own(lin_ctx *ctx, lin__place *place)
{
    const char *data = getenv("LINNET_DATA"), *missing = NULL;
    if (!data || !*data) return 0;
    const char *folder = lin__format(ctx, lin__here(ctx), "%s/" NAME, data);
    int count = folder ? files_in(ctx, folder, &missing) : LIN_ENOMEM;
    if (count < 0) return count;
    if (count > 0 && missing)
        return lin__fail_file(ctx, LIN_ENOFILE, folder,
                              "there is neither %s nor %s.gz, but others of the four files of " NAME
                              ": add what is missing, or unset $LINNET_DATA",
                              missing, missing);
    if (count > 0)
        *place = (lin__place){folder, true, "it is your own ($LINNET_DATA); unset $LINNET_DATA for the published one"};
    return 0;
}

/* Fetch what the cache has not. */
static int fill_cache(lin_ctx *ctx, const lin__net *net, const char *cache)
{
    const char *mirror = getenv("LINNET_MIRROR"), *base = mirror && *mirror ? mirror : ARCHIVE;
    int code = lin__make_folder(ctx, cache, LIN__CACHE_MODE);
    for (int i = 0; !code && i < LIN__FASHION_FILES; i++) {
        const lin__known_file *file = &lin__fashion_mnist_files[i];
        const char *path;
        code = lin__mnist_file(ctx, cache, file->name, &path);
        if (!code && !path) code = lin__fetch(ctx, net, base, cache, file);
    }
    return code;
}

static int download(lin_ctx *ctx, lin__place *place)
{
    const lin__net *net;
    const char *why, *cache;
    int code = lin__net_find(ctx, &net, &why);
    if (!code) code = lin__cache_folder(ctx, NAME, &cache);
    if (code) return code;
    if (!net) return lin__fail(ctx, LIN_EUNSUPPORTED, ABSENT ", and cannot be downloaded (%s): " BY_HAND, why);
    if (!cache)
        return lin__fail(ctx, LIN_ENOFILE,
                         ABSENT ", and there is nowhere to put it: set $XDG_CACHE_HOME or $HOME to an absolute path");
    *place = (lin__place){cache, false, FETCH_AGAIN};
    return fill_cache(ctx, net, cache);
}

int lin__fashion_mnist_look(lin_ctx *ctx, const char *installed, lin__place *place)
{
    const char *cache, *missing;
    *place = (lin__place){0};
    int code = find_own(ctx, place);
    if (!code) code = lin__cache_folder(ctx, NAME, &cache);
    if (code || place->folder) return code;
    const lin__place places[] = {{cache, false, FETCH_AGAIN}, {installed, false, INSTALL_AGAIN}};
    for (int i = cache ? 0 : 1; i < 2; i++) {
        int count = files_in(ctx, places[i].folder, &missing);
        if (count < 0) return count;
        if (count < LIN__FASHION_FILES) continue;
        *place = places[i];
        return 0;
    }
    return 0;
}

int lin__fashion_mnist_find(lin_ctx *ctx, const char *installed, lin__place *place)
{
    int code = lin__fashion_mnist_look(ctx, installed, place);
    return code || place->folder ? code : download(ctx, place);
}

const char *lin_fashion_mnist_path(lin_ctx *ctx)
{
    lin__place place;
    return ctx && !lin__fashion_mnist_find(ctx, INSTALLED, &place) ? place.folder : NULL;
}

const char *lin_fashion_mnist_find(lin_ctx *ctx)
{
    lin__place place;
    return ctx && !lin__fashion_mnist_look(ctx, INSTALLED, &place) ? place.folder : NULL;
}

/* ---- Is it the published one? ---------------------------------------------------------------------- */

/* Once for a context, not once for each file. */
static int go_unverified(lin_ctx *ctx, const char *why)
{
    if (!ctx->unverified_said) lin__say(ctx, LIN_LOG_WARNING, NAME " is read unverified: %s", why);
    ctx->unverified_said = true;
    return 0;
}

/* What there is to be known of a file before it is read. */
typedef struct known {
    const char *path, *cache, *stamp, *copy; /* the last three may be NULL */
    bool good, copied;                       /* as it is now: was it found good before? is there a good copy? */
} known;

static int look_at(lin_ctx *ctx, const lin__place *place, const lin__known_file *file, known *k)
{
    *k = (known){0};
    int code = lin__mnist_file(ctx, place->folder, file->name, &k->path);
    if (!code) code = lin__cache_folder(ctx, NAME, &k->cache);
    if (code) return code;
    if (!k->path) return lin__fail_file(ctx, LIN_ENOFILE, place->folder, "%s is not here any more", file->name);
    if (!k->cache || place->own) return 0;
    k->stamp = lin__stamp(ctx, k->path, file); /* before the hash: of what is hashed */
    k->copy = lin__copy_path(ctx, k->cache, file, k->path);
    k->good = k->stamp && lin__stamp_known(ctx, k->cache, k->stamp);
    k->copied = k->copy && lin__copy_known(ctx, k->cache, file, k->copy);
    return 0;
}

/* Hash the file, and copy it where that makes sense. What is not known yet is known afterwards. */
static int learn(lin_ctx *ctx, const lin__net *net, const lin__place *place, const lin__known_file *file, known *k)
{
    lin__check check = {.path = k->path, .name = k->path, .file = file, .remedy = place->remedy};
    check.copy = k->copy ? lin__copy_begin(ctx, k->cache, k->copy) : NULL;
    if (k->good && !check.copy) return 0;
    int code = lin__digest_check(ctx, net, &check);
    if (code) {
        lin__output_discard(check.copy);
        return code;
    }
    if (k->stamp && !k->good) lin__stamp_keep(ctx, k->cache, k->stamp, k->path);
    k->copied = check.copy && lin__copy_end(ctx, k->cache, file, k->copy, check.copy);
    return 0;
}

/* *path is where to read the file; it lives in region `depth`. */
static int check_file(lin_ctx *ctx, const lin__place *place, const lin__known_file *file, bool anew, uint32_t depth,
                      const char **path)
{
    known k;
    const lin__net *net = NULL;
    const char *why;
    int code = look_at(ctx, place, file, &k);
    if (!code && (anew || !k.good || (k.copy && !k.copied))) {
        code = lin__net_find(ctx, &net, &why);
        if (!code && net) code = learn(ctx, net, place, file, &k);
        if (!code && !net && anew)
            return lin__fail(ctx, LIN_EUNSUPPORTED, NAME " cannot be verified by this linnet: %s", why);
        if (!code && !net && !k.good) code = go_unverified(ctx, why);
    }
    if (code || !path) return code;
    *path = lin__strdup(ctx, depth, k.copied ? k.copy : k.path);
    return *path ? 0 : LIN_ENOMEM;
}

int lin__fashion_mnist_check(lin_ctx *ctx, const lin__place *place, int first, int count, bool anew, const char **paths)
{
    int code = 0;
    uint32_t depth = lin__here(ctx);
    lin_region mark = lin_mark(ctx);
    if (!mark.ctx) return LIN_ENOMEM;
    for (int i = 0; !code && i < count; i++)
        code = check_file(ctx, place, &lin__fashion_mnist_files[first + i], anew, depth, paths ? &paths[i] : NULL);
    lin_release(mark);
    return code;
}

int lin_fashion_mnist_verify(lin_ctx *ctx)
{
    lin__place place;
    if (!ctx) return LIN_EINVAL;
    int code = lin__fashion_mnist_look(ctx, INSTALLED, &place);
    if (!code && !place.folder) code = lin__fail(ctx, LIN_ENOFILE, ABSENT ": there is nothing to verify");
    return code ? code : lin__fashion_mnist_check(ctx, &place, 0, LIN__FASHION_FILES, true, NULL);
}

/* ---- As a dataset ---------------------------------------------------------------------------------- */

/* The user's own may have fewer rows, but must be images of that size in those classes. */
static int check_content(lin_ctx *ctx, const char *folder, lin_dataset *d)
{
    const lin_tensor *images = d->array[0], *labels = d->array[1];
    char text[LIN__SHAPE_TEXT];
    if (images->ndim != 3 || images->dim[1] != SIDE || images->dim[2] != SIDE)
        return lin__fail_file(ctx, LIN_EDATA, folder, "the images have the shape %s, those of " NAME " (*, 28, 28)",
                              lin__shape_text(text, images->dim, images->ndim));
    for (int64_t i = 0; i < labels->numel; i++) {
        int64_t label = ((const int64_t *)labels->data)[i];
        if (label < 0 || label >= LIN__FASHION_CLASSES)
            return lin__fail_file(ctx, LIN_EDATA, folder,
                                  "label %" PRId64 " is %" PRId64 ", those of " NAME " are 0 to 9", i, label);
    }
    return 0;
}

lin_dataset *lin_fashion_mnist(lin_ctx *ctx, bool train)
{
    lin__place place;
    const char *paths[2];
    if (!ctx || lin__fashion_mnist_find(ctx, INSTALLED, &place)) return NULL;
    if (!place.own && lin__fashion_mnist_check(ctx, &place, train ? 0 : 2, 2, false, paths)) return NULL;
    lin_dataset *d = place.own ? lin_mnist(ctx, place.folder, train) : lin__mnist_of(ctx, paths[0], paths[1]);
    if (!d || check_content(ctx, place.folder, d) ||
        lin_set_classes(d, lin__fashion_mnist_classes, LIN__FASHION_CLASSES))
        return NULL;
    return d;
}
