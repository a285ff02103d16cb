/* cli/net.h: what a net takes and gives, and how large it is. */
#ifndef LINNET_CLI_NET_H
#define LINNET_CLI_NET_H

#include <linnet.h>

/* Columns that the net takes and gives: of its first and its last linear layer; 0 without one. */
int64_t net_features(lin_module *net);
int64_t net_outputs(lin_module *net);
/* How many linear layers it has; the first one's weight (outputs, inputs) and bias (NULL without), without gradients. */
int net_layers(lin_module *net);
lin_tensor *net_weight(lin_module *net);
lin_tensor *net_bias(lin_module *net);
/* How many numbers it has learnt. */
int64_t net_parameters(lin_module *net);

#endif
