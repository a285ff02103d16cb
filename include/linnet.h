/* linnet.h: the umbrella: every header of the library in reading order. The book's own functions are in linnet/d2l.h. */
#ifndef LINNET_H
#define LINNET_H

#include <linnet/base.h>
#include <linnet/tensor.h>

#include <linnet/op.h>

#include <linnet/autograd.h>

#include <linnet/data.h>
#include <linnet/nn.h>

#include <linnet/loss.h>
#include <linnet/metric.h>
#include <linnet/optim.h>

#include <linnet/model.h>
#include <linnet/train.h>

#include <linnet/report.h>

#endif
