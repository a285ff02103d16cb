/* The mean squared error as one op: the difference is kept, its squares are added up as they are made, the gradient is written at
 * once. The bits are those of mean(square(sub(y_hat, y))) and of what their backwards hand on. */
#include "op/map.h"
#include "op/reduce.h"

LIN__HOT lin_tensor *lin_mse_loss(lin_tensor *y_hat, lin_tensor *y)
{
    if (!lin__args_alike("mse_loss", y_hat, y)) return NULL;
    lin_tensor *in[] = {y_hat, y};
    lin_dtype type = (lin_dtype)y_hat->dtype;
    lin_tensor *d = lin__tensor_like(y_hat, type);
    lin_tensor *loss = d ? lin__tensor_new(d->ctx, d->depth, type, NULL, 0, "mse_loss") : NULL;
    if (!loss) return NULL;
    lin__map_binary(LIN__OP_sub, in, d);
    if (!lin__sum_squares(d, loss)) return NULL;
    lin__divide(loss, (double)d->numel);
    lin__node *node;
    loss = lin__record(loss, &lin__ops[LIN__OP_mse_loss], in, 2, LIN__SAVE_NONE, &node);
    if (node) node->extra = d;
    return loss;
}

/* 2(y_hat − y)·(g/n), and its negative. */
LIN__HOT int lin__backward_mse_loss(lin__node *node, lin_tensor *g)
{
    lin_tensor *d = node->extra, *slope = lin__room(node, 0, g);
    if (!slope) return lin__pass(node, 0, NULL);
    lin__map m;
    lin__map_set_twice(&m, (lin_dtype)d->dtype);
    if (m.type == LIN_F32)
        m.scalar.f32 = *(const float *)g->data / (float)d->numel;
    else
        m.scalar.f64 = *(const double *)g->data / (double)d->numel;
    lin__map_run(&m, &d, 1, slope);
    int code = lin__pass(node, 0, slope);
    return code || !lin__needs(node, 1) ? code : lin__pass(node, 1, lin_neg(slope));
}
