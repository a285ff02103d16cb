"""W3 in PyTorch, as the book's two sections have it: microseconds of a step, with the data iterator's part."""
import random

import torch
from torch import nn

from common import now, regression, result

ROWS, BATCH, EPOCHS = 1000, 10, 30


def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        batch_indices = torch.tensor(indices[i:min(i + batch_size, num_examples)])
        yield features[batch_indices], labels[batch_indices]


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape))**2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def from_scratch(features, labels):
    w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for epoch in range(-2, EPOCHS):
        if epoch == 0:
            begin = now()
        for X, y in data_iter(BATCH, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], 0.03, BATCH)
    seconds = now() - begin
    with torch.no_grad():
        return seconds, float(squared_loss(linreg(features, w, b), labels).mean())


def concisely(features, labels):
    data_iter_ = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(features, labels), BATCH, shuffle=True)
    net = nn.Sequential(nn.Linear(2, 1))
    net[0].weight.data.normal_(0, 0.01)
    net[0].bias.data.fill_(0)
    loss, trainer = nn.MSELoss(), torch.optim.SGD(net.parameters(), lr=0.03)
    for epoch in range(-2, EPOCHS):
        if epoch == 0:
            begin = now()
        for X, y in data_iter_:
            l = loss(net(X), y)
            trainer.zero_grad()
            l.backward()
            trainer.step()
    seconds = now() - begin
    with torch.no_grad():
        return seconds, float(squared_loss(net(features), labels).mean())


def main():
    torch.manual_seed(42)
    torch.set_num_threads(1)  # faster than two on so little work
    features, labels = map(torch.from_numpy, regression(ROWS))
    for name, train in (("from scratch", from_scratch), ("concisely", concisely)):
        seconds, loss = train(features, labels)
        result(name, seconds / (EPOCHS * ROWS // BATCH), f"loss {loss:.2e}")


main()
