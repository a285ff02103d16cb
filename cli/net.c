/* What a net takes and gives, and how large it is. */
#include "net.h"

typedef struct ends {
    lin_module *first, *last;
    int count;
} ends;

static int note_linear(void *user, lin_module *m)
{
    ends *e = user;
    if (!lin_is_linear(m)) return 0;
    if (!e->first) e->first = m;
    e->last = m;
    e->count++;
    return 0;
}

static ends linear_ends(lin_module *net)
{
    ends e = {0};
    lin_apply(net, note_linear, &e);
    return e;
}

int64_t net_features(lin_module *net)
{
    lin_module *first = linear_ends(net).first;
    return first ? lin_dim(lin_weight(first), 1) : 0;
}

int64_t net_outputs(lin_module *net)
{
    lin_module *last = linear_ends(net).last;
    return last ? lin_dim(lin_weight(last), 0) : 0;
}

int net_layers(lin_module *net)
{
    return linear_ends(net).count;
}

lin_tensor *net_weight(lin_module *net)
{
    lin_module *first = linear_ends(net).first;
    return first ? lin_data(lin_weight(first)) : NULL;
}

lin_tensor *net_bias(lin_module *net)
{
    lin_module *first = linear_ends(net).first;
    lin_tensor *bias = first ? lin_bias(first) : NULL;
    return bias ? lin_data(bias) : NULL;
}

int64_t net_parameters(lin_module *net)
{
    lin_tensors all = lin_parameters(net);
    int64_t count = 0;
    for (int i = 0; i < all.count; i++)
        count += lin_numel(all.at[i]);
    return count;
}
