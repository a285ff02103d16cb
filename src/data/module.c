/* The net part: the library knows neither curl nor crypto; it asks for them when it is to fetch or to verify. */
#include "base/module.h"

#include "data/known.h"

int lin__net_find(lin_ctx *ctx, const lin__net **net, const char **why)
{
    static const lin__module_name name = {LIN__NET_MODULE, LIN__NET_SYMBOL, LIN__NET_VERSION};
    const void *table;
    int code = lin__module_find(ctx, &name, &table, why);
    *net = table;
    return code;
}
