/* A net part of another version, which the library must refuse. */
#include "net/net.h"

extern __attribute__((visibility("default"))) const lin__net lin__net_table;

const lin__net lin__net_table = {.version = LIN__NET_VERSION + 1};
