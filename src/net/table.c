/* What linnet-net.so exports: its table. */
#include "net/net.h"

extern __attribute__((visibility("default"))) const lin__net lin__net_table;

const lin__net lin__net_table = {
    .version = LIN__NET_VERSION,
    .sha256_begin = lin__sha256_begin,
    .sha256_add = lin__sha256_add,
    .sha256_end = lin__sha256_end,
    .download = lin__download,
};
